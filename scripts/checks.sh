# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# What scripts/check and scripts/test share: how tests are counted, and started.
# After common.sh, at the top of the source tree.
# shellcheck disable=SC2034,SC2154 # For the caller, and from it.

# $builds, the folder of the builds, and $scratch, one for this run.
quick=
checks_setup() {
	builds=${POP3_SKEL_BUILDS:-$top/build}
	mkdir -p "$builds"
	scratch=$(mktemp -d "${TMPDIR:-/tmp}/pop3-skel-test.XXXXXX")
	trap 'rm -rf "$scratch"' EXIT
	trap 'exit 1' HUP INT TERM
	chmod 755 "$scratch"
	mkdir -m 1777 "$scratch/sanitizer"
	: >"$scratch/failed"
	: >"$scratch/again"
	passed=0 failed=0 skipped=0
	# As test/lib/common.bash, but once for all.
	POP3_SKEL_PYTHON=/usr/bin/python3
	[ -x "$POP3_SKEL_PYTHON" ] ||
		POP3_SKEL_PYTHON=$(python3 -c 'import sys; print(sys.executable)')
	mkdir "$scratch/python"
	ln -s "$POP3_SKEL_PYTHON" "$scratch/python/python3"
	export POP3_SKEL_PYTHON PATH="$scratch/python:$PATH"
}

# count WHAT PASSED FAILED SKIPPED
count() {
	passed=$((passed + $2))
	failed=$((failed + $3))
	skipped=$((skipped + $4))
	printf '== %s: %d passed, %d failed, %d skipped\n' "$@"
	[ "$3" -eq 0 ] || printf '%s\n' "$1" >>"$scratch/failed"
}

# check WHAT COMMAND [ARG]...: one test.
check() {
	check_what=$1
	shift
	if "$@" >"$scratch/out" 2>&1; then
		count "$check_what" 1 0 0
	else
		cat "$scratch/out"
		count "$check_what" 0 1 0
	fi
}

# Something in the background: aside NAME COMMAND [ARG]... What it says is in
# $scratch/NAME.out, and $scratch/NAME.good is there when it succeeded.
aside() {
	aside_name=$1
	shift
	{ "$@" >"$scratch/$aside_name.out" 2>&1 &&
		: >"$scratch/$aside_name.good"; } &
}

aside_told() {
	cat "$scratch/$aside_name.out"
	[ -e "$scratch/$aside_name.good" ]
}

# Format, manuals and scripts, and the tests in C, beside each other: begin_checks
# BUILD[:OPTION]...; end_checks, with the same words, tells what became of them.
begin_checks() {
	aside shellcheck lint_scripts
	# shellcheck disable=SC2046 # One word each.
	aside clang-format clang-format --dry-run -Werror \
		$(git ls-files -co --exclude-standard '*.[ch]')
	# shellcheck disable=SC2046
	aside mandoc mandoc -T lint -W warning \
		$(git ls-files -co --exclude-standard '*.[1-8]')
	for units; do
		units_options=
		case $units in
		*:*) units_options=${units#*:} ;;
		esac
		# shellcheck disable=SC2086 # A word, or none.
		aside "units.${units%%:*}" meson test -C "$builds/${units%%:*}" \
			--no-rebuild --print-errorlogs $units_options
	done
}

end_checks() {
	wait
	for aside_name in shellcheck clang-format mandoc; do
		check "$aside_name" aside_told
	done
	for units; do
		count_units "${units%%:*}"
	done
}

count_units() {
	cat "$scratch/units.$1.out"
	# shellcheck disable=SC2046 # Three numbers.
	count "unit tests, $1" $(awk -F: '
		/^(Ok|Expected Fail): / { ok += $2 }
		/^(Fail|Unexpected Pass|Timeout): / { bad += $2 }
		/^Skipped: / { skip += $2 }
		END { print ok + 0, bad + (ok + bad + skip == 0), skip + 0 }
		' "$scratch/units.$1.out")
}

# By name, or by the first line, which is read without a process.
shell_scripts() {
	git ls-files -co --exclude-standard scripts src test units .ci | while read -r file; do
		case $file in
		*.sh | *.bash) printf '%s\n' "$file" && continue ;;
		*.bats | *.[ch1-8] | test/fuzz/corpus/*) continue ;;
		esac
		[ -f "$file" ] || continue
		IFS= read -r first <"$file" || :
		case $first in
		'#!'*[/\ ]sh | '#!'*[/\ ]sh\ * | '#!'*[/\ ]bash | '#!'*[/\ ]bash\ *)
			printf '%s\n' "$file"
			;;
		esac
	done
}

lint_scripts() {
	shell_scripts | xargs -n 8 -P 2 shellcheck -x
}

# The tests in bats: run_bats BUILD... What they say is in $scratch/BUILD.tap.
run_bats() {
	# Where ports are noted as taken.
	export POP3_SKEL_PORTS="$scratch/ports"
	mkdir -m 1777 "$POP3_SKEL_PORTS"
	bats_builds=
	for build; do
		# What the static build leaves out is the ordinary one's, as in
		# packages; and is not there, where that one is not.
		for layer in ordinary "$build"; do
			[ -z "$quick" ] || [ "$layer" = "$build" ] || continue
			bash -c '. test/lib/common.bash && common_stage "$1" "$2"' - \
				"$builds/$layer" "$scratch/$build" ||
				die "no stage for $build"
		done
		bats_builds="$bats_builds $build=$builds/$build"
	done
	# shellcheck disable=SC2086 # One word each.
	test/run --scratch "$scratch" --times "$builds/seconds" \
		--again "${POP3_SKEL_AGAIN:-3}" $bats_options $bats_builds -- ${names:-test/*/*.bats}
}

count_bats() {
	# What passed when it was run again has failed before, in its company.
	sed -n "s/^ok [0-9]* \(.*\) in [0-9]*ms # again\$/\1/p" "$scratch/$1.tap" |
		sort -u >"$scratch/$1.again"
	sed "s/^/$1: /" "$scratch/$1.again" >>"$scratch/again"
	sed -n "/# again\$/d; s/^not ok [0-9]* //p" "$scratch/$1.tap" |
		awk -v again="$scratch/$1.again" -v build="$1" '
			BEGIN { while ((getline <again) > 0) passed[$0] }
			{ name = $0; sub(/ in [0-9]+ms$/, "", name) }
			!(name in passed) { print build ": " $0 }' >>"$scratch/failed"
	# shellcheck disable=SC2046 # Three numbers.
	count "bats, $1" $(awk '
		/^1\.\.[0-9]+$/ { plan = 1 }
		/^ok .* # again$/ { ok++; bad--; next }
		/^not ok .* # again$/ { next }
		/^ok .* # skip/ { skip++; next }
		/^ok / { ok++ }
		/^not ok / { bad++ }
		END { print ok + 0, bad + !plan, skip + 0 }' "$scratch/$1.tap")
}

# The last lines; fails where a test did.
summary() {
	if [ -s "$scratch/again" ]; then
		printf 'Failed beside others, passed by itself:\n'
		sed 's/^/  /' "$scratch/again"
	fi
	if [ -s "$scratch/failed" ]; then
		printf 'Failed:\n'
		sed 's/^/  /' "$scratch/failed"
	fi
	printf '%d passed, %d failed' "$passed" "$failed"
	[ "$skipped" -eq 0 ] || printf ', %d skipped' "$skipped"
	printf '\n'
	[ "$failed" -eq 0 ]
}

build_static() {
	# shellcheck disable=SC2086 # One word each.
	build "$builds/static" musl-gcc --werror $static_options
}

# The build that most tests run on. The sanitizers' libraries cost a program
# less inside than beside it.
build_ordinary() {
	build "$builds/ordinary" gcc --werror -Db_sanitize=address,undefined \
		-Doptimization=1 -Dc_link_args='-static-libasan -static-libubsan'
	sanitizer=log_path=$scratch/sanitizer/report:exitcode=99
	export ASAN_OPTIONS="$sanitizer"
	export UBSAN_OPTIONS="$sanitizer:print_stacktrace=1:halt_on_error=1"
}

# What the tests started has ended.
nobody_left() {
	[ ! -s "$scratch/left" ] || { cat "$scratch/left" && return 1; }
}

# What the sanitizers found while the tests ran, also where no test looked. A
# process that is killed in its last check reports that, and no finding.
sanitizers_silent() {
	! grep -rhE 'ERROR: |runtime error: ' "$scratch/sanitizer" ||
		{ cat "$scratch/sanitizer/"* && return 1; }
}
