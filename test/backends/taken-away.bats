# SPDX-License-Identifier: ISC
#
# Each path that a session needs is taken away in turn: it is missing, may not be
# read, is something else, is full. None of that is the client's doing, nor means
# that there is no mail: he hears [SYS/TEMP], nothing is removed, and the log has
# the path, and why.
#
# bats file_tags=once,long

load ../lib/common
load ../lib/users

prepare() {
	messages new/1.a cur/2.b:2,S
	touch -d '1 hour ago' "$box"/{new,cur}/*
	words=("${login[@]}" STAT LIST 'RETR 1' 'DELE 1' QUIT)
	kept=$(mail_there)
	# Folders that an ordinary user may look into, as a server has them.
	PATH=/usr/sbin:/usr/bin:/sbin:/bin
	wrong=
}

# All mail, octet by octet.
mail_there() {
	(cd "$box" && find . -type f -not -name 'pop3-skel-list*' -print0 |
		sort -z | xargs -0r sha256sum)
}

# Makes of the path $1 what $2 says; then puts it back.
take() {
	case $2 in
	unreadable | read-only)
		mode=$(stat -c %a "$1")
		chmod "$([ "$2" = unreadable ] && echo 0 || echo a-w)" "$1"
		return
		;;
	esac
	mv "$1" "$1.away"
	case $2 in
	folder) mkdir "$1" ;;
	file) : >"$1" ;;
	fifo) mkfifo "$1" ;;
	link) ln -s "$work/nowhere" "$1" ;;
	script)
		printf '#!%s/nowhere\n' "$work" >"$1"
		chmod 755 "$1"
		;;
	esac
}
give() {
	case $2 in
	unreadable | read-only) chmod "$mode" "$1" ;;
	*)
		rm -rf "$1"
		mv "$1.away" "$1"
		;;
	esac
}

# Adds to what is wrong, with all that was said.
amiss() {
	wrong+=$row:$'\n'$(cat out log)$'\n'
}

# What was heard, and said in a line with $1 and $2, where a path is away.
heard_temp() {
	grep -q '^-ERR \[SYS/TEMP\] ' out || amiss
	! grep -q -e '\[AUTH\]' -e '^+OK [0-9]* messages' out || amiss
	! grep -q 'why=login' log || amiss
	grep -F -- "$1" log | grep -qF -- "$2" || amiss
	[ "$(mail_there)" = "$kept" ] || amiss
}

# away PATH HOW:ERROR...: with PATH, below $work, made HOW, a session hears so,
# and the log has ERROR in a line with the path, or with $named.
away() {
	local path=$1 how
	shift
	for how; do
		row="$path, $how"
		take "$path" "${how%%:*}"
		session "${words[@]}"
		give "$path" "${how%%:*}"
		heard_temp "${named-$work/$path}" "${how#*:}"
	done
}

none='No such file or directory'
denied='Permission denied'
no_folder='Not a directory'
# What a program may be.
program=("missing:$none" "unreadable:$denied" "folder:$denied" "link:$none"
	"script:nowhere")

# Nothing was wrong, and with all of it back the mail is served.
all_back() {
	[ -z "$wrong" ] || {
		echo "$wrong"
		return 1
	}
	session "${login[@]}" 'RETR 1' QUIT
	matches '+OK *' '+OK*' '+OK 2 messages' '+OK *' 'Subject: *' '' '*' . '+OK *'
}

@test "the users file, and what a hash needs" {
	away users "missing:$none" "unreadable:$denied" "folder:Is a directory" \
		"fifo:Invalid argument" "link:$none"
	all_back
	[ -x "$POP3_SKEL_BACKENDS/maildir-crypt" ] || return 0
	cp -r "$POP3_SKEL_BACKENDS/." libexec
	export POP3_SKEL_BACKENDS=$work/libexec
	printf 'demo:{PLAIN-MD5}fe01ce2a7fbac8fafaed7c982a04e229::::%s\n' \
		"$work/demo" >users
	named=$work/libexec away libexec/maildir-crypt "missing:$none" \
		"unreadable:$denied" "folder:$denied"
	all_back
	[ -x "$POP3_SKEL_BACKENDS/sasl" ] || return 0
	echo "demo:{PLAIN}demo::::$work/demo" >users
	head -c 32 /dev/urandom >key
	chmod 600 key
	backend=(sasl -u "$work/users" --key "$work/key")
	away users "missing:$none" "unreadable:$denied" "folder:Is a directory" \
		"fifo:Invalid argument"
	away key "missing:$none" "unreadable:$denied" "folder:Is a directory"
	all_back
}

@test "the home, the Maildir, its folders" {
	local path
	away demo "file:$no_folder" "missing:$none" "unreadable:$denied" \
		'link:is a disk not mounted?'
	for path in demo/Maildir demo/Maildir/new demo/Maildir/cur; do
		away "$path" "unreadable:$denied" "file:$no_folder" \
			'link:is a disk not mounted?'
	done
	all_back
}

@test "the size file's folder: mail is served, and imported unique-ids are needed" {
	local how=read-only
	take demo/Maildir $how
	session "${login[@]}" STAT QUIT
	give demo/Maildir $how
	matches '+OK *' '+OK*' '+OK 2 messages' '+OK 2 *' '+OK *'
	logged "size file not written.*$denied.*$box"
	printf '%s\n' '3 V1 N9' '1 :1.a' '2 :2.b' >"$box/dovecot-uidlist"
	backend+=(--uidl dovecot)
	kept=$(mail_there)
	away demo/Maildir "read-only:$denied"
	away demo/Maildir/dovecot-uidlist 'missing:no such list' \
		"unreadable:$denied" 'folder:not imported' 'link:not imported'
	all_back
	away demo/Maildir/pop3-skel-list "missing:$none" "unreadable:$denied" \
		'folder:size file needed' "link:size file needed"
	all_back
}

@test "the programs: a backend, the next one, a checker, what they start" {
	cp -r "$POP3_SKEL_BACKENDS/." libexec
	export POP3_SKEL_BACKENDS=$work/libexec
	named=$work/libexec away libexec/maildir "missing:$none"
	away libexec/maildir "${program[@]:1}"
	backend_script <<-END
		while IFS= read -r line; do
			case \$line in
			hello*) echo 'OK 1' ;;
			*) printf '%s\n' 'next maildir' 'arg --serve' 'arg $box' OK ;;
			esac
		done
	END
	away backend "${program[@]}"
	away libexec/maildir "${program[@]}"
	printf '%s\n' '#!/bin/sh' 'exec 3<&-' "cd $work/demo" 'exec "$@"' >checker
	chmod 755 checker
	backend=(checkpassword "$work/checker")
	away checker "${program[@]}"
	named=$work/libexec away libexec/maildir "missing:$none"
	away libexec/maildir "${program[@]:1}"
	mkdir times
	backend=(login-delay 1 "$work/times" maildir -u "$work/users")
	away times "missing:$none" "unreadable:$denied" "read-only:$denied" \
		"file:$no_folder"
	named=$work/libexec away libexec/maildir "missing:$none"
	away libexec/maildir "${program[@]:1}"
	# It is the shell who tells.
	printf '%s\n' '#!/bin/sh' 'case $1 in list) echo "9 a"; echo "9 b" ;; esac' \
		>called
	chmod 755 called
	backend=(percall "$work/called")
	away called missing:'not found' "unreadable:$denied" "folder:$denied"
	backend=(maildir -u "$work/users")
	all_back
}

@test "a lock's folder, and the socket of a backend that stays" {
	mkdir locks
	backend_script <<-END
		while IFS= read -r line; do
			case \$line in
			hello*) echo 'OK 1' ;;
			login*) printf '%s\n' 'lock $work/locks/demo' OK ;;
			list*) printf '%s\n' 'msg 9 a' OK ;;
			*) echo DEFAULT ;;
			esac
		done
	END
	away locks "missing:$none" "unreadable:$denied" "read-only:$denied" \
		"file:$no_folder"
	# It stays, and would not for nobody, who is the ordinary user here.
	need_sight
	own() { chown -hR 64321:64321 "$work"; }
	user_prefix=(setpriv --reuid=64321 --regid=64321 --clear-groups)
	mkdir resident
	start resident "$POP3_SKEL_BACKENDS/maildir" -u "$work/users" \
		--listen "$work/resident/socket"
	wait_until 20 test -S resident/socket
	backend=("unix:$work/resident/socket")
	away resident "missing:$none" "unreadable:$denied" "file:$no_folder"
	away resident/socket "unreadable:$denied" 'file:Connection refused'
	all_back
}

@test "the spool: missing, full, read-only; a message that is not there is not gone" {
	need_sight
	mkdir spool
	export TMPDIR=$work/spool
	backend_script <<-'END'
		while IFS= read -r line; do
			echo "$line" >>asked
			case $line in
			hello*) echo 'OK 1' ;;
			login*) echo OK ;;
			list*) printf '%s\n' 'msg - a' OK ;;
			retr*)
				yes '|more than there is room for' | head -n 9999
				echo OK
				;;
			*) echo DEFAULT ;;
			esac
		done
	END
	# heard WHY: what is not had is not gone, and nobody asks to remove it.
	heard() {
		row=$1
		export mounted=${mounted-}
		session "${login[@]}" STAT 'RETR 1' QUIT
		matches '+OK *' '+OK*' '+OK 1 messages' '-ERR [SYS/TEMP] *' \
			'-ERR [SYS/TEMP] *' '+OK *' || amiss
		logged "path=$work/spool error=\"$1\"" || amiss
		! grep -q expunge asked || amiss
	}
	for how in "missing:$none" "unreadable:$denied" "read-only:$denied" \
		"file:$no_folder"; do
		take spool "${how%%:*}"
		heard "${how#*:}"
		give spool "${how%%:*}"
	done
	# On a file system of its own, in a namespace of the session's.
	for how in 'size=8k:No space left on device' \
		'nr_inodes=1:No space left on device' 'ro:Read-only file system'; do
		printf '%s\n' '#!/bin/sh' '[ -z "$mounted" ] ||' \
			"mount -t tmpfs -o \"mode=1777,\$mounted\" none $work/spool" \
			"exec $POP3_SKEL_STAGE/over-pipes \"\$@\"" >inside
		printf '%s\n' '#!/bin/sh' "exec unshare -m sh $work/inside \"\$@\"" \
			>over
		chmod 755 over
		over_pipes=$work/over mounted=${how%%:*} heard "${how#*:}"
	done
	[ -z "$wrong" ] || { echo "$wrong"; false; }
}

@test "the log: nobody is kept out where there is none" {
	local to
	session "${login[@]}" QUIT
	cp out whole
	for to in full null; do
		as_user "$SKEL" "${options[@]}" -- "${backend[@]}" \
			<sent >out 2>"/dev/$to"
		diff whole out
	done
	as_user "$SKEL" "${options[@]}" -- "${backend[@]}" <sent >out 2>&-
	diff whole out
	options+=(--log syslog)
	session "${login[@]}" QUIT
	diff whole out
}
