/* SPDX-License-Identifier: ISC */
#include "pure/password-cost.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "pure/limit.h"
#include "pure/number.h"

/* The limit of memory in blocks of 128 octets. */
#define IN_BLOCKS (LIMIT_HASH_KIB * UINT64_C(8))

/* The number of `m=65536` up to an octet; the text goes on behind it. */
static bool parameter(const char **text, const char *name, char end,
		      uint64_t *value)
{
	const size_t len = strlen(name);
	const char *const from = *text + len;
	const size_t digits = strspn(from, "0123456789");

	if (strncmp(*text, name, len) != 0 || from[digits] != end ||
	    !number_parse(from, digits, value))
		return false;
	*text = from + digits + 1;
	return *value > 0;
}

enum password_fault password_cost_argon2(const char *text)
{
	/* Base64 without its padding. */
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz"
				       "0123456789+/";
	uint64_t version, kibibytes, passes, lanes;
	size_t salt, hash;

	if (strncmp(text, "$argon2i$", 9) == 0)
		text += 9;
	else if (strncmp(text, "$argon2id$", 10) == 0)
		text += 10;
	else
		return PASSWORD_MALFORMED;
	if (!parameter(&text, "v=", '$', &version) ||
	    !parameter(&text, "m=", ',', &kibibytes) ||
	    !parameter(&text, "t=", ',', &passes) ||
	    !parameter(&text, "p=", '$', &lanes) || version != 19)
		return PASSWORD_MALFORMED;
	salt = strspn(text, alphabet);
	hash = text[salt] == '$' ? strspn(text + salt + 1, alphabet) : 0;
	if (salt < 11 || hash < 22 || text[salt + 1 + hash] != '\0')
		return PASSWORD_MALFORMED;
	if (kibibytes > LIMIT_HASH_KIB || passes > LIMIT_HASH_WORK_KIB ||
	    kibibytes * passes > LIMIT_HASH_WORK_KIB)
		return PASSWORD_DEAR;
	return PASSWORD_GOOD;
}

static uint32_t crypt_digit(char c)
{
	static const char digits[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz";
	const char *const at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (uint32_t)(at - digits) : 64;
}

/*
 * A number of yescrypt's, whose first digit tells how many there are; a small
 * one is that digit. False for one of three and more: it is far beyond.
 */
static bool yescrypt_number(const char **text, uint32_t min, uint32_t *value)
{
	const uint32_t first = crypt_digit(*(*text)++);
	uint32_t second;

	*value = min + first;
	if (first < 48)
		return true;
	if (first > 55)
		return false;
	second = crypt_digit(*(*text)++);
	*value = min + 48 + ((first - 48) << 6) + second;
	return second < 64;
}

/* Five digits, the lowest first; false where one of them is none. */
static bool scrypt_number(const char *text, uint64_t *value)
{
	*value = 0;
	for (unsigned i = 0; i < 5; i++) {
		const uint64_t digit = crypt_digit(text[i]);

		if (digit > 63)
			return false;
		*value |= digit << (6 * i);
	}
	return true;
}

/* Whether N and r of (ye)scrypt, times 128 octets, are within the limit. */
static bool affordable(uint64_t n_log2, uint64_t r)
{
	return n_log2 <= 21 && r <= IN_BLOCKS && r << n_log2 <= IN_BLOCKS;
}

/* `$7$NrrrrrpppppSALT`. */
static enum password_fault scrypt_cost(const char *text)
{
	const uint64_t n_log2 = crypt_digit(*text);
	uint64_t r, p;

	if (n_log2 > 63 || !scrypt_number(text + 1, &r) ||
	    !scrypt_number(text + 6, &p))
		return PASSWORD_MALFORMED;
	return affordable(n_log2, r) && r * p <= IN_BLOCKS ? PASSWORD_GOOD
							   : PASSWORD_DEAR;
}

/* `$y$FNr$SALT`; what may follow r makes it take longer, or larger. */
static enum password_fault yescrypt_cost(const char *text)
{
	uint32_t flavour, n_log2, r;

	if (!yescrypt_number(&text, 0, &flavour) ||
	    !yescrypt_number(&text, 1, &n_log2) ||
	    !yescrypt_number(&text, 1, &r))
		return PASSWORD_MALFORMED;
	return *text == '$' && affordable(n_log2, r) ? PASSWORD_GOOD
						     : PASSWORD_DEAR;
}

/* What follows the name of a hash, or NULL where it has another. */
static const char *behind(const char *hash, const char *name)
{
	const size_t len = strlen(name);

	return strncmp(hash, name, len) == 0 ? hash + len : NULL;
}

static const char *behind_yescrypt(const char *hash)
{
	const char *const own = behind(hash, "$y$");

	return own != NULL ? own : behind(hash, "$gy$");
}

/* A number of rounds, and what it may be; whatever else is crypt(3)'s to judge. */
static enum password_fault rounds_cost(const char *text, uint64_t most)
{
	uint64_t rounds;

	if (!number_parse(text, strspn(text, "0123456789"), &rounds))
		return PASSWORD_MALFORMED;
	return rounds <= most ? PASSWORD_GOOD : PASSWORD_DEAR;
}

/* `$2b$12$...`: 2 to the power of 12, always in two digits, up to 31. */
static enum password_fault bcrypt_cost(const char *text)
{
	const int cost = strspn(text, "0123456789") == 2
				 ? (text[0] - '0') * 10 + text[1] - '0'
				 : 99;

	if (cost > 31)
		return PASSWORD_MALFORMED;
	return cost <= LIMIT_HASH_BCRYPT ? PASSWORD_GOOD : PASSWORD_DEAR;
}

enum password_fault password_cost_crypt(const char *hash)
{
	static const struct {
		const char *name;
		uint64_t most;
	} rounds[] = {
		{ "$5$rounds=", LIMIT_HASH_ROUNDS },
		{ "$6$rounds=", LIMIT_HASH_ROUNDS },
		{ "$sha1$", LIMIT_HASH_ROUNDS },
		/* Each takes as long as four of the others. */
		{ "$md5,rounds=", LIMIT_HASH_ROUNDS / 4 },
		{ "$md5$rounds=", LIMIT_HASH_ROUNDS / 4 },
	};
	const char *const yescrypt = behind_yescrypt(hash);
	const char *const scrypt = behind(hash, "$7$");

	if (yescrypt != NULL)
		return yescrypt_cost(yescrypt);
	if (scrypt != NULL)
		return scrypt_cost(scrypt);
	for (size_t i = 0; i < sizeof(rounds) / sizeof(rounds[0]); i++)
		if (behind(hash, rounds[i].name) != NULL)
			return rounds_cost(behind(hash, rounds[i].name),
					   rounds[i].most);
	if (behind(hash, "$2") != NULL && hash[2] != '\0' && hash[3] == '$')
		return bcrypt_cost(hash + 4);
	return PASSWORD_GOOD;
}

bool password_cost_memory(const char *hash)
{
	return behind_yescrypt(hash) != NULL || behind(hash, "$7$") != NULL;
}
