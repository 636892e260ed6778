# shellcheck shell=bash
# What script/demo, script/test and bench/run share: packages, a build, a
# throw-away server. Source it, then call the functions in the order in which
# they stand here.
#
# Nothing is left behind but Debian packages: the extension is built in a copy
# of the checkout and installed into a private copy of PostgreSQL, and the
# server keeps its data and its socket there too. All of it lies in $work, and
# what the programs make in TMPDIR does so too.
#
# Environment: PG_MAJOR (15) chooses among Debian's PostgreSQL packages,
# PG_CONFIG any other installation; TMPDIR is where $work is made, if it can be;
# SERVER_SETTINGS is a line more for postgresql.conf (debug_discard_caches = 1).

umask 022
unset CDPATH MAKEFLAGS MAKELEVEL MAKEFILES DESTDIR
PATH=$PATH:/usr/sbin:/sbin # "su" leaves root without them
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PG_MAJOR=${PG_MAJOR:-15}
pg_config=${PG_CONFIG:-}
work='' server_user='' missing=()

say() { printf '== %s\n' "$*" >&2; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# PostgreSQL refuses to run as root, and may not be able to read the current
# directory as anybody else.
as_server() (
	cd /
	if ((EUID == 0)); then exec runuser -u "$server_user" -- "$@"; else exec "$@"; fi
)
choose_server_user() {
	server_user=postgres
	id "$server_user" >/dev/null 2>&1 || server_user=nobody
}

# logged WHAT COMMAND...: one line, and the rest into $work/log. The command has a
# shell of its own: one that ends there (die) must not take this one along, unheard.
logged() {
	say "$1"
	("${@:2}") >"$work/log" 2>&1 </dev/null
}

# quietly WHAT COMMAND...: one line when it works, everything when it does not.
quietly() {
	if ! logged "$@"; then
		cat "$work/log" >&2
		die "failed: $1"
	fi
}

# cleanup STATUS: leave nothing but the exit status.
cleanup() {
	trap '' INT TERM HUP PIPE
	if [[ -n $work ]]; then
		if [[ -e $work/data/postmaster.pid ]]; then
			as_server "$bindir/pg_ctl" stop -D "$work/data" -m immediate >/dev/null 2>&1 || true
		fi
		# A directory without write bits keeps its files from all but root.
		chmod -R u+w "$work" 2>/dev/null || true
		rm -rf "$work"
	fi
	exit "$1"
}

# try_workdir DIRECTORY: make $work in it, or say in $reason why not. PGXS cannot
# build in a path with spaces or with what else means something to make; a socket's
# name has 107 bytes; some file systems run no programs; and root's server must
# be able to enter, which root's own directories do not allow.
try_workdir() {
	local LC_ALL=C dir
	if ! dir=$(cd "$1" 2>/dev/null && pwd -P); then
		reason='cannot be entered'
	elif [[ ! $dir =~ ^[A-Za-z0-9_./+@-]+$ ]]; then
		reason='has characters in its name that make cannot build with'
	elif ((${#dir} > 60)); then
		reason='is too long for the name of a socket'
	elif ! work=$(mktemp -d "${dir%/}/jsonify.XXXXXX" 2>/dev/null); then
		reason='cannot be written to'
	else
		chmod 755 "$work"
		mkdir -m 1777 "$work/tmp"
		printf '#!/bin/sh\n' >"$work/tmp/probe"
		chmod 755 "$work/tmp/probe"
		if as_server "$work/tmp/probe" 2>/dev/null; then return; fi
		reason='cannot be used by the server, or runs no programs'
		rm -rf "$work"
	fi
	work=''
	return 1
}

make_workdir() {
	local dir reason=''
	trap 'cleanup $?' EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 141' PIPE
	trap 'exit 143' TERM
	choose_server_user
	for dir in "${TMPDIR:-/tmp}" /tmp /var/tmp; do
		if try_workdir "$dir"; then break; fi
		if [[ $dir == "${TMPDIR-}" ]]; then say "TMPDIR is not used: it $reason"; fi
	done
	[[ -n $work ]] || die "nowhere to work: $dir $reason; set TMPDIR to a short path without spaces"
	if [[ $dir != "${TMPDIR:-/tmp}" ]]; then say "working in $work"; fi
	export TMPDIR=$work/tmp
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
		[[ $PG_MAJOR =~ ^[0-9]+$ ]] || die "PG_MAJOR=$PG_MAJOR: a major version is wanted, as in PG_MAJOR=17"
		local dir=/usr/lib/postgresql/$PG_MAJOR
		pg_config=$dir/bin/pg_config
		need "$dir/bin/postgres" "postgresql-$PG_MAJOR"
		# not pgxs.mk: the client's package brings that without the headers
		need "/usr/include/postgresql/$PG_MAJOR/server/postgres.h" "postgresql-server-dev-$PG_MAJOR"
	fi
	if ((${#missing[@]} > 0)); then install_missing; fi
	choose_server_user
	check_postgres
}

install_missing() {
	local by_hand="apt-get update && apt-get install ${missing[*]}"
	command -v apt-get >/dev/null ||
		die "missing: ${missing[*]}; this is no Debian: install what stands for them, and set PG_CONFIG=/path/to/pg_config"
	if ((EUID != 0)) && ! command -v sudo >/dev/null; then
		die_if_not_offered
		die "missing, and there is no sudo; as root: $by_hand"
	fi
	if ! logged "installing from Debian: ${missing[*]}" apt_install "${missing[@]}"; then
		cat "$work/log" >&2
		die_if_not_offered
		die "failed: installing; as root: $by_hand"
	fi
}

# The cluster that a server package makes when it is first installed is the
# package's business: it comes as it would without us. One source of apt that
# does not answer is no reason to stop. A single sudo asks for one password.
apt_install() {
	local as_root=()
	if ((EUID != 0)); then as_root=(sudo); fi
	# shellcheck disable=SC2016 # for the inner shell
	"${as_root[@]}" env -u TMPDIR DEBIAN_FRONTEND=noninteractive bash -c '
		apt="apt-get -o DPkg::Lock::Timeout=300 -qy"
		$apt update
		$apt install --no-install-recommends "$@"' bash "$@"
}

# Each Debian has one version of PostgreSQL. An apt that has no lists yet knows none.
die_if_not_offered() {
	local package=postgresql-$PG_MAJOR
	if [[ " ${missing[*]}" == *" $package"* ]] &&
		[[ -n $(apt-get indextargets 2>/dev/null) ]] &&
		! apt-cache show "$package" >/dev/null 2>&1; then
		die "apt has no $package here: Debian has 15 in bookworm, 17 in trixie, 18 in sid, 19 in experimental;" \
			'for any other set PG_CONFIG=/path/to/pg_config'
	fi
}

# PG_CONFIG may lead anywhere, and headers be installed without their server.
check_postgres() {
	local file
	command -v "$pg_config" >/dev/null || die "there is no program PG_CONFIG=$pg_config"
	for file in "$("$pg_config" --bindir)"/{postgres,initdb,pg_ctl,psql,createdb} \
		"$("$pg_config" --includedir-server)/postgres.h" "$("$pg_config" --pgxs)"; do
		[[ -e $file ]] || die "$pg_config: there is no $file;" \
			"install this PostgreSQL's server, client and server headers, or set PG_CONFIG to another's"
	done
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
		die "a copy of this PostgreSQL looks for its files elsewhere: set PG_CONFIG to another's, as of Debian's packages"
}

# copy_checkout DIRECTORY: without what was built in it.
copy_checkout() {
	tar -C "$root" --exclude=./.git --exclude=./fuzz/out --exclude='*.o' --exclude='*.bc' --exclude='*.so' \
		--exclude='./sql/jsonify--?.?.?.sql' --exclude=./results --exclude=./tmp_check --exclude=node_modules -cf - . |
		tar -C "$1" --no-same-owner -xf - || die "cannot copy $root to $1"
	chmod -R u+w "$1" # a checkout without write bits
}

# build [MAKE-ARGUMENT...]: from a copy, so that no object file of another
# version or with other flags is taken for new, and the checkout stays clean.
build() {
	private_postgres
	mkdir "$work/build"
	copy_checkout "$work/build"
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
