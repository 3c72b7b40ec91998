/* SPDX-License-Identifier: ISC */
#include "accept/notify.h"

#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "pure/number.h"

void notify_nobody(void)
{
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
}

void notify_ready(void)
{
	sd_notify(0, "READY=1");
}

void notify_stopping(void)
{
	sd_notify(0, "STOPPING=1");
}

/* The digits in threes. */
static const char *grouped(uint64_t value, char text[28])
{
	char digits[20], *to = text;
	const size_t n = number_print(value, digits);

	for (size_t i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return text;
}

void notify_status(const struct notify_figures *f)
{
	char sessions[28], waiting[28], served[28];

	sd_notifyf(0, "STATUS=%s sessions, %s waiting, %s served%s%s",
		   grouped(f->sessions, sessions), grouped(f->waiting, waiting),
		   grouped(f->served, served),
		   f->trouble != NULL ? "; no new ones now: " : "",
		   f->trouble != NULL ? f->trouble : "");
}

int64_t notify_watchdog(void)
{
	uint64_t usec;

	/* Half of the time allowed, as sd_watchdog_enabled(3) has it. */
	return sd_watchdog_enabled(0, &usec) > 0 ? (int64_t)(usec / 2000) : 0;
}

void notify_alive(void)
{
	sd_notify(0, "WATCHDOG=1");
}
