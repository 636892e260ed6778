# What becomes of rows that are there: left out, taken out, taken from elsewhere.
package SaveOracle::Settle;

use strict;
use warnings;
use utf8;

use Exporter 'import';
our @EXPORT = qw(doom settle_moves settle_list settle_deleted);

use SaveOracle::Entity;
use SaveOracle::Read;
use SaveOracle::Shape;

#
# What becomes of rows that are there
#

# A row is deleted with all that it owns, wherever it stands; but not what it owns below itself.
our %around;

sub doom
{
	my ($m, $node, $row, @loc) = @_;
	my $gone = $m->{doomed}{ $row->{'#'} } //= { node => $node, table => $node->{table}, row => $row, loc => \@loc, more => [] };

	return if $m->{doomed_at}{ join ' ', node_id($node), $row->{'#'}, $node->{recurse} ? () : loc_text(@loc) }++;
	push @{ $gone->{more} }, \@loc;
	return if $around{ $row->{'#'} };
	local %around = (%around, $row->{'#'} => 1);
	foreach my $item (grep { $_->{kind} eq 'rel' && $_->{node}{write} ne 'none' } @{ $node->{items} })
	{
		foreach my $other (related($m->{rows}, $item->{node}, $row))
		{
			unlink_pair($m, $item->{node}, $row, $other, @loc, $item->{key}) if $item->{node}{rel}{kind} eq 'many';
			doom($m, $item->{node}, $other, @loc, $item->{key}) if $item->{node}{write} eq 'own';
		}
	}
}

sub unlink_pair
{
	my ($m, $node, $row, $other, @loc) = @_;
	my ($rel, @pairs) = ($node->{rel});

	foreach my $pair (@{ $m->{rows}{ $rel->{junction}{name} } })
	{
		next if !SaveOracle::Read::leads_to($rel->{fk}, $pair, $row) || !SaveOracle::Read::leads_to($rel->{far}, $pair, $other);
		$m->{doomed}{ $pair->{'#'} } //= { node => undef, table => $rel->{junction}, row => $pair, loc => \@loc };
	}
}

# A row that no document says, but that changes.
sub other
{
	my ($m, $node, $row, $parent, @loc) = @_;
	my $e = new_entity($m, $node, $parent, @loc);

	$e->{row} = $row;
	$e->{is_other} = 1;
	return $e;
}

sub settle_moves
{
	my $m = shift;

	foreach my $move (@{ $m->{moves} })
	{
		my ($e, $list, @loc) = @$move;
		my $id = $e->{row}{'#'};
		next if $e->{is_torn} || $e->{is_lost} || ($list->{parent} && $list->{parent}{is_lost});
		my @others = grep { $_ != $list && $_->{node} == $list->{node} && grep({ $_ == $e->{row} } @{ $_->{present} }) } @{ $m->{lists} };
		my $is_left = grep { !$_->{claimed}{$id} } @others;
		my $is_said = grep { $_->{claimed}{$id} } @others;

		# of a row that several may own nobody takes anything
		$m->{vague} = 1 if $is_said && $list->{node}{rel}{kind} eq 'to_one';
		if (!$is_left || ($is_said && $list->{node}{rel}{kind} ne 'to_one'))
		{
			# what cannot be read may leave it out
			local $m->{quiet} = 1 if $m->{unread}{ node_id($list->{node}) };
			wrong($m, [ 'moved', @loc ]);
			# what it leads to by the key to its parent need not be told beside
			may($m, 'duplicate', @$_) foreach with_items($e, @loc);
		}
		else
		{
			my @ways = grep { $_ != $list && $_->{node} == $list->{node} && $_->{parent}{row} && $list->{parent}{row} && $_->{parent}{row} == $list->{parent}{row} } @{ $m->{lists} };

			$e->{comes} = 1;
			$m->{vague} = 1 if $list->{node}{rel}{kind} eq 'many' && @others > 1;
			# another way through a tree leaves it out: that it does not come may be told, then
			may($m, 'moved', @loc) if grep { !$_->{moved}{$id} } @ways;
		}
	}
}

sub settle_list
{
	my ($m, $list) = @_;
	my $node = $list->{node};
	my $kind = $node->{rel}{kind};
	my $missing = $node->{missing} // 'error';
	my $tells = 0;

	foreach my $e (@{ $list->{entities} })
	{
		next if !$e->{deletes} || !$e->{row} || !$list->{claimed}{ $e->{row}{'#'} };
		if ($kind eq 'many') { unlink_pair($m, $node, $list->{parent}{row}, $e->{row}, @{ $e->{loc} }) }
		elsif ($node->{write} eq 'link' && $kind ne 'to_one') { $e->{set}{$_} = undef foreach @{ $node->{rel}{fk}{columns} } }
		doom($m, $node, $e->{row}, @{ $e->{loc} }) if $node->{write} eq 'own';
	}
	return if $kind eq 'to_one' && $node->{write} eq 'link';
	foreach my $row (@{ $list->{present} })
	{
		my $id = $row->{'#'};
		my @loc = @{ $list->{loc} };
		my $claimed = $m->{by_row}{ node_id($node) . " $id" };

		# what is not shown is not left out; what another way through the tree says is told where lists are compared
		next if $node->{recurse} && is_on_path($list->{parent}, $row);
		may($m, 'missing', @loc) if $claimed && $missing eq 'error' && ($node->{recurse} || $node->{in_tree});
		# of two ways to a list through a tree one takes out what the other one says
		my @ways = grep { $_ != $list && $_->{node} == $node && $_->{parent}{row} && $_->{parent}{row} == $list->{parent}{row} && $_->{claimed}{$id} && !$_->{claimed}{$id}{deletes} } @{ $m->{lists} };
		if (@ways && !$list->{claimed}{$id} && $node->{in_tree} && $missing ne 'keep')
		{
			$m->{any_duplicate} = 1;
			wrong($m, $missing eq 'error' ? [ 'missing', @loc ] : (), map { [ 'duplicate', @$_ ] } \@loc, map({ $_->{loc} } @ways), map { with_items($_) } grep { $_->{row} && $_->{row} == $row } @{ $m->{entities} });
		}
		next if $list->{claimed}{$id} || ($claimed && $kind ne 'many');
		if ($missing eq 'error') { $tells = 1 }
		elsif ($kind eq 'many' && $missing ne 'keep')
		{
			unlink_pair($m, $node, $list->{parent}{row}, $row, @loc);
			doom($m, $node, $row, @loc) if $missing eq 'delete' && !$claimed && $node->{write} eq 'own';
		}
		elsif ($missing eq 'delete') { doom($m, $node, $row, @loc) }
		elsif ($missing eq 'unlink' && $kind ne 'to_one')
		{
			my $other = other($m, $node, $row, $list->{parent}, @loc);
			$other->{set}{$_} = undef foreach @{ $node->{rel}{fk}{columns} };
		}
	}
	# the one whose key cannot be read may be it
	local $m->{quiet} = 1 if grep { $_->{is_lost} && !$_->{deletes} } @{ $list->{entities} };
	wrong($m, [ 'missing', @{ $list->{loc} } ]) if $tells;
}

# What one place deletes another one cannot have: owned, or linked by the row's own key.
sub settle_deleted
{
	my $m = shift;

	foreach my $e (grep { $_->{row} && $m->{doomed}{ $_->{row}{'#'} } && !$_->{deletes} && !$_->{gone} && !$_->{is_lost} && !$_->{is_other} } @{ $m->{entities} })
	{
		my $is_linked = $e->{node}{write} eq 'link';
		next if $is_linked ? $e->{node}{rel}{kind} !~ /^(to_many|one_to_one)$/ && ($e->{parent}{is_lost} || ($e->{parent}{row} && $m->{doomed}{ $e->{parent}{row}{'#'} })) : $e->{node}{rel} && !$e->{there};
		local $m->{quiet} = 1 if @{ $m->{groups} };
		wrong($m, map { [ 'duplicate', @$_ ] } $e->{loc}, $m->{doomed}{ $e->{row}{'#'} }{loc});
	}
}

1;
