/* SPDX-License-Identifier: ISC */
/*
 * What the backend offers with its detail lines: commands of its own,
 * mechanisms of AUTH, lines of CAPA, and the terms of a session. Lines in, what
 * stands in a session out; nothing is read or written.
 */
#ifndef PROTOCOL_OFFERS_H
#define PROTOCOL_OFFERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pure/limit.h"
#include "pure/wire.h"

/* RFC 1939's states, as bits. UPDATE takes no commands. */
enum state { AUTHORIZATION = 1, TRANSACTION = 2 };

/* A command that the backend, or --command, added. */
struct claim {
	char name[LIMIT_COMMAND_NAME + 1];
	unsigned states;
	bool secret; /* its arguments are never shown */
};

/* What the backend offers: told in hello, some of it again at the login. */
struct offers {
	char capa[LIMIT_CAPA_TEXT]; /* lines with their CRLF */
	char mechanisms[LIMIT_MECHANISMS]; /* " MECH MECH", from `sasl` */
	struct claim claims[LIMIT_CLAIMS];
	unsigned claim_count;
	size_t mechanisms_len;
	bool apop, no_password, any_user;
	bool sent; /* of `events`: to be told what was sent */
	bool token_user; /* ... to be asked whose a token is */
};

/* ... and what a login that fails after all must not leave behind. */
struct terms {
	size_t capa_len; /* of offers.capa */
	int64_t idle_ms; /* the idle timer */
	char goodbye[LIMIT_RESPONSE];
	char login_delay[32], expire[32]; /* "300 USER"; "" for none */
};

/* None of them, yet. */
void offers_none(struct offers *);

/*
 * Takes a detail line that offers something: `command`, `capa`, `apop`, `sasl`,
 * `no-password`, `any-user`, `option`, `events`. What may stand in one session
 * alone goes into the terms. Returns NULL, or what is wrong in a few words; another line
 * is not allowed here.
 */
const char *offers_take(struct offers *, struct terms *,
			const struct wire_line *);

/*
 * What the backend, or --command, made of a name; NULL. claims_add adds one,
 * or states to one; false where there are too many.
 */
const struct claim *claims_find(const struct offers *, const char *name,
				enum state);
bool claims_add(struct offers *, const char *name, size_t len, unsigned states,
		bool secret);

/* Whether some claim has the name, in whatever state. */
bool claims_has(const struct offers *, const char *name);

/* Whether two names are claimed in the same states, or neither in any. */
bool claims_together(const struct offers *, const char *, const char *);

/*
 * The mechanisms of AUTH in this session (RFC 5034), ours and the backend's,
 * blanks between; returns the octets. clear: a secret may cross the connection,
 * so also those that show one.
 */
size_t mechanisms_list(const struct offers *, bool clear,
		       char out[LIMIT_MECHANISMS + 32]);

/* Whether a mechanism, in upper case, is one of them. */
bool mechanisms_offer(const struct offers *, bool clear, const char *name);

#endif
