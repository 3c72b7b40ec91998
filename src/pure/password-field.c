/* SPDX-License-Identifier: ISC */
#include "pure/password-field.h"

#include <string.h>
#include <strings.h>

#include "pure/base64.h"
#include "pure/limit.h"
#include "pure/number.h"
#include "pure/password-cost.h"

enum encoding {
	ENCODING_NONE,
	ENCODING_HEX,
	ENCODING_BASE64,
};

struct scheme {
	const char *name;
	enum password_kind kind;
	enum password_hash hash;
	enum encoding encoding; /* where the scheme names none */
	bool salted;
};

/* clang-format off */
static const struct scheme schemes[] = {
	{ "CRYPT", PASSWORD_CRYPT, HASH_NONE, ENCODING_NONE, false },
	{ "SHA512-CRYPT", PASSWORD_CRYPT, HASH_NONE, ENCODING_NONE, false },
	{ "SHA256-CRYPT", PASSWORD_CRYPT, HASH_NONE, ENCODING_NONE, false },
	{ "BLF-CRYPT", PASSWORD_CRYPT, HASH_NONE, ENCODING_NONE, false },
	{ "MD5-CRYPT", PASSWORD_CRYPT, HASH_NONE, ENCODING_NONE, false },
	{ "DES-CRYPT", PASSWORD_CRYPT, HASH_NONE, ENCODING_NONE, false },
	{ "PLAIN", PASSWORD_PLAIN, HASH_NONE, ENCODING_NONE, false },
	{ "CLEAR", PASSWORD_PLAIN, HASH_NONE, ENCODING_NONE, false },
	{ "CLEARTEXT", PASSWORD_PLAIN, HASH_NONE, ENCODING_NONE, false },
	{ "ARGON2I", PASSWORD_ARGON2, HASH_NONE, ENCODING_NONE, false },
	{ "ARGON2ID", PASSWORD_ARGON2, HASH_NONE, ENCODING_NONE, false },
	{ "PBKDF2", PASSWORD_PBKDF2, HASH_SHA1, ENCODING_NONE, false },
	{ "SCRAM-SHA-1", PASSWORD_SCRAM, HASH_SHA1, ENCODING_NONE, false },
	{ "SCRAM-SHA-256", PASSWORD_SCRAM, HASH_SHA256, ENCODING_NONE, false },
	{ "SSHA", PASSWORD_DIGEST, HASH_SHA1, ENCODING_BASE64, true },
	{ "SSHA256", PASSWORD_DIGEST, HASH_SHA256, ENCODING_BASE64, true },
	{ "SSHA512", PASSWORD_DIGEST, HASH_SHA512, ENCODING_BASE64, true },
	{ "SMD5", PASSWORD_DIGEST, HASH_MD5, ENCODING_BASE64, true },
	{ "SHA", PASSWORD_DIGEST, HASH_SHA1, ENCODING_BASE64, false },
	{ "SHA1", PASSWORD_DIGEST, HASH_SHA1, ENCODING_BASE64, false },
	{ "SHA256", PASSWORD_DIGEST, HASH_SHA256, ENCODING_BASE64, false },
	{ "SHA512", PASSWORD_DIGEST, HASH_SHA512, ENCODING_BASE64, false },
	{ "LDAP-MD5", PASSWORD_DIGEST, HASH_MD5, ENCODING_BASE64, false },
	{ "PLAIN-MD5", PASSWORD_DIGEST, HASH_MD5, ENCODING_HEX, false },
	{ "MD5", PASSWORD_DIGEST, HASH_MD5, ENCODING_HEX, false },
	{ "PLAIN-MD4", PASSWORD_DIGEST, HASH_MD4, ENCODING_HEX, false },
	{ "CRAM-MD5", PASSWORD_CRAM, HASH_MD5, ENCODING_HEX, false },
	{ "HMAC-MD5", PASSWORD_CRAM, HASH_MD5, ENCODING_HEX, false },
};
/* clang-format on */

static const struct {
	const char *name;
	enum encoding encoding;
} encodings[] = {
	{ "b64", ENCODING_BASE64 },
	{ "base64", ENCODING_BASE64 },
	{ "hex", ENCODING_HEX },
};

/* A field in parts. */
struct parts {
	const struct scheme *scheme; /* NULL: unknown */
	enum encoding encoding;
	bool told; /* the encoding was */
	const char *hash;
};

static bool is(const char *text, size_t len, const char *name)
{
	return strlen(name) == len && strncasecmp(text, name, len) == 0;
}

static void find_scheme(struct parts *p, const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (is(name, len, schemes[i].name))
			p->scheme = &schemes[i];
	if (p->scheme != NULL)
		p->encoding = p->scheme->encoding;
}

static void find_encoding(struct parts *p, const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
		if (!is(name, len, encodings[i].name))
			continue;
		p->encoding = encodings[i].encoding;
		p->told = true;
	}
	if (!p->told)
		p->scheme = NULL;
}

static struct parts split(const char *field)
{
	struct parts p = { .scheme = &schemes[0], .hash = field };
	const char *end, *dot;

	if (*field != '{')
		return p;
	p.scheme = NULL;
	field++;
	end = strchr(field, '}');
	if (end == NULL)
		return p;
	p.hash = end + 1;
	dot = memchr(field, '.', (size_t)(end - field));
	find_scheme(&p, field, (size_t)((dot != NULL ? dot : end) - field));
	if (dot != NULL)
		find_encoding(&p, dot + 1, (size_t)(end - dot) - 1);
	return p;
}

static enum password_kind kind_of(const struct parts *p)
{
	if (p->scheme == NULL)
		return PASSWORD_UNKNOWN;
	if (*p->hash == '\0' || (p->scheme->kind != PASSWORD_PLAIN &&
				 (*p->hash == '*' || *p->hash == '!')))
		return PASSWORD_NONE;
	/* It has two meanings, as in Dovecot. */
	if (is(p->scheme->name, strlen(p->scheme->name), "MD5") &&
	    strncmp(p->hash, "$1$", 3) == 0)
		return PASSWORD_CRYPT;
	return p->scheme->kind;
}

enum password_kind password_kind(const char *field)
{
	const struct parts p = split(field);

	return kind_of(&p);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static ptrdiff_t hex_decode(const char *in, size_t n, char *out, size_t room)
{
	if (n % 2 != 0 || n / 2 > room)
		return -1;
	for (size_t i = 0; i < n; i += 2) {
		const int high = hex_digit(in[i]), low = hex_digit(in[i + 1]);

		if (high < 0 || low < 0)
			return -1;
		out[i / 2] = (char)(high << 4 | low);
	}
	return (ptrdiff_t)(n / 2);
}

static size_t hash_size(enum password_hash hash)
{
	switch (hash) {
	case HASH_NONE:
		break;
	case HASH_MD4:
	case HASH_MD5:
		return 16;
	case HASH_SHA1:
		return 20;
	case HASH_SHA256:
		return 32;
	case HASH_SHA512:
		return 64;
	}
	return 0;
}

/* The octets of the hash into the room, with a NUL: how many, or -1. */
static ptrdiff_t decode(struct password *w, const struct parts *p)
{
	const size_t len = strlen(p->hash);
	const size_t fixed = w->kind == PASSWORD_CRAM ? 32
			     : w->kind == PASSWORD_DIGEST && !p->scheme->salted
				     ? hash_size(w->hash)
				     : 0;
	enum encoding encoding = p->encoding;
	ptrdiff_t n = -1;

	if (len >= sizeof(w->room))
		return -1;
	/* A text, and what is decoded behind it. */
	w->used = len < sizeof(w->room) / 2 ? 2 * len + 1 : sizeof(w->room);
	/* A digest is of one length, which tells how it is written. */
	if (!p->told && fixed > 0)
		encoding = len == 2 * fixed ? ENCODING_HEX : ENCODING_BASE64;
	if (encoding == ENCODING_NONE ||
	    (w->kind == PASSWORD_CRYPT && !p->told)) {
		memcpy(w->room, p->hash, len);
		n = (ptrdiff_t)len;
	} else if (encoding == ENCODING_HEX) {
		n = hex_decode(p->hash, len, w->room, sizeof(w->room) - 1);
	} else {
		n = base64_decode(p->hash, len, w->room, sizeof(w->room) - 1);
	}
	if (n < 0 || (fixed > 0 && (size_t)n != fixed))
		return -1;
	w->room[n] = '\0';
	return n;
}

static enum password_fault take_octets(struct password *w, size_t len)
{
	w->digest = (const uint8_t *)w->room;
	w->digest_len = w->kind == PASSWORD_CRAM ? len : hash_size(w->hash);
	if (len < w->digest_len)
		return PASSWORD_MALFORMED;
	w->salt = w->digest + w->digest_len;
	w->salt_len = len - w->digest_len;
	return PASSWORD_GOOD;
}

/* The text up to an octet, which becomes its NUL; NULL where that is not. */
static char *cut(char **rest, char octet)
{
	char *const from = *rest;
	char *const end = strchr(from, octet);

	if (end == NULL)
		return NULL;
	*end = '\0';
	*rest = end + 1;
	return from;
}

static bool number(const char *text, uint64_t *value)
{
	return number_parse(text, strlen(text), value) && *value > 0;
}

static enum password_fault take_rounds(struct password *w, const char *text)
{
	uint64_t rounds;

	if (!number(text, &rounds))
		return PASSWORD_MALFORMED;
	if (rounds > LIMIT_HASH_ROUNDS)
		return PASSWORD_DEAR;
	w->rounds = (uint32_t)rounds;
	return PASSWORD_GOOD;
}

/* `$1$SALT$ROUNDS$HEX`. */
static enum password_fault take_pbkdf2(struct password *w)
{
	char *rest = w->room;
	const char *rounds, *salt;

	if (strncmp(rest, "$1$", 3) != 0)
		return PASSWORD_MALFORMED;
	rest += 3;
	salt = cut(&rest, '$');
	rounds = salt != NULL ? cut(&rest, '$') : NULL;
	if (rounds == NULL)
		return PASSWORD_MALFORMED;
	w->salt = (const uint8_t *)salt;
	w->salt_len = strlen(salt);
	w->digest_len = hash_size(w->hash);
	/* Into its own place: the digits are read before they are written. */
	if (hex_decode(rest, strlen(rest), rest, strlen(rest)) !=
	    (ptrdiff_t)w->digest_len)
		return PASSWORD_MALFORMED;
	w->digest = (const uint8_t *)rest;
	return take_rounds(w, rounds);
}

/* A field of base64, decoded behind the text: its length, 0 for none. */
static size_t take_base64(const char *text, char *out, size_t room)
{
	const ptrdiff_t n = base64_decode(text, strlen(text), out, room);

	return n > 0 ? (size_t)n : 0;
}

/* `ROUNDS,SALT,STORED,SERVER`, the last three in base64. */
static enum password_fault take_scram(struct password *w, size_t len)
{
	char *rest = w->room, *out = w->room + len + 1;
	const char *const rounds = cut(&rest, ',');
	const char *const salt = rounds != NULL ? cut(&rest, ',') : NULL;
	const char *const stored = salt != NULL ? cut(&rest, ',') : NULL;
	size_t room = sizeof(w->room) - len - 1;

	if (stored == NULL)
		return PASSWORD_MALFORMED;
	w->digest_len = hash_size(w->hash);
	w->salt = (const uint8_t *)out;
	w->salt_len = take_base64(salt, out, room);
	out += w->salt_len;
	room -= w->salt_len;
	w->digest = (const uint8_t *)out;
	if (w->salt_len == 0 || take_base64(stored, out, room) != w->digest_len)
		return PASSWORD_MALFORMED;
	out += w->digest_len;
	room -= w->digest_len;
	w->server = (const uint8_t *)out;
	if (take_base64(rest, out, room) != w->digest_len)
		return PASSWORD_MALFORMED;
	return take_rounds(w, rounds);
}

enum password_fault password_parse(struct password *w, const char *field)
{
	const struct parts p = split(field);
	ptrdiff_t len;

	w->used = 0;
	w->rounds = 0;
	w->kind = kind_of(&p);
	if (w->kind >= PASSWORD_NONE)
		return PASSWORD_NO_SCHEME;
	w->hash = p.scheme->hash;
	len = decode(w, &p);
	if (len < 0)
		return PASSWORD_MALFORMED;
	if (w->kind == PASSWORD_DIGEST || w->kind == PASSWORD_CRAM)
		return take_octets(w, (size_t)len);
	/* A string, from here on. */
	if (strlen(w->room) != (size_t)len)
		return PASSWORD_MALFORMED;
	w->text = w->room;
	switch (w->kind) {
	case PASSWORD_PBKDF2:
		return take_pbkdf2(w);
	case PASSWORD_SCRAM:
		return take_scram(w, (size_t)len);
	case PASSWORD_ARGON2:
		return password_cost_argon2(w->text);
	case PASSWORD_CRYPT:
		return password_cost_crypt(w->text);
	default:
		return len > 0 ? PASSWORD_GOOD : PASSWORD_MALFORMED;
	}
}

void password_forget(struct password *w)
{
	explicit_bzero(w->room, w->used);
	w->used = 0;
}

bool password_large(const struct password *w)
{
	return w->kind == PASSWORD_ARGON2 ||
	       (w->kind == PASSWORD_CRYPT && password_cost_memory(w->text));
}
