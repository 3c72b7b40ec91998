# SPDX-License-Identifier: ISC
#
# test/fuzz/session, always the same few sessions. The fuzz targets in C run
# among the unit tests.
#
# bats file_tags=full

load ../lib/common

@test "fuzz: random clients and random backends meet in 30 sessions" {
	cp "$top/test/fuzz/session" fuzz
	own
	# What it leaks shows here, if anywhere.
	export ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=1
	run as_user ./fuzz --seed 1 --count 30 "$SKEL"
	printf '%s\n' "$output"
	[ "$status" -eq 0 ]
	[ "$output" = '30 sessions' ]
}
