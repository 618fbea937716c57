/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Own data folder, found from the place of the running binary: PREFIX/bin/earshot has PREFIX/share/earshot, and
 * SOURCE/build/PRESET/sensor/daemon/earshot has SOURCE.
 */
#include "sensor/daemon/datadir.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sensor/base/attrs.h"

#define PARENTS_MAX 5

static bool
has_libraries(const char *dir)
{
	char probe[PATH_MAX + 16];

	snprintf(probe, sizeof(probe), "%s/nselib", dir);
	return access(probe, R_OK | X_OK) == 0;
}

bool
datadir_own(char out[static PATH_MAX])
{
	static const char *const places[] = { "/share/earshot", "" };
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (n < 0)
		return false;
	exe[n] = '\0';
	for (int up = 0; up < PARENTS_MAX; up++) {
		char *slash = strrchr(exe, '/');

		if (slash == NULL)
			return false;
		*slash = '\0';
		for (size_t i = 0; i < ES_ARRAY_LEN(places); i++) {
			int len =
			    snprintf(out, PATH_MAX, "%s%s", exe, places[i]);

			if (len < PATH_MAX && has_libraries(out))
				return true;
		}
	}
	return false;
}
