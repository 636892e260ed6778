# docs/clients.md, the first lines: the sample blog, made by a role that may create databases and no more, and an API on it;
# in a database of another name, on a port that is free.
here=${BASH_SOURCE[0]%/*}
page=$here/../../docs/clients.md
ask() { /usr/bin/python3 -c 'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode())' "$1"; }

psql -Xq -c 'CREATE ROLE pages_newcomer LOGIN CREATEDB'
export PGUSER=pages_newcomer
mapfile -t lines < <(/usr/bin/python3 -B "$here/blocks.py" docs/clients.md 'shell 1')
((${#lines[@]} == 3))
cd "$here/../.."

made=$(bash -c "${lines[0]//blog /first_api }" 2>&1)
[[ -z $made ]] || { echo "$made"; exit 1; }

[[ ${lines[1]} == 'sudo apt install '* ]]
for package in ${lines[1]#sudo apt install }; do
	[[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package") == installed ]]
done

port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
command=${lines[2]//PGDATABASE=blog python3/PGDATABASE=first_api exec /usr/bin/python3 -B}
bash -c "$command --port $port" &
pid=$!
trap 'kill $pid' EXIT
list=$(grep -oE 'http://localhost:8000/posts\?[^`]*' "$page")
list=${list/localhost:8000/127.0.0.1:$port}
for _ in {1..100}; do
	answer=$(ask "$list" 2>/dev/null) && break
	sleep 0.2
done
grep -q '^\[{"id":2,"title":"Bread, .*"author":"ada",.*{"id":1,.*\]$' <<<"$answer"
ask "http://127.0.0.1:$port/openapi.json" | grep -q '"/posts/{id}"'
