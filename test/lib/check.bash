# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2034,SC2154 # After lib/common.
#
# Backends tried by pop3-skel-check, some at once, and what it tells of them:
#
#	try NAME [OPTION]... BACKEND [ARG]...
#	tried
#	clean NAME
#	finds NAME CHECK SEEN CHANGE

check=${POP3_SKEL_STAGE-}/sbin/pop3-skel-check
tries=()

# A backend is tried in the background, in the folder tries/NAME, with more time
# than a busy machine takes; what is told is in the file told there.
try() {
	local name=$1
	shift
	# Some at once: they wait most of the time.
	if [ "${#tries[@]}" -ge 6 ]; then
		wait "${tries[0]}" || :
		tries=("${tries[@]:1}")
	fi
	mkdir -p "tries/$name/mail"
	: >"tries/$name/mail/u1"
	: >"tries/$name/mail/u2"
	[ "$EUID" -ne 0 ] || chown -R "$common_uid:$common_uid" tries
	(
		cd "tries/$name" || exit
		status=0
		# Where what it does in the current folder is found again.
		export STATE_DIRECTORY=$PWD
		as_user timeout 100 "$check" --timeout 240 "$@" >told 2>errors ||
			status=$?
		echo "$status" >status
	) 3>&- &
	tries+=("$!")
}
tried() {
	wait "${tries[@]}" || :
	tries=()
}

# The checks that failed, but for one that is given, and for time, of which a busy
# machine takes some, are exactly this one, and its sentences hold these words:
# finds NAME CHECK SEEN CHANGE [BUT], where BUT may be some, a line each
finds() {
	local told=tries/$1/told time='each answer comes in time'
	[ "$2" != "$time" ] || time=
	[ "$(cat "tries/$1/status")" -eq 1 ] && [ ! -s "tries/$1/errors" ] &&
		sed -n 's/^not ok [0-9]* - //p' "$told" |
		{ grep -vxF -e "${5-}" -e "$time" || :; } | diff <(printf '%s\n' "$2") - &&
		grep -A 3 "^not ok .* - $2\$" "$told" >finding &&
		grep -q "^# seen: .*$3" finding &&
		grep -q "^# change: .*$4" finding && return
	printf '%s: not %s, %s, %s\n' "${@:1:4}"
	cat "$told" "tries/$1/errors"
	return 1
}

# Nothing is to be changed, and all was tried but for what matches.
clean() {
	local told=tries/$1/told
	[ "$(cat "tries/$1/status")" -eq 0 ] && [ ! -s "tries/$1/errors" ] &&
		[ "$(grep -c '^ok ' "$told")" -eq 23 ] &&
		[ "$(tail -n 1 "$told")" = 1..23 ] &&
		! grep '# SKIP' "$told" | grep -vE "${2-delete}" && return
	cat "$told" "tries/$1/errors"
	return 1
}
