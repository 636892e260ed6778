-- Aggregates over related rows in "where" and "order", beside the same in plain SQL.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_aggregates_where;
SET search_path = t_aggregates_where, public;
CREATE TABLE users (id int PRIMARY KEY, name text, boss_id int REFERENCES users);
CREATE TABLE posts (id int PRIMARY KEY, author_id int REFERENCES users, title text, views int, price numeric, published bool, day date, meta jsonb);
CREATE TABLE comments (id int PRIMARY KEY, post_id int REFERENCES posts, author_id int REFERENCES users, body text);
CREATE TABLE tags (id int PRIMARY KEY, name text);
-- the pair may stand there twice: a far row counts once
CREATE TABLE posts_tags (post_id int REFERENCES posts, tag_id int REFERENCES tags, n int, PRIMARY KEY (post_id, tag_id, n));
CREATE TABLE readers (id int PRIMARY KEY, name text);
CREATE TABLE reads (post_id int REFERENCES posts, reader_id int REFERENCES readers, PRIMARY KEY (post_id, reader_id));
CREATE TABLE profiles (user_id int PRIMARY KEY REFERENCES users, bio text);
INSERT INTO users VALUES (1, 'ann', NULL), (2, 'bob', 1), (3, 'cyd', 2), (4, 'dee', 1);
INSERT INTO posts VALUES (1, 1, 'one', 10, 1.5, true, '2024-01-01', '{"n": 1}'), (2, 1, 'two', NULL, 2, false, NULL, '{"n": 3}'), (3, 1, NULL, 30, NULL, NULL, '2024-02-01', NULL),
  (4, 2, 'four', 5, 'NaN', true, '2024-03-01', '{"n": 2}'), (5, NULL, 'five', 1, 0, true, NULL, '{}'), (6, 3, 'six', NULL, NULL, true, NULL, NULL);
INSERT INTO comments VALUES (1, 1, 2, 'b'), (2, 1, NULL, 'a'), (3, 2, 3, NULL), (4, 4, 1, 'c'), (5, 4, 1, 'd');
INSERT INTO tags VALUES (1, 'sql'), (2, NULL), (3, 'json');
INSERT INTO posts_tags VALUES (1, 1, 1), (1, 1, 2), (1, 2, 1), (1, 3, 1), (4, 3, 1), (4, 3, 2), (5, 1, 1);
INSERT INTO readers SELECT id, name FROM users;
INSERT INTO reads VALUES (1, 1), (1, 2), (4, 3);
INSERT INTO profiles VALUES (1, 'hi'), (3, NULL);
CREATE FUNCTION best(users) RETURNS SETOF posts LANGUAGE sql STABLE ROWS 1 AS 'SELECT * FROM t_aggregates_where.posts WHERE author_id = $1.id ORDER BY id LIMIT 1';
CREATE FUNCTION busy(users) RETURNS SETOF posts LANGUAGE sql STABLE AS 'SELECT * FROM t_aggregates_where.posts WHERE author_id = $1.id AND views > 5';
CREATE FUNCTION rank(posts) RETURNS int LANGUAGE sql STABLE AS 'SELECT $1.views * 2';
CREATE FUNCTION first_tag(posts) RETURNS SETOF tags LANGUAGE sql STABLE ROWS 1
  AS 'SELECT t.* FROM t_aggregates_where.tags t JOIN t_aggregates_where.posts_tags ON tag_id = t.id WHERE post_id = $1.id LIMIT 1';

-- The ids that a condition finds and those that SQL does: at the root, in a relation and by jsonify().
CREATE FUNCTION run(of text, condition text, sql text, params jsonb DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE a text; b text; w text; h text;
BEGIN
  EXECUTE format('SELECT string_agg(id::text, '' '' ORDER BY id) FROM %s r WHERE %s', of, sql) INTO w;
  SELECT string_agg(d ->> 'id', ' ') INTO a FROM jsonify_find(of, format('(where: %s) { id }', condition), params) d;
  IF of = 'posts' THEN
    SELECT string_agg(p ->> 'id', ' ' ORDER BY (p ->> 'id')::int) INTO b
      FROM (SELECT jsonify_text(u, format('{ posts(where: %s) { id } }', condition), params)::jsonb d FROM users u
        UNION ALL SELECT jsonb_build_object('posts', jsonb_agg(jsonify(p, '{ id }'))) FROM posts p WHERE author_id IS NULL AND id::text = ANY (string_to_array(w, ' '))) s,
      jsonb_path_query(d, '$.posts[*]') p;
  ELSE
    SELECT string_agg(p ->> 'id', ' ' ORDER BY (p ->> 'id')::int) INTO b
      FROM (SELECT DISTINCT jsonb_path_query(jsonify(p, format('{ author(where: %s) { id } }', condition), params), '$.author') p FROM posts p) s
      WHERE p <> 'null';
    SELECT string_agg(id, ' ' ORDER BY id::int) INTO b FROM (SELECT unnest(string_to_array(b, ' ')) id
      UNION SELECT id::text FROM users u WHERE NOT EXISTS (SELECT FROM posts p WHERE p.author_id = u.id) AND id::text = ANY (string_to_array(w, ' '))) s;
  END IF;
  RETURN CASE WHEN a IS NOT DISTINCT FROM b AND a IS NOT DISTINCT FROM w THEN 'ok ' || coalesce(a, 'none') ELSE format('root %s, relation %s, want %s', a, b, w) END;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS h = PG_EXCEPTION_HINT;
  RETURN concat_ws(' / ', SQLSTATE || ' ' || SQLERRM, h);
END$$;
SELECT condition, run(of, condition, sql, params::jsonb) FROM (VALUES
  ('users', 'count(posts) > 1', '(SELECT count(*) FROM posts WHERE author_id = r.id) > 1', NULL),
  ('users', 'count(posts) = 0', 'NOT EXISTS (SELECT FROM posts WHERE author_id = r.id)', NULL),
  ('users', '0 = count(posts)', 'NOT EXISTS (SELECT FROM posts WHERE author_id = r.id)', NULL),
  ('users', 'COUNT(posts) = 0', 'true', NULL),
  ('users', 'count(posts.views) < count(posts)', '(SELECT count(*) - count(views) FROM posts WHERE author_id = r.id) > 0', NULL),
  ('users', 'sum(posts.views) >= $n', '(SELECT sum(views) FROM posts WHERE author_id = r.id) >= 5', '{"n": 5}'),
  ('users', 'not sum(posts.views) >= $n', 'NOT (SELECT sum(views) FROM posts WHERE author_id = r.id) >= 10', '{"n": 10}'),
  ('users', 'sum(posts.views) is null', '(SELECT sum(views) FROM posts WHERE author_id = r.id) IS NULL', NULL),
  ('users', 'sum(posts.views) is not null', '(SELECT sum(views) FROM posts WHERE author_id = r.id) IS NOT NULL', NULL),
  ('users', 'count(posts.views) is null', 'false', NULL),
  ('users', 'avg(posts.views) = 20', '(SELECT avg(views) FROM posts WHERE author_id = r.id) = 20', NULL),
  ('users', 'avg(posts.views) > 7.5', '(SELECT avg(views) FROM posts WHERE author_id = r.id) > 7.5', NULL),
  ('users', 'max(posts.day) >= ''2024-02-01''', '(SELECT max(day) FROM posts WHERE author_id = r.id) >= ''2024-02-01''', NULL),
  ('users', 'min(posts.day) < $d', '(SELECT min(day) FROM posts WHERE author_id = r.id) < ''2024-02-01''', '{"d": "2024-02-01"}'),
  ('users', 'max(posts.title) like ''t%''', '(SELECT max(title) FROM posts WHERE author_id = r.id) LIKE ''t%''', NULL),
  ('users', 'max(posts.price) = ''NaN''', '(SELECT max(price) FROM posts WHERE author_id = r.id) = ''NaN''', NULL),
  ('users', 'count(posts) between 1 and 2', '(SELECT count(*) FROM posts WHERE author_id = r.id) BETWEEN 1 AND 2', NULL),
  ('users', 'count(posts) not between $a? and 2', 'true', NULL),
  ('users', 'count(posts) in (0, 3)', '(SELECT count(*) FROM posts WHERE author_id = r.id) IN (0, 3)', NULL),
  ('users', 'count(posts) not in $l', '(SELECT count(*) FROM posts WHERE author_id = r.id) NOT IN (0, 3)', '{"l": [0, 3]}'),
  ('users', '3 in (id, count(posts))', 'id IN (1, 3)', NULL),
  ('users', 'id in (3, count(posts))', 'id = 3 OR id = (SELECT count(*) FROM posts WHERE author_id = r.id)', NULL),
  ('users', 'count(posts) < any $l', '(SELECT count(*) FROM posts WHERE author_id = r.id) < 1', '{"l": [0, 1]}'),
  ('users', 'sum(posts.views) is distinct from 40', '(SELECT sum(views) FROM posts WHERE author_id = r.id) IS DISTINCT FROM 40', NULL),
  ('users', 'sum(posts.views) is not distinct from sum(busy.views)', '(SELECT sum(views) FROM posts WHERE author_id = r.id) IS NOT DISTINCT FROM (SELECT sum(views) FROM busy(r))', NULL),
  ('users', 'count(posts) > $n?', 'true', NULL), ('users', 'count(posts(where: views > $n?)) > 1', 'id = 1', NULL),
  ('users', 'count(posts(where: views > $n?)) > 1', 'false', '{"n": 20}'),
  ('users', 'count(posts(where: published)) = 1 or name = ''dee''', '(SELECT count(*) FROM posts WHERE author_id = r.id AND published) = 1 OR id = 4', NULL),
  ('users', 'count(posts(where: author.name = ''ann'' and meta.n = 3)) = 1', 'id = 1', NULL),
  ('users', 'not (count(posts) > 1 and exists(profiles))', 'id > 1', NULL),
  ('users', 'exists(posts(where: count(comments) = 2))', 'id IN (1, 2)', NULL),
  ('users', 'count(posts(where: count(comments(where: body > ''a'')) > 0)) = 1', 'id IN (1, 2)', NULL),
  ('users', 'count(posts.comments) = 2', 'id = 2', NULL), ('users', 'count(posts(where: views > 5).comments(where: body = ''a'')) = 1', 'id = 1', NULL),
  ('users', 'max(posts.comments.body) > ''b''', 'id = 2', NULL), ('users', 'count(posts.comments.author) = 2', 'id IN (1, 2)', NULL),
  ('users', 'sum(posts.comments.author.id) = 5', 'id = 1', NULL),
  ('users', 'count(posts.tags) = 3', 'id = 1', NULL), ('users', 'min(posts.tags.name) = ''json''', 'id IN (1, 2)', NULL),
  ('users', 'count(users(via: boss_id)) = 2', 'id = 1', NULL), ('users', 'count(boss.posts) = 3', 'id IN (2, 4)', NULL), ('users', 'count(boss) = 0', 'id = 1', NULL),
  ('users', 'boss.name = ''ann'' and count(profiles.bio) = 0', 'id IN (2, 4)', NULL),
  ('users', 'count(best) = 1', 'id IN (1, 2, 3)', NULL), ('users', 'max(best.views) = 10', 'id = 1', NULL), ('users', 'count(busy) = 2', 'id = 1', NULL),
  ('users', 'max(posts.rank) = 60', 'id = 1', NULL), ('users', 'max(posts.meta.n) = 3', 'true', NULL),
  ('posts', 'count(tags) = 3', 'id = 1', NULL), ('posts', 'count(tags) = 1', 'id IN (4, 5)', NULL), ('posts', 'count(tags.name) = 2', 'id = 1', NULL),
  ('posts', 'sum(tags.id) = 6', 'id = 1', NULL), ('posts', 'count(tags(where: name is null)) = 1', 'id = 1', NULL), ('posts', 'count(posts_tags) = 4', 'id = 1', NULL),
  ('posts', 'count(readers) = 2', 'id = 1', NULL), ('posts', 'max(readers(where: id < 3).name) = ''bob''', 'id = 1', NULL),
  ('posts', 'count(tags.posts) = 5', '(SELECT count(*) FROM tags t, posts p WHERE EXISTS (SELECT FROM posts_tags WHERE tag_id = t.id AND post_id = r.id)
     AND EXISTS (SELECT FROM posts_tags WHERE tag_id = t.id AND post_id = p.id)) = 5', NULL),
  ('posts', 'count(first_tag) = 0', 'id IN (2, 3, 6)', NULL),
  ('posts', 'count(author.posts) > 1', 'author_id = 1', NULL), ('posts', 'views > count(comments)', 'id IN (1, 3, 4, 5)', NULL)) v (of, condition, sql, params);

-- A document of each place: the root, a relation, a total, a tree, an aggregate's own rows.
SELECT jsonify_find('users', '(where: count(posts) > 0, order: count(posts) desc, sum(posts.views) nulls first) { name n: count(posts) s: sum(posts.views) }');
SELECT jsonify_find_text('users', '(order: max(posts.title) desc nulls last, limit: 2, offset: 1) { name t: max(posts.title) }');
SELECT jsonify_find('users', '(order: count(posts.comments) desc) { id posts(order: count(comments) desc, limit: 2) { id count(comments) } }');
SELECT jsonify(u, '{ posts(where: count(comments) = $n, page: 1, order: max(comments.body)) { id } }', '{"n": 2}') FROM users u WHERE id < 3;
SELECT jsonify(u, '{ name users(via: boss_id, recurse: 3, where: count(posts) < 3, order: count(posts) desc) }') FROM users u WHERE id = 1;
SELECT jsonify(p, '{ id tags(order: count(posts) desc, name nulls first) { name count(posts) } titles: readers(where: count(posts) > 1).name }') FROM posts p WHERE id = 1;
SELECT jsonify_find('tags', '{ id count(posts(where: count(comments) > 0)) }');
SELECT jsonify_find('posts', '(order: sum(comments.id) desc nulls last, count(tags) desc, limit: 3) { id }');

-- With an index and without, one parent and several: the order is that of SQL.
CREATE INDEX ON posts (author_id);
SELECT jsonify_agg(u, '{ posts(order: count(comments) desc, limit: 2, offset: 1) { id } }' ORDER BY id) FROM users u;
DROP INDEX posts_author_id_idx;
SELECT jsonify_agg(u, '{ posts(order: count(comments) desc, limit: 2, offset: 1) { id } }' ORDER BY id) FROM users u;

\pset tuples_only off
-- What is run.
SELECT sql FROM jsonify_explain('users', '(where: count(posts(where: views > 5).comments) > 1, order: sum(posts.views) desc) { id }');
SELECT sql FROM jsonify_explain('posts', '(where: count(tags) = 1 and max(readers.name) > ''a'') { id }');

-- Errors have their place, and a hint where there is one.
CREATE FUNCTION state(shape text, of regclass DEFAULT 'users') RETURNS text LANGUAGE plpgsql AS $$
DECLARE h text;
BEGIN
  PERFORM jsonify_find(of, shape);
  RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS h = PG_EXCEPTION_HINT;
  RETURN concat_ws(' / ', SQLSTATE || ' ' || SQLERRM, h);
END$$;
\pset tuples_only on
SELECT s, state('(' || s || ') { id }') FROM unnest(ARRAY['where: count() > 1', 'where: count(nothing) > 1', 'where: count(name) > 1', 'where: sum(posts) > 1', 'where: sum(posts.title) > 1',
  'where: count(posts.nothing) > 1', 'where: count(posts(limit: 1)) > 1', 'where: count(posts(order: id).id) > 1', 'where: count(posts)', 'where: count(posts) = ''a''',
  'where: count(posts) like ''a''', 'where: count(posts > 1', 'where: total(posts) > 1', 'where: count(posts) > 1 and count(posts', 'order: count(posts.nothing)',
  'order: sum(posts)', 'order: min(posts.meta)', 'order: count()', 'order: count(posts) asc desc', 'where: exists(count(posts))', 'where: count(count(posts)) > 1', 'where: "count"(posts) > 1',
  'where: max(posts.published)', 'where: author.count(posts) > 1',
  'where: count(posts(where: count(nothing) > 1)) > 1', 'where: count(posts, comments) > 1', 'where: count(*) > 1', 'by: id, where: count(posts) > 1']) s;
SELECT jsonify_find('users', '(where: name = ''x'' or
  count(posts(where: titel = ''y'')) > 1) { id }');
\set VERBOSITY terse
SELECT jsonify_find('users', '(order: name, sum(posts.title)) { id }');
\set VERBOSITY default
-- each counts in the budget, and in what one query joins
SELECT state('(where: ' || array_to_string(array_fill('count(posts) > 1'::text, ARRAY[65]), ' or ') || ') { id }');
SELECT state('{ ' || (SELECT string_agg(format('p%s: posts(where: %s) { id }', i, array_to_string(array_fill('count(comments) > 1'::text, ARRAY[60]), ' or ')), ' ')
  FROM generate_series(1, 17) i) || ' }');
-- a relationship of an aggregate's name is meant where it has args
CREATE TABLE "count" (id int PRIMARY KEY, user_id int REFERENCES users, n int);
INSERT INTO "count" VALUES (1, 2, 7), (2, 2, 8);
SELECT jsonify_find('users', '(where: exists(count(where: n = 7)) and count(count) = 2 and count("count") = 2 and max(count.n) = 8 and max(count(where: n < 8).n) = 7) { id }');
DROP TABLE "count";

-- What a condition equates is a new row's value, but no aggregate is.
SELECT jsonify_save('users', '{"id": 9, "name": "eve"}', '(where: count(posts) = 0 and name = ''eve'') { id name }');
SELECT jsonify_save('users', '{"id": 1, "name": "eve"}', '(where: count(posts) = 0) { id name }');
SELECT jsonify_save('users', '{"id": 1, "posts": [{"id": 1, "title": "uno"}]}', '{ id posts(where: count(comments) = 2, write: own) { id title } }');

-- Privileges are those of what is counted.
CREATE ROLE t_aggregates_where_reader;
GRANT USAGE ON SCHEMA t_aggregates_where TO t_aggregates_where_reader;
GRANT SELECT ON users TO t_aggregates_where_reader;
GRANT SELECT (id, author_id, title) ON posts TO t_aggregates_where_reader;
GRANT EXECUTE ON FUNCTION state TO t_aggregates_where_reader;
SET ROLE t_aggregates_where_reader;
SELECT s, state('(' || s || ') { id }') FROM unnest(ARRAY['where: count(posts) > 1', 'where: max(posts.title) > ''a''', 'where: sum(posts.views) > 1', 'where: count(posts(where: views > 1)) > 1',
  'order: sum(posts.views)', 'order: count(posts.comments)', 'where: count(posts.comments) > 1', 'where: count(profiles) > 1']) s;
RESET ROLE;
ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON posts USING (id > 2);
SET ROLE t_aggregates_where_reader;
SELECT jsonify_find('users', '(where: count(posts) > 0, order: count(posts) desc, id desc) { id count(posts) }');
RESET ROLE;
DROP OWNED BY t_aggregates_where_reader;
DROP ROLE t_aggregates_where_reader;
DROP SCHEMA t_aggregates_where CASCADE;
