/* SPDX-License-Identifier: ISC */
#include "accept/waiting.h"

#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

bool waiting_add(struct waiting *w, const struct client *client)
{
	struct rlimit limit;

	/* The other half is for sessions. */
	if (w->count == WAITING_MOST || getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
	    (rlim_t)client->fd >= limit.rlim_cur / 2)
		return false;
	w->list[w->count++] = *client;
	return true;
}

/* Reset, or closed on both sides: who only sends no more is still there. */
static bool gone(int fd)
{
	struct pollfd connection = { fd, 0, 0 };

	return poll(&connection, 1, 0) == 1;
}

static void take_out(struct waiting *w, size_t at)
{
	w->count--;
	memmove(&w->list[at], &w->list[at + 1],
		(w->count - at) * sizeof(w->list[0]));
}

bool waiting_take(struct waiting *w, struct per_source *s, int64_t now,
		  struct client *client)
{
	size_t at = 0;

	while (at < w->count) {
		*client = w->list[at];
		if (gone(client->fd)) {
			close(client->fd);
			per_source_give_up(s, client->row);
			take_out(w, at);
		} else if (per_source_turn(s, client->row, now)) {
			take_out(w, at);
			return true;
		} else {
			at++;
		}
	}
	client->fd = -1;
	return false;
}

void waiting_close(struct waiting *w, struct per_source *s)
{
	while (w->count > 0) {
		const struct client *const client = &w->list[--w->count];

		close(client->fd);
		per_source_give_up(s, client->row);
	}
}
