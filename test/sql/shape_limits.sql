-- What a shape may cost: where it would find, join or repeat too much it is an error
-- in little time, and whatever it does can be cancelled.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_limits;
SET search_path = t_limits, public;
\set helpers `echo "$PG_ABS_SRCDIR/helpers.sql"`
\i :helpers
\pset format unaligned
\pset tuples_only on
SET statement_timeout = '60s';
CREATE TABLE users (id int PRIMARY KEY, flag bool);
CREATE TABLE posts (id int PRIMARY KEY, author_id int REFERENCES users);
CREATE INDEX ON posts (author_id);
INSERT INTO users VALUES (1, true);
INSERT INTO posts SELECT i, 1 FROM generate_series(1, 16) AS i;

-- A path that goes to and fro finds sixteen times as many values each time: of
-- 16 ^ 2 it shows all, of 16 ^ 8 and of 16 ^ 30 it is an error.
SELECT jsonify(u, '{ x: posts.author.flag }') FROM users u;
SELECT jsonb_array_length(jsonify(u, '{ x: posts.author.posts.author.flag }') -> 'x') FROM users u;
SELECT jsonify(u, format('{ x: %sflag }', repeat('posts.author.', 8))) FROM users u;
SELECT jsonify_text(u, format('{ x: %sflag }', repeat('posts.author.', 8))) FROM users u;
SELECT jsonify(u, format('{ x: %sflag }', repeat('posts.author.', 30))) FROM users u;
-- More than jsonb has room for, but not more than JSON text has.
SELECT jsonify(u, format('{ x: %sid }', repeat('posts.author.', 7))) FROM users u;
-- Rows that lead to nothing are not gone through again and again.
DELETE FROM posts WHERE id > 2;
CREATE TABLE notes (id int PRIMARY KEY, user_id int REFERENCES users);
SELECT jsonify(u, format('{ x: %snotes.id }', repeat('posts.author.', 30))) FROM users u;

-- Literals are read by their types, whose checks may run the same shape: the plan
-- that was made meanwhile makes way for the one that asked for it.
CREATE FUNCTION checked(int) RETURNS bool LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('t_limits.within', true) = 'no' THEN
    PERFORM set_config('t_limits.within', 'yes', true);
    PERFORM jsonify_find('t_limits.checks', '(where: list = ''{1}'') { id, list }');
    PERFORM set_config('t_limits.within', 'no', true);
  END IF;
  RETURN true;
END$$;
CREATE DOMAIN checked_int AS int CHECK (checked(VALUE));
CREATE TABLE checks (id int PRIMARY KEY, list checked_int[]);
INSERT INTO checks VALUES (1, '{1}');
DO $$
DECLARE d jsonb;
BEGIN
  PERFORM set_config('t_limits.within', 'no', true);
  FOR i IN 1..20 LOOP
    SELECT jsonify_find('t_limits.checks', '(where: list = ''{1}'') { id, list }') INTO d;
    ASSERT d = '{"id": 1, "list": [1]}', d;
    ALTER TABLE t_limits.checks ADD COLUMN c int;
    ALTER TABLE t_limits.checks DROP COLUMN c;
  END LOOP;
END$$;
-- The cache is turned over afterwards: what it holds is whole.
DO $$
BEGIN
  FOR i IN 1..1200 LOOP
    PERFORM jsonify_find('t_limits.checks', format('(where: list = ''{1}'') { id, a%s: id }', i));
  END LOOP;
END$$;
SELECT jsonify_find('checks', '(where: list = ''{1}'') { id, list }');

-- A path in conditions and orders joins what it leads to once, however often it stands
-- there; what leads to ever new rows has a limit.
SELECT count(*), max(length(regexp_replace(sql, '\s+', ' ', 'g')))
  FROM jsonify_explain('posts', '(where: author.flag and author.flag, order: author.flag, author.id) { id }') AS e (path, sql);
SELECT jsonify_find('posts', format('(where: %s) { id }', string_agg('author.flag', ' and ')))
  FROM generate_series(1, 1000);
SELECT jsonify_find('users', format('(where: %s) { id }', string_agg('exists(posts)', ' and ')))
  FROM generate_series(1, 64);
-- The shapes are long, so only what is said of them is shown.
CREATE FUNCTION said_of(shape text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text;
BEGIN
  PERFORM jsonify_find('t_limits.users', shape);
  RETURN 'nothing';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
  RETURN concat_ws(E'\n', SQLSTATE || ' ' || SQLERRM, detail);
END$$;
SELECT said_of(format('(where: %s) { id }', string_agg('exists(posts)', ' and '))) FROM generate_series(1, 65);
SELECT said_of(format('{ %s }', string_agg(format('a%s: posts(where: exists(author) and exists(author)) { id }', i), ' ')))
  FROM generate_series(1, 400) AS i;
-- Values that nothing but their number bounds: PostgreSQL's own limit is told at once, where it would take minutes to.
CREATE TABLE docs (id int PRIMARY KEY, doc jsonb, user_id int REFERENCES users);
INSERT INTO docs SELECT i, jsonb_build_object('k0', i % 2, 'k1', i % 3), 1 FROM generate_series(1, 6) i;
CREATE FUNCTION said_of_docs(shape text, item text, separator text, n int, params jsonb DEFAULT '{}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE said text;
BEGIN
  SELECT count(*) || ' documents' INTO said
    FROM jsonify_find('t_limits.docs', format(shape, (SELECT string_agg(format(item, i), separator) FROM generate_series(0, n - 1) i)), params);
  RETURN said;
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE || ' ' || SQLERRM;
END$$;
SELECT said_of_docs('(order: %s) { id }', 'doc.k%s', ', ', n) FROM unnest('{1661,1662,200000}'::int[]) n;
SELECT said_of_docs('(group: %s) { count() }', 'doc.k%s', ', ', n) FROM unnest('{1600,20000}'::int[]) n;
SELECT said_of_docs('(group: id, order: %s) { id }', 'max(user_id)', ', ', 10000 + 0 * id) FROM users;
SELECT said_of_docs('{ user { %s } }', 'k%1$s: max(docs.id)', ' ', 10000);
SELECT said_of_docs('(order: $o) { id %s }', 'k%1$s: doc.k%1$s', ' ', 10000, '{"o": "k1"}');
SELECT said_of_docs('{ %s }', 'a%s: user { docs(order: ' || (SELECT string_agg('doc.k' || i, ', ') FROM generate_series(1, 1000) i) || ') { id } }', ' ', n) FROM unnest('{10,11}'::int[]) n;
-- What is compared is counted: of many ANDs of ORs the planner would make more ways to use indexes than the server has memory for.
SELECT said_of_docs('(where: %s) { id }', item, separator, n)
  FROM (VALUES ('(id = %1$s or user_id = %1$s)', ' and ', 500), ('(id = %1$s or user_id = %1$s)', ' and ', 20000), ('id = %s', ' and ', 60000),
          ('doc.k%s is null', ' or ', 1001), ('not user.flag', ' or ', 1001), ('id in (user_id, %s)', ' or ', 501), ('id between %1$s and %1$s', ' or ', 501),
          ('id = $p?', ' and ', 1001)) c (item, separator, n);
SELECT said_of_docs('(where: id in (%s)) { id }', item, ', ', n) FROM (VALUES ('user_id', 1000), ('user_id', 1001), ('%s', 100000)) c (item, n);
SELECT said_of_docs('{ %s }', 'a%s: user { docs(where: id = 1 or id = 2 or id = 3) { id } }', ' ', n) FROM unnest('{333,334}'::int[]) n;
SELECT said_of(format('(where: id = 1%s) { id }', repeat(' or id = 1', 1000)));
-- A cursor goes by as many as an index may have; and where each range of rows behind one has many tables, all are read at once.
SELECT said_of_docs('(order: %s, page: 1, after: $c?) { id }', 'doc.k%s', ', ', n) FROM unnest('{31,32,100}'::int[]) n;
SELECT said_of_docs('(order: $o, page: 1, after: $c?) { id %s }', 'k%1$s: count(user(where: id > %1$s))', ' ', 9,
  jsonb_build_object('o', (SELECT string_agg('k' || i, ', ') FROM generate_series(0, n) i))) FROM unnest('{7,8}'::int[]) n;
SELECT said_of_docs('(order: $o, page: 1, after: $c?) { id %s }', 'k%1$s: doc.k%1$s', ' ', 100, jsonb_build_object('o', (SELECT string_agg('k' || i, ', ') FROM generate_series(1, 50) i)));
CREATE FUNCTION all_pages(args text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE page jsonb; c jsonb; items jsonb := '[]';
BEGIN
  LOOP
    SELECT d INTO STRICT page FROM jsonify_find('t_limits.docs', format('(order: %s, page: 1, after: $c) { id }', args), jsonb_build_object('c', c)) d;
    items := items || (page -> 'items'); c := page -> 'next';
    EXIT WHEN c = 'null';
  END LOOP;
  RETURN items;
END$$;
SELECT args, jsonb_path_query_array(all_pages, '$[*].id') FROM unnest('{"doc.k1 desc, doc.k0","doc.k1, doc.k0 desc"}'::text[]) args, all_pages(args);
SELECT said_of_docs('(order: %s, page: 1, after: $c?) { id }', 'count(user(where: id > %s))', ', ', n) FROM unnest('{8,9}'::int[]) n;
SELECT args, all_pages(args || others) = all_pages(args || ', id') FROM unnest('{"doc.k1 desc, doc.k0","doc.k1, doc.k0 desc"}'::text[]) args,
  (SELECT string_agg(format(', count(user(where: id > %s).docs) %s', i, CASE i % 2 WHEN 0 THEN 'desc' END), '') FROM generate_series(2, 9) i) o (others);
SELECT string_agg(format('%s: %s', n, (SELECT count(*) FROM regexp_matches(sql, 'UNION ALL', 'g'))), ', ' ORDER BY n)
  FROM (SELECT n, string_agg(format('count(user(where: id > %s).docs) %s', i, CASE i % 2 WHEN 0 THEN 'desc' END), ', ') AS o FROM generate_series(2, 8) n, generate_series(1, n) i
          GROUP BY n) orders,
       LATERAL (SELECT jsonify_find('docs', format('(order: %s, page: 1, after: $c?) { id }', o)) -> 'next') f (c),
       LATERAL jsonify_explain('docs', format('(order: %s, page: 1, after: $c?) { id }', o), jsonb_build_object('c', c)) AS e (path, sql);
SELECT jsonify_define('users', 'bomb0', '{ id }');
DO $$
BEGIN
  FOR i IN 1..12 LOOP
    PERFORM jsonify_define('t_limits.users', 'bomb' || i, format('{ ...bomb%s ...bomb%s }', i - 1, i - 1));
  END LOOP;
END$$;

-- Params that differ from row to row: a group of rows for those that are the same.
SELECT jsonb_array_length(doc), doc -> 0, doc -> 19999
  FROM (SELECT jsonify_agg(u, '{ id, posts(where: id = $n) { id } }', jsonb_build_object('n', i % 2 + 1)) AS doc
          FROM users u, generate_series(0, 19999) AS i) AS d;
SELECT jsonb_array_length(jsonify_agg(u, '{ id }', jsonb_build_object('n', i), '{"unknown_params": "ignore"}'))
  FROM users u, generate_series(1, 20000) AS i;

-- Sixty thousand keys, with nulls left out.
SELECT length(jsonify_text(u, shape, NULL, '{"nulls": "omit"}')::text)
  FROM users u, (SELECT '{' || string_agg(format('a%s: id', i), ' ') || '}' FROM generate_series(1, 60000) AS i) AS s (shape);

-- Where keys are passed as text the settings of text are exact for the keys, and the
-- caller's for what a query computes.
CREATE TYPE span AS (first date, last date);
CREATE TABLE terms (term span PRIMARY KEY);
CREATE TABLE events (id int PRIMARY KEY, term span REFERENCES terms, at date);
CREATE FUNCTION day(events) RETURNS text LANGUAGE sql STABLE AS 'SELECT $1.at::text';
INSERT INTO terms VALUES (ROW('2024-02-01', '2024-02-03')), (ROW('2024-03-01', '2024-03-03'));
INSERT INTO events SELECT row_number() OVER (), term, (term).last FROM terms;
SET datestyle = 'German';
SELECT jsonify_agg(t, '{ events { day } }') FROM terms t;
RESET datestyle;
DROP SCHEMA t_limits CASCADE;
