/* SPDX-License-Identifier: ISC */
#include "os/connection.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/record.h"
#include "pure/apart.h"

ssize_t io_read(struct io *io, char *to, size_t room)
{
	ssize_t n;

	/* in and out may be different things, such as a pipe and a socket. */
	n = io->in_socket ? recv(io->in, to, room, MSG_DONTWAIT)
			  : read(io->in, to, room);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	io->octets_in += (uint64_t)n;
	return n;
}

bool io_waiting(const struct io *io)
{
	char octet;

	return recv(io->in, &octet, 1, MSG_DONTWAIT | MSG_PEEK) > 0;
}

void io_switch(struct io *io, int fd)
{
	dup2(fd, io->in);
	dup2(fd, io->out);
	close(fd);
	io->socket = io->in_socket = true;
	io->tcp = io->silent = false;
}

char *io_space(struct io *io, size_t need)
{
	if (sizeof(io->data) - io->len < need)
		io_flush(io);
	if (io->gone)
		io->len = 0;
	return io->data + io->len;
}

void io_added(struct io *io, size_t n)
{
	if (io->recorded)
		record_data(io->record, RECORD_CLIENT, '>', io->data + io->len,
			    n);
	io->len += n;
}

void io_put(struct io *io, const char *data, size_t n)
{
	memcpy(io_space(io, n), data, n);
	io_added(io, n);
}

/* One write that does not block: octets, or -errno. */
static ssize_t write_some(struct io *io, const char *data, size_t n)
{
	ssize_t sent;

	if (io->socket) {
		sent = send(io->out, data, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	} else {
		if (!io->file && n > io->promised)
			n = io->promised;
		sent = write(io->out, data, n);
	}
	return sent < 0 ? -errno : sent;
}

/*
 * Waits for room for output: 0, or -EPIPE. The backend's deadline stands
 * still meanwhile: it does not answer for a slow client.
 */
static int wait_output(struct io *io)
{
	const int64_t since = io_now(), backend_at = io->backend_at;
	unsigned events, seen = 0;

	io->backend_at = 0;
	do {
		events = io_wait(io, IO_OUTPUT);
		seen |= events;
	} while ((events & ~(unsigned)IO_CHILD) == 0);
	/* The death of the backend is for who reads from it. */
	if (seen & IO_CHILD)
		io_child_again();
	if (backend_at > 0)
		io->backend_at = backend_at + (io_now() - since);
	/* What it takes at once it still gets: the answer to QUIT. */
	if (events & IO_OUTPUT)
		events &= ~(unsigned)IO_TERM;
	io->gone_by = events & (IO_IDLE | IO_LOGIN | IO_TERM);
	return io->gone_by != 0 || (events & IO_GONE) != 0 ? -EPIPE : 0;
}

int io_flush(struct io *io)
{
	size_t at = 0, drip = 0;
	/* A pipe takes its promised share only right after POLLOUT. */
	const bool ask = !io->socket && !io->file;

	/* However long the backend took: now it is the client's turn. */
	if (io->len > 0)
		io_active(io);
	while (at < io->len && !io->gone) {
		ssize_t sent = -EAGAIN;

		if (!ask || wait_output(io) == 0)
			sent = write_some(io, io->data + at, io->len - at);
		else
			sent = -EPIPE;
		if (sent == -EAGAIN || sent == -EINTR)
			sent = ask || wait_output(io) == 0 ? 0 : -EPIPE;
		if (sent < 0) {
			io->gone = true;
			break;
		}
		at += (size_t)sent;
		drip += (size_t)sent;
		io->octets_out += (uint64_t)sent;
		if (drip >= LIMIT_DRIP || at == io->len) {
			drip = 0;
			io_active(io);
		}
	}
	io->len = 0;
	return io->gone ? -EPIPE : 0;
}

/* What still comes is read, so that the last answer is not lost to a reset. */
APART static void linger(struct io *io)
{
	char waste[4096];
	size_t left = LIMIT_LINGER;
	unsigned seen = 0;

	shutdown(io->out, SHUT_WR);
	io->pause_at = io_now() + LIMIT_LINGER_MS;
	while (left > 0) {
		const unsigned events = io_wait(io, IO_INPUT);
		ssize_t n;

		seen |= events;
		if (events & (IO_PAUSE | IO_TERM))
			break;
		if ((events & IO_INPUT) == 0)
			continue;
		n = io_read(io, waste, sizeof(waste));
		if (n == -EAGAIN)
			continue;
		if (n <= 0)
			break;
		left -= (size_t)n < left ? (size_t)n : left;
	}
	io->pause_at = 0;
	if (seen & IO_CHILD)
		io_child_again();
}

void io_end(struct io *io, bool hurry)
{
	if (!hurry && !io->gone)
		io_flush(io);
	io->idle_at = io->login_at = io->backend_at = 0;
	if (io->socket && !hurry && !io->gone)
		linger(io);
	/* The connection ends here, whoever else has it open. */
	if (io->socket)
		shutdown(io->out, SHUT_RDWR);
	close(io->in);
	close(io->out);
	io->in = io->out = -1;
	io->gone = true;
}
