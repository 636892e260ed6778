-- "page" at the root of jsonify_find: one document of rows, and what is said of them.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_pages_root;
SET search_path = t_pages_root, public;
CREATE TABLE users (id int PRIMARY KEY, name text, born date, boss_id int REFERENCES users);
CREATE TABLE posts (id int PRIMARY KEY, author_id int REFERENCES users, title text);
CREATE TABLE nopk (n int);
INSERT INTO users SELECT i, 'u' || i % 3, date '2000-01-01' + nullif(i % 4, 0), nullif(i / 2, 0) FROM generate_series(1, 7) i;
INSERT INTO posts SELECT i, 1 + i % 7, 'p' || i FROM generate_series(1, 20) i;
INSERT INTO nopk SELECT generate_series(1, 3);

SELECT jsonify_find('users', '(page: 3, order: name desc) { id, name, posts(page: 1) { id } }');
SELECT jsonify_find_text('users', '(page: 2, offset: 4, where: id > 1) { id, posts { title } }', options => '{"indent": 1}');
-- total counts every row that matches, has_more asks for rows after the page; a null page is all of them.
SELECT p, o, jsonify_find_text('users', '(page: $p, offset: $o, where: id > $id?) { id }', jsonb_build_object('p', p, 'o', o, 'id', 2))
  FROM (VALUES (0, 0), (2, 0), (4, 0), (5, 0), (6, 0), (2, 2), (2, 3), (1, 4), (2, 9), (0, 5), (NULL, 1), (2, NULL), (NULL, NULL)) v (p, o);
SELECT jsonify_find_text('users', '(page: $p, where: id > $id?) { id }', '{"p": 1}');
-- One document in any case: over no rows, in FROM and in a select list, with a cursor, in small batches.
SELECT d FROM jsonify_find('users', '(page: 3, where: id > 99)') d;
SELECT count(*), min(d #>> '{items,0,id}') FROM jsonify_find('users', '(page: 3)') d;
SET jsonify.batch_size = 2;
SELECT x, jsonify_find('users', '(page: 5, offset: $x) { id }', jsonb_build_object('x', x)) FROM generate_series(0, 1) x;
BEGIN;
DECLARE c CURSOR FOR SELECT jsonify_find('users', '(page: 5) { id }');
FETCH 1 c;
FETCH 1 c;
COMMIT;
RESET jsonify.batch_size;
SELECT count(*) FROM jsonify_find(NULL, '(page: 1) { id }') d;
-- Text says the same; its keys are those of no option; a named shape, a default one, a cast of the row.
SELECT shape, options, jsonify_find('users', shape, NULL, options) = jsonify_find_text('users', shape, NULL, options)::jsonb AS same
  FROM unnest('{"(page: 3)","(page: 2) { id, born, posts { id } }","(order: born, page: 9) { id, boss { name }, users(recurse: 2) }"}'::text[]) shape,
       unnest('{"{}","{\"nulls\": \"omit\", \"keys\": \"camel\"}"}'::jsonb[]) options;
SELECT jsonify_find_text('users', '(page: 1) { boss_id }', options => '{"nulls": "omit", "keys": "camel"}');
SELECT jsonify_define('users', 'card', '{ id, who: name }');
SELECT jsonify_find('users', '(page: 1) card');
SELECT jsonify_define('users', 'default', '{ id }');
SELECT jsonify_find('users', '(page: 2)');
SELECT jsonify_undefine('users', 'default');
CREATE FUNCTION nopk_json(nopk) RETURNS json LANGUAGE sql IMMUTABLE AS 'SELECT to_json(''row '' || $1.n)';
CREATE CAST (nopk AS json) WITH FUNCTION nopk_json(nopk);
SELECT jsonify_find('nopk', '(page: 2)'), jsonify_find_text('nopk', '(page: 2)');
-- The same rows as without, whatever is asked of them; views.
CREATE FUNCTION upper_name(users) RETURNS text LANGUAGE sql STABLE AS 'SELECT upper($1.name)';
CREATE VIEW v AS SELECT id, name FROM users;
SELECT t, args, d -> 'items' = jsonb_path_query_array(w, '$[0 to 1]') AND d -> 'total' = to_jsonb(jsonb_array_length(w)) AS same
  FROM (VALUES ('users', 'order: boss.name desc nulls last, upper_name'), ('users', 'where: exists(posts(where: id > 15)), order: born nulls first'),
               ('users', 'where: upper_name = ''U1'' or boss.name = ''u0'''), ('v', 'order: id desc')) v (t, args),
       LATERAL (SELECT jsonb_agg(f) AS w FROM jsonify_find(t::regclass, '(' || args || ') { id }') f) w,
       jsonify_find(t::regclass, '(' || args || ', page: 2) { id }') d;
-- What is counted is what the role may see.
CREATE ROLE regress_pages_root;
GRANT USAGE ON SCHEMA t_pages_root TO regress_pages_root;
GRANT SELECT (id, name) ON users TO regress_pages_root;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON users USING (id <> 2);
SET ROLE regress_pages_root;
SELECT jsonify_find('users', '(page: 2)');
SELECT jsonify_find('users', '(page: 2, where: born is null) { id }');
RESET ROLE;
DROP OWNED BY regress_pages_root;
DROP ROLE regress_pages_root;
ALTER TABLE users DISABLE ROW LEVEL SECURITY;
-- jsonify_explain has a row for the count; jsonify_schema is that of the one document.
SELECT path, sql FROM jsonify_explain('users', '(page: 2, where: name = $n, order: name) { id, posts { id } }', '{"n": "u1"}') AS e (path, sql) WHERE path <> 'posts';
SELECT jsonify_schema('users', '(page: 2) { id, name }') -> 'properties';
-- Elsewhere it is misplaced, or says nothing, as "limit" does.
SELECT jsonify_find('users', '(page: 1, limit: 1)');
SELECT jsonify_find('users', '(page: -1) { id }');
SELECT jsonify_find('users', '(page: $n) { id }');
SELECT jsonify(u, '(page: 1) { id }') FROM users u;
SELECT jsonify_define('users', 'paged', '(page: 1) { id }');
SELECT jsonify_save('users', '{"id": 1, "name": "new"}', '(page: 1) { id, name }'), jsonify_schema('users', '(page: 1) { id }', options => '{"for": "save"}') -> 'properties';
DROP SCHEMA t_pages_root CASCADE;
