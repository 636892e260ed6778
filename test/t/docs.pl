# What README.md and docs/ say is so: each example is run by psql, in one session a
# page, on a copy of the database that the page names by a link to demo/*.sql, and its
# output compared; links lead somewhere; the functions and settings that are described
# are those that there are.
#
# An example is a block of SQL (```sql). What it prints stands in the next block: JSON
# (```json), one document a row, in which white space is free unless the example is of
# "indent"; or ```text, just what psql prints, without the footer of tables. A block that
# prints anything must have it. In a sentence, `SELECT ...` must work on the same database,
# and `{ ... }` be a shape, unless three dots stand for what was left out. Blocks of other
# languages are tried by test/pages.
use strict;
use warnings;
use utf8;

use Cwd 'abs_path';
use File::Basename;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
my @pages = map { substr $_, length("$root/") } "$root/README.md", sort glob("$root/docs/*.md $root/docs/*/*.md");

my $node = PostgreSQL::Test::Cluster->new('docs');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\nstatement_timeout = 120s\njit = off\ntimezone = 'UTC'\n");
$node->start;

sub read_file
{
	open my $file, '<:encoding(UTF-8)', $_[0] or die "$_[0]: $!";
	local $/;
	return scalar <$file>;
}

# What psql prints of a script: on standard output, and of errors.
sub run_psql
{
	my ($database, $script) = @_;
	my ($out, $err) = ('', '');

	utf8::encode($script);
	local $ENV{PGCLIENTENCODING} = 'UTF8';
	IPC::Run::run([ 'psql', '-X', '-q', '-d', $node->connstr($database) ], '<', \$script, '>', \$out, '2>', \$err);
	utf8::decode($_) for $out, $err;
	return ($out, $err);
}

# The blocks of a page: [language, text, line].
sub blocks_of
{
	my ($text) = @_;
	my (@blocks, $fence, $line);

	for (split /\n/, $text)
	{
		$line++;
		if (defined $fence)
		{
			if (/^\s*\Q$fence\E\s*$/) { undef $fence }
			else { $blocks[-1][1] .= "$_\n" }
		}
		elsif (/^\s*(```+)\s*(\S*)/)
		{
			$fence = $1;
			push @blocks, [ $2, '', $line ];
		}
	}
	return @blocks;
}

# What stands outside of blocks.
sub prose_of { my ($text) = @_; $text =~ s/^\s*(```+).*?^\s*\1\s*$//gms; return $text }

# JSON without the white space between its parts; of what psql prints, no spaces at the ends of lines.
sub without_space { my ($json) = @_; $json =~ s/("(?:[^"\\]|\\.)*")|\s+/$1 \/\/ ''/ge; return $json }
sub trimmed { my ($text) = @_; $text =~ s/[ \t]+$//mg; $text =~ s/\A\n+|\n+\z//g; return "$text\n" }

#
# Examples
#

my %databases;

# The name of a database with what the file makes.
sub database_of
{
	my ($file) = @_;

	if (!$databases{$file})
	{
		my $name = basename($file, '.sql');
		$node->safe_psql('postgres', "CREATE DATABASE $name");
		my (undef, $err) = run_psql($name, read_file("$root/$file"));
		is($err, '', "$file: no error");
		$databases{$file} = $name;
	}
	return $databases{$file};
}

sub check_examples
{
	my ($page, $text) = @_;
	my @blocks = blocks_of($text);
	my (@examples, $script);

	for my $i (0 .. $#blocks)
	{
		if ($blocks[$i][0] =~ /^(?:json|text)$/ && !($i && $blocks[ $i - 1 ][0] eq 'sql'))
		{
			fail("$page, line $blocks[$i][2]: an output without its example");
		}
		next if $blocks[$i][0] ne 'sql';
		my $output = $i < $#blocks && $blocks[ $i + 1 ][0] =~ /^(?:json|text)$/ ? $blocks[ $i + 1 ] : undef;
		my $json = $output && $output->[0] eq 'json';
		my $table = $output && !$json;

		$script .= $table ? "\\pset format aligned\n\\pset tuples_only off\n" : "\\pset format unaligned\n\\pset tuples_only on\n";
		$script .= "$blocks[$i][1]\n;\n\\echo @@@\n\\warn @@@\n";
		push @examples, [ $blocks[$i], $output, $json ];
	}
	return 0 if !@examples;

	my ($file) = $text =~ /\]\((?:\.\.\/)*(demo\/\w+\.sql)\)/;
	if (!ok($file, "$page names its database")) { return 0 }
	my $template = database_of($file);
	$node->safe_psql('postgres', "DROP DATABASE IF EXISTS page; CREATE DATABASE page TEMPLATE $template");
	my ($out, $err) = run_psql('page', "\\pset pager off\n\\pset footer off\n$script");
	my @out = split /^@@@\n/m, $out, -1;
	my @err = split /^@@@\n/m, $err, -1;

	for my $example (@examples)
	{
		my ($block, $output, $json) = @$example;
		my $printed = trimmed((shift(@out) // '') . (shift(@err) // ''));
		my $name = "$page, line $block->[2]";

		my $written = $output ? trimmed($output->[1]) : "\n";
		my $same = $json && $block->[1] !~ /"indent"/ ? without_space($printed) eq without_space($written) : $printed eq $written;

		if (!ok($same, $name))
		{
			my $difference = "printed:\n$printed\nwritten:\n$written";
			utf8::encode($difference);
			diag($difference);
		}
	}

	# What stands in sentences. A shape is parsed before its names are looked up.
	my @inline = grep { !/\.\.\.(?!\w)/ } prose_of($text) =~ /`([^`]+)`/g;
	my $inline = "SET client_min_messages = warning;\n\\o /dev/null\n";
	$inline .= "$_;\n" for grep { /^SELECT / && !/\$\d/ } @inline;
	$inline .= "DO \$do\$ BEGIN PERFORM jsonify_find('posts', \$shape\$$_\$shape\$); "
	  . "EXCEPTION WHEN syntax_error THEN RAISE; WHEN OTHERS THEN END \$do\$;\n"
	  for grep { /^\{ (?!\})/ } @inline;
	(undef, $err) = run_psql('page', $inline);
	is($err, '', "$page: what stands in sentences");
	return scalar @examples;
}

my $examples = 0;
for my $page (@pages)
{
	$examples += check_examples($page, read_file("$root/$page"));
}
cmp_ok($examples, '>', 60, "$examples examples");

#
# Links
#

# The anchors of a page, as GitHub makes them of its headings.
sub anchors_of
{
	my ($text) = @_;
	my %anchors;

	for my $heading (prose_of($text) =~ /^#+ +(.*?) *$/mg)
	{
		my $anchor = lc $heading;
		$anchor =~ s/\]\([^)]*\)//g;
		$anchor =~ s/[^\w\- ]//g;
		$anchor =~ tr/ /-/;
		$anchors{$anchor}++;
	}
	return %anchors;
}

for my $page (@pages, 'CONTRIBUTING.md', 'CHANGELOG.md', 'bench/README.md', 'test/pages/README.md')
{
	my $text = read_file("$root/$page");
	my @lost;

	for my $link (prose_of($text) =~ /\]\(([^()\s]+)\)/g)
	{
		next if $link =~ /^https?:/;
		my ($path, $anchor) = split /#/, $link, 2;
		my $target = $path eq '' ? "$root/$page" : dirname("$root/$page") . "/$path";
		my %anchors = defined $anchor && -f $target ? anchors_of(read_file($target)) : ();
		push @lost, $link if !-e $target || defined $anchor && !$anchors{$anchor};
	}
	is("@lost", '', "$page: every link leads somewhere");
}

# Every page can be reached.
my $all = join '', map { read_file("$root/$_") } @pages;
for my $page (@pages) { like($all, qr/\((?:\S*\/)?\Q${\basename($page)}\E[)#]/, "$page: has a link to it") if $page ne 'README.md' }

cmp_ok(scalar(() = read_file("$root/README.md") =~ /\n/g), '<=', 200, 'README.md has at most 200 lines');

#
# Functions and settings: the page has all that there are, and no others.
#

my $reference = prose_of(read_file("$root/docs/functions-and-settings.md"));

# Rows of the table that follows the heading, as [cells].
sub table_under
{
	my ($heading) = @_;
	my ($table) = $reference =~ /^## \Q$heading\E\n(?:(?!^#)(?!^\|).*\n)*((?:^\|.*\n)+)/m;
	my @rows = map { [ map { s/^\s+|\s+$//gr } /((?:`[^`]*`|[^|`])+)\|/g ] } split /\n/, $table // '';
	return @rows[ 2 .. $#rows ];
}

# Of an aggregate the signature with all arguments stands for those with fewer; what
# works inside aggregates is nobody's to call.
my $functions = $node->safe_psql(database_of('demo/blog.sql'), q{
	SELECT p.proname || '(' || coalesce((SELECT string_agg(p.proargnames[i] || ' ' || format_type(t, NULL), ', ' ORDER BY i)
	                                       FROM unnest(p.proargtypes) WITH ORDINALITY AS a(t, i)), '') || ') '
	    || CASE WHEN p.proretset THEN 'setof ' ELSE '' END
	    || CASE WHEN p.proallargtypes IS NULL THEN format_type(p.prorettype, NULL)
	            ELSE array_to_string(p.proargnames[p.pronargs + 1 :], ', ') END
	  FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'jsonify' JOIN pg_proc p ON p.oid = d.objid
	 WHERE d.refclassid = 'pg_extension'::regclass AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
	   AND NOT 'internal'::regtype = ANY (p.proargtypes) AND (p.prokind <> 'a' OR p.pronargs = 4)
	 ORDER BY 1});
my @described;
for my $row (table_under('Functions'))
{
	my ($returns) = $row->[1] =~ /`(.*)`/;
	push @described, "$_ $returns" for $row->[0] =~ /`([^`]+)`/g;
}
is(join("\n", sort @described), join("\n", sort split /\n/, $functions), 'the functions are those of the catalog');

my $settings = $node->safe_psql('postgres', q{
	LOAD 'jsonify';
	SELECT name || ' ' || coalesce(nullif(boot_val, ''), 'empty') FROM pg_settings WHERE name LIKE 'jsonify.%'});
is(join("\n", sort map { "$_->[0] $_->[1]" =~ tr/`//dr } table_under('Settings')), join("\n", sort split /\n/, $settings),
	'the settings are those of the catalog');

done_testing();
