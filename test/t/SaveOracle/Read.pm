# Documents as the contract has them, from rows of the model, a row at a time; and values
# between JSON and text.
package SaveOracle::Read;

use strict;
use warnings;
use utf8;

use Exporter 'import';
our @EXPORT = qw(read_root read_row value_json read_value related passes value_order);

use SaveOracle::Json;
use SaveOracle::Schema;
use SaveOracle::Shape;

sub value_json
{
	my ($item, $type, $value) = @_;

	return null() if !defined $value;
	return string($value) if $item->{string};
	return number($value) if $type =~ /^(int|bigint|numeric)$/;
	return bool($value eq 't') if $type eq 'bool';
	return parse_json($value) if $type eq 'jsonb';
	return string($value);
}

# The value of a column that JSON stands for: (undef, value), or what is wrong.
sub read_value
{
	my ($column, $json) = @_;
	my ($kind, $value) = @$json;
	my $type = $column->{type};

	return (undef, $column->{not_null} && $type eq 'jsonb' ? 'null' : undef) if $kind eq 'z';
	return (undef, json_text($json)) if $type eq 'jsonb';
	if ($type =~ /^(int|bigint)$/)
	{
		return (undef, $value + 0) if $kind =~ /[ns]/ && $value =~ /^-?[0-9]{1,9}$/;
		return $kind =~ /[ns]/ ? 'bad_value' : 'wrong_type';
	}
	if ($type eq 'numeric')
	{
		return (undef, $value) if $kind =~ /[ns]/ && $value =~ /^-?[0-9]{1,9}(\.[0-9]+)?$/;
		return $kind =~ /[ns]/ ? 'bad_value' : 'wrong_type';
	}
	return $kind eq 'b' ? (undef, $value ? 't' : 'f') : 'wrong_type' if $type eq 'bool';
	return 'wrong_type' if $kind ne 's';
	return 'bad_value' if $type eq 'date' && $value !~ /^2024-[01][0-9]-[0-3][0-9]$/;
	return (undef, $value);
}

# Whether a row is such as "where" of a node has.
sub passes
{
	my ($node, $row) = @_;

	return !grep { !defined $row->{ $_->[0] } || $row->{ $_->[0] } ne $_->[1] } @{ $node->{where} // [] };
}

# Compares two values of a type, as ORDER BY does in C.
sub value_order
{
	my ($type, $left, $right) = @_;

	return $type =~ /^(int|bigint|numeric)$/ ? $left <=> $right : do { utf8::encode($left); utf8::encode($right); $left cmp $right };
}

sub in_order
{
	my ($table, @rows) = @_;

	return sort {
		my $order = 0;
		foreach my $name (@{ $table->{pk} })
		{
			$order ||= value_order(column_of($table, $name)->{type}, $a->{$name}, $b->{$name});
		}
		$order
	} @rows;
}

sub leads_to
{
	my ($fk, $from, $to) = @_;

	return !grep { !defined $from->{ $fk->{columns}[$_] } || !defined $to->{ $fk->{to_columns}[$_] } || $from->{ $fk->{columns}[$_] } ne $to->{ $fk->{to_columns}[$_] } } 0 .. $#{ $fk->{columns} };
}

# The rows that a node's relation leads to from a row, in order; all of them without "where".
sub related
{
	my ($rows, $node, $row, $all) = @_;
	my $rel = $node->{rel};
	my @found;

	if ($rel->{kind} eq 'many')
	{
		my @pairs = grep { leads_to($rel->{fk}, $_, $row) } @{ $rows->{ $rel->{junction}{name} } };
		@found = grep { my $far = $_; grep { leads_to($rel->{far}, $_, $far) } @pairs } @{ $rows->{ $rel->{to}{name} } };
	}
	elsif ($rel->{kind} eq 'to_one') { @found = grep { leads_to($rel->{fk}, $row, $_) } @{ $rows->{ $rel->{to}{name} } } }
	else { @found = grep { leads_to($rel->{fk}, $_, $row) } @{ $rows->{ $rel->{to}{name} } } }
	return in_order($node->{table}, grep { $all || passes($node, $_) } @found);
}

# The tree that is being read, if any: {items, rows, levels}. A row is not entered once more on
# one path, nor a recursion more often than it says.
our $tree;

sub is_tree { my $node = shift; return grep { $_->{kind} eq 'rel' && $_->{node}{recurse} } @{ $node->{items} } }

# The tree as it goes on in a row.
sub tree_with
{
	my ($node, $row) = @_;
	my $above = $node->{recurse} ? $tree : undef;

	return $tree if !is_tree($node);
	return { rows => { $above ? %{ $above->{rows} } : (), $row->{'#'} => 1 }, levels => { $above ? %{ $above->{levels} } : (), $node->{recurse} ? ($node->{id} => 1 + ($above ? $above->{levels}{ $node->{id} } // 0 : 0)) : () } };
}

sub is_entered { my $node = shift; return !$node->{recurse} || !$tree || ($tree->{levels}{ $node->{id} } // 0) < $node->{recurse} }

# The rows that are read of a relation.
sub shown_rows
{
	my ($rows, $node, $row) = @_;

	return () if !is_entered($node);
	return grep { !$node->{recurse} || !$tree->{rows}{ $_->{'#'} } } related($rows, $node, $row);
}

# The object of a row; @path is where it stands, for the marks that stand for etags.
sub read_row
{
	my ($rows, $node, $row, @path) = @_;
	my %members;

	local $tree = tree_with($node, $row);
	foreach my $item (@{ $node->{items} })
	{
		my $key = $item->{key};

		if ($item->{kind} eq 'etag') { $members{$key} = string('@@' . join '/', @path, $key) }
		elsif ($item->{kind} eq 'column') { $members{$key} = value_json($item, column_of($node->{table}, $item->{column})->{type}, $row->{ $item->{column} }) }
		elsif (is_entered($item->{node})) { $members{$key} = read_related($rows, $item->{node}, $row, @path, $key) }
	}
	return [ 'o', \%members ];
}

sub read_element
{
	my ($rows, $node, $row, @path) = @_;

	return read_row($rows, $node, $row, @path) if $node->{form} !~ /^value/;
	my $item = $node->{items}[0];
	return value_json($item, column_of($node->{table}, $item->{column})->{type}, $row->{ $item->{column} });
}

sub read_related
{
	my ($rows, $node, $row, @path) = @_;
	my @found = shown_rows($rows, $node, $row);

	return @found ? read_element($rows, $node, $found[0], @path) : null() if $node->{form} =~ /^(object|value)$/;
	return [ 'o', { map { $_->{ $node->{map} } => read_element($rows, $node, $_, @path, $_->{ $node->{map} }) } @found } ] if $node->{form} eq 'map';
	return [ 'a', [ map { read_element($rows, $node, $found[$_], @path, $_) } 0 .. $#found ] ];
}

# What jsonify_find gives: the documents, in order, and their rows.
sub read_root
{
	my ($rows, $node) = @_;
	my @found = grep { passes($node, $_) } in_order($node->{table}, @{ $rows->{ $node->{table}{name} } });

	return ([ map { read_row($rows, $node, $found[$_], $_) } 0 .. $#found ], \@found);
}

1;
