/* SPDX-License-Identifier: ISC */
#include "backends/make-mail/header.h"

#include <string.h>

#include "pure/base64.h"

/*
 * RFC 5322, section 2.1.1: octets of a line; and those of a word which stands
 * there as it is, beside any name of a field.
 */
enum { LINE = 78, WORD_PLAIN = 60 };
/* RFC 2047, section 2: octets of an encoded word, and of a line with one. */
enum { WORD = 75, WORD_LINE = 76 };
static const char word_start[] = "=?UTF-8?B?";
static const char word_end[] = "?=";

size_t header_character(const char *text, size_t len)
{
	const unsigned char *const c = (const unsigned char *)text;
	const size_t n = len == 0      ? 0
			 : c[0] < 0x80 ? 1
			 : c[0] < 0xc2 ? 0
			 : c[0] < 0xe0 ? 2
			 : c[0] < 0xf0 ? 3
			 : c[0] < 0xf5 ? 4
				       : 0;

	if (n > len)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong, half of a pair, or beyond the last. */
	if ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f) ||
	    (c[0] == 0xf0 && c[1] < 0x90) || (c[0] == 0xf4 && c[1] > 0x8f))
		return 0;
	return n;
}

/* Whether it may stand there as it is: ASCII, no word too long to be folded. */
static bool plain(const char *text)
{
	size_t word = 0;

	if (strstr(text, "=?") != NULL || text[0] == ' ')
		return false;
	for (const char *c = text; *c != '\0'; c++) {
		if (*c < ' ' || *c > '~' || (*c == ' ' && c[1] == ' '))
			return false;
		word = *c == ' ' ? 0 : word + 1;
		if (word > WORD_PLAIN)
			return false;
	}
	return text[0] == '\0' || text[strlen(text) - 1] != ' ';
}

/* Folds at blanks, the line having `column` octets. */
static void write_plain(FILE *out, size_t column, const char *text)
{
	while (*text != '\0') {
		const size_t word = strcspn(text, " ");

		if (column + 1 + word > LINE) {
			fputs("\n ", out);
			column = 1;
		} else {
			fputc(' ', out);
			column++;
		}
		fwrite(text, 1, word, out);
		column += word;
		text += word + (text[word] == ' ');
	}
}

/* Whole characters in each word, and a word a line. */
static void write_encoded(FILE *out, size_t column, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		/* What stands around the text of a word, and its blank. */
		const size_t around =
			column + sizeof(word_start) + sizeof(word_end) - 1;
		const size_t most = (WORD_LINE - around) / 4 * 3;
		char octets[WORD], word[WORD];
		size_t n = 0;

		while (left > 0) {
			const size_t size = header_character(text, left);
			const bool bad = size == 0 ||
					 (unsigned char)*text < ' ' ||
					 *text == 0x7f;
			const size_t taken = size == 0 ? 1 : size;

			if (n + taken > most)
				break;
			memcpy(octets + n, text, taken);
			if (bad)
				octets[n] = size == 0 ? '?' : ' ';
			n += taken;
			text += taken;
			left -= taken;
		}
		fprintf(out, " %s%.*s%s%s", word_start,
			(int)base64_encode(octets, n, word), word, word_end,
			left > 0 ? "\n" : "");
		column = 0;
	}
}

void header_text(FILE *out, const char *name, const char *text)
{
	fprintf(out, "%s:", name);
	if (plain(text))
		write_plain(out, strlen(name) + 1, text);
	else
		write_encoded(out, strlen(name) + 1, text);
	fputc('\n', out);
}

/* An address: no blanks, nothing that ends it, and one @ that is not at an end. */
static bool is_address(const char *text, size_t len)
{
	const char *const at = memchr(text, '@', len);

	if (len == 0 || len > 254 || at == NULL || at == text ||
	    at == text + len - 1 ||
	    memchr(at + 1, '@', (size_t)(text + len - at - 1)) != NULL)
		return false;
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~' ||
		    strchr("<>()[]\\,;:\"", text[i]) != NULL)
			return false;
	return true;
}

bool header_mailbox(FILE *out, const char *name, const char *mailbox)
{
	const char *const angle = strrchr(mailbox, '<');
	const size_t len = strlen(mailbox);
	char shown[512];
	size_t n;

	if (angle == NULL) {
		if (!is_address(mailbox, len))
			return false;
		fprintf(out, "%s: %s\n", name, mailbox);
		return true;
	}
	n = (size_t)(angle - mailbox);
	while (n > 0 && mailbox[n - 1] == ' ')
		n--;
	if (mailbox[len - 1] != '>' || n >= sizeof(shown) ||
	    !is_address(angle + 1, strlen(angle + 1) - 1))
		return false;
	memcpy(shown, mailbox, n);
	shown[n] = '\0';
	fprintf(out, "%s:", name);
	if (n > 0 && plain(shown) && strpbrk(shown, "\"\\") == NULL)
		fprintf(out, " \"%s\"", shown);
	else
		write_encoded(out, strlen(name) + 1, shown);
	fprintf(out, "%s %s\n", n > 0 ? "\n" : "", angle);
	return true;
}

void header_parameter(FILE *out, const char *name, const char *value)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

	if (plain(value) && strpbrk(value, "\"\\") == NULL &&
	    strlen(value) < LINE) {
		fprintf(out, ";\n %s=\"%s\"", name, value);
		return;
	}
	fprintf(out, ";\n %s*=%s''", name, strlen(value) > 0 ? "UTF-8" : "");
	for (const char *c = value; *c != '\0'; c++)
		if (strchr(safe, *c) != NULL)
			fputc(*c, out);
		else
			fprintf(out, "%%%02X", (unsigned char)*c);
}
