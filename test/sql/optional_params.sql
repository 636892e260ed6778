-- $name?: a condition with it is true where it was not given, and finds its index where it was.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_optional;
SET search_path = t_optional, public;
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TABLE posts (id int PRIMARY KEY, author_id int REFERENCES users, title text, views int, tags text[], meta jsonb);
INSERT INTO users SELECT i, 'u' || i FROM generate_series(1, 4) i;
INSERT INTO posts SELECT i, 1 + i % 4, 't' || i, nullif(i % 5, 0), ARRAY['a' || i % 3], jsonb_build_object('n', i) FROM generate_series(1, 12) i;

-- The ids that a condition finds, in a root and in a relation, which must say the same.
CREATE FUNCTION ids(condition text, params jsonb DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE a text; b text;
BEGIN
  SELECT string_agg(d ->> 'id', ' ') INTO a FROM jsonify_find('posts', format('(where: %s) { id }', condition), params) d;
  SELECT string_agg(p ->> 'id', ' ' ORDER BY (p ->> 'id')::int) INTO b
    FROM jsonify_find('users', format('{ posts(where: %s) { id } }', condition), params) d, jsonb_array_elements(d -> 'posts') p;
  RETURN CASE WHEN a IS NOT DISTINCT FROM b THEN coalesce(a, 'none') ELSE format('root %s, relation %s', a, b) END;
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END$$;
SELECT condition, params, ids(condition, params::jsonb) FROM (VALUES
  ('title = $t?', '{}'), ('title = $t?', NULL), ('title = $t?', '{"t": "t3"}'), ('title = $t?', '{"t": null}'), ('$t? = title', '{"t": "t3"}'), ('$t? = title', NULL),
  -- a "not" before it belongs to it
  ('not title = $t?', NULL), ('not (title = $t?)', NULL), ('not (title = $t?)', '{"t": "t3"}'), ('not not title = $t?', NULL),
  ('not (title = $t? and views = 1)', NULL), ('not (title = $t? or views = 1)', NULL),
  ('title = $t? or views = 1', NULL), ('title = $t? or views = 1', '{"t": "t3"}'), ('title = $t? and views = $v?', '{"v": 1}'), ('title = $t? and views = $v?', '{"v": 1, "t": "t6"}'),
  -- "between" is two comparisons
  ('id between $lo? and $hi?', NULL), ('id between $lo? and $hi?', '{"lo": 10}'), ('id between $lo? and $hi?', '{"hi": 3}'), ('id between $lo? and $hi?', '{"lo": 4, "hi": 5}'),
  ('id between 10 and $hi?', NULL), ('id not between $lo? and $hi?', NULL), ('id not between $lo? and $hi?', '{"lo": 3}'), ('id not between $lo? and $hi?', '{"hi": 10}'),
  ('id not between $lo? and $hi?', '{"lo": 2, "hi": 11}'), ('id not between 3 and $hi?', NULL), ('not (id between $lo? and $hi?)', NULL),
  ('id in $l?', NULL), ('id in $l?', '{"l": [1, 2]}'), ('id in $l?', '{"l": []}'), ('id not in $l?', NULL), ('id not in $l?', '{"l": [1, 2]}'),
  ('id in (1, $a?)', NULL), ('id in (1, $a?)', '{"a": 5}'), ('id in (1, $a?, $b?)', '{"a": 5}'), ('id in ($a?)', NULL), ('id not in (1, $a?)', NULL), ('id in (views, $a?)', NULL),
  ('views is distinct from $v?', NULL), ('views is distinct from $v?', '{"v": null}'), ('views is not distinct from $v?', NULL), ('views is not distinct from $v?', '{"v": null}'),
  ('title like $t?', NULL), ('title not like $t?', NULL), ('title not ilike $t?', '{"t": "T1%"}'), ('tags @> $t?', NULL), ('tags && $t?', '{"t": ["a1"]}'),
  ('meta.n = $n?', NULL), ('meta.n = $n?', '{"n": 3}'), ('meta.n in $n?', NULL), ('author.name = $a?', NULL), ('author.name = $a?', '{"a": "u2"}'),
  ('exists(author(where: name = $a?))', NULL), ('not exists(author(where: name = $a?))', NULL), ('not exists(author(where: name = $a?))', '{"a": "u2"}'),
  -- what must be given elsewhere must be given; an operator that begins with "?" is one
  ('title = $t? and title = $t', NULL), ('title = $t and title = $t?', '{"t": "t3"}'), ('meta ? $k', '{"k": "n"}'), ('meta ? $k?', NULL), ('meta ?| $k?', '{"k": ["n"]}'), ('$k?=title', NULL), ('$k ? = title', NULL),
  ('title = $t?', '{"tt": 1}'), ('title = $t ?', NULL)) v (condition, params);

-- In all that has a condition.
SELECT jsonify_find('users', '(where: exists(posts(where: title = $t?)), limit: 2) { id, count(posts(where: title = $t?)), i: posts(where: views = $v?).id, p: posts(page: 1, where: views = $v?) { id }, sum(posts(where: views = $v?).id) }', p::jsonb) FROM (VALUES (NULL), ('{"t": "t1"}'), ('{"v": 1}')) v (p);
SELECT jsonify(u, '{ posts(where: title = $t?).id }', p::jsonb) FROM users u, (VALUES (NULL), ('{"t": "t4"}')) v (p) WHERE id = 1;
SELECT jsonify_text_agg(u, '{ posts(where: title = $t?).id }', p::jsonb ORDER BY id, p) FROM users u, (VALUES (NULL), ('{"t": "t4"}')) v (p);
SELECT sql FROM jsonify_explain('posts', '(where: title = $t? and not (id = $i?) and id not between $lo? and $hi?) { id }', '{"i": 1}');
-- Nowhere else.
DO $$
DECLARE shape text; h text;
BEGIN
  FOREACH shape IN ARRAY '{"(limit: $n?) { id }","{ v: $n? }","{ posts(page: $n?) { id } }","(where: id = $?) { id }"}'::text[] LOOP
    BEGIN PERFORM jsonify_find('posts', shape);
    EXCEPTION WHEN OTHERS THEN GET STACKED DIAGNOSTICS h = PG_EXCEPTION_HINT; RAISE WARNING '% % %', shape, SQLERRM, h; END;
  END LOOP;
END$$;

-- The planner knows which conditions count: the index is used, and the same plan serves all sets of params.
CREATE TABLE many AS SELECT i AS id, i % 1000 AS a, i % 100 AS b FROM generate_series(1, 20000) i;
CREATE INDEX ON many (id); CREATE INDEX ON many (a);
ANALYZE many;
CREATE FUNCTION scans(name regclass) RETURNS bigint LANGUAGE sql AS 'SELECT pg_stat_get_xact_numscans($1)';
CREATE FUNCTION grown(query text) RETURNS TABLE (by_id bigint, by_a bigint, seq bigint) LANGUAGE plpgsql AS $$
DECLARE i bigint := scans('many_id_idx'); a bigint := scans('many_a_idx'); s bigint := scans('many');
BEGIN
  EXECUTE query;
  RETURN QUERY SELECT scans('many_id_idx') - i, scans('many_a_idx') - a, scans('many') - s;
END$$;
\set many '(where: id = $i? and a = $a? and b between $lo? and $hi? and b <> $c? and id <> $d? and a <> $e?) { id }'
SELECT g.* FROM (VALUES ('{"i": 5}'), ('{"a": 5}'), ('{"i": 5, "a": 5}'), ('{"i": 5, "c": 7}'), ('{"lo": 7}')) v (p),
  grown(format('SELECT count(*) FROM generate_series(1, 10) n, jsonify_find(''many'', %L, %L)', :'many', p)) g;
-- More sets than are kept, in turn, and again; and what is kept does not grow.
\set helpers `echo "$PG_ABS_SRCDIR/helpers.sql"`
\i :helpers
CREATE FUNCTION sets(n int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE r bigint := 0; wanted bigint := 0; w bigint; x bigint; p jsonb;
BEGIN
  FOR i IN 0 .. n - 1 LOOP
    SELECT coalesce(jsonb_object_agg(k, v), '{}') INTO p FROM (VALUES ('i', 5, 0), ('a', 5, 1), ('lo', 5, 2), ('hi', 5, 3), ('c', 4, 4), ('d', 4, 5)) f (k, v, bit) WHERE i >> bit & 1 = 1;
    SELECT count(*) INTO x FROM jsonify_find('many', '(where: id = $i? and a = $a? and b between $lo? and $hi? and b <> $c? and id <> $d? and a <> $e?) { id }', p);
    SELECT count(*) INTO w FROM many WHERE (i & 1 = 0 OR id = 5) AND (i & 2 = 0 OR a = 5) AND (i & 4 = 0 OR b >= 5) AND (i & 8 = 0 OR b <= 5) AND (i & 16 = 0 OR b <> 4) AND (i & 32 = 0 OR id <> 4);
    IF x <> w THEN RETURN format('%s: %s, not %s', p, x, w); END IF;
    r := r + x;
  END LOOP;
  RETURN 'ok ' || r;
END$$;
SELECT sets(64);
SELECT kept() AS before \gset
SELECT sets(64), sets(64);
SELECT kept() = :before;
-- A query that runs itself with other params, while there is no room for one more of its sets.
CREATE FUNCTION again(users) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF current_setting('t.level', true) = '9' THEN RETURN 'end'; END IF;
  PERFORM set_config('t.level', (coalesce(nullif(current_setting('t.level', true), ''), '0')::int + 1)::text, true);
  RETURN (SELECT string_agg(d::text, '') FROM users u, jsonify(u, '{ posts(where: author.again <> $a? and id <> $b? and id <> $c? and id <> $d?, limit: 1).id }',
    (SELECT jsonb_object_agg(k, '0') FROM unnest(ARRAY['a', 'b', 'c', 'd']) WITH ORDINALITY k (k, n) WHERE n = 1 OR current_setting('t.level')::int >> (n::int - 2) & 1 = 1)) d WHERE id = 1);
END$$;
BEGIN;
SELECT count(*) FROM users u, jsonify(u, '{ posts(where: author.again <> $a? and id <> $b? and id <> $c? and id <> $d?, limit: 1).id }', '{"a": "x"}') d WHERE u.id = 1;
SELECT current_setting('t.level');
COMMIT;

-- Written: a column that is equated to one that is not given is not set.
SELECT jsonify_save('posts', jsonb_build_object('id', 99 + length(p), 'title', 'new'), '(where: author_id = $a?) { id, title, author_id }', p::jsonb) FROM (VALUES ('{"a": 2}'), ('{}')) v (p);
SELECT jsonify_save('users', '{"id": 1, "posts": [{"id": 1010}]}', '{ id, posts(write: own, missing: keep, where: title = $t?) { id, title } }', '{"t": "x"}') -> 'posts';
SELECT jsonify_find('users', '(limit: 1) { @etag, posts(where: title = $t?, write: own) { id } }') -> 'etag' = jsonify_find('users', '(limit: 1) { @etag, posts(where: title = $t, write: own) { id } }', '{"t": "x"}') -> 'etag';
DROP SCHEMA t_optional CASCADE;
