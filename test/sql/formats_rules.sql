-- Which rule a type follows: the item's @format, the option, the setting, a
-- user's cast, for a domain the rules of what it is over; where a setting
-- comes from; functions as formats.
SET client_min_messages = error;        -- casts of domains bring a warning
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_rules;
SET search_path = t_rules, public;
\set helpers `echo "$PG_ABS_SRCDIR/helpers.sql"`
\i :helpers
\pset format unaligned
\pset tuples_only on

CREATE DOMAIN stamp AS timestamptz;
CREATE DOMAIN late_stamp AS stamp;
CREATE DOMAIN blob AS bytea;
CREATE DOMAIN own AS bytea;
CREATE FUNCTION own_doc(own) RETURNS jsonb LANGUAGE sql AS $$SELECT to_jsonb('own ' || length($1::bytea))$$;
CREATE CAST (own AS jsonb) WITH FUNCTION own_doc(own);
CREATE TYPE event AS (at timestamptz, "when" late_stamp, data blob, during tstzrange);
CREATE TABLE users (id bigint PRIMARY KEY, seen timestamptz, key blob, mine own);
CREATE TABLE posts (id int PRIMARY KEY, user_id bigint REFERENCES users, at late_stamp, n numeric, e event, es event[], seens timestamptz[]);
INSERT INTO users VALUES (9007199254740993, '2024-01-02 03:04:05.5Z', '\x00ff', '\x0102');
INSERT INTO posts VALUES (1, 9007199254740993, '2024-02-03Z', 1.50, '("2024-01-01Z","2024-01-02Z","\\x61","[2024-01-01Z,)")', ARRAY['(,,,)'::event, NULL], '{2024-01-01Z,NULL,infinity}');

-- The four levels, one after the other; each wins over what is below it.
SELECT jsonify(u) FROM users u;
CREATE FUNCTION bytea_doc(bytea) RETURNS json LANGUAGE sql AS $$SELECT to_json('cast ' || length($1))$$;
CREATE FUNCTION tz_doc(timestamptz) RETURNS jsonb LANGUAGE sql AS $$SELECT to_jsonb('cast ' || extract(year FROM $1))$$;
CREATE CAST (bytea AS json) WITH FUNCTION bytea_doc(bytea);
CREATE CAST (timestamptz AS jsonb) WITH FUNCTION tz_doc(timestamptz);
SELECT jsonify(u) FROM users u;
SET jsonify.formats = 'timestamptz=utc, bytea=base64';
SELECT jsonify(u) FROM users u;
SELECT jsonify(u, options => '{"formats": {"timestamptz": "epoch_ms"}}') FROM users u;
SELECT jsonify(u, '{ seen @epoch, again: seen, key @hex, mine @base64url, id @safe }', NULL, '{"formats": {"timestamptz": "epoch_ms"}}') FROM users u;
-- by name of the default, a format puts the built-in rule before the cast
SELECT jsonify(u, options => '{"formats": {"timestamptz": "session", "bytea": "hex"}}') FROM users u;
RESET jsonify.formats;
SELECT jsonify(u, '{ seen @session, key @hex, mine }') FROM users u;
-- and bounds of ranges follow the rule of their type: a format, else a cast
SELECT jsonify(p.e, options => '{"formats": {"tstzrange": "object"}}') -> 'during', jsonify(p.e, options => '{"formats": {"range": "object", "timestamptz": "utc"}}') -> 'during' FROM posts p;
DROP CAST (bytea AS json);
DROP CAST (timestamptz AS jsonb);

-- At every depth, in related rows, arrays and composites; of a domain by the
-- type below, unless the domain has a rule of its own name or a cast.
SELECT jsonify(p, options => '{"formats": {"timestamptz": "utc", "bytea": "base64", "numeric": "string"}}') FROM posts p;
SELECT same(jsonify(p, '{ * }', NULL, '{"formats": "web"}'), jsonify(p, NULL, NULL, '{"formats": "web"}')),
  jsonify(u, '{ * posts { at, e, user { id seen } } }', '{}', '{"formats": "web"}')
  FROM users u, posts p;
SELECT jsonify(p, '{ at, seens }', NULL, '{"formats": {"stamp": "epoch", "timestamptz": "utc"}}'),
  jsonify(p, '{ at, seens }', NULL, '{"formats": {"stamp": "epoch_ms", "late_stamp": "epoch"}}')
  FROM posts p;
SELECT jsonify(u, '{ key, mine }', NULL, '{"formats": {"bytea": "base64"}}'),
  jsonify(u, '{ key, mine }', NULL, '{"formats": {"bytea": "base64", "own": "hex"}}'),
  jsonify(u, '{ key, mine }', NULL, '{"formats": {"blob": "base64url"}}')
  FROM users u;
SELECT jsonify(p, '{ seens @epoch, es }', NULL, '{"formats": {"timestamptz": "utc"}}') FROM posts p;
SELECT jsonify(x, options => '{"formats": {"timestamptz": "utc"}}') FROM (VALUES ('2024-01-01Z'::late_stamp)) v (x);
-- @format does not reach into a composite
\set VERBOSITY terse
SELECT jsonify(p, '{ e @utc }') FROM posts p;
\set VERBOSITY default

-- web, what it stands for, and what an entry behind it changes.
SELECT jsonify(s, NULL, NULL, '{"formats": "web"}')
  FROM (SELECT '2024-01-02 03:04Z'::timestamptz AS tz, '2024-01-02 03:04'::timestamp AS ts, '\xff'::bytea AS b,
    9007199254740993 AS i8, 7 AS i4, 8::int2 AS i2, 1.50 AS n, '1 day'::interval AS i,
    '[1,2)'::int4range AS r, '{[1,2)}'::int4multirange AS mr, 'x'::char(3) AS c, 'NaN'::float8 AS f8,
    'Infinity'::float4 AS f4, '(1,2)'::point AS p, '1.5'::money AS m, 'x '::text AS t, '2024-01-01'::date AS d) s;
SET jsonify.formats = 'web, timestamptz=epoch_ms,  NUMERIC = number ,point=array';
SELECT jsonify(ROW('2024-01-02Z'::timestamptz, 1.50, '(1,2)'::point, '[1,2)'::numrange, '2024-01-02'::timestamp));
SET jsonify.formats = 'point=array, web, timestamp with time zone=session,double precision=nan_string,int2=string,char=padded,int4range=text';
SELECT jsonify(ROW('2024-01-02Z'::timestamptz, 'NaN'::float8, 'NaN'::float4, 7::int2, 7, 'x'::char(2), '[1,2)'::int4range, '[1,2)'::int8range, '(1,2)'::point));
SET jsonify.formats = 'bytea=base64,bytea=base64url, bytea = hex';
SELECT jsonify('\xff'::bytea);
RESET jsonify.formats;

-- Where a setting comes from: SET LOCAL, a function, a role, a database.
PREPARE p AS SELECT public.jsonify('\xff'::bytea), public.jsonify_agg(v), public.jsonify(ROW(1.50)) FROM (VALUES ('\xff'::bytea)) v (v);
SET plan_cache_mode = force_generic_plan;
CREATE FUNCTION as_web(b bytea) RETURNS jsonb LANGUAGE plpgsql STABLE SET jsonify.formats = 'web' AS $$BEGIN RETURN public.jsonify(b); END$$;
CREATE FUNCTION as_is(b bytea) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$BEGIN RETURN public.jsonify(b); END$$;
EXECUTE p;
BEGIN;
SET LOCAL jsonify.formats = 'bytea=base64';
EXECUTE p;
SAVEPOINT s;
SET LOCAL jsonify.formats = 'bytea=base64url, numeric=string';
EXECUTE p;
SELECT jsonify('\xff'::bytea), as_web('\xff'), as_is('\xff'), as_web('\xff');
ROLLBACK TO s;
EXECUTE p;
COMMIT;
EXECUTE p;
SELECT jsonify(v), as_web(v), jsonify(v), as_is(v) FROM (VALUES ('\xff'::bytea), ('\xfe')) t (v);
DO $$
DECLARE r jsonb[] := '{}';
BEGIN
  FOR i IN 1 .. 4 LOOP
    PERFORM set_config('jsonify.formats', (ARRAY['', 'bytea=base64', 'bytea=base64url', 'web'])[i], true);
    r := r || public.jsonify('\xfb'::bytea);
  END LOOP;
  RAISE INFO '%', r;
END$$;
CREATE ROLE regress_jsonify_formats LOGIN;
GRANT USAGE ON SCHEMA t_rules TO regress_jsonify_formats;
ALTER ROLE regress_jsonify_formats SET jsonify.formats = 'bytea=base64';
ALTER ROLE regress_jsonify_formats SET jsonify.nulls = 'omit';
ALTER FUNCTION as_is(bytea) SET jsonify.formats = 'bytea=base64url';
SELECT current_database() AS db, current_user AS me \gset
ALTER DATABASE :"db" SET jsonify.formats = 'numeric=string, bytea=base64url';
ALTER DATABASE :"db" SET jsonify.keys = 'camel';
\c - regress_jsonify_formats
SELECT public.jsonify(s), t_rules.as_is('\xff') FROM (SELECT '\xff'::bytea AS the_bytes, 1.50 AS n, NULL AS no) s;
\c - :me
SELECT public.jsonify(s), t_rules.as_is('\xff') FROM (SELECT '\xff'::bytea AS the_bytes, 1.50 AS n, NULL AS no) s;
SELECT public.jsonify(s, NULL, NULL, '{"keys": "asis", "formats": {"bytea": "hex"}}') FROM (SELECT '\xff'::bytea AS the_bytes, 1.50 AS n, NULL AS no) s;
ALTER DATABASE :"db" RESET jsonify.formats;
ALTER DATABASE :"db" RESET jsonify.keys;
\c - :me
SET client_min_messages = error;
SET search_path = t_rules, public;
SELECT jsonify(s) FROM (SELECT '\xff'::bytea AS the_bytes, 1.50 AS n, NULL AS no) s;

-- What no setting takes is refused when it is set, wherever that is.
SET jsonify.formats = 'bytea';
SET jsonify.formats = 'bytea=base65';
SET jsonify.formats = 'text=upper';
SET jsonify.formats = 'bytea=base64,';
SET jsonify.formats = 'bytea=';
SET jsonify.formats = '=utc';
SET jsonify.formats = 'box=geojson';
SET jsonify.formats = 'timestamptz=naive';
SET jsonify.formats = 'bytea=own_doc(bytea)';
SET jsonify.nulls = 'drop';
SET jsonify.keys = 'snake';
\set VERBOSITY sqlstate
SET jsonify.formats = 'wap';
SET LOCAL jsonify.formats = 'bytea:base64';
ALTER ROLE regress_jsonify_formats SET jsonify.formats = 'bytea=base65';
ALTER DATABASE :"db" SET jsonify.formats = 'nothing=at all';
CREATE FUNCTION wrong() RETURNS int LANGUAGE sql SET jsonify.formats = 'x=y' AS 'SELECT 1';
SELECT set_config('jsonify.formats', 'x=y', false);
\set VERBOSITY default
SHOW jsonify.formats;

-- Functions as formats: for built-in types and others, over a cast; what they
-- return is JSON, or written as its own type is.
CREATE EXTENSION citext SCHEMA t_rules;
CREATE TYPE pair AS (a int, b text);
CREATE FUNCTION lower_case(citext) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1::text)';
CREATE FUNCTION pair_doc(pair) RETURNS jsonb LANGUAGE sql AS $$SELECT jsonb_build_object('sum', $1.a)$$;
CREATE FUNCTION pair_json(pair) RETURNS json LANGUAGE sql AS $$SELECT '{"z": 1, "z": 2}'::json$$;
CREATE FUNCTION pair_swapped(pair) RETURNS pair LANGUAGE sql AS $$SELECT ROW(-$1.a, $1.b)::t_rules.pair$$;
CREATE FUNCTION pair_array(pair) RETURNS timestamptz[] LANGUAGE sql AS $$SELECT ARRAY['2024-01-01Z'::timestamptz, NULL]$$;
CREATE FUNCTION pair_null(pair) RETURNS int LANGUAGE plpgsql AS $$BEGIN IF $1 IS NULL AND NOT $1 IS DISTINCT FROM NULL THEN RAISE 'called for NULL'; END IF; RETURN NULL; END$$;
CREATE FUNCTION day(timestamptz) RETURNS date LANGUAGE sql STABLE AS $$SELECT ($1 AT TIME ZONE 'UTC')::date$$;
CREATE FUNCTION "Odd name"(stamp) RETURNS bool LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION fails(bool) RETURNS int LANGUAGE sql AS 'SELECT 1 / 0';
SELECT jsonify(s, options => '{"formats": {"citext": "lower_case(citext)", "timestamptz": "day(timestamptz)",
                                           "t_rules.stamp": "t_rules.\"Odd name\"(stamp)"}}')
  FROM (SELECT 'ABC'::citext AS c, ARRAY['D'::citext, NULL] AS cs, '2024-01-02Z'::timestamptz AS t,
    '2024-01-02Z'::stamp AS st, 'X'::text AS x) s;
SELECT jsonify(ROW(v, ARRAY[v, NULL], ROW(v)),
  options => jsonb_build_object('formats', jsonb_build_object('pair', f)))
  FROM (SELECT '(5,x)'::pair AS v) s,
    unnest(ARRAY['pair_doc(pair)', 'pair_json(pair)', 'pair_array(pair)', 'pair_null(pair)']) f;
SELECT jsonify(v, options => '{"formats": {"pair": "pair_swapped(pair)"}}') FROM (SELECT '(5,x)'::pair AS v) s;
SELECT jsonify(NULL::pair, options => '{"formats": {"pair": "pair_null(pair)"}}') IS NULL, jsonify(ARRAY[NULL::pair], options => '{"formats": {"pair": "pair_null(pair)"}}');
-- of the rules of its own type, the cast, not a format: alone or in an array
CREATE FUNCTION to_time(bool) RETURNS timestamptz LANGUAGE sql AS $$SELECT '2024-01-01Z'::timestamptz$$;
CREATE FUNCTION to_times(bool) RETURNS timestamptz[] LANGUAGE sql AS $$SELECT ARRAY['2024-01-01Z'::timestamptz]$$;
CREATE FUNCTION to_pair(bool) RETURNS pair LANGUAGE sql AS $$SELECT ROW(5, 'x')::t_rules.pair$$;
CREATE FUNCTION to_pairs(bool) RETURNS pair[] LANGUAGE sql AS $$SELECT ARRAY[ROW(5, 'x')::t_rules.pair]$$;
CREATE CAST (pair AS jsonb) WITH FUNCTION pair_doc(pair);
SELECT f, jsonify(true, options => jsonb_build_object('formats', jsonb_build_object('timestamptz', 'utc', 'bool', f || '(bool)'))) FROM unnest(ARRAY['to_time', 'to_times', 'to_pair', 'to_pairs']) f;
SELECT jsonify(v), jsonify(v, options => '{"formats": {"pair": "pair_json(pair)"}}') FROM (SELECT '(5,x)'::pair AS v) s;
SELECT jsonify_agg(p, '{ at user { seen } }', '{}', '{"formats": {"timestamptz": "day(timestamptz)"}}') FROM posts p;
-- replaced, it is the new one that counts
PREPARE f AS SELECT public.jsonify('2024-01-02Z'::timestamptz, options => '{"formats": {"timestamptz": "t_rules.day(timestamptz)"}}');
EXECUTE f;
CREATE OR REPLACE FUNCTION day(timestamptz) RETURNS date LANGUAGE plpgsql STABLE AS $$BEGIN RETURN 'infinity'; END$$;
EXECUTE f;
DROP FUNCTION day(timestamptz);
EXECUTE f;
CREATE FUNCTION day(timestamptz) RETURNS text LANGUAGE sql AS $$SELECT 'text'$$;
EXECUTE f;
-- a name is found by search_path, anew when that changes
CREATE SCHEMA t_rules2;
CREATE FUNCTION t_rules2.day(timestamptz) RETURNS text LANGUAGE sql AS $$SELECT 'second'$$;
PREPARE g AS SELECT public.jsonify('2024-01-02Z'::timestamptz, options => '{"formats": {"timestamptz": "day(timestamptz)"}}');
EXECUTE g;
SET search_path = t_rules2;
EXECUTE g;
SET search_path = t_rules, public;
EXECUTE g;
\set SHOW_CONTEXT never
SELECT jsonify(true, options => '{"formats": {"bool": "fails(bool)"}}');
\set SHOW_CONTEXT errors
-- and it needs the privilege to execute it
REVOKE EXECUTE ON FUNCTION day(timestamptz) FROM PUBLIC;
SET ROLE regress_jsonify_formats;
EXECUTE f;
SELECT jsonify(NULL::timestamptz, options => '{"formats": {"timestamptz": "day(timestamptz)"}}') IS NULL AS nothing_called;
RESET ROLE;
DROP SCHEMA t_rules, t_rules2 CASCADE;
DROP OWNED BY regress_jsonify_formats;
DROP ROLE regress_jsonify_formats;
