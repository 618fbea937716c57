/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lines: what the text protocols share: commands and numbered replies, one a
 * line (RFC 5321 §4.2, RFC 959 §4.2).
 */
#pragma once

#include <stdbool.h>

#include "capture/dissect/dissect.h"

/**
 * Take the next whole line. False when there is none: what is left is then kept
 * for the next call, or skipped when it is longer than a line may be.
 */
bool lines_next(
    struct dissect_ctx *ctx, struct cursor *cur, struct cursor *line);

/** "250 ok", "220-first": the number, 0 when this is no reply line. @p last
 * (may be NULL): not followed by more. */
unsigned lines_reply(const struct cursor *line, bool *last);

/** The line starts with the word @p verb (any case), which ends there or at a
 * space. @p rest (may be NULL): behind it. */
bool lines_verb(
    const struct cursor *line, const char *verb, struct cursor *rest);

/** "Name: value": the line is header @p name (any case); @p value gets what is behind it, without leading blanks. */
bool lines_header(
    const struct cursor *line, const char *name, struct cursor *value);

/** @p word (lower case) occurs in the line in any case. */
bool lines_has(const struct cursor *line, const char *word);

/** The octets begin with @p word, or could once more of them are there. */
bool lines_may_begin(const struct cursor *cur, const char *word);

/** The first line, whole or what there is of it. */
struct cursor lines_first(struct cursor cur);
