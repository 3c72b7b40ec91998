# SPDX-License-Identifier: ISC
# The rules of POP3 that tests are named after.
#
# bats file_tags=once

load ../lib/common

prepare() {
	grep -oE '^P[0-9.]+' "$top/test/rules" >rules
	# In names of tests, or above one: "# P3.2: ..." .
	grep -hE '^(@test |#)' "$top"/test/*/*.bats |
		grep -oE '\bP[0-9]+\.[0-9]+' | sort -u >named
	[ "$(wc -l <rules)" -gt 60 ]
}

@test "rules: each rule has a test that names it" {
	sort rules | comm -23 - named >untested
	cat untested
	[ ! -s untested ]
}

@test "rules: each number that a test names is a rule, and stands once" {
	sort rules | comm -13 - named >unknown
	cat unknown
	[ ! -s unknown ]
	[ -z "$(sort rules | uniq -d)" ]
}
