/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ifaces: getifaddrs for names and addresses, two ioctls for what it leaves out, rtnetlink for routes.
 */
#include "engine/net/ifaces.h"

#include <ifaddrs.h>
#include <limits.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netpacket/packet.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sensor/base/err.h"
#include "sensor/base/str.h"

/* ---- interfaces ---- */

static enum iface_link
link_of(unsigned flags, unsigned hardware)
{
	if (flags & IFF_LOOPBACK)
		return IFACE_LOOPBACK;
	if (hardware == ARPHRD_ETHER)
		return IFACE_ETHERNET;
	if (flags & IFF_POINTOPOINT)
		return IFACE_P2P;
	return IFACE_OTHER;
}

/* Leading one bits of a netmask. */
static uint8_t
prefix_of(const struct sockaddr *mask)
{
	struct addr a = addr_from_sockaddr(mask, NULL);
	size_t len = addr_len(&a);
	size_t i;
	uint8_t bits = 0;

	for (i = 0; i < len && a.b[i] == 0xff; i++)
		bits = (uint8_t)(bits + 8);
	if (i < len)
		bits =
		    (uint8_t)(bits + __builtin_clz(~((unsigned)a.b[i] << 24)));
	return bits;
}

static bool
is_ip(const struct sockaddr *sa)
{
	return sa != NULL &&
	       (sa->sa_family == AF_INET || sa->sa_family == AF_INET6);
}

static bool
is_packet(const struct sockaddr *sa)
{
	return sa != NULL && sa->sa_family == AF_PACKET;
}

/* What belongs to the device and not to one of its addresses. */
static void
fill_device(struct iface *f, const struct ifaddrs *all, int sock)
{
	const struct ifaddrs *ifa;
	struct ifreq req;

	for (ifa = all; ifa != NULL; ifa = ifa->ifa_next) {
		struct sockaddr_ll ll;

		if (!is_packet(ifa->ifa_addr) ||
		    strcmp(ifa->ifa_name, f->device) != 0)
			continue;
		memcpy(&ll, ifa->ifa_addr, sizeof(ll));
		f->index = (unsigned)ll.sll_ifindex;
		f->link = link_of(ifa->ifa_flags, ll.sll_hatype);
		f->up = (ifa->ifa_flags & IFF_UP) != 0;
		f->has_mac = f->link == IFACE_ETHERNET &&
			     ll.sll_halen == sizeof(f->mac.b);
		if (f->has_mac)
			memcpy(f->mac.b, ll.sll_addr, sizeof(f->mac.b));
	}
	memset(&req, 0, sizeof(req));
	(void)str_copy(req.ifr_name, sizeof(req.ifr_name), f->device);
	if (ioctl(sock, SIOCGIFMTU, &req) == 0)
		f->mtu = (uint32_t)req.ifr_mtu;
}

static void
fill_address(struct iface *f, const struct ifaddrs *ifa)
{
	f->addr = addr_from_sockaddr(ifa->ifa_addr, NULL);
	if (ifa->ifa_netmask != NULL)
		f->prefix = prefix_of(ifa->ifa_netmask);
	if (f->link == IFACE_ETHERNET && f->addr.family == 4 &&
	    ifa->ifa_broadaddr != NULL && (ifa->ifa_flags & IFF_BROADCAST)) {
		f->broadcast = addr_from_sockaddr(ifa->ifa_broadaddr, NULL);
		f->has_broadcast = addr_is_set(&f->broadcast);
	}
}

/* Does the device of this AF_PACKET record have an IP address? Then its own record says nothing new. */
static bool
has_address(const struct ifaddrs *all, const char *device)
{
	size_t len = strlen(device);
	const struct ifaddrs *ifa;

	for (ifa = all; ifa != NULL; ifa = ifa->ifa_next)
		if (is_ip(ifa->ifa_addr) &&
		    strncmp(ifa->ifa_name, device, len) == 0 &&
		    (ifa->ifa_name[len] == '\0' || ifa->ifa_name[len] == ':'))
			return true;
	return false;
}

/* Fill one record; false when @p ifa is none of its own. */
static bool
fill_one(struct iface *f, const struct ifaddrs *ifa, const struct ifaddrs *all,
    int sock)
{
	bool ip = is_ip(ifa->ifa_addr);

	if (!ip &&
	    (!is_packet(ifa->ifa_addr) || has_address(all, ifa->ifa_name)))
		return false;
	*f = (struct iface){ .link = IFACE_OTHER };
	(void)str_copy(f->name, sizeof(f->name), ifa->ifa_name);
	(void)str_copy(f->device, sizeof(f->device), ifa->ifa_name);
	f->device[strcspn(f->device, ":")] = '\0';
	fill_device(f, all, sock);
	if (ip)
		fill_address(f, ifa);
	return true;
}

/* Call @p visit for each record until it returns false. */
static int
each_iface(bool (*visit)(void *arg, const struct iface *f), void *arg)
{
	struct ifaddrs *all;
	const struct ifaddrs *ifa;
	struct iface f;
	int sock;

	if (getifaddrs(&all) != 0)
		return ES_E(SYS);
	sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	for (ifa = all; ifa != NULL; ifa = ifa->ifa_next)
		if (fill_one(&f, ifa, all, sock) && !visit(arg, &f))
			break;
	if (sock >= 0)
		close(sock);
	freeifaddrs(all);
	return 0;
}

struct list {
	struct iface *out;
	size_t max;
	size_t count;
};

static bool
visit_list(void *arg, const struct iface *f)
{
	struct list *list = arg;

	if (list->count < list->max)
		list->out[list->count] = *f;
	list->count++;
	return list->count < INT_MAX;
}

int
ifaces_get(struct iface *out, size_t max)
{
	struct list list = { .out = out, .max = max };
	int rc = each_iface(visit_list, &list);

	return rc != 0 ? rc : (int)list.count;
}

struct search {
	const char *name;
	uint8_t family;
	struct iface *out;
	bool found;
};

static bool
visit_search(void *arg, const struct iface *f)
{
	struct search *s = arg;

	s->found = (strcmp(f->name, s->name) == 0 ||
		       strcmp(f->device, s->name) == 0) &&
		   (s->family == 0 || f->addr.family == s->family);
	if (s->found)
		*s->out = *f;
	return !s->found;
}

int
ifaces_find(const char *name, uint8_t family, struct iface *out)
{
	struct search s = { .name = name, .family = family, .out = out };
	int rc = each_iface(visit_search, &s);

	if (rc != 0)
		return rc;
	return s.found ? 0 : ES_E(NOTFOUND);
}

/* ---- routes ---- */

struct route_request {
	struct nlmsghdr head;
	struct rtmsg route;
	struct rtattr attr;
	uint8_t dst[16];
};

static int
ask_route(int sock, const struct addr *dst)
{
	struct route_request req;
	size_t len = addr_len(dst);

	memset(&req, 0, sizeof(req));
	req.head.nlmsg_type = RTM_GETROUTE;
	req.head.nlmsg_flags = NLM_F_REQUEST;
	req.head.nlmsg_len =
	    (uint32_t)(offsetof(struct route_request, dst) + len);
	req.route.rtm_family = dst->family == 4 ? AF_INET : AF_INET6;
	req.route.rtm_dst_len = (uint8_t)(len * 8);
	req.attr.rta_type = RTA_DST;
	req.attr.rta_len = (uint16_t)RTA_LENGTH(len);
	memcpy(req.dst, dst->b, len);
	if (send(sock, &req, req.head.nlmsg_len, 0) < 0)
		return ES_E(SYS);
	return 0;
}

static void
read_attr(struct rtattr *attr, struct route *out)
{
	size_t len = RTA_PAYLOAD(attr);
	uint32_t index = 0;

	switch (attr->rta_type) {
	case RTA_OIF:
		memcpy(&index, RTA_DATA(attr), sizeof(index));
		out->index = index;
		break;
	case RTA_PREFSRC:
		out->src = addr_from_bytes(RTA_DATA(attr), len);
		break;
	case RTA_GATEWAY:
		out->next_hop = addr_from_bytes(RTA_DATA(attr), len);
		out->direct = false;
		break;
	default:
		break;
	}
}

static int
read_route(int sock, struct route *out)
{
	_Alignas(struct nlmsghdr) char reply[4096];
	ssize_t got = recv(sock, reply, sizeof(reply), 0);
	struct nlmsghdr head;
	struct rtattr *attr;
	size_t left;

	if (got < (ssize_t)sizeof(head))
		return ES_E(SYS);
	memcpy(&head, reply, sizeof(head));
	if (head.nlmsg_type != RTM_NEWROUTE || head.nlmsg_len > (size_t)got ||
	    head.nlmsg_len < NLMSG_LENGTH(sizeof(struct rtmsg)))
		return ES_E(NOTFOUND);
	attr = (struct rtattr *)(void *)(reply + NLMSG_LENGTH(NLMSG_ALIGN(
						     sizeof(struct rtmsg))));
	left = head.nlmsg_len - NLMSG_LENGTH(sizeof(struct rtmsg));
	for (; RTA_OK(attr, left); attr = RTA_NEXT(attr, left))
		read_attr(attr, out);
	return out->index == 0 ? ES_E(NOTFOUND) : 0;
}

int
route_find(const struct addr *dst, struct route *out)
{
	int sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int rc;

	*out = (struct route){ .next_hop = *dst, .direct = true };
	if (sock < 0)
		return ES_E(SYS);
	rc = ask_route(sock, dst);
	if (rc == 0)
		rc = read_route(sock, out);
	close(sock);
	if (rc == 0 && if_indextoname(out->index, out->device) == NULL)
		rc = ES_E(NOTFOUND);
	return rc;
}
