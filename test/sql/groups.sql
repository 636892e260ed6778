-- group: rows as groups, beside GROUP BY.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_groups;
SET search_path = t_groups, public;
CREATE TYPE place AS (city text, zip int);
CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, country text, boss_id int REFERENCES users);
CREATE TABLE posts (id int PRIMARY KEY, author_id int REFERENCES users, status text, kind int NOT NULL,
  views int, price numeric, word text, at timestamptz, place place, meta jsonb, j json, pt point,
  "Odd name" int);
CREATE TABLE comments (id int PRIMARY KEY, post_id int REFERENCES posts, body text);
CREATE TABLE tags (id int PRIMARY KEY, name text, color text);
-- the pair may stand there twice: a far row counts once
CREATE TABLE posts_tags (post_id int REFERENCES posts, tag_id int REFERENCES tags, n int, PRIMARY KEY (post_id, tag_id, n));
CREATE TABLE readers (id int PRIMARY KEY, country text);
CREATE TABLE reads (post_id int REFERENCES posts, reader_id int REFERENCES readers, PRIMARY KEY (post_id, reader_id));
CREATE FUNCTION busy(users) RETURNS SETOF posts LANGUAGE sql STABLE AS 'SELECT * FROM t_groups.posts WHERE author_id = $1.id AND views > 4';
CREATE FUNCTION decade(posts) RETURNS int LANGUAGE sql STABLE AS 'SELECT $1.views / 10';
INSERT INTO users VALUES (1, 'ann', 'PL', NULL), (2, 'bob', NULL, 1), (3, 'cyd', 'PL', 1), (4, 'dee', 'AT', 2);
INSERT INTO posts SELECT i, nullif(i % 4, 0), (ARRAY['new', 'old', NULL])[1 + i % 3], i % 2, nullif(i * 3 % 40, 0), i * 1.50, (ARRAY['a', 'A', 'b', NULL])[1 + i % 4],
  '2024-01-01 00:00Z'::timestamptz + i % 3 * interval '1 day',
  ROW((ARRAY['Wien', 'Graz'])[1 + i % 2], i % 3)::place, jsonb_build_object('k', CASE i % 3 WHEN 0 THEN '1.0' WHEN 1 THEN '1' ELSE '"x"' END::jsonb), '{}',
  '(1,1)', i % 2 FROM generate_series(1, 24) i;
INSERT INTO comments SELECT i, 1 + i % 20, repeat('x', i % 5) FROM generate_series(1, 60) i;
INSERT INTO tags SELECT i, 't' || i, (ARRAY['red', 'blue', NULL])[1 + i % 3] FROM generate_series(1, 12) i;
INSERT INTO posts_tags SELECT p, t, n FROM generate_series(1, 10) p, generate_series(1, 12) t, generate_series(1, 2) n WHERE (p + t) % 2 = 0;
INSERT INTO readers SELECT i, (ARRAY['PL', 'AT'])[1 + i % 2] FROM generate_series(1, 6) i;
INSERT INTO reads SELECT p, r FROM generate_series(1, 10) p, generate_series(1, 6) r WHERE (p * r) % 3 = 0;

-- Documents of the root, and of each user's posts by all ways there are: without an index on the key and with one, one user and all.
CREATE FUNCTION run(args text, items text, sql text, params jsonb DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE got jsonb; root jsonb; one jsonb; texts jsonb; want jsonb; of_root jsonb; h text; shape text := format('{ posts(%s) %s }', args, items);
BEGIN
  EXECUTE format('SELECT jsonb_agg(coalesce((SELECT jsonb_agg(to_jsonb(s)) FROM (%s) s), ''[]'') ORDER BY u.id) FROM users u', replace(sql, 'TRUE', 'author_id = u.id')) INTO want;
  EXECUTE format('SELECT jsonb_agg(to_jsonb(s)) FROM (%s) s', sql) INTO of_root;
  SELECT jsonb_agg(d) INTO root FROM jsonify_find('posts', format('(%s) %s', args, items), params) d;
  SELECT jsonb_agg(d -> 'posts') INTO got FROM jsonify_find('users', shape, params) d;
  SELECT jsonb_agg(jsonify(u, shape, params) -> 'posts' ORDER BY id) INTO one FROM users u;
  SELECT jsonb_agg(d -> 'posts' ORDER BY n) INTO texts FROM jsonb_array_elements((SELECT jsonify_text_agg(u, shape, params ORDER BY id)::jsonb FROM users u)) WITH ORDINALITY s (d, n);
  RETURN CASE WHEN got::text = want::text AND one::text = got::text AND texts = got AND root::text IS NOT DISTINCT FROM of_root::text THEN 'ok ' || coalesce(root::text, 'none')
    ELSE format('find %s, jsonify %s, text %s, want %s; root %s, want %s', got, one, texts, want, root, of_root) END;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS h = PG_EXCEPTION_HINT;
  RETURN concat_ws(' / ', SQLSTATE || ' ' || SQLERRM, h);
END$$;
CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, args text, items text, sql text, params jsonb);
INSERT INTO cases (args, items, sql, params) VALUES
('group: status', '{ status count() }', 'SELECT status, count(*) FROM posts p WHERE TRUE GROUP BY 1 ORDER BY 1', NULL),
('group: status, kind', '{ kind n: count() status }', 'SELECT kind, count(*) AS n, status FROM posts p WHERE TRUE GROUP BY 1, 3 ORDER BY 3, 1', NULL),
('group: status, order: count() desc', '{ * count() }', 'SELECT status, count(*) FROM posts p WHERE TRUE GROUP BY 1 ORDER BY 2 DESC, 1', NULL),
('group: status, order: sum(views) desc nulls last, status desc', '{ sum(views) st: status }',
  'SELECT sum(views), status AS st FROM posts p WHERE TRUE GROUP BY 2 ORDER BY 1 DESC NULLS LAST, 2 DESC', NULL),
('group: kind, where: views > $n', '{ kind max(at) min(price) avg(views) count(views) }',
  'SELECT kind, max(at), min(price), avg(views), count(views) FROM posts p WHERE TRUE AND views > 12 GROUP BY 1 ORDER BY 1', '{"n": 12}'),
('group: status, where: status is not null and exists(comments), limit: 1', '{ status count() }',
 'SELECT status, count(*) FROM posts p WHERE TRUE AND status IS NOT NULL AND EXISTS (SELECT FROM comments WHERE post_id = p.id) GROUP BY 1 ORDER BY 1 LIMIT 1', NULL),
('group: status, limit: $l, offset: $o, order: status desc', '{ status count() }', 'SELECT status, count(*) FROM posts p WHERE TRUE GROUP BY 1 ORDER BY 1 DESC OFFSET 1 LIMIT 2', '{"l": 2, "o": 1}'),
('group: kind', '{ max(status) }', 'SELECT max(status) FROM posts p WHERE TRUE GROUP BY kind ORDER BY kind', NULL),
('group: word', '{ count(word) }', 'SELECT count(word) FROM posts p WHERE TRUE GROUP BY word ORDER BY word', NULL),
('group: decade', '{ decade count(decade) }', 'SELECT views / 10 AS decade, count(views) FROM posts p WHERE TRUE GROUP BY 1 ORDER BY 1', NULL),
('group: author.country', '{ author.country count() }', 'SELECT (SELECT country FROM users a WHERE a.id = author_id) AS country, count(*) FROM posts p WHERE TRUE GROUP BY 1 ORDER BY 1', NULL),
('group: author.boss.name, kind, where: author.country = ''PL''', '{ boss: author.boss.name kind, max(author.name) sum(author.boss.id) }',
 'SELECT (SELECT b.name FROM users a JOIN users b ON a.boss_id = b.id WHERE a.id = author_id) AS boss, kind,
  max((SELECT name FROM users a WHERE a.id = author_id)), sum((SELECT boss_id FROM users a WHERE a.id = author_id))
  FROM posts p WHERE TRUE AND author_id IN (1, 3) GROUP BY 1, 2 ORDER BY 1, 2', NULL),
('group: place.city', '{ place.city sum(place.zip) }', 'SELECT (place).city, sum((place).zip) FROM posts p WHERE TRUE GROUP BY 1 ORDER BY 1', NULL),
('group: meta.k', '{ meta.k count() }', 'SELECT meta -> ''k'' AS k, count(*) FROM posts p WHERE TRUE GROUP BY 1 ORDER BY 1', NULL),
('group: place', '{ place count() }', 'SELECT place, count(*) FROM posts p WHERE TRUE GROUP BY 1 ORDER BY 1', NULL),
('group: "Odd name"', '{ o: "Odd name", kind: ''post'', true: $t }', 'SELECT "Odd name" AS o, ''post'' AS kind, 5 AS "true" FROM posts p WHERE TRUE GROUP BY 1 ORDER BY 1', '{"t": 5}'),
('group: at', '{ at @utc count() @string }', 'SELECT to_char(at AT TIME ZONE ''UTC'', ''YYYY-MM-DD"T"HH24:MI:SS"Z"'') AS at, count(*)::text FROM posts p WHERE TRUE GROUP BY 1 ORDER BY 1', NULL),
('group: status, kind', '{ * -kind }', 'SELECT status FROM posts p WHERE TRUE GROUP BY status, kind ORDER BY status, kind', NULL),
('group: status', '{ }', 'SELECT FROM posts p WHERE TRUE GROUP BY status', NULL);
SELECT args, items, run(args, items, sql, params) FROM cases ORDER BY n;
CREATE INDEX ON posts (author_id);
SELECT args, items FROM cases WHERE run(args, items, sql, params) NOT LIKE 'ok%';
SET jsonify.batch_size = 1;
SELECT args, items FROM cases WHERE run(args, items, sql, params) NOT LIKE 'ok%';
RESET jsonify.batch_size;

-- Pages, keys, junctions, functions, several levels; a document without rows has none.
SELECT jsonify(u, '{ posts(group: status, page: 2, order: count() desc) { status count() } }') FROM users u WHERE id IN (1, 4) ORDER BY id;
SELECT jsonify_agg(u, '{ posts(group: kind, status, page: 1, offset: 1, where: views > 9) { kind status } }' ORDER BY id) FROM users u;
SELECT jsonify_text(u, '{ posts(group: kind, key: kind, order: kind desc) { count(), sum(views) } }') FROM users u WHERE id = 2;
SELECT jsonify(u, '{ posts(group: status, key: status) { count() } }') FROM users u WHERE id = 1;
SELECT jsonify_agg(p, '{ id tags(group: color) { color n: count(), max(name) } readers(group: country) { country count() } }' ORDER BY id) FROM posts p WHERE id < 4;
SELECT jsonify(p, '{ tags(group: color, order: count() desc, limit: 1) { color count() } }') FROM posts p WHERE id = 3;
SELECT jsonify_agg(u, '{ busy(group: kind) { kind count() } }' ORDER BY id) FROM users u;
SELECT jsonify_find('users', '(group: country, order: count() desc, limit: 2) { country count() first: min(name) }');
SELECT jsonify_find('users', '(where: id < 3) { id posts(group: kind) { kind count() } all: posts(limit: 1, order: id) { comments(group: body) { body count() } } n: count(posts) }');
SELECT jsonify_find_text('users', '(where: id > 9, group: country) { country }') AS nothing;
SELECT jsonify(u, '{ id users(via: boss_id, recurse: 3) posts(group: kind) { kind count() } }') FROM users u WHERE id = 1;
SELECT jsonify_find('posts', '(group: author.country, author.name, where: id < 4) { by: author.name author.country count() }', options => '{"keys": "camel", "nulls": "omit"}');

SELECT jsonify_find('posts', '(group: status, kind, page: 2, offset: 3, where: views > 3) { kind status count() }');
SELECT jsonify_find('posts', '(group: author.country, page: 1) { * }');
SELECT jsonify_find('posts', '(group: kind, status, order: $o, limit: 2) { k: kind status n: count() sum(views) }', '{"o": "sum desc, k"}');
SELECT jsonify(u, '{ posts(group: status, order: $o) { * n: count() } }', '{"o": "n, status desc"}') FROM users u WHERE id = 1;
SELECT jsonify_find('posts', '(group: kind, order: $o) { kind count() }', '{"o": "status"}');
SELECT jsonify_find('posts', '(group: kind, page: 1, after: $c) { kind }', '{"c": null}');
SELECT jsonify_find('users', '{ posts(group: kind, page: 1, after: $c) { kind } }', '{"c": null}');

-- Named shapes; a default shape is none of a group.
SELECT jsonify_define('users', 'stats', '{ name by_status: posts(group: status) { status count() } }');
SELECT jsonify_define('posts', 'status', '{ status }');
SELECT jsonify_define('posts', 'default', '{ id }');
SELECT jsonify(u, 'stats') FROM users u WHERE id = 2;
SELECT jsonify_find('posts', '(group: status, kind, limit: 1) { ...status count() }');
SELECT jsonify_find('posts', '(group: status, limit: 1) status');
SELECT jsonify_find('posts', '(group: kind, limit: 1) status');

-- What is run, and what it looks like.
SELECT path, sql FROM jsonify_explain('users', '(group: country, where: id > 0, order: count() desc, limit: 2) { country count() }');
SELECT sql FROM jsonify_explain('users', '{ posts(group: status, author.country, order: count() desc, limit: 1) { status sum(views) } }') WHERE path = 'posts';
SELECT sql FROM jsonify_explain('posts', '{ tags(group: color, page: 1) { color } }') WHERE path <> '';
COMMENT ON TABLE posts IS 'of somebody';
COMMENT ON COLUMN posts.kind IS 'which';
SELECT jsonify_schema('posts', '(group: kind, status) { kind status count() sum(views) }');
SELECT jsonify_schema('users', '{ posts(group: kind, key: kind) { count() @string } p: posts(group: kind, page: 1) { kind } }') -> 'properties';

-- Groups are shown only.
SELECT jsonify_save('users', '{"id": 4, "name": "Dee", "posts": []}', '{ id name @etag posts(group: kind) { kind count() } }') - 'etag';
SELECT jsonify_save('users', '{"id": 1, "posts": [{"kind": 1, "count": 6}]}', '{ id posts(group: kind) { kind count() } }');
SELECT jsonify_save('users', '{"id": 1, "posts": [{"kind": 1, "count": 5}]}', '{ id posts(group: kind) { kind count() } }');
SELECT jsonify_save('users', '{"id": 1, "posts": [{"kind": 1, "count": 6}]}', '{ id posts(group: kind, write: own) { kind count() } }');
SELECT jsonify_save('posts', '{"kind": 1}', '(group: kind) { kind }');
SELECT jsonify_delete('posts', '{"kind": 1}', '(group: kind) { kind }');
SELECT jsonify_schema('posts', '(group: kind) { kind }', options => '{"for": "save"}');

-- Errors have their place, and a hint where there is one.
CREATE FUNCTION state(shape text, of regclass DEFAULT 'posts') RETURNS text LANGUAGE plpgsql AS $$
DECLARE h text; c text;
BEGIN
  PERFORM jsonify_find(of, shape);
  RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS h = PG_EXCEPTION_HINT, c = PG_EXCEPTION_CONTEXT;
  RETURN concat_ws(' / ', SQLSTATE || ' ' || substring(c FROM 'column (\d+) of the shape') || ' ' || SQLERRM, nullif(h, ''));
END$$;
SELECT s, state(s) FROM unnest(ARRAY['(group: status) { kind }', '(group: status) { status kind: id }', '(group: status, author.name) { author.country }', '(group: author.name) { name }',
  '(group: status) { author { id } }',
  '(group: status) { comments { id } }', '(group: status) { ...author { name } }', '(group: status) { @etag }', '(group: status) { x: @delete }', '(group: status) { * -kind }',
  '(group: status) { ...nothing }',
  '(group: status) { count(comments) }', '(group: status) { sum(comments.id) }', '(group: status) { count(author) }', '(group: status) { sum(status) }', '(group: status) { sum(nothing) }',
  '(group: status) { sum() }',
  '(group: status) { distinct(kind) }', '(group: status) { count() count() }', '(group: author.country, author.boss.country) { * }', '(group: status)', '(group: status, by: id) { status }',
  '(group: status, order: kind) { status }',
  '(group: status, order: count(comments)) { status }', '(group: status, order: max(kind) desc, sum(status)) { status }', '(group: status, status) { status }', '(group: nothing) { count() }',
  '(group: comments) { count() }',
  '(group: comments.body) { count() }', '(group: author) { count() }', '(group: j) { count() }', '(group: pt) { count() }', '(group: author(where: id = 1).name) { count() }',
  '(group: count()) { count() }', '(group:) { count() }',
  '(group: 1) { count() }', '(group: status desc) { count() }', '(group: status, group: kind) { count() }', '{ count() }', '{ n: count() }', '(order: count()) { id }', '(where: count() > 1) { id }',
  '(where: count() > 1, group: status) { status }', '(group: status, where: count(comments) > 1) { status count() }']) s;
SELECT s, state('{ ' || s || ' }', 'users') FROM unnest(ARRAY['posts(group: status)', 'boss(group: name) { count() }', 'posts(group: status).status', 'posts(group: status, recurse: 2)',
  'users(via: boss_id, recurse: 2, group: name)',
  'posts(group: status, write: own) { status }', 'posts(group: status, write: none) { status }', 'posts(group: status, missing: keep) { status }', 'posts(group: status, by: id) { status }',
  'posts(group: status, key: kind) { count() }',
  'posts(group: author.name, key: name) { count() }', 'count(posts(group: status))', 'posts(group: status) { status users { id } }', '...posts(group: status) { status }',
  'posts(group: place, key: place) { count() }']) s;
SELECT jsonify_find('users', '(where: exists(posts(group: kind))) { id }');
SELECT jsonify_find('users', '{ id
  posts(group: status) { status, max(views), kind } }');
SELECT jsonify(p, '(group: status) { status }') FROM posts p LIMIT 1;

-- Privileges are those of what is named.
CREATE ROLE t_groups_reader;
GRANT USAGE ON SCHEMA t_groups TO t_groups_reader;
GRANT SELECT ON users TO t_groups_reader;
GRANT SELECT (id, author_id, status) ON posts TO t_groups_reader;
SET ROLE t_groups_reader;
SELECT s, state(s) FROM unnest(ARRAY['(group: status) { * count() }', '(group: kind) { count() }', '(group: status) { sum(views) }', '(group: status, order: max(views)) { status }',
  '(group: author.name) { count() }']) s;
RESET ROLE;
DROP OWNED BY t_groups_reader;
DROP ROLE t_groups_reader;
DROP SCHEMA t_groups CASCADE;
