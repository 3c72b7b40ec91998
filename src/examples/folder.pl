#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Each file of a folder is a mail: folder.pl FOLDER
use strict;
use warnings;

my $folder = shift // die "folder.pl FOLDER\n";
# A reply that stays in a buffer is none.
$| = 1;

# Those that can be unique-ids, which have no blanks.
sub names {
    opendir my $dir, $folder or die "$folder: $!\n";
    return sort grep { /^[!-\-\/-~][!-~]{0,69}\z/ && -f "$folder/$_" } readdir $dir;
}

sub body {
    my ($path) = @_;
    open my $file, '<:raw', $path or die "$path: $!\n";
    my @lines = <$file>;
    chomp @lines;
    return @lines ? map { "|$_" } @lines : 'body';
}

sub answer {
    my ($verb, $rest) = @_;
    return $rest =~ /^1(?: |\z)/ ? 'OK 1' : 'ERR' if $verb eq 'hello';
    return $rest eq 'demo demo' ? 'OK' : 'ERR' if $verb eq 'login';
    return (map { "msg - $_" } names()), 'OK' if $verb eq 'list';
    return 'DEFAULT' unless $verb =~ /^(?:retr|expunge)\z/;
    my ($name) = (split / /, $rest)[1] =~ m{([^/]+)\z};
    return body("$folder/$name"), 'OK' if $verb eq 'retr';
    unlink "$folder/$name" or die "$folder/$name: $!\n";
    return 'OK';
}

while (my $request = <STDIN>) {
    chomp $request;
    my ($verb, $rest) = split / /, $request, 2;
    my @reply = eval { answer($verb, $rest // '') };
    if (!@reply) {
        print STDERR $@;
        @reply = ('ERR');
    }
    print map { "$_\n" } @reply;
}
