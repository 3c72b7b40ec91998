/* SPDX-License-Identifier: ISC */
/*
 * Listening sockets: those that are made here, and those that somebody gave us.
 */
#ifndef OS_LISTEN_H
#define OS_LISTEN_H

#include <stdbool.h>

/* Whether it is one of those that listen_at takes. */
bool listen_sense(const char *word);

/*
 * Listens on ADDR:PORT, [ADDR6]:PORT or /PATH, where a socket that nobody
 * listens on any more is removed. Returns a descriptor as listen_take makes
 * them, or -1 with a sentence and its NUL in error.
 */
int listen_at(const char *word, char error[256]);

/*
 * Makes a listening socket close-on-exec and non-blocking: the latter is the
 * socket's, so whoever gave it to us has it too. But nobody else accepts from
 * it, and a client that is gone before we come must not hold us. False with
 * errno.
 */
bool listen_take(int fd);

/* ADDRESS:PORT or the path a socket listens on, for the log. */
void listen_name(int fd, char name[128]);

#endif
