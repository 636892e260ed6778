-- Params: one that the shape does not name is an error, in every function that takes params.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_params;
SET search_path = t_params, public;
CREATE TABLE users (id int PRIMARY KEY, name text, city text, tags text[]);
CREATE TABLE posts (id int PRIMARY KEY, author_id int REFERENCES users, title text, views int, published bool, meta jsonb);
INSERT INTO users VALUES (1, 'ann', 'Wien', '{a,b}'), (2, 'bob', NULL, '{}'), (3, 'cid', 'Graz', NULL);
INSERT INTO posts VALUES (1, 1, 'one', 10, true, '{"theme": "dark"}'), (2, 1, 'two', 20, false, NULL),
  (3, 2, 'three', NULL, true, '{"theme": "light"}'), (4, NULL, 'four', 5, NULL, '[]');

-- SQLSTATE, message and hint of a query, or what it gives.
CREATE FUNCTION try(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE r text; h text;
BEGIN
  EXECUTE 'SELECT string_agg(d::text, '' '') FROM (' || query || ') q (d)' INTO r;
  RETURN r;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS h = PG_EXCEPTION_HINT;
  RETURN SQLSTATE || ' ' || SQLERRM || ' / ' || h;
END$$;

-- In every function that takes params.
SELECT try(q) FROM unnest(ARRAY[
  $$SELECT jsonify_find('posts', '{ id }', '{"limit": 1}')$$,
  $$SELECT jsonify_find('posts', '(limit: $limit) { id }', '{"limit": 1}')$$,
  $$SELECT jsonify_find('posts', '(limit: $limit) { id }', '{"limi": 1}')$$,
  $$SELECT jsonify_find('posts', '(limit: $limit) { id }', '{"limit": 1, "limt": 1}')$$,
  $$SELECT jsonify_find('posts', '(where: title = $title and views > $n) { id }', '{"n": 1, "title": "two", "zzzzzzzz": null}')$$,
  $$SELECT jsonify_find('posts', NULL, '{"limit": 1}')$$,
  $$SELECT jsonify_find_text('posts', '{ id }', '{"x": 1}')$$,
  $$SELECT sql FROM jsonify_explain('posts', '{ id }', '{"x": 1}')$$,
  $$SELECT jsonify(u, '{ id }', '{"x": 1}') FROM users u$$,
  $$SELECT jsonify(u, '{ id, posts(limit: $x) { id } }', '{"x": 1, "y": 1}') FROM users u$$,
  $$SELECT jsonify(u, NULL, '{"x": 1}') FROM users u$$,
  $$SELECT jsonify_text(5, NULL, '{"x": 1}')$$,
  $$SELECT jsonify(array_agg(u), '{ id }', '{"x": 1}') FROM users u$$,
  $$SELECT jsonify_agg(u, '{ id }', '{"x": 1}') FROM users u$$,
  $$SELECT jsonify_agg(u, NULL, '{"x": 1}') FROM users u$$,
  $$SELECT jsonify_text_agg(id, NULL, '{"x": 1}') FROM users u$$,
  $$SELECT jsonify_save('users', '{"id": 1}', '{ id }', '{"x": 1}')$$,
  $$SELECT jsonify_delete('users', '{"id": 9}', '{ id }', '{"x": 1}')$$,
  $$SELECT action FROM jsonify_plan('users', '{"id": 1}', '{ id }', '{"x": 1}')$$,
  -- those of a named shape are named, those of one that is not used are not
  $$SELECT jsonify_find('posts', '{ ...few }', '{"x": 1}')$$,
  $$SELECT jsonify_find('posts', '{ id }', '{}')$$,
  $$SELECT jsonify_find('posts', '{ id }', NULL)$$]) WITH ORDINALITY q (q, n) ORDER BY n;
SELECT jsonify_define('users', 'few', '{ id, posts(limit: $n) { id } }');
SELECT try($$SELECT jsonify_find('users', '(limit: 1) few', '{"n": 1}')$$), try($$SELECT jsonify_find('users', 'few', '{"n": 1, "m": 1}')$$);
-- A default shape's are those of the values that have it, wherever they lie.
SELECT jsonify_define('users', 'default', '{ id, posts(limit: $n) { id } }');
SELECT try($$SELECT jsonify(u, NULL, '{"n": 1}') FROM users u$$), try($$SELECT jsonify(s, '{ u }', '{"n": 1}') FROM (SELECT u FROM users u) s$$),
  try($$SELECT jsonify(s, '{ u }', '{"m": 1}') FROM (SELECT u FROM users u) s$$), try($$SELECT jsonify(u, '{ id }', '{"n": 1}') FROM users u$$);
-- Of a record that shows its type only when it is met nobody knows before.
SELECT try($$SELECT jsonify(s, '{ r }', '{"n": 1}') FROM (SELECT ROW(u) AS r FROM users u) s$$), try($$SELECT jsonify(s, NULL, '{"n": 1}') FROM (SELECT ROW(1) AS r) s$$);
SELECT jsonify_undefine('users', 'default');

-- The option.
SELECT jsonify_find('posts', '(limit: 1) { id }', '{"limit": 1}', '{"unknown_params": "ignore"}'), jsonify(1, NULL, '{"a": 1}', '{"unknown_params": "ignore"}');
SELECT jsonify_save('users', '{"id": 1}', '{ id }', '{"x": 1}', '{"unknown_params": "ignore"}');
SELECT try($$SELECT jsonify(1, NULL, '{"a": 1}', '{"unknown_params": "error"}')$$), try($$SELECT jsonify(1, NULL, '{"a": 1}', '{"unknown_params": true}')$$);
-- Many.
SELECT try(format($$SELECT jsonify_find('posts', '(where: id in (%s)) { id }', '{%s, "p": 0}')$$,
    (SELECT string_agg('$p' || i, ', ') FROM generate_series(1, 30) i), (SELECT string_agg(format('"p%s": %s', i, i), ', ') FROM generate_series(1, 30) i))),
  try(format($$SELECT jsonify_find('posts', '(where: id in (%s)) { id }', '{%s, "other": 0}')$$,
    (SELECT string_agg('$p' || i, ', ') FROM generate_series(1, 30) i), (SELECT string_agg(format('"p%s": %s', i, i), ', ') FROM generate_series(1, 30) i)));
-- The root's hint names what the root takes.
SELECT try($$SELECT jsonify_find('posts', '(limits: 1) { id }')$$), try($$SELECT jsonify_find('users', '(where: exists(posts(limits: 1))) { id }')$$);
DROP SCHEMA t_params CASCADE;
