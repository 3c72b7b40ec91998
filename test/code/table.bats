# SPDX-License-Identifier: ISC
# test/bench/table tells what it measures, and what is not as it must be; by its
# cheapest row, which needs no other server.

load ../lib/common

prepare() {
	! readelf -d "$SKEL" | grep -q NEEDED || skip "of the static build"
	tracing -f
	table=$top/test/bench/table
	row='system calls of a session'
}

# The table of this one row, of what is installed in a folder, in `out`.
told() {
	status=0
	"$table" --rounds 1 --file "$work/figures" --stage "$1" "$row" \
		>out 2>log || status=$?
	cat out log
	figure=$(sed -n "s/^$row  *\([0-9]*\) .*/\1/p" out)
	must=$(awk -F '\t' -v row="$row" '$1 == row { print $7 }' figures)
	[ "$(awk -F '\t' -v row="$row" '$1 == row { print $2 }' figures)" = "$figure" ]
}

# bats test_tags=long
@test "bench: a row by its name, with its must; one that misses it is told, and the status tells it" {
	told "$POP3_SKEL_STAGE"
	[ "$figure" -gt 50 ]
	[ "$figure" -lt 400 ]
	if [ "$figure" -le "$must" ]; then
		[ "$status" -eq 0 ]
		grep -E "^$row .* $must met " out
	else
		[ "$status" -eq 1 ]
		grep -E "^$row .* $must missed " out
	fi
	# A shell reads a line octet by octet.
	mkdir -p slow/sbin
	ln -s "$POP3_SKEL_STAGE/libexec" "$POP3_SKEL_STAGE/share" slow
	head -c 500 /dev/zero | tr '\0' '\n' >slow/lines
	cat >slow/sbin/pop3-skel <<-END
		#!/bin/sh
		while read -r line; do :; done <$work/slow/lines
		exec $SKEL "\$@"
	END
	chmod a+rx slow/sbin/pop3-skel
	told "$work/slow"
	[ "$figure" -gt 600 ]
	[ "$status" -eq 1 ]
	grep -E "^$row .* $must missed " out
	[ "$(cat log)" = 'table: 1 of 1 musts are missed' ]
	# When and on what.
	grep -E '^[0-9]+ cores, ' out
	grep -E '^# microseconds: page fault [0-9.]+, ' figures
}

@test "bench: what is not installed is named before anything runs" {
	[ ! -e /usr/bin/dovecot ] || skip "it is everywhere"
	status=0
	PATH=${POP3_SKEL_PYTHON%/*}:/usr/bin:/bin "$table" 'KiB of' 2>log || status=$?
	[ "$status" -eq 1 ]
	[ "$(cat log)" = 'table: dovecot is not installed' ]
	status=0
	"$table" 'no such row' 2>log || status=$?
	[ "$status" -eq 1 ]
	[ "$(cat log)" = 'table: no row is named so' ]
}
