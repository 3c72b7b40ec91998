#!/bin/sh
# SPDX-License-Identifier: ISC
# Each file of a folder is a mail: folder.sh FOLDER
# shellcheck source=src/backends/sh/pop3-skel.sh
. "$POP3_SKEL_SH"
folder=$1

on_login() { [ "$1:$2" = demo:demo ]; }
on_list() {
	for file in "$folder"/*; do
		# A unique-id has neither blanks nor control characters.
		case ${file##*/} in
		*[!!-~]*) ;;
		*) [ ! -f "$file" ] || sendmsg - "${file##*/}" ;;
		esac
	done
}
on_retr() { senddata cat -- "$folder/${2##*/}"; }
on_expunge() { rm -- "$folder/${2##*/}"; }
pop3_run
