-- The extension's objects, and that they work in any schema and under any
-- search_path.
CREATE EXTENSION jsonify;

-- Every member of the extension, and what the planner may do with it.
SELECT pg_describe_object(d.classid, d.objid, d.objsubid) AS object,
       pg_get_function_result(p.oid) AS result, p.provolatile AS vol,
       p.proisstrict AS strict, p.proparallel AS par
FROM pg_depend d
LEFT JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND d.classid <> 'pg_type'::regclass
  AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'jsonify')
ORDER BY pg_describe_object(d.classid, d.objid, d.objsubid) COLLATE "C";

-- All of them are commented, and so is the extension.
SELECT pg_describe_object(d.classid, d.objid, d.objsubid) AS without_comment
FROM pg_depend d
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND d.classid <> 'pg_type'::regclass
  AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'jsonify')
  AND NOT EXISTS (SELECT FROM pg_description c
                  WHERE c.classoid = d.classid AND c.objoid = d.objid AND c.objsubid = 0);
SELECT obj_description(oid, 'pg_extension') <> '' AS has_comment,
       extversion = (SELECT default_version FROM pg_available_extensions
                     WHERE name = 'jsonify') AS newest
FROM pg_extension WHERE extname = 'jsonify';

-- Settings. The library may be loaded by the first call only.
SELECT jsonify(1);
SELECT name, setting, vartype, context, min_val, short_desc <> '' AS described
FROM pg_settings WHERE name LIKE 'jsonify.%' ORDER BY name COLLATE "C";
SET jsonify.max_depth = 0;
SET jsonify.max_depth = -1;
SET jsonify.max_depth = 'deep';
-- a name that is no setting; 14 takes it
SELECT current_setting('server_version_num')::int < 150000 AS is_14 \gset
\set ECHO none
\if :is_14
    \echo 'ERROR:  invalid configuration parameter name "jsonify.no_such_setting"'
    \echo 'DETAIL:  "jsonify" is a reserved prefix.'
\else
    SET jsonify.no_such_setting = 1;
\endif
\set ECHO all
SET jsonify.max_depth = 1;
SHOW jsonify.max_depth;
RESET jsonify.max_depth;

-- The tables that the rest of this file reads.
CREATE SCHEMA t_install;
CREATE TABLE t_install.users (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE t_install.posts (id bigint PRIMARY KEY, title text,
                              author_id int REFERENCES t_install.users);
CREATE TABLE t_install.likes (user_id int REFERENCES t_install.users,
                              post_id bigint REFERENCES t_install.posts,
                              PRIMARY KEY (user_id, post_id));
INSERT INTO t_install.users VALUES (1, 'ann'), (2, 'bob');
INSERT INTO t_install.posts VALUES (10, 'x', 1), (12, 'z', 1), (11, 'y', 2);
INSERT INTO t_install.likes VALUES (1, 11), (2, 10), (2, 11);
CREATE TABLE t_install.got (step text, doc jsonb);
-- What the document of every step below must be.
CREATE TABLE t_install.want AS
SELECT jsonb_agg(jsonb_build_object('name', u.name, 'posts',
         (SELECT jsonb_agg(jsonb_build_object('id', p.id,
                   'author', (SELECT jsonb_build_object('name', a.name)
                              FROM t_install.users a WHERE a.id = p.author_id),
                   'liked', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', l.user_id)
                                                       ORDER BY l.user_id), '[]')
                             FROM t_install.likes l WHERE l.post_id = p.id))
                 ORDER BY p.id)
          FROM t_install.posts p WHERE p.author_id = u.id)) ORDER BY u.id) AS doc
FROM t_install.users u;

INSERT INTO t_install.got
SELECT 'public', jsonify_agg(u, '{ name, posts(via: author_id) { id, author { name }, liked: users(via: likes) { id } } }' ORDER BY u.id)
FROM t_install.users u;

-- Dropped in mid-session it is gone; created anew, in a schema whose name
-- needs quotes, it works: with that name spelled out and nothing else in the
-- search_path, too.
DROP EXTENSION jsonify;
\set VERBOSITY terse
SELECT jsonify(1);
\set VERBOSITY default
CREATE SCHEMA "t_Install ""odd"" x.y";
CREATE EXTENSION jsonify SCHEMA "t_Install ""odd"" x.y";
SET search_path = '';
INSERT INTO t_install.got
SELECT 'empty path', "t_Install ""odd"" x.y".jsonify_agg(u, '{ name, posts(via: author_id) { id, author { name }, liked: users(via: likes) { id } } }' ORDER BY u.id)
FROM t_install.users u;
INSERT INTO t_install.got
SELECT 'empty path, rows', pg_catalog.jsonb_agg("t_Install ""odd"" x.y".jsonify(u, '{ name, posts(via: author_id) { id, author { name }, liked: users(via: likes) { id } } }') ORDER BY u.id)
FROM t_install.users u;
RESET search_path;

-- Somebody else's objects in front of the search_path, system names included,
-- change nothing: the extension's own queries name what they use.
CREATE SCHEMA t_evil;
CREATE FUNCTION t_evil.trap(int, int) RETURNS bool LANGUAGE plpgsql
  AS $$BEGIN RAISE EXCEPTION 'trapped'; END$$;
CREATE FUNCTION t_evil.trap(int, bigint) RETURNS bool LANGUAGE plpgsql
  AS $$BEGIN RAISE EXCEPTION 'trapped'; END$$;
CREATE FUNCTION t_evil.trap(bigint, bigint) RETURNS bool LANGUAGE plpgsql
  AS $$BEGIN RAISE EXCEPTION 'trapped'; END$$;
CREATE FUNCTION t_evil.trap(anyelement) RETURNS jsonb LANGUAGE plpgsql
  AS $$BEGIN RAISE EXCEPTION 'trapped'; END$$;
CREATE OPERATOR t_evil.= (FUNCTION = t_evil.trap, LEFTARG = int, RIGHTARG = int);
CREATE OPERATOR t_evil.= (FUNCTION = t_evil.trap, LEFTARG = int, RIGHTARG = bigint);
CREATE OPERATOR t_evil.= (FUNCTION = t_evil.trap, LEFTARG = bigint, RIGHTARG = bigint);
CREATE OPERATOR t_evil.< (FUNCTION = t_evil.trap, LEFTARG = int, RIGHTARG = int);
CREATE OPERATOR t_evil.< (FUNCTION = t_evil.trap, LEFTARG = bigint, RIGHTARG = bigint);
CREATE FUNCTION t_evil.unnest(int[]) RETURNS SETOF int LANGUAGE sql AS 'SELECT 99';
CREATE FUNCTION t_evil.unnest(bigint[]) RETURNS SETOF bigint LANGUAGE sql AS 'SELECT 99::bigint';
CREATE FUNCTION t_evil.to_jsonb(anyelement) RETURNS jsonb LANGUAGE sql AS $$SELECT '"evil"'::jsonb$$;
CREATE FUNCTION t_evil.row_number() RETURNS bigint LANGUAGE sql AS 'SELECT 99::bigint';
CREATE FUNCTION t_evil.array_length(anyarray, int) RETURNS int LANGUAGE sql AS 'SELECT 99';
CREATE TABLE t_evil.users (id int PRIMARY KEY, name text);
CREATE TABLE t_evil.posts (id bigint PRIMARY KEY, title text, author_id int);
CREATE TABLE t_evil.likes (user_id int, post_id bigint);
INSERT INTO t_evil.users VALUES (1, 'evil'), (2, 'evil');
INSERT INTO t_evil.posts VALUES (10, 'evil', 1), (99, 'evil', 2);
CREATE TYPE t_evil.int4 AS (x text);
CREATE TYPE t_evil.int8 AS (x text);
CREATE TYPE t_evil.text AS (x pg_catalog.text);
CREATE TYPE t_evil._int4 AS (x pg_catalog.text);
CREATE TEMP TABLE posts AS SELECT * FROM t_evil.posts;
SET search_path = t_evil, pg_catalog;
SELECT 1 = 1;
INSERT INTO t_install.got
SELECT 'evil path', "t_Install ""odd"" x.y".jsonify_agg(u, '{ name, posts(via: author_id) { id, author { name }, liked: users(via: likes) { id } } }' ORDER BY u.name)
FROM t_install.users u;
INSERT INTO t_install.got
SELECT 'evil path, rows', pg_catalog.jsonb_agg("t_Install ""odd"" x.y".jsonify(u, '{ name, posts(via: author_id) { id, author { name }, liked: users(via: likes) { id } } }') ORDER BY u.name)
FROM t_install.users u;
RESET search_path;
SELECT step, doc = (SELECT doc FROM t_install.want) AS ok FROM t_install.got ORDER BY step COLLATE "C";
SELECT doc -> 1 AS "bob, under the evil path" FROM t_install.got WHERE step = 'evil path';

DROP TABLE pg_temp.posts;
SET client_min_messages = warning;
DROP SCHEMA t_evil, t_install CASCADE;
DROP EXTENSION jsonify;
DROP SCHEMA "t_Install ""odd"" x.y";

-- It is trusted: whoever may create in a database may create it there.
CREATE ROLE regress_jsonify_creator;
SET ROLE regress_jsonify_creator;
CREATE EXTENSION jsonify;
RESET ROLE;
DO $$BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO regress_jsonify_creator', current_database()); END$$;
SET ROLE regress_jsonify_creator;
CREATE EXTENSION jsonify;
SELECT jsonify(1);
DROP EXTENSION jsonify;
RESET ROLE;
DROP OWNED BY regress_jsonify_creator;
DROP ROLE regress_jsonify_creator;

-- Back to where the other tests look for it.
CREATE EXTENSION jsonify;
SELECT jsonify('back'::text);
