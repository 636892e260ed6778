-- A cast that is created, replaced or dropped counts from the next statement
-- on: in plain queries, in prepared statements that have their generic plan, in
-- PL/pgSQL, and in other sessions. Each step prints the document, and whether
-- all the ways of asking for it agree.
SET client_min_messages = error;        -- casts of domains bring a warning
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_change;
SET search_path = t_change, public;
CREATE EXTENSION dblink SCHEMA t_change;
\pset format unaligned
\pset tuples_only on

CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN mail AS text;
CREATE TYPE span AS RANGE (subtype = int4);
CREATE TABLE boss (id int PRIMARY KEY, m mood, p pair, d mail, r span, c macaddr, ms mood[]);
CREATE TABLE emp (id int PRIMARY KEY, m mood, boss_id int REFERENCES boss);
INSERT INTO boss VALUES (1, 'sad', '(1,x)', 'm@x', '[1,2)', '08:00:2b:01:02:03', '{glad}');
INSERT INTO emp VALUES (1, 'glad', 1), (2, 'sad', 1);
PREPARE whole AS SELECT public.jsonify(b) FROM t_change.boss b;
PREPARE shaped AS SELECT (public.jsonify_agg(e, '{ m boss { *, emp { m } } }' ORDER BY id) #> '{0,boss}') - 'emp'::text FROM t_change.emp e;
PREPARE related AS SELECT public.jsonify(b, '{ emp { m } }') FROM t_change.boss b;
SET plan_cache_mode = force_generic_plan;
CREATE FUNCTION in_function() RETURNS jsonb LANGUAGE plpgsql STABLE AS $$DECLARE r t_change.boss; BEGIN SELECT * INTO r FROM t_change.boss; RETURN public.jsonify(r); END$$;
CREATE FUNCTION by_execute(q text) RETURNS jsonb LANGUAGE plpgsql AS $$DECLARE r jsonb; BEGIN EXECUTE 'EXECUTE ' || q INTO r; RETURN r; END$$;
-- Another session is asked, too, and has a prepared statement.
SELECT dblink_connect('other',
  format('host=%s port=%s dbname=%s user=%s', split_part(current_setting('unix_socket_directories'), ',', 1),
    current_setting('port'), quote_literal(current_database()), quote_ident(current_user)));
SELECT dblink_exec('other', 'PREPARE whole AS SELECT public.jsonify(b) FROM t_change.boss b');
SELECT dblink_exec('other', 'SET plan_cache_mode = force_generic_plan');
CREATE FUNCTION in_other(q text) RETURNS jsonb LANGUAGE sql VOLATILE AS $$SELECT doc FROM t_change.dblink('other', q) d (doc jsonb)$$;
\set ask 'SELECT jsonify(b) - \'id\', jsonify(b) = in_function() AND jsonify(b) = jsonify(b, \'{ * }\')'
\set ask :ask ' AND jsonify(b) = by_execute(\'whole\') AND by_execute(\'shaped\') = jsonify(b)'
\set ask :ask ' AND in_other(\'EXECUTE whole\') = jsonify(b)'
\set ask :ask ' AND in_other(\'SELECT public.jsonify(b) FROM t_change.boss b\') = jsonify(b) AS same FROM boss b;'
:ask
-- created: to json, then to jsonb
CREATE FUNCTION mood_json(mood) RETURNS json LANGUAGE sql AS $$SELECT to_json('json ' || $1)$$;
CREATE FUNCTION pair_json(pair) RETURNS json LANGUAGE plpgsql AS $$BEGIN RETURN to_json('json ' || $1.a); END$$;
CREATE FUNCTION mail_json(mail) RETURNS json LANGUAGE sql AS $$SELECT to_json('json ' || $1)$$;
CREATE FUNCTION span_json(span) RETURNS json LANGUAGE plpgsql AS $$BEGIN RETURN to_json('json ' || $1); END$$;
CREATE FUNCTION mac_json(macaddr) RETURNS json LANGUAGE sql AS $$SELECT to_json('json ' || $1)$$;
CREATE CAST (mood AS json) WITH FUNCTION mood_json(mood);
:ask
CREATE CAST (pair AS json) WITH FUNCTION pair_json(pair);
CREATE CAST (mail AS json) WITH FUNCTION mail_json(mail);
CREATE CAST (span AS json) WITH FUNCTION span_json(span);
CREATE CAST (macaddr AS json) WITH FUNCTION mac_json(macaddr);
:ask
CREATE FUNCTION mood_jsonb(mood) RETURNS jsonb LANGUAGE sql AS $$SELECT to_jsonb('jsonb ' || $1)$$;
CREATE FUNCTION mail_jsonb(mail) RETURNS jsonb LANGUAGE plpgsql AS $$BEGIN RETURN to_jsonb('jsonb ' || $1); END$$;
CREATE CAST (mood AS jsonb) WITH FUNCTION mood_jsonb(mood);
CREATE CAST (mail AS jsonb) WITH FUNCTION mail_jsonb(mail);
:ask
EXECUTE related;
-- replaced: the function, be it SQL or PL/pgSQL, or of another language now
CREATE OR REPLACE FUNCTION mood_jsonb(mood) RETURNS jsonb LANGUAGE sql AS $$SELECT to_jsonb('replaced ' || $1)$$;
CREATE OR REPLACE FUNCTION mail_jsonb(mail) RETURNS jsonb LANGUAGE plpgsql AS $$BEGIN RETURN to_jsonb('replaced ' || $1); END$$;
CREATE OR REPLACE FUNCTION pair_json(pair) RETURNS json LANGUAGE sql AS $$SELECT to_json('now SQL ' || $1.a)$$;
CREATE OR REPLACE FUNCTION mac_json(macaddr) RETURNS json LANGUAGE plpgsql AS $$BEGIN RETURN to_json('now PL/pgSQL ' || $1); END$$;
:ask
EXECUTE related;
-- and altered: its name, its settings, its strictness
ALTER FUNCTION mood_jsonb(mood) RENAME TO mood_renamed;
ALTER FUNCTION pair_json(pair) SET search_path = pg_catalog;
ALTER FUNCTION mail_jsonb(mail) SECURITY DEFINER;
:ask
-- the cast: dropped and created with another function
CREATE FUNCTION other(mood) RETURNS jsonb LANGUAGE sql AS $$SELECT to_jsonb('other ' || $1)$$;
DROP CAST (mood AS jsonb);
CREATE CAST (mood AS jsonb) WITH FUNCTION other(mood);
:ask
EXECUTE related;
-- dropped: to json is next, and then nothing
DROP CAST (mood AS jsonb);
DROP FUNCTION mail_jsonb(mail) CASCADE;
:ask
DROP CAST (mood AS json);
DROP CAST (pair AS json);
DROP FUNCTION mail_json(mail), span_json(span), mac_json(macaddr) CASCADE;
:ask
EXECUTE related;

-- A table's row type, and an array type.
CREATE FUNCTION boss_doc(boss) RETURNS jsonb LANGUAGE sql AS $$SELECT to_jsonb('boss ' || $1.id)$$;
CREATE FUNCTION moods_doc(mood[]) RETURNS jsonb LANGUAGE sql AS $$SELECT to_jsonb(cardinality($1))$$;
CREATE CAST (mood[] AS jsonb) WITH FUNCTION moods_doc(mood[]);
:ask
CREATE CAST (boss AS jsonb) WITH FUNCTION boss_doc(boss);
EXECUTE whole;
SELECT in_function(), in_other('EXECUTE whole'), jsonify(b, '{ id ms }') FROM boss b;
DROP CAST (boss AS jsonb);
DROP CAST (mood[] AS jsonb);
:ask

-- In transactions: seen at once by the one that makes it, by others once it is
-- committed; a rollback takes it back.
BEGIN;
CREATE CAST (mood AS jsonb) WITH FUNCTION other(mood);
SELECT jsonify(b) -> 'm', by_execute('whole') -> 'm', in_other('EXECUTE whole') -> 'm' AS other FROM boss b;
SAVEPOINT s;
DROP CAST (mood AS jsonb);
CREATE CAST (mood AS json) WITH FUNCTION mood_json(mood);
SELECT jsonify(b) -> 'm', by_execute('whole') -> 'm', in_other('EXECUTE whole') -> 'm' AS other FROM boss b;
ROLLBACK TO s;
SELECT jsonify(b) -> 'm', by_execute('whole') -> 'm', in_other('EXECUTE whole') -> 'm' AS other FROM boss b;
ROLLBACK;
SELECT jsonify(b) -> 'm', by_execute('whole') -> 'm', in_other('EXECUTE whole') -> 'm' AS other FROM boss b;
SELECT dblink_exec('other', 'BEGIN');
SELECT in_other('EXECUTE whole') -> 'm', in_other($$SELECT public.jsonify('sad'::t_change.mood)$$);
CREATE CAST (mood AS jsonb) WITH FUNCTION other(mood);
-- in the middle of the other's transaction; a statement without tables, too
SELECT in_other($$SELECT public.jsonify('sad'::t_change.mood)$$), in_other('EXECUTE whole') -> 'm';
CREATE OR REPLACE FUNCTION other(mood) RETURNS jsonb LANGUAGE sql AS $$SELECT to_jsonb('again ' || $1)$$;
SELECT in_other($$SELECT public.jsonify('sad'::t_change.mood)$$), in_other('EXECUTE whole') -> 'm';
SELECT dblink_exec('other', 'COMMIT');
-- made by the other, seen here
SELECT dblink_exec('other', 'DROP CAST (t_change.mood AS jsonb)');
:ask
SELECT dblink_exec('other', 'CREATE CAST (t_change.mood AS json) WITH FUNCTION t_change.mood_json(t_change.mood)');
:ask
SELECT dblink_exec('other', $$CREATE OR REPLACE FUNCTION t_change.mood_json(t_change.mood) RETURNS json LANGUAGE sql AS 'SELECT ''"by the other"''::json'$$);
:ask
SELECT dblink_exec('other', 'DROP CAST (t_change.mood AS json)');

-- Within one PL/pgSQL function: the same expression and the same query, in a
-- loop that changes the cast between them.
CREATE FUNCTION loop_mood(m mood) RETURNS text LANGUAGE plpgsql AS $$
DECLARE expression jsonb; query jsonb; seen text[] := '{}'; step text;
BEGIN
  FOREACH step IN ARRAY ARRAY['SELECT', 'CREATE CAST (t_change.mood AS jsonb) WITH FUNCTION t_change.other(t_change.mood)',
      'CREATE OR REPLACE FUNCTION t_change.other(t_change.mood) RETURNS jsonb LANGUAGE sql AS ''SELECT to_jsonb(1)''',
      'CREATE OR REPLACE FUNCTION t_change.other(t_change.mood) RETURNS jsonb LANGUAGE plpgsql AS ''BEGIN RETURN to_jsonb(2); END''',
      'CREATE OR REPLACE FUNCTION t_change.other(t_change.mood) RETURNS jsonb LANGUAGE plpgsql AS ''BEGIN RETURN to_jsonb(3); END''',
      'DROP CAST (t_change.mood AS jsonb)', 'CREATE CAST (t_change.mood AS json) WITH FUNCTION t_change.mood_json(t_change.mood)', 'DROP CAST (t_change.mood AS json)'] LOOP
    EXECUTE step;
    expression := public.jsonify(m);
    SELECT public.jsonify(ROW(b.m)) -> 'f1' INTO query FROM t_change.boss b;
    seen := seen || format('%s %s', expression, query);
  END LOOP;
  RETURN array_to_string(seen, ', ');
END$$;
SELECT loop_mood('sad');
-- again, with the plans that are there now
SELECT loop_mood('sad');
-- A cursor goes on as it began, or as things are: but it goes on.
BEGIN;
DECLARE c CURSOR FOR SELECT jsonb_typeof(public.jsonify(m)) FROM (VALUES ('sad'::mood), ('glad'), ('sad')) v (m);
FETCH c;
CREATE CAST (mood AS jsonb) WITH FUNCTION other(mood);
FETCH c \gset
DROP CAST (mood AS jsonb);
FETCH c \gset
COMMIT;
-- Types dropped and made anew under the same name.
DROP TYPE pair CASCADE;
CREATE TYPE pair AS (z int);
CREATE FUNCTION pair_doc(pair) RETURNS jsonb LANGUAGE sql AS $$SELECT to_jsonb('new ' || $1.z)$$;
ALTER TABLE boss ADD COLUMN p pair DEFAULT '(9)';
:ask
CREATE CAST (pair AS jsonb) WITH FUNCTION pair_doc(pair);
:ask
SELECT dblink_disconnect('other');
DROP SCHEMA t_change CASCADE;
