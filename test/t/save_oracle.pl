# Random tables, rows, shapes and documents: what jsonify_save makes of them against a
# model that goes over the documents a row at a time (SaveOracle/Model.pm): the same rows
# afterwards, or the same errors at the same places. What jsonify_plan says must be what
# then happens. And the laws: a document that was read is saved without a write, and so is
# the answer of a save.
#
# Each round is made from one number. SAVE_ORACLE_SEED and SAVE_ORACLE_ROUNDS choose
# others; a failure says which they were. Every third has denser shapes, and partitions:
# SAVE_ORACLE_DENSE says 1 for all, 0 for none.
use strict;
use warnings;
use utf8;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Chance;
use SaveOracle::Document;
use SaveOracle::Json;
use SaveOracle::Laws;
use SaveOracle::Model;
use SaveOracle::Read;
use SaveOracle::Schema;
use SaveOracle::Shape;

my $first = $ENV{SAVE_ORACLE_SEED} || 1;
my $rounds = $ENV{SAVE_ORACLE_ROUNDS} || 200;
my $dense = $ENV{SAVE_ORACLE_DENSE};
my $rounds_a_session = 10;
my $shapes_a_round = 2;

my $node = PostgreSQL::Test::Cluster->new('save_oracle');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\nstatement_timeout = 120s\njit = off\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION jsonify');

my $preamble = <<'SQL';
\set QUIET 1
\pset tuples_only on
\pset format unaligned
\pset pager off
SET client_min_messages = warning;
CREATE FUNCTION pg_temp.columns_of(t text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(format('%L, %s', attname, CASE WHEN atttypid = 'bool'::regtype THEN format('CASE WHEN %1$I THEN ''t'' WHEN NOT %1$I THEN ''f'' END', attname)
    ELSE format('%I::text', attname) END), ', ')
  FROM pg_attribute WHERE attrelid = t::regclass AND attnum > 0
$$;
-- all rows of all tables
CREATE FUNCTION pg_temp.dump(tables text[]) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  result jsonb := '{}';
  t text;
  rows jsonb;
BEGIN
  FOREACH t IN ARRAY tables LOOP
    EXECUTE format('SELECT coalesce(jsonb_agg(jsonb_build_object(%s)), ''[]'') FROM %I', pg_temp.columns_of(t), t) INTO rows;
    result := result || jsonb_build_object(t, rows);
  END LOOP;
  RETURN result;
END$$;
-- how many rows were written until now
CREATE FUNCTION pg_temp.counted(tables text[]) RETURNS jsonb LANGUAGE sql AS $$
  SELECT jsonb_object_agg(t, (SELECT jsonb_build_array(sum(pg_stat_get_xact_tuples_inserted(p.relid)), sum(pg_stat_get_xact_tuples_updated(p.relid)),
    sum(pg_stat_get_xact_tuples_deleted(p.relid))) FROM (SELECT relid FROM pg_partition_tree(t::regclass) UNION SELECT t::regclass) p)) FROM unnest(tables) t
$$;
-- a document whose etags are marks: where each is to be found in what was read
CREATE FUNCTION pg_temp.with_etags(document text, docs jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  mark text[];
  etag text;
BEGIN
  FOR mark IN SELECT DISTINCT regexp_matches(document, '"(@@([^"!?]*)([!?]?))"', 'g') LOOP
    etag := docs #>> string_to_array(mark[2], '/');
    IF etag IS NULL THEN RAISE 'no etag at %', mark[2]; END IF;
    etag := CASE mark[3] WHEN '!' THEN left(etag, -1) || translate(right(etag, 1), '0123456789abcdef', '123456789abcdef0')
      WHEN '?' THEN translate(left(etag, 1), '0123456789abcdef', '123456789abcdef0') || substr(etag, 2) ELSE etag END;
    document := replace(document, '"' || mark[1] || '"', '"' || etag || '"');
  END LOOP;
  RETURN document::jsonb;
END$$;
CREATE FUNCTION pg_temp.saved(relation text, document jsonb, shape text, params jsonb, options jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
-- mode "delete" is jsonify_delete
DECLARE
  state text;
  detail text;
  message text;
  context text;
BEGIN
  IF options ->> 'mode' = 'delete' THEN
    RETURN jsonb_build_object('answer', jsonify_delete(relation::regclass, document, shape, params, options - 'mode'));
  END IF;
  RETURN jsonb_build_object('answer', jsonify_save(relation::regclass, document, shape, params, options));
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, detail = PG_EXCEPTION_DETAIL, message = MESSAGE_TEXT, context = PG_EXCEPTION_CONTEXT;
  RETURN jsonb_build_object('state', state, 'message', message, 'context', context,
    'errors', CASE WHEN state LIKE 'JF%' THEN detail::jsonb END);
END$$;
CREATE FUNCTION pg_temp.run_case(relation text, document text, shape text, params jsonb, options jsonb, tables text[]) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  result jsonb := '{}';
  given jsonb;
  docs jsonb;
  counted jsonb;
BEGIN
  SELECT coalesce(jsonb_agg(d), '[]') INTO docs FROM jsonify_find(relation::regclass, shape, params) d;
  given := pg_temp.with_etags(document, docs);
  result := jsonb_build_object('found', docs, 'given', given,
    'changes', pg_temp.saved(relation, given, shape, params, options || '{"dry_run": true, "return": "changes"}') -> 'answer');
  result := result || jsonb_build_object('before', pg_temp.counted(tables));
  BEGIN
    result := result || jsonb_build_object('plan', (SELECT coalesce(jsonb_agg(to_jsonb(p)), '[]')
      FROM jsonify_plan(relation::regclass, given, shape, params, options) p));
  EXCEPTION WHEN OTHERS THEN
    result := result || jsonb_build_object('plan_error', SQLERRM);
  END;
  result := result || jsonb_build_object('planned', pg_temp.counted(tables));
  result := result || pg_temp.saved(relation, given, shape, params, options);
  result := result || jsonb_build_object('saved', pg_temp.counted(tables), 'rows', pg_temp.dump(tables));
  IF result ? 'answer' AND options ->> 'mode' IS DISTINCT FROM 'delete' THEN
    counted := pg_temp.counted(tables);
    result := result || jsonb_build_object('again', pg_temp.saved(relation, result -> 'answer', shape, params, options - 'mode'));
    result := result || jsonb_build_object('wrote_again', counted <> pg_temp.counted(tables));
  END IF;
  IF result ? 'answer' THEN
    BEGIN
      SET CONSTRAINTS ALL IMMEDIATE;
    EXCEPTION WHEN OTHERS THEN
      result := result || jsonb_build_object('deferred', SQLERRM);
    END;
  END IF;
  RETURN result;
END$$;
SQL

#
# Making rounds
#

sub make_case
{
	my ($tables, $rows, $shape, $n) = @_;
	my ($documents, $found) = read_root($rows, $shape);
	my %etags;
	my @documents = map { copy_json($_) } @$documents;
	my %options;
	my $json;

	# the first case of a shape is the law
	if ($n == 0) { $json = array(@documents) }
	else
	{
		my @chosen = grep { chance(0.7) } @documents;
		@chosen = ($documents[0]) if !@chosen && @documents;
		push @chosen, new_document($rows, $shape, 0) if !@chosen || chance(0.3);
		my $is_sound = chance(0.6);
		my $is_array = @chosen > 1 && chance(0.5);
		@chosen = (pick(@chosen)) if !$is_array;
		change_documents($rows, $shape, pick(0, 1, 1, 2, 2, 3, 5), $is_sound, @chosen);
		push @chosen, copy_json(pick(@chosen)) if $is_array && !$is_sound && chance(0.1);
		$json = $is_array ? array(@chosen) : $chosen[0];
		$options{unknown} = 'ignore' if chance(0.08);
		$options{readonly} = 'ignore' if chance(0.08);
		$options{mode} = 'update' if chance(0.08);
		$options{mode} = 'delete' if chance(0.1);
	}
	# which rows etags are of
	my $note;
	$note = sub {
		my ($node, $row, @path) = @_;
		local $SaveOracle::Read::tree = SaveOracle::Read::tree_with($node, $row);
		foreach my $item (@{ $node->{items} })
		{
			$etags{ '@@' . join '/', @path, $item->{key} } = $row->{'#'} if $item->{kind} eq 'etag';
			next if $item->{kind} ne 'rel' || $item->{node}{form} =~ /^value/;
			my @below = SaveOracle::Read::shown_rows($rows, $item->{node}, $row);
			$note->($item->{node}, $below[$_], @path, $item->{key}, $item->{node}{form} eq 'object' ? () : $item->{node}{form} eq 'map' ? $below[$_]{ $item->{node}{map} } : $_) foreach 0 .. $#below;
		}
	};
	$note->($shape, $found->[$_], $_) foreach 0 .. $#$found;
	return { shape => $shape, json => $json, options => \%options, documents => $documents, etags => \%etags, is_law => $n == 0 };
}

sub make_round
{
	my $seed = shift;

	srand($seed);
	my $is_dense = $dense // $seed % 3 == 0;
	my $tables = make_schema();
	my $rows = make_rows($tables);
	my $round = { seed => $seed, tables => $tables, rows => $rows, cases => [] };

	part_tables($tables) if $is_dense;
	foreach (1 .. $shapes_a_round)
	{
		my $shape = make_shape($tables, $rows, pick(@$tables), pick(0, 1, 1, 2, 2, 3), $is_dense);
		push @{ $round->{cases} }, make_case($tables, $rows, $shape, $_) foreach 0 .. 4;
	}
	return $round;
}

sub round_sql
{
	my $round = shift;
	my @sql = ('DROP SCHEMA IF EXISTS save_oracle CASCADE;', 'CREATE SCHEMA save_oracle;', 'SET search_path = save_oracle, public;');
	my $names = join ', ', map { $_->{name} } @{ $round->{tables} };

	push @sql, schema_sql($round->{tables}), rows_sql($round->{tables}, $round->{rows});
	foreach my $n (0 .. $#{ $round->{cases} })
	{
		my $case = $round->{cases}[$n];
		my %options = map { $_ => string($case->{options}{$_}) } keys %{ $case->{options} };
		my $params = json_text([ 'o', { map { my $value = $case->{shape}{params}{$_}; $_ => $value =~ /^[0-9]+$/ ? number($value) : string($value) } keys %{ $case->{shape}{params} } } ]);
		$case->{call} = join ', ', literal($case->{shape}{table}{name}), literal(json_text($case->{json})), literal(shape_text($case->{shape})), literal($params), literal(json_text([ 'o', \%options ]));
		push @sql, 'BEGIN;', "SELECT 'case $n: ' || pg_temp.run_case($case->{call}, '{$names}')::text;", 'ROLLBACK;';
	}
	return join "\n", @sql;
}

#
# Judging
#

# Names of new keys that do not depend on the order in which they were given: what the
# rows that have them are like.
sub label_keys
{
	my $rows = shift;
	my (%labels, %has);

	foreach my $table (sort keys %$rows)
	{
		foreach my $row (@{ $rows->{$table} })
		{
			push @{ $has{ $row->{$_} } }, [ $table, $row ] foreach grep { defined $row->{$_} && is_new_key($row->{$_}) } keys %$row;
		}
	}
	$labels{$_} = 'new' foreach keys %has;
	for (1 .. 4)
	{
		my %next;
		foreach my $key (keys %has)
		{
			my @parts = sort map {
				my ($table, $row) = @$_;
				"$table(" . join(',', map { "$_=" . (!defined $row->{$_} ? '' : $row->{$_} eq $key ? 'self' : $labels{ $row->{$_} } // $row->{$_}) } grep { $_ ne '#' } sort keys %$row) . ')'
			} @{ $has{$key} };
			my $text = join ';', @parts;
			utf8::encode($text);
			$next{$key} = 'new' . unpack('%32C*', $text) . '_' . length($text) . '_' . do { my $h = 0; $h = ($h * 31 + ord) % 4294967291 foreach split //, $text; $h };
		}
		%labels = %next;
	}
	return \%labels;
}

sub rows_text
{
	my ($tables, $rows, $labels) = @_;
	my @lines;

	foreach my $table (@$tables)
	{
		push @lines, sort map {
			my $row = $_;
			"$table->{name}: " . join ', ', map {
				my $value = $row->{ $_->{name} };
				$value = json_text(parse_json($value)) if defined $value && $_->{type} eq 'jsonb';
				"$_->{name}=" . (!defined $value ? 'NULL' : $labels->{$value} // $value)
			} @{ $table->{columns} }
		} @{ $rows->{ $table->{name} } };
	}
	return join "\n", @lines;
}

sub document_text
{
	my ($json, $labels) = @_;

	return json_bag($json, sub {
		my ($kind, $value) = @_;
		return 'ETAG' if $value =~ /^(@@.*|[0-9a-f]{32})$/;
		return $labels->{$value} // "\"$value\"" if $kind eq 's';
		return $labels->{$value} // $value;
	});
}

sub errors_of
{
	my $errors = shift;

	return map { json_text($_->[1]{loc}) . ' ' . $_->[1]{type}[1] } @{ $errors->[1] };
}

sub plain { my $json = shift; return $json->[0] eq 'z' ? undef : $json->[1] }

# What errors there are against what there should be.
sub judge_errors
{
	my ($what, $m, @errors) = @_;
	my %told = map { $_ => 1 } @errors;
	my %known = (%{ $m->{may} }, map { %$_ } @{ $m->{groups} });
	my @bad;

	foreach my $group (@{ $m->{groups} })
	{
		push @bad, "$what does not tell " . join(' or ', sort keys %$group) if !grep { $told{$_} } keys %$group;
	}
	foreach my $error (sort keys %told)
	{
		push @bad, "$what tells $error" if !$known{$error} && !($m->{any_duplicate} && $error =~ / duplicate$/);
	}
	return @bad;
}

# Whether the rows at a place are related by a junction.
sub leads_over_junction
{
	my ($shape, @steps) = @_;

	foreach my $step (map { $_->[1] } @steps)
	{
		my $item = item_of($shape, $step);
		$shape = $item->{node} if $item && $item->{kind} eq 'rel';
	}
	return $shape->{rel} && $shape->{rel}{kind} eq 'many';
}

# The etags that marks stand for: rows that are alike have the same.
sub etag_texts
{
	my ($case, $found) = @_;
	my %texts;

	foreach my $mark (keys %{ $case->{etags} })
	{
		my $json = $found;
		$json = $json->[0] eq 'a' ? $json->[1][$_] : $json->[1]{$_} foreach split m{/}, $mark =~ s/^@@//r;
		$texts{$mark} = $json->[1];
	}
	return \%texts;
}

my %seen;

# What jsonify_save lists as its changes is what jsonify_plan lists.
sub changes_bad
{
	my $result = shift;
	my ($planned, $done) = map { [ map { my $change = $_->[1]; json_text([ 'o', { map { $_ => $change->{$_} } grep { $change->{$_}[0] ne 'z' } keys %$change } ]) } @{ $_->[1] } ] } $result->{plan}, $result->{changes};

	return "jsonify_plan lists @$planned, and jsonify_save @$done" if "@$planned" ne "@$done";
	return ();
}

sub judge
{
	my ($round, $case, $out) = @_;
	my $tables = $round->{tables};
	my $result = parse_json($out)->[1];
	my $m = model_save(tables => $tables, rows => $round->{rows}, node => $case->{shape}, json => $case->{json}, options => $case->{options}, etags => $case->{etags}, etag_texts => etag_texts($case, $result->{found}), deleting => ($case->{options}{mode} // '') eq 'delete');
	my @bad;

	if (document_text($result->{found}, {}) ne document_text(array(@{ $case->{documents} }), {}))
	{
		return 'jsonify_find gives ' . document_text($result->{found}, {}) . ', not ' . document_text(array(@{ $case->{documents} }), {});
	}
	return 'jsonify_plan raises ' . $result->{plan_error}[1] if $result->{plan_error};
	push @bad, 'jsonify_plan writes' if !same_json($result->{before}, $result->{planned});
	my @planned = map { $_->[1] } @{ $result->{plan}[1] };
	my @plan_errors = errors_of([ 'a', [ map { $_->{error} } grep { $_->{action}[1] eq 'error' } @planned ] ]);

	push @bad, changes_bad($result) if $result->{answer};
	if ($result->{state} && !$result->{errors})
	{
		return (@bad, "raises $result->{state}[1] $result->{message}[1] $result->{context}[1]");
	}
	my @errors = $result->{errors} ? errors_of($result->{errors}) : ();
	push @{ $case->{told} }, "told: @errors", "the model: $m->{phase}", map { 'must: ' . join ', ', sort keys %$_ } @{ $m->{groups} };
	return @bad if @errors && $m->{may_be_told} && !grep { !$m->{may_be_told}{$_} || !/ duplicate$/ } @errors;
	if (!@errors)
	{
		push @bad, not_as_given($case->{shape}, $case->{json}, $result->{answer}, $m) if !$m->{deleting};
		push @bad, not_the_same_again($result);
	}
	if ($m->{vague})
	{
		$seen{vague}++;
		return @bad;
	}
	$seen{ $m->{phase} }++;
	# what is told before keys are made need not be all
	return @bad if $m->{phase} eq 'late' && @errors && !grep { !$m->{may}{$_} } @errors;
	if ($m->{phase} ne 'done')
	{
		push @bad, "is saved, instead of $m->{phase}: " . join(' or ', sort keys %{ $m->{groups}[0] }) if !@errors && ($m->{phase} ne 'constraints' || !grep { !keys %$_ } @{ $m->{groups} });
		push @bad, judge_errors('it', $m, @errors) if @errors;
		if ($m->{phase} eq 'told')
		{
			my ($plan, $save) = map { join ', ', sort @$_ } \@plan_errors, \@errors;
			push @bad, "jsonify_plan tells $plan, and jsonify_save $save: " . join(' or ', sort keys %{ $m->{groups}[0] }) if $plan ne $save;
		}
		elsif ($m->{phase} ne 'late') { push @bad, map { "jsonify_plan tells $_" } @plan_errors }
		return @bad;
	}
	if (@errors)
	{
		return @bad if $m->{may_fail} && !grep { !/ (unique|foreign_key)$/ } @errors;
		return (@bad, map { "it tells $_" } @errors);
	}
	push @bad, map { "jsonify_plan tells $_" } @plan_errors;

	# rows, and what is shown of them
	my %rows = map { my $table = $_; $table => [ map { my $row = $_->[1]; +{ map { $_ => plain($row->{$_}) } keys %$row } } @{ $result->{rows}[1]{$table}[1] } ] } keys %{ $result->{rows}[1] };
	my ($labels, $model_labels) = map { label_keys($_) } \%rows, $m->{final};
	my ($got, $want) = (rows_text($tables, \%rows, $labels), rows_text($tables, $m->{final}, $model_labels));
	if ($got ne $want)
	{
		my %got = map { $_ => 1 } split /\n/, $got;
		my %want = map { $_ => 1 } split /\n/, $want;
		push @bad, map({ "has the row $_" } grep { !$want{$_} } sort keys %got), map({ "has not the row $_" } grep { !$got{$_} } sort keys %want), 'rows differ';
		return @bad;
	}
	my $answer = $result->{answer};
	my @answers = $case->{json}[0] eq 'a' ? @{ $answer->[1] } : $answer;
	($got, $want) = (join("\n", map { document_text($_, $labels) } @answers), join("\n", map { document_text($_, $model_labels) } @{ $m->{answers} }));
	push @bad, "answers\n$got\nnot\n$want" if $got ne $want;
	push @bad, 'a deferred constraint fails: ' . $result->{deferred}[1] if $result->{deferred} && !$m->{deferred};

	# the plan against what was written
	my %planned;
	foreach my $change (@planned)
	{
		my $table = $change->{relation}[1];
		my $action = $change->{action}[1];
		$action = $action eq 'link' ? 'insert' : 'delete' if $action =~ /link/ && leads_over_junction($case->{shape}, @{ $change->{loc}[1] });
		$planned{$table}{ $action =~ /link/ ? 'link' : $action }++;
	}
	# a pair whose keys change is a link as well
	foreach my $table (keys %{ $m->{moved} // {} })
	{
		$planned{$table}{insert} -= $m->{moved}{$table};
		$planned{$table}{link} += $m->{moved}{$table};
	}
	foreach my $table (@$tables)
	{
		my ($before, $after) = map { [ map { $_->[1] } @{ $result->{$_}[1]{ $table->{name} }[1] } ] } qw(planned saved);
		my @actions = qw(insert update delete);
		my %want;
		my %ids = map { $_->{'#'} => $_ } @{ $m->{final}{ $table->{name} } };
		$want{insert} = grep { !/^[0-9]+$/ } keys %ids;
		$want{delete} = grep { !$ids{ $_->{'#'} } } @{ $round->{rows}{ $table->{name} } };
		$want{update} = $m->{updates}{ $table->{name} } // 0;
		my @counts = map { $after->[$_] - $before->[$_] } 0 .. 2;
		# a row that goes to another partition is inserted there and deleted here
		while ($table->{partitioned} && $counts[0] > $want{insert} && $counts[2] > $want{delete}) { $counts[0]--, $counts[2]--, $counts[1]++ }
		foreach my $i (0 .. 2)
		{
			my $n = $counts[$i];
			my $action = $actions[$i];
			# attempts that were undone are counted as well: in turn and together, and both once more at the end
			$n = $want{delete} if $action eq 'delete' && $m->{deletes_again} && $n > $want{delete} && $n <= 4 * $want{delete};
			# a circle of keys is closed by an update
			push @bad, "$n rows of $table->{name} ${action}d, not $want{$action}" if !$m->{may_fail} && $n != $want{$action} && !($action eq 'update' && $n > $want{update} && $n <= $want{update} + $want{insert} + $want{delete} + ($m->{twice}{ $table->{name} } // 0));
			my $planned = $planned{ $table->{name} }{$action} // 0;
			# keys that rows get are listed as links, those of new rows too
			my $links = $action eq 'update' ? $planned{ $table->{name} }{link} // 0 : 0;
			push @bad, "jsonify_plan says $planned times $action of $table->{name}, and $links links, not $want{$action}" if $planned > $want{$action} + ($action eq 'update' ? $m->{more_updates}{ $table->{name} } // 0 : 0) || $planned + $links < $want{$action};
		}
	}
	push @bad, 'a document as it was read is written' if $case->{is_law} && grep { $result->{planned}[1]{$_} && !same_json($result->{planned}[1]{$_}, $result->{saved}[1]{$_}) } map { $_->{name} } @$tables;
	return @bad;
}

sub run_session
{
	my @rounds = map { make_round($_) } @_;
	my $file = "$PostgreSQL::Test::Utils::tmp_check/save_oracle_$rounds[0]{seed}.sql";

	open my $handle, '>:encoding(UTF-8)', $file or die "$file: $!";
	print $handle $preamble, map { "\\echo round $_\n" . round_sql($rounds[$_]) . "\n" } 0 .. $#rounds;
	close $handle;

	my ($out, $err) = ('', '');
	IPC::Run::run([ 'psql', '-X', '-d', $node->connstr('postgres'), '-f', $file ], '>', \$out, '2>', \$err);
	utf8::decode($_) foreach $out, $err;

	my $current = $rounds[0];
	foreach my $line (split /\n/, $out)
	{
		$current = $rounds[$1] if $line =~ /^round (\d+)$/;
		$current->{out}{$1} = $2 if $line =~ /^case (\d+): (.*)/;
	}
	foreach my $round (@rounds)
	{
		foreach my $n (0 .. $#{ $round->{cases} })
		{
			my $case = $round->{cases}[$n];
			my $out = $round->{out}{$n};
			my @bad = defined $out ? eval { judge($round, $case, $out) } : "nothing came out";
			push @bad, "the model fails: $@" if $@;
			push @{ $round->{bad} }, "case $n: jsonify_save($case->{call})", map { "    $_" } @bad, grep { $ENV{SAVE_ORACLE_VERBOSE} } @{ $case->{told} // [] }, $out if @bad;
		}
	}
	return ($file, $err, @rounds);
}

for (my $i = 0; $i < $rounds; $i += $rounds_a_session)
{
	my $last = $i + $rounds_a_session < $rounds ? $i + $rounds_a_session : $rounds;
	my ($file, $err, @rounds) = run_session(map { $first + $_ } $i .. $last - 1);

	foreach my $round (@rounds)
	{
		next if ok(!$round->{bad}, "seed $round->{seed}: " . @{ $round->{cases} } . ' cases');
		my $message = join "\n", "SAVE_ORACLE_SEED=$round->{seed} SAVE_ORACLE_ROUNDS=1 makes it again; the SQL: $file", @{ $round->{bad} };
		utf8::encode($message);
		diag($message);
	}
	utf8::encode($err);
	diag($err) if $err ne '';
}
note(join ', ', map { "$seen{$_} $_" } sort keys %seen);
cmp_ok($seen{done} // 0, '>', 3 * $rounds, 'documents are saved') if $rounds >= 20;

$node->stop;
done_testing();
