-- Composite values, arrays of them, json, and casts of one's own: parts that are said as they are stay as they are.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_save_parts;
SET search_path = t_save_parts, public;
\set helpers `echo "$PG_ABS_SRCDIR/save_helpers.sql"`
\i :helpers
\pset format unaligned
\pset tuples_only on


CREATE DOMAIN pos AS int CHECK (VALUE > 0);
CREATE TYPE lin AS (line_no int, qty pos, at timestamptz, geo path);
CREATE TYPE inv AS (inv_no int, lines lin[], tags text[]);
CREATE TYPE pair AS (a int, b text);
CREATE TABLE v (id int PRIMARY KEY, p pair, ps pair[], i inv, j json, jb jsonb, jn jsonb NOT NULL DEFAULT '{}', ja jsonb[]);
INSERT INTO v VALUES (1, '(1,x)', '{"(1,x)", "(2,y)"}', ROW(1, ARRAY[ROW(1, 5, '2020-01-01 00:00:00.123456Z', '((1,1),(2,2))')::lin], NULL)::inv, '{"b": 1, "a": 2}', 'null', 'null', '{"[1]", "2"}');
\set look 'SELECT p, ps, i, j, jb, jn, ja FROM v WHERE id = 1'
SELECT saved('v', '{"id": 1, "p": {"b": "z"}}', '{ id, p }', 
  look => :'look');
SELECT saved('v', '{"id": 1, "p": {"b": null}}', '{ id, p }');
SELECT saved('v', '{"id": 1, "p": {"c": null}}', '{ id, p }');
SELECT saved('v', '{"id": 1, "p": {}}', '{ id, p }');
SELECT saved('v', '{"id": 1, "p": null}', '{ id, p }');
SELECT saved('v', '{"id": 1, "p": [1,2]}', '{ id, p }');
SELECT saved('v', '{"id": 2, "p": {"a": 5}}', '{ id, p }');
SELECT saved('v', '{"id": 1, "ps": [{"a": 1}, {"a": 5}]}', '{ id, ps }');
SELECT saved('v', '{"id": 1, "ps": [{"a": 1}, {"b": "q"}, {"a": 9}]}', '{ id, ps }');
SELECT saved('v', '{"id": 1, "ps": [{"a": 1}, null]}', '{ id, ps }');
SELECT saved('v', '{"id": 1, "i": {"invNo": 2, "lines": [{"lineNo": 1, "qty": 5, "at": 1577836800123, "geo": [[1,1],[2,2]]}]}}', '{ id, i }',
  options => '{"keys": "camel", "formats": {"timestamptz": "epoch_ms", "path": "array"}}', 
  look => :'look');
SELECT saved('v', '{"id": 1, "i": {"inv_no": 2}}', '{ id, i }', options => '{"keys": "camel"}');
SELECT saved('v', '{"id": 1, "i": {"lines": [{"line_no": 1, "qyt": 5}]}}', '{ id, i }');
SELECT saved('v', '{"id": 1, "i": {"inv_no": 3, "no": 1, "lines": [{"line_no": 1, "qty": 6, "qyt": 5}]}}', '{ id, i }', options => '{"unknown": "ignore"}',
  look => :'look');
SELECT saved('v', '{"id": 1, "p": {"b": "z", "c": 1}}', '{ id, p }', options => '{"unknown": "ignore"}');
SELECT saved('v', '{"id": 1, "i": {"lines": [{"line_no": 1, "qty": 0}, {"line_no": "x"}]}}', '{ id, i }');
-- All that is wrong with the parts of a value is told, be it by a type's input or before that.
SELECT saved('v', '{"id": 1, "i": {"no": 1, "inv_no": "x", "nr": 2, "lines": [{"line_no": 1, "qty": 0}, 5, {"line_no": "x", "at": "now", "geo": 5}, {"qty": -1}], "tags": [1, "t", 2]}}', '{ id, i }');
SELECT saved('v', '{"id": 1, "i": {"no": 1, "nr": 2, "lines": [5, {"geo": 5}], "tags": [1, "t", 2]}}', '{ id, i }');
SELECT saved('v', '[{"id": 1, "ps": [{"a": 1}, {"a": "x"}, {"b": 5, "a": 1.5}]}, {"id": 2, "ps": [{"c": 1}]}]', '{ id, ps }');
CREATE TABLE spans (id int PRIMARY KEY, r int4range, rs int4multirange, grid int[]);
SELECT saved('spans', '{"id": 1, "r": {"lower": "x", "upper": "y", "uper": 1}, "rs": [{"lower": "x"}, null, {"upper": 1.5}, {"lower": 1, "upper": 2}], "grid": [["x", 1], [2, 1.5]]}',
             '{ id, r @object, rs @object, grid }');
SELECT saved('spans', '{"id": 1, "grid": [["x", 1], [2]]}', '{ id, grid }');
SELECT saved('v', '{"id": 1, "j": {"a": 2, "b": 1}, "jb": null, "jn": null}', '{ id, j, jb, jn }', 
  look => :'look');
SELECT saved('v', '{"id": 1, "j": null, "jn": {}}', '{ id, j, jb, jn }', 
  look => :'look');
SELECT saved('v', '{"id": 1, "j": {"a": 3}}', '{ id, j, jb, jn }', 
  look => :'look');
SELECT saved('v', '{"id": 2, "j": null, "jb": null, "jn": null}', '{ id, j, jb, jn }', 
  look => 'SELECT jb IS NULL, jn FROM v WHERE id=2');
SELECT saved('v', '{"id": 1, "ja": [[1],3]}', '{ id, ja }', 
  look => :'look');
-- A cast to JSON only is no way back, but what is unchanged needs none.
CREATE TYPE cx AS (re float8, im float8);
CREATE FUNCTION cx_to(cx) RETURNS jsonb LANGUAGE sql AS $$ SELECT jsonb_build_array(($1).re, ($1).im) $$;
CREATE FUNCTION cx_from(jsonb) RETURNS cx LANGUAGE sql AS $$ SELECT ROW(($1->>0)::float8, ($1->>1)::float8)::t_save_parts.cx $$;
CREATE CAST (cx AS jsonb) WITH FUNCTION cx_to(cx);
CREATE TABLE c (id int PRIMARY KEY, x cx, xs cx[]);
INSERT INTO c VALUES (1, '(1,2)', '{"(1,2)", "(3,4)"}');
SELECT saved('c', '{"id": 1, "x": [1,2], "xs": [[1,2],[3,4]]}', '{ id, x, xs }');
SELECT saved('c', '{"id": 1, "x": [1,3], "xs": [[1,2],[3,5]]}', '{ id, x, xs }');
SELECT saved('c', '{"id": 1, "x": null, "xs": [[1,2]]}', '{ id, x, xs }');
SELECT saved('c', '{"id": 2, "x": [1,2]}', '{ id, x, xs }');
CREATE CAST (jsonb AS cx) WITH FUNCTION cx_from(jsonb);
SELECT saved('c', '{"id": 1, "x": [1,3], "xs": [[1,2],[3,5]]}', '{ id, x, xs }');
SELECT saved('c', '{"id": 2, "x": ["a",2]}', '{ id, x, xs }');
SELECT saved('users', '{"id": 1, "name": "ADA"}', '{ id, name }', options => '{"formats": {"text": "upper(text)"}}');
SELECT saved('users', '{"id": 1, "name": "BOB"}', '{ id, name }', options => '{"formats": {"text": "upper(text)"}}');

DROP SCHEMA t_save_parts CASCADE;
