-- Everything runs as the caller: table and column privileges, row-level
-- security and views count, at every level, for every shape, and a change of
-- role or privilege counts at once.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE ROLE regress_jsonify_app;
CREATE ROLE regress_jsonify_other;
CREATE ROLE regress_jsonify_owner;
CREATE ROLE regress_jsonify_group;
GRANT regress_jsonify_group TO regress_jsonify_other;
CREATE SCHEMA t_priv AUTHORIZATION regress_jsonify_owner;
CREATE SCHEMA t_priv_api AUTHORIZATION regress_jsonify_owner;
GRANT USAGE ON SCHEMA t_priv, t_priv_api TO PUBLIC;
SET search_path = t_priv, public;
SET ROLE regress_jsonify_owner;
CREATE TABLE users (id int PRIMARY KEY, name text, pw text, boss_id int REFERENCES users);
CREATE TABLE posts (id int PRIMARY KEY, title text, draft text, author_id int REFERENCES users);
CREATE TABLE secrets (id int PRIMARY KEY, what text, user_id int REFERENCES users);
CREATE TABLE tags (id int PRIMARY KEY, tag text);
CREATE TABLE posts_tags (post_id int REFERENCES posts, tag_id int REFERENCES tags, PRIMARY KEY (post_id, tag_id));
INSERT INTO users VALUES (1, 'ann', 'pw1', NULL), (2, 'bob', 'pw2', 1);
INSERT INTO posts VALUES (1, 'x', 'd1', 1), (2, 'y', 'd2', 2), (3, 'z', 'd3', 1);
INSERT INTO secrets VALUES (1, 's1', 1);
INSERT INTO tags VALUES (1, 't');
INSERT INTO posts_tags VALUES (1, 1), (2, 1);
GRANT SELECT (id, name, boss_id) ON users TO regress_jsonify_app;
GRANT SELECT (id, title, author_id) ON posts TO regress_jsonify_app;
GRANT SELECT ON tags, users TO regress_jsonify_other;
-- Rows are handed over by functions of the owner, whole: what the caller was
-- given it may show.
CREATE FUNCTION get_user(int) RETURNS users LANGUAGE sql STABLE SECURITY DEFINER SET search_path = t_priv AS 'SELECT * FROM users WHERE id = $1';
CREATE FUNCTION get_post(int) RETURNS posts LANGUAGE sql STABLE SECURITY DEFINER SET search_path = t_priv AS 'SELECT * FROM posts WHERE id = $1';
CREATE FUNCTION t_priv_api.get_post(int) RETURNS posts LANGUAGE sql STABLE SECURITY DEFINER SET search_path = t_priv AS 'SELECT * FROM posts WHERE id = $1';
CREATE FUNCTION as_owner(shape text) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER SET search_path = t_priv, public
  AS 'SELECT jsonify(u, shape) FROM users u WHERE id = 1';
PREPARE post (text) AS SELECT jsonify(get_post(1), $1);
PREPARE usr (text) AS SELECT jsonify(get_user(1), $1);

-- The owner sees all.
EXECUTE post ('{ * author }');
EXECUTE usr ('{ * posts secrets }');

-- The app: of related tables * and no braces mean the columns that it may read;
-- a column that it may not read is refused when named, wherever it stands.
SET ROLE regress_jsonify_app;
EXECUTE post ('{ * author }');
EXECUTE post ('{ id author { * } }');
EXECUTE post ('{ id author { * -boss_id posts { * } } }');
EXECUTE post ('{ author { id pw } }');
EXECUTE post ('{ author { x: pw } }');
EXECUTE post ('{ author { * pw } }');
EXECUTE post ('{ author { * -pw } }');
EXECUTE post ('{ author { posts { draft } } }');
EXECUTE post ('{ author { boss { pw } } }');
EXECUTE usr ('{ posts { id draft } }');
EXECUTE usr ('{ posts }');
-- of the value itself, everything
EXECUTE usr ('{ pw }');
SELECT jsonify(get_user(1)), jsonify(get_post(1), '{ draft }');
SELECT jsonify(u, '{ id }') FROM users u;
SELECT jsonify(u, '{ * posts { id } }') FROM (SELECT id, name FROM users) u;
-- tables that it may not read at all, at the end of a relation or within
EXECUTE usr ('{ secrets { id } }');
EXECUTE usr ('{ secrets }');
EXECUTE usr ('{ secrets { } }');
EXECUTE post ('{ tags { tag } }');
EXECUTE post ('{ posts_tags { tag_id } }');
EXECUTE post ('{ author { secrets { what } } }');
-- an error must not tell more than that: no values, and no row is needed for it
EXECUTE post ('{ author { id boss { secrets { what } } } }');
SELECT jsonify_agg(get_post(i), '{ author { pw } }') FROM generate_series(1, 3) i;
-- the aggregate and arrays alike
SELECT jsonify_agg(get_post(i), '{ id author }' ORDER BY i) FROM generate_series(1, 3) i;
SELECT jsonify(array_agg(get_post(i) ORDER BY i), '{ id author { * } }') FROM generate_series(1, 3) i;

-- Changes count at once: a grant, a revocation, another role, in one session.
RESET ROLE;
GRANT SELECT ON tags TO regress_jsonify_app;
SET ROLE regress_jsonify_app;
EXECUTE post ('{ tags { tag } }');
RESET ROLE;
GRANT SELECT ON posts_tags TO regress_jsonify_app;
GRANT SELECT (pw) ON users TO regress_jsonify_app;
SET ROLE regress_jsonify_app;
EXECUTE post ('{ tags { tag } author }');
RESET ROLE;
REVOKE SELECT (pw, name) ON users FROM regress_jsonify_app;
REVOKE SELECT ON posts_tags FROM regress_jsonify_app;
SET ROLE regress_jsonify_app;
EXECUTE post ('{ author }');
EXECUTE post ('{ author { name } }');
EXECUTE post ('{ tags { tag } }');
SET ROLE regress_jsonify_owner;
EXECUTE post ('{ author tags { tag } }');
SET ROLE regress_jsonify_other;
EXECUTE post ('{ author { * -boss_id } }');
EXECUTE post ('{ author { posts { id } } }');
RESET ROLE;
-- a privilege that comes through membership, and goes
GRANT SELECT (id, author_id) ON posts TO regress_jsonify_group;
SET ROLE regress_jsonify_other;
EXECUTE usr ('{ posts }');
RESET ROLE;
REVOKE regress_jsonify_group FROM regress_jsonify_other;
SET ROLE regress_jsonify_other;
EXECUTE usr ('{ posts }');
RESET ROLE;
-- the schema, too
REVOKE USAGE ON SCHEMA t_priv FROM PUBLIC;
GRANT USAGE ON SCHEMA t_priv TO regress_jsonify_app;
SET ROLE regress_jsonify_app;
EXECUTE post ('{ author { id } }');
SET ROLE regress_jsonify_other;
\set VERBOSITY terse
SELECT jsonify(t_priv_api.get_post(1), '{ id title }');
SELECT jsonify(t_priv_api.get_post(1), '{ author { id } }');
\set VERBOSITY default
RESET ROLE;
GRANT USAGE ON SCHEMA t_priv TO PUBLIC;

-- In a SECURITY DEFINER function the caller is its owner; after it, not.
GRANT SELECT (name) ON users TO regress_jsonify_app;
SET ROLE regress_jsonify_app;
SELECT as_owner('{ id pw secrets { what } }'), jsonify(get_post(1), '{ author { name } }');
SELECT as_owner('{ id posts }') -> 'posts' -> 0 AS owners, jsonify(get_user(1), '{ posts }') -> 'posts' -> 0 AS mine, as_owner('{ id posts }') -> 'posts' -> 0 AS owners_again;
EXECUTE post ('{ author { pw } }');
RESET ROLE;

-- Row-level security, on each level and on the junction; for the owner with
-- FORCE; a policy that changes; a policy that depends on a setting.
ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
CREATE POLICY p_some ON posts FOR SELECT TO regress_jsonify_app USING (id <> 3 AND title <> coalesce(current_setting('t_priv.hide', true), ''));
SET ROLE regress_jsonify_app;
EXECUTE usr ('{ posts { id } }');
SET t_priv.hide = 'x';
EXECUTE usr ('{ posts { id } }');
RESET t_priv.hide;
SELECT jsonify_agg(t, '{ tag }') FROM tags t;
SET ROLE regress_jsonify_owner;
EXECUTE usr ('{ posts { id } }');
RESET ROLE;
ALTER TABLE posts FORCE ROW LEVEL SECURITY;
SET ROLE regress_jsonify_owner;
EXECUTE usr ('{ posts { id } }');
RESET ROLE;
ALTER TABLE posts NO FORCE ROW LEVEL SECURITY;
ALTER POLICY p_some ON posts USING (true);
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY p_me ON users FOR SELECT TO regress_jsonify_app USING (name = 'bob');
SET ROLE regress_jsonify_app;
-- a to-one whose row is not visible is null
SELECT jsonify_agg(get_post(i), '{ id author { id name } }' ORDER BY i) FROM generate_series(1, 3) i;
EXECUTE usr ('{ posts { id author { id } } }');
SET row_security = off;
EXECUTE usr ('{ posts { id } }');
RESET row_security;
RESET ROLE;
GRANT SELECT ON posts_tags TO regress_jsonify_app;
ALTER TABLE posts_tags ENABLE ROW LEVEL SECURITY;
CREATE POLICY p_none ON posts_tags FOR SELECT USING (post_id = 2);
SET ROLE regress_jsonify_app;
SELECT jsonify_agg(get_post(i), '{ id tags { tag posts { id } } }' ORDER BY i) FROM generate_series(1, 2) i;
RESET ROLE;
-- a superuser is not subject to it
SELECT jsonify_agg(p, '{ id tags { tag posts { id } } }' ORDER BY id) FROM posts p;

-- A policy or a view that itself calls jsonify on the table below it.
CREATE VIEW v_posts AS SELECT id, jsonify(p, '{ title author { name pw } }') AS doc FROM posts p;
GRANT SELECT ON v_posts TO regress_jsonify_app;
SET ROLE regress_jsonify_app;
-- functions in a view run as the one who asks
SELECT * FROM v_posts;
RESET ROLE;
CREATE POLICY deep ON tags FOR SELECT USING (jsonify(tags, '{ posts { id } }') -> 'posts' @> '[{"id": 2}]');
ALTER TABLE tags ENABLE ROW LEVEL SECURITY;
SET ROLE regress_jsonify_app;
EXECUTE post ('{ tags { tag } }');
SELECT jsonify(get_post(2), '{ tags { tag } }');
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA t_priv, t_priv_api CASCADE;
DROP ROLE regress_jsonify_app, regress_jsonify_other, regress_jsonify_owner, regress_jsonify_group;
