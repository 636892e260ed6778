-- Privileges and policies beside jsonify_save: what plain INSERT, UPDATE and DELETE would want, for what is done and for
-- nothing else; a missing privilege is itself, what a policy turns down is the document's.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE ROLE regress_jsonify_saver;
CREATE SCHEMA t_save_privileges;
GRANT USAGE ON SCHEMA t_save_privileges TO PUBLIC;
SET search_path = t_save_privileges, public;
\set saving `echo "$PG_ABS_SRCDIR/saving.sql"`
\i :saving
\pset tuples_only
\pset format unaligned
CREATE TABLE a (id int PRIMARY KEY, name text, secret text DEFAULT 's', n int, at timestamptz DEFAULT now());
CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a, body text);
CREATE TABLE tags (id int PRIMARY KEY, tag text UNIQUE);
CREATE TABLE a_tags (a_id int REFERENCES a, tag_id int REFERENCES tags, PRIMARY KEY (a_id, tag_id));
CREATE TABLE s (id serial PRIMARY KEY, x int, y int DEFAULT 7);
INSERT INTO a VALUES (1, 'a', 's', 1), (2, 'b', 's', 2);
INSERT INTO b VALUES (1, 1, 'x'), (2, 1, 'y');
INSERT INTO tags VALUES (1, 'red'), (2, 'blue');
INSERT INTO a_tags VALUES (1, 1);
GRANT SELECT (id, name, n) ON a TO regress_jsonify_saver;
GRANT SELECT ON b, s, tags, a_tags TO regress_jsonify_saver;
\set shape '\'{ id, name, n, b(write: own, missing: delete) { id, body }, tags(write: link, by: tag, missing: unlink) { tag } }\''

-- Who may read may save what is so, and plan what is not.
SET ROLE regress_jsonify_saver;
SELECT save('a', '{"id": 1, "name": "a", "n": 1, "b": [{"id": 1, "body": "x"}, {"id": 2}], "tags": [{"tag": "red"}]}', :shape);
SELECT save('a', '{"id": 1, "name": "a2"}', :shape);
SELECT save('a', '{"id": 1, "b": [{"id": 1, "body": "x2"}, {"id": 2}]}', :shape);
SELECT save('a', '{"id": 1, "b": [{"id": 1}]}', :shape);
SELECT save('a', '{"id": 1, "tags": [{"tag": "red"}, {"tag": "blue"}]}', :shape);
SELECT save('a', '{"id": 1, "tags": []}', :shape);
SELECT save('a', '[{"id": 1}, {"id": 5, "b": []}]', :shape);
SELECT save('a', '{"id": 1}', :shape, call => 'jsonify_delete');
SELECT action, relation, loc, old, new FROM jsonify_plan('a', '{"id": 1, "name": "a2", "b": [{"id": 1, "body": "x2"}, {"id": 3}], "tags": [{"tag": "blue"}]}', :shape);
-- "*" is what the role may read; all columns without a shape, too
SELECT save('a', '{"id": 1, "name": "a", "secret": "no"}', '{ * }');
SELECT save('a', '{"id": 1, "name": "a", "n": 1}');
SELECT jsonify_save('a', '{"id": 1}', '{ id, secret }');

-- UPDATE of the columns that differ.
RESET ROLE;
GRANT UPDATE (name) ON a TO regress_jsonify_saver;
SET ROLE regress_jsonify_saver;
SELECT save('a', '{"id": 1, "name": "a2", "n": 1, "b": [{"id": 1, "body": "x"}, {"id": 2}]}', :shape);
SELECT save('a', '{"id": 1, "name": "a3", "n": 2}', :shape);
SELECT save('a', '[{"id": 1, "name": "a3"}, {"id": 2, "n": 7}]', :shape);
-- INSERT of the columns that are given, or needed by others.
SELECT save('s', '{"x": 5}');
RESET ROLE;
GRANT INSERT (x) ON s TO regress_jsonify_saver;
SET ROLE regress_jsonify_saver;
SELECT save('s', '{"x": 5}');
RESET ROLE;
GRANT USAGE ON SEQUENCE s_id_seq TO regress_jsonify_saver;
SET ROLE regress_jsonify_saver;
SELECT save('s', '{"x": 5}');
SELECT save('s', '[{"x": 5}, {"x": 6, "y": 6}]');
-- DELETE only if something goes.
RESET ROLE;
GRANT DELETE ON b, a_tags TO regress_jsonify_saver;
SET ROLE regress_jsonify_saver;
SELECT save('a', '{"id": 1, "b": [{"id": 1}], "tags": []}', :shape);
SELECT save('a', '{"id": 1}', :shape, call => 'jsonify_delete');
-- Who may only insert.
RESET ROLE;
CREATE TABLE drop_box (id serial PRIMARY KEY, name text, secret text DEFAULT 's');
CREATE TABLE drops (id serial PRIMARY KEY, box_id int REFERENCES drop_box, what text);
GRANT INSERT ON drop_box, drops TO regress_jsonify_saver;
GRANT USAGE ON SEQUENCE drop_box_id_seq, drops_id_seq TO regress_jsonify_saver;
SET ROLE regress_jsonify_saver;
SELECT save('drop_box', '{"name": "x", "drops": [{"what": "y"}]}', '{ name, drops(write: own) { what } }', '{"mode": "insert", "return": "none"}');
SELECT save('drop_box', '{"name": "all", "drops": [{"what": "of it"}]}', '{ *, drops(write: own) { * } }', '{"mode": "insert", "return": "none"}');
SELECT save('drop_box', '{"name": "no shape"}', NULL, '{"mode": "insert", "return": "none"}');
SELECT save('drop_box', '{"name": "x"}', '{ name }', '{"mode": "insert"}');
SELECT save('drop_box', '{"name": "x"}', '(by: id) { id, name }', '{"return": "none"}');
RESET ROLE;
SELECT name, secret, what FROM drop_box LEFT JOIN drops ON box_id = drop_box.id ORDER BY drop_box.id;
-- A privilege that comes or goes counts at once.
REVOKE DELETE ON b FROM regress_jsonify_saver;
GRANT INSERT ON b TO regress_jsonify_saver;
SET ROLE regress_jsonify_saver;
SELECT save('a', '{"id": 1, "b": []}', :shape);
SELECT save('a', '{"id": 1, "b": [{"id": 1}, {"id": 9, "body": "new"}]}', :shape);
RESET ROLE;
SELECT id, name, secret, n FROM a ORDER BY id;
SELECT * FROM b ORDER BY id;

-- Policies.
CREATE TABLE t (id int PRIMARY KEY, owner text, body text, tenant int);
CREATE TABLE tc (id int PRIMARY KEY, t_id int REFERENCES t, body text);
INSERT INTO t VALUES (1, 'regress_jsonify_saver', 'mine', 1), (2, 'other', 'theirs', 1), (3, 'hidden', 'h', 2);
INSERT INTO tc VALUES (1, 1, 'c'), (2, 2, 'd'), (3, 1, 'locked');
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
ALTER TABLE tc ENABLE ROW LEVEL SECURITY;
CREATE POLICY see ON t FOR SELECT USING (tenant = 1);
CREATE POLICY mine ON t FOR UPDATE USING (owner = current_user) WITH CHECK (body <> 'forbidden');
CREATE POLICY come ON t FOR INSERT WITH CHECK (owner = current_user);
CREATE POLICY go ON t FOR DELETE USING (owner = current_user);
CREATE POLICY c ON tc USING (body <> 'locked');
GRANT ALL ON t, tc TO regress_jsonify_saver;
SET ROLE regress_jsonify_saver;
\set shape '\'{ id, owner, body, tenant, tc(write: own, missing: delete) { id, body } }\''
SELECT save('t', '{"id": 1, "body": "new"}', :shape);
SELECT save('t', '{"id": 2, "owner": "other", "body": "theirs"}', :shape);
SELECT save('t', '[{"id": 1, "body": "newer"}, {"id": 2, "body": "new"}]', :shape);
SELECT save('t', '[{"id": 1, "body": "forbidden"}, {"id": 2, "body": "x"}, {"id": 10, "owner": "me"}, {"id": 11, "owner": "regress_jsonify_saver", "tenant": 1}]', :shape);
-- a row that is not seen is not found, so it would be new; one that is not seen afterwards is refused
SELECT save('t', '{"id": 3, "body": "new"}', :shape);
SELECT save('t', '{"id": 3, "owner": "regress_jsonify_saver", "body": "new"}', :shape);
SELECT save('t', '{"id": 12, "body": "x", "owner": "regress_jsonify_saver", "tenant": 2}', :shape);
SELECT save('t', '{"id": 1, "tenant": 2}', :shape);
SELECT save('t', '{"id": 2}', :shape, call => 'jsonify_delete');
SELECT save('t', '{"id": 2, "tc": [{"id": 2, "body": "dd"}, {"id": 9, "body": "locked"}]}', :shape);
SELECT save('t', '{"id": 2, "tc": [{"id": 2, "body": "dd"}]}', :shape);
-- what is not seen is in nobody's list, and is not missing
SELECT save('t', '{"id": 1, "tc": []}', :shape);
SELECT save('t', '{"id": 1}', :shape, call => 'jsonify_delete');
RESET ROLE;
SELECT * FROM t ORDER BY id;
SELECT * FROM tc ORDER BY id;

-- A view whose owner may write its table, but not UPDATE it: rows are not locked there, and what needs no UPDATE is done.
CREATE ROLE regress_jsonify_owner;
GRANT CREATE ON SCHEMA t_save_privileges TO regress_jsonify_owner;
CREATE TABLE base (id int PRIMARY KEY, name text);
GRANT SELECT, INSERT ON base TO regress_jsonify_owner;
SET ROLE regress_jsonify_owner;
CREATE VIEW seen AS SELECT id, name FROM base;
GRANT SELECT, INSERT, UPDATE ON seen TO regress_jsonify_saver;
SET ROLE regress_jsonify_saver;
SELECT save('seen', '{"id": 1, "name": "a"}', '(by: id) { id, name, version: @etag }') ~ 'version';
SELECT save('seen', jsonify_find('seen', '(by: id) { id, name, version: @etag }'), '(by: id) { id, name, version: @etag }') ~ 'version';
SELECT save('seen', '[{"id": 1, "name": "b"}, {"id": 2, "name": "c"}]', '(by: id) { id, name }');
RESET ROLE;
GRANT UPDATE (name) ON base TO regress_jsonify_owner;
SET ROLE regress_jsonify_saver;
SELECT save('seen', '[{"id": 1, "name": "b"}, {"id": 2, "name": "c"}]', '(by: id) { id, name }');
RESET ROLE;
REVOKE UPDATE ON seen FROM regress_jsonify_saver;
SET ROLE regress_jsonify_saver;
SELECT save('seen', '[{"id": 1, "name": "b"}, {"id": 3, "name": "c"}]', '(by: id) { id, name }');
RESET ROLE;
-- What a policy writes while rows are locked is seen before they are written.
CREATE TABLE p (id int PRIMARY KEY, body text);
CREATE TABLE pc (id int PRIMARY KEY, p_id int REFERENCES p, body text);
CREATE SEQUENCE asked;
CREATE FUNCTION meddle() RETURNS bool SECURITY DEFINER LANGUAGE plpgsql AS $$
BEGIN
  IF nextval('t_save_privileges.asked') = 2 THEN
    UPDATE t_save_privileges.pc SET body = 'meddled';
  END IF;
  RETURN true;
END$$;
INSERT INTO p VALUES (1, 'a');
INSERT INTO pc VALUES (1, 1, 'c');
ALTER TABLE p ENABLE ROW LEVEL SECURITY;
CREATE POLICY m ON p USING (meddle());
GRANT ALL ON p, pc TO regress_jsonify_saver;
SET ROLE regress_jsonify_saver;
SELECT save('p', '{"id": 1, "body": "b", "pc": [{"id": 1, "body": "c"}]}', '{ id, body, pc(write: own, missing: delete) { id, body } }');
RESET ROLE;
SELECT body FROM pc;
DROP SCHEMA t_save_privileges CASCADE;
DROP ROLE regress_jsonify_owner;
DROP ROLE regress_jsonify_saver;
