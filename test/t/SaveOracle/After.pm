# What the model of a save makes of the rows once all documents are read, and what the
# constraints and "where" say of them.
package SaveOracle::After;

use strict;
use warnings;
use utf8;

use Exporter 'import';
our @EXPORT = qw(final_rows check_constraints check_where);

use SaveOracle::Entity;
use SaveOracle::Json;
use SaveOracle::Read;
use SaveOracle::Schema;
use SaveOracle::Shape;

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
		elsif (!$e->{deletes} && $e->{node}{write} ne 'link' && !$e->{place_of})
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
		# or to a new one, beside what another place changes before
		$m->{twice}{ $e->{table}{name} }++ if !$e->{parent}{row} && grep { $_ != $e && $_->{is_written} && $_->{row} && $_->{row} == $e->{row} } @{ $m->{entities} };
		$m->{twice}{ $e->{table}{name} }++ if $above && grep { exists $above->{$_} } @{ $e->{node}{rel}{fk}{to_columns} };
	}
	# each place of a row lists what it says otherwise
	my %seen;
	foreach my $e (grep { $_->{row} && $_->{is_written} } @{ $m->{entities} }) { $m->{more_updates}{ $e->{table}{name} }++ if $seen{ $e->{row}{'#'} }++ }
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
	foreach my $e (grep { $_->{place_of} && !$_->{row} } @{ $m->{entities} })
	{
		my $real = $e;
		$real = $real->{place_of} while $real->{place_of};
		$e->{final} = $real->{final};
		$e->{is_written} = 1 if $e->{node}{write} ne 'link' || $e->{node}{rel}{kind} =~ /^(to_many|one_to_one)$/;
	}
	# rows of junctions: those that stay follow keys that change
	my (%pairs, %told);
	foreach my $list (grep { $_->{node}{rel}{kind} eq 'many' && $_->{parent}{row} && $_->{parent}{final} } @{ $m->{lists} })
	{
		my $rel = $list->{node}{rel};
		foreach my $e (grep { $_->{row} && $_->{final} && !$_->{is_lost} && !$_->{deletes} && $list->{claimed}{ $_->{row}{'#'} } } @{ $list->{entities} })
		{
			foreach my $pair (grep { SaveOracle::Read::leads_to($rel->{fk}, $_, $list->{parent}{row}) && SaveOracle::Read::leads_to($rel->{far}, $_, $e->{row}) } @{ $m->{rows}{ $rel->{junction}{name} } })
			{
				my ($row) = grep { $_->{'#'} eq $pair->{'#'} } @{ $final{ $rel->{junction}{name} } } or next;
				my %before = %$pair;
				foreach my $side (grep { !$_->[0]{deferred} } [ $rel->{fk}, $list->{parent} ], [ $rel->{far}, $e ])
				{
					my ($fk, $to) = @$side;
					foreach my $i (grep { $before{ $fk->{columns}[$_] } ne $to->{final}{ $fk->{to_columns}[$_] } } 0 .. $#{ $fk->{columns} })
					{
						$row->{ $fk->{columns}[$i] } = $before{ $fk->{columns}[$i] } = $to->{final}{ $fk->{to_columns}[$i] };
					}
				}
				next if !grep { ($before{$_} // '') ne ($pair->{$_} // '') } keys %before;
				# each list says it, and the row is written once
				$m->{moved}{ $rel->{junction}{name} }++ if !$told{ join ' ', $list, $e->{row}{'#'} }++;
				$m->{updates}{ $rel->{junction}{name} }++ if !$changed{ $pair->{'#'} };
				$changed{ $pair->{'#'} } //= {};
			}
		}
	}
	foreach my $list (grep { $_->{node}{rel}{kind} eq 'many' } @{ $m->{lists} })
	{
		my $rel = $list->{node}{rel};
		foreach my $e (@{ $list->{entities} })
		{
			next if $e->{is_lost} || $e->{deletes} || !$e->{final} || ($e->{row} && $list->{claimed}{ $e->{row}{'#'} });
			next if !$list->{parent}{final} || $pairs{ join ' ', $rel->{junction}{name}, sort "$rel->{fk}{name}=$list->{parent}{final}{'#'}", "$rel->{far}{name}=$e->{final}{'#'}" }++;
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

sub written_locs
{
	my ($e, @columns) = @_;

	return $e->{loc} if !$e->{node} || @columns != 1;
	return column_locs($e, $columns[0]);
}

# Where it may be told that something leads to a row that is deleted.
sub gone_texts
{
	my $gone = shift;

	return map { my $loc = $_; map { loc_text(@$loc, @$_) . ' foreign_key' } [], map { [ $_->{key} ] } $gone->{node} ? @{ $gone->{node}{items} } : () } $gone->{loc}, @{ $gone->{more} // [] };
}

# Whether tables whose rows are deleted lead to each other round, or such rows of one to others
# of it that stand elsewhere in the shape: they are deleted a relation at a time, and if that
# fails together, so that the same rows are counted again.
sub leads_round
{
	my $m = shift;
	my @gone = values %{ $m->{doomed} };
	my %to;

	foreach my $from (@gone)
	{
		foreach my $fk (grep { !$_->{deferred} } @{ $from->{table}{fks} })
		{
			foreach my $gone (grep { $_->{table} == $fk->{to} && SaveOracle::Read::leads_to($fk, $from->{row}, $_->{row}) } @gone)
			{
				my ($mine, $other) = map { join '/', grep { !/^[0-9]+$|^=/ } @{ $_->{loc} } } $from, $gone;
				return 1 if $gone->{table} == $from->{table} && ($mine ne $other || ($gone != $from && @{ $gone->{more} // [] } > 1));
				$to{ $from->{table}{name} }{ $gone->{table}{name} } = 1 if $gone->{table} != $from->{table};
			}
		}
	}
	my @left = sort keys %to;
	while (@left)
	{
		my @next = grep { my $name = $_; grep { $to{$name}{$_} } @left } @left;
		return 1 if @next == @left;
		@left = @next;
	}
	return 0;
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
		my @texts = map { loc_text(@$_) . " $type" } map({ written_locs({ %$e, loc => $_ }, @columns) } places($e)), $e->{is_other} ? $e->{loc} : ();
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
			next if ($e->{row} && !exists $e->{set}{$name}) || $e->{place_of};
			my @all = ($e, @{ $e->{more_places} // [] }, $e->{row} ? grep { $_ != $e && $_->{row} && $_->{row} == $e->{row} } @written : ());
			if ($column->{not_null} && !defined $value) { push @groups, { type => 'not_null', sure => 1, who => [ map { $where->('not_null', $_, $name) } @all ] } }
			# the first that fails of a row is told
			elsif ($column->{check} && ($value // '') eq '13') { push @groups, { type => 'check', sure => 1, who => [ map { $where->('check', $_, $name) } @all ] } }
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
			foreach my $e (grep { $_->{table} == $table && $_->{final} && !$_->{is_lost} } @written)
			{
				my @taken = grep {
					my $row = $_;
					$row->{'#'} ne $e->{final}{'#'} && !grep { !defined $row->{$_} || !defined $e->{final}{$_} || $row->{$_} ne $e->{final}{$_} } @{ $unique->{columns} }
				} @{ $m->{rows}{ $table->{name} } };
				foreach my $row (@taken)
				{
					my $gone = $m->{doomed}{ $row->{'#'} };
					# a row of a to-one relation goes last; other rows are updated before new ones are inserted
					my $goes_last = $gone && $gone->{node} && $gone->{node}{rel} && $gone->{node}{rel}{kind} eq 'to_one';
					$m->{may_fail} = $unsure{$e} = 1 if $goes_last || (!$gone && $e->{row});
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
					push @who, [ $gone, [ gone_texts($gone) ] ];
				}
				foreach my $e (grep { $_->{row} && $_->{table} == $fk->{to} && SaveOracle::Read::leads_to($fk, $row, $_->{row}) } @written)
				{
					push @who, [ $e, [ loc_text(@{ $e->{loc} }) . ' foreign_key', map { loc_text(@{ $e->{loc} }, $_->{key}) . ' foreign_key' } @{ $e->{node}{items} } ] ];
				}
				push @groups, { type => 'foreign_key', who => \@who };
			}
		}
	}
	$m->{deletes_again} = leads_round($m) || grep { $_->{node} && $_->{node}{rel} && $_->{node}{rel}{kind} eq 'to_one' } values %{ $m->{doomed} };
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
	foreach my $group (grep { $_->{sure} } @groups) { push @{ $sure{ $group->{who}[0][0] } }, map { @{ $_->[1] } } @{ $group->{who} } }
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
		$m->{may}{$_} = 1 foreach gone_texts($gone);
	}
	push @{ $m->{groups} }, { map { $_ => 1 } keys %{ $m->{may} } };
}

# What "where" says of the rows afterwards.
sub check_where
{
	my ($m, $final) = @_;

	my %written = map { $_->{final}{'#'} => 1 } grep { $_->{is_written} && $_->{final} } @{ $m->{entities} };

	# in each place of a row, whichever of them writes it
	foreach my $e (grep { $_->{final} && ($_->{is_written} || $_->{place_of} || $written{ $_->{final}{'#'} }) && !$_->{is_other} && !$_->{deletes} && !$_->{is_lost} && !$_->{gone} } @{ $m->{entities} })
	{
		my @all = grep { $_->{final} && $_->{final} == $e->{final} } @{ $m->{entities} };
		wrong($m, map { [ 'refused', @{ $_->{loc} } ] } @all) if !passes($e->{node}, $e->{final});
	}
	check_where_list($m, $final, $_) foreach grep { $_->{node}{where} } @{ $m->{lists} };
}

# What a whole list with "where" shows and does not say: another place of the call has written it.
sub check_where_list
{
	my ($m, $final, $list) = @_;
	my $kind = $list->{node}{rel}{kind};
	my $near = $list->{parent}{final};
	my %said = map { $_->{final}{'#'} => 1 } grep { $_->{final} && !$_->{deletes} } @{ $list->{entities} };

	return if !$near || !is_alive($list->{parent}) || ($kind ne 'to_one' && ($list->{node}{missing} // 'error') eq 'keep');
	foreach my $row (grep { !$said{ $_->{'#'} } } related($final, $list->{node}, $near))
	{
		my @adders = grep { $_->{is_written} && $_->{final} && $_->{final} == $row } @{ $m->{entities} };
		my ($old) = grep { $_->{'#'} eq $row->{'#'} } @{ $m->{rows}{ $list->{node}{table}{name} } };

		next if $list->{node}{recurse} && $old && is_on_path($list->{parent}, $old);
		# of a to-one relation another item may say where it leads
		next if $kind eq 'to_one' && (!@adders || !$list->{parent}{row} || grep { !is_same($near->{$_}, $list->{parent}{row}{$_}) } @{ $list->{node}{rel}{fk}{columns} });
		push @adders, grep { $_->{final} && $_->{final} == $row } @{ $m->{entities} };
		my @locs = map { (places($_), $_->{parent} ? $_->{parent}{loc} : ()) } @adders;
		my @keys = map { $_->{key} } map { @{ $_->{node}{items} } } @adders;

		wrong($m, map { [ 'duplicate', @$_ ] } $list->{loc}, map { my $loc = $_; ($loc, map { [ @$loc, $_ ] } @keys) } @locs);
	}
}

1;
