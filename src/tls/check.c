/* SPDX-License-Identifier: ISC */
#include "tls/check.h"

#include <openssl/x509.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "os/finding.h"
#include "os/listen.h"
#include "tls/context.h"

static void look_at_words(struct findings *f, const struct options *o)
{
	for (size_t i = 0; i <= o->listen_count; i++) {
		const char *const word =
			i < o->listen_count ? o->listen[i] : o->stls;

		if (word != NULL && !listen_sense(word))
			finding(f, EX_USAGE,
				"cannot listen on %.80s: name an ADDR:PORT, "
				"[ADDR6]:PORT or /PATH",
				word);
	}
}

/* Behind "it " in a sentence; NULL where it is valid now. */
static const char *invalid(const X509 *own, char date[32])
{
	const ASN1_TIME *const from = X509_get0_notBefore(own);
	const ASN1_TIME *const until = X509_get0_notAfter(own);
	const bool over = X509_cmp_current_time(until) <= 0;
	struct tm tm;

	if (!over && X509_cmp_current_time(from) <= 0)
		return NULL;
	date[0] = '\0';
	if (ASN1_TIME_to_tm(over ? until : from, &tm) == 1)
		strftime(date, 32, "%Y-%m-%d %H:%M UTC", &tm);
	return over ? "expired" : "is not valid before";
}

/* Each by itself, for one that is not good hides no other. */
static void look_at_certificate(struct findings *f, const struct options *o,
				size_t i, struct tickets *tickets)
{
	static struct options one;
	struct contexts contexts;
	char error[256], date[32];
	const char *why;

	one = *o;
	one.certificates[0] = o->certificates[i];
	one.keys[0] = o->keys[i];
	one.certificate_count = 1;
	if (!context_open(&contexts, &one, tickets, error)) {
		finding(f, EX_TEMPFAIL,
			"%s: put a certificate and the key that it is for in "
			"place, both in PEM",
			error);
	} else {
		why = invalid(SSL_CTX_get0_certificate(contexts.all[0]), date);
		if (why != NULL)
			finding(f, EX_TEMPFAIL,
				"the certificate %.200s %s %s: clients will "
				"not take it, so renew it",
				o->certificates[i], why, date);
	}
	while (contexts.count > 0)
		SSL_CTX_free(contexts.all[--contexts.count]);
}

int check_run(const struct options *o, const char *wrong)
{
	struct findings f = { .program = "pop3-skel-tls", .status = EX_OK };
	struct tickets tickets;

	if (wrong != NULL) {
		finding(&f, EX_USAGE, "%s", wrong);
		return f.status;
	}
	look_at_words(&f, o);
	if (!ticket_start(&tickets, (int64_t)o->ticket_time * 1000, 0))
		finding(&f, EX_TEMPFAIL, "there are no random numbers");
	for (size_t i = 0; i < o->certificate_count; i++)
		look_at_certificate(&f, o, i, &tickets);
	return f.status;
}
