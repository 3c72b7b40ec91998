# SPDX-License-Identifier: ISC
#
# lib/place.bash: where a test failed is told as bats tells it.
#
# bats file_tags=once

load ../lib/common

# What a bats of its own says of a file, with our trap and with its.
told_alike() {
	local how
	for how in ours theirs; do
		env -i PATH="${PATH//$BATS_LIBEXEC:/}" TMPDIR="$PWD" how="$how" \
			lib="$common_lib" bats "$1" >"$how" || :
	done
	diff theirs ours
}

# The last word of each test's name says whether it fails.
made() {
	{
		cat <<-'END'
			. "$lib/place.bash"
			load lib
			ours() { [ "$how" = theirs ] || { place_kept && [ "${place+kept}" ]; }; }
		END
		sed 's/^a test/@test/'
	} >"$1"
}

prepare() {
	cat >lib.bash <<-'END'
		inner() {
			true
			false
		}
		middle() {
			true && inner
		}
		deep() { middle; }
		says() {
			[ "$1" = no ] ||
				return 0
			true
			return 3
		}
		nothing() { says no || return 4; }
		each() {
			local i
			for i in yes no; do
				says "$i"
			done
		}
		sub() (
			says no
		)
	END
}

# bats test_tags=long
@test "a failure's place is what bats itself says, wherever it is" {
	made some.bats <<-'END'
	setup() { ours; [[ $BATS_TEST_DESCRIPTION != *setup* ]]; }
	teardown() { true; says "${torn-yes}"; }
	a test "good" { deep || true; (exit 2) || says yes; }
	a test "in the test: bad" {
		true
		false
		true
	}
	a test "a condition: bad" {
		true
		[[ a = b ]]
	}
	a test "of more lines: bad" {
		says yes
		[ a = \
			b ]
	}
	a test "arithmetic: bad" {
		true
		((1 == 2))
	}
	a test "two deep: bad" {
		says yes
		deep
	}
	a test "returned, two deep: bad" {
		nothing
	}
	a test "in a loop of a function: bad" {
		each
	}
	a test "the second of a line: bad" {
		says yes; true; [ a = b ]
	}
	a test "an ended list: bad" {
		true &&
			false
	}
	a test "a subshell: bad" {
		true
		(
			true
			false
		)
	}
	a test "a function that is a subshell: bad" {
		sub
	}
	a test "a substitution: bad" {
		true
		x=$(says no)
	}
	a test "a pipe: bad" {
		true |
			says no
	}
	a test "a group: bad" {
		{
			true
			says no
		} >here
	}
	a test "a here document: bad" {
		true
		grep -q no <<-TEXT
			yes
		TEXT
	}
	a test "run: bad" {
		bats_require_minimum_version 1.5.0
		run -0 says no
	}
	a test "run, of what is to fail: bad" {
		bats_require_minimum_version 1.5.0
		run true
		run ! true
	}
	a test "run, and behind it: bad" {
		run says no
		[ "$status" -eq 0 ]
	}
	a test "the case of a loop: bad" {
		for x in a b; do
			case $x in
			b) false ;;
			esac
		done
	}
	a test "in what is evaluated: bad" {
		eval 'true
			says no'
	}
	a test "waited for: bad" {
		says no 3>&- &
		wait "$!"
	}
	a test "with no IFS: bad" {
		local IFS=
		says no
	}
	a test "by an exit: bad" {
		true
		exit 3
	}
	a test "of a variable that is not: bad" {
		set -u
		true
		echo "$nobody"
	}
	a test "a command that is not: bad" {
		true
		there-is-no-such-command
	}
	a test "a file that is not: bad" {
		true
		. ./there-is-no-such-file
	}
	a test "in setup: bad" {
		true
	}
	a test "in teardown: bad" {
		torn=no
		true
	}
	a test "in the test and in teardown: bad" {
		torn=no
		says no
	}
	a test "skipped" {
		skip "for a reason"
	}
	END
	told_alike some.bats
	[ "$(grep -c '^not ok .*: bad$' ours)" -eq "$(grep -c ': bad"' some.bats)" ]
	[ "$(grep -c '^not ok ' ours)" -eq "$(grep -c ': bad"' some.bats)" ]
	[ "$(grep -c '^ok ' ours)" -eq 2 ]
	# It is ours that is tried, and it has more than one thing to say.
	grep -q "^# (from function .inner. in file lib.bash, line 3,\$" ours
	[ "$(grep -o 'line [0-9]*' ours | sort -u | wc -l)" -gt 25 ]
}

@test "a failure's place in setup_file and teardown_file is what bats says" {
	for name in setup teardown; do
		made "$name.bats" <<-END
			${name}_file() {
				ours
				true
				deep
			}
			a test "good" { true; }
		END
		told_alike "$name.bats"
		grep -q "^not ok . ${name}_file failed\$" ours
		grep -q 'in file lib.bash, line 3,$' ours
	done
}
