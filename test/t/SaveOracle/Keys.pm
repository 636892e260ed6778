# The keys that rows get from those that they belong to, and what several places say of one.
package SaveOracle::Keys;

use strict;
use warnings;
use utf8;

use Exporter 'import';
our @EXPORT = qw(be_place check_links take_values resolve_links connect_rows);

use SaveOracle::Entity;
use SaveOracle::Read;
use SaveOracle::Schema;
use SaveOracle::Shape;

#
# Keys
#

# Where a place says that a key leads: at the item of a to-one relation, else at the row.
sub follow
{
	my ($m, $e, $fk, $target, @loc) = @_;

	foreach my $i (0 .. $#{ $fk->{columns} })
	{
		my $value = final_value($target, $fk->{to_columns}[$i]);
		# a key that is made is not known before all else is told
		local $m->{late} = 1 if defined $value && !$target->{row} && is_new_key($value);
		local $m->{late} = 1 if is_new_key($e->{set}{ $fk->{columns}[$i] } // '');
		# where several say it, it may be told that they do not lead to the same
		may($m, 'duplicate', @loc) if !$target->{row};
		if (defined $value) { put($m, $e, $fk->{columns}[$i], $value, @loc) }
		# of one that lacks a key it may be told as well that another item leads elsewhere
		else { $e->{bad}{ $fk->{columns}[$i] } = 1; may($m, 'duplicate', @$_) foreach column_locs($e, $fk->{columns}[$i]) }
	}
}

# A key that leads nowhere: those of its columns that can be NULL are.
sub clear
{
	my ($m, $e, $fk, @loc) = @_;
	my @columns = grep { !column_of($e->{table}, $_)->{not_null} } @{ $fk->{columns} };

	return if $e->{row} && grep { !defined $e->{row}{$_} } @{ $fk->{columns} };
	put($m, $e, $_, undef, @loc) foreach @columns ? @columns : @{ $fk->{columns} };
}

# Lets a place be one more of a row that the call makes, or that gets its key from it.
sub be_place
{
	my ($e, $real) = @_;

	$e->{place_of} = $real;
	$e->{$_} = $real->{$_} foreach qw(set says bad);
	$e->{row} = $real->{row} if $real->{row};
	push @{ $real->{more_places} }, $e;
}

# Whether a row has another value in a column only as the key of the one to which it belongs, and stays, changes.
sub follows_parent
{
	my ($e, $column) = @_;
	my $rel = $e->{node}{rel};

	return 0 if !$rel || $rel->{kind} !~ /^(to_many|one_to_one)$/ || !$e->{there} || !$e->{parent}{row};
	my ($i) = grep { $rel->{fk}{columns}[$_] eq $column } 0 .. $#{ $rel->{fk}{columns} };
	return defined $i && is_same($e->{set}{$column}, final_value($e->{parent}, $rel->{fk}{to_columns}[$i]));
}

# A link by the key that a row had means it no more once another place changes that.
sub check_links
{
	my $m = shift;

	local $m->{quiet} = 1 if @{ $m->{groups} } || %{ $m->{unread} // {} };
	foreach my $e (grep { $_->{row} && $_->{node}{write} eq 'link' && is_alive($_) && !$_->{deletes} && !$_->{place_of} && !$_->{is_other} } @{ $m->{entities} })
	{
		# but by the key that it gets by the link itself
		my %own = map { $_ => 1 } $e->{node}{rel}{kind} =~ /^(to_many|one_to_one)$/ ? @{ $e->{node}{rel}{fk}{columns} } : ();
		foreach my $part (grep { !$own{ $_->[0] } } @{ $e->{node}{rule} // [] })
		{
			my @others = grep { $_->{row} && $_->{row} == $e->{row} && is_alive($_) && ($_->{node}{write} ne 'link' || $_->{is_other}) && exists $_->{set}{ $part->[0] } } @{ $m->{entities} } or next;
			my @made = grep { $_->{table} == $e->{table} && is_alive($_) && $_->{node}{write} ne 'link' && is_same($_->{set}{ $part->[0] }, $e->{row}{ $part->[0] }) } @{ $m->{entities} };

			# what else leads by the old key may be told as well
			$m->{any_duplicate} = 1;
			if (@made) { $m->{vague} = 1 }
			# that it follows the row to which it belongs nobody has said: the key as it was read means it
			elsif (!grep { !follows_parent($_, $part->[0]) } @others) { may($m, 'duplicate', @$_) foreach with_items($e), map { $_->{loc} } @others }
			else { wrong($m, map { [ 'duplicate', @$_ ] } with_items($e), $e->{list}{loc}, $e->{parent}{loc}, map { $_->{loc} } @others) }
		}
	}
}

# Rows have what other places say of them.
sub take_values
{
	my $m = shift;
	my @changed = grep { $_->{row} && %{ $_->{set} } && $_->{node}{write} ne 'link' && is_alive($_) && !$_->{deletes} } @{ $m->{entities} };

	foreach my $e (grep { $_->{row} && is_alive($_) } @{ $m->{entities} })
	{
		foreach my $other (grep { $_->{row} == $e->{row} && $_ != $e } @changed) { $e->{takes}{$_} = $other->{set}{$_} foreach keys %{ $other->{set} } }
	}
}

# Links to rows that the same call makes, or gives the key by which they are linked.
sub resolve_links
{
	my $m = shift;

	foreach my $link (@{ $m->{unresolved} })
	{
		my ($e, $list, $key, @loc) = @$link;
		my ($made) = grep {
			my $new = $_;
			!$new->{gone} && !$new->{is_lost} && !$new->{deletes} && $new->{table} == $e->{table} && $new->{node}{write} ne 'link'
			  && !grep { !defined $new->{set}{$_} || $new->{set}{$_} ne $key->{$_} } keys %$key
		} @{ $m->{entities} };

		if ($made) { be_place($e, $made) if !$e->{is_lost} }
		else
		{
			local $m->{quiet} = 1 if $list->{parent} && $list->{parent}{is_lost};
			wrong($m, [ 'not_found', @loc ]);
			lose($e);
		}
	}
}

# Gives a row the keys of the rows that it belongs to; those that it leads to have theirs first.
sub connect_row
{
	my ($m, $e) = @_;

	return if $e->{is_connected}++ || !$e->{node};
	connect_row($m, $_) foreach map { $e->{targets}{$_} } sort keys %{ $e->{targets} };
	return if $e->{gone} || $e->{is_lost} || $e->{is_other} || $e->{in_conflict};
	foreach my $item (grep { $_->{kind} eq 'rel' && $_->{node}{rel}{kind} eq 'to_one' } @{ $e->{node}{items} })
	{
		my $fk = $item->{node}{rel}{fk};
		my $target = $e->{targets}{ $item->{key} };

		my @shown = $e->{cleared}{ $item->{key} } && $e->{row} ? related($m->{rows}, $item->{node}, $e->{row}) : ();
		# what is not shown is not cleared
		@shown = grep { !is_on_path($e, $_) } @shown if $item->{node}{recurse};
		next if $e->{cleared}{ $item->{key} } && $e->{row} && ($item->{node}{where} || $item->{node}{recurse}) && !@shown;
		if ($e->{cleared}{ $item->{key} } || ($target && $target->{deletes} && $target->{row} && $e->{row} && SaveOracle::Read::leads_to($fk, $e->{row}, $target->{row})))
		{
			clear($m, $e, $fk, @{ $e->{loc} }, $item->{key});
		}
		elsif ($target && !$target->{is_lost} && !$target->{deletes}) { follow($m, $e, $fk, $target, @{ $e->{loc} }, $item->{key}) }
		elsif ($target) { $e->{bad}{$_} = 1 foreach @{ $fk->{columns} } }
	}
	my $rel = $e->{node}{rel};
	connect_row($m, $e->{parent}) if $rel && $rel->{kind} =~ /^(to_many|one_to_one)$/;
	# what is there already follows a key that changes
	my $stays = $rel && $e->{there} && $e->{parent}{row} && $rel->{kind} =~ /^(to_many|one_to_one)$/ && !grep { final_value($e->{parent}, $_) ne $e->{parent}{row}{$_} } @{ $rel->{fk}{to_columns} };
	if ($rel && $rel->{kind} =~ /^(to_many|one_to_one)$/ && !$stays && !$e->{deletes} && (!$e->{row} || $e->{there} || $e->{comes} || $e->{node}{write} eq 'link'))
	{
		if ($e->{parent}{is_lost}) { $e->{bad}{$_} = 1 foreach @{ $rel->{fk}{columns} } }
		else { follow($m, $e, $rel->{fk}, $e->{parent}, @{ $e->{loc} }) }
	}
	# that it stands there says so
	elsif ($stays && $e->{row} && !$e->{deletes})
	{
		$e->{says}{$_} //= [ $e->{row}{$_}, @{ $e->{loc} } ] foreach @{ $rel->{fk}{columns} };
	}
}

sub connect_rows
{
	my $m = shift;

	foreach my $e (grep { !$_->{row} && !$_->{gone} && !$_->{is_lost} && !$_->{deletes} && $_->{node}{write} ne 'link' } @{ $m->{entities} })
	{
		foreach my $column (@{ $e->{table}{columns} })
		{
			next if exists $e->{set}{ $column->{name} } || $e->{bad}{ $column->{name} };
			$e->{set}{ $column->{name} } = base_of($e->{table}) + 50000 + $m->{next}++ if $column->{key};
		}
		foreach my $fixed (@{ $e->{node}{where} // [] })
		{
			$e->{set}{ $fixed->[0] } = $fixed->[1] if !exists $e->{set}{ $fixed->[0] };
		}
	}
	foreach my $e (grep { !$_->{gone} && !$_->{is_lost} && !$_->{is_other} && !$_->{in_conflict} } @{ $m->{entities} })
	{
		connect_row($m, $e);
	}
	local $m->{quiet} = 0;
	foreach my $e (grep { is_alive($_) && !$_->{is_other} && !$_->{row} && !$_->{deletes} && !$_->{place_of} && $_->{node}{write} ne 'link' } @{ $m->{entities} })
	{
		# where one stands and does not lead it cannot be told which it is
		local $m->{quiet} = 1 if $m->{lead_away}{ $e->{table}{name} } || $e->{in_torn};
		foreach my $column (@{ $e->{table}{columns} })
		{
			my $name = $column->{name};
			wrong($m, map { [ 'required', @$_ ] } map { column_locs($_, $name) } $e, @{ $e->{more_places} // [] }) if $column->{not_null} && !defined $column->{default} && !exists $e->{set}{$name} && !$e->{bad}{$name};
			$e->{set}{$name} = $column->{default} if !exists $e->{set}{$name} && defined $column->{default};
		}
	}
}

1;
