/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shared page of heartbeats; see seat.h.
 */
#include "sensor/daemon/seat.h"

#include <sys/mman.h>

#include "sensor/base/mono.h"

void
seat_beat(const struct seat *seat)
{
	atomic_store(
	    &seat->beats->role[seat->role].at_ms, mono_now().ns / NS_PER_MS);
}

void
seat_ready(const struct seat *seat)
{
	seat_beat(seat);
	atomic_store(&seat->beats->role[seat->role].ready, true);
}

struct beats *
beats_new(void)
{
	void *p = mmap(NULL, sizeof(struct beats), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void
beats_free(struct beats *beats)
{
	if (beats != NULL)
		munmap(beats, sizeof(*beats));
}
