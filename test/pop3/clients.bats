# SPDX-License-Identifier: ISC
# Six clients that people use, and six mails that are easily broken: each
# fetches each unchanged, line ends aside.
#
# bats file_tags=once

load ../lib/common
load ../lib/clients

prepare_file() {
	samples=$BATS_FILE_TMPDIR/samples
	"$top/scripts/sample-maildir" "$samples"
	export samples
}

prepare() {
	cp -R "$samples/." "$box/"
	clients_prepare "$samples" none
	serve
}

# All are got/1 and so on, in their order and none more: all_unchanged CLIENT
all_unchanged() {
	local stored number=0
	clients_fetch "$1" clear "$port"
	while IFS= read -r stored; do
		number=$((number + 1))
		clients_lf "$stored" >expected
		clients_lf "got/$number" | cmp expected - || {
			head -c 2000 "got/$number" | cat -A
			return 1
		}
	done < <(find "$samples" -type f -printf '%f %p\n' | sort |
		cut -d ' ' -f 2-)
	[ "$number" -eq 6 ]
	[ "$(find got -type f | wc -l)" -eq 6 ]
	# And all of it is still in the mailbox.
	diff -r -x pop3-skel-list "$samples" "$box"
}

@test "P3.4 P3.12: curl fetches every sample mail unchanged" {
	all_unchanged curl
}

@test "P3.4 P3.12: fetchmail fetches every sample mail unchanged" {
	all_unchanged fetchmail
}

@test "P3.4 P3.12: getmail fetches every sample mail unchanged" {
	all_unchanged getmail
}

@test "P3.4 P3.12: mpop fetches every sample mail unchanged" {
	all_unchanged mpop
}

@test "P3.4 P3.12: poplib of Python fetches every sample mail unchanged" {
	all_unchanged poplib
}

@test "P3.4 P3.12: Net::POP3 of Perl fetches every sample mail unchanged" {
	all_unchanged netpop
}
