# SPDX-License-Identifier: ISC
# maildir-crypt, and what maildir makes of it: every scheme of a users file of
# Dovecot's. The rules named are those of maildir(8).

load ../lib/common
load ../lib/maildir

prepare() {
	maildir_setup
	crypt=$POP3_SKEL_BACKENDS/maildir-crypt
	[ -x "$crypt" ] || skip "this build has no maildir-crypt"
}

temp='TEMP mailbox not available'

# checked FIELD PASSWORD: the exit status is maildir-crypt's.
checked() {
	printf '%s\0%s\0' "$1" "$2" | as_user "$crypt"
}

@test "users: hashes of every kind, as a users file of Dovecot's has them" {
	local field n=0
	local -a said=() expected=()
	: >users
	# "open sesame", by doveadm pw; each scheme is in unit/maildir-crypt.c.
	while IFS= read -r field; do
		n=$((n + 1))
		echo "u$n:$field::::$work/demo" >>users
		said+=("login u$n open sesame" "login u$n open sesamE")
		expected+=(LOGIN ERR)
	done <<-'END'
		{ARGON2ID}$argon2id$v=19$m=4096,t=2,p=4$c2FsdHNhbHRzYWx0$zaS43iojgcSaZbd0EyymZabCrgLEkRvuOZSkehijxKQ
		{SSHA512}QVYeCjaEsjx8sp0eOWuwPA4t3xTI8mEqWAZGM9p6ezrOCcGiPO0DGRZkFqIPP5hKrQa6ouBUXa7txMvZay7RiGmF7m4=
		{PBKDF2}$1$WlqPRDHSMQzTCdNT$5000$cc434f0d956c231564ddac51ff70069d8c4422d1
		{SCRAM-SHA-256}4096,A68j4FTWpsNgX+isaeSVPQ==,BL6QNierAYbAqeBHirBudgMXst0jpy31UkcjtDJ4/oI=,9qI1tdDJF/hqa9Q83iCHtjder6yyNnku0bJb2W/NxHY=
		{SHA256.HEX}41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb
		{PLAIN.B64}b3BlbiBzZXNhbWU=
	END
	ask "${said[@]}"
	answers "${expected[@]}"
	[ ! -s log ]
}

@test "users: what is no hash of its scheme is TEMP, and names line, user and what to do" {
	local field n=0 say=()
	local hash="bad password hash: put one of mkpasswd's there, or {PLAIN} before a password in clear"
	: >users
	while IFS= read -r field; do
		n=$((n + 1))
		echo "u$n:$field::::$work/demo" >>users
		say+=("login u$n open sesame")
		printf '<3>maildir reason="%s" line=%s file="users" user="u%s"\n' \
			"$hash" "$n" "$n" >>expected.log
	done <<-'END'
		{SSHA}x
		{SSHA}W8r/fyL/UzygmbNAjq2HbA67qa==
		{SSHA512}mn45pSYNDJIqaYMwWXHnSrhsn/rJ2lpC
		{SHA256}W8r/fyL/UzygmbNAjq2HbA67qac=
		{PLAIN-MD5}54ef36ec71201fdf9d1423fd26f97f6
		{PBKDF2}$1$x$0$cc434f0d956c231564ddac51ff70069d8c4422d1
		{SCRAM-SHA-256}4096,Bx2lxYwzEYobP9he/6zAtA==,x,y
		{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$x$y
		{ARGON2ID}$argon2id$v=19$m=8,t=3,p=16$c2FsdHNhbHRzYWx0$zaS43iojgcSaZbd0EyymZabCrgLEkRvuOZSkehijxKQ
		{BLF-CRYPT}$2y$99$x
		{SHA512-CRYPT.hex}2436
		{PLAIN.b64}=
	END
	ask "${say[@]}"
	answers "$temp" "$temp" "$temp" "$temp" "$temp" "$temp" "$temp" "$temp" \
		"$temp" "$temp" "$temp" "$temp"
	diff expected.log log
}

@test "users: a hash that asks for 4 GiB, or for hours, is refused, and the log says what to do" {
	local field
	local dear="password hash too dear to check: make one that takes less memory and time, with mkpasswd say; maildir(8) has the limits"
	local rest='c2FsdHNhbHRzYWx0$zaS43iojgcSaZbd0EyymZabCrgLEkRvuOZSkehijxKQ'
	for field in "{ARGON2ID}\$argon2id\$v=19\$m=4194304,t=1,p=1\$$rest" \
		"{ARGON2I}\$argon2i\$v=19\$m=262144,t=100,p=1\$$rest" \
		'{CRYPT}$y$jHT$saltsalt$x' \
		'{CRYPT}$6$rounds=999999999$saltsalt$x' \
		'{BLF-CRYPT}$2b$31$abcdefghijklmnopqrstuuAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' \
		'{PBKDF2}$1$x$99999999$cc434f0d956c231564ddac51ff70069d8c4422d1'; do
		echo "demo:$field::::$work/demo" >users
		ask 'login demo open sesame'
		answers "$temp"
		echo "<3>maildir reason=\"$dear\" line=1 file=\"users\" user=\"demo\"" |
			diff - log
		# Nor where another program asks.
		run -2 checked "$field" 'open sesame'
	done
}

@test "maildir-crypt: 0, 1, 2, and 3 with a line; any field of a users file" {
	local bad
	run -0 checked '{SSHA}mn45pSYNDJIqaYMwWXHnSrhsn/rJ2lpC' 'open sesame'
	run -1 checked '{SSHA}mn45pSYNDJIqaYMwWXHnSrhsn/rJ2lpC' 'open sesam'
	run -0 checked '{PLAIN}open sesame' 'open sesame'
	run -1 checked '{PLAIN}open sesame' 'open sesame '
	run -0 checked 'Pi4FDvnKzMZYc' 'open sesame'
	for bad in '' '{NTLM}x' '{SSHA}x' '$9$x'; do
		run -2 checked "$bad" x
		[ -z "$output" ]
	done
	for bad in '' 'x\0y' 'x\0y\0z'; do
		# shellcheck disable=SC2059 # The format is the point.
		printf "$bad" >sent
		run -3 as_user "$crypt" <sent
		[ "$output" = '<3>maildir-crypt reason="bad input"' ]
	done
}

# octets COUNT, in the background: locks for reading on the first octets of the
# program, as its own, or on all of them (0), until the file `end` is there.
octets() {
	cat >octets.py <<-'END'
		import fcntl, os, struct, sys, time
		fd = os.open(sys.argv[1], os.O_RDONLY)
		lock = struct.pack("hhqqi4x", fcntl.F_RDLCK, 0, 0, int(sys.argv[2]), 0)
		fcntl.fcntl(fd, 37, lock)  # F_OFD_SETLK
		open("held", "w").close()
		while not os.path.exists("end"):
		    time.sleep(0.02)
	END
	rm -f held end
	start octets "$POP3_SKEL_PYTHON" octets.py "$crypt" "$1"
	wait_until 10 [ -e held ]
}

# The program's file is held whole by who is next.
next_waits() {
	refute flock --nonblock "$crypt" true
}

# bats test_tags=alone
@test "maildir-crypt: hashes in much memory are made one for each processor, the others at once" {
	local large='$y$j75$saltsalt$4r23Ja.bWt2eh8ftPtYPeuGW9RLxoj8WxeDLVNbfhH4'
	# As many as there are processors are at work: who comes then waits.
	octets 0
	checked "$large" 'open sesame' 3>&- &
	local waiting=$!
	wait_until 10 next_waits
	run -1 checked '{SSHA}mn45pSYNDJIqaYMwWXHnSrhsn/rJ2lpC' wrong
	kill -0 "$waiting"
	: >end
	wait_until 20 gone "$waiting"
	wait "$waiting"
	flock --nonblock "$crypt" true
	# One of them less.
	[ "$(getconf _NPROCESSORS_ONLN)" -gt 1 ] || skip "one processor"
	octets "$(($(getconf _NPROCESSORS_ONLN) - 1))"
	run -1 checked "$large" wrong
	: >end
}
