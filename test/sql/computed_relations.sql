-- Computed relationships: functions that return rows of a table, a view or a
-- foreign table; of sets to-many, else to-one.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE ROLE regress_jsonify_app;
CREATE SCHEMA t_crel;
GRANT USAGE ON SCHEMA t_crel TO PUBLIC;
SET search_path = t_crel, public;
\set helpers `echo "$PG_ABS_SRCDIR/helpers.sql"`
\i :helpers
CREATE TABLE users (id int PRIMARY KEY, name text, pw text);
CREATE TABLE posts (id int PRIMARY KEY, title text, author_id int REFERENCES users, at date);
CREATE TABLE nopk (n int, user_id int);
CREATE VIEW stats AS SELECT author_id AS user_id, count(*) AS n FROM posts GROUP BY 1;
INSERT INTO users VALUES (1, 'ann', 'pw1'), (2, 'bob', 'pw2'), (3, 'eve', NULL);
INSERT INTO posts SELECT i, 'p' || i, 1 + i % 2, '2020-01-01'::date + (i * 7) % 5 FROM generate_series(8, 1, -1) i;
INSERT INTO nopk SELECT i, 1 + i % 2 FROM generate_series(6, 1, -1) i;

CREATE FUNCTION latest(users) RETURNS posts LANGUAGE sql STABLE AS 'SELECT p FROM t_crel.posts p WHERE author_id = $1.id ORDER BY at DESC, id LIMIT 1';
CREATE FUNCTION newest(users) RETURNS SETOF posts LANGUAGE sql STABLE ROWS 1 AS 'SELECT * FROM t_crel.posts p WHERE author_id = $1.id ORDER BY at DESC, id LIMIT 1';
CREATE FUNCTION recent(users) RETURNS SETOF posts LANGUAGE sql STABLE AS 'SELECT * FROM t_crel.posts WHERE author_id = $1.id AND at > $$2020-01-02$$ ORDER BY at';
CREATE FUNCTION recent_pl(users) RETURNS SETOF posts LANGUAGE plpgsql STABLE AS 'BEGIN RETURN QUERY SELECT * FROM t_crel.posts WHERE author_id = $1.id AND at > $$2020-01-02$$ ORDER BY at; END';
CREATE FUNCTION loose(users) RETURNS SETOF nopk LANGUAGE sql STABLE AS 'SELECT * FROM t_crel.nopk WHERE user_id = $1.id ORDER BY n % 3, n';
CREATE FUNCTION stat(users) RETURNS stats LANGUAGE sql STABLE AS 'SELECT s FROM t_crel.stats s WHERE user_id = $1.id';
CREATE FUNCTION all_stats(users) RETURNS SETOF stats LANGUAGE sql STABLE AS 'SELECT * FROM t_crel.stats ORDER BY n, user_id';
CREATE FUNCTION made_up(users) RETURNS SETOF posts LANGUAGE sql IMMUTABLE AS $$VALUES (100, 'never stored', $1.id, '2000-01-01'::date), (99, $1.pw, 4711, NULL)$$;
CREATE FUNCTION users(stats) RETURNS users LANGUAGE sql STABLE AS 'SELECT u FROM t_crel.users u WHERE id = $1.user_id';
CREATE FUNCTION readers(posts) RETURNS SETOF users LANGUAGE sql STABLE AS 'SELECT * FROM t_crel.users WHERE id <> $1.author_id ORDER BY name DESC';
CREATE FUNCTION itself(posts) RETURNS posts LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION nobody(posts) RETURNS users LANGUAGE sql IMMUTABLE AS 'SELECT NULL::t_crel.users';
CREATE FUNCTION strict_none(posts) RETURNS users LANGUAGE plpgsql STABLE AS 'BEGIN RETURN NULL; END';
CREATE FUNCTION all_null(posts) RETURNS users LANGUAGE sql IMMUTABLE AS 'SELECT ROW(NULL, NULL, NULL)::t_crel.users';

-- Beside plain SQL: to-one, to-many (in primary-key order, or as they come), with and
-- without braces, from views and to views, within each other and within keys.
CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, root text, shape text, want text);
INSERT INTO cases (root, shape, want) VALUES
('users', '{ id latest { id } }', $$jsonb_build_object('id', id, 'latest', (SELECT jsonb_build_object('id', (l).id) FROM (SELECT latest(r) l) x WHERE l IS NOT NULL))$$),
('users', '{ latest }', $$jsonb_build_object('latest', to_jsonb(latest(r)))$$),
('users', '{ newest { title } }', $$jsonb_build_object('newest', (SELECT jsonb_build_object('title', title) FROM newest(r)))$$),
('users', '{ newest }', $$jsonb_build_object('newest', (SELECT to_jsonb(n) FROM newest(r) n))$$),
('users', '{ recent { id at } }', $$jsonb_build_object('recent', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'at', at) ORDER BY id), '[]') FROM recent(r)))$$),
('users', '{ recent_pl r: recent }',
  $$jsonb_build_object('recent_pl', (SELECT coalesce(jsonb_agg(p ORDER BY id), '[]') FROM recent(r) p),
                       'r', (SELECT coalesce(jsonb_agg(p ORDER BY id), '[]') FROM recent(r) p))$$),
('users', '{ loose { n } }', $$jsonb_build_object('loose', (SELECT coalesce(jsonb_agg(jsonb_build_object('n', n)), '[]') FROM loose(r)))$$),
('users', '{ * -pw stat { n } all_stats }',
  $$to_jsonb(r) - 'pw' || jsonb_build_object('stat', (SELECT jsonb_build_object('n', n) FROM stats WHERE user_id = id),
      'all_stats', (SELECT jsonb_agg(s) FROM (SELECT * FROM stats ORDER BY n, user_id) s))$$),
('users', '{ made_up }',
  $$jsonb_build_object('made_up', jsonb_build_array(
      jsonb_build_object('id', 99, 'title', pw, 'author_id', 4711, 'at', NULL),
      jsonb_build_object('id', 100, 'title', 'never stored', 'author_id', id, 'at', '2000-01-01')))$$),
('users', '{ made_up { author { name } title } }',
  $$jsonb_build_object('made_up', jsonb_build_array(
      '{"author": null}'::jsonb || jsonb_build_object('title', pw),
      jsonb_build_object('title', 'never stored', 'author', jsonb_build_object('name', name))))$$),
('stats', '{ n users { name latest { id } } }',
  $$jsonb_build_object('n', n, 'users',
      (SELECT jsonb_build_object('name', name, 'latest', jsonb_build_object('id', (latest(u)).id))
       FROM users u WHERE id = user_id))$$),
('posts', '{ id readers { name posts { id } } author { recent { itself { author { stat { users { id } } } } } } }',
  $$jsonb_build_object('id', id,
      'readers', (SELECT jsonb_agg(jsonb_build_object('name', name, 'posts',
                           (SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id) ORDER BY p.id), '[]')
                            FROM posts p WHERE p.author_id = u.id)) ORDER BY u.id)
                  FROM users u WHERE u.id <> r.author_id),
      'author', jsonb_build_object('recent',
         (SELECT jsonb_agg(jsonb_build_object('itself', jsonb_build_object('author',
                   jsonb_build_object('stat', jsonb_build_object('users', jsonb_build_object('id', p.author_id))))))
          FROM posts p WHERE p.author_id = r.author_id AND at > '2020-01-02')))$$),
-- a reader without posts has none that is newest
('posts', '{ n: count(readers.newest) l: count(readers.latest) m: max(readers.newest.author.id) }',
  $$(SELECT jsonb_build_object('n', count(*), 'l', count(*), 'm', max(u.id)) FROM users u
     WHERE u.id <> r.author_id AND EXISTS (SELECT FROM posts p WHERE p.author_id = u.id))$$),
('posts', '{ nobody strict_none { id } itself { nobody { id } } }', $$'{"nobody": null, "strict_none": null, "itself": {"nobody": null}}'::jsonb$$);
CREATE FUNCTION run(root text, shape text, want text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE r text; n int;
BEGIN
  EXECUTE format('SELECT count(*), string_agg(DISTINCT diff(jsonify(r, %L), %s), ''; '') FROM %s r', shape, want, root) INTO n, r;
  IF r <> 'ok' THEN RETURN 'rows: ' || r; END IF;
  EXECUTE format('SELECT diff(jsonify_agg(r, %L), jsonb_agg(%s)) FROM %s r', shape, want, root) INTO r;
  IF r <> 'ok' THEN RETURN 'agg: ' || r; END IF;
  EXECUTE format('SELECT diff((SELECT jsonb_agg(d ORDER BY d) FROM jsonify_find(%L, %L) d), jsonb_agg(%s ORDER BY %3$s)) FROM %s r', root, shape, want, root) INTO r;
  RETURN CASE WHEN r <> 'ok' THEN 'find: ' || r WHEN n < 2 THEN 'few rows' ELSE r END;
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END$$;
SELECT root, shape, r FROM cases, run(root, shape, want) r WHERE r <> 'ok' ORDER BY n;
SELECT count(*), count(*) FILTER (WHERE run(root, shape, want) = 'ok') FROM cases;
SELECT jsonify(u, '{ name latest { id } recent { id at } }') FROM users u WHERE id = 1;
-- a row of nothing but nulls counts as none
SELECT jsonify(p, '{ all_null { id } }') FROM posts p WHERE id = 1;

-- Names: before a derived relationship, behind a column; with via it is the derived
-- one that is meant.
CREATE FUNCTION posts(users) RETURNS SETOF posts LANGUAGE sql STABLE AS 'SELECT * FROM t_crel.posts WHERE id = 1';
CREATE FUNCTION name(users) RETURNS posts LANGUAGE sql STABLE AS 'SELECT p FROM t_crel.posts p WHERE id = 1';
SELECT jsonify(u, '{ posts { id } d: posts(via: author_id) { id } c: posts_author_id_fkey { id } name n: name { id } }') FROM users u WHERE id = 1;
DROP FUNCTION posts(users), name(users);
SELECT jsonify(u, '{ latests { id } }') FROM users u WHERE id = 1;
SELECT jsonify(u, '{ latest(via: author_id) { id } }') FROM users u WHERE id = 1;
SELECT jsonify(s, '{ posts { id } }') FROM stats s;
-- a volatile function is no relationship, but a field
CREATE FUNCTION volatile_latest(users) RETURNS posts LANGUAGE sql VOLATILE AS 'SELECT p FROM t_crel.posts p WHERE id = 1';
CREATE FUNCTION volatile_recent(users) RETURNS SETOF posts LANGUAGE sql VOLATILE AS 'SELECT p FROM t_crel.posts p WHERE id = 1';
SELECT jsonify(u, '{ volatile_latest }') FROM users u WHERE id = 1;
SELECT jsonify(u, '{ volatile_latest { id } }') FROM users u WHERE id = 1;
SELECT jsonify(u, '{ volatile_recent }') FROM users u WHERE id = 1;
-- declared one row, and yet more
CREATE FUNCTION liar(users) RETURNS SETOF posts LANGUAGE sql STABLE ROWS 1 AS 'SELECT * FROM t_crel.posts WHERE author_id = $1.id';
SELECT jsonify(u, '{ liar { id } }') FROM users u WHERE id = 3;
DO $$BEGIN PERFORM jsonify(u, '{ liar { id } }') FROM t_crel.users u WHERE id = 1; EXCEPTION WHEN cardinality_violation THEN RAISE INFO '% %', SQLSTATE, SQLERRM; END$$;

-- What the role may read: * gives the columns that it may SELECT; a column that is
-- named comes out of the function's result. Row-level security is the function's.
GRANT SELECT ON posts TO regress_jsonify_app;
GRANT SELECT (id, name) ON users TO regress_jsonify_app;
CREATE FUNCTION boss(posts) RETURNS users LANGUAGE sql STABLE SECURITY DEFINER SET search_path = t_crel AS 'SELECT u FROM users u WHERE id = $1.author_id';
CREATE FUNCTION boss_as_caller(posts) RETURNS users LANGUAGE sql STABLE AS 'SELECT u FROM t_crel.users u WHERE id = $1.author_id';
SET ROLE regress_jsonify_app;
SELECT jsonify(p, '{ boss }'), jsonify(p, '{ boss { * } }'), jsonify(p, '{ boss { id pw } }') FROM posts p WHERE id = 1;
SELECT jsonify(p, '{ boss_as_caller { id } }') FROM posts p WHERE id = 1;
SELECT jsonify(p, '{ author { pw } }') FROM posts p WHERE id = 1;
SELECT jsonify(p, '{ boss { latest { id } } }') FROM posts p WHERE id = 1;
RESET ROLE;
REVOKE SELECT ON users FROM regress_jsonify_app;
REVOKE SELECT (id, name) ON users FROM regress_jsonify_app;
SET ROLE regress_jsonify_app;
SELECT jsonify(p, '{ boss { id } }') FROM posts p WHERE id = 1;
SELECT jsonify(p, '{ boss }') FROM posts p WHERE id = 1;
RESET ROLE;
REVOKE EXECUTE ON FUNCTION boss(posts) FROM PUBLIC;
SET ROLE regress_jsonify_app;
SELECT jsonify(p, '{ boss { id } }') FROM posts p WHERE id = 1;
RESET ROLE;

-- Changes count at once: to-one becomes to-many and back, another target, none.
PREPARE q AS SELECT jsonify(u, '{ rel { id } }') FROM users u WHERE id = 1;
CREATE FUNCTION rel(users) RETURNS posts LANGUAGE sql STABLE AS 'SELECT p FROM t_crel.posts p WHERE id = 2';
EXECUTE q;
DROP FUNCTION rel(users);
EXECUTE q;
CREATE FUNCTION rel(users) RETURNS SETOF posts LANGUAGE sql STABLE AS 'SELECT * FROM t_crel.posts p WHERE id < 3';
EXECUTE q;
CREATE OR REPLACE FUNCTION rel(users) RETURNS SETOF posts LANGUAGE sql STABLE AS 'SELECT * FROM t_crel.posts p WHERE id < 4';
EXECUTE q;
ALTER FUNCTION rel(users) ROWS 1;
EXECUTE q;
ALTER FUNCTION rel(users) ROWS 2;
EXECUTE q;
ALTER FUNCTION rel(users) VOLATILE;
EXECUTE q;
DROP FUNCTION rel(users);
CREATE FUNCTION rel(users) RETURNS users LANGUAGE sql STABLE AS 'SELECT $1';
EXECUTE q;
ALTER TABLE users DROP COLUMN pw;
EXECUTE q;
ALTER TABLE users ADD COLUMN x int DEFAULT 7;
SELECT jsonify(u, '{ rel }') FROM users u WHERE id = 1;

-- Many parents, one query.
CREATE TABLE many (id int PRIMARY KEY);
CREATE TABLE kids (id int PRIMARY KEY, v int);
INSERT INTO many SELECT generate_series(1, 3000);
INSERT INTO kids SELECT i, i FROM generate_series(1, 3001) i;
CREATE FUNCTION two(many) RETURNS SETOF kids LANGUAGE sql STABLE AS 'SELECT * FROM t_crel.kids WHERE id BETWEEN $1.id AND $1.id + 1';
SELECT diff(jsonify_agg(m, '{ two { id } }' ORDER BY id),
            jsonb_agg(jsonb_build_object('two', jsonb_build_array(jsonb_build_object('id', id),
                                                                  jsonb_build_object('id', id + 1))) ORDER BY id))
  FROM many m;
SELECT jsonify(m, '{ two { id } }') FROM many m WHERE id = 3000;
DROP SCHEMA t_crel CASCADE;
DROP ROLE regress_jsonify_app;
