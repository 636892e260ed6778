-- The options indent and ensure_ascii of the text functions.
SET client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_layout;
SET search_path = t_layout, public;
\pset format unaligned
\pset tuples_only on

-- indent: an element or a key a line, empty arrays and objects on one; json and
-- jsonb values too, their numbers, order and duplicates as they are.
CREATE TYPE pair AS (a int, b int[]);
SELECT jsonify_text(s, options => '{"indent": 2}') FROM (SELECT 1 AS id, ROW(1, '{}')::pair AS p, ARRAY[[1, 2], [3, NULL]] AS a, '{}'::text[] AS e,
  E' { "b" : 1.50 ,\n\t"a":[ ],"b": { } , "c": [ [ ] , [ 1E3,"[x, {\\"y\\\\" ] , true ] } '::json AS j,
        '{"b": [], "a": {}, "cc": [1.50, {"x": null}, "s, [t]"]}'::jsonb AS b, ' 1e5 '::json AS n, '"x"'::jsonb AS x) s;
SELECT jsonify_text(ROW(1), options => '{"indent": 0}'),
    jsonify_text(1, options => '{"indent": 4}'), jsonify_text('{}'::jsonb, options => '{"indent": 4}'),
    jsonify_text(E' [\n] '::json, options => '{"indent": 4}'), jsonify_text('{}'::json[], options => '{"indent": 4}'),
    jsonify_text(s, '{ }', '{}', '{"indent": 4}') FROM (SELECT 1) s;
SELECT jsonify_text(ROW(1, 'null'::json), options => '{"indent": 16}');
SELECT jsonify_text_agg(i, NULL, NULL, '{"indent": 1}'),
    jsonify_text_agg(i, NULL, NULL, '{"indent": 1}') FILTER (WHERE i > 9),
    jsonify_text_agg(NULL::int, NULL, NULL, '{"indent": 1}') FROM generate_series(1, 2) i;
SELECT jsonify_text(s, options => '{"indent": 2, "nulls": "omit", "formats": {"range": "object", "point": "geojson"}}')
  FROM (SELECT 1 AS a, NULL AS b, int4range(1, NULL) AS r, point(1, 2) AS p, 'empty'::int4range AS e) s;

-- The same lines as jsonb_pretty, where that has the same keys in the same order.
CREATE TABLE users (id int PRIMARY KEY, name text, doc jsonb, boss_id int REFERENCES users);
CREATE TABLE posts (id int PRIMARY KEY, title text, author_id int REFERENCES users);
INSERT INTO users SELECT i, 'user ' || i, jsonb_build_object('k', ARRAY[i, 2], 'll', jsonb_build_object('m', E'x\ny')), NULLIF(i / 2, 0) FROM generate_series(1, 7) i;
INSERT INTO posts SELECT i, 'post ' || i, 1 + i % 7 FROM generate_series(1, 21) i;
\set shape '{ id doc boss { id name } posts { id title author { id doc name } } }'
SELECT count(*), bool_and(jsonify_text(u, :'shape', NULL, '{"indent": 4}')::text = jsonb_pretty(jsonify(u, :'shape'))) AS rows,
       jsonify_text_agg(u, :'shape', NULL, '{"indent": 4}')::text = jsonb_pretty(jsonify_agg(u, :'shape')) AS aggregate,
       jsonify_text(array_agg(u), :'shape', NULL, '{"indent": 4}')::text = jsonb_pretty(jsonify(array_agg(u), :'shape')) AS array_ FROM users u;
SELECT bool_and(jsonify_text(b, options => '{"indent": 4}')::text = jsonb_pretty(b)
      AND jsonify_text(b::json, options => '{"indent": 4}')::text = jsonb_pretty(b)
      AND jsonify_text(b::text::json, options => '{"indent": 4}')::text = jsonb_pretty(b))
FROM (SELECT jsonify_agg(u, :'shape') FROM users u UNION ALL SELECT to_jsonb('x'::text) UNION ALL
      SELECT jsonb_agg(jsonb_build_array(jsonb_build_array(to_jsonb(i), i::text))) FROM generate_series(1, 100) i) x (b);
-- A row that several share is written once and copied, to another depth as well.
CREATE TABLE teams (id int PRIMARY KEY, members posts[]);
INSERT INTO teams SELECT 1, ARRAY[p] FROM posts p WHERE id = 1;
INSERT INTO teams SELECT 2, ARRAY[[ARRAY[p, q]], [ARRAY[p, NULL]]] FROM posts p, posts q WHERE p.id = 8 AND q.id = 15;
INSERT INTO teams SELECT 3, ARRAY[[p]] FROM posts p WHERE id = 1;
INSERT INTO teams SELECT 4, ARRAY[p] FROM posts p WHERE id = 8;
SELECT jsonify_text_agg(members, '{ id author { id doc boss { id name posts { id } } } }', NULL, '{"indent": 4}' ORDER BY id)::text
  = jsonb_pretty(jsonify_agg(members, '{ id author { id doc boss { id name posts { id } } } }' ORDER BY id)) AS same FROM teams;
SELECT jsonify_text_agg(members, '{ id author { id boss { id } } }', NULL, '{"indent": 1}' ORDER BY id) FROM teams WHERE id > 2;
SELECT jsonify_text_agg(members, '{ author { } }', NULL, '{"indent": 1}' ORDER BY id) FROM teams WHERE id IN (1, 3);

-- ensure_ascii: every character beyond ASCII, in keys, strings, json and jsonb.
SELECT jsonify_text(U&'\007f\0080\07ff\0800\ffff\+010000\+10ffff'::text, options => '{"ensure_ascii": true}'), jsonify_text('ż'::text, options => '{"ensure_ascii": false}');
SELECT jsonify_text(s, options => '{"ensure_ascii": true}')
  FROM (SELECT 'é"ł' AS "klucz ż", '{"ż" : "𝄞\u00e9", "ż":[ "plain"]}'::json AS j,
      '{"ż": "𝄞\u00e9\n"}'::jsonb AS b, ARRAY['ż', NULL] AS a, 'ż'::name AS n, 'ż'::char(2) AS c) s;
SELECT jsonify_text(s, '{ "ź" kk: a, "ó\": a }', '{}', '{"ensure_ascii": true, "indent": 1}') FROM (SELECT E'a\tż' AS a, '[ "ź", {"ó":1 } ]'::json AS "ź") s;
SELECT jsonify_text_agg(u, '{ ż: id boss { ó: id } }', NULL, '{"ensure_ascii": true}' ORDER BY id),
    jsonify_text(u, '{ ż: id }'), jsonify(u, '{ ż: id }') FROM users u WHERE id < 3 GROUP BY u.id LIMIT 1;
-- all characters there are, and strings of all lengths around one
SELECT count(*), count(*) FILTER (WHERE t::text ~ '[^\x01-\x7f]' OR t ->> 0 <> c) AS bad
FROM (SELECT chr(i) AS c FROM generate_series(1, 1114111) i
    WHERE i NOT BETWEEN 55296 AND 57343 AND (i < 3000 OR i % 37 = 0 OR i > 65000 AND i < 66000)) c,
    LATERAL (SELECT ('[' || jsonify_text(c, options => '{"ensure_ascii": true}')::text || ']')::json AS t) t;
SELECT count(*), count(*) FILTER (WHERE t::text ~ '[^\x01-\x7f]' OR t::jsonb <> to_jsonb(s)) AS bad
FROM generate_series(0, 26) n, generate_series(0, n) p,
    unnest(ARRAY['ż', '€', '𝄞', 'żż€', '"é']) c, LATERAL (SELECT repeat('a', p) || c || repeat('b', n - p) AS s) s,
    LATERAL (SELECT jsonify_text(s, options => '{"ensure_ascii": true}') AS t) t;

-- Other encodings. What is no character of it is an error.
CREATE DATABASE regress_jsonify_latin1 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
CREATE DATABASE regress_jsonify_eucjp ENCODING 'EUC_JP' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
CREATE DATABASE regress_jsonify_win1252 ENCODING 'WIN1252' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
CREATE DATABASE regress_jsonify_ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
\set db :DBNAME
\c regress_jsonify_latin1
\pset format unaligned
\pset tuples_only on
CREATE EXTENSION jsonify;
SELECT jsonify_text(ROW('a' || chr(233) || 'b' || chr(255), format('{"%s" : "%s"}', chr(233), chr(252))::json, jsonb_build_object(chr(233), chr(160))), options => '{"ensure_ascii": true}');
SELECT count(*) FROM generate_series(1, 255) i WHERE i NOT BETWEEN 128 AND 159 AND jsonify_text(chr(i), options => '{"ensure_ascii": true}')::jsonb <> to_jsonb(chr(i));
SELECT bool_and(jsonify_text(chr(i))::text = to_json(chr(i))::text) FROM generate_series(1, 255) i;
\c regress_jsonify_eucjp
\pset format unaligned
\pset tuples_only on
CREATE EXTENSION jsonify;
SELECT jsonify_text(s, options => '{"ensure_ascii": true, "indent": 1}')
  FROM (SELECT convert_from('\x61e697a5e69cac62', 'UTF8') AS a,
      ('["' || convert_from('\xe697a5', 'UTF8') || '" ]')::json AS j) s;
SELECT jsonify_text(s)::text = to_json(s)::text, octet_length(jsonify_text(s)::text) FROM (SELECT convert_from('\x61e697a5e69cac62', 'UTF8') AS a) s;
\c regress_jsonify_win1252
\pset format unaligned
\pset tuples_only on
CREATE EXTENSION jsonify;
SELECT jsonify_text(convert_from('\xe282ace280a6c5bd', 'UTF8'), options => '{"ensure_ascii": true}');
\c regress_jsonify_ascii
\pset format unaligned
\pset tuples_only on
CREATE EXTENSION jsonify;
-- bytes without a meaning: taken for UTF-8 where they have to be characters
SELECT jsonify_text(E'\xc5\xbc\xf0\x9d\x84\x9e'::text, options => '{"ensure_ascii": true}');
SELECT jsonify_text(E'x\xe9'::text, options => '{"ensure_ascii": true}');
SELECT octet_length(jsonify_text(E'x\xe9'::text)::text);
\c :db
DROP DATABASE regress_jsonify_latin1;
DROP DATABASE regress_jsonify_eucjp;
DROP DATABASE regress_jsonify_win1252;
DROP DATABASE regress_jsonify_ascii;
SET client_min_messages = error;
DROP SCHEMA t_layout CASCADE;
