# SPDX-License-Identifier: ISC
#
# test/run --again: what failed beside others is run by itself, and counts then.
#
# bats file_tags=once

load ../lib/common

# Runs what is no test of this run's.
bare() { env -i PATH="${PATH//$BATS_LIBEXEC:/}" "$@"; }

@test "a test that fails is run again by itself, told apart, and counted once" {
	local top=$BATS_TEST_DIRNAME/../..
	# bats reads this file, too, and takes no line of it for a test of its own.
	sed 's/^a test/@test/' >three.bats <<-END
	a test "it's well" {
	true
	}
	a test "the first time (not)" {
	[ -e been ] || { : >been; false; }
	}
	a test "never" {
	false
	}
	END
	passed=0 failed=0 skipped=0 scratch=$PWD/scratch
	mkdir scratch
	: >scratch/failed
	: >scratch/again
	bare "$top/test/run" --scratch scratch --again 2 "here=$PWD" -- three.bats
	. "$top/scripts/checks.sh"
	count_bats here
	[ "$passed $failed $skipped" = '2 1 0' ]
	[ "$(cat scratch/again)" = 'here: the first time (not)' ]
	grep -q '^here: never in ' scratch/failed
	! summary
	# Two are too many for --again 1: nothing is run twice.
	rm been
	bare "$top/test/run" --scratch scratch --again 1 "here=$PWD" -- three.bats
	[ "$(grep -c '^not ok' scratch/here.tap)" = 2 ]
	! grep '# again' scratch/here.tap
}
