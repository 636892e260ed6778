"""PgBouncer, pooling transactions: options of the call, not settings of a session that is nobody's."""
import psycopg
from psycopg.types.json import Jsonb

# What PGHOST and PGPORT lead to is a PgBouncer with one connection to the server. Prepared statements
# are a session's as well, so psycopg is told to make none.
first = psycopg.connect(autocommit=True, prepare_threshold=None)
second = psycopg.connect(autocommit=True, prepare_threshold=None)


def keys(connection, options=None):
    row = connection.execute("SELECT jsonify(u, '{ created_at }', NULL, %s) FROM users u WHERE id = 1", [options]).fetchone()
    return list(row[0])


# SET in the one session is seen in the other, or in none: whoever has the connection next.
first.execute("SET jsonify.keys = 'camel'")
assert keys(second) == ["createdAt"]
second.execute("RESET jsonify.keys")
assert keys(first) == ["created_at"]

# Options are the call's own.
assert keys(first, Jsonb({"keys": "camel"})) == ["createdAt"] and keys(second) == ["created_at"]

# SET LOCAL ends with its transaction.
with first.transaction():
    first.execute("SET LOCAL jsonify.keys = 'camel'")
    assert keys(first) == ["createdAt"]
assert keys(second) == ["created_at"]

first.close()
second.close()
