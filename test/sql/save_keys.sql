-- Keys of every kind beside jsonify_save: composite ones, those to unique columns, of other types, that cascade,
-- with NULLs in them, in circles.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_save_keys;
SET search_path = t_save_keys, public;
\set saving `echo "$PG_ABS_SRCDIR/saving.sql"`
\i :saving
\pset tuples_only
\pset format unaligned

-- A composite key has its tenant in common with the row: of a link that is cleared that stays.
CREATE TABLE people (tenant int, id int, name text, PRIMARY KEY (tenant, id));
CREATE TABLE docs (tenant int NOT NULL, id int, owner_id int, title text, PRIMARY KEY (tenant, id),
  CONSTRAINT owner FOREIGN KEY (tenant, owner_id) REFERENCES people);
INSERT INTO people VALUES (1, 1, 'a'), (1, 2, 'b'), (2, 1, 'c');
\set shape '\'{ tenant, id, title, owner(write: link) { tenant, id } }\''
SELECT save('docs', '{"tenant": 1, "id": 1, "title": "t", "owner": {"tenant": 1, "id": 2}}', :shape);
SELECT save('docs', '{"tenant": 1, "id": 1, "owner": null}', :shape);
SELECT save('docs', '{"tenant": 1, "id": 2, "title": "u", "owner": null}', :shape);
SELECT save('docs', '{"tenant": 1, "id": 3, "owner": {"tenant": 2, "id": 1}}', :shape);
-- a new row's tenant is that of its owner
SELECT save('docs', '{"id": 3, "owner": {"tenant": 2, "id": 1}}', '{ id, title, owner(write: link) { tenant, id } }');
\set shape '\'{ tenant, id, name, docs(write: link, missing: unlink) { tenant, id } }\''
SELECT save('people', '{"tenant": 1, "id": 1, "docs": [{"tenant": 1, "id": 1}, {"tenant": 1, "id": 2}]}', :shape);
SELECT save('people', '{"tenant": 1, "id": 1, "docs": [{"tenant": 1, "id": 2}]}', :shape);
SELECT save('people', '{"tenant": 1, "id": 1, "docs": [{"tenant": 2, "id": 3}]}', :shape);
SELECT * FROM docs ORDER BY tenant, id;

-- A key to a unique column that is not the primary key, of another type, that cascades: rows below keep what the
-- shape does not show, be it that the document changes the key.
CREATE TABLE units (id serial PRIMARY KEY, code int UNIQUE NOT NULL, name text);
CREATE TABLE works (unit bigint REFERENCES units (code) ON UPDATE CASCADE ON DELETE SET NULL, n int, note text, hidden text DEFAULT 'h', UNIQUE (unit, n));
CREATE TABLE parts (unit bigint, n int, part int, name text, hidden text DEFAULT 'h', PRIMARY KEY (unit, n, part),
  FOREIGN KEY (unit, n) REFERENCES works (unit, n) ON UPDATE CASCADE ON DELETE CASCADE);
\set shape '\'{ id, code, name, works(write: own, missing: delete) { n, note, parts(write: own, missing: delete) { part, name } } }\''
SELECT save('units', '{"code": 7, "works": [{"n": 1, "parts": [{"part": 1, "name": "p"}]}, {"n": 2}]}', :shape);
UPDATE works SET hidden = 'kept';
UPDATE parts SET hidden = 'kept';
SELECT save('units', '{"id": 1, "works": [{"n": 1, "note": "x"}, {"n": 3}]}', :shape);
SELECT save('units', '{"id": 1, "code": 8, "works": [{"n": 1, "note": "y", "parts": [{"part": 1, "name": "q"}, {"part": 2}]}, {"n": 4}]}', :shape);
SELECT save('units', '{"id": 1, "code": 9}', :shape);
TABLE works;
TABLE parts;
-- one that does not cascade is changed together with what it leads to, or, where it is deferred, after that
CREATE TABLE stiff (unit int REFERENCES units (code), n int, note text, hidden text DEFAULT 'h', PRIMARY KEY (unit, n));
INSERT INTO stiff VALUES (9, 1, 'a', 'kept');
SELECT save('units', '{"id": 1, "code": 10}', '{ id, code, stiff(write: own) { n, note } }');
SELECT save('units', '{"id": 1, "code": 10, "stiff": [{"n": 1, "note": "b"}]}', '{ id, code, stiff(write: own) { n, note } }');
ALTER TABLE stiff ALTER CONSTRAINT stiff_unit_fkey DEFERRABLE INITIALLY DEFERRED;
SELECT save('units', '{"id": 1, "code": 11, "stiff": [{"n": 1, "note": "c"}]}', '{ id, code, stiff(write: own) { n, note } }');
TABLE stiff;
DELETE FROM stiff;
-- a row that goes takes along what its keys say; what the shape does not write is theirs
SELECT save('units', '{"id": 1}', '{ id, works { n } }', call => 'jsonify_delete');
TABLE works;

-- A circle of keys is closed by an UPDATE, and opened by one before a row of it goes.
CREATE TABLE teams (id serial PRIMARY KEY, name text, captain_id int);
CREATE TABLE members (id serial PRIMARY KEY, team_id int NOT NULL REFERENCES teams, name text UNIQUE);
ALTER TABLE teams ADD CONSTRAINT captain FOREIGN KEY (captain_id) REFERENCES members;
CREATE TABLE log (what text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO log VALUES (TG_OP || ' ' || NEW.name || ', captain ' || coalesce(NEW.captain_id::text, 'none'));
  RETURN NULL;
END $$;
CREATE TRIGGER note AFTER INSERT OR UPDATE ON teams FOR EACH ROW EXECUTE FUNCTION note();
\set shape '\'{ id, name, captain(write: link, by: name) { name }, members(via: team_id, write: own, missing: delete) { id, name } }\''
SELECT save('teams', '{"name": "t", "captain": {"name": "bob"}, "members": [{"name": "ann"}, {"name": "bob"}]}', :shape);
SELECT save('teams', '[{"name": "u", "captain": {"name": "cid"}, "members": [{"name": "cid"}]},
                       {"name": "v", "captain": {"name": "cid"}, "members": [{"name": "dan"}]}]', :shape);
SELECT save('teams', '{"id": 1, "captain": {"name": "eve"}, "members": [{"id": 1, "name": "ann"}, {"name": "eve"}]}', :shape);
SELECT save('teams', '{"id": 1, "captain": {"name": "ann"}, "members": [{"id": 1, "name": "ann"}]}', :shape);
SELECT save('teams', '{"id": 1, "captain": {"name": "nobody"}}', :shape);
SELECT save('teams', '{"id": 1, "captain": null, "members": []}', :shape);
-- one that another team has as its captain stays
SELECT save('teams', '{"id": 2, "captain": null, "members": []}', :shape);
SELECT save('teams', '[{"id": 2}, {"id": 3}]', :shape, call => 'jsonify_delete');
TABLE log;
TABLE members;
-- Where the keys are deferred it needs none; where they cannot be NULL, they must be.
CREATE TABLE bands (id serial PRIMARY KEY, name text, leader_id int NOT NULL);
CREATE TABLE players (id serial PRIMARY KEY, band_id int NOT NULL REFERENCES bands, name text UNIQUE);
ALTER TABLE bands ADD CONSTRAINT leader FOREIGN KEY (leader_id) REFERENCES players DEFERRABLE;
\set shape '\'{ id, name, leader(write: link, by: name) { name }, players(via: band_id, write: own, missing: delete) { id, name } }\''
SELECT save('bands', '{"name": "b", "leader": {"name": "bob"}, "players": [{"name": "ann"}, {"name": "bob"}]}', :shape);
BEGIN;
SET CONSTRAINTS leader DEFERRED;
SELECT save('bands', '{"name": "b", "leader": {"name": "bob"}, "players": [{"name": "ann"}, {"name": "bob"}]}', :shape);
COMMIT;
ALTER TABLE bands ALTER CONSTRAINT leader DEFERRABLE INITIALLY DEFERRED;
SELECT save('bands', '{"name": "c", "leader": {"name": "cid"}, "players": [{"name": "cid"}, {"name": "dan"}]}', :shape);
SELECT save('bands', (SELECT jsonb_agg(jsonb_build_object('id', id)) FROM bands), :shape, call => 'jsonify_delete');
-- A row that another one owns over a to-one relation may have to lead to that: it is inserted after it, then, and the
-- key that leads to it is set by an UPDATE. So does what is below it, and three that lead round.
CREATE TABLE shops (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, name text, head_id int);
CREATE TABLE clerks (id int GENERATED BY DEFAULT AS IDENTITY (START 10) PRIMARY KEY, shop_id int NOT NULL REFERENCES shops, name text UNIQUE);
CREATE TABLE badges (id int GENERATED BY DEFAULT AS IDENTITY (START 100) PRIMARY KEY, clerk_id int NOT NULL REFERENCES clerks, name text);
ALTER TABLE shops ADD CONSTRAINT head FOREIGN KEY (head_id) REFERENCES clerks;
CREATE FUNCTION note_any() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO log VALUES (TG_OP || ' ' || TG_TABLE_NAME || ' ' || to_jsonb(NEW)::text);
  RETURN NULL;
END $$;
CREATE TRIGGER note AFTER INSERT OR UPDATE ON shops FOR EACH ROW EXECUTE FUNCTION note_any();
CREATE TRIGGER note AFTER INSERT OR UPDATE ON clerks FOR EACH ROW EXECUTE FUNCTION note_any();
CREATE TRIGGER note AFTER INSERT OR UPDATE ON badges FOR EACH ROW EXECUTE FUNCTION note_any();
TRUNCATE log;
\set shape '\'{ id, name, head(write: own) { id, name, shop(write: link) { id }, badges(write: own) { id, name } } }\''
SELECT save('shops', '[{"id": 5, "head": {"name": "eve", "shop": {"id": 5}, "badges": [{"name": "x"}]}}, {"id": 6, "head": {"name": "ann", "shop": {"id": 5}}}]',
            :shape, '{"mode": "insert"}');
TABLE log;
SELECT save('shops', '{"name": "s", "head": {"name": "cid"}, "clerks": [{"name": "cid"}]}',
            '{ id, name, head(write: own) { id, name }, clerks(via: shop_id, write: link, by: name) { name } }');
-- what is wrong beside it is told, and nothing else
SELECT save('shops', '[{"id": 7, "head": {"name": "eve", "shop": {"id": 7}}}, {"id": 8, "head": {"name": "fay", "shop": {"id": 8}}}]', :shape, '{"mode": "insert"}');
CREATE TABLE p (id int PRIMARY KEY, q_id int);
CREATE TABLE q (id int PRIMARY KEY, r_id int NOT NULL);
CREATE TABLE r (id int PRIMARY KEY, p_id int NOT NULL REFERENCES p);
ALTER TABLE p ADD CONSTRAINT to_q FOREIGN KEY (q_id) REFERENCES q;
ALTER TABLE q ADD CONSTRAINT to_r FOREIGN KEY (r_id) REFERENCES r;
SELECT save('p', '{"id": 1, "q": {"id": 2, "r": {"id": 3}}, "r": [{"id": 3}]}',
            '{ id, q(write: own) { id, r(write: own) { id } }, r(write: link) { id } }');
SELECT save('p', '[{"id": 11, "q": {"id": 12, "r": {"id": 13, "p": {"id": 11}}}}, {"id": 21, "q": {"id": 22, "r": {"id": 23, "p": {"id": 11}}}}]',
            '{ id, q(write: own) { id, r(write: own) { id, p(write: link) { id } } } }');
SELECT p.id, q.id, r.id, p_id FROM p JOIN q ON q.id = q_id JOIN r ON r.id = r_id ORDER BY 1;
-- A table that references itself.
CREATE TABLE cats (id serial PRIMARY KEY, name text UNIQUE, parent_id int REFERENCES cats);
\set shape '\'{ id, name, kids: cats(via: parent_id, recurse: 3, write: own, missing: delete) }\''
SELECT save('cats', '{"name": "root", "kids": [{"name": "a", "kids": [{"name": "aa"}]}, {"name": "b"}]}', :shape);
-- a name that one gives up for another at another level
SELECT save('cats', '{"id": 1, "name": "z", "kids": [{"id": 2, "name": "root"}, {"id": 3, "name": "a"}]}', :shape);
SELECT save('cats', '{"id": 1, "kids": [{"id": 2, "kids": []}, {"name": "aa"}]}', :shape);
-- one that a row which stays gives up for a new one, at whatever level
SELECT save('cats', '[{"name": "aa"}, {"id": 1, "kids": [{"id": 2}, {"id": 5, "name": "bb"}]}]', :shape);
SELECT save('cats', '[{"id": 1, "name": "zz", "kids": [{"id": 2}, {"id": 5, "kids": [{"name": "z"}]}]}]', :shape);
SELECT save('cats', '[{"name": "x", "parent": {"name": "y"}}, {"name": "y", "parent": {"name": "x"}}, {"name": "me", "parent": {"name": "me"}}]',
            '{ id, name, parent(write: link, by: name) { name } }');
SELECT save('cats', '{"name": "kid", "parent": {"name": "dad", "parent": {"name": "granddad"}}}',
            '{ id, name, parent(write: own) { id, name, parent(write: own) { id, name } } }');
SELECT save('cats', '{"id": 1}', :shape, call => 'jsonify_delete');
SELECT name, (SELECT p.name FROM cats p WHERE p.id = c.parent_id) FROM cats c ORDER BY id;

-- NULLs in keys recognize nothing, so there can be none in those that rows are recognized by.
CREATE TABLE loose (a int, b int, v text, UNIQUE (a, b));
INSERT INTO loose VALUES (1, NULL, 'x');
SELECT save('loose', '[{"a": 1, "b": 2, "v": "z"}, {"a": 1, "b": 2, "v": "z"}]', '(by: (a, b)) { a, b, v }');
SELECT save('loose', '[{"a": 1, "b": 2, "v": "z1"}, {"a": 1, "b": 2, "v": "z2"}]', '(by: (a, b)) { a, b, v }');
SELECT save('loose', '[{"a": 1, "b": 2, "v": "y"}, {"a": 2, "b": 2, "v": "y"}]', '{ a, b, v }');
SELECT save('loose', '[{"a": 1, "b": null, "v": "y"}]', '(by: (a, b)) { a, b, v }');
SELECT save('loose', '[{"a": 1, "b": null, "v": "y"}]', '(by: (a, b)) { a, b, v }', '{"return": "none"}');
SELECT * FROM loose ORDER BY a, b, v;
-- What recognizes a row may be NULL in some: those are there all the same.
CREATE TABLE owners (id serial PRIMARY KEY);
CREATE TABLE cards (id serial PRIMARY KEY, owner_id int UNIQUE REFERENCES owners, nick text UNIQUE, v int);
CREATE TABLE keys (id serial PRIMARY KEY, owner_id int REFERENCES owners, nick text UNIQUE, v int);
INSERT INTO owners DEFAULT VALUES;
INSERT INTO cards (owner_id, v) VALUES (1, 5);
INSERT INTO keys (owner_id, v) VALUES (1, 5), (1, 6);
SELECT save('owners', '{"id": 1, "cards": {"v": 6}}', '{ id, cards(write: own, by: nick) { nick, v } }');
SELECT save('owners', '{"id": 1, "keys": [{"nick": "x"}]}', '{ id, keys(write: own, by: nick) { nick, v } }');
SELECT save('owners', '{"id": 1, "keys": [{"nick": "x"}]}', '{ id, keys(write: own, by: nick, missing: unlink) { nick, v } }');
SELECT * FROM keys ORDER BY id;
UPDATE keys SET owner_id = 1;
SELECT save('owners', '{"id": 1, "keys": [{"nick": "x"}]}', '{ id, keys(write: own, by: nick, missing: delete) { nick, v } }');
SELECT * FROM keys ORDER BY id;
-- What is there already follows a key that changes, and that is planned.
CREATE TABLE desks (code text PRIMARY KEY, n int UNIQUE);
CREATE TABLE drawers (id int PRIMARY KEY, desk text REFERENCES desks DEFERRABLE INITIALLY DEFERRED);
INSERT INTO desks VALUES ('a', 1);
INSERT INTO drawers VALUES (1, 'a'), (2, 'a');
\set desk '\'(by: n) { n, code, drawers(write: own) { id } }\''
SELECT action, relation, loc, key FROM jsonify_plan('desks', '{"n": 1, "code": "b", "drawers": [{"id": 1}, {"id": 2}]}', :desk);
SELECT save('desks', '{"n": 1, "code": "b", "drawers": [{"id": 1}, {"id": 2}]}', :desk);

-- An index that tells apart what is the same to the column recognizes nothing: several rows would be written for one.
CREATE TYPE amount AS (n numeric);
CREATE TABLE prices (a amount NOT NULL, note text);
CREATE UNIQUE INDEX ON prices (a record_image_ops);
INSERT INTO prices VALUES ('(1.0)', 'first'), ('(1.00)', 'second');
SELECT save('prices', '{"a": {"n": 1.0}, "note": "new"}', '(by: a) { a, note }');
SELECT * FROM prices;

-- A deferrable key does not hold until it is checked: nobody else's rows are written for a document's, nor both of two.
CREATE TABLE boxes (id int PRIMARY KEY);
CREATE TABLE items (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, box_id int REFERENCES boxes, note text);
CREATE TABLE kinds (id int PRIMARY KEY);
CREATE TABLE item_kinds (box_id int REFERENCES boxes, kind_id int REFERENCES kinds, PRIMARY KEY (box_id, kind_id) DEFERRABLE INITIALLY DEFERRED);
INSERT INTO boxes VALUES (1), (2);
INSERT INTO kinds VALUES (1), (2);
BEGIN;
INSERT INTO items VALUES (1, 1, 'one'), (1, 2, 'another'), (2, 1, 'two');
INSERT INTO item_kinds VALUES (1, 1), (1, 1);
SELECT jsonify(b, '{ id, items { id, note }, kinds: kinds.id }') FROM boxes b WHERE id = 1;
SELECT save('items', '{"id": 1, "note": "new"}', '{ id, note }');
\set items '\'{ id, items(write: own, missing: delete) { id, note } }\''
SELECT save('boxes', '{"id": 1, "items": [{"id": 1, "note": "new"}, {"id": 2, "note": "two"}]}', :items);
SELECT save('boxes', '{"id": 1, "items": [{"id": 1, "note": "new"}, {"id": 2, "note": "new"}]}', :items);
SELECT save('boxes', '{"id": 1, "items": [{"id": 2, "note": "two"}]}', :items);
SELECT save('boxes', '{"id": 1}', :items, call => 'jsonify_delete');
SELECT save('boxes', '{"id": 1, "items": [{"id": 1, "note": "one"}, {"id": 2, "note": "new"}]}', :items);
SELECT save('boxes', '{"id": 1, "kinds": []}', '{ id, kinds(write: link, missing: unlink) { id } }');
TABLE items;
TABLE item_kinds;
ROLLBACK;
-- A rule makes of a statement what it likes.
CREATE VIEW things AS SELECT id, box_id, note FROM items;
INSERT INTO items VALUES (1, 1, 'same'), (2, 2, 'same');
CREATE RULE change AS ON UPDATE TO things DO INSTEAD UPDATE items SET note = NEW.note;
SELECT save('things', '{"id": 1, "note": "new"}', '(by: id) { id, note }');
TABLE items;
-- A key that does not fit where it is to lead from is the document's fault: of a new row, of one that is there, and of a link.
CREATE TABLE big (id bigint PRIMARY KEY, code text UNIQUE);
CREATE TABLE small (id int PRIMARY KEY, big_id int REFERENCES big, no int, UNIQUE (big_id, no));
INSERT INTO big VALUES (6000000000, 'there');
SELECT save('big', '[{"id": 5000000000, "code": "a", "small": [{"id": 1}]}, {"id": 5, "code": "b", "small": [{"id": 2}]}]', '{ id, code, small(write: own) { id } }');
SELECT save('big', '{"id": 6000000000, "small": [{"id": 1}]}', '{ id, small(write: own) { id } }');
SELECT save('big', '{"id": 6000000000, "small": [{"no": 1}], "code": "new"}', '{ id, code, small(write: own, by: no) { no } }');
SELECT save('small', '{"id": 1, "big": {"code": "there"}}', '{ id, big(write: link, by: code) { code } }');
SELECT loc, error ->> 'type' FROM jsonify_plan('small', '{"id": 1, "big": {"id": 7000000000}}', '{ id, big(write: own) { id } }');
SELECT save('big', '{"id": 6000000000, "small": []}', '{ id, small(write: own) { id } }');
-- A row that is to be led to needs the column that the key has, if that is not the one by which it is known.
CREATE TABLE areas (name text PRIMARY KEY, a int, b int, UNIQUE (a, b));
CREATE TABLE sites (id int PRIMARY KEY, a int, b int, FOREIGN KEY (a, b) REFERENCES areas (a, b));
SELECT save('sites', '{"id": 1, "areas": {"name": "n", "a": 3}}', '{ id, areas(write: own) { name, a, b } }');
SELECT save('sites', '{"id": 1, "areas": {"name": "n", "a": 3, "b": 4}}', '{ id, areas(write: own) { name, a, b } }');

DROP SCHEMA t_save_keys CASCADE;
