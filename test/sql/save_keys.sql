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
-- one that does not cascade is in the way, unless it is deferred
CREATE TABLE stiff (unit int REFERENCES units (code), n int, note text, hidden text DEFAULT 'h', PRIMARY KEY (unit, n));
INSERT INTO stiff VALUES (9, 1, 'a', 'kept');
SELECT save('units', '{"id": 1, "code": 10, "stiff": [{"n": 1, "note": "b"}]}', '{ id, code, stiff(write: own) { n, note } }');
ALTER TABLE stiff ALTER CONSTRAINT stiff_unit_fkey DEFERRABLE INITIALLY DEFERRED;
SELECT save('units', '{"id": 1, "code": 10, "stiff": [{"n": 1, "note": "b"}]}', '{ id, code, stiff(write: own) { n, note } }');
TABLE stiff;
DELETE FROM stiff;
-- a row that goes takes along what its keys say; what the shape does not write is theirs
SELECT save('units', '{"id": 1}', '{ id, works { n } }', call => 'jsonify_delete');
TABLE works;
DROP SCHEMA t_save_keys CASCADE;
