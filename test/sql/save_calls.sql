-- Where jsonify_save is called: in blocks that catch its errors, in queries and cursors, in triggers that it runs
-- itself; and after each error the session goes on, and nothing was written.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_save_calls;
SET search_path = t_save_calls, public;
\set saving `echo "$PG_ABS_SRCDIR/saving.sql"`
\i :saving
\pset tuples_only
\pset format unaligned
CREATE TABLE a (id serial PRIMARY KEY, name text UNIQUE, n int CHECK (n > 0));
CREATE TABLE b (id serial PRIMARY KEY, a_id int REFERENCES a, body text);
CREATE TABLE audit (id serial PRIMARY KEY, what text, n int CHECK (n < 100));
\set shape '\'{ id, name, n, b(write: own, missing: delete) { id, body } }\''

-- Blocks: what fails leaves nothing, what does not stays.
CREATE FUNCTION save_a(i int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RETURN jsonify_save('a', jsonb_build_object('name', 'n' || i, 'n', i, 'b', '[{"body": "x"}]'::jsonb), '{ name, n, b(write: own, missing: delete) { body } }',
                      options => '{"return": "changes", "mode": "insert"}');
EXCEPTION WHEN SQLSTATE 'JF422' THEN
  RETURN SQLERRM;
END $$;
DO $$ BEGIN FOR i IN -2 .. 2 LOOP PERFORM save_a(i); END LOOP; END $$;
SELECT name, n, body FROM a JOIN b ON a.id = a_id ORDER BY n;
-- In a query, for each row of the table that is written, and of a CTE that is volatile.
SELECT jsonify_save('a', jsonb_build_object('name', name, 'n', n + 10), '(by: name) { name, n }') FROM a ORDER BY n;
SELECT save_a(i) FROM generate_series(0, 3) i;
WITH saved AS (SELECT jsonify_save('a', '{"name": "cte", "n": 50}', '(by: name) { name, n }') AS doc)
SELECT doc, (SELECT count(*) FROM a WHERE name = 'cte') AS not_seen_yet FROM saved;
-- A cursor, and a savepoint that is left while it is open.
BEGIN;
DECLARE c CURSOR FOR SELECT jsonify_save('a', jsonb_build_object('name', 'c' || i, 'n', i), '(by: name) { name, n }') FROM generate_series(1, 9) i;
FETCH 2 FROM c;
SAVEPOINT s;
FETCH 1 FROM c;
ROLLBACK TO s;
FETCH 1 FROM c;
SELECT name FROM a WHERE name LIKE 'c_' ORDER BY name;
CLOSE c;
DECLARE d CURSOR FOR SELECT jsonify_save('a', jsonb_build_object('name', 'd' || i, 'n', 2 - i), '(by: name) { name, n }') FROM generate_series(1, 9) i;
SAVEPOINT s;
FETCH 5 FROM d;
ROLLBACK TO s;
SELECT count(*) FROM a WHERE name LIKE 'd_';
ROLLBACK;
-- A loop over the rows that it changes.
DO $$
DECLARE r record;
BEGIN
  FOR r IN SELECT id FROM a ORDER BY id LOOP
    PERFORM jsonify_save('a', jsonb_build_object('id', r.id, 'n', r.id, 'b', '[{"body": "loop"}]'::jsonb), '{ id, n, b(write: own, missing: delete) { id, body } }');
  END LOOP;
END $$;
SELECT count(*), count(*) FILTER (WHERE n = a.id AND body = 'loop') FROM a JOIN b ON a.id = a_id;

-- Triggers that save documents themselves, of other tables and of this one, by the plan that is at work.
CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM jsonify_save('audit', jsonb_build_object('what', NEW.name, 'n', NEW.n), '{ what, n }', options => '{"mode": "insert", "return": "none"}');
  IF NEW.n BETWEEN 61 AND 64 THEN
    PERFORM jsonify_save('a', jsonb_build_object('name', 'nested' || NEW.n, 'n', NEW.n + 1, 'b', '[{"body": "nested"}]'::jsonb), '{ id, name, n, b(write: own, missing: delete) { id, body } }');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER again BEFORE INSERT OR UPDATE ON a FOR EACH ROW EXECUTE FUNCTION again();
SELECT jsonify_save('a', '[{"name": "p", "n": 61, "b": [{"body": "q"}]}, {"name": "p2", "n": 71, "b": [{"body": "q"}]}]', :shape) #>> '{0,b,0,body}';
SELECT a.name, a.n, body FROM a JOIN b ON a.id = a_id WHERE a.n > 60 ORDER BY a.n, a.name;
SELECT what, n FROM audit ORDER BY n, what;
-- what goes wrong inside is itself; where that was is in its context
SELECT save('a', '[{"name": "r", "n": 1}, {"name": "pp", "n": 150, "b": [{"body": "q"}]}]', :shape);
DO $$
DECLARE context text;
BEGIN
  PERFORM jsonify_save('a', '[{"name": "r", "n": 1}, {"name": "pp", "n": 150, "b": [{"body": "q"}]}]', '{ id, name, n, b(write: own, missing: delete) { id, body } }');
EXCEPTION WHEN SQLSTATE 'JF422' THEN
  GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT;
  RAISE WARNING '%', substring(context from '[^\n]* of the document');
END $$;
SELECT save('a', '[{"name": "pp", "n": 64, "b": [{"body": "q"}]}, {"name": "nested64", "n": 60}]', :shape);
DROP TRIGGER again ON a;
CREATE TRIGGER again AFTER INSERT OR UPDATE ON a FOR EACH ROW EXECUTE FUNCTION again();
DELETE FROM b;
DELETE FROM a;
SELECT jsonify_save('a', '[{"name": "p", "n": 61, "b": [{"body": "q"}]}, {"name": "p2", "n": 71, "b": [{"body": "q"}]}]', :shape) #>> '{0,b,0,body}';
SELECT a.name, a.n, body FROM a JOIN b ON a.id = a_id ORDER BY a.n, a.name;
DROP TRIGGER again ON a;
-- More statements than a plan keeps, while one of them is at work.
DO $$ BEGIN EXECUTE (SELECT format('CREATE TABLE wide (id int PRIMARY KEY, %s)', string_agg('c' || i || ' int', ', ')) FROM generate_series(1, 300) i); END $$;
SELECT bool_and(jsonify_save('wide', jsonb_build_object('id', i, 'c' || i, i), '{ * }') ->> ('c' || i) = i::text) FROM generate_series(1, 100) i;
CREATE FUNCTION many() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id = 1 THEN
    PERFORM jsonify_save('wide', jsonb_build_object('id', i, 'c' || i, i + 1), '{ * }') FROM generate_series(2, 80) i;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER many BEFORE UPDATE ON wide FOR EACH ROW EXECUTE FUNCTION many();
SELECT jsonify_save('wide', '[{"id": 1, "c200": 7}, {"id": 100, "c200": 8}]', '{ * }', options => '{"nulls": "omit"}');
SELECT count(*) FROM wide WHERE to_jsonb(wide) ->> ('c' || id) = (id + 1)::text;

-- What other functions do meanwhile: tables that change under a plan that is at work.
CREATE FUNCTION ddl() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  CASE NEW.body
    WHEN 'slow' THEN PERFORM pg_sleep(60);
    WHEN 'index' THEN CREATE INDEX ON audit (n); ALTER TABLE audit ADD x int; PERFORM jsonify_save('audit', '{"n": 1}');
    WHEN 'column' THEN ALTER TABLE a ADD extra int DEFAULT 5;
    ELSE NULL;
  END CASE;
  RETURN NEW;
END $$;
CREATE TRIGGER ddl BEFORE INSERT ON b FOR EACH ROW EXECUTE FUNCTION ddl();
SELECT save('a', '[{"name": "i", "n": 1, "b": [{"body": "index"}]}]', '(by: name) { *, -id, b(write: own) { id, body } }') ~ '"n": 1, "name": "i"';
SELECT save('a', '[{"name": "j", "n": 1, "b": [{"body": "x"}]}]', '(by: name) { *, -id, b(write: own) { id, body } }') ~ '"n": 1, "name": "j"';
SELECT save('a', '[{"name": "k", "n": 1, "b": [{"body": "column"}]}]', '(by: name) { *, -id, b(write: own) { id, body } }') ~ '"n": 1, "name": "k"';
SELECT save('a', '[{"name": "k"}]', '(by: name) { *, -id, b(write: own) { id, body } }') ~ '"n": 1, "name": "k", "extra": 5';
-- A timeout in the middle is itself, at once, and leaves nothing.
SET statement_timeout = '200ms';
\set VERBOSITY terse
SELECT jsonify_save('a', '[{"name": "s", "n": 1, "b": [{"body": "x"}, {"body": "slow"}]}]', '(by: name) { name, n, b(write: own) { id, body } }');
RESET statement_timeout;
SELECT count(*) FROM a WHERE name = 's';
SELECT save('a', '[{"name": "s", "n": 1, "b": [{"body": "fast"}]}]', '(by: name) { name, n, b(write: own) { id, body } }') ~ 'fast';
-- Nothing is written where nothing may be.
BEGIN READ ONLY;
SELECT jsonify_save('a', '{"name": "s", "n": 2}', '(by: name) { name, n }');
ROLLBACK;
BEGIN READ ONLY;
SELECT jsonify_save('a', '{"name": "s", "n": 1}', '(by: name) { name, n }');
SELECT action, old, new FROM jsonify_plan('a', '{"name": "s", "n": 2}', '(by: name) { name, n }');
COMMIT;
-- dry_run: all is done and undone, inside of another call too.
SELECT save('a', '{"name": "s", "n": 3, "b": [{"body": "dry"}]}', '(by: name) { name, n, b(write: own, missing: delete) { id, body } }', '{"dry_run": true}') ~ '"n": 3, "name": "s"';
SELECT save('a', '{"name": "s", "n": -3}', '(by: name) { name, n }', '{"dry_run": true}');
SELECT n FROM a WHERE name = 's';
DROP SCHEMA t_save_calls CASCADE;
