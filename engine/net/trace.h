/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace: what --script-trace prints of a socket (nse-modules §1.15).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sensor/base/buf.h"

struct sock;

bool trace_on(const struct sock *s);
/** One line: @p received gives '<', else '>'. */
void trace_event(const struct sock *s, bool received, const char *text);
void trace_data(
    const struct sock *s, bool received, const void *data, size_t len);
/** Payload as text or as a dump, whichever NSE would choose. */
void trace_format(struct buf *out, const void *data, size_t len);
