# shellcheck shell=bash
# shellcheck disable=SC2154 # work, root, pg_config: of lib.sh
# script/demo on the machines that people have, as far as one machine can be made
# to look like them; script/test sources it and calls machine_tests. What is
# compiled is taken from $work/build, so that a demo takes seconds.

# path_without COMMAND...: a directory with all of /usr/bin but these.
path_without() {
	local command dir=$machines/without
	for command in "$@"; do dir+=_$command; done
	if [[ ! -d $dir ]]; then
		cp -Rs /usr/bin "$dir"
		for command in "$@"; do rm -f "$dir/$command"; done
	fi
	echo "$dir"
}

# stub NAME: a program of that name, from standard input, in front of the others.
stub() {
	{ echo '#!/bin/sh'; cat; } >"$machines/stubs/$1"
	chmod 755 "$machines/stubs/$1"
}

# A program that is make, but takes what is compiled from $work/build.
make_of_compiled() {
	cat <<-EOF
		#!/bin/sh
		case " \$* " in *' install '*) ;; *)
			(cd '$work/build' && find . -name '*.o' -o -name '*.so' -o -name 'jsonify--*.sql') |
				tar -C '$work/build' -cf - -T - | tar -C "\$2" -xf -
		esac
		exec /usr/bin/make "\$@"
	EOF
}

make_machines() {
	machines=$work/machines tree="$work/machines/a clone/jsonify"
	mkdir -p "$machines/stubs" "$tree"
	mkdir -m 1777 "$machines/tmp" "$machines/tmp in spaces" "$machines/tmp/$long"
	copy_checkout "$tree"
	chmod -R a-w "$tree"

	stub make < <(make_of_compiled)
	stub pg_config_without_headers <<-EOF
		case \$1 in --includedir-server) echo /nowhere ;; *) exec '$pg_config' "\$@" ;; esac
	EOF
	mkdir "$machines/debian"
	# A Debian that has everything but PostgreSQL 99, and a network that is down.
	stub apt-get <<<'case $* in indextargets*) echo one ;; *) echo "E: no network" >&2; exit 100 ;; esac'
	stub apt-cache <<<'case $* in *-99) exit 100 ;; esac'
	mv "$machines"/stubs/apt-* "$machines/debian"
	mkdir "$machines/sudo"
	stub sudo <<<'exec "$@"'
	mv "$machines/stubs/sudo" "$machines/sudo"
}

# demo_on USER PATH [NAME=VALUE...]: its output in $output, its status in $status.
# USER is as_server for an ordinary one, env for who runs the tests.
demo_on() {
	status=0
	output=$("$1" env -i HOME=/nowhere PG_MAJOR="$PG_MAJOR" PG_CONFIG="${PG_CONFIG-}" TMPDIR="$machines/tmp" \
		PATH="$machines/stubs:$2" "${@:3}" "$tree/script/demo" </dev/null 2>&1) || status=$?
	printf '%s\n' "$output"
}

# What a demo left behind: files in any TMPDIR, the directory that it took instead,
# processes, changes in the checkout.
list_leftovers() {
	local elsewhere file words
	elsewhere=$(sed -n 's/^== working in //p' <<<"$output")
	find "$machines"/tmp* -name 'jsonify.*'
	if [[ -n $elsewhere && -e $elsewhere ]]; then echo "$elsewhere"; fi
	for file in /proc/[0-9]*/cmdline; do
		mapfile -d '' -t words <"$file" || continue
		if [[ "${words[*]}" == *"${elsewhere:-$machines}"* ]]; then echo "${words[*]}"; fi
	done 2>/dev/null
	find "$tree" -newer "$machines/debian"
	find /etc/postgresql-common -name '*jsonify*' 2>/dev/null || true
}
leaves_nothing() {
	local left
	left=$(list_leftovers)
	[[ -z $left ]] || { echo "left behind: $left"; return 1; }
}

runs() {
	demo_on "$@"
	((status == 0)) && grep -q '^HINT:' <<<"$output" && leaves_nothing
}

# stops REGEX USER PATH [NAME=VALUE...]: with one line of its own, the last.
stops() {
	demo_on "${@:2}"
	((status == 1)) && [[ $(tail -n 1 <<<"$output") =~ ^demo:\ .*$1 ]] &&
		(($(grep -c '^demo: ' <<<"$output") == 1)) && leaves_nothing
}

machine_tests() {
	local machines tree output status long plain no_gcc
	printf -v long '%0120d' 0
	make_machines
	plain=$(path_without sudo apt-get apt-cache)
	no_gcc=$(path_without sudo apt-get apt-cache gcc)

	check 'demo: no sudo, no apt, TMPDIR and a read-only checkout in paths with spaces' \
		runs as_server "$plain" TMPDIR="$machines/tmp in spaces"
	check 'demo: a TMPDIR of more than 120 characters' \
		runs as_server "$plain" TMPDIR="$machines/tmp/$long"
	if ((EUID == 0)); then
		mkdir -m 700 "$machines/tmp/root"
		check 'demo: root, with a TMPDIR that only root can enter' runs env "$plain" TMPDIR="$machines/tmp/root"
	fi

	check 'demo: a package is missing, and no sudo' \
		stops 'as root: apt-get update && apt-get install gcc$' as_server "$machines/debian:$no_gcc"
	check 'demo: a package is missing, and no Debian' \
		stops 'missing: gcc; .*PG_CONFIG=' as_server "$no_gcc"
	check 'demo: a package is missing, and apt fails' \
		stops 'as root: apt-get update && apt-get install gcc$' as_server "$machines/sudo:$machines/debian:$no_gcc"
	check 'demo: a version that this Debian has not, and no sudo' \
		stops 'no postgresql-99 .* 17 in trixie.*PG_CONFIG=' as_server "$machines/debian:$plain" PG_CONFIG= PG_MAJOR=99
	check 'demo: a version that this Debian has not' \
		stops 'no postgresql-99 .* 17 in trixie.*PG_CONFIG=' as_server "$machines/sudo:$machines/debian:$plain" PG_CONFIG= PG_MAJOR=99
	check 'demo: no server headers where PG_CONFIG leads' \
		stops '/nowhere/postgres.h; install .*server headers' as_server "$plain" PG_CONFIG="$machines/stubs/pg_config_without_headers"
	check 'demo: PG_CONFIG leads nowhere' stops 'PG_CONFIG=/nowhere$' as_server "$plain" PG_CONFIG=/nowhere
}
