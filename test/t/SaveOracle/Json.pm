# JSON as a tree that keeps what Perl would mix up: [kind, value], of the kinds n
# (number, as it was written), s, b (1 or 0), z (null), a (a list of trees) and o (a
# hash of them).
package SaveOracle::Json;

use strict;
use warnings;
use utf8;

use Exporter 'import';
our @EXPORT = qw(parse_json json_text json_bag copy_json same_json number string bool null array object);

sub number { return [ 'n', $_[0] ] }
sub string { return [ 's', $_[0] ] }
sub bool { return [ 'b', $_[0] ? 1 : 0 ] }
sub null { return ['z'] }
sub array { return [ 'a', [@_] ] }
sub object { return [ 'o', {@_} ] }

sub parse_value
{
	my $text = shift;

	$$text =~ /\G\s*/gc;
	return number($1) if $$text =~ /\G(-?[0-9][-+.eE0-9]*)/gc;
	return bool($1 eq 'true') if $$text =~ /\G(true|false)/gc;
	return null() if $$text =~ /\Gnull/gc;
	if ($$text =~ /\G"((?:[^"\\]|\\.)*)"/gc)
	{
		my $string = $1;
		$string =~ s/\\(?:u([0-9a-fA-F]{4})|(.))/defined $1 ? chr(hex $1) : $2 eq 'n' ? "\n" : $2 eq 't' ? "\t" : $2/ge;
		return string($string);
	}
	if ($$text =~ /\G\[/gc)
	{
		my @list;
		while ($$text !~ /\G\s*\]/gc)
		{
			push @list, parse_value($text);
			$$text =~ /\G\s*,/gc;
		}
		return array(@list);
	}
	if ($$text =~ /\G\{/gc)
	{
		my %members;
		while ($$text !~ /\G\s*\}/gc)
		{
			my $key = parse_value($text)->[1];
			$$text =~ /\G\s*:/gc;
			$members{$key} = parse_value($text);
			$$text =~ /\G\s*,/gc;
		}
		return [ 'o', \%members ];
	}
	die 'no JSON: ' . substr($$text, pos($$text) // 0, 80);
}

sub parse_json { my $text = shift; pos($text) = 0; return parse_value(\$text) }

sub quoted { my $text = shift; $text =~ s/(["\\])/\\$1/g; $text =~ s/\n/\\n/g; return "\"$text\"" }

# As text, keys in order; with a function for strings and numbers, what that makes of
# them; as a bag, arrays in an order of their own.
sub render
{
	my ($json, $scalar, $is_bag) = @_;
	my ($kind, $value) = @$json;

	return 'null' if $kind eq 'z';
	return $value ? 'true' : 'false' if $kind eq 'b';
	return $scalar ? $scalar->($kind, $value) : $kind eq 'n' ? $value : quoted($value) if $kind eq 'n' || $kind eq 's';
	if ($kind eq 'a')
	{
		my @elements = map { render($_, $scalar, $is_bag) } @$value;
		@elements = sort @elements if $is_bag;
		return '[' . join(', ', @elements) . ']';
	}
	my @members = map { ($scalar ? $scalar->('s', $_) : quoted($_)) . ': ' . render($value->{$_}, $scalar, $is_bag) } sort keys %$value;
	@members = sort @members if $is_bag;
	return '{' . join(', ', @members) . '}';
}

sub json_text { return render($_[0], undef, 0) }
sub json_bag { return render($_[0], $_[1], 1) }
sub same_json { return json_text($_[0]) eq json_text($_[1]) }

sub copy_json
{
	my ($kind, $value) = @{ $_[0] };

	return [ $kind, [ map { copy_json($_) } @$value ] ] if $kind eq 'a';
	return [ $kind, { map { $_ => copy_json($value->{$_}) } keys %$value } ] if $kind eq 'o';
	return [ $kind, $value ];
}

1;
