# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# A backend without fault, in the current folder, or $STATE_DIRECTORY: the messages u1 and u2 of
# demo, each of them there as long as a file mail/u1 or mail/u2 is. What it was
# asked is in the file `requests`, its process in `pids`.
#
# Each script beside this one has one fault: it sources this, defines
# `misbehave`, and calls `serve VERB`, for the request that misbehave answers
# instead. The request is in $request.

serve() {
	cd "${STATE_DIRECTORY:-.}" || exit
	printf '%s\n' "$$" >>pids
	while IFS= read -r request; do
		printf '%s\n' "$request" >>requests
		case $request in
		"$1" | "$1 "*) misbehave ;;
		*) good ;;
		esac
	done
}

good() {
	case $request in
	'hello '*) echo 'OK 1' ;;
	'login demo demo' | 'commit '*) echo OK ;;
	'login '*) echo ERR ;;
	'list '*)
		for uid in mail/*; do
			printf 'msg 20 %s\n' "${uid#mail/}"
		done
		echo OK
		;;
	'retr '*) printf '|Subject: x\n|\n|text\nOK\n' ;;
	'expunge '*) if rm -- "mail/${request##* }"; then echo OK; else echo ERR; fi ;;
	*) echo DEFAULT ;;
	esac
}
