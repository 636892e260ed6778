# What documents take: so much for each of them, whether they are new, unchanged or
# wrong, and nothing that stays from one call to the next.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'no /proc/PID/status here' unless -r '/proc/self/status' && slurp_file('/proc/self/status') =~ /VmHWM/;

my $node = PostgreSQL::Test::Cluster->new('save_memory');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\njit = off\nshared_buffers = 16MB\nwork_mem = 1MB\n");
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION jsonify;
CREATE TABLE users (id int PRIMARY KEY, name text CHECK (name <> 'bad'), a int, b int, c int, d int, e int);
CREATE TABLE posts (id int PRIMARY KEY, user_id int REFERENCES users, title text);
CREATE INDEX ON posts (user_id);
CREATE FUNCTION shape() RETURNS text LANGUAGE sql AS $$ SELECT '{ id name a b c d e posts(write: own, missing: delete) { id title } }' $$;
-- n documents of a user and two posts, from the first on
CREATE FUNCTION docs(first int, n int, name text) RETURNS jsonb LANGUAGE sql AS $$
  SELECT jsonb_agg(jsonb_build_object('id', i, 'name', name, 'posts', jsonb_build_array(
           jsonb_build_object('id', 2 * i, 'title', 'one'), jsonb_build_object('id', 2 * i + 1, 'title', 'two'))))
    FROM generate_series(first, first + n - 1) AS i $$;
-- what a save is refused for, if it is
CREATE FUNCTION save(docs jsonb, shape text DEFAULT shape()) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM jsonify_save('users', docs, shape, NULL, '{"return": "none"}');
  RETURN 'saved';
EXCEPTION WHEN SQLSTATE 'JF422' THEN RETURN SQLERRM;
END $$;
SELECT save(docs(1, 6000, 'good'));
VACUUM ANALYZE;
SQL

# The most memory, in kB, that a query's backend ever had, that of the shared buffers
# taken off; and its answer.
sub peak
{
	my @lines = split /\n/, $node->safe_psql('postgres', shift() . <<'SQL');
;
SELECT substring(s FROM 'VmHWM:\s+(\d+) kB')::int - coalesce(substring(s FROM 'RssShmem:\s+(\d+) kB'), '0')::int
  FROM pg_read_file('/proc/self/status', 0, 4000) AS s;
SQL
	return (pop @lines, "@lines");
}

foreach my $case (
	[ 'unchanged', q{SELECT save(docs(1, %d, 'good'))}, 'saved' ],
	[ 'changed', q{BEGIN; SELECT save(docs(1, %d, 'better'))}, 'saved' ],
	[ 'new', q{BEGIN; SELECT save(docs(50001, %d, 'good'))}, 'saved' ],
	[ 'refused', q{SELECT save(docs(50001, %d, 'bad'))}, 'errors' ],
	[ 'one of them refused', q{SELECT save(docs(50001, %d, 'good') || '[{"id": 1, "name": "bad"}]')}, '1 error' ])
{
	my ($what, $query, $want) = @$case;
	my ($few, $few_answer) = peak(sprintf($query, 1000));
	my ($many, $many_answer) = peak(sprintf($query, 6000));
	my $each = ($many - $few) / 5000;

	like($_, qr/$want$/, "$what: $_") foreach $few_answer, $many_answer;
	cmp_ok($each, '<', 16, "$what: $each kB a document of three rows");
}

# calls in a row keep nothing, whatever comes of them: not for the one plan that they
# share, nor for the statements over each set of columns
my $loop = <<'SQL';
DO $$
BEGIN
  FOR i IN 1 .. %d LOOP
    PERFORM save(docs(1, 20, 'good'));
    PERFORM save(docs(1 + i %% 100, 20, 'x' || i));
    PERFORM save(docs(60001, 20, 'bad'));
    PERFORM save(jsonb_build_object('id', 1, 'a', (i & 1) * i, 'b', (i & 2) * i, 'c', (i & 4) * i, 'd', (i & 8) * i, 'e', (i & 16) * i));
    PERFORM save(jsonb_build_object('id', 1, 'name', i), '{ id name k' || i %% 50 || ': a }');
  END LOOP;
END $$
SQL
my ($once) = peak(sprintf($loop, 60));
my ($often) = peak(sprintf($loop, 150));
cmp_ok($often, '<', $once + 2 * 1024, "750 calls: $often kB, 300: $once kB");

$node->stop;
done_testing();
