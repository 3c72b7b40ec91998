/* SPDX-License-Identifier: ISC */
#include "tls/ticket.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

static bool make(struct ticket_key *k)
{
	k->there = RAND_bytes(k->name, sizeof(k->name)) == 1 &&
		   RAND_priv_bytes(k->cipher, sizeof(k->cipher)) == 1 &&
		   RAND_priv_bytes(k->mac, sizeof(k->mac)) == 1;
	return k->there;
}

bool ticket_start(struct tickets *t, int64_t ms, int64_t now)
{
	*t = (struct tickets){ .ms = ms, .next = now + ms };
	return make(&t->keys[0]);
}

int64_t ticket_turn(struct tickets *t, int64_t now)
{
	/* After a sleep of the machine's both may be too old. */
	for (int i = 0; i < 2 && now >= t->next; i++) {
		t->keys[1] = t->keys[0];
		make(&t->keys[0]);
		t->next += t->ms;
	}
	if (now >= t->next)
		t->next = now + t->ms;
	return t->next - now;
}

static bool prepare(const struct ticket_key *k, EVP_MAC_CTX *mac)
{
	char digest[] = "SHA256";
	const OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY,
						  (void *)k->mac,
						  sizeof(k->mac)),
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest,
						 0),
		OSSL_PARAM_construct_end(),
	};

	return EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

static int seal(const struct tickets *t, unsigned char name[16],
		unsigned char iv[EVP_MAX_IV_LENGTH], EVP_CIPHER_CTX *cipher,
		EVP_MAC_CTX *mac)
{
	const struct ticket_key *const k = &t->keys[0];

	if (!k->there || RAND_bytes(iv, 16) != 1 ||
	    EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, k->cipher,
			       iv) != 1 ||
	    !prepare(k, mac))
		return -1;
	memcpy(name, k->name, sizeof(k->name));
	return 1;
}

/*
 * 0: a whole handshake; 2: it opens, and a new ticket goes out, as always with
 * TLS 1.3, where a client uses one only once.
 */
static int unseal(const struct tickets *t, bool once,
		  const unsigned char name[16],
		  const unsigned char iv[EVP_MAX_IV_LENGTH],
		  EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac)
{
	for (int i = 0; i < 2; i++) {
		const struct ticket_key *const k = &t->keys[i];

		if (!k->there || memcmp(name, k->name, sizeof(k->name)) != 0)
			continue;
		if (!prepare(k, mac) ||
		    EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), NULL,
				       k->cipher, iv) != 1)
			return -1;
		return i == 0 && !once ? 1 : 2;
	}
	return 0;
}

static int use(SSL *ssl, unsigned char name[16],
	       unsigned char iv[EVP_MAX_IV_LENGTH], EVP_CIPHER_CTX *cipher,
	       EVP_MAC_CTX *mac, int enc)
{
	const struct tickets *const t =
		SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	return enc ? seal(t, name, iv, cipher, mac)
		   : unseal(t, SSL_version(ssl) >= TLS1_3_VERSION, name, iv,
			    cipher, mac);
}

void ticket_use(SSL_CTX *context, struct tickets *t)
{
	SSL_CTX_set_app_data(context, t);
	SSL_CTX_set_tlsext_ticket_key_evp_cb(context, use);
	/* A second one for each handshake would help who opens many at once. */
	SSL_CTX_set_num_tickets(context, 1);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_timeout(context, (long)(2 * t->ms / 1000));
}
