# docs/clusters.md: the function of rows that no key leads to, and a named shape by the setting that Citus wants; here
# without Citus, to which the setting is one of nobody's.
page() { /usr/bin/python3 -B "${BASH_SOURCE[0]%/*}/blocks.py" docs/clusters.md "$1"; }
{
	echo 'CREATE TABLE named (id int PRIMARY KEY, pw text);'
	echo 'CREATE TABLE logs (user_id int, line text);'
	echo "ALTER TABLE users RENAME TO others; ALTER TABLE named RENAME TO users;"
	echo "INSERT INTO users VALUES (1, 'secret'); INSERT INTO logs VALUES (1, 'in'), (2, 'in'), (1, 'out');"
	page 'shell 1'
	page 'shell 2'
	echo "SELECT jsonify(u) || jsonify(u, '{ logs { line } }') FROM users u;"
} | psql -XAtq -v ON_ERROR_STOP=1 | tee printed
grep -qxF '{"id": 1, "logs": [{"line": "in"}, {"line": "out"}]}' printed
