# shellcheck shell=bash
# What script/demo, script/test and bench/run share: packages, a build, a
# throw-away server. Source it, then call the functions in the order in which
# they stand here.
#
# Nothing is left behind but Debian packages: the extension is built in a copy
# of the checkout and installed into a private copy of PostgreSQL, and the
# server keeps its data and its socket there too. All of it lies in $work.
#
# Environment: PG_MAJOR (15) chooses among Debian's PostgreSQL packages,
# PG_CONFIG any other installation; TMPDIR is where $work is made;
# SERVER_SETTINGS is a line more for postgresql.conf (debug_discard_caches = 1).

umask 022
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PG_MAJOR=${PG_MAJOR:-15}
pg_config=${PG_CONFIG:-}
work='' server_user='' missing=()
no_cluster=/etc/postgresql-common/createcluster.d/jsonify-install.conf

say() { printf '== %s\n' "$*" >&2; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

as_root() {
	if ((EUID == 0)); then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "needs root for: $*"
	fi
}

# PostgreSQL refuses to run as root, and may not be able to read the current
# directory as anybody else.
as_server() (
	cd /
	if ((EUID == 0)); then exec runuser -u "$server_user" -- "$@"; else exec "$@"; fi
)

# quietly WHAT COMMAND...: one line when it works, everything when it does not.
quietly() {
	say "$1"
	if ! "${@:2}" >"$work/log" 2>&1; then
		cat "$work/log" >&2
		die "failed: $1"
	fi
}

# cleanup STATUS: leave nothing but the exit status.
cleanup() {
	trap '' INT TERM HUP
	if [[ -e $work/data/postmaster.pid ]]; then
		as_server "$bindir/pg_ctl" stop -D "$work/data" -m immediate >/dev/null 2>&1 || true
	fi
	rm -rf "$work"
	if [[ -e $no_cluster ]]; then as_root rm -f "$no_cluster"; fi
	exit "$1"
}

make_workdir() {
	work=$(mktemp -d "${TMPDIR:-/tmp}/jsonify.XXXXXX")
	trap 'cleanup $?' EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	chmod 755 "$work"
}

# need FILE-OR-COMMAND PACKAGE: note the package if there is no such thing.
need() {
	command -v "$1" >/dev/null || [[ -e $1 ]] || missing+=("$2")
}

# Call need for whatever else is wanted first.
install_packages() {
	need make make
	need gcc gcc
	need /usr/include/stdio.h libc6-dev
	if [[ -z $pg_config ]]; then
		local dir=/usr/lib/postgresql/$PG_MAJOR
		pg_config=$dir/bin/pg_config
		need "$dir/bin/postgres" "postgresql-$PG_MAJOR"
		# not pgxs.mk: the server's package brings that without the headers
		need "/usr/include/postgresql/$PG_MAJOR/server/postgres.h" "postgresql-server-dev-$PG_MAJOR"
	fi
	if ((${#missing[@]} > 0)); then
		command -v apt-get >/dev/null || die "not a Debian; install what stands for: ${missing[*]}"
		quietly "installing from Debian: ${missing[*]}" apt_install "${missing[@]}"
	fi
}

# A server package makes and starts a cluster of its own when it is first
# installed; the drop-in file keeps it from that, only while this runs.
apt_install() {
	local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qy) status=0
	as_root mkdir -p "${no_cluster%/*}" &&
		echo 'create_main_cluster = off' | as_root tee "$no_cluster" >/dev/null || return
	as_root "${apt[@]}" update &&
		as_root "${apt[@]}" install --no-install-recommends "$@" || status=$?
	as_root rm -f "$no_cluster"
	return "$status"
}

# PostgreSQL looks for its files relative to its programs. So a copy of the
# programs among links to the rest is an installation of its own, with its own
# place for extensions, and needs no root to install one.
private_postgres() {
	local dir private=$work/pg
	dir=$("$pg_config" --bindir)
	bindir=$private$dir
	mkdir -p "$bindir"
	cp -L "$dir"/* "$bindir"
	for dir in "$("$pg_config" --pkglibdir)" "$("$pg_config" --sharedir)"; do
		mkdir -p "$private$dir"
		cp -Rs "$dir"/. "$private$dir"
		find "$private$dir" -depth -name 'jsonify*' -exec rm -rf {} +
	done
	dir=$("$pg_config" --includedir-server)
	mkdir -p "$private${dir%/*}"
	ln -s "$dir" "$private$dir"
	export PATH="$bindir:$PATH"
	pg_config=$bindir/pg_config
	[[ $("$pg_config" --pkglibdir) == "$private"/* ]] ||
		die "cannot run PostgreSQL from $work; is it mounted noexec? set TMPDIR"
}

# copy_checkout DIRECTORY: without what was built in it.
copy_checkout() {
	tar -C "$root" --exclude=./.git --exclude=./fuzz/out --exclude='*.o' --exclude='*.bc' --exclude='*.so' \
		--exclude='./sql/jsonify--?.?.?.sql' --exclude=./results --exclude=./tmp_check -cf - . |
		tar -C "$1" --no-same-owner -xf -
}

# build [MAKE-ARGUMENT...]: from a copy, so that no object file of another
# version or with other flags is taken for new, and the checkout stays clean.
build() {
	private_postgres
	mkdir "$work/build"
	copy_checkout "$work/build"
	unset MAKEFLAGS MAKELEVEL
	quietly "building with $("$pg_config" --version)" \
		make -C "$work/build" -j "$(nproc)" PG_CONFIG="$pg_config" "$@"
	quietly 'make install' make -C "$work/build" PG_CONFIG="$pg_config" "$@" install
}

# start_server [SETTING...]: as 'name = value'; fsync is off. psql finds it by
# the environment.
start_server() {
	local variable
	for variable in "${!PG@}"; do
		[[ $variable == PG_* ]] || unset "$variable"
	done
	export PGHOST=$work/socket PGPORT=5432 PGUSER=postgres PGDATABASE=postgres

	mkdir "$work/data" "$work/socket"
	if ((EUID == 0)); then
		server_user=postgres
		id "$server_user" >/dev/null 2>&1 || server_user=nobody
		chown "$server_user" "$work/data" "$work/socket"
	fi
	quietly 'initdb' as_server "$bindir/initdb" -D "$work/data" -U postgres --auth=trust \
		--encoding=UTF8 --locale=C.UTF-8 --no-sync
	{
		printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$work/socket'" \
			"port = 5432" "fsync = off" "timezone = 'UTC'" "$@" "${SERVER_SETTINGS:-}"
	} >>"$work/data/postgresql.conf"
	say 'starting a server of our own'
	if ! as_server "$bindir/pg_ctl" start -w -D "$work/data" -l "$work/data/server.log" >"$work/log" 2>&1; then
		cat "$work/log" "$work/data/server.log" >&2
		die 'the server did not start'
	fi
}

# run_sql FILE [PSQL-ARGUMENT...]: read as the caller, who may read the checkout.
run_sql() {
	psql -X -q -v ON_ERROR_STOP=1 "${@:2}" <"$1"
}
