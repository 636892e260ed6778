-- Hostile surroundings, then shapes and params made to break out. Names full of quotes, a
-- search_path with traps in front, better matching operators in "public", a stranger's
-- objects beside one's own; and whatever a client may put into a shape: nothing is run
-- that was not meant, each shape is an error or means what it says, and no table changes.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE ROLE regress_jsonify_victim;
CREATE ROLE regress_jsonify_evil;
CREATE SCHEMA "t_injection""; DROP TABLE x; --";
CREATE SCHEMA t_injection_victim;
CREATE SCHEMA t_injection_evil;
GRANT ALL ON SCHEMA "t_injection""; DROP TABLE x; --", t_injection_victim, t_injection_evil TO PUBLIC;
SET search_path = "t_injection""; DROP TABLE x; --", public;

-- Names: of schema, table, column, constraint, type, function and shape.
CREATE TYPE "ty""p'e" AS (" ""a" int, "'b" text);
CREATE TABLE "u""s'e;r.s" ("i""d" int PRIMARY KEY, "na'me" text, "$1" int, "b""; --" "ty""p'e", "%s" varchar DEFAULT '"; --''');
CREATE TABLE "p""o(s)t" ("k""1" text, "k'2" int, "auth""or_id" int CONSTRAINT "f""k'1" REFERENCES "u""s'e;r.s",
  "k""up" text, "k'up" int, PRIMARY KEY ("k'2", "k""1"),
  CONSTRAINT "f""k'2" FOREIGN KEY ("k""up", "k'up") REFERENCES "p""o(s)t" ("k""1", "k'2"));
INSERT INTO "u""s'e;r.s" VALUES (1, 'a"b''c\', 7, '(1,"x""y")');
INSERT INTO "p""o(s)t" VALUES ('a"''\', 1, 1, NULL, NULL), ('b', 2, 1, 'a"''\', 1);
CREATE FUNCTION "f""(); --"("u""s'e;r.s") RETURNS text LANGUAGE sql STABLE AS $$SELECT $1."na'me" || '"'$$;
CREATE FUNCTION "r""el"("u""s'e;r.s") RETURNS SETOF "p""o(s)t" LANGUAGE sql STABLE AS $$SELECT * FROM "t_injection""; DROP TABLE x; --"."p""o(s)t"$$;
SELECT jsonify(u, '{ * "f""(); --" "p""o(s)t" { "k""1" "auth""or" { "$1" } "f""k''2" { "k''2" } c: "p""o(s)t"(via: "k''up") { "k''2" } } "r""el" { "k""1" } "x""; --": "na''me" }') FROM "u""s'e;r.s" u;
SELECT jsonify_define('"u""s''e;r.s"', 's"h''a; --', '{ "na''me" "r""el" { "k''2" } }'), jsonify_define('"p""o(s)t"', 'default', '{ "auth""or" { ..."s""h''a; --" } }');
SELECT jsonify_find('"p""o(s)t"', '(order: "k""1" desc, limit: 1)  { "k''2" up: "f""k''2" }'), jsonify_find('"u""s''e;r.s"', '"s""h''a; --"');
SELECT name, target, columns, spelling FROM jsonify_relationships('"p""o(s)t"') ORDER BY spelling COLLATE "C";
CREATE FUNCTION run_explained(t regclass, shape text) RETURNS TABLE (path text, n bigint) LANGUAGE plpgsql AS $$
DECLARE q text;
BEGIN
  FOR path, q IN SELECT e.path, e.sql FROM public.jsonify_explain(t, shape) e LOOP
    EXECUTE format('SELECT count(*) FROM (%s) x', q) INTO n;
    RETURN NEXT;
  END LOOP;
END$$;
SELECT * FROM run_explained('"u""s''e;r.s"', '{ * "f""(); --" "p""o(s)t" { "auth""or" { } c: "p""o(s)t"(via: "k''up") } "r""el" { "f""k''2" } }');
SELECT jsonify_undefine('"u""s''e;r.s"', 's"h''a; --');

-- A search_path whose every entry is a trap: functions, operators, tables and types
-- of the names that queries use, temporary ones, too.
SET search_path = t_injection_victim, public;
CREATE TABLE users (id int PRIMARY KEY, name varchar NOT NULL UNIQUE, at date);
CREATE TABLE posts (id int PRIMARY KEY, by varchar REFERENCES users (name), n numeric);
INSERT INTO users VALUES (1, 'ann', '2020-01-01'), (2, 'bob', NULL);
INSERT INTO posts VALUES (10, 'ann', 1), (11, 'ann', 2), (12, 'bob', 3);
CREATE FUNCTION top(users) RETURNS SETOF posts LANGUAGE sql STABLE AS 'SELECT * FROM t_injection_victim.posts p WHERE p.by OPERATOR(pg_catalog.=) $1.name';
CREATE FUNCTION len(users) RETURNS int LANGUAGE sql STABLE AS 'SELECT pg_catalog.length($1.name)';
SELECT jsonify_define('users', 'card', '{ name len posts { n } }'), jsonify_define('posts', 'default', '{ n u: by { ...card } }');
CREATE TABLE want AS
  SELECT 1 AS k, (SELECT jsonb_agg(d) FROM jsonify_find('users', '(order: at desc nulls last, name, limit: 2)
                                                                  { * len top { n by { at } } posts { id } }') d) AS d
  UNION ALL SELECT 2, (SELECT jsonify_agg(p ORDER BY id) FROM posts p)
  UNION ALL SELECT 3, (SELECT jsonb_agg(r.spelling) FROM jsonify_relationships('users') r);
DO $$
DECLARE ty text; op text; fn text;
  body text := 'RETURNS bool LANGUAGE plpgsql AS $f$BEGIN RAISE EXCEPTION ''trapped''; END$f$';
BEGIN
  FOREACH ty IN ARRAY '{int4,int8,text,varchar,date,numeric,oid,regclass,name,jsonb,bool}'::text[] LOOP
    EXECUTE format('CREATE FUNCTION t_injection_evil.trap(%1$s, %1$s) %2$s', ty, body);
    FOREACH op IN ARRAY '{=,<,>,<=,>=,<>,->,||,+}'::text[] LOOP
      EXECUTE format('CREATE OPERATOR t_injection_evil.%s (FUNCTION = t_injection_evil.trap, LEFTARG = %s, RIGHTARG = %2$s)', op, ty);
    END LOOP;
    EXECUTE format('CREATE FUNCTION t_injection_evil.unnest(%s[]) %s', ty, body);
    FOREACH fn IN ARRAY '{count,array_agg,to_jsonb,row_number,jsonify_find,jsonify,length,lower,jsonify_shapes,jsonify_shape,format}'::text[] LOOP
      EXECUTE format('CREATE FUNCTION t_injection_evil.%s(%s) %s', fn, ty, body);
    END LOOP;
    EXECUTE format('CREATE TYPE t_injection_evil.%s AS (x pg_catalog.text)', ty);
  END LOOP;
END$$;
CREATE FUNCTION t_injection_evil.jsonify_shape() RETURNS trigger LANGUAGE plpgsql
  AS $$BEGIN RAISE EXCEPTION 'trapped'; END$$;
CREATE TRIGGER a BEFORE DELETE ON users FOR EACH STATEMENT WHEN (false)
  EXECUTE FUNCTION t_injection_evil.jsonify_shape('card', '{ evil: id }');
CREATE TABLE t_injection_evil.users (id pg_catalog.int4 PRIMARY KEY, name pg_catalog.varchar, at pg_catalog.date);
CREATE TABLE t_injection_evil.pg_class (oid pg_catalog.int4);
CREATE TEMP TABLE pg_trigger AS SELECT 1 AS tgrelid;
CREATE TEMP TABLE posts AS SELECT 'evil'::pg_catalog.text AS n;
CREATE TEMP TABLE pg_class AS SELECT 1 AS oid;
-- between two varchars that of public is the better match
CREATE FUNCTION public.trap(varchar, varchar) RETURNS bool LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'trapped'; END$$;
CREATE OPERATOR public.= (FUNCTION = public.trap, LEFTARG = varchar, RIGHTARG = varchar);
CREATE OPERATOR public.< (FUNCTION = public.trap, LEFTARG = varchar, RIGHTARG = varchar);
SELECT name = name FROM users;
CREATE FUNCTION t_injection_victim.got() RETURNS TABLE (k pg_catalog.int4, d pg_catalog.jsonb) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY SELECT 1, (SELECT pg_catalog.jsonb_agg(x) FROM public.jsonify_find('t_injection_victim.users',
    '(order: at desc nulls last, name, limit: 2) { * len top { n by { at } } posts { id } }') x);
  RETURN QUERY SELECT 2,
    (SELECT pg_catalog.jsonb_agg(public.jsonify(p))
      FROM (SELECT * FROM public.jsonify_find('t_injection_victim.posts', '{ id }')) i (i), t_injection_victim.posts p
      WHERE p.id OPERATOR(pg_catalog.=) (i.i OPERATOR(pg_catalog.->>) 'id')::pg_catalog.int4);
  RETURN QUERY SELECT 3, (SELECT pg_catalog.jsonb_agg(r.spelling) FROM public.jsonify_relationships('t_injection_victim.users') r);
END$$;
SELECT k, g.d OPERATOR(pg_catalog.=) w.d FROM want w JOIN got() g USING (k) ORDER BY k;
SET search_path = t_injection_evil, pg_temp, pg_catalog, public;
SELECT 1 = 1;
SELECT g.k, g.d OPERATOR(pg_catalog.=) w.d FROM t_injection_victim.want w JOIN t_injection_victim.got() g ON g.k OPERATOR(pg_catalog.=) w.k;
SELECT path FROM public.jsonify_explain('t_injection_victim.users', '(order: name) { len posts { by { ...card } } }');
DO $$
DECLARE q pg_catalog.text;
BEGIN
  FOR q IN SELECT sql FROM public.jsonify_explain('t_injection_victim.users', '(order: name) { len posts { by { ...card } } top }') LOOP
    EXECUTE q;
  END LOOP;
END$$;
SELECT public.jsonify_define('t_injection_victim.users', 'trapped', '{ id top }');
SELECT public.jsonify_find('t_injection_victim.users', '(limit: 1) trapped');
SELECT public.jsonify_undefine('t_injection_victim.users', 'trapped');
SELECT public.jsonify_define('t_injection_victim.users', 'default', '{ n: name }');
ALTER TABLE t_injection_victim.posts DROP CONSTRAINT posts_by_fkey;
DROP TABLE t_injection_victim.posts CASCADE;
RESET search_path;
DROP TABLE pg_temp.pg_trigger, pg_temp.posts, pg_temp.pg_class;
SELECT relation, name, shape FROM jsonify_shapes('t_injection_victim.users') ORDER BY name;
DROP OPERATOR public.= (varchar, varchar);
DROP OPERATOR public.< (varchar, varchar);
DROP FUNCTION public.trap(varchar, varchar);

-- A stranger who may create objects in the schema of a table that is not his: no
-- computed field, no relationship of his is run, he may not define, nor can he make
-- the owner's names mean another thing.
SET search_path = t_injection_victim, public;
ALTER TABLE users OWNER TO regress_jsonify_victim;
SELECT jsonify_undefine('users', 'default');
CREATE TABLE notes (id int PRIMARY KEY, x text);
INSERT INTO notes VALUES (1, 'alive');
ALTER FUNCTION len(users) OWNER TO regress_jsonify_victim;
SET ROLE regress_jsonify_evil;
CREATE FUNCTION t_injection_victim.pwn(users) RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'trapped as %', current_user; END$$;
CREATE FUNCTION t_injection_victim.pwns(users) RETURNS SETOF users LANGUAGE plpgsql STABLE AS $$BEGIN RAISE EXCEPTION 'trapped as %', current_user; END$$;
CREATE FUNCTION t_injection_victim.notes(users) RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'trapped as %', current_user; END$$;
CREATE OR REPLACE FUNCTION t_injection_victim.len(users) RETURNS int LANGUAGE sql AS 'SELECT 666';
SELECT jsonify_define('users', 'default', '{ id }');
RESET ROLE;
ALTER TABLE notes ADD COLUMN users_id int DEFAULT 1 REFERENCES users;
SELECT jsonify(u, '{ * len notes }') FROM users u WHERE id = 1;
SELECT jsonify(u, '{ pwn }') FROM users u;
SELECT jsonify(u, '{ pwns { id } }') FROM users u;
SELECT name FROM jsonify_relationships('users') ORDER BY 1;
DROP SCHEMA "t_injection""; DROP TABLE x; --", t_injection_victim, t_injection_evil CASCADE;
DROP OWNED BY regress_jsonify_victim, regress_jsonify_evil;
DROP ROLE regress_jsonify_victim, regress_jsonify_evil;

-- Shapes that would break out are errors, or names that there are not.
CREATE SCHEMA t_injection;
SET search_path = t_injection, public;
CREATE TABLE canary (id int PRIMARY KEY, name text);
INSERT INTO canary VALUES (1, 'row 1');
CREATE FUNCTION try(shape text, params jsonb DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RETURN (SELECT string_agg(d::text, ' ') FROM public.jsonify_find('t_injection.canary', shape, params) d);
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE;
END$$;
SELECT s, try(s)
  FROM unnest(ARRAY['{ id"; DROP TABLE canary; --" }', '{ "id\"; DROP TABLE t_injection.canary; --" }',
    '{ "id"" FROM t_injection.canary; DROP TABLE t_injection.canary; --" }', '{ id; DELETE FROM t_injection.canary }',
    '{ "x: 1, (SELECT 1)": name }', '{ x: "x''; DROP TABLE t_injection.canary; --" }',
    '(order: "id; DROP TABLE t_injection.canary") { id }', '(order: id; DROP TABLE t_injection.canary) { id }',
    '(order: id desc nulls last; DELETE FROM t_injection.canary) { id }',
    '(limit: 1; DELETE FROM t_injection.canary) { id }', '(limit: (SELECT 1)) { id }', '(limit: 1 OR 1=1) { id }',
    '(order: pg_sleep(1)) { id }', '(order: (SELECT 1)) { id }', '(order: id::text) { id }',
    E'{ id \\x00 }', '{ id /* } */ }', '{ id -- }', '{ ..."x''; --" }', 'x''; DROP TABLE t_injection.canary; --',
    '"x""; DROP TABLE t_injection.canary; --"', '{ ctid }', '{ tableoid }', '{ xmin }', '{ "*" }',
    '(order: ctid) { id }', '{ oid }', '{ canary }', '{ pg_sleep }', '{ "pg_catalog.pg_sleep" }']) s;
SELECT p, try('(limit: $n) { id }', p) FROM unnest(ARRAY['{"n": "1; DROP TABLE t_injection.canary"}', '{"n": "1"}', '{"n": {"n": 1}}', '{"n": [1]}']::jsonb[]) p;
TABLE canary;

-- The same by the thousand: every piece at every place, among what a stranger left in
-- "public", under several search paths.
\pset tuples_only off
CREATE ROLE regress_stranger;
GRANT CREATE, USAGE ON SCHEMA public TO regress_stranger;
CREATE TYPE public.mood AS ENUM ('sad', 'ok');
CREATE DOMAIN public.feeling AS public.mood;
CREATE TYPE public.shade AS (name text);
CREATE FUNCTION public.shade_eq(public.shade, public.shade) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT ($1).name OPERATOR(pg_catalog.=) ($2).name';
CREATE FUNCTION public.mood_eq(public.mood, public.mood) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1::text OPERATOR(pg_catalog.=) $2::text';
CREATE OPERATOR public.~= (LEFTARG = public.shade, RIGHTARG = public.shade, FUNCTION = public.shade_eq);
CREATE OPERATOR public.= (LEFTARG = public.mood, RIGHTARG = public.mood, FUNCTION = public.mood_eq);
CREATE TABLE users (id int PRIMARY KEY, name text, n int, m public.mood, f public.feeling, sh public.shade, meta jsonb, boss_id int REFERENCES users);
CREATE TABLE posts (id int PRIMARY KEY, author_id int REFERENCES users, title text, views bigint);
INSERT INTO canary SELECT i, 'row ' || i FROM generate_series(2, 10) i;
CREATE SEQUENCE public.hits;
GRANT ALL ON SEQUENCE public.hits TO PUBLIC;

-- What a stranger can leave there: functions, operators, casts, types and tables that
-- are named like those that queries use.
SET ROLE regress_stranger;
SET search_path = public, pg_catalog;
CREATE FUNCTION public.hit() RETURNS int LANGUAGE sql AS $$SELECT nextval('public.hits')::int4$$;
CREATE TYPE public.hostile AS (t text);
DO $$
DECLARE t text; o text; u text;
BEGIN
  FOREACH t IN ARRAY ARRAY['int4', 'int8', 'text', 'varchar', 'bool', 'jsonb', 'numeric', 'unknown', 'mood',
    'feeling', 'shade', 'hostile', 'name', 'date', 'int4[]', 'text[]', 'anyelement', 'record'] LOOP
    BEGIN
      EXECUTE format('CREATE FUNCTION public.evil(%1$s) RETURNS %1$s LANGUAGE plpgsql AS ''BEGIN PERFORM public.hit(); RETURN $1; END''', t);
      FOREACH u IN ARRAY ARRAY['count', 'sum', 'avg', 'min', 'max', 'unnest', 'lower', 'upper', 'length', 'jsonb',
        'row_number', 'random', 'now', 'coalesce', 'format', 'users', 'author', 'posts',
        'evil_' || left(md5(t), 5)] LOOP
        BEGIN
          EXECUTE format('CREATE FUNCTION public.%1$I(%2$s) RETURNS %2$s LANGUAGE plpgsql AS ''BEGIN PERFORM public.hit(); RETURN $1; END''', u, t);
        EXCEPTION WHEN OTHERS THEN NULL;
        END;
      END LOOP;
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
    FOREACH u IN ARRAY ARRAY['int4', 'int8', 'text', 'bool', 'jsonb', 'numeric', 'mood', 'feeling', 'shade', 'hostile', 'anyelement', 'anyarray', 'text[]'] LOOP
      BEGIN
        EXECUTE format('CREATE FUNCTION public.evil_op(%s, %s) RETURNS bool LANGUAGE plpgsql AS ''BEGIN PERFORM public.hit(); RETURN true; END''', t, u);
      EXCEPTION WHEN OTHERS THEN CONTINUE;
      END;
      FOREACH o IN ARRAY ARRAY['=', '<>', '<', '>', '<=', '>=', '~', '~~', '~=', '@>', '#>', '!~~', '==>'] LOOP
        BEGIN
          EXECUTE format('CREATE OPERATOR public.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = public.evil_op)', o, t, u);
        EXCEPTION WHEN OTHERS THEN NULL;
        END;
      END LOOP;
    END LOOP;
    BEGIN
      EXECUTE format('CREATE FUNCTION public.to_hostile(%s) RETURNS public.hostile LANGUAGE plpgsql AS ''BEGIN PERFORM public.hit(); RETURN NULL; END''', t);
      EXECUTE format('CREATE CAST (%s AS public.hostile) WITH FUNCTION public.to_hostile(%1$s) AS IMPLICIT', t);
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
  END LOOP;
  CREATE VIEW public.pg_class AS SELECT public.hit() AS oid;
  CREATE VIEW public.q AS SELECT public.hit() AS ord;
  CREATE DOMAIN public.json AS text CHECK (public.hit() > 0);
  CREATE DOMAIN public.int8 AS pg_catalog.int8 CHECK (public.hit() > 0);
  CREATE DOMAIN public.anyenum AS text CHECK (public.hit() > 0);
END$$;
RESET ROLE;
SET search_path = t_injection, public;
SELECT (SELECT count(*) > 100 FROM pg_operator WHERE oprowner = 'regress_stranger'::regrole) AS operators,
  (SELECT count(*) > 100 FROM pg_proc WHERE proowner = 'regress_stranger'::regrole) AS functions,
  (SELECT count(*) FROM pg_cast WHERE casttarget = 'public.hostile'::regtype) AS casts;

-- The pieces that shapes and params are made of.
CREATE TABLE payloads (n int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, p text);
INSERT INTO payloads (p)
  VALUES ('x'), (''''), (''''''), ('"'), ('""'), ('\'), ('\'''), ('\"'), (''' OR 1=1 --'), (''' OR ''1''=''1'),
    ('1; DROP TABLE canary'), ('1); DELETE FROM canary; --'), ('''); DELETE FROM canary; --'), ('" FROM canary; --'),
    ('"; TRUNCATE canary; --'), ('$$'), ('$$; DROP TABLE canary; $$'), ('$1'), ('$2'), ('$q$'), ('/*'), ('*/'),
    ('/* x */ 1'), ('--'), ('-- x'), ('#'), ('# x'), ('{'), ('}'), ('}}'), ('{ id }'), ('(' ), (')'), ('))'), (';'),
    (','), (', hit()'), ('::text'), ('1::int'), ('''1''::int'), ('CAST(1 AS int)'), ('hit()'), ('public.hit()'),
    ('evil(1)'), ('pg_sleep(9)'), ('(SELECT hit())'), ('(SELECT 1)'), ('ANY (ARRAY[1])'), ('OPERATOR(public.=)'),
    ('OPERATOR(public.=) 1'), ('1 OPERATOR(pg_catalog.=) 1'), ('= 1'), ('= 1; DROP TABLE canary'),
    ('UNION SELECT * FROM canary'), ('1 UNION SELECT 1'), ('name FROM canary'), ('id, name'), ('*'), ('canary'),
    ('canary.name'), ('users.*'), ('c.name'), ('ctid'), ('xmin'), ('tableoid'), ('oid'), ('null'), ('true'),
    ('current_user'), ('E''\x27'''), ('U&''\0027'''), ('U&"\0027"'), ('e''\'''' '), ('%s'), ('%I %L %1$s'), ('%'),
    ('_'), ('.'), ('..'), ('...'), ('a.b.c'), ('@'), ('@utc'), (':'), ('::'), ('[1]'), ('{}'), ('{a,b}'),
    ('{"a": 1}'), ('$[*]'), ('||'), ('~='), ('==>'), ('a' || chr(10) || 'b'), (chr(9)), (chr(1)), (chr(127)),
    (chr(160)), ('ż'), (U&'\02BC'), (U&'\FF07'), (U&'\201C'), (U&'\202E'), (U&'\200B'), (U&'\FEFF'), (U&'\+01F600'),
    (repeat('x', 63)), (repeat('x', 64)), (repeat('x', 300)), (repeat('"', 63)), (repeat('''', 64)),
    (repeat('ż', 32)), (repeat('$', 70));
-- A row, a key of json, a column and a named shape of each.
INSERT INTO users (id, name, n, m, f, sh, meta) SELECT n, p, n, 'sad', 'sad', ROW(p)::public.shade, jsonb_build_object(p, n, 'list', jsonb_build_array(p)) FROM payloads;
UPDATE users SET boss_id = id - 1 WHERE id > 1;
INSERT INTO posts SELECT id, id, name, id FROM users;
CREATE TABLE columns (id int PRIMARY KEY, user_id int REFERENCES users);
SELECT count(*) AS columns FROM (SELECT p, jsonify_define('users', p, format('{ "%s": id }', replace(p, '"', '""'))) FROM payloads) s;
DO $$
DECLARE p text;
BEGIN
  FOR p IN SELECT payloads.p FROM payloads
           WHERE octet_length(payloads.p) < 64 AND payloads.p NOT IN ('ctid', 'xmin', 'tableoid') LOOP
    EXECUTE format('ALTER TABLE t_injection.columns ADD %I int DEFAULT 1', p);
  END LOOP;
END$$;
INSERT INTO columns (id, user_id) VALUES (1, 1);

CREATE FUNCTION quoted(p text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT '"' || replace(p, '"', '""') || '"'$$;
CREATE FUNCTION string(p text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT '''' || replace(p, '''', '''''') || ''''$$;
CREATE FUNCTION attempt(relation regclass, shape text, params jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RETURN (SELECT coalesce(pg_catalog.jsonb_agg(d), '[]')::pg_catalog.text FROM public.jsonify_find(relation, shape, params, '{"unknown_params": "ignore"}') d);
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE;
END$$;

-- First: put where it belongs, with its quotes doubled, it means itself.
CREATE TABLE meant (what text, n int, relation regclass, shape text, want jsonb, params jsonb DEFAULT '{}');
INSERT INTO meant SELECT f.* FROM payloads p, LATERAL (VALUES
  ('literal', n, 'users', format('(where: name = %s) { id }', string(p)), jsonb_build_array(jsonb_build_object('id', n)), '{}'::jsonb),
  ('in a list', n, 'users', format('(where: name in (%s, %1$s)) { id }', string(p)), jsonb_build_array(jsonb_build_object('id', n)), '{}'),
  ('literal of a composite', n, 'users', format('(where: sh ~= %s) { id }', string((ROW(p)::public.shade)::text)), jsonb_build_array(jsonb_build_object('id', n)), '{}'),
  ('beside json', n, 'users', format('(where: meta.list.0 = %s) { id }', string(p)), jsonb_build_array(jsonb_build_object('id', n)), '{}'),
  ('key of json', n, 'users', format('(where: meta.%s = %s) { v: meta.%1$s }', quoted(p), n), jsonb_build_array(jsonb_build_object('v', n)), '{}'),
  ('param', n, 'users', '(where: name = $p) { id }', jsonb_build_array(jsonb_build_object('id', n)), jsonb_build_object('p', p)),
  ('params', n, 'users', '(where: name in $p) { id }', jsonb_build_array(jsonb_build_object('id', n)), jsonb_build_object('p', jsonb_build_array(p, p))),
  ('param beside json', n, 'users', '(where: meta.list = $p, limit: 1) { id }', jsonb_build_array(jsonb_build_object('id', n)), jsonb_build_object('p', jsonb_build_array(p))),
  ('param in exists()', n, 'users', '(where: exists(posts(where: title = $p))) { id, posts(where: title = $p).title }',
    jsonb_build_array(jsonb_build_object('id', n, 'title', jsonb_build_array(p))), jsonb_build_object('p', p)),
  ('alias', n, 'users', format('(where: id = %s) { %s: n }', n, quoted(p)), jsonb_build_array(jsonb_build_object(p, n)), '{}'),
  ('name of a shape', n, 'users', format('(where: id = %s) { ...%s }', n, quoted(p)), jsonb_build_array(jsonb_build_object(p, n)), '{}')) f
WHERE p NOT IN ('id', 'list');
INSERT INTO meant SELECT f.* FROM payloads p, LATERAL (VALUES
  ('column', n, 'columns', format('{ %s }', quoted(p)), jsonb_build_array(jsonb_build_object(p, 1)), '{}'::jsonb),
  ('column in a condition', n, 'columns', format('(where: %s = 1 and not %1$s in (2, 3) and %1$s is not null, order: %1$s desc) { id }', quoted(p)), '[{"id": 1}]', '{}'),
  ('key', n, 'users', format('(where: id = 1) { c: columns(key: %s) { id } }', quoted(p)), '[{"c": {"1": {"id": 1}}}]', '{}'),
  ('aggregate', n, 'users', format('(where: id = 1) { s: sum(columns.%s) }', quoted(p)), '[{"s": 1}]', '{}'),
  ('path', n, 'users', format('(where: id = 1) { s: columns(order: %s).%1$s }', quoted(p)), '[{"s": [1]}]', '{}')) f
WHERE octet_length(p) < 64 AND p NOT IN ('ctid', 'xmin', 'tableoid');
-- Second: as it is, at every place of a shape that a client may have filled in.
CREATE TABLE raw (n int, place text, shape text);
INSERT INTO raw SELECT n, place, replace(template, '§', p) FROM payloads, (VALUES
  ('shape', '§'), ('behind a shape', '{ id } §'), ('item', '{ § }'), ('alias', '{ §: id }'), ('value', '{ a: § }'),
  ('format', '{ id @§ }'), ('left out', '{ * -§ }'), ('spread', '{ ...§ }'), ('step', '{ a: meta.§ }'),
  ('relation', '{ § { id } }'), ('via', '{ posts(via: §) { id } }'), ('argument', '{ posts(§: 1) { id } }'),
  ('key', '{ posts(key: §) { id } }'), ('order', '{ posts(order: §).id }'), ('limit', '{ posts(limit: §).id }'),
  ('offset', '{ posts(limit: 1, offset: §).id }'), ('recurse', '{ boss(recurse: §) }'),
  ('aggregate', '{ a: count(§) }'), ('column summed', '{ a: sum(posts.§) }'),
  ('condition', '(where: §, limit: 1) { id }'), ('column', '(where: § = 1, limit: 1) { id }'),
  ('operator', '(where: n § 1, limit: 1) { id }'), ('number', '(where: n = §, limit: 1) { id }'),
  ('string', '(where: name = ''§'', limit: 1) { id }'), ('quoted name', '(where: "§" = 1, limit: 1) { id }'),
  ('behind a value', '(where: n = 1 §, limit: 1) { id }'), ('in a list', '(where: n in (1, §), limit: 1) { id }'),
  ('param', '(where: n = $§, limit: 1) { id }'), ('exists', '(where: exists(§), limit: 1) { id }'),
  ('is', '(where: n is §, limit: 1) { id }'), ('enum', '(where: m = §, limit: 1) { id }'),
  ('enum string', '(where: f = ''§'', limit: 1) { id }')) t (place, template);

-- All of it under three search paths.
CREATE TABLE results (path text, kind text, place text, n int, shape text, result text, want jsonb);
CREATE PROCEDURE run_all(path text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('search_path', path, false);
  INSERT INTO t_injection.results SELECT path, 'meant', what, n, shape, t_injection.attempt(relation, shape, params), want FROM t_injection.meant;
  INSERT INTO t_injection.results SELECT path, 'raw', place, n, shape, t_injection.attempt('t_injection.users', shape, '{"x": 1, "q": 1}'), NULL FROM t_injection.raw;
  PERFORM set_config('search_path', 't_injection', false);
END$$;
SET statement_timeout = '60s';
CALL run_all('t_injection, pg_catalog');
CALL run_all('"$user", public');
CALL run_all('public, pg_catalog');
RESET statement_timeout;

SELECT place, count(*) AS attempts, count(*) FILTER (WHERE result = want::text) AS meant FROM results WHERE kind = 'meant' GROUP BY place ORDER BY place;
SELECT place, n, path, left(shape, 200) AS shape, left(result, 200) AS result, want FROM results WHERE kind = 'meant' AND result <> want::text ORDER BY place, n, path LIMIT 20;
SELECT shape, result FROM results JOIN payloads USING (n)
  WHERE place IN ('literal', 'key of json', 'alias') AND p = '"; TRUNCATE canary; --' AND path = 'public, pg_catalog'
    AND kind = 'meant' ORDER BY place;
SELECT CASE WHEN result ~ '^[0-9A-Z]{5}$' THEN result ELSE 'a document' END AS result, count(*) FROM results WHERE kind = 'raw' GROUP BY 1 ORDER BY 1;
-- No error that cannot be a user's, and the same under every search path.
SELECT place, left(shape, 200), result FROM results WHERE kind = 'raw' AND result ~ '^(XX|57|53|55|40|08|25)' ORDER BY place, n LIMIT 20;
SELECT place, n, left(shape, 200) AS shape, array_agg(DISTINCT left(result, 100)) AS results
  FROM results WHERE kind = 'raw' GROUP BY place, n, shape HAVING count(DISTINCT result) > 1 ORDER BY place, n LIMIT 20;
-- Those that gave a document: each says something that a client may ask.
SELECT place, string_agg(CASE WHEN length(p) > 20 THEN left(p, 17) || '...' ELSE regexp_replace(p, '[\x01-\x1f\x7f\u00a0\u200b-\u202f\ufeff]', '?', 'g') END, '   ' ORDER BY n) AS payloads
  FROM results JOIN payloads USING (n) WHERE kind = 'raw' AND path = 'public, pg_catalog' AND result !~ '^[0-9A-Z]{5}$' GROUP BY place ORDER BY place;
-- Nothing of the stranger's was run, and the canary is as it was.
SELECT last_value, is_called FROM public.hits;
SELECT count(*) AS rows, bool_and(name = 'row ' || id) AS unchanged FROM canary;

-- One by one what would be run, if names and operators were looked up as in SQL.
SET search_path = public, pg_catalog;
CREATE FUNCTION t_injection.documents(shape pg_catalog.text, params pg_catalog.jsonb DEFAULT '{"p": "sad", "l": ["sad"]}') RETURNS pg_catalog.text LANGUAGE plpgsql AS $$
DECLARE n pg_catalog.int8;
BEGIN
  SELECT pg_catalog.count(*) INTO n FROM public.jsonify_find('t_injection.users', shape, params, '{"unknown_params": "ignore"}') d;
  RETURN n;
EXCEPTION WHEN OTHERS THEN RETURN pg_catalog.concat_ws(' ', SQLSTATE, SQLERRM);
END$$;
CREATE TABLE t_injection.probes (n serial, shape pg_catalog.text);
INSERT INTO t_injection.probes (shape) VALUES
('(where: n = 1) { id }'), ('(where: id in (1, 2)) { id }'), ('(where: name = ''x'') { id }'),
('(where: name ~ ''^x$'') { id }'), ('(where: name like ''x'') { id }'), ('(where: n between 1 and 2) { id }'),
('(where: m = ''ok'') { id }'), ('(where: m = $p) { id }'), ('(where: m in $l, limit: 1) { id }'),
('(where: m > ''sad'') { id }'), ('(where: f = ''ok'') { id }'), ('(where: f = $p) { id }'),
('(where: f in (''ok'')) { id }'), ('(where: n in (1, 2.5)) { id }'), ('(where: m in (''ok'', $p), limit: 1) { id }'), ('(where: f in (''ok'', null)) { id }'),
('(where: sh in (''(x)'', ''(y)'')) { id }'), ('(where: name in (''x'', ''y'')) { id }'), ('(where: meta.list.0 in (''x'', 1)) { id }'), ('(where: f in $l) { id }'), ('(where: f is distinct from ''ok'') { id }'),
('(where: m = f) { id }'), ('(where: m <> name) { id }'), ('(where: f < ''ok'') { id }'),
('(where: m ==> ''ok'') { id }'), ('(where: n ==> 1) { id }'), ('(where: sh ~= ''(x)'') { id }'),
('(where: sh = ''(x)'') { id }'), ('(where: sh = sh) { id }'), ('(where: sh ==> name) { id }'),
('(where: meta.list = 1) { id }'), ('(where: meta @> ''{}'', limit: 1) { id }'), ('(where: boss.m = ''ok'') { id }'),
('(where: boss.f = $p) { id }'), ('(where: exists(posts(where: views = 1))) { id }'),
('(order: f, m, sh, meta, limit: 1) { id, posts(order: views, limit: 1, where: views = 1) { id }, count(posts), a: sum(posts.views), b: min(posts.title), boss(recurse: 2) }'),
('{ a: posts(page: 1) { id }, b: posts(key: title) { id }, meta.x }'), ('{ lower }'), ('{ evil }'), ('{ hit }'),
('{ author }'), ('{ a: evil.t }'), ('(where: lower = 1) { id }'), ('(order: upper) { id }');
SELECT shape, t_injection.documents(shape) FROM t_injection.probes ORDER BY n USING OPERATOR(pg_catalog.<);
SELECT public.jsonify_find('t_injection.users', '(where: m = $p and sh ~= ''(x)'') { id, m, f, sh, count(posts) }', '{"p": "sad"}');
SELECT last_value, is_called FROM public.hits;
RESET search_path;
DROP OWNED BY regress_stranger CASCADE;
DROP ROLE regress_stranger;
DROP SCHEMA t_injection CASCADE;
DROP TYPE public.mood, public.shade CASCADE;
DROP SEQUENCE public.hits;
