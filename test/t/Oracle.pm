# Random schemas, data and shapes, each shape with the SQL that computes the same
# document by plain means.
#
# gen_entries() makes for a node both the text of the shape and the expressions; an
# item is one branch there, an argument one in gen_rows().
# shapes {name: {entries}} of a table are its named shapes.
package Oracle;

use strict;
use warnings;
use utf8;

use Exporter 'import';
our @EXPORT_OK = qw(generate_round);

use Chance;
use Oracle::Schema;
use Oracle::Expression;

#
# Shapes, and the same in SQL
#

sub space { return pick(' ', ' ', ' ', ', ', "\n", "\t", " # } comment\n") }

#
# Items
#

# An array of a document for each row.
sub array_of
{
	my ($document, $child, $filter) = @_;

	return "coalesce(pg_catalog.jsonb_agg($document ORDER BY $child.\"zz n\")" . ($filter ? " FILTER (WHERE $filter)" : '') . ", '[]')";
}

# What a relationship's rows become, by their args.
sub relation_expression
{
	my ($r, $rows, $child, $document, $key) = @_;

	return "(SELECT $document FROM $rows->{from})" if !$r->{many};
	return "(SELECT coalesce(pg_catalog.jsonb_object_agg($child." . ident($key) . ", $document ORDER BY $child.\"zz n\"), '{}') FROM $rows->{from})" if defined $key;
	my $array = '(SELECT ' . array_of($document, $child) . " FROM $rows->{from})";
	return $array if !$rows->{page};
	my $total = "(SELECT count(*) FROM $rows->{plain})";
	my $has_more = defined $rows->{limit} ? "$total > $rows->{offset} + $rows->{limit}" : 'false';
	return "pg_catalog.jsonb_build_object('items', $array, 'has_more', $has_more, 'total', $total)";
}

# An item that is a relationship, as [key, shape, expression]; or nothing.
sub gen_relation
{
	my ($round, $table, $alias, $depth, $r) = @_;
	my ($name, $via) = @{ pick(spellings($round, $table, $r)) // return () };
	my $child = 's' . $round->{alias}++;
	my ($shape, $document, $key);
	my $rows = gen_rows($round, $r, $alias, $child, 1);
	my @args = (($via ? 'via:' . pick('', ' ') . join('.', map { shape_name($_) } @$via) : ()), @{ $rows->{shape} });
	my $bare = (chance(0.2) || $depth <= 0) && !$r->{to}{default_is_to_come};

	if ($r->{many} && !$rows->{page} && chance(0.1))
	{
		my @keys = grep { !$_->{null} && $_->{type} !~ /^json|\[\]|\.pair$/ } @{ $r->{to}{columns} };
		if (@keys)
		{
			$key = pick(@keys)->{name};
			push @args, 'key: ' . shape_name($key);
		}
	}
	# a bare name that a column or computed field has means that
	$bare = 0 if !@args && grep { $_->{name} eq $name } @{ $table->{columns} }, @{ $table->{fields} };
	if ($bare)
	{
		$document = default_expression($r->{to}, $child);
	}
	else
	{
		my ($set, $expression) = gen_set($round, $r->{to}, $child, $depth - 1);
		($shape, $document) = ($set, $expression);
	}
	@args = shuffle(@args);
	$shape = shape_name($name) . (@args ? pick('', ' ') . '(' . join(pick(', ', ' '), @args) . ')' : '') . (defined $shape ? pick('', ' ') . $shape : '');
	return [ $name, $shape, relation_expression($r, $rows, $child, $document, $key) ];
}

# The types of which equal values look the same.
my $groupable = qr/^(int|bigint|smallint|.*\.d_int|.*\.d_d_int|text|varchar|char\(3\)|.*\.d_text|date|timestamptz|uuid|bool|.*\.mood|int\[\]|text\[\])$/;

# A to-many relationship as groups of its rows, as [key, shape, expression]; or nothing.
sub gen_group
{
	my ($round, $table, $alias, $r) = @_;
	my ($name, $via) = @{ pick(spellings($round, $table, $r)) // return () };
	my $row = 'a' . $round->{alias}++;
	my @columns = grep { $_->{type} =~ $groupable } @{ $r->{to}{columns} } or return ();
	my %by = map { $_->{name} => $_ } map { pick(@columns) } 1 .. between(1, 3);
	my @by = shuffle(map { $by{$_} } sort keys %by);
	my ($where, @args, @items, @entries, @order, @order_sql) = ('');
	my $item = sub {
		my ($shape, $expression) = @_;
		my $key = 'k' . $round->{alias}++;
		push @items, "$key: $shape";
		push @entries, [ $key, $expression ];
	};

	if (chance(0.4))
	{
		my ($shape, $sql) = gen_condition($round, $r->{to}, $row, 2);
		push @args, "where: $shape";
		$where = " AND ($sql)";
	}
	$item->(shape_name($_->{name}), column_expression($_, $row)) foreach grep { chance(0.8) } @by;
	$item->('count()', 'pg_catalog.to_jsonb(count(*))') if chance(0.7);
	foreach my $column (map { pick(@columns) } 1 .. between(0, 2))
	{
		my $sql = "$row." . ident($column->{name});
		my $what = $column->{type} =~ /^(int|bigint|smallint)$/ ? pick(qw(sum min max avg count)) : $column->{type} =~ /^(text|date)$/ ? pick(qw(min max count)) : 'count';
		$item->("$what(" . shape_name($column->{name}) . ')', "pg_catalog.to_jsonb($what($sql))");
	}
	if (chance(0.3))
	{
		push @order, 'count() desc';
		push @order_sql, 'count(*) DESC';
	}
	if (chance(0.3))
	{
		my ($column, $how) = (pick(@by), pick('', ' desc', ' nulls first', ' desc nulls last'));
		push @order, shape_name($column->{name}) . $how;
		push @order_sql, "$row." . ident($column->{name}) . $how;
	}
	push @args, 'order: ' . join(', ', @order) if @order;
	push @args, 'group: ' . join(', ', map { shape_name($_->{name}) } @by);
	my ($page, $limit, $offset);
	if (chance(0.4))
	{
		(my $shape, $limit) = gen_count($round);
		$page = chance(0.4);
		push @args, ($page ? 'page' : 'limit') . ": $shape";
	}
	if (chance(0.2))
	{
		(my $shape, $offset) = gen_count($round);
		push @args, "offset: $shape";
	}
	my ($from, $link) = relation_source($r, $alias, $row);
	my $grouped = join ', ', map { "$row." . ident($_->{name}) } @by;
	my $sql = 'SELECT ' . object_expression(@entries) . " AS d, row_number() OVER (ORDER BY " . join(', ', @order_sql, $grouped) . ") AS n FROM $from WHERE $link$where GROUP BY $grouped";
	my $limits = (defined $limit ? " LIMIT $limit" : '') . (defined $offset ? " OFFSET $offset" : '');
	my $expression = "(SELECT coalesce(pg_catalog.jsonb_agg(s.d ORDER BY s.n), '[]') FROM ($sql ORDER BY n$limits) AS s)";
	if ($page)
	{
		my $total = "(SELECT count(*) FROM ($sql) AS s)";
		my $has_more = defined $limit ? "$total > " . ($offset // 0) . " + $limit" : 'false';
		$expression = "pg_catalog.jsonb_build_object('items', $expression, 'has_more', $has_more, 'total', $total)";
	}
	return [ $name, step_shape([ $name, $via ], @args) . ' { ' . join(pick(', ', ' '), @items) . ' }', $expression ];
}

# The value at the end of a path as jsonb.
sub path_expression
{
	my $path = shift;

	return column_expression({ type => $path->{type} }, undef, $path->{sql});
}

# A path to what several steps find: {key, shape, many, sql}; the sql gives rows
# of v, a jsonb, and o, which sorts them.
sub gen_steps
{
	my ($round, $table, $alias, $steps, $depth) = @_;
	my @relationships = relationships($round, $table);

	if ($steps > 0 && @relationships)
	{
		my $r = pick(@relationships);
		my $child = 's' . $round->{alias}++;
		my $spelling = step_spelling($round, $table, $r) or return ();
		my $rows = gen_rows($round, $r, $alias, $child, 0);
		my $shape = step_shape($spelling, @{ $rows->{shape} });
		my $rest = gen_steps($round, $r->{to}, $child, $steps - 1, $depth) or return ();
		my $sql = "SELECT t.v, ARRAY[$child.\"zz n\"] || t.o AS o FROM $rows->{from} CROSS JOIN LATERAL ($rest->{sql}) AS t";

		# a row that is not there is a null, but not one of many
		$sql .= " UNION ALL SELECT NULL, '{}' WHERE NOT EXISTS (SELECT FROM $rows->{from})" if !$r->{many} && !$rest->{many};
		return { %$rest, shape => $shape . ($rest->{braces} ? '' : '.') . $rest->{shape}, braces => 0, many => $r->{many} || $rest->{many}, sql => $sql, key => $rest->{key} // $spelling->[0] };
	}
	if ($depth > 0 && chance(0.25))
	{
		my ($set, $expression) = gen_set($round, $table, $alias, $depth - 1);
		return { shape => " $set", braces => 1, sql => "SELECT $expression AS v, '{}'::bigint[] AS o" };
	}
	my $path = gen_path($round, $table, $alias, 0);
	return { shape => $path->{shape}, key => $path->{key}, path => $path, sql => 'SELECT ' . path_expression($path) . " AS v, '{}'::bigint[] AS o" };
}

sub gen_path_item
{
	my ($round, $table, $alias, $depth) = @_;
	my $steps = gen_steps($round, $table, $alias, pick(0, 1, 1, 1, 2, 2, 3), $depth) or return ();

	return () if $steps->{braces};
	# of a json column nothing is equal; and equal intervals may be different JSON
	if ($steps->{many} && $steps->{path} && $steps->{path}{type} !~ /^(json|interval)$/ && ($steps->{path}{of} // '') ne 'json' && chance(0.25))
	{
		return [ 'distinct', "distinct($steps->{shape})", "(SELECT coalesce(pg_catalog.jsonb_agg(s.v ORDER BY s.o), '[]') FROM (SELECT DISTINCT ON (s.v) s.v, s.o FROM ($steps->{sql}) AS s ORDER BY s.v, s.o) AS s)" ];
	}
	return [ $steps->{key}, $steps->{shape}, $steps->{many} ? "(SELECT coalesce(pg_catalog.jsonb_agg(s.v ORDER BY s.o), '[]') FROM ($steps->{sql}) AS s)" : "(SELECT s.v FROM ($steps->{sql}) AS s)" ];
}

sub gen_aggregate
{
	my ($round, $table, $alias) = @_;
	my $aggregate = gen_aggregated($round, $table, $alias, 2) or return ();

	return [ @$aggregate{qw(what shape)}, column_expression({ type => $aggregate->{type} }, undef, $aggregate->{sql}) ];
}

# Recursions of a set, [key, shape, relationship, levels, number of it]; their
# documents are unrolled by tree_entries().
sub gen_recursion
{
	my ($round, $table, $r) = @_;
	my $spelling = pick(spellings($round, $table, $r)) or return ();
	my $levels = between(0, 3);
	my $shape = chance(0.8) ? $levels : param($round, $levels);
	# of what stands for the parent and the child the names come later
	my $rows = gen_rows($round, $r, 'PARENT', 'CHILD', 0);

	return {
		key => $spelling->[0],
		shape => step_shape($spelling, "recurse: $shape", @{ $rows->{shape} }),
		r => $r,
		rows => $rows,
		levels => $levels
	};
}

# The entries of a row in a tree: those that are made for the alias ROW, and
# recursions with the levels that are left of each.
sub tree_entries
{
	my ($round, $table, $entries, $recursions, $left, $alias, @path) = @_;
	my @pairs = map { [ $_->[0], $_->[1] =~ s/\bROW\b/$alias/gr ] } @$entries;

	foreach my $i (0 .. $#$recursions)
	{
		my $recursion = $recursions->[$i];
		my $child = 's' . $round->{alias}++;
		my @left = @$left;

		next if $left[$i]-- == 0;
		my $from = $recursion->{rows}{from} =~ s/\bPARENT\b/$alias/gr =~ s/\b(j?i?)CHILD\b/$1$child/gr;
		my $document = object_expression(tree_entries($round, $table, $entries, $recursions, \@left, $child, @path, $alias));
		my $entered = join ' AND ', map {
			my $row = $_;
			'NOT (' . join(' AND ', map { "$child." . ident($_) . " = $row." . ident($_) } @{ $table->{pk} }) . ')'
		} @path, $alias;
		push @pairs, [ $recursion->{key}, $recursion->{r}{many} ? '(SELECT ' . array_of($document, $child, $entered) . " FROM $from)" : "(SELECT CASE WHEN $entered THEN $document END FROM $from)" ];
	}
	return @pairs;
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
	my @selves = grep { $_->{to} == $table } @relationships;
	my (@items, @entries, %taken, %except, @recursions);
	my $outer_alias = $alias;

	if (chance(0.4))
	{
		my @except = grep { chance(0.15) } @{ $table->{columns} };

		push @items, ['*'], map { [ '-' . shape_name($_->{name}) ] } @except;
		%except = map { $_->{name} => 1 } @except;
	}
	push @items, map { [ '...' . shape_name($_), $_ ] } map { pick(@names) } 1 .. pick(1, 1, 2) if @names && chance(0.3);
	if (@selves && !$round->{big} && $depth >= 0 && $alias ne $any_alias && chance(0.6))
	{
		@recursions = map { gen_recursion($round, $table, pick(@selves)) } 1 .. pick(1, 1, 1, 2);
		pop @recursions if @recursions > 1 && ($recursions[0]{key} eq $recursions[1]{key} || $recursions[0]{levels} + $recursions[1]{levels} > 4);
		$taken{ $_->{key} } = 1 foreach @recursions;
		push @items, map { [ $_->{shape} ] } @recursions;
		# the entries are those of each row of the tree
		$alias = 'ROW' if @recursions;
		$depth = 1 if $depth > 1;
	}
	for (1 .. between(@items ? 0 : 1, 4))
	{
		my ($name, $shape, $expression);
		my $way = rand();

		if ($way > 0.94)
		{
			my ($text, $json) = gen_constant($round);
			$name = 'k' . $round->{alias}++;
			push @items, [ "$name: $text" ];
			push @entries, [ $name, literal($json) . '::jsonb' ];
			next;
		}
		my @ones = grep { !$_->{many} } @relationships;
		if (@ones && $depth >= 0 && $way > 0.88)
		{
			my $r = pick(@ones);
			my $spelling = pick(spellings($round, $table, $r)) or next;
			my $child = 'a' . $round->{alias}++;
			my ($from, $where) = relation_source($r, $alias, $child);
			my @fields;
			foreach my $column (map { pick(@{ $r->{to}{columns} }) } 1 .. between(1, 3))
			{
				my $key = 'k' . $round->{alias}++;
				push @fields, "$key: " . shape_name($column->{name});
				push @entries, [ $key, '(SELECT ' . column_expression($column, $child) . " FROM $from WHERE $where)" ];
			}
			push @items, [ '...' . step_shape($spelling) . ' { ' . join(pick(' ', ', '), @fields) . ' }' ];
			next;
		}
		if ($way < 0.35)
		{
			my $item = ($way < 0.22 || !@relationships ? gen_path_item($round, $table, $alias, $depth) : gen_aggregate($round, $table, $alias)) or next;
			($name, $shape, $expression) = @$item;
		}
		elsif (@relationships && $depth >= 0 && chance(0.55))
		{
			my $r = pick(@relationships);
			my $item = ($r->{many} && chance(0.2) ? gen_group($round, $table, $alias, $r) : gen_relation($round, $table, $alias, $depth, $r)) or next;
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
	delete $first{ $_->{key} } foreach @recursions;
	my @first = map { [ $_, $first{$_} ] } sort keys %first;
	@first = tree_entries($round, $table, \@first, \@recursions, [ map { $_->{levels} } @recursions ], $outer_alias) if @recursions;
	return ('{' . space() . join('', map { $_->[0] . space() } @items) . '}', @first);
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

# Those of the whole round, of which a shape names some: as two arguments.
sub given_params { return literal(params_json($_[0])) . ", '{\"unknown_params\": \"ignore\"}'" }

# A query that gives one line: ok, or the first document that differs.
sub compare
{
	my ($n, $query) = @_;

	return 'WITH q AS MATERIALIZED (SELECT row_number() OVER () AS n, got, want FROM (' . whole_rows($query) . ") s)\n"
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

# Now and then the view over a table: named shapes and recursions are the table's, and
# so is its name in "via". What has braces names no shape of the table's; those of the
# root's arguments say nothing.
sub view_of
{
	my ($table, $set, $shape) = @_;

	return $table->{view} && $set =~ /[{]/ && $shape !~ /\.\.\.|recurse|via: *(?:"(?:[^"]|"")*"|[^\s.,)"]+)\./ && chance(0.4) ? $table->{view} : undef;
}

# What jsonify_find is to give, with arguments for the root.
sub gen_find
{
	my ($round, $table, $shape, $want) = @_;
	my $order = order_expression($table, 'r');
	my @args;
	my $limit = '';
	my ($n_limit, $n_offset) = (undef, 0);
	my $page = 0;

	my $where = '';

	if (chance(0.5))
	{
		my ($condition, $sql) = gen_condition($round, $table, 'r', 3);
		push @args, "where: $condition";
		$where = " WHERE $sql";
	}
	if (chance(0.4))
	{
		my ($by, $sql) = gen_order($round, $table, 'r');
		if ($by ne '') { push @args, "order: $by"; $order = $sql }
	}
	if ($shape ne 'NULL' && chance(0.15))
	{
		my $size = between(1, 5);
		$size = 500 if $round->{big};
		my $call = 'pg_temp.walked(' . join(', ', literal(table_sql($table)), literal(join(pick(', ', ' '), @args)), $shape, $size, given_params($round), chance(0.3) ? 'true' : 'false') . ')';
		return "SELECT $call AS got, coalesce((SELECT pg_catalog.jsonb_agg($want ORDER BY $order) FROM " . table_sql($table) . " AS r$where), '[]') AS want";
	}
	if (chance(0.4))
	{
		(my $n, $n_limit) = gen_count($round);
		$page = chance(0.5);
		push @args, ($page ? 'page' : 'limit') . ": $n";
		$limit .= " LIMIT $n_limit" if defined $n_limit;
	}
	if (chance(0.3))
	{
		my ($n, $sql) = gen_count($round);
		push @args, "offset: $n";
		$limit .= " OFFSET $sql" if defined $sql;
		$n_offset = $sql // 0;
	}
	($page, $limit, $where, $order, @args) = (0, '', '', order_expression($table, 'r')) if $shape eq 'NULL';
	my $set = $shape;
	$shape = literal('(' . join(pick(', ', ' '), shuffle(@args)) . ') ') . " || $shape" if @args;
	my $function = pick('jsonify_find', 'jsonify_find', 'jsonify_find_text');
	my $call = "$function(" . literal(view_of($table, $set, $shape) // table_sql($table)) . ", $shape, " . given_params($round) . ')';
	$call = "(SELECT $call AS d OFFSET 0)" if chance(0.5);
	my $wanted = "SELECT row_number() OVER () AS m, want FROM (SELECT $want AS want FROM " . table_sql($table) . " AS r$where ORDER BY $order$limit) w";
	if ($page)
	{
		my $more = defined $n_limit ? "total > $n_offset + $n_limit" : 'false';
		$wanted = "SELECT 1 AS m, pg_catalog.jsonb_build_object('items', (SELECT coalesce(pg_catalog.jsonb_agg(want ORDER BY m), '[]') FROM ($wanted) w), "
		  . "'has_more', $more, 'total', total) AS want FROM (SELECT count(*) AS total FROM " . table_sql($table) . " AS r$where) t";
	}
	return "SELECT got, want FROM (SELECT row_number() OVER () AS m, d::jsonb AS got FROM $call d) g FULL JOIN ($wanted) w USING (m) ORDER BY m";
}

# What the pages of a relation are to give, one behind the other, of each row; or nothing.
sub gen_walk
{
	my ($round, $table, $depth) = @_;
	my @many = grep { $_->{many} } relationships($round, $table) or return ();
	my $r = pick(@many);
	my $spelling = pick(spellings($round, $table, $r)) or return ();
	my $child = 's' . $round->{alias}++;
	my $rows = gen_rows($round, $r, 'r', $child, 2);
	my ($set, $document) = gen_set($round, $r->{to}, $child, $depth);
	my $shape = '{ x: ' . step_shape($spelling, @{ $rows->{shape} }, 'page: ' . between(1, $round->{big} ? 50 : 4), 'after: $zz') . " $set }";
	my $want = '(SELECT ' . array_of($document, $child) . " FROM $rows->{from})";
	return ($shape, 'SELECT pg_temp.walked_row(r, ' . literal($shape) . ', ' . given_params($round) . ") AS got, $want AS want FROM " . only($table) . ' AS r ORDER BY ' . order_expression($table, 'r')
		  . ($round->{big} ? ' LIMIT 50' : ''));
}

# Documents in an order that a param says, of what they show: with and without pages.
sub gen_chosen
{
	my ($round, $table) = @_;
	my (@items, @entries, @by, @sql);

	foreach my $i (1 .. between(1, 4))
	{
		my $path = gen_path($round, $table, 'r', 2);
		my $key = pick("k$i", "K $i", 'ż"' . $i);
		push @items, shape_name($key) . ": $path->{shape}";
		push @entries, [ $key, path_expression($path) ];
		next if $path->{type} eq 'json' || chance(0.3);
		my $how = pick('', '', ' asc', ' desc', ' desc nulls last', ' nulls first', ' DESC NULLS FIRST');
		push @by, shape_name($key) . $how;
		push @sql, "$path->{sql}$how";
	}
	my $param = param($round, json_string(join(pick(',', ', ', '  ,  '), @by)));
	my $shape = '{ ' . join(', ', @items) . ' }';
	my ($want, $from) = (object_expression(@entries), table_sql($table) . ' AS r');
	my $order = join ', ', @sql, order_expression($table, 'r');
	my $got = chance(0.5) ? 'pg_temp.walked(' . join(', ', literal(table_sql($table)), literal("order: $param"), literal($shape), between(1, 5), given_params($round), 'false') . ')'
	  : '(SELECT coalesce(pg_catalog.jsonb_agg(d), \'[]\') FROM jsonify_find(' . join(', ', literal(table_sql($table)), literal("(order: $param) $shape"), given_params($round)) . ') AS d)';
	return ($shape, "SELECT $got AS got, (SELECT coalesce(pg_catalog.jsonb_agg($want ORDER BY $order), '[]') FROM $from) AS want");
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
	my $round = { seed => $seed, alias => 1, serial => 1, params => {} };
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
		"CREATE FUNCTION $types.moods_to_jsonb($types.mood\[]) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT "
		  . "AS 'SELECT coalesce(jsonb_agg($types.mood_to_jsonb(m) ORDER BY n), ''[]'') FROM unnest(\$1) WITH ORDINALITY u (m, n)';",
		"CREATE CAST ($types.mood AS jsonb) WITH FUNCTION $types.mood_to_jsonb($types.mood);");
	$add->(undef, create_table_sql($round, $_)) for @{ $round->{tables} };
	foreach my $table (@{ $round->{tables} })
	{
		foreach my $key (@{ $table->{keys} })
		{
			my ($from, $to) = map { join ', ', map { ident($_) } @$_ } @$key{qw(columns to_columns)};
			$add->(undef, 'ALTER TABLE ' . table_sql($table) . ' ADD CONSTRAINT ' . ident($key->{name}) . " FOREIGN KEY ($from) REFERENCES " . table_sql($key->{to}) . " ($to);");
			$add->(undef, 'CREATE INDEX ON ' . table_sql($table) . " ($from);") if chance($round->{big} ? 0.7 : 0.3);
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
	# a view has the relationships of its table, but not what functions compute of that
	foreach my $table (grep { !@{ $_->{fields} // [] } && !@{ $_->{functions} // [] } } @{ $round->{tables} })
	{
		$table->{view} = path($schemas[0], 'view ' . $round->{serial}++);
		$add->(undef, "CREATE VIEW $table->{view} AS SELECT * FROM " . only($table) . ';');
	}
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
		if (chance(0.12))
		{
			my ($shape, $query) = gen_walk($round, $table, $round->{big} ? 0 : pick(0, 0, 1)) or next;
			@$case{qw(way shape)} = ('pages', $shape);
			push @cases, $case;
			$add->($n, compare($n, $query));
			next;
		}
		if (chance(0.08) && !$round->{big} && !$table->{inherited})
		{
			my ($shape, $query) = gen_chosen($round, $table);
			@$case{qw(way shape)} = ('chosen', $shape);
			push @cases, $case;
			$add->($n, compare($n, $query));
			next;
		}
		my ($shape, $want) = gen_root($round, $table, 'r', $depth);
		@$case{qw(shape params)} = ($shape, params_json($round));
		if (chance(0.1) && !$table->{inherited})
		{
			$case->{way} = 'explain';
			push @cases, $case;
			$add->($n, "SELECT 'case $n: ' || pg_temp.explained(" . literal(table_sql($table)) . ", $shape, " . given_params($round) . ');');
			next;
		}
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
		my $from = view_of($table, $shape, $shape) // only($table);
		push @cases, $case;
		my $query = $ways[ $way + 1 ]->($from, order_expression($table, 'r'), "$shape, " . given_params($round), $want);
		my $around = between(0, 5);
		$add->($n, $around == 0 ? ('BEGIN;', compare($n, $query), 'ROLLBACK;') : $around == 1 ? ("PREPARE p AS " . compare($n, $query), 'EXECUTE p;', 'DEALLOCATE p;') : compare($n, $query));
	}
	return { sql => \@pieces, cases => \@cases };
}

1;
