# pg_dump and restore: named shapes come along in every form of dump, whoever restores
# it, as the tables do that they belong to; the extension stands in a schema of its own.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "fsync = off\n");
$node->start;

my $dir = PostgreSQL::Test::Utils::tempdir;

$node->safe_psql('postgres', 'CREATE DATABASE original');
$node->safe_psql('original', <<'SQL');
CREATE SCHEMA "the API";
GRANT USAGE ON SCHEMA "the API" TO PUBLIC;
CREATE EXTENSION jsonify SCHEMA "the API";
CREATE ROLE regress_jsonify_owner LOGIN;
CREATE ROLE regress_jsonify_super LOGIN SUPERUSER; -- the first one is called as who runs this
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
CREATE TABLE app.alone (id int PRIMARY KEY, pw text);
INSERT INTO app.alone VALUES (1, 'secret');
INSERT INTO app.users VALUES (1, 'ann', 'secret'), (2, 'bob', 'secret');
INSERT INTO app."Odd ""posts""" VALUES (10, 'x', 1), (11, 'y', 2);
INSERT INTO app.parted VALUES (1, 'x');
REFRESH MATERIALIZED VIEW app.mv;
SELECT "the API".jsonify_define('app.users', 'default', '{ * -pw, shout }');
SELECT "the API".jsonify_define('app.users', 'odd "name''', E'{ # comment\n\tposts { ...card } }') FROM "the API".jsonify_define('app."Odd ""posts"""', 'card', '{ title, author }');
SELECT "the API".jsonify_define('app.alone', 'default', '{ id }');
SELECT "the API".jsonify_define('app.users', repeat('ż', 40), '{ id }');
SELECT "the API".jsonify_define('app.gone', 'card', '{ id }');
SELECT "the API".jsonify_define('app.v', 'card', '{ id }'), "the API".jsonify_define('app.parted', 'card', '{ x }'), "the API".jsonify_define('app.part', 'card', '{ y: x }');
ALTER TABLE app."Odd ""posts""" RENAME TO "New 'posts'";
CREATE OR REPLACE FUNCTION app.posts(app.users) RETURNS SETOF app."New 'posts'" LANGUAGE sql STABLE AS 'SELECT * FROM app."New ''posts''" WHERE author_id = $1.id';
ALTER TABLE app.parted SET SCHEMA other;
DROP TABLE app.gone;
SQL

# What a database shows: its shapes, and documents in them.
my $shapes = q{SELECT relation, name, shape FROM "the API".jsonify_shapes() ORDER BY relation::text COLLATE "C", name COLLATE "C"};
my $documents = q{
SELECT "the API".jsonify_agg(u ORDER BY id) FROM app.users u;
SELECT "the API".jsonify_agg(u, '"odd ""name''"' ORDER BY id) FROM app.users u;
SELECT "the API".jsonify(v, 'card') FROM app.v ORDER BY id;
SELECT "the API".jsonify(m) FROM app.mv m ORDER BY id;
SELECT "the API".jsonify_find('other.parted', 'card'), "the API".jsonify_find('app.part', 'card');
SELECT "the API".jsonify_find('app."New ''posts''"', 'card');
SELECT "the API".jsonify(a) FROM app.alone a;
};
my $want_shapes = $node->safe_psql('original', $shapes);
my $want_documents = $node->safe_psql('original', $documents);

is($want_shapes, <<'TXT' =~ s/\n\z//r, 'the shapes before');
app."New 'posts'"|card|{ title, author }
app.alone|default|{ id }
app.part|card|{ y: x }
app.users|default|{ * -pw, shout }
app.users|odd "name'|{ # comment
	posts { ...card } }
app.users|żżżżżżżżżżżżżżżżżżżżżżżżżżżżżżżżżżżżżżżż|{ id }
app.v|card|{ id }
other.parted|card|{ x }
TXT
unlike($want_documents, qr/secret/, 'no secret before');
like($want_documents, qr/"shout": "ANN"/, 'documents before');

# A restored database has the same shapes and documents, and goes on as the first.
sub compare
{
	my ($database) = @_;

	is($node->safe_psql($database, $shapes), $want_shapes, "$database: shapes");
	is($node->safe_psql($database, $documents), $want_documents, "$database: documents");
	is($node->safe_psql($database, q{
SET ROLE regress_jsonify_owner;
SELECT "the API".jsonify_define('app.users', 'default', '{ n: name }');
DROP VIEW app.v;
SELECT "the API".jsonify(ROW(1, 'x', 'secret')::app.users);}), "\n{\"n\": \"x\"}", "$database: it goes on");
}

# As compare(), of a dump without rows.
sub compare_schema
{
	my ($database) = @_;

	is($node->safe_psql($database, $shapes), $want_shapes, "$database: shapes");
	is($node->safe_psql($database, q{SELECT "the API".jsonify(ROW(1, 'x', 'secret')::app.users), "the API".jsonify(ROW(1, 'secret')::app.alone)}),
		'{"id": 1, "name": "x", "shout": "X"}|{"id": 1}', "$database: no secret");
}

my @dump = ('pg_dump', '--no-sync', '-d', $node->connstr('original'));

sub dump_to
{
	my ($file, @options) = @_;

	$node->command_ok([ @dump, '-f', "$dir/$file", @options ], "pg_dump @options");
}

# A new database, into which a dump is restored by the role that owns it, behind what
# has to be there before, if anything; options are those of pg_restore.
sub restore
{
	my ($database, $file, $user, $before, @options) = @_;
	my $connection = $node->connstr($database) . " user=$user";

	$node->safe_psql('postgres', "CREATE DATABASE \"$database\" OWNER $user");
	$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $connection, '-c', $before ], "$database: before") if $before;
	$node->command_ok(
		$file =~ /sql$/ ? [ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $connection, '-f', "$dir/$file" ]
		: [ 'pg_restore', '--exit-on-error', '-d', $connection, @options, "$dir/$file" ],
		"$database: $file is restored by $user");
}

dump_to('plain.sql');
restore('plain', 'plain.sql', 'regress_jsonify_super', undef);
compare('plain');

dump_to('custom.dump', '-Fc');
restore('custom', 'custom.dump', 'regress_jsonify_super', undef);
compare('custom');
restore('single', 'custom.dump', 'regress_jsonify_super', undef, '--single-transaction');
compare('single');

dump_to('parallel', '-Fd', '-j', '2');
restore('parallel', 'parallel', 'regress_jsonify_super', undef, '-j', '2');
compare('parallel');

# by an owner who is no superuser: the extension is trusted
dump_to('owner.sql', '--no-owner');
restore('owner', 'owner.sql', 'regress_jsonify_owner', undef);
compare('owner');
restore('owner custom', 'custom.dump', 'regress_jsonify_owner', undef, '--no-owner', '-j', '2');
compare('owner custom');

# the schema alone
dump_to('schema.sql', '--schema-only');
restore('schema', 'schema.sql', 'regress_jsonify_super', undef);
compare_schema('schema');

# the application's schemas, and one table: where the extension is
my $extension = 'CREATE SCHEMA "the API"; GRANT USAGE ON SCHEMA "the API" TO PUBLIC; CREATE EXTENSION jsonify SCHEMA "the API"';
dump_to('app.sql', '-n', 'app', '-n', 'other');
restore('app', 'app.sql', 'regress_jsonify_owner', $extension);
compare('app');
dump_to('app.dump', '-Fc', '-n', 'app', '-n', 'other', '--schema-only');
$node->safe_psql('template1', $extension);
restore('app schema', 'app.dump', 'regress_jsonify_owner', undef, '-j', '2');
compare_schema('app schema');
dump_to('table.sql', '-t', 'app.alone');
restore('table', 'table.sql', 'regress_jsonify_owner', 'CREATE SCHEMA app');
is($node->safe_psql('table', $shapes), 'app.alone|default|{ id }', 'table: its shape');
is($node->safe_psql('table', 'SELECT "the API".jsonify(a) FROM app.alone a'), '{"id": 1}', 'table: no secret');
$node->safe_psql('template1', 'DROP EXTENSION jsonify; DROP SCHEMA "the API"');

# a foreign table
$node->safe_psql('postgres', 'CREATE DATABASE foreign1');
$node->safe_psql('foreign1', <<'SQL');
CREATE EXTENSION jsonify;
CREATE FOREIGN DATA WRAPPER nothing;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing;
CREATE FOREIGN TABLE f (id int, secret text) SERVER nowhere;
SELECT jsonify_define('f', 'default', '{ id }');
SQL
$node->command_ok([ 'pg_dump', '--no-sync', '-d', $node->connstr('foreign1'), '-f', "$dir/foreign.sql" ], 'a dump with a foreign table');
restore('foreign2', 'foreign.sql', 'regress_jsonify_super', undef);
is($node->safe_psql('foreign2', q{SELECT * FROM jsonify_shapes(); SELECT jsonify(ROW(1, 'secret')::f)}), "f|default|{ id }\n{\"id\": 1}", 'has its shape');

# a dump of what was restored is the same dump
restore('again', 'custom.dump', 'regress_jsonify_super', undef);
$node->command_ok([ 'pg_dump', '--no-sync', '-d', $node->connstr('again'), '-f', "$dir/again.sql" ], 'and dumped again');
my ($first, $second) = map { slurp_file("$dir/$_") =~ s/^\\(un)?restrict .*$//mgr =~ s/^SELECT pg_catalog.setval.*$//mgr } qw(plain.sql again.sql);
is($second, $first, 'the same');

# nothing that a tool for migrations would take for the application's
is($node->safe_psql('again', q{
SELECT count(*) FROM pg_class WHERE relnamespace = '"the API"'::regnamespace UNION ALL
SELECT count(*) FROM pg_event_trigger UNION ALL
SELECT count(*) FROM pg_type WHERE typnamespace = '"the API"'::regnamespace}), "0\n0\n0", 'the extension has functions only');

# the extension is not dropped with shapes around; with CASCADE nothing is left
my (undef, undef, $error) = $node->psql('again', 'DROP EXTENSION jsonify');
like($error, qr/cannot drop extension jsonify because other objects depend on it/, 'shapes depend on it');
$node->safe_psql('again', 'DROP EXTENSION jsonify CASCADE');
is($node->safe_psql('again', q{SELECT count(*) FROM pg_trigger WHERE tgname ~ 'jsonify'}), '0', 'nothing is left');
$node->safe_psql('again', 'DROP TABLE app.users CASCADE');

$node->stop;
done_testing();
