# A hot standby: documents, named shapes, formats and casts work where nothing can
# be written, and what the primary defines later is seen, also by sessions that
# have the shape in their cache.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1, extra => [ '--encoding=UTF8', '--locale=C' ]);
$primary->append_conf('postgresql.conf', "fsync = off\n");
$primary->start;
$primary->safe_psql('postgres', <<'SQL');
CREATE EXTENSION jsonify;
CREATE TYPE price AS (amount int, currency text);
CREATE FUNCTION price_to_jsonb(price) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RETURN to_jsonb($1.amount || ' ' || $1.currency); END$$;
CREATE CAST (price AS jsonb) WITH FUNCTION price_to_jsonb(price);
CREATE TABLE users (id int PRIMARY KEY, name text, at timestamptz DEFAULT '2020-01-02 03:04:05+00');
CREATE TABLE posts (id int PRIMARY KEY, author_id int REFERENCES users, price price, secret text DEFAULT 'secret');
CREATE FUNCTION shout(users) RETURNS text LANGUAGE sql STABLE AS 'SELECT upper($1.name)';
CREATE FUNCTION latest(users) RETURNS posts LANGUAGE sql STABLE AS 'SELECT p FROM posts p WHERE author_id = $1.id ORDER BY id DESC LIMIT 1';
CREATE FUNCTION random_field(users) RETURNS boolean LANGUAGE sql VOLATILE AS 'SELECT random() < 2';
CREATE SEQUENCE used;
CREATE FUNCTION never() RETURNS int LANGUAGE plpgsql AS $$BEGIN RAISE 'a default was called'; END$$;
CREATE FUNCTION never_fires() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'a trigger was called'; END$$;
CREATE TABLE drafts (id int DEFAULT nextval('used') PRIMARY KEY, author_id int REFERENCES users, title text, n int DEFAULT never());
CREATE TRIGGER never BEFORE INSERT OR UPDATE OR DELETE ON drafts FOR EACH ROW EXECUTE FUNCTION never_fires();
ALTER TABLE drafts DISABLE TRIGGER never;
CREATE ROLE reader;
GRANT SELECT ON users, drafts TO reader;
INSERT INTO users VALUES (1, 'ann'), (2, 'bob');
INSERT INTO drafts VALUES (100, 2, 'old', 1), (101, 2, 'gone', 1);
ALTER TABLE drafts ENABLE TRIGGER never;
INSERT INTO posts VALUES (10, 1, '(1,EUR)'), (11, 1, '(2,EUR)'), (12, 2, NULL);
SELECT jsonify_define('users', 'card', '{ name shout }');
SELECT jsonify_define('posts', 'default', '{ * -secret }');
SQL
$primary->backup('backup');

my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->start;

sub catch_up { $primary->wait_for_catchup($standby) }

my @queries = (
	q{SELECT jsonify_agg(u, '{ id posts latest { id price } shout random_field at @utc }' ORDER BY id) FROM users u},
	q{SELECT jsonify(u, 'card') FROM users u ORDER BY id},
	q{SELECT jsonify(p) FROM posts p ORDER BY id},
	q{SELECT jsonify_find('posts', '(order: id desc, limit: $n) { * author { ...card } }', '{"n": 2}')},
	q{SELECT jsonify_find('users')},
	q{SELECT count(*) FROM jsonify_relationships('users')},
	q{SELECT count(*) FROM jsonify_explain('users', '{ posts }')},
	q{SELECT jsonify(u, NULL, NULL, '{"formats": {"price": "price_to_jsonb(price)"}, "nulls": "omit"}') FROM users u ORDER BY id});

# what jsonify_save would do: there too, by a role that may read only
my $shape = '{ id name drafts(write: own, missing: delete) { id title n } }';
push @queries,
	qq{SET ROLE reader; SELECT * FROM jsonify_plan('users', '[{"id": 2, "name": "rob", "drafts": [{"id": 100, "title": "new"}, {"title": "newer"}]}, {"id": 3, "name": "eve"}]', '$shape')},
	qq{SET ROLE reader; SELECT * FROM jsonify_plan('users', '{"id": 2, "name": 1, "drafts": [{"id": 77, "title": "x"}, {"id": "y"}]}', '$shape')},
	qq{SET ROLE reader; SELECT action, loc, key FROM jsonify_plan('users', '{"id": 2}', '$shape', NULL, '{"mode": "delete"}')};

catch_up();
is($standby->safe_psql('postgres', 'SELECT pg_is_in_recovery()'), 't', 'it is a standby');
foreach my $query (@queries)
{
	my $want = $primary->safe_psql('postgres', $query);

	note($want) if $query =~ /plan/;
	ok($want ne '', "the primary has an answer to: $query");
	is($standby->safe_psql('postgres', $query), $want, 'and the standby the same');
}
is($primary->safe_psql('postgres', 'SELECT is_called FROM used; SELECT count(*), min(title) FROM drafts'), "f\n2|gone", 'a plan is only a plan');
my (undef, undef, $refused) = $standby->psql('postgres', qq{SELECT jsonify_save('users', '{"id": 2, "name": "rob"}', '$shape')});
like($refused, qr/cannot execute .* in a read-only transaction|recovery/, 'nothing is saved there');
is($standby->safe_psql('postgres', q{SELECT name FROM users WHERE id = 2}), 'bob', 'nothing');
unlike($standby->safe_psql('postgres', 'SELECT jsonify_find(\'posts\')'), qr/secret/, 'the default shape is kept');

# One session that stays, so that its caches do.
my ($in, $out) = ('', '');
my $timer = IPC::Run::timer(180);
my $session = IPC::Run::start([ 'psql', '-X', '-qAt', '-d', $standby->connstr('postgres') ], '<', \$in, '>', \$out, '2>&1', $timer);
my $asked = 0;

sub ask
{
	my $query = shift;
	my $end = 'done ' . ++$asked;

	$in .= "$query;\n\\echo $end\n";
	$session->pump until $out =~ s/\A(.*)^\Q$end\E\n//ms;
	return $1 =~ s/\n\z//r;
}

is(ask(q{SELECT jsonify(u, 'card') FROM users u WHERE id = 1}), '{"name": "ann", "shout": "ANN"}', 'a shape in a session');
is(ask(q{SELECT jsonify(u, '{ posts { id price } }') FROM users u WHERE id = 1}), '{"posts": [{"id": 10, "price": "1 EUR"}, {"id": 11, "price": "2 EUR"}]}', 'related rows in it');
like(ask(q{SELECT jsonify(u, 'later') FROM users u WHERE id = 1}), qr/has no shape "later"/, 'one that is not there');

$primary->safe_psql('postgres', <<'SQL');
SELECT jsonify_define('users', 'card', '{ n: name }'), jsonify_define('users', 'later', '{ i: id }');
CREATE OR REPLACE FUNCTION price_to_jsonb(price) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RETURN to_jsonb($1.amount); END$$;
ALTER TABLE posts ADD COLUMN x int DEFAULT 7;
SQL
catch_up();
is(ask(q{SELECT jsonify(u, 'card') FROM users u WHERE id = 1}), '{"n": "ann"}', 'a shape defined anew is seen');
is(ask(q{SELECT jsonify(u, 'later') FROM users u WHERE id = 1}), '{"i": 1}', 'and one that came later');
is(ask(q{SELECT jsonify(u, '{ posts }') FROM users u WHERE id = 2}), '{"posts": [{"x": 7, "id": 12, "price": null, "author_id": 2}]}', 'a new column, the default shape');
is(ask(q{SELECT jsonify(u, '{ posts { price } }') FROM users u WHERE id = 1}), '{"posts": [{"price": 1}, {"price": 2}]}', 'a replaced function');
$primary->safe_psql('postgres', q{SELECT jsonify_undefine('users', 'card'); DROP CAST (price AS jsonb); BEGIN; SELECT jsonify_define('users', 'later', '{ }'); ROLLBACK});
catch_up();
like(ask(q{SELECT jsonify(u, 'card') FROM users u WHERE id = 1}), qr/has no shape "card"/, 'a shape removed');
is(ask(q{SELECT jsonify(u, 'later') FROM users u WHERE id = 1}), '{"i": 1}', 'a rollback changes nothing');
is(ask(q{SELECT jsonify(p, '{ price }') FROM posts p WHERE id = 10}), '{"price": {"amount": 1, "currency": "EUR"}}', 'a dropped cast');
like(ask(q{SELECT jsonify_define('users', 'x', '{ id }')}), qr/cannot execute .* in a read-only transaction|cannot .* during recovery/, 'nothing can be defined');
like(ask(q{SELECT jsonify_undefine('users', 'later')}), qr/cannot execute .* in a read-only transaction|cannot .* during recovery/, 'nor removed');
is(ask(q{BEGIN; DECLARE c CURSOR FOR SELECT jsonify_find('users', '{ id }'); FETCH 1 FROM c; COMMIT}), '{"id": 1}', 'a cursor');
$in .= "\\q\n";
$session->finish;

# promoted, it is as good as the primary
$standby->promote;
is($standby->safe_psql('postgres', q{SELECT jsonify_define('users', 'x', '{ id }'); SELECT jsonify(u, 'x') FROM users u WHERE id = 1}), "\n{\"id\": 1}", 'after promotion');

$standby->stop;
$primary->stop;
done_testing();
