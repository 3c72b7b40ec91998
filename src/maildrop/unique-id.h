/* SPDX-License-Identifier: ISC */
/*
 * Unique-ids as the client sees them (RFC 1939 section 7): no two the same,
 * whatever the backend gave.
 */
#ifndef MAILDROP_UNIQUE_ID_H
#define MAILDROP_UNIQUE_ID_H

#include "maildrop/maildrop.h"

/*
 * Gives a message one that is made from its body: 32 octets of SHA-256. NULL,
 * or what is wrong.
 */
const char *maildrop_set_body_id(struct maildrop *, struct message *,
				 const uint8_t digest[32]);

/*
 * Looks for twins, where that was not done; sets d->twins. False for want of
 * memory.
 */
bool maildrop_find_twins(struct maildrop *);

/*
 * The unique-id as the client sees it, 1 to 70 octets of 0x21 to 0x7E, into out; returns its octets, no NUL. One
 * that POP3 does not allow is replaced by its hash; where two agree each is
 * replaced by a hash of it, its path, and which of them it is.
 */
size_t maildrop_unique_id(struct maildrop *, const struct message *,
			  char out[LIMIT_UNIQUE_ID]);

#endif
