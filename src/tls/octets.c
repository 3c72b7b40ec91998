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
	const ssize_t n = recv(end->fd, to, (size_t)room, MSG_DONTWAIT);

	BIO_clear_retry_flags(bio);
	if (n < 0 && later(errno)) {
		end->readable = false;
		BIO_set_retry_read(bio);
	}
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

BIO *octets_new(const BIO_METHOD *method, struct end *end)
{
	BIO *const bio = BIO_new(method);

	if (bio == NULL)
		return NULL;
	BIO_set_data(bio, end);
	BIO_set_init(bio, 1);
	return bio;
}
