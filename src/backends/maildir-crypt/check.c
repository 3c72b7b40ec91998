/* SPDX-License-Identifier: ISC */
#include "backends/maildir-crypt/check.h"

#include <crypt.h>
#include <errno.h>
#include <nettle/hmac.h>
#include <nettle/md4.h>
#include <nettle/md5.h>
#include <nettle/nettle-meta.h>
#include <nettle/pbkdf2.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>

/* Any of them, at work. */
union context {
	struct md4_ctx md4;
	struct md5_ctx md5;
	struct sha1_ctx sha1;
	struct sha256_ctx sha256;
	struct sha512_ctx sha512;
};

static const struct nettle_hash *hash_of(enum password_hash hash)
{
	switch (hash) {
	case HASH_NONE:
		break;
	case HASH_MD4:
		return &nettle_md4;
	case HASH_MD5:
		return &nettle_md5;
	case HASH_SHA1:
		return &nettle_sha1;
	case HASH_SHA256:
		return &nettle_sha256;
	case HASH_SHA512:
		return &nettle_sha512;
	}
	return NULL;
}

static enum check_verdict same(const void *a, const void *b, size_t len)
{
	return sodium_memcmp(a, b, len) == 0 ? CHECK_MATCH : CHECK_DIFFER;
}

/* The digest of the text, and of the salt behind it. */
static void digest(enum password_hash hash, const void *text, size_t len,
		   const uint8_t *salt, size_t salt_len, uint8_t *out)
{
	const struct nettle_hash *const h = hash_of(hash);
	union context c;

	h->init(&c);
	h->update(&c, len, text);
	h->update(&c, salt_len, salt);
	h->digest(&c, h->digest_size, out);
	explicit_bzero(&c, sizeof(c));
}

static enum check_verdict check_digest(const struct password *w,
				       const char *password)
{
	uint8_t out[SHA512_DIGEST_SIZE];

	digest(w->hash, password, strlen(password), w->salt, w->salt_len, out);
	return same(out, w->digest, w->digest_len);
}

/* The state of MD5 behind the key's block, each octet changed by this one. */
static void half(const uint8_t key[MD5_BLOCK_SIZE], uint8_t change,
		 uint8_t out[MD5_DIGEST_SIZE])
{
	uint8_t block[MD5_BLOCK_SIZE];
	struct md5_ctx md5;

	for (unsigned i = 0; i < sizeof(block); i++)
		block[i] = key[i] ^ change;
	md5_init(&md5);
	md5_update(&md5, sizeof(block), block);
	/* It is stored as MD5 writes a digest. */
	for (unsigned i = 0; i < MD5_DIGEST_SIZE; i++)
		out[i] = (uint8_t)(md5.state[i / 4] >> (8 * (i % 4)));
	explicit_bzero(block, sizeof(block));
	explicit_bzero(&md5, sizeof(md5));
}

/* RFC 2195: the outer half of HMAC-MD5, then the inner one. */
static enum check_verdict check_cram(const struct password *w,
				     const char *password)
{
	const size_t len = strlen(password);
	uint8_t key[MD5_BLOCK_SIZE] = { 0 };
	uint8_t out[2 * MD5_DIGEST_SIZE];

	if (len > sizeof(key))
		digest(HASH_MD5, password, len, NULL, 0, key);
	else
		memcpy(key, password, len);
	half(key, 0x5c, out);
	half(key, 0x36, out + MD5_DIGEST_SIZE);
	explicit_bzero(key, sizeof(key));
	return same(out, w->digest, sizeof(out));
}

static void pbkdf2_of(const struct password *w, const char *password,
		      uint8_t *out)
{
	const uint8_t *const key = (const uint8_t *)password;

	if (w->hash == HASH_SHA1)
		pbkdf2_hmac_sha1(strlen(password), key, w->rounds, w->salt_len,
				 w->salt, w->digest_len, out);
	else
		pbkdf2_hmac_sha256(strlen(password), key, w->rounds,
				   w->salt_len, w->salt, w->digest_len, out);
}

static enum check_verdict check_pbkdf2(const struct password *w,
				       const char *password)
{
	uint8_t out[SHA1_DIGEST_SIZE];

	pbkdf2_of(w, password, out);
	return same(out, w->digest, w->digest_len);
}

static void hmac(enum password_hash hash, const uint8_t *key, size_t len,
		 const char *text, uint8_t *out)
{
	const struct nettle_hash *const h = hash_of(hash);
	union context outer, inner, state;

	hmac_set_key(&outer, &inner, &state, h, len, key);
	hmac_update(&state, h, strlen(text), (const uint8_t *)text);
	hmac_digest(&outer, &inner, &state, h, h->digest_size, out);
	explicit_bzero(&outer, sizeof(outer));
	explicit_bzero(&inner, sizeof(inner));
	explicit_bzero(&state, sizeof(state));
}

/* RFC 5802 section 3; either key is enough, and both are looked at. */
static enum check_verdict check_scram(const struct password *w,
				      const char *password)
{
	uint8_t salted[SHA256_DIGEST_SIZE];
	uint8_t client[SHA256_DIGEST_SIZE];
	uint8_t keys[2 * SHA256_DIGEST_SIZE];
	const size_t len = w->digest_len;

	pbkdf2_of(w, password, salted);
	hmac(w->hash, salted, len, "Client Key", client);
	digest(w->hash, client, len, NULL, 0, keys);
	hmac(w->hash, salted, len, "Server Key", keys + len);
	explicit_bzero(salted, sizeof(salted));
	explicit_bzero(client, sizeof(client));
	/* They follow each other in what was taken apart, too. */
	return same(keys, w->digest, 2 * len);
}

static enum check_verdict check_argon2(const struct password *w,
				       const char *password)
{
	int r;

	/* It says EINVAL where they differ, for which alone it is set. */
	errno = 0;
	if (strncmp(w->text, "$argon2id$", 10) == 0)
		r = crypto_pwhash_argon2id_str_verify(w->text, password,
						      strlen(password));
	else
		r = crypto_pwhash_argon2i_str_verify(w->text, password,
						     strlen(password));
	if (r == 0)
		return CHECK_MATCH;
	if (errno == EINVAL)
		return CHECK_DIFFER;
	return errno == ENOMEM ? CHECK_TROUBLE : CHECK_BAD;
}

/*
 * crypt(3) has no hash for a longer password, so none is right. It is tried
 * all the same, cut, so that its length does not show in the time.
 */
static enum check_verdict check_crypt(const struct password *w,
				      const char *password)
{
	static char cut[CRYPT_MAX_PASSPHRASE_SIZE];
	static struct crypt_data work;
	const bool fits = strlen(password) < sizeof(cut);
	enum check_verdict verdict = CHECK_BAD;
	const char *hash;

	if (!fits)
		memcpy(cut, password, sizeof(cut) - 1);
	errno = 0;
	hash = crypt_rn(fits ? password : cut, w->text, &work, sizeof(work));
	/* Another length: no hash but a password, say, that is a salt too. */
	if (hash != NULL && strlen(hash) == strlen(w->text))
		verdict =
			fits ? same(hash, w->text, strlen(hash)) : CHECK_DIFFER;
	else if (hash == NULL && errno == ENOMEM)
		verdict = CHECK_TROUBLE;
	explicit_bzero(cut, sizeof(cut));
	explicit_bzero(&work, sizeof(work));
	return verdict;
}

enum check_verdict check(const struct password *w, const char *password)
{
	switch (w->kind) {
	case PASSWORD_PLAIN:
		return strlen(w->text) == strlen(password)
			       ? same(w->text, password, strlen(password))
			       : CHECK_DIFFER;
	case PASSWORD_CRYPT:
		return check_crypt(w, password);
	case PASSWORD_DIGEST:
		return check_digest(w, password);
	case PASSWORD_CRAM:
		return check_cram(w, password);
	case PASSWORD_PBKDF2:
		return check_pbkdf2(w, password);
	case PASSWORD_SCRAM:
		return check_scram(w, password);
	case PASSWORD_ARGON2:
		return check_argon2(w, password);
	case PASSWORD_NONE:
	case PASSWORD_UNKNOWN:
		break;
	}
	return CHECK_BAD;
}
