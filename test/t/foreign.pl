# Foreign tables, by postgres_fdw from a second server: jsonify_find over one,
# computed relationships from and to them, in shapes with local tables.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $remote = PostgreSQL::Test::Cluster->new('remote');
$remote->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$remote->append_conf('postgresql.conf', "fsync = off\n");
$remote->start;
$remote->safe_psql('postgres', <<'SQL');
CREATE TABLE orders (id int PRIMARY KEY, user_id int, total numeric, at timestamptz DEFAULT '2020-01-02 03:04:05+00');
CREATE TABLE items (order_id int, n int, what text, PRIMARY KEY (order_id, n));
INSERT INTO orders SELECT i, 1 + i % 3, i * 1.50 FROM generate_series(2500, 1, -1) i;
INSERT INTO items SELECT o, n, 'item ' || n FROM generate_series(1, 2500) o, generate_series(1, 1 + o % 2) n;
SQL

my $node = PostgreSQL::Test::Cluster->new('local');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "fsync = off\n");
$node->start;
plan skip_all => 'postgres_fdw is not installed'
  if $node->safe_psql('postgres', q{SELECT count(*) FROM pg_available_extensions WHERE name = 'postgres_fdw'}) eq '0';

my ($host, $port) = ($remote->host, $remote->port);
$node->safe_psql('postgres', <<SQL);
CREATE EXTENSION jsonify;
CREATE EXTENSION postgres_fdw;
CREATE SERVER remote FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$host', port '$port', dbname 'postgres');
CREATE USER MAPPING FOR CURRENT_USER SERVER remote;
IMPORT FOREIGN SCHEMA public FROM SERVER remote INTO public;
CREATE TABLE users (id int PRIMARY KEY, name text);
INSERT INTO users VALUES (1, 'ann'), (2, 'bob'), (3, 'eve');
CREATE FUNCTION orders(users) RETURNS SETOF orders LANGUAGE sql STABLE AS 'SELECT * FROM orders WHERE user_id = \$1.id AND id <= 9 ORDER BY id DESC';
CREATE FUNCTION last_order(users) RETURNS orders LANGUAGE sql STABLE AS 'SELECT o FROM orders o WHERE user_id = \$1.id ORDER BY id DESC LIMIT 1';
CREATE FUNCTION "user"(orders) RETURNS users LANGUAGE sql STABLE AS 'SELECT u FROM users u WHERE id = \$1.user_id';
CREATE FUNCTION items(orders) RETURNS SETOF items LANGUAGE sql STABLE AS 'SELECT * FROM items WHERE order_id = \$1.id ORDER BY n';
CREATE FUNCTION gross(orders) RETURNS numeric LANGUAGE sql STABLE AS 'SELECT \$1.total * 2';
SQL

# The documents of a query, and what they must be by another one.
sub same
{
	my ($name, $got, $want) = @_;

	is($node->safe_psql('postgres', qq{SELECT count(*) > 0 AND (SELECT jsonb_agg(d) FROM ($got) g (d)) = jsonb_agg(d) FROM ($want) w (d)}), 't', $name);
}

same('find, in order', q{SELECT jsonify_find('orders', '(order: id)  { id total }')}, q{SELECT jsonb_build_object('id', id, 'total', total) FROM orders ORDER BY id});
same('ordered the other way, limited',
	q{SELECT jsonify_find('orders', '(order: user_id desc, id, limit: 7, offset: 3) { * }')},
	q{SELECT to_jsonb(o) FROM (SELECT * FROM orders ORDER BY user_id DESC, id LIMIT 7 OFFSET 3) o});
same('by a computed field',
	q{SELECT jsonify_find('orders', '(order: gross desc, limit: 4) { gross at @utc }')},
	q{SELECT jsonb_build_object('gross', total * 2, 'at', '2020-01-02T03:04:05Z')
	  FROM (SELECT * FROM orders ORDER BY total DESC LIMIT 4) o});
foreach my $size (1, 7, 1000)
{
	my $limit = $size == 1 ? 20 : 2500;

	same("batches of $size",
		"SELECT jsonify_find('orders', '(order: id, limit: $limit) { id user { name } items { what } }')
		 FROM set_config('jsonify.batch_size', '$size', false)",
		"SELECT jsonb_build_object('id', id,
		   'user', jsonb_build_object('name', (SELECT name FROM users u WHERE u.id = user_id)),
		   'items', (SELECT jsonb_agg(jsonb_build_object('what', 'item ' || n) ORDER BY n)
		             FROM generate_series(1, 1 + id % 2) n))
		 FROM (SELECT * FROM orders ORDER BY id LIMIT $limit) o");
}
same('from local rows', q{SELECT jsonify_agg(u, '{ name orders { id items { n } user { id } } last_order { id } }' ORDER BY id) FROM users u},
	q{SELECT jsonb_agg(jsonb_build_object('name', name,
	    'orders', (SELECT jsonb_agg(jsonb_build_object('id', o.id, 'user', jsonb_build_object('id', u.id),
	                 'items', (SELECT jsonb_agg(jsonb_build_object('n', n) ORDER BY n)
	                           FROM generate_series(1, 1 + o.id % 2) n)) ORDER BY o.id DESC)
	               FROM generate_series(1, 9) o (id) WHERE 1 + o.id % 3 = u.id),
	    'last_order', jsonb_build_object('id', (SELECT max(id) FROM orders o WHERE o.user_id = u.id))) ORDER BY id)
	  FROM users u});
same('rows of a foreign table',
	q{SELECT jsonify(o, '{ id user { name } items { what } }') FROM orders o WHERE id = 4},
	q{SELECT '{"id": 4, "user": {"name": "bob"}, "items": [{"what": "item 1"}]}'::jsonb});

# named shapes, the default shape, the list and the plan
is($node->safe_psql('postgres', <<'SQL'), "\n{\"id\": 9, \"user\": {\"name\": \"ann\"}}\n{\"name\": \"ann\", \"last_order\": {\"id\": 2499, \"user\": {\"name\": \"ann\"}}}", 'a default shape');
SELECT jsonify_define('orders', 'default', '{ id user { name } }');
SELECT jsonify(o) FROM orders o WHERE id = 9;
SELECT jsonify(u, '{ name last_order }') FROM users u WHERE id = 1;
SQL
is($node->safe_psql('postgres', q{SELECT string_agg(name || ' ' || kind || ' ' || many, ', ' ORDER BY name)
                                FROM jsonify_relationships('orders')}), 'items computed true, user computed false', 'its relationships');
my $sql = $node->safe_psql('postgres', q{SELECT sql FROM jsonify_explain('orders', '(order: id, limit: 2) { id }') WHERE path = ''});
is($node->safe_psql('postgres', "SELECT count(*) FROM ($sql) q"), '2', 'its query runs');

# documents back: a foreign table needs "by", for nothing that makes its rows unique can be seen from here; keys and
# values that the other server makes are told
sub saved
{
	my ($name, $call, $want) = @_;

	is($node->safe_psql('postgres', qq{SELECT $call}), $want, $name);
}
$remote->safe_psql('postgres', <<'SQL');
CREATE TABLE notes (id serial PRIMARY KEY, code text UNIQUE, body text DEFAULT 'over there', n int CONSTRAINT n_counts CHECK (n > 0));
CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.body := upper(NEW.body); RETURN NEW; END $$;
CREATE TRIGGER shout BEFORE INSERT OR UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION shout();
SQL
$node->safe_psql('postgres', <<'SQL');
CREATE FOREIGN TABLE notes (id int OPTIONS (column_name 'id'), code text, body text, n int) SERVER remote;
CREATE FOREIGN TABLE new_notes (code text, body text, n int) SERVER remote OPTIONS (table_name 'notes');
SQL
saved('new rows', q{jsonify_save('new_notes', '[{"code": "a", "body": "x", "n": 1}, {"code": "b", "body": "y"}]', '(by: code) { code body n }')},
	'[{"n": 1, "body": "X", "code": "a"}, {"n": null, "body": "Y", "code": "b"}]');
saved('changed and unchanged ones', q{jsonify_save('notes', '[{"id": 1, "body": "z"}, {"id": 2, "code": "b"}]', '(by: id) { id code body }')},
	'[{"id": 1, "body": "Z", "code": "a"}, {"id": 2, "body": "Y", "code": "b"}]');
saved('gone', q{jsonify_delete('notes', '[{"id": 2}]', '(by: id) { id code }')}, '[{"id": 2, "code": "b"}]');
saved('planned', q{action || ' ' || loc || ' ' || coalesce(old::text, '') FROM jsonify_plan('notes', '[{"code": "a", "n": 5}]', '(by: code) { code n }')}, 'update [0] {"n": 1}');
is($remote->safe_psql('postgres', 'SELECT * FROM notes'), '1|a|Z|1', 'over there');
my ($failed, $nothing, $error) = $node->psql('postgres',
	q{SELECT jsonify_save('new_notes', '[{"code": "c", "n": 1}, {"code": "d", "n": -1}, {"code": "e", "n": -2}]', '(by: code) { code n }')});
isnt($failed, 0, 'a constraint over there is kept');
like($error, qr/2 errors.*"loc": \[1\].*"type": "check".*"loc": \[2\]/s, 'and each row that violates it is told');
is($remote->safe_psql('postgres', 'SELECT count(*) FROM notes'), '1', 'and nothing is written');

# How many queries the other server is asked: what docs/clusters.md says.
$remote->safe_psql('postgres', <<'SQL');
CREATE TABLE visits_1 (tenant int, id int, user_id int, page text, PRIMARY KEY (tenant, id));
CREATE TABLE visits_2 (LIKE visits_1 INCLUDING ALL);
CREATE INDEX ON visits_1 (user_id);
INSERT INTO visits_1 SELECT 1, i, 1 + i % 3, 'page ' || i FROM generate_series(1, 30) i;
INSERT INTO visits_2 SELECT 2, i, 1 + i % 3, 'page ' || i FROM generate_series(1, 30) i;
SQL
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE visits (tenant int, id int, user_id int, page text) PARTITION BY LIST (tenant);
CREATE FOREIGN TABLE visits_1 PARTITION OF visits FOR VALUES IN (1) SERVER remote;
CREATE FOREIGN TABLE visits_2 PARTITION OF visits FOR VALUES IN (2) SERVER remote;
CREATE FUNCTION visits(users) RETURNS SETOF visits LANGUAGE sql STABLE AS 'SELECT * FROM visits WHERE tenant = 1 AND user_id = $1.id';
CREATE FUNCTION all_visits(users) RETURNS SETOF visits LANGUAGE sql STABLE AS 'SELECT * FROM visits WHERE user_id = $1.id';
SQL
sub asked
{
	my ($name, $shape, $queries, $documents) = @_;
	my $from = -s $remote->logfile;

	is($node->safe_psql('postgres', "SELECT count(*) FROM jsonify_find($shape)"), $documents, "$name: $documents documents");
	# a cursor is declared once a query
	my @asked = substr(slurp_file($remote->logfile), $from) =~ /: DECLARE c\d+ CURSOR/g;
	is(scalar @asked, $queries, "$name: $queries queries");
}
$remote->safe_psql('postgres', q{ALTER SYSTEM SET log_statement = 'all'});
$remote->reload;
asked('all partitions', q{'visits', '{ id }'}, 2, 60);
asked('one partition', q{'visits', '(where: tenant = 1 and page like ''page 1%'', order: id) { id }'}, 1, 11);
asked('one partition, by a param', q{'visits', '(where: tenant = $t) { id }', '{"t": 2}'}, 1, 30);
asked('rows of one partition for three parents', q{'users', '{ name visits { page } }'}, 1, 3);
asked('rows of all partitions for three parents', q{'users', '{ name all_visits { page } }'}, 2, 3);
asked('a limit for three parents', q{'users', '{ name visits(limit: 2, order: id) { page } }'}, 3, 3);
asked('a count for three parents', q{'users', '{ name n: count(visits) }'}, 3, 3);

# the limit is sent along, and a server that is gone is an error like any other
like($node->safe_psql('postgres', "EXPLAIN (VERBOSE, COSTS OFF) $sql"), qr/Remote SQL: .*LIMIT 2/s, 'the limit is done over there');
$remote->stop('immediate');
my ($status, $out, $err) = $node->psql('postgres', q{SELECT jsonify(u, '{ last_order { id } }') FROM users u WHERE id = 1});
isnt($status, 0, 'without the server an error');
like($err, qr/could not connect to server/, 'that says so');
is($node->safe_psql('postgres', q{SELECT jsonify(u, '{ name }') FROM users u WHERE id = 1}), '{"name": "ann"}', 'and all else goes on');

$node->stop;
done_testing();
