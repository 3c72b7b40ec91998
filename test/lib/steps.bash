# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2016,SC2154 # For other shells; after lib/systemd.
#
# What the manual has an administrator do, word for word, on a throw-away
# machine; after lib/common, lib/examples and lib/systemd. A test writes
#
#	example pop3-skel-admin.7 NAME >step.NAME
#	inside_steps <<-'END'
#		step NAME
#	END
#
# The script is as that of `inside`, with the test's own functions in the file
# `functions`, and alice's password, where a step asks for it, is "secret".

# The paths of the manual are those of packages.
as_packaged() {
	rm -rf /etc/pop3-skel /etc/default/pop3-skel /usr/share/pop3-skel
	ln -s "$(dirname "$(users_file)")" /etc/pop3-skel
	ln -s "$(default_file)" /etc/default/pop3-skel
	ln -s "$POP3_SKEL_STAGE/share" /usr/share/pop3-skel
	rm "$(users_file)"
}

# A step of the page, word for word.
# shellcheck disable=SC2154 # From the environment.
step() {
	bash -eu -o pipefail "$work/step.$1"
}

inside_steps() {
	local name
	for name in "$work"/step.*; do
		# A password that somebody would type.
		[ ! -e "$name" ] ||
			sed -i 's/--user alice /--user alice:secret /' "$name"
	done
	{
		declare -f listening as_packaged step
		cat functions 2>/dev/null || :
		# Where it fails, why.
		printf '%s\n' 'trap '\''[ $? -eq 0 ] || journalctl -o cat -b -n 40'\'' EXIT' as_packaged
		cat
	} >script
	inside "$@" <script
}
