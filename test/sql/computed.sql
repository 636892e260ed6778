-- Computed fields: functions of a table's owner in the table's schema, with its
-- row as their one argument.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE ROLE regress_jsonify_owner;
CREATE ROLE regress_jsonify_stranger;
CREATE SCHEMA t_comp;
CREATE SCHEMA t_comp2;
GRANT ALL ON SCHEMA t_comp, t_comp2 TO PUBLIC;
SET search_path = t_comp, public;
\set helpers `echo "$PG_ABS_SRCDIR/helpers.sql"`
\i :helpers
CREATE TYPE addr AS (street text, zip int);
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE FUNCTION mood_to_jsonb(mood) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$SELECT jsonb_build_object('mood', $1::text)$$;
CREATE CAST (mood AS jsonb) WITH FUNCTION mood_to_jsonb(mood);
CREATE DOMAIN posint AS int CHECK (VALUE > 0);
CREATE TABLE users (id int PRIMARY KEY, first text, last text, pw text, title text);
CREATE TABLE posts (id int PRIMARY KEY, body text, author_id int REFERENCES users, at timestamptz DEFAULT '2020-01-02 03:04:05+00');
INSERT INTO users VALUES (1, 'Ada', 'L', 'pw1', 'Ms'), (2, 'Ben', NULL, 'pw2', NULL);
INSERT INTO posts VALUES (10, 'x', 1), (11, 'yy', 1), (12, 'zzz', NULL);

-- Results of every kind, beside what SQL makes of them.
CREATE FUNCTION full_name(users) RETURNS text LANGUAGE sql STABLE AS $$SELECT concat_ws(' ', $1.first, $1.last)$$;
CREATE FUNCTION last_name(u users) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT AS 'SELECT u.last';
CREATE FUNCTION names(users) RETURNS text[] LANGUAGE sql IMMUTABLE AS 'SELECT ARRAY[$1.first, $1.last]';
CREATE FUNCTION home(users) RETURNS addr LANGUAGE sql IMMUTABLE AS 'SELECT ROW($1.first, $1.id)::addr';
CREATE FUNCTION homes(users) RETURNS addr[] LANGUAGE sql IMMUTABLE AS 'SELECT ARRAY[ROW($1.first, $1.id)::addr]';
CREATE FUNCTION feeling(users) RETURNS mood LANGUAGE sql IMMUTABLE AS $$SELECT CASE $1.id WHEN 1 THEN 'sad'::mood END$$;
CREATE FUNCTION feelings(users) RETURNS mood[] LANGUAGE sql IMMUTABLE AS $$SELECT ARRAY['sad', NULL, 'ok']::mood[]$$;
CREATE FUNCTION rank(users) RETURNS posint LANGUAGE sql IMMUTABLE AS 'SELECT $1.id';
CREATE FUNCTION meta(users) RETURNS json LANGUAGE sql IMMUTABLE AS $$SELECT '{"b": 1, "a": null}'::json$$;
CREATE FUNCTION metab(users) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$SELECT CASE $1.id WHEN 1 THEN '[1.0]'::jsonb ELSE 'null' END$$;
CREATE FUNCTION post_count(users) RETURNS bigint LANGUAGE plpgsql STABLE AS $$BEGIN RETURN (SELECT count(*) FROM t_comp.posts WHERE author_id = $1.id); END$$;
CREATE FUNCTION score(users) RETURNS numeric LANGUAGE sql STABLE AS 'SELECT $1.id * 1.50';
CREATE FUNCTION pairs(users, OUT a int, OUT b text) LANGUAGE sql IMMUTABLE AS $$SELECT $1.id, $1.first$$;
CREATE FUNCTION nothing(users) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT NULL::text';
CREATE FUNCTION "Odd ""Name"", é"(users) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
SELECT diff(jsonify(u, '{ id full_name last_name names home homes feeling feelings rank meta metab post_count score pairs nothing "Odd ""Name"", é" }'),
  jsonb_build_object('id', id, 'full_name', full_name(u), 'last_name', last, 'names', ARRAY[first, last],
    'home', home(u), 'homes', homes(u), 'feeling', mood_to_jsonb(feeling(u)),
    'feelings', '[{"mood": "sad"}, null, {"mood": "ok"}]'::jsonb, 'rank', id, 'meta', '{"b": 1, "a": null}'::jsonb,
    'metab', metab(u), 'post_count', post_count(u), 'score', score(u), 'pairs', pairs(u), 'nothing', NULL,
    'Odd "Name", é', 1) || CASE WHEN id = 2 THEN '{"feeling": null}' ELSE '{}' END::jsonb) FROM users u;
-- in aliases, beside *, below others, in arrays, aggregates and rows of subqueries; formats and options hold
SELECT diff(jsonify(u, '{ * -pw, n: full_name, first: last_name }'), to_jsonb(u) - 'pw' || jsonb_build_object('n', full_name(u), 'first', last)) FROM users u;
SELECT diff(jsonify_agg(p, '{ id author { full_name posts { author { post_count } } } }' ORDER BY id),
  jsonb_agg(jsonb_build_object('id', id, 'author',
    (SELECT jsonb_build_object('full_name', full_name(u), 'posts',
       (SELECT jsonb_agg('{"author": {"post_count": 2}}'::jsonb) FROM posts q WHERE q.author_id = u.id))
     FROM users u WHERE u.id = author_id)) ORDER BY id)) FROM posts p;
SELECT diff(jsonify(array_agg(u ORDER BY id), '{ full_name }'), jsonb_agg(jsonb_build_object('full_name', full_name(u)) ORDER BY id)) FROM users u;
SELECT diff(jsonify(s.u, '{ full_name }'), jsonb_build_object('full_name', full_name(s.u))) FROM (SELECT u FROM users u) s;
SELECT jsonify(u, '{ s: score @string, post_count @string, rank @string, feelings }', NULL, '{"keys": "camel"}'),
  jsonify(u, '{ full_name nothing last_name home }', NULL, '{"keys": "camel", "nulls": "omit"}')
  FROM users u WHERE id = 2;
SELECT jsonify(u, '{ score }', NULL, '{"formats": {"numeric": "string"}}') FROM users u WHERE id = 2;
SELECT jsonify(u, '{ score @hex }') FROM users u WHERE id = 2;
-- * does not have them, nor can they be taken out of it; no row but a whole one has them
SELECT diff(jsonify(u, '{ * }'), to_jsonb(u)), diff(jsonify(u), to_jsonb(u)) FROM users u;
SELECT jsonify(u, '{ * -full_name }') FROM users u;
SELECT jsonify(s, '{ full_name }') FROM (SELECT * FROM users) s;
SELECT jsonify(u, '{ fullname }') FROM users u;

-- Names: a column comes first, then a computed field, then a relationship; with
-- braces it is a relationship.
CREATE FUNCTION title(users) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT 'not this'$$;
CREATE FUNCTION posts(users) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 42';
SELECT jsonify(u, '{ title posts p: posts { id } }') FROM users u WHERE id = 1;
SELECT jsonify(u, '{ full_name { id } }') FROM users u WHERE id = 1;
DROP FUNCTION posts(users);

-- What is no computed field: elsewhere, of more arguments, of sets, no result, no
-- plain function; of a table that this one only looks like.
CREATE FUNCTION t_comp2.elsewhere(users) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION two_args(users, int DEFAULT 1) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION of_set(users) RETURNS SETOF int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION of_void(users) RETURNS void LANGUAGE sql IMMUTABLE AS 'SELECT';
CREATE FUNCTION variadics(VARIADIC users[]) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION polymorphic(anyelement) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION of_record(record) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 1; END';
CREATE FUNCTION of_posts(posts) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE PROCEDURE proc(users) LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE aggr(users) (SFUNC = array_append, STYPE = users[]);
DO $$
DECLARE n text;
BEGIN
  FOREACH n IN ARRAY '{elsewhere,two_args,of_set,of_void,variadics,polymorphic,of_record,of_posts,proc,aggr}'::text[] LOOP
    BEGIN
      RAISE INFO 'BAD % %', n, (SELECT jsonify_agg(u, '{ ' || n || ' }') FROM users u);
    EXCEPTION WHEN undefined_column THEN NULL;
    END;
  END LOOP;
END$$;
SELECT jsonify(u, '{ two_args }') FROM users u;

-- A function of somebody else is not run, wherever it may stand; one of a role that
-- may act as the owner is.
ALTER TABLE users OWNER TO regress_jsonify_owner;
SELECT jsonify(u, '{ full_name }') FROM users u WHERE id = 1;
ALTER FUNCTION full_name(users) OWNER TO regress_jsonify_stranger;
SELECT jsonify(u, '{ full_name }') FROM users u WHERE id = 1;
GRANT regress_jsonify_owner TO regress_jsonify_stranger;
SELECT jsonify(u, '{ full_name }') FROM users u WHERE id = 1;
REVOKE regress_jsonify_owner FROM regress_jsonify_stranger;
SELECT jsonify(u, '{ full_name }') FROM users u WHERE id = 1;
ALTER FUNCTION full_name(users) OWNER TO regress_jsonify_owner;
SELECT jsonify(u, '{ full_name }') FROM users u WHERE id = 1;
SET ROLE regress_jsonify_stranger;
CREATE FUNCTION t_comp.trap(users) RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'trapped'; END$$;
RESET ROLE;
SELECT jsonify(u, '{ trap }') FROM users u WHERE id = 1;
ALTER TABLE users OWNER TO CURRENT_USER;
ALTER FUNCTION full_name(users) OWNER TO CURRENT_USER;

-- It runs as the caller, who needs EXECUTE, and of a related table SELECT on all
-- columns, for the function gets the row.
REVOKE EXECUTE ON FUNCTION score(users) FROM PUBLIC;
GRANT SELECT ON posts TO regress_jsonify_stranger;
GRANT SELECT (id, first, last) ON users TO regress_jsonify_stranger;
SET ROLE regress_jsonify_stranger;
SELECT jsonify(p, '{ author { full_name } }') FROM posts p WHERE id = 10;
RESET ROLE;
GRANT SELECT ON users TO regress_jsonify_stranger;
CREATE FUNCTION who(users) RETURNS text LANGUAGE sql STABLE AS 'SELECT current_user::text';
CREATE FUNCTION who_defines(users) RETURNS bool LANGUAGE sql STABLE SECURITY DEFINER AS $$SELECT current_user <> 'regress_jsonify_stranger'$$;
SET ROLE regress_jsonify_stranger;
SELECT jsonify(p, '{ author { full_name who who_defines } }') FROM posts p WHERE id = 10;
SELECT jsonify(u, '{ score }') FROM users u;
SELECT jsonify(p, '{ author { score } }') FROM posts p WHERE id = 10;
RESET ROLE;

-- A volatile function runs, but cannot write; what fails says so.
CREATE TABLE log (what text);
CREATE FUNCTION writes(users) RETURNS int LANGUAGE sql VOLATILE AS $$INSERT INTO t_comp.log VALUES ('x') RETURNING 1$$;
CREATE FUNCTION reads(users) RETURNS int LANGUAGE sql VOLATILE AS 'SELECT $1.id';
CREATE FUNCTION fails(users) RETURNS int LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'on purpose' USING ERRCODE = 'P0042'; END$$;
SELECT jsonify(u, '{ reads }') FROM users u WHERE id = 1;
SELECT jsonify(u, '{ writes }') FROM users u WHERE id = 1;
SELECT jsonify(p, '{ author { writes } }') FROM posts p WHERE id = 10;
SELECT jsonify_agg(u, '{ writes }') FROM users u;
SELECT jsonify_find('users', '{ writes }');
SELECT jsonify(p, '{ author { fails } }') FROM posts p WHERE id = 10;
-- and what comes after it can
INSERT INTO log VALUES ('y') RETURNING jsonify(log);
SELECT count(*) FROM log;

-- Changes count at once.
PREPARE q AS SELECT jsonify(u, '{ full_name }') FROM users u WHERE id = 1;
EXECUTE q;
CREATE OR REPLACE FUNCTION full_name(users) RETURNS text LANGUAGE sql STABLE AS $$SELECT 'new ' || $1.first$$;
EXECUTE q;
DROP FUNCTION full_name(users);
EXECUTE q;
CREATE FUNCTION full_name(users) RETURNS numeric LANGUAGE sql STABLE AS 'SELECT 1.50';
EXECUTE q;
ALTER FUNCTION full_name(users) RENAME TO whole_name;
EXECUTE q;
ALTER TABLE users ADD COLUMN full_name text DEFAULT 'column';
EXECUTE q;
ALTER TABLE users DROP COLUMN full_name;
ALTER FUNCTION whole_name(users) RENAME TO full_name;
ALTER FUNCTION full_name(users) SET SCHEMA t_comp2;
EXECUTE q;
BEGIN;
ALTER FUNCTION t_comp2.full_name(users) SET SCHEMA t_comp;
EXECUTE q;
ROLLBACK;
EXECUTE q;

-- Views, materialized views, partitions and children: each has those of its own
-- row type.
CREATE VIEW v AS SELECT id, first FROM users;
CREATE MATERIALIZED VIEW mv AS SELECT id, first FROM users;
CREATE FUNCTION shout(v) RETURNS text LANGUAGE sql STABLE AS 'SELECT upper($1.first)';
CREATE FUNCTION shout(mv) RETURNS text LANGUAGE sql STABLE AS 'SELECT upper($1.first)';
SELECT jsonify_agg(v, '{ id shout }' ORDER BY id), (SELECT jsonify_agg(mv, '{ id shout }' ORDER BY id) FROM mv) FROM v;
SELECT jsonify(v, '{ last_name }') FROM v;
CREATE TABLE parted (id int PRIMARY KEY, user_id int REFERENCES users) PARTITION BY LIST (id);
CREATE TABLE part (user_id int, id int NOT NULL);
ALTER TABLE parted ATTACH PARTITION part FOR VALUES IN (1, 2);
CREATE FUNCTION twice(parted) RETURNS int LANGUAGE sql STABLE AS 'SELECT 2 * $1.id';
INSERT INTO parted VALUES (1, 1), (2, 1);
SELECT jsonify_agg(p, '{ twice }' ORDER BY id) FROM parted p;
SELECT jsonify(u, '{ parted { twice } }') FROM users u WHERE id = 1;
SELECT jsonify(p, '{ twice }') FROM part p;
CREATE TABLE kid (extra text) INHERITS (users);
INSERT INTO kid VALUES (3, 'Kid', 'K');
SELECT jsonify_agg(u, '{ post_count last_name }' ORDER BY id) FROM users u;
SELECT jsonify(k, '{ last_name }') FROM kid k;
-- of a table with dropped columns, and whose row is large
ALTER TABLE users DROP COLUMN pw, ADD COLUMN big text;
UPDATE users SET big = repeat('ab', 100000);
CREATE FUNCTION size(users) RETURNS int LANGUAGE sql STABLE AS 'SELECT length($1.big)';
SELECT jsonify_agg(p, '{ author { size last_name } }' ORDER BY id) FROM posts p;
DROP SCHEMA t_comp, t_comp2 CASCADE;
DROP ROLE regress_jsonify_owner, regress_jsonify_stranger;
