/* SPDX-License-Identifier: ISC */
#include "backends/maildir/answers.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "backends/kit/answer.h"
#include "backends/kit/loop.h"
#include "backends/kit/report.h"
#include "pure/text.h"

/* More `msg` lines are a fault; the oldest mail is served first. */
#define MESSAGES 1000000

static void answer_hello(struct maildir *maildir, char *arguments)
{
	struct folder *folder = &maildir->folder;
	const char *refused = NULL;
	char *end = arguments;

	if (end)
		end += strspn(end, "0");
	if (!end || *end++ != '1' || (*end != ' ' && *end)) {
		answer_string("ERR maildir speaks version 1 alone\n");
		return;
	}
	/* Who listens has the environment of nobody's session. */
	sizes_start(&maildir->sizes, end);
	account_client(&maildir->login.accounts, end);
	/*
	 * With `lock` pop3-skel takes one in this answer, for it has --preauth.
	 * What is not to be served, the list refuses.
	 */
	if (maildir->serve && geteuid() && request_has(end, "lock") &&
	    !folder_set_path(folder, maildir->serve, strlen(maildir->serve)))
		login_lock(folder);
	if (!maildir->serve && request_has(end, "check"))
		refused = account_check(&maildir->login.accounts);
	answer_string(refused ? refused : "OK 1\n");
}

/*
 * Where no other login can follow in this process the session ends, so that
 * the client comes back to a new one.
 */
static void refuse_list(const struct maildir *maildir)
{
	if (maildir->serve || maildir->login.accounts.dropped)
		answer_string("close\n");
	answer_string("TEMP mailbox not available\n");
}

/*
 * A program that has let somebody in hands over as that somebody. As root, a
 * link in a user's Maildir would lead to anybody's mail.
 */
static bool may_list(struct maildir *maildir, const char *user)
{
	const char *why = NULL;

	if (maildir->serve) {
		if (!geteuid())
			why = "--serve does not run as root";
		else if (folder_set_path(&maildir->folder, maildir->serve,
					 strlen(maildir->serve)))
			why = "no usable path to the Maildir";
	} else if (!user || !*maildir->login.user ||
		   strcmp(user, maildir->login.user) != 0) {
		why = "list of a user who is not logged in";
	}
	if (why)
		report(REPORT_ERROR, why, 0);
	return !why;
}

/* PATH "/new/" or PATH "/cur/", to stand before a name. */
static void add_folder(const struct folder *folder, enum folder_number number)
{
	answer_add(folder->root.data, folder->root.len);
	answer_add(number == FOLDER_NEW ? "/new/" : "/cur/", 5);
}

/*
 * The unique-id of message i: none of its own, for pop3-skel makes it of the
 * path as name_unique() does; but twins have theirs, which says the inode and
 * does not change when flags do, or when the others go. No unique part holds a
 * `,` or a `:`, and no unique-id a blank.
 */
static size_t write_id(const struct listing *listing, size_t i,
		       char id[NAME_LENGTH + 32])
{
	const struct mail *message = &listing->messages[i];
	struct text text = { .data = id, .size = NAME_LENGTH + 32 };

	if (message->id) {
		text_string(&text, listing->names + message->id);
		return text.len;
	}
	if (!message->twin) {
		text_string(&text, "-");
		return text.len;
	}
	text_add(&text, listing_name(listing, message), message->unique);
	for (size_t n = 0; n < text.len; n++)
		if (id[n] == ' ')
			id[n] = ':';
	text_string(&text, ",");
	text_number(&text, message->inode);
	return text.len;
}

/*
 * What was counted, or what the name says. Where they differ one is of a file
 * that was not whole yet: neither is believed.
 */
static void add_size(const struct mail *message, const char *name)
{
	const size_t unique = message->unique;
	uint64_t octets;
	/* Nothing before that tells it, and most names end soon after. */
	const bool named =
		name_size(name + unique, message->len - unique, &octets);

	if (named && !(message->counted && message->octets != octets))
		answer_number(octets);
	else if (!named && message->counted)
		answer_number(message->octets);
	else
		answer_add("-", 1);
}

static void add_message(const struct folder *folder, size_t i)
{
	const struct mail *message = &folder->listed.messages[i];
	const char *name = listing_name(&folder->listed, message);
	char id[NAME_LENGTH + 32];

	answer_add("msg ", 4);
	add_size(message, name);
	answer_add(" ", 1);
	answer_add(id, write_id(&folder->listed, i, id));
	/* What has one of two names may have the other one soon: `retr` looks. */
	if (id[0] == '-' || !listing_twin(&folder->listed, i)) {
		answer_add(" ", 1);
		add_folder(folder, message->folder);
		answer_add(name, message->len);
	}
	answer_add("\n", 1);
}

/* Why a Maildir is not listed. */
static const char *unread(const struct folder *folder, int r)
{
	return r == -EAGAIN  ? "Maildir does not stand still"
	       : r == -ENXIO ? "a link to nothing: is a disk not mounted?"
	       : folder->exists
		       ? "Maildir cannot be read"
		       : "no Maildir, nor its home: is a disk not mounted?";
}

static void answer_list(struct maildir *maildir, char *arguments)
{
	struct folder *folder = &maildir->folder;
	int r;

	if (!may_list(maildir, arguments)) {
		refuse_list(maildir);
		return;
	}
	r = folder_list(folder);
	if (r) {
		static char path[FOLDER_PATH + 5];
		const size_t len = folder_failed(folder, path);

		report_path(REPORT_ERROR, unread(folder, r), path,
			    r == -EAGAIN ? folder->root.len : len, -r);
		refuse_list(maildir);
		return;
	}
	if (!folder->exists)
		report_path(REPORT_NOTICE, "no Maildir, so no messages",
			    folder->root.data, folder->root.len, 0);
	/* Again, for the folder may be another by now, or was missing. */
	if (folder->exists)
		answer_lock(folder->root.data);
	if (folder->listed.count > MESSAGES) {
		report_path(REPORT_WARNING, "only the oldest 1000000 listed",
			    folder->root.data, folder->root.len, 0);
		folder->listed.count = MESSAGES;
	}
	if (sizes_list(&maildir->sizes, folder)) {
		folder->listed.count = 0;
		refuse_list(maildir);
		return;
	}
	for (size_t i = 0; i < folder->listed.count; i++)
		add_message(folder, i);
	answer_string("OK\n");
}

/* A number from 1 on at the start; *rest is what follows its blank. */
static size_t take_number(char *arguments, char **rest)
{
	size_t n = 0;

	while (*arguments >= '0' && *arguments <= '9' && n <= MESSAGES)
		n = n * 10 + (size_t)(*arguments++ - '0');
	*rest = arguments + 1;
	return *arguments == ' ' ? n : 0;
}

/*
 * The unique-id at the start, as it was sent or as pop3-skel derived it; then
 * its end, else NULL. It may hold blanks, so it is compared, not cut out.
 */
static const char *match_id(const struct listing *listing, size_t i,
			    const char *text)
{
	const struct mail *message = &listing->messages[i];
	char id[NAME_LENGTH + 32];
	const size_t len = write_id(listing, i, id);

	if (strncmp(text, id, len) == 0 && (!text[len] || text[len] == ' '))
		return text + len;
	if (text[0] == '-' && (!text[1] || text[1] == ' '))
		return text + 1;
	if (strncmp(text, listing_name(listing, message), message->unique) != 0)
		return NULL;
	return text + message->unique;
}

/*
 * Whether a path is that of the message, or, unless another has the same
 * unique part, one that it may have got since.
 */
static bool match_path(const struct folder *folder, size_t n, const char *path)
{
	const struct listing *listing = &folder->listed;
	const struct mail *message = &listing->messages[n - 1];
	const char *listed = listing_name(listing, message);
	const char *name;

	if (strncmp(path, folder->root.data, folder->root.len) != 0)
		return false;
	path += folder->root.len;
	if (strncmp(path, "/new/", 5) != 0 && strncmp(path, "/cur/", 5) != 0)
		return false;
	name = path + 5;
	if (listing_twin(listing, n - 1))
		return !strncmp(path + 1, folder_name(message->folder), 3) &&
		       !strcmp(name, listed);
	return !strchr(name, '/') &&
	       name_unique(name, strlen(name)) == message->unique &&
	       !strncmp(name, listed, message->unique);
}

/* The number of the message that the arguments name, or 0. */
static size_t find_message(const struct folder *folder, char *arguments)
{
	const char *end;
	char *rest;
	size_t n;

	if (!arguments)
		return 0;
	n = take_number(arguments, &rest);
	if (!folder_message(folder, n))
		return 0;
	end = match_id(&folder->listed, n - 1, rest);
	if (!end || (*end && *end != ' '))
		return 0;
	return !*end || match_path(folder, n, end + 1) ? n : 0;
}

/* Why a message that was listed is neither found nor known to be gone. */
static const char *astray(int r)
{
	switch (r) {
	case -EAGAIN:
		return "message not found, the Maildir does not stand still";
	case -EEXIST:
		return "message not found, a name begins with its unique part";
	case -ENOTUNIQ:
		return "message not found, another has its unique part";
	case -EINVAL:
		return "message has a name that cannot be served";
	default:
		return NULL;
	}
}

static void report_astray(const struct folder *folder,
			  const struct mail *message, const char *why, int r)
{
	report_path(REPORT_ERROR, astray(r) ? astray(r) : why,
		    listing_name(&folder->listed, message), message->len,
		    astray(r) ? 0 : -r);
}

static void answer_retr(struct maildir *maildir, char *arguments)
{
	struct folder *folder = &maildir->folder;
	struct folder_place place;
	size_t n = find_message(folder, arguments);
	int r = n ? folder_find(folder, n, &place) : -ENOENT;

	if (r == -ENOENT) {
		answer_string("ERR no such message\n");
		return;
	}
	if (r) {
		report_astray(folder, folder_message(folder, n),
			      "message cannot be found", r);
		answer_string("TEMP message cannot be found\n");
		return;
	}
	answer_string("file ");
	add_folder(folder, place.folder);
	answer_add(place.name, place.len);
	answer_string("\nOK\n");
}

/*
 * Nothing is removed but what was listed, under its own number, unique-id and
 * folder. A message that is gone already has got what was wanted.
 */
static void answer_expunge(struct maildir *maildir, char *arguments)
{
	struct folder *folder = &maildir->folder;
	size_t n = find_message(folder, arguments);
	const struct mail *message = folder_message(folder, n);
	struct folder_place place;
	int r;

	if (!message) {
		report(REPORT_ERROR, "expunge of a message that was not listed",
		       0);
		answer_string("ERR no such message\n");
		return;
	}
	r = folder_remove(folder, n, &place);
	if (!r)
		quota_freed(&maildir->quota, place.octets);
	if (r && r != -ENOENT) {
		report_astray(folder, message, "message not removed", r);
		answer_string("ERR message not removed\n");
		return;
	}
	sizes_removed(&maildir->sizes, folder, n);
	answer_string("OK\n");
}

static void answer_login(struct maildir *maildir, char *arguments)
{
	if (maildir->serve)
		answer_string("DEFAULT\n");
	else
		login_answer(&maildir->login, &maildir->folder, arguments);
	/* Whatever is to be kept was of another list. */
	maildir->sizes.changed = false;
}

static void answer_sizes(struct maildir *maildir, char *arguments)
{
	if (arguments &&
	    sizes_take(&maildir->sizes, &maildir->folder, arguments))
		answer_string("OK\n");
	else
		answer_string("ERR no sizes of what was listed\n");
}

static const struct {
	const char *verb;
	void (*answer)(struct maildir *, char *arguments);
} answers[] = {
	{ "hello", answer_hello },     { "login", answer_login },
	{ "list", answer_list },       { "retr", answer_retr },
	{ "expunge", answer_expunge }, { "sizes", answer_sizes },
};

void answers_give(struct maildir *maildir, char *request)
{
	char *const blank = strchr(request, ' ');

	if (blank)
		*blank = '\0';
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (!strcmp(request, answers[i].verb)) {
			answers[i].answer(maildir, blank ? blank + 1 : NULL);
			return;
		}
	answer_string("DEFAULT\n");
}

void answers_end(struct maildir *maildir)
{
	quota_tell(&maildir->quota, &maildir->folder);
	sizes_end(&maildir->sizes, &maildir->folder);
}
