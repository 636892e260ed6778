# What jsonify_save is to do with documents, a row at a time: the rows afterwards, or what
# is wrong. Made from the contract, by recursion over the documents; it knows nothing of
# stages and statements.
#
# What is wrong is a list of groups: at least one of a group's errors must be told, and
# nothing that is neither in a group nor in "may". An entity is a row that documents say:
# {table, node, row, parent, loc, given, set, there, is_lost, deletes, targets, cleared}.
package SaveOracle::Model;

use strict;
use warnings;
use utf8;

use Exporter 'import';
our @EXPORT = qw(model_save);

use SaveOracle::After;
use SaveOracle::Json;
use SaveOracle::Read;
use SaveOracle::Schema;
use SaveOracle::Shape;

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
	my $e = { id => scalar @{ $m->{entities} }, node => $node, table => $node->{table}, parent => $parent, loc => \@loc, given => {}, set => {}, bad => {}, targets => {}, cleared => {} };

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

#
# Items
#

sub agrees
{
	my ($given, $present) = @_;

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
			next if $item->{node}{write} ne 'none' || $m->{options}{readonly};
			my $is_so = $e->{row} ? agrees($json, SaveOracle::Read::read_related($m->{rows}, $item->{node}, $e->{row})) : is_nothing($json);
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
		return if same_json($json, value_json($item, $column->{type}, $e->{row}{ $item->{column} }));
		my ($problem, $value) = read_value($column, $json);
		# the name of a member is text of any type
		return if $e->{member} && $e->{node}{map} eq $item->{column} && !$problem && $value eq $e->{row}{ $item->{column} };
		if ($readonly)
		{
			wrong($m, [ 'read_only', @at ]) if !$m->{options}{readonly};
			return;
		}
		if ($problem) { wrong($m, [ $problem, @at ]) }
		elsif (!defined $value ? defined $e->{row}{ $item->{column} } : !defined $e->{row}{ $item->{column} } || $value ne $e->{row}{ $item->{column} })
		{
			$e->{set}{ $item->{column} } = $value;
		}
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
	else { $e->{set}{ $item->{column} } = $value }
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
		next if is_key($first->{node}, $item) || unmarked($m, $first->{given}{ $item->{key} }) ne unmarked($m, $members->{ $item->{key} });
		next if $item->{kind} eq 'rel' ? $item->{node}{write} ne 'none' : $item->{kind} ne 'column' || !($linked || $item->{readonly} || $item->{once} && $first->{row});
		$again{ $item->{key} } = $members->{ $item->{key} };
	}
	local $m->{quiet} = 1 if $first->{is_lost} || $first->{deletes} || $first->{in_conflict};
	compare_items($m, $first, \%again, @loc);
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
		elsif (unmarked($m, $first->{given}{$key}) ne unmarked($m, $members->{$key}))
		{
			my @places = map { [ item_loc($first->{node}, $item, @$_) ] } \@loc, $first->{loc};
			# of links that are new each is compared with what is there
			wrong($m, map { my $type = $_; map { [ $type, @$_ ] } @places } 'duplicate', $first->{node}{write} eq 'link' && !$first->{there} ? 'read_only' : ());
		}
	}
	compare_again($m, $first, $members, @loc);
	push @{ $first->{also} }, \@loc;
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

sub lose { my $e = shift; $e->{is_lost} = 1; return $e }

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
		wrong($m, [ 'duplicate', @loc ]) if $node->{rel} && $node->{rel}{kind} =~ /^(to_many|one_to_one)$/ && $first->{parent} != $e->{parent};
		$e->{gone} = 1;
		return merge($m, $first, $members, $e->{deletes}, @loc);
	}
	$$fresh = $e;
	return $e;
}

# It is this row, wherever that is.
sub is_row
{
	my ($m, $e, $row, $members, @loc) = @_;
	my $first = \$m->{by_row}{ node_id($e->{node}) . " $row->{'#'}" };

	$e->{row} = $row;
	if ($$first)
	{
		$e->{gone} = 1;
		return merge($m, $$first, $members, $e->{deletes}, @loc);
	}
	$$first = $e;
	return $e;
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
		my $is_torn = $first && $first->{parent} != $e->{parent} && $node->{rel}{kind} =~ /^(to_many|one_to_one)$/;
		my $real = $is_torn ? $first : is_row($m, $e, $row, $members, @loc);

		$e->{row} = $row, $e->{gone} = 1 if $is_torn;
		if ($is_there) { $list->{claimed}{ $row->{'#'} } = $real; $real->{there} = 1 }
		elsif ($list->{moved}{ $row->{'#'} }) { }
		else { push @{ $m->{moves} }, [ $real, $list, @loc ] }
		$list->{moved}{ $row->{'#'} } = $real if !$is_there;
		if ($is_torn)
		{
			wrong($m, [ 'duplicate', @loc ], [ 'moved', @loc ], [ 'moved', @{ $real->{loc} } ], [ 'duplicate', @{ $real->{loc} } ]);
			may($m, 'moved', @loc);
			may($m, 'moved', @{ $real->{loc} });
			# what else it says may be told
			local $m->{quiet} = 1;
			say_more($m, { %$e, row => $row, set => {}, bad => {}, targets => {}, cleared => {}, given => {} }, $members, @loc);
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
			my $is_torn = $first && $first->{parent} != $e->{parent};

			if ($is_torn)
			{
				wrong($m, [ 'duplicate', @loc ], [ 'duplicate', @{ $first->{loc} } ]);
				$m->{torn_link} = 1;
				# what is only shown of it may be told in each place
				may($m, 'read_only', item_loc($node, $_, @loc)) foreach @{ $node->{items} };
			}
			# what else it says of one that belongs to two may be told
			local $m->{quiet} = 1 if $is_torn;
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
		$e->{named} = $key;
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
		if (!$e->{is_lost}) { compare_items($m, $e, $members, @loc) }
		else { tell_values($m, $e, $members, @loc) }
		return if $e->{deletes} || $e->{in_conflict} || $m->{deleting};
		foreach my $item (grep { $_->{kind} eq 'rel' && $_->{node}{write} ne 'none' } @{ $e->{node}{items} })
		{
			my $json = $members->{ $item->{key} };
			visit_related($m, $e, $item, $json, @loc, $item->{key}) if $json && (!early($item) || $m->{again});
		}
	}
}

sub visit
{
	my ($m, $node, $parent, $list, $json, $member, @loc) = @_;
	my $e = new_entity($m, $node, $parent, @loc);
	my %members;

	$e->{list} = $list;
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
	local $m->{quiet} = 1 if $parent && $parent->{is_lost};
	lose($e) if $parent && $parent->{is_lost};
	{
		foreach my $item (grep { early($_) } @{ $node->{items} })
		{
			my $is_key = grep { $_->[1] eq 'link' && $_->[2] == $item->{node} } @{ $node->{rule} // [] };
			next if ($e->{deletes} || $m->{deleting}) && !$is_key;
			visit_related($m, $e, $item, $members{ $item->{key} }, @loc, $item->{key}) if $members{ $item->{key} };
		}
	}
	my $real =
	    $e->{is_lost} ? (read_key($m, $e, \%members, @loc), $e)[-1]
	  : !$node->{rel} ? match_root($m, $e, \%members, @loc)
	  : $node->{write} eq 'own' ? match_own($m, $e, $list, \%members, @loc)
	  :                           match_link($m, $e, $list, \%members, @loc);
	say_more($m, $e, \%members, @loc) if $real == $e;
	return $real;
}

sub visit_related
{
	my ($m, $e, $item, $json, @loc) = @_;
	my $node = $item->{node};
	my $kind = $node->{rel}{kind};
	my $list = { node => $node, parent => $e, item => $item, loc => \@loc, present => [], claimed => {}, entities => [] };
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
# What becomes of rows that are there
#

sub doom
{
	my ($m, $node, $row, @loc) = @_;

	return if $m->{doomed}{ $row->{'#'} };
	my $e = $m->{by_row}{ node_id($node) . " $row->{'#'}" };
	$m->{vague} = 1 if $e && !$e->{deletes} && !$m->{deleting};
	$m->{doomed}{ $row->{'#'} } = { node => $node, table => $node->{table}, row => $row, loc => \@loc };
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
		$m->{doomed}{ $pair->{'#'} } = { node => undef, table => $rel->{junction}, row => $pair, loc => \@loc };
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
		}
		else { $e->{comes} = 1; $m->{vague} = 1 if $list->{node}{rel}{kind} eq 'many' && @others > 1 }
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
		next if $is_linked ? $e->{node}{rel}{kind} !~ /^(to_many|one_to_one)$/ : $e->{node}{rel} && !$e->{there};
		wrong($m, [ 'duplicate', @{ $e->{loc} } ]);
	}
}

#
# Keys
#

sub follow
{
	my ($e, $fk, $target) = @_;

	foreach my $i (0 .. $#{ $fk->{columns} })
	{
		my $value = final_value($target, $fk->{to_columns}[$i]);
		if (defined $value || $target->{row}) { $e->{set}{ $fk->{columns}[$i] } = $value }
		else { $e->{bad}{ $fk->{columns}[$i] } = 1 }
	}
}

sub resolve_links
{
	my $m = shift;

	foreach my $link (@{ $m->{unresolved} })
	{
		my ($e, $list, $key, @loc) = @$link;
		my @made = grep {
			my $new = $_;
			!$new->{row} && !$new->{gone} && !$new->{is_lost} && $new->{table} == $e->{table} && $new->{node}{write} ne 'link'
			  && !grep { !defined $new->{set}{$_} || $new->{set}{$_} ne $key->{$_} } keys %$key
		} @{ $m->{entities} };

		if (!@made)
		{
			local $m->{quiet} = 1 if $list->{parent} && $list->{parent}{is_lost};
			wrong($m, [ 'not_found', @loc ]);
			lose($e);
		}
		# that rows of the call are linked is said nowhere
		else { $m->{vague} = 1 }
	}
}

# Links have what other places of their rows say.
sub take_values
{
	my $m = shift;
	my @changed = grep { $_->{row} && %{ $_->{set} } && $_->{node} && $_->{node}{write} ne 'link' && !$_->{is_lost} && !$_->{deletes} } @{ $m->{entities} };

	foreach my $e (grep { $_->{named} } @{ $m->{entities} })
	{
		foreach my $other (grep { $_->{row} == $e->{row} } @changed) { $e->{takes}{$_} = $other->{set}{$_} foreach keys %{ $other->{set} } }
	}
}

# Whether a row gets a column where it stands.
sub has_from_parent
{
	my ($e, $column) = @_;
	my $rel = $e->{node}{rel};

	return $rel && $rel->{kind} =~ /^(to_many|one_to_one)$/ && grep { $_ eq $column } @{ $rel->{fk}{columns} };
}

# A link that names its row by a key which another place changes says otherwise of it, unless another row gets that key.
sub compare_names
{
	my $m = shift;

	foreach my $e (grep { $_->{named} && !$_->{is_lost} && !$_->{deletes} } @{ $m->{entities} })
	{
		my $key = $e->{named};
		my @changed = grep {
			my $column = $_;
			grep { $_->{row} && $_->{row} == $e->{row} && $_->{node} && $_->{node}{write} ne 'link' && !$_->{is_lost} && !$_->{deletes} && exists $_->{set}{$column} && ($_->{set}{$column} // '') ne $key->{$column} } @{ $m->{entities} }
		} sort keys %$key;
		# where what cannot be read may say so
		may($m, 'duplicate', item_loc($e->{node}, $_, @{ $e->{loc} })) foreach %{ $m->{unread} // {} } ? @{ $e->{node}{items} } : ();
		next if !@changed;
		my @heirs = grep {
			my $other = $_;
			$other->{table} == $e->{table} && $other->{node} && $other->{node}{write} ne 'link' && !$other->{is_lost} && !$other->{deletes}
			  && !($other->{row} && $other->{row} == $e->{row}) && !grep { ($other->{set}{$_} // '') ne $key->{$_} && !has_from_parent($other, $_) } keys %$key
		} @{ $m->{entities} };

		# which row that is is said nowhere
		if (@heirs) { $m->{vague} = 1 }
		else { wrong($m, map { my $loc = $_; map { [ 'duplicate', item_loc($e->{node}, $_, @$loc) ] } grep { my $item = $_; grep { ($item->{column} // '') eq $_ } @changed } @{ $e->{node}{items} } } places($e)) }
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
		next if $e->{cleared}{ $item->{key} } && $e->{row} && $item->{node}{where} && !@shown;
		if ($e->{cleared}{ $item->{key} } || ($target && $target->{deletes} && $target->{row} && $e->{row} && SaveOracle::Read::leads_to($fk, $e->{row}, $target->{row})))
		{
			$e->{set}{$_} = undef foreach @{ $fk->{columns} };
		}
		elsif ($target && !$target->{is_lost} && !$target->{deletes}) { follow($e, $fk, $target) }
		elsif ($target) { $e->{bad}{$_} = 1 foreach @{ $fk->{columns} } }
	}
	my $rel = $e->{node}{rel};
	connect_row($m, $e->{parent}) if $rel && $rel->{kind} =~ /^(to_many|one_to_one)$/;
	# what is there already follows a key that changes
	my $stays = $e->{there} && !grep { final_value($e->{parent}, $_) ne $e->{parent}{row}{$_} } $rel && $rel->{kind} =~ /^(to_many|one_to_one)$/ ? @{ $rel->{fk}{to_columns} } : ();
	if ($rel && $rel->{kind} =~ /^(to_many|one_to_one)$/ && !$stays && !$e->{deletes} && (!$e->{row} || $e->{there} || $e->{comes} || $e->{node}{write} eq 'link'))
	{
		if ($e->{parent}{is_lost}) { $e->{bad}{$_} = 1 foreach @{ $rel->{fk}{columns} } }
		else { follow($e, $rel->{fk}, $e->{parent}) }
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
		next if $e->{row} || $e->{deletes} || $e->{node}{write} eq 'link';
		foreach my $column (@{ $e->{table}{columns} })
		{
			my $name = $column->{name};
			wrong($m, [ 'required', column_loc($e, $name) ]) if $column->{not_null} && !defined $column->{default} && !exists $e->{set}{$name} && !$e->{bad}{$name};
			$e->{set}{$name} = $column->{default} if !exists $e->{set}{$name} && defined $column->{default};
		}
	}
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
	resolve_links($m);
	settle_moves($m);
	settle_list($m, $_) foreach @{ $m->{lists} };
	settle_deleted($m) if !$m->{deleting};
	compare_names($m) if !$m->{deleting};
	take_values($m) if !$m->{deleting};
	if ($m->{deleting}) { doom($m, $node, $_->{row}, @{ $_->{loc} }) foreach grep { $_->{row} && !$_->{in_conflict} } @roots }
	else { connect_rows($m) }
	if (@{ $m->{groups} })
	{
		$m->{phase} = 'told';
		return $m;
	}
	$m->{may} = {};
	my $final = final_rows($m);
	check_constraints($m, $final);
	if (@{ $m->{groups} })
	{
		$m->{phase} = 'constraints';
		return $m;
	}
	check_where($m);
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
