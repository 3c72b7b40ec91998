/* SPDX-License-Identifier: ISC */
#include "pure/sasl-message.h"

#include <string.h>
#include <strings.h>

bool sasl_plain(const char *data, size_t len, struct wire_field *authzid,
		struct wire_field *user, struct wire_field *password)
{
	const char *const end = data + len;
	const char *const first = memchr(data, '\0', len);
	const char *const second =
		first != NULL
			? memchr(first + 1, '\0', (size_t)(end - first) - 1)
			: NULL;

	if (second == NULL ||
	    memchr(second + 1, '\0', (size_t)(end - second) - 1) != NULL)
		return false;
	*authzid = (struct wire_field){ data, (size_t)(first - data) };
	*user = (struct wire_field){ first + 1, (size_t)(second - first) - 1 };
	*password =
		(struct wire_field){ second + 1, (size_t)(end - second) - 1 };
	return true;
}

/* The value of key in the ^A-separated pairs of an OAuth message. */
static struct wire_field pair(const char *data, size_t len, const char *key)
{
	const size_t n = strlen(key);
	size_t at = 0;

	while (at < len) {
		const char *const stop = memchr(data + at, 1, len - at);
		const size_t end = stop != NULL ? (size_t)(stop - data) : len;

		if (end - at >= n && memcmp(data + at, key, n) == 0)
			return (struct wire_field){ data + at + n,
						    end - at - n };
		at = end + 1;
	}
	return (struct wire_field){ NULL, 0 };
}

/* What both have: pairs that end in two ^A, and a token among them. */
static bool find_token(const char *data, size_t len, struct wire_field *token)
{
	static const char scheme[] = "Bearer ";

	if (len < 2 || data[len - 1] != 1 || data[len - 2] != 1)
		return false;
	*token = pair(data, len, "auth=");
	/* RFC 7235 section 2.1: the scheme is case-insensitive. */
	if (token->data == NULL || token->len <= sizeof(scheme) - 1 ||
	    strncasecmp(token->data, scheme, sizeof(scheme) - 1) != 0)
		return false;
	token->data += sizeof(scheme) - 1;
	token->len -= sizeof(scheme) - 1;
	return true;
}

bool sasl_xoauth2(const char *data, size_t len, struct wire_field *user,
		  struct wire_field *token)
{
	*user = pair(data, len, "user=");
	return user->data != NULL && find_token(data, len, token);
}

bool sasl_oauthbearer(const char *data, size_t len, struct wire_field *user,
		      struct wire_field *token)
{
	const char *const bar = memchr(data, 1, len);
	const size_t header = bar != NULL ? (size_t)(bar - data) : 0;

	/*
	 * "n,a=U," or "n,,": no channel binding; "y" is a client that could,
	 * and knows that we cannot (RFC 5801 section 4). "n,a=," is what some
	 * make of an empty name.
	 */
	if (header < 3 || (data[0] != 'n' && data[0] != 'y') ||
	    data[1] != ',' || data[header - 1] != ',')
		return false;
	*user = (struct wire_field){ data + 2, header - 3 };
	if (user->len > 0) {
		if (user->len < 2 || memcmp(user->data, "a=", 2) != 0)
			return false;
		user->data += 2;
		user->len -= 2;
	}
	return find_token(data, len, token);
}

bool sasl_saslname(char *name, size_t *len)
{
	size_t n = 0;

	for (size_t i = 0; i < *len; i++) {
		char c = name[i];

		if (c == ',')
			return false;
		if (c == '=') {
			if (*len - i < 3)
				return false;
			if (memcmp(name + i, "=2C", 3) == 0)
				c = ',';
			else if (memcmp(name + i, "=3D", 3) != 0)
				return false;
			i += 2;
		}
		name[n++] = c;
	}
	*len = n;
	return true;
}
