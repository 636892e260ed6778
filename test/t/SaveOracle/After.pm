# What the model of a save makes of the rows once all documents are read, and what the
# constraints and "where" say of them.
package SaveOracle::After;

use strict;
use warnings;
use utf8;

use Exporter 'import';
our @EXPORT = qw(final_rows check_constraints check_where column_loc loc_text item_loc places wrong);

use SaveOracle::Json;
use SaveOracle::Read;
use SaveOracle::Schema;
use SaveOracle::Shape;

#
# Places
#

sub loc_text { return json_text(array(map { /^[0-9]+$/ ? number($_) : string(s/^=//r) } @_)) }

sub item_loc
{
	my ($node, $item, @loc) = @_;

	return $node->{form} =~ /^value/ ? @loc : (@loc, $item->{key});
}

# Where a row is said, all over again too.
sub places { my $e = shift; return ($e->{loc}, @{ $e->{also} // [] }) }

# Where an error over one column of a row stands.
sub column_loc
{
	my ($e, $column) = @_;
	my $item = key_item($e->{node}, $column);

	return item_loc($e->{node}, $item, @{ $e->{loc} }) if $item;
	foreach my $item (grep { $_->{kind} eq 'rel' } @{ $e->{node}{items} })
	{
		my $node = $item->{node};
		return (@{ $e->{loc} }, $item->{key}) if $node->{write} ne 'none' && $node->{rel}{kind} eq 'to_one' && "@{ $node->{rel}{fk}{columns} }" eq $column;
	}
	return @{ $e->{loc} };
}

#
# Errors
#

# An error is [type, loc...]; any of them may be told.
sub wrong
{
	my ($m, @errors) = @_;
	my %texts;

	foreach my $error (@errors)
	{
		my ($type, @loc) = @$error;
		$texts{ loc_text(@loc) . " $type" } = 1;
		# what a row says that is said again may be told at either place
		my $again = $m->{again} or next;
		my ($second, $first) = @$again;
		next if @loc < @$second || grep { $loc[$_] ne $second->[$_] } 0 .. $#$second;
		$texts{ loc_text(@$first, @loc[ @$second .. $#loc ]) . " $type" } = 1;
	}
	if ($m->{quiet}) { $m->{may}{$_} = 1 foreach keys %texts }
	else { push @{ $m->{groups} }, \%texts }
}

#
# Afterwards
#

sub final_rows
{
	my $m = shift;
	my %final;
	my %changed;

	foreach my $e (grep { !$_->{gone} && !$_->{is_lost} } @{ $m->{entities} })
	{
		if ($e->{row})
		{
			my %set = map { $_ => $e->{set}{$_} } grep { ($e->{set}{$_} // "\0") ne ($e->{row}{$_} // "\0") } keys %{ $e->{set} };
			$changed{ $e->{row}{'#'} } = { %{ $changed{ $e->{row}{'#'} } // {} }, %set } if %set;
			$e->{is_written} = 1 if %set;
		}
		elsif (!$e->{deletes} && $e->{node}{write} ne 'link')
		{
			$e->{final} = { (map { $_->{name} => $e->{set}{ $_->{name} } } @{ $e->{table}{columns} }), '#' => "new$e->{id}" };
			$e->{is_written} = 1;
			push @{ $final{ $e->{table}{name} } }, $e->{final};
		}
	}
	# what one place calls by what another one changes
	foreach my $e (grep { $_->{row} && $_->{is_written} } @{ $m->{entities} })
	{
		my $other = $changed{ $e->{row}{'#'} };
		$m->{vague} = 1 if grep { exists $other->{ $_->[0] } && !exists $e->{set}{ $_->[0] } } @{ $e->{node}{rule} // [] };
	}
	# a row that leads to one whose key changes may get that afterwards
	foreach my $e (grep { $_->{row} && $_->{is_written} && $_->{node}{rel} && $_->{node}{rel}{kind} =~ /^(to_many|one_to_one)$/ } @{ $m->{entities} })
	{
		my $above = $e->{parent}{row} ? $changed{ $e->{parent}{row}{'#'} } : undef;
		$m->{twice}{ $e->{table}{name} }++ if $above && grep { exists $above->{$_} } @{ $e->{node}{rel}{fk}{to_columns} };
	}
	foreach my $table (@{ $m->{tables} })
	{
		foreach my $row (@{ $m->{rows}{ $table->{name} } })
		{
			next if $m->{doomed}{ $row->{'#'} };
			push @{ $final{ $table->{name} } }, { %$row, %{ $changed{ $row->{'#'} } // {} } };
			$m->{updates}{ $table->{name} }++ if $changed{ $row->{'#'} };
		}
	}
	foreach my $e (grep { $_->{row} } @{ $m->{entities} })
	{
		($e->{final}) = grep { $_->{'#'} eq $e->{row}{'#'} } @{ $final{ $e->{table}{name} } };
	}
	# rows of junctions
	my %pairs;
	foreach my $list (grep { $_->{node}{rel}{kind} eq 'many' } @{ $m->{lists} })
	{
		my $rel = $list->{node}{rel};
		foreach my $e (@{ $list->{entities} })
		{
			next if $e->{is_lost} || $e->{deletes} || !$e->{final} || ($e->{row} && $list->{claimed}{ $e->{row}{'#'} });
			next if !$list->{parent}{final} || $pairs{"$list->{parent}{id} $e->{id} $rel->{junction}{name} $rel->{via}"}++;
			my %pair = map { $_->{name} => $_->{default} } @{ $rel->{junction}{columns} };
			$pair{id} = base_of($rel->{junction}) + 50000 + $m->{next}++ if exists $pair{id};
			$pair{ $rel->{fk}{columns}[$_] } = $list->{parent}{final}{ $rel->{fk}{to_columns}[$_] } foreach 0 .. $#{ $rel->{fk}{columns} };
			$pair{ $rel->{far}{columns}[$_] } = $e->{final}{ $rel->{far}{to_columns}[$_] } foreach 0 .. $#{ $rel->{far}{columns} };
			$pair{'#'} = "pair$m->{next}";
			$m->{next}++;
			push @{ $final{ $rel->{junction}{name} } }, \%pair;
			push @{ $m->{pairs} }, { table => $rel->{junction}, final => \%pair, loc => $e->{loc}, node => undef, parent => $list->{parent}, targets => { far => $e }, is_written => 1, set => \%pair };
		}
	}
	$final{ $_->{name} } //= [] foreach @{ $m->{tables} };
	return \%final;
}

sub written_loc
{
	my ($e, @columns) = @_;

	return @{ $e->{loc} } if !$e->{node} || @columns != 1;
	return column_loc($e, $columns[0]);
}

# What the constraints say of the rows afterwards.
sub check_constraints
{
	my ($m, $final) = @_;
	my @written = (grep({ $_->{is_written} && $_->{final} } @{ $m->{entities} }), @{ $m->{pairs} // [] });
	my @groups;
	my $blame = sub {
		my ($type, @who) = @_;
		push @groups, [ map { [ $_->[0], $type, $_->[1] ] } @who ];
	};
	my $where = sub {
		my ($type, $e, @columns) = @_;
		my @texts = map { loc_text(@$_) . " $type" } map({ [ written_loc({ %$e, loc => $_ }, @columns) ] } places($e)), $e->{is_other} ? $e->{loc} : ();
		return [ $e, \@texts ];
	};
	my $deferred = 0;
	my %unsure;

	foreach my $e (@written)
	{
		foreach my $column (@{ $e->{table}{columns} })
		{
			my ($name, $value) = ($column->{name}, $e->{final}{ $column->{name} });

			# what another place says is told there
			next if $e->{row} && !exists $e->{set}{$name};
			if ($column->{not_null} && !defined $value) { push @groups, { type => 'not_null', sure => 1, who => [ $where->('not_null', $e, $name) ] } }
			# the first that fails of a row is told
			elsif ($column->{check} && ($value // '') eq '13') { push @groups, { type => 'check', sure => 1, who => [ $where->('check', $e, $name) ] } }
		}
	}
	foreach my $table (@{ $m->{tables} })
	{
		foreach my $unique ({ columns => $table->{pk} }, @{ $table->{uniques} })
		{
			my %rows;
			foreach my $row (@{ $final->{ $table->{name} } })
			{
				next if grep { !defined $row->{$_} } @{ $unique->{columns} };
				push @{ $rows{ join "\0", map { $row->{$_} } @{ $unique->{columns} } } }, $row;
			}
			foreach my $clash (grep { @$_ > 1 } values %rows)
			{
				my @who = map { $where->('unique', $_, @{ $unique->{columns} }) } grep { my $e = $_; $e->{table} == $table && grep { $_ == $e->{final} } @$clash } @written;
				push @groups, { type => 'unique', who => \@who };
			}
			# values that rows give and take among themselves
			next if $unique->{deferrable};
			foreach my $e (grep { $_->{table} == $table && $_->{final} && $_->{row} && !$_->{is_lost} } @written)
			{
				my @taken = grep {
					my $row = $_;
					$row->{'#'} ne $e->{row}{'#'} && !grep { !defined $row->{$_} || !defined $e->{final}{$_} || $row->{$_} ne $e->{final}{$_} } @{ $unique->{columns} }
				} @{ $m->{rows}{ $table->{name} } };
				foreach my $row (@taken)
				{
					my $is_last = $m->{doomed}{ $row->{'#'} };
					$m->{may_fail} = $unsure{$e} = 1 if !$is_last || ($is_last->{node} && $is_last->{node}{rel} && $is_last->{node}{rel}{kind} eq 'to_one');
				}
			}
		}
		foreach my $fk (@{ $table->{fks} })
		{
			foreach my $row (@{ $final->{ $table->{name} } })
			{
				next if grep { !defined $row->{$_} } @{ $fk->{columns} };
				next if grep { SaveOracle::Read::leads_to($fk, $row, $_) } @{ $final->{ $fk->{to}{name} } };
				$deferred = 1, next if $fk->{deferred};
				my @who = map { $where->('foreign_key', $_, @{ $fk->{columns} }) } grep { $_->{table} == $table && $_->{final} == $row } @written;
				foreach my $gone (grep { $_->{table} == $fk->{to} && SaveOracle::Read::leads_to($fk, $row, $_->{row}) } values %{ $m->{doomed} })
				{
					push @who, [ $gone, [ loc_text(@{ $gone->{loc} }) . ' foreign_key', $gone->{node} ? map { loc_text(@{ $gone->{loc} }, $_->{key}) . ' foreign_key' } @{ $gone->{node}{items} } : () ] ];
				}
				foreach my $e (grep { $_->{row} && $_->{table} == $fk->{to} && SaveOracle::Read::leads_to($fk, $row, $_->{row}) } @written)
				{
					push @who, [ $e, [ loc_text(@{ $e->{loc} }) . ' foreign_key', map { loc_text(@{ $e->{loc} }, $_->{key}) . ' foreign_key' } @{ $e->{node}{items} } ] ];
				}
				push @groups, { type => 'foreign_key', who => \@who };
			}
		}
	}
	# a key that rows have, of a row that gets another one: it cannot be both at once
	foreach my $e (grep { $_->{row} && $_->{final} } @written)
	{
		foreach my $table (@{ $m->{tables} })
		{
			foreach my $fk (grep { $_->{to} == $e->{table} && !$_->{deferred} } @{ $table->{fks} })
			{
				next if !grep { $e->{row}{$_} ne $e->{final}{$_} } @{ $fk->{to_columns} };
				$m->{may_fail} = $unsure{$e} = 1 if grep { SaveOracle::Read::leads_to($fk, $_, $e->{row}) } @{ $m->{rows}{ $table->{name} } };
			}
		}
	}
	$m->{deferred} = $deferred;
	return if !@groups;

	# of a row only the first that fails is told, and nothing of those that need it
	my %sure;
	foreach my $group (grep { $_->{sure} } @groups) { push @{ $sure{ $group->{who}[0][0] } }, @{ $group->{who}[0][1] } }
	my %failing = (%unsure, map { $_->[0] => 1 } map { @{ $_->{who} } } @groups);
	foreach my $group (@groups)
	{
		foreach my $who (@{ $group->{who} }) { $m->{may}{$_} = 1 foreach @{ $who->[1] } }
	}
	foreach my $e (@written)
	{
		my $is_after = 0;
		for (my $above = $e->{parent}; $above; $above = $above->{parent}) { $is_after = 1 if $failing{$above} }
		push @{ $m->{groups} }, { map { $_ => 1 } @{ $sure{$e} } } if $sure{$e} && !$is_after && !grep { $failing{$_} } values %{ $e->{targets} // {} };
		foreach my $name ($m->{any_loc}->($e))
		{
			$m->{may}{"$name unique"} = $m->{may}{"$name foreign_key"} = 1;
		}
	}
	# nor can rows be deleted that own one that cannot
	foreach my $gone (values %{ $m->{doomed} })
	{
		$m->{may}{$_} = 1 foreach map { loc_text(@$_) . ' foreign_key' } $gone->{loc}, map { [ @{ $gone->{loc} }, $_->{key} ] } $gone->{node} ? @{ $gone->{node}{items} } : ();
	}
	push @{ $m->{groups} }, { map { $_ => 1 } keys %{ $m->{may} } };
}

# What "where" says of the rows afterwards.
sub check_where
{
	my $m = shift;

	foreach my $e (grep { $_->{is_written} && $_->{final} && !$_->{is_other} && !$_->{deletes} && $_->{node} && $_->{node}{write} =~ /^(own|root)$/ } @{ $m->{entities} })
	{
		wrong($m, [ 'refused', @{ $e->{loc} } ]) if !passes($e->{node}, $e->{final});
	}
}

1;
