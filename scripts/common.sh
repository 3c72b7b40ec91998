# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# What the scripts in this folder share. The caller has set $top, the top of
# the source tree.
# shellcheck disable=SC2034,SC2154 # For the caller, and from it.

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# need THING:PACKAGE...: each THING, a program in PATH or a file, is there, or
# is installed with its Debian package; else says which packages are missing.
need() {
	need_missing=$(need_list "$@")
	[ -n "$need_missing" ] || return 0
	need_root=
	if [ "$(id -u)" -ne 0 ]; then
		need_root=sudo
	fi
	if ! command -v apt-get >/dev/null ||
		{ [ -n "$need_root" ] && ! command -v sudo >/dev/null; }; then
		die "please install what is missing first; Debian's packages" \
			"are called: $need_missing"
	fi
	printf 'installing: %s\n' "$need_missing" >&2
	# shellcheck disable=SC2086 # One word each.
	{
		$need_root apt-get update -qq &&
			$need_root env DEBIAN_FRONTEND=noninteractive \
				apt-get install -y -qq --no-install-recommends \
				-o Dpkg::Use-Pty=0 $need_missing
	} >/dev/null </dev/null || die "apt-get could not install: $need_missing"
	need_missing=$(need_list "$@")
	[ -z "$need_missing" ] || die "installed, and still missing:" \
		"$need_missing"
}

need_list() {
	PATH=$PATH:/usr/sbin:/sbin
	for need_pair; do
		need_thing=${need_pair%%:*}
		case $need_thing in
		/*) [ -e "$need_thing" ] && continue ;;
		*) command -v "$need_thing" >/dev/null && continue ;;
		esac
		printf '%s\n' "${need_pair#*:}"
	done | sort -u | tr '\n' ' ' | sed 's/ $//'
}

# listening PORT: whether somebody listens on this TCP port.
listening() {
	cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
		awk -v port="$(printf ':%04X' "$1")" '
			$4 == "0A" && substr($2, length($2) - 4) == port { found = 1 }
			END { exit !found }'
}

# build FOLDER CC [MESON_OPTION]...: configures where that was not done yet, or
# otherwise, then builds: $build_only, or everything.
build_only=
build() {
	build_dir=$1 build_cc=$2
	shift 2
	if [ -e "$build_dir/build.ninja" ] &&
		[ "$(cat "$build_dir.options" 2>/dev/null)" = "$build_cc $*" ]; then
		build_targets && return
		# Else of a tree whose folders were others: a program has
		# got the name of one.
		grep -q 'Is a directory' "$build_dir.log" || build_failed
	fi
	rm -rf "$build_dir"
	mkdir -p "$build_dir"
	CC=$build_cc meson setup "$@" "$build_dir" "$top" \
		>"$build_dir.log" 2>&1 || build_failed
	printf '%s\n' "$build_cc $*" >"$build_dir.options"
	build_targets || build_failed
}

build_targets() {
	# shellcheck disable=SC2086 # One word each.
	ninja -C "$build_dir" $build_only >"$build_dir.log" 2>&1
}

build_failed() {
	tail -n 40 "$build_dir.log" >&2
	die "the build in $build_dir failed"
}

# What any build needs, and the options of the one that meets the network.
build_needs='gcc:gcc /usr/include/stdio.h:libc6-dev meson:meson
	ninja:ninja-build pkg-config:pkg-config musl-gcc:musl-tools'
static_options='-Dstatic=true -Dauto_features=disabled'
accept_needs='/usr/include/systemd/sd-daemon.h:libsystemd-dev'
tls_needs='/usr/include/openssl/ssl.h:libssl-dev openssl:openssl'
