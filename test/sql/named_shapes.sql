-- Named shapes: defined, used by name and by ...name at every depth, replaced,
-- removed, and what becomes of them when their table changes.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE ROLE regress_jsonify_owner;
CREATE ROLE regress_jsonify_member;
GRANT regress_jsonify_owner TO regress_jsonify_member;
CREATE SCHEMA t_named AUTHORIZATION regress_jsonify_owner;
GRANT USAGE ON SCHEMA t_named TO PUBLIC;
SET search_path = t_named, public;
\set helpers `echo "$PG_ABS_SRCDIR/helpers.sql"`
\i :helpers
SET ROLE regress_jsonify_owner;
CREATE TABLE users (id int PRIMARY KEY, name text, pw text);
CREATE TABLE posts (id int PRIMARY KEY, title text, author_id int REFERENCES users);
CREATE TABLE comments (id int PRIMARY KEY, body text, post_id int REFERENCES posts, user_id int REFERENCES users);
CREATE FUNCTION shout(users) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT upper($1.name)';
INSERT INTO users VALUES (1, 'ann', 'pw1'), (2, 'bob', 'pw2');
INSERT INTO posts VALUES (10, 'x', 1), (11, 'y', 2);
INSERT INTO comments VALUES (20, 'c', 10, 2), (21, 'd', 10, 1);
SELECT jsonify_define('users', 'card', '{ id name }');
SELECT jsonify_define('posts', 'card', $$ # by a card
  { title, author { ...card } }$$);
SELECT jsonify_define('posts', 'full', '{ ...card, comments { body, user { ...card, shout } } }');
SELECT jsonify_define('users', 'Odd "name", (é)', '{ * -pw }');
SELECT s.* FROM unnest('{posts,users}'::regclass[]) t, jsonify_shapes(t) s ORDER BY relation::text, name COLLATE "C";
SELECT relation, count(*) FROM jsonify_shapes() WHERE relation::text ~ '^(t_named|users|posts|comments)' GROUP BY 1 ORDER BY 1;
-- as the table's triggers
SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = 'users'::regclass AND tgname ~ 'jsonify' ORDER BY tgname COLLATE "C";

-- By name, by ...name; beside other items, wherever they stand; arrays, aggregates,
-- jsonify_find; the name of another table's shape is another shape.
SELECT diff(jsonify(u, 'card'), to_jsonb(u) - 'pw'), diff(jsonify(u, '{ ...card }'), to_jsonb(u) - 'pw'), diff(jsonify(u, '"card"'), to_jsonb(u) - 'pw'),
       diff(jsonify(u, '"Odd ""name"", (é)"'), to_jsonb(u) - 'pw'), diff(jsonify(u, '{ ..."Odd ""name"", (é)" }'), to_jsonb(u) - 'pw') FROM users u;
SELECT jsonify(p, 'card'), jsonify(p, '{ id, ...card }'), jsonify(p, E' # c\n card # d') FROM posts p WHERE id = 10;
SELECT jsonify(p, 'full') FROM posts p WHERE id = 10;
SELECT diff(jsonify_agg(u, 'card' ORDER BY id), jsonb_agg(to_jsonb(u) - 'pw' ORDER BY id)), diff(jsonify(array_agg(u ORDER BY id), 'card'), jsonb_agg(to_jsonb(u) - 'pw' ORDER BY id)),
       diff((SELECT jsonb_agg(d) FROM jsonify_find('users', 'card') d), jsonb_agg(to_jsonb(u) - 'pw' ORDER BY id)) FROM users u;
SELECT jsonify_find('users', '(order: name desc, limit: 1) card'), jsonify_find('users', '(limit: 1) { ...card }');
SELECT diff(jsonify(u, 'card', NULL, '{"keys": "camel"}'), to_jsonb(u) - 'pw') FROM users u;
SELECT jsonify(s.u, 'card'), jsonify(s.u, '{ ...card shout }') FROM (SELECT u FROM users u) s WHERE (s.u).id = 1;
-- an item beside *, ...name with one of their keys takes its place; a spread comes
-- before *, the last spread before others
SELECT jsonify_define('users', 'loud', '{ name: shout, l: id }');
SELECT jsonify(u, '{ ...card name: pw }'), jsonify(u, '{ name: pw ...card }'), jsonify(u, '{ * ...loud }'),
    jsonify(u, '{ ...loud * }'), jsonify(u, '{ ...card ...loud }'), jsonify(u, '{ ...loud ...card }'),
    jsonify(u, '{ * -name ...card }'), jsonify(u, '{ ...card ...card }') FROM users u WHERE id = 1;
SELECT jsonify(u, '{ ...card * -pw }') FROM users u WHERE id = 1;
-- an empty shape, and one of spreads only
SELECT jsonify_define('users', 'nothing', '{ }'), jsonify_define('users', 'all', '{ ...nothing ...card ...loud }');
SELECT jsonify(u, 'nothing'), jsonify(u, 'all') FROM users u WHERE id = 1;

-- Replaced, removed: it counts at once, also where another shape has it.
PREPARE q AS SELECT jsonify(p, 'full') FROM posts p WHERE id = 10;
EXECUTE q;
SELECT jsonify_define('users', 'card', '{ name }');
EXECUTE q;
BEGIN;
SELECT jsonify_define('users', 'card', '{ id }');
EXECUTE q;
ROLLBACK;
EXECUTE q;
BEGIN;
SELECT jsonify_undefine('users', 'card');
SAVEPOINT a;
EXECUTE q;
ROLLBACK TO a;
SELECT jsonify_define('users', 'card', '{ pw }');
EXECUTE q;
ROLLBACK;
EXECUTE q;
SELECT jsonify(p, 'ful') FROM posts p;
SELECT jsonify_undefine('posts', 'full');
EXECUTE q;
SELECT jsonify_undefine('posts', 'full');
SELECT jsonify(u, 'crad') FROM users u;

-- Who may define: the owner, a member of the owner's role, a superuser; what others
-- write is refused, as triggers as well.
RESET ROLE;
SET ROLE regress_jsonify_member;
SELECT jsonify_define('users', 'mine', '{ id }');
SELECT jsonify_undefine('users', 'mine');
RESET ROLE;
SELECT jsonify_define('users', 'super', '{ id }');
REVOKE regress_jsonify_owner FROM regress_jsonify_member;
GRANT SELECT ON users, posts TO regress_jsonify_member;
SET ROLE regress_jsonify_member;
SELECT jsonify_define('users', 'mine', '{ id }');
SELECT jsonify_undefine('users', 'super');
CREATE TRIGGER mine BEFORE DELETE ON users FOR EACH STATEMENT WHEN (false) EXECUTE FUNCTION jsonify_shape('mine', '{ id }');
DROP TRIGGER jsonify_super ON users;
-- the TRIGGER privilege is enough for a trigger, though; to define takes the owner
RESET ROLE;
GRANT TRIGGER ON users TO regress_jsonify_member;
SET ROLE regress_jsonify_member;
BEGIN;
CREATE TRIGGER mine BEFORE DELETE ON users FOR EACH STATEMENT WHEN (false) EXECUTE FUNCTION jsonify_shape('mine', '{ pw }');
SELECT jsonify(u, 'mine') FROM users u WHERE id = 1;
SELECT jsonify_define('users', 'mine', '{ id }');
ROLLBACK;
-- everybody may read and use them, as far as the role may read what is in them
SELECT shape FROM jsonify_shapes('users') WHERE name = 'super';
SELECT jsonify(u, 'super') FROM users u WHERE id = 1;
RESET ROLE;
REVOKE SELECT ON users FROM regress_jsonify_member;
GRANT SELECT (id) ON users TO regress_jsonify_member;
SET ROLE regress_jsonify_member;
SELECT jsonify(p, '{ author { ...super } }') FROM posts p WHERE id = 10;
SELECT jsonify(p, 'card') FROM posts p WHERE id = 10;
RESET ROLE;

-- The table changes names, schemas, columns; its triggers are disabled.
SET ROLE regress_jsonify_owner;
ALTER TABLE posts RENAME TO articles;
SELECT relation, name FROM jsonify_shapes('articles');
SELECT jsonify(a, 'card') FROM articles a WHERE id = 10;
ALTER TABLE articles RENAME COLUMN title TO heading;
SELECT jsonify(a, 'card') FROM articles a WHERE id = 10;
SELECT jsonify(a, '{ x: id ...card }') FROM articles a WHERE id = 10;
\set SHOW_CONTEXT always
SELECT jsonify(a, 'card') FROM articles a WHERE id = 10;
SELECT jsonify(u, '{ a: articles { ...card } }') FROM users u WHERE id = 1;
\set SHOW_CONTEXT never
ALTER TABLE articles RENAME COLUMN heading TO title;
SELECT jsonify(a, 'card') FROM articles a WHERE id = 10;
RESET ROLE;
CREATE SCHEMA t_named2 AUTHORIZATION regress_jsonify_owner;
ALTER TABLE articles SET SCHEMA t_named2;
SELECT jsonify(a, 'card') FROM t_named2.articles a WHERE id = 10;
ALTER TABLE t_named2.articles DISABLE TRIGGER ALL;
SELECT jsonify(a, 'card') FROM t_named2.articles a WHERE id = 10;
SELECT name FROM jsonify_shapes('t_named2.articles');
ALTER TABLE t_named2.articles ENABLE TRIGGER ALL;
ALTER TRIGGER jsonify_card ON t_named2.articles RENAME TO other;
SELECT jsonify(a, 'card') FROM t_named2.articles a WHERE id = 10;
-- dropped: its shapes go with it, and come back with a rollback
BEGIN;
DROP SCHEMA t_named2 CASCADE;
SELECT count(*) FROM jsonify_shapes() WHERE relation::text ~ 'articles';
ROLLBACK;
SELECT jsonify(a, 'card') FROM t_named2.articles a WHERE id = 10;
SET ROLE regress_jsonify_owner;
DROP TABLE t_named2.articles CASCADE;
SELECT count(*) FROM jsonify_shapes() WHERE relation::text ~ 'articles';
CREATE TABLE posts (id int PRIMARY KEY, title text);
INSERT INTO posts VALUES (1, 'again');
SELECT jsonify(p, 'card') FROM posts p;
-- the first shape of a table counts for a plan that was made without
SELECT jsonify(p), jsonify(ROW(p)) FROM posts p;
SELECT jsonify_define('posts', 'default', '{ t: title }');
SELECT jsonify(p), jsonify(ROW(p)) FROM posts p;
-- the function by any name, in any schema
RESET ROLE;
BEGIN;
ALTER EXTENSION jsonify SET SCHEMA t_named2;
ALTER FUNCTION t_named2.jsonify_shape() RENAME TO shape_of;
SELECT t_named2.jsonify(p) FROM posts p;
ALTER FUNCTION t_named2.shape_of() RENAME TO jsonify_shape;
SELECT t_named2.jsonify_define('posts', 'default', '{ t2: title }');
SELECT t_named2.jsonify(p) FROM posts p;
ROLLBACK;
SELECT jsonify(p) FROM posts p;
SELECT jsonify_undefine('posts', 'default');
SET ROLE regress_jsonify_owner;

-- Views, partitioned tables, partitions and temporary tables have theirs;
-- materialized views have none.
CREATE VIEW v AS SELECT id, name FROM users;
CREATE MATERIALIZED VIEW mv AS SELECT id, name FROM users;
CREATE TABLE parted (id int PRIMARY KEY, a text) PARTITION BY LIST (id);
CREATE TABLE part PARTITION OF parted DEFAULT;
INSERT INTO parted VALUES (1, 'a');
SELECT jsonify_define(t, 'short', '{ id }') FROM unnest('{v,parted,part}'::regclass[]) t;
SELECT jsonify_define('mv', 'short', '{ id }');
SELECT jsonify(v, 'short') FROM v WHERE id = 1;
SELECT jsonify(p, 'short'), (SELECT jsonify(q, 'short') FROM part q) FROM parted p;
SELECT jsonify_undefine('parted', 'short');
SELECT jsonify(q, 'short') FROM part q;
SELECT jsonify(p, 'short') FROM parted p;
DROP VIEW v;
CREATE OR REPLACE VIEW v AS SELECT id FROM users;
SELECT jsonify(v, 'short') FROM v;
CREATE TEMP TABLE temp (id int, secret text);
INSERT INTO temp VALUES (1, 'secret');
SELECT jsonify_define('temp', 'default', '{ id }');
SELECT jsonify(t) FROM temp t;
DROP TABLE temp;
-- they do not keep anything from being done
DELETE FROM v WHERE false;
DELETE FROM part WHERE id = 5;
DELETE FROM users WHERE id = 5;
-- a partition keeps its own through DETACH and ATTACH, and gets none
ALTER TABLE parted DETACH PARTITION part;
SELECT jsonify(q, 'short') FROM part q;
SELECT jsonify_define('parted', 'short', '{ p: id }');
ALTER TABLE parted ATTACH PARTITION part DEFAULT;
SELECT jsonify(p, 'short'), (SELECT jsonify(q, 'short') FROM part q) FROM parted p;
CREATE TABLE part1 PARTITION OF parted FOR VALUES IN (7);
SELECT relation, name, shape FROM jsonify_shapes() WHERE relation::text ~ '^part' ORDER BY relation::text;
-- a copy has none
CREATE TABLE likeness (LIKE users INCLUDING ALL);
SELECT * FROM jsonify_shapes('likeness');
-- a table that inherits has none of its parent's
CREATE TABLE kid () INHERITS (users);
INSERT INTO kid VALUES (3, 'kid', 'k');
SELECT jsonify_agg(u, 'card' ORDER BY id) FROM users u;
SELECT jsonify(k, 'card') FROM kid k;

-- NULLs are no definition.
SELECT jsonify_define(NULL, 'a', '{ id }') IS NULL, jsonify_define('users', NULL, '{ id }') IS NULL, jsonify_define('users', 'a', NULL) IS NULL, jsonify_undefine('users', NULL) IS NULL;
SELECT count(*) FROM jsonify_shapes() WHERE name = 'a';
SELECT count(*) FROM jsonify_shapes(NULL);
-- not in a read-only transaction
BEGIN READ ONLY;
SELECT jsonify_define('users', 'a', '{ id }');
ROLLBACK;
BEGIN READ ONLY;
SELECT jsonify_undefine('users', 'card');
ROLLBACK;
RESET ROLE;
DROP SCHEMA t_named, t_named2 CASCADE;
SELECT count(*) FROM jsonify_shapes();
DROP ROLE regress_jsonify_owner, regress_jsonify_member;
