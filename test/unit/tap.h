/* SPDX-License-Identifier: ISC */
/*
 * The Test Anything Protocol for the tests in C: one line a check, the plan at
 * the end. A test is a program of tables; main ends with `return tap_done();`.
 */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static unsigned tap_checks, tap_failures;

/* Whether it is so; the format tells what was checked. */
__attribute__((format(printf, 2, 3))) static inline void
tap(bool ok, const char *format, ...)
{
	char name[200];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(name, sizeof(name), format, arguments);
	va_end(arguments);
	/* TAP has a meaning for #, and a line for each result. */
	for (char *c = name; *c != '\0'; c++)
		if (*c == '#' || *c == '\\' || *c < ' ' || *c > '~')
			*c = '_';
	printf("%sok %u - %s\n", ok ? "" : "not ", ++tap_checks, name);
	tap_failures += !ok;
}

/* The plan, and main's result. */
static inline int tap_done(void)
{
	printf("1..%u\n", tap_checks);
	return tap_failures != 0;
}

/* Numbers that look random and are the same in every run. */
static inline unsigned tap_random(void)
{
	static unsigned state = 1939;

	state ^= state << 13;
	state ^= state >> 17;
	return state ^= state << 5;
}

#endif
