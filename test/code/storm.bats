# SPDX-License-Identifier: ISC
# A small storm; `test/storm STAGE` is the whole of it, 2,000 rounds.

load ../lib/common

# bats test_tags=long
@test "P4.2 P4.4: SIGKILL at any time, and only mail that QUIT marked is gone" {
	# Killed while it looks for leaks, the sanitizer would complain.
	export ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0
	"$top/test/storm" --rounds 60 "$POP3_SKEL_STAGE" >figures
	cat figures
	# It struck both, and in UPDATE.
	grep -q 'killed pop3-skel: before QUIT' figures
	grep -q 'killed backend: before QUIT' figures
	[ "$(grep -cE 'QUIT sent|half-way|all removed' figures)" -ge 2 ]
	grep -qx '60 rounds, nothing lost' figures
}
