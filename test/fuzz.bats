#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# test/fuzz/session, always the same few sessions. The fuzz targets in C run
# among the unit tests.

setup_file() {
	load lib/common
	common_setup_file
}
setup() {
	load lib/common
	common_setup
}
teardown() {
	common_teardown
}

@test "fuzz: random clients and random backends meet in 30 sessions" {
	cp "$common_lib/../fuzz/session" fuzz
	own
	run as_user ./fuzz --seed 1 --count 30 "$SKEL"
	printf '%s\n' "$output"
	[ "$status" -eq 0 ]
	[ "$output" = '30 sessions' ]
}
