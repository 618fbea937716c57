/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attempt: one job of a probe run under way, between probe.c, which schedules,
 * and the two files that know a protocol.
 */
#pragma once

#include "engine/net/gate.h"
#include "engine/scan/probe.h"
#include "sensor/base/mono.h"

enum attempt_verdict {
	ATTEMPT_WAIT, /* nothing yet */
	ATTEMPT_DONE, /* result is set */
	ATTEMPT_AGAIN /* this machine was the trouble (no descriptor, no local
			 port): not a try, once more later */
};

struct attempt {
	struct attempt *next; /* in the list of idle or of waiting slots */
	struct scan_host *host;
	size_t host_index;
	size_t port_index;
	uint16_t port;
	bool active;
	unsigned tries;
	unsigned waits;
	int fd; /* -1 = none */
	struct mono sent;
	struct mono deadline;
	struct gate_contact contact;
	struct port_result result;
};

/* What a protocol knows. */
struct probe_method {
	uint32_t events;    /* of epoll */
	bool reopen;	    /* every transmission is a new socket */
	uint8_t on_silence; /* enum port_state */
	/* Open the socket when there is none, and send. */
	enum attempt_verdict (*send)(
	    struct attempt *a, const struct probe_run *run);
	/* The descriptor is ready. */
	enum attempt_verdict (*ready)(struct attempt *a);
};

extern const struct probe_method probe_tcp;
extern const struct probe_method probe_udp;

/** A non-blocking socket for the attempt's host, bound to run->interface if
 * set. Returns the descriptor or -1. */
int attempt_socket(
    const struct attempt *a, const struct probe_run *run, int type);

/** What the errno of a socket call means for the port; a result is set when it
 * means something. */
enum attempt_verdict attempt_conclude(struct attempt *a, int error);
