-- "...rel { ... }": the fields of a to-one relation among the object's own.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_flat;
SET search_path = t_flat, public;
CREATE TABLE countries (code text PRIMARY KEY, country_name text);
CREATE TABLE users (id int PRIMARY KEY, user_name text, country text REFERENCES countries, boss_id int REFERENCES users, born date);
CREATE TABLE posts (id int PRIMARY KEY, author_id int REFERENCES users, editor_id int REFERENCES users, title text);
CREATE TABLE profiles (user_id int PRIMARY KEY REFERENCES users, bio text);
INSERT INTO countries VALUES ('PL', 'Poland');
INSERT INTO users VALUES (1, 'ann', 'PL', NULL, '2000-01-02'), (2, 'bob', NULL, 1, NULL), (3, 'cid', 'PL', 2, NULL);
INSERT INTO posts VALUES (1, 1, 2, 'one'), (2, 2, NULL, 'two'), (3, NULL, 1, 'three');
INSERT INTO profiles VALUES (1, 'hi');
CREATE FUNCTION first_post(users) RETURNS posts STABLE BEGIN ATOMIC SELECT * FROM posts WHERE author_id = ($1).id ORDER BY id LIMIT 1; END;

-- In jsonb, in text in the order of the shape, from each function; without a row each is null.
SELECT jsonify_find('posts', '{ title, ...author(via: author_id) { user_name, boss { id }, posts(via: author_id) { id }, count(users(via: boss_id)) }, id }');
SELECT jsonify_find_text('posts', '{ title, ...author { user_name, boss { id }, posts(via: author_id) { id }, v: ''v'' }, id }');
SELECT jsonify_text_agg(p, '{ ...author { name: user_name }, ...editor { editor: user_name } }' ORDER BY id) FROM posts p;
SELECT jsonify(p, '{ ...author(where: id = $id) { user_name } }', '{"id": 1}') FROM posts p ORDER BY id;
SELECT jsonify_find_text('users', '{ id, ...profiles { bio }, ...first_post { title } }');
-- "*" inside; outside its columns give way; named shapes; formats; one in another.
SELECT jsonify_find_text('posts', '(limit: 1) { ...author { * -country -id }, title }'), jsonify_find_text('posts', '(limit: 1) { *, ...author { id } }');
SELECT jsonify_define('users', 'card', '{ user_name, ...boss { boss_name: user_name } }'), jsonify_define('posts', 'full', '{ id, ...author { ...card } }');
SELECT jsonify_find_text('posts', '{ ...full, title }');
SELECT jsonify_find_text('posts', '(limit: 2) { id, ...author { user_name, ...boss { b: user_name, ...country(via: country) { country_name } } } }');
SELECT jsonify_find_text('users', '{ id, posts(via: author_id) { ...editor { user_name } }, p: posts(via: author_id, key: id) { ...editor { user_name } }, boss { ...profiles { bio } } }');
-- Options: nulls, keys.
SELECT jsonify_find_text('posts', '{ id, ...author { user_name, born, x: null, boss { id }, posts(via: author_id) { id } } }', options => '{"nulls": "omit"}');
SELECT jsonify_find_text('posts', '{ id, author_id, ...author { user_name, boss_id, my_key: id } }', options => '{"keys": "camel"}');
-- A tree in it: the row is on its path.
SELECT jsonify_find_text('posts', '(limit: 1) { id, ...author { user_name, users(recurse: 3, via: boss_id) } }'), jsonify_find_text('posts', '(limit: 1) { id, ...author { n: user_name, users(recurse: 0, via: boss_id) } }');
-- One query for all of its fields.
SELECT path FROM jsonify_explain('posts', '{ id, ...author { user_name, country, ...boss { b: id } }, ...editor { e: id } }');
SELECT jsonify(s, '{ p, n: 1 }') FROM (SELECT p FROM posts p WHERE id = 1) s;
SELECT jsonify_define('posts', 'default', '{ id, ...author { user_name } }');
SELECT jsonify(s, '{ p, n: 1 }') FROM (SELECT p FROM posts p) s;
SELECT jsonify_undefine('posts', 'default');

CREATE FUNCTION refused(shape text, relation regclass DEFAULT 'posts') RETURNS text LANGUAGE plpgsql AS $$
DECLARE h text; p text;
BEGIN
  PERFORM jsonify_find(relation, shape);
  RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS h = PG_EXCEPTION_HINT, p = PG_EXCEPTION_CONTEXT;
  RETURN concat_ws('|', SQLSTATE, SQLERRM, substring(p FROM 'line \d+, column \d+'), h);
END$$;
SELECT shape, refused(shape) FROM unnest(ARRAY['{ id, ...author { id } }', '{ ...author { id }, ...editor { id } }', '{ ...author { id, x: id }, x: title }', '{ ...author { nope } }', '{ ...nope { id } }', '{ ...title { id } }', '{ ...users { id } }',
  '{ ...author(limit: 1) { id } }', '{ ...author(recurse: 1) { id } }', '{ ...author(via: author_id) }', '{ ...author }', '{ ...author(write: own) { user_name } }', '{ x: ...author { id } }', '{ ...author { } }', '{ ...author { id', '{ ...author { id } @utc }']) shape;
SELECT refused('{ ...posts(via: author_id) { id } }', 'users');
CREATE ROLE regress_jsonify_flat;
GRANT USAGE ON SCHEMA t_flat TO regress_jsonify_flat;
GRANT SELECT ON posts TO regress_jsonify_flat;
GRANT SELECT (id, user_name) ON users TO regress_jsonify_flat;
SET ROLE regress_jsonify_flat;
SELECT jsonify_find_text('posts', '(limit: 1) { title, ...author { * -id } }');
RESET ROLE;
GRANT EXECUTE ON FUNCTION refused TO regress_jsonify_flat;
SET ROLE regress_jsonify_flat;
SELECT refused('{ ...author { born } }'), refused('{ ...author { ...profiles { bio } } }');
RESET ROLE;

-- A plan that is kept, with such an item first: its table is locked before it is used, and
-- nothing else.
CREATE TABLE none AS SELECT * FROM users WHERE false;
ALTER TABLE none ADD FOREIGN KEY (boss_id) REFERENCES users;
INSERT INTO none (id) VALUES (1);
SELECT jsonify(n, '{ ...boss { user_name } }') FROM none n;
BEGIN;
SELECT jsonify(n, '{ ...boss { user_name } }') FROM none n;
SELECT relation::regclass, mode FROM pg_locks
 WHERE locktype = 'relation' AND pid = pg_backend_pid() AND relation <> 'pg_locks'::regclass ORDER BY 1;
COMMIT;

-- Written, they are shown only.
SELECT jsonify_save('posts', '[{"id": 1, "title": "uno", "user_name": "ann"}, {"id": 9, "title": "new", "user_name": null}]', '{ id, title, ...author { user_name } }');
SELECT jsonify_save('posts', d, '{ id, title, ...author { user_name, boss { id } } }') = d FROM jsonify_find('posts', '{ id, title, ...author { user_name, boss { id } } }') d;
SELECT action, loc, error ->> 'type' AS error FROM jsonify_plan('posts', '[{"id": 1, "user_name": "x"}, {"id": 10, "user_name": "x"}]', '{ id, title, ...author { user_name } }');
SELECT jsonify_find('posts', '(limit: 1) { @etag }') -> 'etag' = jsonify_find('posts', '(limit: 1) { @etag, ...author { user_name } }') -> 'etag';
DROP SCHEMA t_flat CASCADE;
DROP ROLE regress_jsonify_flat;
