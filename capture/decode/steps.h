/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of the decoder, for its own files and the link types.
 *
 * Each reads one header from d->cur and returns a verdict. It continues by
 * setting d->step (and d->next_type, where the step says so), and shows a
 * level by setting d->emit after filling d->pkt.
 */
#pragma once

#include "capture/decode/decode.h"

#define ETHERTYPE_IPV4 0x0800U
#define ETHERTYPE_IPV6 0x86ddU
#define ETHERTYPE_TEB 0x6558U
#define ETHERTYPE_MPLS 0x8847U
#define ETHERTYPE_PPP 0x880bU

/* Below this an ethertype field is an 802.3 length. */
#define ETHERTYPE_MIN 0x0600U

/* The link type that tunnels carry too, and d->next_type for it: the octets of frame control are swapped. */
extern const struct link link_ieee80211;
#define IEEE80211_SWAPPED 1U

enum verdict step_ethernet(struct decoder *d);

/** Whatever an ethertype announces; the ethertype is d->next_type. */
enum verdict step_ethertype(struct decoder *d);
enum verdict step_llc(struct decoder *d);
enum verdict step_mpls(struct decoder *d);
enum verdict step_pppoe(struct decoder *d);

/** A PPP protocol field (1 or 2 octets) and what it announces. */
enum verdict step_ppp(struct decoder *d);

/** IPv4 or IPv6, by the version nibble. */
enum verdict step_ip(struct decoder *d);
enum verdict step_ipv4(struct decoder *d);
enum verdict step_ipv6(struct decoder *d);

/**
 * Behind an IP header whose protocol is pkt->ip_proto: set pkt->l4. @p wire:
 * octets there were before the capture cut them.
 */
void transport_read(struct packet *pkt, struct cursor cur, size_t wire);

/** Tunnels in IP (protocol d->next_type) and in UDP (port d->next_type). */
enum verdict step_tunnel_ip(struct decoder *d);
enum verdict step_tunnel_udp(struct decoder *d);

/** Does this protocol number carry another packet? */
bool tunnel_in_ip(unsigned ip_proto);
/** The port by which this UDP packet may carry another one; 0: none. */
uint16_t tunnel_udp_port(const struct packet *pkt);

/** From here on the frame's MAC says nothing of the addresses inside. */
static inline void
decode_hide_mac(struct decoder *d)
{
	d->pkt.has_mac = false;
	d->mac_hidden = true;
}

static inline enum verdict
decode_go(struct decoder *d, enum verdict (*step)(struct decoder *d))
{
	d->step = step;
	return VERDICT_OK;
}

static inline enum verdict
decode_go_type(
    struct decoder *d, enum verdict (*step)(struct decoder *d), uint64_t type)
{
	d->next_type = type;
	d->step = step;
	return VERDICT_OK;
}
