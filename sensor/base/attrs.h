/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiler attributes under names of our own, so that the code reads the same with GCC and Clang.
 */
#pragma once

#define ES_MUST_CHECK __attribute__((warn_unused_result))
#define ES_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define ES_NORETURN __attribute__((noreturn))
#define ES_FALLTHROUGH __attribute__((fallthrough))
#define ES_UNUSED __attribute__((unused))
#define ES_LIKELY(x) __builtin_expect(!!(x), 1)
#define ES_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define ES_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
