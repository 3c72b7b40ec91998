/* SPDX-License-Identifier: ISC */
/*
 * One login by a mechanism of SASL, by GNU SASL, or by APOP: whose it is, and
 * whether who says so knows the password.
 */
#ifndef BACKENDS_SASL_EXCHANGE_H
#define BACKENDS_SASL_EXCHANGE_H

#include "backends/kit/account.h"
#include "backends/sasl/stand-in.h"
#include "pure/limit.h"
#include "pure/password-field.h"

/* What is offered, by what it needs of the users file. */
struct mechanism {
	const char *name;
	enum password_hash scram; /* {PLAIN} or {SCRAM} of it; else {PLAIN} */
	bool plus; /* it needs the octets of a TLS channel */
	bool client_first;
};

/* A channel binding of 64 octets, and a NUL. */
#define EXCHANGE_BINDING 89

/* Strongest first. */
enum { MECHANISMS = 5 };
extern const struct mechanism mechanisms[MECHANISMS];

struct exchange {
	/* Whoever has one has these. */
	struct accounts accounts;
	struct stand_in stand_in;
	char binding[EXCHANGE_BINDING]; /* in base64; empty: none */
	/* The one at hand; NULL: none. */
	const struct mechanism *mechanism;
	struct Gsasl *library; /* NULL until it is needed */
	struct Gsasl_session *session;
	struct account account;
	struct password own; /* what the client has to know, */
	struct password model; /* where that is made up: the line it is like */
	enum users_verdict found;
	bool begun; /* the client has said something */
	bool identified; /* ... and who it is, and was looked for */
	bool proved; /* it knows the password, and need not say more */
	const char *refused; /* the answer, where there was trouble */
};

enum exchange_verdict {
	EXCHANGE_MORE,
	EXCHANGE_RIGHT, /* `account` is whose it is */
	EXCHANGE_WRONG,
	EXCHANGE_TROUBLE, /* logged; `refused` may be the answer */
};

/*
 * One step: what the client said, in base64; NULL: it has not spoken. With MORE
 * the challenge, in base64 or empty.
 */
enum exchange_verdict exchange_start(struct exchange *,
				     const struct mechanism *, const char *in,
				     char out[LIMIT_AUTH_LINE]);
enum exchange_verdict exchange_more(struct exchange *, const char *in,
				    char out[LIMIT_AUTH_LINE]);

/* APOP: a digest of 32 digits. */
enum exchange_verdict exchange_apop(struct exchange *, const char *user,
				    const char *digest, const char *timestamp);

/* It is over, whatever became of it: nothing is left of the account. */
void exchange_end(struct exchange *);

#endif
