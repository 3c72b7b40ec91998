# SPDX-License-Identifier: ISC
# The backend percall: a program that is called once for each request.
#
# bats file_tags=once

load ../lib/common
load ../lib/examples

# Makes stdin the program, a script that notes how it was called.
program() {
	{
		printf '#!/bin/sh\nprintf "%%s," "$@" >>%s; echo >>%s\n' \
			"$work/calls" "$work/calls"
		cat
	} >"$work/pro'gram"
	chmod a+rx "$work/pro'gram"
	: >calls
	own
	backend=(percall "$work/pro'gram" "it's" '' 'a b$*')
}

prepare() {
	program <<-'END'
		shift 3
		case $1 in
		login) IFS= read -r word; [ "$2:$word" = 'demo: d e\m*o ' ] ;;
		list) printf '%s\n' '- u 1' '' '8 u2' '- u3' | sed 's/u 1/u1/' ;;
		retr) echo "Subject: $3"; echo; echo .; echo text; [ "$3" != u3 ] ;;
		dele) [ "$3" != u2 ] ;;
		expunge | commit) echo "$1 $2 $3" ;;
		*) exit 64 ;;
		esac
	END
	good=('USER demo' 'PASS  d e\m*o ')
}

@test "percall: a session: each request a call, its status the answer" {
	session "${good[@]}" 'LIST 2' 'RETR 1' 'DELE 1' 'DELE 2' QUIT
	matches '+OK *' '+OK *' '+OK 3 *' '+OK 2 8' '+OK *' 'Subject: u1' '' \
		.. text . '+OK *' '-ERR *' '+OK *'
	diff - calls <<-'END'
		it's,,a b$*,login,demo,
		it's,,a b$*,list,demo,
		it's,,a b$*,retr,demo,u1,
		it's,,a b$*,dele,demo,u1,
		it's,,a b$*,dele,demo,u2,
		it's,,a b$*,expunge,demo,u1,
		it's,,a b$*,commit,demo,1,
	END
	logged '"expunge demo u1"'
	session 'USER demo' 'PASS demo' QUIT
	matches '+OK *' '+OK *' '-ERR [AUTH] *' '+OK *'
}

@test "percall: without a login it is the user of the list, and none of the environment" {
	options+=(--preauth demo)
	export user=other
	session 'RETR 1' 'DELE 1' QUIT
	matches '+OK *' '+OK *' 'Subject: u1' '' .. text . '+OK *' '+OK *'
	sed "s/.*\\*,//" calls | diff - <(printf '%s,\n' list,demo retr,demo,u1 \
		dele,demo,u1 expunge,demo,u1 commit,demo,1)
}

@test "percall: a mail whose program fails does not end as if it were whole" {
	session "${good[@]}" 'RETR 3' NOOP
	matches '+OK *' '+OK *' '+OK 3 *' '-ERR *' '+OK*'
	# Some of it is on its way before that is known.
	program <<-'END'
		shift 3
		case $1 in
		list) echo 900000 a ;;
		retr) echo "Subject: $3"; echo; yes | head -n 200000; exit 2 ;;
		esac
	END
	session "${login[@]}" 'RETR 1' NOOP
		[ "$(grep -cx $'y\r' out)" -gt 1000 ]
	! grep -qx $'\\.\r' out
}

@test "percall: 64 is not done here, more is later, and so is what is not there" {
	program <<-'END'
		shift 3
		case $1 in
		login) ;;
		list) echo '3 a' ;;
		expunge) exit 75 ;;
		*) exit 64 ;;
		esac
	END
	session "${login[@]}" 'DELE 1' 'RETR 1' QUIT
	matches '+OK *' '+OK *' '+OK 1 *' '+OK *' '-ERR *' '-ERR [SYS/TEMP] *'
	session "${login[@]}" 'RETR 1' QUIT
	matches '+OK *' '+OK *' '+OK 1 *' '-ERR [SYS/TEMP] *' '+OK *'
	logged 'percall: retr: it ended with 64, which says that it does no retr'
	local status_ name
	for status_ in 75 64 'kill -KILL $$'; do
		program <<-END
			shift 3
			[ "\$1" = list ] || exit 0
			echo 3 a
			${status_/#[0-9]/exit ${status_:0:1}}
		END
		session "${login[@]}" STAT QUIT
		matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *' '-ERR *' '+OK *'
	done
	for name in login list; do
		program <<-END
			[ "\$4" != $name ] || exit 64
		END
		session "${login[@]}" QUIT
		matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *' '+OK *'
		logged "percall: $name: it ended with 64, which says that it does no $name"
	done
	rm "pro'gram"
	session "${login[@]}" QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *' '+OK *'
	logged "pro'gram.*not found"
	backend=(percall)
	session QUIT
	matches '-ERR [SYS/TEMP] *'
	logged 'percall: which program'
}

@test "percall: a list that is none is said, and nobody is told of half of it" {
	program <<-'END'
		shift 3
		[ "$1" != list ] || printf '3 a\nb\n3 c\n'
	END
	session "${login[@]}" STAT QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *' '-ERR *' '+OK *'
	logged 'no size and unique-id: b'
}

@test "percall: the password is on no command line, nor in an environment" {
	program <<-'END'
		shift 3
		case $1 in
		login)
			cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null |
				tr '\0' '\n' | grep -c 'se[c]ret-word' >seen
			read -r word && [ "$word" = secret-word ] ;;
		*) exit 64 ;;
		esac
	END
	session 'USER demo' 'PASS secret-word' QUIT
	[ "$(cat seen)" -eq 0 ]
}

@test "pop3-skel-percall.8: a folder of files, in which nothing is to be changed" {
	example pop3-skel-percall.8 files >files
	chmod a+rx files
	printf 'Hello\n' >a.txt
	cp a.txt b.txt
	printf 'World\n' >c.txt
	own
	echo sesame | as_user "$POP3_SKEL_STAGE/sbin/pop3-skel-check" --user me \
		--password-fd 0 --delete percall ./files >told || {
		cat told
		return 1
	}
	[ ! -e a.txt ]
	backend=(percall ./files)
	session 'USER me' 'PASS sesame' UIDL 'TOP 1 1' 'DELE 1' QUIT
	matches '+OK *' '+OK *' '+OK 1 *' '+OK*' '1 c.txt' . '+OK *' \
		'From: me' 'Subject: c.txt' 'Date: *' 'Message-ID: <c.txt@*>' '' \
		World . '+OK *' '+OK *'
	[ ! -e c.txt ]
}
