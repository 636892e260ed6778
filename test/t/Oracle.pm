# Random schemas, data and shapes, each shape with the SQL that computes the same
# document by plain means.
#
# gen_entries() makes for a node both the text of the shape and the expressions; an
# item is one branch there or in gen_relation(), an argument one in gen_args().
# shapes {name: {entries}} of a table are its named shapes.
package Oracle;

use strict;
use warnings;
use utf8;

use Exporter 'import';
our @EXPORT_OK = qw(generate_round);

use Oracle::Schema;

#
# Shapes, and the same in SQL
#

sub space { return pick(' ', ' ', ' ', ', ', "\n", "\t", " # } comment\n") }

# A column as jsonb: there is a cast of the type mood, which core does not know.
sub column_expression
{
	my ($column, $alias) = @_;
	my $expression = "$alias." . ident($column->{name});

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

# Where the rows of a relationship come from: FROM item and condition.
sub relation_source
{
	my ($r, $parent, $child) = @_;
	my $from = only($r->{to}) . " AS $child";

	return (path($r->{owner}{schema}, $r->{name}) . "($parent) AS $child", "NOT $child IS NULL") if $r->{kind} eq 'computed';
	return ($from, equal_columns($r->{key}, $parent, $child)) if $r->{kind} eq 'to-one';
	return ($from, equal_columns($r->{key}, $child, $parent)) if !$r->{far};

	my $junction = "j$child";
	return ($from, 'EXISTS (SELECT FROM ' . only($r->{key}{from}) . " AS $junction WHERE "
		  . equal_columns($r->{key}, $junction, $parent) . ' AND ' . equal_columns($r->{far}, $junction, $child) . ')');
}

# The documents of a relationship's rows: alias of the parent, alias and document of
# the child; args: {where, order, limit} as SQL.
sub relation_expression
{
	my ($r, $parent, $child, $document, %args) = @_;
	my ($from, $where) = relation_source($r, $parent, $child);

	$where .= " AND ($args{where})" if defined $args{where};
	return "(SELECT $document FROM $from WHERE $where)" if !$r->{many};

	my $order = join ', ', $args{order} // (), order_expression($r->{to}, $child);
	return "(SELECT coalesce(pg_catalog.jsonb_agg($document ORDER BY $order), '[]') FROM $from WHERE $where)" if !defined $args{limit};
	return "(SELECT coalesce(pg_catalog.jsonb_agg(q.d ORDER BY q.m), '[]') FROM (SELECT $document AS d, row_number() OVER (ORDER BY $order) AS m FROM $from WHERE $where ORDER BY m$args{limit}) AS q)";
}

#
# Arguments
#

# A name with its via, [text, whether a column or computed field has it]; nothing if
# the relationship cannot be written.
sub spell
{
	my ($round, $table, $r) = @_;
	my @spellings = spellings($round, $table, $r);

	return () if !@spellings;
	my ($name, $via) = @{ pick(@spellings) };
	return { name => $name, via => $via ? 'via:' . pick('', ' ') . join('.', map { shape_name($_) } @$via) : undef,
		taken => !!(grep { $_->{name} eq $name } @{ $table->{columns} }, @{ $table->{fields} }) };
}

# What may be compared and ordered by: a column, a computed field, or one of a row
# that to-one relationships lead to: {shape, sql, column}.
sub gen_operand
{
	my ($round, $table, $alias, $depth) = @_;
	my @to_one = grep { !$_->{many} } relationships($round, $table);

	if (@to_one && $depth > 0 && chance(0.3))
	{
		my $r = pick(@to_one);
		my $step = spell($round, $table, $r);
		my $child = 'a' . $round->{alias}++;

		if ($step && (defined $step->{via} || !$step->{taken}))
		{
			my $operand = gen_operand($round, $r->{to}, $child, $depth - 1);
			return { shape => ident($step->{name}) . (defined $step->{via} ? "($step->{via})" : '') . '.' . $operand->{shape},
				sql => relation_expression($r, $alias, $child, $operand->{sql}), column => $operand->{column} };
		}
	}
	my $column = pick(@{ $table->{columns} }, @{ $table->{fields} });
	my $of = $column->{column} // $column;
	return { shape => ident($column->{name}), sql => "$alias." . ident($of->{name}), column => $of };
}

# A literal, the same in a shape as in SQL, that a column of that type may meet.
sub gen_literal
{
	my ($round, $type) = @_;
	my $family = column_type_family($type) // '';
	my $n = between(1, $round->{big} ? 50 : $round->{pool});

	return $n if $family eq 'int' || $type eq 'float8';
	return pick($n, "$n.0", '-1.5e1') if $family eq 'numeric';
	return literal((qw(a b B), '', 'x y', 'ä', '"', '\\', "it's")[ $n - 1 ] // "k$n") if $family eq 'text';
	return sprintf "'00000000-0000-0000-0000-%012d'", $n if $family eq 'uuid';
	return sprintf "'2020-01-%02d'", $n % 28 + 1 if $family eq 'date' || $type eq 'timestamptz';
	return literal(pick(qw(sad ok happy))) if $family eq 'mood';
	return pick(q('{1,NULL,3}'), q('{}')) if $type eq 'int[]';
	return undef;
}

# A condition, as (shape, SQL).
sub gen_condition
{
	my ($round, $table, $alias, $depth) = @_;
	my $how = rand();

	if ($depth > 0 && $how < 0.15)
	{
		my @conditions = map { [ gen_condition($round, $table, $alias, $depth - 1) ] } 1 .. between(2, 3);
		my $word = pick(' and ', ' or ', ' AND ');
		return map { my $i = $_; '(' . join($word, map { $_->[$i] } @conditions) . ')' } 0, 1;
	}
	if ($how < 0.25)
	{
		return map { "not ($_)" } gen_condition($round, $table, $alias, $depth - 1);
	}
	if ($how < 0.4 && $depth > 0 && (my @relationships = relationships($round, $table)))
	{
		my $r = pick(@relationships);
		my $step = spell($round, $table, $r);
		my $child = 'a' . $round->{alias}++;
		if ($step)
		{
			my ($from, $where) = relation_source($r, $alias, $child);
			my @args = $step->{via} // ();
			if (chance(0.5))
			{
				my ($shape, $sql) = gen_condition($round, $r->{to}, $child, $depth - 1);
				push @args, "where: $shape";
				$where .= " AND ($sql)";
			}
			return ('exists(' . ident($step->{name}) . (@args ? '(' . join(', ', shuffle(@args)) . ')' : '') . ')', "EXISTS (SELECT FROM $from WHERE $where)");
		}
	}

	my $operand = gen_operand($round, $table, $alias, $depth > 0 ? 1 : 0);
	my ($shape, $sql, $type) = (@$operand{qw(shape sql)}, $operand->{column}{type});
	my $both = sub { my $rest = shift; return ("$shape$rest", "$sql$rest") };
	my $literal = sub { return gen_literal($round, $type) };

	return $both->(pick('', ' is true', ' is not true', ' is false', ' is unknown', ' = true')) if $type eq 'bool' && chance(0.7);
	return $both->(pick(' is null', ' is not null', ' IS NOT NULL')) if !defined $literal->() || chance(0.2);
	return $both->(pick(' like ', ' ilike ', ' not like ') . literal(pick('a%', '%b', '_', '%'))) if $type =~ /^(text|varchar)$/ && chance(0.3);
	return $both->(pick(' between ', ' not between ') . $literal->() . ' and ' . $literal->()) if chance(0.1);
	return $both->(pick(' in ', ' not in ') . '(' . join(', ', map { $literal->() } 1 .. between(1, 3)) . ')') if chance(0.15);
	return $both->(pick(' is distinct from ', ' is not distinct from ') . $literal->()) if chance(0.1);
	my ($other) = grep { $_->{type} eq $type && !$_->{generated} } shuffle(@{ $table->{columns} });
	my $operator = pick('=', '=', '<>', '<', '<=', '>', '>=', '!=');
	return ("$shape $operator " . ident($other->{name}), "$sql $operator $alias." . ident($other->{name})) if $other && chance(0.2);
	# "!=-1" is an operator of three characters
	return $both->(pick('', ' ') . $operator . ($operator eq '!=' ? ' ' : pick('', ' ')) . $literal->());
}

# Arguments that select and order rows, (list of args, {where, order, limit}).
sub gen_args
{
	my ($round, $table, $alias, $many) = @_;
	my (@args, %sql);

	if (chance(0.3))
	{
		my ($shape, $where) = gen_condition($round, $table, $alias, 2);
		push @args, "where:" . pick('', ' ') . $shape;
		$sql{where} = $where;
	}
	return (\@args, %sql) if !$many;
	if (chance(0.3))
	{
		my @by = grep { $_->{column}{type} ne 'json' } map { gen_operand($round, $table, $alias, 1) } 1 .. between(1, 2);
		my @how = map { pick('', '', ' asc', ' desc', ' desc nulls last', ' nulls first', ' ASC NULLS LAST') } @by;

		if (@by)
		{
			push @args, 'order: ' . join(', ', map { $by[$_]{shape} . $how[$_] } 0 .. $#by);
			$sql{order} = join ', ', map { $by[$_]{sql} . $how[$_] } 0 .. $#by;
		}
	}
	foreach my $arg (qw(limit offset))
	{
		next if !chance(0.2);
		my $n = between(0, 4);
		push @args, "$arg: $n";
		$sql{limit} = ($sql{limit} // '') . " $arg $n";
	}
	return (\@args, %sql);
}

#
# Items
#

# An item that is a relationship, as [key, shape, expression]; or nothing.
sub gen_relation
{
	my ($round, $table, $alias, $depth, $r) = @_;
	my $step = spell($round, $table, $r) or return ();
	my $child = 'a' . $round->{alias}++;
	my ($more, %sql) = gen_args($round, $r->{to}, $child, $r->{many});
	my @args = shuffle($step->{via} // (), @$more);
	my $name = $step->{name};
	my $shape = shape_name($name) . (@args ? pick('', ' ') . '(' . join(', ', @args) . ')' : '');

	# a value of the rows: one, or a flat array
	if (chance(0.15) && (@args || !$step->{taken}))
	{
		my $column = pick(@{ $r->{to}{columns} }, @{ $r->{to}{fields} });
		return [ $column->{name}, "$shape." . shape_name($column->{name}), relation_expression($r, $alias, $child, column_expression($column->{column} // $column, $child), %sql) ];
	}
	if ($r->{many} && chance(0.15) && !defined $sql{limit} && !defined $sql{order})
	{
		my ($from, $where) = relation_source($r, $alias, $child);
		my ($column) = grep { $_->{type} =~ /^(int|bigint|numeric|text|date)$/ } shuffle(@{ $r->{to}{columns} });
		# of numeric 1.0 and 1 either may be the least
		my $function = !$column || chance(0.5) ? 'count' : $column->{type} =~ /^(text|date)$/ ? pick('min', 'max') : pick(qw(sum avg), $column->{type} eq 'numeric' ? () : qw(min max));

		$where .= " AND ($sql{where})" if defined $sql{where};
		return [ $function, "$function($shape" . ($function eq 'count' ? '' : '.' . shape_name($column->{name})) . ')',
			"(SELECT pg_catalog.to_jsonb($function(" . ($function eq 'count' ? '*' : "$child." . ident($column->{name})) . ")) FROM $from WHERE $where)" ];
	}

	my $document;
	# a bare name that a column or computed field has means that
	if ((chance(0.2) || $depth <= 0) && !$r->{to}{default_is_to_come} && (@args || !$step->{taken}))
	{
		$document = default_expression($r->{to}, $child);
	}
	else
	{
		(my $set, $document) = gen_set($round, $r->{to}, $child, $depth - 1);
		$shape .= pick('', ' ') . $set;
	}
	return [ $name, $shape, relation_expression($r, $alias, $child, $document, %sql) ];
}

# The entries of a named shape, [key, expression]; they were made for an alias
# that stands for any.
my $any_alias = 'zz_row';

sub shape_entries
{
	my ($table, $name, $alias) = @_;

	return map { [ $_->[0], $_->[1] =~ s/\b$any_alias\b/$alias/gr ] } @{ $table->{shapes}{$name}{entries} };
}

# The expression for a row without a shape.
sub default_expression
{
	my ($table, $alias) = @_;

	return object_expression($table->{shapes}{default} ? shape_entries($table, 'default', $alias) : all_columns($table, $alias));
}

# A selection set for the rows of a table: its text, and what it gives as [key,
# expression].
sub gen_entries
{
	my ($round, $table, $alias, $depth) = @_;
	my @relationships = relationships($round, $table);
	my @names = sort keys %{ $table->{shapes} };
	my (@items, @entries, %taken, %except);

	if (chance(0.4))
	{
		my @except = grep { chance(0.15) } @{ $table->{columns} };

		push @items, ['*'], map { [ '-' . shape_name($_->{name}) ] } @except;
		%except = map { $_->{name} => 1 } @except;
	}
	push @items, map { [ '...' . shape_name($_), $_ ] } map { pick(@names) } 1 .. pick(1, 1, 2) if @names && chance(0.3);
	for (1 .. between(@items ? 0 : 1, 4))
	{
		my ($name, $shape, $expression);

		if (@relationships && $depth >= 0 && chance(0.55))
		{
			my $item = gen_relation($round, $table, $alias, $depth, pick(@relationships)) or next;
			($name, $shape, $expression) = @$item;
		}
		else
		{
			my $column = pick(@{ $table->{columns} }, @{ $table->{fields} }, @{ $table->{fields} });
			($name, $shape, $expression) = ($column->{name}, shape_name($column->{name}), column_expression($column->{column} // $column, $alias));
		}
		if ($taken{$name} || chance(0.2))
		{
			$name = chance(0.3) ? pick('alias', 'Al ias', 'a"b', 'ż' x 70, 'z' x 200) : chance(0.2) ? pick(@{ $table->{columns} })->{name} : 'k' . $round->{alias}++;
			$name .= 'x' while $taken{$name};
			$shape = shape_name($name) . pick(':', ': ', ' : ') . $shape;
		}
		$taken{$name} = 1;
		push @items, [$shape];
		push @entries, [ $name, $expression ];
	}

	# items stand anywhere; each comes before a spread of the same key, the last
	# spread before others, and those before "*"
	@items = shuffle(@items);
	my @all = grep({ $_->[0] eq '*' } @items) ? grep { !$except{ $_->[0] } } all_columns($table, $alias) : ();
	my @spreads = map { shape_entries($table, $_->[1], $alias) } grep { defined $_->[1] } @items;
	my %first = map { @$_ } @all, @spreads, @entries;
	return ('{' . space() . join('', map { $_->[0] . space() } @items) . '}', map { [ $_, $first{$_} ] } sort keys %first);
}

# The same with the expression for the object: (shape, expression).
sub gen_set
{
	my ($shape, @entries) = gen_entries(@_);

	return ($shape, object_expression(@entries));
}

# What is asked of the rows of a table as a whole: the text of a shape as SQL, or
# NULL, and the expression.
sub gen_root
{
	my ($round, $table, $alias, $depth) = @_;
	my @names = sort keys %{ $table->{shapes} };

	return ('NULL', default_expression($table, $alias)) if chance(0.05) || ($table->{shapes}{default} && chance(0.1));
	if (@names && chance(0.1))
	{
		my $name = pick(@names);
		return (literal(pick('', ' ') . shape_name($name)), object_expression(shape_entries($table, $name, $alias)));
	}
	my ($shape, $expression) = gen_set($round, $table, $alias, $depth);
	return (literal($shape), $expression);
}

# Named shapes; those that are there already may be in others.
sub make_shapes
{
	my $round = shift;
	my @sql;

	$_->{default_is_to_come} = chance(0.15) foreach @{ $round->{tables} };
	foreach my $table (shuffle(@{ $round->{tables} }))
	{
		foreach my $name ($table->{default_is_to_come} ? 'default' : (), chance(0.4) ? pick('card', 'odd "shape"', 'full') : ())
		{
			my ($shape, @entries) = gen_entries($round, $table, $any_alias, pick(0, 0, 1));

			$table->{shapes}{$name} = { entries => \@entries };
			$table->{default_is_to_come} = 0 if $name eq 'default';
			push @sql, 'SELECT jsonify_define(' . literal(table_sql($table)) . ', ' . literal($name) . ', ' . literal($shape) . ") \\g /dev/null";
		}
	}
	return @sql;
}

#
# Cases
#

# A query that gives one line: ok, or the first document that differs.
sub compare
{
	my ($n, $query) = @_;

	return "WITH q AS MATERIALIZED (SELECT row_number() OVER () AS n, got, want FROM ($query) s)\n"
	  . "SELECT 'case $n: ' || coalesce((SELECT format('document %s: got %s, want %s', n, coalesce(left(got::text, 3000), 'NULL'), coalesce(left(want::text, 3000), 'NULL'))\n"
	  . "  FROM q WHERE NOT (ROW(got)::record OPERATOR(pg_catalog.*=) ROW(want)::record) ORDER BY n LIMIT 1), 'ok ' || count(*)) FROM q;";
}

my @ways = (
	rows => sub {
		my ($from, $order, $shape, $want) = @_;
		return "SELECT jsonify(r, $shape) AS got, $want AS want FROM $from AS r ORDER BY $order";
	},
	agg => sub {
		my ($from, $order, $shape, $want) = @_;
		return "SELECT jsonify_agg(r, $shape ORDER BY $order) AS got, coalesce(jsonb_agg($want ORDER BY $order), '[]') AS want FROM $from AS r";
	},
	groups => sub {
		my ($from, $order, $shape, $want) = @_;
		my $group = "length(r::text) % 3";
		return "SELECT jsonify_agg(r, $shape ORDER BY $order DESC) AS got, jsonb_agg($want ORDER BY $order DESC) AS want FROM $from AS r GROUP BY $group";
	},
	filter => sub {
		my ($from, $order, $shape, $want) = @_;
		my $filter = "FILTER (WHERE length(r::text) % 2 = 0)";
		return "SELECT jsonify_agg(r, $shape ORDER BY $order) $filter AS got, coalesce(jsonb_agg($want ORDER BY $order) $filter, '[]') AS want FROM $from AS r";
	},
	array => sub {
		my ($from, $order, $shape, $want) = @_;
		return "SELECT jsonify(array_agg(r ORDER BY $order), $shape) AS got, jsonb_agg($want ORDER BY $order) AS want FROM $from AS r";
	},
	window => sub {
		my ($from, $order, $shape, $want) = @_;
		my $window = "OVER (ORDER BY $order ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)";
		return "SELECT jsonify_agg(r, $shape) $window AS got, jsonb_agg($want) $window AS want FROM $from AS r ORDER BY $order";
	},
	text => sub {
		my ($from, $order, $shape, $want) = @_;
		return "SELECT jsonify_text(r, $shape)::jsonb AS got, $want AS want FROM $from AS r ORDER BY $order";
	},
	text_agg => sub {
		my ($from, $order, $shape, $want) = @_;
		return "SELECT jsonify_text_agg(r, $shape ORDER BY $order)::jsonb AS got, coalesce(jsonb_agg($want ORDER BY $order), '[]') AS want FROM $from AS r";
	},
	sub_row => sub {
		my ($from, $order, $shape, $want) = @_;
		return "SELECT jsonify(s.r, $shape) AS got, want FROM (SELECT r, $want AS want FROM $from AS r ORDER BY $order OFFSET 0) s";
	},);

# What jsonify_find is to give, with arguments for the root.
sub gen_find
{
	my ($round, $table, $shape, $want) = @_;
	my ($args, %sql) = $shape eq 'NULL' ? ([]) : gen_args($round, $table, 'r', 1);
	my $where = defined $sql{where} ? " WHERE $sql{where}" : '';
	my $order = join ', ', $sql{order} // (), order_expression($table, 'r');

	$shape = literal('(' . join(', ', shuffle(@$args)) . ') ') . " || $shape" if @$args;
	return "SELECT got, want FROM (SELECT row_number() OVER () AS m, d::jsonb AS got FROM " . pick('jsonify_find', 'jsonify_find', 'jsonify_find_text') . '('
	  . literal(table_sql($table)) . ", $shape) d) g FULL JOIN (SELECT row_number() OVER () AS m, want FROM (SELECT $want AS want FROM "
	  . table_sql($table) . " AS r$where ORDER BY $order" . ($sql{limit} // '') . ') w) w USING (m) ORDER BY m';
}

# A name that means no relationship, or several, with the error it is to give;
# or nothing.
sub gen_error
{
	my ($round, $table) = @_;
	my @keys = grep { $_->{key} } relationships($round, $table);
	my @names = union(map { (defined $_->{name} ? $_->{name} : (), $_->{key}{name}, $_->{to}{name}) } @keys);
	my @wrong;

	foreach my $name (@names)
	{
		foreach my $via (undef, map { vias($_, $_->{key}) } @keys)
		{
			my @means = defined $via ? named_via($round, $table, $name, $via) : named($round, $table, $name);
			push @wrong, [ $name, $via, @means ? '42702' : '42703' ] if @means != 1;
		}
	}
	return () if !@wrong;
	my @without_via = grep { !defined $_->[1] } @wrong;
	my ($name, $via, $state) = @{ pick(@without_via && chance(0.5) ? @without_via : @wrong) };
	my $shape = '{ ' . shape_name($name) . ($via ? '(via: ' . join('.', map { shape_name($_) } @$via) . ')' : '') . ' { } }';
	return ($shape, $state);
}

# What makes a round: its SQL, as a list of pieces, each with the number of its
# case or none; and the cases, {way, table, shape}.
sub generate_round
{
	my $seed = shift;
	my $round = { seed => $seed, alias => 1, serial => 1 };
	my (@pieces, @cases);
	my $add = sub { push @pieces, [ $_[0], @_[ 1 .. $#_ ] ] };

	srand($seed);
	$round->{pool} = between(2, 8);
	if (chance(0.04))
	{
		$round->{big} = 2000;
		$round->{pool} = 2000;
	}
	$round->{tables} = [ make_tables($round) ];

	my @schema_names = map { ident($_) } @schemas;
	$add->(undef, "DROP SCHEMA IF EXISTS $schema_names[0], $schema_names[1] CASCADE;", map { "CREATE SCHEMA $_;" } @schema_names);
	$add->(undef,
		"CREATE DOMAIN $types.d_int AS int;", "CREATE DOMAIN $types.d_d_int AS $types.d_int CHECK (VALUE > -100);", "CREATE DOMAIN $types.d_text AS text;",
		"CREATE TYPE $types.mood AS ENUM ('sad', 'ok', 'happy');", "CREATE TYPE $types.pair AS (n int, t text);",
		"CREATE FUNCTION $types.mood_to_jsonb($types.mood) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT AS 'SELECT jsonb_build_object(''mood'', \$1::text)';",
		"CREATE FUNCTION $types.moods_to_jsonb($types.mood\[]) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT AS 'SELECT coalesce(jsonb_agg($types.mood_to_jsonb(m) ORDER BY n), ''[]'') FROM unnest(\$1) WITH ORDINALITY u (m, n)';",
		"CREATE CAST ($types.mood AS jsonb) WITH FUNCTION $types.mood_to_jsonb($types.mood);");
	$add->(undef, create_table_sql($round, $_)) for @{ $round->{tables} };
	foreach my $table (@{ $round->{tables} })
	{
		foreach my $key (@{ $table->{keys} })
		{
			my ($from, $to) = map { join ', ', map { ident($_) } @$_ } @$key{qw(columns to_columns)};
			$add->(undef, 'ALTER TABLE ' . table_sql($table) . ' ADD CONSTRAINT ' . ident($key->{name}) . " FOREIGN KEY ($from) REFERENCES " . table_sql($key->{to}) . " ($to);");
			$add->(undef, 'CREATE INDEX ON ' . table_sql($table) . " ($from);") if $round->{big} || chance(0.2);
		}
	}
	# rows whose keys lead nowhere are as good as others
	$add->(undef, 'SET session_replication_role = replica;', (map { insert_sql($round, $_) } @{ $round->{tables} }), 'RESET session_replication_role;');
	# rows of a table that inherits are not those that a key means
	my ($parent) = grep { !$_->{partitioned} && !grep({ $_->{generated} } @{ $_->{columns} }) } @{ $round->{tables} };
	if ($parent && chance(0.3))
	{
		my $kid = path($schemas[0], 'kid');
		$add->(undef, "CREATE TABLE $kid () INHERITS (" . table_sql($parent) . ');', "INSERT INTO $kid SELECT * FROM ONLY " . table_sql($parent) . ';');
		$parent->{inherited} = 1;
	}
	$add->(undef, map { make_functions($round, $_) } @{ $round->{tables} }) if !$round->{big};
	$add->(undef, make_shapes($round));
	$add->(undef, map { 'ANALYZE ' . table_sql($_) . ';' } @{ $round->{tables} }) if $round->{big} || chance(0.3);

	for my $n (0 .. ($round->{big} ? 5 : between(10, 25)))
	{
		my $table = pick(@{ $round->{tables} });
		my $depth = $round->{big} ? between(0, 1) : pick(0, 1, 1, 2, 2, 3);
		my $way = $round->{big} ? 2 * pick(1, 1, 4) : 2 * between(0, @ways / 2 - 1);
		my $case = { n => $n, table => table_sql($table), way => $ways[$way] };

		if (chance(0.1))
		{
			my ($shape, $state) = gen_error($round, $table) or next;
			@$case{qw(way shape)} = ('error', $shape);
			push @cases, $case;
			my $query = 'SELECT jsonify(r, ' . literal($shape) . ') FROM ' . only($table) . ' AS r';
			$add->($n, "SELECT 'case $n: ' || CASE state WHEN '$state' THEN 'ok 1' WHEN 'no rows' THEN 'ok 0' ELSE format('got %s, want $state', state) END\n"
				  . '  FROM pg_temp.state_of(' . literal($query) . ') AS state;');
			next;
		}
		my ($shape, $want) = gen_root($round, $table, 'r', $depth);
		$case->{shape} = $shape;
		if (chance(0.25))
		{
			$case->{way} = 'find';
			my $query = gen_find($round, $table, $shape, $want);
			my $size = pick(1, 2, 3, 1000);
			next if $table->{inherited};
			push @cases, $case;
			$add->($n, "SET jsonify.batch_size = $size;", compare($n, $query));
			next;
		}
		# a partition's rows have the keys of the whole table
		my $from = only($table);
		push @cases, $case;
		my $query = $ways[ $way + 1 ]->($from, order_expression($table, 'r'), $shape, $want);
		my $around = between(0, 5);
		$add->($n, $around == 0 ? ('BEGIN;', compare($n, $query), 'ROLLBACK;') : $around == 1 ? ("PREPARE p AS " . compare($n, $query), 'EXECUTE p;', 'DEALLOCATE p;') : compare($n, $query));
	}
	return { sql => \@pieces, cases => \@cases };
}

1;
