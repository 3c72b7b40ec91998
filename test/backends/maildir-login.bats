# SPDX-License-Identifier: ISC
# The maildir backend alone, over pipes: the users file, passwords, templates,
# privileges. The rules named are those of maildir(8).

load ../lib/common
load ../lib/maildir

prepare() {
	maildir_setup
}

temp='TEMP mailbox not available'

need_crypt() {
	[ -x "$POP3_SKEL_BACKENDS/maildir-crypt" ] ||
		skip "this build has no maildir-crypt"
}

# A hash by crypt(3) of a password, with the setting given.
hash() {
	perl -e 'print crypt($ARGV[0], $ARGV[1])' -- "$1" "$2"
}

# The password "open sesame" as each scheme has it.
sha512='$6$rounds=1000$saltsalt'
sha256='$5$rounds=1000$saltsalt'
blowfish='$2b$04$abcdefghijklmnopqrstuu'
md5='$1$saltsalt'
yescrypt='$y$j75$saltsaltsaltsalt'

@test "login: right and wrong passwords, unknown users, one text for all" {
	ask 'login demo demo' 'login demo demO' 'login demo dem' \
		'login demo demo ' 'login demo  demo' 'login demo ' \
		'login nobody demo' 'login Demo wrong' 'login dem demo'
	answers LOGIN ERR ERR ERR ERR ERR ERR ERR ERR
	[ ! -s log ]
}

@test "login: a name in other letters is the account in lower case, as the file spells it" {
	ask 'login Demo demo' 'list demo' 'login DEMO demo' 'list DEMO' \
		'login DEMO DEMO' 'login DEM demo'
	answers 'user demo' LOGIN "lock $box/." OK 'user demo' LOGIN \
		'TEMP mailbox not available' ERR ERR
	words=(-m "$work/%u/Maildir")
	ask 'login dEMO demo' 'list demo'
	answers 'user demo' LOGIN "lock $box/." OK
}

@test "login: two accounts whose names differ in case never become one" {
	printf '%s\n' "demo:{PLAIN}small::::$work/demo" \
		"Demo:{PLAIN}large::::$work/Demo" "Only:{PLAIN}only::::$work/o" \
		"locked:{PLAIN}x::::$work/l" 'Locked:!' >users
	ask 'login demo small' 'login Demo large' 'login DEMO small' \
		'login Demo small' 'login demo large' 'login DEMO large' \
		'login only only' 'login ONLY only' 'login Only only' \
		'login Locked x' 'login LOCKED x'
	answers LOGIN OK 'user demo' LOGIN ERR ERR ERR ERR ERR OK ERR \
		'user locked' OK
}

# bats test_tags=long
@test "login: a password runs to the end of the line, byte for byte" {
	local password
	for password in ' lead' 'trail ' 'in  ner' ' ' '\back\' '*' '-n' '{x}' \
		$'\303\244\377' "$(head -c 200 /dev/zero | tr '\0' x)"; do
		printf 'demo:{PLAIN}%s:::::\n' "$password" >users
		ask "login demo $password" "login demo ${password}x" \
			"login demo ${password%?}"
		answers "TEMP mailbox not available" ERR ERR
		grep -qF 'reason="no home for %h: put one into the sixth field, or take a template without it" line=1' log
	done
}

@test "login: a request without a password is TEMP" {
	ask 'login demo' login 'login '
	answers "$temp" "$temp" "$temp"
}

@test "users: PLAIN, CLEAR and CLEARTEXT, in capitals or not" {
	local scheme
	for scheme in PLAIN CLEAR CLEARTEXT plain ClearText; do
		echo "demo:{$scheme}pa}ss:::: $work/demo:x" >users
		ask 'login demo pa}ss' 'login demo x'
		answers OK ERR
	done
}

# bats test_tags=long
@test "users: every scheme of crypt, and CRYPT where none is named" {
	local field
	need_crypt
	for field in "{SHA512-CRYPT}$(hash 'open sesame' "$sha512")" \
		"{SHA256-CRYPT}$(hash 'open sesame' "$sha256")" \
		"{BLF-CRYPT}$(hash 'open sesame' "$blowfish")" \
		"{MD5-CRYPT}$(hash 'open sesame' "$md5")" \
		"{CRYPT}$(hash 'open sesame' "$yescrypt")" \
		"{crypt}$(hash 'open sesame' "$sha512")" \
		"$(hash 'open sesame' "$sha256")" \
		"{DES-CRYPT}$(hash 'open sesame' ab)"; do
		[[ $field == *[a-zA-Z0-9./] ]]
		echo "demo:$field::::$work/demo::" >users
		ask 'login demo open sesame' 'login demo open sesamE' \
			'login demo ' 'login demo Open sesame'
		case $field in
		# DES knows eight octets of a password alone.
		*DES*) answers LOGIN LOGIN ERR ERR ;;
		*) answers LOGIN ERR ERR ERR ;;
		esac
		[ ! -s log ]
	done
}

# bats test_tags=long
@test "users: passwords with blanks and 8-bit against a hash" {
	local password
	need_crypt
	for password in ' a  b ' $'\303\244\377' '-n' ''; do
		echo "demo:$(hash "$password" "$sha512")::::$work/demo" >users
		ask "login demo $password" "login demo $password " \
			"login demo x$password"
		answers LOGIN ERR ERR
	done
}

@test "users: a password longer than crypt knows is wrong, not trouble" {
	need_crypt
	echo "demo:$(hash demo "$sha512")::::$work/demo" >users
	ask "login demo $(head -c 5000 /dev/zero | tr '\0' x)" 'login demo demo'
	answers ERR LOGIN
	[ ! -s log ]
}

@test "users: an unknown user costs one check of the first scheme" {
	# A checker that counts its calls stands in for the real one.
	mkdir bin
	cat >bin/maildir-crypt <<-'END'
		#!/bin/sh
		tr '\0' '\n' >>calls
		exit 0
	END
	chmod +x bin/maildir-crypt
	touch calls
	chmod a+w calls
	printf '%s\n' '# a comment' '' 'nobody:::::' 'locked:!:::::' \
		'odd:{SCRAM}x:::::' 'first:{SHA512-CRYPT}one' \
		"demo:{CRYPT}two::::$work/demo" >users
	printf '%s\n' 'login ghost secret' 'login ../x secret' \
		'login locked secret' 'login nobody ' 'login demo secret' |
		POP3_SKEL_BACKENDS=$work/bin as_user "$maildir" -u users \
			>out 2>log
	# It says "match" each time, and lets nobody in but the real one.
	answers ERR ERR ERR ERR LOGIN
	local one='{SHA512-CRYPT}one' two='{CRYPT}two'
	printf '%s\n' "$one" secret "$one" secret "$one" secret "$one" '' \
		"$two" secret | diff - calls
	[ ! -s log ]
}

@test "users: the secret is in no argument and no environment" {
	mkdir bin
	cat >bin/maildir-crypt <<-'END'
		#!/bin/sh
		tr '\0' '\n' <"/proc/$$/cmdline" >arguments
		tr '\0' '\n' <"/proc/$$/environ" >environment
		exit 1
	END
	chmod +x bin/maildir-crypt
	touch arguments environment
	chmod a+w arguments environment
	echo 'demo:{CRYPT}hashed' >users
	printf 'login demo secret\n' |
		POP3_SKEL_BACKENDS=$work/bin as_user "$maildir" -u users >out
	answers ERR
	[ -s arguments ]
	[ ! -s environment ]
	run -1 grep -e secret -e hashed arguments
}

@test "users: a checker that prints, hangs up, dies or is missing" {
	local end
	mkdir bin
	echo 'demo:{CRYPT}x' >users
	for end in 'echo OK; exit 1' 'exec 0<&-; exit 1'; do
		printf '#!/bin/sh\n%s\n' "$end" >bin/maildir-crypt
		chmod 755 bin/maildir-crypt
		printf 'login demo x\n' | POP3_SKEL_BACKENDS=$work/bin \
			as_user "$maildir" -u users >out 2>log
		answers ERR
	done
	for end in 'exit 3' 'exit 127' 'kill -9 $$'; do
		printf '#!/bin/sh\n%s\n' "$end" >bin/maildir-crypt
		printf 'login demo x\nlogin ghost x\n' |
			POP3_SKEL_BACKENDS=$work/bin \
				as_user "$maildir" -u users >out 2>log
		answers "$temp" "$temp"
		grep -qF '<3>maildir reason="maildir-crypt failed"' log
	done
	chmod 644 bin/maildir-crypt
	printf 'login demo x\n' | POP3_SKEL_BACKENDS=$work/bin \
		as_user "$maildir" -u users >out 2>log
	answers "$temp"
	grep -qF 'reason="maildir-crypt does not start, and all but {PLAIN} needs it" error="Permission denied" path="'"$work/bin"'" uid=' log
	grep -qF 'reason="password not checked" line=1 file="users" user="demo"' log
}

@test "users: nobody gets in by an empty or a locked password" {
	local field
	for field in '' '{PLAIN}' '{CRYPT}' '*' '!' '!!' '{CRYPT}*0' '{CRYPT}!x'; do
		echo "demo:$field::::$work/demo" >users
		ask 'login demo ' 'login demo x' 'login demo *' 'login demo !'
		answers ERR ERR ERR ERR
	done
	echo demo: >users
	ask 'login demo '
	answers ERR
}

@test "users: an unknown scheme or hash is TEMP and names file and line" {
	local take="take {CRYPT} and a hash of mkpasswd's, or {PLAIN}"
	local hash="put one of mkpasswd's there, or {PLAIN} before a password in clear"
	# What no } ends may be a secret, and so may what is no name.
	printf '%s\n' '# users' 'demo:{NTLM}abc::::/' 'open:{PLAINabc' \
		'odd:{a b}abc' >users
	ask 'login demo demo' 'login open x' 'login odd x'
	answers "$temp" "$temp" "$temp"
	printf '<3>maildir reason="unknown password scheme%s: '"$take"'" line=%s file="users" user="%s"\n' \
		' {NTLM}' 2 demo '' 3 open '' 4 odd | diff - log
	need_crypt
	printf '%s\n' 'demo:{CRYPT}$9$nothing::::/' 'demo:x' >users
	ask 'login demo demo'
	answers "$temp"
	echo "<3>maildir reason=\"bad password hash: $hash\" line=1 file=\"users\" user=\"demo\"" |
		diff - log
	# A password where a hash belongs; crypt takes its start for a salt.
	echo 'demo:demo::::/' >users
	ask 'login demo demo'
	answers "$temp"
	echo "<3>maildir reason=\"bad password hash: $hash\" line=1 file=\"users\" user=\"demo\"" |
		diff - log
}

@test "users: a file that cannot be read is TEMP and logged" {
	words=(-u "$work/nowhere")
	ask 'login demo demo'
	answers "$temp"
	grep -qF "<3>maildir reason=\"users file cannot be opened\" error=\"No such file or directory\" path=\"$work/nowhere\"" log
	words=()
	chmod 0 users
	ask 'login demo demo'
	answers "$temp"
	grep -qF 'error="Permission denied" path="users" uid='"$common_uid" log
	words=(-u "$work")
	ask 'login demo demo'
	answers "$temp"
	grep -qF 'reason="users file cannot be opened" error="Is a directory"' log
}

@test "users: a bad line is logged and locks out none but who may be its" {
	local bad
	for bad in 'no colon' ' demo:{PLAIN}x' $'de\tmo:{PLAIN}x' \
		"$(head -c 9000 /dev/zero | tr '\0' x)"; do
		printf '%s\n' "$bad" "demo:{PLAIN}demo::::$work/demo" \
			"$bad" >users
		ask 'login demo demo' 'login demo wrong' 'login ghost x'
		answers LOGIN ERR "$temp"
		[ "$(grep -c '^<3>maildir reason=".*" line=1 file="users"$' log)" -eq 3 ]
		[ "$(grep -c '^<3>maildir reason=".*" line=3 file="users"$' log)" -eq 1 ]
		[ "$(wc -l <log)" -eq 4 ]
	done
}

@test "users: a bad line of the user's own is TEMP" {
	local bad
	for bad in $'demo:{PLAIN}demo::::/\r' $'demo:{PLAIN}de\001mo::::/' \
		"demo:{PLAIN}demo::::/$(head -c 9000 /dev/zero | tr '\0' x)"; do
		printf '%s\n' '#' "$bad" "other:{PLAIN}x::::$work/demo" >users
		ask 'login demo demo' 'login other x' 'login ghost x'
		answers "$temp" LOGIN ERR
		[ "$(wc -l <log)" -eq 1 ]
		grep -q ' line=2 file="users" user="demo"$' log
	done
}

@test "users: Dovecot's fields; the first line counts; no LF at the end" {
	printf '%s' "# users of this host

:no name
other:{PLAIN}demo:1:1:Other::
demo:{PLAIN}one:5000:5000:Demo,,,:$work/demo:/bin/sh:userdb_mail=maildir:~/Maildir userdb_quota=1
demo:{PLAIN}two::::$work/demo
last:{PLAIN}last::::$work/demo" >users
	ask 'login demo two' 'login demo one' 'list demo' 'login last last' \
		'login # x' 'login  x'
	answers ERR LOGIN "lock $box/." OK LOGIN ERR ERR
	[ ! -s log ]
}

@test "users: an extra field that is not done here is TEMP, and the log has its name" {
	local field name
	for field in user=bob allow_real_nets=local proxy host=h proxy_maybe=y \
		userdb_home=/x userdb_uid=0 userdb_user=bob nopassword=y \
		userdb_mail=mbox:/m userdb_mail=maildir:Mail quota=1 nologn \
		allow_nets=example.org; do
		name=${field%%=*}
		echo "demo:{PLAIN}demo::::$work/demo::nodelay $field" >users
		ask 'login demo demo'
		answers "$temp"
		echo "<3>maildir reason=\"an extra field, $name, is not done here, or not with such a value: maildir(8) has those that are\" line=1 file=\"users\" user=\"demo\"" |
			diff - log
	done
	# What is no name may be a secret.
	for field in 'pass}word' '=secret' "$(printf '%050d' 0)"; do
		echo "demo:{PLAIN}demo::::$work/demo::$field" >users
		ask 'login demo demo'
		answers "$temp"
		grep -q 'reason="an extra field is not done here' log
	done
	# ... and what cannot matter here is none of that.
	echo "demo:{PLAIN}demo::::$work/demo::nodelay=y userdb_quota_rule=*:storage=1G userdb_sieve=~/s" >users
	ask 'login demo demo'
	answers LOGIN
	[ ! -s log ]
}

@test "users: nologin, and allow_nets for who comes from elsewhere, are as no such user" {
	printf '%s\n' "out:{PLAIN}demo::::$work/demo::nologin" \
		"near:{PLAIN}demo::::$work/demo::allow_nets=192.0.2.0/28,2001:db8::/32" \
		>users
	ask 'hello 1 remote=192.0.2.7 remote-port=1' 'login out demo' \
		'login near wrong' 'login near demo'
	answers 'OK 1' ERR ERR LOGIN
	ask 'hello 1 x-unknown id=1 remote=2001:db8::7' 'login near demo'
	answers 'OK 1' LOGIN
	local hello
	for hello in 'hello 1 remote=192.0.2.16' 'hello 1 remote=2001:db9::1' \
		'hello 1' 'hello 1 remote=' 'hello 1 x-remote=192.0.2.7' \
		'hello 1 remote=192.0.2.7x'; do
		ask "$hello" 'login near demo'
		answers 'OK 1' ERR
	done
	[ ! -s log ]
	REMOTE_ADDR=192.0.2.8 session 'USER near' 'PASS demo' QUIT
	matches '+OK *' '+OK *' '+OK 0 messages' '+OK *'
	REMOTE_ADDR=192.0.2.16 session 'USER near' 'PASS demo' QUIT
	matches '+OK *' '+OK *' '-ERR [AUTH] *' '+OK *'
}

@test "users: userdb_mail is where that user's Maildir is, and no other" {
	mkdir -p m/example.org/al other/new
	own
	printf '%s\n' \
		"al@example.org:{PLAIN}x::::$work/demo::userdb_mail=maildir:$work/m/%d/%n:INDEX=/i/%u" \
		"bo:{PLAIN}x::::$work/demo::userdb_mail=maildir:~/../other" \
		"no:{PLAIN}x::::::userdb_mail=maildir:~/Mail" \
		"demo:{PLAIN}demo::::$work/demo" >users
	words=(-m "$work/nowhere/%u")
	ask 'login al@example.org x' 'login bo x' 'login no x' 'login demo demo'
	answers "lock $work/m/example.org/al/." OK \
		"lock $work/demo/../other/." OK "$temp" OK
	grep -qF 'reason="no home for %h: put one into the sixth field, or take a template without it" line=3' log
	[ "$(wc -l <log)" -eq 1 ]
}

@test "users: a large file is read through, in constant memory" {
	perl -e 'print "user$_:{PLAIN}pw$_:1000:1000:A User:/home/user$_:/bin/sh:\n"
		for 1..100000' >users
	echo "demo:{PLAIN}demo::::$work/demo" >>users
	ask 'login demo demo' 'login user99999 pw99999' 'login user99999 x'
	answers LOGIN OK ERR
}

@test "users: from the credentials of the service, where they have any" {
	mkdir credentials
	mv users credentials/
	printf 'login demo demo\n' | CREDENTIALS_DIRECTORY=$work/credentials \
		as_user "$maildir" >out
	answers LOGIN
	chmod 0 credentials/users
	printf 'login demo demo\n' | CREDENTIALS_DIRECTORY=$work/credentials \
		as_user "$maildir" >out 2>log
	answers "$temp"
	grep -qF "path=\"$work/credentials/users\"" log
	# Without users in it, as without credentials: the installed file.
	printf 'login demo demo\n' | CREDENTIALS_DIRECTORY=$work \
		as_user "$maildir" >out 2>log
	printf 'login demo demo\n' | as_user "$maildir" >>out 2>>log
	answers "$temp" "$temp"
	[ "$(grep -c 'path="/.*/pop3-skel/users"' log)" -eq 2 ]
}

# bats test_tags=long
@test "login: a name that is no safe component of a path is unknown" {
	local name
	for name in ../demo . .. .demo -demo a/b /etc demo@../x demo@.. \
		@demo demo@ demo@-x "$(head -c 300 /dev/zero | tr '\0' x)"; do
		echo "$name:{PLAIN}demo::::$work/demo" >users
		ask "login $name demo"
		answers ERR
	done
	[ ! -s log ]
}

@test "template: %u %n %d %h %%, absolute or not" {
	mkdir -p m/example.org/al 'm/100%/al@example.org'
	own
	echo "al@example.org:{PLAIN}x::::$work/demo" >users
	words=(-m "$work/m/%d/%n")
	ask 'login al@example.org x' 'list al@example.org'
	answers "lock $work/m/example.org/al/." OK "lock $work/m/example.org/al/." OK
	words=(-m 'm/100%%/%u/')
	ask 'login al@example.org x' 'list al@example.org'
	answers "lock $work/m/100%/al@example.org/." OK "lock $work/m/100%/al@example.org/." OK
	words=(--maildir=%h/../m)
	ask 'login al@example.org x' 'list al@example.org'
	answers "lock $work/demo/../m/." OK "lock $work/demo/../m/." OK
}

@test "template: %h without a home and %d without a domain are TEMP" {
	echo 'demo:{PLAIN}demo' >users
	ask 'login demo demo' 'login demo wrong'
	answers "$temp" ERR
	echo '<3>maildir reason="no home for %h: put one into the sixth field, or take a template without it" line=1 file="users" user="demo"' |
		diff - log
	words=(-m '/mail/%d/%n')
	ask 'login demo demo'
	answers "$temp"
	grep -qF 'reason="no domain in the name for %d" line=1' log
	words=(-m "/$(head -c 4000 /dev/zero | tr '\0' x)")
	ask 'login demo demo'
	answers "$temp"
	grep -qF 'reason="path too long" line=1' log
}

@test "a second login in a session starts from nothing" {
	mkdir -p other/Maildir/new
	echo "other:{PLAIN}x::::$work/other" >>users
	: >"$box/new/1.a"
	: >other/Maildir/new/2.b
	own
	ask "${login[@]}" 'login other x' "expunge 1 - $box/new/1.a" \
		'list demo' 'list other' "expunge 1 - $box/new/1.a" \
		'login demo wrong' "expunge 1 - $work/other/Maildir/new/2.b"
	tail -n 9 out | diff <(printf '%s\n' OK 'ERR no such message' "$temp" \
		"lock $work/other/Maildir/." \
		"msg - - $work/other/Maildir/new/2.b" OK \
		'ERR no such message' ERR OK) -
	[ -e "$box/new/1.a" ]
}

@test "as root: become the user's uid and gid, and drop root itself" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	: >"$box/new/1.a"
	own
	chmod 700 "$work/demo"
	chmod 600 users
	chown root users
	start_backend "$maildir" -u users
	say 'hello 1'
	say 'login demo wrong'
	[ "${reply[*]}" = ERR ]
	grep -q '^Uid:	0	0	0	0$' "/proc/$asked/status"
	say 'login demo demo'
	[ "${reply[*]}" = "become $common_uid $common_uid lock $box/. OK" ]
	grep -q "^Uid:	$common_uid	$common_uid	$common_uid	$common_uid$" \
		"/proc/$asked/status"
	grep -q "^Gid:	$common_uid	$common_uid	$common_uid	$common_uid$" \
		"/proc/$asked/status"
	grep -q '^Groups:	 *$' "/proc/$asked/status"
	grep -q '^CapEff:	0*$' "/proc/$asked/status"
	say 'list demo'
	[ "${reply[1]}" = "msg - - $box/new/1.a" ]
	# What was given up does not come back.
	say 'login demo demo'
	[ "${reply[*]}" = "$temp" ]
	stop_backend
}

@test "as root: the user's own permissions decide" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	mkdir -p victim/Maildir/new
	: >victim/Maildir/new/1.a
	chmod 700 victim
	rm -r "$box/new"
	ln -s "$work/victim/Maildir/new" "$box/new"
	printf '%s\n' "${login[@]}" | "$maildir" -u users >out 2>log
	answers 'OK 1' "become $common_uid $common_uid" LOGIN close "$temp"
	grep -qF 'error="Permission denied"' log
}

# bats test_tags=long
@test "as root: no uid or gid, or that of root, is TEMP" {
	local ids
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	for ids in : 0:0 1000: :1000 0:1000 1000:0 00:1000 -1:1000 1x:1000 \
		+1:1000 4294967295:1000 4294967296:1000 root:root \
		18446744073709551617:1; do
		echo "demo:{PLAIN}demo:$ids::$work/demo" >users
		printf 'login demo demo\nlist demo\n' |
			"$maildir" -u users >out 2>log
		answers "$temp" "$temp"
		grep -qF 'reason="no uid and gid but 0 to become" line=1' log
	done
}

@test "not as root: uid and gid are ignored" {
	echo "demo:{PLAIN}demo:0:0::$work/demo" >users
	ask 'login demo demo' 'list demo'
	answers LOGIN "lock $box/." OK
	echo "demo:{PLAIN}demo:x:y::$work/demo" >users
	ask 'login demo demo'
	answers LOGIN
}

@test "maildir-crypt: framing, bounds and verdicts" {
	local crypt=$POP3_SKEL_BACKENDS/maildir-crypt good
	need_crypt
	good=$(hash demo "$sha512")
	run -0 "$crypt" < <(printf '%s\0demo\0' "$good")
	run -1 "$crypt" < <(printf '%s\0demO\0' "$good")
	run -1 "$crypt" < <(printf '%s\0\0' "$good")
	run -2 "$crypt" < <(printf '%s\0demo\0' "${good%?}")
	run -2 "$crypt" < <(printf '%s\0demo\0' "${good}x")
	run -2 "$crypt" < <(printf '$9$x\0demo\0')
	run -2 "$crypt" < <(printf '*0\0demo\0')
	run -2 "$crypt" < <(printf '\0demo\0')
	run -3 "$crypt" </dev/null
	run -3 "$crypt" < <(printf '%s\0demo' "$good")
	run -3 "$crypt" < <(printf '%s' "$good")
	run -3 "$crypt" < <(printf '%s\0demo\0x\0' "$good")
	run -3 "$crypt" < <(head -c 20000 /dev/zero | tr '\0' x)
	[ "$output" = '<3>maildir-crypt reason="bad input"' ]
}

@test "maildir(8): is well formed" {
	command -v mandoc >/dev/null || skip "needs mandoc"
	run -0 mandoc -T lint -W warning \
		"$top/src/backends/maildir/maildir.8"
	[ -z "$output" ]
}
