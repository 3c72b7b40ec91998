/* SPDX-License-Identifier: ISC */
#include "pure/proxy-header.h"

#include <arpa/inet.h>
#include <string.h>

#include "pure/limit.h"

/*
 * The longest header of version 1. One of version 2 may be as long as a read's
 * buffer holds: TLVs may carry certificates.
 */
enum { VERSION_1 = 107, VERSION_2_HEAD = 16 };

static const char signature[12] = "\r\n\r\n\0\r\nQUIT\n";

/* The client is who the header tells, no longer who connected to us. */
static void take(struct peer *p, int family, const struct in6_addr a[2])
{
	address_show_octets(family, &a[0], p->remote_address);
	address_show_octets(family, &a[1], p->local_address);
	p->local = address_loopback(p->remote_address);
}

/* "PROXY TCP4 192.0.2.1 192.0.2.2 56324 110", without its CRLF. */
static bool parse_1(char *line, struct peer *p)
{
	char *words[6], *next = line;
	struct in6_addr a[2];
	int count = 0, family;

	/* The addresses of the connection stand, but who knows whose it is. */
	if (strcmp(line, "PROXY UNKNOWN") == 0 ||
	    strncmp(line, "PROXY UNKNOWN ", 14) == 0) {
		p->local = false;
		return true;
	}
	while (count < 6 && next != NULL)
		words[count++] = strsep(&next, " ");
	if (count != 6 || next != NULL || strcmp(words[0], "PROXY") != 0)
		return false;
	family = strcmp(words[1], "TCP4") == 0	 ? AF_INET
		 : strcmp(words[1], "TCP6") == 0 ? AF_INET6
						 : 0;
	if (family == 0 || inet_pton(family, words[2], &a[0]) != 1 ||
	    inet_pton(family, words[3], &a[1]) != 1 ||
	    !address_parse_port(words[4], p->remote_port) ||
	    !address_parse_port(words[5], p->local_port))
		return false;
	take(p, family, a);
	return true;
}

static enum proxy_verdict version_1(char *data, size_t len, struct peer *p,
				    size_t *used)
{
	char *const lf = memchr(data, '\n', len);

	if (lf == NULL)
		return len < VERSION_1 ? PROXY_MORE : PROXY_BAD;
	*used = (size_t)(lf - data) + 1;
	if (*used > VERSION_1 || *used < 8 || lf[-1] != '\r' ||
	    memchr(data, '\0', *used) != NULL)
		return PROXY_BAD;
	lf[-1] = '\0';
	return parse_1(data, p) ? PROXY_TAKEN : PROXY_BAD;
}

static unsigned big_endian(const char *at)
{
	return (unsigned)(unsigned char)at[0] << 8 | (unsigned char)at[1];
}

/* A TLV: a type, two octets of length, a value. */
struct tlv {
	unsigned type;
	const char *value;
	size_t len;
};

/* The next one before `end`, which *at comes behind; false where it is cut. */
static bool next_tlv(const char **at, const char *end, struct tlv *t)
{
	const size_t left = (size_t)(end - *at);

	if (left < 3 || big_endian(*at + 1) > left - 3)
		return false;
	t->type = (unsigned char)**at;
	t->value = *at + 3;
	t->len = big_endian(*at + 1);
	*at = t->value + t->len;
	return true;
}

/* A name that fits, of letters, digits and what stands in names of ciphers. */
static bool take_name(const struct tlv *t, char *to, size_t room)
{
	if (t->len == 0 || t->len >= room)
		return false;
	for (size_t i = 0; i < t->len; i++) {
		const char c = t->value[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= 'a' && c <= 'z') &&
		    (c == '\0' || strchr("._+-", c) == NULL))
			return false;
	}
	memcpy(to, t->value, t->len);
	to[t->len] = '\0';
	return true;
}

static bool take_hex(const struct tlv *t, char to[65])
{
	static const char hex[] = "0123456789abcdef";

	if (t->len != 32)
		return false;
	for (size_t i = 0; i < 32; i++) {
		const unsigned octet = (unsigned char)t->value[i];

		to[2 * i] = hex[octet >> 4];
		to[2 * i + 1] = hex[octet & 15];
	}
	to[64] = '\0';
	return true;
}

/* What is in PROXY_SSL: an octet of bits, four of a verdict, TLVs. */
static bool parse_tls(const struct tlv *ssl, struct tls *told)
{
	const char *at = ssl->value + 5;
	const char *const end = ssl->value + ssl->len;
	struct tls tls = { .version = "unknown" };

	if (ssl->len < 5)
		return false;
	tls.on = (ssl->value[0] & PROXY_SSL_CLIENT) != 0;
	while (at < end) {
		struct tlv t;
		bool good = next_tlv(&at, end, &t);

		if (good && t.type == PROXY_SSL_VERSION)
			good = take_name(&t, tls.version, sizeof(tls.version));
		else if (good && t.type == PROXY_SSL_CIPHER)
			good = take_name(&t, tls.cipher, sizeof(tls.cipher));
		else if (good && t.type == PROXY_SSL_EXPORTER)
			good = take_hex(&t, tls.exporter);
		else if (good && t.type == PROXY_SSL_DIGEST)
			good = take_hex(&t, tls.client);
		if (!good)
			return false;
	}
	*told = tls.on ? tls : (struct tls){ .on = false };
	return true;
}

/* What stands behind the addresses; all but what tells of TLS is skipped. */
static bool parse_tlvs(const char *at, const char *end, struct tls *told)
{
	struct tls tls = *told;
	bool seen = false;

	while (at < end) {
		struct tlv t;

		if (!next_tlv(&at, end, &t))
			return false;
		if (t.type != PROXY_SSL)
			continue;
		/* Of two, who knows which one is true? */
		if (seen || !parse_tls(&t, &tls))
			return false;
		seen = true;
	}
	*told = tls;
	return true;
}

/* The address block of version 2, of size octets, and the TLVs behind it. */
static bool parse_2(unsigned what, const char *block, size_t size,
		    struct peer *p)
{
	enum { UNSPEC, INET, INET6, UNIX, UNIX_SIZE = 216 };
	enum { STREAM = 1, DATAGRAM };
	const unsigned family = what >> 4, transport = what & 15;
	const size_t width = family == INET ? 4 : 16;
	const char *const end = block + size;
	struct in6_addr a[2];

	/* Of a datagram it tells no less, but of no connection like ours. */
	if (family <= UNIX && transport <= DATAGRAM &&
	    (family == UNSPEC || transport == DATAGRAM)) {
		p->local = false;
		return true;
	}
	if (family == UNSPEC || transport != STREAM)
		return false;
	if (family == UNIX && size >= UNIX_SIZE &&
	    parse_tlvs(block + UNIX_SIZE, end, &p->tls)) {
		*p = (struct peer){ .local = true, .tls = p->tls };
		return true;
	}
	if (family >= UNIX || size < 2 * width + 4 ||
	    !parse_tlvs(block + 2 * width + 4, end, &p->tls))
		return false;
	memcpy(&a[0], block, width);
	memcpy(&a[1], block + width, width);
	address_show_port(big_endian(block + 2 * width), p->remote_port);
	address_show_port(big_endian(block + 2 * width + 2), p->local_port);
	take(p, family == INET ? AF_INET : AF_INET6, a);
	return true;
}

static enum proxy_verdict version_2(const char *data, size_t len,
				    struct peer *p, size_t *used)
{
	enum { LOCAL = 0x20, PROXY = 0x21 };
	unsigned command;
	size_t size;

	if (len < VERSION_2_HEAD)
		return PROXY_MORE;
	command = (unsigned char)data[12];
	size = big_endian(data + 14);
	if ((command != LOCAL && command != PROXY) ||
	    size > LIMIT_INPUT - VERSION_2_HEAD)
		return PROXY_BAD;
	if (len < VERSION_2_HEAD + size)
		return PROXY_MORE;
	*used = VERSION_2_HEAD + size;
	/* LOCAL: the proxy itself asks, for its health checks. */
	if (command == LOCAL ||
	    parse_2((unsigned char)data[13], data + VERSION_2_HEAD, size, p))
		return PROXY_TAKEN;
	return PROXY_BAD;
}

enum proxy_verdict proxy_header_parse(char *data, size_t len, struct peer *p,
				      size_t *used)
{
	const size_t n = len < sizeof(signature) ? len : sizeof(signature);

	if (len == 0)
		return PROXY_MORE;
	if (memcmp(data, signature, n) == 0)
		return n < sizeof(signature) ? PROXY_MORE
					     : version_2(data, len, p, used);
	if (memcmp(data, "PROXY ", len < 6 ? len : 6) == 0)
		return version_1(data, len, p, used);
	return PROXY_BAD;
}

static char *put(char *to, const void *octets, size_t n)
{
	memcpy(to, octets, n);
	return to + n;
}

static char *put_tlv(char *to, unsigned type, const void *value, size_t n)
{
	*to++ = (char)type;
	*to++ = (char)(n >> 8);
	*to++ = (char)n;
	return put(to, value, n);
}

/* A name that its reader would take; else it is not told. */
static char *put_name(char *to, unsigned type, const char *name, size_t room)
{
	char taken[sizeof(((struct tls *)NULL)->cipher)];
	const struct tlv t = { type, name, strlen(name) };

	return take_name(&t, taken, room) ? put_tlv(to, type, name, t.len) : to;
}

/* The addresses and ports: what they are, and *to behind them. */
static unsigned put_addresses(const union address *a, const union address *b,
			      char **to)
{
	enum { INET = 0x11, INET6 = 0x21, UNIX = 0x31, UNIX_SIZE = 216 };

	if (a->any.sa_family == AF_INET && b->any.sa_family == AF_INET) {
		*to = put(*to, &a->v4.sin_addr, 4);
		*to = put(*to, &b->v4.sin_addr, 4);
		*to = put(*to, &a->v4.sin_port, 2);
		*to = put(*to, &b->v4.sin_port, 2);
		return INET;
	}
	if (a->any.sa_family == AF_INET6 && b->any.sa_family == AF_INET6) {
		*to = put(*to, &a->v6.sin6_addr, 16);
		*to = put(*to, &b->v6.sin6_addr, 16);
		*to = put(*to, &a->v6.sin6_port, 2);
		*to = put(*to, &b->v6.sin6_port, 2);
		return INET6;
	}
	memset(*to, 0, UNIX_SIZE);
	*to += UNIX_SIZE;
	return UNIX;
}

size_t proxy_header_make(const struct proxy_told *told,
			 char to[PROXY_HEADER_ROOM])
{
	enum { COMMAND = 0x21, CERTIFICATE = 2 };
	const unsigned bits =
		PROXY_SSL_CLIENT | (told->digest != NULL ? CERTIFICATE : 0);
	const struct tls *const room = NULL;
	char *at = put(to, signature, sizeof(signature)) + 4, *tlv;
	const unsigned what = put_addresses(told->remote, told->local, &at);
	size_t n;

	tlv = at;
	at += 3;
	*at++ = (char)bits;
	/* A client's certificate that is not verified comes to no header. */
	memset(at, 0, 4);
	at = put_name(at + 4, PROXY_SSL_VERSION, told->version,
		      sizeof(room->version));
	at = put_name(at, PROXY_SSL_CIPHER, told->cipher, sizeof(room->cipher));
	if (told->exporter != NULL)
		at = put_tlv(at, PROXY_SSL_EXPORTER, told->exporter, 32);
	if (told->digest != NULL)
		at = put_tlv(at, PROXY_SSL_DIGEST, told->digest, 32);
	n = (size_t)(at - tlv) - 3;
	tlv[0] = PROXY_SSL;
	tlv[1] = (char)(n >> 8);
	tlv[2] = (char)n;
	n = (size_t)(at - to) - VERSION_2_HEAD;
	to[12] = COMMAND;
	to[13] = (char)what;
	to[14] = (char)(n >> 8);
	to[15] = (char)n;
	return (size_t)(at - to);
}
