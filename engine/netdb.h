/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netdb: what the data folders know of numbers: service names and how common
 * ports are (nmap-services), protocol names (nmap-protocols), makers of network
 * cards (nmap-mac-prefixes). Without these files the system's /etc/services and
 * /etc/protocols stand in. Each file is read once, at the first question that
 * needs it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sensor/base/attrs.h"
#include "sensor/model/addr.h"

struct netdb;

/** @p datadirs (searched in order) must outlive the database. Returns 0 or
 * ES_E(NOMEM). */
int netdb_new(const char *const *datadirs, size_t ndatadirs,
    struct netdb **out) ES_MUST_CHECK;
void netdb_free(struct netdb *db);

/** Name of a service, or NULL. @p proto is an IPPROTO_ number: TCP, UDP or
 * SCTP. Names live as long as the database. */
const char *netdb_service(struct netdb *db, unsigned proto, uint16_t port);

/** Port of the service called @p name, or -1. */
int netdb_service_port(struct netdb *db, unsigned proto, const char *name);

/**
 * The up to @p max most common ports of @p proto, most common first. Where no
 * frequencies are known, the named ports in ascending order. Returns how many.
 */
size_t netdb_top_ports(
    struct netdb *db, unsigned proto, uint16_t *out, size_t max);

const char *netdb_protocol_name(struct netdb *db, unsigned number);
/** Number of the protocol called @p name, or -1. */
int netdb_protocol_number(struct netdb *db, const char *name);

/** Maker by the longest known prefix of @p mac, or NULL. */
const char *netdb_vendor(struct netdb *db, const struct mac *mac);
