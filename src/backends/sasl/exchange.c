/* SPDX-License-Identifier: ISC */
#include "backends/sasl/exchange.h"

#include <gsasl.h>
#include <nettle/md5.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "backends/kit/report.h"
#include "pure/base64.h"
#include "pure/number.h"
#include "pure/password-field.h"

/* Of a user with {PLAIN}, and of nobody, where the file has no other. */
enum {
	ROUNDS = 10000,
	SALT = 16,
};

/* clang-format off */
const struct mechanism mechanisms[MECHANISMS] = {
	{ "SCRAM-SHA-256-PLUS", HASH_SHA256, true, true },
	{ "SCRAM-SHA-1-PLUS", HASH_SHA1, true, true },
	{ "SCRAM-SHA-256", HASH_SHA256, false, true },
	{ "SCRAM-SHA-1", HASH_SHA1, false, true },
	{ "CRAM-MD5", HASH_NONE, false, false },
};
/* clang-format on */

static bool is_scram(const char *field, enum password_hash hash)
{
	static struct password w;
	const bool is = password_parse(&w, field) == PASSWORD_GOOD &&
			w.kind == PASSWORD_SCRAM && w.hash == hash &&
			w.salt_len <= STAND_IN_SALT;

	password_forget(&w);
	return is;
}

static bool is_scram_sha1(const char *field)
{
	return is_scram(field, HASH_SHA1);
}

static bool is_scram_sha256(const char *field)
{
	return is_scram(field, HASH_SHA256);
}

static bool never(const char *field)
{
	(void)field;
	return false;
}

/* Octets that nobody knows, for a user who has nothing to be compared with. */
static bool nobody_knows(struct exchange *x, void *data, size_t len)
{
	if (getrandom(data, len, 0) == (ssize_t)len)
		return true;
	report(REPORT_ERROR, "no random octets", 0);
	x->refused = "TEMP logins are not available\n";
	return false;
}

/* Whether the user's own line is of use; x->refused where it should have been. */
static bool take_own(struct exchange *x, enum password_hash hash)
{
	const enum password_fault fault =
		password_parse(&x->own, x->account.found.password);

	if (fault == PASSWORD_GOOD)
		return x->own.kind == PASSWORD_PLAIN ||
		       (hash != HASH_NONE && x->own.kind == PASSWORD_SCRAM &&
			x->own.hash == hash);
	if (fault != PASSWORD_NO_SCHEME &&
	    (x->own.kind == PASSWORD_SCRAM || x->own.kind == PASSWORD_PLAIN))
		x->refused = account_refuse(
			&x->account,
			fault == PASSWORD_DEAR
				? "SCRAM with too many rounds: maildir(8) has "
				  "the limit"
				: "bad password hash: put a line of gsasl "
				  "--mkpasswd's there, or {PLAIN} before a "
				  "password in clear");
	return false;
}

/* A password that nobody has, in the place of one's x->own. */
static void take_nothing(struct exchange *x)
{
	uint8_t octets[32];

	password_forget(&x->own);
	if (!nobody_knows(x, octets, sizeof(octets)))
		return;
	x->own.kind = PASSWORD_PLAIN;
	x->own.text = x->own.room;
	x->own.used = base64_encode(octets, sizeof(octets), x->own.room) + 1;
	x->own.room[x->own.used - 1] = '\0';
}

/* ... and keys, of as many octets as those of the line that stands in. */
static void take_model(struct exchange *x)
{
	uint8_t *const room = (uint8_t *)x->own.room;
	const size_t len = x->model.digest_len;

	password_forget(&x->own);
	x->own.kind = PASSWORD_SCRAM;
	x->own.used = x->model.salt_len + 2 * len;
	x->own.rounds = x->model.rounds;
	x->own.salt = room;
	x->own.salt_len = x->model.salt_len;
	x->own.digest = room + x->own.salt_len;
	x->own.digest_len = len;
	x->own.server = x->own.digest + len;
	if (nobody_knows(x, room + x->own.salt_len, 2 * len))
		stand_in_salt(&x->stand_in, x->account.name, x->account.len,
			      (uint8_t)x->model.hash, room, x->own.salt_len);
}

/*
 * Who the client says that it is. From here on `own` has what it has to prove
 * that it knows, which is nothing at all for nobody.
 */
static void identify(struct exchange *x, const char *name,
		     enum password_hash hash)
{
	bool (*const stands_in)(const char *) =
		hash == HASH_SHA1     ? is_scram_sha1
		: hash == HASH_SHA256 ? is_scram_sha256
				      : never;

	x->identified = true;
	x->found = account_find(&x->account, &x->accounts, name, strlen(name),
				stands_in);
	if (x->found == USERS_TROUBLE) {
		x->refused = "TEMP mailbox not available\n";
		return;
	}
	if (x->account.first.number != 0)
		password_parse(&x->model, x->account.first.password);
	if (x->found == USERS_FOUND && take_own(x, hash))
		return;
	x->found = USERS_UNKNOWN;
	if (x->account.first.number != 0)
		take_model(x);
	else
		take_nothing(x);
}

static void set_base64(Gsasl_session *session, Gsasl_property property,
		       const uint8_t *data, size_t len)
{
	char text[4 * ((PASSWORD_ROOM + 2) / 3) + 1];

	text[base64_encode(data, len, text)] = '\0';
	gsasl_property_set(session, property, text);
	explicit_bzero(text, sizeof(text));
}

/* The salt and rounds of a line with {PLAIN}, which has neither. */
static void set_salt(const struct exchange *x, Gsasl_session *session)
{
	const bool modelled = x->account.first.number != 0;
	const size_t len = modelled ? x->model.salt_len : SALT;
	uint8_t salt[STAND_IN_SALT];

	if (x->own.kind == PASSWORD_SCRAM) {
		set_base64(session, GSASL_SCRAM_SALT, x->own.salt,
			   x->own.salt_len);
		return;
	}
	stand_in_salt(&x->stand_in, x->account.name, x->account.len,
		      (uint8_t)x->mechanism->scram, salt, len);
	set_base64(session, GSASL_SCRAM_SALT, salt, len);
}

static void set_rounds(const struct exchange *x, Gsasl_session *session)
{
	const uint64_t rounds = x->own.kind == PASSWORD_SCRAM  ? x->own.rounds
				: x->account.first.number != 0 ? x->model.rounds
							       : ROUNDS;
	char text[21];

	text[number_print(rounds, text)] = '\0';
	gsasl_property_set(session, GSASL_SCRAM_ITER, text);
}

/* What libgsasl asks for: of the user, and of the channel. */
static int asked(Gsasl *library, Gsasl_session *session,
		 Gsasl_property property)
{
	struct exchange *const x = gsasl_callback_hook_get(library);
	const char *const name = gsasl_property_fast(session, GSASL_AUTHID);

	if (property == GSASL_CB_TLS_EXPORTER && x->binding[0] != '\0') {
		gsasl_property_set(session, property, x->binding);
		return GSASL_OK;
	}
	if (name == NULL)
		return GSASL_NO_CALLBACK;
	if (!x->identified)
		identify(x, name, x->mechanism->scram);
	if (x->refused != NULL)
		return GSASL_AUTHENTICATION_ERROR;
	switch (property) {
	case GSASL_SCRAM_ITER:
		set_rounds(x, session);
		return GSASL_OK;
	case GSASL_SCRAM_SALT:
		set_salt(x, session);
		return GSASL_OK;
	case GSASL_SCRAM_STOREDKEY:
	case GSASL_SCRAM_SERVERKEY:
		if (x->own.kind != PASSWORD_SCRAM)
			return GSASL_NO_CALLBACK;
		set_base64(session, property,
			   property == GSASL_SCRAM_STOREDKEY ? x->own.digest
							     : x->own.server,
			   x->own.digest_len);
		return GSASL_OK;
	case GSASL_PASSWORD:
		if (x->own.kind != PASSWORD_PLAIN)
			return GSASL_NO_CALLBACK;
		gsasl_property_set(session, property, x->own.text);
		return GSASL_OK;
	default:
		return GSASL_NO_CALLBACK;
	}
}

static enum exchange_verdict broken(int status)
{
	report_plain("GNU SASL", gsasl_strerror(status));
	return EXCHANGE_TROUBLE;
}

/* The proof was right; that alone lets nobody in. */
static enum exchange_verdict proved(const struct exchange *x)
{
	const char *const acting =
		gsasl_property_fast(x->session, GSASL_AUTHZID);
	const char *const name = gsasl_property_fast(x->session, GSASL_AUTHID);

	if (name == NULL || !x->identified || x->found != USERS_FOUND)
		return EXCHANGE_WRONG;
	/* Nobody acts for another here. */
	if (acting != NULL && acting[0] != '\0' && strcmp(acting, name) != 0)
		return EXCHANGE_WRONG;
	return EXCHANGE_RIGHT;
}

static enum exchange_verdict judge(struct exchange *x, int status,
				   size_t out_len)
{
	if (x->refused != NULL)
		return EXCHANGE_TROUBLE;
	switch (status) {
	case GSASL_NEEDS_MORE:
		return EXCHANGE_MORE;
	case GSASL_OK:
		x->proved = proved(x) == EXCHANGE_RIGHT;
		if (!x->proved)
			return EXCHANGE_WRONG;
		/* What proves who we are goes out first. */
		return out_len > 0 ? EXCHANGE_MORE : EXCHANGE_RIGHT;
	case GSASL_MALLOC_ERROR:
	case GSASL_CRYPTO_ERROR:
		return broken(status);
	default:
		return EXCHANGE_WRONG;
	}
}

static enum exchange_verdict step(struct exchange *x, const char *data,
				  size_t len, char out[LIMIT_AUTH_LINE])
{
	char *answer = NULL;
	size_t n = 0;
	const int status = gsasl_step(x->session, data, len, &answer, &n);
	enum exchange_verdict verdict = judge(x, status, n);

	out[0] = '\0';
	if (n > (LIMIT_AUTH_LINE - 1) / 4 * 3)
		verdict = EXCHANGE_WRONG;
	else if (verdict == EXCHANGE_MORE)
		out[base64_encode(answer, n, out)] = '\0';
	if (status == GSASL_OK || status == GSASL_NEEDS_MORE)
		gsasl_free(answer);
	return verdict;
}

/*
 * RFC 5802 section 6: the flag at the head of the client's first message says
 * that it binds the channel where, and only where, the mechanism does.
 * libgsasl would let it say so without, and looks at no octets then.
 */
static bool flag_fits(const struct mechanism *mechanism, const char *data,
		      size_t len)
{
	static const char flag[] = "p=tls-exporter,";

	if (mechanism->scram == HASH_NONE)
		return true;
	if (mechanism->plus)
		return len >= sizeof(flag) - 1 &&
		       memcmp(data, flag, sizeof(flag) - 1) == 0;
	return data[0] == 'n' || data[0] == 'y';
}

enum exchange_verdict exchange_more(struct exchange *x, const char *in,
				    char out[LIMIT_AUTH_LINE])
{
	static char data[LIMIT_AUTH_LINE];
	const bool empty = strcmp(in, "=") == 0;
	const ptrdiff_t len =
		empty ? 0 : base64_decode(in, strlen(in), data, sizeof(data));
	enum exchange_verdict verdict;

	if (x->session == NULL || len < 0)
		return EXCHANGE_WRONG;
	/* It has read our proof, and there is nothing left to say. */
	if (x->proved)
		return len == 0 ? EXCHANGE_RIGHT : EXCHANGE_WRONG;
	/* Who begins has to say something. */
	if (len == 0 ||
	    (!x->begun && !flag_fits(x->mechanism, data, (size_t)len)))
		return EXCHANGE_WRONG;
	x->begun = true;
	verdict = step(x, data, (size_t)len, out);
	explicit_bzero(data, (size_t)len);
	return verdict;
}

enum exchange_verdict exchange_start(struct exchange *x,
				     const struct mechanism *mechanism,
				     const char *in, char out[LIMIT_AUTH_LINE])
{
	int status = GSASL_OK;

	if (x->library == NULL)
		status = gsasl_init(&x->library);
	if (status != GSASL_OK)
		return broken(status);
	gsasl_callback_hook_set(x->library, x);
	gsasl_callback_set(x->library, asked);
	x->mechanism = mechanism;
	status = gsasl_server_start(x->library, mechanism->name, &x->session);
	if (status != GSASL_OK)
		return broken(status);
	if (in == NULL)
		return step(x, NULL, 0, out);
	return mechanism->client_first ? exchange_more(x, in, out)
				       : EXCHANGE_WRONG;
}

enum exchange_verdict exchange_apop(struct exchange *x, const char *user,
				    const char *digest, const char *timestamp)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t wanted[MD5_DIGEST_SIZE];
	struct md5_ctx md5;
	unsigned differ = 0;

	if (strlen(digest) != 2 * sizeof(wanted))
		return EXCHANGE_WRONG;
	identify(x, user, HASH_NONE);
	if (x->refused != NULL)
		return EXCHANGE_TROUBLE;
	md5_init(&md5);
	md5_update(&md5, strlen(timestamp), (const uint8_t *)timestamp);
	md5_update(&md5, strlen(x->own.text), (const uint8_t *)x->own.text);
	md5_digest(&md5, sizeof(wanted), wanted);
	/* Each digit, whatever the first ones were. */
	for (size_t i = 0; i < sizeof(wanted); i++) {
		differ |= (unsigned)(digest[2 * i] ^ digits[wanted[i] >> 4]);
		differ |=
			(unsigned)(digest[2 * i + 1] ^ digits[wanted[i] & 15]);
	}
	explicit_bzero(wanted, sizeof(wanted));
	return differ == 0 && x->found == USERS_FOUND ? EXCHANGE_RIGHT
						      : EXCHANGE_WRONG;
}

void exchange_end(struct exchange *x)
{
	if (x->session != NULL)
		gsasl_finish(x->session);
	x->session = NULL;
	x->mechanism = NULL;
	x->begun = x->identified = x->proved = false;
	x->refused = NULL;
	account_forget(&x->account);
	password_forget(&x->own);
	password_forget(&x->model);
}
