# SPDX-License-Identifier: ISC
# A client that is there no more without having said so, and one that is only
# slow.
#
# bats file_tags=once,long

load ../lib/common

# Twenty seconds of silence, found out by thirty: all that waits is in one test.
@test "a client whose link is cut frees its maildrop; one that only stops reading is not cut" {
	local name
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	unshare --net true || skip "needs network namespaces"
	: >users
	yes 'a line of a message that is long enough to fill what a kernel holds' |
		head -c 40000000 >"$work/message"
	echo >>"$work/message"
	for name in idle reading stalled live small quiet; do
		mkdir -p "$name/Maildir/new" "$name/Maildir/cur"
		ln "$work/message" "$name/Maildir/new/1.a"
		echo "$name:{PLAIN}demo::::$work/$name" >>users
	done
	own
	OCTETS=$(($(wc -c <message) + $(wc -l <message))) unshare --net \
		"$top/test/lib/cut-link" 45 30 "${user_prefix[@]}" \
		"$SKEL" "${options[@]}" -- "${backend[@]}" 3>&-
	for name in idle reading stalled; do
		grep -q 'ended .*why="client gone"' "log.$name"
	done
	for name in live small quiet; do
		grep -q 'ended .*why=quit' "log.$name"
	done
}
