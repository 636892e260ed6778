-- Views beside jsonify_save: those that PostgreSQL writes through, with check options, INSTEAD OF triggers and rules;
-- what they make by themselves is shown only, and what cannot be written is told when the shape is read.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_save_views;
SET search_path = t_save_views, public;
\set saving `echo "$PG_ABS_SRCDIR/saving.sql"`
\i :saving
\pset tuples_only
\pset format unaligned
CREATE TABLE a (id serial PRIMARY KEY, name text UNIQUE CONSTRAINT not_bad CHECK (name <> 'bad'), kind text DEFAULT 'k', n int);

-- A view that is simple enough: the key is that of its table, made there.
CREATE VIEW v AS SELECT id, name AS title, n, n * 2 AS twice FROM a WHERE n > 0 WITH CHECK OPTION;
\set shape '\'(by: id) { id, title, n, twice }\''
SELECT save('v', '[{"title": "x", "n": 1}, {"title": "y", "n": 2}]', :shape);
SELECT save('v', '{"id": 1, "title": "x1", "n": 1, "twice": 2}', :shape);
SELECT save('v', '[{"id": 1, "twice": 3}, {"title": "z", "n": 1, "twice": 2}]', :shape);
SELECT save('v', '[{"id": 1, "n": 0}, {"id": 2, "title": "bad"}, {"title": "z", "n": -1}, {"title": "bad", "n": 1}]', :shape);
SELECT save('v', '{"title": "y", "n": 3}', '(by: title) { title, n }');
SELECT save('v', '{"id": 2}', :shape, call => 'jsonify_delete');
SELECT * FROM a ORDER BY id;
-- INSTEAD OF triggers.
CREATE VIEW t AS SELECT id, upper(name) AS name, n FROM a;
CREATE FUNCTION instead() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.name = 'refuse' THEN
    RETURN NULL;
  ELSIF TG_OP = 'INSERT' THEN
    INSERT INTO a (name, n) VALUES (lower(NEW.name), NEW.n) RETURNING id INTO NEW.id;
  ELSIF TG_OP = 'UPDATE' THEN
    UPDATE a SET name = lower(NEW.name), n = NEW.n WHERE id = OLD.id;
  ELSE
    DELETE FROM a WHERE id = OLD.id;
    RETURN OLD;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER instead INSTEAD OF INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION instead();
\set shape '\'(by: id) { id, name, n }\''
SELECT save('t', '[{"name": "P", "n": 1}, {"name": "Q", "n": 2}]', :shape);
SELECT save('t', '[{"name": "X1", "n": 9}, {"name": "Q", "n": 2}]', '(by: name) { name, n }');
SELECT save('t', '[{"id": 1, "name": "refuse"}, {"id": 3, "n": 4}, {"name": "refuse", "n": 1}]', :shape);
SELECT save('t', '[{"id": 1, "name": "BAD"}, {"name": "BAD", "n": 1}]', :shape);
SELECT save('t', '[{"name": "P"}, {"name": "Q"}]', '(by: name) { id, name, n }', call => 'jsonify_delete');

-- Rules.
CREATE VIEW r AS SELECT id, name || '' AS name, n FROM a;
CREATE RULE r_insert AS ON INSERT TO r DO INSTEAD INSERT INTO a (id, name, n) VALUES (NEW.id, NEW.name, NEW.n);
CREATE RULE r_update AS ON UPDATE TO r DO INSTEAD UPDATE a SET name = NEW.name, n = NEW.n WHERE id = OLD.id;
SELECT save('r', '[{"id": 100, "name": "hundred"}, {"id": 1, "name": "one"}]', :shape);
SELECT save('r', '{"name": "no key"}', :shape);
SELECT save('r', '{"id": 100}', :shape, call => 'jsonify_delete');
CREATE OR REPLACE RULE r_insert AS ON INSERT TO r DO INSTEAD INSERT INTO a (name, n) VALUES (NEW.name, NEW.n) RETURNING id, name, n;
SELECT save('r', '{"name": "told by the rule"}', '(by: name) { name, n }');
SELECT save('r', '{"name": "told, too"}', :shape) ~ 'told, too';

-- What one row says and another one does not has the default of the table there, or of a view between.
CREATE VIEW d AS SELECT id, name, kind AS sort, n FROM a;
CREATE VIEW dd AS SELECT n, sort, name, id FROM d;
ALTER VIEW d ALTER n SET DEFAULT 7;
SELECT save('d', '[{"name": "d1", "sort": "s", "n": 1}, {"name": "d2"}]', '(by: name) { name, sort, n }');
SELECT save('dd', '[{"id": 91, "name": "d3", "sort": "s", "n": 1}, {"name": "d4"}]', '(by: name) { id, name, sort, n }', '{"mode": "insert"}') ~ '"sort": "k"';
ALTER TABLE a ALTER kind SET DEFAULT 'other';
SELECT save('dd', '[{"name": "d5", "sort": "s", "n": 1}, {"name": "d6"}]', '(by: name) { name, sort, n }');
SELECT name, kind, n, id IS NOT NULL FROM a WHERE name ~ '^d' ORDER BY name;
DELETE FROM a WHERE name ~ '^d';
ALTER TABLE a ALTER kind SET DEFAULT 'k';

-- What cannot be written, and what nothing recognizes.
CREATE VIEW g AS SELECT kind, count(*) AS n FROM a GROUP BY kind;
CREATE MATERIALIZED VIEW m AS SELECT * FROM a;
\set SHOW_CONTEXT never
SELECT jsonify_save('g', '{"kind": "x"}', '(by: kind) { kind }');
SELECT jsonify_save('m', '{"id": 1}', '(by: id) { id }');
SELECT jsonify_save('v', '{"id": 1}', '{ id }');
SELECT jsonify_save('v', '{"id": 1}');
SELECT jsonify_plan('g', '{"kind": "x"}', '(by: kind) { kind }');
SELECT save('v', '{"title": "w"}', '(by: title) { title }');
DROP SCHEMA t_save_views CASCADE;
