#!/usr/bin/env -S mawk -W interactive -f
# SPDX-License-Identifier: ISC
# Each file of a folder is a mail: folder.awk FOLDER
#
# mawk would wait for a whole buffer of requests without -W interactive; what awk
# runs must not read them, nor write where replies are.

BEGIN {
	folder = ARGV[1]
	while ((getline request < "-") > 0) {
		verb = request
		sub(/ .*/, "", verb)
		rest = substr(request, length(verb) + 2)
		n = split(rest, word, " ")
		name = word[2]
		sub(/.*\//, "", name)
		if (verb == "hello")
			print word[1] == "1" ? "OK 1" : "ERR"
		else if (verb == "login")
			print rest == "demo demo" ? "OK" : "ERR"
		else if (verb == "list")
			list()
		else if (verb == "retr")
			retr(folder "/" name)
		else if (verb == "expunge")
			print system("rm -- " quoted(folder "/" name) \
				" </dev/null >&2") == 0 ? "OK" : "ERR"
		else
			print "DEFAULT"
		fflush()
	}
}

# A word of the shell's, whatever is in it.
function quoted(text) {
	gsub(/'/, "'\\''", text)
	return "'" text "'"
}

# Names that can be unique-ids, which have no blanks.
function list(command, file) {
	command = "cd " quoted(folder) " && find . ! -name . -prune -type f " \
		"! -name '.*' </dev/null | LC_ALL=C sort"
	while ((command | getline file) > 0) {
		sub(/^\.\//, "", file)
		if (file ~ /^[!-~]+$/ && length(file) <= 70)
			print "msg - " file
	}
	print close(command) == 0 ? "OK" : "TEMP"
}

function retr(path, line, lines, more) {
	while ((more = (getline line < path)) > 0) {
		print "|" line
		lines++
	}
	close(path)
	if (more == 0 && !lines)
		print "body"
	print more == 0 ? "OK" : "ERR"
}
