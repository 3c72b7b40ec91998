/* SPDX-License-Identifier: ISC */
/*
 * Before a function with much room of its own that is rarely called, or called
 * once: were it a part of its caller, each page of that room would be touched
 * whenever that one runs, and stay the session's.
 */
#ifndef PURE_APART_H
#define PURE_APART_H

#define APART __attribute__((noinline))

#endif
