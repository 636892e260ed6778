# What random schemas, rows and shapes are made with. rand() of Perl is the same
# everywhere, and so is a round of a seed.
package Chance;

use strict;
use warnings;
use utf8;

use Exporter 'import';
our @EXPORT = qw(chance pick between shuffle);

sub chance { return rand() < $_[0] }
sub pick { return $_[ int(rand(@_)) ] }
sub between { return $_[0] + int(rand($_[1] - $_[0] + 1)) }

sub shuffle
{
	my @list = @_;

	for (my $i = @list; --$i > 0;)
	{
		my $j = int(rand($i + 1));
		@list[ $i, $j ] = @list[ $j, $i ];
	}
	return @list;
}

1;
