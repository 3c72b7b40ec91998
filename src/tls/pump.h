/* SPDX-License-Identifier: ISC */
/*
 * One connection: its handshake, and then octets both ways between the client
 * and pop3-skel, in constant memory: what one side does not take is not read
 * from the other. Nothing here waits; a step does what can be done by now.
 *
 * Who has ended, and how, the other side hears: pop3-skel's end of sending is
 * a close_notify and then TCP's, the client's close_notify is the end of what
 * pop3-skel reads, and either may go on to be sent to. Where pop3-skel broke
 * off, the client gets no close_notify. Where the client is gone, or only TCP
 * says that it sends no more, pop3-skel reads an end: a command that was not
 * whole is none, and what is not asked for is not done.
 */
#ifndef TLS_PUMP_H
#define TLS_PUMP_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pure/address.h"
#include "tls/octets.h"

enum pump_state {
	PUMP_COMES, /* pop3-skel is to hand a client over */
	PUMP_SHAKES, /* hands, with the client */
	PUMP_CONNECTS, /* to pop3-skel; nobody takes it yet */
	PUMP_RUNS,
	PUMP_ENDS, /* all is said: what the client still sends is discarded */
	PUMP_OVER,
};

enum {
	/* What is moved at once: the most that a record of TLS holds. */
	PUMP_PIECE = 16384,
	/* ... and how often, before others have their turn. */
	PUMP_TURN = 16,
	/*
	 * ms: for the client to say that it heard the end; for pop3-skel to hear
	 * that the client is gone, so long its source counts; and for a client
	 * that takes nothing, when pop3-skel has ended.
	 */
	PUMP_LINGER_MS = 2000,
	PUMP_GONE_MS = 10000,
	PUMP_STALL_MS = 60000,
	/* Octets that are discarded, either way. */
	PUMP_LINGER = 65536,
};

/* What one side did not take yet. */
struct rest {
	char *data; /* NULL for none */
	size_t at, len;
};

struct pump {
	struct pump *next, *before; /* of all, those that came last behind */
	struct pump *turn; /* of those that are to go on */
	enum pump_state state;
	struct end client, server;
	SSL *ssl;
	union address from; /* of whom it is */
	uint32_t row; /* of its source */
	bool handed; /* over by pop3-skel, at STLS */
	bool queued; /* for a turn */
	bool gone; /* the client is */
	bool more; /* OpenSSL may have octets of the client's */
	bool half; /* pop3-skel was seen to end its sending, not to break off */
	bool told_client, told_server; /* that there is no more */
	bool silent; /* TCP had heard nothing for long */
	int64_t deadline; /* ms; 0 for none */
	size_t discarded;
	struct rest up, down;
	const char
		*why; /* it came to nothing; NULL: it did not, or who knows */
};

/* A whole step; `piece` is room for PUMP_PIECE octets. True: more at once. */
bool pump_step(struct pump *, char *piece, int64_t now);

/*
 * The handshake is done, and there is a connection to pop3-skel, .server.fd:
 * tells it who the client is. False where it does not take that.
 */
bool pump_introduce(struct pump *);

/* The client is found to be gone, or what was begun with it is to end. */
void pump_client_gone(struct pump *, int64_t now);

/* Frees what it has, and closes. */
void pump_free(struct pump *);

#endif
