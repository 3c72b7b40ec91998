#!/bin/sh
# SPDX-License-Identifier: ISC
#
# page.sh MANDOC PAGE NAME...: PAGE as HTML on standard output. What it refers
# to is a file beside it where that is one of NAMEs (maildir.8), and else
# Debian's copy.
set -eu
mandoc=$1
page=$(realpath "$2")
shift 2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
# mandoc looks for them here.
for name; do
	: >"$name"
done
"$mandoc" -T html -O \
	"toc,style=style.css,man=%N.%S.html;https://manpages.debian.org/%N.%S" \
	"$page" >made
sed -e 's|^<body>$|&<p class="home"><a href="index.html">The manuals of pop3-skel</a></p>|' \
	-e 's|^<h1 class="Sh">TABLE OF CONTENTS</h1>$|<p class="toc"></p>|' made
