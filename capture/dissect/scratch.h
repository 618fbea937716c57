/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scratch: texts made by a dissector, in the arena that lives until its
 * observations are told. Each gives the empty text when the arena is spent,
 * which the observe functions ignore.
 */
#pragma once

#include "capture/dissect/dissect.h"
#include "sensor/base/attrs.h"

struct text scratch_text(struct dissect_ctx *ctx, const void *data, size_t len);

/** Formatted, at most 255 octets. */
struct text scratch_printf(struct dissect_ctx *ctx, const char *fmt, ...)
    ES_PRINTF(2, 3);
