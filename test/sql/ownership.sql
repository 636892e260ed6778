-- Whose operators, functions and columns count depends on who owns what: a plan that
-- was made before an owner changed is not used after it.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE ROLE regress_owner;
CREATE ROLE regress_stranger;
CREATE ROLE regress_reader;
CREATE SCHEMA t_owners;
GRANT ALL ON SCHEMA t_owners TO PUBLIC;
SET search_path = t_owners, public;
SELECT current_database() AS database, datdba::regrole AS owner FROM pg_database WHERE datname = current_database() \gset

-- In a schema where everybody may create, an operator and a function of a stranger.
CREATE TABLE things (id int PRIMARY KEY);
CREATE TYPE shade AS (name text);
CREATE DOMAIN shady AS shade;
ALTER TYPE shade OWNER TO regress_owner;
ALTER TABLE things ADD COLUMN sh shade, ADD COLUMN sy shady;
ALTER TABLE things OWNER TO regress_owner;
INSERT INTO things VALUES (1, '(a)', '(a)');
SET ROLE regress_stranger;
CREATE FUNCTION stranger(a shade, b shade) RETURNS bool LANGUAGE plpgsql AS $$BEGIN RAISE INFO 'a stranger is run'; RETURN true; END$$;
CREATE OPERATOR === (LEFTARG = shade, RIGHTARG = shade, FUNCTION = stranger);
CREATE OPERATOR = (LEFTARG = shade, RIGHTARG = shade, FUNCTION = stranger);
CREATE FUNCTION computed(things) RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE INFO 'a stranger is run'; RETURN 'x'; END$$;
RESET ROLE;
-- Each of them is in the cache as it was refused, or as it was run, before the next owner comes.
CREATE FUNCTION try(shape text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN RETURN (SELECT string_agg(d::text, ' ') FROM jsonify_find('things', shape) d); EXCEPTION WHEN undefined_function OR undefined_column THEN RETURN SQLERRM; END$$;
CREATE FUNCTION tries() RETURNS SETOF text LANGUAGE sql AS $$
  SELECT t_owners.try(s) FROM unnest(ARRAY['(where: sh === ''(b)'') { id }', '(where: sy === ''(b)'') { id }', '(where: sh in (''(b)'', ''(c)'')) { id }', '{ computed }']) s $$;
SELECT tries();
ALTER TYPE shade OWNER TO regress_stranger;
SELECT tries();
ALTER TYPE shade OWNER TO regress_owner;
SELECT tries();
ALTER OPERATOR === (shade, shade) OWNER TO regress_owner;
SELECT tries();
ALTER OPERATOR === (shade, shade) OWNER TO regress_stranger;
SELECT tries();
ALTER FUNCTION computed(things) OWNER TO regress_owner;
SELECT tries();
ALTER FUNCTION computed(things) OWNER TO regress_stranger;
SELECT tries();
ALTER TABLE things OWNER TO regress_stranger;
SELECT tries();
ALTER TABLE things OWNER TO regress_owner;
SELECT tries();
GRANT regress_owner TO regress_stranger;
SELECT tries();
REVOKE regress_owner FROM regress_stranger;
SELECT tries();
ALTER ROLE regress_stranger SUPERUSER;
SELECT tries();
ALTER ROLE regress_stranger NOSUPERUSER;
SELECT tries();
-- within a transaction, and with it undone
BEGIN;
ALTER TYPE shade OWNER TO regress_stranger;
SELECT tries();
ROLLBACK;
SELECT tries();

-- Whoever owns the database is a member of pg_database_owner: of what that may read,
ALTER TABLE things OWNER TO CURRENT_USER;
CREATE TABLE secrets (id int PRIMARY KEY, thing_id int REFERENCES things, secret text);
INSERT INTO secrets VALUES (1, 1, 's');
GRANT SELECT (id) ON things TO regress_reader;
GRANT SELECT (id, thing_id) ON secrets TO regress_reader;
GRANT SELECT ON secrets TO pg_database_owner;
\set reader 'SET ROLE regress_reader; SELECT jsonify_find(''things'', ''{ id secrets }''); RESET ROLE;'
:reader
ALTER DATABASE :"database" OWNER TO regress_reader;
:reader
ALTER DATABASE :"database" OWNER TO :"owner";
:reader
-- and of whose types its operators count for.
ALTER TYPE shade OWNER TO pg_database_owner;
SELECT try('(where: sh === ''(b)'') { id }');
ALTER DATABASE :"database" OWNER TO regress_stranger;
SELECT try('(where: sh === ''(b)'') { id }');
ALTER DATABASE :"database" OWNER TO :"owner";
SELECT try('(where: sh === ''(b)'') { id }');
DROP SCHEMA t_owners CASCADE;
DROP ROLE regress_owner, regress_stranger, regress_reader;
