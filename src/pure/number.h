/* SPDX-License-Identifier: ISC */
/*
 * Decimal numbers, strictly: digits and nothing else. Pure.
 */
#ifndef PURE_NUMBER_H
#define PURE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads all n octets as a number. False, *value untouched, for no octet, a
 * sign, a blank, any other octet, a leading zero ("0" itself is fine), or more
 * than a uint64_t holds.
 */
bool number_parse(const char *text, size_t n, uint64_t *value);

/* Writes the digits, without a NUL, and returns how many: 1 to 20. */
size_t number_print(uint64_t value, char out[20]);

#endif
