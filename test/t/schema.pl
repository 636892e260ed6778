# Each document that jsonify makes is valid by its schema, and no other is: random
# shapes of the oracle, and all types in all formats. jsonify_save takes what its
# schema takes. schema.py asks a validator that others wrote.
#
# ORACLE_SEED and ORACLE_ROUNDS choose the random shapes.
use strict;
use warnings;
use utf8;

use File::Basename;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Oracle qw(generate_round);

my $first = $ENV{ORACLE_SEED} || 1;
my $rounds = $ENV{ORACLE_ROUNDS} || 12;
my $here = dirname(__FILE__);
my @python = ('/usr/bin/python3', "$here/schema.py");

my $node = PostgreSQL::Test::Cluster->new('schema');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\nstatement_timeout = 120s\njit = off\ntimezone = 'Europe/Warsaw'\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION jsonify');

# What SQL prints.
sub run_sql
{
	my ($sql, $name) = @_;
	my $file = "$PostgreSQL::Test::Utils::tmp_check/schema_$name.sql";
	my ($out, $err) = ('', '');

	open my $handle, '>:encoding(UTF-8)', $file or die "$file: $!";
	print $handle "\\set QUIET 1\n\\pset tuples_only on\n\\pset format unaligned\n\\pset pager off\nSET client_min_messages = warning;\n$sql\n";
	close $handle;
	IPC::Run::run([ 'psql', '-X', '-d', $node->connstr('postgres'), '-f', $file ], '>', \$out, '2>', \$err);
	return ($out, $err);
}

# What schema.py prints for the lines that begin with "{".
sub run_python
{
	my ($in, @args) = @_;
	my $lines = join '', map { "$_\n" } grep { /^\{/ } split /\n/, $in;
	my ($out, $err) = ('', '');

	IPC::Run::run([ @python, @args ], '<', \$lines, '>', \$out, '2>', \$err);
	diag($err) if $err ne '';
	return $out;
}

# Checks what a query printed, of so many cases, good and bad documents at least.
sub check
{
	my ($name, $printed, $errors, $least_good, $least_bad) = @_;
	my $out = run_python($printed);
	my ($good, $bad) = $out =~ /^(\d+) good, (\d+) bad$/m;

	ok(defined $good && $out =~ /\A\d+ good.*\n\z/, "$name: every document is as its schema says") or diag(substr $out, 0, 6000);
	is($errors, '', "$name: no error");
	cmp_ok($good // 0, '>=', $least_good, "$name: $good documents");
	cmp_ok($bad // 0, '>=', $least_bad, "$name: $bad that are none");
}

# One line: a schema, with the documents of the same arguments.
sub case_sql
{
	my ($name, $arguments) = @_;

	return "SELECT jsonb_build_object('name', $name, 'spoil', true, 'schema', jsonify_schema($arguments), "
	  . "'good', (SELECT jsonb_agg(d) FROM (SELECT d FROM jsonify_find($arguments) AS d LIMIT 25) AS s));\n";
}

#
# Random shapes
#

my ($printed, $errors) = ('', '');
foreach my $seed ($first .. $first + $rounds - 1)
{
	my $round = generate_round($seed);
	my $sql = join '', map { my ($n, @lines) = @$_; defined $n ? () : map { "$_\n" } @lines } @{ $round->{sql} };

	# of a key by which rows lead nowhere nobody can say that it is valid; of a
	# partitioned table's VALIDATE would not look
	$sql .= <<'SQL';
SET allow_system_table_mods = on;
UPDATE pg_constraint SET convalidated = false WHERE contype = 'f' AND conparentid = 0;
DO $$
DECLARE c record;
BEGIN
  FOR c IN SELECT conrelid::regclass AS relation, conname FROM pg_constraint
           WHERE contype = 'f' AND conparentid = 0 AND (SELECT relkind = 'r' FROM pg_class WHERE oid = conrelid) LOOP
    BEGIN
      EXECUTE format('ALTER TABLE %s VALIDATE CONSTRAINT %I', c.relation, c.conname);
    EXCEPTION WHEN foreign_key_violation THEN NULL;
    END;
  END LOOP;
END$$;
SQL
	foreach my $case (grep { defined $_->{params} } @{ $round->{cases} })
	{
		my $table = Oracle::literal($case->{table});
		my $params = Oracle::literal($case->{params});
		# the params are those of all shapes
		foreach my $options (map { qq({"unknown_params": "ignore"$_}) } '', ', "nulls": "omit"', ', "formats": "web"')
		{
			$sql .= case_sql(Oracle::literal("seed $seed, case $case->{n}, $options"), "$table, $case->{shape}, $params, '$options'");
			next if $case->{n} % 4;
			# by cursor where a key tells the rows apart
			my $after = "CASE WHEN $case->{n} % 8 = 0 AND EXISTS (SELECT FROM pg_constraint WHERE contype = 'p' AND conrelid = $table\::regclass)"
			  . " AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhparent = $table\::regclass) THEN ', after: \$zz?' ELSE '' END";
			$sql .= case_sql(Oracle::literal("seed $seed, case $case->{n}, page, $options"),
				"$table, '(page: 2' || $after || ') ' || $case->{shape}, $params, '$options'");
		}
	}
	my ($out, $err) = run_sql($sql, $seed);
	$printed .= $out;
	$errors .= $err;
}
check('random shapes', $printed, $errors, 50 * $rounds, 200 * $rounds);

#
# All types, in all formats
#

open my $parity, '<:encoding(UTF-8)', "$here/../sql/parity_types.sql" or die $!;
my $types = join '', <$parity>;
close $parity;
$types =~ /^(CREATE TYPE mood.*?)^-- what 14 does not know$/ms or die 'the literals of parity_types.sql are not where they were';
my $setup = "CREATE SCHEMA t_schema;\nSET search_path = t_schema, public;\n" . ($1 =~ s/t_parity/t_schema/gr);

# A row by itself, for one that a format refuses takes no other along.
$setup .= <<'SQL';
DELETE FROM lits WHERE type IN ('numeric(3,-2)', 'numeric(3,5)') AND current_setting('server_version_num')::int < 150000;
CREATE FUNCTION as_case(name text, relation text, shape text, options jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  n int;
  docs jsonb := '[]';
  d jsonb;
BEGIN
  EXECUTE format('SELECT count(*) FROM %s', relation) INTO n;
  FOR i IN 0 .. n - 1 LOOP
    BEGIN
      SELECT f INTO d FROM jsonify_find(relation, '(offset: $n, limit: 1) ' || shape, jsonb_build_object('n', i), options) AS f;
      docs := docs || jsonb_build_array(d);
    EXCEPTION WHEN OTHERS THEN
    END;
  END LOOP;
  RETURN jsonb_build_object('name', concat_ws(', ', name, shape, options), 'schema', jsonify_schema(relation, shape, NULL, options),
                            'good', docs, 'spoil', true);
EXCEPTION WHEN invalid_parameter_value OR undefined_object THEN RETURN NULL;
END$$;

-- a table a type: the type by itself, in arrays, in a composite value
CREATE TABLE made (n int, type text, relation text);
DO $$
DECLARE
  t record;
  n int := 0;
  lit text;
  again text;
BEGIN
  FOR t IN SELECT * FROM lits WHERE type NOT IN ('nothing') LOOP
    n := n + 1;
    BEGIN
      EXECUTE format('CREATE TABLE v%s (k int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, c %s)', n, t.type);
      INSERT INTO made VALUES (n, t.type, 'v' || n);
    EXCEPTION WHEN OTHERS THEN
      RAISE WARNING 'no table of %', t.type;
      CONTINUE;
    END;
    FOREACH lit IN ARRAY t.lits || NULL::text LOOP
      BEGIN
        EXECUTE format('INSERT INTO v%s (c) VALUES (%L)', n, lit);
      EXCEPTION WHEN not_null_violation THEN
      END;
    END LOOP;
    BEGIN
      EXECUTE format('CREATE TYPE row%s AS (x %s, xs %s[], e mood)', n, t.type, t.type);
      EXECUTE format('CREATE TABLE w%s (k int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a %s[], aa %s[] NOT NULL, r row%s, rs row%s[])',
                     n, t.type, t.type, n, n);
      INSERT INTO made VALUES (n, t.type, 'w' || n);
      EXECUTE format('INSERT INTO w%s (a, aa, r, rs) SELECT ARRAY[c], ARRAY[[c, c], [c, NULL]], ROW(c, ARRAY[c], NULL), ARRAY[NULL, ROW(c, NULL, ''sad'')::row%s] FROM v%s',
                     n, n, n);
      EXECUTE format('INSERT INTO w%s (aa, r) VALUES (''{}'', ''(,,)'')', n);
    EXCEPTION WHEN datatype_mismatch OR undefined_object OR not_null_violation OR cannot_coerce OR invalid_table_definition THEN
    END;
  END LOOP;
END$$;
SQL
my $queries = '';
my $geometric = 'point|line|lseg|box|path|polygon|circle';
my %formats = (
	'int|numeric|d_num|money' => [qw(number string safe)], 'float' => [qw(nan_string nan_null nan_error)], 'time|_ts' => [qw(session naive utc epoch epoch_ms)],
	'interval' => [qw(session iso seconds)], 'bytea' => [qw(hex base64 base64url)], 'money' => ['text'], 'char' => [qw(padded trimmed)],
	'range' => [qw(text object)], $geometric => [qw(text array geojson)]);
foreach my $settings ('', "SET bytea_output = escape; SET intervalstyle = iso_8601; SET datestyle = 'SQL, DMY'; SET timezone = 'Asia/Kathmandu';\n")
{
	$queries .= $settings . 'SELECT as_case(type, relation, \'{ * }\', options::jsonb) FROM made, unnest(ARRAY[\'{}\', \'{"nulls": "omit"}\', \'{"formats": "web"}\', \'{"keys": "camel", "nulls": "omit", "formats": "web"}\']) AS options;' . "\n";
	foreach my $those ($settings eq '' ? sort keys %formats : ())
	{
		$queries .= "SELECT as_case(type, relation, CASE WHEN relation ~ '^v' THEN '{ c \@$_ }' ELSE '{ a \@$_, aa \@$_ }' END, '{}') FROM made WHERE type ~ '$those';\n" foreach @{ $formats{$those} };
	}
}
($printed, $errors) = run_sql($setup . $queries, 'types');
check('types', $printed, $errors =~ s/^psql:.*WARNING:  no table of .*\n//mgr, 5000, 5000);

#
# What is saved
#

# Relations, options, shapes, each with a document whose row is not there yet; perhaps
# another one, whose row is.
my @saved = (
	[ 'users', '', '(by: email) { email, name, mood, born, score, ratio, big @safe, data, tags, addr, u, seen, created @epoch, period @object, place @array, pic @base64, team(write: link, by: code) { code, size },
	    orders(write: own, missing: delete) { id, note, placed, _delete: @delete, lines(write: own, by: line_no, missing: delete) { line_no, qty, product: products(write: link, by: sku) { sku, title } } },
	    labels: labels(write: link, by: name, missing: unlink).name, profile: profiles(write: own, missing: delete) { bio }, count(orders), boss: team.boss, v: @etag }',
		'{"email": "n@x", "name": "new", "mood": "ok", "born": "2000-01-01", "score": 1.5, "ratio": "NaN", "big": "9007199254740993", "data": {"a": [1]}, "tags": ["a", null], "addr": {"street": "s", "no": 1}, "u": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "seen": "2020-01-01 10:00+02", "created": 0.5, "period": {"lower": "2020-01-01", "upper": null}, "place": [1, "NaN"], "pic": "AP8=", "team": {"code": "a"}, "orders": [{"note": "x", "placed": "2020-01-01 10:00+02", "lines": [{"line_no": 1, "qty": 2, "product": {"sku": "p"}}]}], "labels": ["l1"], "profile": {"bio": "b"}}',
		'{"email": "a@x", "name": "ann", "team": {"code": "a"}, "orders": [{"id": 10, "note": "n", "_delete": true}, {"id": 11, "note": "m", "_delete": false}]}' ],
	[ 'users', '{"nulls": "omit", "keys": "camel", "formats": "web"}', '(by: email) { *, orders(write: own, key: id, missing: keep) { note, lines(write: own, missing: keep, page: 2) { line_no, qty, sku } } }',
		'{"email": "n@x", "name": "new", "teamId": 1, "orders": {"900": {"note": "x", "lines": {"items": [{"line_no": 1, "qty": 2, "sku": "p"}]}}}}' ],
	[ 'nodes', '', '{ id, name, parent { name }, nodes(recurse: 3, write: own, missing: delete) }', '{"id": 70, "name": "n", "nodes": [{"id": 71, "name": "m", "nodes": []}]}' ],
	[ 'notes', '', '(where: kind = \'a\', by: no) { no @once, kind, body, total @readonly, twice }', '{"no": 7, "body": "x"}' ]);

my $tables = <<'SQL';
CREATE SCHEMA t_saved;
SET search_path = t_saved, public;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE addr AS (street varchar(10), no int);
CREATE TABLE teams (id int PRIMARY KEY, code text NOT NULL UNIQUE, size int, boss text);
CREATE TABLE users (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE, name varchar(10) NOT NULL, mood mood, born date, score numeric(6,2),
    ratio float8, big bigint, data jsonb, tags text[], addr addr, u uuid NOT NULL DEFAULT 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', seen timestamptz,
    created timestamptz NOT NULL DEFAULT now(), period daterange, place point, pic bytea, team_id int NOT NULL REFERENCES teams);
CREATE TABLE products (sku text PRIMARY KEY, title text NOT NULL);
CREATE TABLE orders (id int GENERATED BY DEFAULT AS IDENTITY (START 100) PRIMARY KEY, user_id int NOT NULL REFERENCES users, note text NOT NULL, placed timestamptz NOT NULL DEFAULT now());
CREATE TABLE lines (order_id int REFERENCES orders, line_no int, qty int NOT NULL, sku text REFERENCES products, PRIMARY KEY (order_id, line_no));
CREATE TABLE labels (id int PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE users_labels (user_id int REFERENCES users, label_id int REFERENCES labels, PRIMARY KEY (user_id, label_id));
CREATE TABLE profiles (user_id int PRIMARY KEY REFERENCES users, bio text NOT NULL);
CREATE TABLE nodes (id int PRIMARY KEY, name text NOT NULL, parent_id int REFERENCES nodes);
CREATE TABLE notes (no int PRIMARY KEY, kind text NOT NULL, body text NOT NULL, total int, twice int GENERATED ALWAYS AS (no * 2) STORED);
INSERT INTO teams VALUES (1, 'a', 3, 'x'), (2, 'b', NULL, NULL);
INSERT INTO products VALUES ('p', 'P'), ('q', 'Q');
INSERT INTO labels VALUES (1, 'l1'), (2, 'l2');
INSERT INTO users (id, email, name, mood, born, score, ratio, big, data, tags, addr, seen, period, place, pic, team_id) VALUES
    (1, 'a@x', 'ann', 'ok', '2000-01-01', 1.25, 'NaN', 9007199254740993, '{"k": [1]}', '{a,NULL}', '(s,1)', now(), '[2020-01-01,)', '(1,NaN)', '\x00ff', 1),
    (2, 'b@x', 'bob', NULL, 'infinity', NULL, 1.5, 5, NULL, NULL, NULL, '-infinity', 'empty', NULL, NULL, 2);
INSERT INTO orders (id, user_id, note) VALUES (10, 1, 'n'), (11, 1, 'm'), (12, 2, 'o');
INSERT INTO lines VALUES (10, 1, 5, 'p'), (10, 2, 6, NULL), (12, 1, 7, 'q');
INSERT INTO users_labels VALUES (1, 1), (1, 2);
INSERT INTO profiles VALUES (1, 'bio');
INSERT INTO nodes VALUES (1, 'r', NULL), (2, 's', 1), (3, 't', 2), (4, 'u', 1);
INSERT INTO notes VALUES (1, 'a', 'x', 3), (2, 'b', 'y', 4);

-- What is wrong with a document, if anything is.
CREATE FUNCTION problems(relation regclass, doc jsonb, shape text, options jsonb) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE detail text;
BEGIN
  PERFORM jsonify_save(relation, doc, shape, NULL, options || '{"dry_run": true}');
  RETURN '{}';
EXCEPTION WHEN SQLSTATE 'JF422' OR SQLSTATE 'JF409' OR SQLSTATE 'JF404' THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
  RETURN ARRAY(SELECT DISTINCT e ->> 'type' FROM jsonb_array_elements(detail::jsonb) AS e);
END$$;
SQL
($printed, $errors) = run_sql($tables . join('', map { my ($relation, $options, $shape) = map { Oracle::literal($_) } @$_; "SELECT d FROM jsonify_find($relation, $shape, NULL, nullif($options, '')::jsonb) AS d;\n\\echo\n" } @saved), 'saved');
is($errors, '', 'documents to save');

my @read = split /\n\n/, $printed;
my ($lines, %seen) = ('');
$errors = '';
foreach my $i (0 .. $#saved)
{
	my ($relation, $options, $shape, $new, $other) = @{ $saved[$i] };
	my $queries = "SET search_path = t_saved, public;\nCREATE TEMP TABLE d (n int GENERATED ALWAYS AS IDENTITY, is_new bool, what text, doc jsonb);\n";
	my $arguments = join ', ', map { Oracle::literal($_) } $relation, $shape;
	my $option = Oracle::literal($options eq '' ? '{}' : $options) . '::jsonb';

	foreach my $is_new (0, 1)
	{
		foreach my $mutant (split /\n/, run_python($is_new ? $new : join("\n", $read[$i], $other // ()), 'mutate'))
		{
			my ($what, $doc) = map { Oracle::literal($_) } split /\t/, $mutant;
			$queries .= "INSERT INTO d (is_new, what, doc) VALUES (" . ($is_new ? 'true' : 'false') . ", $what, $doc);\n";
		}
	}
	# what is absent is unchanged where the row is there, but the schema is of complete documents
	$queries .= <<"SQL";
CREATE TEMP TABLE s AS SELECT *, problems(relation, doc, shape, $option) AS p FROM d, (VALUES ($arguments)) AS v (relation, shape) \\g /dev/null
SQL
	$queries =~ s/problems\(relation,/problems(relation::regclass,/;
	$queries .= <<"SQL";
SELECT jsonb_build_object('name', format('%s, %s', relation, what), 'schema', jsonify_schema($arguments, NULL, $option || '{"for": "save"}'),
         CASE WHEN p && '{unknown,wrong_type,required}' THEN 'bad' WHEN is_new OR what !~ '^-|{}\$' THEN 'good' ELSE 'unasked' END, jsonb_build_array(doc))
  FROM s WHERE p = '{}' OR p && '{unknown,wrong_type,required}' ORDER BY n;
SQL
	my ($out, $err) = run_sql($queries, "saved_$i");
	$lines .= $out;
	$errors .= $err;
}
check('saved', $lines, $errors, 100, 500);

$node->stop;
done_testing();
