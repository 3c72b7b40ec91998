# SPDX-License-Identifier: ISC
# What is installed where, what it links, and what it says about itself.
#
# bats file_tags=full

load ../lib/common

prepare_file() {
	# The build itself, without what scripts/test puts beside it.
	meson install -C "$POP3_SKEL_BUILD" --quiet --no-rebuild \
		--destdir "$BATS_FILE_TMPDIR/root" >/dev/null
	installed=$(dirname "$(find "$BATS_FILE_TMPDIR/root" -name sbin)")
	build=static
	if readelf -lW "$installed/sbin/pop3-skel" | grep -q INTERP; then
		build=ordinary
	fi
	export installed build
}

# The options that a program tells in --help, one a line; and its manual.
help_options() {
	"$1" --help </dev/null | grep -E '^ +-' | cut -c 1-28 |
		grep -oE '(^|[ ,])--?[A-Za-z][a-z-]*' | tr -d ' ,' | sort -u
}
manual_options() {
	sed -n '/^\.It Fl /{s/Fl Fl /Fl -/g;p}' "$1" |
		grep -oE 'Fl -?[A-Za-z][a-z-]*' | sed 's/Fl /-/' | sort -u
}

# The libraries that a program needs, in one line.
needed() {
	common_needed "$1" | tr '\n' ' '
}

programs() {
	find "$installed/sbin" "$installed/libexec" -type f -exec sh -c '
		for file; do
			[ "$(head -c 4 "$file")" != "$(printf "\\177ELF")" ] ||
				printf "%s\n" "$file"
		done' - {} +
}

@test "install: what meson installs is the golden list" {
	(cd "$installed" && find . -type f -printf '%m %P\n') | sort -k 2 >got
	sed '/^#/d' "$BATS_TEST_DIRNAME/install.golden" |
		if [ "$build" = ordinary ]; then
			cut -d ' ' -f 1,2
		else
			grep -v ' ordinary$'
		fi | sort -k 2 | diff - got
	# Nothing stands outside of the prefix.
	[ "$(find "$BATS_FILE_TMPDIR/root" -type f | wc -l)" -eq \
		"$(wc -l <got)" ]
}

@test "install: each page that a manual names, and that is ours, is there" {
	local page name section
	grep -hE '^\.Xr (pop3-skel|maildir)' "$POP3_SKEL_STAGE"/man/man?/* |
		cut -d ' ' -f 2,3 | sort -u >named
	[ -s named ]
	while read -r name section; do
		page=$POP3_SKEL_STAGE/man/man$section/$name.$section
		[ -f "$page" ] || { printf 'no %s\n' "$page"; return 1; }
	done <named
}

# bats test_tags=long
@test "install: --help and the manual know the same options" {
	local pair
	for pair in sbin/pop3-skel:pop3-skel \
		sbin/pop3-skel-accept:pop3-skel-accept \
		sbin/pop3-skel-tls:pop3-skel-tls \
		libexec/maildir:maildir \
		libexec/checkpassword:pop3-skel-checkpassword \
		libexec/pam:pop3-skel-pam libexec/sasl:pop3-skel-sasl \
		sbin/pop3-skel-report:pop3-skel-report \
		sbin/pop3-skel-check:pop3-skel-check; do
		help_options "$POP3_SKEL_STAGE/${pair%:*}" >told
		[ -s told ]
		manual_options "$POP3_SKEL_STAGE/man/man8/${pair#*:}.8" |
			diff told - || {
			printf 'of %s\n' "${pair%:*}"
			return 1
		}
	done
}

@test "install: --version and --help, on stdout and with status 0" {
	local option version
	# The changelog's, and what git has behind it.
	version=$(sed -n '1s/^pop3-skel (\(.*\)) .*/\1/p' \
		"$top/scripts/debian/changelog")
	[ -n "$version" ]
	for option in --version -V; do
		"$SKEL" "$option" >out 2>log
		grep -qE "^pop3-skel ${version//./\\.}(\+[0-9]+\.[0-9]{8}\.g[0-9a-f]{7}[0-9a-f]*(\.dirty\.[0-9]+)?)?\$" out
		[ "$(wc -l <out)" -eq 1 ]
		[ ! -s log ]
	done
	for option in --help -h; do
		"$SKEL" "$option" >out 2>log
		grep -q '^Usage: pop3-skel ' out
		[ ! -s log ]
		[ "$(awk 'length > 80' out)" = '' ]
	done
	# Also behind other options, and where nobody listens on stdin.
	"$SKEL" --timeout 5 --help </dev/null | cmp - out
	# A stdout that takes nothing is told.
	run -75 sh -c '"$SKEL" --help >/dev/full'
}

# bats test_tags=long
@test "install: what makes no sense is status 64 and one line" {
	local words
	for words in --nonsense -x '--timeout' '--timeout x' '--timeout=-1' \
		'--mode odd' '--debug=1' '--command X' '--options /nonsense' \
		'--log' '--max-logins 0' '--expire soon'; do
		status=0
		# shellcheck disable=SC2086 # Words.
		as_user "$SKEL" $words </dev/null >out 2>log || status=$?
		[ "$status" -eq 64 ]
		[ ! -s out ]
		[ "$(wc -l <log)" -eq 1 ]
		logged '^<3>fault what='
	done
}

# bats test_tags=long
@test "install: pop3-skel and maildir need nothing but libc" {
	local libc=
	[ "$build" = static ] || libc='libc.so.6 '
	[ "$(needed "$installed/sbin/pop3-skel")" = "$libc" ]
	[ "$(needed "$installed/libexec/pop3-skel/maildir")" = "$libc" ]
	[ "$(needed "$POP3_SKEL_STAGE/libexec/maildir-crypt")" = \
		'libc.so.6 libcrypt.so.1 libnettle.so.8 libsodium.so.23 ' ]
	[ "$(needed "$POP3_SKEL_STAGE/libexec/pam")" = \
		'libc.so.6 libpam.so.0 ' ]
	[ "$(needed "$POP3_SKEL_STAGE/libexec/sasl")" = \
		'libc.so.6 libgsasl.so.18 libnettle.so.8 ' ]
	[ "$(needed "$POP3_SKEL_STAGE/sbin/pop3-skel-accept")" = \
		'libc.so.6 libsystemd.so.0 ' ]
}

@test "install: a static program has no loader, and a random address" {
	[ "$build" = static ] || skip 'the ordinary build'
	local program
	programs >list
	[ -s list ]
	while read -r program; do
		readelf -hlW "$program" >elf
		grep -q 'Type: *DYN ' elf
		run -1 grep INTERP elf
		[ -z "$(needed "$program")" ]
	done <list
	# And it runs.
	"$installed/sbin/pop3-skel" --version
}

# bats test_tags=long
@test "install: every program is hardened" {
	local program
	programs >list
	[ -s list ]
	while read -r program; do
		readelf -hldW "$program" >elf
		grep -q 'Type: *DYN ' elf
		grep -q GNU_RELRO elf
		grep -E '^ +GNU_STACK ' elf | grep -q ' RW '
		[ "$build" = static ] || grep -q 'Flags: .*NOW' elf
		# No segment is writable and executable.
		run -1 grep -E '^ +LOAD .* RWE' elf
	done <list
}

# A backend that greets with a word: named FILE WORD
named() {
	mkdir -p "${1%/*}"
	printf '#!/bin/sh\nread -r _\necho "OK 1 %s"\nread -r _\n' "$2" >"$1"
	chmod a+rx "$1"
}

greets() {
	session QUIT
	matches "+OK $1" '+OK *'
	[ "$status" -eq 0 ]
}

@test "a backend without a slash: the backends' folder, then PATH" {
	export POP3_SKEL_BACKENDS=$work/folder PATH=$work/path:$PATH
	named folder/both folder
	named path/both path
	named path/only path
	named ./here here
	backend=(both)
	greets folder
	backend=(only)
	greets path
	# What the folder has is the backend, also where nobody may run it.
	named folder/only folder
	chmod a-x folder/only
	session QUIT
	matches '-ERR [SYS/TEMP] *'
	logged "error=\"?(Permission denied|permission denied).*$work/folder/only|$work/folder/only.*[Pp]ermission denied"
	rm folder/only
	# A name with a slash is a path, from where we stand.
	backend=(./here)
	greets here
	backend=("$work/path/both")
	greets path
	backend=(path/only)
	greets path
	# The environment's folder is an absolute one, else the built-in counts.
	export POP3_SKEL_BACKENDS=folder
	backend=(both)
	greets path
}

@test "a backend without a slash, and an environment without a PATH" {
	backend_script <<-'END'
		/usr/bin/env >environment
		read -r _
		echo OK 1
		read -r _
	END
	printf 'QUIT\r\n' | as_user env -i "$SKEL" --log none -- sh ./backend |
		cat >out
	matches '+OK *' '+OK *'
	grep -x PATH=/usr/local/bin:/usr/bin:/bin environment
	# One that is there stays, an empty one too.
	printf 'QUIT\r\n' | as_user env -i PATH= "$SKEL" --log none -- \
		/bin/sh ./backend | cat >out
	matches '+OK *' '+OK *'
	grep -x PATH= environment
}

# bats test_tags=long
@test "a backend that is not there: one line, -ERR, status 75" {
	local name
	mkdir folder
	for name in nowhere ./nowhere / .. folder ./folder '' /etc/passwd \
		"$(printf '%05000d' 0)" "./$(printf '%05000d' 0)"; do
		backend=("$name")
		session QUIT
		matches '-ERR [SYS/TEMP] *'
		[ "$status" -eq 75 ]
		[ "$(grep -c '^<3>fault ' log)" -eq 1 ]
		logged 'fault .* request=start '
	done
}
