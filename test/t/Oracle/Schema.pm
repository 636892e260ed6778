# Random tables, rows and functions, and the relationships between them with their
# names: what it knows of these it knows from docs/relationships.md, not from the extension.
#
# A schema is a list of tables:
#   schema, name, columns [{name, type, null, family, generated}], order (what sorts
#   its rows), uniques [[column, ...]], keys [{name, from, columns, to, to_columns}],
#   pk, partitioned, fields [{name, column}] and functions [{name, to, many}] (computed
#   fields and relationships).
package Oracle::Schema;

use strict;
use warnings;
use utf8;

use Exporter 'import';
our @EXPORT = qw(
  ident literal shape_name path union
  @schemas $types column_type_family table_sql only
  make_tables create_table_sql insert_sql make_functions
  relationships named vias named_via spellings);

use Chance;

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

our @schemas = ('o one', 'o.TWO');
our $types = path($schemas[0]);
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

# A table that others may inherit from, as its keys see it.
sub only { return ($_[0]{partitioned} ? '' : 'ONLY ') . table_sql($_[0]) }

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

# Those that a name without via can mean: to-one ones by their own column, or else
# those that have it as theirs, or else to-one ones by their target.
sub named
{
	my ($round, $table, $name) = @_;
	my (@own, @target);
	my ($computed) = grep { $_->{kind} eq 'computed' && $_->{name} eq $name } relationships($round, $table);

	return $computed if $computed;
	my @column = grep { $_->{kind} eq 'to-one' && ($_->{name} // ($_->{self} ? $_->{key}{name} : '')) eq $name } relationships($round, $table);
	return @column if @column;
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

# With the table, which may have others' names for columns.
sub constraint_vias
{
	my ($r, $key) = @_;
	my $from = $key->{from};

	return ([ $from->{name}, $key->{name} ], [ $from->{schema}, $from->{name}, $key->{name} ]);
}

# Both keys of a junction: this table's, and that of the target.
sub pair_vias
{
	my ($r, $constraints) = @_;
	my $from = $r->{key}{from};
	my @names = map { [ $_->{name}, $constraints ? () : @{ $_->{columns} } ] } $r->{key}, $r->{far};
	my @vias;

	foreach my $near (@{ $names[0] })
	{
		push @vias, map { ([ $from->{name}, $near, $_ ], [ $from->{schema}, $from->{name}, $near, $_ ]) } @{ $names[1] };
	}
	return @vias;
}

# The ways to read a via, as a list of [what a relationship must have, what it is written as]
# of which the first that fits counts.
my @readings = (
	[ 'key', sub { constraint_vias($_[0], $_[0]{key}) } ],
	[ 'key', sub { vias($_[0], $_[0]{key}) } ],
	[ 'far', sub { constraint_vias($_[0], $_[0]{far}) } ],
	[ 'far', sub { vias($_[0], $_[0]{far}) } ],
	[ 'far', sub { pair_vias($_[0], 1) } ],
	[ 'far', sub { pair_vias($_[0], 0) } ]);

sub all_vias
{
	my $r = shift;

	return map { $_->[1]->($r) } grep { $r->{ $_->[0] } } @readings;
}

sub named_via
{
	my ($round, $table, $name, $via) = @_;

	foreach my $reading (@readings)
	{
		my @found;

		foreach my $r (grep { $_->{key} } relationships($round, $table))
		{
			my $one_of_self = $r->{kind} eq 'to-one' && $r->{self};
			my @names = (defined $r->{name} ? $r->{name} : (), $r->{to}{name}, !$r->{far} && ($r->{kind} eq 'to-one' || !$r->{self}) ? $r->{key}{name} : ());

			next if !$r->{ $reading->[0] } || !grep { $_ eq $name } @names;
			next if $one_of_self && $name eq $r->{to}{name};
			push @found, $r if grep { join("\0", @$_) eq join("\0", @$via) } $reading->[1]->($r);
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
		push @spellings, map { [ $name, $_ ] } undef, all_vias($r);
	}
	@spellings = grep {
		my @means = defined $_->[1] ? named_via($round, $table, @$_) : named($round, $table, $_->[0]);
		@means == 1 && $means[0] == $r
	} @spellings;
	$r->{spellings} = \@spellings;
	return @spellings;
}

1;
