# SPDX-License-Identifier: ISC
# pop3-skel-report: the log at a glance, whatever stands in it.
#
# bats file_tags=once

load ../lib/common

prepare() {
	report=$POP3_SKEL_STAGE/sbin/pop3-skel-report
	export TZ=UTC
}

# The report of these arguments is what is in a file of this folder, but for its
# head: reported NAME [ARG]...
reported() {
	sed 1d "$BATS_TEST_DIRNAME/$1" >expected
	"$report" "${@:2}" >got
	diff expected got
}

# Python's `assert` of what --json told: j is the object.
holds() {
	python3 -c 'import json, sys
j = json.load(open("json"))
for text in sys.argv[1:]:
    assert eval(text), text + "\n" + str(j)[:4000]' "$@"
}

# Nothing but printable ASCII and line ends.
only_plain() {
	refute grep -qP '[^ -~]' "$1"
}

@test "a log of syslog's: the report, and the metrics, to the octet" {
	local sample=$BATS_TEST_DIRNAME/sample.log
	reported sample.report "$sample"
	reported sample.prom --prometheus -- "$sample"
	# By the local clock, and from a quarter of an hour on.
	TZ=Asia/Kathmandu "$report" "$sample" >got
	grep -qx 'pop3-skel from 2026-11-26 04:00:01 to 2026-11-26 05:45:19 +0545' got
	grep -qE '^  2026-11-26 04:00 +2 +1 +3 +17 +0 +0$' got
	"$report" "$sample" | awk 'length > 80' >long
	[ ! -s long ]
}

@test "the same log in each form is the same report" {
	local sample=$BATS_TEST_DIRNAME/sample.log
	gzip -c "$sample" >sample.gz
	reported sample.report sample.gz
	reported sample.report - <"$sample"
	sed 's/+00:00 /Z /' "$sample" >zulu
	reported sample.report zulu
	# journalctl's short-iso, short-unix and json.
	sed 's/\.[0-9]*+00:00 /+0000 /' "$sample" >iso
	reported sample.report iso
	sed 's/\.[0-9]*+00:00 /.000001-00:00 /' "$sample" >minus
	reported sample.report minus
	python3 - "$sample" <<-'END'
	import datetime, json, re, sys
	with open("unix", "w") as unix, open("json", "w") as entries:
	    for line in open(sys.argv[1]):
	        if line.startswith("#"):
	            continue
	        time, rest = line.rstrip("\n").split(" ", 1)
	        at = datetime.datetime.fromisoformat(time).timestamp()
	        print("%.6f %s" % (at, rest), file=unix)
	        name, pid, text = re.match(r"mail ([^[]+)\[(\d+)\]: (.*)", rest).groups()
	        entry = {"__REALTIME_TIMESTAMP": str(round(at * 1000000)), "_PID": pid,
	                 "SYSLOG_IDENTIFIER": name, "MESSAGE": text}
	        # What is no text is a list of octets there.
	        if "killed" in text:
	            entry["MESSAGE"] = list(text.encode())
	        print(json.dumps(entry), file=entries)
	END
	reported sample.report unix
	reported sample.report json
	# Old syslogs have no year: it is the last such date.
	local then
	then=$(date +%s -d '40 days ago')
	printf '%s mail pop3-skel[9]: started session=0123456789abcdef address=::1\n' \
		"$(date -d "@$then" '+%b %e %T')" >old
	"$report" old | grep -qF "pop3-skel from $(date -d "@$then" '+%F %T')"
	printf '<22>%s pop3-skel[9]: ended session=0123456789abcdef\n' \
		"$(date -d "@$((then + 1))" '+%b %e %T')" >>old
	"$report" old | grep -qx 'ON NOW: 0'
	# What went to stderr has no time.
	sed -E 's/^[^ ]+ mail ([^ ]+)\[[0-9]+\]: /\1: /; s/^pop3-skel(-accept)?: /<6>/' \
		"$sample" >stderr
	"$report" --json stderr >json
	holds 'j["undated_lines"] == 32' 'j["from"] is None' \
		'j["totals"] == {"sessions": 9, "logins": 5, "failed": 3, "refused": 18, "faults": 2, "slow": 2}' \
		'[h["hour"] for h in j["hours"]] == [None]'
	"$report" stderr | grep -qx '32 lines have no time'
}

@test "real sessions, of pop3-skel and of the accept loop: each number is exact" {
	[ -x "$ACCEPT" ] || skip "the static build has no accept loop"
	local pid
	messages new/1.a new/2.b new/3.c
	one() {
		session "$@"
		cat log >>all
	}
	one "${login[@]}" 'RETR 1' 'RETR 2' 'TOP 1 0' QUIT
	one 'USER demo' 'PASS wrong' 'USER eve' 'PASS wrong' QUIT
	one "AUTH PLAIN $(printf '\0demo\0demo' | base64)" 'DELE 1' 'DELE 3' QUIT
	one QUIT
	options+=(--cleartext never)
	one "${login[@]}" QUIT
	options=(--cleartext always)
	backend=(/nonexistent)
	one QUIT
	backend=(maildir -u "$work/users")
	port=$(free_port)
	start accept "$ACCEPT" --listen "127.0.0.1:$port" --max-per-source 1 -- \
		"$SKEL" "${options[@]}" -- "${backend[@]}"
	wait_until 10 listening "$port"
	printf '%s\n' "$begin" "$end" | "$TALK" --connect "127.0.0.1:$port"
	wait_until 10 grep -q '>ended ' accept.log
	exec 5<>"/dev/tcp/127.0.0.1/$port"
	printf 'USER demo\r\nPASS demo\r\n' >&5
	wait_until 10 eval '[ "$(grep -c ">login " accept.log)" -eq 2 ]'
	# One more from there is none.
	exec 6<>"/dev/tcp/127.0.0.1/$port"
	read -r _ <&6 || :
	wait_until 10 grep -q '>refused ' accept.log
	cp accept.log then.log
	exec 5>&- 6>&-
	"$report" --json all then.log >json
	holds 'j["totals"] == {"sessions": 8, "logins": 4, "failed": 2, "refused": 2, "faults": 1, "slow": 0}' \
		'[(u["user"], u["logins"]) for u in j["users"]] == [("demo", 4)]' \
		'[(o["user"], o["address"], o["state"]) for o in j["on"]] == [("demo", "127.0.0.1", "transaction")]' \
		'sorted((w["mechanism"], w["logins"]) for w in j["ways"]) == [("PLAIN", 1), ("USER", 3)]' \
		'{w["tls"] for w in j["ways"]} == {"none"}' \
		'[(f["what"], f["count"]) for f in j["faults"]] == [("the backend cannot be started", 1)]' \
		'sorted((r["why"], r["count"]) for r in j["refused"]) == [("a secret in clear; see --cleartext", 1), ("max-per-source", 1)]' \
		'(j["ended"]["retr"], j["ended"]["top"], j["ended"]["dele"]) == (2, 1, 2)' \
		'[(f["address"], f["count"], f["user"]) for f in j["failed"]] == [("-", 2, "eve")]'
	# Its end, too.
	wait_until 10 eval '[ "$(grep -c ">ended " accept.log)" -eq 2 ]'
	"$report" --json all accept.log >json
	holds 'j["on"] == []'
	"$report" all accept.log >got
	only_plain got
}

@test "--since: what counts, and who is on from before" {
	local sample=$BATS_TEST_DIRNAME/sample.log word
	"$report" --since '2026-11-26 00:00:12' --json "$sample" >json
	holds 'j["totals"] == {"sessions": 4, "logins": 1, "failed": 0, "refused": 1, "faults": 1, "slow": 0}' \
		'[(o["user"], o["state"], o["seconds"]) for o in j["on"]] == [("carol", "update", 9), (None, "authorization", 6), ("alice", "transaction", 1)]'
	"$report" --since 2026-11-26 --json "$sample" >json
	holds 'j["totals"]["sessions"] == 6' 'j["from"] == 1795651200'
	"$report" --since yesterday --json "$sample" >json
	for word in 30m 24h 7d today 00:00 00:00:00; do
		"$report" --since "$word" "$sample" >got
	done
	for word in '' x 24 -1h 1e9h '2026-13-01' '25:00' '0001-01-01' 9999999d \
		$'\e[31m' '2026-11-26T00:00:00'; do
		run -64 "$report" --since="$word" "$sample"
		[[ $output == *'is no time' ]]
		only_plain <(printf '%s\n' "$output")
	done
	# Lines without a time are from no time.
	printf '<6>started session=0123456789abcdef\n' >undated
	"$report" --since today undated >got
	grep -qx '1 lines have no time, and are not counted' got
	grep -qx 'BY HOUR' got
}

@test "the journal: what it vouches for, since a day; a process that is gone is not on" {
	mkdir bin
	cp "$(command -v sleep)" pop3-skel
	own
	start there ./pop3-skel 60
	{
		printf '#!/bin/sh\nprintf "%%s\\n" "$@" >%s/args\n' "$work"
		printf 'cat %s/journal\nexit "${journal_status-0}"\n' "$work"
	} >bin/journalctl
	chmod 755 bin/journalctl
	now=$(date +%s)
	{
		printf "%s.5 mail pop3-skel[$pid]: started session=%016x address=192.0.2.1\n" \
			"$((now - 20))" 1
		printf "%s.5 mail pop3-skel[$pid]: login session=%016x user=a address=192.0.2.1 messages=1\n" \
			"$((now - 19))" 1
		printf '%s.5 mail pop3-skel-accept[4194399]: started session=%016x address=192.0.2.2\n' \
			"$((now - 18))" 2
	} >journal
	PATH=$work/bin:$PATH "$report" --unit inetd.service --json >json
	holds 'len(j["on"]) == 1 and j["on"][0]["user"] == "a"' \
		'20 <= j["on"][0]["seconds"] < 200' 'j["end_unknown"] == 1'
	sed '/^--since=@/d' args | diff - <(printf '%s\n' --no-pager --quiet \
		--output=short-unix '_SYSTEMD_SLICE=system-pop3\x2dskel.slice' + \
		'_SYSTEMD_SLICE=system-pop3\x2dskel\x2dproxy.slice' + \
		_SYSTEMD_UNIT=pop3-skel-accept.service + \
		'_SYSTEMD_SLICE=system-pop3\x2dskel\x2daccept.slice' + \
		_SYSTEMD_UNIT=pop3-skel-tls.service + _SYSTEMD_UNIT=inetd.service)
	# A day, and who began an hour before.
	since=$(sed -n 's/^--since=@//p' args)
	[ $((now - since)) -ge 89900 ]
	[ $((now - since)) -le 90100 ]
	PATH=$work/bin:$PATH "$report" --prometheus >got
	since=$(sed -n 's/^--since=@//p' args)
	[ "$since" -eq $(($(date +%s -d 'today 0:00') - 3600)) ] ||
		[ "$(date +%H:%M)" = 00:00 ]
	# One that fails, and none at all.
	journal_status=1 PATH=$work/bin:$PATH run -75 "$report"
	[[ $output == *'journalctl failed' ]]
	PATH=/nonexistent run -75 "$report"
	[[ $output == *'journalctl: No such file or directory; name a file of the log' ]]
}

@test "--prometheus: the format, nobody's name, renamed into place" {
	local sample=$BATS_TEST_DIRNAME/sample.log word
	printf '%s\n' '<3>fault session=0123456789abcdef user=x request=list what="a \"b\\c"' \
		>odd
	printf 'old' >skel.prom
	ln skel.prom before
	"$report" --prometheus skel.prom "$sample" odd
	[ "$(cat before)" = old ]
	[ "$(stat -c %a skel.prom)" = 644 ]
	[ "$(ls -A)" = "$(printf '%s\n' before demo odd skel.prom users)" ]
	python3 - <<-'END'
	import re
	types, seen = {}, set()
	number = r"(?:[0-9]+)"
	label = r'[a-z_]+="(?:[^"\\\n]|\\[\\"n])*"'
	for line in open("skel.prom", newline=""):
	    assert line.endswith("\n") and "\r" not in line
	    line = line[:-1]
	    if line.startswith("# HELP "):
	        assert re.fullmatch(r"# HELP pop3_skel_[a-z_]+ [ -~]+\.", line), line
	    elif line.startswith("# TYPE "):
	        name, kind = re.fullmatch(r"# TYPE (\S+) (counter|gauge)", line).groups()
	        assert name not in types and (kind == "counter") == name.endswith("_total")
	        types[name] = kind
	    else:
	        found = re.fullmatch(rf"([a-z0-9_]+)(\{{{label}(?:,{label})*\}})? {number}", line)
	        assert found and found[1] in types, line
	        assert found.group(1, 2) not in seen, line
	        seen.add(found.group(1, 2))
	assert len(seen) > 20, seen
	END
	grep -qxF 'pop3_skel_faults_total{what="a \\\"b\\\\c"} 1' skel.prom
	refute grep -qE 'alice|bob|carol|192\.0|2001' skel.prom
	! command -v promtool || promtool check metrics <skel.prom
	# What cannot be written leaves the last one, and nothing else.
	for word in nowhere/skel.prom /proc/skel.prom; do
		run -75 "$report" --prometheus "$word" "$sample"
	done
	mkdir here.prom
	run -75 "$report" --prometheus here.prom "$sample"
	[ "$(ls -A)" = "$(printf '%s\n' before demo here.prom odd skel.prom users)" ]
	# A log is read, and never written over.
	cp "$sample" mail.log
	run -64 "$report" --prometheus mail.log
	cmp mail.log "$sample"
	# What moves with the clock counts nothing.
	run -64 "$report" --prometheus --since 24h "$sample"
	[[ $output == *'is no counter' ]]
}

# bats test_tags=long
@test "whatever a log holds: bounded memory, exact sums, no escapes in the report" {
	python3 - >hostile <<-'END'
	import sys
	w = sys.stdout.buffer.write
	for i in range(60000):
	    w(b"<6>login session=%016x user=u%d address=10.1.%d.%d messages=1 tls=t%d mechanism=m%d\n"
	      % (i, i, i >> 8, i & 255, i % 500, i % 500))
	    w(b"<5>refused session=%016x user=x address=2001:db8::%x why=login\n" % (i, i))
	for i in range(1000):
	    w(b"<3>fault session=%016x user=u%d request=list what=w%d\n" % (i, i, i))
	    w(b"<5>slow session=%016x user=u%d request=list seconds=%d\n" % (i, i, i))
	for i in range(7000):
	    w(b"%d.000001 h pop3-skel[1]: started session=%016x address=::1\n"
	      % (1000000000 + i * 3600, 1 << 40))
	w(b"x" * (30 << 20) + b"\n")
	w(b"<6>login session=%016x user=" % 1 + b"y" * 20000 + b"\n")
	w(b"{" * 20000 + b"\n" + b"[" * 10000 + b"\n" + b'{"MESSAGE":' * 1000 + b"\n")
	w(b'{"MESSAGE":[300,-1],"__REALTIME_TIMESTAMP":"1","SYSLOG_IDENTIFIER":"pop3-skel"}\n')
	w(b'{"MESSAGE":9000000000,"__REALTIME_TIMESTAMP":"1","SYSLOG_IDENTIFIER":"pop3-skel"}\n')
	w(b'{"MESSAGE":"x","__REALTIME_TIMESTAMP":"9e999","SYSLOG_IDENTIFIER":1}\n')
	w(b'{"MESSAGE":"<6>login session=0000000000000001 user=\\ud800","__REALTIME_TIMESTAMP":"1","SYSLOG_IDENTIFIER":"pop3-skel"}\n')
	w(b"2026-99-99T99:99:99Z h pop3-skel[1]: started session=%016x\n" % 2)
	w(b"99999999999.1 h pop3-skel[1]: started session=%016x\n" % 2)
	w(b"Xxx 99 99:99:99 h pop3-skel[1]: started session=%016x\n" % 2)
	# Names that stand there raw, though no log of ours has them so.
	for name in (b"\x1b[2J\x1b]0;x\x07", b"\xff\xfe\x9b31m", b"\0", b"\xe2\x80\xae"):
	    w(b"<6>login session=%016x user=%s address=::1 messages=1 tls=%s\n" % (3, name, name))
	    w(b"<3>fault session=%016x what=\"%s\n" % (3, name))
	# A value that is not closed ends the line; nothing in quotes is a field.
	w(b'<3>fault session=%016x what="x what=forged\n' % 4)
	w(b'<5>refused session=%016x user="a address=192.0.2.99 why=login" why="b why=login"\n' % 4)
	w(b"<5>refused why=full count=" + b"9" * 30 + b"\n")
	w(b"<6>ended session=%016x why=\"a retr=5\" retr=7 seconds=\xd9\xa1\n" % 4)
	w(b"<6>ended session=%016x user=" % 5 + b'"' * 16000 + b"\n")
	w(b"started" + b" user=x" * 2000 + b"\nno end")
	END
	(
		ulimit -v 500000
		"$report" hostile >got
		"$report" --all hostile >whole
		"$report" --json hostile >json
		"$report" hostile --prometheus >metrics
	)
	for file in got whole json metrics; do
		only_plain "$file"
	done
	[ "$(awk 'length > 80' got)" = '' ]
	holds 'j["totals"]["logins"] == 60004 and j["totals"]["failed"] == 60000' \
		'j["totals"]["sessions"] == 7000 and j["totals"]["slow"] == 1000' \
		'sum(u["logins"] for u in j["users"]) + j["other_users_logins"] == 60004' \
		'len(j["users"]) == 50000 and j["users"][0]["user"] is not None' \
		'len(j["failed"]) == 50000 and j["other_addresses_failed"] == 10000' \
		'[s["seconds"] for s in j["slowest"]] == list(range(999, 989, -1))' \
		'len(j["on"]) <= 50000 and j["end_unknown"] > 0' \
		'j["ended"]["retr"] == 7' \
		'len(j["hours"]) == 5000 and j["earlier"]["sessions"] > 0'
	refute grep -qE '192\.0\.2\.99|^ .* forged$' got whole
	grep -qE '^  and 10[0-9]{3} logins of others$' got
	grep -qx '  and 10000 from other addresses' got
	grep -qx '  and 990 more that were no slower' got
	[ "$(wc -l <metrics)" -lt 700 ]
}

@test "what makes no sense is status 64, what cannot be read or written 75" {
	local words
	for words in --nonsense -x --since '--unit' '--json=1' '--al'; do
		# shellcheck disable=SC2086 # Words.
		run -64 "$report" $words
		[[ $output == 'pop3-skel-report: '* ]]
		[ "${#lines[@]}" -eq 1 ]
	done
	run -75 "$report" /nonexistent
	[ "$output" = 'pop3-skel-report: /nonexistent: No such file or directory' ]
	run -75 "$report" "$work"
	printf 'no gzip' >broken.gz
	run -75 "$report" broken.gz
	run -75 sh -c '"$1" "$2" >/dev/full' - "$report" "$BATS_TEST_DIRNAME/sample.log"
	[[ $output == *'No space left on device' ]]
	# Who has seen enough is no trouble.
	yes "$(sed 1d "$BATS_TEST_DIRNAME/sample.log")" | head -n 20000 >many
	run -0 sh -c '"$1" --all many | head -n 1' - "$report"
	[ "${#lines[@]}" -eq 1 ]
	"$report" --help >out
	[ "$(awk 'length > 80' out)" = '' ]
	[[ $("$report" --version) == 'pop3-skel-report '[0-9]* ]]
	# An empty log is an empty report.
	"$report" /dev/null >got
	grep -qx 'ON NOW: 0' got
	"$report" /dev/null --prometheus >got
}

@test "the line for cron, as cron runs it: no continuation, and hardly a PATH" {
	local sample=$BATS_TEST_DIRNAME/sample.log
	local name minute hour day month weekday user command
	load ../lib/examples
	example pop3-skel-report.8 cron >cron
	[ "$(wc -l <cron)" -eq 2 ]
	name=$(sed -n '1s/=.*//p' cron)
	read -r minute hour day month weekday user command < <(tail -n 1 cron)
	[ "$minute $hour $day $month $weekday $user" = '* * * * * root' ]
	mkdir -p collector
	[[ $command == '/usr/sbin/pop3-skel-report --prometheus '* ]]
	# The journal is another test's: here it is what is in a file.
	env -i PATH=/usr/bin:/bin "$name=$work/collector/pop3-skel.prom" \
		/bin/sh -c "${command/\/usr\/sbin/${report%/*}} $sample"
	grep -q '^pop3_skel_' collector/pop3-skel.prom
	grep -qx "$name=/var/lib/prometheus/node-exporter/pop3-skel.prom" cron
}
