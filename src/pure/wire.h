/* SPDX-License-Identifier: ISC */
/*
 * The syntax of the backend protocol, and the only file that knows it; its
 * contract is pop3-skel-backend(7). Pure: a line in, a verdict out.
 */
#ifndef PURE_WIRE_H
#define PURE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "pure/limit.h"

#define WIRE_VERSION 1

/* What is asked. WIRE_NAME is a POP3 command that the backend claimed. */
enum wire_verb {
	WIRE_HELLO,
	WIRE_LOGIN,
	WIRE_APOP,
	WIRE_TOKEN,
	WIRE_AUTH,
	WIRE_MORE,
	WIRE_CANCEL,
	WIRE_LIST,
	WIRE_RETR,
	WIRE_TOP,
	WIRE_SENT,
	WIRE_DELE,
	WIRE_RSET,
	WIRE_EXPUNGE,
	WIRE_COMMIT,
	WIRE_SIZES,
	WIRE_NAME,
	WIRE_VERBS,
};

/* What a line of a reply is. The first five are results. */
enum wire_word {
	WIRE_OK,
	WIRE_ERR,
	WIRE_TEMP,
	WIRE_DEFAULT,
	WIRE_CONTINUE, /* MORE */
	WIRE_RESULTS,

	WIRE_MSG = WIRE_RESULTS,
	WIRE_USER,
	WIRE_LOCK,
	WIRE_BECOME,
	WIRE_NEXT,
	WIRE_ARG,
	WIRE_LINE, /* |text */
	WIRE_FILE,
	WIRE_TEMP_FILE,
	WIRE_PART,
	WIRE_BODY,
	WIRE_COMMAND,
	WIRE_CAPA,
	WIRE_OFFER_APOP,
	WIRE_SASL,
	WIRE_NO_PASSWORD,
	WIRE_ANY_USER,
	WIRE_OPTION,
	WIRE_EVENTS,
	WIRE_STATE,
	WIRE_CLOSE,
	WIRE_WAIT,
	WIRE_LOG,
	WIRE_EMPTY, /* an empty line: ignored */
};

struct wire_field {
	const char *data; /* NULL where the field is absent */
	size_t len;
};

struct wire_line {
	enum wire_word word;
	bool control; /* somewhere in it is what no request may hold */
	struct wire_field field[3];
};

/* Whether octets are in it that no request may hold: 00 to 1F and 7F. */
bool wire_has_control(const struct wire_field *);

/* A string that ends in NUL as a field; and whether a field is one. */
struct wire_field wire_text(const char *text);
bool wire_is(const struct wire_field *, const char *text);

/*
 * Takes one reply line, without its LF, apart. The fields point into it.
 * Returns NULL, or what is wrong with it in a few words. A WIRE_LINE never
 * comes here: whoever reads sees the `|` and passes the rest on as it is.
 */
const char *wire_parse(struct wire_line *, enum wire_verb asked,
		       const char *line, size_t len);

/*
 * The octets of the keyword that a line begins with, `|` being one; 0 where it
 * is none.
 */
size_t wire_keyword(const char *line, size_t len);

/*
 * Whether a body, in one of its forms, may be part of the answer.
 */
bool wire_may_have_body(enum wire_verb asked);

/*
 * Writes a request with its LF into out and returns its octets, or
 * -EMSGSIZE, or -EINVAL where a field holds what none may (a control
 * character; a blank anywhere but in the last; nothing anywhere but in the
 * last). name is the command's for WIRE_NAME, else NULL. Absent fields must
 * be the last ones.
 */
ssize_t wire_request(char out[LIMIT_AUTH_REQUEST], enum wire_verb,
		     const char *name, const struct wire_field *fields,
		     size_t count);

/* The verb as it is written: "retr". For WIRE_NAME: "command". */
const char *wire_verb_name(enum wire_verb);

/*
 * Whether a user name may be sent: no blank, no control character, not empty,
 * at most LIMIT_USER octets; unless `any`, no "/" in it and neither "." nor
 * "-" at its start, for it becomes a folder in somebody's script.
 */
bool wire_user_valid(const char *name, size_t len, bool any);

/*
 * Whether a command's name may be claimed: [A-Z][A-Z0-9]{1,15}, but none of
 * QUIT, STLS, CAPA, AUTH.
 */
bool wire_name_valid(const char *name, size_t len);

#endif
