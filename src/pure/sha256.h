/* SPDX-License-Identifier: ISC */
/*
 * SHA-256 (FIPS 180-4), for unique-ids. Pure.
 */
#ifndef PURE_SHA256_H
#define PURE_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sha256 {
	uint32_t state[8];
	uint64_t octets; /* added so far */
	uint8_t block[64]; /* the unfinished one */
};

void sha256_start(struct sha256 *);
void sha256_add(struct sha256 *, const void *data, size_t n);
/* Ends it: nothing may be added afterwards. */
void sha256_end(struct sha256 *, uint8_t digest[32]);

#endif
