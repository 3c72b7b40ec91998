/* SPDX-License-Identifier: ISC */
/*
 * make-mail: writes a mail, for backends whose messages are none yet. The same
 * words and files make the same octets, whenever it is: a unique-id stands for
 * one body.
 *
 * Exit status: 0, 1 for a file that is not there, 64 for words that make no
 * sense, 75 for a file that cannot be read or output that cannot be written; then
 * nothing, or not all, is written.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "backends/make-mail/header.h"
#include "backends/make-mail/part.h"
#include "pure/number.h"
#include "pure/sha256.h"

enum { FILES = 32, EXIT_ABSENT = 1, EXIT_WORDS = 64, EXIT_TROUBLE = 75 };
/* All of it is held at once. */
static const size_t octets_most = (size_t)64 << 20;

static const char usage[] =
	"usage: make-mail [OPTION]... SUBJECT [FILE]\n"
	"\n"
	"Writes a mail with the text of FILE, or of standard input.\n"
	"\n"
	"  --from MAILBOX    a@example.org or 'Name <a@example.org>'; the\n"
	"                    postmaster of this host\n"
	"  --to MAILBOX      to whom; nobody is named else\n"
	"  --date SECONDS    since 1970; when FILE was changed last\n"
	"  --id TEXT         what makes the Message-ID; all that is in the "
	"mail\n"
	"  --html FILE       the same text in HTML\n"
	"  --attach FILE     another file, up to 32 times\n"
	"  --body            with a | before each line, as pop3-skel takes "
	"it;\n"
	"                    alone: so is standard input, whatever it is\n"
	"  -h, --help        print this\n"
	"  -V, --version     print the version\n";

struct mail {
	const char *from, *to, *id, *subject;
	uint64_t date;
	bool dated, body;
	struct part text, html, files[FILES];
	size_t count;
	size_t octets;
	char host[65];
};

static _Noreturn void refuse(int status, const char *what, const char *which)
{
	fprintf(stderr, "make-mail: %s%s%s\n", which, *which ? ": " : "", what);
	exit(status);
}

/* Reads a file to its end. One that is no regular file has no time. */
static void read_file(struct mail *m, struct part *p, const char *path,
		      struct stat *status)
{
	FILE *const in = path == NULL ? stdin : fopen(path, "re");
	const char *const name = path == NULL ? "standard input" : path;
	size_t room = 0, n;

	if (in == NULL || fstat(fileno(in), status) < 0)
		refuse(errno == ENOENT ? EXIT_ABSENT : EXIT_TROUBLE,
		       strerror(errno), name);
	do {
		if (p->len == room) {
			room = room == 0 ? 65536 : 2 * room;
			p->data = realloc(p->data, room);
			if (p->data == NULL)
				refuse(EXIT_TROUBLE, "no memory for it", name);
		}
		n = fread(p->data + p->len, 1, room - p->len, in);
		p->len += n;
		m->octets += n;
		if (m->octets > octets_most)
			refuse(EXIT_TROUBLE, "more than 64 MiB in one mail",
			       name);
	} while (n > 0);
	if (ferror(in))
		refuse(EXIT_TROUBLE, strerror(errno), name);
	if (path != NULL)
		fclose(in);
}

/* With a | before each line; `start` is whether one begins. */
static void add_bars(const char *data, size_t len, bool *start)
{
	while (len > 0) {
		const char *const lf = memchr(data, '\n', len);
		const size_t n = lf == NULL ? len : (size_t)(lf + 1 - data);

		if (*start)
			putchar_unlocked('|');
		fwrite(data, 1, n, stdout);
		*start = lf != NULL;
		data += n;
		len -= n;
	}
}

/* Standard input, each piece as it comes. */
static _Noreturn void pass_on(void)
{
	static char data[65536];
	bool start = true;
	ssize_t n;

	while ((n = read(0, data, sizeof(data))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			refuse(EXIT_TROUBLE, strerror(errno), "standard input");
		add_bars(data, (size_t)n, &start);
		if (fflush(stdout) != 0)
			refuse(EXIT_TROUBLE, strerror(errno),
			       "standard output");
	}
	exit(0);
}

static void attach(struct mail *m, const char *path)
{
	struct part *const p = &m->files[m->count];
	const char *const slash = strrchr(path, '/');
	struct stat status;

	if (m->count == FILES)
		refuse(EXIT_WORDS, "more than 32 files", path);
	m->count++;
	p->name = slash == NULL ? path : slash + 1;
	p->type = part_type(p->name);
	read_file(m, p, path, &status);
}

static void read_words(struct mail *m, int argc, char **argv)
{
	static const struct option options[] = {
		{ "from", required_argument, NULL, 'f' },
		{ "to", required_argument, NULL, 't' },
		{ "date", required_argument, NULL, 'd' },
		{ "id", required_argument, NULL, 'i' },
		{ "html", required_argument, NULL, 'm' },
		{ "attach", required_argument, NULL, 'a' },
		{ "body", no_argument, NULL, 'b' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct stat status;
	int option;

	while ((option = getopt_long(argc, argv, "+hV", options, NULL)) >= 0)
		switch (option) {
		case 'f':
			m->from = optarg;
			break;
		case 't':
			m->to = optarg;
			break;
		case 'd':
			m->dated = number_parse(optarg, strlen(optarg),
						&m->date) &&
				   m->date < (uint64_t)253402300800;
			if (!m->dated)
				refuse(EXIT_WORDS, "no number of seconds",
				       optarg);
			break;
		case 'i':
			m->id = optarg;
			break;
		case 'm':
			if (m->html.type != NULL)
				refuse(EXIT_WORDS, "a second one", "--html");
			m->html.type = "text/html";
			read_file(m, &m->html, optarg, &status);
			break;
		case 'a':
			attach(m, optarg);
			break;
		case 'b':
			m->body = true;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(fclose(stdout) == 0 ? 0 : EXIT_TROUBLE);
		case 'V':
			puts("make-mail (pop3-skel) " VERSION);
			exit(fclose(stdout) == 0 ? 0 : EXIT_TROUBLE);
		default:
			refuse(EXIT_WORDS, "see make-mail --help", "");
		}
	if (m->body && argc == 2)
		pass_on();
	if (argc - optind < 1 || argc - optind > 2)
		refuse(EXIT_WORDS,
		       "a subject, and a file or none; see "
		       "make-mail --help",
		       "");
	m->subject = argv[optind];
	m->text.type = "text/plain";
	read_file(m, &m->text, argv[optind + 1], &status);
	if (!m->dated && argv[optind + 1] != NULL && S_ISREG(status.st_mode) &&
	    status.st_mtime >= 0) {
		m->date = (uint64_t)status.st_mtime;
		m->dated = true;
	}
	/* Else each RETR of one message would be another mail. */
	if (!m->dated)
		refuse(EXIT_WORDS,
		       "--date SECONDS is needed where the text is "
		       "in no file, which would have a time",
		       "");
}

static void add_part(struct sha256 *s, const struct part *p)
{
	sha256_add(s, p->data, p->len);
	sha256_add(s, p->name != NULL ? p->name : "",
		   p->name != NULL ? strlen(p->name) + 1 : 1);
}

/* What the mail is, in hexadecimal: the same mail, the same number. */
static void identify(const struct mail *m, bool by_id, char hex[33])
{
	const char *const words[] = { by_id ? m->id : m->subject, m->from,
				      m->to };
	struct sha256 s;
	uint8_t digest[32];

	sha256_start(&s);
	for (size_t i = 0; i < (by_id ? 1 : 3); i++)
		if (words[i] != NULL)
			sha256_add(&s, words[i], strlen(words[i]) + 1);
	if (!by_id) {
		sha256_add(&s, &m->date, sizeof(m->date));
		add_part(&s, &m->text);
		add_part(&s, &m->html);
		for (size_t i = 0; i < m->count; i++)
			add_part(&s, &m->files[i]);
	}
	sha256_end(&s, digest);
	for (size_t i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

/* The host's name where it can stand behind an @, as it is. */
static void find_host(struct mail *m)
{
	struct utsname names;
	size_t n = 0;

	if (uname(&names) == 0)
		n = strspn(names.nodename, "abcdefghijklmnopqrstuvwxyz"
					   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "0123456789-.");
	if (n == 0 || n >= sizeof(m->host) || names.nodename[n] != '\0' ||
	    names.nodename[0] == '.' || names.nodename[n - 1] == '.' ||
	    strstr(names.nodename, "..") != NULL)
		snprintf(m->host, sizeof(m->host), "localhost");
	else
		snprintf(m->host, sizeof(m->host), "%.*s", (int)n,
			 names.nodename);
}

static void write_header(FILE *out, const struct mail *m)
{
	const time_t date = (time_t)m->date;
	char text[64], hex[33], own[80];
	struct tm tm;

	snprintf(own, sizeof(own), "postmaster@%s", m->host);
	if (!header_mailbox(out, "From", m->from != NULL ? m->from : own))
		refuse(EXIT_WORDS,
		       "no address: a@example.org, or "
		       "'Name <a@example.org>'",
		       "--from");
	if (m->to != NULL && !header_mailbox(out, "To", m->to))
		refuse(EXIT_WORDS,
		       "no address: a@example.org, or "
		       "'Name <a@example.org>'",
		       "--to");
	header_text(out, "Subject", m->subject);
	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S +0000",
		 gmtime_r(&date, &tm));
	identify(m, m->id != NULL, hex);
	fprintf(out, "Date: %s\nMessage-ID: <%s@%s>\nMIME-Version: 1.0\n", text,
		hex, m->host);
}

/* The text; or in both forms, the better one last (RFC 2046, section 5.1.4). */
static void write_text(FILE *out, const struct mail *m, const char *hex)
{
	if (m->html.type == NULL) {
		part_write(out, &m->text);
		return;
	}
	fprintf(out,
		"Content-Type: multipart/alternative;\n"
		" boundary=\"=_a_%s\"\n\n--=_a_%s\n",
		hex, hex);
	part_write(out, &m->text);
	fprintf(out, "\n--=_a_%s\n", hex);
	part_write(out, &m->html);
	fprintf(out, "\n--=_a_%s--\n", hex);
}

static void write_mail(FILE *out, const struct mail *m)
{
	char hex[33];

	/* No text can hold what is made of it. */
	identify(m, false, hex);
	write_header(out, m);
	if (m->count == 0) {
		write_text(out, m, hex);
		return;
	}
	fprintf(out,
		"Content-Type: multipart/mixed;\n"
		" boundary=\"=_m_%s\"\n\n--=_m_%s\n",
		hex, hex);
	write_text(out, m, hex);
	for (size_t i = 0; i < m->count; i++) {
		fprintf(out, "\n--=_m_%s\n", hex);
		part_write(out, &m->files[i]);
	}
	fprintf(out, "\n--=_m_%s--\n", hex);
}

/* The whole of it, since its lines are written in pieces. */
static void write_body(const struct mail *m)
{
	char *data = NULL;
	size_t len = 0;
	FILE *const out = open_memstream(&data, &len);
	bool start = true;

	if (out != NULL)
		write_mail(out, m);
	if (out == NULL || fclose(out) != 0)
		refuse(EXIT_TROUBLE, "no memory for it", "--body");
	add_bars(data, len, &start);
	if (!start)
		putchar('\n');
	free(data);
}

int main(int argc, char **argv)
{
	static struct mail m;

	find_host(&m);
	read_words(&m, argc, argv);
	if (m.body)
		write_body(&m);
	else
		write_mail(stdout, &m);
	if (fclose(stdout) != 0)
		refuse(EXIT_TROUBLE, strerror(errno), "standard output");
	return 0;
}
