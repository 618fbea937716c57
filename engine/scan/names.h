/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names: reverse DNS of many hosts at once.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/group.h"
#include "sensor/base/attrs.h"

struct uv_loop_s;
struct names;

/** Ask for the name of every host; it goes to nse_host.name. Returns 0 or ES_E(NOMEM). */
int names_new(struct uv_loop_s *loop, struct nse_host *hosts, size_t count,
    struct names **out) ES_MUST_CHECK;
bool names_done(const struct names *n);

/** Also while answers are still to come: they are then thrown away. */
void names_free(struct names *n);
