/* SPDX-License-Identifier: ISC */
/*
 * The control socket: pop3-skel connects to it at STLS, sends one octet with its
 * client's descriptor, and reads and writes what the client says under TLS on
 * that same connection, behind a PROXY header.
 */
#ifndef TLS_HANDOVER_H
#define TLS_HANDOVER_H

/*
 * Takes the client's descriptor out of a connection: it, close-on-exec; or
 * -EAGAIN where none is there yet, and another -errno where none will come.
 */
int handover_take(int connection);

/* Connects to the stream socket at a path, without waiting: as above. */
int handover_connect(const char *path);

#endif
