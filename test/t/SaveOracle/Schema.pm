# Random tables and rows.
#
# A table is {name, n, columns [{name, type, not_null, default, key, check}], pk [column],
# uniques [{name, columns, deferrable}], fks [{name, columns, to, to_columns, deferred,
# unique}], junction, partitioned}. Rows are hashes of values as text, undef of NULL, and "#" a number
# that each row has in the model alone.
package SaveOracle::Schema;

use strict;
use warnings;
use utf8;

use Exporter 'import';
our @EXPORT = qw(
  literal ident
  make_schema part_tables schema_sql make_rows rows_sql column_of random_value relations base_of is_new_key value_sql);

use Chance;
use SaveOracle::Json;

sub ident { return "\"$_[0]\"" }
sub literal { my $text = shift; $text =~ s/'/''/g; return "'$text'" }

# What a sequence of a table starts with: a value from there on is a new key, and tells
# whose.
sub base_of { return 100_000 * $_[0]{n} }
sub is_new_key { return $_[0] =~ /^[1-9][0-9]{5,}$/ }

sub column_of
{
	my ($table, $name) = @_;

	return (grep { $_->{name} eq $name } @{ $table->{columns} })[0];
}

# A value that the check of a column refuses.
my $refused = 13;

# A value of a column that it takes; of few if they are to meet.
sub random_value
{
	my ($column, $wide) = @_;
	my $type = $column->{type};
	my $n = between(1, $wide ? 40 : 6);

	$n++ if $n == $refused;
	return $n if $type eq 'int' || $type eq 'bigint';
	return pick("$n.5", "$n.25", $n) if $type eq 'numeric';
	return ($wide ? 'w' : pick('a', 'b ', 'ä"\\')) . $n if $type eq 'text';
	return pick('t', 'f') if $type eq 'bool';
	return sprintf '2024-01-%02d', $n % 28 + 1 if $type eq 'date';
	return json_text(parse_json(pick("{\"a\": $n, \"b\": [1, null]}", "[$n]", '"x"', $n, 'null', 'true')));
}

sub value_sql
{
	my ($value) = @_;

	return defined $value ? literal($value) : 'NULL';
}

my @payload_types = qw(int int text text bool numeric date jsonb);

sub add_column
{
	my ($table, $name, %column) = @_;

	push @{ $table->{columns} }, { name => $name, %column };
	return $name;
}

sub add_fk
{
	my ($table, $to, $stem, %options) = @_;
	my @columns;
	my @to_columns = @{ $to->{pk} };

	if (!$options{plain} && chance(0.15))
	{
		my ($unique) = grep { @{ $_->{columns} } == 1 && !$_->{deferrable} && column_of($to, $_->{columns}[0])->{not_null} } @{ $to->{uniques} };
		@to_columns = @{ $unique->{columns} } if $unique;
	}
	foreach my $i (0 .. $#to_columns)
	{
		my $type = column_of($to, $to_columns[$i])->{type};
		$type = 'bigint' if $type eq 'int' && chance(0.1);
		push @columns, add_column($table, $stem . ($i ? $i : ''), type => $type, not_null => $options{not_null}, fk => 1);
	}
	my $fk = { name => "$table->{name}_$stem\_key", columns => \@columns, to => $to, to_columns => \@to_columns, deferred => !$options{plain} && chance(0.12) };
	push @{ $table->{fks} }, $fk;
	return $fk;
}

sub add_payload
{
	my ($table, $most) = @_;

	foreach my $i (1 .. between(1, $most))
	{
		my $type = pick(@payload_types);
		my %column = (type => $type, not_null => chance(0.4));
		$column{check} = 1 if $type eq 'int' && chance(0.4);
		$column{default} = random_value({ type => $type }) if chance(0.35);
		add_column($table, "c$i", %column);
	}
	# what rows may be known by
	if (chance(0.55))
	{
		add_column($table, 'code', type => pick('text', 'int'), not_null => chance(0.8));
		push @{ $table->{uniques} }, { name => "$table->{name}_code_unique", columns => ['code'], deferrable => chance(0.15) };
	}
	if (chance(0.15))
	{
		add_column($table, 'u', type => 'int', not_null => 1);
		push @{ $table->{uniques} }, { name => "$table->{name}_u_unique", columns => ['u'], deferrable => chance(0.3) };
	}
}

sub make_table
{
	my ($n, $before) = @_;
	my $table = { name => "t$n", n => $n, columns => [], uniques => [], fks => [] };
	my $kind = pick(qw(serial serial identity always int text composite line));
	my @self = chance(0.3) ? ($table) : ();

	$kind = 'serial' if $kind eq 'line' && !@$before;
	if ($kind eq 'composite')
	{
		$table->{pk} = [ add_column($table, 'k1', type => 'int', not_null => 1), add_column($table, 'k2', type => 'text', not_null => 1) ];
	}
	elsif ($kind eq 'line')
	{
		my $fk = add_fk($table, pick(@$before), 'p', not_null => 1);
		$table->{pk} = [ @{ $fk->{columns} }, add_column($table, 'line', type => 'int', not_null => 1) ];
	}
	else
	{
		$table->{pk} = [ add_column($table, 'id', type => $kind eq 'text' ? 'text' : 'int', not_null => 1, key => $kind =~ /int|text/ ? undef : $kind) ];
	}
	$kind eq 'line' and @self = ();
	add_payload($table, 3);
	foreach my $i (1 .. pick(0, 1, 1, 2))
	{
		next if !@$before && !@self;
		my $to = pick(@self, @$before);
		my $fk = add_fk($table, $to, "r$i", not_null => $to != $table && chance(0.4));
		if (chance(0.25))
		{
			push @{ $table->{uniques} }, { name => "$fk->{name}_unique", columns => $fk->{columns}, deferrable => 0 };
			$fk->{unique} = 1;
		}
	}
	return $table;
}

sub make_junction
{
	my ($n, $near, $far) = @_;
	my $table = { name => "j$n", n => $n, columns => [], uniques => [], fks => [], junction => 1 };
	my $serial = chance(0.3);

	add_column($table, 'id', type => 'int', not_null => 1, key => 'serial') if $serial;
	my @pair = map { @{ $_->{columns} } } add_fk($table, $near, 'a', not_null => 1, plain => 1), add_fk($table, $far, 'b', not_null => 1, plain => 1);
	$table->{pk} = $serial ? ['id'] : \@pair;
	push @{ $table->{uniques} }, { name => "j$n\_pair", columns => \@pair, deferrable => 0 } if $serial;
	if (chance(0.5))
	{
		my $not_null = chance(0.5);
		add_column($table, 'grade', type => 'int', not_null => $not_null, default => $not_null || chance(0.3) ? 1 : undef);
	}
	return $table;
}

sub make_schema
{
	my @tables;

	push @tables, make_table(scalar @tables + 1, [@tables]) foreach 1 .. pick(1, 2, 3, 3, 4);
	push @tables, make_junction(scalar @tables + 1, pick(@tables), pick(@tables)) if chance(0.6);
	# a key that leads back
	my @plain = grep { !$_->{junction} } @tables;
	if (@plain > 1 && chance(0.3))
	{
		my $n = int(rand(@plain - 1));
		add_fk($plain[$n], $plain[ between($n + 1, $#plain) ], 'back')->{is_late} = 1;
	}
	return \@tables;
}

# Lets tables have partitions, by what all their keys have.
sub part_tables
{
	my $tables = shift;

	foreach my $table (@$tables)
	{
		my @keys = grep { my $name = $_; !grep { !grep { $_ eq $name } @{ $_->{columns} } } @{ $table->{uniques} } } @{ $table->{pk} };
		$table->{partitioned} = pick(@keys) if @keys && chance(0.25) && !grep { ($_->{key} // '') =~ /identity|always/ } @{ $table->{columns} };
	}
}

sub list { return join ', ', map { ident($_) } @{ $_[0] } }

sub fk_sql
{
	my $fk = shift;

	return "CONSTRAINT $fk->{name} FOREIGN KEY (" . list($fk->{columns}) . ") REFERENCES $fk->{to}{name} (" . list($fk->{to_columns}) . ')' . ($fk->{deferred} ? ' DEFERRABLE INITIALLY DEFERRED' : '');
}

sub schema_sql
{
	my $tables = shift;
	my @sql;

	foreach my $table (@$tables)
	{
		my @parts = map {
			my $generated =
			    !$_->{key} ? ''
			  : $_->{key} eq 'serial' ? " DEFAULT nextval('$table->{name}_seq')"
			  : ' GENERATED ' . ($_->{key} eq 'always' ? 'ALWAYS' : 'BY DEFAULT') . ' AS IDENTITY (START ' . base_of($table) . ')';
			join ' ', ident($_->{name}), $_->{type}, $generated, $_->{not_null} ? 'NOT NULL' : (), defined $_->{default} ? 'DEFAULT ' . literal($_->{default}) : (),
			  $_->{check} ? "CONSTRAINT $table->{name}_$_->{name}_check CHECK (" . ident($_->{name}) . " <> $refused)" : ();
		} @{ $table->{columns} };
		push @parts, 'PRIMARY KEY (' . list($table->{pk}) . ')';
		push @parts, map { "CONSTRAINT $_->{name} UNIQUE (" . list($_->{columns}) . ')' . ($_->{deferrable} ? ' DEFERRABLE' : '') } @{ $table->{uniques} };
		push @parts, map { fk_sql($_) } grep { !$_->{is_late} } @{ $table->{fks} };
		push @sql, "CREATE SEQUENCE $table->{name}_seq START " . base_of($table) . ';';
		push @sql, "CREATE TABLE $table->{name} (" . join(', ', @parts) . ')' . ($table->{partitioned} ? " PARTITION BY HASH ($table->{partitioned})" : '') . ';';
		push @sql, map { "CREATE TABLE $table->{name}_part$_ PARTITION OF $table->{name} FOR VALUES WITH (MODULUS 2, REMAINDER $_);" } $table->{partitioned} ? (0, 1) : ();
	}
	return @sql;
}

# Whether a row could stand beside others.
sub is_unique
{
	my ($table, $row, $rows) = @_;

	foreach my $columns ($table->{pk}, map { $_->{columns} } @{ $table->{uniques} })
	{
		next if grep { !defined $row->{$_} } @$columns;
		foreach my $other (@$rows)
		{
			return 0 if !grep { !defined $other->{$_} || $other->{$_} ne $row->{$_} } @$columns;
		}
	}
	return 1;
}

my $numbers = 0;

# Lets keys lead to rows that come later, and round.
sub lead_round
{
	my ($tables, $rows) = @_;

	foreach my $table (@$tables)
	{
		foreach my $fk (grep { $_->{is_late} || $_->{to} == $table } @{ $table->{fks} })
		{
			foreach my $row (@{ $rows->{ $table->{name} } })
			{
				next if !chance($fk->{is_late} ? 0.7 : 0.35);
				my $to = pick(@{ $rows->{ $fk->{to}{name} } }) or next;
				my %changed = (%$row, map { $fk->{columns}[$_] => $to->{ $fk->{to_columns}[$_] } } 0 .. $#{ $fk->{columns} });
				%$row = %changed if is_unique($table, \%changed, [ grep { $_ != $row } @{ $rows->{ $table->{name} } } ]);
			}
		}
	}
}

# Rows for all tables: {table name => [row]}.
sub make_rows
{
	my $tables = shift;
	my %rows;

	foreach my $table (@$tables)
	{
		my $rows = $rows{ $table->{name} } = [];
		my $next = 1;

		for (1 .. between(1, 6))
		{
			my %row = ('#' => ++$numbers);

			foreach my $column (@{ $table->{columns} })
			{
				$row{ $column->{name} } = $column->{key} ? $next++ : !$column->{not_null} && chance(0.2) ? undef : random_value($column, $column->{name} =~ /^(k|id|code|u|line)/);
			}
			foreach my $fk (@{ $table->{fks} })
			{
				my $to = pick(@{ $rows{ $fk->{to}{name} } });
				my $is_null = !defined $to || (!column_of($table, $fk->{columns}[0])->{not_null} && chance(0.25));
				$row{ $fk->{columns}[$_] } = $is_null ? undef : $to->{ $fk->{to_columns}[$_] } foreach 0 .. $#{ $fk->{columns} };
			}
			next if grep { $_->{not_null} && !defined $row{ $_->{name} } } @{ $table->{columns} };
			push @$rows, \%row if is_unique($table, \%row, $rows);
		}
	}
	lead_round($tables, \%rows);
	return \%rows;
}

sub rows_sql
{
	my ($tables, $rows) = @_;
	my @sql;

	foreach my $table (@$tables)
	{
		my @names = map { $_->{name} } @{ $table->{columns} };
		my @values = map { my $row = $_; '(' . join(', ', map { value_sql($row->{$_}) } @names) . ')' } @{ $rows->{ $table->{name} } };
		push @sql, "INSERT INTO $table->{name} (" . list(\@names) . ') OVERRIDING SYSTEM VALUE VALUES ' . join(', ', @values) . ';' if @values;
	}
	push @sql, map { my $table = $_; map { "ALTER TABLE $table->{name} ADD " . fk_sql($_) . ';' } grep { $_->{is_late} } @{ $table->{fks} } } @$tables;
	return @sql;
}

# The relationships of a table: {kind, table, to, fk, far, spelling}; of a many-to-many
# one fk is the junction's to this table, and far the other.
sub relations
{
	my ($tables, $table) = @_;
	my @found = map { { kind => 'to_one', table => $table, to => $_->{to}, fk => $_, spelling => $_->{name} } } @{ $table->{fks} };

	foreach my $other (@$tables)
	{
		foreach my $fk (grep { $_->{to} == $table } @{ $other->{fks} })
		{
			push @found, { kind => $fk->{unique} ? 'one_to_one' : 'to_many', table => $table, to => $other, fk => $fk, spelling => $other->{name}, via => $fk->{name} };
			next if !$other->{junction};
			my ($far) = grep { $_ != $fk } @{ $other->{fks} };
			push @found, { kind => 'many', table => $table, to => $far->{to}, fk => $fk, far => $far, junction => $other, spelling => $far->{to}{name}, via => "$other->{name}.$fk->{columns}[0]" };
		}
	}
	return @found;
}

1;
