-- distinct(path): the different values that a path finds, beside the same in plain SQL.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_distinct;
SET search_path = t_distinct, public;
SET timezone = 'UTC';
CREATE TYPE place AS (city text COLLATE "C", zip int);
CREATE DOMAIN word AS text;
CREATE TABLE users (id int PRIMARY KEY, name text, boss_id int REFERENCES users, meta jsonb);
CREATE TABLE posts (id int PRIMARY KEY, author_id int REFERENCES users, title text, word word, n numeric, f float8, at timestamptz, day date, tags text[],
  place place, span int4range, x xid, t tsvector, meta jsonb, j json, p point, bits bit varying);
CREATE TABLE comments (id int PRIMARY KEY, post_id int REFERENCES posts, author_id int REFERENCES users, body text);
CREATE TABLE labels (id int PRIMARY KEY, name text);
CREATE TABLE posts_labels (post_id int REFERENCES posts, label_id int REFERENCES labels, n int, PRIMARY KEY (post_id, label_id, n));
CREATE FUNCTION shout(posts) RETURNS text LANGUAGE sql STABLE AS 'SELECT upper($1.title)';
INSERT INTO users VALUES (1, 'ann', NULL, '{"a": 1}'), (2, 'bob', 1, NULL), (3, 'cyd', 1, '[]');
INSERT INTO posts (id, author_id, title, word, n, f, at, day, tags, place, span, x, t, meta, j, p, bits) VALUES
  (1, 1, 'b', 'w', 1.50, 'NaN', '2024-01-01 10:00Z', '2024-01-01', '{a,b}', '(Wien,1)', '[1,3)', '7', 'a b', '{"k": 1.0, "z": null, "l": [1, 2]}', '{"k": 1}', '(1,1)', B'01'),
  (2, 1, 'a', 'v', 1.5, '-0', '2024-01-01 12:00+02', '2024-01-02', '{b,a}', '(Graz,1)', '[1,2]', '8', 'b a', '{"k": 1.00}', '{"k": 1}', '(1,1)', B'1'),
  (3, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (4, 1, 'b', 'w', 2, 'NaN', '2024-01-01 10:00Z', '2024-01-01', '{a,b}', '(,2)', 'empty', '7', 'a', '{"k": "x"}', '{"k": 2}', '(2,1)', B'01'),
  (5, 1, NULL, 'W', NULL, 0, NULL, NULL, '{a,NULL}', '(Wien,3)', NULL, '8', NULL, '"k"', 'null', NULL, NULL),
  (6, 2, 'c', 'c', 3, 1, '2024-01-03', '2024-01-03', '{}', '(c,)', '[1,1]', '1', 'c', '{"k": {"b": 1, "a": 2}}', '1', NULL, B'');
INSERT INTO comments VALUES (1, 1, 2, 'y'), (2, 1, 3, 'x'), (3, 2, 2, 'y'), (4, 4, NULL, NULL), (5, 4, 3, 'z'), (6, 6, 1, 'y');
INSERT INTO labels VALUES (1, 'sql'), (2, 'json'), (3, 'sql'), (4, NULL);
INSERT INTO posts_labels VALUES (1, 3, 1), (1, 3, 2), (1, 2, 1), (2, 1, 1), (2, 4, 1), (4, 2, 1), (6, 1, 1);

-- of users; sql gives rows (v, o): the values and what they come in the order of
CREATE FUNCTION run(item text, sql text, params jsonb DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE got jsonb; one jsonb; texts jsonb; want jsonb; h text;
BEGIN
  SELECT jsonb_agg(d -> 'v') INTO got FROM jsonify_find('users', '{ v: ' || item || ' }', params) d;
  EXECUTE format('SELECT jsonb_agg(coalesce((SELECT jsonb_agg(v ORDER BY o) FROM (SELECT v, min(o) AS o FROM (%s) s (v, o) GROUP BY v) s), ''[]'') ORDER BY r.id) FROM users r', sql) INTO want;
  SELECT jsonb_agg(jsonify(u, '{ v: ' || item || ' }', params) -> 'v' ORDER BY id), jsonb_agg(jsonify_text(u, '{ v: ' || item || ' }', params)::jsonb -> 'v' ORDER BY id)
    INTO one, texts FROM users u;
  RETURN CASE WHEN got::text = want::text AND one::text = got::text AND texts = got THEN 'ok ' || got::text
    ELSE format('find %s, jsonify %s, text %s, want %s', got, one, texts, want) END;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS h = PG_EXCEPTION_HINT;
  RETURN concat_ws(' / ', SQLSTATE || ' ' || SQLERRM, h);
END$$;
SELECT item, run(item, sql, params::jsonb) FROM (VALUES
  ('distinct(posts.title)', 'SELECT title, id FROM posts WHERE author_id = r.id', NULL),
  ('distinct(posts(order: id desc).title)', 'SELECT title, -id FROM posts WHERE author_id = r.id', NULL),
  ('distinct(posts(order: title nulls first, where: id <> $n).title)', 'SELECT title, row_number() OVER (ORDER BY title NULLS FIRST) FROM posts WHERE author_id = r.id AND id <> 1', '{"n": 1}'),
  ('distinct(posts(limit: 2).title)', 'SELECT title, id FROM posts WHERE author_id = r.id AND id IN (1, 2, 6)', NULL),
  ('distinct(posts.word)', 'SELECT word, id FROM posts WHERE author_id = r.id', NULL),
  ('distinct(posts.day)', 'SELECT day, id FROM posts WHERE author_id = r.id', NULL),
  ('distinct(posts.f)', 'SELECT f, id FROM posts WHERE author_id = r.id', NULL),
  ('distinct(posts.tags)', 'SELECT tags, id FROM posts WHERE author_id = r.id', NULL),
  ('distinct(posts.place)', 'SELECT place, id FROM posts WHERE author_id = r.id', NULL),
  ('distinct(posts.place.city)', 'SELECT (place).city, id FROM posts WHERE author_id = r.id', NULL),
  ('distinct(posts.place.zip)', 'SELECT (place).zip, id FROM posts WHERE author_id = r.id', NULL),
  ('distinct(posts.span)', 'SELECT span, id FROM posts WHERE author_id = r.id', NULL),
  ('distinct(posts.x)', 'SELECT x::text, id FROM posts WHERE author_id = r.id', NULL),
  ('distinct(posts.t)', 'SELECT t, id FROM posts WHERE author_id = r.id', NULL),
  ('distinct(posts.bits)', 'SELECT bits, id FROM posts WHERE author_id = r.id', NULL),
  ('distinct(posts.meta.z)', 'SELECT meta #> ''{z}'', id FROM posts WHERE author_id = r.id', NULL),
  ('distinct(posts.meta.l.1)', 'SELECT meta #> ''{l,1}'', id FROM posts WHERE author_id = r.id', NULL),
  ('distinct(posts.shout)', 'SELECT upper(title), id FROM posts WHERE author_id = r.id', NULL),
  ('distinct(posts.comments.body)', 'SELECT body, ARRAY[p.id, c.id] FROM posts p JOIN comments c ON post_id = p.id WHERE p.author_id = r.id', NULL),
  ('distinct(posts.comments.author.name)', 'SELECT name, ARRAY[p.id, c.id] FROM posts p JOIN comments c ON post_id = p.id LEFT JOIN users u ON c.author_id = u.id WHERE p.author_id = r.id', NULL),
  ('distinct(posts.comments.author.meta.a)',
   'SELECT meta #> ''{a}'', ARRAY[p.id, c.id] FROM (SELECT id, author_id FROM posts) p JOIN comments c ON post_id = p.id LEFT JOIN users u ON c.author_id = u.id WHERE p.author_id = r.id', NULL),
  ('distinct(posts.labels.name)',
   'SELECT name, ARRAY[p.id, l.id] FROM posts p, labels l WHERE p.author_id = r.id AND EXISTS (SELECT FROM posts_labels WHERE post_id = p.id AND label_id = l.id)', NULL),
  ('distinct(boss.posts.title)', 'SELECT title, id FROM posts WHERE author_id = r.boss_id', NULL),
  -- to and fro: each row is come by once
  ('distinct(posts.author.posts.author.posts.author.posts.title)', 'SELECT title, id FROM posts WHERE author_id = r.id', NULL),
  ('distinct(posts.labels.posts.author.posts.labels.name)',
   'SELECT name, array_position(ARRAY[''json'', ''sql'', NULL], name) FROM labels WHERE r.id < 3', NULL),
  -- one value with several faces: the first one's
  ('distinct(posts.n)', 'SELECT CASE n WHEN 1.5 THEN 1.50 ELSE n END, id FROM posts WHERE author_id = r.id', NULL),
  ('distinct(posts.meta.k)', 'SELECT meta #> ''{k}'', id FROM posts WHERE author_id = r.id', NULL),
  -- a format is of what is shown, and says nothing to what is the same
  ('distinct(posts.at) @epoch', 'SELECT extract(epoch FROM at)::bigint, id FROM posts WHERE author_id = r.id', NULL),
  ('distinct(posts.n) @string', 'SELECT CASE n WHEN 1.5 THEN ''1.50'' ELSE n::text END, id FROM posts WHERE author_id = r.id', NULL),
  -- what is no such thing
  ('distinct(posts)', '', NULL), ('distinct(posts.labels)', '', NULL), ('distinct(boss.name)', '', NULL), ('distinct(name)', '', NULL), ('distinct(meta.a)', '', NULL), ('distinct(posts.j)', '', NULL),
  ('distinct(posts.j.k)', '', NULL),
  ('distinct(posts.p)', '', NULL), ('distinct(posts.nothing)', '', NULL), ('distinct(nothing.title)', '', NULL), ('distinct()', '', NULL), ('distinct(posts.title', '', NULL),
  ('distinct(posts.title) @utc', '', NULL), ('distinct(posts.title) { id }', '', NULL), ('distinct(posts(page: 1).title)', '', NULL),
  ('distinct(count(posts))', '', NULL), ('distinct(posts.title, posts.n)', '', NULL))
  v (item, sql, params);
SELECT jsonify_find('users', '(where: distinct(posts.title) = 1) { id }');
SELECT jsonify_find('users', '(order: distinct(posts.title)) { id }');
SELECT jsonify_find('users', '{ id distinct(posts.title) distinct(posts.n) }');
SELECT jsonify_find('users', '{ id distinct(posts
  .j.k) }');

-- Beside the path itself and the rows, in a tree, among another row's fields, in named shapes; with nulls left out.
SELECT jsonify(u, '{ name distinct(posts.title) all: posts.title posts(limit: 1) { id distinct(comments.body) } n: count(posts.title) }') FROM users u WHERE id = 1;
SELECT jsonify_text(c, '{ id ...author { name, titles: distinct(posts.title) } }') FROM comments c WHERE id IN (4, 6) ORDER BY id;
SELECT jsonify(u, '{ id distinct(posts.labels.name) users(via: boss_id, recurse: 2) }') FROM users u WHERE id = 1;
SELECT jsonify_define('users', 'labels', '{ labels: distinct(posts.labels.name) }');
SELECT jsonify_find('users', '{ id ...labels distinct(posts.meta.z) spans: distinct(posts.span) @object }', options => '{"nulls": "omit", "keys": "camel"}');
SELECT jsonify_undefine('users', 'labels');
-- many documents of one batch share rows
SELECT jsonify_agg(c, '{ d: distinct(post.author.posts.title) }' ORDER BY id) FROM comments c WHERE post_id < 3;
SELECT count(DISTINCT d -> 'd'), count(*) FROM jsonify_find('comments', '{ d: distinct(post.author.posts.labels.name) }') d;

-- What it looks like, and that it is shown only.
SELECT jsonify_schema('users', '{ distinct(posts.title) n: distinct(posts.n) @string days: distinct(posts.day) }') -> 'properties';
SELECT jsonify_save('users', '{"id": 1, "name": "Ann"}', '{ id name @etag distinct(posts.title) }') - 'etag';
SELECT jsonify_save('users', '{"id": 1, "name": "Ann", "distinct": ["b", "a", null]}', '{ id name distinct(posts.title) }');
SELECT jsonify_save('users', '{"id": 1, "name": "Ann", "distinct": ["b"]}', '{ id name distinct(posts.title) }');
SELECT jsonify_save('users', '{"id": 9, "distinct": ["b"]}', '{ id distinct(posts.title) }');
SELECT jsonify_save('users', '{"id": 9, "distinct": []}', '{ id distinct(posts.title) }');
-- of the etag it is no part
SELECT count(DISTINCT jsonify(u, s) -> 'etag') FROM users u, unnest(ARRAY['{ id name @etag }', '{ id name @etag distinct(posts.title) }']) s WHERE id = 1;
-- a relationship of that name is meant where it has args
CREATE TABLE "distinct" (id int PRIMARY KEY, user_id int REFERENCES users, n int);
INSERT INTO "distinct" VALUES (1, 1, 7), (2, 1, 7);
SELECT jsonify(u, '{ distinct(where: n > 1) { id } ns: distinct(distinct.n) "distinct".n }') FROM users u WHERE id = 1;
DROP TABLE "distinct";

-- Hashes that collide are no equality; and the type's own functions say what is the same, whatever they do.
CREATE TYPE mod5;
CREATE FUNCTION mod5_in(cstring) RETURNS mod5 LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION mod5_out(mod5) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE mod5 (INPUT = mod5_in, OUTPUT = mod5_out, LIKE = int4);
CREATE CAST (mod5 AS int) WITHOUT FUNCTION;
CREATE FUNCTION mod5_eq(mod5, mod5) RETURNS bool LANGUAGE plpgsql IMMUTABLE STRICT AS $$ BEGIN RETURN $1::int % 5 = $2::int % 5; END$$;
CREATE FUNCTION mod5_hash(mod5) RETURNS int LANGUAGE plpgsql IMMUTABLE STRICT AS $$ BEGIN
  RETURN (SELECT jsonb_array_length(jsonify(u, '{ distinct(posts.title) }') -> 'distinct') FROM t_distinct.users u WHERE id = 1);
  END$$;
CREATE OPERATOR = (LEFTARG = mod5, RIGHTARG = mod5, FUNCTION = mod5_eq, COMMUTATOR = =, HASHES);
CREATE OPERATOR CLASS mod5_ops DEFAULT FOR TYPE mod5 USING hash AS OPERATOR 1 =, FUNCTION 1 mod5_hash(mod5);
CREATE TABLE fives (id int PRIMARY KEY, user_id int REFERENCES users, m mod5);
INSERT INTO fives SELECT i, 1 + i % 2, i::text::mod5 FROM generate_series(1, 20) i;
-- (the function that hashes makes a document of its own)
SELECT jsonify_agg(u, '{ distinct(fives.m) }' ORDER BY id) FROM users u;
-- (to a plan that is kept it comes while rows are loaded, with no place in the shape)
DROP OPERATOR CLASS mod5_ops USING hash;
DO $$BEGIN
  PERFORM jsonify_agg(u, '{ distinct(fives.m) }' ORDER BY id) FROM users u;
EXCEPTION WHEN undefined_function THEN RAISE WARNING '%', SQLERRM; END$$;
DROP SCHEMA t_distinct CASCADE;
