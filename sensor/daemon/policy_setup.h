/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_setup: the policy that a configuration asks for; used by the sensor role and by `earshot plan`.
 */
#pragma once

#include "sensor/daemon/run.h"
#include "sensor/policy/policy.h"

/** @p store (may be NULL) keeps "halted" and what was asked when. */
int policy_setup(const struct run *run, struct store *store,
    struct policy **out, struct errbuf *eb) ES_MUST_CHECK;

/** The same beside a running sensor: reads from @p store whether probing is halted, and writes nothing. */
int policy_setup_view(const struct run *run, struct store *store,
    struct policy **out, struct errbuf *eb) ES_MUST_CHECK;
