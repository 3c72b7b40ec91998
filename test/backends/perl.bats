# SPDX-License-Identifier: ISC
# Net::Server::POP3::Skeleton by interface: what was written for the module of 2004
# runs behind pop3-skel.
#
# bats file_tags=once

load ../lib/common
load ../lib/check

prepare() {
	modules=$POP3_SKEL_STAGE/share/perl
	export PERL5LIB=$modules
}

# A subclass whose methods are on stdin, as a backend; its options are $1.
subclass() {
	{
		printf '%s\n' '#!/usr/bin/perl' "use lib '$modules';" \
			'package MyServer;' 'use strict; use warnings;' \
			"use base 'Net::Server::POP3::Skeleton';"
		cat
		printf '%s\n' 'package main;' "MyServer->new($1)->run();"
	} >backend
	chmod 755 backend
	backend=("$work/backend")
}

# That of the synopsis.
synopsis() {
	sed -n '/^=head1 SYNOPSIS/,/^and then/s/^    //p' \
		"$top/src/backends/perl/Skeleton.pod" |
		sed "/^package Motd/i use lib '$modules';" >motd
	chmod 755 motd
	backend=("$work/motd")
}

@test "perl: the example of the manual, by a client and by pop3-skel-check" {
	synopsis
	session PASS\ x 'USER' 'USER demo' 'PASS wrong' 'USER demo' 'PASS demo' \
		STAT LIST 'LIST 1' 'LIST 2' UIDL 'RETR 1' 'DELE 1' NOOP RSET 'XNO' QUIT
	matches '+OK POP3 my server ready' '-ERR unknown AUTHORIZATION state command' \
		'-ERR missing argument' '+OK username accepted, send password' \
		'-ERR*invalid username or password' \
		'+OK username accepted, send password' '+OK logged in' '+OK 1 131' '+OK*' \
		'1 131' . '+OK 1 131' '-ERR no such message' '+OK*' '1 motd-1' . \
		'+OK*' From:* Subject:* Date:* Message-ID:* '' Hello. . \
		'-ERR command unimplemented' '+OK nothing done' \
		'-ERR command unimplemented' '-ERR*' '+OK goodbye'
	logged '^<6>login .* user=demo '
	own
	try motd "$work/motd"
	tried
	clean motd 'delete|commands of its own for messages|came that far'
	podchecker "$top/src/backends/perl/Skeleton.pod" 2>told
	perl -MNet::Server::POP3::Skeleton=nonFork -we 1
}

@test "perl: hooks, states, commands of its own, and the end, in their order" {
	subclass 'greeting => "hi", goodbye => "so long", timeout => 700, port => 1110' <<-'END'
		sub note { print STDERR join(' ', 'note', $_[1], $_[0]->state), "\n" }
		sub connect { $_[0]->note('connect') }
		sub disconnect { $_[0]->note('disconnect') }
		sub commit { $_[0]->note('commit') }
		sub hello { $_[0]->sendok("hello " . ($_[1] // "nobody") . " from " . ($_[0]->{server}{peeraddr} // "no socket")) }
		sub user { $_[0]->set(name => $_[1]); $_[0]->state('Waiting'); $_[0]->sendok('and?') }
		sub pass { $_[0]->state('auth'); $_[0]->senderr('not so') }
		sub key {
			$_[0]->state('trans') if ($_[1] // '') eq 'open  sesame';
			$_[0]->sendok($_[0]->state);
		}
		sub stat { $_[0]->sendok('0 0') }
		sub bye { $_[0]->sendok('gone'); $_[0]->close_client }
		sub new {
			my $self = shift->SUPER::new(@_);
			$self->add_command(state => 'AUTH', state => 'trans', command => 'Hello');
			$self->add_command(state => 'waiting', command => 'key', secret => 1);
			$self->add_command(state => 'TRANS', command => 'bye');
			$self->add_command(state => 'AUTH', command => 'capa');
			return $self;
		}
	END
	options+=(--debug)
	session 'HELLO you' 'KEY x' 'USER joe' 'PASS x' 'HELLO' 'KEY x' \
		'KEY open  sesame' 'KEY x' 'HELLO again' QUIT
	matches '+OK hi' '+OK hello you from no socket' '-ERR*unknown AUTHORIZATION state command' \
		'+OK and?' '-ERR*unknown WAITING state command' \
		'-ERR*unknown WAITING state command' '+OK WAITING' '+OK TRANSACTION' \
		'-ERR unknown TRANSACTION state command' '+OK hello again from no socket' \
		'+OK so long'
	sed -n 's/.* text="note \(.*\)"$/\1/p' log | diff - <(printf '%s\n' \
		'connect CONNECT' 'commit UPDATE' 'disconnect DISCONNECT')
	logged '^<4>backend .*CAPA is pop3-skel.s own'
	logged 'backend="< option timeout 700"'
	not_logged sesame
	# Whoever does not say QUIT has committed nothing; the one who is sent away
	# does not either.
	session 'USER joe' 'KEY open  sesame' BYE STAT
	matches '+OK hi' '+OK and?' '+OK TRANSACTION' '+OK gone'
	not_logged 'note commit'
	logged 'note disconnect DISCONNECT'
}

@test "perl: one answer to each command, whatever a handler does" {
	local methods
	methods=$(cat <<-'END'
		sub user { $_[0]->sendok }
		sub pass { $_[0]->state('TRANS'); $_[0]->sendok("in\r\nmore"); print "+OK a stray\r\n" }
		sub stat { $_[0]->sendok('1 2'); $_[0]->sendok('3 4') }
		sub list { $_[0]->sendok('lines'); $_[0]->send("1 2\r\n3 4", '..5', '.'); $_[0]->send('6') }
		sub retr { $_[0]->senddata('here', "a\n", "", ".b", "\x{e9}\x{20ac}", "c\nd\n") }
		sub dele { $_[0]->sendok('done'); die "no store\n" }
		sub noop { 1 }
		sub rset { $_[0]->send('-ERR raw words') }
		sub top { system('cat; echo eaten'); $_[0]->senddata('none') }
		sub uidl { undef->method }
		sub commit { die "disk full\n" }
	END
	)
	subclass '' <<<"$methods"
	session 'USER a b' 'PASS x' STAT LIST 'RETR 1' 'DELE 1' NOOP RSET TOP UIDL QUIT
	matches '+OK POP3 Net::Server::POP3::Skeleton ready' '+OK*' '+OK in more' \
		'+OK 1 2' '+OK*' '1 2' '3 4' '..5' . '+OK*' a '' '..b' '*' c d . \
		'-ERR DELE failed' '-ERR no answer' '-ERR raw words' '+OK*' . \
		'-ERR UIDL failed' '-ERR*'
	grep -q "^$(printf '\303\251\342\202\254')"$'\r$' out
	logged '^<4>backend .*a second answer to STAT was not sent'
	logged '^<4>backend .*behind an answer was not sent'
	logged '^<3>backend .*no store'
	logged '^<3>backend .*NOOP was given no answer'
	logged '^<5>backend .*a stray'
	logged '^<5>backend .*eaten'
	logged '^<3>backend .*disk full'
	logged '^<6>login .* user=a '
	subclass 'transerr => 1, caperr => 0' <<<"$methods"
	session 'USER x' 'PASS x' 'DELE 1' STAT QUIT
	matches '+OK *' '+OK*' '+OK in more' '-ERR [SYS/TEMP] *'
	logged '^<3>fault .* status=1'
	subclass 'transerr => 1' <<<"$methods"
	session 'USER x' 'PASS x' 'DELE 1'
	matches '+OK *' '+OK*' '+OK in more' '-ERR no store'
	# A version that is none, and what it cannot know.
	printf '%s\n' 'hello 2' 'x-unknown' | ./backend 2>log >out
	printf '%s\n' 'ERR version 2' DEFAULT | diff - out
}

@test "perl: a refusal behind OK is the answer, at QUIT too; what a request with a secret in it dies of is in no log" {
	subclass 'transerr => 1' <<-'END'
		sub user { $_[0]->sendok }
		sub pass {
			die "no $_[1]\n" if $_[1] =~ /2/;
			die bless {is => $_[1]}, 'My::Error' if $_[1] =~ /3/;
			print STDERR "one\n" if $_[1] == 1;
			$_[0]->sendok;
			$_[0]->state('TRANS');
		}
		sub key { die "no key $_[1]" }
		sub stat { $_[0]->sendok('1 2'); $_[0]->senderr('no store') }
		sub dele { $_[0]->senderr('not there'); $_[0]->sendok('done') }
		sub noop { die "plain\n" }
		sub commit { $_[0]->senderr('disk full') }
		sub new {
			my $self = shift->SUPER::new(@_);
			$self->add_command(state => 'AUTH', command => 'key', secret => 1);
			return $self;
		}
	END
	options+=(--max-logins 20)
	session 'USER a' 'PASS hunter2' 'USER a' 'PASS hunter3' 'KEY hunter5' \
		'USER a' 'PASS hunter4' STAT 'DELE 1' NOOP QUIT
	matches '+OK *' '+OK*' '-ERR*PASS failed' '+OK*' '-ERR*PASS failed' \
		'-ERR*KEY failed' '+OK*' '+OK*' '-ERR no store' '-ERR not there' \
		'-ERR plain' '-ERR*the backend failed'
	not_logged hunter
	[ "$(grep -c '^<3>backend .*text="PASS died at .*/backend line [0-9]*"$' log)" -eq 1 ]
	logged '^<3>backend .*text="PASS died of My::Error at .*/backend line [0-9]*"$'
	logged '^<4>backend .*text="Argument \\"\*\*\*\\" isn.t numeric .*backend line 10, .*'
	logged '^<3>backend .*text=plain$'
	logged '^<4>backend .*the first answer to QUIT was not sent'
	logged '^<4>update .*commit=refused text="disk full"'
}
