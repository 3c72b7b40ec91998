/* SPDX-License-Identifier: ISC */
/* The size file of a Maildir: its lines, and what they say of a listing. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "backends/maildir/size-merge.h"
#include "pure/size-list.h"
#include "tap.h"

static void test_head(void)
{
	static const struct {
		const char *line, *form; /* NULL: none */
	} rows[] = {
		{ "pop3-skel-list 1", "" },
		{ "pop3-skel-list 1 imported dovecot", "dovecot" },
		{ "pop3-skel-list 1 imported a-b", "a-b" },
		{ "pop3-skel-list 1 imported abcdefghijklmnop",
		  "abcdefghijklmnop" },
		{ "pop3-skel-list 1 imported abcdefghijklmnopq", NULL },
		{ "pop3-skel-list 1 imported ", NULL },
		{ "pop3-skel-list 1 imported Dovecot", NULL },
		{ "pop3-skel-list 1 imported a b", NULL },
		{ "pop3-skel-list 1 ", NULL },
		{ "pop3-skel-list 10", NULL },
		{ "pop3-skel-list 2", NULL },
		{ "pop3-skel-list", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char form[SIZE_LIST_FORM + 1];
		const char *const why =
			size_list_head(rows[i].line, strlen(rows[i].line),
				       form);

		tap((why == NULL) == (rows[i].form != NULL) &&
			    (why != NULL || strcmp(form, rows[i].form) == 0),
		    "head: %s", rows[i].line);
	}
}

static void test_line(void)
{
	static const struct {
		const char *line;
		bool good, counted;
		uint64_t octets, inode;
		const char *uid, *unique;
		uint64_t counted_inode;
	} rows[] = {
		{ "1044 - - 1.a", true, true, 1044, 0, "", "1.a", 0 },
		{ "1044/3 - - 1.a", true, true, 1044, 0, "", "1.a", 3 },
		{ "0/18446744073709551615 - 7 a", true, true, 0, 7, "", "a",
		  UINT64_MAX },
		{ "0 - - 1.a b", true, true, 0, 0, "", "1.a b", 0 },
		{ "- - 7 1.a", true, false, 0, 7, "", "1.a", 0 },
		{ "- ~! - a", true, false, 0, 0, "~!", "a", 0 },
		{ "8796093022207 - 18446744073709551615 a", true, true,
		  8796093022207, UINT64_MAX, "", "a", 0 },
		{ "8796093022208 - - a", false, false, 0, 0, "", "", 0 },
		{ "1 - 18446744073709551616 a", false, false, 0, 0, "", "", 0 },
		{ "1 - 0 a", false, false, 0, 0, "", "", 0 },
		{ "1/0 - - a", false, false, 0, 0, "", "", 0 },
		{ "1/ - - a", false, false, 0, 0, "", "", 0 },
		{ "/1 - - a", false, false, 0, 0, "", "", 0 },
		{ "-/1 - - a", false, false, 0, 0, "", "", 0 },
		{ "1/01 - - a", false, false, 0, 0, "", "", 0 },
		{ "1/2/3 - - a", false, false, 0, 0, "", "", 0 },
		{ "1/18446744073709551616 - - a", false, false, 0, 0, "", "",
		  0 },
		{ "8796093022208/1 - - a", false, false, 0, 0, "", "", 0 },
		{ "1 - - ", false, false, 0, 0, "", "", 0 },
		{ "1 - -", false, false, 0, 0, "", "", 0 },
		{ "1 -  a", false, false, 0, 0, "", "", 0 },
		{ " 1 - - a", false, false, 0, 0, "", "", 0 },
		{ "01 - - a", false, false, 0, 0, "", "", 0 },
		{ "1 - - a:2,", false, false, 0, 0, "", "", 0 },
		{ "1 - - a,S=1", false, false, 0, 0, "", "", 0 },
		{ "1 - - a\tb", false, false, 0, 0, "", "", 0 },
		{ "1 \x7f - a", false, false, 0, 0, "", "", 0 },
		{ "1 \xc3\xa9 - a", false, false, 0, 0, "", "", 0 },
		{ "", false, false, 0, 0, "", "", 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char printed[SIZE_LIST_LINE];
		struct text text = { .data = printed, .size = sizeof(printed) };
		const size_t len = strlen(rows[i].line);
		struct size_line line;
		const bool good =
			size_list_line(rows[i].line, len, &line) == NULL;

		tap(good == rows[i].good, "line: %s", rows[i].line);
		if (!good)
			continue;
		tap(line.counted == rows[i].counted &&
			    line.octets == rows[i].octets &&
			    line.inode == rows[i].inode &&
			    line.counted_inode == rows[i].counted_inode &&
			    line.uid_len == strlen(rows[i].uid) &&
			    line.unique_len == strlen(rows[i].unique) &&
			    memcmp(line.unique, rows[i].unique,
				   line.unique_len) == 0,
		    "what it says: %s", rows[i].line);
		size_list_add_line(&text, &line);
		tap(text.len == len + 1 && !text.cut &&
			    memcmp(printed, rows[i].line, len) == 0,
		    "printed again: %s", rows[i].line);
	}
}

static void test_end(void)
{
	static const struct {
		const char *line;
		bool good;
	} rows[] = {
		{ "end 0 0000000000000000", true },
		{ "end 12 fedcba9876543210", true },
		{ "end 12 FEDCBA9876543210", false },
		{ "end 12 fedcba987654321", false },
		{ "end 12 fedcba98765432100", false },
		{ "end 12  fedcba987654321", false },
		{ "end 012 fedcba9876543210", false },
		{ "end -1 fedcba9876543210", false },
		{ "end x", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const size_t len = strlen(rows[i].line);
		uint64_t lines, sum;

		tap(size_list_is_end(rows[i].line, len) &&
			    (size_list_end(rows[i].line, len, &lines, &sum) ==
			     NULL) == rows[i].good,
		    "end: %s", rows[i].line);
	}
	tap(!size_list_is_end("end", 3) && !size_list_is_end("1 - - a", 7),
	    "no end");
	/* Of the authors of FNV. */
	tap(size_list_sum(SIZE_LIST_SUM, "", 0) == 0xcbf29ce484222325 &&
		    size_list_sum(SIZE_LIST_SUM, "foobar", 6) ==
			    0x85944171f73967e8,
	    "the sum");
}

/* A file of these lines, open; its end is made. */
static int make(const char *lines, uint64_t count)
{
	char data[4096];
	struct text text = { .data = data, .size = sizeof(data) };
	const int fd = memfd_create("unit", MFD_CLOEXEC);

	text_string(&text, lines);
	size_list_add_end(&text, count,
			  size_list_sum(SIZE_LIST_SUM, data, text.len));
	if (fd < 0 || write(fd, data, text.len) != (ssize_t)text.len ||
	    lseek(fd, 0, SEEK_SET) != 0)
		return -1;
	return fd;
}

static void test_merge(void)
{
	static struct size_reader reader;
	static char room[SIZE_FILE_ROOM];
	struct listing listing = { .count = 0 };
	const int fd = make("pop3-skel-list 1\n"
			    "5 - - 1.early\n"
			    "10/1 - - 2.a\n"
			    "20/7 - 7 3.twin\n"
			    "21/8 - 8 3.twin\n"
			    "22/9 - 9 3.twin\n"
			    "30/3 - - 4.now-twin\n"
			    "40/11 - 11 5.survivor\n"
			    "- - - 6.uncounted\n"
			    "70/6 - - 7.replaced\n"
			    "80 - - 8.of-none\n"
			    "90 - - 9.late\n",
			    11);

	listing_add(&listing, "2.a:2,S", 7, 1, 1, false);
	listing_add(&listing, "2.new", 5, 0, 2, false);
	listing_add(&listing, "3.twin:2,", 9, 1, 8, false);
	listing_add(&listing, "3.twin:2,S", 10, 1, 7, false);
	listing_add(&listing, "4.now-twin", 10, 0, 3, false);
	listing_add(&listing, "4.now-twin:2,", 13, 1, 4, false);
	listing_add(&listing, "5.survivor", 10, 0, 11, false);
	listing_add(&listing, "6.uncounted", 11, 0, 5, false);
	listing_add(&listing, "7.replaced", 10, 0, 12, false);
	listing_add(&listing, "8.of-none", 9, 0, 13, false);
	listing_sort(&listing);
	reader.data = room;
	size_file_start(&reader, fd);
	tap(fd >= 0 && size_merge(&listing, &reader) == 0, "a merge");
	{
		static const struct {
			bool counted, twin;
			uint64_t octets;
		} rows[] = {
			{ true, false, 10 }, { false, false, 0 },
			{ true, true, 20 },  { true, true, 21 },
			{ false, false, 0 }, { false, false, 0 },
			{ true, true, 40 },  { false, false, 0 },
			{ false, false, 0 }, { false, false, 0 },
		};

		for (size_t i = 0; i < COUNT(rows); i++) {
			const struct mail *const m = &listing.messages[i];

			tap(m->counted == rows[i].counted &&
				    m->twin == rows[i].twin &&
				    m->octets == rows[i].octets,
			    "merged: %s", listing_name(&listing, m));
		}
	}
	close(fd);
	free(listing.messages);
	free(listing.names);
}

int main(void)
{
	test_head();
	test_line();
	test_end();
	test_merge();
	return tap_done();
}
