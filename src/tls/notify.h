/* SPDX-License-Identifier: ISC */
/*
 * What the service manager hears from us; nothing where there is none. As
 * sd_notify(3) has it, which is a library more.
 */
#ifndef TLS_NOTIFY_H
#define TLS_NOTIFY_H

void notify(const char *what);

#endif
