/* SPDX-License-Identifier: ISC */
#include "maildrop/maildrop.h"

#include <stdlib.h>
#include <string.h>

#include "pure/number.h"
#include "pure/text.h"

void maildrop_init(struct maildrop *d)
{
	const size_t rooms = offsetof(struct maildrop, messages);

	memset((char *)d + rooms, 0, sizeof(*d) - rooms);
}

void maildrop_free(struct maildrop *d)
{
	if (d->messages != d->few)
		free(d->messages);
	if (d->text != d->little)
		free(d->text);
	maildrop_init(d);
}

/*
 * What is allocated at once, where it is more than few. Pages cost nothing until
 * they are touched, and a block of this size is mapped as one, in any libc.
 */
enum { FIRST_MESSAGES = 4096, FIRST_TEXT = 256 << 10 };

/*
 * Makes room for `need` more of a thing; the block may move, from `few`, which
 * is no allocation.
 */
static void *grow(void *block, void *few, size_t len, size_t need, size_t *room,
		  size_t first, size_t size)
{
	size_t wanted = block != few ? *room : first;
	void *moved;

	if (len + need <= *room)
		return block;
	while (wanted < len + need)
		wanted *= 2;
	moved = realloc(block != few ? block : NULL, wanted * size);
	if (moved == NULL)
		return NULL;
	if (block == few)
		memcpy(moved, few, len * size);
	*room = wanted;
	return moved;
}

/* Copies a string, with a NUL behind it, and returns its offset; 0 fails. */
static uint32_t keep(struct maildrop *d, const char *text, size_t len)
{
	/* Offset 0 means none: there is an empty string. */
	const size_t at = d->text_len > 0 ? d->text_len : 1;
	char *moved;

	if (at + len + 1 > LIMIT_MAILDROP_TEXT)
		return 0;
	if (d->text == NULL) {
		d->text = d->little;
		d->text_room = sizeof(d->little);
	}
	moved = grow(d->text, d->little, at, len + 1 + LIMIT_PATH,
		     &d->text_room, FIRST_TEXT, 1);
	if (moved == NULL)
		return 0;
	d->text = moved;
	d->text[0] = '\0';
	memcpy(d->text + at, text, len);
	d->text[at + len] = '\0';
	d->text_len = at + len + 1;
	return (uint32_t)at;
}

/* Why it could not be kept. */
static const char *not_kept(const struct maildrop *d, size_t len)
{
	return d->text_len + len + 2 > LIMIT_MAILDROP_TEXT
		       ? "unique-ids and paths too large"
		       : "out of memory";
}

/* The same of a folder, which many messages have. */
static uint32_t keep_folder(struct maildrop *d, const char *path, size_t len)
{
	struct folder_name *const known = d->folders;

	for (size_t i = 0; i < 2; i++)
		if (known[i].at != 0 &&
		    text_compare(d->text + known[i].at, known[i].len, path,
				 len) == 0)
			return known[i].at;
	known[1] = known[0];
	known[0] = (struct folder_name){ keep(d, path, len), (uint32_t)len };
	return known[0].at;
}

/*
 * A path, and the unique-id that is made of it: the file's name up to the first
 * ":" or ",". False where it cannot be kept.
 */
static bool keep_path(struct maildrop *d, struct message *m, const char *path,
		      size_t len)
{
	size_t start = len, end = len;

	while (path[start - 1] != '/') {
		start--;
		if (path[start] == ':' || path[start] == ',')
			end = start;
	}
	m->folder = keep_folder(d, path, start);
	m->name = m->uid = keep(d, path + start, len - start);
	m->uid_len = (uint16_t)(end - start);
	return m->folder != 0 && m->name != 0;
}

const char *maildrop_add(struct maildrop *d, uint64_t octets, const char *uid,
			 size_t uid_len, const char *path, size_t path_len)
{
	struct message m = { .octets = octets,
			     .spool = SPOOL_NONE,
			     .told = octets != OCTETS_UNKNOWN,
			     .dash = uid_len == 1 && uid[0] == '-' };
	struct message *moved;

	if (d->count == LIMIT_MESSAGES)
		return "too many messages";
	if (path != NULL) {
		if (path_len == 0 || path[0] != '/')
			return "path not absolute";
		if (path_len >= LIMIT_PATH)
			return "path too long";
		if (!keep_path(d, &m, path, path_len))
			return not_kept(d, path_len);
	}
	if (!m.dash) {
		m.uid = keep(d, uid, uid_len);
		m.uid_len = (uint16_t)uid_len;
		if (m.uid == 0)
			return not_kept(d, uid_len);
	}
	if (d->messages == NULL) {
		d->messages = d->few;
		d->room = sizeof(d->few) / sizeof(d->few[0]);
	}
	moved = grow(d->messages, d->few, d->count, 1, &d->room, FIRST_MESSAGES,
		     sizeof(*moved));
	if (moved == NULL)
		return "out of memory";
	d->messages = moved;
	d->messages[d->count++] = m;
	d->unnamed += maildrop_needs_body_id(&m);
	d->unique = false;
	return NULL;
}

/*
 * What is wrong with the last field of a msg line that is no path: a unique-id
 * with a blank has taken its place.
 */
static const char *no_path(const struct wire_field *path)
{
	if (memmem(path->data, path->len, " /", 2) != NULL)
		return "a unique-id with a blank";
	return memchr(path->data, '/', path->len) != NULL
		       ? "path not absolute"
		       : "a unique-id with a blank, or path not absolute";
}

const char *maildrop_take(struct maildrop *d, const struct wire_line *l)
{
	const struct wire_field *const size = &l->field[0];
	const struct wire_field *const uid = &l->field[1];
	const struct wire_field *const path = &l->field[2];
	uint64_t octets = OCTETS_UNKNOWN;

	/* So that a sum of a million of them cannot overflow. */
	if (!wire_is(size, "-") &&
	    (!number_parse(size->data, size->len, &octets) ||
	     octets >> 43 != 0))
		return "size is no number of octets";
	/* They could never stand in a request. */
	if (l->control && wire_has_control(uid))
		return "control character in a unique-id";
	if (l->control && wire_has_control(path))
		return "control character in a path";
	if (path->len > 0 && path->data[0] != '/')
		return no_path(path);
	return maildrop_add(d, octets, uid->data, uid->len, path->data,
			    path->len);
}

struct message *maildrop_get(const struct maildrop *d, uint64_t number)
{
	if (number < 1 || number > d->count || d->messages[number - 1].marked)
		return NULL;
	return &d->messages[number - 1];
}

const char *maildrop_given_uid(const struct maildrop *d,
			       const struct message *m, size_t *len)
{
	*len = m->dash ? 1 : m->uid_len;
	return m->dash ? "-" : d->text + m->uid;
}

const char *maildrop_path(const struct maildrop *d, const struct message *m)
{
	char *const path = d->text + d->text_len;

	if (m->name == 0)
		return NULL;
	stpcpy(stpcpy(path, d->text + m->folder), d->text + m->name);
	return path;
}

uint64_t maildrop_octets(const struct message *m)
{
	return m->octets != OCTETS_UNKNOWN ? m->octets : 0;
}

void maildrop_found_octets(struct message *m, uint64_t octets)
{
	if (!m->told)
		m->octets = octets;
}

void maildrop_counted(struct message *m, uint64_t octets, bool fresh)
{
	if (m->octets == OCTETS_UNKNOWN)
		m->octets = octets;
	m->counted =
		octets >> 43 == 0 && (m->told ? m->octets != octets : !fresh);
	m->found = octets & ((UINT64_C(1) << 43) - 1);
}

bool maildrop_needs_body_id(const struct message *m)
{
	return m->uid == 0;
}

const char *maildrop_set_uid(struct maildrop *d, struct message *m,
			     const char *uid, size_t len)
{
	m->uid = keep(d, uid, len);
	if (m->uid == 0)
		return not_kept(d, len);
	m->uid_len = (uint16_t)len;
	d->unnamed--;
	d->unique = false;
	return NULL;
}

void maildrop_reset(struct maildrop *d)
{
	for (size_t i = 0; i < d->count; i++)
		d->messages[i].marked = d->messages[i].fetched = false;
}
