/* SPDX-License-Identifier: Apache-2.0 */
/*
 * widen: what a scan's scope holds besides its targets.
 */
#pragma once

#include "sensor/base/attrs.h"
#include "sensor/model/scope.h"

/** The system's name servers: scripts ask them by themselves. Returns 0 or ES_E(NOMEM). */
int widen_name_servers(struct scope *scope) ES_MUST_CHECK;

/**
 * For broadcast discovery: multicast and broadcast, and the networks on the link of @p interface (NULL = of every one
 * that is up): who answers there is asked further by the same script. Returns 0, ES_E(NOMEM) or ES_E(SYS).
 */
int widen_links(struct scope *scope, const char *interface) ES_MUST_CHECK;
