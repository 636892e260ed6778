# jsonify_find() needs memory for a batch, not for the result: the peak of a backend
# is the same for 100,000 roots and for a million, with and without related rows.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'no /proc/PID/status here' unless -r '/proc/self/status' && slurp_file('/proc/self/status') =~ /VmHWM/;

my $node = PostgreSQL::Test::Cluster->new('memory');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
# shared buffers that a backend has touched count, too: they are few, and all touched
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\njit = off\nshared_buffers = 16MB\nwork_mem = 1MB\nmax_wal_size = 4GB\nmax_parallel_workers_per_gather = 0\n");
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION jsonify;
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TABLE roots (id int PRIMARY KEY, name text, user_id int REFERENCES users);
CREATE TABLE kids (id int PRIMARY KEY, root_id int, word text);
CREATE FUNCTION shout(roots) RETURNS text LANGUAGE sql STABLE AS 'SELECT upper($1.name)';
INSERT INTO users SELECT i, 'user ' || i FROM generate_series(1, 1000) i;
INSERT INTO roots SELECT i, 'root ' || i, 1 + i % 1000 FROM generate_series(1, 1000000) i;
INSERT INTO kids SELECT i, 1 + i / 2, 'kid ' || i FROM generate_series(1, 999998) i;
CREATE INDEX ON kids (root_id);
ALTER TABLE kids ADD CONSTRAINT kids_root_id_fkey FOREIGN KEY (root_id) REFERENCES roots NOT VALID;
VACUUM ANALYZE;
SQL

# Runs a query in a session of its own and reports, in kB, the most memory that
# its backend ever had, that of the shared buffers taken off.
sub peak
{
	my $query = shift;
	my ($in, $out) = ("SELECT 'pid ' || pg_backend_pid();\n$query;\n\\echo done\n", '');
	my $timer = IPC::Run::timer(300);
	my $session = IPC::Run::start([ 'psql', '-X', '-qAt', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres') ], '<', \$in, '>', \$out, '2>&1', $timer);

	$session->pump until $out =~ /^done$/m || !$session->pumpable;
	my ($pid) = $out =~ /^pid (\d+)$/m or die $out;
	my $status = slurp_file("/proc/$pid/status");
	$in .= "\\q\n";
	$session->finish;
	my ($high) = $status =~ /VmHWM:\s+(\d+) kB/ or die $status;
	my ($shared) = $status =~ /RssShmem:\s+(\d+) kB/;
	my ($answer) = $out =~ /^pid \d+\n(.*)^done$/ms;
	chomp $answer;
	return ($high - ($shared // 0), $answer);
}

# Of the first 100,000 roots, and of all. The documents are counted, not kept: what
# the function itself makes of them is what is measured.
foreach my $case (
	[ 'columns', '{ * }' ],
	[ 'a computed field', '{ id shout }' ],
	[ 'a to-one relationship', '{ id user { name } }' ],
	[ 'a to-many relationship', '{ name kids { word } }' ])
{
	my ($what, $shape) = @$case;
	my ($few, $few_answer) = peak("SELECT count(*) FROM jsonify_find('roots', '(limit: 100000) $shape') d");
	my ($many, $many_answer) = peak("SELECT count(*) FROM jsonify_find('roots', '$shape') d");

	is($few_answer, '100000', "$what: 100,000 documents");
	is($many_answer, '1000000', "$what: a million");
	cmp_ok($many, '<', $few + 8 * 1024, "$what: $few kB at most for 100,000 roots, $many kB for a million");
}

# a batch is what counts: a larger one takes more, so that the measure is one
my ($small) = peak(q{SET jsonify.batch_size = 1000; SELECT count(*) FROM jsonify_find('roots', '(limit: 300000) { name kids { word } }')});
my ($large) = peak(q{SET jsonify.batch_size = 300000; SELECT count(*) FROM jsonify_find('roots', '(limit: 300000) { name kids { word } }')});
cmp_ok($large, '>', $small + 32 * 1024, "a batch of 300,000 takes $large kB, of 1,000 $small kB");

# calls in a row keep nothing
my ($once) = peak(q{SELECT count(*) FROM jsonify_find('roots', '(limit: 1000) { name kids { word } }')});
my ($often) = peak(q{SELECT count(*) FROM generate_series(1, 300), jsonify_find('roots', '(limit: 1000) { name kids { word } }')});
cmp_ok($often, '<', $once + 8 * 1024, "300 calls: $often kB, one: $once kB");

# in a select list nothing is kept of what was given, nor of calls that were stopped
my ($few) = peak(q{SELECT count(*) FROM (SELECT jsonify_find('roots', '(limit: 100000) { name kids { word } }') OFFSET 0) x});
my ($many) = peak(q{SELECT count(*) FROM (SELECT jsonify_find('roots', '{ name kids { word } }') OFFSET 0) x});
cmp_ok($many, '<', $few + 8 * 1024, "in a select list: $few kB at most for 100,000 roots, $many kB for a million");
my $stopped = q{SELECT count(d) FROM generate_series(1, %d) i, LATERAL (SELECT jsonify_find('roots', '(where: id > $i) { name kids { word } }', jsonb_build_object('i', i)) d LIMIT 1) x};
my ($stopped_few) = peak(sprintf $stopped, 100);
my ($stopped_often, $answer) = peak(sprintf $stopped, 20000);
is($answer, '20000', 'calls that were stopped');
cmp_ok($stopped_often, '<', $stopped_few + 8 * 1024, "20,000 of them: $stopped_often kB, 100: $stopped_few kB");

$node->stop;
done_testing();
