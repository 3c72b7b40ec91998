# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154,SC2164
#
# What comes before a script of `inside`: see lib/systemd.bash.
set -o pipefail
export LC_ALL=C
cd "$work"
cp -a "$POP3_SKEL_STAGE/root/." /
systemd-sysusers 2>sysusers || { cat sysusers; exit 1; }
systemctl daemon-reload
mkdir -p "$(dirname "$(users_file)")" "$(dirname "$(default_file)")"
# LeakSanitizer needs ptrace(2), which no sandbox allows.
echo 'ASAN_OPTIONS=detect_leaks=0' >"$(default_file)"
home=/var/lib/pop3-skel
box=$home/demo/Maildir
mkdir -p "$box/new" "$box/cur" "$box/tmp"
echo "demo:{PLAIN}demo::::$home/demo" >"$(users_file)"
chgrp pop3-skel "$(users_file)"
chmod 640 "$(users_file)"
messages new/1.a new/2.b new/3.c
chown -R pop3-skel:pop3-skel "$home"
