/* SPDX-License-Identifier: ISC */
#include "protocol/answer.h"

#include <string.h>

#include "pure/number.h"

void answer_start(struct answer *a)
{
	a->close = a->trans = a->multi = a->temp = a->part = false;
	a->user_len = a->text_len = a->path_len = a->next_len = 0;
	a->next_count = 0;
	a->result = WIRE_DEFAULT;
}

static const char *take_path(struct answer *a, const struct wire_field *f)
{
	if (a->multi || a->path_len > 0)
		return "two kinds of body";
	if (f->len == 0 || f->data[0] != '/')
		return "path not absolute";
	if (f->len >= sizeof(a->path))
		return "path too long";
	memcpy(a->path, f->data, f->len);
	a->path[f->len] = '\0';
	a->path_len = f->len;
	return NULL;
}

/* `part OFFSET OCTETS PATH`: no end of it is beyond what an off_t counts. */
static const char *take_part(struct answer *a, const struct wire_line *l)
{
	const struct wire_field *const f = l->field;

	if (!number_parse(f[0].data, f[0].len, &a->at) ||
	    !number_parse(f[1].data, f[1].len, &a->octets))
		return "part without two numbers";
	if (a->at > INT64_MAX || a->octets > INT64_MAX - a->at)
		return "part beyond any file";
	a->part = true;
	return take_path(a, &f[2]);
}

static const char *take_user(struct answer *a, const struct wire_field *f)
{
	if (memchr(f->data, ' ', f->len) != NULL)
		return "a user name with a blank";
	if (!wire_user_valid(f->data, f->len, true))
		return "not a user name";
	memcpy(a->user, f->data, f->len);
	a->user_len = f->len;
	return NULL;
}

/* `next NAME`, or one `arg TEXT` behind it: a word more. */
static const char *take_word(struct answer *a, const struct wire_line *l)
{
	const struct wire_field *const f = &l->field[0];

	if (l->word == WIRE_NEXT && a->next_count > 0)
		return "a second next";
	if (l->word == WIRE_ARG && a->next_count == 0)
		return "arg without next";
	if (a->next_count == LIMIT_BACKEND_ARGUMENTS ||
	    f->len >= sizeof(a->next) - a->next_len)
		return "too many arguments";
	memcpy(a->next + a->next_len, f->data, f->len);
	a->next_len += f->len;
	a->next[a->next_len++] = '\0';
	a->next_count++;
	return NULL;
}

const char *answer_take(struct answer *a, const struct wire_line *l)
{
	switch (l->word) {
	case WIRE_CLOSE:
		a->close = true;
		return NULL;
	case WIRE_STATE:
		a->trans = true;
		return wire_is(&l->field[0], "trans") ? NULL : "unknown state";
	case WIRE_USER:
		return take_user(a, &l->field[0]);
	case WIRE_NEXT:
	case WIRE_ARG:
		return take_word(a, l);
	case WIRE_BODY:
		if (a->path_len > 0)
			return "two kinds of body";
		a->multi = true;
		return NULL;
	case WIRE_PART:
		return take_part(a, l);
	default:
		a->temp = l->word == WIRE_TEMP_FILE;
		return take_path(a, &l->field[0]);
	}
}

void answer_result(struct answer *a, const struct wire_line *l)
{
	const struct wire_field *const text = &l->field[0];

	a->result = l->word;
	a->text_len = text->len;
	memcpy(a->text, text->data != NULL ? text->data : "", text->len);
	a->text[a->text_len] = '\0';
}
