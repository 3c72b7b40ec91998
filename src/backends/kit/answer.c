/* SPDX-License-Identifier: ISC */
#include "backends/kit/answer.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "pure/text.h"
#include "pure/wire.h"

/* What pop3-skel reads at once: it need not wait for more. */
enum { MOST = LIMIT_REPLY_INPUT };

/* ... and the room, behind what is held. */
static _Alignas(ANSWER_ALIGNED) char held[MOST + ANSWER_ROOM];
static size_t held_len;

void answer_write(int fd, const char *data, size_t len)
{
	while (len) {
		const ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			_exit(EX_TEMPFAIL);
		data += n;
		len -= (size_t)n;
	}
}

void answer_flush(void)
{
	answer_write(STDOUT_FILENO, held, held_len);
	held_len = 0;
}

void answer_and_exit(const char *text)
{
	answer_string(text);
	answer_flush();
	exit(EX_OK);
}

void *answer_room(void)
{
	const size_t most = ANSWER_ALIGNED - 1;

	return held + ((held_len + most) & ~most);
}

void answer_look(void)
{
	struct pollfd reader = { STDOUT_FILENO, 0, 0 };

	if (poll(&reader, 1, 0) > 0 && (reader.revents & POLLERR))
		_exit(EX_TEMPFAIL);
}

void answer_add(const char *data, size_t len)
{
	size_t room;

	while (len > (room = MOST - held_len)) {
		memcpy(held + held_len, data, room);
		held_len = MOST;
		answer_flush();
		data += room;
		len -= room;
	}
	memcpy(held + held_len, data, len);
	held_len += len;
}

void answer_string(const char *string)
{
	answer_add(string, strlen(string));
}

void answer_number(uint64_t number)
{
	char digits[20];
	struct text text = { .data = digits, .size = sizeof(digits) };

	text_number(&text, number);
	answer_add(digits, text.len);
}

void answer_become(uid_t uid, gid_t gid)
{
	answer_string("become ");
	answer_number(uid);
	answer_string(" ");
	answer_number(gid);
	answer_string("\n");
}

void answer_lock(const char *path)
{
	const struct wire_field whole = wire_text(path);

	if (path[0] != '/' || whole.len + sizeof("/.") > LIMIT_PATH ||
	    wire_has_control(&whole))
		return;
	/* The dot, for no PATH may end in a symbolic link, as a Maildir may. */
	answer_string("lock ");
	answer_string(path);
	answer_string("/.\n");
}

bool answer_lockable(const char *folder, char path[LIMIT_PATH])
{
	const size_t len = strlen(folder);
	size_t n = 0;
	bool opens;

	if (folder[0] != '/') {
		if (getcwd(path, LIMIT_PATH) == NULL)
			return false;
		n = strlen(path);
		path[n++] = '/';
	}
	if (n + len + sizeof("/.") > LIMIT_PATH)
		return false;
	memcpy(path + n, folder, len);
	/* Of a folder alone there is such a path. */
	memcpy(path + n + len, "/.", sizeof("/."));
	opens = access(path, R_OK) == 0;
	path[n + len] = '\0';
	return opens;
}
