#!/bin/sh
# SPDX-License-Identifier: ISC
# Mails that are JSON over HTTP, by curl and jq: http.sh URL
#
#	GET URL		[{"id": "a"}, {"id": "b"}]
#	GET URL/ID	{"id": "a", "from": "...", "subject": "...", "date": "...",
#			"text": "..."}
#	DELETE URL/ID
#
# shellcheck source=src/backends/sh/pop3-skel.sh
. "$POP3_SKEL_SH"
url=$1

ask() { curl -fsS --max-time 20 "$@"; }
# The status of each program counts: where HTTP fails the mailbox is not empty.
on_list() {
	json=$(ask "$url") || return 2
	ids=$(printf '%s\n' "$json" |
		jq -r '.[].id | select(test("^[!-~]{1,70}$"))') || return 2
	for id in $ids; do
		sendmsg - "$id"
	done
}
mail() {
	id=$(jq -rn --arg id "$1" '$id | @uri') && json=$(ask "$url/$id") || return
	printf '%s\n' "$json" | jq -r '"From: \(.from)", "Subject: \(.subject)",
		"Date: \(.date)", "Message-ID: <\(.id)@example.org>", "", .text'
}
on_login() { [ "$1:$2" = demo:demo ]; }
on_retr() { senddata mail "$2"; }
on_expunge() {
	id=$(jq -rn --arg id "$2" '$id | @uri') && ask -X DELETE "$url/$id"
}
pop3_run
