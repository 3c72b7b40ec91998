/* SPDX-License-Identifier: ISC */
/*
 * Base64 as RFC 4648 section 4 has it, strictly: the whole alphabet, padding
 * required and canonical, nothing else. Pure.
 */
#ifndef PURE_BASE64_H
#define PURE_BASE64_H

#include <stddef.h>

/*
 * Decodes all n octets into out. Returns the octets written, or -1 for an
 * octet outside the alphabet, wrong or missing padding, bits set that belong
 * to no octet, or more than fits. Empty is 0. in and out must not overlap.
 */
ptrdiff_t base64_decode(const char *in, size_t n, char *out, size_t room);

/* Encodes n octets into out, which holds 4 * ((n + 2) / 3); no NUL. */
size_t base64_encode(const void *in, size_t n, char *out);

#endif
