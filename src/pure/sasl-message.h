/* SPDX-License-Identifier: ISC */
/*
 * The client's messages of those SASL mechanisms that we take apart ourselves,
 * decoded already. Each returns false where the message is not well formed;
 * the fields point into it and may hold any octet but what separates them.
 * Pure.
 */
#ifndef PURE_SASL_MESSAGE_H
#define PURE_SASL_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "pure/wire.h"

/* RFC 4616: authzid NUL authcid NUL passwd, exactly two NULs. */
bool sasl_plain(const char *data, size_t len, struct wire_field *authzid,
		struct wire_field *user, struct wire_field *password);

/* "user=U^Aauth=Bearer T^A^A"; a user of no octets is none. */
bool sasl_xoauth2(const char *data, size_t len, struct wire_field *user,
		  struct wire_field *token);

/*
 * RFC 7628: "n,a=U,^Ahost=...^Aauth=Bearer T^A^A". The user is as it stands
 * there: see sasl_saslname. One of no octets is none, for "n,," leaves it to
 * the token to tell.
 */
bool sasl_oauthbearer(const char *data, size_t len, struct wire_field *user,
		      struct wire_field *token);

/*
 * Decodes the name of OAUTHBEARER where it stands: "=2C" and "=3D" are "," and
 * "=" (RFC 5801 section 4), which stand in it in no other way.
 */
bool sasl_saslname(char *name, size_t *len);

#endif
