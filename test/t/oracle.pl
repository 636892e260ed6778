# Random schemas, data and shapes against what plain SQL computes: each document
# must be the same jsonb. Oracle.pm makes them.
#
# Each round is made from one number, and rounds share sessions, so that what a
# session keeps is met by another schema of the same names. ORACLE_SEED and
# ORACLE_ROUNDS choose others; a failure says which they were. Every third number has
# its queries made as those for distributed tables; all with ORACLE_DISTRIBUTED=1.
use strict;
use warnings;
use utf8;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Oracle qw(generate_round);

my $first = $ENV{ORACLE_SEED} // 1;
my $rounds = $ENV{ORACLE_ROUNDS} // 250;
my $rounds_a_session = 10;

my $node = PostgreSQL::Test::Cluster->new('oracle');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\nstatement_timeout = 600s\njit = off\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION jsonify');

my $preamble = <<'SQL';
\set QUIET 1
\set VERBOSITY verbose
\pset tuples_only on
\pset format unaligned
\pset pager off
SET client_min_messages = warning;
CREATE FUNCTION pg_temp.state_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE n int;
BEGIN
  EXECUTE query;
  GET DIAGNOSTICS n = ROW_COUNT;
  RETURN CASE n WHEN 0 THEN 'no rows' ELSE '00000' END;
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE;
END$$;
-- All pages of documents one behind the other; and of a relation, which shape has as "x".
CREATE FUNCTION pg_temp.walked(relation regclass, args text, shape text, size int, params jsonb, options jsonb, as_text bool) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  page jsonb;
  items jsonb := '[]';
BEGIN
  shape := format('(%s%spage: %s, after: $zz) %s', args, CASE WHEN args <> '' THEN ', ' END, size, shape);
  FOR i IN 1 .. 3000 LOOP
    params := params || jsonb_build_object('zz', page -> 'next');
    IF as_text THEN
      page := jsonify_find_text(relation, shape, params, options);
    ELSE
      page := jsonify_find(relation, shape, params, options);
    END IF;
    IF jsonb_array_length(page -> 'items') > size OR (page -> 'has_more')::bool <> (page -> 'next' <> 'null') OR page ? 'total' THEN
      RETURN page;
    END IF;
    items := items || (page -> 'items');
    EXIT WHEN page -> 'next' = 'null';
  END LOOP;
  RETURN items;
END$$;
CREATE FUNCTION pg_temp.walked_row(r anyelement, shape text, params jsonb, options jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  page jsonb;
  items jsonb := '[]';
BEGIN
  FOR i IN 1 .. 3000 LOOP
    page := jsonify(r, shape, params || jsonb_build_object('zz', page -> 'next'), options) -> 'x';
    items := items || (page -> 'items');
    EXIT WHEN page -> 'next' = 'null';
  END LOOP;
  RETURN items;
END$$;
CREATE FUNCTION pg_temp.explained(relation regclass, shape text, params jsonb, options jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE node record;
BEGIN
  FOR node IN SELECT * FROM jsonify_explain(relation, shape, params, options) AS e (path, query) LOOP
    BEGIN
      EXECUTE node.query;
    EXCEPTION WHEN OTHERS THEN RETURN format('%s: %s in %s', node.path, SQLERRM, node.query);
    END;
  END LOOP;
  RETURN 'ok 1';
END$$;
SQL

# Runs rounds in one session. The result of each: its cases, and what came out
# by their numbers; errors are known by their line.
sub run_session
{
	my @seeds = @_;
	my $file = "$PostgreSQL::Test::Utils::tmp_check/oracle_$seeds[0].sql";
	my (@lines, @what, @results);
	my $append = sub {
		my ($what, $sql) = @_;
		my @new = split /\n/, $sql;
		push @lines, @new;
		push @what, ($what) x @new;
	};

	$append->(undef, $preamble);
	foreach my $i (0 .. $#seeds)
	{
		my $round = generate_round($seeds[$i]);

		$results[$i] = { seed => $seeds[$i], cases => $round->{cases}, out => {}, errors => '' };
		$append->(undef, "\\echo round $i");
		$append->(undef, 'SET jsonify.distributed_queries = '
			  . ($ENV{ORACLE_DISTRIBUTED} || $seeds[$i] % 3 == 0 ? 'on' : 'off') . ';');
		foreach my $piece (@{ $round->{sql} })
		{
			my ($n, @sql) = @$piece;
			$append->([ $i, $n ], $_) foreach @sql;
		}
	}
	open my $handle, '>:encoding(UTF-8)', $file or die "$file: $!";
	print $handle map { "$_\n" } @lines;
	close $handle;

	my ($out, $err) = ('', '');
	IPC::Run::run([ 'psql', '-X', '-d', $node->connstr('postgres'), '-f', $file ], '>', \$out, '2>', \$err);
	utf8::decode($_) foreach $out, $err;

	my $current = 0;
	foreach my $line (split /\n/, $out)
	{
		$current = $1 if $line =~ /^round (\d+)$/;
		$results[$current]{out}{$1} = $2 if $line =~ /^case (\d+): (.*)/;
	}
	# a message goes on until the next one
	foreach my $message (split /^(?=psql:)/m, $err)
	{
		my ($line) = $message =~ /^psql:[^:]*:(\d+): /;
		my $what = defined $line ? $what[ $line - 1 ] : undef;
		my ($i, $n) = $what ? @$what : ($current, undef);

		if (defined $n) { $results[$i]{out}{$n} = $message }
		else { $results[$i]{errors} .= $message }
	}
	return map { { %$_, file => $file, session => \@seeds } } @results;
}

my ($documents, $errors, %ways) = (0, 0);

for (my $i = 0; $i < $rounds; $i += $rounds_a_session)
{
	my $last = $i + $rounds_a_session < $rounds ? $i + $rounds_a_session : $rounds;

	foreach my $result (run_session(map { $first + $_ } $i .. $last - 1))
	{
		my @bad;

		push @bad, $result->{errors} if $result->{errors} ne '';
		push @bad, 'no cases' if !@{ $result->{cases} };
		foreach my $case (@{ $result->{cases} })
		{
			my $out = $result->{out}{ $case->{n} } // 'nothing came out';

			if ($out =~ /^ok (\d+)$/)
			{
				$case->{way} eq 'error' ? ($errors += $1) : ($documents += $1);
				$ways{ $case->{way} } += $1;
			}
			else
			{
				push @bad, "case $case->{n}, $case->{way}, $case->{table}, $case->{shape}\n$out";
			}
		}
		next if ok(!@bad, "seed $result->{seed}: " . @{ $result->{cases} } . ' cases');
		my $message = join "\n", "ORACLE_SEED=$result->{seed} ORACLE_ROUNDS=1 makes it again, unless it takes what was before it:",
			"ORACLE_SEED=$result->{session}[0] ORACLE_ROUNDS=" . @{ $result->{session} }, "the SQL: $result->{file}", @bad;
		utf8::encode($message);
		diag($message);
	}
}
cmp_ok($documents, '>', 20 * $rounds, "$documents documents, " . join(', ', map { "$ways{$_} $_" } sort keys %ways)) if $rounds >= 20;

$node->stop;
done_testing();
