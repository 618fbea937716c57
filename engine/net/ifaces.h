/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ifaces: the machine's interfaces with their addresses, and the way to a destination, asked of the kernel each time:
 * both change under a program that runs for months.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/base/attrs.h"
#include "sensor/model/addr.h"

#define IFACE_NAME 32

enum iface_link {
	IFACE_ETHERNET,
	IFACE_LOOPBACK,
	IFACE_P2P,
	IFACE_OTHER
};

/* One address of one interface; an interface without any is one record with addr unset. */
struct iface {
	char name[IFACE_NAME];	 /* with an alias: "eth0:1" */
	char device[IFACE_NAME]; /* without */
	unsigned index;
	enum iface_link link;
	bool up;
	bool has_mac;
	bool has_broadcast;
	uint8_t prefix; /* of addr, in bits */
	uint32_t mtu;
	struct mac mac;
	struct addr addr;
	struct addr broadcast;
};

struct route {
	char device[IFACE_NAME];
	unsigned index;
	struct addr src;
	struct addr
	    next_hop; /* the gateway, or the destination when that is on the link */
	bool direct;
};

/**
 * All of them in the kernel's order, as many as fit into @p max records. Returns how many there are, which may be
 * more, or ES_E(SYS).
 */
int ifaces_get(struct iface *out, size_t max) ES_MUST_CHECK;

/** The first record of @p name (with or without alias) with an address of @p family (4, 6; 0 = any or none). */
int ifaces_find(
    const char *name, uint8_t family, struct iface *out) ES_MUST_CHECK;

/** How the kernel would send to @p dst. Returns 0, ES_E(NOTFOUND) or ES_E(SYS). */
int route_find(const struct addr *dst, struct route *out) ES_MUST_CHECK;
