# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2016,SC2034,SC2154,SC2317 # For bats.
#
# Where a test failed, told as bats tells it, at a fifth of the cost. Its own trap
# writes down each command that a test comes to, with all that called it, by a
# function of many commands, which was a third of what the tests took. This one
# keeps the same raw, and makes it what bats prints when a test has failed. A bats
# that is made in another way, or that traces, has its own.

# Its text is parsed for each command: the line, and, as long as the stack is
# deep, the lines of the calls, the functions, and the files; also those of the
# command before. What is bats' own, and what is here, is no place.
place_trap='[[ $BASH_SOURCE == @("$BATS_ROOT"/lib*|*/place.bash) || ${BATS_INTERRUPTED-}${BATS_TIMED_OUT-} ]] || { place_before=("${place[@]}") place=("$LINENO" "${BASH_LINENO[@]}" "${FUNCNAME[@]}" "${BASH_SOURCE[@]}"); }'

# In front of what may fail; looked for once in a file.
place_kept() {
	: "${place_known:=$(trap -p DEBUG)}"
	export place_known
	[[ $place_known == *"'bats_debug_trap \"\$BASH_SOURCE\"'"* &&
		${BATS_TRACE_LEVEL:-0} -eq 0 ]] &&
		declare -F bats_error_trap bats_check_status_from_trap \
			bats_get_failure_stack_trace >/dev/null || return 0
	place=()
	place_before=()

	# The trap of what is written down came for that of the error as well,
	# where it came a second time to the same line: then it is the one before
	# that counts; also where no error was, but an end.
	bats_error_trap() {
		bats_check_status_from_trap
		local deep=$((${#place[@]} / 3))
		[[ $BATS_DEBUG_LAST_STACK_TRACE_IS_VALID ||
			"${BASH_LINENO[*]}" != "${place[*]:0:deep + 1}" ||
			"${BASH_SOURCE[*]:1}" != "${place[*]:1 + 2 * deep}" ]] ||
			place=("${place_before[@]}")
		BATS_DEBUG_LAST_STACK_TRACE_IS_VALID=1
	}

	# bats_get_failure_stack_trace ARRAY: a frame is "LINE FUNCTION FILE".
	bats_get_failure_stack_trace() {
		[ -n "$BATS_DEBUG_LAST_STACK_TRACE_IS_VALID" ] ||
			place=("${place_before[@]}")
		local -n place_frames=$1
		local deep=$((${#place[@]} / 3)) i name
		place_frames=()
		for ((i = 0; i < deep; i++)); do
			name=${place[1 + deep + i]}
			place_frames+=("${place[i]} $name ${place[1 + 2 * deep + i]:-$BATS_TEST_SOURCE}")
			case $name in
			"${BATS_TEST_NAME-}" | setup | teardown | setup_file | \
				teardown_file | setup_suite | teardown_suite)
				break
				;;
			esac
			[[ $name:${place[2 + 2 * deep + i]-} != source:*bats-exec-file ]] ||
				break
		done
	}

	# shellcheck disable=SC2064 # Now: it is a constant.
	trap "$place_trap" DEBUG
}

# The time a test takes, by no process more than there must be.
if [ -n "${EPOCHREALTIME-}" ] && declare -F get_mills_since_epoch >/dev/null; then
	get_mills_since_epoch() {
		echo "$((${EPOCHREALTIME/[.,]/} / 1000))"
	}
fi
