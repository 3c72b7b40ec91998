/* SPDX-License-Identifier: ISC */
/*
 * Every number of the program, each with the sentence or the reason behind
 * it. Sizes are octets and include the line end unless they say otherwise;
 * times are seconds unless the name ends in _MS.
 */
#ifndef PURE_LIMIT_H
#define PURE_LIMIT_H

enum limit {
	/* RFC 2449 section 4: a command line is at most 255 octets. */
	LIMIT_COMMAND = 255,
	/*
	 * ... which it asks for, but does not forbid more, and OAuth tokens
	 * run to kilobytes: what RFC 4954 section 4 says of SMTP's AUTH.
	 */
	LIMIT_AUTH_LINE = 12288,
	/* What one read may take from the client: a pipelined batch. */
	LIMIT_INPUT = 16384,
	/* RFC 1939 section 3: a response line is at most 512 octets. */
	LIMIT_RESPONSE = 512,
	/* The backend protocol's own: a request and a reply line. */
	LIMIT_REQUEST = 8192,
	/* ... that passes on what AUTH brought: "more ", and LF for CRLF. */
	LIMIT_AUTH_REQUEST = LIMIT_AUTH_LINE + 4,
	LIMIT_REPLY_LINE = 8192,
	/* What one read may take from the backend. */
	LIMIT_REPLY_INPUT = 16384,
	/* PATH_MAX of Linux, its NUL included. */
	LIMIT_PATH = 4096,
	/* A user name: PASS and USER lines are shorter; tokens may name one. */
	LIMIT_USER = 255,
	/* RFC 1939 section 7: a unique-id has 1 to 70 octets. */
	LIMIT_UNIQUE_ID = 70,
	/* Longest SASL mechanism name, RFC 4422 section 3.1. */
	LIMIT_MECHANISM = 20,
	/* A command's name: the backend may claim up to 16 octets. */
	LIMIT_COMMAND_NAME = 16,

	/* More `msg` lines than this are a fault: 40 octets each are kept. */
	LIMIT_MESSAGES = 1000000,
	/* Unique-ids and paths of one maildrop together. */
	LIMIT_MAILDROP_TEXT = 256 << 20,
	/* Files of options, together. */
	LIMIT_OPTIONS_TEXT = 16384,
	/* Words of the backend's command line. */
	LIMIT_BACKEND_ARGUMENTS = 255,
	/* ... and what `next` and `arg` say of one, with a NUL each. */
	LIMIT_NEXT_TEXT = 16384,
	/* Claimed commands and lines for CAPA that one backend may add. */
	LIMIT_CLAIMS = 48,
	LIMIT_CAPA_TEXT = 4096,
	LIMIT_MECHANISMS = 494, /* with ours and "SASL " a line of CAPA */
	/* Locks that one session may hold. */
	LIMIT_LOCKS = 8,
	/* --lock-wait, and how often it is tried meanwhile. */
	LIMIT_LOCK_WAIT = 2,
	LIMIT_LOCK_TRY_MS = 50,

	/*
	 * A body that streams from the backend is held back up to here, so
	 * that a source that fails early is a clean -ERR.
	 */
	LIMIT_HOLD_BACK = 65536,
	/* A file is read, and its conversion gathered, in pieces like this. */
	LIMIT_FILE_READ = 65536,
	/* The idle timer is re-armed when the client took this much. */
	LIMIT_DRIP = 16384,
	/* What POLLOUT promises to take: a pipe PIPE_BUF, a terminal one. */
	LIMIT_PIPE_WRITE = 4096,
	LIMIT_TERMINAL_WRITE = 1,

	/* RFC 1939 section 3: an autologout timer is at least 10 minutes. */
	LIMIT_IDLE = 600,
	LIMIT_LOGIN_TIME = 60,
	/* PROXY: 3 s at least, for a segment lost on the way (section 2). */
	LIMIT_PROXY_TIME = 10,
	/* STLS: longer than pop3-skel-tls gives to a handshake. */
	LIMIT_TLS_TIME = 60,
	LIMIT_BACKEND_TIME = 30,
	/* A request that took the backend longer has a line of the log. */
	LIMIT_SLOW_MS = 5000,
	/* What `wait` may ask for at once, and in sum for one reply. */
	LIMIT_WAIT = 600,
	LIMIT_WAIT_SUM = 1800,
	/*
	 * A TCP peer that acknowledges nothing for so long is gone: keepalive
	 * finds that out where nothing is outstanding (the times are a sum),
	 * else what TCP knows, which is looked at while it is waited for.
	 */
	LIMIT_SILENCE = 20,
	LIMIT_KEEPALIVE_IDLE = 8,
	LIMIT_KEEPALIVE_INTERVAL = 4,
	LIMIT_KEEPALIVE_PROBES = 3,
	LIMIT_LOOK_MS = 2500,
	/* Against guessing and babbling. */
	LIMIT_AUTH_DELAY = 2,
	LIMIT_AUTH_DELAY_MIN_MS = 50,
	LIMIT_LOGINS = 3,
	/* Below them are the system's own: login.defs(5), and group users. */
	LIMIT_BECOME_UID = 1000,
	LIMIT_BECOME_GID = 100,
	LIMIT_ERRORS = 20,
	/*
	 * What a password's hash may take: memory; memory times passes, which
	 * is seconds; and rounds of one that takes none, seconds too. Those of
	 * bcrypt are 2 to the power of what it says.
	 */
	LIMIT_HASH_KIB = 256 << 10,
	LIMIT_HASH_WORK_KIB = 4096 << 10,
	LIMIT_HASH_ROUNDS = 10000000,
	LIMIT_HASH_BCRYPT = 16,
	/* How often who is next looks whether another has made its hash. */
	LIMIT_TURN_MS = 10,
	/* The end: for the client's last bytes, and per signal. */
	LIMIT_LINGER = 65536,
	LIMIT_LINGER_MS = 2000,
	LIMIT_STOP_MS = 2000,
	/* ... and before it, for the sizes that it is told. */
	LIMIT_SIZES_MS = 2000,
	/* A message that was changed since then may not be whole yet. */
	LIMIT_SETTLED_S = 10,
	/* A resident backend that is not there: it may be starting. */
	LIMIT_ABSENT_MS = 5000,
	/* ... asked for again after a tenth of this, and twice that, to this. */
	LIMIT_TRY_MS = 500,
	/* After a fault: for what the backend wrote to say why. */
	LIMIT_HEAR_MS = 100,

	/* Where ppoll fails: how often it is tried again, and when. */
	LIMIT_BLIND = 100,
	LIMIT_BLIND_MS = 10,

	/* Where a page begins, on most machines: on others nothing is lost. */
	LIMIT_PAGE = 4096,
	/* 24 KiB were enough; below, a page that is not there is a SIGSEGV. */
	LIMIT_STACK = 65536,

	/* The log: one line of ours, and lines of one session's backend. */
	LIMIT_LOG_LINE = 3072,
	LIMIT_LOG_BACKEND = 200,
	/* Different lines of one session that are about one thing. */
	LIMIT_LOG_ALIKE = 5,
	/* Things that lines are about, more than there are; their names. */
	LIMIT_LOG_KINDS = 128,
	LIMIT_LOG_KIND = 80,
	/* A value as written: no user name drives the address off its line. */
	LIMIT_LOG_VALUE = 1024,
	/* What is quoted of a backend's fault. */
	LIMIT_QUOTE = 60,

	/* --record: a session's file; of it a body, or a list; a line's piece. */
	LIMIT_RECORD = 16 << 20,
	LIMIT_RECORD_BODY = 16384,
	LIMIT_RECORD_PIECE = 1024,
};

/* --spool-max: bodies of unknown size, together. */
#define LIMIT_SPOOL (UINT64_C(1) << 30)

#endif
