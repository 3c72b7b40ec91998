#!/bin/bash
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1007,SC2317,SC2206
#
# run-systemd.sh - boots a real systemd as PID 1 of a throw-away container made
# of namespaces and an overlay of /, runs a command inside it, cleans up.
#
#   run-systemd.sh [-t SECS] [-H] [-C] [-b HOSTDIR[:DIR]]... [-u UNITFILE]...
#                  [-e NAME=VALUE]... [-m UNIT]... [-k] [-J FILE] [-v]
#                  -- CMD [ARG...]
#
#   -t SECS    hard limit for everything, boot included (default 120)
#   -b H[:D]   bind host directory H read-write at D (default: same path);
#              everything else is the host's, seen through an overlay whose
#              upper side is a tmpfs: all that the command changes is dropped.
#              /tmp and /run are new and empty
#   -u FILE    copy the unit file to /run/systemd/system before boot
#   -e N=V     environment of CMD
#   -m UNIT    mask a further unit (default masks: apt, udev, sysctl, modules,
#              everything else that wants a real machine)
#   -H         share the host's network namespace (default: a new one, where
#              only lo exists and every port, privileged ones too, is free)
#   -C         hybrid cgroups: pass v1 memory, pids and cpu through, so that
#              TasksMax=, MemoryMax= and CPU accounting act where the host has
#              these controllers in v1 (default: cgroup v2 only)
#   -k         keep going to an interactive shell after CMD (debugging)
#   -J FILE    write the journal of the boot (short-precise) to FILE at the end
#   -v         print timings and journal errors to stderr
#
# Exit status: CMD's; 125 on a failure of this script, 124 when the limit
# passed. Needs root, util-linux, systemd >= 250 with /lib/systemd/systemd; no
# network.
set -u
limit=120 hostnet= hybrid= keep= verbose= journal= binds=() units=() envs=() masks=()
die() { echo "run-systemd: $*" >&2; exit 125; }
while getopts t:b:u:e:m:HCkJ:v o; do
  case $o in
    t) limit=$OPTARG;; b) binds+=("$OPTARG");; u) units+=("$OPTARG");; e) envs+=("$OPTARG");;
    m) masks+=("$OPTARG");; H) hostnet=1;; C) hybrid=1;; k) keep=1;; J) journal=$OPTARG;; v) verbose=1;;
    *) die "usage: see head of $0";;
  esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || die "no command"
[ "$(id -u)" = 0 ] || die "needs root"
SYSTEMD=/lib/systemd/systemd
[ -x $SYSTEMD ] || die "no $SYSTEMD: apt-get install systemd"

work=$(mktemp -d /tmp/run-systemd.XXXXXX) || die mktemp
tag=run-systemd-$$
cgroups=()
# every cgroup hierarchy that we hand over gets a child of its own first, so that
# systemd never sees (or tidies up) the host's cgroups
mkcg() {   # MOUNTPOINT CONTROLLER-FIELD: a child of the cgroup we are in, so what runs stays accounted there
  local own f; own=$(awk -F: -v c="$2" '$2==c || (c!="" && index(","$2",", ","c",")) {print $3; exit}' /proc/self/cgroup)
  [ "$own" = / ] && own=
  mkdir "$1$own/$tag" || return 1
  cgroups+=("$1$own/$tag")
  if [ "$2" = cpuset ]; then for f in cpus mems; do cat "$1$own/cpuset.$f" > "$1$own/$tag/cpuset.$f"; done; fi
}
v2=$(awk '$3=="cgroup2"{print $2; exit}' /proc/mounts)
[ -n "$v2" ] || die "no cgroup2 mount"
mkcg "$v2" "" || die "cannot create a cgroup"
v1=()
if [ -n "$hybrid" ]; then
  while IFS=' ' read -r _ mp _ opts _; do
    # all of them: systemd mounts by itself any that we leave out, at the host's root
    c= f=; case ,$opts, in *,name=systemd,*) c=systemd f=name=systemd;; *,name=*) ;; *) for k in cpu cpuacct cpuset memory devices freezer blkio pids net_cls net_prio perf_event hugetlb; do
      case ,$opts, in *,$k,*) c=$k; break;; esac; done;; esac
    [ -n "$c" ] || continue
    mkcg "$mp" "${f:-$c}" && v1+=("$c")
  done < <(awk '$3=="cgroup"' /proc/mounts)
fi

sdpid= upid= wpid=
cleanup() {
  [ -n "$wpid" ] && kill "$wpid" 2>/dev/null
  [ -n "$sdpid" ] && kill -KILL "$sdpid" 2>/dev/null      # PID 1 of its namespace: all in it die
  [ -n "$upid" ] && { kill -KILL "$upid" 2>/dev/null; wait "$upid" 2>/dev/null; }
  for c in "${cgroups[@]}"; do
    for i in 1 2 3 4 5 6 7 8 9 10; do
      [ -d "$c" ] || break
      find "$c" -depth -type d -exec rmdir {} + 2>/dev/null
      [ -d "$c" ] && sleep 0.1
    done
    [ -d "$c" ] && echo "run-systemd: cgroup $c is left behind" >&2
  done
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT
trap 'exit 125' INT TERM HUP

for u in "${units[@]}"; do [ -f "$u" ] || die "no unit file $u"; mkdir -p "$work/units"; cp "$u" "$work/units/"; done
printf '%s\n' "${binds[@]}" > "$work/binds"
# units that want a real machine, or would reach out of the container
printf '%s\n' systemd-sysctl.service systemd-modules-load.service systemd-udevd.service systemd-udev-trigger.service \
  systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-remount-fs.service systemd-random-seed.service \
  systemd-pstore.service systemd-binfmt.service systemd-timesyncd.service systemd-networkd.service systemd-resolved.service \
  systemd-hwdb-update.service systemd-firstboot.service systemd-machine-id-commit.service systemd-update-utmp.service \
  systemd-journald-audit.socket systemd-journal-flush.service systemd-logind.service \
  dev-hugepages.mount dev-mqueue.mount sys-fs-fuse-connections.mount sys-kernel-config.mount sys-kernel-debug.mount \
  sys-kernel-tracing.mount proc-sys-fs-binfmt_misc.automount proc-sys-fs-binfmt_misc.mount \
  getty.target console-getty.service apt-daily.timer apt-daily-upgrade.timer fstrim.timer e2scrub_all.timer \
  dpkg-db-backup.timer man-db.timer logrotate.timer systemd-tmpfiles-clean.timer "${masks[@]}" > "$work/masks"

cat > "$work/inner.sh" <<'I'
set -eu
W=$1; shift
mount --make-rprivate /
mkdir $W/t; mount -t tmpfs -o mode=755,size=50% tmpfs $W/t
R=$W/t/root; mkdir $W/t/up $W/t/wk $R
mount -t overlay overlay -o lowerdir=/,upperdir=$W/t/up,workdir=$W/t/wk $R
while read -r b; do
  [ -n "$b" ] || continue
  h=${b%%:*} d=${b#*:}; mkdir -p "$R$d"; mount --rbind "$h" "$R$d"
done < $W/binds
mount -t proc -o nosuid,nodev,noexec proc $R/proc
mount --bind $R/proc/sys $R/proc/sys; mount -o remount,bind,ro $R/proc/sys
mount --bind $R/proc/sys/net $R/proc/sys/net; mount -o remount,bind,rw $R/proc/sys/net
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs $R/sys
if [ -z "${V1-}" ]; then
  mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 $R/sys/fs/cgroup
else
  mount -t tmpfs -o mode=755 tmpfs $R/sys/fs/cgroup
  mkdir $R/sys/fs/cgroup/unified; mount -t cgroup2 cgroup2 $R/sys/fs/cgroup/unified
  for c in $V1; do mkdir $R/sys/fs/cgroup/$c
    case $c in systemd) mount -t cgroup -o none,name=systemd cgroup $R/sys/fs/cgroup/systemd;; *) mount -t cgroup -o $c cgroup $R/sys/fs/cgroup/$c;; esac
  done
fi
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs $R/run
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs $R/tmp
# /tmp is fresh: bring back what was asked for under it, and our own files
while read -r b; do case ${b#*:} in /tmp/*) mkdir -p "$R${b#*:}"; mount --rbind "${b%%:*}" "$R${b#*:}";; esac; done < $W/binds
mount -t tmpfs -o mode=755,nosuid tmpfs $R/dev
for n in null zero full random urandom tty; do mknod -m 666 $R/dev/$n c $(stat -c '%Hr %Lr' /dev/$n); done
mkdir $R/dev/pts $R/dev/shm $R/dev/mqueue
mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts $R/dev/pts
ln -s pts/ptmx $R/dev/ptmx
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs $R/dev/shm
ln -s /proc/self/fd $R/dev/fd; ln -s fd/0 $R/dev/stdin; ln -s fd/1 $R/dev/stdout; ln -s fd/2 $R/dev/stderr
ln -s null $R/dev/console
mkdir -p $R/run/systemd/system
while read -r m; do [ -n "$m" ] && ln -sfn /dev/null $R/run/systemd/system/$m; done < $W/masks
cat > $R/run/systemd/system/run.target <<'T'
[Unit]
Description=run-systemd.sh
Requires=basic.target dbus.socket
After=basic.target
AllowIsolate=yes
T
[ -d $W/units ] && cp $W/units/* $R/run/systemd/system/
# nothing that the host enabled is to start by itself: only what we ask for
rm -rf $R/etc/systemd/system/*.wants $R/etc/systemd/system/*.requires 2>/dev/null || :
: > $R/etc/fstab
rm -f $R/etc/machine-id; : > $R/etc/machine-id
rm -rf $R/var/log/journal; mkdir -p $R/run/log/journal
mkdir $R/run/old; cd $R; pivot_root . run/old; cd /
umount -l /run/old; rmdir /run/old 2>/dev/null || :
# as systemd does by itself outside containers: LoadCredential= needs the propagation
mount --make-rshared /
hostname pop3test
exec env -i container=run-systemd PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
  $SYSTEMD --system --unit=run.target --log-target=journal --show-status=0 </dev/null >/dev/null 2>&1
I

t0=$(date +%s.%N)
for c in "${cgroups[@]}"; do echo $BASHPID > "$c/cgroup.procs" || die "cannot enter $c"; done
netflag=--net; [ -n "$hostnet" ] && netflag=
V1="${v1[*]-}" SYSTEMD=$SYSTEMD unshare --mount --pid --fork --cgroup --uts --ipc $netflag --kill-child=KILL \
  bash "$work/inner.sh" "$work" > "$work/inner.log" 2>&1 &
upid=$!
# leave the cgroups that systemd now owns
for c in "${cgroups[@]}"; do echo $BASHPID > "${c%/*}/cgroup.procs" || die "cannot leave $c"; done

for ((i = 0; i < 200; i++)); do
  read -r sdpid _ < "/proc/$upid/task/$upid/children" 2>/dev/null || :
  [ -n "${sdpid:-}" ] && [ "$(cat "/proc/$sdpid/comm" 2>/dev/null)" = systemd ] && break
  kill -0 $upid 2>/dev/null || { cat "$work/inner.log" >&2; die "container set-up failed"; }
  sleep 0.02
done
[ "$(cat "/proc/$sdpid/comm" 2>/dev/null)" = systemd ] || { cat "$work/inner.log" >&2; die "systemd did not start"; }
( trap 'kill $s; exit' TERM; sleep "$limit" & s=$!; wait $s; echo "run-systemd: limit of $limit s passed" >&2; kill -KILL "$sdpid" ) </dev/null >/dev/null & wpid=$!
disown $wpid

E=(nsenter -t "$sdpid" -m -p -u -i -C --root=/proc/$sdpid/root --wd=/proc/$sdpid/root); [ -z "$hostnet" ] && E+=(-n)
C=(env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM="${TERM-dumb}" "${envs[@]}")
state=
for ((i = 0; i < 300; i++)); do
  state=$("${E[@]}" "${C[@]}" systemctl is-system-running 2>/dev/null)
  case $state in running|degraded) break;; esac
  kill -0 "$sdpid" 2>/dev/null || { cat "$work/inner.log" >&2; die "systemd died"; }
  sleep 0.05
done
case $state in running|degraded) ;; *) "${E[@]}" "${C[@]}" systemctl list-jobs --no-pager >&2; die "boot not finished: $state";; esac
if [ -n "$verbose" ]; then
  echo "run-systemd: $state after $(awk -v a="$t0" -v b="$(date +%s.%N)" 'BEGIN{printf "%.2f", b-a}') s; $("${E[@]}" "${C[@]}" systemd-analyze time 2>&1 | head -1)" >&2
  [ "$state" = degraded ] && "${E[@]}" "${C[@]}" systemctl --failed --no-pager --no-legend >&2
fi
"${E[@]}" "${C[@]}" "$@"
rc=$?
kill -0 "$sdpid" 2>/dev/null || rc=124
[ -n "$keep" ] && "${E[@]}" "${C[@]}" bash -i
if [ $rc != 124 ] && [ -n "$journal" ]; then "${E[@]}" "${C[@]}" journalctl -b --no-pager -o short-precise > "$journal"; fi
[ $rc != 124 ] && [ -n "$verbose" ] && "${E[@]}" "${C[@]}" journalctl -b -p err --no-pager >&2
exit $rc
