# shellcheck shell=bash
# shellcheck disable=SC2154 # work, root: of lib.sh
# The examples of docs/clients.md, each on a sample blog of its own; script/test sources this
# and calls clients_tests. Each checks what it gets.
#
# Their libraries come from Debian and npm, and are no part of what jsonify needs: where apt or
# npm's registry cannot be reached, or there is neither root nor sudo, each example that wants
# them is told with the reason, and counted as skipped. Anything else that goes wrong is a failure.

# Debian's Python, not another that is earlier in the path.
python=/usr/bin/python3

# install_optional PACKAGE...: whether they are there, or could be installed.
install_optional() {
	local package absent=()
	for package in "$@"; do
		[[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || absent+=("$package")
	done
	((${#absent[@]} == 0)) && return
	((EUID == 0)) || sudo -n true 2>/dev/null || return
	logged "installing from Debian: ${absent[*]}" apt_install "${absent[@]}"
}

# run_example NAME COMMAND...: in a directory of its own, on a database of its own.
run_example() {
	local dir=$work/examples/$1
	mkdir "$dir"
	createdb --template=blog "example_$1"
	(cd "$dir" && PGDATABASE=example_$1 "${@:2}")
}

# run_bounced NAME COMMAND...: the same, by way of a PgBouncer that pools transactions.
run_bounced() {
	local dir=$work/bouncer pid status=0
	mkdir "$dir"
	printf '%s\n' '[databases]' "* = host=$PGHOST port=$PGPORT user=postgres" '[pgbouncer]' 'listen_addr =' \
		"unix_socket_dir = $dir" 'listen_port = 6432' 'auth_type = any' 'pool_mode = transaction' \
		'default_pool_size = 1' >"$dir/pgbouncer.ini"
	if ((EUID == 0)); then chown -R "$server_user" "$dir"; fi
	as_server pgbouncer "$dir/pgbouncer.ini" &
	pid=$!
	for _ in {1..100}; do
		[[ -e $dir/.s.PGSQL.6432 ]] && break
		sleep 0.1
	done
	mkdir "$work/examples/$1"
	createdb --template=blog "example_$1"
	PGHOST=$dir PGPORT=6432 PGDATABASE=example_$1 "${@:2}" || status=$?
	kill "$pid"
	wait "$pid" || true
	return $status
}

# What docs/clients.md shows stands in the examples, indentation aside.
check_shown() {
	"$python" -B - "$root" <<-'END'
		import glob, re, sys
		root = sys.argv[1]
		def plain(text):
		    return "\n".join(line.strip() for line in text.strip().splitlines())
		examples = [plain(open(path).read()) for path in glob.glob(root + "/examples/**/*.*", recursive=True)
		            if path.endswith((".py", ".js", ".sql")) and "node_modules" not in path]
		shown = re.findall(r"^```(?:python|js|psql)\n(.*?)^```$", open(root + "/docs/clients.md").read(), re.S | re.M)
		assert len(shown) > 10, "no examples were found"
		absent = [text for text in shown if not any(plain(text) in example for example in examples)]
		sys.exit("in no example:\n" + "\n".join(absent) if absent else 0)
	END
}

# The sample blog, of which each example has a copy.
make_blog() {
	[[ -d $work/examples ]] && return
	createdb blog
	PGDATABASE=blog run_sql "$root/demo/blog.sql"
	mkdir "$work/examples"
}

# What the examples in Python and in Node stand on: asked for once, and if it cannot be had, why.
python_state='' node_state='' without_python="needs Debian's packages of its libraries" without_node=''
have_python() {
	if [[ -z $python_state ]]; then
		python_state=absent
		if [[ -x $python ]] && install_optional python3-sqlalchemy python3-psycopg2 python3-psycopg python3-psycopg-pool \
			python3-asyncpg python3-fastapi python3-uvicorn python3-httpx python3-flask python3-django python3-djangorestframework \
			python3-marshmallow; then
			python_state=there
		fi
	fi
	[[ $python_state == there ]]
}
have_node() {
	if [[ -z $node_state ]]; then
		node_state=absent
		if ! { command -v node && command -v npm; } >/dev/null && ! install_optional nodejs npm; then
			without_node='needs nodejs and npm'
		elif npm_ci; then
			node_state=there
		elif grep -qE '(error|ERR!) (code|errno) (E?(NOTFOUND|CONNREFUSED|CONNRESET|TIMEDOUT|AI_AGAIN|NETUNREACH|HOSTUNREACH)|E[45][0-9][0-9]|ERR_SOCKET_TIMEOUT|FETCH_ERROR|[A-Z_]*CERT[A-Z_]*|UNABLE_TO_VERIFY_LEAF_SIGNATURE)' "$work/log"; then
			without_node="npm's registry gives no packages: $(grep -m 1 -oE '(error|ERR!) code .*' "$work/log" | sed 's/.* //')"
		else
			# no want of a network: what examples/node says is wrong
			without_node='npm ci fails in examples/node'
			check "$without_node" show_log
		fi
	fi
	[[ $node_state == there ]]
}
show_log() { cat "$work/log" && return 1; }
npm_ci() {
	logged 'npm ci, for examples/node' npm ci --prefix "$work/build/examples/node" --no-audit --no-fund \
		--fetch-retries 1 --fetch-timeout 30000 --cache "$work/npm"
}

clients_tests() {
	local name dir=$work/build/examples
	make_blog
	check 'examples/psql.sql' run_example psql psql -X -f "$dir/psql.sql"
	check 'docs/clients.md shows what the examples have' check_shown
	for name in sqlalchemy psycopg asyncpg fastapi flask django; do
		if have_python; then
			check "examples/python/${name}_example.py" run_example "$name" "$python" -B "$dir/python/${name}_example.py"
		else
			skip "examples/python/${name}_example.py" "$without_python"
		fi
	done
	if install_optional pgbouncer python3-psycopg; then
		check 'examples/python/pgbouncer_example.py' run_bounced pgbouncer "$python" -B "$dir/python/pgbouncer_example.py"
	else
		skip 'examples/python/pgbouncer_example.py' 'needs pgbouncer'
	fi
	for name in pg postgres drizzle kysely; do
		if have_node; then
			check "examples/node/$name.js" run_example "node_$name" node "$dir/node/$name.js"
		else
			skip "examples/node/$name.js" "$without_node"
		fi
	done
}
