# Documents that were read, changed at random: as somebody would who knows the shape, or
# not at all.
package SaveOracle::Document;

use strict;
use warnings;
use utf8;

use Exporter 'import';
our @EXPORT = qw(change_documents new_document);

use Chance;
use SaveOracle::Json;
use SaveOracle::Read;
use SaveOracle::Schema;
use SaveOracle::Shape;

# All objects of a document that stand for rows: {node, json, in (the list), at}.
sub objects
{
	my ($node, $json, $in, $at) = @_;
	my @found;

	return () if $json->[0] ne 'o';
	push @found, { node => $node, json => $json, in => $in, at => $at };
	foreach my $item (grep { $_->{kind} eq 'rel' } @{ $node->{items} })
	{
		my $below = $json->[1]{ $item->{key} } or next;
		my $child = $item->{node};

		if ($child->{form} eq 'object') { push @found, objects($child, $below, undef, undef) }
		elsif ($child->{form} eq 'list' && $below->[0] eq 'a') { push @found, objects($child, $below->[1][$_], $below, $_) foreach 0 .. $#{ $below->[1] } }
		elsif ($child->{form} eq 'map' && $below->[0] eq 'o') { push @found, objects($child, $below->[1]{$_}, $below, $_) foreach sort keys %{ $below->[1] } }
	}
	return @found;
}

# A value of a column that some row has, or none, or any.
sub some_value
{
	my ($rows, $table, $column) = @_;
	my @values = grep { defined } map { $_->{ $column->{name} } } @{ $rows->{ $table->{name} } };

	return pick(@values) if @values && chance(0.6);
	return random_value($column, 1) if !$column->{key} || chance(0.7);
	return 99;
}

sub wrong_value
{
	my $column = shift;

	return pick(bool(1), string('abc'), array(), number('1.5')) if $column->{type} =~ /int/;
	return pick(bool(1), string('x1'), object()) if $column->{type} eq 'numeric';
	return pick(number(5), bool(0), array(), object()) if $column->{type} eq 'text';
	return pick(number(1), string('true'), string('x')) if $column->{type} eq 'bool';
	return pick(number(1), string('soon'), bool(1)) if $column->{type} eq 'date';
	return string('any');
}

# What is said of a row that is new, as a rule.
sub new_document
{
	my ($rows, $node, $depth) = @_;
	my %members;

	foreach my $item (@{ $node->{items} })
	{
		my $key = $item->{key};

		next if $item->{kind} eq 'etag';
		if ($item->{kind} eq 'rel')
		{
			my $child = $item->{node};
			next if $child->{write} eq 'none' || chance(0.25) || ($child->{recurse} && $depth > 1);
			my $more = sub { return $child->{write} eq 'link' ? linked($rows, $child) : new_document($rows, $child, $depth + 1) };
			if ($child->{form} =~ /^(object|value)$/) { my $one = $more->(); $members{$key} = $one if $one }
			elsif ($child->{form} eq 'map')
			{
				my %map;
				for (1 .. between(0, 2))
				{
					my $one = $more->() or next;
					my $name = delete $one->[1]{ key_item($child, $child->{map})->{key} } or next;
					$map{ $name->[1] } = $one if $name->[0] ne 'z';
				}
				$members{$key} = [ 'o', \%map ];
			}
			else { $members{$key} = array(grep { $_ } map { $more->() } 1 .. between(0, $depth ? 1 : 2)) }
			next;
		}
		my $column = column_of($node->{table}, $item->{column});
		next if $item->{readonly};
		my $is_key = grep { $_->[1] eq 'item' && $_->[2] == $item } @{ $node->{rule} // [] };
		if ($column->{key})
		{
			$members{$key} = null() if chance(0.3);
			next;
		}
		next if !$is_key && chance(0.12);
		my $value = $column->{fk} ? some_value($rows, $node->{table}, $column) : $is_key ? random_value($column, 1) : random_value($column, $column->{name} =~ /^(id|k|code|u)/);
		$value = undef if !$column->{not_null} && chance(0.1);
		$members{$key} = value_json($item, $column->{type}, $value);
	}
	return [ 'o', \%members ];
}

# A link to some row.
sub linked
{
	my ($rows, $node) = @_;
	my $row = pick(@{ $rows->{ $node->{table}{name} } }) or return undef;

	return SaveOracle::Read::read_element($rows, $node, $row) if $node->{form} =~ /^value/;
	my %members = map {
		my $item = key_item($node, $_->[0]);
		$item->{key} => value_json($item, column_of($node->{table}, $_->[0])->{type}, $row->{ $_->[0] })
	} @{ $node->{rule} // [] };
	return [ 'o', \%members ];
}

# Changes of an object that somebody would make: each does something, or returns false.
my @sound = (
	sub {    # a value
		my ($rows, $spot) = @_;
		my $node = $spot->{node};
		return 0 if $node->{write} !~ /^(own|root)$/;
		my @items = grep { $_->{kind} eq 'column' && !$_->{readonly} && !$_->{once} && $spot->{json}[1]{ $_->{key} } } @{ $node->{items} } or return 0;
		my $item = pick(@items);
		my $column = column_of($node->{table}, $item->{column});
		return 0 if $column->{key} || grep { $_->[0] eq $item->{column} } @{ $node->{rule} // [] };
		my $value = $column->{fk} ? some_value($rows, $node->{table}, $column) : random_value($column, $column->{name} =~ /^(id|k|code|u)/);
		$value = undef if !$column->{not_null} && chance(0.2);
		$spot->{json}[1]{ $item->{key} } = value_json($item, $column->{type}, $value);
		return 1;
	},
	sub {    # a key is not mentioned
		my ($rows, $spot) = @_;
		my $key = pick(sort keys %{ $spot->{json}[1] }) // return 0;
		return 0 if grep { $_->[1] eq 'item' && $_->[2]{key} eq $key } @{ $spot->{node}{rule} // [] };
		delete $spot->{json}[1]{$key};
		return 1;
	},
	sub {    # one more of a list
		my ($rows, $spot) = @_;
		my @lists = grep { $_->{kind} eq 'rel' && $_->{node}{write} ne 'none' && $_->{node}{form} =~ /^(list|values)$/ && $spot->{json}[1]{ $_->{key} } } @{ $spot->{node}{items} } or return 0;
		my $item = pick(@lists);
		my $one = $item->{node}{write} eq 'link' ? linked($rows, $item->{node}) : new_document($rows, $item->{node}, 1);
		return 0 if !$one || $spot->{json}[1]{ $item->{key} }[0] ne 'a';
		my $list = $spot->{json}[1]{ $item->{key} }[1];
		return 0 if grep { same_json($one, $_) } @$list;
		splice @$list, int(rand(@$list + 1)), 0, $one;
		return 1;
	},
	sub {    # one less
		my ($rows, $spot) = @_;
		my @lists = grep { $_->{kind} eq 'rel' && $_->{node}{write} ne 'none' && $_->{node}{form} !~ /^(object|value)$/ && $spot->{json}[1]{ $_->{key} } } @{ $spot->{node}{items} } or return 0;
		my $item = pick(@lists);
		return 0 if !$item->{node}{missing} || $item->{node}{missing} eq 'error';
		my ($kind, $list) = @{ $spot->{json}[1]{ $item->{key} } };
		if ($kind eq 'o')
		{
			my $name = pick(sort keys %$list) // return 0;
			if (chance(0.5)) { $list->{$name} = null() }
			else { delete $list->{$name} }
			return 1;
		}
		return 0 if $kind ne 'a' || !@$list;
		splice @$list, int(rand(@$list)), 1;
		return 1;
	},
	sub {    # another row is linked
		my ($rows, $spot) = @_;
		my @items = grep { $_->{kind} eq 'rel' && $_->{node}{write} eq 'link' && $_->{node}{form} =~ /^(object|value)$/ && $spot->{json}[1]{ $_->{key} } } @{ $spot->{node}{items} } or return 0;
		my $item = pick(@items);
		my $fk = $item->{node}{rel}{fk};
		my $not_null = $item->{node}{rel}{kind} eq 'to_one' && column_of($spot->{node}{table}, $fk->{columns}[0])->{not_null};
		my $one = chance(0.3) && !$not_null ? null() : linked($rows, $item->{node});
		return 0 if !$one;
		$spot->{json}[1]{ $item->{key} } = $one;
		return 1;
	},
	sub {    # a row over a to-one relation, where there is none
		my ($rows, $spot) = @_;
		my @items = grep { $_->{kind} eq 'rel' && $_->{node}{write} eq 'own' && $_->{node}{form} eq 'object' && $spot->{json}[1]{ $_->{key} } } @{ $spot->{node}{items} } or return 0;
		my $item = pick(@items);
		my $json = $spot->{json}[1]{ $item->{key} };
		return 0 if $json->[0] ne 'z' && chance(0.5);
		$spot->{json}[1]{ $item->{key} } = $json->[0] eq 'z' ? new_document($rows, $item->{node}, 1) : null();
		return 1;
	},
	sub {    # an element is deleted
		my ($rows, $spot) = @_;
		my $node = $spot->{node};
		return 0 if !$node->{delete_key} || !$spot->{in};
		$spot->{json}[1]{ $node->{delete_key} } = bool(chance(0.8));
		return 1;
	},
	sub {    # the elements stand in another order
		my ($rows, $spot) = @_;
		my @lists = grep { $_->{kind} eq 'rel' && $_->{node}{write} ne 'none' && ($spot->{json}[1]{ $_->{key} } // [''])->[0] eq 'a' } @{ $spot->{node}{items} } or return 0;
		my $list = $spot->{json}[1]{ pick(@lists)->{key} };
		$list->[1] = [ shuffle(@{ $list->[1] }) ];
		return 1;
	},);

# And such as nobody should.
my @unsound = (
	sub {    # what a column does not take
		my ($rows, $spot) = @_;
		my @items = grep { $_->{kind} eq 'column' && $spot->{json}[1]{ $_->{key} } } @{ $spot->{node}{items} } or return 0;
		my $item = pick(@items);
		my $column = column_of($spot->{node}{table}, $item->{column});
		return 0 if $item->{string};
		my $chosen = rand();
		$spot->{json}[1]{ $item->{key} } = $chosen < 0.5 ? wrong_value($column) : $chosen < 0.75 ? null() : value_json($item, $column->{type}, $column->{check} ? 13 : random_value($column));
		return 1;
	},
	sub {    # another key
		my ($rows, $spot) = @_;
		my @items = map { $_->[2] } grep { $_->[1] eq 'item' } @{ $spot->{node}{rule} // [] } or return 0;
		my $item = pick(@items);
		my $column = column_of($spot->{node}{table}, $item->{column});
		return 0 if $spot->{node}{map} && $spot->{node}{map} eq $item->{column};
		if (chance(0.15)) { delete $spot->{json}[1]{ $item->{key} } }
		else { $spot->{json}[1]{ $item->{key} } = value_json($item, $column->{type}, chance(0.2) ? undef : some_value($rows, $spot->{node}{table}, $column)) }
		return 1;
	},
	sub {    # a key that is none
		my ($rows, $spot) = @_;
		$spot->{json}[1]{ pick('foo', 'bar baz', 'c') } = pick(number(1), null(), array());
		return 1;
	},
	sub {    # a list with a row too few
		my ($rows, $spot) = @_;
		my @lists = grep { $_->{kind} eq 'rel' && ($spot->{json}[1]{ $_->{key} } // [''])->[0] eq 'a' } @{ $spot->{node}{items} } or return 0;
		my $list = $spot->{json}[1]{ pick(@lists)->{key} }[1];
		return 0 if !@$list;
		splice @$list, int(rand(@$list)), 1;
		return 1;
	},
	sub {    # an element twice, changed or not
		my ($rows, $spot) = @_;
		return 0 if !$spot->{in} || $spot->{in}[0] ne 'a';
		my $copy = copy_json($spot->{json});
		if (chance(0.5))
		{
			my $key = pick(sort keys %{ $copy->[1] }) // return 0;
			delete $copy->[1]{$key};
		}
		push @{ $spot->{in}[1] }, $copy;
		return 1;
	},
	sub {    # anything in place of a relation
		my ($rows, $spot) = @_;
		my @items = grep { $_->{kind} eq 'rel' && $spot->{json}[1]{ $_->{key} } } @{ $spot->{node}{items} } or return 0;
		$spot->{json}[1]{ pick(@items)->{key} } = pick(null(), array(), object(), number(1), string('x'), array(number(1)), array(null()));
		return 1;
	},
	sub {    # the state of another time, or another shape
		my ($rows, $spot) = @_;
		my ($item) = grep { $_->{kind} eq 'etag' } @{ $spot->{node}{items} } or return 0;
		my $etag = $spot->{json}[1]{ $item->{key} } or return 0;
		return 0 if $etag->[0] ne 's' || $etag->[1] !~ /^\@\@.*[^!?]$/;
		$spot->{json}[1]{ $item->{key} } = chance(0.2) ? pick(number(1), string('x'), null()) : string($etag->[1] . pick('!', '!', '?'));
		return 1;
	},
	sub {    # a row of another list of that kind
		my ($rows, $spot, @spots) = @_;
		return 0 if !$spot->{in} || $spot->{in}[0] ne 'a';
		my @others = grep { $_->{node} == $spot->{node} && $_->{in} && $_->{in} != $spot->{in} } @spots or return 0;
		my $other = pick(@others);
		my ($at) = grep { $other->{in}[1][$_] == $other->{json} } 0 .. $#{ $other->{in}[1] };
		return 0 if !defined $at;
		splice @{ $other->{in}[1] }, $at, 1 if chance(0.8);
		push @{ $spot->{in}[1] }, $other->{json};
		return 1;
	},
	sub {    # a mark that is none
		my ($rows, $spot) = @_;
		return 0 if !$spot->{node}{delete_key};
		$spot->{json}[1]{ $spot->{node}{delete_key} } = pick(number(1), string('yes'), null(), bool(1));
		return 1;
	},);

# What tells the row of an object wherever it is said: (row that is there or none, name).
sub who
{
	my ($rows, $spot) = @_;
	my ($table, $rule) = ($spot->{node}{table}, $spot->{node}{rule} // return);
	my %key;

	foreach my $part (@$rule)
	{
		my $json = $part->[1] eq 'item' ? $spot->{json}[1]{ $part->[2]{key} } : undef;
		return if !$json || $json->[0] eq 'z';
		my ($problem, $value) = read_value(column_of($table, $part->[0]), $json);
		return if $problem || !defined $value;
		$key{ $part->[0] } = $value;
	}
	return if !%key;
	my ($row) = grep { my $row = $_; !grep { ($row->{$_} // '') ne $key{$_} } keys %key } @{ $rows->{ $table->{name} } };
	return ($row, $row ? $row->{'#'} : join ' ', $table->{name}, map { "$_=$key{$_}" } sort keys %key);
}

sub values_of
{
	my ($spot, $is_key) = @_;

	return grep { $_->{kind} eq 'column' && $spot->{json}[1]{ $_->{key} } && ($is_key xor !is_key_of($spot->{node}, $_)) } @{ $spot->{node}{items} };
}

sub is_key_of
{
	my ($node, $item) = @_;

	return grep { $_->[1] eq 'item' && $_->[2] == $item } @{ $node->{rule} // [] };
}

# Calls a function for each column that places of rows say and may change: the row that is
# there or none, its name, the item, the column, its JSON.
sub each_value
{
	my ($rows, $function, @spots) = @_;

	foreach my $spot (grep { $_->{node}{write} =~ /^(own|root)$/ } @spots)
	{
		my ($row, $name) = who($rows, $spot) or next;
		foreach my $item (grep { !$_->{readonly} } values_of($spot, 0))
		{
			$function->($row, $name, $item, column_of($spot->{node}{table}, $item->{column}), \$spot->{json}[1]{ $item->{key} });
		}
	}
}

# Lets all places of a row say what one of them changes.
sub agree
{
	my ($rows, @spots) = @_;
	my %changed;

	each_value($rows, sub {
		my ($row, $name, $item, $column, $json) = @_;
		my ($problem, $value) = read_value($column, $$json);
		return if $problem || exists $changed{$name}{ $column->{name} };
		$changed{$name}{ $column->{name} } = $value if !$row || ($value // "\0") ne ($row->{ $column->{name} } // "\0");
	}, @spots);
	each_value($rows, sub {
		my ($row, $name, $item, $column, $json) = @_;
		my ($problem) = read_value($column, $$json);
		$$json = value_json($item, $column->{type}, $changed{$name}{ $column->{name} }) if !$problem && exists $changed{$name}{ $column->{name} };
	}, @spots);
}

# Lets lists of the same rows have the same.
sub agree_lists
{
	my ($rows, @spots) = @_;

	foreach my $spot (@spots)
	{
		my @items = grep { $_->{kind} eq 'rel' && $_->{node}{write} ne 'none' && $_->{node}{form} =~ /^(list|object)$/ && $spot->{json}[1]{ $_->{key} } } @{ $spot->{node}{items} };
		foreach my $item (@items)
		{
			foreach my $twin (grep { $_ != $item && $_->{node}{rel}{kind} eq $item->{node}{rel}{kind} && $_->{node}{rel}{fk} == $item->{node}{rel}{fk} && $_->{node}{form} eq $item->{node}{form} } @items)
			{
				my ($json, $other) = map { $spot->{json}[1]{ $_->{key} } } $item, $twin;
				my $like = sub {
					my $one = shift;
					my %columns = map { $_->{column} => $one->[1]{ $_->{key} } } grep { $_->{kind} eq 'column' && $one->[1]{ $_->{key} } } @{ $item->{node}{items} };
					my @keys = $twin->{node}{write} eq 'link' ? grep { is_key_of($twin->{node}, $_) } @{ $twin->{node}{items} } : @{ $twin->{node}{items} };
					return [ 'o', { map { $_->{key} => copy_json($columns{ $_->{column} }) } grep { $_->{kind} eq 'column' && !$_->{readonly} && $columns{ $_->{column} } } @keys } ];
				};
				my $same = sub {
					my ($one, $two) = @_;
					my ($who, $who_else) = map { (who($rows, $_))[1] } { node => $item->{node}, json => $one }, { node => $twin->{node}, json => $two };
					return defined $who && defined $who_else && $who eq $who_else;
				};
				if ($item->{node}{form} eq 'object')
				{
					next if $json->[0] eq 'o' && $other->[0] eq 'o' && $same->($json, $other);
					$spot->{json}[1]{ $twin->{key} } = $json->[0] eq 'o' ? $like->($json) : copy_json($json);
				}
				elsif ($json->[0] eq 'a' && $other->[0] eq 'a')
				{
					my @list;
					foreach my $one (grep { $_->[0] eq 'o' } @{ $json->[1] })
					{
						my ($two) = grep { $_->[0] eq 'o' && $same->($one, $_) } @{ $other->[1] };
						push @list, $two // $like->($one);
					}
					$other->[1] = \@list;
				}
			}
		}
	}
}

# A link to a row that the documents make.
sub link_new
{
	my ($rows, @spots) = @_;
	my @new = grep { $_->{node}{write} =~ /^(own|root)$/ && !(who($rows, $_))[0] } @spots or return 0;
	my @links = map {
		my $spot = $_;
		map { [ $spot, $_ ] } grep { $_->{kind} eq 'rel' && $_->{node}{write} eq 'link' && $_->{node}{form} ne 'map' } @{ $spot->{node}{items} }
	} grep { $_->{node}{write} =~ /^(own|root)$/ } @spots;

	foreach my $link (shuffle(@links))
	{
		my ($spot, $item) = @$link;
		my $node = $item->{node};

		foreach my $new (shuffle(grep { $_->{node}{table} == $node->{table} } @new))
		{
			my %columns = map { $_->{column} => $new->{json}[1]{ $_->{key} } } grep { $_->{kind} eq 'column' && !$_->{readonly} && $new->{json}[1]{ $_->{key} } } @{ $new->{node}{items} };
			next if !@{ $node->{rule} // [] } || grep { $_->[1] ne 'item' || !$columns{ $_->[0] } || $columns{ $_->[0] }[0] eq 'z' } @{ $node->{rule} };
			my $json = [ 'o', { map { $_->[2]{key} => copy_json($columns{ $_->[0] }) } @{ $node->{rule} } } ];
			my $slot = \$spot->{json}[1]{ $item->{key} };

			$json = $columns{ $node->{items}[0]{column} } if $node->{form} =~ /^value/;
			if ($node->{form} =~ /^(object|value)$/) { $$slot = $json }
			elsif (!$$slot) { $$slot = array($json) }
			elsif ($$slot->[0] eq 'a') { push @{ $$slot->[1] }, $json }
			else { next }
			return 1;
		}
	}
	return 0;
}

# Changes documents, n times; all of them soundly, or not.
sub change_documents
{
	my ($rows, $node, $n, $is_sound, @documents) = @_;

	for (my $tries = 0; $n > 0 && $tries < 30; $tries++)
	{
		my @spots = map { objects($node, $_, undef, undef) } @documents or return;
		my $spot = pick(@spots);
		my $change = $is_sound || chance(0.4) ? pick(@sound) : pick(@unsound);

		next if $is_sound && $spot->{node}{write} =~ /^(link|none)$/ && $change != $sound[1];
		$n-- if $change->($rows, $spot, @spots);
	}
	my $spots = sub { return map { objects($node, $_, undef, undef) } @documents };
	link_new($rows, $spots->()) if chance(0.3);
	agree_lists($rows, $spots->()) if chance($is_sound ? 0.9 : 0.5);
	agree($rows, $spots->()) if chance($is_sound ? 0.9 : 0.5);
}

1;
