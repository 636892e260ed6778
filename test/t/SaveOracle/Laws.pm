# What is so of any save, whatever the model says: what was saved reads as it was given,
# and saving the answer again changes nothing.
package SaveOracle::Laws;

use strict;
use warnings;
use utf8;

use Exporter 'import';
our @EXPORT = qw(not_as_given not_the_same_again);

use SaveOracle::Entity;
use SaveOracle::Json;
use SaveOracle::Read;
use SaveOracle::Schema;
use SaveOracle::Shape;

# The law of saving again.
sub not_the_same_again
{
	my $result = shift;
	my $again = $result->{again} or return ();

	return 'the answer cannot be saved again: ' . json_text($again) if $again->[1]{state};
	return 'the answer saved again gives ' . json_text($again->[1]{answer}) . ', not ' . json_text($result->{answer}) if !same_json($again->[1]{answer}, $result->{answer});
	return 'the answer saved again is written' if $result->{wrote_again}[1];
	return ();
}

sub is_deleted
{
	my ($node, $json) = @_;
	my $mark = defined $node->{delete_key} && $json->[0] eq 'o' ? $json->[1]{ $node->{delete_key} } : undef;

	return $mark && $mark->[0] eq 'b' && $mark->[1];
}

# Whether what an answer says of a column is what was given.
sub is_column
{
	my ($item, $column, $given, $got) = @_;
	my ($problem, $value) = read_value($column, $given);

	return 1 if $problem;
	return same_json(value_json($item, $column->{type}, $value), $got) || same_json($given, $got);
}

# All nodes of a shape below which something is written.
sub nodes_of
{
	my ($node, $done) = @_;

	return () if $done->{$node}++;
	return ($node, map { nodes_of($_->{node}, $done) } grep { $_->{kind} eq 'rel' && $_->{node}{write} ne 'none' } @{ $node->{items} });
}

my (%keys, %to_one);

# Notes what places of a shape may change of tables: keys that lead somewhere, by where a row
# stands and what it says.
sub note_keys
{
	my $shape = shift;

	(%keys, %to_one) = ();
	foreach my $rel (grep { $_ } map { $_->{rel} } nodes_of($shape, {}))
	{
		my $from = $rel->{kind} eq 'to_one' ? $rel->{table} : $rel->{to};
		next if $rel->{kind} eq 'many';
		$keys{ $from->{name} }{$_} = 1 foreach @{ $rel->{fk}{columns} };
		$to_one{ $rel->{fk}{name} } = 1 if $rel->{kind} eq 'to_one';
	}
}

# Columns that other places may change.
sub changed_keys { my $node = shift; return %{ $keys{ $node->{table}{name} } // {} } }

# The element of an answer's list that has the key of one that was given, be it the n-th; of
# one without a key any that is as it.
sub find_element
{
	my ($node, $given, @elements) = @_;
	my %changed = changed_keys($node);
	my @keys = map { $_->[2] } grep { $_->[1] eq 'item' && !$changed{ $_->[0] } } @{ $node->{rule} // [] };

	foreach my $element (@elements)
	{
		next if grep { my $json = $given->[1]{ $_->{key} }; $json && $json->[0] ne 'z' && !is_column($_, column_of($node->{table}, $_->{column}), $json, $element->[1]{ $_->{key} }) } @keys;
		return $element;
	}
	return undef;
}

# Whether an object says itself where the key leads by which it stands where it does: it may go.
sub says_where
{
	my ($node, $given) = @_;
	my %columns = map { $_ => 1 } $node->{rel}{kind} =~ /^(to_many|one_to_one)$/ ? @{ $node->{rel}{fk}{columns} } : ();

	return $given->[0] eq 'o' && grep { $given->[1]{ $_->{key} } && ($_->{kind} eq 'column' ? $columns{ $_->{column} } : $_->{kind} eq 'rel' && $_->{node}{write} ne 'none' && $_->{node}{rel}{kind} eq 'to_one' && grep({ $columns{$_} } @{ $_->{node}{rel}{fk}{columns} })) } @{ $node->{items} };
}

# Whether another item says something of the key of a to-one relation as well.
sub has_twin
{
	my ($node, $item, $given) = @_;
	my %columns = map { $_ => 1 } @{ $item->{node}{rel}{fk}{columns} };

	return 0 if $item->{node}{rel}{kind} ne 'to_one';
	return grep { $_ != $item && $given->[1]{ $_->{key} } && ($_->{kind} eq 'column' ? $columns{ $_->{column} } : $_->{kind} eq 'rel' && grep({ $columns{$_} } @{ $_->{node}{rel}{fk}{columns} })) } @{ $node->{items} };
}

# The objects of a tree around what is compared: a row that is one of them is not shown again.
our @around;

sub is_around
{
	my ($node, $json) = @_;
	my @keys = map { $_->[2]{key} } grep { $_->[1] eq 'item' } @{ $node->{rule} // [] };

	return 0 if !$node->{recurse} || $json->[0] ne 'o';
	return grep { my $above = $_; !grep { my ($mine, $other) = map { $_->[1] } $json->[1]{$_} // ['z'], $above->[1]{$_} // ['z']; defined $mine && defined $other && $mine ne $other } @keys } @around;
}

# Where what was given is not in the answer: columns that are written, rows that are owned.
sub object_lacks
{
	my ($node, $given, $got, @loc) = @_;
	my %changed = changed_keys($node);
	my @bad;

	return () if $given->[0] ne 'o' || is_around($node, $given);
	local @around = ($node->{recurse} ? @around : (), $given);
	return loc_text(@loc) . ' is not in the answer' if $got->[0] ne 'o';
	foreach my $item (@{ $node->{items} })
	{
		my ($json, $other) = ($given->[1]{ $item->{key} }, $got->[1]{ $item->{key} });

		next if !$json || !$other;
		if ($item->{kind} eq 'column')
		{
			next if $item->{readonly} || $item->{once} || $changed{ $item->{column} } || $node->{write} !~ /^(own|root)$/;
			push @bad, loc_text(@loc, $item->{key}) . ' is not as given' if !is_column($item, column_of($node->{table}, $item->{column}), $json, $other) && !($json->[0] eq 'z' && grep { $_->[1] eq 'item' && $_->[2] == $item } @{ $node->{rule} // [] });
		}
		# of two that say where a key leads one may be as it was
		elsif ($item->{kind} eq 'rel' && $item->{node}{write} ne 'none' && !has_twin($node, $item, $given)) { push @bad, related_lacks($item->{node}, $json, $other, @loc, $item->{key}) }
	}
	return @bad;
}

sub related_lacks
{
	my ($node, $given, $got, @loc) = @_;
	my @bad;

	if ($node->{form} =~ /^value/) { return () }
	if ($node->{form} eq 'object')
	{
		return () if $given->[0] ne 'o' || is_deleted($node, $given) || says_where($node, $given);
		return object_lacks($node, $given, $got, @loc);
	}
	if ($node->{form} eq 'map')
	{
		return () if { changed_keys($node) }->{ $node->{map} };
		foreach my $name (sort keys %{ $given->[1] })
		{
			my $json = $given->[1]{$name};
			next if $json->[0] ne 'o' || is_deleted($node, $json) || says_where($node, $json);
			next if is_around($node, $json);
			push @bad, $got->[1]{$name} ? object_lacks($node, $json, $got->[1]{$name}, @loc, "=$name") : loc_text(@loc, "=$name") . ' is not in the answer';
		}
		return @bad;
	}
	foreach my $n (0 .. $#{ $given->[1] })
	{
		my $json = $given->[1][$n];
		next if $json->[0] ne 'o' || is_deleted($node, $json) || says_where($node, $json);
		my $element = find_element($node, $json, @{ $got->[1] });
		my %changed = changed_keys($node);
		my @keys = grep { $changed{ $_->[0] } || $_->[1] ne 'item' || !$json->[1]{ $_->[2]{key} } || $json->[1]{ $_->[2]{key} }[0] eq 'z' } @{ $node->{rule} // [ [ '', '', '' ] ] };

		if (!$element && is_around($node, $json)) { }
		elsif (!$element) { push @bad, loc_text(@loc, $n) . ' is not in the answer' }
		elsif (!grep { $_->[1] ne 'parent' } @keys) { push @bad, object_lacks($node, $json, $element, @loc, $n) }
	}
	# a whole list has nothing else
	my $is_whole = $node->{write} ne 'none' && ($node->{missing} // 'error') ne 'keep';
	my $n = grep { !is_deleted($node, $_) } @{ $given->[1] };
	# but for what leads here by its own key
	$is_whole = 0 if $to_one{ $node->{rel}{fk}{name} };
	push @bad, loc_text(@loc) . ' has more rows than were given' if $is_whole && @{ $got->[1] } > $n;
	return @bad;
}

# The law of reading what was saved.
sub not_as_given
{
	my ($node, $given, $answer, $m) = @_;

	note_keys($node);
	return object_lacks($node, $given, $answer) if $given->[0] ne 'a';
	return map { object_lacks($node, $given->[1][$_], $answer->[1][$_], $_) } 0 .. $#{ $given->[1] };
}

1;
