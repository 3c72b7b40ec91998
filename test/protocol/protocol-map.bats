# SPDX-License-Identifier: ISC
# protocol.map: each rule of the backend protocol has its test.
#
# bats file_tags=once

@test "each rule in protocol.map names a test that there is" {
	cd "$BATS_TEST_DIRNAME"
	rules=0
	while IFS= read -r line; do
		case $line in '' | '#'*) continue ;; esac
		rules=$((rules + 1))
		where=${line##* -> }
		[[ $line == *' -> '*': '* ]]
		grep -qxF "@test \"${where#*: }\" {" ../*/"${where%%: *}.bats" || {
			printf 'no such test: %s\n' "$where"
			false
		}
	done <protocol.map
	[ "$rules" -gt 100 ]
}

@test "each test of the protocol's own files is in protocol.map" {
	cd "$BATS_TEST_DIRNAME"
	missing=0
	for file in protocol faults bodies claimed update sizes facts parts storm \
		resident events next; do
		while IFS= read -r name; do
			grep -qF -e " -> $file: $name" protocol.map || {
				printf '%s: %s\n' "$file" "$name"
				missing=1
			}
		done < <(sed -n 's/^@test "\(.*\)" {$/\1/p' ../*/"$file.bats")
	done
	[ "$missing" -eq 0 ]
}
