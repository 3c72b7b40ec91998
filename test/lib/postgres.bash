# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154 # After lib/common.
#
# A PostgreSQL server of a test file's own: in a folder of its own, as the
# ordinary user, on a unix socket and no port. After lib/common.
#
#	prepare_file() { postgres_start; }
#	teardown_file() { postgres_stop; }
#	postgres_run DATABASE [PSQL_OPTION]... <statements
#
# $postgres is its socket's folder, for host=.

postgres_bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)

postgres_start() {
	postgres=$BATS_FILE_TMPDIR/postgres
	mkdir "$postgres"
	[ "$EUID" -ne 0 ] || chown "$common_uid:$common_uid" "$postgres"
	export postgres LC_ALL=C
	as_user "$postgres_bin/initdb" --auth=trust --username=test --encoding=UTF8 \
		--no-sync --no-instructions --pgdata="$postgres/data" >/dev/null
	postgres_up
}

# Nothing of it is to outlive the test: no fsync, and a small one.
postgres_up() {
	(cd "$postgres" && as_user "$postgres_bin/pg_ctl" --silent --wait \
		--timeout=120 --pgdata=data --log=log --options="-h '' -k $postgres \
		-c fsync=off -c shared_buffers=1MB -c max_connections=40 \
		-c autovacuum=off" start) 3>&- >/dev/null
}

postgres_down() {
	(cd "$postgres" && as_user "$postgres_bin/pg_ctl" --silent --wait \
		--timeout=120 --pgdata=data --mode=immediate stop) >/dev/null
}

postgres_stop() {
	[ ! -s "$postgres/data/postmaster.pid" ] || postgres_down
}

postgres_run() {
	local database=$1
	shift
	as_user "$postgres_bin/psql" --no-psqlrc --quiet --tuples-only --no-align \
		--set=ON_ERROR_STOP=1 --host="$postgres" --username=test \
		--dbname="$database" "$@"
}
