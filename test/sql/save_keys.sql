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
DROP SCHEMA t_save_keys CASCADE;
