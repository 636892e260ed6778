# Random schemas, data and shapes, each shape with the SQL that computes the
# same document by plain means. What it knows of names and relationships it
# knows from the README, not from the extension.
#
# A schema is a list of tables:
#   schema, name, columns [{name, type, null, pool}], order (what sorts its
#   rows), uniques [[column, ...]], keys [{name, from, columns, to, to_columns}],
#   partitions, pk, fields [{name, column}] and functions [{name, to, many}]
#   (computed fields and relationships), shapes {name: {entries}} (named shapes).
# gen_entries() makes for a node both the text of the shape and the expressions; an
# item is one branch there, an argument of a relation one in gen_relation().
package Oracle;

use strict;
use warnings;
use utf8;

use Exporter 'import';
our @EXPORT_OK = qw(generate_round);

# Choices. rand() of Perl is the same everywhere, and so is a round of a seed.
sub chance { return rand() < $_[0] }
sub pick { return $_[ int(rand(@_)) ] }
sub between { return $_[0] + int(rand($_[1] - $_[0] + 1)) }

sub shuffle
{
	my @list = @_;

	for (my $i = @list; --$i > 0;)
	{
		my $j = int(rand($i + 1));
		@list[ $i, $j ] = @list[ $j, $i ];
	}
	return @list;
}

sub ident { my $name = shift; $name =~ s/"/""/g; return "\"$name\"" }
sub literal { my $text = shift; $text =~ s/'/''/g; return "'$text'" }

# A name as a shape has it.
sub shape_name
{
	my $name = shift;

	return $name =~ /^[a-zA-Z_\x80-\x{10ffff}][a-zA-Z0-9_\$\x80-\x{10ffff}]*$/ && chance(0.9) ? $name : ident($name);
}

sub path { return join '.', map { ident($_) } @_ }

#
# Tables
#

my @schemas = ('o one', 'o.TWO');
my $types = path($schemas[0]);
my @table_names = (
	qw(users posts tags items user_id a B select),
	'Odd "Table"', 'a.b', 'two words', 'Żółw', 't' . 'x' x 62, '(via: a)', '#no', "it's", '*', '-a');
my @column_names = (
	qw(name title a b c x Y createdAt select users posts tags via),
	'Odd "Column"', 'a.b', 'two words', 'ä', 'c' . 'y' x 62, '{ }', '#no', "it's", '*', '-a', 'x:y', '$1');
my @key_names = (qw(author editor owner parent a b user post tag target by), 'odd "key', 'k' . 'z' x 60, '%s');

# The types that a key may have, by what they can refer to.
my %family = (
	int => [qw(int int int bigint smallint), "$types.d_int", "$types.d_d_int"],
	text => [qw(text text varchar), "$types.d_text"],
	uuid => ['uuid'],
	date => [qw(date date timestamp)],
	numeric => [qw(numeric numeric int)],    # the int refers to a numeric
	mood => ["$types.mood"],);
my @payload_types = (
	qw(int bigint text text varchar bool date timestamptz numeric float8 jsonb json int[] text[] bytea interval char(3)),
	"$types.mood", "$types.mood[]", "$types.pair", "$types.d_text");

sub column_type_family
{
	my $type = shift;

	foreach my $family (sort keys %family)
	{
		return $family if grep { $_ eq $type } @{ $family{$family} };
	}
	return undef;
}

# A value of a type, out of a small pool, so that keys meet; for a table with
# many rows as an expression over i.
sub value
{
	my ($round, $column) = @_;
	my $type = $column->{type};
	my $family = $column->{family} // '';

	return 'NULL' if $column->{null} && !$round->{big} && chance(0.25);
	if ($round->{big})
	{
		my $n = sprintf '(1 + abs(hashint4(i * 31 + %d)) %% %d)', between(1, 1000), $round->{pool};
		my $value =
		    $family eq 'int' || $family eq 'numeric' ? $n
		  : $family eq 'uuid' ? "md5($n\::text)::uuid"
		  : $family eq 'date' ? "'2020-01-01'::date + $n"
		  : $family eq 'text' ? "'k' || $n"
		  : undef;
		return $column->{null} && chance(0.5) ? "CASE WHEN i % 5 > 0 THEN $value END" : $value if defined $value;
	}

	my $n = between(1, $round->{big} ? 6 : $round->{pool});
	return $n if $family eq 'int';
	return pick($n, "$n.0", "$n.00") if $family eq 'numeric';
	return literal((qw(a b B), '', 'x y', 'ä', '"', '\\')[ $n - 1 ] // "k$n") if $family eq 'text';
	return sprintf "'00000000-0000-0000-0000-%012d'::uuid", $n if $family eq 'uuid';
	return sprintf "'2020-01-%02d'::date", $n if $family eq 'date';
	return sprintf "'%s'::$types.mood", (qw(sad ok happy))[ $n % 3 ] if $family eq 'mood';
	return pick('true', 'false') if $type eq 'bool';
	return pick('now()', "'infinity'", "'2020-02-30 12:00+01'::text::timestamptz") =~ s/30/28/r if $type eq 'timestamptz';
	return pick(0.5, -1e10, 1e-7, "'NaN'", 12345.678) if $type eq 'float8';
	return pick(q('{"b": 1, "a": [1, null, 1.50]}'), q('null'), q('"x"'), q('[]')) if $type =~ /^jsonb?$/;
	return pick(q('{1,NULL,3}'), q('{}'), q('{{1,2},{3,4}}')) if $type eq 'int[]';
	return pick(q('{a,NULL,"b c"}'), q('{}')) if $type eq 'text[]';
	return pick(q('\x00ff'), q('\x')) if $type eq 'bytea';
	return pick(q('1 day'), q('1:00')) if $type eq 'interval';
	return pick(q('a'), q('abc')) if $type eq 'char(3)';
	return pick(q('{sad,NULL,ok}'), q('{}')) if $type eq "$types.mood[]";
	return pick(q('(1,x)'), q('(,)'), q('(2,"a ""b""")')) if $type eq "$types.pair";
	die "no values of $type";
}

sub table_sql { return path($_[0]{schema}, $_[0]{name}) }

# A name that the table's columns do not have yet.
sub free_column_name
{
	my ($table, @names) = @_;
	my %taken = map { $_->{name} => 1 } @{ $table->{columns} };

	foreach my $name (shuffle(@names))
	{
		return $name unless $taken{$name};
	}
	return 'c' . @{ $table->{columns} };
}

sub add_column
{
	my ($table, $name, $type, $null) = @_;
	my $column = { name => $name, type => $type, null => $null, family => column_type_family($type) };

	push @{ $table->{columns} }, $column;
	return $column;
}

sub make_table
{
	my ($round, $schema, $name) = @_;
	my $table = { schema => $schema, name => $name, columns => [], uniques => [], keys => [], partitions => [] };
	my $width = pick(1, 1, 1, 2, 2, 3);

	for my $i (1 .. $width)
	{
		my $family = $round->{big} ? pick(qw(int int text uuid)) : pick(qw(int int int int text uuid date numeric mood));
		my $type = $family eq 'numeric' ? 'numeric' : pick(@{ $family{$family} });
		add_column($table, $width == 1 && chance(0.8) ? 'id' : free_column_name($table, @column_names), $type, 0);
	}
	my @pk = map { $_->{name} } shuffle(@{ $table->{columns} });
	$table->{order} = [@pk];
	push @{ $table->{uniques} }, [@pk];
	$table->{pk} = [@pk];
	for (1 .. between(0, 5))
	{
		add_column($table, free_column_name($table, @column_names), pick(@payload_types), chance(0.7));
	}
	return $table;
}

# A foreign key to columns of a unique index, in any order, from columns made
# for it or from some that are there.
sub add_key
{
	my ($round, $table, $to, %option) = @_;
	my %columns_of_to = map { $_->{name} => $_ } @{ $to->{columns} };
	my @to_columns = shuffle(@{ pick(@{ $to->{uniques} }) });
	my @columns;

	foreach my $to_column (@to_columns)
	{
		my $family = $columns_of_to{$to_column}{family};
		my @there = grep { my $c = $_; defined $c->{family} && $c->{family} eq $family && !grep { $_ eq $c->{name} } @columns } @{ $table->{columns} };

		if (@there && chance($option{new} ? 0 : @to_columns > 1 ? 0.3 : 0.1))
		{
			push @columns, pick(@there)->{name};
			next;
		}
		my $stem = pick(@key_names);
		my $name = free_column_name($table, $stem, map { ("${_}_id", "${_}Id") } $stem, pick(@key_names), $to_column);
		$name = free_column_name($table, @key_names) if length($name) > 63;
		push @columns, $name;
		add_column($table, $name, pick(@{ $family{$family} }), !$option{not_null} && chance(0.7));
	}
	my @names = ("fk_$round->{serial}", 'author_key', @table_names[ 0 .. 4 ], @column_names[ 0 .. 3 ], 'odd "key", (via: x)', 'fk');
	my %taken = map { $_->{name} => 1 } @{ $table->{keys} };
	my ($name) = grep { !$taken{$_} && length($_) < 64 } (shuffle(@names), 'fk_' . $round->{serial}++);
	my $key = { name => $name, from => $table, columns => \@columns, to => $to, to_columns => \@to_columns };

	push @{ $table->{keys} }, $key;
	return $key;
}

sub union
{
	my %seen;

	return grep { !$seen{$_}++ } @_;
}

sub within
{
	my ($part, $whole) = @_;
	my %whole = map { $_ => 1 } @$whole;

	return !grep { !$whole{$_} } @$part;
}

sub make_tables
{
	my $round = shift;
	my @tables;
	my %taken;

	for (1 .. between(3, $round->{big} ? 4 : 7))
	{
		my $schema = chance(0.7) ? $schemas[0] : $schemas[1];
		my $name = pick(chance(0.6) ? @table_names[ 0 .. 4 ] : @table_names);

		push @tables, make_table($round, $schema, $name) unless $taken{"$schema.$name"}++;
	}
	my @plain = @tables;

	# more that can be referred to: unique keys beside the primary one
	foreach my $table (@plain)
	{
		my @candidates = grep { defined $_->{family} } @{ $table->{columns} };

		if (@candidates > 1 && chance(0.3))
		{
			my @unique = map { $_->{name} } (shuffle(@candidates))[ 0, 1 ];
			push @{ $table->{uniques} }, \@unique unless within(\@unique, $table->{pk}) && within($table->{pk}, \@unique);
		}
	}
	foreach my $table (@plain)
	{
		for (1 .. between(0, 3))
		{
			my $key = add_key($round, $table, pick(@plain));
			push @{ $table->{uniques} }, [ $key->{columns}[0] ] if chance(0.1);
			push @{ $table->{uniques} }, [ shuffle(@{ $key->{columns} }) ] if chance(0.1);
		}
		add_key($round, $table, $table) if chance(0.2);
		if (chance(0.1))
		{
			my $to = pick(@plain);
			add_key($round, $table, $to) for 1 .. 2;
		}
	}

	# junctions: the two keys lie in the primary key, or in another unique index
	for (1 .. between(0, 2))
	{
		my $schema = pick(@schemas);
		my $name = pick('likes', 'posts_tags', 'follows', 'odd "link"', 'users_posts', @table_names[ 0 .. 1 ]);
		next if $taken{"$schema.$name"}++;

		my $table = { schema => $schema, name => $name, columns => [], uniques => [], keys => [], partitions => [] };
		my $near = pick(@plain);
		my $far = chance(0.3) ? $near : pick(@plain);
		my $surrogate = chance(0.3);
		add_column($table, 'id', 'int', 0) if $surrogate;
		add_key($round, $table, $near, not_null => !$surrogate, new => 1);
		add_key($round, $table, $far, not_null => !$surrogate, new => chance(0.7));
		add_key($round, $table, pick(@plain), new => 1, not_null => 1) if chance(0.15);
		my @columns = union(map { @{ $_->{columns} } } @{ $table->{keys} }[ 0, 1 ]);
		if (chance(0.4))
		{
			push @columns, free_column_name($table, 'extra', 'at');
			add_column($table, $columns[-1], 'int', 0);
		}
		add_column($table, free_column_name($table, @column_names), pick(@payload_types), 1) if chance(0.5);
		push @{ $table->{uniques} }, ['id'] if $surrogate;
		push @{ $table->{uniques} }, [ shuffle(@columns) ];
		# a column may have been there already
		foreach my $column (@{ $table->{columns} })
		{
			$column->{null} = 0 if !$surrogate && grep { $_ eq $column->{name} } @columns;
		}
		$table->{pk} = $table->{uniques}[0];
		$table->{order} = $table->{pk};
		push @tables, $table;
	}

	foreach my $table (@tables)
	{
		# without a primary key, but with a unique index over what is not null
		if (chance(0.1) && $table->{pk})
		{
			$table->{no_pk} = 1;
		}
		elsif (chance(0.2))
		{
			$table->{partitioned} = 1;
			# every unique index must hold the partition key
			my @by = @{ $table->{pk} };
			my ($by) = grep { my $c = $_; !grep { !within([$c], $_) } @{ $table->{uniques} } } @by;
			my ($column) = grep { defined $by && $_->{name} eq $by } @{ $table->{columns} };
			$table->{partitioned} = 0 unless defined $by;
			$table->{by} = $by;
		}
		if (chance(0.15))
		{
			my ($from) = grep { $_->{type} =~ /^(int|text)$/ } @{ $table->{columns} };
			if ($from)
			{
				my $column = add_column($table, free_column_name($table, 'generated', 'c'), $from->{type}, 1);
				$column->{generated} = ident($from->{name}) . ($from->{type} eq 'text' ? q( || '!') : ' * 2');
			}
		}
		@{ $table->{columns} } = shuffle(@{ $table->{columns} });
	}
	return @tables;
}

sub create_table_sql
{
	my ($round, $table) = @_;
	my $name = table_sql($table);
	my @sql;
	my @columns = map {
		my $c = $_;
		ident($c->{name}) . " $c->{type}" . ($c->{generated} ? " GENERATED ALWAYS AS ($c->{generated}) STORED" : $c->{null} ? '' : ' NOT NULL')
	} @{ $table->{columns} };
	my $dropped = chance(0.3);

	splice @columns, between(0, scalar @columns), 0, 'zz_dropped int' if $dropped;
	push @sql, "CREATE TABLE $name (" . join(', ', @columns) . ')' . ($table->{partitioned} ? ' PARTITION BY HASH (' . ident($table->{by}) . ')' : '') . ';';
	push @sql, "ALTER TABLE $name DROP COLUMN zz_dropped;" if $dropped;
	if ($table->{partitioned})
	{
		for my $i (0 .. 1)
		{
			my $part = path($table->{schema}, substr($table->{name}, 0, 50) . "_p$i");
			if (chance(0.5))
			{
				push @sql, "CREATE TABLE $part PARTITION OF $name FOR VALUES WITH (MODULUS 2, REMAINDER $i);";
			}
			else
			{
				push @sql, "CREATE TABLE $part (" . join(', ', shuffle(grep { !/^zz_dropped/ } @columns)) . ');',
				  "ALTER TABLE $name ATTACH PARTITION $part FOR VALUES WITH (MODULUS 2, REMAINDER $i);";
			}
			push @{ $table->{partitions} }, $part;
		}
	}
	my $first = 1;
	foreach my $unique (@{ $table->{uniques} })
	{
		my $list = join ', ', map { ident($_) } @$unique;
		push @sql, $first && !$table->{no_pk} ? "ALTER TABLE $name ADD PRIMARY KEY ($list);" : "CREATE UNIQUE INDEX ON $name ($list);";
		$first = 0;
	}
	# no unique index of the sort that makes a key one-to-one
	if (chance(0.2) && @{ $table->{keys} } && !$table->{partitioned})
	{
		my $column = ident($table->{keys}[0]{columns}[0]);
		push @sql, pick("CREATE UNIQUE INDEX ON $name ($column) WHERE false;", "CREATE UNIQUE INDEX ON $name (($column IS NULL)) WHERE false;", "CREATE INDEX ON $name ($column);");
	}
	return @sql;
}

sub insert_sql
{
	my ($round, $table) = @_;
	my @columns = grep { !$_->{generated} } @{ $table->{columns} };
	my $into = 'INSERT INTO ' . table_sql($table) . ' (' . join(', ', map { ident($_->{name}) } @columns) . ')';

	if ($round->{big})
	{
		return "$into SELECT " . join(', ', map { value($round, $_) } @columns) . " FROM generate_series(1, $round->{big}) i ON CONFLICT DO NOTHING;";
	}
	my $rows = pick(0, 1, between(2, 8), between(4, 14), between(4, 14));
	return () if $rows == 0;
	return "$into VALUES\n  " . join(",\n  ", map { '(' . join(', ', map { value($round, $_) } @columns) . ')' } 1 .. $rows) . "\nON CONFLICT DO NOTHING;";
}

#
# Functions: computed fields and relationships
#

sub make_functions
{
	my ($round, $table) = @_;
	my $row = table_sql($table);
	my @sql;
	my %taken = map { $_->{name} => 1 } @{ $table->{columns} };
	my $header = sub {
		my ($name, $result, $how) = @_;
		return 'CREATE FUNCTION ' . path($table->{schema}, $name) . "($row) RETURNS $result LANGUAGE sql " . pick('STABLE', 'STABLE', 'IMMUTABLE') . " $how";
	};

	foreach my $i (1 .. pick(0, 0, 1, 2))
	{
		my $column = pick(@{ $table->{columns} });
		my $name = pick('full_name', 'Odd (field)', "f'$i");
		next if $taken{$name}++;
		push @{ $table->{fields} }, { name => $name, column => $column };
		push @sql, $header->($name, $column->{type}, 'AS ' . literal('SELECT $1.' . ident($column->{name}))) . ';';
	}
	# to a table with nothing that is null only: such a row counts as none
	my @targets = grep { @{ $_->{order} } } @{ $round->{tables} };
	foreach my $i (1 .. pick(0, 0, 1, 2))
	{
		my $target = pick(@targets);
		my $name = pick('related', 'Odd "rel"', 'latest', $target->{name});
		my ($from, $to) = (pick(@{ $table->{columns} }), pick(@{ $target->{columns} }));
		my $many = chance(0.5);
		my $order = join ', ', map { 'zz.' . ident($_) . pick('', ' DESC') } @{ $target->{order} };
		my $where = "pg_catalog.length(zz." . ident($to->{name}) . "::text) " . pick('=', '<=') . ' pg_catalog.length($1.' . ident($from->{name}) . '::text)';

		next if $taken{$name}++;
		push @{ $table->{functions} }, { name => $name, to => $target, many => $many };
		my $set = $many || chance(0.5) ? 'SETOF ' : '';
		push @sql, $header->($name, $set . table_sql($target), ($set && !$many ? 'ROWS 1 ' : '') . 'AS '
			  . literal('SELECT zz' . ($set ? '.*' : '') . ' FROM ' . only($target) . " AS zz WHERE $where ORDER BY $order" . ($many ? '' : ' LIMIT 1'))) . ';';
	}
	return @sql;
}

#
# Relationships and their names
#

sub name_of_to_one
{
	my $key = shift;
	my $name = $key->{columns}[0];

	return undef if @{ $key->{columns} } != 1;
	$name =~ s/(?<=.)_id$// || $name =~ s/(?<=.)Id$//;
	return $name;
}

sub relationships
{
	my ($round, $table) = @_;
	my @found;

	return @{ $table->{relationships} } if $table->{relationships};
	push @found, map { { %$_, kind => 'computed', owner => $table } } @{ $table->{functions} };
	foreach my $key (@{ $table->{keys} })
	{
		push @found, { kind => 'to-one', name => name_of_to_one($key), to => $key->{to}, key => $key };
	}
	foreach my $other (@{ $round->{tables} })
	{
		foreach my $key (grep { $_->{to} == $table } @{ $other->{keys} })
		{
			my $one = grep { within($_, $key->{columns}) } @{ $other->{uniques} };

			push @found, { kind => $one ? 'one-to-one' : 'to-many', name => $other->{name}, to => $other, key => $key };
			next if $other == $table;
			foreach my $far (@{ $other->{keys} })
			{
				my @both = union(@{ $key->{columns} }, @{ $far->{columns} });

				next if $far == $key || $far->{to} == $other;
				next if within($key->{columns}, $far->{columns}) || within($far->{columns}, $key->{columns});
				next if !grep { within(\@both, $_) } @{ $other->{uniques} };
				push @found, { kind => 'many-to-many', name => $far->{to}{name}, to => $far->{to}, key => $key, far => $far };
			}
		}
	}
	foreach my $relationship (@found)
	{
		next if $relationship->{kind} eq 'computed';
		$relationship->{self} = !$relationship->{far} && $relationship->{key}{from} == $relationship->{key}{to};
		$relationship->{many} = $relationship->{kind} =~ /many$/;
	}
	$table->{relationships} = \@found;
	return @found;
}

# Those that a name without via can mean: that have it as theirs, or else to-one
# ones by their target.
sub named
{
	my ($round, $table, $name) = @_;
	my (@own, @target);
	my ($computed) = grep { $_->{kind} eq 'computed' && $_->{name} eq $name } relationships($round, $table);

	return $computed if $computed;
	foreach my $r (grep { $_->{key} } relationships($round, $table))
	{
		my $constraint = !$r->{far} && ($r->{kind} eq 'to-one' || !$r->{self}) ? $r->{key}{name} : undef;

		if ((defined $r->{name} && $r->{name} eq $name) || (defined $constraint && $constraint eq $name)) { push @own, $r }
		elsif ($r->{kind} eq 'to-one' && !$r->{self} && $r->{to}{name} eq $name) { push @target, $r }
	}
	# over a key or over a junction: neither is the obvious one
	return (@own, @target) if !@own || grep { $_->{far} && $_->{name} eq $name } @own;
	return @own;
}

sub vias
{
	my ($r, $key) = @_;
	my $from = $key->{from};

	return (
		[ $key->{name} ],
		($r->{far} ? ([ $from->{name} ], [ $from->{schema}, $from->{name} ]) : map { [$_] } @{ $key->{columns} }),
		map { ([ $from->{name}, $_ ], [ $from->{schema}, $from->{name}, $_ ]) } @{ $key->{columns} });
}

sub named_via
{
	my ($round, $table, $name, $via) = @_;

	foreach my $side (qw(key far))
	{
		my @found;

		foreach my $r (grep { $_->{key} } relationships($round, $table))
		{
			my @names = (defined $r->{name} ? $r->{name} : (), $r->{kind} eq 'to-one' && $r->{self} ? () : $r->{to}{name});

			next if !$r->{$side} || !grep { $_ eq $name } @names;
			push @found, $r if grep { join("\0", @$_) eq join("\0", @$via) } vias($r, $r->{$side});
		}
		return @found if @found;
	}
	return ();
}

# All ways to write a relationship: [name, via or undef].
sub spellings
{
	my ($round, $table, $r) = @_;
	my @spellings;

	return @{ $r->{spellings} } if $r->{spellings};
	return [ $r->{name} ] if $r->{kind} eq 'computed';
	foreach my $name (union(defined $r->{name} ? $r->{name} : (), $r->{key}{name}, $r->{to}{name}))
	{
		push @spellings, map { [ $name, $_ ] } undef, vias($r, $r->{key}), $r->{far} ? vias($r, $r->{far}) : ();
	}
	@spellings = grep {
		my @means = defined $_->[1] ? named_via($round, $table, @$_) : named($round, $table, $_->[0]);
		@means == 1 && $means[0] == $r
	} @spellings;
	$r->{spellings} = \@spellings;
	return @spellings;
}

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

# A table that others may inherit from, as its keys see it.
sub only { return ($_[0]{partitioned} ? '' : 'ONLY ') . table_sql($_[0]) }

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
	return sprintf "'2020-01-%02d'", $n if $family eq 'date' || $type eq 'timestamptz';
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
	my $operator = pick('=', '=', '<>', '<', '<=', '>', '>=');
	return ("$shape $operator " . ident($other->{name}), "$sql $operator $alias." . ident($other->{name})) if $other && chance(0.2);
	return $both->(pick('', ' ') . $operator . pick('', ' ') . $literal->());
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
		my $function = !$column || chance(0.5) ? 'count' : $column->{type} =~ /^(text|date)$/ ? pick('min', 'max') : pick(qw(min max sum avg));

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
