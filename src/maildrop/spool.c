/* SPDX-License-Identifier: ISC */
#include "maildrop/spool.h"

#include <errno.h>
#include <string.h>

#include "maildrop/unique-id.h"
#include "os/file.h"

/* In front of each body: its length. */
enum { HEAD = sizeof(uint64_t) };

void spool_start(struct spool *p, uint64_t max)
{
	p->fd = -1;
	p->max = max;
	p->end = 0;
}

void spool_begin(struct spool *p, bool hashed)
{
	p->full = false;
	p->hashed = hashed;
	p->count = (struct dot_count){ .octets = 0 };
	p->held = 0;
	sha256_start(&p->hash);
	p->at = p->end + HEAD;
	if (p->fd < 0)
		p->fd = file_spool();
	p->error = p->fd < 0 ? p->fd : 0;
}

static void write_held(struct spool *p)
{
	if (!p->full && p->error == 0)
		p->error = file_write(p->fd, p->hold, p->held, p->at);
	p->at += p->held;
	p->held = 0;
}

void spool_add(struct spool *p, const char *data, size_t n)
{
	dot_count(&p->count, data, n);
	if (p->hashed)
		sha256_add(&p->hash, data, n);
	if (p->at + p->held + n > p->max)
		p->full = true;
	while (n > 0 && !p->full && p->error == 0) {
		const size_t room = sizeof(p->hold) - p->held;
		const size_t some = n < room ? n : room;

		memcpy(p->hold + p->held, data, some);
		p->held += some;
		if (p->held == sizeof(p->hold))
			write_held(p);
		data += some;
		n -= some;
	}
}

/* The unique-id that is made from the body. */
static int settle_id(struct spool *p, struct maildrop *d, struct message *m)
{
	uint8_t digest[32];

	sha256_end(&p->hash, digest);
	return maildrop_set_body_id(d, m, digest) == NULL ? 0 : -ENOMEM;
}

int spool_settle(struct spool *p, struct maildrop *d, struct message *m)
{
	uint64_t length;

	write_held(p);
	length = p->at - p->end - HEAD;
	if (!p->full && p->error == 0)
		p->error =
			file_write(p->fd, (const char *)&length, HEAD, p->end);
	if (p->hashed && p->error == 0)
		p->error = settle_id(p, d, m);
	if (p->error < 0)
		return p->error;
	maildrop_found_octets(m, dot_octets(&p->count));
	maildrop_counted(m, dot_octets(&p->count), false);
	m->refused |= p->full;
	if (p->full)
		return 0;
	m->spool = p->end;
	p->end = p->at;
	return 0;
}

bool spool_find(const struct spool *p, const struct message *m, uint64_t *at,
		uint64_t *octets)
{
	*at = m->spool + HEAD;
	return file_read(p->fd, (char *)octets, HEAD, m->spool) == HEAD;
}
