/* SPDX-License-Identifier: ISC */
/*
 * Each file of a folder is a mail: cc -o folder folder.c; folder FOLDER
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *folder;
static char path[8192];

static void find(const char *name)
{
	const char *const slash = strrchr(name, '/');

	snprintf(path, sizeof(path), "%s/%s", folder,
		 slash != NULL ? slash + 1 : name);
}

/* Names that can be unique-ids, which have no blanks. */
static int is_mail(const struct dirent *entry)
{
	const char *name = entry->d_name;
	struct stat status;

	if (name[0] == '.' || strlen(name) > 70)
		return 0;
	find(name);
	for (; *name != '\0'; name++)
		if (*name < '!' || *name > '~')
			return 0;
	return lstat(path, &status) == 0 && S_ISREG(status.st_mode);
}

static void list(void)
{
	struct dirent **found;
	const int n = scandir(folder, &found, is_mail, alphasort);

	if (n < 0) {
		perror(folder);
		puts("TEMP");
		return;
	}
	for (int i = 0; i < n; i++) {
		printf("msg - %s\n", found[i]->d_name);
		free(found[i]);
	}
	free(found);
	puts("OK");
}

static void retr(void)
{
	FILE *const file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	bool any = false;

	if (file == NULL) {
		perror(path);
		puts("ERR");
		return;
	}
	for (; (n = getline(&line, &size, file)) > 0; any = true) {
		putchar('|');
		fwrite(line, 1, (size_t)n, stdout);
		if (line[n - 1] != '\n')
			putchar('\n');
	}
	if (!any)
		puts("body");
	puts(ferror(file) ? "TEMP" : "OK");
	free(line);
	fclose(file);
}

static void expunge(void)
{
	const bool done = unlink(path) == 0;

	if (!done)
		perror(path);
	puts(done ? "OK" : "ERR");
}

static void answer(char *request)
{
	char *rest = request, *name;
	const char *const verb = strsep(&rest, " ");

	if (rest == NULL)
		rest = request + strlen(request);
	name = rest + strcspn(rest, " ");
	name += *name == ' ';
	if (strcmp(verb, "hello") == 0) {
		puts(strncmp(rest, "1", strcspn(rest, " ")) == 0 ? "OK 1"
								 : "ERR");
	} else if (strcmp(verb, "login") == 0) {
		puts(strcmp(rest, "demo demo") == 0 ? "OK" : "ERR");
	} else if (strcmp(verb, "list") == 0) {
		list();
	} else if (strcmp(verb, "retr") == 0) {
		find(strsep(&name, " "));
		retr();
	} else if (strcmp(verb, "expunge") == 0) {
		find(strsep(&name, " "));
		expunge();
	} else {
		puts("DEFAULT");
	}
}

int main(int argc, char **argv)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	if (argc != 2) {
		fprintf(stderr, "usage: folder FOLDER\n");
		return 64;
	}
	folder = argv[1];
	while ((n = getline(&line, &size, stdin)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		answer(line);
		/* A reply that stays in a buffer is none. */
		fflush(stdout);
	}
	free(line);
	return 0;
}
