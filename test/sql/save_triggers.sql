-- Triggers and rules beside jsonify_save: what they change is in the answer, keys included; what they
-- turn down is refused; what they raise is itself.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_save_triggers;
SET search_path = t_save_triggers, public;
\set saving `echo "$PG_ABS_SRCDIR/saving.sql"`
\i :saving
\pset tuples_only
\pset format unaligned
CREATE TABLE a (id serial PRIMARY KEY, name text, n int);
CREATE TABLE b (id serial PRIMARY KEY, a_id int NOT NULL REFERENCES a, body text);
CREATE FUNCTION on_a() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  CASE NEW.name
    WHEN 'upper' THEN NEW.name := 'UPPER';
    WHEN 'null' THEN RETURN NULL;
    WHEN 'raise' THEN RAISE 'no such luck';
    WHEN 'check' THEN RAISE 'not in August' USING ERRCODE = 'check_violation';
    WHEN 'key' THEN NEW.id := NEW.id + 1000;
    ELSE NULL;
  END CASE;
  RETURN NEW;
END $$;
CREATE TRIGGER on_a BEFORE INSERT OR UPDATE ON a FOR EACH ROW EXECUTE FUNCTION on_a();
\set shape '\'{ id, name, n, b(write: own, missing: delete) { id, body } }\''

-- A trigger that changes a value: the answer has what it made of it, of a new row and of another.
SELECT save('a', '{"name": "upper", "b": [{"body": "x"}]}', :shape);
SELECT save('a', '{"id": 1, "name": "down"}', :shape);
SELECT save('a', '{"id": 1, "name": "upper"}', :shape);
-- One that turns rows down, its own errors, and those that say they are a constraint's.
SELECT save('a', '[{"name": "fine"}, {"name": "null", "b": [{"body": "x"}]}, {"id": 1, "name": "null"}]', :shape);
SELECT save('a', '[{"name": "fine"}, {"name": "raise", "b": [{"body": "x"}]}]', :shape);
SELECT save('a', '[{"name": "fine"}, {"id": 1, "name": "check"}]', :shape);
TABLE a;
TABLE b;

-- A key that a trigger makes or changes: rows below follow, links and junctions too.
SELECT save('a', '[{"name": "key", "b": [{"body": "y"}, {"body": "z"}]}, {"name": "other", "b": [{"body": "o"}]}]', :shape);
SELECT a.id > 1000 AS changed, a.name, b.body FROM b JOIN a ON a.id = b.a_id ORDER BY b.id;
CREATE TABLE k (id int PRIMARY KEY, name text);
CREATE TABLE kk (id int PRIMARY KEY, k_id int NOT NULL REFERENCES k, boss_id int REFERENCES kk, name text);
CREATE TABLE tags (id int PRIMARY KEY, tag text UNIQUE);
CREATE TABLE kk_tags (kk_id int REFERENCES kk, tag_id int REFERENCES tags, PRIMARY KEY (kk_id, tag_id));
CREATE SEQUENCE keys;
CREATE FUNCTION on_k() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.id := nextval('keys'); RETURN NEW; END $$;
CREATE TRIGGER on_k BEFORE INSERT ON k FOR EACH ROW EXECUTE FUNCTION on_k();
CREATE TRIGGER on_k BEFORE INSERT ON kk FOR EACH ROW EXECUTE FUNCTION on_k();
CREATE TRIGGER on_k BEFORE INSERT ON tags FOR EACH ROW EXECUTE FUNCTION on_k();
SELECT save('k', '[{"name": "a", "kk": [{"name": "x", "tags": [{"tag": "red"}, {"tag": "blue"}]}, {"name": "y", "tags": [{"tag": "blue"}]}]},
                   {"name": "b"}]',
            '{ id, name, kk(write: own) { id, name, tags(write: own, by: tag) { id, tag } } }');
-- over a to-one relation, where the other row comes first; and of a row that is there
SELECT save('kk', '[{"name": "z", "k": {"name": "c"}, "boss": {"name": "big", "k": {"name": "d"}}}]',
            '{ id, name, k(write: own) { id, name }, boss(write: own) { id, name, k(write: own) { id, name } } }');
SELECT save('kk', '[{"id": 3, "k": {"id": null, "name": "e"}}]', '{ id, name, k(write: own, missing: keep) { id, name } }');
-- A rule that does something else instead tells nothing: such a key must be given.
CREATE TABLE r (id int PRIMARY KEY, name text);
CREATE TABLE log (what text);
CREATE RULE also_insert AS ON INSERT TO r DO ALSO INSERT INTO log VALUES ('new ' || NEW.name);
CREATE RULE also_update AS ON UPDATE TO r DO ALSO INSERT INTO log VALUES (OLD.name || ' is ' || NEW.name);
SELECT save('r', '[{"id": 7, "name": "q"}, {"id": 8, "name": "p"}]');
SELECT save('r', '[{"id": 7, "name": "q2"}, {"id": 8, "name": "p"}]');
SELECT save('r', '[{"id": 7, "name": "q2"}, {"id": 8, "name": "p"}]');
TABLE log;
CREATE RULE no_insert AS ON INSERT TO r WHERE NEW.name = 'no' DO INSTEAD NOTHING;
SELECT save('r', '[{"id": 10, "name": "no"}, {"id": 11, "name": "yes"}]');
CREATE RULE no_delete AS ON DELETE TO r DO INSTEAD UPDATE r SET name = 'gone' WHERE id = OLD.id;
SELECT save('r', '[{"id": 7}]', call => 'jsonify_delete');
TABLE r;

-- Triggers that let nothing go.
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER nothing BEFORE DELETE ON b FOR EACH ROW EXECUTE FUNCTION nothing();
SELECT save('a', '{"id": 1, "b": []}', :shape);
SELECT save('a', '{"id": 1}', :shape, call => 'jsonify_delete');
SELECT jsonify(a, :shape) FROM a WHERE id = 1;

-- UPDATE OF and statement triggers see what differs in any row of the call, and nothing where nothing does.
CREATE TABLE u (id int PRIMARY KEY, x int, y int);
CREATE TABLE calls (what text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO calls VALUES (TG_NAME); RETURN NULL; END $$;
CREATE TRIGGER of_x AFTER UPDATE OF x ON u FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER of_y AFTER UPDATE OF y ON u FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER st_insert AFTER INSERT ON u FOR EACH STATEMENT EXECUTE FUNCTION note();
CREATE TRIGGER st_update AFTER UPDATE ON u FOR EACH STATEMENT EXECUTE FUNCTION note();
CREATE TRIGGER st_delete AFTER DELETE ON u FOR EACH STATEMENT EXECUTE FUNCTION note();
SELECT save('u', '[{"id": 1, "x": 1, "y": 1}, {"id": 2, "x": 2, "y": 2}]');
SELECT save('u', '[{"id": 1, "x": 1, "y": 1}, {"id": 2, "x": 2, "y": 2}]');
SELECT save('u', '[{"id": 1, "x": 1, "y": 1}, {"id": 2, "x": 3, "y": 2}]');
SELECT save('u', '[{"id": 1, "x": 2, "y": 1}, {"id": 2, "x": 3, "y": 3}]');
TABLE calls;
-- What a trigger has against all rows of a statement is not got round by a row at a time.
CREATE FUNCTION two_at_most() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) > 2 FROM moved) THEN RAISE 'more than two at once' USING ERRCODE = TG_ARGV[0]; END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER few_new AFTER INSERT ON u REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION two_at_most('P0001');
CREATE TRIGGER few_changed AFTER UPDATE ON u REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION two_at_most('23514');
CREATE TRIGGER few_gone AFTER DELETE ON u REFERENCING OLD TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION two_at_most('P0001');
INSERT INTO u VALUES (3, 3, 3);
ALTER TABLE u ADD CHECK (y < 100);
SELECT save('u', '[{"id": 4}, {"id": 5}, {"id": 6}]');
SELECT save('u', '[{"id": 1, "x": 7}, {"id": 2, "x": 7}, {"id": 3, "x": 7}]');
SELECT save('u', '[{"id": 1, "x": 7}, {"id": 2, "x": 7}, {"id": 3, "x": 7, "y": 100}]');
SELECT save('u', '[{"id": 1}, {"id": 2}, {"id": 3}]', call => 'jsonify_delete');
SELECT save('u', '[{"id": 1, "x": 8}, {"id": 2, "x": 8}]');
TABLE u;
DROP SCHEMA t_save_triggers CASCADE;
