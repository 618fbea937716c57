/* SPDX-License-Identifier: Apache-2.0 */
/*
 * product: what software a banner names, where the banner says it in so many words. Anything cleverer is the work of
 * version detection; this costs a few hundred instructions and never guesses.
 */
#pragma once

#include <stdbool.h>

#include "sensor/model/observation.h"

/* Views into the banner; empty when not said. */
struct product {
	struct text name;
	struct text version;
	struct text extra;
};

/**
 * @p what is the kind of banner: "ssh", "http.server", "smtp", "ftp" ... Returns false when nothing is said plainly.
 *
 *	SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3	OpenSSH, 9.2p1, Debian-2+deb12u3
 *	nginx/1.22.1				nginx, 1.22.1
 *	Apache/2.4.57 (Debian) PHP/8.2		Apache, 2.4.57, (Debian) PHP/8.2
 *	220 mail.example ESMTP Postfix (Debian)	Postfix, -, (Debian)
 */
bool product_parse(const char *what, struct text banner, struct product *out);

/** The CPE 2.2 name of a product whose vendor is known (products.def), with the version when it is a plain one. */
bool product_cpe(const struct product *p, char *out, size_t size);
