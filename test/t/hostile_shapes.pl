# Shapes as an enemy would write them: paths up and down a relation, braces within
# braces, thousands of items, exists() within exists(), named shapes of named shapes,
# trees, endless conditions. Whatever they ask for, each is a document or an error
# within the statement's timeout and a second, in bounded memory, and the server is
# there for the next.
#
# Each shape is made from one number. HOSTILE_SEED and HOSTILE_SHAPES choose others;
# a failure says which it was.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Chance qw(pick);

my $first = $ENV{HOSTILE_SEED} // 1;
my $shapes = $ENV{HOSTILE_SHAPES} // 80;
my $timeout = 1000;    # milliseconds
my $memory = 3 * 1024 * 1024 * 1024;    # of a process's address space, in bytes
my $shapes_a_session = 10;

# Ways from a table, and columns of it.
my %ways = (
	users => [ 'posts:posts', 'comments:comments', 'boss:users', 'users(via: boss_id):users', 'tags:tags' ],
	posts => [ 'author:users', 'comments:comments', 'tags(via: posts_tags):tags' ],
	comments => [ 'author:users', 'post:posts' ],
	tags => [ 'posts(via: posts_tags):posts', 'users(via: users_tags):users' ]);
my %columns = (users => [qw(id name flag)], posts => [qw(id title)], comments => [qw(id body)], tags => [qw(id)]);

# Often few, at times very many.
sub many { return int(exp(rand(log($_[0])))) + 1 }

sub walk
{
	my ($table, $steps) = @_;
	my @path;
	my @favourites = map { pick(@{ $ways{$_} }) } sort keys %ways;
	my %favourite;
	@favourite{ sort keys %ways } = @favourites;
	for (1 .. $steps)
	{
		# mostly to and fro over the same
		my ($name, $next) = (rand() < 0.8 ? $favourite{$table} : pick(@{ $ways{$table} })) =~ /^(.*):(\w+)$/;
		push @path, $name;
		$table = $next;
	}
	return ($table, @path);
}

sub leads_to_many { return $_[0] !~ /^(boss|author|post)$/ }

my $alias = 0;
sub alias { return 'k' . ++$alias . ': ' }

sub condition
{
	my ($table, $depth) = @_;
	my $column = pick(@{ $columns{$table} });
	my $kind = rand();
	if ($depth > 0 && $kind < 0.3)
	{
		my ($end, $way) = walk($table, 1);
		$way =~ s/\)$//;
		my $open = $way =~ /\(/ ? "$way, where: " : "$way(where: ";
		return "exists($open" . condition($end, $depth - 1) . '))' if rand() < 0.5;
		return "count($open" . condition($end, $depth - 1) . ')) > ' . many(5);
	}
	if ($depth > 0 && $kind < 0.6)
	{
		return '(' . join(pick(' and ', ' or '), map { condition($table, $depth - 1) } 1 .. many(6)) . ')';
	}
	return 'not ' x many(50) . "($column is null)" if $kind < 0.7;
	return 'id in (' . join(', ', 1 .. many(2000)) . ')' if $kind < 0.75;
	return '(' x 90 . 'id > 0' . ')' x 90 if $kind < 0.8;
	return 'author.boss.flag' if $table eq 'posts' && $kind < 0.9;
	if ($kind < 0.95)
	{
		my ($end, @path) = walk($table, many(30));
		return pick('count', 'max', 'min') . '(' . join('.', @path, 'id') . ') ' . pick('> 0', 'is null', 'between 1 and 5');
	}
	return 'boss.' x many(80) . 'flag' if $table eq 'users';
	return "$column is not null";
}

sub item
{
	my ($table, $depth) = @_;
	my $kind = rand();
	my ($end, @path);
	if ($kind < 0.3)
	{
		($end, @path) = walk($table, many(60));
		return alias() . join('.', @path, pick(@{ $columns{$end} }));
	}
	if ($kind < 0.5 && $depth > 0)
	{
		($end, @path) = walk($table, 1);
		return alias() . $path[0] . ' ' . set($end, $depth - 1);
	}
	if ($kind < 0.6)
	{
		($end, @path) = walk($table, many(30));
		return alias() . 'count(' . join('.', @path) . ')' if rand() < 0.6;
		return alias() . 'distinct(' . join('.', @path, pick(@{ $columns{$end} })) . ')';
	}
	if ($kind < 0.7)
	{
		($end, @path) = walk($table, 1);
		my (undef, $further) = walk($end, 1);
		$path[0] =~ s/\)$//;
		my $open = $path[0] =~ /\(/ ? "$path[0], where: " : "$path[0](where: ";
		return alias() . $open . condition($end, many(4)) . (leads_to_many($path[0]) ?
			pick(', limit: 3', ', page: 2', ', key: id', ', page: 2, after: $after?', ', group: id', ", order: count($further) desc", '') : '') . ') { id }';
	}
	return alias() . 'boss(recurse: ' . many(1000000) . ') ' . alias() . 'users(via: boss_id, recurse: ' . many(1000) . ')'
		if $kind < 0.75 && $table eq 'users';
	return '...s' . int(rand 25) if $kind < 0.8 && $table eq 'users';
	return '...a' if $kind < 0.82 && $table eq 'posts';
	return join ' ', map { alias() . pick(@{ $columns{$table} }) } 1 .. many(5000) if $kind < 0.85;
	return alias() . pick(@{ $columns{$table} });
}

sub set
{
	my ($table, $depth) = @_;
	return '{ ' . join(' ', map { item($table, $depth) } 1 .. many($depth > 3 ? 2 : 6)) . ' }';
}

sub shape
{
	my ($seed) = @_;
	srand($seed);
	$alias = 0;
	my $set = set('users', many(40));
	return rand() < 0.3 ? '(where: ' . condition('users', many(6)) . ", order: name, limit: 5) $set" : $set;
}

# Of this process and all that it starts, the server above all.
system('prlimit', '--pid', $$, "--as=$memory") == 0 or die 'prlimit failed';

my $node = PostgreSQL::Test::Cluster->new('hostile');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf',
	"fsync = off\nautovacuum = off\nstatement_timeout = $timeout\njit = off\nshared_buffers = 16MB\nmax_parallel_workers_per_gather = 0\n");
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION jsonify;
CREATE TABLE users (id int PRIMARY KEY, name text, flag bool, boss_id int REFERENCES users);
CREATE TABLE posts (id int PRIMARY KEY, title text, author_id int REFERENCES users);
CREATE TABLE comments (id int PRIMARY KEY, body text, post_id int REFERENCES posts, author_id int REFERENCES users);
CREATE TABLE tags (id int PRIMARY KEY);
CREATE TABLE posts_tags (post_id int REFERENCES posts, tag_id int REFERENCES tags, PRIMARY KEY (post_id, tag_id));
CREATE TABLE users_tags (user_id int REFERENCES users, tag_id int REFERENCES tags, PRIMARY KEY (user_id, tag_id));
CREATE INDEX ON posts (author_id);
INSERT INTO users SELECT i, 'user ' || i, true, CASE WHEN i > 1 THEN i / 2 END FROM generate_series(1, 40) AS i;
UPDATE users SET boss_id = 40 WHERE id = 1;
INSERT INTO posts SELECT i, 'post ' || i, 1 + i % 3 FROM generate_series(1, 90) AS i;
INSERT INTO comments SELECT i, 'comment ' || i, 1 + i % 90, 1 + i % 5 FROM generate_series(1, 200) AS i;
INSERT INTO tags SELECT generate_series(1, 8);
INSERT INTO posts_tags SELECT p.id, t.id FROM posts p, tags t;
INSERT INTO users_tags SELECT u.id, t.id FROM users u, tags t;
SELECT jsonify_define('users', 's0', '{ id }');
SELECT jsonify_define('posts', 'a', '{ id, author { ...s0 }, comments { id } }');
SQL
# each twice as much as the one before, until that is refused
foreach my $i (1 .. 24)
{
	my $before = $i - 1;
	$node->psql('postgres', "SELECT jsonify_define('users', 's$i', '{ ...s$before ...s$before k$i: posts { ...a } }')");
}

# What psql says of each shape, in one session: by its number.
sub said_of
{
	my (@seeds) = @_;
	my $sql = "\\timing on\n\\pset tuples_only on\n\\pset format unaligned\n\\set VERBOSITY terse\n\\set SHOW_CONTEXT never\n";
	foreach my $one (@seeds)
	{
		(my $literal = shape($one)) =~ s/'/''/g;
		# by their size: length() of a gigabyte of text is not to be interrupted
		my $call = $one % 3 == 0 ? "SELECT sum(pg_column_size(d)) FROM jsonify_find_text('users', '$literal') d"
			: $literal =~ /^\(/ ? "SELECT sum(pg_column_size(d)) FROM jsonify_find('users', '$literal') d"
			: $one % 3 == 1 ? "SELECT sum(pg_column_size(jsonify(u, '$literal'))) FROM users u"
			: "SELECT pg_column_size(jsonify_text_agg(u, '$literal')) FROM users u";
		$sql .= "\\echo SHAPE $one\n$call;\n";
	}
	my $file = "$PostgreSQL::Test::Utils::tmp_check/hostile_$seeds[0].sql";
	unlink $file;
	PostgreSQL::Test::Utils::append_to_file($file, $sql);
	# both in one stream, for an error to stand where its shape is, before its time
	my $out = `psql -X -q -h '@{[ $node->host ]}' -p @{[ $node->port ]} -d postgres -f '$file' 2>&1`;
	unlink $file;
	my @parts = split /^SHAPE (\d+)\n/m, $out;
	shift @parts;
	return @parts;
}

sub time_of { return $_[0] =~ /^Time: ([0-9.]+) ms/m ? $1 : undef }

sub ended_well
{
	my $time = time_of($_[0]);
	return defined $time && $time <= $timeout + 1000 && $_[0] !~ /server closed|terminated|XX000/;
}

my %ended = (document => 0, error => 0);
my $slowest = 0;
my @bad;
for (my $seed = $first; $seed < $first + $shapes; $seed += $shapes_a_session)
{
	my @seeds = grep { $_ < $first + $shapes } $seed .. $seed + $shapes_a_session - 1;
	my %said = said_of(@seeds);
	foreach my $one (@seeds)
	{
		my $said = $said{$one} // 'nothing was said';
		# the machine may have been busy: once more, alone
		if (!ended_well($said) && $said !~ /server closed|terminated|XX000/)
		{
			my %again = said_of($one);
			$said = $again{$one} // 'nothing was said';
		}
		$ended{ $said =~ /ERROR:/ ? 'error' : 'document' }++;
		my $time = time_of($said) // 0;
		$slowest = $time if $time > $slowest;
		push @bad, "HOSTILE_SEED=$one HOSTILE_SHAPES=1: " . substr($said, 0, 500) unless ended_well($said);
	}
}
ok(!@bad, "$shapes shapes ended in time") or diag join "\n", @bad;
ok($ended{document} > 0 && $ended{error} > 0,
	"$ended{document} are documents, $ended{error} errors; the slowest took " . int($slowest) . ' ms');
is($node->safe_psql('postgres', 'SELECT jsonify(u, \'{ id }\') FROM users u WHERE id = 1'), '{"id": 1}', 'the server is there');
$node->stop;
done_testing();
