/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users and capabilities; see privilege.h. The seccomp lists are in sandbox.c.
 */
#include "sensor/daemon/privilege.h"

#include <cap-ng.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "sensor/base/str.h"

int
identity_find(const char *user, struct identity *out, struct errbuf *eb)
{
	static const char *const usual[] = { "earshot", "nobody" };
	const struct passwd *pw = NULL;
	size_t i;

	memset(out, 0, sizeof(*out));
	out->uid = getuid();
	out->gid = getgid();
	if (geteuid() != 0)
		return 0;
	if (user != NULL && user[0] != '\0') {
		pw = getpwnam(user);
		if (pw == NULL)
			return err_set(eb, ES_E(CONFIG),
			    "user: there is no user '%s' (adduser --system "
			    "--group %s)",
			    user, user);
	}
	for (i = 0; pw == NULL && i < ES_ARRAY_LEN(usual); i++)
		pw = getpwnam(usual[i]);
	if (pw == NULL)
		return err_set(eb, ES_E(CONFIG),
		    "user: there is neither a user earshot nor nobody to "
		    "become");
	out->change = pw->pw_uid != 0;
	out->uid = pw->pw_uid;
	out->gid = pw->pw_gid;
	str_copy(out->name, sizeof(out->name), pw->pw_name);
	return 0;
}

bool
privilege_has_raw(void)
{
	capng_get_caps_process();
	return capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_RAW) != 0;
}

int
privilege_become(const struct identity *who, struct errbuf *eb)
{
	bool raw = privilege_has_raw();

	capng_clear(CAPNG_SELECT_BOTH);
	if (raw && capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
		       CAP_NET_RAW) != 0)
		return err_sys(eb, "cannot choose capabilities");
	if (!who->change)
		return capng_apply(CAPNG_SELECT_CAPS) == 0
			   ? 0
			   : err_sys(eb, "cannot give up capabilities");
	if (capng_change_id((int)who->uid, (int)who->gid,
		CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING) != 0)
		return err_sys(eb, "cannot become user '%s'", who->name);
	return 0;
}

int
privilege_drop(bool keep_raw, struct errbuf *eb)
{
	bool raw = keep_raw && privilege_has_raw();

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(eb, "cannot forbid new privileges");
	capng_clear(CAPNG_SELECT_BOTH);
	if (raw && capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
		       CAP_NET_RAW) != 0)
		return err_sys(eb, "cannot choose capabilities");
	if (capng_apply(CAPNG_SELECT_CAPS) != 0)
		return err_sys(eb, "cannot give up capabilities");
	return 0;
}
