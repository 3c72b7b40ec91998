# SPDX-License-Identifier: ISC
# maildir --uidl: the unique-ids that another server told stay what they are.
# The lists and what was told by them are of Dovecot 2.3.19 and Courier 1.0.16.
#
# bats file_tags=full

load ../lib/common
load ../lib/session
load ../lib/maildir

prepare() {
	maildir_setup
	options+=(--cleartext always)
	skel_list=$box/pop3-skel-list
}

# Messages as such a server leaves them, and one that came later.
left_by_another() {
	local name
	for name in 1700000001.M1P1.host:2,S 1700000002.M2P1.host:2, \
		1700000003.M3P1.host,S=18,W=21:2,RS; do
		printf 'Subject: %s\n\ntext\n' "${name:0:10}" >"$box/cur/$name"
	done
	printf 'Subject: new\n\ntext\n' >"$box/new/1700000009.M9P1.host"
	own
}

dovecot_list() {
	printf '%s\n' '3 V1795676061 N9 Gbc9eed349dd7076bdd4f000083ecc375' \
		'1 W29 :1700000001.M1P1.host' \
		'4 W30 :1700000000.gone.host:2,S' \
		'5 :1700000002.M2P1.host' \
		'258 G0123 :1700000003.M3P1.host,S=18,W=21:2,S' \
		>"$box/dovecot-uidlist"
	own
}

courier_list() {
	printf '%s\n' "${1:-/3} 5 1795676060" \
		'1700000001.M1P1.host:2,S 29 1:1795676060:0' \
		'1700000002.M2P1.host:2, 29 4:1795000000:0' \
		'1700000003.M3P1.host,S=18,W=21:2,RS 21 17:1795676060:0' |
		sed "${2-}" >"$box/courierpop3dsizelist"
	own
}

# The list of a session with these options of maildir: "NUMBER UNIQUE-ID".
unique_ids() {
	uidl_backend "$@"
	session 'USER demo' 'PASS demo' UIDL QUIT
	sed -n 's/\r$//; /^[0-9]/p' out
}

uidl_backend() {
	backend=(maildir -u "$work/users" "$@")
}

# The four messages have these unique-ids, in every session, whether or not the
# foreign list is there still and whatever renames them.
keeps() {
	local form=$1 round file
	shift
	for round in first second third; do
		unique_ids --uidl "$form" >told
		printf '%s\n' "$@" | awk '{ print NR, $0 }' | diff - told
		# Not by the form: it is written down.
		unique_ids | diff told -
		rm -f "$box/dovecot-uidlist" "$box/courierpop3dsizelist"
		for file in "$box"/cur/*:2,*; do
			mv "$file" "${file}T"
		done
	done
	head -n 1 "$skel_list" | grep -x "pop3-skel-list 1 imported ${form%%:*}"
	[ -e "$skel_list.imported" ]
}

@test "--uidl dovecot: what it told is told, and what came later gets ours" {
	left_by_another
	dovecot_list
	keeps dovecot 000000016b07d79d 000000056b07d79d 000001026b07d79d \
		1700000009.M9P1.host
	grep -x '30 .*' "$skel_list" && false
	grep '^29/[0-9]* 000000016b07d79d - 1700000001.M1P1.host$' "$skel_list"
}

@test "--uidl dovecot:FORMAT, and a unique-id that it kept for one message" {
	left_by_another
	dovecot_list
	sed -i 's/^5 /5 PUID5-old W9 /; s/^1 /1 P W29 /' "$box/dovecot-uidlist"
	keeps 'dovecot:%v.%u' 1795676061.1 UID5-old 1795676061.258 \
		1700000009.M9P1.host
}

@test "--uidl dovecot:%f and --uidl name: the name up to its flags" {
	left_by_another
	dovecot_list
	keeps dovecot:%f 1700000001.M1P1.host 1700000002.M2P1.host \
		1700000003.M3P1.host,S=18,W=21 1700000009.M9P1.host
	rm "$skel_list"*
	keeps name 1700000001.M1P1.host 1700000002.M2P1.host \
		1700000003.M3P1.host,S=18,W=21 1700000009.M9P1.host
}

@test "--uidl courier: lists of versions 3 and 2" {
	left_by_another
	courier_list
	keeps courier UID1-1795676060 UID4-1795000000 UID17-1795676060 \
		1700000009.M9P1.host
	rm "$skel_list"*
	courier_list /2 's/:0$//'
	keeps courier UID1-1795676060 UID4-1795000000 UID17-1795676060 \
		1700000009.M9P1.host
}

@test "--uidl: what the other server counted is not counted again" {
	left_by_another
	dovecot_list
	uidl_backend --uidl dovecot
	options+=(-d)
	session 'USER demo' 'PASS demo' 'LIST 1' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK 1 29' '+OK *'
	! grep -q 'sizes 1 ' log
}

# refused FORM REASON: the login is TEMP, the log says why, nothing is written.
refused() {
	uidl_backend --uidl "$1"
	session 'USER demo' 'PASS demo' UIDL QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *' '-ERR *' '+OK *'
	grep -qF "unique-ids not imported: $2" log
	[ ! -e "$skel_list" ]
	[ ! -e "$skel_list.imported" ]
}

# bats test_tags=long
@test "--uidl: a list that is damaged, or of another version, is TEMP until it is mended" {
	left_by_another
	dovecot_list
	cp "$box/dovecot-uidlist" whole
	while IFS='|' read -r change why; do
		sed "$change" whole >"$box/dovecot-uidlist"
		refused dovecot "$why"
	done <<-'END'
		1s/^3/1/|not of version 3
		1s/V[0-9]*//|it has no UIDVALIDITY
		1d|not of version 3
		s/^5 :.*/5 /|a line that is none of Dovecot's
		s/^5 /x /|a line that is none of Dovecot's
		s/^5 /1 P1 /; s/^1 /1 P1 /|a double unique-id
		s/^5 /5 Pa\x01b /|an illegal unique-id
	END
	head -c -1 whole >"$box/dovecot-uidlist"
	refused dovecot 'cut off'
	: >"$box/dovecot-uidlist"
	refused dovecot 'cut off'
	perl -e 'print "3 V1 N1\n1 W", "1" x 100000, " :x\n"' >"$box/dovecot-uidlist"
	refused dovecot 'cut off, or a line too long'
	rm "$box/dovecot-uidlist"
	ln -s "$work/whole" "$box/dovecot-uidlist"
	refused dovecot 'the list cannot be read'
	rm "$box/dovecot-uidlist"
	mkdir "$box/dovecot-uidlist"
	refused dovecot 'not a regular file'
	rmdir "$box/dovecot-uidlist"
	refused dovecot 'no such list, but messages in cur'
	courier_list /1
	refused courier 'neither of version 2 nor 3'
	courier_list /3 's/ 4:/ x:/'
	refused courier "a line that is none of Courier's"
	# Mended: as if nothing had been.
	cp whole "$box/dovecot-uidlist"
	keeps dovecot 000000016b07d79d 000000056b07d79d 000001026b07d79d \
		1700000009.M9P1.host
}

@test "--uidl: where no server ever was there is nothing to import" {
	messages new/1700000001.a
	unique_ids --uidl dovecot | diff <(echo 1 1700000001.a) -
	[ ! -e "$skel_list.imported" ]
}

@test "--uidl: unique-ids that cannot be written down are not told" {
	left_by_another
	dovecot_list
	mkdir "$skel_list.next"
	own
	uidl_backend --uidl dovecot
	session 'USER demo' 'PASS demo' UIDL QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *' '-ERR *' '+OK *'
	grep -q "size file not written" log
	rmdir "$skel_list.next"
	keeps dovecot 000000016b07d79d 000000056b07d79d 000001026b07d79d \
		1700000009.M9P1.host
}

@test "--uidl: where nothing may be written they are the same in each session" {
	left_by_another
	dovecot_list
	options+=(--mode read-only)
	unique_ids --uidl dovecot >first
	unique_ids --uidl dovecot | diff first -
	grep '^2 000000056b07d79d$' first
	[ ! -e "$skel_list" ]
}

@test "--uidl: a form that is none is said at once" {
	local form
	for form in '' x dovecot: 'dovecot:%v' 'dovecot:%x' 'dovecot:%u %v' \
		'dovecot:%999u' 'dovecot:%' courier:x names; do
		run -64 as_user "$maildir" --uidl "$form" </dev/null
		[[ $output == *'--uidl wants dovecot, courier or name'* ]]
	done
}
