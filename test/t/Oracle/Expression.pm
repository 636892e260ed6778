# Values, conditions, orders and rows for random shapes: each the text that stands in
# a shape, and the SQL of the same meaning.
package Oracle::Expression;

use strict;
use warnings;
use utf8;

use Exporter 'import';
use Chance;
use Oracle::Schema;

our @EXPORT = qw(column_expression object_expression all_columns order_expression relation_source params_json inner_paths column_path
  step_spelling step_shape param json_string gen_constant gen_path gen_aggregated gen_condition gen_order gen_count gen_rows whole_rows);

# A column as jsonb: there is a cast of the type mood, which core does not know.
sub column_expression
{
	my ($column, $alias, $expression) = @_;

	$expression //= "$alias." . ident($column->{name});

	return "$types.mood_to_jsonb($expression)" if $column->{type} eq "$types.mood";
	return "$types.moods_to_jsonb($expression)" if $column->{type} eq "$types.mood[]";
	return "pg_catalog.to_jsonb($expression)";
}

sub object_expression
{
	return 'pg_catalog.jsonb_build_object(' . join(', ', map { literal($_->[0]) . "::text, $_->[1]" } @_) . ')';
}

sub all_columns
{
	my ($table, $alias) = @_;

	return map { [ $_->{name}, column_expression($_, $alias) ] } @{ $table->{columns} };
}

sub order_expression
{
	my ($table, $alias) = @_;

	return join ', ', map { "$alias." . ident($_) } @{ $table->{order} };
}

sub equal_columns
{
	my ($key, $from, $to) = @_;

	return join ' AND ', map { "$to." . ident($key->{to_columns}[$_]) . " = $from." . ident($key->{columns}[$_]) } 0 .. $#{ $key->{columns} };
}

# Where the rows of a relationship come from: FROM item and condition. What is the
# whole row of an alias depends on where that comes from: see whole_rows().
sub relation_source
{
	my ($r, $parent, $child) = @_;
	my $from = only($r->{to}) . " AS $child";

	return (path($r->{owner}{schema}, $r->{name}) . "(WHOLE($parent)) AS $child", "NOT $child IS NULL") if $r->{kind} eq 'computed';
	return ($from, equal_columns($r->{key}, $parent, $child)) if $r->{kind} eq 'to-one';
	return ($from, equal_columns($r->{key}, $child, $parent)) if !$r->{far};

	my $junction = "j$child";
	return ($from, 'EXISTS (SELECT FROM ' . only($r->{key}{from}) . " AS $junction WHERE "
		  . equal_columns($r->{key}, $junction, $parent) . ' AND ' . equal_columns($r->{far}, $junction, $child) . ')');
}

#
# Values, conditions and orders
#
# A path is {shape, sql, type}; in json also {json => 1}. What is compared with
# it is made of the same text twice: in SQL a literal whose type PostgreSQL
# infers, in the shape a literal or a $param, which is noted in $round->{params}.

sub json_string
{
	my $text = shift;

	$text =~ s/(["\\])/\\$1/g;
	return "\"$text\"";
}

# A param of that JSON, as it stands in a shape.
sub param
{
	my ($round, $json) = @_;
	my $name = pick('p', 'v', 'ż', 'P_', '1') . ++$round->{params_made};

	$round->{params}{$name} = $json;
	return "\$$name";
}

my $not_given = '(true)';

# One that is given may be one that need not be.
sub optional { return $_[0] . (chance(0.3) ? '?' : '') }

sub params_json
{
	my $round = shift;
	my $params = $round->{params};

	return '{' . join(', ', map { json_string($_) . ": $params->{$_}" } sort keys %$params) . '}';
}

my %number = map { $_ => 1 } qw(int numeric bigint float8);
my @json_samples = ('1', '1.50', '"x"', 'null', 'true', '[1, null, 1.50]', '{"b": 1}');

# What a column of a type may be compared with: a text, and its JSON.
sub sample
{
	my ($round, $type) = @_;
	my $family = column_type_family($type) // $type;
	my $n = between(0, $round->{pool} + 1);
	my $text =
	    $family eq 'int' || $family eq 'bigint' ? pick($n, $n, $n, -$n)
	  : $family eq 'numeric' ? pick($n, "$n.5", "$n.00")
	  : $family eq 'text' ? pick('a', 'b', 'B', '', 'x y', 'ä', '"', '\\', "k$n", "it's", '{ }')
	  : $family eq 'uuid' ? sprintf('00000000-0000-0000-0000-%012d', $n)
	  : $family eq 'date' ? sprintf('2020-01-%02d', $n % 28 + 1)
	  : $family eq 'mood' ? pick(qw(sad ok happy))
	  : $type eq 'bool' ? pick(qw(true false))
	  : $type eq 'timestamptz' ? pick('infinity', '2020-02-28 12:00+01', '2020-02-28 11:00:00Z')
	  : $type eq 'float8' ? pick('0.5', '-1e10', '1e-7', '12345.678')
	  : $type eq 'int[]' ? pick('{1,NULL,3}', '{}', '{1}', '{{1,2},{3,4}}')
	  : $type eq 'text[]' ? pick('{a,NULL,"b c"}', '{}', '{a}')
	  : $type eq "$types.mood[]" ? pick('{sad,NULL,ok}', '{}', '{ok}')
	  : $type eq 'bytea' ? pick('\x00ff', '\x')
	  : $type eq 'interval' ? pick('1 day', '24:00', '1:00')
	  : $type eq 'char(3)' ? pick('a', 'a ', 'abc')
	  : $type eq 'jsonb' ? pick(@json_samples)
	  : undef;

	return () if !defined $text;
	my $json =
	    $family eq 'int' || $number{$family} || $type eq 'bool' ? $text
	  : $type eq 'jsonb' ? $text
	  : $type eq 'int[]' ? {'{1,NULL,3}' => '[1, null, 3]', '{}' => '[]', '{1}' => '["1"]'}->{$text} // '"{{1,2},{3,4}}"'
	  : $type eq 'text[]' ? {'{}' => '[]', '{a}' => '["a"]'}->{$text} // '["a", null, "b c"]'
	  : json_string($text);
	return ($text, $json);
}

# A value beside a path: in the shape, and in SQL.
sub gen_value
{
	my ($round, $path) = @_;

	return ('null', 'NULL') if chance(0.04);
	if ($path->{json})
	{
		my $json = pick(@json_samples);
		my $sql = literal($json) . '::jsonb';

		return (literal($1), $sql) if $json =~ /^"(.*)"$/ && chance(0.7);
		return ($json, $sql) if $json =~ /^(true|[0-9.]+)$/ && chance(0.7);
		return (optional(param($round, $json)), $sql);
	}
	my ($text, $json) = sample($round, $path->{type});
	my $family = column_type_family($path->{type}) // $path->{type};

	if (chance(0.3))
	{
		return (optional(param($round, 'null')), $path->{type} eq 'jsonb' ? "'null'::jsonb" : 'NULL') if chance(0.1);
		return (optional(param($round, $path->{type} ne 'jsonb' && $json !~ /^\[/ && chance(0.2) ? json_string($text) : $json)), literal($text));
	}
	$text = pick('2147483648', '-99999999999999999999', '1.5', '.5', '1e1') if ($family eq 'int' || $number{$family}) && chance(0.1);
	return ($text, $text) if ($family eq 'int' || $number{$family}) && ($text =~ /e1|^\.|\d{10}|^1\.5$/ || chance(0.8));
	return (pick($text, uc $text), $text) if $path->{type} eq 'bool' && chance(0.8);
	return (literal($text), literal($text));
}

# A constant: as it stands in a shape, and its JSON.
sub gen_constant
{
	my $round = shift;
	my $json = pick(@json_samples, '"it\'s"', '""', 'false', '-5', '0.50');

	return (literal($1), $json) if $json =~ /^"(.*)"$/ && chance(0.7);
	return ($json, $json) if $json =~ /^(null|true|false|-?[0-9.]+)$/ && chance(0.7);
	return (param($round, $json), $json);
}

sub has_order { return $_[0]{type} ne 'json' }
sub has_values { return $_[0]{json} || $_[0]{type} !~ /^json$|\.pair$/ }

# Where a path may go on from a column: into json, or a composite.
sub inner_paths
{
	my $path = shift;
	my @paths;

	if ($path->{type} =~ /^jsonb?$/)
	{
		foreach my $keys ([qw(b)], [qw(a)], [qw(a 0)], [qw(a 1)], [qw(a 2)], [qw(zz)], [qw(0)], [ 'a', '-1' ], ['c d'], [ 'b', 'x"y{,}' ])
		{
			my $inside = join ',', map { my $key = $_; $key =~ s/(["\\])/\\$1/g; "\"$key\"" } @$keys;
			push @paths,
			  {
				shape => join('.', $path->{shape}, map { /^[0-9]+$/ ? $_ : shape_name($_) } @$keys),
				sql => "(($path->{sql})::jsonb #> " . literal("{$inside}") . ')',
				type => 'jsonb',
				of => $path->{type},
				json => 1,
				key => $keys->[-1]
			  };
		}
	}
	elsif ($path->{type} eq "$types.pair")
	{
		push @paths, { shape => "$path->{shape}.n", sql => "($path->{sql}).n", type => 'int', key => 'n' },
		  { shape => "$path->{shape}.t", sql => "($path->{sql}).t", type => 'text', key => 't' };
	}
	return @paths;
}

# A step of a path over a relationship, [name, via], so that no column is meant.
sub step_spelling
{
	my ($round, $table, $r) = @_;
	my @spellings = grep {
		my ($name, $via) = @$_;
		$via || !grep { $_->{name} eq $name && ($_->{column} // $_)->{type} =~ /^jsonb?$|\.pair$/ } @{ $table->{columns} }, @{ $table->{fields} }
	} spellings($round, $table, $r);

	return @spellings ? pick(@spellings) : undef;
}

sub step_shape
{
	my ($spelling, @args) = @_;
	my ($name, $via) = @$spelling;

	unshift @args, 'via: ' . join('.', map { shape_name($_) } @$via) if $via;
	return shape_name($name) . (@args ? '(' . join(pick(', ', ' '), shuffle(@args)) . ')' : '');
}

# That of a column or computed field.
sub column_path
{
	my ($column, $alias) = @_;
	my $of = $column->{column} // $column;

	return { shape => shape_name($column->{name}), sql => "$alias." . ident($of->{name}), type => $of->{type}, key => $column->{name} };
}

# A path to one value of a row: a column, over to-one relationships, into a value.
sub gen_path
{
	my ($round, $table, $alias, $depth) = @_;
	my @ones = grep { !$_->{many} } relationships($round, $table);

	if (@ones && $depth > 0 && chance(0.25))
	{
		my $r = pick(@ones);
		my $spelling = step_spelling($round, $table, $r);
		my $child = 'a' . $round->{alias}++;
		my $path = gen_path($round, $r->{to}, $child, $depth - 1);
		my ($from, $where) = relation_source($r, $alias, $child);

		return {
			%$path,
			shape => step_shape($spelling) . ".$path->{shape}",
			sql => "(SELECT $path->{sql} FROM $from WHERE $where)"
		} if $spelling;
	}
	my $path = column_path(pick(@{ $table->{columns} }, @{ $table->{fields} }), $alias);
	my @inner = inner_paths($path);
	return @inner && chance(0.6) ? pick(@inner) : $path;
}

# Of equal numerics or intervals any may be the least; the sum of floats depends on
# the order.
my %aggregate_types = (
	sum => qr/^(int|bigint|smallint|numeric|interval|.*\.d_int|.*\.d_d_int)$/,
	avg => qr/^(int|bigint|smallint|numeric|interval|.*\.d_int|.*\.d_d_int)$/,
	min => qr/^(int|bigint|smallint|.*\.d_int|.*\.d_d_int|text|varchar|char\(3\)|.*\.d_text|date|timestamp|timestamptz|float8|.*\.mood|int\[\]|text\[\])$/);
$aggregate_types{max} = $aggregate_types{min};

# An aggregate over related rows, a value of the row: {what, shape, sql, type}; or nothing.
sub gen_aggregated
{
	my ($round, $table, $alias, $depth) = @_;
	my $what = pick(qw(count count count sum avg min max));
	my $current = $table;
	my $parent = $alias;
	my (@steps, @from, $r);
	my $where = '';

	foreach my $n (1 .. pick(1, 1, 1, 2, 3))
	{
		my @relationships = relationships($round, $current) or last;
		my $child = 'a' . $round->{alias}++;
		$r = pick(@relationships);
		my $spelling = $n == 1 ? pick(spellings($round, $current, $r)) : step_spelling($round, $current, $r);
		# the last one is a column, if one has the name
		last if !$spelling || ($n > 1 && !$spelling->[1] && grep { $_->{name} eq $spelling->[0] } @{ $current->{columns} }, @{ $current->{fields} });
		my @args;

		if (chance(0.4))
		{
			my ($shape, $sql) = gen_condition($round, $r->{to}, $child, $depth);
			push @args, "where: $shape";
			$where .= " AND ($sql)";
		}
		push @steps, step_shape($spelling, @args);
		my ($item, $link) = relation_source($r, $parent, $child);
		push @from, $item;
		$where .= " AND $link";
		($current, $parent) = ($r->{to}, $child);
	}
	return () if !@steps;
	my $argument = '*';
	my $type = 'bigint';

	if ($what ne 'count' || chance(0.3))
	{
		my @paths;
		foreach my $path (map { column_path($_, $parent) } @{ $current->{columns} }, @{ $current->{fields} })
		{
			push @paths, grep { $what eq 'count' || (!$_->{json} && $_->{type} =~ $aggregate_types{$what}) } $path, inner_paths($path);
		}
		return () if !@paths;
		my $path = pick(@paths);
		push @steps, $path->{shape};
		$argument = $path->{sql};
		$type = $path->{type} if $what =~ /^m/;
		$type = $path->{type} eq 'interval' ? 'interval' : $what eq 'avg' || $path->{type} =~ /^(bigint|numeric)$/ ? 'numeric' : 'bigint' if $what =~ /^(sum|avg)$/;
	}
	$where =~ s/^ AND //;
	return {
		what => $what,
		shape => "$what(" . join('.', @steps) . ')',
		sql => "(SELECT $what($argument) FROM " . join(', ', @from) . " WHERE $where)",
		type => $type
	};
}

sub operators
{
	my $path = shift;
	my $family = column_type_family($path->{type}) // $path->{type};
	my @operators = qw(= <> != < <= > >=);

	return @operators if $path->{json};
	push @operators, qw(~ ~* !~ ~~ !~~ ~~* ^@) if $family eq 'text';
	push @operators, qw(@> <@ &&) if $path->{type} =~ /\[\]$/;
	push @operators, qw(@> <@) if $path->{type} eq 'jsonb';
	return @operators;
}

sub gen_exists
{
	my ($round, $table, $alias, $depth) = @_;
	my @relationships = relationships($round, $table);
	my $r = pick(@relationships) or return ();
	my $spelling = $r && pick(spellings($round, $table, $r)) or return ();
	my $child = 'a' . $round->{alias}++;
	my ($where, $sql) = chance(0.6) ? gen_condition($round, $r->{to}, $child, $depth - 1) : ();
	my $shape = step_shape($spelling, defined $where ? "where: $where" : ());

	my ($from, $link) = relation_source($r, $alias, $child);
	$sql = (defined $sql ? "($sql) AND " : '') . $link;
	if ($depth > 0 && chance(0.25))
	{
		my ($rest, $rest_sql) = gen_exists($round, $r->{to}, $child, $depth - 1);
		($shape, $sql) = ("$shape.$rest", "$sql AND $rest_sql") if defined $rest;
	}
	return ($shape, "EXISTS (SELECT FROM $from WHERE $sql)");
}

# A predicate: in the shape, and in SQL.
sub gen_predicate
{
	my ($round, $table, $alias, $depth) = @_;

	if ($depth > 0 && chance(0.15))
	{
		my ($shape, $sql) = gen_exists($round, $table, $alias, $depth - 1);
		return ("exists($shape)", $sql) if defined $shape;
	}
	my $aggregate = $depth > 0 && !$round->{big} && chance(0.12) ? gen_aggregated($round, $table, $alias, $depth - 2) : undef;
	my $path = $aggregate // gen_path($round, $table, $alias, $depth);
	my ($shape, $sql) = @$path{qw(shape sql)};
	my $not = pick('', 'not ');

	if ($path->{type} eq 'bool' && chance(0.6))
	{
		my $is = pick('', " is ${not}true", " IS ${not}FALSE", " is ${not}unknown");
		return ("$shape$is", "$sql$is");
	}
	return ("$shape is ${not}null", "$sql IS ${not}NULL") if !has_values($path) || chance(0.15);
	if (chance(0.1))
	{
		my @same = grep { $_->{type} eq $path->{type} && !$path->{json} } @{ $table->{columns} };
		if (@same)
		{
			my $other = pick(@same);
			my $operator = pick(grep { !/~/ } operators($path));
			$operator = "is ${not}distinct from" if chance(0.3);
			return ("$shape $operator " . shape_name($other->{name}), "$sql $operator $alias." . ident($other->{name}));
		}
	}
	# with a param that is not given it is true, the "not" before it included
	if (chance(0.08) && $path->{type} !~ /\[\]$/)
	{
		my $absent = '$absent' . between(1, 4) . '?';
		my $predicate = pick("= $absent", "<> $absent", "${not}in $absent", "${not}in ($absent, null)", "${not}between $absent and \$absent5?", "is ${not}distinct from $absent");
		return ("$shape $predicate", $not_given);
	}
	my ($value, $value_sql) = gen_value($round, $path);
	my $way = rand();
	return ("$shape is ${not}distinct from $value", "$sql IS ${not}DISTINCT FROM $value_sql") if $way < 0.12;
	if ($way < 0.25)
	{
		my ($high, $high_sql) = gen_value($round, $path);
		return ("$shape ${not}between $value and $high", "$sql ${not}BETWEEN $value_sql AND $high_sql");
	}
	if ($way < 0.4)
	{
		my @values = ([ $value, $value_sql ], map { [ gen_value($round, $path) ] } 1 .. between(0, chance(0.2) ? 12 : 3));
		# NULLs, numbers of another type, and columns of the row among them
		push @values, [ 'null', 'NULL' ] if chance(0.15);
		push @values, [ (pick('2.5', '3000000000', '0', '1e2', '-7')) x 2 ] if !$path->{json} && $number{ column_type_family($path->{type}) // $path->{type} } && chance(0.3);
		if (!$path->{json} && chance(0.2))
		{
			my $other = pick(grep { $_->{type} eq $path->{type} } @{ $table->{columns} });
			push @values, [ shape_name($other->{name}), "$alias." . ident($other->{name}) ] if $other;
		}
		@values = shuffle(@values);
		return ("$shape ${not}in (" . join(pick(', ', ','), map { $_->[0] } @values) . ')', "$sql ${not}IN (" . join(', ', map { $_->[1] } @values) . ')');
	}
	if ($way < 0.5)
	{
		my (@json, @sql);
		my $array = $path->{type} =~ /\[\]$/;
		return ("$shape is null", "$sql IS NULL") if $array;
		foreach (1 .. between(0, 4))
		{
			my ($text, $json) = $path->{json} ? (pick(@json_samples)) x 2 : sample($round, $path->{type});
			my $null = !$path->{json} && $path->{type} ne 'jsonb' && chance(0.1);
			push @json, $null ? 'null' : $json;
			push @sql, $null ? 'NULL' : literal($text);
		}
		if (chance(0.3))
		{
			my ($operator, $all) = (pick(qw(= <> < >=)), chance(0.5));
			# true of an empty list, but not as what was not given, which "not" leaves true
			my $quantified = $all ? (join(' AND ', map { "$sql $operator $_" } @sql) || '0 = 0') : (join(' OR ', map { "$sql $operator $_" } @sql) || 'false');
			return ("$shape $operator " . ($all ? 'all ' : pick('any ', 'ANY ')) . param($round, '[' . join(', ', @json) . ']'), "($quantified)");
		}
		return ("$shape ${not}in " . param($round, '[' . join(', ', @json) . ']'), @sql ? "$sql ${not}IN (" . join(', ', @sql) . ')' : $not ? 'true' : 'false');
	}
	if (($path->{json} || (column_type_family($path->{type}) // '') eq 'text') && chance(0.1))
	{
		my $text = $path->{json} ? "($sql #>> '{}')" : $sql;
		my ($word, $function) = @{ pick([ 'websearch', 'websearch_to_tsquery' ], [ 'plain', 'plainto_tsquery' ], [ 'phrase', 'phraseto_tsquery' ]) };
		my ($query, $english) = (pick('a', 'x y', 'k1 or b', '-a', "it''s", '"'), pick('', "'english', ", "'simple', "));
		return ("$shape @@ $word($english'$query')", "to_tsvector($english($text)::text) @@ $function($english'$query')") if chance(0.5);
		my $like = pick(qw(like ilike ~ ~* !~));
		my $pattern = literal(pick('%', 'x%', 'a', '_'));
		return ("$shape $like $pattern", "$text $like $pattern");
	}
	if (!$path->{json} && (column_type_family($path->{type}) // '') eq 'text' && $way < 0.65)
	{
		my $like = pick('like', 'ilike', 'LIKE');
		my $pattern = literal(pick('%', 'a%', 'K_', '%\%', '_', 'x\_%', "%'%"));
		return ("$shape $not$like $pattern", "$sql $not$like $pattern");
	}
	my $operator = pick(operators($path));
	my $space = $value =~ /^-/ ? ' ' : pick(' ', ' ', '');
	($value, $value_sql) = ("'a'", "'a'") if $operator =~ /~/;
	return ("$value $operator $shape", "$value_sql $operator $sql") if $operator =~ /^[<>=]+$/ && $value !~ /^null$/ && chance(0.1);
	return ("$shape$space$operator$space$value", "$sql $operator $value_sql");
}

# A condition: in the shape with as few parentheses as it takes, in SQL with all.
sub gen_condition
{
	my ($round, $table, $alias, $depth, $binds) = @_;
	my $way = rand();

	$binds //= 0;
	if ($depth > 0 && $way < 0.45)
	{
		my $word = $way < 0.22 ? 'or' : 'and';
		my @parts = map { [ gen_condition($round, $table, $alias, $depth - 1, $word eq 'or' ? 1 : 2) ] } 1 .. between(2, 3);
		my $shape = join " $word ", map { $_->[0] } @parts;
		$shape = "($shape)" if $binds > ($word eq 'or' ? 1 : 2) || ($binds == 2 && $word eq 'or') || ($binds && $word eq 'or' && $binds > 1) || chance(0.2);
		return ($shape, '(' . join(" $word ", map { "($_->[1])" } @parts) . ')');
	}
	if ($depth > 0 && $way < 0.55)
	{
		my ($shape, $sql) = gen_condition($round, $table, $alias, $depth - 1, 3);
		return ("not $shape", $sql eq $not_given ? $sql : "(NOT ($sql))");
	}
	return gen_predicate($round, $table, $alias, $depth);
}

# Orders: in the shape, and in SQL with what settles ties.
sub gen_order
{
	my ($round, $table, $alias) = @_;
	my (@shape, @sql);

	foreach (1 .. between(1, 3))
	{
		my $aggregate = !$round->{big} && chance(0.15) ? gen_aggregated($round, $table, $alias, 0) : undef;
		my $path = $aggregate // gen_path($round, $table, $alias, 2);
		my $how = pick('', '', '', ' asc', ' desc', ' desc', ' desc nulls last', ' nulls first', ' ASC NULLS LAST', ' DESC nulls first');

		next if !has_order($path);
		push @shape, "$path->{shape}$how";
		push @sql, "$path->{sql}$how";
	}
	return (join(', ', @shape), join(', ', @sql, order_expression($table, $alias)));
}

# A number of rows, as the shape and as SQL have it.
sub gen_count
{
	my ($round) = @_;
	my $n = between(0, $round->{big} ? 20 : 4);

	return ($n, $n) if chance(0.7);
	return (param($round, 'null'), undef) if chance(0.1);
	return (param($round, $n), $n);
}

# The rows that a relationship leads to, with args; as a FROM item called
# $child, which has a column "zz n" to sort by. {shape: [args], from, offset,
# limit, plain: the same without limits}
sub gen_rows
{
	my ($round, $r, $parent, $child, $may_page) = @_;
	my $inner = "i$child";
	my (@args, $order, $limit, $offset, $page);
	my $where = '';

	if (chance(0.4))
	{
		my ($shape, $sql) = gen_condition($round, $r->{to}, $inner, 2);
		push @args, "where: $shape";
		$where = " AND ($sql)";
	}
	$order = order_expression($r->{to}, $inner);
	if ($r->{many})
	{
		if (chance(0.5))
		{
			my ($shape, $sql) = gen_order($round, $r->{to}, $inner);
			if ($shape ne '') { push @args, "order: $shape"; $order = $sql }
		}
		if ($may_page == 2)
		{
			# all of them
		}
		elsif ($may_page && chance(0.15))
		{
			(my $shape, $limit) = gen_count($round);
			push @args, "page: $shape";
			$page = 1;
		}
		elsif (chance(0.3))
		{
			(my $shape, $limit) = gen_count($round);
			push @args, "limit: $shape";
		}
		if ($may_page != 2 && chance(0.2))
		{
			(my $shape, $offset) = gen_count($round);
			push @args, "offset: $shape";
		}
	}
	my ($from, $link) = relation_source($r, $parent, $inner);
	my $sql = "SELECT $inner.*, $inner AS \"zz row\", row_number() OVER (ORDER BY $order) AS \"zz n\" FROM $from WHERE $link$where";
	my $limits = (defined $limit ? " LIMIT $limit" : '') . (defined $offset ? " OFFSET $offset" : '');
	return {
		shape => \@args,
		from => "($sql ORDER BY \"zz n\"$limits) AS $child",
		plain => "($sql) AS $child",
		page => $page,
		limit => $limit,
		offset => $offset // 0
	};
}


# The whole row of an alias of gen_rows() is one of its columns.
sub whole_rows
{
	my $sql = shift;

	$sql =~ s/\bWHOLE\((\w+)\)/my $alias = $1; $alias =~ m{^s[0-9]} ? "$alias.\"zz row\"" : $alias/ge;
	return $sql;
}

1;
