/* SPDX-License-Identifier: ISC */
/* src/pure/proxy-header.c: the PROXY protocol, versions 1 and 2. */
#include <stdlib.h>
#include <string.h>

#include "pure/proxy-header.h"
#include "tap.h"

#define HEADER(s) s, sizeof(s) - 1
#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define V4 "\300\0\2\1\300\0\2\2\334\4\0\156"
#define V6                                         \
	"\040\001\015\270\0\0\0\0\0\0\0\0\0\0\0\1" \
	"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\334\4\3\343"
#define MAPPED                                   \
	"\0\0\0\0\0\0\0\0\0\0\377\377\177\0\0\1" \
	"\0\0\0\0\0\0\0\0\0\0\377\377\177\0\0\2\0\1\0\2"

/* A client behind a unix socket of the proxy's. */
static const char unix_header[16 + 216] = SIGNATURE "\041\061\0\330/path";

/* What a header tells; an address of NULL: nothing is changed by it. */
static const struct {
	const char *data;
	size_t len;
	const char *remote, *remote_port, *local_port;
	bool local;
} good[] = {
	/* clang-format off */
	{ HEADER("PROXY TCP4 192.0.2.1 192.0.2.2 56324 110\r\n"),
	  "192.0.2.1", "56324", "110", false },
	{ HEADER("PROXY TCP4 127.0.0.1 127.0.0.1 0 65535\r\n"),
	  "127.0.0.1", "0", "65535", true },
	{ HEADER("PROXY TCP6 2001:db8::1 ::1 56324 995\r\n"),
	  "2001:db8::1", "56324", "995", false },
	{ HEADER("PROXY TCP6 ::1 ::1 1 2\r\n"), "::1", "1", "2", true },
	{ HEADER("PROXY TCP6 ::ffff:127.0.0.1 ::1 1 2\r\n"),
	  "127.0.0.1", "1", "2", true },
	{ HEADER("PROXY UNKNOWN\r\n"), NULL, NULL, NULL, false },
	{ HEADER("PROXY UNKNOWN any thing\r\n"), NULL, NULL, NULL, false },
	{ HEADER(SIGNATURE "\041\021\0\014" V4),
	  "192.0.2.1", "56324", "110", false },
	{ HEADER(SIGNATURE "\041\021\0\020" V4 "\4\0\1\0"),
	  "192.0.2.1", "56324", "110", false },
	{ HEADER(SIGNATURE "\041\041\0\044" V6),
	  "2001:db8::1", "56324", "995", false },
	{ HEADER(SIGNATURE "\041\041\0\044" MAPPED),
	  "127.0.0.1", "1", "2", true },
	{ HEADER(SIGNATURE "\040\0\0\0"), NULL, NULL, NULL, true },
	{ HEADER(SIGNATURE "\040\021\0\014" V4), NULL, NULL, NULL, true },
	{ HEADER(SIGNATURE "\041\0\0\0"), NULL, NULL, NULL, false },
	{ HEADER(SIGNATURE "\041\0\0\3abc"), NULL, NULL, NULL, false },
	{ HEADER(SIGNATURE "\041\2\0\0"), NULL, NULL, NULL, false },
	{ HEADER(SIGNATURE "\041\022\0\014" V4), NULL, NULL, NULL, false },
	{ HEADER(SIGNATURE "\041\042\0\044" V6), NULL, NULL, NULL, false },
	{ HEADER(SIGNATURE "\041\062\0\3abc"), NULL, NULL, NULL, false },
	{ unix_header, sizeof(unix_header), NULL, NULL, NULL, true },
	/* clang-format on */
};

#define V4_TLVS(size) SIGNATURE "\041\021\0" size V4
#define OCTETS_32 \
	"0123456789abcdef\0\1\2\3\4\5\6\7\370\371\372\373\374\375\376\377"
#define HEX_32                             \
	"30313233343536373839616263646566" \
	"0001020304050607f8f9fafbfcfdfeff"

/* A header over TLS: what is told of that. */
static const struct {
	const char *data;
	size_t len;
	const char *version, *cipher, *client, *exporter; /* "": is none */
} tls[] = {
	/* clang-format off */
	/* Nothing but that there is TLS. */
	{ HEADER(V4_TLVS("\024") "\040\0\5\1\0\0\0\0"),
	  "unknown", "", "", "" },
	/* As HAProxy does, with a checksum before and more behind. */
	{ HEADER(V4_TLVS("\070") "\3\0\4abcd" "\040\0\032\1\0\0\0\0"
		 "\041\0\7TLSv1.3" "\043\0\4A_B-" "\044\0\1x"
		 "\5\0\5uniq="), "TLSv1.3", "A_B-", "", "" },
	/* The other way round, in it what nobody knows, and our own. */
	{ HEADER(V4_TLVS("\143") "\040\0\124\7\0\0\0\0" "\360\0\0"
		 "\341\0\040" OCTETS_32 "\340\0\040" OCTETS_32
		 "\041\0\3T+1"), "T+1", "", HEX_32, HEX_32 },
	/* Ours mean nothing elsewhere. */
	{ HEADER(V4_TLVS("\036") "\340\0\1x" "\341\0\3xyz"
		 "\040\0\5\1\0\0\0\0"), "unknown", "", "", "" },
	/* It is none, whatever is told of it. */
	{ HEADER(V4_TLVS("\036") "\040\0\017\0\0\0\0\0\041\0\7TLSv1.2"),
	  "", "", "", "" },
	/* clang-format on */
};

static const struct {
	const char *data;
	size_t len;
} bad[] = {
	/* clang-format off */
	{ HEADER("X") },
	{ HEADER("PROXZ") },
	{ HEADER("PROXYTCP4") },
	{ HEADER("proxy TCP4 1.2.3.4 1.2.3.4 1 2\r\n") },
	{ HEADER("CAPA\r\n") },
	{ HEADER("\n") },
	{ HEADER("PROXY \r\n") },
	{ HEADER("PROXY\r\n") },
	{ HEADER("PROXY UNKNOWN\n") },
	{ HEADER("PROXY UNKNOWNX\r\n") },
	{ HEADER("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n") },
	{ HEADER("PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n") },
	{ HEADER("PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n") },
	{ HEADER("PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n") },
	{ HEADER("PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n") },
	{ HEADER("PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n") },
	{ HEADER("PROXY TCP4 1.2.3.4 1.2.3.4 -1 2\r\n") },
	{ HEADER("PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n") },
	{ HEADER("PROXY TCP4 1.2.3 1.2.3.4 1 2\r\n") },
	{ HEADER("PROXY TCP4 ::1 ::1 1 2\r\n") },
	{ HEADER("PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n") },
	{ HEADER("PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n") },
	{ HEADER("PROXY TCP4 1.2.3.4\0 1.2.3.4 1 2\r\n") },
	{ HEADER("PROXY TCP4 host 1.2.3.4 1 2\r\n") },
	{ HEADER("\r\n\r\n\0\r\nQUIT\r") },
	{ HEADER(SIGNATURE "\021\021\0\014" V4) },
	{ HEADER(SIGNATURE "\042\021\0\014" V4) },
	{ HEADER(SIGNATURE "\041\023\0\014" V4) },
	{ HEADER(SIGNATURE "\041\102\0\014" V4) },
	{ HEADER(SIGNATURE "\041\020\0\014" V4) },
	{ HEADER(SIGNATURE "\041\101\0\014" V4) },
	{ HEADER(SIGNATURE "\041\021\0\013" V4) },
	{ HEADER(SIGNATURE "\041\041\0\014" V4) },
	{ HEADER(SIGNATURE "\041\021\377\377" V4) },
	{ HEADER(SIGNATURE "\041\061\0\014" V4) },
	/* TLVs that are cut, or hold what they may not. */
	{ HEADER(V4_TLVS("\015") "\4") },
	{ HEADER(V4_TLVS("\016") "\4\0") },
	{ HEADER(V4_TLVS("\020") "\4\0\2x") },
	{ HEADER(V4_TLVS("\020") "\4\1\0x") },
	{ HEADER(V4_TLVS("\023") "\040\0\4\1\0\0\0") },
	{ HEADER(V4_TLVS("\025") "\040\0\6\1\0\0\0\0\041") },
	{ HEADER(V4_TLVS("\030") "\040\0\011\1\0\0\0\0\041\0\2T") },
	{ HEADER(V4_TLVS("\027") "\040\0\010\1\0\0\0\0\041\0\0") },
	{ HEADER(V4_TLVS("\032") "\040\0\013\1\0\0\0\0\041\0\3T 1") },
	{ HEADER(V4_TLVS("\032") "\040\0\013\1\0\0\0\0\041\0\3T=1") },
	{ HEADER(V4_TLVS("\032") "\040\0\013\1\0\0\0\0\043\0\3T\n1") },
	{ HEADER(V4_TLVS("\032") "\040\0\013\1\0\0\0\0\043\0\3T\0001") },
	{ HEADER(V4_TLVS("\047") "\040\0\030\1\0\0\0\0\041\0\020"
		 "0123456789abcdef") },
	{ HEADER(V4_TLVS("\030") "\040\0\011\1\0\0\0\0\340\0\1x") },
	{ HEADER(V4_TLVS("\030") "\040\0\011\1\0\0\0\0\341\0\1x") },
	{ HEADER(V4_TLVS("\034") "\040\0\5\1\0\0\0\0"
		 "\040\0\5\1\0\0\0\0") },
	/* clang-format on */
};

/* In memory of the very size, for the sanitizers and valgrind. */
static enum proxy_verdict parse(const char *data, size_t len, struct peer *p,
				size_t *used)
{
	char *const copy = malloc(len > 0 ? len : 1);
	enum proxy_verdict verdict;

	if (copy == NULL)
		abort();
	memcpy(copy, data, len);
	*p = (struct peer){ .local = true };
	*used = 0;
	verdict = proxy_header_parse(copy, len, p, used);
	free(copy);
	return verdict;
}

static void test_good(void)
{
	for (size_t i = 0; i < COUNT(good); i++) {
		const char *const remote =
			good[i].remote != NULL ? good[i].remote : "";
		char more[256];
		bool waits = true;
		struct peer p;
		size_t used;

		for (size_t n = 0; n < good[i].len; n++)
			waits = waits &&
				parse(good[i].data, n, &p, &used) == PROXY_MORE;
		memcpy(more, good[i].data, good[i].len);
		memcpy(more + good[i].len, "CAPA\r\n", 6);
		tap(waits &&
			    parse(more, good[i].len + 6, &p, &used) ==
				    PROXY_TAKEN &&
			    used == good[i].len &&
			    strcmp(p.remote_address, remote) == 0 &&
			    (good[i].remote == NULL ||
			     (strcmp(p.remote_port, good[i].remote_port) == 0 &&
			      strcmp(p.local_port, good[i].local_port) == 0)) &&
			    p.local == good[i].local,
		    "PROXY header, row %zu: %s", i, remote);
	}
}

static bool is_tls(const struct tls *t, size_t i)
{
	return t->on == (tls[i].version[0] != '\0') &&
	       strcmp(t->version, tls[i].version) == 0 &&
	       strcmp(t->cipher, tls[i].cipher) == 0 &&
	       strcmp(t->client, tls[i].client) == 0 &&
	       strcmp(t->exporter, tls[i].exporter) == 0;
}

static void test_tls(void)
{
	static char local[16 + 216 + 8];
	struct peer p;
	size_t used;

	for (size_t i = 0; i < COUNT(tls); i++)
		tap(parse(tls[i].data, tls[i].len, &p, &used) == PROXY_TAKEN &&
			    used == tls[i].len && is_tls(&p.tls, i) &&
			    strcmp(p.remote_address, "192.0.2.1") == 0,
		    "TLS of a PROXY header, row %zu: %s", i, tls[i].version);
	/* A client behind a unix socket has TLS as well. */
	memcpy(local, unix_header, 16);
	local[15] = (char)224;
	memcpy(local + 16 + 216, "\040\0\5\1\0\0\0\0", 8);
	tap(parse(local, sizeof(local), &p, &used) == PROXY_TAKEN &&
		    is_tls(&p.tls, 0) && p.local,
	    "TLS over a unix socket");
}

static void test_bad(void)
{
	static char endless[200] = "PROXY UNKNOWN ";
	struct peer p;
	size_t used;

	for (size_t i = 0; i < COUNT(bad); i++)
		tap(parse(bad[i].data, bad[i].len, &p, &used) == PROXY_BAD &&
			    p.remote_address[0] == '\0' && p.local &&
			    !p.tls.on && p.tls.version[0] == '\0',
		    "no PROXY header, row %zu: %s", i, bad[i].data);
	memset(endless + 14, 'x', sizeof(endless) - 14);
	tap(parse(endless, 106, &p, &used) == PROXY_MORE &&
		    parse(endless, 107, &p, &used) == PROXY_BAD,
	    "no LF in 107 octets");
	memcpy(endless + 105, "\r\n", 2);
	tap(parse(endless, 107, &p, &used) == PROXY_TAKEN, "107 octets");
	memcpy(endless + 105, "x\r\n", 3);
	tap(parse(endless, 108, &p, &used) == PROXY_BAD, "108 octets");
}

int main(void)
{
	test_good();
	test_tls();
	test_bad();
	return tap_done();
}
