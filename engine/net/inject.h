/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inject: packets that a script built, put on the wire as they are: Ethernet frames through libnet, IP packets through
 * raw sockets. Needs CAP_NET_RAW. The caller has asked the gate.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/base/err.h"
#include "sensor/model/addr.h"

struct inject_link;

/** For frames on @p device, which must have a hardware address. Returns 0 or a negative code with text in @p eb. */
int inject_link_open(const char *device, struct inject_link **out,
    struct errbuf *eb) ES_MUST_CHECK;
void inject_link_free(struct inject_link *link);

/** Returns 0 or ES_E(SYS): an empty frame, one over the MTU, an interface that is down. */
int inject_link_send(
    struct inject_link *link, const void *frame, size_t len) ES_MUST_CHECK;

/** A raw socket for packets with their own header; @p family is AF_INET or AF_INET6. A descriptor, or ES_E(SYS). */
int inject_ip_open(int family) ES_MUST_CHECK;

/** Send to @p dst, which need not be the packet's own; @p zone is for link-local ones. 0, or ES_E(SYS) with errno. */
int inject_ip_send(int fd, const void *packet, size_t len,
    const struct addr *dst, uint32_t zone) ES_MUST_CHECK;

/** Is this a whole IP packet? Then @p dst is its destination. */
bool inject_ip_parse(const void *packet, size_t len, struct addr *dst);
