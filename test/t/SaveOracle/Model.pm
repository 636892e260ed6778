# What jsonify_save is to do with documents, a row at a time: the rows afterwards, or what
# is wrong. Made from the contract, by recursion over the documents; it knows nothing of
# stages and statements.
#
# What is wrong is a list of groups: at least one of a group's errors must be told, and
# nothing that is neither in a group nor in "may". Entities are what SaveOracle/Entity.pm says.
package SaveOracle::Model;

use strict;
use warnings;
use utf8;

use Exporter 'import';
our @EXPORT = qw(model_save);

use SaveOracle::After;
use SaveOracle::Entity;
use SaveOracle::Json;
use SaveOracle::Keys;
use SaveOracle::Read;
use SaveOracle::Schema;
use SaveOracle::Settle;
use SaveOracle::Shape;
use SaveOracle::Shared;

#
# Items
#

sub agrees
{
	my ($given, $present) = @_;

	# an etag that is as it was read
	return 1 if $given->[0] eq 's' && $present->[0] eq 's' && $given->[1] =~ /^\@\@.*[^!?]$/ && $present->[1] =~ /^\@\@/;
	return same_json($given, $present) if $given->[0] ne $present->[0] || $given->[0] !~ /[ao]/;
	if ($given->[0] eq 'a')
	{
		return @{ $given->[1] } == @{ $present->[1] } && !grep { !agrees($given->[1][$_], $present->[1][$_]) } 0 .. $#{ $given->[1] };
	}
	foreach my $key (keys %{ $given->[1] })
	{
		my $other = $present->[1]{$key};
		return 0 if $other ? !agrees($given->[1]{$key}, $other) : $given->[1]{$key}[0] ne 'z';
	}
	return 1;
}

sub is_nothing { return $_[0][0] eq 'z' || ($_[0][0] eq 'a' && !@{ $_[0][1] }) }

sub compare_etag
{
	my ($m, $e, $json, @loc) = @_;

	return if $json->[0] eq 'z';
	return wrong($m, [ 'wrong_type', @loc ]) if $json->[0] ne 's';
	return wrong($m, [ 'bad_value', @loc ]) if $json->[1] !~ /^@@/ || $json->[1] =~ /\?$/;
	# of another time, or of a row that is not like this one
	my $given = $m->{etag_texts}{ $json->[1] };
	return if defined $given && grep { $m->{etags}{$_} == $e->{row}{'#'} && $m->{etag_texts}{$_} eq $given } keys %{ $m->{etags} };
	wrong($m, [ 'conflict', @loc ]);
	$e->{in_conflict} = 1;
}

sub is_key
{
	my ($node, $item) = @_;

	return grep { $_->[1] eq 'item' && $_->[2] == $item } @{ $node->{rule} // [] };
}

# What a document says of the columns of a row, and of what is shown only.
sub compare_items
{
	my ($m, $e, $members, @loc) = @_;
	my $node = $e->{node};
	my $linked = $node->{write} eq 'link';
	my ($etag) = grep { $_->{kind} eq 'etag' && $members->{ $_->{key} } } @{ $node->{items} };

	if ($etag)
	{
		my $json = $members->{ $etag->{key} };
		if ($e->{row}) { compare_etag($m, $e, $json, @loc, $etag->{key}) }
		elsif (!is_nothing($json)) { wrong($m, [ 'conflict', @loc, $etag->{key} ]) }
	}
	return if $e->{deletes} || $m->{deleting};
	# of a row that somebody else has changed more may be told, or not
	local $m->{quiet} = 1 if $e->{in_conflict};
	foreach my $item (@{ $node->{items} })
	{
		my $json = $members->{ $item->{key} } or next;
		my @at = item_loc($node, $item, @loc);

		if ($item->{kind} eq 'etag') { next }
		elsif ($item->{kind} eq 'rel')
		{
			next if $item->{node}{write} ne 'none';
			if (depth_of($e, $item->{node}) >= ($item->{node}{recurse} // 99))
			{
				wrong($m, [ 'unknown', @at ]) if !$m->{options}{unknown};
				next;
			}
			next if $m->{options}{readonly};
			my $is_so = $e->{row} ? agrees($json, read_there($m, $e, $item->{node})) : is_nothing($json);
			wrong($m, [ 'read_only', @at ]) if !$is_so && ($e->{row} || !$linked);
		}
		elsif ($linked && (is_key($node, $item) || !$e->{row})) { next }
		else { compare_column($m, $e, $item, $json, $linked, @at) }
	}
}

sub compare_column
{
	my ($m, $e, $item, $json, $linked, @at) = @_;
	my $column = column_of($e->{table}, $item->{column});
	my $readonly = $item->{readonly} || $linked || ($item->{once} && $e->{row});

	if ($e->{row})
	{
		my $says = [ $e->{row}{ $item->{column} }, @at ];
		$e->{says}{ $item->{column} } //= $says if !$readonly && same_json($json, value_json($item, $column->{type}, $says->[0]));
		return if same_json($json, value_json($item, $column->{type}, $says->[0]));
		my ($problem, $value) = read_value($column, $json);
		# the name of a member is text of any type
		return if $e->{member} && $e->{node}{map} eq $item->{column} && !$problem && $value eq $e->{row}{ $item->{column} };
		if ($readonly)
		{
			wrong($m, [ 'read_only', @at ]) if !$m->{options}{readonly};
			return;
		}
		if ($problem)
		{
			wrong($m, [ $problem, @at ]);
			$e->{bad}{ $item->{column} } = 1;
		}
		else { put($m, $e, $item->{column}, $value, @at) }
		return;
	}
	if ($readonly)
	{
		if (!is_nothing($json) && !$m->{options}{readonly})
		{
			wrong($m, [ 'read_only', @at ]);
			$e->{bad}{ $item->{column} } = 1;
		}
		return;
	}
	return if $json->[0] eq 'z' && is_key($e->{node}, $item);
	my ($problem, $value) = read_value($column, $json);
	if ($problem)
	{
		wrong($m, [ $problem, @at ]);
		$e->{bad}{ $item->{column} } = 1;
	}
	else { put($m, $e, $item->{column}, $value, @at) }
}

# Of a row of which nobody knows which it is, what its columns do not take may be told.
sub tell_values
{
	my ($m, $e, $members, @loc) = @_;

	foreach my $item (grep { $_->{kind} eq 'column' && $members->{ $_->{key} } } @{ $e->{node}{items} })
	{
		my ($problem) = read_value(column_of($e->{table}, $item->{column}), $members->{ $item->{key} });
		may($m, $problem, item_loc($e->{node}, $item, @loc)) if $problem;
	}
}

#
# Which row it is
#

# As text, with etags in place of their marks.
sub unmarked
{
	my ($m, $json) = @_;

	my $text = json_text($json);

	$text =~ s{"(\@\@[^"!?]*)"}{'"' . ($m->{etag_texts}{$1} // $1) . '"'}ge;
	return $text;
}

# What is only shown of a row, and is said once more: each place that is wrong is told.
sub compare_again
{
	my ($m, $first, $members, @loc) = @_;
	my $linked = $first->{node}{write} eq 'link';
	my %again;

	foreach my $item (grep { $members->{ $_->{key} } && $first->{given}{ $_->{key} } } @{ $first->{node}{items} })
	{
		next if is_key($first->{node}, $item);
		next if $item->{kind} eq 'rel' ? $item->{node}{write} ne 'none' : $item->{kind} ne 'column' || !($linked || $item->{readonly} || $item->{once} && $first->{row});
		$again{ $item->{key} } = $members->{ $item->{key} };
	}
	local $m->{quiet} = 1 if $first->{is_lost} || $first->{deletes} || $first->{in_conflict};
	compare_items($m, $first, \%again, @loc);
}

# Whether an item only shows something of a row.
sub is_shown
{
	my ($e, $item) = @_;

	return $item->{kind} eq 'rel' ? $item->{node}{write} eq 'none' : $item->{kind} eq 'column' && ($e->{node}{write} eq 'link' || $item->{readonly} || ($item->{once} && $e->{row}));
}

# Takes what is said once more of a row together with what was said.
sub merge
{
	my ($m, $first, $members, $deletes, @loc) = @_;
	my %more;

	if (($deletes xor $first->{deletes}))
	{
		$m->{vague} = 1;
		return $first;
	}
	foreach my $key (sort keys %$members)
	{
		my $item = item_of($first->{node}, $key) or next;

		if (!$first->{given}{$key}) { $more{$key} = $members->{$key} }
		elsif (is_shown($first, $item)) { }
		elsif (unmarked($m, $first->{given}{$key}) ne unmarked($m, $members->{$key}))
		{
			my @places = map { [ item_loc($first->{node}, $item, @$_) ] } \@loc, $first->{loc};
			$first->{torn}{$key} = 1;
			wrong($m, map { [ 'duplicate', @$_ ] } @places);
		}
	}
	compare_again($m, $first, $members, @loc);
	push @{ $first->{also} }, \@loc;
	# of several it may be another one that the others are held against
	foreach my $key (sort keys %{ $first->{torn} // {} }) { may($m, 'duplicate', item_loc($first->{node}, item_of($first->{node}, $key), @$_)) foreach @{ $first->{also} } }
	local $m->{again} = [ \@loc, $first->{loc} ];
	say_more($m, $first, \%more, @loc);
	return $first;
}

# The key that members of an object give: (whether it is whole, whether it is readable, key).
sub read_key
{
	my ($m, $e, $members, @loc) = @_;
	my $node = $e->{node};
	my ($is_whole, $is_readable, %key) = (1, 1);

	return (0, 1, {}) if !$node->{rule};
	foreach my $part (@{ $node->{rule} })
	{
		my ($column, $source, $what) = @$part;
		my $value;

		if ($source eq 'parent')
		{
			my $fk = $node->{rel}{fk};
			my ($i) = grep { $fk->{columns}[$_] eq $column } 0 .. $#{ $fk->{columns} };
			$value = $e->{parent}{row}{ $fk->{to_columns}[$i] } if $e->{parent}{row};
		}
		elsif ($source eq 'link')
		{
			my ($item) = grep { $_->{kind} eq 'rel' && $_->{node} == $what } @{ $node->{items} };
			my $target = $e->{targets}{ $item->{key} };
			my $fk = $what->{rel}{fk};
			my ($i) = grep { $fk->{columns}[$_] eq $column } 0 .. $#{ $fk->{columns} };
			$value = $target->{row}{ $fk->{to_columns}[$i] } if $target && $target->{row};
			# one that is taken out is not wrong by itself
			wrong($m, [ 'required', @loc, $item->{key} ]) if $target && $target->{is_lost} && $target->{deletes} && $is_readable && !$e->{deletes};
			$is_readable = 0 if $target && $target->{is_lost};
		}
		else
		{
			my $json = $members->{ $what->{key} };
			if ($json && $json->[0] ne 'z')
			{
				(my $problem, $value) = read_value(column_of($node->{table}, $column), $json);
				if ($problem)
				{
					wrong($m, [ $problem, item_loc($node, $what, @loc) ]);
					$is_readable = 0;
				}
			}
		}
		if (defined $value) { $key{$column} = $value }
		else { $is_whole = 0 }
	}
	return ($is_whole && $is_readable, $is_readable, \%key);
}

# What is taken out needs a key, and may be gone.
sub gone_already
{
	my ($m, $e, $is_whole, @loc) = @_;

	wrong($m, [ 'required', @loc ]) if !$is_whole && $e->{node}{rel} && $e->{node}{rel}{kind} =~ /^(to_many|many)$/ && $e->{parent}{row};
	return lose($e);
}

# No row has the key that is given: the row that it will be, or undef.
sub absent
{
	my ($m, $e, $is_whole, $key, $members, @loc) = @_;
	my $node = $e->{node};
	my $is_new = ($m->{options}{mode} // '') eq 'insert';

	return gone_already($m, $e, $is_whole, @loc) if $e->{deletes};
	$e->{is_keyless} = !grep { $_->[1] ne 'parent' && defined $key->{ $_->[0] } } @{ $node->{rule} // [] };
	if (($is_whole && !$is_new && grep { column_of($node->{table}, $_)->{key} } keys %$key) || (!$node->{rel} && ($m->{deleting} || ($m->{options}{mode} // '') eq 'update')))
	{
		wrong($m, [ 'not_found', @loc ]);
		return lose($e);
	}
	# two of one key are one row
	my $parts = join ',', map { $_->[0] . '=' . ($_->[1] eq 'parent' ? ($e->{parent}{row} ? $key->{ $_->[0] } : "new $e->{parent}{id}") : $key->{ $_->[0] } // return $e) } @{ $node->{rule} // return $e };
	my $fresh = \$m->{fresh}{ node_id($node) . " $parts" };
	if ($$fresh)
	{
		my $first = $$fresh;
		if (in_tree($node))
		{
			may_differ($m, $first, $members, @loc);
			be_place($e, $first);
			return $e;
		}
		wrong($m, [ 'duplicate', @loc ]) if $node->{rel} && $node->{rel}{kind} =~ /^(to_many|one_to_one)$/ && $first->{parent} != $e->{parent};
		$e->{gone} = 1;
		return merge($m, $first, $members, $e->{deletes}, @loc);
	}
	$$fresh = $e;
	$e->{key} = $key if $is_whole;
	return $e;
}

# It is this row, wherever that is.
sub is_row
{
	my ($m, $e, $row, $members, @loc) = @_;
	my $first = \$m->{by_row}{ node_id($e->{node}) . " $row->{'#'}" };

	$e->{row} = $row;
	if ($$first && in_tree($e->{node}))
	{
		may_differ($m, $$first, $members, @loc);
		$e->{again_of} = $$first;
		$m->{vague} = 1 if ($$first->{deletes} xor $e->{deletes});
		return $e;
	}
	if ($$first)
	{
		$e->{gone} = 1;
		return merge($m, $$first, $members, $e->{deletes}, @loc);
	}
	$$first = $e;
	return $e;
}

# Whether rows of a node may stand in a tree, at any depth.
sub in_tree { my $node = shift; return $node->{recurse} || $node->{in_tree} }

# A row of a tree that is said by several ways says by each of them what is shown there. What
# is written otherwise may be told.
sub may_differ
{
	my ($m, $first, $members, @loc) = @_;

	foreach my $key (grep { $first->{given}{$_} && json_text($first->{given}{$_}) ne json_text($members->{$_}) } sort keys %$members)
	{
		my $item = item_of($first->{node}, $key) or next;
		may($m, 'duplicate', item_loc($first->{node}, $item, @$_)) foreach \@loc, @{ $first->{loc} } ? $first->{loc} : [];
	}
}

sub match_root
{
	my ($m, $e, $members, @loc) = @_;
	my ($is_whole, $is_readable, $key) = read_key($m, $e, $members, @loc);

	return lose($e) if !$is_readable;
	my $row = $is_whole && ($m->{options}{mode} // '') ne 'insert' ? find_row($m, $e->{table}, $key) : undef;
	return is_row($m, $e, $row, $members, @loc) if $row && passes($e->{node}, $row);
	return absent($m, $e, $is_whole, $key, $members, @loc);
}

# Whether two parents are two rows.
sub is_elsewhere
{
	my ($left, $right) = @_;

	return $left != $right && !($left->{row} && $right->{row} && $left->{row} == $right->{row});
}

sub match_own
{
	my ($m, $e, $list, $members, @loc) = @_;
	my $node = $e->{node};
	my ($is_whole, $is_readable, $key) = read_key($m, $e, $members, @loc);
	my $is_single = $node->{rel}{kind} =~ /^(to_one|one_to_one)$/;
	my $row;

	return lose($e) if !$is_readable;
	if ($is_single && @{ $list->{present} })
	{
		my ($there) = @{ $list->{present} };
		my $says_null = grep { $_->[1] eq 'item' && $members->{ $_->[2]{key} } && $members->{ $_->[2]{key} }[0] eq 'z' && defined $there->{ $_->[0] } } @{ $node->{rule} // [] };

		$row = $there if !$says_null && !($is_whole && grep { $there->{$_} ne $key->{$_} } keys %$key);
	}
	$row //= find_row($m, $e->{table}, $key) if $is_whole;
	$row = undef if $row && !passes($node, $row);
	if ($row)
	{
		my $is_there = grep { $_ == $row } @{ $list->{present} };
		my $first = $m->{by_row}{ node_id($node) . " $row->{'#'}" };
		my $is_torn = $first && is_elsewhere($first->{parent}, $e->{parent}) && $node->{rel}{kind} =~ /^(to_many|one_to_one)$/;
		my $real = $is_torn ? $first : is_row($m, $e, $row, $members, @loc);

		$e->{row} = $row, $e->{gone} = 1 if $is_torn;
		if ($is_there) { $list->{claimed}{ $row->{'#'} } = $real; $real->{there} = 1 }
		elsif ($list->{moved}{ $row->{'#'} }) { }
		else { push @{ $m->{moves} }, [ $real, $list, @loc ] }
		$list->{moved}{ $row->{'#'} } = $real if !$is_there;
		if ($is_torn)
		{
			$m->{any_duplicate} = 1;
			wrong($m, [ 'duplicate', @loc ], [ 'moved', @loc ], [ 'moved', @{ $real->{loc} } ], [ 'duplicate', @{ $real->{loc} } ]);
			may($m, 'moved', @loc);
			may($m, 'moved', @{ $real->{loc} });
			# what else it says may be told
			local $m->{quiet} = 1;
			say_more($m, { %$e, row => $row, set => {}, says => {}, bad => {}, targets => {}, cleared => {}, given => {} }, $members, @loc);
			$real->{is_torn} = 1;
		}
		return $real;
	}
	return absent($m, $e, $is_whole, $key, $members, @loc);
}

sub match_link
{
	my ($m, $e, $list, $members, @loc) = @_;
	my $node = $e->{node};
	my ($is_whole, $is_readable, $key) = read_key($m, $e, $members, @loc);

	return lose($e) if !$is_readable;
	my $row = $is_whole ? find_row($m, $e->{table}, $key) : undef;
	$row = undef if $row && !passes($node, $row);
	if ($row)
	{
		my $is_there = grep { $_ == $row } @{ $list->{present} };

		$e->{row} = $row;
		if ($node->{rel}{kind} =~ /^(to_many|one_to_one)$/)
		{
			my $first = $m->{by_row}{ node_id($node) . " $row->{'#'}" };
			my $is_torn = $first && is_elsewhere($first->{parent}, $e->{parent});

			if ($is_torn)
			{
				# of one that is to belong to a new row that is told once this has its key
				local $m->{late} = 1 if in_tree($node) && (!$first->{parent}{row} || !$e->{parent}{row});
				wrong($m, map { [ 'duplicate', @$_ ] } with_items($e, @loc), with_items($first));
			}
			# what else it says of one that belongs to two may be told
			local $m->{quiet} = 1 if $is_torn;
			say_more($m, { %$e, row => $row, set => {}, says => {}, bad => {}, targets => {}, cleared => {}, given => {} }, $members, @loc) if $is_torn;
			$e = is_row($m, $e, $row, $members, @loc);
		}
		elsif ($node->{rel}{kind} eq 'many' && (my $first = $list->{said}{ $row->{'#'} }))
		{
			$e->{gone} = 1;
			$e = merge($m, $first, $members, $e->{deletes}, @loc);
		}
		$list->{said}{ $row->{'#'} } = $e;
		$list->{claimed}{ $row->{'#'} } = $e if $is_there;
		$e->{there} = 1 if $is_there;
		return $e;
	}
	return gone_already($m, $e, $is_whole, @loc) if $e->{deletes};
	if (!$is_whole)
	{
		wrong($m, [ 'required', @loc ]);
		return lose($e);
	}
	# a row that the call makes
	push @{ $m->{unresolved} }, [ $e, $list, $key, @loc ];
	return $e;
}

#
# Documents
#

sub early { my $item = shift; return $item->{kind} eq 'rel' && $item->{node}{write} eq 'link' && $item->{node}{rel}{kind} eq 'to_one' }

# What is said of a row once it is known which it is.
sub say_more
{
	my ($m, $e, $members, @loc) = @_;

	$e->{given}{$_} = $members->{$_} foreach keys %$members;
	{
		local $m->{quiet} = 1 if $e->{is_lost};
		if (!$e->{is_lost} && $e->{node}{recurse} && early({ kind => 'rel', node => $e->{node} })) { push @{ $m->{waiting} }, [ $m->{quiet}, $m->{again}, $e, $members, @loc ] }
		elsif (!$e->{is_lost}) { compare_items($m, $e, $members, @loc) }
		else { tell_values($m, $e, $members, @loc) }
		return if $e->{deletes} || $e->{in_conflict} || $m->{deleting};
		foreach my $item (grep { $_->{kind} eq 'rel' && $_->{node}{write} ne 'none' } @{ $e->{node}{items} })
		{
			my $json = $members->{ $item->{key} };
			my $first = $e->{again_of} ? $e->{again_of}{given}{ $item->{key} } : undef;
			# what another way through a tree says otherwise may be told at once, and nothing below
			local $m->{in_torn} = 1 if $first && $json && json_text($first) ne json_text($json);
			visit_related($m, $e, $item, $json, @loc, $item->{key}) if $json && (!early($item) || ($m->{again} && !$e->{again_of}));
		}
	}
}

# A link of a row that is lost is wrong by itself, too.
sub tell_lost
{
	my ($m, $e, $members, @loc) = @_;
	my ($is_whole, $is_readable, $key) = read_key($m, $e, $members, @loc);

	return if $e->{node}{write} ne 'link' || $e->{deletes} || $m->{deleting} || $e->{quiet_before} || !$is_readable;
	local $m->{quiet} = 0;
	if (!$is_whole) { wrong($m, [ 'required', @loc ]) }
	elsif (!grep { $_ && passes($e->{node}, $_) } find_row($m, $e->{table}, $key)) { push @{ $m->{unresolved} }, [ $e, {}, $key, @loc ] }
}

sub visit
{
	my ($m, $node, $parent, $list, $json, $member, @loc) = @_;
	my $e = new_entity($m, $node, $parent, @loc);
	my %members;

	$e->{list} = $list;
	$e->{in_torn} = $m->{in_torn};
	if ($node->{form} =~ /^value/) { %members = ($node->{items}[0]{key} => $json) }
	elsif (defined $member && $json->[0] eq 'z') { $e->{deletes} = 1 }
	elsif ($json->[0] ne 'o')
	{
		wrong($m, [ 'wrong_type', @loc ]);
		return lose($e);
	}
	else
	{
		foreach my $key (sort keys %{ $json->[1] })
		{
			my $value = $json->[1]{$key};

			if (item_of($node, $key)) { $members{$key} = $value }
			elsif (defined $node->{delete_key} && $node->{delete_key} eq $key)
			{
				if ($value->[0] eq 'b') { $e->{deletes} = $value->[1] }
				elsif ($value->[0] ne 'z') { wrong($m, [ 'wrong_type', @loc, $key ]); $e->{wrong_delete} = 1 }
			}
			else { wrong($m, [ 'unknown', @loc, $key ]) if !$m->{options}{unknown} }
		}
	}
	if (defined $member)
	{
		my $item = key_item($node, $node->{map});
		my ($problem, $value) = $members{ $item->{key} } ? read_value(column_of($node->{table}, $node->{map}), $members{ $item->{key} }) : (undef, $member);
		# the name of a member is the value of the column
		if ($problem) { wrong($m, [ $problem, @loc, $item->{key} ]) }
		elsif (!defined $value || $value ne $member) { wrong($m, [ 'duplicate', @loc, $item->{key} ]) }
		$members{ $item->{key} } = string($member);
		$e->{member} = 1;
	}
	$e->{quiet_before} = $parent->{quiet_before} // $m->{quiet} // 0 if $parent && $parent->{is_lost};
	local $m->{quiet} = 1 if $parent && $parent->{is_lost};
	lose($e) if $parent && $parent->{is_lost};
	may($m, $_, @loc) foreach $e->{is_lost} && $node->{write} eq 'link' ? qw(required not_found) : ();
	{
		foreach my $item (grep { early($_) } @{ $node->{items} })
		{
			my $is_key = grep { $_->[1] eq 'link' && $_->[2] == $item->{node} } @{ $node->{rule} // [] };
			next if ($e->{deletes} || $m->{deleting}) && !$is_key;
			visit_related($m, $e, $item, $members{ $item->{key} }, @loc, $item->{key}) if $members{ $item->{key} };
		}
	}
	push @{ $list->{locs} }, \@loc if $list;
	my $real =
	    $e->{is_lost} ? (tell_lost($m, $e, \%members, @loc), $e)[-1]
	  : !$node->{rel} ? match_root($m, $e, \%members, @loc)
	  : $node->{write} eq 'own' ? match_own($m, $e, $list, \%members, @loc)
	  :                           match_link($m, $e, $list, \%members, @loc);
	local $m->{again} = [ \@loc, $e->{again_of}{loc}, 1 ] if $e->{again_of};
	say_more($m, $e, \%members, @loc) if $real == $e;
	return $real;
}

sub visit_related
{
	my ($m, $e, $item, $json, @loc) = @_;
	my $node = $item->{node};
	my $kind = $node->{rel}{kind};
	my $list = { node => $node, parent => $e, item => $item, loc => \@loc, json => $json, present => [], claimed => {}, entities => [] };

	if (depth_of($e, $node) >= ($node->{recurse} // 99))
	{
		wrong($m, [ 'unknown', @loc ]) if !$m->{options}{unknown};
		return;
	}
	my $wanted = { object => 'o', value => '', list => 'a', values => 'a', map => 'o' }->{ $node->{form} };

	$list->{present} = [ related($m->{rows}, $node, $e->{row}) ] if $e->{row};
	if ($json->[0] eq 'z' && $node->{form} =~ /^(object|value)$/)
	{
		$e->{cleared}{ $item->{key} } = 1;
	}
	elsif ($wanted ne '' && $json->[0] ne $wanted)
	{
		wrong($m, [ 'wrong_type', @loc ]);
		may($m, 'missing', @loc) if $wanted eq 'o';
		# and what is there may be told as left out
		$m->{any_duplicate} = 1;
		$m->{unread}{ node_id($node) } = 1;
		$e->{targets}{ $item->{key} } = { is_lost => 1 } if $kind eq 'to_one';
		return;
	}
	elsif ($node->{form} =~ /^(object|value)$/)
	{
		my $target = visit($m, $node, $e, $list, $json, undef, @loc);
		$e->{targets}{ $item->{key} } = $target if $kind eq 'to_one';
		push @{ $list->{entities} }, $target;
	}
	elsif ($node->{form} eq 'map')
	{
		push @{ $list->{entities} }, visit($m, $node, $e, $list, $json->[1]{$_}, $_, @loc, "=$_") foreach sort keys %{ $json->[1] };
	}
	else
	{
		push @{ $list->{entities} }, visit($m, $node, $e, $list, $json->[1][$_], undef, @loc, $_) foreach 0 .. $#{ $json->[1] };
	}
	push @{ $m->{lists} }, $list if !$e->{is_lost};
}

#
# The call
#

# {tables, rows, node, json, options, etags, etag_texts, deleting} gives {groups, may, phase}, or the rows
# afterwards and the answer.
sub model_save
{
	my $m = { groups => [], may => {}, entities => [], lists => [], moves => [], next => 0, @_ };
	my $node = $m->{node};
	my @roots;

	$m->{any_loc} = sub {
		my $e = shift;
		my @items = $e->{node} ? @{ $e->{node}{items} } : ();
		return map { my $loc = $_; (loc_text(@$loc), map { loc_text(@$loc, $_->{key}) } @items) } places($e);
	};
	if ($m->{json}[0] eq 'a') { push @roots, visit($m, $node, undef, undef, $m->{json}[1][$_], undef, $_) foreach 0 .. $#{ $m->{json}[1] } }
	elsif ($m->{json}[0] eq 'o') { push @roots, visit($m, $node, undef, undef, $m->{json}, undef) }
	else { wrong($m, ['wrong_type']) }
	foreach my $waiting (@{ $m->{waiting} // [] })
	{
		(local $m->{quiet}, local $m->{again}, my ($e, $members, @loc)) = @$waiting;
		compare_items($m, $e, $members, @loc);
	}
	resolve_links($m);
	unite_new($m);
	settle_moves($m);
	settle_list($m, $_) foreach @{ $m->{lists} };
	settle_deleted($m) if !$m->{deleting};
	compare_lists($m) if !$m->{deleting};
	check_links($m) if !$m->{deleting};
	take_values($m) if !$m->{deleting};
	if ($m->{deleting}) { doom($m, $node, $_->{row}, @{ $_->{loc} }) foreach grep { $_->{row} && !$_->{in_conflict} } @roots }
	else
	{
		# of what is wrong by itself it may not be told what it leads to
		local $m->{quiet} = @{ $m->{groups} } ? 1 : $m->{quiet};
		connect_rows($m);
		{
			# keys that rows get by what they lead to
			local $m->{late} = 1;
			check_links($m);
		}
		share_rows($m);
		check_added($m);
	}
	my $late = delete $m->{late_groups};
	$m->{may}{$_} = 1 foreach map { keys %$_ } @{ $late // [] };
	if (@{ $m->{groups} })
	{
		$m->{phase} = 'told';
		return $m;
	}
	if ($late)
	{
		$m->{groups} = $late;
		$m->{phase} = 'late';
		return $m;
	}
	# what is only written otherwise in two places may be told even so
	$m->{may_be_told} = $m->{may};
	$m->{may} = {};
	my $final = final_rows($m);
	check_constraints($m, $final);
	if (@{ $m->{groups} })
	{
		$m->{phase} = 'constraints';
		return $m;
	}
	check_where($m, $final);
	if (@{ $m->{groups} })
	{
		$m->{phase} = 'where';
		return $m;
	}
	$m->{phase} = 'done';
	$m->{final} = $final;
	$m->{answers} = [ map { $m->{deleting} ? read_row($m->{rows}, $node, $_->{row}) : read_row($final, $node, $_->{final}) } @roots ];
	return $m;
}

1;
