/* SPDX-License-Identifier: ISC */
/*
 * src/pure/size-list.c and src/backends/maildir/size-merge.c: a size file of
 * any octets, and the same with an end that is right. Whatever is wrong with it,
 * the listing is as it was; else what it says of a message is one of its lines,
 * and written again and read again it says the same, and still has each line of
 * a message that is not listed.
 */
#include <string.h>
#include <unistd.h>

#include "backends/maildir/size-merge.h"
#include "fuzz-file.h"

static const struct {
	const char *name;
	uint64_t inode;
} mail[] = {
	{ "1.a", 1 },	     { "1.a:2,S", 2 }, { "2.b:2,", 3 },
	{ "3 c,S=1:2,", 4 }, { "4.d,W=9", 5 }, { "4.d:2,", 5 },
	{ "5.e", 6 },	     { "x", 7 },
};

enum { MAIL = sizeof(mail) / sizeof(mail[0]) };

static void list(struct listing *listing)
{
	listing_empty(listing);
	for (size_t i = 0; i < MAIL; i++)
		REQUIRE(listing_add(listing, mail[i].name, strlen(mail[i].name),
				    0, mail[i].inode, false) == 0);
	REQUIRE(listing_sort(listing) == 0);
}

/* Whether nothing is known of any. */
static bool bare(const struct listing *listing)
{
	for (size_t i = 0; i < MAIL; i++)
		if (listing->messages[i].counted || listing->messages[i].twin ||
		    listing->messages[i].id)
			return false;
	return true;
}

static bool alike(const struct listing *a, const struct listing *b, size_t i)
{
	const struct mail *const x = &a->messages[i];
	const struct mail *const y = &b->messages[i];

	return x->counted == y->counted &&
	       (!x->counted || x->octets == y->octets) && !x->id == !y->id &&
	       (!x->id || !strcmp(a->names + x->id, b->names + y->id));
}

/* Whether a file has a line of this message, or of its twin, with its number. */
static void among(struct size_reader *reader, int fd,
		  const struct listing *listing)
{
	bool seen[MAIL] = { false };
	struct size_line line;

	REQUIRE(lseek(fd, 0, SEEK_SET) == 0);
	size_file_start(reader, fd);
	while (size_file_read(reader, &line) > 0)
		for (size_t i = 0; i < MAIL; i++) {
			const struct mail *const m = &listing->messages[i];

			seen[i] |= m->unique == line.unique_len &&
				   !memcmp(listing_name(listing, m),
					   line.unique, line.unique_len) &&
				   (!line.inode || line.inode == m->inode) &&
				   (!m->counted || !line.counted ||
				    (line.octets == m->octets &&
				     line.counted_inode == m->inode));
		}
	for (size_t i = 0; i < MAIL; i++)
		REQUIRE(seen[i] || !listing->messages[i].counted);
}

/* How many lines there are of a message that is nowhere in the listing. */
static size_t others(struct size_reader *reader, int fd,
		     const struct listing *listing)
{
	struct size_line line;
	size_t n = 0;

	REQUIRE(lseek(fd, 0, SEEK_SET) == 0);
	size_file_start(reader, fd);
	while (size_file_read(reader, &line) > 0) {
		bool listed = false;

		for (size_t i = 0; i < MAIL; i++)
			listed |= !listing_compare(listing, reader->time,
						   line.unique, line.unique_len,
						   i);
		n += !listed;
	}
	return n;
}

static void try(const void *data, size_t size)
{
	static struct listing first, second;
	static struct size_reader reader;
	static struct size_writer writer;
	static char room[SIZE_FILE_ROOM];
	char path[32];
	const int fd = fuzz_file(data, size, path);
	char form[sizeof(reader.form)];
	size_t left;
	int again;
	int r;

	list(&first);
	REQUIRE(lseek(fd, 0, SEEK_SET) == 0);
	reader.data = room;
	size_file_start(&reader, fd);
	r = size_merge(&first, &reader);
	if (r) {
		REQUIRE(reader.why && bare(&first));
		close(fd);
		return;
	}
	memcpy(form, reader.form, sizeof(form));
	among(&reader, fd, &first);
	for (size_t i = 0; i < MAIL; i++)
		first.messages[i].twin |= listing_twin(&first, i);
	left = others(&reader, fd, &first);

	again = fuzz_file("", 0, path);
	writer.sum = SIZE_LIST_SUM;
	writer.lines = writer.len = 0;
	writer.error = 0;
	writer.folder = -1;
	writer.fd = dup(again);
	size_file_head(&writer, form);
	REQUIRE(lseek(fd, 0, SEEK_SET) == 0);
	size_file_start(&reader, fd);
	REQUIRE(size_merge_write(&first, &reader, &writer, true) == 0);
	close(fd);
	/* There is nothing to be renamed, but it is written. */
	REQUIRE(size_file_end(&writer) < 0 && !writer.error);
	REQUIRE(others(&reader, again, &first) == left);

	list(&second);
	REQUIRE(lseek(again, 0, SEEK_SET) == 0);
	size_file_start(&reader, again);
	REQUIRE(size_merge(&second, &reader) == 0);
	for (size_t i = 0; i < MAIL; i++)
		REQUIRE(alike(&first, &second, i));
	close(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char whole[65536];
	struct text text = { .data = whole, .size = sizeof(whole) };
	uint64_t lines = 0;

	try(data, size);
	text_add(&text, (const char *)data, size);
	for (size_t i = 0; i < text.len; i++)
		lines += whole[i] == '\n';
	if (lines == 0)
		return 0;
	size_list_add_end(&text, lines - 1,
			  size_list_sum(SIZE_LIST_SUM, whole, text.len));
	try(whole, text.len);
	return 0;
}
