/* SPDX-License-Identifier: ISC */
#include "tls/pumps.h"

#include <stdlib.h>

#include "pure/per-source.h"

void pumps_queue(struct pumps *all, struct pump *p)
{
	if (p->queued)
		return;
	p->queued = true;
	p->turn = NULL;
	if (all->turns == NULL)
		all->turns = p;
	else
		all->turns_last->turn = p;
	all->turns_last = p;
}

struct pump *pumps_new(struct pumps *all, int client, int server, bool handed)
{
	struct pump *const p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->client = (struct end){ .pump = p, .fd = client };
	p->server = (struct end){ .pump = p, .fd = server };
	p->row = PER_SOURCE_NONE;
	p->handed = handed;
	p->before = all->last;
	if (all->last != NULL)
		all->last->next = p;
	else
		all->first = p;
	all->last = p;
	all->count += !handed;
	all->handed += handed;
	/* A first look, whatever events come. */
	pumps_queue(all, p);
	return p;
}

void pumps_end(struct pumps *all, struct pump *p)
{
	if (p->before != NULL)
		p->before->next = p->next;
	else
		all->first = p->next;
	if (p->next != NULL)
		p->next->before = p->before;
	else
		all->last = p->before;
	all->count -= !p->handed;
	all->handed -= p->handed;
	pump_free(p);
}
