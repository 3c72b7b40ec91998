/* SPDX-License-Identifier: ISC */
#include "protocol/offers.h"

#include <string.h>

static struct claim *find(const struct offers *o, const char *name, size_t len)
{
	for (unsigned i = 0; i < o->claim_count; i++)
		if (strlen(o->claims[i].name) == len &&
		    memcmp(o->claims[i].name, name, len) == 0)
			return (struct claim *)&o->claims[i];
	return NULL;
}

const struct claim *claims_find(const struct offers *o, const char *name,
				enum state state)
{
	const struct claim *const c = find(o, name, strlen(name));

	return c != NULL && (c->states & state) != 0 ? c : NULL;
}

bool claims_has(const struct offers *o, const char *name)
{
	return find(o, name, strlen(name)) != NULL;
}

bool claims_together(const struct offers *o, const char *a, const char *b)
{
	const struct claim *const first = find(o, a, strlen(a));
	const struct claim *const second = find(o, b, strlen(b));

	return (first != NULL ? first->states : 0) ==
	       (second != NULL ? second->states : 0);
}

bool claims_add(struct offers *o, const char *name, size_t len, unsigned states,
		bool secret)
{
	struct claim *c = find(o, name, len);

	if (c == NULL) {
		if (o->claim_count == LIMIT_CLAIMS || len > LIMIT_COMMAND_NAME)
			return false;
		c = &o->claims[o->claim_count++];
		*c = (struct claim){ .states = 0 };
		memcpy(c->name, name, len);
	}
	c->states |= states;
	c->secret |= secret;
	return true;
}
