# SPDX-License-Identifier: ISC
# proxy: an account elsewhere, by POP3 at our own server and by IMAP at Dovecot.
#
# bats file_tags=once,long

load ../lib/common
load ../lib/check
load ../lib/clients
load ../lib/examples
load ../lib/tls

prepare() {
	export HOME=$work PYTHONDONTWRITEBYTECODE=1
}

# The server elsewhere: $SKEL with $backend on the port $there.
elsewhere() {
	# A session there ends after ours has.
	options+=(--lock-wait 15)
	serve
	options=("${options[@]::${#options[@]}-2}")
	mv serve.log elsewhere.log
	there=$port there_pid=$pid
	backend=(proxy --clear "pop3://127.0.0.1:$there")
}

# Each file of the Maildir, without folders and what is ours.
mails() {
	find "$1" -type f ! -name 'pop3-skel*' ! -name 'dovecot*' | wc -l
}

# Dovecot with this Maildir, by TLS and without; its ports are in $imap, $imaps
# and $pop3s. Needs root.
dovecot_start() {
	[ "$EUID" -eq 0 ] || skip 'needs root'
	imap=$(free_port) imaps=$(free_port) pop3s=$(free_port)
	mkdir dovecot
	cat >dovecot/conf <<-END
		base_dir = $work/dovecot/run
		state_dir = $work/dovecot/state
		log_path = $work/dovecot/log
		listen = 127.0.0.1
		protocols = imap pop3
		ssl = required
		ssl_cert = <$certs/mail.crt
		ssl_key = <$certs/mail.key
		mail_location = maildir:$work/%u/Maildir
		first_valid_uid = $common_uid
		first_valid_gid = $common_uid
		default_internal_user = nobody
		default_internal_group = nogroup
		default_login_user = nobody
		auth_failure_delay = 0
		service anvil {
		  unix_listener anvil-auth-penalty {
		    mode = 0
		  }
		}
		passdb {
		  driver = static
		  args = password=demo
		}
		userdb {
		  driver = static
		  args = uid=$common_uid gid=$common_uid home=$work/%u
		}
		service imap-login {
		  chroot =
		  inet_listener imap {
		    port = $imap
		  }
		  inet_listener imaps {
		    port = $imaps
		  }
		}
		service pop3-login {
		  chroot =
		  inet_listener pop3 {
		    port = 0
		  }
		  inet_listener pop3s {
		    port = $pop3s
		  }
		}
	END
	own
	dovecot -F -c "$work/dovecot/conf" >dovecot/out 2>&1 3>&- &
	started+=("$!")
	wait_until 60 listening "$imaps"
	wait_until 60 listening "$pop3s"
}

# What IMAP says to a command of curl's: imap COMMAND
imap() {
	curl -sS --cacert "$certs/mail.crt" --user demo:demo -X "$1" \
		"imaps://127.0.0.1:$imaps/INBOX" | tr -d '\r'
}

@test "proxy: POP3 elsewhere: nothing is to be changed, and two clients" {
	local client
	"$top/scripts/sample-maildir" "$box"
	elsewhere
	try demo "${backend[@]}"
	tried
	clean demo
	start resident "$POP3_SKEL_BACKENDS/proxy" --listen "$work/s" "${backend[@]:1}"
	chmod 755 .
	wait_until 60 [ -S s ]
	backend=("unix:$work/s")
	serve
	clients_prepare "$box" none
	for client in curl mpop; do
		clients_fetch "$client" clear "$port"
	done
	[ "$(mails "$box")" -eq 6 ]
}

@test "proxy: its unique-ids, sizes and parts; only QUIT deletes, there as here" {
	messages new/1.a new/2.b new/3.c
	elsewhere
	session 'USER demo' 'PASS x' "${login[@]}" LIST UIDL 'TOP 2 0' 'RETR 2' 'DELE 2'
	matches '+OK *' '+OK *' '-ERR [AUTH] *' '+OK *' '+OK 3 *' '+OK*' '1 37' '2 37' \
		'3 37' . '+OK*' '1 1.a' '2 2.b' '3 3.c' . '+OK*' 'Subject: new/2.b' \
		'' . '+OK *' 'Subject: new/2.b' '' 'text of new/2.b' . '+OK *'
	[ "$(stored | xargs)" = 'new/1.a new/2.b new/3.c' ]
	session "${login[@]}" 'DELE 2' 'DELE 3' QUIT
	matches '+OK *' '+OK *' '+OK 3 *' '+OK *' '+OK *' '+OK *'
	[ "$(stored | xargs)" = new/1.a ]
	logged 'update .*commit=good'
}

@test "proxy: what the other server refuses, or does not do, is what the client hears" {
	backend_script <<-'END'
		while IFS= read -r line; do
			case $line in
			hello*) echo OK 1 ;;
			'login busy'*) echo 'TEMP not now' ;;
			'login taken'*) echo 'ERR [IN-USE] by another' ;;
			login*) echo OK ;;
			list*) printf '%s\n' 'msg 3 a' 'msg 3 b' 'msg 3 c' OK ;;
			'retr 1'*) echo ERR ;;
			retr*) printf '%s\n' '|a' OK ;;
			'expunge 2'*) echo OK ;;
			expunge*) echo ERR ;;
			commit*) echo OK ;;
			*) echo DEFAULT ;;
			esac
		done
	END
	elsewhere
	session 'USER taken' 'PASS x' QUIT
	matches '+OK *' '+OK *' '-ERR [IN-USE] *' '+OK *'
	session 'USER busy' 'PASS x' "${login[@]}" 'RETR 1' 'RETR 2' 'DELE 2' 'DELE 3' QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *' '+OK *' '+OK 3 *' \
		'-ERR [SYS/TEMP] *' '+OK *' a . '+OK *' '+OK *' '-ERR [SYS/TEMP] *'
	logged "127.0.0.1:$there: login: -ERR .SYS/TEMP. not now"
	logged "127.0.0.1:$there: commit: -ERR some deleted"
	# Nobody is there.
	kill "$there_pid"
	wait_until 60 gone "$there_pid"
	session "${login[@]}" QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *' '+OK *'
	logged "127.0.0.1:$there: login: .*refused"
	not_logged demo:demo
}

@test "proxy: a lost connection is made again to read, and removes nothing" {
	messages new/1.a new/2.b
	elsewhere
	cat >cut <<-'END'
		# The session there, and not who listens.
		for pid in $(pgrep -P "$1"); do
			kill -KILL "$pid"
		done
	END
	own
	talk --timeout 60 <<-END
		$begin
		send RETR 1
		expect +OK *
		body
		shell sh ./cut '$there_pid'
		send RETR 2
		expect +OK *
		expect Subject: new/2.b
		body
		$end
	END
	logged 'ended .*why=quit'
	# Between a mark there and QUIT there.
	backend_script <<-'END'
		while IFS= read -r line; do
			case $line in
			hello*) echo OK 1 ;;
			list*) printf '%s\n' 'msg 3 a' 'msg 3 b' OK ;;
			login*) echo OK ;;
			'dele 2'*) kill -KILL $PPID ;;
			dele*) echo OK ;;
			expunge*) echo "$line" >>removed; echo OK ;;
			*) echo DEFAULT ;;
			esac
		done
	END
	kill "$there_pid"
	elsewhere
	session "${login[@]}" 'DELE 1' 'DELE 2' QUIT
	matches '+OK *' '+OK *' '+OK 2 *' '+OK *' '+OK *' '-ERR [SYS/TEMP] *'
	logged "127.0.0.1:$there: expunge: .*lost while messages were removed"
	[ ! -e removed ]
}

@test "proxy: an archive has what was fetched or deleted, once, before it goes" {
	messages new/1.a new/2.b new/3.c
	printf 'Subject: d\r\n\r\n.dot\r\nno end' >"$box/new/4.d"
	elsewhere
	backend=(proxy --archive "$work/archive/%n/Maildir" "${backend[@]:1}")
	session "${login[@]}" 'RETR 1' 'RETR 4' 'TOP 2 0' QUIT
	[ "$(mails archive)" -eq 2 ]
	sed 's/$/\r/' archive/demo/Maildir/new/* >kept
	grep -qxF $'.dot\r' kept
	session "${login[@]}" 'RETR 1' 'DELE 1' 'DELE 3' 'DELE 4' QUIT
	matches '+OK *' '+OK *' '+OK 4 *' '+OK *' 'Subject: new/1.a' '' \
		'text of new/1.a' . '+OK *' '+OK *' '+OK *' '+OK *'
	[ "$(stored)" = new/2.b ]
	[ "$(mails archive)" -eq 3 ]
	[ "$(find archive/demo/Maildir/tmp -type f | wc -l)" -eq 0 ]
	grep -qx 'text of new/3.c' archive/demo/Maildir/new/*
	# Another program reads it; the copy is found.
	(cd archive/demo/Maildir && for file in new/*; do
		mv "$file" "cur/${file#new/}:2,S"
	done)
	session "${login[@]}" 'RETR 1' QUIT
	session "${login[@]}" 'RETR 1' QUIT
	[ "$(mails archive)" -eq 4 ]
	# Nothing goes where no copy can be kept.
	rm -r archive/demo/Maildir/cur/* archive/demo/Maildir/new
	: >archive/demo/Maildir/new
	session "${login[@]}" 'DELE 1' QUIT
	[ "$(stored)" = new/2.b ]
	matches '+OK *' '+OK *' '-ERR *' '-ERR *' '+OK *'
	rm archive/demo/Maildir/new
	mkdir archive/demo/Maildir/new
	backend=(bash -c 'ulimit -f 0; exec "$0" "$@"' "$POP3_SKEL_BACKENDS/proxy" \
		"${backend[@]:1}")
	session "${login[@]}" 'RETR 1' 'DELE 1' QUIT
	matches '+OK *' '+OK *' '+OK 1 *' '-ERR [SYS/TEMP] *' '+OK *' '-ERR [SYS/TEMP] *'
	[ "$(stored)" = new/2.b ]
	logged 'archive: .*File too large'
}

@test "proxy: Dovecot by IMAP and POP3, under TLS from the start and by STARTTLS" {
	local url client validity
	for client in a b c; do
		printf '%s\n' 'From: a@example.org' "Subject: $client" \
			'Date: Tue, 1 Dec 2026 12:00:00 +0000' \
			"Message-ID: <$client@example.org>" '' text >"$box/new/$client"
	done
	dovecot_start
	backend=(proxy --ca "$certs/mail.crt" "imaps://127.0.0.1:$imaps")
	try imap --delete "${backend[@]}"
	tried
	clean imap none
	[ "$(mails "$box")" -lt 3 ]
	rm "$box"/cur/* "$box"/new/* 2>/dev/null || :
	"$top/scripts/sample-maildir" "$work/samples"
	cp samples/new/* "$box/new"
	cp samples/cur/* "$box/cur"
	own
	validity=$(imap 'STATUS INBOX (UIDVALIDITY)' | sed -n 's/.*UIDVALIDITY \([0-9]*\).*/\1/p')
	serve
	clients_prepare "$work/samples" none
	for client in curl mpop; do
		clients_fetch "$client" clear "$port"
	done
	# What another program marked is not ours, to show or to remove.
	imap 'STORE 1 +FLAGS (\Deleted)' >/dev/null
	session 'USER demo' 'PASS x' "${login[@]}" UIDL 'TOP 1 0' 'DELE 1' QUIT
	grep -qE "^1 $validity\.[0-9]+"$'\r$' out
	[ "$(grep -cE "^[1-5] $validity\.[0-9]+"$'\r$' out)" -eq 5 ]
	grep -q '^-ERR .AUTH.' out
	logged 'update .*commit=good'
	[ "$(mails "$box")" -eq 5 ]
	imap 'SEARCH DELETED' | grep -qE '^\* SEARCH [0-9]+$'
	# The other ways; and nobody is asked for a password without TLS.
	for url in "imap://127.0.0.1:$imap" "pop3s://127.0.0.1:$pop3s" \
		"imaps://127.0.0.1:$imaps/INBOX"; do
		backend=(proxy --ca "$certs/mail.crt" "$url")
		session "${login[@]}" 'RETR 1' QUIT
		grep -q '^+OK [45] messages' out
		not_logged fault
	done
	backend=(proxy "imaps://127.0.0.1:$imaps")
	session "${login[@]}" QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *' '+OK *'
	logged 'certificate verify failed'
	backend=(proxy --ca "$certs/mail.crt" "imap://127.0.0.1:$imap/none")
	session "${login[@]}" QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *' '+OK *'
	logged "127.0.0.1:$imap: list: "
}

@test "proxy: accounts of a file: another password here, a token or a password there" {
	messages new/1.a
	cat >token <<-'END'
		#!/usr/bin/env python3
		import sys
		sys.path.insert(0, sys.argv[1])
		import pop3_skel

		class Mail(pop3_skel.Backend):
		    def hello(self):
		        self.detail("sasl", "XOAUTH2")
		    def login(self, user, password):
		        return password == "there-word"
		    def token(self, user, mechanism, token):
		        return (user, token) == ("alice@example.org", "good-token")
		    def list(self, user):
		        return ["a-" + user]
		    def retr(self, message):
		        return "a: b\n"

		pop3_skel.run(Mail)
	END
	chmod 755 token
	backend=("$work/token" "$POP3_SKEL_STAGE/share/python")
	elsewhere
	example pop3-skel-proxy.8 accounts | sed "s|imaps:.*|pop3://127.0.0.1:$there|
		s|pop3s:.*|pop3://127.0.0.1:$there|
		s|= /.*/|= $work/|" >accounts
	echo good-token >alice.token
	echo there-word >bob.password
	backend=(proxy --clear --accounts "$work/accounts")
	session 'USER alice' 'PASS good-token' 'USER nobody' 'PASS correct horse' \
		'USER alice' 'PASS correct horse' UIDL QUIT
	matches '+OK *' '+OK *' '-ERR [AUTH] *' '+OK *' '-ERR [AUTH] *' '+OK *' \
		'+OK 1 *' '+OK*' '1 a-alice@example.org' . '+OK *'
	session 'USER bob' 'PASS battery staple' UIDL QUIT
	matches '+OK *' '+OK *' '+OK 1 *' '+OK*' '1 a-bob' . '+OK *'
	# What is refused there is trouble here: the password was right.
	echo old-token >alice.token
	session 'USER alice' 'PASS correct horse' QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *' '+OK *'
	logged 'login: it refuses what is in .*/alice.token'
	rm bob.password
	session 'USER bob' 'PASS battery staple' QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *' '+OK *'
	logged 'login: .*No such file'
	not_logged 'old-token|there-word|battery'
}

@test "proxy: options that make no sense are told, and nothing starts" {
	refuses() {
		local status_=$1 what=$2
		shift 2
		run "-$status_" as_user "$POP3_SKEL_BACKENDS/proxy" "$@" </dev/null
		[[ $output == *"$what"* ]]
	}
	refuses 64 'either URL or --accounts'
	refuses 64 'either URL or --accounts' --accounts a pop3s://host
	refuses 78 'with a host' http://host
	refuses 78 'with a host' pop3s://user@host
	refuses 78 'No such file' --ca none pop3s://host
	refuses 78 'a % that is none' --archive /%x pop3s://host
	refuses 78 'No such file' --accounts none
	printf '[a]\npassword = x\nurl = pop3s://a\n' >accounts
	refuses 78 'needs password and url' --accounts accounts
	printf '[a]\nname = x\n' >accounts
	refuses 78 '[a] has no name' --accounts accounts
}
