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
my $rounds = $ENV{ORACLE_ROUNDS} || 40;
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
		foreach my $options ('{}', '{"nulls": "omit"}', '{"formats": "web"}')
		{
			$sql .= case_sql(Oracle::literal("seed $seed, case $case->{n}, $options"), "$table, $case->{shape}, $params, '$options'");
		}
	}
	my ($out, $err) = run_sql($sql, $seed);
	$printed .= $out;
	$errors .= $err;
}
check('random shapes', $printed, $errors, 50 * $rounds, 200 * $rounds);

$node->stop;
done_testing();
