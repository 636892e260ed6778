# What the planner makes of the queries of a shape: that no two keys are the same is
# something it is told, so that those are hashed and not a table. Of a query that a function
# of the user's runs within, it knows what it did before.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

chomp(my $libdir = `pg_config --pkglibdir`);
plan skip_all => 'auto_explain is not installed' unless -e "$libdir/auto_explain.so";

my $node = PostgreSQL::Test::Cluster->new('plans');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', <<'CONF');
fsync = off
autovacuum = off
jit = off
max_parallel_workers_per_gather = 0
shared_preload_libraries = 'auto_explain'
auto_explain.log_nested_statements = on
CONF
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION jsonify;
CREATE TABLE posts (id int PRIMARY KEY, title text);
CREATE TABLE comments (id int PRIMARY KEY, post_id int REFERENCES posts, body text);
INSERT INTO posts SELECT i, 'title ' || i FROM generate_series(1, 5000) AS i;
INSERT INTO comments SELECT i, 1 + i % 5000, 'comment ' || i FROM generate_series(1, 20000) AS i;
CREATE FUNCTION alike(comments) RETURNS bigint STABLE LANGUAGE plpgsql AS $$
DECLARE keys int[] := (SELECT array_agg(id) FROM posts);
BEGIN
    RETURN (SELECT count(*) FROM comments AS c, ROWS FROM (unnest(keys)) WITH ORDINALITY AS k(k1, "order")
             WHERE c.post_id = k1);
END $$;
VACUUM ANALYZE;
SQL

# The plans that were logged while a query ran.
sub plans_of
{
	my ($query) = @_;
	my $start = -s $node->logfile;

	$node->safe_psql('postgres', "SET auto_explain.log_min_duration = 0; $query");
	return substr(slurp_file($node->logfile), $start);
}

my $keys = qr/Hash\s+\([^\n]*\n\s+->\s+Function Scan on unnest k\s/;

like(plans_of("SELECT jsonify_agg(p, '{ id comments { body } }') FROM posts AS p"), $keys, 'the keys are hashed');
like(plans_of("SELECT count(*) FROM jsonify_find('posts', '{ id comments { body } }')"), $keys, 'those of jsonify_find() too');

my $within = plans_of("SELECT jsonify_agg(p, '{ id comments(limit: 1, where: id = 7) { alike } }') FROM posts AS p");
like($within, qr/Hash Cond: \(k.k1 = c.post_id\)\n\s+->\s+Function Scan on unnest k [^\n]*\n\s+->\s+Hash [^\n]*\n\s+->\s+Seq Scan on comments c/,
	'a function has run a query of its own, which is planned as ever');

done_testing();
