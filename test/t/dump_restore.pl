# pg_dump and restore: named shapes come along, also those of tables that were
# renamed since, and none of tables that are gone; the extension stands in a
# schema of its own.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "fsync = off\n");
$node->start;

my $dir = $PostgreSQL::Test::Utils::tmp_check;

$node->safe_psql('postgres', 'CREATE DATABASE original');
$node->safe_psql('original', <<'SQL');
CREATE SCHEMA "the API";
GRANT USAGE ON SCHEMA "the API" TO PUBLIC;
CREATE EXTENSION jsonify SCHEMA "the API";
CREATE ROLE regress_jsonify_owner;
CREATE SCHEMA app AUTHORIZATION regress_jsonify_owner;
CREATE SCHEMA other AUTHORIZATION regress_jsonify_owner;
SET ROLE regress_jsonify_owner;
CREATE TABLE app.users (id int PRIMARY KEY, name text, pw text);
CREATE TABLE app."Odd ""posts""" (id int PRIMARY KEY, title text, author_id int REFERENCES app.users);
CREATE TABLE app.gone (id int PRIMARY KEY);
CREATE TABLE app.parted (id int PRIMARY KEY, x text) PARTITION BY LIST (id);
CREATE TABLE app.part PARTITION OF app.parted DEFAULT;
CREATE FUNCTION app.shout(app.users) RETURNS text LANGUAGE sql STABLE AS 'SELECT upper($1.name)';
CREATE FUNCTION app.posts(app.users) RETURNS SETOF app."Odd ""posts""" LANGUAGE sql STABLE AS 'SELECT * FROM app."Odd ""posts""" WHERE author_id = $1.id';
CREATE VIEW app.v AS SELECT id, name FROM app.users;
CREATE MATERIALIZED VIEW app.mv AS SELECT id FROM app.users;
INSERT INTO app.users VALUES (1, 'ann', 'secret'), (2, 'bob', 'secret');
INSERT INTO app."Odd ""posts""" VALUES (10, 'x', 1), (11, 'y', 2);
INSERT INTO app.parted VALUES (1, 'x');
REFRESH MATERIALIZED VIEW app.mv;
SELECT "the API".jsonify_define('app.users', 'default', '{ * -pw, shout }');
SELECT "the API".jsonify_define('app.users', 'odd "name''', E'{ # comment\n\tposts { ...card } }') FROM "the API".jsonify_define('app."Odd ""posts"""', 'card', '{ title, author }');
SELECT "the API".jsonify_define('app.gone', 'card', '{ id }');
SELECT "the API".jsonify_define('app.v', 'card', '{ id }'), "the API".jsonify_define('app.parted', 'card', '{ x }'), "the API".jsonify_define('app.part', 'card', '{ y: x }');
ALTER TABLE app."Odd ""posts""" RENAME TO "New 'posts'";
CREATE OR REPLACE FUNCTION app.posts(app.users) RETURNS SETOF app."New 'posts'" LANGUAGE sql STABLE AS 'SELECT * FROM app."New ''posts''" WHERE author_id = $1.id';
ALTER TABLE app.parted SET SCHEMA other;
DROP TABLE app.gone;
SQL

# What a database shows: its shapes, and documents in them; with data or without.
my $shapes = q{SELECT relation, name, shape FROM "the API".jsonify_shapes ORDER BY relation::text COLLATE "C", name COLLATE "C"};
my $documents = q{
SELECT "the API".jsonify_agg(u ORDER BY id) FROM app.users u;
SELECT "the API".jsonify_agg(u, '"odd ""name''"' ORDER BY id) FROM app.users u;
SELECT "the API".jsonify(v, 'card') FROM app.v ORDER BY id;
SELECT "the API".jsonify(m) FROM app.mv m ORDER BY id;
SELECT "the API".jsonify_find('other.parted', 'card'), "the API".jsonify_find('app.part', 'card');
SELECT "the API".jsonify_find('app."New ''posts''"', 'card');
};
my $want_shapes = $node->safe_psql('original', $shapes);
my $want_documents = $node->safe_psql('original', $documents);

is($want_shapes, <<'TXT' =~ s/\n\z//r, 'the shapes before');
app."New 'posts'"|card|{ title, author }
app.part|card|{ y: x }
app.users|default|{ * -pw, shout }
app.users|odd "name'|{ # comment
	posts { ...card } }
app.v|card|{ id }
other.parted|card|{ x }
TXT
unlike($want_documents, qr/secret/, 'no secret before');
like($want_documents, qr/"shout": "ANN"/, 'documents before');

# A restored database has the same shapes and documents, and goes on as the first.
sub compare
{
	my ($database, $shapes_wanted, $documents_wanted) = @_;

	is($node->safe_psql($database, $shapes), $shapes_wanted, "$database: shapes");
	is($node->safe_psql($database, $documents), $documents_wanted, "$database: documents") if defined $documents_wanted;
	is($node->safe_psql($database, q{SELECT count(*) FROM "the API".jsonify_shapes WHERE relation NOT IN (SELECT oid FROM pg_class)}), '0', "$database: no shapes of what is not there");
	# shapes go on to be what they were: the trigger, the event trigger, the owner
	is($node->safe_psql($database, q{
SET ROLE regress_jsonify_owner;
SELECT "the API".jsonify_define('app.users', 'new', '{ n: name }');
DROP VIEW app.v;
SELECT count(*) FROM "the API".jsonify_shapes WHERE relation NOT IN (SELECT oid FROM pg_class);
SELECT "the API".jsonify(ROW(1, 'x', 'y')::app.users, 'new');}), "\n0\n{\"n\": \"x\"}", "$database: it goes on");
}

my @dump = ('pg_dump', '--no-sync', '-d', $node->connstr('original'));

$node->command_ok([ @dump, '-f', "$dir/plain.sql" ], 'a plain dump');
$node->safe_psql('postgres', 'CREATE DATABASE plain');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('plain'), '-f', "$dir/plain.sql" ], 'is restored');
compare('plain', $want_shapes, $want_documents);

$node->command_ok([ @dump, '-Fc', '-f', "$dir/custom.dump" ], 'a custom dump');
$node->safe_psql('postgres', 'CREATE DATABASE custom');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr('custom'), "$dir/custom.dump" ], 'is restored');
compare('custom', $want_shapes, $want_documents);

# in one transaction; and in several at a time
$node->safe_psql('postgres', 'CREATE DATABASE single');
$node->command_ok([ 'pg_restore', '--exit-on-error', '--single-transaction', '-d', $node->connstr('single'), "$dir/custom.dump" ], 'is restored in one transaction');
compare('single', $want_shapes, $want_documents);
$node->safe_psql('postgres', 'CREATE DATABASE parallel');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-j', '2', '-d', $node->connstr('parallel'), "$dir/custom.dump" ], 'is restored in parallel');
compare('parallel', $want_shapes, $want_documents);

# the schema alone: no shapes, which are rows; all else works
$node->command_ok([ @dump, '--schema-only', '-f', "$dir/schema.sql" ], 'a dump of the schema');
$node->safe_psql('postgres', 'CREATE DATABASE "schema"');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('schema'), '-f', "$dir/schema.sql" ], 'is restored');
compare('schema', '', undef);

# a dump of what was restored is the same dump
$node->safe_psql('postgres', 'CREATE DATABASE again');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr('again'), "$dir/custom.dump" ], 'is restored once more');
$node->command_ok([ 'pg_dump', '--no-sync', '-d', $node->connstr('again'), '-f', "$dir/again.sql" ], 'and dumped again');
my ($first, $second) = map { slurp_file("$dir/$_") =~ s/^\\(un)?restrict .*$//mgr =~ s/^SELECT pg_catalog.setval.*$//mgr } qw(plain.sql again.sql);
is($second, $first, 'the same');

# one table alone takes none of the extension's rows along; nor does dropping the
# extension leave anything
$node->command_ok([ @dump, '-t', 'app.users', '-f', "$dir/table.sql" ], 'a dump of one table');
unlike(slurp_file("$dir/table.sql"), qr/jsonify_shapes/, 'has no shapes');
$node->safe_psql('again', 'DROP EXTENSION jsonify');
is($node->safe_psql('again', q{SELECT count(*) FROM pg_event_trigger WHERE evtname ~ 'jsonify'}), '0', 'nothing is left');
$node->safe_psql('again', 'DROP TABLE app.users CASCADE');

$node->stop;
done_testing();
