# SPDX-License-Identifier: ISC
#
# The picture of the code, from its sources and objects: who may include and
# call whom, who touches the world, what is linked.
#
# bats file_tags=full

load ../lib/common

prepare_file() {
	cd "$top" || return 1
	test/lib/layers.py "$POP3_SKEL_BUILD" symbols >"$BATS_FILE_TMPDIR/symbols"
}

prepare() {
	cd "$top" || return 1
	symbols=$BATS_FILE_TMPDIR/symbols
}

# Which of the symbols of the extended regular expression $1 the files of src/
# use, as lines `FILE SYMBOL`.
users_of() {
	awk -v wanted="^($1)\$" '$2 == "U" && $3 ~ wanted { print $1, $3 }' \
		"$symbols" | sort -u
}

# The files, in one line, that use them.
files_with() {
	users_of "$1" | cut -d' ' -f1 | uniq | paste -sd' '
}

# bats test_tags=long
@test "layers: the house: folders, rooms and arrows, and none goes up" {
	run test/lib/layers.py "$POP3_SKEL_BUILD"
	printf '%s\n' "$output" | sed 's/^/# /' >&3
	[ "$status" -eq 0 ]
	[[ $output == *'pure/ '*' arrows, 0 that go up' ]]
}

# bats test_tags=once
@test "layers: an arrow that goes up, or a circle, is found" {
	cp -R src "$BATS_TEST_TMPDIR/src"
	cp test/lib/layers.py "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR"
	printf '[]\n' >compile_commands.json
	sed -i '1i #include "session/session.h"' src/pure/number.h
	sed -i '1i #include "accept/loop.h"' src/accept/notify.h
	run ./layers.py .
	[ "$status" -eq 1 ]
	[[ $output == *'pure/number -> session/session goes up'* ]]
	[[ $output == *'a circle in accept: accept/'* ]]
}

# bats test_tags=once
@test "layers: no member of struct session is one file's alone" {
	run test/lib/layers.py "$POP3_SKEL_BUILD" members
	printf '%s\n' "$output" | sed 's/^/# /' >&3
	[ "$status" -eq 0 ]
	[[ $output == *' members, 0 of one file alone' ]]
	cp -R src "$BATS_TEST_TMPDIR/src"
	cp test/lib/layers.py "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR"
	sed -i 's/^struct session {/&\n\tbool *own[2], unused;/' \
		src/session/session.h
	printf 'static bool x(struct session *s)\n{ return s->own[0]; }\n' \
		>>src/session/retr.c
	run ./layers.py . members
	[ "$status" -eq 1 ]
	[[ $output == *$'\nown is of one file alone\nunused is of one file alone' ]]
}

# bats test_tags=once
@test "layers: the map has each file, and no other" {
	# The names in backquotes of each folder's part, against the folder.
	sed -n '/^## The rooms/,/^## Where/p' src/README.md | awk '
		function names(folder, text,  n, part, i) {
			n = split(text, part, "`")
			for (i = 2; i <= n; i += 2)
				print folder "/" part[i]
		}
		/^`[a-z]*\/`,/ { split($0, head, "[`/]"); folder = head[2]; next }
		folder == "backends" && /^\* `/ {
			split($0, head, "[`]")
			sub(/\/$/, "", head[2])
			own = head[2]
			sub(/^[^:]*:/, "")
		}
		folder == "backends" { names("backends/" own, $0); next }
		folder && /^\* / { sub(/:.*/, ""); names(folder, $0) }' |
		grep -vE '/(feed|perl|proxy|python|sh|sql)/' | sort >"$BATS_TEST_TMPDIR/map"
	find src -name '*.[ch]' | sed 's/^src.//; s/\.[ch]$//' | sort -u |
		diff "$BATS_TEST_TMPDIR/map" -
}

@test "layers: what is pure asks the system for nothing" {
	local allowed='mem(chr|cmp|cpy|move|set)|str(chr|cmp|cspn|len|ncmp|sep|spn)'
	allowed="$allowed|strncasecmp|inet_(ntop|pton)|ntohs|explicit_bzero"
	awk -v pure="^pure/" -v allowed="^($allowed)\$" '
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
		[ "$(users_of "$name" | cut -d' ' -f1 |
			grep -vE '^(accept|backends|tls)/' | uniq | paste -sd' ')" = "$files" ]
	done <<-'END'
	alarm:os/wait.c
	ppoll|select|epoll_wait:os/wait.c
	read|recv|recvmsg:os/connection.c os/file.c os/local.c os/process.c os/program.c os/wait.c protocol/channel.c
	write|send|sendmsg:os/connection.c os/local.c os/log.c os/record.c protocol/channel.c
	unlink:os/file.c os/listen.c
	flock|open_tmpfile|mkostemp|pread|pwrite:os/file.c
	getpeername|getsockname:os/listen.c os/peer.c
	malloc|calloc|realloc|strdup|asprintf|getline:maildrop/maildrop.c maildrop/unique-id.c os/record.c protocol/environment.c
	printf|puts|fopen|fread:session/options-parse.c
	END
}

@test "layers: of all programs, who starts others, becomes another, is hidden, hashes" {
	local name files
	grep -q '^accept/' "$symbols" || skip "not all of them are in this build"
	while IFS=: read -r name files; do
		printf '%s is for: %s\n' "$name" "$files"
		[ "$(files_with "$name")" = "$files" ]
	done <<-'END'
	posix_spawnp?:
	fork|vfork:backends/checkpassword/checker.c backends/kit/listen.c backends/kit/rights.c os/process.c tls/loop.c
	exec[vlpe]*:backends/kit/next.c os/program.c
	waitid:os/process.c
	waitpid:accept/sessions.c os/process.c
	kill:accept/sessions.c backends/checkpassword/checker.c backends/kit/rights.c os/process.c
	set(res)?[ug]id|setgroups:os/become.c
	prctl:backends/kit/rights.c os/become.c
	crypt|crypt_r|crypt_rn:backends/maildir-crypt/check.c
	END
}

@test "layers: maildir opens no message, renames its own file alone, allocates for its listing alone" {
	in_maildir() {
		users_of "$1" | cut -d' ' -f1 | grep ^backends/maildir/ | uniq
	}
	[ "$(in_maildir 'malloc|calloc|realloc')" = backends/maildir/listing.c ]
	[ "$(in_maildir 'unlink(at)?' | xargs)" = \
		'backends/maildir/folder.c backends/maildir/size-file.c' ]
	[ "$(in_maildir 'rename(at)?2?')" = backends/maildir/size-file.c ]
	[ -z "$(in_maildir 'link(at)?|f?chmod(at)?|f?chown(at)?')" ]
}

# With sections from objdump, for nm says D of constants that hold addresses.
# bats test_tags=long
@test "layers: no mutable globals but what a signal or the log needs" {
	objdump -t "$POP3_SKEL_BUILD"/src/pop3-skel.p/*.o \
		"$POP3_SKEL_BUILD"/src/libos.a.p/*.o | awk '
			/: +file format / { sub(/: +file format .*/, ""); sub(/.*\//, ""); file = $0; next }
			NF > 4 && $NF !~ /asan|ubsan|^\./ && $(NF - 2) ~ /^\.(data|bss|tbss)/ &&
			$(NF - 2) !~ /^\.data\.rel\.ro/ { print file, $NF }' |
		sed 's/\.[0-9]*$//' | sort >"$BATS_TEST_TMPDIR/globals"
	cat "$BATS_TEST_TMPDIR/globals"
	grep -q '^os_wait.c.o caught_term$' "$BATS_TEST_TMPDIR/globals"
	run grep -vE '^(os_wait\.c\.o caught_[a-z]+|os_log\.c\.o [a-z_]+|test_leaks.*)$' \
		"$BATS_TEST_TMPDIR/globals"
	[ -z "$output" ]
}

@test "layers: maildir and checkpassword do without printf, a fifth of their size" {
	local wanted='v?(s|sn|f|d)?printf|scanf|strto[a-z]+'
	[[ $(files_with "$wanted") == *os/log.c* ]]
	run grep -E '^backends/(checkpassword|kit|maildir)/' \
		<(users_of "$wanted")
	[ -z "$output" ]
}

# bats test_tags=long
@test "layers: who links what" {
	local file needed expected
	for file in "$POP3_SKEL_STAGE"/sbin/* "$POP3_SKEL_STAGE"/libexec/*; do
		[ "$(head -c 4 "$file" | tail -c 3)" = ELF ] || continue
		needed=$(common_needed "$file" |
			grep -vE '^(libc|libgcc_s|ld-linux.*)\.so' | paste -sd' ')
		case ${file##*/} in
		pop3-skel-accept) expected='libsystemd.so.*' ;;
		pop3-skel-tls) expected='libcrypto.so.* libssl.so.*' ;;
		maildir-crypt)
			expected='libcrypt.so.* libnettle.so.* libsodium.so.*'
			;;
		pam) expected='libpam.so.*' ;;
		sasl) expected='libgsasl.so.* libnettle.so.*' ;;
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
		"$POP3_SKEL_BUILD/src/backends/maildir" \
		"$POP3_SKEL_BUILD/src/backends/checkpassword" \
		"$POP3_SKEL_BUILD/src/backends/login-delay"; do
		printf '%s\n' "$file"
		run readelf -ldW "$file"
		[ "$status" -eq 0 ]
		[[ $output != *INTERP* && $output != *NEEDED* ]]
		[[ $output == *GNU_RELRO* ]]
		[[ $output =~ GNU_STACK\ [^$'\n']*\ RW\  ]]
	done
}

# bats test_tags=once
@test "layers: a source has header guards, and no other conditions" {
	find src -name '*.h' >"$BATS_TEST_TMPDIR/headers"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/headers")" -gt 20 ]
	# shellcheck disable=SC2046 # One word each.
	run awk '
		FNR == 1 {
			guard = toupper(FILENAME)
			sub(/^SRC\//, "", guard)
			gsub(/[.\/-]/, "_", guard)
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

# bats test_tags=once
@test "layers: no call that cannot be made safe" {
	run grep -rnE '\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|system|popen|atoi|atol|alloca|tmpnam|mktemp|cleanup)[[:blank:]]*\(' \
		src --include='*.[ch]'
	printf '%s\n' "$output"
	[ "$status" -eq 1 ]
}

# Corpora are as they are, and Debian's files have forms of their own.
# bats test_tags=once
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
	run awk 'FNR == (FILENAME ~ /^test/ ? 521 : 401) { print FILENAME }' \
		$(git ls-files 'src/*.[ch]' 'scripts/*' 'test/*.bash')
	printf '%s\n' "$output"
	[ -z "$output" ]
}

# bats test_tags=long
@test "layers: a header stands alone" {
	# shellcheck disable=SC2046 # One word each.
	gcc -std=gnu17 -Wall -Werror -D_GNU_SOURCE -fsyntax-only -Isrc -x c \
		$(find src -name '*.h')
}
