/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the configuration leaves open is found on the machine; see run.h.
 */
#include "sensor/daemon/run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sensor/base/log.h"
#include "sensor/base/str.h"
#include "sensor/daemon/datadir.h"

#define ROOT_STATE "/var/lib/earshot"

static int
no_memory(struct errbuf *eb)
{
	return err_set(eb, ES_E(NOMEM), "out of memory");
}

static int
add_string(struct strlist *list, const char *text)
{
	char **items = realloc(list->items, (list->count + 1) * sizeof(*items));

	if (items == NULL)
		return ES_E(NOMEM);
	list->items = items;
	items[list->count] = strdup(text);
	if (items[list->count] == NULL)
		return ES_E(NOMEM);
	list->count++;
	return 0;
}

static bool
has_string(const struct strlist *list, const char *text)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (strcmp(list->items[i], text) == 0)
			return true;
	return false;
}

static int
copy_list(struct strlist *out, const struct strlist *in)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < in->count; i++)
		rc = add_string(out, in->items[i]);
	return rc;
}

static void
free_list(struct strlist *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
}

/* Every interface that is up, and every address of this machine. */
static int
look_around(struct strlist *interfaces, struct cidrset *own, struct errbuf *eb)
{
	struct ifaddrs *all, *at;
	int rc = 0;

	if (getifaddrs(&all) < 0)
		return err_sys(eb, "cannot list interfaces");
	for (at = all; rc == 0 && at != NULL; at = at->ifa_next) {
		struct cidr c;

		if ((at->ifa_flags & IFF_UP) == 0)
			continue;
		if (!has_string(interfaces, at->ifa_name))
			rc = add_string(interfaces, at->ifa_name);
		if (rc < 0 || at->ifa_addr == NULL)
			continue;
		c.base = addr_from_sockaddr(at->ifa_addr, NULL);
		c.len = (uint8_t)(addr_len(&c.base) * 8);
		if (addr_is_set(&c.base))
			rc = cidrset_add(own, &c);
	}
	freeifaddrs(all);
	return rc < 0 ? no_memory(eb) : 0;
}

void
run_state_dir(const struct config *config, char out[static PATH_MAX])
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");

	if (config->state_dir[0] != '\0')
		str_copy(out, PATH_MAX, config->state_dir);
	else if (geteuid() == 0 || (state == NULL && home == NULL))
		str_copy(out, PATH_MAX, ROOT_STATE);
	else if (state != NULL && state[0] == '/')
		snprintf(out, PATH_MAX, "%s/earshot", state);
	else
		snprintf(out, PATH_MAX, "%s/.local/state/earshot", home);
}

static void
find_name(struct run *r)
{
	char host[256] = "";

	if (r->config.sensor_name[0] != '\0') {
		str_copy(r->sensor_name, sizeof(r->sensor_name),
		    r->config.sensor_name);
		return;
	}
	if (gethostname(host, sizeof(host) - 1) < 0 || host[0] == '\0')
		str_copy(host, sizeof(host), "earshot");
	str_copy(r->sensor_name, sizeof(r->sensor_name), host);
}

static int
find_datadirs(struct run *r, struct errbuf *eb)
{
	char own[PATH_MAX];

	if (copy_list(&r->datadirs, &r->config.datadirs) < 0)
		return no_memory(eb);
	if (datadir_own(own) && add_string(&r->datadirs, own) < 0)
		return no_memory(eb);
	return 0;
}

int
run_datadir_first(struct run *r, const char *dir, struct errbuf *eb)
{
	struct strlist *list = &r->datadirs;
	char *last;

	if (add_string(list, dir) < 0)
		return no_memory(eb);
	last = list->items[list->count - 1];
	memmove(list->items + 1, list->items,
	    (list->count - 1) * sizeof(*list->items));
	list->items[0] = last;
	return 0;
}

static int
find_scope(struct run *r, const struct cidrset *own, struct errbuf *eb)
{
	const struct cidrset *from =
	    r->config.scope.count > 0 ? &r->config.scope : own;
	size_t i;

	for (i = 0; i < from->count; i++)
		if (cidrset_add(&r->scope, &from->items[i]) < 0)
			return no_memory(eb);
	return 0;
}

int
run_resolve(struct config *config, const struct strlist *interfaces,
    struct run *out, struct errbuf *eb)
{
	struct strlist up = { .count = 0 };
	const struct strlist *from = interfaces;
	struct cidrset own;
	int rc;

	memset(out, 0, sizeof(*out));
	out->config = *config;
	memset(config, 0, sizeof(*config));
	cidrset_init(&own);
	run_state_dir(&out->config, out->state_dir);
	find_name(out);
	rc = identity_find(out->config.user, &out->identity, eb);
	if (rc == 0)
		rc = look_around(&up, &own, eb);
	if (from->count == 0)
		from = &out->config.interfaces;
	if (from->count == 0)
		from = &up;
	if (rc == 0 && copy_list(&out->interfaces, from) < 0)
		rc = no_memory(eb);
	if (rc == 0)
		rc = find_scope(out, &own, eb);
	if (rc == 0)
		rc = find_datadirs(out, eb);
	free_list(&up);
	cidrset_fini(&own);
	if (rc < 0)
		run_fini(out);
	return rc;
}

void
run_fini(struct run *r)
{
	config_fini(&r->config);
	free_list(&r->interfaces);
	free_list(&r->datadirs);
	cidrset_fini(&r->scope);
	memset(r, 0, sizeof(*r));
}

/* mkdir -p: the last component belongs to its owner alone, those above are as umask says. */
static int
make_folder(const char *path, struct errbuf *eb)
{
	char part[PATH_MAX];
	size_t i, len = strlen(path);

	for (i = 1; i <= len; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, i == len ? 0700 : 0755) < 0 && errno != EEXIST)
			return err_sys(eb,
			    "cannot make the state folder %s (choose another "
			    "with state_dir)",
			    part);
	}
	return 0;
}

/* Files of an earlier run by root, or of another user: ours from now on. Links are left alone. */
static void
give_files(int folder, const struct identity *who)
{
	DIR *dir = fdopendir(folder);
	const struct dirent *entry;
	struct stat st;

	if (dir == NULL) {
		close(folder);
		return;
	}
	while ((entry = readdir(dir)) != NULL)
		if (fstatat(dirfd(dir), entry->d_name, &st,
			AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) && st.st_nlink == 1 && st.st_uid == 0)
			(void)!fchownat(dirfd(dir), entry->d_name, who->uid,
			    who->gid, AT_SYMLINK_NOFOLLOW);
	closedir(dir);
}

int
run_prepare_state(const struct run *r, struct errbuf *eb)
{
	int folder, rc = make_folder(r->state_dir, eb);

	if (rc < 0 || !r->identity.change)
		return rc;
	folder = open(r->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0 ||
	    fchown(folder, r->identity.uid, r->identity.gid) < 0) {
		rc = err_sys(eb, "cannot give the state folder %s to %s",
		    r->state_dir, r->identity.name);
		if (folder >= 0)
			close(folder);
		return rc;
	}
	give_files(folder, &r->identity);
	return 0;
}

int
run_check_access(const struct run *r, struct errbuf *eb)
{
	const char *who = r->identity.change ? r->identity.name : "this user";

	if (access(r->state_dir, W_OK | X_OK) < 0)
		return err_sys(eb,
		    "%s cannot write the state folder %s (let it pass the "
		    "folders above, or choose another with state_dir or user)",
		    who, r->state_dir);
	return 0;
}

/* Name the folder behind a descriptor instead of the path that leads there, if that path is closed to us now. */
static int
keep_reachable(char **path, int fd, struct errbuf *eb)
{
	char *by_fd;

	if (fd < 0)
		return 0;
	if (access(*path, R_OK | X_OK) == 0) {
		close(fd);
		return 0;
	}
	if (asprintf(&by_fd, "/proc/self/fd/%d", fd) < 0)
		return no_memory(eb);
	log_info("run",
	    "reading %s through a descriptor: its path is closed "
	    "to the user of the roles",
	    *path);
	free(*path);
	*path = by_fd;
	return 0;
}

int
run_become(struct run *r, struct errbuf *eb)
{
	struct strlist *dirs = &r->datadirs;
	int *fds = calloc(dirs->count + 1, sizeof(*fds));
	size_t i;
	int rc;

	if (fds == NULL)
		return no_memory(eb);
	for (i = 0; i < dirs->count; i++)
		fds[i] = open(dirs->items[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
	rc = privilege_become(&r->identity, eb);
	for (i = 0; rc == 0 && i < dirs->count; i++)
		rc = keep_reachable(&dirs->items[i], fds[i], eb);
	free(fds);
	return rc;
}
