/* SPDX-License-Identifier: ISC */
#include "tls/pump.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pure/proxy-header.h"
#include "tls/context.h"

static void keep(struct rest *r, const char *data, size_t n)
{
	r->data = malloc(n);
	if (r->data != NULL)
		memcpy(r->data, data, n);
	r->at = 0;
	r->len = n;
}

static void drop(struct rest *r)
{
	free(r->data);
	*r = (struct rest){ .data = NULL };
}

void pump_client_gone(struct pump *p, int64_t now)
{
	if (p->gone)
		return;
	p->gone = true;
	drop(&p->down);
	if (p->state == PUMP_RUNS)
		p->deadline = now + PUMP_GONE_MS;
	else
		p->state = PUMP_OVER;
}

/* All is said, or nothing can be: the client may hear it, and that is that. */
static void end(struct pump *p, int64_t now)
{
	if (p->gone || p->client.ended) {
		p->state = PUMP_OVER;
		return;
	}
	p->state = PUMP_ENDS;
	p->deadline = now + PUMP_LINGER_MS;
	p->discarded = 0;
	shutdown(p->client.fd, SHUT_WR);
}

static void shake_hands(struct pump *p, int64_t now)
{
	int result;

	ERR_clear_error();
	result = SSL_do_handshake(p->ssl);
	if (result == 1) {
		p->state = PUMP_CONNECTS;
		/* Octets may have come with the last of them. */
		p->more = true;
		return;
	}
	switch (SSL_get_error(p->ssl, result)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return;
	default:
		/* Who asks whether the port is open says nothing. */
		if (p->client.heard)
			p->why = ERR_peek_error() != 0 ? context_why()
						       : "the client left";
		end(p, now);
	}
}

/* RFC 9266: of TLS 1.2 only with the extended master secret. */
static bool exporter(SSL *ssl, unsigned char octets[32])
{
	static const char label[] = "EXPORTER-Channel-Binding";
	static const unsigned char context[1];

	return (SSL_version(ssl) >= TLS1_3_VERSION ||
		SSL_get_extms_support(ssl) == 1) &&
	       SSL_export_keying_material(ssl, octets, 32, label,
					  sizeof(label) - 1, context, 0,
					  1) == 1;
}

static bool digest(SSL *ssl, unsigned char octets[EVP_MAX_MD_SIZE])
{
	const X509 *const certificate = SSL_get0_peer_certificate(ssl);

	return certificate != NULL && SSL_get_verify_result(ssl) == X509_V_OK &&
	       X509_digest(certificate, EVP_sha256(), octets, NULL) == 1;
}

bool pump_introduce(struct pump *p)
{
	unsigned char binding[32], who[EVP_MAX_MD_SIZE];
	union address remote = { 0 }, local = { 0 };
	const struct proxy_told told = {
		.remote = &remote,
		.local = &local,
		.version = SSL_get_version(p->ssl),
		.cipher = SSL_get_cipher_name(p->ssl),
		.exporter = exporter(p->ssl, binding) ? binding : NULL,
		.digest = digest(p->ssl, who) ? who : NULL,
	};
	char header[PROXY_HEADER_ROOM];
	socklen_t len = sizeof(remote);
	size_t n;

	if (getpeername(p->client.fd, &remote.any, &len) < 0)
		remote = p->from;
	len = sizeof(local);
	getsockname(p->client.fd, &local.any, &len);
	n = proxy_header_make(&told, header);
	p->state = PUMP_RUNS;
	p->deadline = 0;
	p->server.readable = p->server.writable = true;
	return send(p->server.fd, header, n, MSG_DONTWAIT | MSG_NOSIGNAL) ==
	       (ssize_t)n;
}

/* So much of data was taken, out of what is kept if there is some. */
static void took(struct rest *r, const char *data, size_t n, size_t taken)
{
	if (r->len > 0) {
		r->at += taken;
		if (r->at == r->len)
			drop(r);
	} else if (taken < n) {
		keep(r, data + taken, n - taken);
	}
}

/* Sends to pop3-skel; what it does not take just now is kept. */
static void to_server(struct pump *p, const char *data, size_t n)
{
	const ssize_t sent =
		send(p->server.fd, data, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	const size_t taken = sent > 0 ? (size_t)sent : 0;
	struct rest *const r = &p->up;

	if (sent < 0 && errno != EAGAIN && errno != EINTR) {
		/* It takes no more: what it says last comes the other way. */
		drop(r);
		return;
	}
	if (taken < n)
		p->server.writable = false;
	took(r, data, n, taken);
}

/* What the client sends, one piece: whether there was something to do. */
static bool move_up(struct pump *p, char *piece, int64_t now)
{
	size_t n;

	if (p->up.len > 0) {
		if (!p->server.writable)
			return false;
		to_server(p, p->up.data + p->up.at, p->up.len - p->up.at);
		return true;
	}
	if (p->told_server || p->gone)
		return false;
	if (p->client.readable || p->more) {
		ERR_clear_error();
		if (SSL_read_ex(p->ssl, piece, PUMP_PIECE, &n) == 1) {
			p->more = true;
			to_server(p, piece, n);
			return true;
		}
		p->more = false;
		switch (SSL_get_error(p->ssl, 0)) {
		case SSL_ERROR_WANT_READ:
		case SSL_ERROR_WANT_WRITE:
			return false;
		case SSL_ERROR_ZERO_RETURN:
			break;
		default:
			pump_client_gone(p, now);
		}
		p->told_server = true;
		shutdown(p->server.fd, SHUT_WR);
		return true;
	}
	return false;
}

/* Sends to the client; what it does not take just now is kept. */
static void to_client(struct pump *p, const char *data, size_t n, int64_t now)
{
	struct rest *const r = &p->down;
	size_t taken = 0;

	ERR_clear_error();
	if (SSL_write_ex(p->ssl, data, n, &taken) != 1) {
		switch (SSL_get_error(p->ssl, 0)) {
		case SSL_ERROR_WANT_READ:
		case SSL_ERROR_WANT_WRITE:
			break;
		default:
			pump_client_gone(p, now);
			return;
		}
	}
	took(r, data, n, taken);
}

/* pop3-skel says no more: the client hears that, where it is so. */
static bool tell_client(struct pump *p)
{
	const bool broke_off = !p->half && !p->told_server;

	if (p->told_client)
		return false;
	if (!p->gone && !broke_off) {
		ERR_clear_error();
		if (SSL_shutdown(p->ssl) < 0 &&
		    SSL_get_error(p->ssl, -1) == SSL_ERROR_WANT_WRITE)
			return false;
	}
	p->told_client = true;
	shutdown(p->client.fd, SHUT_WR);
	return true;
}

/* Whether an end takes no more: what it does by now, no event may have told. */
static bool hung_up(int fd)
{
	struct pollfd end = { fd, 0, 0 };

	return poll(&end, 1, 0) == 1 && (end.revents & POLLHUP) != 0;
}

/* What pop3-skel sends, one piece: whether there was something to do. */
static bool move_down(struct pump *p, char *piece, int64_t now)
{
	ssize_t n;

	if (p->down.len > 0) {
		const size_t before = p->down.len - p->down.at;

		if (!p->client.writable)
			return false;
		to_client(p, p->down.data + p->down.at, before, now);
		return p->down.len - p->down.at != before;
	}
	if (p->server.ended)
		return tell_client(p);
	if (!p->server.readable)
		return false;
	n = recv(p->server.fd, piece, PUMP_PIECE, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		p->server.readable = false;
		return false;
	}
	if (n <= 0) {
		p->server.ended = true;
		p->half = n == 0 && (p->half || !hung_up(p->server.fd));
		return true;
	}
	if (!p->gone)
		to_client(p, piece, (size_t)n, now);
	else
		p->discarded += (size_t)n;
	/* So much it may not have noticed; more is work for nobody. */
	if (p->discarded > PUMP_LINGER)
		p->state = PUMP_OVER;
	return true;
}

static bool run(struct pump *p, char *piece, int64_t now)
{
	bool moved = true, taken = false;

	for (int i = 0; moved && i < PUMP_TURN && p->state == PUMP_RUNS; i++) {
		moved = move_down(p, piece, now);
		taken |= moved;
		if (p->state == PUMP_RUNS)
			moved |= move_up(p, piece, now);
		/* There was no memory for what is left. */
		if ((p->up.len > 0 && p->up.data == NULL) ||
		    (p->down.len > 0 && p->down.data == NULL))
			p->state = PUMP_OVER;
	}
	if (p->gone && !p->told_server && p->state == PUMP_RUNS) {
		p->told_server = true;
		drop(&p->up);
		shutdown(p->server.fd, SHUT_WR);
	}
	if (p->server.closed && p->state == PUMP_RUNS) {
		if (p->server.ended && (p->gone || p->told_client))
			end(p, now);
		else if (taken || p->deadline == 0)
			p->deadline = now + PUMP_STALL_MS;
	}
	return moved || p->client.may == 0;
}

/* What the client sends when all is over goes nowhere. */
static bool discard(struct pump *p, char *piece)
{
	const ssize_t n = recv(p->client.fd, piece, PUMP_PIECE, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	p->discarded += n > 0 ? (size_t)n : 0;
	if (n <= 0 || p->discarded > PUMP_LINGER)
		p->state = PUMP_OVER;
	return n > 0;
}

bool pump_step(struct pump *p, char *piece, int64_t now)
{
	p->client.may = OCTETS_TURN;
	if (p->state == PUMP_SHAKES) {
		shake_hands(p, now);
		return p->state == PUMP_SHAKES && p->client.may == 0;
	}
	if (p->state == PUMP_RUNS)
		return run(p, piece, now);
	return p->state == PUMP_ENDS && discard(p, piece);
}

void pump_free(struct pump *p)
{
	/* The connection ends here, whoever else has it open. */
	if (p->client.fd >= 0) {
		shutdown(p->client.fd, SHUT_RDWR);
		close(p->client.fd);
	}
	if (p->server.fd >= 0)
		close(p->server.fd);
	SSL_free(p->ssl);
	drop(&p->up);
	drop(&p->down);
	free(p);
}
