/* SPDX-License-Identifier: ISC */
#include "tls/context.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

const char *context_why(void)
{
	const unsigned long error = ERR_peek_error();
	const char *const reason = ERR_SYSTEM_ERROR(error)
					   ? strerror(ERR_GET_REASON(error))
					   : ERR_reason_error_string(error);

	return error == 0 ? "unknown" : reason != NULL ? reason : "unknown";
}

static bool fail(char error[256], const char *what, const char *file)
{
	snprintf(error, 256, "%s %.120s: %s", what, file, context_why());
	return false;
}

/* A key with a passphrase has nobody to tell it. */
static int no_passphrase(char *to, int room, int writing, void *arg)
{
	(void)to;
	(void)room;
	(void)writing;
	(void)arg;
	return -1;
}

/* ALPN: a client that names protocols has to name ours. */
static int choose_protocol(SSL *ssl, const unsigned char **out,
			   unsigned char *out_len, const unsigned char *in,
			   unsigned in_len, void *arg)
{
	static const unsigned char ours[] = "\4pop3";
	unsigned char *chosen;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&chosen, out_len, ours, 5, in, in_len) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/* SNI: the first certificate for this name; else the first of all. */
static int choose_certificate(SSL *ssl, int *alert, void *arg)
{
	const struct contexts *const c = arg;
	const char *const name =
		SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	(void)alert;
	if (name == NULL)
		return SSL_TLSEXT_ERR_NOACK;
	for (size_t i = 0; i < c->count; i++) {
		X509 *const own = SSL_CTX_get0_certificate(c->all[i]);

		if (X509_check_host(own, name, 0, 0, NULL) != 1)
			continue;
		SSL_set_SSL_CTX(ssl, c->all[i]);
		return SSL_TLSEXT_ERR_OK;
	}
	return SSL_TLSEXT_ERR_NOACK;
}

/* Of the ciphers that the system's policy left, in its order, those for us. */
static bool choose_ciphers(SSL_CTX *context)
{
	STACK_OF(SSL_CIPHER) *const all = SSL_CTX_get_ciphers(context);
	char names[4096];
	size_t n = 0;

	for (int i = 0; i < sk_SSL_CIPHER_num(all); i++) {
		const SSL_CIPHER *const cipher = sk_SSL_CIPHER_value(all, i);
		const char *const name = SSL_CIPHER_get_name(cipher);

		if (SSL_CIPHER_get_kx_nid(cipher) == NID_kx_ecdhe &&
		    SSL_CIPHER_get_auth_nid(cipher) != NID_auth_null &&
		    SSL_CIPHER_is_aead(cipher) &&
		    n + strlen(name) + 2 < sizeof(names))
			n += (size_t)snprintf(names + n, sizeof(names) - n,
					      "%s%s", n > 0 ? ":" : "", name);
	}
	return n == 0 || SSL_CTX_set_cipher_list(context, names) == 1;
}

static bool set_policy(SSL_CTX *context)
{
	SSL_CTX_set_options(context,
			    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
				    SSL_OP_CIPHER_SERVER_PREFERENCE |
				    SSL_OP_PRIORITIZE_CHACHA |
				    /* What came by then is to be read. */
				    SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS |
					  SSL_MODE_ENABLE_PARTIAL_WRITE |
					  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(context, 1);
	SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
	SSL_CTX_set_default_passwd_cb(context, no_passphrase);
	/* The policy may want more than we do. */
	if (SSL_CTX_get_min_proto_version(context) < TLS1_2_VERSION &&
	    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1)
		return false;
	return choose_ciphers(context);
}

/* Asks for a certificate; a client that has none is served all the same. */
static bool ask_clients(SSL_CTX *context, const char *file)
{
	STACK_OF(X509_NAME) *const names = SSL_load_client_CA_file(file);

	if (names == NULL ||
	    SSL_CTX_load_verify_locations(context, file, NULL) != 1)
		return false;
	SSL_CTX_set_client_CA_list(context, names);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	return true;
}

static bool load(SSL_CTX *context, const struct options *o, size_t i,
		 char error[256])
{
	static const unsigned char id[] = "pop3-skel";

	ERR_clear_error();
	if (!set_policy(context))
		return fail(error, "cannot set what TLS is to be", "");
	if (SSL_CTX_use_certificate_chain_file(context, o->certificates[i]) !=
	    1)
		return fail(error, "cannot use the certificate",
			    o->certificates[i]);
	if (SSL_CTX_use_PrivateKey_file(context, o->keys[i],
					SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(context) != 1)
		return fail(error, "cannot use the key", o->keys[i]);
	if (o->client_ca != NULL && !ask_clients(context, o->client_ca))
		return fail(error, "cannot use the authorities", o->client_ca);
	SSL_CTX_set_session_id_context(context, id, sizeof(id) - 1);
	return true;
}

/* Whether one is for all the hosts of another, of which it names some. */
static bool covers(X509 *one, const X509 *other)
{
	GENERAL_NAMES *const names =
		X509_get_ext_d2i(other, NID_subject_alt_name, NULL, NULL);
	int hosts = 0;
	bool all = true;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		int type;
		const ASN1_STRING *const name =
			GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i),
						&type);

		if (type != GEN_DNS)
			continue;
		hosts++;
		all &= X509_check_host(
			       one, (const char *)ASN1_STRING_get0_data(name),
			       (size_t)ASN1_STRING_length(name), 0, NULL) == 1;
	}
	GENERAL_NAMES_free(names);
	return hosts > 0 && all;
}

/*
 * For the names of one that is there, with a key of a kind that this has not:
 * OpenSSL then takes what the client can do. False: it stands alone.
 */
static bool join(const struct contexts *c, SSL_CTX *context)
{
	X509 *const own = SSL_CTX_get0_certificate(context);
	STACK_OF(X509) *chain = NULL;

	SSL_CTX_get0_chain_certs(context, &chain);
	for (size_t i = 0; i < c->count; i++) {
		X509 *const first = SSL_CTX_get0_certificate(c->all[i]);

		if (covers(first, own) && covers(own, first) &&
		    SSL_CTX_use_cert_and_key(c->all[i], own,
					     SSL_CTX_get0_privatekey(context),
					     chain, 0) == 1)
			return true;
	}
	return false;
}

static bool valid(const SSL_CTX *context)
{
	const X509 *const own = SSL_CTX_get0_certificate(context);

	return X509_cmp_current_time(X509_get0_notAfter(own)) > 0 &&
	       X509_cmp_current_time(X509_get0_notBefore(own)) <= 0;
}

bool context_open(struct contexts *c, const struct options *o,
		  struct tickets *tickets, char error[256])
{
	c->count = 0;
	c->invalid = NULL;
	for (size_t i = 0; i < o->certificate_count; i++) {
		SSL_CTX *const context = SSL_CTX_new(TLS_server_method());

		if (context == NULL)
			return fail(error, "cannot begin", "with TLS");
		if (!load(context, o, i, error)) {
			SSL_CTX_free(context);
			return false;
		}
		if (c->invalid == NULL && !valid(context))
			c->invalid = o->certificates[i];
		if (join(c, context)) {
			SSL_CTX_free(context);
			continue;
		}
		c->all[c->count++] = context;
		ticket_use(context, tickets);
		SSL_CTX_set_tlsext_servername_callback(context,
						       choose_certificate);
		SSL_CTX_set_tlsext_servername_arg(context, c);
	}
	return true;
}
