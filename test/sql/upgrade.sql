-- From 0.1.0, whose named shapes were rows of a table: what a database shows before the
-- update, and that all it had is there after it.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set original :DBNAME
SET client_min_messages = warning;
DROP DATABASE IF EXISTS contrib_regression_jsonify_upgrade;
CREATE DATABASE contrib_regression_jsonify_upgrade TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';
\c contrib_regression_jsonify_upgrade
SET client_min_messages = warning;

-- 0.1.0, without its script where the server looks for it: the extension is emptied,
-- and given what the script makes.
CREATE SCHEMA "the API";
GRANT USAGE ON SCHEMA "the API" TO PUBLIC;
CREATE EXTENSION jsonify SCHEMA "the API";
CREATE FUNCTION members() RETURNS TABLE (type text, identity text) LANGUAGE sql AS $$
  SELECT i.type, i.identity FROM pg_depend d, pg_identify_object(d.classid, d.objid, d.objsubid) i
  WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND i.type <> 'type'
    AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'jsonify')
$$;
CREATE FUNCTION empty_extension() RETURNS void LANGUAGE plpgsql AS $$
DECLARE m record; drops text := '';
BEGIN
  FOR m IN SELECT * FROM members() LOOP
    EXECUTE format('ALTER EXTENSION jsonify DROP %s %s', m.type, m.identity);
    drops := drops || format('DROP %s IF EXISTS %s CASCADE;', m.type, m.identity);
  END LOOP;
  EXECUTE drops;
END$$;
CREATE FUNCTION fill_extension() RETURNS void LANGUAGE plpgsql AS $$
DECLARE m record;
BEGIN
  FOR m IN SELECT i.* FROM pg_proc p, pg_identify_object('pg_proc'::regclass, p.oid, 0) i WHERE pronamespace = '"the API"'::regnamespace
    UNION ALL SELECT i.* FROM pg_class c, pg_identify_object('pg_class'::regclass, c.oid, 0) i WHERE relnamespace = '"the API"'::regnamespace AND relkind = 'r'
    UNION ALL SELECT i.* FROM pg_event_trigger e, pg_identify_object('pg_event_trigger'::regclass, e.oid, 0) i
  LOOP
    EXECUTE format('ALTER EXTENSION jsonify ADD %s %s', m.type, m.identity);
  END LOOP;
END$$;
SELECT empty_extension();
-- psql's own line goes, the library's name comes, and what only CREATE EXTENSION may call waits
\set script `sed -e '/^.echo/d' -e 's/MODULE_PATHNAME/$libdir\/jsonify/' "$PG_ABS_SRCDIR/upgrade/jsonify--0.1.0.sql"`
SET search_path = "the API";
\set ECHO none
SELECT regexp_replace(:'script', 'SELECT pg_catalog.pg_extension_config_dump[^;]*;', '') \gexec
\set ECHO all
RESET search_path;
SELECT fill_extension();
UPDATE pg_extension SET extversion = '0.1.0', extconfig = ARRAY['"the API".jsonify_shapes'::regclass::oid], extcondition = '{""}' WHERE extname = 'jsonify';
SELECT type, count(*) FROM members() GROUP BY 1 ORDER BY 1;

CREATE ROLE regress_jsonify_owner;
CREATE SCHEMA app AUTHORIZATION regress_jsonify_owner;
SET ROLE regress_jsonify_owner;
CREATE TABLE app.users (id int PRIMARY KEY, name text, pw text);
CREATE TABLE app."Odd ""posts""" (id int PRIMARY KEY, title text, author_id int REFERENCES app.users);
CREATE TABLE app.parted (id int PRIMARY KEY) PARTITION BY LIST (id);
CREATE TABLE app.part PARTITION OF app.parted DEFAULT;
CREATE VIEW app.v AS SELECT id, name FROM app.users;
CREATE TABLE app.gone (id int);
INSERT INTO app.users VALUES (1, 'ann', 'secret');
INSERT INTO app."Odd ""posts""" VALUES (10, 'x', 1);
INSERT INTO app.parted VALUES (1);
CREATE FUNCTION app.audit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER jsonify_card AFTER INSERT ON app.users EXECUTE FUNCTION app.audit();
RESET ROLE;
INSERT INTO "the API".jsonify_shapes
  SELECT t, n, s FROM (VALUES ('app.users'::regclass, 'default', '{ * -pw }'), ('app.users', 'card', '{ name }'), ('app.users', repeat('é', 100), '{ i: id }'),
    ('app.users', E'odd "name"\n''\\', E'{ # comment ''\\\n  id }'), ('app.users', 'broken', '{ no_such }'), ('app."Odd ""posts"""', 'card', '{ title, author }'),
    ('app.parted', 'default', '{ p: id }'), ('app.v', 'default', '{ v: id }'), ('app.gone', 'default', '{ id }')) v (t, n, s);

-- With the new library alone what named shapes hide does not show, and whatever has
-- nothing to do with them goes on.
SELECT "the API".jsonify(u) FROM app.users u;
SELECT "the API".jsonify(p, '{ author }') FROM app."Odd ""posts""" p;
SELECT "the API".jsonify(u, 'card') FROM app.users u;
SELECT "the API".jsonify_define('app.users', 'x', '{ id }');
SELECT "the API".jsonify_undefine('app.users', 'card');
SELECT "the API".jsonify(p, '{ title author { name } }') FROM app."Odd ""posts""" p;
SELECT "the API".jsonify(1), "the API".jsonify(ROW(1));
DROP TABLE app.gone;

ALTER EXTENSION jsonify UPDATE TO '0.2.0';
SELECT "the API".jsonify(u), "the API".jsonify(u, 'card'), "the API".jsonify(u, repeat('é', 100)), "the API".jsonify(u, E'"odd ""name""\n''\\"') FROM app.users u;
SELECT "the API".jsonify(p, 'card') FROM app."Odd ""posts""" p;
SELECT "the API".jsonify(p), (SELECT "the API".jsonify(v) FROM app.v) FROM app.parted p;
SELECT "the API".jsonify(u, 'broken') FROM app.users u;
SELECT relation, left(name, 20), shape FROM "the API".jsonify_shapes() ORDER BY relation::text, name;
SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgname ~ 'jsonify' ORDER BY tgrelid::regclass::text, tgname;
SET ROLE regress_jsonify_owner;
SELECT "the API".jsonify_define('app.users', 'card', '{ n: name }'), "the API".jsonify_undefine('app.users', 'default');
SELECT "the API".jsonify(u), "the API".jsonify(u, 'card') FROM app.users u;
RESET ROLE;

-- What an update makes is what an installation makes.
CREATE FUNCTION objects() RETURNS TABLE (object text, definition text, comment text) LANGUAGE sql AS $$
  SELECT m.type || ' ' || m.identity, CASE WHEN p.prokind = 'f' THEN pg_get_functiondef(p.oid) ELSE to_jsonb(a)::text END || coalesce(p.proacl::text, ''), obj_description(p.oid, 'pg_proc')
  FROM members() m LEFT JOIN pg_proc p ON p.oid = m.identity::regprocedure
  LEFT JOIN LATERAL (SELECT aggfnoid::regprocedure, aggtransfn, aggfinalfn, aggfinalmodify, aggtranstype::regtype FROM pg_aggregate WHERE aggfnoid = p.oid) a ON true
$$;
SELECT count(*) > 0 AS functions, count(*) FILTER (WHERE definition IS NULL OR comment IS NULL) AS incomplete FROM objects();
CREATE TABLE updated AS SELECT * FROM objects();
SELECT extversion, extconfig, extcondition FROM pg_extension WHERE extname = 'jsonify';
DROP EXTENSION jsonify CASCADE;
CREATE EXTENSION jsonify SCHEMA "the API";
SELECT 'only updated', u.* FROM (TABLE updated EXCEPT SELECT * FROM objects()) u UNION ALL
SELECT 'only installed', i.* FROM (SELECT * FROM objects() EXCEPT TABLE updated) i;

\c :original
DROP DATABASE contrib_regression_jsonify_upgrade;
DROP ROLE regress_jsonify_owner;
