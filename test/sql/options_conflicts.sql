-- Where options meet: keys that become one, nulls that only a cast knows of,
-- rows that each have options of their own.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_options_conflicts;
SET search_path = t_options_conflicts, public;
\set helpers `echo "$PG_ABS_SRCDIR/helpers.sql"`
\i :helpers
\pset format unaligned
\pset tuples_only on

CREATE TABLE k (id int PRIMARY KEY, a_b int, "aB" int, "blogPosts" int);
CREATE TABLE blog_posts (t text PRIMARY KEY, k_id int REFERENCES k);
INSERT INTO k VALUES (1, 2, 3, 4);
INSERT INTO blog_posts VALUES ('x', 1);
SELECT jsonify(k, options => '{"keys": "camel"}') FROM k;
SELECT jsonify(k, '{ * }', options => '{"keys": "camel"}') FROM k;
SELECT jsonify(k, '{ * -a_b a_b }', options => '{"keys": "camel"}') FROM k;
SELECT jsonify(k, '{ a_b * -a_b }', options => '{"keys": "camel"}') FROM k;
SELECT jsonify(k, '{ * -"aB" -a_b blog_posts { t } }', options => '{"keys": "camel"}') FROM k;
-- an alias is somebody's wish
SELECT jsonify(k, '{ * -a_b "aB": a_b }', options => '{"keys": "camel"}') FROM k;
SELECT jsonify(k, '{ * -"aB" a_b @string }', options => '{"keys": "camel"}') FROM k;

-- A record whose type only the value tells, and whose cast gives NULL.
CREATE TYPE money2 AS (a int, b int);
CREATE FUNCTION money2_json(money2) RETURNS jsonb LANGUAGE sql AS $$ SELECT to_jsonb($1.a) $$;
CREATE CAST (money2 AS jsonb) WITH FUNCTION money2_json(money2);
CREATE FUNCTION rec(int) RETURNS record LANGUAGE sql AS $$ SELECT ROW($1, 1)::money2 $$;
SELECT jsonify(s, options => '{"nulls": "omit"}'), jsonify(s, '{ r x }', options => '{"nulls": "omit"}') FROM (SELECT rec(NULL) r, 1 x OFFSET 0) s;
SELECT jsonify(s, options => '{"nulls": "omit"}'), jsonify(s, '{ r x }', options => '{"nulls": "omit"}') FROM (SELECT rec(7) r, 1 x OFFSET 0) s;

-- A related row without a shape is what the cast of its row type makes of it.
CREATE TABLE people (id int PRIMARY KEY, gone int, name text, boss_id int REFERENCES people);
ALTER TABLE people DROP COLUMN gone;
INSERT INTO people VALUES (1, 'ann', NULL), (2, NULL, 1), (3, 'cid', 2), (4, 'dan', 1);
SELECT jsonify(p, '{ id boss boss2: boss { name } people }') FROM people p ORDER BY id;
CREATE FUNCTION people_json(people) RETURNS jsonb LANGUAGE sql AS $$ SELECT to_jsonb('Dr ' || $1.name) $$;
SET client_min_messages = error;
CREATE CAST (people AS jsonb) WITH FUNCTION people_json(people);
SELECT jsonify(p, '{ id boss boss2: boss { name } people }') FROM people p ORDER BY id;
SELECT jsonify_agg(p, '{ id boss people }', NULL, '{"nulls": "omit"}' ORDER BY id) FROM people p;
SELECT jsonify(p) FROM people p WHERE id = 1;
DROP CAST (people AS jsonb);
SELECT jsonify(p, '{ boss }') FROM people p WHERE id = 4;

-- Two names of one type; numbers and "-" are no names.
SELECT jsonify(5, options => '{"formats": {"int": "string", "integer": "number"}}');
SELECT jsonify(5, options => '{"formats": {"-": "x"}}');
SELECT jsonify(5, options => '{"formats": {"999999": "x"}}');
-- A function whose result holds its own type is called once.
CREATE FUNCTION twice(text) RETURNS text[] LANGUAGE sql AS $$ SELECT ARRAY[$1, $1] $$;
SELECT jsonify('a'::text, options => '{"formats": {"text": "twice(text)"}}');
SELECT jsonify(int4range(1, 2), options => '{"formats": {"range": "lower(anyrange)"}}');

-- Rows with options of their own keep nothing but the last of them.
DO $$
BEGIN
  FOR b IN 1..11 LOOP
    EXECUTE format('CREATE DOMAIN z%s AS bytea', b);
  END LOOP;
END$$;
WITH s AS MATERIALIZED (SELECT i, (SELECT jsonb_object_agg('z' || b, 'base64') FROM generate_series(1, 11) b WHERE (i >> (b - 1)) & 1 = 1) f FROM generate_series(1, 2000) i)
SELECT count(jsonify(row(row(i)), options => jsonb_build_object('formats', f))), max(CASE WHEN i = 2000 THEN kept() END) < 8 * 1024 * 1024 FROM s;
WITH s AS MATERIALIZED (SELECT i, (SELECT jsonb_object_agg('z' || b, 'base64') FROM generate_series(1, 11) b WHERE (i >> (b - 1)) & 1 = 1) f FROM generate_series(1, 300) i)
SELECT jsonb_array_length(jsonify_agg(row(row(i)), NULL, NULL, jsonb_build_object('formats', f))) FROM s;
SELECT jsonify('\xff'::z1, options => o) FROM unnest(ARRAY['{"formats": {"z1": "base64"}}', '{}']::jsonb[]) o;

-- Shapes that alternate in one aggregate, with names of one's own in the options.
CREATE FUNCTION up(text) RETURNS text LANGUAGE sql AS $$ SELECT upper($1) $$;
INSERT INTO k SELECT i, i, i, i FROM generate_series(2, 500) i;
SELECT md5(d::text) = md5((
      SELECT jsonb_agg(CASE k.id % 2 WHEN 0 THEN jsonb_build_object('id', k.id) ELSE '{}' END || jsonb_build_object('p',
          (SELECT coalesce(jsonb_agg(jsonb_build_object('t', upper(t))), '[]') FROM blog_posts p WHERE p.k_id = k.id))
        ORDER BY k.id) FROM k)::text) AS same, jsonb_array_length(d)
FROM (SELECT jsonify_agg(k, CASE k.id % 2 WHEN 0 THEN '{ id p: blog_posts { t } }' ELSE '{ p: blog_posts { t } }' END, NULL, '{"formats": {"text": "up(text)"}}' ORDER BY id) d FROM k) s;
SELECT jsonify_agg(k, CASE k.id % 2 WHEN 0 THEN '{ id p: blog_posts { t } }' ELSE '{ p: blog_posts { t } }' END, NULL,
                   '{"formats": {"text": "up(text)"}}' ORDER BY id) FROM k WHERE id < 3;
DROP SCHEMA t_options_conflicts CASCADE;
