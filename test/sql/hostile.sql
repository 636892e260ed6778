-- Hostile surroundings: names full of quotes, a search_path with traps in front,
-- better matching operators in public, a stranger's objects beside one's own, and
-- shapes that try to break out. Nothing is run that was not meant.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE ROLE regress_jsonify_victim;
CREATE ROLE regress_jsonify_evil;
CREATE SCHEMA "t""; DROP TABLE x; --";
CREATE SCHEMA t_hostile;
CREATE SCHEMA t_evil;
GRANT ALL ON SCHEMA "t""; DROP TABLE x; --", t_hostile, t_evil TO PUBLIC;
SET search_path = "t""; DROP TABLE x; --", public;

-- Names: of schema, table, column, constraint, type, function and shape.
CREATE TYPE "ty""p'e" AS (" ""a" int, "'b" text);
CREATE TABLE "u""s'e;r.s" ("i""d" int PRIMARY KEY, "na'me" text, "$1" int, "b""; --" "ty""p'e", "%s" varchar DEFAULT '"; --''');
CREATE TABLE "p""o(s)t" ("k""1" text, "k'2" int, "auth""or_id" int CONSTRAINT "f""k'1" REFERENCES "u""s'e;r.s", "k""up" text, "k'up" int, PRIMARY KEY ("k'2", "k""1"), CONSTRAINT "f""k'2" FOREIGN KEY ("k""up", "k'up") REFERENCES "p""o(s)t" ("k""1", "k'2"));
INSERT INTO "u""s'e;r.s" VALUES (1, 'a"b''c\', 7, '(1,"x""y")');
INSERT INTO "p""o(s)t" VALUES ('a"''\', 1, 1, NULL, NULL), ('b', 2, 1, 'a"''\', 1);
CREATE FUNCTION "f""(); --"("u""s'e;r.s") RETURNS text LANGUAGE sql STABLE AS $$SELECT $1."na'me" || '"'$$;
CREATE FUNCTION "r""el"("u""s'e;r.s") RETURNS SETOF "p""o(s)t" LANGUAGE sql STABLE AS $$SELECT * FROM "t""; DROP TABLE x; --"."p""o(s)t"$$;
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

-- Shapes that would break out are errors, or names that there are not.
CREATE TABLE t_hostile.canary (id int PRIMARY KEY, x text);
INSERT INTO t_hostile.canary VALUES (1, 'alive');
CREATE FUNCTION t_hostile.try(shape text, params jsonb DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
BEGIN RETURN (SELECT string_agg(d::text, ' ') FROM public.jsonify_find('t_hostile.canary', shape, params) d); EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE; END$$;
SELECT s, t_hostile.try(s) FROM unnest(ARRAY['{ id"; DROP TABLE canary; --" }', '{ "id\"; DROP TABLE t_hostile.canary; --" }', '{ "id"" FROM t_hostile.canary; DROP TABLE t_hostile.canary; --" }', '{ id; DELETE FROM t_hostile.canary }', '{ "x: 1, (SELECT 1)": x }', '{ x: "x''; DROP TABLE t_hostile.canary; --" }',
  '(order: "id; DROP TABLE t_hostile.canary") { id }', '(order: id; DROP TABLE t_hostile.canary) { id }', '(order: id desc nulls last; DELETE FROM t_hostile.canary) { id }', '(limit: 1; DELETE FROM t_hostile.canary) { id }', '(limit: (SELECT 1)) { id }', '(limit: 1 OR 1=1) { id }', '(order: pg_sleep(1)) { id }', '(order: (SELECT 1)) { id }', '(order: id::text) { id }',
  E'{ id \\x00 }', '{ id /* } */ }', '{ id -- }', '{ ..."x''; --" }', 'x''; DROP TABLE t_hostile.canary; --', '"x""; DROP TABLE t_hostile.canary; --"', '{ ctid }', '{ tableoid }', '{ xmin }', '{ "*" }', '(order: ctid) { id }', '{ oid }', '{ canary }', '{ pg_sleep }', '{ "pg_catalog.pg_sleep" }']) s;
SELECT p, t_hostile.try('(limit: $n) { id }', p) FROM unnest(ARRAY['{"n": "1; DROP TABLE t_hostile.canary"}', '{"n": "1"}', '{"n": {"n": 1}}', '{"n": [1]}']::jsonb[]) p;
TABLE t_hostile.canary;

-- A search_path whose every entry is a trap: functions, operators, tables and types
-- of the names that queries use, temporary ones, too.
SET search_path = t_hostile, public;
CREATE TABLE users (id int PRIMARY KEY, name varchar NOT NULL UNIQUE, at date);
CREATE TABLE posts (id int PRIMARY KEY, by varchar REFERENCES users (name), n numeric);
INSERT INTO users VALUES (1, 'ann', '2020-01-01'), (2, 'bob', NULL);
INSERT INTO posts VALUES (10, 'ann', 1), (11, 'ann', 2), (12, 'bob', 3);
CREATE FUNCTION top(users) RETURNS SETOF posts LANGUAGE sql STABLE AS 'SELECT * FROM t_hostile.posts p WHERE p.by OPERATOR(pg_catalog.=) $1.name';
CREATE FUNCTION len(users) RETURNS int LANGUAGE sql STABLE AS 'SELECT pg_catalog.length($1.name)';
SELECT jsonify_define('users', 'card', '{ name len posts { n } }'), jsonify_define('posts', 'default', '{ n u: by { ...card } }');
CREATE TABLE want AS SELECT 1 AS k, (SELECT jsonb_agg(d) FROM jsonify_find('users', '(order: at desc nulls last, name, limit: 2) { * len top { n by { at } } posts { id } }') d) AS d
  UNION ALL SELECT 2, (SELECT jsonify_agg(p ORDER BY id) FROM posts p) UNION ALL SELECT 3, (SELECT jsonb_agg(r.spelling) FROM jsonify_relationships('users') r);
DO $$
DECLARE ty text; op text; fn text;
  body text := 'RETURNS bool LANGUAGE plpgsql AS $f$BEGIN RAISE EXCEPTION ''trapped''; END$f$';
BEGIN
  FOREACH ty IN ARRAY '{int4,int8,text,varchar,date,numeric,oid,regclass,name,jsonb,bool}'::text[] LOOP
    EXECUTE format('CREATE FUNCTION t_evil.trap(%1$s, %1$s) %2$s', ty, body);
    FOREACH op IN ARRAY '{=,<,>,<=,>=,<>,->,||,+}'::text[] LOOP
      EXECUTE format('CREATE OPERATOR t_evil.%s (FUNCTION = t_evil.trap, LEFTARG = %s, RIGHTARG = %2$s)', op, ty);
    END LOOP;
    EXECUTE format('CREATE FUNCTION t_evil.unnest(%s[]) %s', ty, body);
    FOREACH fn IN ARRAY '{count,array_agg,to_jsonb,row_number,jsonify_find,jsonify,length,lower,jsonify_shapes_changed}'::text[] LOOP
      EXECUTE format('CREATE FUNCTION t_evil.%s(%s) %s', fn, ty, body);
    END LOOP;
    EXECUTE format('CREATE TYPE t_evil.%s AS (x pg_catalog.text)', ty);
  END LOOP;
END$$;
CREATE TABLE t_evil.jsonify_shapes AS SELECT 't_hostile.users'::regclass AS relation, 'card'::text AS name, '{ evil: id }'::text AS shape;
CREATE TABLE t_evil.users (id pg_catalog.int4 PRIMARY KEY, name pg_catalog.varchar, at pg_catalog.date);
CREATE TABLE t_evil.pg_class (oid pg_catalog.int4);
CREATE TEMP TABLE jsonify_shapes AS SELECT * FROM t_evil.jsonify_shapes;
CREATE TEMP TABLE posts AS SELECT 'evil'::pg_catalog.text AS n;
CREATE TEMP TABLE pg_class AS SELECT 1 AS oid;
-- between two varchars that of public is the better match
CREATE FUNCTION public.trap(varchar, varchar) RETURNS bool LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'trapped'; END$$;
CREATE OPERATOR public.= (FUNCTION = public.trap, LEFTARG = varchar, RIGHTARG = varchar);
CREATE OPERATOR public.< (FUNCTION = public.trap, LEFTARG = varchar, RIGHTARG = varchar);
SELECT name = name FROM users;
CREATE FUNCTION t_hostile.got() RETURNS TABLE (k pg_catalog.int4, d pg_catalog.jsonb) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY SELECT 1, (SELECT pg_catalog.jsonb_agg(x) FROM public.jsonify_find('t_hostile.users', '(order: at desc nulls last, name, limit: 2) { * len top { n by { at } } posts { id } }') x);
  RETURN QUERY SELECT 2, (SELECT pg_catalog.jsonb_agg(public.jsonify(p)) FROM (SELECT * FROM public.jsonify_find('t_hostile.posts', '{ id }')) i (i), t_hostile.posts p WHERE p.id OPERATOR(pg_catalog.=) (i.i OPERATOR(pg_catalog.->>) 'id')::pg_catalog.int4);
  RETURN QUERY SELECT 3, (SELECT pg_catalog.jsonb_agg(r.spelling) FROM public.jsonify_relationships('t_hostile.users') r);
END$$;
SELECT k, g.d OPERATOR(pg_catalog.=) w.d FROM want w JOIN got() g USING (k) ORDER BY k;
SET search_path = t_evil, pg_temp, pg_catalog, public;
SELECT 1 = 1;
SELECT g.k, g.d OPERATOR(pg_catalog.=) w.d FROM t_hostile.want w JOIN t_hostile.got() g ON g.k OPERATOR(pg_catalog.=) w.k;
SET search_path = t_evil, pg_temp, pg_catalog, public;
SELECT path FROM public.jsonify_explain('t_hostile.users', '(order: name) { len posts { by { ...card } } }');
DO $$
DECLARE q pg_catalog.text;
BEGIN
  FOR q IN SELECT sql FROM public.jsonify_explain('t_hostile.users', '(order: name) { len posts { by { ...card } } top }') LOOP
    EXECUTE q;
  END LOOP;
END$$;
SELECT public.jsonify_define('t_hostile.users', 'trapped', '{ id top }');
SELECT public.jsonify_find('t_hostile.users', '(limit: 1) trapped');
SELECT public.jsonify_undefine('t_hostile.users', 'trapped');
SELECT public.jsonify_define('t_hostile.users', 'default', '{ n: name }');
-- a drop runs a trigger of the extension's owner
ALTER TABLE t_hostile.posts DROP CONSTRAINT posts_by_fkey;
DROP TABLE t_hostile.posts CASCADE;
RESET search_path;
DROP TABLE pg_temp.jsonify_shapes, pg_temp.posts, pg_temp.pg_class;
SELECT relation, name, shape FROM jsonify_shapes WHERE relation = 't_hostile.users'::regclass ORDER BY name;
SELECT count(*) FROM jsonify_shapes s WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = s.relation);
DROP OPERATOR public.= (varchar, varchar);
DROP OPERATOR public.< (varchar, varchar);
DROP FUNCTION public.trap(varchar, varchar);

-- A stranger who may create objects in the schema of a table that is not his: no
-- computed field, no relationship of his is run, he may not define, nor can he make
-- the owner's names mean another thing.
SET search_path = t_hostile, public;
ALTER TABLE users OWNER TO regress_jsonify_victim;
SELECT jsonify_undefine('users', 'default');
ALTER FUNCTION len(users) OWNER TO regress_jsonify_victim;
SET ROLE regress_jsonify_evil;
CREATE FUNCTION t_hostile.pwn(users) RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'trapped as %', current_user; END$$;
CREATE FUNCTION t_hostile.pwns(users) RETURNS SETOF users LANGUAGE plpgsql STABLE AS $$BEGIN RAISE EXCEPTION 'trapped as %', current_user; END$$;
CREATE FUNCTION t_hostile.canary(users) RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'trapped as %', current_user; END$$;
CREATE OR REPLACE FUNCTION t_hostile.len(users) RETURNS int LANGUAGE sql AS 'SELECT 666';
SELECT jsonify_define('users', 'default', '{ id }');
RESET ROLE;
ALTER TABLE canary ADD COLUMN users_id int DEFAULT 1 REFERENCES users;
SELECT jsonify(u, '{ * len canary }') FROM users u WHERE id = 1;
SELECT jsonify(u, '{ pwn }') FROM users u;
SELECT jsonify(u, '{ pwns { id } }') FROM users u;
SELECT name FROM jsonify_relationships('users') ORDER BY 1;
SET client_min_messages = warning;
DROP SCHEMA "t""; DROP TABLE x; --", t_hostile, t_evil CASCADE;
DROP OWNED BY regress_jsonify_victim, regress_jsonify_evil;
DROP ROLE regress_jsonify_victim, regress_jsonify_evil;
