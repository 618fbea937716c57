/* SPDX-License-Identifier: Apache-2.0 */
/*
 * privilege: whom the program becomes, and what each role gives up before it reads its first foreign octet.
 *
 *	monitor  the user, CAP_NET_RAW only (so that a restarted capture can open its interfaces)
 *	capture  opens, then no capability, and a seccomp list of what is allowed
 *	sensor   no capability, and a seccomp list of what is not
 *	engine   as sensor; keeps CAP_NET_RAW when scripts may use raw frames (decision 0003)
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "sensor/base/err.h"

struct identity {
	bool change; /* we are root and become somebody else */
	uid_t uid;
	gid_t gid;
	char name[64];
};

/**
 * Whom to become: @p user, or "earshot" if it exists, else "nobody"; nobody else when we are not root. "root" is
 * taken at its word. ES_E(CONFIG) when there is no such user.
 */
int identity_find(
    const char *user, struct identity *out, struct errbuf *eb) ES_MUST_CHECK;

/** Become @p who, for good, with CAP_NET_RAW as the only capability (if we have it). */
int privilege_become(
    const struct identity *who, struct errbuf *eb) ES_MUST_CHECK;

/** True when CAP_NET_RAW is effective. */
bool privilege_has_raw(void);

/** Give up every capability, except CAP_NET_RAW when @p keep_raw, and the way to gain any. */
int privilege_drop(bool keep_raw, struct errbuf *eb) ES_MUST_CHECK;

/** Allow nothing but reading what is open, one channel, memory and time; files cannot be opened (EACCES). */
int sandbox_capture(struct errbuf *eb) ES_MUST_CHECK;
/** Forbid what neither the sensor nor the engine ever needs: exec, ptrace, mount, namespaces, bpf, modules ... */
int sandbox_common(struct errbuf *eb) ES_MUST_CHECK;
