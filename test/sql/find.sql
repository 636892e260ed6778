-- jsonify_find(): documents straight from a table or view.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE ROLE regress_jsonify_app;
CREATE SCHEMA t_find;
GRANT USAGE ON SCHEMA t_find TO PUBLIC;
SET search_path = t_find, public;
\set helpers `echo "$PG_ABS_SRCDIR/helpers.sql"`
\i :helpers
CREATE TABLE users (id int PRIMARY KEY, name text, born date, score numeric, pw text);
CREATE TABLE posts (id int PRIMARY KEY, title text, author_id int REFERENCES users);
CREATE TABLE pairs (b int, a text COLLATE "C", v int, PRIMARY KEY (a, b));
CREATE TABLE nopk (n int, v text);
INSERT INTO users SELECT i, 'u' || i % 5, nullif('2000-01-01'::date + i % 3, '2000-01-03'), (i * 7) % 4, 'secret' || i FROM generate_series(23, 1, -1) i;
INSERT INTO posts SELECT i, 'p' || i, 1 + i % 10 FROM generate_series(30, 1, -1) i;
INSERT INTO pairs SELECT i, CASE i % 3 WHEN 0 THEN 'B' WHEN 1 THEN 'a' ELSE 'A' END, i % 2 FROM generate_series(9, 1, -1) i;
INSERT INTO nopk VALUES (3, 'c'), (1, 'a'), (2, 'b');

-- A case is a table, args, and the same as ORDER BY and LIMIT; run with and without
-- a shape, in batches of several sizes: the documents and their order must be those
-- of SQL.
CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, tab text, args text, tail text, params jsonb);
INSERT INTO cases (tab, args, tail, params) VALUES
('users', '', 'ORDER BY id', NULL), ('pairs', '', 'ORDER BY a, b', NULL), ('nopk', '', '', NULL), ('posts', '', 'ORDER BY id', NULL),
('users', '(order: name)', 'ORDER BY name, id', NULL),
('users', '(order: name desc)', 'ORDER BY name DESC, id', NULL),
('users', '(order: name DESC)', 'ORDER BY name DESC, id', NULL),
('users', '(order: name asc)', 'ORDER BY name, id', NULL),
('users', '(order: born)', 'ORDER BY born, id', NULL),
('users', '(order: born desc)', 'ORDER BY born DESC, id', NULL),
('users', '(order: born nulls first)', 'ORDER BY born NULLS FIRST, id', NULL),
('users', '(order: born desc nulls last)', 'ORDER BY born DESC NULLS LAST, id', NULL),
('users', '(order: born ASC Nulls Last)', 'ORDER BY born NULLS LAST, id', NULL),
('users', '(order: born desc nulls last, score, name desc)',
  'ORDER BY born DESC NULLS LAST, score, name DESC, id', NULL),
('users', '(order: id desc)', 'ORDER BY id DESC', NULL),
('users', '(order: name, id desc)', 'ORDER BY name, id DESC', NULL),
('users', '(order: "name" desc)', 'ORDER BY name DESC, id', NULL),
('users', '(limit: 5)', 'ORDER BY id LIMIT 5', NULL), ('users', '(limit: 0)', 'ORDER BY id LIMIT 0', NULL),
('users', '(limit: 1000000)', 'ORDER BY id', NULL), ('users', '(offset: 20)', 'ORDER BY id OFFSET 20', NULL),
('users', '(offset: 23)', 'ORDER BY id OFFSET 23', NULL),
('users', '(offset: 1, limit: 3)', 'ORDER BY id LIMIT 3 OFFSET 1', NULL),
('users', '(limit: 3 offset: 4 order: name)', 'ORDER BY name, id LIMIT 3 OFFSET 4', NULL),
('users', '(limit: $n)', 'ORDER BY id LIMIT 4', '{"n": 4}'),
('users', '(order: score desc, limit: $n, offset: $o)',
  'ORDER BY score DESC, id LIMIT 4 OFFSET 2', '{"n": 4, "o": 2}'),
('users', '(limit: $n)', 'ORDER BY id', '{"n": null}'),
('pairs', '(order: v)', 'ORDER BY v, a, b', NULL),
('pairs', '(order: b desc, limit: 2)', 'ORDER BY b DESC, a LIMIT 2', NULL),
('nopk', '(order: n desc)', 'ORDER BY n DESC', NULL), ('nopk', '(limit: 2)', 'LIMIT 2', NULL);
CREATE FUNCTION run(tab text, args text, tail text, params jsonb, shape text, want text, size int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE r text;
BEGIN
  PERFORM set_config('jsonify.batch_size', size::text, true);
  EXECUTE format('SELECT diff((SELECT jsonb_agg(d) FROM jsonify_find($1, $2, $3) d),
                              (SELECT jsonb_agg(%s) FROM (SELECT * FROM %s %s) r))', want, tab, tail)
    INTO r USING tab, args || ' ' || shape, params;
  RETURN r;
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END$$;
SELECT tab, args, size, r FROM cases, unnest('{1,2,5,23,1000}'::int[]) size, run(tab, args, tail, params, '{ * }', 'r', size) r WHERE r <> 'ok' ORDER BY n, size;
SELECT n, size, r FROM cases, unnest('{1,7,1000}'::int[]) size,
  run(tab, args, tail, params, '{ id posts { id author { name } } }', $$jsonb_build_object('id', r.id, 'posts',
    (SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'author', jsonb_build_object('name', r.name))
                               ORDER BY p.id), '[]') FROM posts p WHERE p.author_id = r.id))$$, size) r
  WHERE tab = 'users' AND r <> 'ok' ORDER BY n;
SELECT n, size, r FROM cases, unnest('{1,7,1000}'::int[]) size,
  run(tab, args, tail, params, '{ author { name posts { id } } }', $$jsonb_build_object('author',
    (SELECT jsonb_build_object('name', u.name, 'posts',
       (SELECT jsonb_agg(jsonb_build_object('id', p.id) ORDER BY p.id) FROM posts p WHERE p.author_id = u.id))
     FROM users u WHERE u.id = r.author_id))$$, size) r
  WHERE tab = 'posts' AND r <> 'ok' ORDER BY n;
-- and they were all run, not empty, and one in the wrong order would show
SELECT count(*), count(*) FILTER (WHERE run(tab, args, tail, params, '{ * }', 'r', 2) = 'ok') FROM cases;
SELECT run('users', '(order: name)', 'ORDER BY name, id DESC', NULL, '{ id }', 'jsonb_build_object(''id'', id)', 3) ~ '^got';
SELECT jsonify_find('users', '(order: born desc nulls last, score, name desc, limit: 2) { id name born score }');

-- The arguments by position and by name; of a NULL relation nothing; no shape; where
-- a set may stand.
SELECT count(*), jsonb_agg(d -> 'id') FROM jsonify_find('users') d;
SELECT jsonify_find(relation => 'posts', shape => '(limit: $n) { id title }', params => '{"n": 1}', options => '{"keys": "camel"}');
SELECT jsonify_find('users', '(limit: 2) { id born score @string }', NULL, '{"nulls": "omit"}');
SELECT count(*) FROM jsonify_find(NULL) d;
SELECT count(*) FROM jsonify_find(NULL, '{ nonsense') d;
SELECT x, d FROM generate_series(1, 2) x, jsonify_find('users', '(limit: $n) { id }', jsonb_build_object('n', x)) d;
SELECT t, count(d) FROM unnest('{users,posts,pairs}'::regclass[]) t, jsonify_find(t) d GROUP BY t ORDER BY t::text;
SELECT jsonify_find('t_find.users'::regclass, '(limit: 1) { id }'), jsonify_find('posts'::regclass::oid, '(limit: 1) { title }');
SELECT (SELECT jsonify_find('users', '(limit: 1) { id }'));
SELECT (SELECT jsonify_find('users', '(limit: 2) { id }'));
PREPARE q (regclass, text, jsonb) AS SELECT * FROM jsonify_find($1, $2, $3);
EXECUTE q ('users', '(limit: $n) { id }', '{"n": 1}');
EXECUTE q ('posts', '(offset: $n) { id }', '{"n": 29}');
EXECUTE q ('posts', '(limit: $n) { id }', '{}');
EXECUTE q ('posts', '(limit: $n) { id }', NULL);

-- What the root is: a view, a materialized view, a partitioned table, a partition, a
-- table that others inherit from, a temporary table, a system catalog. What it is not.
CREATE VIEW v AS SELECT id, name FROM users ORDER BY name DESC, id;
CREATE MATERIALIZED VIEW mv AS SELECT id, name FROM users WHERE id < 3;
CREATE UNIQUE INDEX ON mv (id);
CREATE TABLE parted (id int PRIMARY KEY, user_id int REFERENCES users) PARTITION BY HASH (id);
CREATE TABLE part0 (user_id int, id int NOT NULL);
ALTER TABLE parted ATTACH PARTITION part0 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE part1 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parted SELECT i, i FROM generate_series(9, 1, -1) i;
CREATE TABLE parent (id int, x int);
CREATE TABLE child (y int) INHERITS (parent);
INSERT INTO parent VALUES (1, 1);
INSERT INTO child VALUES (2, 2, 2);
CREATE TEMP TABLE temp AS SELECT 1 AS id;
SELECT string_agg(d ->> 'id', ' ') FROM jsonify_find('v') d;
SELECT jsonify_find('v', '(order: id desc, limit: 1) { name }'), (SELECT string_agg(d ->> 'id', ' ') FROM jsonify_find('mv', '{ id }') d);
SELECT string_agg(d ->> 'id', ' '), string_agg(d #>> '{user,name}', ' ') FROM jsonify_find('parted', '{ id user { name } }') d;
SELECT count(*) > 0 AND count(*) < 9 FROM jsonify_find('part0', '{ id user { id } }');
SELECT jsonify_find('parent', '(order: id) { id x }');
SELECT jsonify_find('temp'), (SELECT count(*) > 0 FROM jsonify_find('pg_class', '{ oid relname }'));
CREATE SEQUENCE seq;
CREATE TYPE comp AS (id int);
SELECT jsonify_find('seq');
SELECT jsonify_find('users_pkey');
SELECT jsonify_find('comp');
SELECT jsonify_find('no_such');
SELECT jsonify_find(4294967295);

-- Errors: args, with their places; what a number is; args that are for relations only
-- or not for such; where args may stand.
CREATE FUNCTION try(shape text, params jsonb DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE c text; h text;
BEGIN
  RETURN (SELECT 'worked: ' || count(*) FROM jsonify_find('users', shape, params));
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS c = PG_EXCEPTION_CONTEXT, h = PG_EXCEPTION_HINT;
  RETURN concat_ws(' / ', SQLSTATE || ' ' || SQLERRM, substring(c FROM 'line .*? of the shape'), nullif(h, ''));
END$$;
SELECT s, try(s)
  FROM unnest(ARRAY['(limit: -1) { id }', '(limit: 1.5) { id }', '(limit: x) { id }', '(limit: "1") { id }',
    '(limit: ''1'') { id }', '(limit: 99999999999999999999) { id }', '(limit: ) { id }', '(limit 1) { id }',
    '(limit: 1, limit: 2) { id }', '(offset: -1) { id }', '(via: id) { id }',
    '(order: ) { id }', '(order: nam) { id }', '(order: name down) { id }', '(order: name nulls) { id }',
    '(order: name, name) { id }', '(order: posts) { id }', '(order: 1) { id }',
    '(order: name; drop table users) { id }', '(order: "name desc") { id }', '(foo: 1) { id }', '(limit: 1',
    '(limit: 1)', '(limit: 1) { id } x', '()', '{ id } (limit: 1)', '(limit: $n) { id }', '(limit: $) { id }']) s;
SELECT p, try('(limit: $n) { id }', p)
  FROM unnest(ARRAY['{"n": 2}', '{"n": "2"}', '{"n": 2.0}', '{"n": 2.5}', '{"n": -2}', '{"n": true}', '{"n": []}',
    '{"n": 1e30}', '{"N": 1}', '[1]', '"n"', 'null']::jsonb[]) p;
SELECT jsonify(u, '(limit: 1) { id }') FROM users u WHERE id = 1;
SELECT jsonify_agg(u, '(order: id) { id }') FROM users u;

-- Privileges and row-level security: as a query of the role would have it; * is what it
-- may read.
GRANT SELECT (id, name) ON users TO regress_jsonify_app;
GRANT SELECT ON posts TO regress_jsonify_app;
CREATE VIEW owners AS SELECT id, pw FROM users;
GRANT SELECT ON owners TO regress_jsonify_app;
SET ROLE regress_jsonify_app;
SELECT jsonify_find('users', '(limit: 1)  { * }'), jsonify_find('users', '(limit: 1) { * posts { id } }');
SELECT count(*), bool_and(NOT d ? 'pw') FROM jsonify_find('users') d;
SELECT jsonify_find('users', '{ pw }');
SELECT jsonify_find('users', '(order: pw) { id }');
SELECT jsonify_find('pairs');
SELECT jsonify_find('pairs', '{ }');
SELECT jsonify_find('owners', '(order: id, limit: 1) { pw }');
RESET ROLE;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON users USING (id > 20);
SET ROLE regress_jsonify_app;
SELECT jsonify_find('users', '{ id }');
SELECT jsonify_find('posts', '(limit: 1) { id author { id } }');
RESET ROLE;
SELECT count(*) FROM jsonify_find('users', '{ id }');
ALTER TABLE users DISABLE ROW LEVEL SECURITY;

-- The setting; cursors that stop in the middle; rows that change meanwhile; subtransactions.
SET jsonify.batch_size = 0;
SET jsonify.batch_size = 'x';
SHOW jsonify.batch_size;
SET jsonify.batch_size = 2;
BEGIN;
DECLARE c CURSOR FOR SELECT jsonify_find('users', '{ id }');
FETCH 3 FROM c;
DELETE FROM posts WHERE id = 1;
SAVEPOINT a;
SELECT jsonify_find('users', '{ id nonsense }');
ROLLBACK TO a;
FETCH 2 FROM c;
DECLARE d CURSOR WITH HOLD FOR SELECT * FROM jsonify_find('posts', '{ id }');
COMMIT;
FETCH 2 FROM d;
CLOSE d;
DO $$
DECLARE d jsonb; n int := 0;
BEGIN
  FOR d IN SELECT * FROM jsonify_find('t_find.posts', '{ id author { id } }') LOOP
    BEGIN
      UPDATE t_find.posts SET title = 'new' WHERE id = (d ->> 'id')::int;
      IF n % 2 = 0 THEN RAISE division_by_zero; END IF;
    EXCEPTION WHEN division_by_zero THEN NULL;
    END;
    n := n + 1;
    EXIT WHEN n = 5;
  END LOOP;
  RAISE INFO '%, % changed', n, (SELECT count(*) FROM t_find.posts WHERE title = 'new');
END$$;
-- documents of documents: a function that finds, in a cast and in a computed field
CREATE FUNCTION found(posts) RETURNS jsonb LANGUAGE sql STABLE AS $$SELECT jsonb_agg(d) FROM public.jsonify_find('t_find.posts', '(limit: 2) { id }') d$$;
SELECT jsonify_find('posts', '(limit: 3) { id found }');
DROP SCHEMA t_find CASCADE;
DROP ROLE regress_jsonify_app;
