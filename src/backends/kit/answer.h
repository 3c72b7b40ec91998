/* SPDX-License-Identifier: ISC */
/*
 * Answers to pop3-skel, gathered and written in large pieces. A write that
 * fails ends the program: nobody is left to answer.
 */
#ifndef BACKENDS_KIT_ANSWER_H
#define BACKENDS_KIT_ANSWER_H

#include <stddef.h>
#include <stdint.h>

void output_add(const char *data, size_t len);
void output_string(const char *);
void output_number(uint64_t);

/* Writes what is held. Before any wait for a request. */
void output_flush(void);

/* The same end, for what takes long: where nobody is left to write to. */
void output_look(void);

#endif
