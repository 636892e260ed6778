# Rows that several places of documents have: all must say the same of them.
package SaveOracle::Shared;

use strict;
use warnings;
use utf8;

use Exporter 'import';
our @EXPORT = qw(unite_new compare_lists check_added share_rows);

use SaveOracle::Entity;
use SaveOracle::Json;
use SaveOracle::Keys;
use SaveOracle::Read;
use SaveOracle::Schema;
use SaveOracle::Shape;

# What stands for a row wherever it is said.
sub real_id
{
	my $e = shift;

	$e = $e->{place_of} while $e->{place_of};
	return $e->{row} ? $e->{row}{'#'} : "new$e->{id}";
}

# Where a row stands in the shape: entities of one such place are matched together.
sub stage_of
{
	my $e = shift;

	return $e->{stage} //= $e->{parent} ? stage_of($e->{parent}) . "/$e->{list}{item}{key}" : '';
}

# What a new row is known by in some columns: values, or new rows that are to have them.
sub key_of
{
	my ($e, @columns) = @_;
	my $fk = $e->{node}{rel} && $e->{node}{rel}{kind} =~ /^(to_many|one_to_one)$/ ? $e->{node}{rel}{fk} : undef;
	my @leads = map { $_->{kind} eq 'rel' && $_->{node}{rel}{kind} eq 'to_one' && $e->{targets}{ $_->{key} } ? [ $_->{node}{rel}{fk}, $e->{targets}{ $_->{key} } ] : () } @{ $e->{node}{items} };
	my @tokens;

	push @leads, [ $fk, $e->{parent} ] if $fk;
	foreach my $column (@columns)
	{
		my $token;
		if (exists $e->{set}{$column}) { $token = defined $e->{set}{$column} ? "=$e->{set}{$column}" : undef }
		foreach my $lead (@leads)
		{
			my ($key, $target) = @$lead;
			my ($i) = grep { $key->{columns}[$_] eq $column } 0 .. $#{ $key->{columns} };
			next if !defined $i || defined $token || $target->{is_lost} || $target->{deletes};
			my $value = final_value($target, $key->{to_columns}[$i]);
			$token = defined $value ? "=$value" : real_id($target);
		}
		return undef if !defined $token;
		push @tokens, $token;
	}
	return join "\0", $e->{table}{name}, "@columns", @tokens;
}

# Whether a new row leads to another one by the key by which it stands where it does; tells that.
sub leads_away
{
	my ($m, $e) = @_;
	my $rel = $e->{node}{rel};

	return 0 if !$rel || $rel->{kind} !~ /^(to_many|one_to_one)$/ || $e->{parent}{is_lost};
	foreach my $item (grep { $_->{kind} eq 'rel' && $_->{node}{rel}{kind} eq 'to_one' && $_->{node}{rel}{fk} == $rel->{fk} } @{ $e->{node}{items} })
	{
		my $target = $e->{targets}{ $item->{key} };
		next if !$target || $target->{is_lost} || $target->{deletes} || real_id($target) eq real_id($e->{parent});
		next if $target->{row} && $e->{parent}{row};
		$m->{any_duplicate} = $m->{lead_away}{ $e->{table}{name} } = 1;
		wrong($m, map { [ 'duplicate', @$_ ] } map { with_items($e, @$_) } places($e));
		return 1;
	}
	return 0;
}

# New rows that several relations have, by a key that recognizes them in one of these, or
# where there is room for one only.
sub unite_new
{
	my $m = shift;
	my @new = grep { !leads_away($m, $_) } grep { is_alive($_) && !$_->{row} && !$_->{deletes} && !$_->{place_of} && $_->{node}{write} ne 'link' } @{ $m->{entities} };
	my %keys;

	$keys{ $_->{table}{name} }{ join ' ', sort map { $_->[0] } @{ $_->{node}{rule} } } = 1 foreach grep { @{ $_->{node}{rule} // [] } } @new;
	for (my $any = 1; $any;)
	{
		my %first;

		$any = 0;
		foreach my $e (grep { !$_->{place_of} } @new)
		{
			my $rel = $e->{node}{rel};
			my @keys = map { key_of($e, split / /) } sort keys %{ $keys{ $e->{table}{name} } };
			# a list that several places of a row say alike
			push @keys, 'list ' . join ' ', node_id($e->{node}), real_id($e->{parent}), $e->{loc}[-1], json_text($e->{list}{json}) if $rel && $rel->{kind} =~ /^(to_many|many)$/ && $e->{is_keyless} && $e->{list}{json}[0] eq 'a' && !$e->{parent}{is_lost};
			push @keys, "slot $rel->{kind} $rel->{fk}{name} " . real_id($e->{parent}) if $rel && $rel->{kind} =~ /^(to_one|one_to_one)$/ && !$e->{parent}{is_lost};
			foreach my $key (grep { defined } @keys)
			{
				my $others = $first{$key} //= [];
				my ($first) = map { my $real = $_; $real = $real->{place_of} while $real->{place_of}; $real } grep { stage_of($_) ne stage_of($e) } @$others;
				my $is_same_stage = grep { stage_of($_) eq stage_of($e) } @$others;

				push @$others, $e if !$is_same_stage;
				next if !$first || $first == $e || $e->{place_of} || $is_same_stage;
				my (%set, %says) = %{ $e->{set} };
				%says = %{ $e->{says} };
				be_place($e, $first);
				put($m, $e, $_, $set{$_}, @{ $says{$_} // [ undef, @{ $e->{loc} } ] }[ 1 .. $#{ $says{$_} // [ undef, @{ $e->{loc} } ] } ]) foreach sort keys %set;
				$any = 1;
			}
		}
	}
}

sub is_whole { my $node = shift; return ($node->{missing} // 'error') ne 'keep' && !$node->{where} }

sub is_same_relation
{
	my ($left, $right) = @_;

	return $left->{kind} eq $right->{kind} && $left->{fk} == $right->{fk} && ($left->{far} // 0) == ($right->{far} // 0);
}

# Lets be told of lists that do not agree wherever one of that kind stands.
sub disagree
{
	my ($m, $list, @locs) = @_;
	my @all = grep { $_->{node}{rel}{kind} eq 'many' ? $list->{node}{rel}{junction} && $_->{node}{rel}{junction} == $list->{node}{rel}{junction} : $_->{node}{rel}{fk} == $list->{node}{rel}{fk} } @{ $m->{lists} };
	my @more = map { my $list = $_; ($list->{loc}, map { my $loc = $_; ($loc, map { [ @$loc, $_->{key} ] } @{ $list->{node}{items} }) } @{ $list->{locs} // [] }) } @all;

	wrong($m, map { [ 'duplicate', @$_ ] } @locs, @more);
}

# Of two lists of the same rows each is the whole list: what one adds the other must say.
sub compare_lists
{
	my $m = shift;
	my @lists = grep { $_->{node}{rel}{kind} ne 'to_one' && is_alive($_->{parent}) } @{ $m->{lists} };
	# whoever is to have a key that another row has is told by its constraint
	local $m->{quiet} = 1 if @{ $m->{groups} } || takes_keys($m);

	foreach my $list (@lists)
	{
		foreach my $other (grep { $_ != $list && ($_->{node} != $list->{node} || $_->{node}{recurse} || $_->{node}{in_tree}) && is_whole($_->{node}) && is_same_relation($_->{node}{rel}, $list->{node}{rel}) && real_id($_->{parent}) eq real_id($list->{parent}) } @lists)
		{
			my %said = map { real_id($_) => 1 } grep { !$_->{deletes} } @{ $other->{entities} };
			local $m->{quiet} = 1 if grep { $_->{is_lost} } @{ $other->{entities} };

			foreach my $e (grep { !$_->{is_lost} && !$_->{deletes} && !$said{ real_id($_) } } @{ $list->{entities} })
			{
				next if $e->{row} && $other->{node}{recurse} && is_on_path($other->{parent}, $e->{row});
				# of one that is there and left out "missing" says what becomes of it
				next if $e->{row} && $list->{claimed}{ $e->{row}{'#'} } && !$other->{node}{recurse};
				disagree($m, $list, places($e), $other->{loc});
			}
		}
	}
	# pairs that one list says, and another one takes away
	foreach my $list (grep { $_->{node}{rel}{kind} eq 'many' } @lists)
	{
		my ($rel, $near) = ($list->{node}{rel}, $list->{parent}{row});
		foreach my $e (grep { !$_->{is_lost} && !$_->{deletes} && $_->{row} && $list->{claimed}{ $_->{row}{'#'} } } @{ $list->{entities} })
		{
			next if $m->{doomed}{ $near->{'#'} } || $m->{doomed}{ $e->{row}{'#'} };
			foreach my $pair (grep { SaveOracle::Read::leads_to($rel->{fk}, $_, $near) && SaveOracle::Read::leads_to($rel->{far}, $_, $e->{row}) } @{ $m->{rows}{ $rel->{junction}{name} } })
			{
				my $gone = $m->{doomed}{ $pair->{'#'} } or next;
				disagree($m, $list, places($e), $gone->{loc});
			}
		}
	}
}

# Whether a row is to have a key that another one has.
sub takes_keys
{
	my $m = shift;

	foreach my $e (grep { is_alive($_) && !$_->{deletes} && $_->{node}{write} ne 'link' } @{ $m->{entities} })
	{
		foreach my $columns ($e->{table}{pk}, map { $_->{columns} } @{ $e->{table}{uniques} })
		{
			next if !grep { exists $e->{set}{$_} } @$columns;
			return 1 if grep { my $row = $_; (!$e->{row} || $row != $e->{row}) && !grep { !defined $row->{$_} || !is_same($row->{$_}, final_value($e, $_)) } @$columns } @{ $m->{rows}{ $e->{table}{name} } };
		}
	}
	return 0;
}

# What the call adds to whole lists by keys of rows, which they do not say.
sub check_added
{
	my $m = shift;

	$m->{any_duplicate} = 1 if takes_keys($m);
	check_pairs($m);
	local $m->{quiet} = 1 if $m->{any_duplicate} || @{ $m->{groups} } || @{ $m->{late_groups} // [] };
	foreach my $list (grep { $_->{node}{rel}{kind} =~ /^(to_many|one_to_one)$/ && is_alive($_->{parent}) && is_whole($_->{node}) } @{ $m->{lists} })
	{
		my $fk = $list->{node}{rel}{fk};
		my @key = map { final_value($list->{parent}, $_) } @{ $fk->{to_columns} };
		my %said = map { real_id($_) => 1 } grep { !$_->{deletes} } @{ $list->{entities} };

		if (grep { !defined } @key)
		{
			# of a row whose key is not made only what leads to it by documents
			local $m->{quiet} = 1 if grep { $_->{is_lost} } @{ $list->{entities} };
			foreach my $e (grep { $_->{table} == $list->{node}{table} && is_alive($_) && !$_->{deletes} && !$_->{is_other} && !$said{ real_id($_) } } @{ $m->{entities} })
			{
				my @leads = grep { $_->{kind} eq 'rel' && $_->{node}{rel}{kind} eq 'to_one' && $_->{node}{rel}{fk} == $fk && $e->{targets}{ $_->{key} } && !$e->{targets}{ $_->{key} }{is_lost} } @{ $e->{node}{items} };
				disagree($m, $list, places($e), map { column_locs($e, $_) } @{ $fk->{columns} }) if grep { real_id($e->{targets}{ $_->{key} }) eq real_id($list->{parent}) } @leads;
			}
			next;
		}
		# whoever is to have a key that another row has is told by its constraint
		next if $list->{parent}{row} && grep { !is_same($key[$_], $list->{parent}{row}{ $fk->{to_columns}[$_] }) } 0 .. $#key;
		local $m->{quiet} = 1 if ($list->{parent}{row} && $m->{doomed}{ $list->{parent}{row}{'#'} }) || grep { $_->{is_lost} } @{ $list->{entities} };
		foreach my $e (grep { $_->{table} == $list->{node}{table} && is_alive($_) && !$_->{deletes} && !$_->{is_other} && !$said{ real_id($_) } } @{ $m->{entities} })
		{
			next if !grep { exists $e->{set}{$_} } @{ $fk->{columns} };
			next if $e->{row} && ($m->{doomed}{ $e->{row}{'#'} } || ($list->{node}{recurse} && is_on_path($list->{parent}, $e->{row})));
			my @mine = map { final_value($e, $_) } @{ $fk->{columns} };
			next if grep { !defined $mine[$_] || $mine[$_] ne $key[$_] } 0 .. $#key;
			next if $e->{row} && SaveOracle::Read::leads_to($fk, $e->{row}, $list->{parent}{row} // {}) && !grep { exists $e->{set}{$_} && !is_same($e->{set}{$_}, $e->{row}{$_}) } @{ $fk->{columns} };
			disagree($m, $list, map { ($_->{loc}, map { column_locs($e, $_) } @{ $fk->{columns} }) } $e, @{ $e->{more_places} // [] }, grep { $_->{row} && $e->{row} && $_->{row} == $e->{row} } @{ $m->{entities} });
		}
	}
}

# What lists add to others of the same junction, from whichever side.
sub check_pairs
{
	my $m = shift;
	my @lists = grep { $_->{node}{rel}{kind} eq 'many' && is_alive($_->{parent}) } @{ $m->{lists} };
	my @pairs = map {
		my $list = $_;
		map { { $list->{node}{rel}{fk}{name} => $list->{parent}, $list->{node}{rel}{far}{name} => $_, loc => $_->{loc} } }
		  grep { !$_->{is_lost} && !$_->{deletes} && !($_->{row} && $list->{claimed}{ $_->{row}{'#'} }) } @{ $list->{entities} }
	} @lists;

	foreach my $list (grep { is_whole($_->{node}) } @lists)
	{
		my ($near, $far) = map { $list->{node}{rel}{$_}{name} } qw(fk far);
		my %said = map { real_id($_) => 1 } grep { !$_->{deletes} } @{ $list->{entities} };

		next if $list->{parent}{row} && $m->{doomed}{ $list->{parent}{row}{'#'} };
		local $m->{quiet} = 1 if $m->{any_duplicate} || @{ $m->{groups} } || @{ $m->{late_groups} // [] } || grep { $_->{is_lost} } @{ $list->{entities} };
		foreach my $pair (grep { $_->{$near} && $_->{$far} && real_id($_->{$near}) eq real_id($list->{parent}) && !$said{ real_id($_->{$far}) } } @pairs)
		{
			next if $pair->{$far}{row} && $list->{node}{recurse} && is_on_path($list->{parent}, $pair->{$far}{row});
			disagree($m, $list, $pair->{loc}, places($pair->{$near}), places($pair->{$far}));
		}
	}
}

# What places that have one row say of it must be the same, if any of them changes it.
sub share_rows
{
	my $m = shift;
	my %places;

	push @{ $places{ $_->{row}{'#'} } }, $_ foreach grep { is_alive($_) && $_->{row} && !$m->{doomed}{ $_->{row}{'#'} } } @{ $m->{entities} };
	foreach my $places (grep { @$_ > 1 } map { $places{$_} } sort keys %places)
	{
		my %columns = map { $_ => 1 } map { (keys %{ $_->{says} }, keys %{ $_->{set} }) } @$places;
		foreach my $column (sort keys %columns)
		{
			my (%said, @locs);
			foreach my $e (@$places)
			{
				my $says = exists $e->{set}{$column} ? [ $e->{set}{$column}, @{ $e->{says}{$column} // [ undef, @{ $e->{loc} } ] }[ 1 .. $#{ $e->{says}{$column} // [ undef, @{ $e->{loc} } ] } ] ] : $e->{says}{$column} or next;
				my ($value, @loc) = @$says;
				$said{ defined $value ? "=$value" : 'NULL' } = 1;
				push @locs, [@loc], map { ($_, column_locs({ %$e, loc => $_ }, $column)) } places($e);
			}
			# a key that is made is not known before all else is told
			local $m->{late} = 1 if grep { is_new_key(s/^=//r) } keys %said;
			wrong($m, map { [ 'duplicate', @$_ ] } @locs) if keys %said > 1;
			# rows that follow a key of which two things are said follow both
			$m->{any_duplicate} = 1 if keys %said > 1 && grep { $_->{to} == $places->[0]{table} && grep { $_ eq $column } @{ $_->{to_columns} } } map { @{ $_->{fks} } } @{ $m->{tables} };
		}
	}
}

1;
