-- Constants: what a shape gives a key by itself, a literal or a param.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_constants;
SET search_path = t_constants, public;
CREATE TABLE users (id int PRIMARY KEY, name text, "true" bool, created_at date);
CREATE TABLE posts (id int PRIMARY KEY, author_id int REFERENCES users, title text);
INSERT INTO users VALUES (1, 'ann', true, '2024-01-02'), (2, 'bob', false, NULL);
INSERT INTO posts VALUES (1, 1, 'one'), (2, 1, 'two');

-- In jsonb and text, in every kind of literal; a column of such a name is quoted.
SELECT jsonify_find('users', '(limit: 1) { v: ''it''''s'', n: 5, neg: -5, dec: -1.50e-3, dot: .5, end: 5. t: true, f: FALSE, z: null, c: "true", "a b": ''{}''}');
SELECT jsonify_find_text('users', '(limit: 1) { v: ''it''''s'', n: 5, neg: -5, dec: -1.50e-3, dot: .5, end: 5. t: true, f: FALSE, z: null, c: "true", "a b": ''{}''}');
SELECT jsonify_text(u, '{ v:''ż "\'', id, n:12345678901234567890.10 }', options => '{"indent": 2, "ensure_ascii": true}') FROM users u WHERE id = 1;
-- A param is the JSON that it is, at each place, and another one for another document.
SELECT jsonify_find('users', '{ v: $v, posts { id, v: $v }, w: $w }', '{"v": {"a": [1.50, null]}, "w": null}');
SELECT jsonify_text_agg(u, '{ v: $v, id }', jsonb_build_object('v', name) ORDER BY id) FROM users u;
SELECT jsonify(array_agg(u), '{ v: $v, n: $v }', '{"v": "x"}') FROM users u;
SELECT jsonify(s, '{ v: $v }', '{"v": []}') FROM (SELECT 1 AS a) s;
-- The option nulls leaves out SQL's NULL, which the literal is; keys are as written.
SELECT jsonify_find('users', '(limit: 1) { a_b: null, c_d: $p, e_f: 1, created_at }', '{"p": null}', '{"nulls": "omit", "keys": "camel"}');
-- In trees, paths, named shapes, and values that hold rows.
SELECT jsonify_define('posts', 'card', '{ kind: ''post'', id, by: $by }'), jsonify_define('users', 'default', '{ id, by: $by }');
SELECT jsonify_find('users', '{ posts { ...card }, all: posts(key: id) { ...card, kind: 1 }, page: posts(page: 1) { v: true } }', '{"by": "me"}');
SELECT jsonify(s, NULL, '{"by": 1}') FROM (SELECT u, array_agg(u) OVER () FROM users u) s;
SELECT jsonify(s, '{ r, by: 2 }', '{"by": 1}') FROM (SELECT ROW(u) AS r FROM users u) s;
SELECT jsonify_undefine('users', 'default');
-- An item takes the place of a column; two are an error.
SELECT jsonify_find('users', '(limit: 1) { *, name: ''-'' }'), jsonify_find('users', '(limit: 1) { * -name name: 1 }');
SELECT * FROM jsonify_explain('users', '{ v: 5, w: $w }', '{"w": 1}');

CREATE FUNCTION refused(shape text, params jsonb DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE h text; p text;
BEGIN
  PERFORM jsonify_find('users', shape, params);
  RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS h = PG_EXCEPTION_HINT, p = PG_EXCEPTION_CONTEXT;
  RETURN concat_ws('|', SQLSTATE, SQLERRM, substring(p FROM 'line \d+, column \d+'), h);
END$$;
SELECT shape, refused(shape) FROM unnest(ARRAY['{ v: 5x }', '{ v: 5.x }', '{ v: 1, v: ''a'' }', '{ v: $v, v: $v }', '{ v: $v }', '{ v: - 5 }', '{ v: ''a }',
  '{ v: 5 @utc }', '{ v: 5 { } }', '{ v: true.x }', '{ v: true(limit: 1) }', '{ 5 }', '{ ''a'' }', '{ $v }', '{ v: e''a'' }', '{ v: 1e200000 }', '{ v: $ }', '{ v: lower(''a'') }', '{ v: }']) shape;

-- Written, they are shown only: what is given is what they are, in a new row too; an etag knows nothing of them.
SELECT jsonify_save('users', '[{"id": 1, "v": 1, "p": [2]}, {"id": 3, "v": 1, "p": [2], "name": "new"}, {"id": 4}]', '{ id, name, v: 1, p: $p }', '{"p": [2]}');
SELECT d, jsonify_save('users', d, '{ id, v: 1, p: $p, posts { id, k: ''post'' } }', '{"p": [2]}') = d AS same FROM jsonify_find('users', '{ id, v: 1, p: $p, posts { id, k: ''post'' } }', '{"p": [2]}') d;
SELECT action, loc, error ->> 'type' AS error FROM jsonify_plan('users', '[{"id": 1, "v": 2, "p": [2]}, {"id": 5, "v": 1, "p": 3}, {"id": 6, "v": null}]', '{ id, v: 1, p: $p }', '{"p": [2]}');
SELECT jsonify_save('users', '{"id": 1, "v": 2}', '{ id, v: 1 }', options => '{"readonly": "ignore"}');
SELECT (a -> 'etag') = (b -> 'etag') FROM jsonify_find('users', '(limit: 1) { @etag }') a, jsonify_find('users', '(limit: 1) { @etag, v: 5, w: null }') b;
DROP SCHEMA t_constants CASCADE;
