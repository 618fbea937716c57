/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inject: see the header.
 */
#include "engine/net/inject.h"

#include <errno.h>
#include <libnet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/net/ifaces.h"
#include "sensor/base/cursor.h"
#include "sensor/base/str.h"

struct inject_link {
	libnet_t *net;
};

int
inject_link_open(
    const char *device, struct inject_link **out, struct errbuf *eb)
{
	char why[LIBNET_ERRBUF_SIZE] = "";
	struct iface f;
	struct inject_link *link;

	if (ifaces_find(device, 0, &f) != 0)
		return err_set(
		    eb, ES_E(NOTFOUND), "%s: no such interface", device);
	if (!f.has_mac || mac_is_zero(&f.mac))
		return err_set(eb, ES_E(UNSUPPORTED),
		    "%s: not an Ethernet interface", device);
	link = calloc(1, sizeof(*link));
	if (link == NULL)
		return ES_E(NOMEM);
	link->net = libnet_init(LIBNET_LINK_ADV, f.device, why);
	if (link->net == NULL) {
		free(link);
		return err_set(eb, ES_E(SYS), "%s: %s", device, why);
	}
	*out = link;
	return 0;
}

void
inject_link_free(struct inject_link *link)
{
	if (link == NULL)
		return;
	libnet_destroy(link->net);
	free(link);
}

int
inject_link_send(struct inject_link *link, const void *frame, size_t len)
{
	int sent;

	if (len == 0 || len > UINT16_MAX)
		return ES_E(SYS);
	sent = libnet_adv_write_link(link->net, frame, (uint32_t)len);
	return sent == (int)len ? 0 : ES_E(SYS);
}

int
inject_ip_open(int family)
{
	int fd = socket(
	    family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_RAW);
	int on = 1;

	/* IPPROTO_RAW means that packets bring their own header, raw(7) and ipv6(7). */
	if (fd < 0)
		return ES_E(SYS);
	(void)setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
	return fd;
}

int
inject_ip_send(int fd, const void *packet, size_t len, const struct addr *dst,
    uint32_t zone)
{
	struct sockaddr_storage ss;
	socklen_t ss_len = addr_to_sockaddr(dst, 0, &ss);

	if (dst->family == 6) {
		struct sockaddr_in6 sin6;

		memcpy(&sin6, &ss, sizeof(sin6));
		sin6.sin6_scope_id = zone;
		memcpy(&ss, &sin6, sizeof(sin6));
	}
	if (sendto(fd, packet, len, 0, (const struct sockaddr *)&ss, ss_len) <
	    0)
		return ES_E(SYS);
	return 0;
}

static bool
parse_ipv4(struct cursor cur, struct addr *dst)
{
	size_t len = cur_left(&cur);
	size_t header = (size_t)(cur_u8(&cur) & 0x0f) * 4;
	size_t total;
	uint8_t octets[4];

	cur_skip(&cur, 1);
	total = cur_be16(&cur);
	cur_skip(&cur, 12);
	cur_copy(&cur, octets, sizeof(octets));
	*dst = addr_from_bytes(octets, sizeof(octets));
	return !cur_bad(&cur) && header >= 20 && header <= total &&
	       total <= len;
}

static bool
parse_ipv6(struct cursor cur, struct addr *dst)
{
	size_t len = cur_left(&cur);
	size_t payload;
	uint8_t octets[16];

	cur_skip(&cur, 4);
	payload = cur_be16(&cur);
	cur_skip(&cur, 18);
	cur_copy(&cur, octets, sizeof(octets));
	*dst = addr_from_bytes(octets, sizeof(octets));
	return !cur_bad(&cur) && payload + 40 <= len;
}

bool
inject_ip_parse(const void *packet, size_t len, struct addr *dst)
{
	struct cursor cur = cur_new(packet, len);
	int first = cur_peek(&cur, 0);

	switch (first >> 4) {
	case 4:
		return parse_ipv4(cur, dst);
	case 6:
		return parse_ipv6(cur, dst);
	default:
		return false;
	}
}
