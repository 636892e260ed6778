-- The options nulls and keys and the settings of the same names, how options
-- are given, and what is refused.
SET client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_options;
SET search_path = t_options, public;
\pset format unaligned
\pset tuples_only on
CREATE TYPE part AS (part_no int, part_name text, inner_list int[]);
CREATE TABLE users (id int PRIMARY KEY, full_name text, boss_id int REFERENCES users, extra_json json, extra_jsonb jsonb, main_part part, other_parts part[]);
CREATE TABLE blog_posts (id int PRIMARY KEY, post_title text, written_by int REFERENCES users, _internal int);
CREATE TABLE user_settings (user_id int PRIMARY KEY REFERENCES users, dark_mode bool);
INSERT INTO users VALUES
    (1, 'ann', NULL, '{"some_key": null}', '{"some_key": null, "n": {"in_ner": null}}',
     '(1,,)', ARRAY['(,x,"{1,NULL}")'::part, NULL]),
    (2, NULL, 1, 'null', 'null', NULL, '{}'), (3, NULL, NULL, NULL, NULL, '(,,)', NULL);
INSERT INTO blog_posts VALUES (1, 'x', 1, 5), (2, NULL, 1, NULL), (3, 'z', NULL, 7);
INSERT INTO user_settings VALUES (1, true), (2, NULL);

-- How they are given: by name, by position, NULL for none, an empty object.
SELECT jsonify(s, options => '{"nulls": "omit"}'),
    jsonify(s, NULL, NULL, '{"nulls": "omit"}'), jsonify(s, options => NULL),
    jsonify(s, options => '{}'), jsonify(s, shape => '{ a b }', options => '{"nulls": "omit"}'),
    jsonify(value => s, params => '{}', options => '{"nulls": "keep"}') FROM (SELECT 1 AS a, NULL AS b) s;
SELECT jsonify_agg(s, NULL, NULL, '{"nulls": "omit"}'), jsonify_agg(s, '{ b a }', '{"p": 1}', '{"nulls": "omit", "unknown_params": "ignore"}'),
    jsonify_agg(s, '{ b a }', NULL), jsonify_agg(s, NULL, NULL, NULL), jsonify_agg(s, '{ b }', NULL, '{}')
  FROM (SELECT 1 AS a, NULL AS b) s;
\set VERBOSITY terse
SELECT jsonify(a, o::jsonb) FROM (SELECT 1 AS a) s, unnest(ARRAY['{}', NULL]) o;   -- options are no shape
\set VERBOSITY default
SELECT jsonify(NULL::users, options => '{"nope": 1}') IS NULL;

-- nulls
SELECT jsonify(u, options => '{"nulls": "omit"}') FROM users u ORDER BY id;
SELECT jsonify(ARRAY[NULL, 1], options => '{"nulls": "omit"}'),
    jsonify(ROW(NULL, ROW(NULL), ARRAY[NULL, ROW(NULL, 2)]), options => '{"nulls": "omit"}'),
    jsonify('null'::jsonb, options => '{"nulls": "omit"}'), jsonify_agg(x, NULL, NULL, '{"nulls": "omit"}')
  FROM (VALUES (1), (NULL)) v (x);
SELECT jsonify_agg(u, '{ id alias: full_name boss { full_name } blog_posts { id post_title } user_settings { dark_mode } }', NULL, '{"nulls": "omit"}' ORDER BY id) FROM users u;
SELECT jsonify_agg(u, '{ id users { id full_name boss { id } } }', NULL, '{"nulls": "omit"}' ORDER BY id) FROM users u;
SELECT jsonify(s, '{ a @utc b }', NULL, '{"nulls": "omit"}'),
    jsonify(s, '{ f @nan_null }', NULL, '{"nulls": "omit"}') AS "no SQL NULL"
  FROM (SELECT NULL::timestamptz AS a, NULL AS b, 'NaN'::float8 AS f) s;
-- the same as stripping what is NULL, for rows of many columns
SELECT bool_and(jsonify(s, options => '{"nulls": "omit"}')
      = (SELECT coalesce(jsonb_object_agg(key, value) FILTER (WHERE value <> 'null'), '{}') FROM jsonb_each(to_jsonb(s))))
  FROM (SELECT NULLIF(i % 2, 0) AS a, NULLIF(i % 3, 0) AS bb, NULLIF(i % 5, 0) AS ccc,
               i, NULL AS z, 'x' || NULLIF(i % 7, 0) AS aa
        FROM generate_series(1, 210) i) s;
DO $$
DECLARE ok bool;
BEGIN
  FOR n IN 1 .. 70 LOOP
    EXECUTE (SELECT format($f$SELECT ROW(jsonify(s, options => '{"nulls": "omit"}'))::record
                  *= ROW(jsonb_strip_nulls(to_jsonb(s)))::record
                AND ROW(jsonify(s, '{ * }', NULL, '{"nulls": "omit"}'))::record
                  *= ROW(jsonb_strip_nulls(to_jsonb(s)))::record
              FROM (SELECT %s) s$f$,
      string_agg(format('%s AS c%s', CASE WHEN (i * i + n) % 3 = 0 THEN 'NULL' ELSE i::text END, i * 37 % 101), ', ')) FROM generate_series(1, n) i) INTO ok;
    IF ok IS NOT TRUE THEN RAISE WARNING '% columns differ', n; END IF;
  END LOOP;
END$$;

-- keys
CREATE FUNCTION camel(name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE d jsonb;
BEGIN
  EXECUTE format($q$SELECT jsonify(s, NULL, NULL, '{"keys": "camel"}') FROM (SELECT 1 AS %I) s$q$, name) INTO d;
  RETURN (SELECT jsonb_object_keys(d));
END$$;
SELECT string_agg(name || ' ' || camel(name), E'\n' ORDER BY i)
  FROM unnest(ARRAY['created_at', '_id', '__id', 'a__b', 'URL', 'URL_path', 'x_1', 'x_1_2', 'a_', 'a__', '_', '__', 'a_b_', '_a_b', 'already_camelCase', 'a_B',
        'żółta_łódź', 'a_ż', 'with space_d', '1_a', 'a-b_c', 'a$_b', repeat('ab_', 21)]) WITH ORDINALITY u (name, i);
SELECT jsonify(u, options => '{"keys": "camel"}') FROM users u WHERE id = 1;
SELECT jsonify(u, '{
    id full_name some_alias: full_name boss { full_name } blog_posts { post_title _internal }
    the_settings: user_settings { dark_mode } user_settings
  }', NULL, '{"keys": "camel"}') FROM users u ORDER BY id LIMIT 2;
SELECT jsonify_agg(p, '{ * written_by { full_name main_part } }', NULL, '{"keys": "camel", "nulls": "omit"}' ORDER BY id) FROM blog_posts p;
SELECT jsonify(ROW(1, '{"a_b": 1}'::json, ROW(2)), options => '{"keys": "camel"}'),
    jsonify('{"a_b": {"c_d": 1}}'::jsonb, options => '{"keys": "camel"}'),
    jsonify(ARRAY['(1,,)'::part], options => '{"keys": "camel"}');
CREATE EXTENSION hstore SCHEMA t_options;
SELECT jsonify(s, options => '{"keys": "camel"}') FROM (SELECT 'a_b=>1'::hstore AS h_s) s;
-- the keys and the null of a range are no column's
SELECT jsonify(s, options => '{"keys": "camel", "nulls": "omit", "formats": {"range": "object"}}') FROM (SELECT '[1,)'::int4range AS a_range, 'empty'::int4range AS an_empty) s;
-- an alias stays; so a clash is solved
SELECT jsonify(s, options => '{"keys": "camel"}') FROM (SELECT 1 AS a_b, 2 AS "aB") s;
SELECT jsonify(s, '{ * }', NULL, '{"keys": "camel"}') FROM (SELECT 1 AS a_b, 2 AS "aB") s;
SELECT jsonify(s, '{ a_b aB }', NULL, '{"keys": "camel"}') FROM (SELECT 1 AS a_b, 2 AS "aB") s;
SELECT jsonify(s, '{ a_b aB: a__b }', NULL, '{"keys": "camel"}') FROM (SELECT 1 AS a_b, 2 AS a__b) s;
CREATE TYPE clash AS (a_b int, a__b int);
SELECT jsonify(ROW(ROW(1, 2)::clash), options => '{"keys": "camel"}');
SELECT jsonify(s, '{ a_b other: aB }', NULL, '{"keys": "camel"}'),
    jsonify(s, '{ a_b "a_b ": aB }', NULL, '{"keys": "camel"}'), jsonify(s, '{ a_b }', NULL, '{"keys": "camel"}')
  FROM (SELECT 1 AS a_b, 2 AS "aB") s;
-- an item beside * takes the place of the column that has its key
SELECT jsonify(s, '{ * a_b: c }', NULL, '{"keys": "camel"}'), jsonify(s, '{ * aB: c }', NULL, '{"keys": "camel"}'),
    jsonify(s, '{ * -a_b aB: c }', NULL, '{"keys": "camel"}') FROM (SELECT 1 AS a_b, 2 AS c) s;
-- two columns of one name are no clash, but what they always were
SELECT jsonify(s, options => '{"keys": "camel"}'), jsonify(s, options => '{"keys": "asis"}') FROM (SELECT 1 AS a_b, 2 AS a_b) s;

-- Settings, and that an option comes before one.
PREPARE p AS SELECT public.jsonify(s), public.jsonify(s, '{ a_b c_d }'), public.jsonify_agg(s),
    public.jsonify(s, NULL, NULL, '{"nulls": "keep"}'), public.jsonify(s, NULL, NULL, '{"keys": "asis"}')
  FROM (SELECT 1 AS a_b, NULL AS c_d) s GROUP BY s;
SET plan_cache_mode = force_generic_plan;
EXECUTE p;
SET jsonify.nulls = 'omit';
EXECUTE p;
SET jsonify.keys = 'CAMEL';
EXECUTE p;
SET jsonify.nulls = DEFAULT;
EXECUTE p;
RESET jsonify.keys;
EXECUTE p;
CREATE FUNCTION in_camel(s anyelement) RETURNS jsonb LANGUAGE plpgsql SET jsonify.keys = 'camel' SET jsonify.nulls = 'omit' AS 'BEGIN RETURN public.jsonify(s); END';
SELECT in_camel(u), jsonify(u, '{ full_name }') FROM users u WHERE id = 3;

-- Options from another expression in each row.
SELECT jsonify(s, NULL, NULL, o::jsonb) FROM (SELECT 1 AS a_b, NULL AS c, '\xff'::bytea AS d) s,
    unnest(ARRAY['{"nulls": "omit"}', '{"keys": "camel"}', NULL, '{"formats": {"bytea": "base64"}}',
        '{"formats": {"bytea": "base64url"}, "nulls": "omit", "keys": "camel"}', '{}', '{"nulls": "omit"}']) o;
SELECT jsonify_agg(s, '{ * }', NULL, o::jsonb) FROM (SELECT 1 AS a_b, NULL AS c) s, unnest(ARRAY['{"nulls": "omit"}', '{"keys": "camel"}', NULL]) o;

-- What is refused: with a hint, in jsonify and in jsonify_agg.
CREATE FUNCTION refused(q text, OUT code text, OUT message text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE q INTO message;
  message := 'not refused: ' || message;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END$$;
SELECT * FROM unnest(ARRAY[
  $$SELECT jsonify(1, options => '{"null": "omit"}')$$,
  $$SELECT jsonify_agg(1, NULL, NULL, '{"formats": {}, "Keys": "camel"}')$$,
  $$SELECT jsonify(1, options => '{"nulls": "drop"}')$$,
  $$SELECT jsonify(1, options => '{"nulls": true}')$$,
  $$SELECT jsonify(1, options => '{"nulls": null}')$$,
  $$SELECT jsonify(1, options => '{"keys": "snake"}')$$,
  $$SELECT jsonify_agg(1, NULL, NULL, '{"keys": ["camel"]}')$$,
  $$SELECT jsonify(1, options => '["nulls"]')$$,
  $$SELECT jsonify(1, options => '"web"')$$,
  $$SELECT jsonify(1, options => 'null')$$,
  $$SELECT jsonify(1, params => '[1]')$$,
  $$SELECT jsonify_agg(1, NULL, '7')$$,
  $$SELECT jsonify(u, '{ id }', 'null') FROM users u$$,
  $$SELECT jsonify(1, options => '{"formats": 1}')$$,
  $$SELECT jsonify(1, options => '{"formats": ["web"]}')$$,
  $$SELECT jsonify(1, options => '{"formats": "wap"}')$$,
  $$SELECT jsonify(1, options => '{"formats": {"bytea": "base65"}}')$$,
  $$SELECT jsonify(1, options => '{"formats": {"bytea": 64}}')$$,
  $$SELECT jsonify(1, options => '{"formats": {"text": "upper"}}')$$,
  $$SELECT jsonify(1, options => '{"formats": {"no_such_type": "utc"}}')$$,
  $$SELECT jsonify(1, options => '{"formats": {"web": "utc"}}')$$,
  $$SELECT jsonify(1, options => '{"formats": {"part": "object"}}')$$,
  $$SELECT jsonify(1, options => '{"formats": {"part[]": "utc"}}')$$]) q, refused(q);
-- functions that are none, or not of one argument of that type
CREATE FUNCTION two_args(part, int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION a_set(part) RETURNS SETOF int LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE a_procedure(part) LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE an_aggregate(int) (SFUNC = int4pl, STYPE = int);
CREATE FUNCTION out_args(part, OUT a int, OUT b int) LANGUAGE sql AS 'SELECT 1, 2';
SELECT * FROM unnest(ARRAY[
  $$SELECT jsonify(1, options => '{"formats": {"part": "no_such_function(part)"}}')$$,
  $$SELECT jsonify(1, options => '{"formats": {"part": "two_args(part, int)"}}')$$,
  $$SELECT jsonify(1, options => '{"formats": {"part": "a_set(part)"}}')$$,
  $$SELECT jsonify(1, options => '{"formats": {"part": "a_procedure(part)"}}')$$,
  $$SELECT jsonify(1, options => '{"formats": {"int": "an_aggregate(int)"}}')$$,
  $$SELECT jsonify(1, options => '{"formats": {"part": "abs(int)"}}')$$]) q, refused(q);
SELECT jsonify('(1,,)'::part, options => '{"formats": {"part": "out_args(part)"}}');
-- @format in a shape: unknown, of another type, missing, of what is no column
SELECT jsonify(u, '{ full_name, id @hex }') FROM users u;
SELECT jsonify(u, '{ full_name @upper }') FROM users u;
SELECT jsonify(u, '{ id @ }') FROM users u;
SELECT jsonify(u, '{ * @string }') FROM users u;
SELECT jsonify(u, '{ boss @string { id } }') FROM users u;
SELECT jsonify(u, '{ boss { id } @string }') FROM users u;
SELECT jsonify(u, '{ boss @string }') FROM users u;
SELECT jsonify(u, '{ -id @string }') FROM users u;
SELECT jsonify(u, '{ main_part @web }') FROM users u;
SELECT jsonify(u, '{ id @"string" i2: id@safe, i3 : id @ number # comment
  }') FROM users u WHERE id = 1;
SELECT jsonify(p, '{ written_by { boss { id @base64 } } }') FROM blog_posts p;
SELECT code, q FROM unnest(ARRAY['{ id @hex }', '{ id @ }', '{ * @string }', '{ boss @string }', '{ nope @string }',
        '{ id @string id @number }']) q, refused(format('SELECT jsonify(u, %L) FROM t_options.users u', q));
DROP SCHEMA t_options CASCADE;
