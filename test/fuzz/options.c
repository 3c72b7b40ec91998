/* SPDX-License-Identifier: ISC */
/*
 * src/session/options-parse.c: a file of options is taken, or refused with a
 * sentence.
 */
#include <string.h>

#include "fuzz-file.h"
#include "session/options-parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char program[] = "pop3-skel", option[] = "--options", path[32];
	char *const argv[] = { program, option, path, NULL };
	const int fd = fuzz_file(data, size, path);
	struct options o;
	char error[256] = "";

	switch (options_parse(&o, 3, (char **)argv, error)) {
	case OPTIONS_SERVE:
		REQUIRE(error[0] == '\0' && o.command_count <= LIMIT_CLAIMS);
		REQUIRE(o.greeting == NULL || strlen(o.greeting) < size);
		REQUIRE(o.mode <= MODE_FETCH_ONCE &&
			o.cleartext <= CLEARTEXT_NEVER);
		break;
	case OPTIONS_WRONG:
		REQUIRE(error[0] != '\0' && memchr(error, '\0', 256) != NULL);
		break;
	case OPTIONS_DONE:
		abort();
	}
	close(fd);
	return 0;
}
