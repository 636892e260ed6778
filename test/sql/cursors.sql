-- "after": pages by cursor, at the root and in relations.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_cursors;
SET search_path = t_cursors, public;
SET timezone = 'UTC';

-- All pages one after the other, at most that many: the items, and how many pages it took.
CREATE FUNCTION walk(tab regclass, args text, shape text, size int, params jsonb DEFAULT '{}', OUT items jsonb, OUT pages int) LANGUAGE plpgsql AS $$
DECLARE page jsonb; c jsonb := 'null';
BEGIN
  items := '[]'; pages := 0;
  LOOP
    SELECT d INTO STRICT page FROM jsonify_find(tab, format('(%s%spage: $size, after: $c) %s', args, CASE WHEN args <> '' THEN ', ' END, shape),
                                                params || jsonb_build_object('size', size, 'c', c)) d;
    items := items || (page -> 'items'); pages := pages + 1; c := page -> 'next';
    IF jsonb_array_length(page -> 'items') > size OR (page -> 'has_more')::bool <> (c <> 'null') OR page ? 'total' THEN RAISE 'wrong page %', page; END IF;
    EXIT WHEN c = 'null';
    IF pages > 1000 THEN RAISE 'no end'; END IF;
  END LOOP;
END$$;
-- The same of a relation of one row: shape has the page as "x".
CREATE FUNCTION walk_row(r anyelement, shape text, params jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE page jsonb; c jsonb := 'null'; items jsonb := '[]';
BEGIN
  LOOP
    page := jsonify(r, shape, params || jsonb_build_object('c', c)) -> 'x';
    items := items || (page -> 'items'); c := page -> 'next';
    IF (page -> 'has_more')::bool <> (c <> 'null') THEN RAISE 'wrong page %', page; END IF;
    EXIT WHEN coalesce(c, 'null') = 'null';
  END LOOP;
  RETURN items;
END$$;

-- Ties and NULLs in every column but the key; types of all kinds.
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_collation WHERE collprovider = 'i') THEN
    EXECUTE $q$CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false)$q$;
  ELSE
    CREATE COLLATION nocase (locale = 'C');
  END IF;
END$$;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN code AS varchar(10) CHECK (VALUE <> '');
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TABLE things (id int PRIMARY KEY, user_id int REFERENCES users, a int, b int NOT NULL, t text, f float8, n numeric(6,2), d date, ts timestamptz, i interval,
  m mood, p pair, arr int[], c code, ch char(3), nc text COLLATE nocase, bo bool, j jsonb, r int4range, mo money, u uuid, by bytea, rc regclass, na name);
INSERT INTO users SELECT i, 'u' || i FROM generate_series(1, 4) i;
INSERT INTO things SELECT i, CASE WHEN i % 7 > 0 THEN 1 + i % 3 END, nullif(i % 4, 0), i % 3, (ARRAY['x', NULL, 'a"b', 'ä', 'X', ''])[1 + i % 6], (ARRAY['NaN', 'infinity', NULL, '-infinity',
  '0.1', '-0', '1e-300'])[1 + i % 7]::float8,
  (ARRAY[NULL, 'NaN', 1.5, 1.50, -3])[1 + i % 5], (ARRAY['infinity', '2024-01-01', NULL, '-infinity', '0044-03-15 BC'])[1 + i % 5]::date,
  (ARRAY['2024-03-31 01:30:00.123456+02', NULL, 'infinity', '12024-01-01 00:00Z'])[1 + i % 4]::timestamptz, (ARRAY['1 mon -2 days 03:00:00.000001', NULL, '30 days'])[1 + i % 3]::interval,
  (ARRAY['ok', 'sad', NULL])[1 + i % 3]::mood, (ARRAY['(1,x)', NULL, '(,)', '(1,)', '(,"a,b")'])[1 + i % 5]::pair, (ARRAY['{1,NULL}', NULL, '{}', '{{1},{2}}'])[1 + i % 4]::int[],
  (ARRAY['k', NULL, 'l'])[1 + i % 3]::code, (ARRAY['a', NULL, 'a b'])[1 + i % 3], (ARRAY['a', 'A', NULL, 'b', 'B'])[1 + i % 5], (ARRAY[true, NULL, false])[1 + i % 3],
  (ARRAY['{"k": 1}', NULL, '{"k": "x"}', 'null', '{"k": null}', '[1]'])[1 + i % 6]::jsonb, (ARRAY['[1,5)', NULL, 'empty', '(,3)'])[1 + i % 4]::int4range,
  (ARRAY['12.34', NULL, '-1'])[1 + i % 3]::money, (ARRAY['00000000-0000-0000-0000-000000000001', NULL])[1 + i % 2]::uuid, (ARRAY['\x00ff', NULL, '\x'])[1 + i % 3]::bytea,
  (ARRAY['users', 'things', NULL, 'pg_class'])[1 + i % 4]::regclass, (ARRAY['x', 'y'])[1 + i % 2]
  FROM generate_series(1, 40) i;
CREATE FUNCTION label(things) RETURNS text LANGUAGE sql STABLE AS $$SELECT nullif($1.t, 'x') || '!'$$;
-- Of each order all pages are what one without pages is, whatever their size.
CREATE FUNCTION check_order(tab regclass, o text, shape text DEFAULT '{ id }', w text DEFAULT '') RETURNS text LANGUAGE plpgsql AS $$
DECLARE want jsonb; got jsonb; n int; args text := concat_ws(', ', nullif(w, ''), nullif('order: ' || o, 'order: '));
BEGIN
  SELECT coalesce(jsonb_agg(d), '[]') INTO want FROM jsonify_find(tab, CASE WHEN args <> '' THEN '(' || args || ') ' ELSE '' END || shape) d;
  FOREACH n IN ARRAY '{1,3,7,40,100}'::int[] LOOP
    SELECT items INTO got FROM walk(tab, args, shape, n);
    IF got IS DISTINCT FROM want THEN RETURN format('size %s: got %s, want %s', n, got, want); END IF;
  END LOOP;
  RETURN 'ok ' || jsonb_array_length(want);
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END$$;
SELECT o, check_order('things', o) FROM unnest(ARRAY['', 'id', 'id desc', 'b', 'b desc, id desc', 'b desc, id', 'a', 'a desc', 'a nulls first', 'a desc nulls last',
  'a, b desc', 'a desc, b, t', 'b, a nulls first, t desc nulls last', 'a nulls first, t nulls first, d nulls first', 't desc, a desc, id desc', 'a, a desc, b',
  'label', 'label desc, t', 'user.name', 'user.name desc, b', 'j.k', 'j.k desc', 'p.a, p.b desc', 'user.name nulls first, j.k desc nulls last, id desc']) o;
SELECT c || how AS o, r FROM unnest('{a,t,f,n,d,ts,i,m,p,arr,c,ch,nc,bo,j,r,mo,u,by,rc,na}'::text[]) c, unnest(ARRAY['', ' desc', ' nulls first', ' desc nulls last']) how,
  check_order('things', c || how) r WHERE r <> 'ok 40';
SELECT check_order('things', 'nc, ch desc', '{ id, nc }', 'where: a > 1 and not (t = ''x'')');
-- And there are pages: one would not show the others.
SELECT pages, items FROM walk('things', 'where: b = 1, order: a desc nulls last, d', '{ id, a, d }', 5);
SELECT jsonify_find_text('things', '(page: 2, after: $c, order: a) { id, a }', '{"c": null}');
SELECT jsonify_find('things', '(page: 40, after: $c) { id }', '{"c": null}') - 'items', jsonify_find('things', '(page: 39, after: $c?) { id }') - 'items', jsonify_find('things',
  '(page: 0, after: $c?) { id }'),
  jsonify_find('things', '(page: 5, after: $c?, where: id > 99) { id }'), jsonify_find('things', '(page: $n, after: $c?, where: id > 39) { id }', '{"n": null}'),
  jsonify_find('things', '(page: 9223372036854775807, after: $c?, where: id > 39) { id }');
-- A composite key, with and without part of it in the order; a partitioned table; a view; a unique index without NULLs.
CREATE TABLE pairs (x int, y text COLLATE "C", z int, PRIMARY KEY (y, x)) PARTITION BY HASH (x);
CREATE TABLE pairs0 PARTITION OF pairs FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE pairs1 PARTITION OF pairs FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO pairs SELECT i % 5, chr(65 + i / 5), nullif(i % 3, 0) FROM generate_series(0, 24) i;
CREATE VIEW v AS SELECT id AS no, a, t FROM things WHERE b > 0;
CREATE TABLE unkeyed (e text NOT NULL, w int, s text COLLATE nocase NOT NULL);
INSERT INTO unkeyed SELECT 'e' || i, i % 3, chr(64 + i) FROM generate_series(1, 9) i;
SELECT check_order('pairs', o, '{ x, y }') FROM unnest('{"",x,"x desc","y desc","z, y","z desc, x desc"}'::text[]) o;
SELECT check_order('v', o, '{ no }') FROM unnest('{"",a,"a desc, t nulls first",no}'::text[]) o;
SELECT check_order('unkeyed', 'w, e', '{ e }');
CREATE UNIQUE INDEX ON unkeyed (e);
SELECT check_order('unkeyed', o, '{ e }') FROM unnest('{"",w,e,"w desc, e desc"}'::text[]) o;
-- The key ends the order: what comes behind it says nothing, and one comparison has an index.
SELECT sql FROM jsonify_explain('things', '(page: 3, after: $c, order: id, a) { id }', jsonb_build_object('c', (SELECT jsonify_find('things',
  '(page: 3, after: $c?, order: id, a) { id }') -> 'next'))) AS e (path, sql);
SELECT sql FROM jsonify_explain('things', '(page: 3, after: $c, order: b) { id }', jsonb_build_object('c', (SELECT jsonify_find('things',
  '(page: 3, after: $c?, order: b) { id }') -> 'next'))) AS e (path, sql);
SELECT sql FROM jsonify_explain('things', '(page: 3, after: $c, order: a, b desc, where: t = ''x'') { id }', jsonb_build_object('c', (SELECT jsonify_find('things',
  '(page: 3, after: $c?, order: a, b desc, where: t = ''x'') { id }') -> 'next'))) AS e (path, sql);
-- So a page in the middle reads no more of an index than the first one.
CREATE TABLE many (id int PRIMARY KEY, k int, v int NOT NULL);
INSERT INTO many SELECT i, nullif(i % 10, 0), i / 1000 FROM generate_series(1, 10000) i;
CREATE INDEX ON many (v, id);
CREATE INDEX ON many (k DESC NULLS LAST, v, id);
ANALYZE many;
CREATE FUNCTION rows_read(args text, c jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE q text; line text; n int := 0;
BEGIN
  SELECT sql INTO q FROM jsonify_explain('many', '(page: 20, after: $c, ' || args || ') { id }', jsonb_build_object('c', c)) AS e (path, sql);
  FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || q LOOP
    IF line ~ 'Scan' AND line !~ 'Subquery' THEN n := n + substring(line FROM 'rows=(\d+)')::int; END IF;
  END LOOP;
  RETURN CASE WHEN n <= 70 THEN 'few rows' ELSE n || ' rows' END;
END$$;
CREATE FUNCTION cursor_of(args text, n int) RETURNS jsonb LANGUAGE sql AS $$SELECT jsonify_find('many', '(page: $n, after: $c?, ' || args || ') { id }', jsonb_build_object('n', n)) -> 'next'$$;
SELECT args, n, rows_read(args, cursor_of(args, n)) FROM unnest('{"order: id","order: v","order: v desc, id desc","order: k desc nulls last, v"}'::text[]) args, unnest('{1,5000,9500}'::int[]) n;

-- In relations each parent has its page; of all kinds.
CREATE TABLE tags (id int PRIMARY KEY, name text);
CREATE TABLE things_tags (thing_id int REFERENCES things, tag_id int REFERENCES tags, PRIMARY KEY (thing_id, tag_id));
INSERT INTO tags SELECT i, nullif('t' || i % 3, 't0') FROM generate_series(1, 9) i;
INSERT INTO things_tags SELECT i, t FROM generate_series(1, 12) i, generate_series(1, 9) t WHERE (i + t) % 4 > 0;
CREATE FUNCTION big(users) RETURNS SETOF things LANGUAGE sql STABLE AS 'SELECT * FROM t_cursors.things WHERE user_id = $1.id AND id > 10';
SELECT id, jsonify_text(u, '{ things(page: 2, after: $c?, order: a desc, where: b > 0) { id, a } }') FROM users u ORDER BY id;
SELECT rel, o, count(*) FROM unnest('{things,big}'::text[]) rel, unnest('{"",a,"a desc","t nulls first, b desc","nc desc nulls last","user.name desc, j.k"}'::text[]) o, users u,
  LATERAL (SELECT CASE WHEN o <> '' THEN 'order: ' || o || ', ' ELSE '' END AS args) a
  WHERE walk_row(u, format('{ x: %s(%spage: 3, after: $c) { id, tags { id } } }', rel, args)) = jsonify(u, format('{ x: %s(%slimit: 99) { id, tags { id } } }', rel, args)) -> 'x'
  GROUP BY 1, 2 ORDER BY 1, 2;
SELECT o, count(*) FROM unnest('{name,"name desc nulls last","id desc"}'::text[]) o, things th
  WHERE walk_row(th, format('{ x: tags(order: %s, page: 2, after: $c) { id } }', o)) = jsonify(th, format('{ x: tags(order: %s) { id } }', o)) -> 'x' GROUP BY 1 ORDER BY 1;
-- Of many parents at once as of one, with an index on the key and without; one cursor is for all of them.
CREATE FUNCTION all_alike(o text) RETURNS text LANGUAGE sql AS $$
  SELECT format('%s cursors, %s pages, %s differ', count(DISTINCT c), count(*), count(*) FILTER (WHERE one IS DISTINCT FROM of_all))
    FROM (SELECT DISTINCT jsonify(u, format('{ x: things(order: %s, page: $n, after: $c?) { id } }', o), jsonb_build_object('n', n)) #> '{x,next}' AS c FROM users u, generate_series(1,
  12) n) cursors,
         LATERAL (SELECT jsonify_agg(u, format('{ id, x: things(order: %s, page: 3, after: $c) { id } }', o), jsonb_build_object('c', c)) AS a FROM users u) agg,
         jsonb_array_elements(a) of_all, users u,
         LATERAL (SELECT jsonify(u, format('{ id, x: things(order: %s, page: 3, after: $c) { id } }', o), jsonb_build_object('c', c)) AS one) s
   WHERE of_all -> 'id' = to_jsonb(u.id)
$$;
SELECT o, all_alike(o) FROM unnest('{a,"a desc, b","t nulls first, a desc nulls last","f desc"}'::text[]) o;
CREATE INDEX ON things (user_id, a);
SELECT o, all_alike(o) FROM unnest('{a,"a desc, b","t nulls first, a desc nulls last","f desc"}'::text[]) o;
SELECT path, sql FROM jsonify_explain('users', '{ things(page: 2, after: $c, order: b desc) { id } }',
  jsonb_build_object('c', (SELECT jsonify(u, '{ things(page: 1, after: $c?, order: b desc) { id } }') #> '{things,next}' FROM users u WHERE id = 1))) AS e (path, sql) WHERE path <> '';

-- A cursor is opaque, and lasts: other settings, other rows, a row that was deleted, another session's search_path.
SELECT jsonify_find('things', '(page: 3, after: $c, order: arr desc nulls last, ts desc, f, mo, i, rc) { id }', '{"c": null}') ->> 'next' AS c \gset
SELECT jsonify_find('things', '(page: 2, after: $c, order: arr desc nulls last, ts desc, f, mo, i, rc) { id }', jsonb_build_object('c', :'c')) AS there \gset
SET timezone = 'Asia/Kathmandu'; SET datestyle = 'SQL, DMY'; SET intervalstyle = 'iso_8601'; SET extra_float_digits = 0; SET bytea_output = 'escape'; SET array_nulls = off; SET search_path = public;
SELECT jsonify_find('t_cursors.things', '(page: 2, after: $c, order: arr desc nulls last, ts desc, f, mo, i, rc) { id }', jsonb_build_object('c', :'c')) -> 'items'
  = :'there'::jsonb -> 'items' AS same;
RESET datestyle; RESET intervalstyle; RESET extra_float_digits; RESET bytea_output; RESET array_nulls; SET timezone = 'UTC'; SET search_path = t_cursors, public;
SELECT jsonify_find('things', '(page: 4, after: $c?, order: b) { id }') ->> 'next' AS c \gset
SELECT jsonify_find('things', '(page: 2, after: $c, order: b) { id, b }', jsonb_build_object('c', :'c'));
BEGIN;
DELETE FROM things_tags WHERE thing_id = 12;
DELETE FROM things WHERE id IN (12, 15);
SELECT jsonify_find('things', '(page: 2, after: $c, order: b) { id, b }', jsonb_build_object('c', :'c'));
ROLLBACK;
-- The filter may be another; and the relation's rows may be a root's.
SELECT jsonify_find('things', '(page: 2, after: $c, order: b, where: a = 1) { id }', jsonb_build_object('c', :'c'));
SELECT jsonify(u, '{ things(page: 2, after: $c, order: b) { id } }', jsonb_build_object('c', :'c')) FROM users u WHERE id = 1;
-- What is none, and what is another's.
CREATE FUNCTION refused(shape text, c jsonb, relation regclass DEFAULT 'things') RETURNS text LANGUAGE plpgsql AS $$
DECLARE x text; h text; d text;
BEGIN
  RETURN jsonify_find(relation, shape, jsonb_build_object('c', c));
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS x = PG_EXCEPTION_CONTEXT, h = PG_EXCEPTION_HINT, d = PG_EXCEPTION_DETAIL;
  RETURN concat_ws(' / ', SQLSTATE || ' ' || coalesce(substring(x FROM 'column (\d+) of the shape'), '-') || ' ' || SQLERRM, nullif(d, ''), nullif(h, ''));
END$$;
SELECT shape, refused(shape, to_jsonb(:'c'::text)) FROM unnest(ARRAY['(page: 2, after: $c, order: b desc) { id }', '(page: 2, after: $c, order: b nulls first) { id }',
  '(page: 2, after: $c) { id }',
  '(page: 2, after: $c, order: a) { id }', '(page: 2, after: $c, order: b, id desc) { id }', '(order: b, after: $c, page: 1) { id }']) shape;
SELECT refused('(page: 2, after: $c, order: id) { id }', jsonify_find('users', '(page: 1, after: $c?, order: id)') -> 'next');
SELECT DISTINCT refused('(page: 2, after: $c, order: b) { id }', c) FROM (VALUES ('""'::jsonb), ('"x"'), ('"AAAA"'), ('"null"'), (to_jsonb(left(:'c', -1))), (to_jsonb(:'c' || 'A')),
  (to_jsonb('A' || :'c')),
  (to_jsonb(reverse(:'c'))), (to_jsonb(overlay(:'c' placing 'b' from 20))), (to_jsonb(repeat('A', 1000))), (to_jsonb(E'\u017c'::text)), ('" "')) v (c);
SELECT DISTINCT refused('(page: 2, after: $c, order: b) { id }', c) FROM (VALUES ('5'::jsonb), ('true'), ('[]'), ('{}'), (jsonb_build_array(:'c'))) v (c);
SELECT refused('(page: 2, after: $d, order: b) { id }', '1');
-- A type or direction that changes makes another order.
DROP VIEW v;
ALTER TABLE things ALTER b TYPE bigint;
SELECT refused('(page: 2, after: $c, order: b) { id }', to_jsonb(:'c'::text));
-- A value that its type does not know any more.
SELECT jsonify_find('things', '(page: 3, after: $c?, order: m) { id }') ->> 'next' AS m \gset
ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';
SELECT refused('(page: 3, after: $c, order: m) { id }', to_jsonb(:'m'::text));

-- Without what tells rows apart some might be left out: an error, and what would help.
CREATE VIEW joined AS SELECT t.id, u.name FROM things t JOIN users u ON u.id = t.user_id;
CREATE VIEW grouped AS SELECT a, count(*) AS n FROM things GROUP BY a;
CREATE TABLE base (id int PRIMARY KEY);
CREATE TABLE heir () INHERITS (base);
CREATE TABLE partly (a int UNIQUE, b int NOT NULL, c int NOT NULL, UNIQUE (b, a));
CREATE UNIQUE INDEX ON partly (b) WHERE c > 0;
CREATE UNIQUE INDEX ON partly ((c + 1));
CREATE TABLE collated (s text COLLATE nocase NOT NULL, h char(5) NOT NULL);
CREATE UNIQUE INDEX ON collated (s COLLATE "C");
CREATE UNIQUE INDEX ON collated (h bpchar_pattern_ops);
SELECT t, o, split_part(refused(format('(page: 2, after: $c%s)', ', order: ' || nullif(o, '')), NULL, t), ' / ', 1)
  FROM (VALUES ('joined'::regclass, 'id, name'), ('grouped', 'a'), ('base', 'id'), ('partly', 'a, b, c'), ('partly', ''), ('collated', 's, h'), ('heir', 'id'), ('pairs0', 'z')) v (t, o);
SELECT refused('(page: 2, after: $c, order: a)', NULL, 'grouped');
-- A view has the keys of its table that tell rows apart in its order as well, and no others.
CREATE VIEW over_collated AS SELECT s, h FROM collated;
CREATE VIEW over_unkeyed AS SELECT w, e AS f, s FROM unkeyed;
SELECT t, o, split_part(refused(format('(page: 2, after: $c%s)', ', order: ' || nullif(o, '')), NULL, t), ' / ', 1)
  FROM (VALUES ('over_collated'::regclass, ''), ('over_collated', 's, h'), ('over_unkeyed', 'w, s'), ('over_unkeyed', 'w, f')) v (t, o);
SELECT check_order('over_unkeyed', 'w desc, f', '{ f }');
-- A deferrable key does not hold until it is checked: no row is left out in silence.
CREATE TABLE late (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, user_id int REFERENCES users, n int);
INSERT INTO late SELECT 1, min(id), 1 FROM users;
BEGIN;
INSERT INTO late SELECT i, min(id), i FROM users, generate_series(1, 3) i GROUP BY i;
SELECT refused('(page: 1, after: $c) { n }', NULL, 'late');
SELECT jsonify_find('late', args) - 'next' FROM unnest('{"(page: 2, after: $c?) { n }","(page: 3, after: $c?) { n }","(page: 1, after: $c?, order: id desc) { n }"}'::text[]) args;
SELECT refused('{ late(page: 1, after: $c) { n } }', NULL, 'users');
SELECT jsonify(u, '{ late(page: 2, after: $c?) { n } }') #- '{late,next}' FROM users u WHERE id = (SELECT min(id) FROM users);
ROLLBACK;
DROP TABLE late;
-- What is checked of a domain within an array finds what it names by the search_path of the session; a table is the one that was meant, if there is one.
CREATE TABLE allowed (v int);
INSERT INTO allowed VALUES (1), (2), (3);
CREATE FUNCTION is_allowed(int) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RETURN EXISTS (SELECT FROM allowed WHERE v = $1); END';
CREATE DOMAIN allowed_int AS int CHECK (is_allowed(VALUE));
CREATE TABLE lists (id int PRIMARY KEY, l allowed_int[], c regclass);
INSERT INTO lists VALUES (1, '{1,2}', 'allowed'), (2, '{1,3}', 'pg_class'), (3, '{3}', 'allowed'), (4, '{1,2}', 'users');
SELECT walk('lists', 'order: l, c desc', '{ id, l }', 1);
SELECT jsonify_find('lists', '(page: 1, after: $c?, order: c) { id, c }') ->> 'next' AS next \gset
SET search_path = '';
SELECT public.jsonify_find('t_cursors.lists', '(page: 5, after: $c, order: c) { id, c }', pg_catalog.jsonb_build_object('c', :'next'));
SET search_path = t_cursors, public, pg_catalog;
SELECT jsonify_find('lists', '(page: 5, after: $c, order: c) { id, c }', jsonb_build_object('c', :'next')) - 'items';
SET search_path = t_cursors, public;
-- A role that may not read the key.
CREATE ROLE regress_cursors;
GRANT USAGE ON SCHEMA t_cursors TO regress_cursors;
GRANT SELECT (name) ON users TO regress_cursors;
GRANT SELECT (id, a, t) ON things TO regress_cursors;
SET ROLE regress_cursors;
SELECT refused('(page: 1, after: $c) { name }', NULL, 'users');
SELECT refused('(page: 2, after: $c, order: a) { t }', NULL);
SELECT refused('(page: 2, after: $c, order: b) { t }', NULL);
RESET ROLE;
DROP OWNED BY regress_cursors;
DROP ROLE regress_cursors;
-- Where it goes, and with what.
SELECT shape, refused(shape, NULL) FROM unnest(ARRAY['(after: $c) { id }', '(page: 1, after: $c, offset: 1) { id }', '(page: 1, limit: 1, after: $c) { id }', '(page: 1, after: 5) { id }',
  '(page: 1, after: ''x'') { id }',
  '(page: 1, after: null) { id }', '(page: 1, after: $c, after: $c) { id }', '(page: 1, after: c) { id }', '{ user(after: $c) { id } }', '{ tags(after: $c) { id } }',
  '{ tags(after: $c, page: 1, key: id) { id } }',
  '{ tags(after: $c, page: 1).id }', '{ count(tags(page: 1, after: $c)) }', '(where: exists(tags(after: $c))) { id }', '(page: 1, after: $c, order: j) { id }',
  '(page: 1, after: $c?, order: nope) { id }']) shape;
SELECT jsonify(u, '(page: 1, after: $c) { id }') FROM users u;
-- Its schema; and documents back.
SELECT jsonify_schema('users', '(page: 1, after: $c) { id, things(page: 1, after: $d) { id } }') -> 'properties';
SELECT jsonify_save('users', '{"id": 1, "name": "new", "things": {"items": [{"id": 3, "t": "new"}], "has_more": true, "next": "x"}}',
  '(page: 1, after: $c?) { id, name, things(page: 1, after: $d?, write: own, missing: keep, order: b desc) { id, t } }') #- '{things,next}';
-- Many sets of columns that are NULL: what was prepared for the last ones is kept, and used again.
SELECT bool_and(same) FROM (SELECT walk('things', 'order: a, t, d, m, arr', '{ id }', 1) = walk('things', 'order: a, t, d, m, arr', '{ id }', 1) AS same FROM generate_series(1, 3)) s;
DROP SCHEMA t_cursors CASCADE;
