# SPDX-License-Identifier: ISC
package Net::Server::POP3::Skeleton;

require 5.010;
use strict;
use warnings;

our $VERSION = '2.0';

# What pop3-skel(8) keeps for itself.
my %ITS_OWN = map { $_ => 1 } qw(quit stls capa auth);
# What is said to these is none of the log's.
my %SECRET = map { $_ => 1 } qw(pass apop);
my %STATES = (AUTH => 'AUTHORIZATION', TRANS => 'TRANSACTION');
my @OPTIONS = qw(timeout transerr caperr greeting goodbye);
# Net::Server's levels, from 0, as syslog(3) numbers priorities.
my @PRIORITIES = (3, 4, 5, 6, 7);

# Requests are read from IN and answered on OUT. What is written elsewhere goes
# to the log, and no child reads a request.
my ($in, $out);

sub import { }

sub new {
    my ($class, %options) = @_;
    my $self = bless {server => {port => [110], debug => 0}}, $class;
    my $data = $self->{(__PACKAGE__)} = {
        serverdata => {
            timeout => 60, transerr => 0, caperr => 1,
            greeting => 'POP3 Net::Server::POP3::Skeleton ready',
            goodbye => 'goodbye',
            AllowedCommands => {
                AUTHORIZATION => {map { $_ => undef } qw(user pass quit)},
                TRANSACTION => {map { $_ => undef }
                    qw(stat list retr dele noop rset top uidl quit)},
            },
        },
        userdata => {},
    };
    for my $name (keys %options) {
        if (grep { $_ eq $name } @OPTIONS) {
            $data->{serverdata}{$name} = $options{$name};
            $data->{told}{$name} = 1;
        } else {
            $self->{server}{$name} = $options{$name};
        }
    }
    return $self;
}

sub _get_server_data { $_[0]{(__PACKAGE__)}{serverdata}{$_[1]} }
sub _set_server_data { $_[0]{(__PACKAGE__)}{serverdata}{$_[1]} = $_[2] }

sub set { $_[0]{(__PACKAGE__)}{userdata}{$_[1]} = $_[2] }
sub get { $_[0]{(__PACKAGE__)}{userdata}{$_[1]} }

sub _state_name {
    my $name = uc shift;
    return $STATES{$name} // $name;
}

sub state {
    my ($self, @new) = @_;
    $self->_set_server_data(state => _state_name($new[0])) if @new;
    return $self->_get_server_data('state');
}

sub add_command {
    my ($self, @words) = @_;
    my (@states, $command, $secret);
    _croak('add_command: an odd number of arguments') if @words % 2;
    while (my ($key, $value) = splice @words, 0, 2) {
        if (lc $key eq 'state') {
            push @states, _state_name($value);
        } elsif (lc $key eq 'secret') {
            $secret = $value;
        } elsif (lc $key eq 'command') {
            _croak('add_command: one command at a time') if defined $command;
            $command = lc $value;
        }
    }
    _croak('add_command: a command and a state are needed')
        unless @states && defined $command;
    $self->_get_server_data('AllowedCommands')->{$_}{$command} = undef
        for @states;
    $self->{(__PACKAGE__)}{secret}{$command} = 1 if $secret;
    return;
}

sub _croak {
    require Carp;
    Carp::croak(@_);
}

# Net::Server's, as far as handlers call it.
sub log {
    my ($self, $level, $text, @more) = @_;
    $text = sprintf $text, @more if @more;
    my $priority = $level =~ /^[0-4]$/ ? $PRIORITIES[$level] : 6;
    print STDERR "<$priority>$_\n" for grep { length } split /[\r\n]+/, $text;
    return;
}

# The answer to the command at hand: one, and it is sent when its handler is done.
sub _answer {
    my ($self, $word, $text, @lines) = @_;
    my $data = $self->{(__PACKAGE__)};
    if ($data->{answer}) {
        # Nothing is sent yet, and what was refused in the end is not done.
        my $takes = $word eq 'ERR' && $data->{answer}{word} eq 'OK';
        $self->log(1, ($takes ? 'the first' : 'a second')
            . " answer to \U$data->{command}\E was not sent");
        return unless $takes;
    }
    $data->{answer} = {word => $word, text => $text // '', lines => [@lines]};
    return;
}

sub sendok { $_[0]->_answer('OK', $_[1]) }
sub senderr { $_[0]->_answer('ERR', $_[1]) }

sub senddata {
    my ($self, $text, @lines) = @_;
    $self->_answer('OK', $text, _lines(@lines));
    $self->{(__PACKAGE__)}{answer}{body} = 1;
    return;
}

# Whole lines, whatever they were cut into.
sub _lines {
    return map { my @of = split /\r?\n/, $_, -1; @of ? @of : '' } map {
        my $line = $_ // '';
        $line =~ s/\r?\n\z//;
        $line;
    } @_;
}

# What was meant for the client as it is: a status line, or lines behind one, with
# their dots.
sub send {
    my ($self, @lines) = @_;
    my $data = $self->{(__PACKAGE__)};
    for my $line (_lines(@lines)) {
        my $answer = $data->{answer};
        if (!$answer) {
            if ($line =~ /^(\+OK|-ERR)(?: (.*))?\z/s) {
                $self->_answer($1 eq '+OK' ? 'OK' : 'ERR', $2);
            } else {
                $self->log(1, 'what send was given before an answer '
                    . 'was not sent');
            }
        } elsif ($answer->{word} ne 'OK' || $answer->{ended}) {
            $self->log(1, 'what send was given behind an answer was not sent');
        } else {
            $answer->{body} = 1;
            if ($line eq '.') {
                $answer->{ended} = 1;
            } else {
                $line =~ s/^\.(?=\.)//;
                push @{$answer->{lines}}, $line;
            }
        }
    }
    return;
}

sub close_client { $_[0]->_set_server_data(hasquit => 1) }

sub quit {
    my ($self, @words) = @_;
    $self->sendok($self->_get_server_data('goodbye'));
    $self->state('UPDATE');
    $self->commit(@words) if $self->can('commit');
    $self->close_client;
    return;
}

sub unknown {
    my $self = shift;
    return $self->senderr('unknown ' . $self->state . ' state command');
}

sub unimplemented { $_[0]->senderr('command unimplemented') }

# From here on: what speaks to pop3-skel(8).

# Calls one that gets a secret: what it dies of, or warns of, may have it.
# Returns what the log is to have.
sub _discreet {
    my ($self, $method, @words) = @_;
    my $name = uc $self->{(__PACKAGE__)}{command};
    my $place = '';
    local $SIG{__DIE__} = $SIG{__DIE__} // sub {
        my (undef, $file, $line) = caller;
        $place = " at $file line $line";
    };
    local $SIG{__WARN__} = $SIG{__WARN__} // sub {
        my $text = shift;
        $text =~ s/\AArgument ".*" isn't/Argument "***" isn't/s;
        $self->log(1, $text);
    };
    return if eval { $self->$method(@words); 1 };
    return "$name died" . (ref $@ ? ' of ' . ref $@ : '') . $place;
}

# One handler, and its answer: a hash.
sub _call {
    my ($self, $method, $command, @words) = @_;
    my $data = $self->{(__PACKAGE__)};
    @$data{qw(answer command)} = (undef, $command);
    my $secret = $SECRET{$command} || $data->{secret}{$command};
    my $error = $secret ? $self->_discreet($method, @words) :
        eval { $self->$method(@words); 1 } ? undef :
        length($@ // '') ? $@ : 'died';
    if (defined $error) {
        $self->log(0, $error);
        # Nothing is sent yet, so the client hears the truth.
        $data->{answer} = {word => 'ERR', lines => [],
            text => $self->_get_server_data('transerr') && !$secret ?
                $error : "\U$command\E failed"};
        exit 1 unless $self->_get_server_data('caperr');
    } elsif (!$data->{answer}) {
        $self->log(0, "\U$command\E was given no answer");
        $data->{answer} = {word => 'ERR', text => 'no answer', lines => []};
    }
    return $data->{answer};
}

# ... of a command, in the state that there is.
sub _dispatch {
    my ($self, $command, @words) = @_;
    my $allowed = $self->_get_server_data('AllowedCommands')->{$self->state};
    my $method = !exists $allowed->{$command} ? 'unknown' :
        $self->can($command) ? $command : 'unimplemented';
    my $before = $self->state;
    my $answer = $self->_call($method, $command, @words);
    # Who is not let in is not in.
    $self->state($before) if $answer->{word} ne 'OK';
    return $answer;
}

sub _put { print {$out} map { utf8::encode($_) if utf8::is_utf8($_); "$_\n" } @_ }

sub _reply {
    my ($self, $answer, @details) = @_;
    my $text = $answer->{text} // '';
    $text =~ s/[\x00-\x1f\x7f]+/ /g;
    $text =~ s/ +\z//;
    my @body = map { "|$_" } @{$answer->{lines}};
    @body = ('body') if $answer->{body} && !@body;
    push @details, 'close' if $self->_get_server_data('hasquit');
    _put(@details, @body, length $text ? "$answer->{word} $text" :
        $answer->{word});
    return;
}

# A command, and the login that it may be.
sub _command {
    my ($self, $name, @words) = @_;
    my $command = lc $name;
    my $data = $self->{(__PACKAGE__)};
    my $answer = $self->_dispatch($command, @words);
    $data->{name} = $words[0]
        if $command =~ /^(?:user|apop)\z/ && $answer->{word} eq 'OK';
    my $login = !$data->{in} && $answer->{word} eq 'OK' &&
        $self->state eq 'TRANSACTION';
    $data->{in} ||= $login;
    # Else pop3-skel would say how many messages it knows of: none.
    $answer->{text} = 'logged in' if $login && !length($answer->{text} // '');
    return $self->_reply($answer, $login ? ($self->_user, 'state trans') : ());
}

# Whom the log is about.
sub _user {
    my $self = shift;
    my ($name) = split / /, $self->{(__PACKAGE__)}{name} // '';
    $name = 'unknown' unless defined $name &&
        $name =~ m{^[^/.\-\x00-\x20\x7f][^/\x00-\x20\x7f]{0,254}\z};
    return "user $name";
}

sub _hello {
    my ($self, $version) = @_;
    return _put("ERR version $version") unless $version eq '1';
    $self->state('CONNECT');
    if ($self->can('connect') && !eval { $self->connect; 1 }) {
        $self->log(0, $@);
        exit 1 unless $self->_get_server_data('caperr');
    }
    $self->state('AUTHORIZATION');
    my ($data, %where) = $self->{(__PACKAGE__)};
    my $allowed = $self->_get_server_data('AllowedCommands');
    for my $state (keys %$allowed) {
        # One of their own may be reached from both.
        my @in = grep { $_ eq $state } qw(AUTHORIZATION TRANSACTION);
        @in = qw(AUTHORIZATION TRANSACTION) unless @in;
        for my $command (keys %{$allowed->{$state}}) {
            $where{$command}{$_} = 1 for @in;
        }
    }
    for my $command (sort keys %where) {
        if ($ITS_OWN{$command}) {
            $self->log(1, "\U$command\E is pop3-skel's own")
                unless $command eq 'quit';
            next;
        }
        my @in = keys %{$where{$command}};
        my $states = @in == 2 ? 'both' : $in[0] eq 'AUTHORIZATION' ? 'auth' :
            'trans';
        _put("command \U$command\E $states"
            . ($data->{secret}{$command} ? ' secret' : ''));
    }
    _put('option timeout ' . int($data->{serverdata}{timeout} || 0))
        if $data->{told}{timeout};
    _put("option goodbye $data->{serverdata}{goodbye}")
        if length($data->{serverdata}{goodbye} // '');
    return $self->_reply({word => 'OK', lines => [],
        text => "1 $data->{serverdata}{greeting}"});
}

# QUIT of somebody who is logged in.
sub _commit {
    my $self = shift;
    my $answer = $self->_call('quit', 'quit');
    $answer->{lines} = [];
    delete $answer->{body};
    $self->_set_server_data(hasquit => 0);
    return $self->_reply($answer);
}

sub process_request {
    my $self = shift;
    $self->_set_server_data(hasquit => 0);
    while (defined(my $line = <$in>)) {
        chomp $line;
        my ($verb, $rest) = split / /, $line, 2;
        if ($verb eq 'hello') {
            $self->_hello((split / /, $rest // '')[0] // '');
        } elsif ($verb eq 'commit') {
            $self->_commit;
        } elsif ($verb =~ /^[A-Z][A-Z0-9]*\z/) {
            $self->_command($verb, $rest);
        } else {
            _put('DEFAULT');
        }
    }
    $self->state('DISCONNECT');
    if ($self->can('disconnect') && !eval { $self->disconnect; 1 }) {
        $self->log(0, $@);
    }
    return;
}

sub run {
    my ($self, %options) = @_;
    $self = $self->new(%options) unless ref $self;
    $self->{server}{$_} = $options{$_} for keys %options;
    my %fact = (peeraddr => 'POP3_REMOTE_ADDR', peerport => 'POP3_REMOTE_PORT',
        sockaddr => 'POP3_LOCAL_ADDR', sockport => 'POP3_LOCAL_PORT');
    $self->{server}{$_} = $ENV{$fact{$_}} for keys %fact;
    open $in, '<&', \*STDIN or die "stdin: $!\n";
    open $out, '>&', \*STDOUT or die "stdout: $!\n";
    open STDIN, '<', '/dev/null' or die "/dev/null: $!\n";
    open STDOUT, '>&', \*STDERR or die "stderr: $!\n";
    $_->autoflush(1) for $out, \*STDOUT;
    $self->process_request;
    exit 0;
}

# A session of nothing, for who looks what is said.
require IO::Handle;
__PACKAGE__->new->run unless caller;
1;
