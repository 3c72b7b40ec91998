/* SPDX-License-Identifier: ISC */
#include "tls/octets.h"

#include <errno.h>
#include <sys/socket.h>

static bool later(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static int from_client(BIO *bio, char *to, int room)
{
	struct end *const end = BIO_get_data(bio);
	const size_t most = (size_t)room < end->may ? (size_t)room : end->may;
	ssize_t n;

	BIO_clear_retry_flags(bio);
	if (end->messages > OCTETS_MESSAGES)
		return -1;
	if (most == 0) {
		BIO_set_retry_read(bio);
		return -1;
	}
	n = recv(end->fd, to, most, MSG_DONTWAIT);
	if (n < 0 && later(errno)) {
		end->readable = false;
		BIO_set_retry_read(bio);
	}
	end->may -= n > 0 ? (size_t)n : 0;
	end->heard |= n > 0;
	end->ended |= n == 0;
	return (int)n;
}

static int to_client(BIO *bio, const char *data, int len)
{
	struct end *const end = BIO_get_data(bio);
	const ssize_t n =
		send(end->fd, data, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL);

	BIO_clear_retry_flags(bio);
	if (n < 0 && later(errno)) {
		end->writable = false;
		BIO_set_retry_write(bio);
	}
	return (int)n;
}

static long control(BIO *bio, int what, long number, void *arg)
{
	const struct end *const end = BIO_get_data(bio);

	(void)number;
	(void)arg;
	switch (what) {
	case BIO_CTRL_EOF:
		return end->ended;
	case BIO_CTRL_FLUSH:
		return 1;
	default:
		return 0;
	}
}

BIO_METHOD *octets_method(void)
{
	BIO_METHOD *const method =
		BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK,
			     "client");

	if (method == NULL)
		return NULL;
	BIO_meth_set_read(method, from_client);
	BIO_meth_set_write(method, to_client);
	BIO_meth_set_ctrl(method, control);
	return method;
}

/* OpenSSL has seen a whole message of the client's, or sends one. */
static void count(int sends, int version, int kind, const void *data,
		  size_t len, SSL *ssl, void *arg)
{
	struct end *const end = arg;

	(void)version;
	(void)data;
	(void)len;
	(void)ssl;
	end->messages += !sends && kind == SSL3_RT_HANDSHAKE;
}

bool octets_use(SSL *ssl, const BIO_METHOD *method, struct end *end)
{
	BIO *const bio = BIO_new(method);

	if (bio == NULL)
		return false;
	BIO_set_data(bio, end);
	BIO_set_init(bio, 1);
	SSL_set_bio(ssl, bio, bio);
	SSL_set_msg_callback(ssl, count);
	SSL_set_msg_callback_arg(ssl, end);
	return true;
}
