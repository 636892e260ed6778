-- jsonify_text and jsonify_text_agg: the text itself. That it says the same as
-- jsonify, and for every type what to_json does, is in the tests of parity.
SET client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_text;
SET search_path = t_text, public;
\pset format unaligned
\pset tuples_only on

-- Keys come in the order of the columns or the shape; equal names all come.
SELECT jsonify_text(s) FROM (SELECT 1 AS zzz, 2 AS a, 3 AS "b b", 4 AS "q""\	", NULL AS "żółw") s;
SELECT jsonify_text(s), to_json(s)::text = jsonify_text(s)::text FROM (SELECT 1 AS a, 2 AS b, 3 AS a, NULL AS a) s;
SELECT jsonify_text(s, '{ b zz: a "c c": c }'), jsonify_text(s, '{ c * }'), jsonify_text(s, '{ }') FROM (SELECT 1 AS a, 2 AS b, 3 AS c) s;
SELECT jsonify_text(s, '{ * }') FROM (SELECT 1 AS a, 2 AS b, 3 AS a) s;   -- a shape has a key once
-- leaving nulls out does not bring an earlier value of the same name forth
SELECT jsonify_text(s, options => '{"nulls": "omit"}'), jsonify(s, options => '{"nulls": "omit"}') FROM (SELECT 1 AS a, 2 AS b, NULL AS a, NULL AS c) s;
SELECT jsonify_text(s, options => '{"nulls": "omit"}') FROM (SELECT NULL AS a) s;
SELECT pg_typeof(jsonify_text(1)), pg_typeof(jsonify_text_agg(1)), jsonify_text(NULL::int) IS NULL, jsonify_text(NULL::int, '{ a }', '{}', '{}') IS NULL;

-- json stays as it was written, wherever it stands; jsonb is what it is.
CREATE TABLE docs (id int PRIMARY KEY, j json, b jsonb, js json[]);
INSERT INTO docs VALUES (1, E' { "b" : 1 ,\n\t"a":[ ],"b": 2.00, "b":1e2 } ', '{"b": 1, "aa": [1.50, {}, []], "c": "\u20ac\n"}', ARRAY['{"x" :1, "x":  2}', NULL, ' null ']::json[]);
SELECT jsonify_text(d), jsonify_text(d)::text = to_json(d)::text FROM docs d;
SELECT jsonify_text(j), jsonify_text(b), jsonify_text(js) FROM docs;
SELECT jsonify_text(d, '{ js j again: j }'), jsonify_text_agg(d, '{ j }') FROM docs d GROUP BY d.id;
SELECT jsonify_text(ROW(ROW(j, b), ARRAY[d])), jsonify_text(ROW(ROW(j, b), ARRAY[d]))::text = to_json(ROW(ROW(j, b), ARRAY[d]))::text FROM docs d;
SELECT bool_and(jsonify_text(v)::text = v::text AND jsonify_text(ROW(v))::text = format('{"f1":%s}', v))
  FROM unnest(ARRAY['1', 'null', '"x"', '[]', '{}', '[[]]',
        '{"a":{}}', '[1,{"a":[2,"s",null,true,false,-1.50]}]', '1.0', '""', '{"":""}', '[[[[]]]]']::jsonb[]) v;
-- a jsonb whose header is short lies unaligned
CREATE TABLE short (c "char", b jsonb, c2 "char", b2 jsonb);
INSERT INTO short SELECT 'x', b, 'y', b FROM unnest(ARRAY['1', '[1]', '{"a": [1.5, "x"]}', '"s"', 'null']::jsonb[]) b;
SELECT bool_and(jsonify_text(s)::text = to_json(s)::text) FROM short s;

-- Strings of all lengths with each special character at each place.
CREATE TABLE specials AS SELECT chr(i) AS c FROM generate_series(1, 127) i UNION ALL SELECT unnest(ARRAY['ż', '€', '𝄞', U&'\2028']);
SELECT count(*) AS strings, count(*) FILTER (WHERE jsonify_text(s)::text <> to_json(s)::text) AS differ
FROM specials, generate_series(0, 26) n, generate_series(0, n) p, LATERAL (SELECT repeat('a', p) || c || repeat('b', n - p) AS s) t;
SELECT count(*) AS strings, count(*) FILTER (WHERE jsonify_text(s)::text <> to_json(s)::text) AS differ
FROM generate_series(0, 70) n, LATERAL (
    SELECT string_agg(chr(32 + (i * 7919 + n * 31) % 95) || CASE WHEN i % 5 = 0 THEN E'\n"' ELSE '' END, '' ORDER BY i) AS s
    FROM generate_series(1, n) i) t
  WHERE n > 0;
SELECT jsonify_text(E'\x01\x02\b\f\n\r\t\x1f "\\/\x7f żółw 𝄞'::text);

-- Numbers are the text that they have: the scale of a numeric, the shortest of a float.
SELECT jsonify_text(ROW(1.50, -0.0::float8, 1e15::float8, 1e22::float4, 0.1::float4, 100::float8,
        1e-7::float8, 'NaN'::float4, '-Infinity'::float8, 'NaN'::numeric, 9223372036854775807, (-32768)::int2));
SELECT bool_and(jsonify_text(n)::text = to_json(n)::text AND jsonify_text(n::float8)::text = to_json(n::float8)::text AND jsonify_text(n::float4)::text = to_json(n::float4)::text)
FROM generate_series(-30, 30) e, LATERAL (SELECT 10::numeric ^ e * m AS n FROM unnest(ARRAY[1, -1, 1.5, 7.25, 9.99999999, 123456]) m) t;
SELECT jsonify_text(ARRAY[[1, NULL], [3, 4]]), jsonify_text('{}'::int[]), jsonify_text(array_fill(1, ARRAY[2, 1, 2])), jsonify_text('[5:6]={a,b}'::text[]);

-- Custom casts: one to jsonb comes first, one to json is verbatim.
CREATE TYPE price AS (amount int, currency text);
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE FUNCTION price_json(price) RETURNS json LANGUAGE sql AS $$ SELECT ('{"b" :1,  "b":' || ($1).amount || '}')::json WHERE ($1).amount > 0 $$;
CREATE FUNCTION mood_json(mood) RETURNS json LANGUAGE sql AS $$ SELECT json_build_array($1::text) $$;
CREATE FUNCTION price_jsonb(price) RETURNS jsonb LANGUAGE sql AS $$ SELECT jsonb_build_object('amount', ($1).amount, 'c', 1) $$;
CREATE CAST (price AS json) WITH FUNCTION price_json(price);
CREATE CAST (mood AS json) WITH FUNCTION mood_json(mood);
SELECT jsonify_text(ROW(ROW(1, 'EUR')::price, ARRAY[ROW(0, 'PLN')::price, NULL], 'sad'::mood)), to_json(ROW('sad'::mood))::text = jsonify_text(ROW('sad'::mood))::text;
CREATE CAST (price AS jsonb) WITH FUNCTION price_jsonb(price);
SELECT jsonify_text(ROW(1, 'EUR')::price), jsonify_text(ARRAY[ROW(0, 'PLN')::price, NULL]);

-- One type, one shape and one set of options, in turn for both sinks.
SELECT jsonify(s), jsonify_text(s), jsonify(s, '{ b a }'), jsonify_text(s, '{ b a }'),
    jsonify_text(s, '{ b a }', '{}', '{"nulls": "omit"}'), jsonify(s, '{ b a }', '{}', '{"nulls": "omit"}')
  FROM (SELECT 1 AS b, NULL AS a) s;
DO $$
BEGIN
  FOR i IN 1 .. 3 LOOP
    IF jsonify_text(ROW(i, 'x'))::text <> format('{"f1":%s,"f2":"x"}', i) OR jsonify(ROW(i, 'x'))::text <> format('{"f1": %s, "f2": "x"}', i) THEN RAISE 'mixed up'; END IF;
  END LOOP;
END$$;

-- Related rows, formats and options.
CREATE TABLE users (id int PRIMARY KEY, user_name text, born timestamptz, data bytea, boss_id int REFERENCES users);
CREATE TABLE posts (id bigint PRIMARY KEY, title text, author_id int REFERENCES users, r int4range, p point);
CREATE TABLE tags (id int PRIMARY KEY, name text);
CREATE TABLE post_tags (post_id bigint REFERENCES posts, tag_id int REFERENCES tags, PRIMARY KEY (post_id, tag_id));
INSERT INTO users VALUES (1, 'ann "A"', '2020-01-01 12:00+00', '\x00ff', NULL), (2, 'bob', 'infinity', NULL, 1), (3, NULL, NULL, '\x', 1);
INSERT INTO posts SELECT i, 'post ' || i, 1 + i % 2, int4range(i, NULLIF(2 * i, 6)), point(i, 0.5) FROM generate_series(1, 5) i;
INSERT INTO tags VALUES (1, 'a'), (2, 'ü');
INSERT INTO post_tags VALUES (1, 1), (1, 2), (3, 2);
SELECT jsonify_text(u, '{ user_name posts { title author { user_name boss { id } } tags { name } } id boss }') FROM users u WHERE id = 2;
SELECT jsonify_text_agg(u, '{ user_name born @epoch data @base64 posts { r p @geojson } }' ORDER BY id DESC) FROM users u;
SELECT shape, options, jsonify_text(u, shape, NULL, options)::jsonb = jsonify(u, shape, NULL, options)
    AND jsonify_text(ARRAY[u, NULL], shape, NULL, options)::jsonb = jsonify(ARRAY[u, NULL], shape, NULL, options) AS same
FROM (SELECT u.*::users AS u FROM users u WHERE id = 1) u,
  unnest(ARRAY[NULL, '{ * }', '{ * posts users boss }', '{ posts { * tags author { * posts { id } } } }', '{ born @utc data @base64url posts { r p @array id @string } }']) shape,
  unnest(ARRAY[NULL, '{"nulls": "omit"}', '{"keys": "camel"}', '{"formats": "web"}', '{"formats": {"range": "object", "text": "upper(text)"}, "nulls": "omit", "keys": "camel"}']::jsonb[]) options
WHERE NOT jsonify_text(u, shape, NULL, options)::jsonb = jsonify(u, shape, NULL, options)
    OR NOT jsonify_text(ARRAY[u, NULL], shape, NULL, options)::jsonb = jsonify(ARRAY[u, NULL], shape, NULL, options)
  OR options->>'keys' IS NOT NULL AND shape = '{ * }';
SET jsonify.nulls = 'omit'; SET jsonify.formats = 'web';
SELECT jsonify_text(u), jsonify_text(u, '{ born user_name }') FROM users u ORDER BY id;
RESET jsonify.nulls; RESET jsonify.formats;

-- A row that several documents share is written in each.
SELECT jsonify_find_text('posts', '{ id author { user_name } }'), jsonify_find('posts', '{ id author { user_name } }');

-- The aggregate: as json_agg in everything but white space.
SELECT jsonify_text_agg(id ORDER BY id), jsonify_text_agg(id) FILTER (WHERE id > 5),
    jsonify_text_agg(id ORDER BY id DESC) FILTER (WHERE id <> 2),
    jsonify_text_agg(DISTINCT boss_id), jsonify_text_agg(NULL::int) FROM users;
SELECT jsonify_text_agg(u), jsonify_text_agg(u, '{ nope }'), jsonify_text_agg(u, '{ id }', '{}', '{}') FROM users u WHERE false;
SELECT id, jsonify_text_agg(u, '{ id boss { id } }') OVER (ORDER BY id), jsonify_agg(u, '{ id boss { id } }') OVER (ORDER BY id) FROM users u;
SELECT jsonify_text_agg(u, CASE WHEN id = 2 THEN '{ id posts { id } }' WHEN id = 1 THEN '{ user_name }' END ORDER BY id) FROM users u;
SELECT jsonify_text_agg(x, NULL, NULL, o ORDER BY i), jsonify_text_agg(x, NULL, NULL, o ORDER BY i)::jsonb = jsonify_agg(x, NULL, NULL, o ORDER BY i)
FROM (SELECT i, CASE WHEN i <> 3 THEN ROW(i, NULLIF(i, 2), '2020-01-01'::timestamptz) END AS x,
      ('{}|{"nulls": "omit"}|{"nulls": "omit"}||{"formats": "web"}|{}'::text) AS os FROM generate_series(1, 6) i) s,
    LATERAL (SELECT NULLIF(split_part(os, '|', i), '')::jsonb AS o) o;
SELECT jsonify_text_agg(ARRAY[u, NULL], '{ id boss { id } }' ORDER BY id) FROM users u;
SELECT jsonify_text_agg(x)::text = array_to_json(array_agg(x))::text FROM (SELECT u, ROW(1, id), ARRAY[id] FROM users u) x;

-- The planner's choice of workers changes nothing.
CREATE TABLE many AS SELECT i AS id, 'name ' || i AS name FROM generate_series(1, 20000) i;
ANALYZE many;
BEGIN;
SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0; SET LOCAL max_parallel_workers_per_gather = 2;
SELECT count(*) FROM many m WHERE jsonify_text(m)::text <> to_json(m)::text;
SELECT count(*) FROM many m WHERE jsonify_text(m, '{ name id }')::text <> format('{"name":"%s","id":%s}', name, id);
SELECT jsonify_text(m, '{ name id }') FROM many m WHERE id = 20000;
ROLLBACK;

-- What is refused.
CREATE FUNCTION refused(q text, OUT code text, OUT message text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE q INTO message;
  message := 'not refused: ' || message;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END$$;
SELECT * FROM unnest(ARRAY[
  $$SELECT jsonify_text(1, '{ a }')$$,
  $$SELECT jsonify_text(u, '{ a }') FROM users u$$,
  $$SELECT jsonify_text(1, options => '{"null": "omit"}')$$,
  $$SELECT jsonify_text(1, options => '[]')$$,
  $$SELECT jsonify_text(1, params => '[]')$$,
  $$SELECT jsonify_text_agg(1, NULL, '[]')$$,
  $$SELECT jsonify_text(1, options => '{"indent": -1}')$$,
  $$SELECT jsonify_text(1, options => '{"indent": 17}')$$,
  $$SELECT jsonify_text(1, options => '{"indent": 1.5}')$$,
  $$SELECT jsonify_text(1, options => '{"indent": 1e99}')$$,
  $$SELECT jsonify_text(1, options => '{"indent": "2"}')$$,
  $$SELECT jsonify_text(1, options => '{"indent": null}')$$,
  $$SELECT jsonify_text(1, options => '{"indent": true}')$$,
  $$SELECT jsonify_text_agg(1, NULL, NULL, '{"indent": [2]}')$$,
  $$SELECT jsonify_text_agg(NULL::int, NULL, NULL, '{"indent": [2]}')$$,
  $$SELECT jsonify_text(1, options => '{"ensure_ascii": 1}')$$,
  $$SELECT jsonify_text(1, options => '{"ensure_ascii": "true"}')$$,
  $$SELECT jsonify_text(1, options => '{"ensure_ascii": null}')$$,
  $$SELECT jsonify_text(u, '{ id }', NULL, '{"ensure_ascii": {}}') FROM users u$$,
  $$SELECT jsonify_text_agg(i, NULL, NULL, jsonb_build_object('indent', i)) FROM generate_series(1, 2) i$$,
  $$SELECT jsonify(1, options => '{"indent": 2}')$$,
  $$SELECT jsonify(1, options => '{"indent": 0}')$$,
  $$SELECT jsonify_agg(1, NULL, NULL, '{"ensure_ascii": true}')$$]) q, refused(q);

-- A json has room for what a jsonb has not, up to 1 GB.
CREATE TABLE people (id int PRIMARY KEY, name text);
CREATE TABLE notes (id int PRIMARY KEY, person_id int REFERENCES people);
INSERT INTO people VALUES (1, repeat('name ', 500));
INSERT INTO notes SELECT i, 1 FROM generate_series(1, 19) i;
SELECT pg_column_size(jsonify_text(p, '{ notes { person { notes { person { notes { person { notes { person { name } } } } } } } } }')) / 1000000 FROM people p;
SELECT * FROM refused($$SELECT jsonify(p, '{ notes { person { notes { person { notes { person { notes { person { name notes { person { name } } } } } } } } } } }') FROM people p$$);
SELECT * FROM refused($$SELECT jsonify_text(p, '{ notes { person { notes { person { notes { person { notes { person { name notes { person { name } } } } } } } } } } }') FROM people p$$);
SELECT jsonify_text(n, '{ id person { id } }') FROM notes n WHERE id = 1;
DROP SCHEMA t_text CASCADE;
