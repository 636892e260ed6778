-- Keys that change in the call, and what leads to them: by the new key, or by another one of the row.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_save_changed_keys;
SET search_path = t_save_changed_keys, public;
\set helpers `echo "$PG_ABS_SRCDIR/save_helpers.sql"`
\i :helpers
\pset format unaligned
\pset tuples_only on

CREATE TABLE codes (id int PRIMARY KEY, code text UNIQUE, name text);
CREATE TABLE items (id int PRIMARY KEY, a text REFERENCES codes (code), b text REFERENCES codes (code) ON UPDATE CASCADE);
INSERT INTO codes VALUES (1, 'a', 'A'), (2, 'b', 'B'), (3, 'c', 'C');
INSERT INTO items VALUES (1, NULL, NULL), (2, 'b', 'b'), (3, NULL, 'c');
\set items 'SELECT * FROM items ORDER BY id'
-- A link by another key than the one that changes, and by that.
\set by_id '{ id, code, items(via: items_b_fkey, write: own, missing: keep) { id, to: items_a_fkey(write: link) { id } } }'
\set by_code '{ id, code, items(via: items_b_fkey, write: own, missing: keep) { id, to: items_a_fkey(write: link, by: code) { code } } }'
SELECT saved('codes', '[{"id": 3, "items": [{"id": 3, "to": {"id": 1}}]}, {"id": 1, "code": "A2"}]', :'by_id', look => :'items');
SELECT saved('codes', '[{"id": 1, "code": "A2"}, {"id": 3, "items": [{"id": 3, "to": {"id": 1}}, {"id": 4, "to": {"id": 1}}]}]', :'by_id', look => :'items');
SELECT saved('codes', '[{"id": 3, "items": [{"id": 3, "to": {"code": "A2"}}]}, {"id": 1, "code": "A2"}]', :'by_code', look => :'items');
-- The key of before says otherwise of the row; unless another row has it from now on.
SELECT saved('codes', '[{"id": 3, "items": [{"id": 3, "to": {"code": "a"}}]}, {"id": 1, "code": "A2"}]', :'by_code');
SELECT saved('codes', '[{"id": 3, "items": [{"id": 3, "to": {"code": "a"}}]}, {"id": 1, "code": "A2"}, {"id": 9, "code": "a"}]', :'by_code', look => :'items');
SELECT saved('users', '{"id": 1, "email": "new@x", "posts": [{"id": 1, "author": {"email": "a@x"}}, {"id": 2}]}',
  '{ id, email, posts(write: own) { id, author(write: link, by: email) { email } } }');
SELECT saved('users', '{"id": 1, "email": "new@x", "posts": [{"id": 1, "author": {"email": "new@x"}}, {"id": 2}]}',
  '{ id, email, posts(write: own) { id, author(write: link, by: email) { email } } }');
-- What leads there already follows: by a cascade, or by letting go before.
\set root '{ id, a: items_a_fkey(write: own) { id, code }, b: items_b_fkey(write: link) { id } }'
SELECT saved('items', '{"id": 2, "a": {"id": 2, "code": "B2"}}', :'root', look => :'items');
SELECT saved('items', '{"id": 2, "a": {"id": 2, "code": "B2"}, "b": {"id": 2}}', :'root', look => :'items');
SELECT saved('items', '[{"id": 2, "a": {"id": 2, "code": "B2"}}, {"id": 1, "b": {"id": 2}}]', :'root', look => :'items');
SELECT saved('codes', '{"id": 2, "code": "B2", "items": [{"id": 2}]}', '{ id, code, items(via: items_a_fkey, write: own) { id } }', look => :'items');
SELECT saved('codes', '{"id": 2, "code": "B2", "items": [{"id": 2}]}', '{ id, code, items(via: items_a_fkey, write: link) { id } }', look => :'items');
-- What the documents do not say stands in the way, and is told once.
SELECT saved('codes', '[{"id": 2, "code": "B2"}, {"id": 3, "items": [{"id": 3, "to": {"id": 2}}]}]', :'by_id');

-- A row that is written before the one that it leads to.
CREATE TABLE heads (id int PRIMARY KEY, code text UNIQUE, hand_id int);
CREATE TABLE hands (id int PRIMARY KEY, head text REFERENCES heads (code));
ALTER TABLE heads ADD FOREIGN KEY (hand_id) REFERENCES hands;
INSERT INTO heads VALUES (1, 'a'), (2, 'b');
INSERT INTO hands VALUES (1, NULL), (2, 'b');
UPDATE heads SET hand_id = id;
\set heads '{ id, code, hand(write: own) { id, head(write: link) { id } } }'
\set both 'SELECT a.*, b.* FROM heads a JOIN hands b ON b.id = hand_id ORDER BY 1'
SELECT saved('heads', '{"id": 1, "code": "A", "hand": {"id": 1, "head": {"id": 1}}}', :'heads', look => :'both');
SELECT saved('heads', '{"id": 2, "code": "B", "hand": {"id": 2, "head": {"id": 2}}}', :'heads', look => :'both');
SELECT saved('heads', '[{"id": 2, "code": "B", "hand": {"id": 2, "head": {"id": 1}}}, {"id": 1, "code": "A", "hand": {"id": 1, "head": {"id": 2}}}]', :'heads', look => :'both');
SELECT saved('heads', '[{"id": 2, "code": "B", "hand": {"id": 2, "head": null}}, {"id": 1, "hand": {"id": 1, "head": {"id": 2}}}]', :'heads', look => :'both');
SELECT saved('heads', '{"id": 2, "code": "B", "hand": {"id": 2}}', :'heads');

-- A table that leads to itself.
CREATE TABLE chain (id int PRIMARY KEY, code text UNIQUE, boss_code text REFERENCES chain (code));
INSERT INTO chain VALUES (1, 'a', NULL), (2, 'b', 'a'), (3, 'c', NULL);
\set chain 'SELECT * FROM chain ORDER BY id'
\set boss '{ id, code, boss: chain_boss_code_fkey(write: link) { id } }'
SELECT saved('chain', '[{"id": 1, "code": "A"}, {"id": 3, "boss": {"id": 1}}]', :'boss');
SELECT saved('chain', '[{"id": 3, "boss": {"id": 1}}, {"id": 1, "code": "A"}, {"id": 2, "boss": {"id": 1}}, {"id": 4, "code": "d", "boss": {"id": 1}}]', :'boss', look => :'chain');
SELECT saved('chain', '[{"id": 2, "boss": {"id": 3}}, {"id": 1, "code": "A", "boss": {"id": 1}}]', :'boss', look => :'chain');
SELECT saved('chain', '[{"id": 1, "code": "A", "boss": {"id": 3}}, {"id": 3, "code": "C", "boss": {"id": 2}}, {"id": 2, "code": "B", "boss": {"id": 1}}]', :'boss', look => :'chain');
SELECT saved('chain', '[{"id": 2, "boss": {"code": "b"}}, {"id": 3, "code": "C"}, {"id": 1, "boss": {"code": "C"}}]',
  '{ id, code, boss: chain_boss_code_fkey(write: link, by: code) { code } }', look => :'chain');

-- Pairs of a junction, by a key that another place of the row changes.
CREATE TABLE marks (item_id int REFERENCES items, code text REFERENCES codes (code), PRIMARY KEY (item_id, code));
\set marks '{ id, codes(via: marks, write: link, missing: unlink) { id }, a: items_a_fkey(write: own) { id, code } }'
UPDATE items SET b = NULL;
SELECT saved('items', '{"id": 2, "codes": [{"id": 2}, {"id": 1}], "a": {"id": 2, "code": "B2"}}', :'marks', look => 'SELECT * FROM marks ORDER BY 1, 2');

-- Where what leads to a key cannot be NULL until that has changed both change together: rows below, pairs with what their
-- junction has beside, in whichever relations they stand, and rows of it that stand by themselves.
CREATE TABLE people (id int PRIMARY KEY, code text UNIQUE, boss_id int NOT NULL REFERENCES people);
CREATE TABLE clubs (id int PRIMARY KEY, name text UNIQUE);
CREATE TABLE members (person_id int REFERENCES people, club_id int REFERENCES clubs, since text DEFAULT 'new', PRIMARY KEY (person_id, club_id));
CREATE TABLE pets (name text PRIMARY KEY, person_id int NOT NULL REFERENCES people, age int CHECK (age < 20), nurse_id int REFERENCES people);
INSERT INTO people VALUES (1, 'a', 1), (2, 'b', 1);
INSERT INTO clubs VALUES (1, 'x'), (2, 'y');
INSERT INTO members SELECT p.id, c.id, p.code || c.name FROM people p, clubs c;
INSERT INTO pets VALUES ('rex', 1, 1, 2), ('kit', 2, 2, 2);
\set pets '(by: code) { code, id, boss(write: link, by: code) { code }, pets(via: person_id, write: own) { name, age, nurse(write: link, by: code) { code } }'
\set clubs 'clubs: clubs(via: members.person_id, write: link, by: name).name'
\set look 'SELECT (SELECT string_agg((id, boss_id)::text, '' '' ORDER BY code) FROM people), string_agg(m::text, '' '' ORDER BY since) FROM members m'
SELECT saved('people', '[{"code": "a", "id": 11, "boss": {"code": "a"}, "pets": [{"name": "rex", "nurse": {"code": "b"}}], "clubs": ["x", "y"]},
  {"code": "b", "id": 12, "boss": {"code": "a"}, "pets": [{"name": "kit", "age": 3, "nurse": {"code": "b"}}], "clubs": ["y", "x"]}]',
  :'pets' || ', ' || :'clubs' || '}', look => :'look');
-- what is wrong beside it is told, and what is not said is in the way
\set pets_clubs :pets ', ' :clubs '}'
SELECT saved('people', '[{"code": "a", "id": 11, "boss": {"code": "a"}, "pets": [{"name": "rex", "age": 20}], "clubs": ["x", "y"]}, {"code": "b", "boss": {"code": "a"}}]', :'pets_clubs');
SELECT saved('people', '[{"code": "a", "id": 11, "boss": {"code": "a"}, "pets": [{"name": "rex"}], "clubs": ["x", "y"]}]', :'pets_clubs');
SELECT saved('people', '[{"code": "b", "id": 12, "pets": [{"name": "kit", "nurse": null}]}, {"code": "a", "pets": [{"name": "rex", "nurse": null}]}]', :'pets_clubs');
-- a junction both ways, and by itself
DELETE FROM pets;
\set people 'people(via: members.club_id, write: own, by: code) { id, code, boss(write: link, by: code) { code }, '
\set ways '(by: name) { id, name, ' :people :clubs '}, members(write: own) { person(write: link, by: code) { code }, since } }'
SELECT saved('clubs', '{"name": "x", "id": 21, "people": [{"code": "a", "id": 11, "boss": {"code": "a"}, "clubs": ["x", "y"]}, {"code": "b", "boss": {"code": "a"}}]}',
  :'ways', look => :'look');
SELECT saved('clubs', '{"name": "x", "id": 21, "people": [{"code": "a"}, {"code": "b", "id": 12, "clubs": ["x", "y"]}],
  "members": [{"person": {"code": "a"}}, {"person": {"code": "b"}, "since": "0"}]}',
  :'ways', look => :'look');
-- over to-one relations, a unique key, and two levels
CREATE TABLE lands (code text PRIMARY KEY, name text UNIQUE);
CREATE TABLE towns (land text REFERENCES lands, n int, name text UNIQUE, PRIMARY KEY (land, n));
CREATE TABLE roads (land text, n int, no int, PRIMARY KEY (land, n, no), FOREIGN KEY (land, n) REFERENCES towns);
INSERT INTO lands VALUES ('A', 'a');
INSERT INTO towns VALUES ('A', 1, 't'), ('A', 2, 'u');
INSERT INTO roads VALUES ('A', 1, 1), ('A', 1, 2);
SELECT saved('lands', '{"name": "a", "code": "B", "towns": [{"n": 1, "name": "t", "roads": [{"no": 1}, {"no": 2}]}, {"n": 2}]}',
  '(by: name) { code, name, towns(write: own) { n, name, roads(write: own) { no } } }', look => 'SELECT * FROM lands, towns, roads ORDER BY no');
SELECT saved('towns', '{"name": "u", "lands": {"name": "a", "code": "B"}}', '(by: name) { name, lands: towns_land_fkey(write: own, by: name) { code, name } }');
DELETE FROM roads;
DELETE FROM towns WHERE n = 1;
SELECT saved('towns', '{"name": "u", "lands": {"name": "a", "code": "B"}}', '(by: name) { name, lands: towns_land_fkey(write: own, by: name) { code, name } }', look => 'SELECT * FROM towns');

-- Those that change together may lead to new rows from then on, or to such whose key changes as well.
CREATE TABLE zones (code text PRIMARY KEY);
CREATE TABLE areas (code text PRIMARY KEY CHECK (code <> 'X'), name text UNIQUE, zone text NOT NULL REFERENCES zones);
CREATE TABLE spots (area text REFERENCES areas, n int, name text UNIQUE, PRIMARY KEY (area, n));
CREATE TABLE signs (area text, n int, no int, PRIMARY KEY (area, n, no), FOREIGN KEY (area, n) REFERENCES spots);
INSERT INTO zones VALUES ('z');
INSERT INTO areas VALUES ('A', 'a', 'z'), ('B', 'b', 'z');
INSERT INTO spots VALUES ('A', 1, 't'), ('B', 2, 'u');
INSERT INTO signs VALUES ('A', 1, 1), ('A', 1, 2), ('B', 2, 3);
\set signs 'signs(via: signs_area_n_fkey, write: own) { no }'
\set spot '(by: name) { name, at: spots_area_fkey(write: own, by: code, missing: keep) { code, name, zones: areas_zone_fkey(write: own, missing: keep) { code } }, ' :signs ' }'
\set look 'SELECT code, zone, spots, no FROM areas LEFT JOIN spots ON area = code LEFT JOIN signs USING (area, n) ORDER BY 1, 4'
SELECT saved('spots', '{"name": "t", "at": {"code": "C", "name": "c", "zones": {"code": "new"}}, "signs": [{"no": 1}, {"no": 2}]}', :'spot', look => :'look');
SELECT saved('spots', '[{"name": "t", "at": {"code": "X", "name": "x", "zones": {"code": "y"}}, "signs": [{"no": 1}, {"no": 2}]},
  {"name": "u", "at": {"code": "X", "name": "x", "zones": {"code": "y"}}, "signs": [{"no": 3}]}]', :'spot');
SELECT saved('spots', '{"name": "t", "at": {"code": "D", "name": "d", "zones": {"code": "z"}}, "signs": [{"no": 1}]}',
  '(by: name) { name, at: spots_area_fkey(write: own, by: code, missing: keep) { code, name, zones: areas_zone_fkey(write: link) { code } },
    signs(via: signs_area_n_fkey, write: own, missing: keep) { no } }');
\set area '(by: name) { name, code, zones: areas_zone_fkey(write: link) { code }, spots(write: own, by: name, missing: delete) { name, n, ' :signs ' } }'
SELECT saved('areas', '[{"name": "a", "spots": []}, {"name": "e", "code": "E", "zones": {"code": "z"}, "spots": [{"name": "t", "n": 1, "signs": [{"no": 1}, {"no": 2}]}]}]',
  :'area', look => :'look');
DELETE FROM signs WHERE area = 'B';
DELETE FROM spots WHERE area = 'B';
SELECT saved('areas', '[{"name": "a", "spots": []}, {"name": "b", "code": "B2", "spots": [{"name": "t", "n": 1, "signs": [{"no": 1}, {"no": 2}]}]}]', :'area', look => :'look');

-- A row that stands in two places, whose keys both follow, is written once, whichever can be NULL.
CREATE TABLE papers (id int PRIMARY KEY, n int CHECK (n < 5), front text NOT NULL UNIQUE REFERENCES areas, back text NOT NULL UNIQUE REFERENCES areas);
INSERT INTO papers VALUES (1, 1, 'A', 'A'), (2, 2, 'B', 'B');
\set papers '(by: name) { name, code, front: papers(via: papers_front_fkey, write: own) { id, back @readonly }, back: papers(via: papers_back_fkey, write: link) '
\set look 'SELECT * FROM papers'
DELETE FROM signs;
DELETE FROM spots;
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE NOTICE '% of %', TG_OP, OLD; RETURN NEW; END$$;
CREATE TRIGGER tell BEFORE UPDATE ON papers FOR EACH ROW EXECUTE FUNCTION tell();
SET client_min_messages = notice;
SELECT saved('areas', '{"name": "a", "code": "A2", "front": {"id": 1}, "back": {"id": 1}}', :'papers' || '{ id } }', look => :'look');
-- the other one by the key that it had until then, as it was read
SELECT saved('areas', '{"name": "a", "code": "A2", "front": {"id": 1, "back": "A"}, "back": {"front": "A"}}', :'papers' || '{ front } }', look => :'look');
SET client_min_messages = warning;
-- where only the second place has anything to write, and where that is wrong, or something else is in the way
TRUNCATE papers;
INSERT INTO papers VALUES (1, 1, 'A', 'B'), (2, 2, 'B', 'A');
SELECT saved('areas', '[{"name": "b", "back": {"id": 1}}, {"name": "a", "code": "A2", "front": {"id": 1}, "back": {"id": 2}}]', :'papers' || '{ id } }', look => :'look');
TRUNCATE papers;
INSERT INTO papers VALUES (1, 1, 'A', 'A'), (2, 2, 'B', 'B');
SELECT saved('areas', '{"name": "a", "code": "A2", "front": {"id": 1, "n": 7}, "back": {"id": 1}}',
  '(by: name) { name, code, front: papers(via: papers_front_fkey, write: own) { id, n }, back: papers(via: papers_back_fkey, write: link) { id } }');
INSERT INTO spots VALUES ('A', 1, 't');
SELECT saved('areas', '{"name": "a", "code": "A2", "front": {"id": 1}, "back": {"id": 1}}', :'papers' || '{ id } }', look => :'look');
DELETE FROM spots;
-- led to another row in the second place
SELECT saved('areas', '[{"name": "a", "code": "A2", "front": {"id": 1}, "back": {"id": 2}}, {"name": "b", "code": "B2", "front": {"id": 2}, "back": {"id": 1}}]',
  :'papers' || '{ id } }', look => :'look');
SELECT saved('areas', '[{"name": "a", "code": "A2", "front": {"id": 1}}, {"name": "b", "front": {"id": 2}}, {"name": "n", "code": "N", "zones": {"code": "z"}, "back": {"id": 1}}]',
  '(by: name) { name, code, zones: areas_zone_fkey(write: link) { code }, front: papers(via: papers_front_fkey, write: own) { id },
    back: papers(via: papers_back_fkey, write: link) { id } }', look => :'look');

-- A row that leads to one which cannot be written is not told as well.
CREATE TABLE owners (id int PRIMARY KEY, age int CHECK (age > 0));
CREATE TABLE cars (id int PRIMARY KEY, owner_id int NOT NULL REFERENCES owners, doors int CHECK (doors > 0));
SELECT saved('cars', '{"id": 1, "doors": 4, "owner": {"id": 1, "age": -1}}', '{ id, doors, owner(write: own) { id, age } }');
SELECT saved('cars', '[{"id": 1, "doors": -4, "owner": {"id": 1, "age": -1}}, {"id": 2, "doors": 1, "owner_id": 7}]', '{ id, doors, owner_id, owner(write: own) { id, age } }');

-- A row whose primary key another place changes, by leading it to a new row, is written once, and found by that.
CREATE TABLE rows_of (owner_id int REFERENCES owners, line int, next_id int REFERENCES owners, shown bool DEFAULT true, code text UNIQUE, PRIMARY KEY (owner_id, line));
INSERT INTO owners VALUES (1, 1), (2, 2);
INSERT INTO rows_of VALUES (1, 1, NULL, true, 'a');
CREATE TRIGGER tell BEFORE UPDATE ON rows_of FOR EACH ROW EXECUTE FUNCTION tell();
SET client_min_messages = notice;
\set both_ways '(where: shown, by: code) { code, shown, next: rows_of_next_id_fkey(write: own) { id, rows_of(via: owner_id, write: link, by: code) { code } } }'
SELECT saved('rows_of', '{"code": "a", "next": {"id": 9, "rows_of": [{"code": "a"}]}}', :'both_ways', look => 'SELECT * FROM rows_of');
SELECT saved('rows_of', '{"code": "a", "shown": false, "next": {"id": 9, "rows_of": [{"code": "a"}]}}', :'both_ways');
SET client_min_messages = warning;
DROP SCHEMA t_save_changed_keys CASCADE;
