/* SPDX-License-Identifier: ISC */
/*
 * The command line of pop3-skel-tls as one struct.
 */
#ifndef TLS_OPTIONS_H
#define TLS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "pure/options-verdict.h"

enum {
	/* Listening sockets in all, wherever they come from. */
	OPTIONS_LISTENERS = 32,
	/* Certificates, each for its names. */
	OPTIONS_CERTIFICATES = 64,
};

struct options {
	const char *listen[OPTIONS_LISTENERS]; /* ADDR:PORT */
	size_t listen_count;
	const char *stls; /* path of the control socket; NULL for none */
	const char *to; /* path of pop3-skel's socket */
	const char *certificates[OPTIONS_CERTIFICATES];
	const char *keys[OPTIONS_CERTIFICATES];
	size_t certificate_count;
	const char *client_ca; /* NULL: no certificate is asked for */
	const char *user; /* NAME[:GROUP], NULL: who we are */
	bool check;
	uint64_t max_sessions;
	uint64_t max_per_source; /* 0 for no limit */
	uint64_t rate_per_source; /* connections a minute, 0 for no limit */
	uint64_t handshake_time, ticket_time; /* s */
	char credentials[2][4096]; /* paths, where systemd has them for us */
};

/*
 * Takes argv apart; the options keep pointing into it. error holds a
 * sentence, with its NUL, after OPTIONS_WRONG.
 */
enum options_verdict options_parse(struct options *, int argc, char **argv,
				   char error[256]);

#endif
