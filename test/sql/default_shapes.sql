-- The shape named default: what a row of its table is wherever no shape is given, at
-- every depth. A password that it leaves out must not be found in any document.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE ROLE regress_jsonify_app;
CREATE SCHEMA t_def;
GRANT USAGE ON SCHEMA t_def TO PUBLIC;
SET search_path = t_def, public;
CREATE TABLE users (id int PRIMARY KEY, name text, pw text, boss_id int REFERENCES users);
CREATE TABLE posts (id int PRIMARY KEY, title text, author_id int REFERENCES users);
CREATE TABLE teams (id int PRIMARY KEY, lead users, staff users[]);
CREATE TYPE pair AS (a users, b int);
CREATE FUNCTION hello(users) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT 'hello ' || $1.name$$;
CREATE FUNCTION author_of(posts) RETURNS users LANGUAGE sql STABLE AS 'SELECT u FROM t_def.users u WHERE id = $1.author_id';
CREATE FUNCTION all_users(posts) RETURNS SETOF users LANGUAGE sql STABLE AS 'SELECT * FROM t_def.users';
CREATE FUNCTION as_field(posts) RETURNS users LANGUAGE sql VOLATILE AS 'SELECT u FROM t_def.users u WHERE id = $1.author_id';
CREATE FUNCTION as_array(posts) RETURNS users[] LANGUAGE sql STABLE AS 'SELECT array_agg(u ORDER BY id) FROM t_def.users u';
INSERT INTO users VALUES (1, 'ann', 'secret1', NULL), (2, 'bob', 'secret2', 1);
INSERT INTO posts VALUES (10, 'x', 1), (11, 'y', 2);
INSERT INTO teams SELECT 1, (SELECT u FROM users u WHERE id = 2), array_agg(u ORDER BY id) FROM users u;
CREATE TABLE docs (n int GENERATED ALWAYS AS IDENTITY, query text);
INSERT INTO docs (query) VALUES
 ('SELECT jsonify(u) FROM users u'), ('SELECT jsonify(u, NULL) FROM users u'),
 ('SELECT jsonify_agg(u ORDER BY id) FROM users u'), ('SELECT jsonify(array_agg(u ORDER BY id)) FROM users u'),
 ('SELECT jsonify(ROW(u, 1)) FROM users u'), ('SELECT jsonify(s) FROM (SELECT u, 1 AS n FROM users u) s'),
 ('SELECT jsonify(s, ''{ * }'') FROM (SELECT u FROM users u) s'),
 ('SELECT jsonify(s, ''{ u }'') FROM (SELECT u FROM users u) s'),
 ('SELECT jsonify(s, ''{ us }'') FROM (SELECT array_agg(u ORDER BY id) AS us FROM users u) s'),
 ('SELECT jsonify(ROW(u, 1)::pair) FROM users u'), ('SELECT jsonify(ARRAY[ROW(u, 1)::pair]) FROM users u'),
 ('SELECT jsonify(t) FROM teams t'), ('SELECT jsonify(t, ''{ lead staff }'') FROM teams t'),
 ('SELECT jsonify_agg(t) FROM teams t'), ('SELECT jsonify(p, ''{ author }'') FROM posts p'),
 ('SELECT jsonify(p, ''{ a: users }'') FROM posts p'),
 ('SELECT jsonify_agg(p, ''{ author_of all_users as_field as_array }'' ORDER BY id) FROM posts p'),
 ('SELECT jsonify(u, ''{ boss users }'') FROM users u'), ('SELECT jsonify_find(''users'')'),
 ('SELECT jsonify_find(''users'', NULL)'), ('SELECT jsonify_find(''teams'')'),
 ('SELECT jsonify_find(''posts'', ''{ author }'')'),
 ('SELECT jsonify(u, NULL, NULL, ''{"keys": "camel", "nulls": "omit"}'') FROM users u'),
 ('SELECT jsonify(s.u) FROM (SELECT u FROM users u) s'),
 ('WITH d AS (UPDATE users SET name = name RETURNING users) SELECT jsonify(users) FROM d'),
 ('SELECT jsonify_agg(s) FROM (SELECT p.id, u FROM posts p JOIN users u ON u.id = author_id ORDER BY p.id) s');
CREATE FUNCTION run(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN RETURN QUERY EXECUTE format('SELECT q::text FROM (%s) d (q)', query);
EXCEPTION WHEN feature_not_supported OR syntax_error THEN RETURN QUERY EXECUTE query;
END$$;
CREATE FUNCTION leaks() RETURNS TABLE (n int, query text, doc text) LANGUAGE sql
  AS $$SELECT n, query, d FROM docs, LATERAL (SELECT string_agg(r, ' ') AS d FROM run(query) r) r
       WHERE d ~ 'secret' OR d IS NULL ORDER BY n$$;
DELETE FROM docs WHERE query ~ '^WITH';

-- Without it they all leak; with it none does, and each has what it adds.
SELECT count(*) = (SELECT count(*) FROM docs) AS all_of_them FROM leaks();
SELECT jsonify_define('users', 'default', '{ * -pw -boss_id, hello }');
SELECT * FROM leaks();
SELECT count(*), count(*) FILTER (WHERE d ~ 'hello ann|hello bob') FROM docs, LATERAL (SELECT string_agg(r, ' ') AS d FROM run(query) r) r;
SELECT n, d FROM docs, LATERAL (SELECT string_agg(r, ' ') AS d FROM run(query) r) r WHERE n IN (1, 5, 7, 10, 12, 16, 17, 18, 23, 26) ORDER BY n;

-- Braces are a shape of their own, and * in them is all columns; jsonify of one
-- column is that column.
SELECT jsonify(u, '{ * }'), jsonify(u, '{ ...default pw }'), jsonify(u, 'default'), jsonify(u.pw) FROM users u WHERE id = 1;
SELECT jsonify(p, '{ author { * } }'), jsonify(p, '{ author { } }'), jsonify(p, '{ author { ...default } }') FROM posts p WHERE id = 10;
SELECT jsonify(t, '{ lead }') = jsonify(t.*, '{ lead }'), jsonify(t.lead, '{ pw }') FROM teams t;
-- a shape that relationships are in: loaded from wherever the row stands
SELECT jsonify_define('users', 'default', '{ name boss { name } posts { title } }');
SELECT n, d FROM docs, LATERAL (SELECT string_agg(r, ' ') AS d FROM run(query) r) r WHERE n IN (1, 3, 4, 5, 8, 9, 11, 12, 15, 17, 18, 20) ORDER BY n;
-- within the defaults of others
SELECT jsonify_define('posts', 'default', '{ title author }'), jsonify_define('teams', 'default', '{ id staff first: lead }');
SELECT jsonify_agg(p ORDER BY id) FROM posts p;
SELECT jsonify(t), jsonify(ARRAY[t]) FROM teams t;
SELECT jsonify(s) FROM (SELECT p, t FROM posts p, teams t WHERE p.id = 10) s;
-- rows of many a subquery are loaded together, and each is right
SELECT count(*), count(DISTINCT d), bool_and(d -> 'u' = jsonify(u)) FROM (SELECT u, jsonify(s) AS d FROM users u, LATERAL (SELECT u, n FROM generate_series(1, 50) n) s) x;
SELECT jsonify_agg(s) = jsonb_agg(jsonify(s)) FROM (SELECT u, n FROM users u, generate_series(1, 100) n) s;
SELECT jsonify(ROW(NULL::users)), jsonify(NULL::users) IS NULL, jsonify(ARRAY[NULL]::users[]), jsonify(ROW(ARRAY[NULL]::users[]));

-- Before a cast of the row type, after formats: the option's function.
CREATE FUNCTION users_to_jsonb(users) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$SELECT to_jsonb('cast ' || $1.name)$$;
CREATE CAST (users AS jsonb) WITH FUNCTION users_to_jsonb(users);
SELECT jsonify(u), jsonify(ROW(u)) FROM users u WHERE id = 1;
SELECT jsonify(u, NULL, NULL, '{"formats": {"t_def.users": "t_def.users_to_jsonb(t_def.users)"}}'),
  jsonify(ROW(u), NULL, NULL, '{"formats": {"t_def.users": "t_def.users_to_jsonb(t_def.users)"}}')
  FROM users u WHERE id = 1;
SELECT jsonify_undefine('users', 'default');
SELECT jsonify(u), jsonify(ROW(u)), jsonify(u, '{ boss }') FROM users u WHERE id = 2;
DROP CAST (users AS jsonb);

-- A domain over the row type has it; so have views of their own, and a row passed by
-- a trigger; a table that inherits, or a partition, has its own.
CREATE DOMAIN some_user AS users CHECK ((VALUE).id > 0);
SELECT jsonify_define('users', 'default', '{ n: name }');
SELECT jsonify(u::some_user), jsonify(ROW(u::some_user)) FROM users u WHERE id = 1;
CREATE VIEW v AS SELECT * FROM users;
SELECT jsonify(v) FROM v WHERE id = 1;
SELECT jsonify_define('v', 'default', '{ v: id }');
SELECT jsonify(v), (SELECT jsonify_agg(d) FROM jsonify_find('v') d) FROM v WHERE id = 1;
CREATE FUNCTION trig() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE INFO $$%$$, jsonify(NEW); RETURN NEW; END';
CREATE TRIGGER trig BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION trig();
UPDATE users SET name = 'eve' WHERE id = 2;
CREATE TABLE kid (x int) INHERITS (users);
INSERT INTO kid VALUES (3, 'kid', 'secret3');
SELECT jsonify(k) FROM kid k;
SELECT jsonify_agg(u ORDER BY id) FROM users u;
SELECT jsonify_define('kid', 'default', '{ k: name }');
SELECT jsonify(k) FROM kid k;
SELECT jsonify_agg(u ORDER BY id) FROM users u;

-- The caller needs the privileges of what is in it.
GRANT SELECT ON posts TO regress_jsonify_app;
GRANT SELECT (id, name) ON users TO regress_jsonify_app;
SELECT jsonify_undefine('posts', 'default');
SET ROLE regress_jsonify_app;
SELECT jsonify(p, '{ author }') FROM posts p WHERE id = 10;
RESET ROLE;
SELECT jsonify_define('users', 'default', '{ name pw }');
SET ROLE regress_jsonify_app;
SELECT jsonify(p, '{ author }') FROM posts p WHERE id = 10;
RESET ROLE;
-- One that no longer fits is an error, never a silent *.
ALTER TABLE users RENAME pw TO password;
SELECT jsonify(u) FROM users u WHERE id = 1;
SELECT jsonify(p, '{ author }') FROM posts p WHERE id = 10;
SELECT jsonify(s) FROM (SELECT u FROM users u) s;
SELECT jsonify(u, '{ name }') FROM users u WHERE id = 1;
DROP SCHEMA t_def CASCADE;
DROP ROLE regress_jsonify_app;
