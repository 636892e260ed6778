-- "in (...)" as SQL's IN: the values have one type in common, and are bound as one
-- array. A case is a condition of a shape and the SQL that has its meaning; both must
-- choose the same rows, of jsonify_find() and of related rows, or both must fail.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_in;
CREATE SCHEMA t_in_types;
SET search_path = t_in, t_in_types, public;
SET timezone = 'Europe/Warsaw';
SET datestyle = 'ISO, DMY';

CREATE TYPE t_in_types.mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN t_in_types.score AS int CHECK (VALUE < 1000);
CREATE DOMAIN t_in_types.moody AS mood;
CREATE DOMAIN t_in_types.labels AS text[];
-- of a type with its own operator, in its own schema
CREATE TYPE t_in_types.shade AS (name text);
CREATE FUNCTION t_in_types.same_shade(shade, shade) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT lower(($1).name) = lower(($2).name)';
CREATE OPERATOR t_in_types.= (LEFTARG = shade, RIGHTARG = shade, FUNCTION = t_in_types.same_shade);
CREATE FUNCTION t_in_types.other_shade(shade, shade) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT lower(($1).name) <> lower(($2).name)';
CREATE OPERATOR t_in_types.<> (LEFTARG = shade, RIGHTARG = shade, FUNCTION = t_in_types.other_shade, NEGATOR = OPERATOR(t_in_types.=));
CREATE DOMAIN t_in_types.shady AS shade;
-- and of one that has an operator for a text only
CREATE TYPE t_in_types.tint AS (name text);
CREATE FUNCTION t_in_types.is_tint(tint, text) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT ($1).name = $2';
CREATE OPERATOR t_in_types.= (LEFTARG = tint, RIGHTARG = text, FUNCTION = t_in_types.is_tint);
CREATE TYPE place AS (city text, zip int);

CREATE TABLE users (id int PRIMARY KEY, name text, boss_id int REFERENCES users);
CREATE TABLE things (
    id int PRIMARY KEY, user_id int REFERENCES users,
    i2 smallint, i4 int, i8 bigint, n numeric, n2 numeric(4,1), f4 real, f8 float8, b bool, t text, v varchar(5), c char(3), nm name,
    d date, tz timestamptz, u uuid, by bytea, bits bit(3), m mood, dm moody, sc score, ls labels, sh shade, sy shady, ti tint, p place,
    jb jsonb, tags text[], nums int[], r int4range, mr int4multirange, mo money, o oid, rc regclass, pt point, x xml);
CREATE FUNCTION half(things) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1.i4 / 2.0';
INSERT INTO users VALUES (1, 'ann', NULL), (2, 'bob', 1), (3, 'cyd', 2);
INSERT INTO things VALUES
(1, 1, 1, 1, 1, 1, 1, 0.1, 0.1, true, 'a', 'a', 'a', 'a', '2024-01-02', '2024-01-02 10:00', '00000000-0000-0000-0000-000000000001',
    '\x00ff', '101', 'sad', 'sad', 1, '{a}', '(Red)', '(Red)', '(a)', '(Wien,1010)', '{"theme": "dark", "n": 1, "k": null}', '{a,b}', '{1,2}', '[1,5)', '{[1,5)}', 1.5, 1, 'users', '(1,2)', NULL),
(2, 1, 2, 2, 2147483648, 2.5, 2.5, 2, 2, false, 'it''s', 'ab', 'ab', 'b', '2024-02-01', '2024-02-01 00:00', '00000000-0000-0000-0000-000000000002',
    '\x', '000', 'ok', 'ok', 2, '{}', '(blue)', '(blue)', '(b)', '(,)', '{"theme": "light", "n": 2.50, "k": true}', '{}', '{}', 'empty', '{}', 2, 4294967295, 'things', NULL, NULL),
(3, 2, -3, 1000, 9007199254740993, 'NaN', NULL, 'NaN', 9007199254740992, NULL, '', '', '', '', 'infinity', 'infinity', NULL,
    NULL, NULL, 'happy', 'happy', 999, '{NULL}', '(red)', NULL, NULL, '(Łódź,90)', '"theme"', '{NULL}', '{NULL,3}', '(,)', '{(,)}', NULL, 0, NULL, NULL, NULL),
(4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, part text, shape text, sql text, params jsonb DEFAULT '{}');
CREATE FUNCTION run(shape text, sql text, params jsonb, OUT rows text, OUT result text) LANGUAGE plpgsql AS $$
DECLARE
  want text; related text;
BEGIN
  BEGIN
    EXECUTE format('SELECT string_agg(things.id::text, '' '' ORDER BY things.id) FROM things WHERE %s', coalesce(sql, shape)) INTO want;
  EXCEPTION WHEN OTHERS THEN want := SQLSTATE;
  END;
  BEGIN
    SELECT string_agg(d ->> 'id', ' ') INTO rows FROM jsonify_find('things', format('(where: %s) { id }', shape), params) d;
  EXCEPTION WHEN OTHERS THEN rows := SQLSTATE;
  END;
  IF rows IS DISTINCT FROM want THEN result := format('got %s, want %s', rows, want); RETURN; END IF;
  result := 'ok';
  IF rows ~ '^\d[0-9A-Z]{4}$' THEN RETURN; END IF;
  SELECT string_agg(e ->> 'id', ' ' ORDER BY (e ->> 'id')::int) INTO related
    FROM jsonify_find('users', format('{ things(where: %s) { id } }', shape), params) d, jsonb_array_elements(d -> 'things') e;
  EXECUTE format('SELECT string_agg(things.id::text, '' '' ORDER BY things.id) FROM things WHERE things.user_id IS NOT NULL AND (%s)', coalesce(sql, shape)) INTO want;
  IF related IS DISTINCT FROM want THEN result := format('related: got %s, want %s', related, want); END IF;
END$$;
CREATE PROCEDURE report(what text) LANGUAGE plpgsql AS $$
DECLARE r record; ok int := 0; n int := 0; hits int := 0; errors int := 0;
BEGIN
  FOR r IN SELECT c.*, (run(c.shape, c.sql, c.params)).* FROM cases c WHERE part = what ORDER BY c.n LOOP
    n := n + 1;
    ok := ok + (r.result = 'ok')::int;
    errors := errors + coalesce(r.rows ~ '^\d[0-9A-Z]{4}$', false)::int;
    hits := hits + coalesce(r.rows !~ '^\d[0-9A-Z]{4}$', false)::int;
    IF r.result <> 'ok' THEN RAISE INFO 'BAD %: %', r.shape, r.result; END IF;
  END LOOP;
  RAISE INFO '%: % conditions, % right, % with rows, % errors', what, n, ok, hits, errors;
END$$;

-- The same text as condition of a shape and in SQL; each as "in" and as "not in".
INSERT INTO cases (part, shape) SELECT 'literals', replace(c, ' IN ', i) FROM unnest(ARRAY[
'i2 IN (1, 2)', 'i2 IN (1, 2147483648)', 'i2 IN (1, 99999999999999999999)', 'i2 IN (''1'', ''2'')', 'i2 IN (''1'', 70000)', 'i2 IN (''1'', ''70000'')',
'i4 IN (1, 2, 3)', 'i4 IN (1, 2.5)', 'i4 IN (1.0, 2.5)', 'i4 IN (1, 9007199254740993)', 'i4 IN (1, 1e3)', 'i4 IN (1, 1e-3, .5)', 'i4 IN (1, -3)',
'i4 IN (''1'', ''2'')', 'i4 IN (''1'', 2.5)', 'i4 IN (''2.5'', 1.5)', 'i4 IN (''2.5'', 1)', 'i4 IN (''x'', 1)', 'i4 IN (1, true)', 'i4 IN (1, ''true'')',
'i4 IN (1, null)', 'i4 IN (null, null)', 'i4 IN (null, 1, ''2'')', 'i4 IN (1, 1, 1)', 'i4 IN (7, 8)', 'i4 IN (null)', 'i4 IN (1)', 'i4 IN (2.5)',
'i8 IN (1, 2)', 'i8 IN (1, 2147483648)', 'i8 IN (9007199254740993, 9007199254740992)', 'i8 IN (1.5, 9007199254740993)', 'i8 IN (''1'', ''9007199254740993'')',
'n IN (1, 2)', 'n IN (1, 2.50)', 'n IN (''NaN'', 1)', 'n IN (''NaN'', ''1'')', 'n IN (1.000, null)', 'n2 IN (2.5, 1)', 'n2 IN (2.49, 1)', 'n2 IN (''2.5'', ''12345678'')',
'f4 IN (0.1, 0.2)', 'f4 IN (0.1)', 'f4 IN (''0.1'', 2)', 'f4 IN (1e300, 1)', 'f4 IN (''NaN'', 0.1)', 'f4 IN (2, 3)', 'f4 IN (9007199254740993, 2)',
'f8 IN (0.1, 2)', 'f8 IN (1e400, 1)', 'f8 IN (''NaN'', ''infinity'')', 'f8 IN (9007199254740993, 2)', 'f8 IN (9007199254740993, null)', 'f8 IN (0.1, null)',
'b IN (true, null)', 'b IN (true, false)', 'b IN (''t'', ''off'')', 'b IN (''t'', false)', 'b IN (1, true)', 'b IN (null, null)',
't IN (''a'', '''')', 't IN (''it''''s'', null)', 't IN (''a'', 1)', 't IN (''a'', ''NULL'', ''{'', ''"'', ''\'', '','')', 't IN (true, ''a'')',
'v IN (''a'', ''ab'')', 'v IN (''abcdefgh'', ''a'')', 'v IN (''a '', null)', 'c IN (''a'', ''ab'')', 'c IN (''a    '', ''abcd'')', 'c IN ('''', null)', 'nm IN (''a'', ''b'')',
'd IN (''2024-02-01'', ''1/2/2024'')', 'd IN (''infinity'', null)', 'd IN (''today'', ''x'')', 'd IN (''2024-01-02'', 1)', 'tz IN (''2024-01-02 10:00'', ''2024-01-31 23:00Z'')',
'u IN (''00000000000000000000000000000001'', null)', 'u IN (''x'', null)', 'by IN (''\x00ff'', ''\x'')', 'bits IN (''101'', ''000'')', 'bits IN (''101'', ''0'')',
'm IN (''sad'', ''ok'')', 'm IN (''sad'', null)', 'm IN (''sad'', ''nope'')', 'm IN (''sad'', 1)', 'dm IN (''sad'', ''ok'')', 'dm IN (''happy'', null)',
'sc IN (1, 999)', 'sc IN (1, 5000)', 'sc IN (''1'', ''5000'')', 'sc IN (1, 1.5)', 'sc IN (null, 2)',
'sh IN (''(RED)'', ''(x)'')', 'sh IN (''(RED)'', null)', 'sh IN (''(BLUE)'')', 'sh IN (''x'', ''(y)'')', 'sy IN (''(RED)'', ''(x)'')', 'ti IN (''a'', ''b'')',
'p IN (''(Wien,1010)'', ''(Łódź,90)'')', 'p IN (''(Wien,1010)'', null)', 'p IN (''(Wien,x)'', null)', 'p IN (''(,)'', ''(a,1)'')',
'jb IN (''"theme"'', ''{"k": null, "n": 1.0, "theme": "dark"}'')', 'jb IN (''1'', null)', 'jb IN (''{'', null)', 'jb IN (1, 2)',
'tags IN (''{a,b}'', ''{}'')', 'tags IN (''{NULL}'', null)', 'tags IN (''a'', ''{}'')', 'nums IN (''{1,2}'', ''{}'')', 'nums IN (1, 2)', 'ls IN (''{a}'', ''{}'')', 'ls IN (''{a}'', null)',
'r IN (''[1,5)'', ''empty'')', 'r IN (''[1,4]'', null)', 'r IN (1, 2)', 'mr IN (''{[1,5)}'', ''{}'')',
'mo IN (''1.5'', ''2'')', 'mo IN (1, 2)', 'o IN (1, 0)', 'o IN (1, 4294967295)', 'o IN (1, 4294967296)', 'o IN (-1, 0)', 'o IN (1.5, 1)', 'o IN (''1'', ''0'')',
'rc IN (''users'', ''things'')', 'rc IN (1, 1259)', 'rc IN (''nope'', ''users'')', 'x IN (null, null)',
'i4 IN (i2, 1, 2)', 'i4 IN (1, i2)', 'i4 IN (1, i8, 2.5, n, null)', 'i4 IN (i2, i8)', 'i4 IN (t, 1, 2)', 't IN (v, ''a'', c, '''')', '1 IN (i2, i4)', '''a'' IN (t, v)', 'i4 IN (1, t)',
'i4 IN (1, 2) and b or i8 IN (1, null)', 'not i4 IN (1, 2)'
]) WITH ORDINALITY u (c, n), unnest(ARRAY[' in ', ' not in ']) i ORDER BY n, i;
CALL report('literals');

-- Where a shape says it in another way.
INSERT INTO cases (part, shape, sql, params) VALUES
('others', 'ti in (''a'')', 'ti = ''a''', '{}'), ('others', 'ti not in (''a'')', 'not ti = ''a''', '{}'),
('others', 'half in (0.5, 1)', 'half(things) in (0.5, 1)', '{}'), ('others', 'half not in (''0.5'', null)', 'half(things) not in (0.5, null)', '{}'),
('others', 'p.city in (''Wien'', ''Graz'')', '(p).city in (''Wien'', ''Graz'')', '{}'), ('others', 'p.zip in (1010, 90.0)', '(p).zip in (1010, 90.0)', '{}'),
('others', 'user.name in (''ann'', ''cyd'')', 'user_id = 1', '{}'), ('others', 'user.boss.name not in (''bob'', ''cyd'')', 'user_id = 2', '{}'),
('others', 'exists(user(where: id in (2, 3)))', 'user_id = 2', '{}'), ('others', 'exists(user(where: name in (''ann'', null)))', 'user_id = 1', '{}'),
('json', 'jb.theme in (''dark'', ''light'', 1)', 'id in (1, 2)', '{}'), ('json', 'jb.theme in (''"dark"'', ''x'')', 'false', '{}'),
('json', 'jb.theme not in (''dark'', true)', 'id = 2', '{}'), ('json', 'jb.theme not in (''dark'', null)', 'false', '{}'),
('json', 'jb.n in (1, 2.5)', 'id in (1, 2)', '{}'), ('json', 'jb.n in (''1'', ''2.5'')', 'false', '{}'), ('json', 'jb.k in (true, false)', 'id = 2', '{}'),
('json', 'jb.k in (null, 1)', 'false', '{}'), ('json', 'jb.k in ($a, 1)', 'id = 1', '{"a": null}'), ('json', 'jb.theme in ($a, $b)', 'id = 1', '{"a": {"b": 1}, "b": "dark"}'),
('json', 'jb.theme in (jb.theme, 1, 2)', 'id in (1, 2)', '{}'), ('json', '''dark'' in (jb.theme, jb.k)', 'id = 1', '{}'),
('params', 'i4 in (1, $a, $b)', 'i4 in (1, 2, 1000)', '{"a": 2, "b": "1000"}'), ('params', 'i4 in ($a, $b)', 'i4 in (1, 2)', '{"a": 1, "b": 2}'),
('params', 'i4 in (1, $a)', 'i4 in (1, null)', '{"a": null}'), ('params', 'i4 not in (1, $a)', 'false', '{"a": null}'),
('params', 'i4 in (1.5, $a)', 'i4 in (1.5, 2.0)', '{"a": 2.0}'), ('params', 'i4 in (1, $a)', 'i4 in (1, ''x'')', '{"a": "x"}'),
('params', 'i4 in (1, $a) and i2 = $a', 'i4 = 2', '{"a": 2}'), ('params', 'i4 in (1, $a) and i8 in ($a, $a, 5)', 'i4 = 1', '{"a": 1}'),
('params', 't in (''a'', $a)', 't in (''a'', '''')', '{"a": ""}'), ('params', 't in (''a'', $a) or v in ($a, ''ab'')', 't in (''a'', ''x'') or v = ''ab''', '{"a": "x"}'),
('params', 'm in (''sad'', $a)', 'm in (''sad'', ''ok'')', '{"a": "ok"}'), ('params', 'sh in (''(RED)'', $a)', 'sh in (''(red)'', ''(Blue)'')', '{"a": "(BLUE)"}'),
('params', 'sc in (1, $a)', 'sc in (1, 5000)', '{"a": 5000}'), ('params', 'tags in (''{a,b}'', $a)', 'tags in (''{a,b}'', ''{}'')', '{"a": []}'),
('params', 'jb in (''1'', $a)', 'jb in (''1'', ''"theme"'')', '{"a": "theme"}'), ('params', 'd in (''2024-01-02'', $a)', 'd in (''2024-01-02'', ''2024-02-01'')', '{"a": "1/2/2024"}'),
('params', 'i4 in (i2, $a, 2)', 'i4 in (i2, 1000, 2)', '{"a": 1000}'), ('params', 'p in (''(,)'', $a)', 'p in (''(,)'', ''(Wien,1010)'')', '{"a": "(Wien,1010)"}');
CALL report('others');
CALL report('json');
CALL report('params');
SELECT jsonify_find('things', '(where: i4 in (1, 2.5, $a) and t not in (''x'', ''y'')) { id, i4, t }', '{"a": 2}');
SELECT jsonify(u, '{ id, count(things(where: i4 in (1, 2))), sum(things.i4), ids: things(where: id not in (1, 3)).id }') FROM users u WHERE id = 1;

-- One array of literals, as jsonify_explain() shows it; for PostgreSQL the same as in SQL.
SELECT shape, regexp_replace(regexp_replace(sql, '\s+', ' ', 'g'), '^.* WHERE (.*) ORDER BY .*$', '\1') AS condition
  FROM unnest(ARRAY['i2 in (1, 2)', 'i4 not in (1, 2.50, null)', 'i4 in (i2, 1, 2, i8)', 't in (''it''''s'', ''"'', ''{,}'')', 'v in (''a'', $a)', 'm in (''ok'', ''sad'')',
    'sc in (1, 5000)', 'sh in (''(a)'', null)', 'sy in (''(a)'', ''(b)'')', 'p in (''(a,1)'', null)', 'tags in (''{a}'', ''{b}'')', 'jb.theme in (''dark'', $a, null)',
    'rc in (1, 2)', 'rc in (''1259'', null)', 'f4 in (0.1, 2)']) WITH ORDINALITY s (shape, n),
    jsonify_explain('things', format('(where: %s) { id }', shape), '{"a": "x"}', '{"unknown_params": "ignore"}') ORDER BY n;
CREATE FUNCTION plan_of(shape text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || (SELECT sql FROM jsonify_explain('things', shape));
END$$;
SET enable_seqscan = off;
SELECT plan_of('(where: id in (1, 2, null)) { id }');
RESET enable_seqscan;
SELECT plan_of('(where: i4 not in (1, 2)) { i4 }');

-- Literals are read by each call, as those that stand alone are; a plan that is kept does not tell.
SELECT jsonify_find('things', '(where: d in (''1/2/2024'', ''3/4/2024'')) { id, d }');
SET datestyle = 'ISO, MDY';
SELECT jsonify_find('things', '(where: d in (''1/2/2024'', ''3/4/2024'')) { id, d }');
SET datestyle = 'ISO, DMY';
ALTER TYPE mood RENAME TO feeling;
SELECT jsonify_find('things', '(where: m in (''ok'', ''sad'')) { id, m }');
ALTER TYPE shade RENAME TO hue;
SELECT jsonify_find('things', '(where: sh in (''(RED)'', null)) { id, sh }');
ALTER TYPE hue SET SCHEMA t_in;
SELECT jsonify_find('things', '(where: sh in (''(red)'', null)) { id, sh }');

-- Long lists, in any place.
CREATE TABLE many (id int PRIMARY KEY, user_id int REFERENCES users, t text);
INSERT INTO many SELECT i, i % 3 + 1, 't' || i FROM generate_series(1, 20000) i;
CREATE INDEX ON many (user_id);
ANALYZE many;
SELECT string_agg((i * 2)::text, ', ') AS numbers, string_agg(format('''t%s''', i * 2), ', ') AS texts FROM generate_series(1, 20000) i \gset
SELECT count(*), sum((d ->> 'id')::int) FROM jsonify_find('many', format('(where: id in (%s)) { id }', :'numbers')) d;
SELECT count(*), sum((d ->> 'id')::int) FROM jsonify_find('many', format('(where: id not in (%s, 1.5, $p)) { id }', :'numbers'), '{"p": 7}') d;
SELECT count(*), sum((d ->> 'id')::int) FROM jsonify_find('many', format('(where: t in (%s)) { id }', :'texts')) d;
SELECT count(*) FROM jsonify_find('many', format('(where: t not in (%s, null)) { id }', :'texts')) d;
SELECT jsonify(u, format('{ id, count(many(where: t in (%s))) }', :'texts')) FROM users u ORDER BY id;
SELECT jsonb_path_query_array(jsonify_agg(u, format('{ many(where: id in (%s), limit: 2) { id } }', :'numbers') ORDER BY id), '$[*].many[*].id') FROM users u;
CREATE FUNCTION error_of(shape text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE c text;
BEGIN
  PERFORM jsonify_find('many', shape);
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS c = PG_EXCEPTION_CONTEXT;
  RETURN SQLSTATE || ' ' || substring(c FROM 'column (\d+) of the shape') || ' ' || SQLERRM;
END$$;
SELECT error_of(format('(where: id in (%s, ''x'')) { id }', :'numbers')), length('(where: id in (' || :'numbers' || ', ') + 1 AS place;
DROP SCHEMA t_in, t_in_types CASCADE;
