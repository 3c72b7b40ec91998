/* SPDX-License-Identifier: ISC */
/*
 * key-updates PORT COUNT: a client of TLS 1.3 at 127.0.0.1 that says, all at
 * once, so many times that a new key begins, and then NOOP. Prints what came
 * after the greeting: the answer, or nothing where the connection ended.
 */
#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { ROOM = 65536 };

static char room[ROOM];

/* All that there is to be sent. */
static void give(int fd, BIO *from)
{
	int n;

	while ((n = BIO_read(from, room, ROOM)) > 0)
		for (ssize_t at = 0, sent; at < n; at += sent) {
			sent = send(fd, room + at, (size_t)(n - at),
				    MSG_NOSIGNAL);
			if (sent <= 0)
				return;
		}
}

/* False where the connection has ended. */
static int take(int fd, BIO *to)
{
	const ssize_t n = recv(fd, room, ROOM, 0);

	return n > 0 && BIO_write(to, room, (int)n) == (int)n;
}

/* A line, or what comes of it. */
static int line(int fd, SSL *ssl, BIO *to, char *text, int room_of_it)
{
	int n;

	while ((n = SSL_read(ssl, text, room_of_it)) <= 0)
		if (!take(fd, to))
			return 0;
	return n;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	SSL *const ssl = SSL_new(SSL_CTX_new(TLS_client_method()));
	BIO *const in = BIO_new(BIO_s_mem()), *const out = BIO_new(BIO_s_mem());
	char text[512];

	if (argc != 3)
		return 64;
	address.sin_port = htons((unsigned short)atoi(argv[1]));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		return 1;
	BIO_set_mem_eof_return(in, -1);
	SSL_set_bio(ssl, in, out);
	SSL_set_connect_state(ssl);
	while (SSL_do_handshake(ssl) != 1) {
		give(fd, out);
		if (!take(fd, in))
			return 1;
	}
	give(fd, out);
	if (line(fd, ssl, in, text, sizeof(text)) == 0)
		return 1;
	for (int i = atoi(argv[2]); i > 0; i--)
		if (SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) != 1 ||
		    SSL_do_handshake(ssl) != 1)
			return 1;
	SSL_write(ssl, "NOOP\r\n", 6);
	give(fd, out);
	printf("%.*s", line(fd, ssl, in, text, sizeof(text)), text);
	return 0;
}
