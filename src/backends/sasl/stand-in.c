/* SPDX-License-Identifier: ISC */
#include "backends/sasl/stand-in.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/hmac.h>
#include <string.h>
#include <unistd.h>

bool stand_in_key(struct stand_in *s, const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct sha256_ctx hash;
	uint8_t data[4096];
	bool empty = true;
	ssize_t n;

	if (fd < 0)
		return false;
	sha256_init(&hash);
	while ((n = read(fd, data, sizeof(data))) > 0) {
		sha256_update(&hash, (size_t)n, data);
		empty = false;
	}
	sha256_digest(&hash, sizeof(s->key), s->key);
	explicit_bzero(data, sizeof(data));
	close(fd);
	if (n == 0 && empty)
		errno = ENODATA;
	return n == 0 && !empty;
}

/* As users_find, which knows no capitals but the file's. */
static void add_name(struct hmac_sha256_ctx *hmac, const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const bool capital = name[i] >= 'A' && name[i] <= 'Z';
		const uint8_t octet =
			(uint8_t)(capital ? name[i] - 'A' + 'a' : name[i]);

		hmac_sha256_update(hmac, 1, &octet);
	}
}

void stand_in_salt(const struct stand_in *s, const char *name, size_t name_len,
		   uint8_t hash, uint8_t *salt, size_t len)
{
	struct hmac_sha256_ctx hmac;

	hmac_sha256_set_key(&hmac, sizeof(s->key), s->key);
	for (uint8_t block = 0; len > 0; block++) {
		const uint8_t head[] = { block, hash };
		const size_t n =
			len < SHA256_DIGEST_SIZE ? len : SHA256_DIGEST_SIZE;

		hmac_sha256_update(&hmac, sizeof(head), head);
		add_name(&hmac, name, name_len);
		hmac_sha256_digest(&hmac, n, salt);
		salt += n;
		len -= n;
	}
	explicit_bzero(&hmac, sizeof(hmac));
}
