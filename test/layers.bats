#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The picture of the code, from its sources and objects: who may include and
# call whom, who touches the world, what is linked.

setup_file() {
	load lib/common
	common_setup_file
	cd "$common_lib/../.." || return 1
	# The objects of this build, and for each what it defines and needs:
	# FILE KIND SYMBOL. Sanitizers, fortified variants and large-file names
	# are taken for what they stand for.
	local source object
	for source in src/*.c src/maildir/*.c; do
		for object in \
			"$POP3_SKEL_BUILD/src/pop3-skel.p/${source#src/}.o" \
			"$POP3_SKEL_BUILD/src/libpure.a.p/${source#src/}.o" \
			"$POP3_SKEL_BUILD/src/maildir/maildir.p/${source##*/}.o"; do
			case $source:$object in
			src/maildir/*:*/maildir.p/* | src/[!/]*:*/src/[pl]*) ;;
			*) continue ;;
			esac
			[ -e "$object" ] || continue
			nm "$object" | awk -v file="${source#src/}" '
				{ kind = $(NF - 1); name = $NF }
				name ~ /asan|ubsan|^_GLOBAL_OFFSET|^__stack_chk/ {
					next
				}
				kind == "U" {
					sub(/^__/, "", name)
					sub(/_chk$/, "", name)
					sub(/^isoc99_/, "", name)
					sub(/64$/, "", name)
				}
				{ print file, kind, name }'
		done
	done >"$BATS_FILE_TMPDIR/symbols"
}
setup() {
	load lib/common
	cd "$common_lib/../.." || return 1
	symbols=$BATS_FILE_TMPDIR/symbols
}

# The layers, from the top down. A file includes, and calls, files of the rows
# below it alone.
layers='
main
serve
dispatch proxy
claimed commands
capability sasl transaction update
authorization body
listen message
question
details
stream
mechanisms speak
claims handlers relay
environment session
backend options
coprocess
proxy-header
file io log maildrop peer process
tcp
address base64 dot line reply sasl-message
bulk-portable bulk-sse2 number sha256 wire
bulk limit
'
maildir_layers='
maildir
backend
login
folder users
password
output report
listing template
name stamp text
'

# Prints each line of stdin, `FROM TO` in names of the table $1, that does not
# go down.
going_up() {
	awk -v table="$1" '
		BEGIN {
			rows = split(table, row, "\n")
			for (r = 1; r <= rows; r++) {
				n = split(row[r], name, " ")
				for (i = 1; i <= n; i++)
					rank[name[i]] = r
			}
		}
		$1 != $2 && !(rank[$1] && rank[$2] && rank[$1] < rank[$2])'
}

# Lines `FROM TO`, sorted: which file calls which, among those whose name has
# the prefix $1 ("maildir/"), else among those of src/ itself.
calls() {
	awk -v prefix="${1-}" '
		prefix == "" && $1 ~ /\// || index($1, prefix) != 1 { next }
		$2 ~ /[TDBR]/ { home[$3] = $1 }
		$2 == "U" { from[NR] = $1; to[NR] = $3 }
		END {
			at = length(prefix) + 1
			for (i in from)
				if (to[i] in home && from[i] != home[to[i]])
					print substr(from[i], at),
						substr(home[to[i]], at)
		}' "$symbols" | sed 's/\.c//g' | sort -u
}

# Which of the symbols the files of src/, or of src/maildir/, use: those of the
# extended regular expression $1, as lines `FILE SYMBOL`.
users_of() {
	awk -v wanted="^($1)\$" '$2 == "U" && $3 ~ wanted { print $1, $3 }' \
		"$symbols" | sort
}

# The files, in one line, that use them.
files_with() {
	users_of "$1" | cut -d' ' -f1 | uniq | paste -sd' '
}

@test "layers: the table has every file, and no other" {
	diff <(find src -maxdepth 1 -name '*.[ch]' |
		sed 's|.*/||; s|\.[ch]$||' | sort -u) \
		<(printf '%s\n' $layers | sort)
}

@test "layers: includes go down only" {
	[ "$(grep -c '^#include "' src/serve.c)" -gt 5 ]
	run going_up "$layers" < <(cd src && grep '^#include "' ./*.[ch] | sed -E \
		's|^\./(.*)\.[ch]:#include "(.*)\.h"$|\1 \2|')
	printf '%s\n' "$output"
	[ -z "$output" ]
}

@test "layers: calls go down only" {
	calls >"$BATS_TEST_TMPDIR/calls"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/calls")" -gt 50 ]
	run going_up "$layers" <"$BATS_TEST_TMPDIR/calls"
	printf '%s\n' "$output"
	[ -z "$output" ]
	calls maildir/ >"$BATS_TEST_TMPDIR/calls"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/calls")" -gt 10 ]
	run going_up "$maildir_layers" <"$BATS_TEST_TMPDIR/calls"
	printf '%s\n' "$output"
	[ -z "$output" ]
}

@test "layers: what is pure asks the system for nothing" {
	local pure='address|base64|bulk-[a-z0-9]*|dot|line|number|proxy-header|reply'
	pure="$pure|sasl-message|sha256|wire|claims|commands|maildir/(name|template|text)"
	local allowed='mem(chr|cmp|cpy|move|set)|str(chr|cmp|cspn|len|ncmp|sep|spn)'
	allowed="$allowed|strncasecmp|inet_(ntop|pton)|ntohs|explicit_bzero"
	awk -v pure="^($pure)\\\\.c\$" -v allowed="^($allowed)\$" '
		$2 ~ /[TDBR]/ { ours[$3] = 1 }
		$1 ~ pure && $2 == "U" { file[NR] = $1; name[NR] = $3 }
		END {
			for (i in file) {
				seen++
				if (!(name[i] in ours) && name[i] !~ allowed)
					print file[i], name[i]
			}
			if (seen < 20)
				print "too few symbols"
		}' "$symbols" >"$BATS_TEST_TMPDIR/wrong"
	cat "$BATS_TEST_TMPDIR/wrong"
	[ ! -s "$BATS_TEST_TMPDIR/wrong" ]
}

@test "layers: each thing of the system has its file" {
	local name files
	while IFS=: read -r name files; do
		printf '%s is for: %s\n' "$name" "$files"
		[ "$(users_of "$name" | awk '$1 !~ /\// { print $1 }' |
			uniq | paste -sd' ')" = "$files" ]
	done <<-'END'
	alarm:io.c
	ppoll|select|epoll_wait:io.c
	read|recv|recvmsg:io.c
	fork|vfork|posix_spawnp?|exec[vlpe]*|kill|waitid|waitpid:process.c
	flock|unlink|open_tmpfile|mkostemp|pread|pwrite:file.c
	set(res)?[ug]id|setgroups:details.c
	getpeername|getsockname:peer.c
	malloc|calloc|realloc|strdup|asprintf|getline:environment.c maildrop.c main.c
	printf|puts|fopen|fread:options.c
	prctl:details.c main.c
	crypt|crypt_r|crypt_rn:
	END
}

@test "layers: maildir opens no message, renames nothing, allocates for its listing alone" {
	[ "$(files_with 'malloc|calloc|realloc' | tr ' ' '\n' | grep /)" = \
		maildir/listing.c ]
	[ "$(files_with 'unlink(at)?' | tr ' ' '\n' | grep /)" = \
		maildir/folder.c ]
	[ -z "$(users_of 'rename(at)?2?|link(at)?|f?chmod(at)?|f?chown(at)?' |
		grep /)" ]
}

# With sections from objdump, for nm says D of constants that hold addresses.
@test "layers: no mutable globals but what a signal or the log needs" {
	local source object
	for source in src/*.c; do
		object=$POP3_SKEL_BUILD/src/pop3-skel.p/${source#src/}.o
		[ -e "$object" ] || continue
		objdump -t "$object" | awk -v file="${source#src/}" '
			NF > 4 && $NF !~ /asan|ubsan|^\./ && $(NF - 2) ~ /^\.(data|bss|tbss)/ &&
			$(NF - 2) !~ /^\.data\.rel\.ro/ { print file, $NF }'
	done | sed 's/\.[0-9]*$//' | sort >"$BATS_TEST_TMPDIR/globals"
	cat "$BATS_TEST_TMPDIR/globals"
	grep -q '^io.c caught_term$' "$BATS_TEST_TMPDIR/globals"
	run grep -vE '^(io\.c caught_[a-z]+|log\.c [a-z_]+)$' \
		"$BATS_TEST_TMPDIR/globals"
	[ -z "$output" ]
}

@test "layers: who links what" {
	local file needed expected sanitizers=
	# Their libraries, or what those need where they are inside.
	[ -z "${POP3_SKEL_SANITIZED-}" ] || sanitizers='|libasan|libubsan|libm'
	for file in "$POP3_SKEL_STAGE"/sbin/* "$POP3_SKEL_STAGE"/libexec/*; do
		[ "$(head -c 4 "$file" | tail -c 3)" = ELF ] || continue
		needed=$(readelf -d "$file" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
			grep -vE "^(libc|libgcc_s|ld-linux.*$sanitizers)\\.so" |
			paste -sd' ')
		case ${file##*/} in
		pop3-skel-accept) expected='libsystemd.so.*' ;;
		pop3-skel-tls) expected='libssl.so.* libcrypto.so.*' ;;
		maildir-crypt) expected='libcrypt.so.*' ;;
		pam) expected='libpam.so.*' ;;
		*) expected= ;;
		esac
		printf '%s needs: %s\n' "${file##*/}" "$needed"
		# shellcheck disable=SC2053 # It is a pattern.
		[[ $needed == $expected ]]
	done
}

@test "layers: what the static build makes is static, with no interpreter" {
	local file
	[ -z "${POP3_SKEL_SANITIZED-}" ] || skip "the ordinary build"
	for file in "$POP3_SKEL_BUILD/src/pop3-skel" \
		"$POP3_SKEL_BUILD/src/maildir/maildir" \
		"$POP3_SKEL_BUILD/src/login/checkpassword" \
		"$POP3_SKEL_BUILD/src/backends/login-delay/login-delay"; do
		printf '%s\n' "$file"
		run readelf -ldW "$file"
		[ "$status" -eq 0 ]
		[[ $output != *INTERP* && $output != *NEEDED* ]]
		[[ $output == *GNU_RELRO* ]]
		[[ $output =~ GNU_STACK\ [^$'\n']*\ RW\  ]]
	done
}

@test "layers: a source has header guards, and no other conditions" {
	find src -name '*.h' >"$BATS_TEST_TMPDIR/headers"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/headers")" -gt 20 ]
	# shellcheck disable=SC2046 # One word each.
	run awk '
		FNR == 1 {
			guard = toupper(FILENAME)
			sub(/.*\//, "", guard)
			gsub(/[.-]/, "_", guard)
			wrong[FILENAME] = 3
		}
		/^[ \t]*#[ \t]*(if|el)/ { wrong[FILENAME] -= ++n[FILENAME] == 1 }
		n[FILENAME] > 1 { wrong[FILENAME] = 9 }
		$0 == "#ifndef " guard { wrong[FILENAME]-- }
		$0 == "#define " guard { wrong[FILENAME]-- }
		END {
			for (file in wrong)
				if (wrong[file])
					print file
		}' $(cat "$BATS_TEST_TMPDIR/headers")
	printf '%s\n' "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	run grep -rnE '^[[:blank:]]*#[[:blank:]]*(if|el|undef|pragma)' src \
		--include='*.c'
	printf '%s\n' "$output"
	[ "$status" -eq 1 ]
}

@test "layers: no call that cannot be made safe" {
	run grep -rnE '\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|system|popen|atoi|atol|alloca|tmpnam|mktemp|cleanup)[[:blank:]]*\(' \
		src --include='*.[ch]'
	printf '%s\n' "$output"
	[ "$status" -eq 1 ]
}

# Corpora are as they are, and Debian's files have forms of their own.
@test "layers: a file has one SPDX line at its head; none outgrows itself" {
	run awk -v tag='SPDX-License'-'Identifier: ISC' '
		FNR == 1 { seen[FILENAME] = 0 }
		index($0, tag) { seen[FILENAME] += FNR <= 3 ? 1 : 100 }
		END {
			for (file in seen)
				if (seen[file] != 1)
					print file
		}' $(git ls-files src scripts test units .ci |
		grep -vE '^(test/fuzz/corpus/|test/floor$|scripts/debian/)')
	printf '%s\n' "$output"
	[ -z "$output" ]
	run awk 'FNR == 521 { print FILENAME }' \
		$(git ls-files 'src/*.[ch]' 'scripts/*' 'test/*.bash')
	printf '%s\n' "$output"
	[ -z "$output" ]
}

@test "layers: a header stands alone" {
	# shellcheck disable=SC2046 # One word each.
	gcc -std=gnu17 -Wall -Werror -D_GNU_SOURCE -fsyntax-only -Isrc -x c \
		$(find src -name '*.h')
}
