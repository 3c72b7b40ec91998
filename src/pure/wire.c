/* SPDX-License-Identifier: ISC */
#include "pure/wire.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#define ON(verb) (1u << (verb))

enum {
	ANY = (1u << WIRE_VERBS) - 1,
	HELLO = ON(WIRE_HELLO),
	NAME = ON(WIRE_NAME),
	LOGINS = ON(WIRE_LOGIN) | ON(WIRE_APOP) | ON(WIRE_TOKEN) |
		 ON(WIRE_AUTH) | ON(WIRE_MORE),
	RELAYED = ON(WIRE_AUTH) | ON(WIRE_MORE),
	LONG = ON(WIRE_TOKEN) | RELAYED,
	LIST = ON(WIRE_LIST),
	BODIES = ON(WIRE_RETR) | ON(WIRE_TOP) | NAME,
	CLOSES = ANY & ~(ON(WIRE_SENT) | ON(WIRE_EXPUNGE) | ON(WIRE_COMMIT) |
			 ON(WIRE_SIZES)),
	WAITS = ANY & ~(ON(WIRE_SENT) | ON(WIRE_SIZES)),
};

/*
 * The grammar of replies, a row each: the word, the requests in whose answer
 * it may stand, and how many fields it has. Only the last may hold blanks.
 */
static const struct row {
	const char *text;
	enum wire_word word;
	unsigned asked;
	unsigned char least, most;
} rows[] = {
	/* clang-format off */
	{ "OK",          WIRE_OK,          ANY,           0, 1 },
	{ "ERR",         WIRE_ERR,         ANY,           0, 1 },
	{ "TEMP",        WIRE_TEMP,        ANY,           0, 1 },
	{ "DEFAULT",     WIRE_DEFAULT,     ANY & ~HELLO,  0, 0 },
	{ "MORE",        WIRE_CONTINUE,    RELAYED,       0, 1 },
	{ "msg",         WIRE_MSG,         LIST,          2, 3 },
	{ "user",        WIRE_USER,        LOGINS | NAME, 1, 1 },
	{ "lock",        WIRE_LOCK,        HELLO | LOGINS | LIST | NAME, 1, 1 },
	{ "become",      WIRE_BECOME,      LOGINS,        2, 2 },
	{ "next",        WIRE_NEXT,        LOGINS,        1, 1 },
	{ "arg",         WIRE_ARG,         LOGINS,        1, 1 },
	{ "file",        WIRE_FILE,        BODIES,        1, 1 },
	{ "temp",        WIRE_TEMP_FILE,   BODIES,        1, 1 },
	{ "part",        WIRE_PART,        BODIES,        3, 3 },
	{ "body",        WIRE_BODY,        BODIES,        0, 0 },
	{ "command",     WIRE_COMMAND,     HELLO,         2, 3 },
	{ "capa",        WIRE_CAPA,        HELLO | LOGINS, 1, 1 },
	{ "apop",        WIRE_OFFER_APOP,  HELLO,         0, 0 },
	{ "sasl",        WIRE_SASL,        HELLO,         1, 1 },
	{ "no-password", WIRE_NO_PASSWORD, HELLO,         0, 0 },
	{ "any-user",    WIRE_ANY_USER,    HELLO,         0, 0 },
	{ "option",      WIRE_OPTION,      HELLO | LOGINS, 2, 2 },
	{ "events",      WIRE_EVENTS,      HELLO,         1, 1 },
	{ "state",       WIRE_STATE,       NAME,          1, 1 },
	{ "close",       WIRE_CLOSE,       CLOSES,        0, 0 },
	{ "wait",        WIRE_WAIT,        WAITS,         1, 1 },
	{ "log",         WIRE_LOG,         ANY,           2, 2 },
	/* clang-format on */
};

static const char *const verbs[WIRE_VERBS] = {
	[WIRE_HELLO] = "hello",	  [WIRE_LOGIN] = "login",
	[WIRE_APOP] = "apop",	  [WIRE_TOKEN] = "token",
	[WIRE_AUTH] = "auth",	  [WIRE_MORE] = "more",
	[WIRE_CANCEL] = "cancel", [WIRE_LIST] = "list",
	[WIRE_RETR] = "retr",	  [WIRE_TOP] = "top",
	[WIRE_SENT] = "sent",	  [WIRE_DELE] = "dele",
	[WIRE_RSET] = "rset",	  [WIRE_EXPUNGE] = "expunge",
	[WIRE_COMMIT] = "commit", [WIRE_SIZES] = "sizes",
	[WIRE_NAME] = "command",
};

const char *wire_verb_name(enum wire_verb verb)
{
	return verbs[verb];
}

/* The row of a word, or NULL. */
static const struct row *find_row(const char *word, size_t len)
{
	const struct wire_field field = { word, len };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (len > 0 && rows[i].text[0] == word[0] &&
		    wire_is(&field, rows[i].text))
			return &rows[i];
	return NULL;
}

size_t wire_keyword(const char *line, size_t len)
{
	size_t word = 0;

	if (len > 0 && line[0] == '|')
		return 1;
	while (word < len && line[word] != ' ' && line[word] != '\n')
		word++;
	return find_row(line, word) != NULL ? word : 0;
}

bool wire_may_have_body(enum wire_verb asked)
{
	return (ON(asked) & BODIES) != 0;
}

struct wire_field wire_text(const char *text)
{
	return (struct wire_field){ .data = text, .len = strlen(text) };
}

bool wire_is(const struct wire_field *f, const char *text)
{
	return f->len == strlen(text) && memcmp(f->data, text, f->len) == 0;
}

/* The fields after the first word, `rest` beginning behind its blank. */
static const char *split(struct wire_line *out, unsigned least, unsigned most,
			 const char *rest, size_t len)
{
	unsigned n = 0;

	while (n + 1 < most) {
		const char *const blank = memchr(rest, ' ', len);
		const size_t field =
			blank != NULL ? (size_t)(blank - rest) : len;

		if (field == 0)
			return "empty field";
		out->field[n++] = (struct wire_field){ rest, field };
		if (blank == NULL)
			return n < least ? "too few fields" : NULL;
		rest = blank + 1;
		len -= field + 1;
	}
	out->field[n] = (struct wire_field){ rest, len };
	return NULL;
}

const char *wire_parse(struct wire_line *out, enum wire_verb asked,
		       const char *line, size_t len)
{
	const char *const blank = memchr(line, ' ', len);
	const size_t word = blank != NULL ? (size_t)(blank - line) : len;

	const struct wire_field whole = { line, len };
	const struct row *row;

	*out = (struct wire_line){ .word = WIRE_EMPTY };
	if (len == 0)
		return NULL;
	out->control = wire_has_control(&whole);
	if (out->control && memchr(line, '\0', len) != NULL)
		return "NUL in a line";
	if (out->control && memchr(line, '\r', len) != NULL)
		return "CR in a line";
	row = find_row(line, word);
	if (row == NULL)
		return "unknown line";
	if ((row->asked & ON(asked)) == 0)
		return "line not allowed here";
	out->word = row->word;
	if (blank == NULL)
		return row->least > 0 ? "too few fields" : NULL;
	if (row->most == 0)
		return "too many fields";
	return split(out, row->least, row->most, blank + 1, len - word - 1);
}

/* Whether one of eight octets is below 20, or 7F. */
static bool eight_have_control(const char *data)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t eight, del;

	memcpy(&eight, data, sizeof(eight));
	del = eight ^ 0x7f * ones;
	return (((eight - 0x20 * ones) & ~eight) | ((del - ones) & ~del)) &
	       0x80 * ones;
}

/* RFC-free: the protocol's own rule, octets 20-7E and 80-FF. */
bool wire_has_control(const struct wire_field *field)
{
	size_t i = 0;

	for (; i + 8 <= field->len; i += 8)
		if (eight_have_control(field->data + i))
			return true;
	for (; i < field->len; i++) {
		const unsigned char c = (unsigned char)field->data[i];

		if (c < ' ' || c == 0x7f)
			return true;
	}
	return false;
}

/* The longest request of a verb: what AUTH brings may be long. */
static size_t longest(enum wire_verb verb)
{
	return (ON(verb) & LONG) != 0 ? LIMIT_AUTH_REQUEST : LIMIT_REQUEST;
}

ssize_t wire_request(char out[LIMIT_AUTH_REQUEST], enum wire_verb verb,
		     const char *name, const struct wire_field *fields,
		     size_t count)
{
	const char *const first = name != NULL ? name : verbs[verb];
	size_t n = strlen(first);

	memcpy(out, first, n);
	for (size_t i = 0; i < count && fields[i].data != NULL; i++) {
		const bool last = i + 1 == count || fields[i + 1].data == NULL;

		if (wire_has_control(&fields[i]))
			return -EINVAL;
		if (!last && (fields[i].len == 0 ||
			      memchr(fields[i].data, ' ', fields[i].len)))
			return -EINVAL;
		if (n + fields[i].len + 2 > longest(verb))
			return -EMSGSIZE;
		out[n++] = ' ';
		memcpy(out + n, fields[i].data, fields[i].len);
		n += fields[i].len;
	}
	out[n++] = '\n';
	return (ssize_t)n;
}

bool wire_user_valid(const char *name, size_t len, bool any)
{
	const struct wire_field field = { name, len };

	if (len == 0 || len > LIMIT_USER || wire_has_control(&field) ||
	    memchr(name, ' ', len) != NULL)
		return false;
	return any || (memchr(name, '/', len) == NULL && name[0] != '.' &&
		       name[0] != '-');
}

bool wire_name_valid(const char *name, size_t len)
{
	static const char *const ours[] = { "QUIT", "STLS", "CAPA", "AUTH" };

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (strlen(ours[i]) == len && memcmp(ours[i], name, len) == 0)
			return false;
	if (len < 2 || len > LIMIT_COMMAND_NAME || name[0] < 'A' ||
	    name[0] > 'Z')
		return false;
	for (size_t i = 1; i < len; i++)
		if (!(name[i] >= 'A' && name[i] <= 'Z') &&
		    !(name[i] >= '0' && name[i] <= '9'))
			return false;
	return true;
}
