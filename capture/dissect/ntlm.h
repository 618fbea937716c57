/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ntlm: names inside NTLMSSP messages, wherever they ride (SMB, HTTP, LDAP, RDP, MS-RPC).
 */
#pragma once

#include "capture/dissect/dissect.h"

/**
 * Find an NTLMSSP message in @p cur and tell its names: a challenge names its sender (the server), an authenticate
 * message the workstation of its sender.
 */
void ntlm_names(struct dissect_ctx *ctx, struct cursor cur);
