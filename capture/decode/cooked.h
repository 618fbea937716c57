/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the two versions of Linux cooked capture have in common.
 */
#pragma once

#include "capture/decode/decode.h"

enum verdict cooked_payload(struct decoder *d, unsigned arphrd, unsigned halen,
    struct cursor addr, uint16_t proto);
