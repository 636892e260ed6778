# Random shapes that documents are saved by, as a tree of nodes: {table, rel, write, missing,
# by, where [[column, value]], form, items, delete_key, rule}. An item is {kind, key} and of
# a column {column, readonly, once, string}, of a relation {node}. A node's rule is what
# recognizes its rows: [[column, source, what]].
package SaveOracle::Shape;

use strict;
use warnings;
use utf8;

use Exporter 'import';
our @EXPORT = qw(make_shape shape_text item_of key_item);

use Chance;
use SaveOracle::Schema;

sub item_of
{
	my ($node, $key) = @_;

	return (grep { $_->{key} eq $key } @{ $node->{items} })[0];
}

# The item that shows a column, one that is written before others.
sub key_item
{
	my ($node, $column) = @_;
	my @items = grep { $_->{kind} eq 'column' && $_->{column} eq $column } @{ $node->{items} };

	return ((grep { !$_->{readonly} } @items), @items)[0];
}

sub parent_columns
{
	my $node = shift;

	return () if !$node->{rel} || $node->{write} ne 'own' || $node->{rel}{kind} !~ /^(to_many|one_to_one)$/;
	return @{ $node->{rel}{fk}{columns} };
}

sub is_subset
{
	my ($some, $all) = @_;
	my %all = map { $_ => 1 } @$all;

	return !grep { !$all{$_} } @$some;
}

# What recognizes the rows of a node: the columns of "by" with what a unique key takes of
# the parent's beside; else the primary key, if it is named; else the one unique key that is.
sub recognize
{
	my $node = shift;
	my $table = $node->{table};
	my @parent = parent_columns($node);
	my @links = map { $_->{node} } grep { $_->{kind} eq 'rel' && $_->{node}{rel}{kind} eq 'to_one' && $_->{node}{write} eq 'link' } @{ $node->{items} };
	my @named = $node->{by} ? @{ $node->{by} } : map { $_->{column} } grep { $_->{kind} eq 'column' } @{ $node->{items} };
	my @keys = ($table->{pk}, map { $_->{columns} } @{ $table->{uniques} });
	my @found;
	my @rule;

	push @named, map { @{ $_->{rel}{fk}{columns} } } @links if !$node->{by} && $node->{write} ne 'link';
	foreach my $key (@keys)
	{
		next if !is_subset($key, [ @named, @parent ]);
		push @found, $key;
		last if $key == $table->{pk} || $node->{by};
	}
	return undef if @found != 1;
	my %columns = map { $_ => 1 } @{ $found[0] }, @{ $node->{by} // [] };
	foreach my $column (sort keys %columns)
	{
		my ($link) = grep { is_subset([$column], $_->{rel}{fk}{columns}) } @links;
		my $item = key_item($node, $column);

		if (grep { $_ eq $column } @parent) { push @rule, [ $column, 'parent' ] }
		elsif ($item) { push @rule, [ $column, 'item', $item ] }
		elsif ($link) { push @rule, [ $column, 'link', $link ] }
		else { return undef }
	}
	return \@rule;
}

sub add_item
{
	my ($node, %item) = @_;
	my $key = $item{key};

	$key .= 'x' while item_of($node, $key);
	push @{ $node->{items} }, { %item, key => $key };
	return $node->{items}[-1];
}

# "mine" is of the key that rows are recognized by.
sub add_column
{
	my ($context, $node, $name, $mine) = @_;
	my $column = column_of($node->{table}, $name);
	my %item = (kind => 'column', column => $name, key => chance(0.15) ? "a_$name" : $name);

	foreach my $fk (grep { is_subset([$name], $_->{columns}) } @{ $node->{table}{fks} })
	{
		# written by a relation
		$item{readonly} = 1 if $context->{fks}{ $fk->{name} };
		$context->{columns}{ $fk->{name} } = 1;
	}
	my $chosen = rand();
	if ($chosen < 0.08 && !$mine) { $item{readonly} = $item{says_readonly} = 1 }
	elsif ($chosen < 0.16 && !$mine) { $item{once} = 1 }
	$item{says_readonly} = 1 if $item{readonly};
	$item{readonly} = 1 if ($column->{key} // '') eq 'always';
	$item{string} = 1 if $column->{type} =~ /^(int|bigint|numeric)$/ && chance(0.08);
	return add_item($node, %item);
}

sub add_relation
{
	my ($context, $node, $rel, $write, $depth) = @_;
	my $stem = $rel->{kind} eq 'to_one' ? $rel->{fk}{columns}[0] : $rel->{to}{name} . 's';
	my $child = gen_node($context, $rel->{to}, $rel, $write, $depth);

	return add_item($node, kind => 'rel', key => "r_$stem", node => $child);
}

# Fixes what a node's rows have in a column.
sub gen_where
{
	my ($context, $node) = @_;
	my %keys = map { $_ => 1 } @{ $node->{table}{pk} }, map({ @{ $_->{columns} } } @{ $node->{table}{uniques} });
	my @columns = grep { !$_->{fk} && !$keys{ $_->{name} } && $_->{type} =~ /^(int|text|bool)$/ } @{ $node->{table}{columns} } or return;
	my $column = pick(@columns);
	my @values = grep { defined } map { $_->{ $column->{name} } } @{ $context->{rows}{ $node->{table}{name} } };

	$node->{where} = [ [ $column->{name}, @values && chance(0.9) ? pick(@values) : random_value($column) ] ];
	$node->{where_param} = 'p' . keys(%{ $context->{params} }) if chance(0.3);
	$context->{params}{ $node->{where_param} } = $node->{where}[0][1] if $node->{where_param};
}

# The columns that are to recognize the rows of a node.
sub gen_key
{
	my ($context, $node, $depth) = @_;
	my $table = $node->{table};
	my $rel = $node->{rel};
	my @parent = parent_columns($node);
	my @uniques = map { $_->{columns} }
	  grep { !grep({ !column_of($table, $_)->{not_null} } @{ $_->{columns} }) } @{ $table->{uniques} };
	my $key = @uniques && chance(0.5) ? pick(@uniques) : $table->{pk};
	my @columns = grep { !is_subset([$_], \@parent) } @$key;

	$node->{by} = \@columns if @columns && $node->{form} ne 'value' && $node->{form} ne 'values' && ($key != $table->{pk} ? chance(0.7) : chance(0.1));
	$node->{by} = \@columns if $node->{form} =~ /^value/;
	foreach my $column (@columns)
	{
		my ($to_one) = grep { $_->{kind} eq 'to_one' && @{ $_->{fk}{columns} } == 1 && $_->{fk}{columns}[0] eq $column && !$context->{fks}{ $_->{fk}{name} } } relations($context->{tables}, $table);

		next if key_item($node, $column);
		if ($to_one && $node->{write} ne 'link' && $depth > 0 && chance(0.7))
		{
			$context->{fks}{ $to_one->{fk}{name} } = 1;
			local $context->{no_where} = 1;
			add_relation($context, $node, $to_one, 'link', 0);
		}
		else { add_column($context, $node, $column, 1) }
	}
}

sub gen_node
{
	my ($context, $table, $rel, $write, $depth) = @_;
	my $kind = $rel ? $rel->{kind} : 'root';
	my $is_single = $kind eq 'to_one' || $kind eq 'one_to_one';
	my $node = { table => $table, rel => $rel, write => $write, items => [], form => $rel ? $is_single ? 'object' : 'list' : 'root' };
	my %taken = map { $_ => 1 } parent_columns($node);
	my $is_written = $write eq 'root' || $write eq 'own';

	if ($write eq 'link' && chance(0.15)) { $node->{form} = $is_single ? 'value' : 'values' }
	gen_key($context, $node, $depth) if $write ne 'none' && !($write eq 'own' && $is_single && chance(0.5));
	if ($node->{form} =~ /^value/ && @{ $node->{by} } != 1)
	{
		$node->{form} = $is_single ? 'object' : 'list';
	}
	if ($node->{form} !~ /^value/)
	{
		foreach my $column (shuffle(@{ $table->{columns} }))
		{
			next if $taken{ $column->{name} } || key_item($node, $column->{name});
			next if !chance($column->{fk} ? 0.15 : $write eq 'link' ? 0.3 : $column->{key} ? 0.3 : 0.7);
			add_column($context, $node, $column->{name});
		}
		if ($depth > 0)
		{
			my @relations = shuffle(relations($context->{tables}, $table));
			# the same rows by two names
			splice @relations, 1, 0, $relations[0] if @relations && $context->{shares} && chance(0.5);

			foreach my $next (@relations[ 0 .. ($#relations < 2 ? $#relations : 2) ])
			{
				next if !chance(0.7);
				my @fks = map { $_->{name} } $next->{fk}, $next->{far} // ();
				my $is_free = $is_written && !($next->{junction} && $context->{owned}{ $next->{junction}{name} }) && ($context->{shares} || !grep({ $context->{fks}{$_} || $context->{columns}{$_} } @fks));
				my $way = !$is_free ? 'none' : $context->{owned}{ $next->{to}{name} } && !$context->{shares} ? pick('link', 'link', 'none') : pick('own', 'own', 'own', 'link', 'link', 'none');
				$way = 'none' if $next->{to}{junction} && grep { $context->{fks}{ $_->{name} } } @{ $next->{to}{fks} };
				$context->{owned}{ $next->{to}{name} } = 1 if $way eq 'own';
				if ($way ne 'none') { $context->{fks}{$_} = 1 foreach @fks }
				$context->{owned}{ $next->{to}{name} } = 1 if $way eq 'link' && $next->{to}{junction};
				add_relation($context, $node, $next, $way, $way eq 'own' ? $depth - 1 : 0);
			}
		}
	}
	gen_tree($context, $node, $is_written) if $node->{form} !~ /^value/ && chance($context->{trees});
	$node->{rule} = recognize($node) if $write ne 'none';
	if ($write ne 'none' && !$node->{rule} && !($write eq 'own' && $is_single && !$node->{by}))
	{
		delete $node->{by};
		foreach my $column (@{ $table->{pk} })
		{
			add_column($context, $node, $column, 1) if !$taken{$column} && !key_item($node, $column);
		}
		$node->{rule} = recognize($node) or die "nothing recognizes the rows of $table->{name}";
	}
	# an object by what is a row's key beside its parent's
	if ($node->{form} eq 'list' && $node->{rule} && chance(0.15))
	{
		my @rest = grep { $_->[1] ne 'parent' } @{ $node->{rule} };
		$node->{form} = 'map', $node->{map} = $rest[0][0] if @rest == 1 && $rest[0][1] eq 'item' && column_of($table, $rest[0][0])->{type} =~ /^(int|text)$/;
	}
	if ($write ne 'none' && $rel)
	{
		$node->{missing} = pick(undef, 'delete', 'unlink', 'keep', 'error');
		$node->{missing} = pick(undef, 'unlink', 'keep') if $write eq 'link' && ($node->{missing} // '') eq 'delete';
		$node->{delete_key} = pick('_delete', 'gone') if $node->{form} !~ /^value/ && chance(0.25);
	}
	add_item($node, kind => 'etag', key => 'v') if $is_written && !grep({ $_->{kind} eq 'rel' && $_->{node}{recurse} } @{ $node->{items} }) && chance(0.2);
	gen_where($context, $node) if chance($rel ? $context->{where} : 0.1) && !$context->{no_where};
	$node->{items} = [ shuffle(@{ $node->{items} }) ];
	finish_trees($node);
	return $node;
}

# What is shown of a node below which nothing is written.
sub shown
{
	my ($node, $done) = @_;

	$done->{$node} //= do {
		my $copy = $done->{$node} = { %$node, write => 'none', items => $done->{ $node->{items} } //= [] };
		@{ $copy->{items} } = map { { %$_, $_->{kind} eq 'rel' ? (node => shown($_->{node}, $done)) : () } } @{ $node->{items} } if !@{ $copy->{items} };
		delete @$copy{qw(by missing rule delete_key)};
		$copy;
	};
	return $done->{$node};
}

my $trees = 0;

# Lets a node lead to others of its table, which are as it is.
sub gen_tree
{
	my ($context, $node, $is_written) = @_;
	my $table = $node->{table};
	my @selves = grep { $_->{to} == $table } relations($context->{tables}, $table) or return;

	@selves = grep { !$_->{junction} || !$context->{owned}{ $_->{junction}{name} } } @selves or return if $is_written;
	foreach my $rel ((shuffle(@selves))[ 0 .. (@selves > 1 && chance(0.3) ? 1 : 0) ])
	{
		my @fks = map { $_->{name} } $rel->{fk}, $rel->{far} // ();
		my $is_single = $rel->{kind} =~ /^(to_one|one_to_one)$/;
		my $is_free = $is_written && !($rel->{junction} && $context->{owned}{ $rel->{junction}{name} }) && ($context->{shares} || !grep({ $context->{fks}{$_} || $context->{columns}{$_} } @fks));
		my $tree = { table => $table, rel => $rel, write => $is_free ? pick('own', 'own', 'own', 'link', 'none') : 'none', form => $is_single ? 'object' : 'list', recurse => pick(1, 2, 3, 9), id => ++$trees };

		if ($tree->{write} ne 'none')
		{
			$context->{fks}{$_} = 1 foreach @fks;
			$tree->{missing} = pick(undef, 'delete', 'unlink', 'keep', 'error');
			$tree->{missing} = pick(undef, 'unlink', 'keep') if $tree->{write} eq 'link' && ($tree->{missing} // '') eq 'delete';
			foreach my $column (@{ $table->{pk} })
			{
				add_column($context, $node, $column, 1) if !key_item($node, $column) && !grep({ $_ eq $column } parent_columns($node), parent_columns($tree));
			}
		}
		add_item($node, kind => 'rel', key => 'tree', node => $tree);
	}
}

sub mark_below
{
	my $node = shift;

	foreach my $below (grep { !$_->{in_tree} } map { $_->{node} } grep { $_->{kind} eq 'rel' } @{ $node->{items} })
	{
		$below->{in_tree} = 1;
		mark_below($below);
	}
}

# What trees need to know of the node that they repeat, once that has all.
sub finish_trees
{
	my $node = shift;

	foreach my $item (grep { $_->{kind} eq 'rel' && $_->{node}{recurse} } @{ $node->{items} })
	{
		my $tree = $item->{node};
		$tree->{items} = $node->{items};
		$tree->{delete_key} = $node->{delete_key};
		$tree->{rule} = recognize($tree) if $tree->{write} ne 'none';
		$tree->{write} = 'none' if $tree->{write} ne 'none' && !$tree->{rule};
		delete $tree->{missing} if $tree->{write} eq 'none';
	}
	mark_below($node) if grep { $_->{kind} eq 'rel' && $_->{node}{recurse} && $_->{node}{write} eq 'own' } @{ $node->{items} };
	foreach my $item (grep { $_->{kind} eq 'rel' && $_->{node}{recurse} && $_->{node}{write} ne 'own' } @{ $node->{items} })
	{
		my $shown = shown({ %{ $item->{node} } }, {});
		$item->{node}{items} = $shown->{items};
	}
}

# Of a table, to be written. A dense one has more places of the same rows, trees and "where".
sub make_shape
{
	my ($tables, $rows, $table, $depth, $is_dense) = @_;
	my $context = { tables => $tables, rows => $rows, fks => {}, columns => {}, params => {}, shares => chance($is_dense ? 0.7 : 0.35), trees => $is_dense ? pick(0, 0.5, 0.5) : pick(0, 0, 0.5), where => $is_dense ? pick(0.15, 0.5) : 0.15, owned => { $table->{name} => 1 } };
	my $node = gen_node($context, $table, undef, 'root', $depth);

	$node->{params} = $context->{params};
	return $node;
}

sub args_text
{
	my $node = shift;
	my @args;

	push @args, "via: $node->{rel}{via}" if $node->{rel} && $node->{rel}{via};
	push @args, "recurse: $node->{recurse}" if $node->{recurse};
	push @args, "write: $node->{write}" if $node->{rel} && $node->{write} ne 'none';
	push @args, "missing: $node->{missing}" if $node->{missing};
	push @args, 'by: ' . (@{ $node->{by} } == 1 ? $node->{by}[0] : '(' . join(', ', @{ $node->{by} }) . ')') if $node->{by};
	push @args, "key: $node->{map}" if $node->{map};
	push @args, 'where: ' . join(' and ', map {
		my $type = column_of($node->{table}, $_->[0])->{type};
		"$_->[0] = " . ($node->{where_param} ? "\$$node->{where_param}" : $type eq 'int' ? $_->[1] : $type eq 'bool' ? ($_->[1] eq 't' ? 'true' : 'false') : literal($_->[1]))
	} @{ $node->{where} }) if $node->{where};
	return @args ? '(' . join(', ', @args) . ')' : '';
}

sub shape_text
{
	my $node = shift;
	my @items;

	foreach my $item (@{ $node->{items} })
	{
		my $label = "$item->{key}: ";

		if ($item->{kind} eq 'etag') { push @items, $label . '@etag' }
		elsif ($item->{kind} eq 'column')
		{
			$label = '' if $item->{key} eq $item->{column};
			push @items, $label . $item->{column} . ($item->{string} ? ' @string' : '') . ($item->{says_readonly} ? ' @readonly' : '') . ($item->{once} && !$item->{says_readonly} ? ' @once' : '');
		}
		elsif ($item->{node}{form} =~ /^value/)
		{
			push @items, $label . $item->{node}{rel}{spelling} . args_text($item->{node}) . ".$item->{node}{items}[0]{column}" . ($item->{node}{items}[0]{string} ? ' @string' : '');
		}
		elsif ($item->{node}{recurse}) { push @items, $label . $item->{node}{rel}{spelling} . args_text($item->{node}) }
		else { push @items, $label . $item->{node}{rel}{spelling} . args_text($item->{node}) . ' ' . braces_text($item->{node}) }
	}
	return (!$node->{rel} ? args_text($node) . ' ' : '') . braces_text($node, @items);
}

sub braces_text
{
	my ($node, @items) = @_;

	if (!@items && @{ $node->{items} })
	{
		my $text = shape_text({ %$node, rel => $node->{rel} // {} });
		return $text;
	}
	push @items, "$node->{delete_key}: \@delete" if $node->{delete_key};
	return '{ ' . join(', ', @items) . ' }';
}

1;
