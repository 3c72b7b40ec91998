/* SPDX-License-Identifier: ISC */
/*
 * What the service manager hears from us; nothing where there is none.
 */
#ifndef ACCEPT_NOTIFY_H
#define ACCEPT_NOTIFY_H

#include <stdint.h>

struct notify_figures {
	uint64_t sessions, waiting, served;
	const char *trouble; /* why no session can be started, or NULL */
};

/* Whoever it is does not mean us: who started us was its service. */
void notify_nobody(void);

void notify_ready(void);
void notify_stopping(void);

/* "12 sessions, 3 waiting, 41,203 served" for `systemctl status`. */
void notify_status(const struct notify_figures *);

/* ms between two calls of notify_alive; 0 where nobody watches us. */
int64_t notify_watchdog(void);
void notify_alive(void);

#endif
