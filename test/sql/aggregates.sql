-- count, sum, avg, min and max over related rows, beside the same in plain SQL.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_aggregates;
SET timezone = 'UTC';
SET search_path = t_aggregates, public;
CREATE TYPE place AS (city text, zip int, at timestamptz);
CREATE TABLE users (id int PRIMARY KEY, name text, created_at timestamptz, boss_id int REFERENCES users, meta json);
CREATE TABLE posts (id int PRIMARY KEY, author_id int REFERENCES users, title text, views int, price numeric, published bool, created_at timestamptz, "at place" place, meta jsonb);
CREATE TABLE comments (id int PRIMARY KEY, post_id int REFERENCES posts, author_id int REFERENCES users, body text);
CREATE TABLE tags (id int PRIMARY KEY, name text);
CREATE TABLE posts_tags (post_id int REFERENCES posts, tag_id int REFERENCES tags, PRIMARY KEY (post_id, tag_id));
CREATE TABLE profiles (user_id int PRIMARY KEY REFERENCES users, bio text, meta jsonb);
INSERT INTO users VALUES (1, 'ann', '2024-01-01 00:00Z', NULL, '{"a":  1,"b":[10,{"c": "x"}]}'), (2, 'bob', '2024-01-02 00:00Z', 1, 'null'), (3, 'cyd', NULL, 2, NULL);
INSERT INTO posts VALUES
(1, 1, 'one', 10, 1.50, true, '2024-02-01 00:00Z', '(Wien,1010,2024-01-01 00:00Z)', '{"theme": "dark", "tags": ["x", null, {"y": 1}], "k": null, "a b": 5, "0": "zero"}'),
(2, 1, 'two', NULL, 2, false, NULL, '(,,)', '[]'),
(3, 1, NULL, 30, NULL, NULL, '2024-02-03 00:00Z', NULL, NULL),
(4, 2, 'four', 5, 'NaN', true, '2024-02-04 00:00Z', '(Graz,,)', '"text"'),
(5, NULL, 'five', 1, 0, true, NULL, NULL, '{"theme": 1.50}');
INSERT INTO comments VALUES (1, 1, 2, 'b'), (2, 1, NULL, 'a'), (3, 2, 3, NULL), (4, 4, 1, 'c'), (5, 4, 1, 'd');
INSERT INTO tags VALUES (1, 'sql'), (2, NULL), (3, 'json');
INSERT INTO posts_tags VALUES (1, 1), (1, 2), (1, 3), (4, 3), (5, 1);
INSERT INTO profiles VALUES (1, 'hi', '{"n": 1}'), (3, NULL, NULL);

CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, root text, item text, want text, params jsonb DEFAULT '{"p": 5, "t": ["sql"]}');
CREATE FUNCTION run(root text, item text, want text, params jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE got jsonb; expected jsonb; found jsonb; texts jsonb;
BEGIN
  EXECUTE format('SELECT jsonb_agg(to_jsonb((%s)) ORDER BY r.id) FROM %s r', want, root) INTO expected;
  SELECT jsonb_agg(d -> 'v') INTO found FROM jsonify_find(root, '{ v: ' || item || ' }', params, '{"unknown_params": "ignore"}') d;
  EXECUTE format('SELECT jsonb_agg(jsonify(r, %1$L, %2$L, ''{"unknown_params": "ignore"}'') -> ''v'' ORDER BY r.id),
                         jsonb_path_query_array(jsonify_text_agg(r, %1$L, %2$L, ''{"unknown_params": "ignore"}'' ORDER BY r.id)::jsonb, ''$[*].v'')
                  FROM %3$s r', '{ v: ' || item || ' }', params, root) INTO got, texts;
  RETURN CASE WHEN found::text = expected::text AND got::text = expected::text AND texts::text = expected::text
    THEN 'ok ' || expected::text
    ELSE format('find %s, jsonify %s, text %s, want %s', found, got, texts, expected)
    END;
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END$$;
INSERT INTO cases (root, item, want) VALUES
('users', 'count(posts)', 'SELECT count(*) FROM posts WHERE author_id = r.id'),
('users', 'count(posts.views)', 'SELECT count(views) FROM posts WHERE author_id = r.id'),
('users', 'sum(posts.views)', 'SELECT sum(views) FROM posts WHERE author_id = r.id'),
('users', 'avg(posts.views)', 'SELECT avg(views) FROM posts WHERE author_id = r.id'),
('users', 'min(posts.title)', 'SELECT min(title) FROM posts WHERE author_id = r.id'),
('users', 'max(posts.created_at)', 'SELECT max(created_at) FROM posts WHERE author_id = r.id'),
('users', 'max(posts.price)', 'SELECT max(price) FROM posts WHERE author_id = r.id'),
('users', 'sum(posts.price)', 'SELECT sum(price) FROM posts WHERE author_id = r.id'),
('users', 'count(posts(where: published))', 'SELECT count(*) FROM posts WHERE author_id = r.id AND published'),
('users', 'sum(posts(where: views > $p).views)', 'SELECT sum(views) FROM posts WHERE author_id = r.id AND views > 5'),
('users', 'count(posts(where: false = published or exists(tags(where: name in $t))))',
  'SELECT count(*) FROM posts WHERE author_id = r.id AND (NOT published OR id IN (1, 5))'),
('users', 'count(posts(where: author.name = ''ann'', via: author_id))',
  'SELECT count(*) FROM posts WHERE author_id = r.id AND r.id = 1'),
('users', 'count(posts_author_id_fkey)', 'SELECT count(*) FROM posts WHERE author_id = r.id'),
('users', 'count(posts.comments)',
  'SELECT count(*) FROM posts p JOIN comments c ON c.post_id = p.id WHERE p.author_id = r.id'),
('users', 'count(posts.comments.body)',
  'SELECT count(body) FROM posts p JOIN comments c ON c.post_id = p.id WHERE p.author_id = r.id'),
('users', 'max(posts(where: published).comments(where: id < 5).body)',
  'SELECT max(body) FROM posts p JOIN comments c ON c.post_id = p.id
   WHERE p.author_id = r.id AND published AND c.id < 5'),
('users', 'count(posts.comments.author)',
  'SELECT count(c.author_id) FROM posts p JOIN comments c ON c.post_id = p.id WHERE p.author_id = r.id'),
('users', 'min(posts.comments.author.name)',
  'SELECT min(name) FROM posts p JOIN comments c ON c.post_id = p.id JOIN users u ON u.id = c.author_id
   WHERE p.author_id = r.id'),
('users', 'count(posts.tags)',
  'SELECT count(*) FROM posts p JOIN posts_tags t ON t.post_id = p.id WHERE p.author_id = r.id'),
('users', 'count(posts.tags(where: name is null))',
  'SELECT count(*) FROM posts p JOIN posts_tags t ON t.post_id = p.id WHERE p.author_id = r.id AND tag_id = 2'),
('users', 'min(posts.tags.name)',
  'SELECT min(g.name) FROM posts p JOIN posts_tags t ON t.post_id = p.id JOIN tags g ON g.id = tag_id
   WHERE p.author_id = r.id'),
('users', 'count(boss)', 'SELECT count(boss_id) FROM users u WHERE u.id = r.id'),
('users', 'count(profiles)', 'SELECT count(*) FROM profiles WHERE user_id = r.id'),
('users', 'max(profiles.bio)', 'SELECT bio FROM profiles WHERE user_id = r.id'),
('users', 'count(users(via: boss_id))', 'SELECT count(*) FROM users u WHERE u.boss_id = r.id'),
('users', 'count(boss.posts)', 'SELECT count(*) FROM posts WHERE author_id = r.boss_id'),
('users', 'count(tags)', 'SELECT 0'),
('posts', 'count(tags)', 'SELECT count(*) FROM posts_tags WHERE post_id = r.id'),
('posts', 'count(tags.name)',
  'SELECT count(name) FROM posts_tags JOIN tags ON tags.id = tag_id WHERE post_id = r.id'),
('posts', 'max(tags.name)', 'SELECT max(name) FROM posts_tags JOIN tags ON tags.id = tag_id WHERE post_id = r.id'),
('posts', 'sum(tags(where: name <> ''sql'').id)',
  'SELECT sum(id) FROM posts_tags JOIN tags ON tags.id = tag_id WHERE post_id = r.id AND name <> ''sql'''),
('posts', 'count(tags.posts)',
  'SELECT count(*) FROM posts_tags a JOIN posts_tags b USING (tag_id) WHERE a.post_id = r.id'),
('posts', 'min(author.posts.id)', 'SELECT min(id) FROM posts WHERE author_id = r.author_id'),
('posts', 'count(comments(where: author.name is null))',
  'SELECT count(*) FROM comments WHERE post_id = r.id AND author_id IS NULL'),
('tags', 'count(posts)', 'SELECT count(*) FROM posts_tags WHERE tag_id = r.id'),
('tags', 'sum(posts.views)', 'SELECT sum(views) FROM posts_tags JOIN posts p ON p.id = post_id WHERE tag_id = r.id'),
('tags', 'avg(posts.author.id)',
  'SELECT avg(author_id) FROM posts_tags JOIN posts p ON p.id = post_id WHERE tag_id = r.id'),
('tags', 'max(posts."at place".zip)',
  'SELECT max(("at place").zip) FROM posts_tags JOIN posts p ON p.id = post_id WHERE tag_id = r.id'),
('tags', 'count(posts.meta.theme)',
  'SELECT count(meta #> ''{theme}'') FROM posts_tags JOIN posts p ON p.id = post_id WHERE tag_id = r.id');
DELETE FROM cases WHERE item = 'count(tags)' AND root = 'users';
SELECT root, item, run(root, item, want, params) AS result FROM cases ORDER BY n;
SELECT run('users', 'count(tags)', 'SELECT 0', '{}');

-- The key is the aggregate's name unless aliased; formats go with the type of the result.
SELECT jsonify_text(u, '{ count(posts), sum(posts.views) @string, avg(posts.views) @string, max(posts.created_at) @epoch, min: min(posts.created_at) @utc }') FROM users u ORDER BY id;
SELECT jsonify_text(u, '{ count(posts), max(posts.created_at), avg(posts.views), s: sum(posts.views) }', options => '{"formats": "web", "nulls": "omit"}') FROM users u ORDER BY id;
-- Columns of these names are columns, and relationships with args relationships.
CREATE TABLE owners (id int PRIMARY KEY, min int, max int);
CREATE TABLE count (id int PRIMARY KEY, owner_id int REFERENCES owners, sum int);
INSERT INTO owners VALUES (1, 2, 3);
INSERT INTO count VALUES (1, 1, 5), (2, 1, 6);
SELECT jsonify_text(o, '{ min, max, count { sum }, a: count(limit: 1) { id }, b: count(where: sum = 6), c: count(count), d: max(count.sum), e: "count"(where: sum = 5).sum }') FROM owners o;
-- Several, nested, in named shapes, with recursion around them; each one query.
SELECT jsonify_define('users', 'stats', '{ n: count(posts), v: sum(posts.views) }');
SELECT jsonify_text(u, '{ name, ...stats, boss { ...stats }, posts { id, count(comments), t: count(tags) } }') FROM users u WHERE id = 2;
SELECT path FROM jsonify_explain('users', '{ ...stats, posts { id, count(comments), max(comments.author.name) } }');
-- Types of one's own: an enum, a domain, an array, a cast.
CREATE TYPE level AS ENUM ('low', 'high');
CREATE DOMAIN cents AS bigint;
CREATE TABLE items (id int PRIMARY KEY, user_id int REFERENCES users, l level, c cents, a int[], i interval, f float4, m money);
INSERT INTO items VALUES (1, 1, 'high', 7, '{1,2}', '1 day', 0.5, 1), (2, 1, 'low', 8, '{1}', '1 hour', 0.25, 2), (3, 1, NULL, NULL, NULL, NULL, 'NaN', NULL);
SELECT jsonify_text(u, '{ l: min(items.l), c: sum(items.c), a: max(items.a), i: avg(items.i), i2: sum(items.i) @iso,
                          f: sum(items(where: id < 3).f), m: sum(items.m), fx: max(items.f) }') FROM users u WHERE id = 1;
-- Privileges: what is counted and what is summed; rows that a policy hides do not count.
CREATE ROLE regress_aggregates;
GRANT USAGE ON SCHEMA t_aggregates TO regress_aggregates;
GRANT SELECT ON users TO regress_aggregates;
GRANT SELECT (id, author_id, title) ON posts TO regress_aggregates;
ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON posts USING (title <> 'two');
SET ROLE regress_aggregates;
SELECT jsonify_text(u, '{ count(posts), min(posts.title) }') FROM users u WHERE id = 1;
SELECT jsonify_text(u, '{ sum(posts.views) }') FROM users u WHERE id = 1;
SELECT jsonify_text(u, '{ count(posts(where: views > 1)) }') FROM users u WHERE id = 1;
SELECT jsonify_text(u, '{ count(posts.comments) }') FROM users u WHERE id = 1;
RESET ROLE;
DROP OWNED BY regress_aggregates;
DROP ROLE regress_aggregates;
DROP SCHEMA t_aggregates CASCADE;
