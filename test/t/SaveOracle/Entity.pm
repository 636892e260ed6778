# Rows that documents say, where they do so, and what is wrong there. An entity is
# {table, node, row, parent, loc, given, set, says, there, is_lost, deletes, targets, cleared}:
# one place that says a row; "set" is what it changes, and "says" all that it says of columns,
# [value, loc...].
package SaveOracle::Entity;

use strict;
use warnings;
use utf8;

use Exporter 'import';
our @EXPORT = qw(may lose node_id new_entity final_value find_row is_same is_on_path depth_of read_there column_loc column_locs with_items loc_text item_loc places wrong is_alive put);

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

# A place and the items of its row.
sub with_items
{
	my ($e, @loc) = @_;

	@loc = @{ $e->{loc} } if !@loc;
	return ([@loc], map { [ @loc, $_->{key} ] } @{ $e->{node}{items} });
}

# All places in an object where it may be told.
sub column_locs
{
	my ($e, $column) = @_;
	my @items = grep { my $node = $_->{node}; $_->{kind} eq 'rel' && $node->{write} ne 'none' && $node->{rel}{kind} eq 'to_one' && "@{ $node->{rel}{fk}{columns} }" eq $column } @{ $e->{node}{items} };

	return ([ column_loc($e, $column) ], map { [ @{ $e->{loc} }, $_->{key} ] } @items);
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
		my ($second, $first, $by_way) = @$again;
		next if @loc < @$second || grep { $loc[$_] ne $second->[$_] } 0 .. $#$second;
		my @there = (@$first, @loc[ @$second .. $#loc ]);
		$texts{ loc_text(@there) . " $type" } = 1;
		# or that both do not say the same
		$texts{ loc_text(@$_) . ' duplicate' } = 1 foreach $by_way ? (\@there, map { [ @loc[ 0 .. $_ ] ] } 0 .. $#loc) : ();
	}
	if ($m->{late}) { push @{ $m->{late_groups} }, \%texts }
	elsif ($m->{quiet}) { $m->{may}{$_} = 1 foreach keys %texts }
	else { push @{ $m->{groups} }, \%texts }
}

sub may
{
	my ($m, $type, @loc) = @_;

	$m->{may}{ loc_text(@loc) . " $type" } = 1;
}

#
# Rows
#

sub node_id { return "$_[0]" }

sub new_entity
{
	my ($m, $node, $parent, @loc) = @_;
	my $e = { id => scalar @{ $m->{entities} }, node => $node, table => $node->{table}, parent => $parent, loc => \@loc, given => {}, set => {}, says => {}, bad => {}, targets => {}, cleared => {} };

	push @{ $m->{entities} }, $e;
	return $e;
}

# What a row has in a column afterwards.
sub final_value
{
	my ($e, $column) = @_;

	return exists $e->{set}{$column} ? $e->{set}{$column} : exists $e->{takes}{$column} ? $e->{takes}{$column} : $e->{row} ? $e->{row}{$column} : undef;
}

sub find_row
{
	my ($m, $table, $key) = @_;

	return (grep { my $row = $_; !grep { !defined $row->{$_} || $row->{$_} ne $key->{$_} } keys %$key } @{ $m->{rows}{ $table->{name} } })[0];
}

sub lose { my $e = shift; $e->{is_lost} = 1; return $e }

# Whether a tree leads from a place to a row that it stands on or below: it is not entered again.
sub is_on_path
{
	my ($e, $row) = @_;

	for (; $e; $e = $e->{parent})
	{
		return 1 if $e->{row} && $e->{row} == $row;
		last if !$e->{node}{recurse};
	}
	return 0;
}

# What is read of a relation of a place, in the tree that it stands in.
sub read_there
{
	my ($m, $e, $node) = @_;
	my ($rows, $levels) = ({}, {});

	for (my $above = $e; $above; $above = $above->{parent})
	{
		$rows->{ $above->{row}{'#'} } = 1 if $above->{row};
		last if !$above->{node}{recurse};
		$levels->{ $above->{node}{id} }++;
	}
	local $SaveOracle::Read::tree = { rows => $rows, levels => $levels };
	return SaveOracle::Read::is_entered($node) ? SaveOracle::Read::read_related($m->{rows}, $node, $e->{row}) : undef;
}

# How often a tree has gone down a relation to a place, be it shown only below.
sub depth_of
{
	my ($e, $node) = @_;
	my $depth = 0;

	for (; $e && $e->{node}{recurse}; $e = $e->{parent}) { $depth++ if $e->{node}{id} == ($node->{id} // 0) }
	return $depth;
}

# Whether two values are the same.
sub is_same { return defined $_[0] ? defined $_[1] && $_[0] eq $_[1] : !defined $_[1] }

# A place that says a row by itself: not one of those that are others, nor lost.
sub is_alive { my $e = shift; return !$e->{gone} && !$e->{is_lost} && !$e->{in_conflict} }

# Notes what a place says of a column. What is as it was leaves it to others to say what it
# becomes; of two that change it both must say the same.
sub put
{
	my ($m, $e, $column, $value, @loc) = @_;

	$e->{says}{$column} //= [ $value, @loc ];
	return if $e->{row} && is_same($value, $e->{row}{$column});
	if (!exists $e->{set}{$column})
	{
		$e->{set}{$column} = $value;
		$e->{says}{$column} = [ $value, @loc ];
	}
	elsif (!is_same($value, $e->{set}{$column}))
	{
		my ($other, @other_loc) = @{ $e->{says}{$column} };
		wrong($m, [ 'duplicate', @loc ], [ 'duplicate', @other_loc ], map { [ 'duplicate', @$_ ] } $e->{loc}, column_locs($e, $column));
	}
}

1;
