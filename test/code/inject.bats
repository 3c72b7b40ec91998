# SPDX-License-Identifier: ISC
# A small sample; `test/inject STAGE` is the whole of it, each error at each call.

load ../lib/common

@test "P4.1 P4.2: a system call that fails, whichever: what is said stays true" {
	[ -z "${POP3_SKEL_SANITIZED-}" ] || skip 'the sanitizers make calls of their own'
	"$top/test/inject" --sample 24 "$POP3_SKEL_STAGE" >figures
	cat figures
	# It struck both.
	grep -q ' pop3-skel: ' figures
	grep -q ' maildir: ' figures
	grep -qE '^[0-9]{2} injections, 0 wrong$' figures
}
