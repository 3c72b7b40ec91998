/* SPDX-License-Identifier: ISC */
/*
 * Runs a fuzz target over the files of a folder, once each: an ordinary test,
 * with any compiler.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

/* Of the file's very size, so that the sanitizers see its end. */
static void replay(int folder, const char *name)
{
	const int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	struct stat status;
	uint8_t *data;
	size_t size;

	REQUIRE(fd >= 0 && fstat(fd, &status) == 0);
	size = (size_t)status.st_size;
	data = malloc(size > 0 ? size : 1);
	REQUIRE(data != NULL && read(fd, data, size) == (ssize_t)size);
	close(fd);
	/* If it is the last line, this is the input that failed. */
	printf("%s\n", name);
	fflush(stdout);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
}

int main(int argc, char **argv)
{
	DIR *const folder = argc == 2 ? opendir(argv[1]) : NULL;
	unsigned files = 0;

	REQUIRE(folder != NULL);
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
		if (entry->d_name[0] == '.')
			continue;
		replay(dirfd(folder), entry->d_name);
		files++;
	}
	closedir(folder);
	printf("%u files\n", files);
	return files == 0;
}
