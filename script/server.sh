# shellcheck shell=bash
# shellcheck disable=SC2154 # root, work, missing, server_user: of lib.sh
# What script/sanitize, script/valgrind and script/discard_caches share: a PostgreSQL
# with assertions, made from Debian's source package, and tests on it. Source it after
# lib.sh, and call the functions in the order in which they stand here.
#
# Environment: PG_MAJOR (15); SERVER_DIR, an absolute path that the server's user can
# enter, is where the servers are kept, which take some minutes to build; without it
# they go as all of $work does.

server='' passed=0 failed=0

# begin_tools: a place to work in, and where tools write their reports to.
begin_tools() {
	make_workdir
	reports=$work/reports
	mkdir -m 1777 "$reports"
	trap 'finish_tools $?' EXIT
}

# fetch_source DIRECTORY: what the package's archive holds. apt's own settings and
# lists stay as they are. A mirror may know a version without having it.
fetch_source() {
	local dir=$work/apt file version package=postgresql-$PG_MAJOR
	local apt=(-q -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$dir/parts"
		-o Dir::State::lists="$dir/lists" -o Dir::Cache="$dir" -o APT::Sandbox::User=root)
	mkdir -p "$dir"/{lists/partial,parts,archive} "$1"
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources}; do
		[[ -e $file ]] || continue
		sed -E 's/^deb /deb-src /; s/^Types:.*/Types: deb-src/' "$file" >"$dir/parts/${file##*/}"
	done
	apt-get "${apt[@]}" update
	cd "$dir/archive" || return
	for version in $(apt-cache "${apt[@]}" showsrc "$package" | sed -n 's/^Version: //p' | sort -rV); do
		if apt-get "${apt[@]}" source --download-only "$package=$version"; then break; fi
	done
	tar -C "$1" --strip-components=1 -xf ./*.orig.tar.?z*
}

# quicken_discards DIRECTORY: debug_discard_caches = 1 throws away everything at each lock of a
# relation. Where the server, for one look-up in the catalog or one relation that it
# opens, reads the catalog itself, it does so over and over, a dozen times for each that an
# extension can notice: there let the first do.
quicken_discards() {
	local cache=$1/src/backend/utils/cache
	sed -i 's/^extern .*debug_discard_caches;/&\nextern int discards_paused;/' "$1/src/include/utils/inval.h"
	sed -i 's/^int\s*debug_discard_caches = 0;/&\nint discards_paused = 0;/
		s/if (recursion_depth < debug_discard_caches)/if (discards_paused == 0 \&\& recursion_depth < debug_discard_caches)/' \
		"$cache/inval.c"
	sed -i 's/^\s*relation = table_open(cache->cc_reloid, AccessShareLock);/& discards_paused++;/
		s/^\s*table_close(relation, AccessShareLock);/& discards_paused--;/' "$cache/catcache.c"
	# an error ends it
	sed -i 's/^\s*rd = RelationBuildDesc(relationId, true);/discards_paused++; & discards_paused--;/
		s/^\s*in_progress_list_len = 0;/& discards_paused = 0;/' "$cache/relcache.c"
	[[ $(cat "$cache"/{inval,catcache,relcache}.c | grep -c discards_paused) -ge 9 ]]
}

# compile_server DIRECTORY CONFIGURE-ARGUMENT...: with what the tests need.
compile_server() {
	local part source=$work/source
	if [[ ! -d $source ]]; then
		fetch_source "$source" || return
		# Lists that move with each cell added take a minute for the longest shapes.
		sed -i '/^#define DEBUG_LIST_MEMORY_USAGE/d' "$source/src/backend/nodes/list.c" || return
		quicken_discards "$source" || return
	fi
	rm -rf "$1" "$work/compile"
	mkdir -p "$work/compile"
	cd "$work/compile" || return
	"$source/configure" -q --prefix="$1" --enable-cassert --enable-debug --enable-tap-tests \
		--without-icu --without-readline --without-zlib "${@:2}" || return
	for part in src contrib/{citext,cube,dblink,hstore,postgres_fdw}; do
		make -s -j "$(nproc)" -C "$part" install || return
	done
	cp "$source/src/tools/valgrind.supp" "$1"
	touch "$1/complete"
}

# build_server NAME CONFIGURE-ARGUMENT...: $server, unless SERVER_DIR has it. With
# USE_VALGRIND it tells of its memory contexts; valgrind/memcheck.h says whom.
build_server() {
	need make make
	need gcc gcc
	need /usr/include/stdio.h libc6-dev
	need bzip2 bzip2
	need prove perl
	need /usr/share/perl5/IPC/Run.pm libipc-run-perl
	if ((PG_MAJOR >= 17)); then # its archive lacks what these make
		need bison bison
		need flex flex
	fi
	if ((${#missing[@]} > 0)); then install_missing; fi
	server=${SERVER_DIR:-$work/servers}/$1-$PG_MAJOR
	if [[ ! -e $server/complete ]]; then
		quietly "building PostgreSQL $PG_MAJOR from its source package: minutes" \
			compile_server "$server" CPPFLAGS=-DUSE_VALGRIND "${@:2}"
	fi
	choose_server_user
	as_server "$server/bin/pg_config" --version >/dev/null ||
		die "$server_user cannot run what is in $server: set SERVER_DIR to another place"
}

# names_of DIRECTORY SUFFIX: the tests there.
names_of() { (cd "$root/test/$1" && printf '%s\n' *"$2" | sed "s/$2\$//"); }

# run_tests SERVER NAME...: as script/test does.
run_tests() {
	local count='^([0-9]+) passed, ([0-9]+) failed$'
	PG_CONFIG=$1/bin/pg_config "$root/script/test" "${@:2}" </dev/null 2>&1 |
		tee "$work/tests" | grep --line-buffered -vE "$count" || true
	if [[ $(tail -n 1 "$work/tests") =~ $count ]]; then
		passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
	else
		failed=$((failed + 1))
	fi
}

# finish_tools STATUS: whatever a tool reported is a failure, and so is no test.
finish_tools() {
	local report
	for report in "$reports"/*; do
		if [[ -s $report ]]; then
			cat "$report"
			printf 'REPORTED %s\n' "${report##*/}"
			failed=$((failed + 1))
		fi
	done
	if (($1 != 0 && failed == 0)) || ((passed == 0 && failed == 0)); then failed=1; fi
	printf '%d passed, %d failed\n' "$passed" "$failed"
	cleanup $((failed > 0))
}
