-- What a row is given that its own document does not say as a value of the type: the key of another row, a value of
-- "where", no value at all. It is assigned as PostgreSQL assigns: a domain checks it, and it must not be too long.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_save_assigned;
SET search_path = t_save_assigned, public;
\set saving `echo "$PG_ABS_SRCDIR/saving.sql"`
\i :saving
\pset tuples_only
\pset format unaligned
CREATE DOMAIN small AS int CHECK (VALUE < 100);
CREATE DOMAIN known AS int NOT NULL;
CREATE DOMAIN said AS text CHECK (VALUE IS NOT NULL);
CREATE DOMAIN three AS varchar(3);
CREATE TABLE boxes (id int PRIMARY KEY, code varchar(10) UNIQUE, weight numeric UNIQUE);

-- the key of the row above, where the one below takes fewer of its values
CREATE TABLE by_id (id int PRIMARY KEY, box_id small REFERENCES boxes);
CREATE TABLE by_code (id int PRIMARY KEY, box_code varchar(3) REFERENCES boxes (code));
CREATE TABLE by_domain (id int PRIMARY KEY, box_code three REFERENCES boxes (code));
CREATE TABLE by_weight (id int PRIMARY KEY, box_weight numeric(5,2) REFERENCES boxes (weight));
SELECT save('boxes', '[{"id": 99, "by_id": [{"id": 1}]}, {"id": 100, "by_id": [{"id": 2}]}]', '{ id, by_id(write: own) { id } }');
SELECT save('by_id', '{"id": 3, "boxes": {"id": 101}}', '{ id, boxes(write: own) { id } }');
SELECT save('boxes', '[{"id": 1, "code": "abc", "by_code": [{"id": 1}], "by_domain": [{"id": 1}]},
                       {"id": 2, "code": "abcdefgh", "by_code": [{"id": 2}], "by_domain": [{"id": 2}]}]',
            '{ id, code, by_code(write: own) { id }, by_domain(write: own) { id } }');
SELECT save('boxes', '[{"id": 3, "weight": 1.25, "by_weight": [{"id": 1}]}, {"id": 4, "weight": 1.234, "by_weight": [{"id": 2}]}]',
            '{ id, weight, by_weight(write: own) { id } }');
SELECT save('boxes', '{"id": 1, "code": "abc", "by_code": [{"id": 1}], "by_domain": [{"id": 1}]}',
            '{ id, code, by_code(write: own) { id }, by_domain(write: own) { id } }');
SELECT count(*) FROM by_id UNION ALL SELECT count(*) FROM by_code UNION ALL SELECT count(*) FROM by_weight;

-- where it would be rounded the row would belong to another one
CREATE TABLE by_number (id int PRIMARY KEY, box_weight int REFERENCES boxes (weight));
INSERT INTO boxes VALUES (10, 'ten', 2), (11, 'eleven', 1.5), (12, 'twelve', 1.251), (13, 'thirteen', 1.25);
SELECT save('boxes', '[{"id": 11, "by_number": [{"id": 1}]}, {"id": 10, "by_number": [{"id": 2}]}]', '{ id, by_number(write: own) { id } }');
SELECT save('boxes', '{"id": 12, "by_weight": [{"id": 1}]}', '{ id, by_weight(write: own) { id } }');
SELECT save('by_number', '{"id": 1, "boxes": {"id": 11}}', '{ id, boxes(write: link) { id } }');
SELECT save('boxes', '[{"id": 13, "by_weight": [{"id": 1}]}, {"id": 10, "by_number": [{"id": 1}]}]', '{ id, by_weight(write: own) { id }, by_number(write: own) { id } }');
SELECT save('by_number', '{"id": 1, "boxes": {"id": 11}}', '{ id, boxes(write: link) { id } }');
SELECT action, loc, error ->> 'msg' FROM jsonify_plan('boxes', '{"id": 11, "by_number": [{"id": 1}]}', '{ id, by_number(write: link) { id } }');
-- nor is it led to another one, where the link to that is taken out
SELECT save('by_number', '{"id": 1, "boxes": {"id": 11, "out": true}}', '{ id, boxes(write: link) { id, out: @delete } }');
SELECT * FROM by_number;
CREATE TABLE lids (id int PRIMARY KEY);
CREATE TABLE box_lids (weight int REFERENCES boxes (weight), lid_id int REFERENCES lids, PRIMARY KEY (weight, lid_id));
INSERT INTO lids VALUES (1);
SELECT save('boxes', '[{"id": 11, "lids": [{"id": 1}]}, {"id": 10, "lids": [{"id": 1}]}]', '{ id, lids(write: link) { id } }');
SELECT save('boxes', '[{"id": 10, "lids": [{"id": 1}]}]', '{ id, lids(write: link) { id } }');
SELECT * FROM by_number, by_weight, box_lids;

-- and of both sides of a junction
CREATE TABLE tags (name varchar(10) PRIMARY KEY);
CREATE TABLE tagged (box_id small REFERENCES boxes, tag varchar(3) REFERENCES tags, PRIMARY KEY (box_id, tag));
INSERT INTO boxes VALUES (50), (500);
INSERT INTO tags VALUES ('red'), ('yellow');
SELECT save('boxes', '{"id": 50, "tags": [{"name": "red"}]}', '{ id, tags(write: link) { name } }');
SELECT save('boxes', '[{"id": 50, "tags": [{"name": "red"}, {"name": "yellow"}]}, {"id": 500, "tags": [{"name": "red"}]}]',
            '{ id, tags(write: link) { name } }');

-- no key any more
CREATE TABLE owned (id int PRIMARY KEY, box_id known REFERENCES boxes);
INSERT INTO owned VALUES (1, 50), (2, 50);
SELECT save('boxes', '{"id": 50, "owned": [{"id": 1}]}', '{ id, owned(write: own, missing: unlink) { id } }');
SELECT save('owned', '{"id": 1, "boxes": null}', '{ id, boxes(write: link) { id } }');
SELECT * FROM owned;

-- no value, in a row beside one that has one
CREATE TABLE notes (id int PRIMARY KEY, note said, number known DEFAULT 7, other text);
SELECT save('notes', '[{"id": 1, "note": "x", "number": 1}, {"id": 2, "other": "y"}]', '{ id, note, number, other }');
SELECT save('notes', '[{"id": 1, "note": "x", "number": 1}, {"id": 2, "note": "y"}]', '{ id, note, number, other }');

-- of what is there and stays nothing is checked, be it a row beside one that changes the same column
INSERT INTO notes VALUES (8, 'x', 1, 'old'), (9, 'long', 1, 'old');
ALTER DOMAIN said ADD CONSTRAINT is_short CHECK (length(VALUE) < 3) NOT VALID;
SELECT save('notes', '[{"id": 8, "note": "y"}, {"id": 9, "other": "new"}]', '{ id, note, number, other }');
SELECT save('notes', '[{"id": 8, "note": "z"}, {"id": 9, "note": "longer"}]', '{ id, note, number, other }');

-- what "where" says of new rows
CREATE TABLE kinds (id int PRIMARY KEY, kind varchar(3), amount numeric(5,2), number small);
SELECT save('kinds', '{"id": 1}', '(where: kind = $k) { id }', params => '{"k": "abc"}');
SELECT save('kinds', '{"id": 2}', '(where: kind = $k) { id }', params => '{"k": "abcdefgh"}');
SELECT save('kinds', '{"id": 3}', '(where: amount = 1.25) { id }');
SELECT save('kinds', '{"id": 4}', '(where: amount = 1.234) { id }');
SELECT * FROM kinds ORDER BY id;
DROP SCHEMA t_save_assigned CASCADE;
