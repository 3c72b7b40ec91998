/* SPDX-License-Identifier: ISC */
/* src/pure/wire.c: pop3-skel-backend(7), Lines, Requests and Replies. */
#include <errno.h>
#include <string.h>

#include "pure/wire.h"
#include "tap.h"

static const char *const verbs[] = {
	"hello",  "login",   "apop",   "token", "auth",	   "more",
	"cancel", "list",    "retr",   "top",	"sent",	   "dele",
	"rset",	  "expunge", "commit", "sizes", "command",
};

#define LOGINS " login apop token auth more "
#define MAILDROP " list retr top dele rset expunge commit command cancel "
#define LATER " hello" LOGINS MAILDROP
#define ALL LATER " sent sizes "

/* Each line, and in reply to what it may come. */
static const struct {
	const char *line, *in;
	enum wire_word word;
} places[] = {
	/* clang-format off */
	{ "OK",               ALL, WIRE_OK },
	{ "OK text of it",    ALL, WIRE_OK },
	{ "ERR",              ALL, WIRE_ERR },
	{ "ERR text",         ALL, WIRE_ERR },
	{ "TEMP",             ALL, WIRE_TEMP },
	{ "DEFAULT",          LOGINS MAILDROP " sent sizes ", WIRE_DEFAULT },
	{ "MORE",             " auth more ", WIRE_CONTINUE },
	{ "MORE dGV4dA==",    " auth more ", WIRE_CONTINUE },
	{ "msg 1 a",          " list ", WIRE_MSG },
	{ "msg - - /a b",     " list ", WIRE_MSG },
	{ "user a",           LOGINS " command ", WIRE_USER },
	{ "lock /a",          " hello" LOGINS " list command ", WIRE_LOCK },
	{ "become 1 1",       LOGINS, WIRE_BECOME },
	{ "next a",           LOGINS, WIRE_NEXT },
	{ "arg a b",          LOGINS, WIRE_ARG },
	{ "next",             "", WIRE_EMPTY },
	{ "arg",              "", WIRE_EMPTY },
	{ "file /a",          " retr top command ", WIRE_FILE },
	{ "temp /a",          " retr top command ", WIRE_TEMP_FILE },
	{ "body",             " retr top command ", WIRE_BODY },
	{ "command A1 both",  " hello ", WIRE_COMMAND },
	{ "command A1 auth secret", " hello ", WIRE_COMMAND },
	{ "capa X-A",         " hello" LOGINS, WIRE_CAPA },
	{ "apop",             " hello ", WIRE_OFFER_APOP },
	{ "sasl A B",         " hello ", WIRE_SASL },
	{ "no-password",      " hello ", WIRE_NO_PASSWORD },
	{ "any-user",         " hello ", WIRE_ANY_USER },
	{ "events sent",      " hello ", WIRE_EVENTS },
	{ "option timeout 1", " hello" LOGINS, WIRE_OPTION },
	{ "state trans",      " command ", WIRE_STATE },
	{ "close",            " hello" LOGINS
			      " list retr top dele rset command cancel ",
	  WIRE_CLOSE },
	{ "wait 1",           LATER, WIRE_WAIT },
	{ "",                 ALL, WIRE_EMPTY },
	{ "|text",            "", WIRE_EMPTY },
	{ "ok",               "", WIRE_EMPTY },
	{ "Ok",               "", WIRE_EMPTY },
	{ "OKAY",             "", WIRE_EMPTY },
	{ "+OK",              "", WIRE_EMPTY },
	{ " OK",              "", WIRE_EMPTY },
	{ "OK\ttext",         "", WIRE_EMPTY },
	{ "OK\r",             "", WIRE_EMPTY },
	{ "OK a\rb",          "", WIRE_EMPTY },
	{ "\rOK",             "", WIRE_EMPTY },
	{ "O",                "", WIRE_EMPTY },
	{ " ",                "", WIRE_EMPTY },
	{ "MSG 1 a",          "", WIRE_EMPTY },
	{ "hello 1",          "", WIRE_EMPTY },
	{ "a line from an echo", "", WIRE_EMPTY },
	{ "DEFAULT text",     "", WIRE_EMPTY },
	{ "DEFAULT ",         "", WIRE_EMPTY },
	{ "msg",              "", WIRE_EMPTY },
	{ "msg 1",            "", WIRE_EMPTY },
	{ "msg 1 ",           "", WIRE_EMPTY },
	{ "msg  a",           "", WIRE_EMPTY },
	{ "user",             "", WIRE_EMPTY },
	{ "lock",             "", WIRE_EMPTY },
	{ "become 1",         "", WIRE_EMPTY },
	{ "become",           "", WIRE_EMPTY },
	{ "file",             "", WIRE_EMPTY },
	{ "body x",           "", WIRE_EMPTY },
	{ "command A1",       "", WIRE_EMPTY },
	{ "command  both",    "", WIRE_EMPTY },
	{ "capa",             "", WIRE_EMPTY },
	{ "apop yes",         "", WIRE_EMPTY },
	{ "sasl",             "", WIRE_EMPTY },
	{ "events",           "", WIRE_EMPTY },
	{ "option timeout",   "", WIRE_EMPTY },
	{ "state",            "", WIRE_EMPTY },
	{ "close now",        "", WIRE_EMPTY },
	{ "wait",             "", WIRE_EMPTY },
	{ "part 0 1 /a b",    " retr top command ", WIRE_PART },
	{ "part 0 1 ",        " retr top command ", WIRE_PART },
	{ "part 0 1",         "", WIRE_EMPTY },
	{ "part 0  /a",       "", WIRE_EMPTY },
	{ "log 5 text",       ALL, WIRE_LOG },
	{ "log 5 ",           ALL, WIRE_LOG },
	{ "log 5",            "", WIRE_EMPTY },
	{ "log  text",        "", WIRE_EMPTY },
	/* clang-format on */
};

/* Whether a verb is a word of the row's list. */
static bool listed(const char *in, const char *verb)
{
	char word[16];

	snprintf(word, sizeof(word), " %s ", verb);
	return strstr(in, word) != NULL;
}

static void test_places(void)
{
	for (size_t i = 0; i < COUNT(places); i++) {
		const char *const line = places[i].line;
		unsigned right = 0;

		for (unsigned verb = 0; verb < WIRE_VERBS; verb++) {
			struct wire_line l;
			const char *const wrong =
				wire_parse(&l, verb, line, strlen(line));

			right += listed(places[i].in, verbs[verb])
					 ? wrong == NULL &&
						   l.word == places[i].word
					 : wrong != NULL && wrong[0] != '\0';
		}
		tap(right == WIRE_VERBS, "\"%s\" in reply to:%s", line,
		    places[i].in);
	}
}

/* The fields of a line; NULL for absent. */
static const struct {
	enum wire_verb verb;
	const char *line;
	const char *fields[3];
} fields[] = {
	/* clang-format off */
	{ WIRE_RETR, "OK", { NULL, NULL, NULL } },
	{ WIRE_RETR, "OK ", { "", NULL, NULL } },
	{ WIRE_RETR, "OK  a  b ", { " a  b ", NULL, NULL } },
	{ WIRE_LIST, "msg 1 a", { "1", "a", NULL } },
	{ WIRE_LIST, "msg 1 a ", { "1", "a", "" } },
	{ WIRE_LIST, "msg 1 a /b  c ", { "1", "a", "/b  c " } },
	{ WIRE_LIST, "msg 1 a  /b", { "1", "a", " /b" } },
	{ WIRE_LOGIN, "become 1 2", { "1", "2", NULL } },
	{ WIRE_LOGIN, "become 1 2 3", { "1", "2 3", NULL } },
	{ WIRE_LOGIN, "become 1 ", { "1", "", NULL } },
	{ WIRE_LOGIN, "arg ", { "", NULL, NULL } },
	{ WIRE_LOGIN, "arg a  b ", { "a  b ", NULL, NULL } },
	{ WIRE_HELLO, "option goodbye a b", { "goodbye", "a b", NULL } },
	{ WIRE_HELLO, "command A1 both", { "A1", "both", NULL } },
	{ WIRE_HELLO, "command A1 both secret", { "A1", "both", "secret" } },
	{ WIRE_HELLO, "sasl A B", { "A B", NULL, NULL } },
	{ WIRE_HELLO, "events a b", { "a b", NULL, NULL } },
	{ WIRE_RETR, "file /a b", { "/a b", NULL, NULL } },
	{ WIRE_RETR, "part 1 2 /a b ", { "1", "2", "/a b " } },
	{ WIRE_HELLO, "log 5 a  b ", { "5", "a  b ", NULL } },
	{ WIRE_NAME, "user ", { "", NULL, NULL } },
	/* clang-format on */
};

static bool same(const struct wire_field *f, const char *text)
{
	if (text == NULL || f->data == NULL)
		return text == NULL && f->data == NULL;
	return f->len == strlen(text) && memcmp(f->data, text, f->len) == 0;
}

static void test_fields(void)
{
	for (size_t i = 0; i < COUNT(fields); i++) {
		const char *const line = fields[i].line;
		struct wire_line l;
		bool right = wire_parse(&l, fields[i].verb, line,
					strlen(line)) == NULL;

		for (size_t n = 0; n < 3; n++)
			right = right && same(&l.field[n], fields[i].fields[n]);
		tap(right, "fields of \"%s\"", line);
	}
}

static void test_nul(void)
{
	static const char *const lines[] = { "OK?", "?OK", "?", "OK a?b",
					     "msg 1 a?" };

	for (size_t i = 0; i < COUNT(lines); i++) {
		const size_t n = strlen(lines[i]);
		char line[16];
		struct wire_line l;

		memcpy(line, lines[i], n);
		*(char *)memchr(line, '?', n) = '\0';
		tap(wire_parse(&l, WIRE_LIST, line, n) != NULL,
		    "a NUL in \"%s\"", lines[i]);
	}
}

#define TEXT(s)                  \
	{                        \
		s, sizeof(s) - 1 \
	}
#define NONE            \
	{               \
		NULL, 0 \
	}

/* NULL: refused as invalid. */
static const struct {
	enum wire_verb verb;
	const char *name;
	size_t count;
	struct wire_field fields[3];
	const char *request;
} requests[] = {
	/* clang-format off */
	{ WIRE_RSET, NULL, 0, { NONE }, "rset\n" },
	{ WIRE_HELLO, NULL, 2, { TEXT("1"), TEXT("x-unknown") },
	  "hello 1 x-unknown\n" },
	{ WIRE_LOGIN, NULL, 2, { TEXT("a"), TEXT("correct  horse ") },
	  "login a correct  horse \n" },
	{ WIRE_LOGIN, NULL, 2, { TEXT("a"), TEXT("") }, "login a \n" },
	{ WIRE_LOGIN, NULL, 2, { TEXT("a"), TEXT(" ") }, "login a  \n" },
	{ WIRE_LOGIN, NULL, 2, { TEXT("\xc3\xa4"), TEXT("\xff") },
	  "login \xc3\xa4 \xff\n" },
	{ WIRE_RETR, NULL, 3, { TEXT("1"), TEXT("-"), NONE }, "retr 1 -\n" },
	{ WIRE_SENT, NULL, 3, { TEXT("1"), TEXT("a"), NONE }, "sent 1 a\n" },
	{ WIRE_TOP, NULL, 3, { TEXT("1"), TEXT("a"), TEXT("0") },
	  "top 1 a 0\n" },
	{ WIRE_EXPUNGE, NULL, 3, { TEXT("1"), TEXT("a"), TEXT("/b c") },
	  "expunge 1 a /b c\n" },
	{ WIRE_AUTH, NULL, 2, { TEXT("X"), NONE }, "auth X\n" },
	{ WIRE_AUTH, NULL, 2, { TEXT("X"), TEXT("=") }, "auth X =\n" },
	{ WIRE_NAME, "XFOO", 1, { NONE }, "XFOO\n" },
	{ WIRE_NAME, "XFOO", 1, { TEXT("") }, "XFOO \n" },
	{ WIRE_NAME, "XFOO", 1, { TEXT(" a  b") }, "XFOO  a  b\n" },
	{ WIRE_LOGIN, NULL, 2, { TEXT(""), TEXT("b") }, NULL },
	{ WIRE_LOGIN, NULL, 2, { TEXT("a b"), TEXT("c") }, NULL },
	{ WIRE_LOGIN, NULL, 2, { TEXT("a"), TEXT("b\nexpunge 1 a") }, NULL },
	{ WIRE_LOGIN, NULL, 2, { TEXT("a\n"), TEXT("b") }, NULL },
	{ WIRE_LOGIN, NULL, 2, { TEXT("a"), TEXT("b\r") }, NULL },
	{ WIRE_LOGIN, NULL, 2, { TEXT("a"), TEXT("b\0c") }, NULL },
	{ WIRE_LOGIN, NULL, 2, { TEXT("a"), TEXT("\t") }, NULL },
	{ WIRE_LOGIN, NULL, 2, { TEXT("a"), TEXT("\x7f") }, NULL },
	{ WIRE_NAME, "XFOO", 1, { TEXT("\x1b") }, NULL },
	/* clang-format on */
};

static void test_requests(void)
{
	for (size_t i = 0; i < COUNT(requests); i++) {
		const char *const request = requests[i].request;
		char out[LIMIT_AUTH_REQUEST];
		const ssize_t n =
			wire_request(out, requests[i].verb, requests[i].name,
				     requests[i].fields, requests[i].count);

		if (request == NULL)
			tap(n == -EINVAL,
			    "no request with the fields of "
			    "row %zu",
			    i);
		else
			tap(n == (ssize_t)strlen(request) &&
				    memcmp(out, request, (size_t)n) == 0,
			    "request \"%s\"", request);
	}
}

/* At most 8192 octets, the LF included. */
static void test_request_length(void)
{
	static char text[LIMIT_AUTH_REQUEST];
	char out[LIMIT_AUTH_REQUEST];
	struct wire_field f = { text, LIMIT_REQUEST - sizeof("XFOO \n") + 1 };

	memset(text, 'x', sizeof(text));
	tap(wire_request(out, WIRE_NAME, "XFOO", &f, 1) == LIMIT_REQUEST &&
		    out[LIMIT_REQUEST - 1] == '\n',
	    "the longest request");
	f.len++;
	tap(wire_request(out, WIRE_NAME, "XFOO", &f, 1) == -EMSGSIZE,
	    "one octet more");
	f.len = 0;
	tap(wire_request(out, WIRE_NAME, "XFOO", &f, 1) == 6,
	    "an empty last field keeps its blank");
	/* One field fills it to the LF: the next has no room for its blank. */
	f.len = LIMIT_REQUEST - sizeof("top 1 \n") + 1;
	tap(wire_request(out, WIRE_TOP, NULL,
			 (struct wire_field[]){ TEXT("1"), f, TEXT("0") },
			 3) == -EMSGSIZE,
	    "a field behind the longest");
}

/* ... but for what an AUTH line may have brought. */
static void test_auth_request_length(void)
{
	static char text[LIMIT_AUTH_REQUEST];

	memset(text, 'x', sizeof(text));
	for (unsigned verb = 0; verb < WIRE_VERBS; verb++) {
		const bool auth = verb == WIRE_TOKEN || verb == WIRE_AUTH ||
				  verb == WIRE_MORE;
		const size_t most = auth ? LIMIT_AUTH_REQUEST : LIMIT_REQUEST;
		char out[LIMIT_AUTH_REQUEST];
		struct wire_field f = { text, most - strlen(verbs[verb]) - 2 };
		const ssize_t n = wire_request(out, verb, NULL, &f, 1);

		f.len++;
		tap(n == (ssize_t)most &&
			    wire_request(out, verb, NULL, &f, 1) == -EMSGSIZE,
		    "%s: %zu octets at most", verbs[verb], most);
	}
}

static void test_verbs(void)
{
	for (unsigned verb = 0; verb < WIRE_VERBS; verb++) {
		const bool bodies = verb == WIRE_RETR || verb == WIRE_TOP ||
				    verb == WIRE_NAME;

		tap(strcmp(wire_verb_name(verb), verbs[verb]) == 0 &&
			    wire_may_have_body(verb) == bodies,
		    "%s, %s", verbs[verb], bodies ? "body" : "no body");
	}
}

static const struct {
	const char *name;
	bool valid, any;
} users[] = {
	/* clang-format off */
	{ "alice",          true,  true },
	{ "a@example.org",  true,  true },
	{ "\xc3\xa4",       true,  true },
	{ "a..b",           true,  true },
	{ "",               false, false },
	{ "a b",            false, false },
	{ " ",              false, false },
	{ "a\t",            false, false },
	{ "a\n",            false, false },
	{ "\x7f",           false, false },
	{ ".",              false, true },
	{ "..",             false, true },
	{ "../b",           false, true },
	{ "a/b",            false, true },
	{ "/",              false, true },
	{ "-a",             false, true },
	/* clang-format on */
};

static void test_users(void)
{
	static char longest[LIMIT_USER + 1];

	for (size_t i = 0; i < COUNT(users); i++) {
		const char *const name = users[i].name;
		const size_t n = strlen(name);

		tap(wire_user_valid(name, n, false) == users[i].valid &&
			    wire_user_valid(name, n, true) == users[i].any,
		    "user name \"%s\"", name);
	}
	memset(longest, 'x', sizeof(longest));
	tap(wire_user_valid(longest, LIMIT_USER, false) &&
		    !wire_user_valid(longest, LIMIT_USER + 1, true),
	    "user names of 255 octets");
	tap(!wire_user_valid("a\0b", 3, true), "a NUL in a user name");
}

static void test_names(void)
{
	static const char *const good[] = { "XY", "X1", "USER", "QUITS",
					    "ABCDEFGHIJKLMNOP" };
	static const char *const bad[] = {
		"QUIT",
		"STLS",
		"CAPA",
		"AUTH",
		"",
		"X",
		"1X",
		"xy",
		"Xy",
		"X-Y",
		"X Y",
		"A\xc4",
		"ABCDEFGHIJKLMNOPQ",
	};

	for (size_t i = 0; i < COUNT(good); i++)
		tap(wire_name_valid(good[i], strlen(good[i])), "command %s",
		    good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		tap(!wire_name_valid(bad[i], strlen(bad[i])),
		    "no command \"%s\"", bad[i]);
}

/* Each octet at each place among others that may stand in a request. */
static void test_control(void)
{
	char data[17];
	const struct wire_field field = { data, sizeof(data) };

	for (unsigned octet = 0; octet < 256; octet++) {
		const bool control = octet < ' ' || octet == 0x7f;
		unsigned right = 0;

		for (size_t at = 0; at < sizeof(data); at++) {
			memset(data, at % 2 ? '~' : '\xff', sizeof(data));
			data[at] = (char)octet;
			right += wire_has_control(&field) == control;
		}
		tap(right == sizeof(data), "control: %02x", octet);
	}
}

int main(void)
{
	test_control();
	test_places();
	test_fields();
	test_nul();
	test_requests();
	test_request_length();
	test_auth_request_length();
	test_verbs();
	test_users();
	test_names();
	return tap_done();
}
