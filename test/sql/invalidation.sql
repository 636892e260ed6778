-- What the schema is now, the next document shows: changed tables, keys,
-- indexes, names and types, in one session, where the same shapes were used
-- before. Every step is asked through a prepared statement that has its generic
-- plan, a PL/pgSQL function, and a plain query; they must agree: 't' for the
-- latter two, then the document.
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_inval;
SET search_path = t_inval, public;
CREATE TABLE users (id int PRIMARY KEY, name text, age int);
CREATE TABLE posts (id int PRIMARY KEY, title text, author_id int, editor_id int);
INSERT INTO users VALUES (1, 'ann', 30), (2, 'bob', 40);
INSERT INTO posts VALUES (1, 'x', 1, 2), (2, 'y', 1, 1);
CREATE FUNCTION in_function(shape text) RETURNS jsonb LANGUAGE plpgsql STABLE AS
  $$BEGIN RETURN (SELECT jsonify(u, shape) FROM t_inval.users u WHERE id = 1); END$$;
CREATE FUNCTION posts_in_function(shape text) RETURNS jsonb LANGUAGE plpgsql STABLE AS
  $$BEGIN RETURN (SELECT jsonify_agg(p, shape ORDER BY id) FROM t_inval.posts p); END$$;
PREPARE q (text) AS SELECT public.jsonify(u, $1) FROM t_inval.users u WHERE id = 1;
PREPARE p (text) AS SELECT public.jsonify_agg(p, $1 ORDER BY id) FROM t_inval.posts p;
SET plan_cache_mode = force_generic_plan;
\set users 'SELECT jsonify(u, :s) = in_function(:s) AS same FROM users u WHERE id = 1; EXECUTE q (:s);'
\set posts 'SELECT jsonify_agg(p, :s ORDER BY id) = posts_in_function(:s) AS same FROM posts p; EXECUTE p (:s);'

\set s '\'{ * posts { id } }\''
-- no key yet
:users
ALTER TABLE posts ADD CONSTRAINT by_author FOREIGN KEY (author_id) REFERENCES users;
:users
-- a second key makes the name ambiguous
ALTER TABLE posts ADD CONSTRAINT by_editor FOREIGN KEY (editor_id) REFERENCES users;
:users
ALTER TABLE posts DROP CONSTRAINT by_author;
:users
ALTER TABLE posts DROP CONSTRAINT by_editor, ADD CONSTRAINT by_author FOREIGN KEY (author_id) REFERENCES users;
:users
-- columns come, change type, get another name, and go
ALTER TABLE users ADD COLUMN mail text DEFAULT 'a@b';
:users
ALTER TABLE users ALTER COLUMN age TYPE text USING 'age ' || age;
:users
ALTER TABLE users RENAME COLUMN mail TO email;
:users
ALTER TABLE users DROP COLUMN email;
:users
-- the children's columns, too
\set s '\'{ posts { * -id } }\''
:users
ALTER TABLE posts ADD COLUMN likes int DEFAULT 3;
:users
ALTER TABLE posts DROP COLUMN editor_id, ALTER COLUMN likes TYPE numeric(4,1);
:users
ALTER TABLE posts RENAME COLUMN title TO heading;
:users
\set s '\'{ posts { title } }\''
:users
ALTER TABLE posts RENAME COLUMN heading TO title;
:users

-- a unique index turns to-many into one-to-one, and back
\set s '\'{ posts { id } }\''
DELETE FROM posts WHERE id = 2;
CREATE UNIQUE INDEX one ON posts (author_id);
:users
DROP INDEX one;
:users
ALTER TABLE posts ADD CONSTRAINT one UNIQUE (author_id);
:users
ALTER TABLE posts DROP CONSTRAINT one;
INSERT INTO posts VALUES (2, 'y', 1);
:users
-- another primary key is another order
ALTER TABLE posts DROP CONSTRAINT posts_pkey, ADD COLUMN k int DEFAULT 0;
UPDATE posts SET k = -id;
ALTER TABLE posts ADD PRIMARY KEY (k);
:users
-- the key moves to another column
ALTER TABLE posts ADD COLUMN owner_id int REFERENCES users;
UPDATE posts SET owner_id = 1 WHERE id = 2;
:users
ALTER TABLE posts DROP CONSTRAINT by_author;
:users

-- names: of the column that is the key, of the constraint, of the tables
\set s '\'{ id owner { name } }\''
:posts
ALTER TABLE posts RENAME COLUMN owner_id TO "bossId";
:posts
\set s '\'{ id boss { name } }\''
:posts
ALTER TABLE posts RENAME CONSTRAINT posts_owner_id_fkey TO bossy;
\set s '\'{ id bossy { name } }\''
:posts
ALTER TABLE users RENAME TO people;
\set s '\'{ id people { name } }\''
SELECT jsonify(p, :s) FROM posts p WHERE id = 2;
ALTER TABLE people RENAME TO users;
ALTER TABLE posts RENAME TO articles;
\set s '\'{ articles { id } }\''
:users
ALTER TABLE articles RENAME TO posts;
:users
CREATE SCHEMA t_inval2;
ALTER TABLE posts SET SCHEMA t_inval2;
\set s '\'{ posts { id } }\''
:users
ALTER TABLE t_inval2.posts SET SCHEMA t_inval;
:users
DROP SCHEMA t_inval2;
-- a schema renamed under a kept query
ALTER SCHEMA t_inval RENAME TO t_inval_renamed;
SELECT public.jsonify(u, :s) FROM t_inval_renamed.users u WHERE id = 1;
ALTER SCHEMA t_inval_renamed RENAME TO t_inval;
:users

-- tables dropped and made anew, with another type of key
\set s '\'{ id posts { id title } }\''
:users
DROP TABLE posts;
:users
CREATE TABLE posts (id int PRIMARY KEY, title date, author_id bigint REFERENCES users);
INSERT INTO posts VALUES (5, '2020-01-01', 1);
:users
DROP TABLE posts, users CASCADE;
CREATE TABLE users (id numeric PRIMARY KEY, name varchar(3), "more" bool);
CREATE TABLE posts (id int PRIMARY KEY, title text, u numeric REFERENCES users);
INSERT INTO users VALUES (1.0, 'ann', true);
INSERT INTO posts VALUES (6, 'z', 1);
:users
-- a junction arises
\set s '\'{ name tags { tag } }\''
CREATE TABLE tags (id int PRIMARY KEY, tag text);
CREATE TABLE users_tags (user_id numeric REFERENCES users, tag_id int REFERENCES tags);
INSERT INTO tags VALUES (1, 't');
INSERT INTO users_tags VALUES (1, 1), (1, 1);
:users
ALTER TABLE users_tags ADD COLUMN id int GENERATED ALWAYS AS IDENTITY, ADD UNIQUE (user_id, tag_id, id);
:users
ALTER TABLE users_tags DROP COLUMN id;
:users

-- types: a composite grows, an enum gets a value and a name, a domain changes
CREATE TYPE addr AS (street text);
CREATE TYPE mood AS ENUM ('sad');
ALTER TABLE users ADD COLUMN a addr DEFAULT '(x)', ADD COLUMN m mood DEFAULT 'sad', ADD COLUMN aa addr[] DEFAULT '{(y)}';
\set s '\'{ a m aa }\''
:users
ALTER TYPE addr ADD ATTRIBUTE zip int;
ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';
:users
ALTER TYPE addr RENAME ATTRIBUTE street TO "Street";
UPDATE users SET a.zip = 5;
:users
ALTER TYPE addr DROP ATTRIBUTE "Street";
:users
-- (a record that was made before)
DO $$DECLARE r record := ROW('(1)'::addr); BEGIN
  RAISE WARNING '%', jsonify(r);
  ALTER TYPE addr ADD ATTRIBUTE x int;
  RAISE WARNING '%', jsonify(r);
END$$;

-- Changes that a rollback takes back, and changes inside a function that goes on.
\set s '\'{ id name posts { id } }\''
BEGIN;
:users
ALTER TABLE users DROP COLUMN name;
ALTER TABLE posts ADD COLUMN user_id numeric DEFAULT 1 REFERENCES users;
SAVEPOINT a;
\set s '\'{ id posts { id } }\''
:users
ROLLBACK TO a;
ALTER TABLE posts DROP COLUMN u;
\set s '\'{ id posts { id user { id } } }\''
:users
ROLLBACK;
\set s '\'{ id name posts { id } }\''
:users
DO $$
BEGIN
  FOR i IN 1 .. 3 LOOP
    EXECUTE format('ALTER TABLE t_inval.posts ADD COLUMN c%s int DEFAULT %s', i, i);
    RAISE INFO '%', (SELECT jsonify(p) FROM t_inval.posts p);
    RAISE INFO '%', in_function('{ posts }');
  END LOOP;
END$$;

-- Where names stand in the search_path does not matter once a table is known.
CREATE TEMP TABLE posts (id int, wrong text);
:users
DROP TABLE pg_temp.posts;
SET search_path = pg_catalog;
EXECUTE q ('{ id name posts { id } }');
SET search_path = t_inval, public;
-- DISCARD lets go of plans and more, and leaves a session that works.
DISCARD PLANS;
EXECUTE q ('{ id name posts { id } }');
DISCARD ALL;
SET search_path = t_inval, public;
SELECT jsonify(u, '{ id name posts { id } }') FROM users u;

-- A query that names a type follows it when it is renamed or moved.
CREATE TYPE feeling AS ENUM ('sad', 'glad');
CREATE TABLE feelings (k feeling[] PRIMARY KEY);
CREATE TABLE feels (id int PRIMARY KEY, k feeling[] REFERENCES feelings);
INSERT INTO feelings VALUES ('{sad}'), ('{glad,sad}');
INSERT INTO feels SELECT i, CASE i % 2 WHEN 0 THEN '{sad}' ELSE '{glad,sad}' END::feeling[] FROM generate_series(1, 1500) i;
SELECT jsonify(m, '{ feelings }') FROM feels m WHERE id = 1;
ALTER TYPE feeling RENAME TO emotion;
SELECT jsonb_array_length(jsonify_agg(m, '{ feelings }')) FROM feels m;
CREATE SCHEMA t_inval2;
ALTER TYPE emotion SET SCHEMA t_inval2;
SELECT jsonify(m, '{ feelings }') FROM feels m WHERE id = 1;
SELECT jsonb_array_length(jsonify_agg(m, '{ feelings }')) FROM feels m;
SET client_min_messages = warning;
-- What tells the rows of a view apart is its table's, as long as that has it.
CREATE TABLE base (id int PRIMARY KEY, n int);
INSERT INTO base VALUES (3, 1), (2, 1), (1, 2);
CREATE VIEW over_base AS SELECT id, n FROM base;
CREATE VIEW over_view AS SELECT * FROM over_base;
\set over_base 'SELECT jsonify_find(\'over_view\', \'(page: 2, after: $c?) { id }\') -> \'items\'; SELECT jsonify_agg(u, \'{ name, of_view { id } }\') FROM users u WHERE id = 1;'
CREATE FUNCTION of_view(users) RETURNS SETOF over_view LANGUAGE sql STABLE AS 'SELECT * FROM t_inval.over_view';
:over_base
ALTER TABLE base DROP CONSTRAINT base_pkey;
:over_base
ALTER TABLE base ADD PRIMARY KEY (id);
:over_base
CREATE TABLE heir () INHERITS (base);
:over_base
DROP TABLE heir;
:over_base
DROP SCHEMA t_inval, t_inval2 CASCADE;
