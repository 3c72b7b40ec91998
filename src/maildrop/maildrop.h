/* SPDX-License-Identifier: ISC */
/*
 * The messages of one session: sizes, unique-ids, marks, totals (RFC 1939
 * sections 5 to 7). What is allocated in proportion to anything is this: 40
 * octets a message, and the octets of its unique-id and of its file's name; a
 * folder of files stands once.
 *
 * Message numbers run from 1 to maildrop.count and never change.
 */
#ifndef MAILDROP_MAILDROP_H
#define MAILDROP_MAILDROP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pure/limit.h"
#include "pure/wire.h"

#define OCTETS_UNKNOWN UINT64_MAX
#define SPOOL_NONE UINT64_MAX

struct message {
	uint64_t octets; /* as POP3 sends it; OCTETS_UNKNOWN until needed */
	uint64_t spool; /* where it lies in the spool, or SPOOL_NONE */
	/* Offsets in the text; 0 for none. The path is in two parts. */
	uint32_t uid, folder, name;
	uint16_t uid_len;
	bool told : 1; /* the backend told its size: nothing changes it */
	bool dash : 1; /* the backend gave "-" for its unique-id */
	bool marked : 1; /* DELE: to be removed by QUIT */
	bool fetched : 1; /* sent whole */
	bool twin : 1; /* another has the same unique-id */
	bool refused : 1; /* over --spool-max */
	bool noted : 1; /* the log has why it could not be had */
	bool counted : 1; /* the backend does not know .found */
	uint64_t found : 43; /* what we counted ourselves */
	uint64_t rank : 20; /* which of its twins with the same path it is */
};

struct maildrop {
	/* Where few messages are, and their text. */
	struct message few[128];
	char little[8192 + LIMIT_PATH];
	struct message *messages; /* messages[n - 1] is number n */
	char *text;
	size_t count, room;
	size_t text_len, text_room; /* LIMIT_PATH octets behind it are there */
	/* Those that came last, as a Maildir has two. */
	struct folder_name {
		uint32_t at, len;
	} folders[2];
	size_t unnamed; /* without a unique-id: it is to be made from the body */
	bool unique; /* twins have been looked for */
	size_t twins[2]; /* numbers of the first two found; 0: there are none */
	bool noted_twins, noted_missing; /* the log has that there are some */
};

/* An empty one. maildrop_free leaves it so. */
void maildrop_init(struct maildrop *);
void maildrop_free(struct maildrop *);

/*
 * Adds a message as a `msg` line tells it: octets or OCTETS_UNKNOWN; a
 * unique-id, "-" for none; a path, or NULL. Copies both. Returns NULL, or
 * what is wrong in a few words.
 */
const char *maildrop_add(struct maildrop *, uint64_t octets, const char *uid,
			 size_t uid_len, const char *path, size_t path_len);

/* ... with what the line says; it is one that wire_parse took. */
const char *maildrop_take(struct maildrop *, const struct wire_line *);

/* The message of a number, or NULL where there is none or it is marked. */
struct message *maildrop_get(const struct maildrop *, uint64_t number);

/* What the backend gave, "-" as "-"; *len octets, no NUL. */
const char *maildrop_given_uid(const struct maildrop *, const struct message *,
			       size_t *len);

/*
 * The path that the backend gave, with a NUL behind it, or NULL. It stands
 * until the next call, or the next message that is added.
 */
const char *maildrop_path(const struct maildrop *, const struct message *);

/* Its size, 0 where that is not known: there is nothing of it. */
uint64_t maildrop_octets(const struct message *);

/* What its size was found to be; one that was told stays. */
void maildrop_found_octets(struct message *, uint64_t octets);

/*
 * It was counted whole, octet by octet: what its size is from now on, where
 * none was known; and what the backend is to be told, if that is news to it.
 * `fresh`: there may be more of it soon; then only who told another is told.
 */
void maildrop_counted(struct message *, uint64_t octets, bool fresh);

/* Whether its unique-id can only be made from its body. */
bool maildrop_needs_body_id(const struct message *);

/* Gives it one, of so many octets: NULL, or what is wrong. */
const char *maildrop_set_uid(struct maildrop *, struct message *,
			     const char *uid, size_t len);

/* As after the login: none is marked, none was fetched. */
void maildrop_reset(struct maildrop *);

#endif
