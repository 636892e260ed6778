-- Tables of every kind beside jsonify_save: partitioned ones, those that inherit, temporary ones, those with odd names, in
-- other schemas, without a key.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_save_tables;
SET search_path = t_save_tables, public;
\set saving `echo "$PG_ABS_SRCDIR/saving.sql"`
\i :saving
\pset tuples_only
\pset format unaligned

-- Parts: rows go where they belong, and move.
CREATE TABLE devices (id int PRIMARY KEY, name text);
CREATE TABLE events (id int, day date, kind text NOT NULL DEFAULT 'k', device_id int REFERENCES devices, n int, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE events_2020 PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE events_2021 (n int, device_id int, kind text NOT NULL DEFAULT 'k21', day date NOT NULL, gone int, id int NOT NULL);
ALTER TABLE events_2021 DROP COLUMN gone;
ALTER TABLE events ATTACH PARTITION events_2021 FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
\set shape '\'{ id, name, events(write: own, missing: delete) { id, day, kind, n } }\''
SELECT save('devices', '{"id": 1, "name": "d", "events": [{"id": 1, "day": "2020-05-05", "n": 1}, {"id": 2, "day": "2021-05-05", "n": 2}]}', :shape);
SELECT save('devices', '{"id": 1, "events": [{"id": 1, "day": "2020-05-05", "n": 7}, {"id": 2, "day": "2021-05-05", "n": 2}, {"id": 3, "day": "2021-06-06"}]}', :shape);
SELECT tableoid::regclass, id, day, kind, device_id, n FROM events ORDER BY id;
SELECT save('devices', '{"id": 1, "events": [{"id": 2, "day": "2021-05-05"}]}', :shape);
SELECT save('events_2020', '{"id": 5, "day": "2020-05-05", "device": {"id": 1}}', '{ id, day, device(write: link) { id } }');
SELECT save('events_2020', '{"id": 6, "day": "2021-05-05"}', '{ id, day }');
CREATE TABLE orders (id serial, state int NOT NULL, v text) PARTITION BY LIST (state);
CREATE TABLE orders_open PARTITION OF orders FOR VALUES IN (1);
CREATE TABLE orders_done PARTITION OF orders FOR VALUES IN (2);
CREATE VIEW order_list AS SELECT * FROM orders;
SELECT save('order_list', '[{"state": 1, "v": "x"}, {"state": 2, "v": "y"}]', '(by: id) { id, state, v }', '{"mode": "insert"}');
SELECT save('order_list', '[{"id": 1, "state": 2}, {"id": 2, "v": "y2"}]', '(by: id) { id, state, v }');
SELECT save('order_list', '[{"id": 1, "state": 3}]', '(by: id) { id, state, v }');
SELECT tableoid::regclass, * FROM orders ORDER BY id;
-- the key to a table that is partitioned
CREATE TABLE parts (id int PRIMARY KEY, b int) PARTITION BY HASH (id);
CREATE TABLE parts_0 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE pieces (id int PRIMARY KEY, part_id int REFERENCES parts, x text);
\set shape '\'{ id, b, pieces(write: own, missing: delete) { id, x } }\''
SELECT save('parts', '[{"id": 1, "b": 1, "pieces": [{"id": 1, "x": "a"}]}, {"id": 2, "pieces": [{"id": 2, "x": "b"}]}]', :shape);
SELECT save('parts', '[{"id": 1, "b": 2, "pieces": [{"id": 2}, {"id": 1, "x": "a2"}]}, {"id": 2, "pieces": []}]', :shape);
SELECT save('pieces', '[{"id": 5, "part": {"id": 5, "b": 7}}, {"id": 1, "part": {"id": 1, "b": 8}}]', '{ id, x, part(write: own) { id, b } }');
SELECT save('parts', '[{"id": 1}, {"id": 2}]', :shape, call => 'jsonify_delete');
SELECT * FROM parts ORDER BY id;

-- Heirs: rows of a root may be theirs, those of a relation are not.
CREATE TABLE base (id serial PRIMARY KEY, name text);
CREATE TABLE heir (extra text, UNIQUE (id)) INHERITS (base);
INSERT INTO heir (name, extra) VALUES ('kid', 'e');
SELECT save('base', '[{"id": 1, "name": "kid2"}, {"name": "b"}]');
SELECT tableoid::regclass, * FROM base ORDER BY id;
SELECT save('base', '{"id": 1}', call => 'jsonify_delete');
-- A row of each with one key: neither is written for the other, nor both.
INSERT INTO heir VALUES (2, 'kid', 'e');
SELECT save('base', '[{"id": 2, "name": "which?"}]');
SELECT save('base', '{"id": 2}', call => 'jsonify_delete');
SELECT count(*) FROM base WHERE id = 2;
DELETE FROM heir;
CREATE TABLE rel (id serial PRIMARY KEY, base_id int REFERENCES base, x text);
CREATE TABLE rel_heir () INHERITS (rel);
INSERT INTO rel_heir VALUES (50, 2, 'heir');
SELECT save('base', '{"id": 2, "rel": [{"x": "own"}]}', '{ id, rel(write: own, missing: delete) { id, x } }');
SELECT save('base', '{"id": 2, "rel": []}', '{ id, rel(write: own, missing: delete) { id, x } }');
SELECT tableoid::regclass, * FROM rel;

-- Names.
CREATE SCHEMA "t_save ""odd";
CREATE TABLE "t_save ""odd"."a ""name"" that is just as long as the name of a table can be..." ("Key" int PRIMARY KEY, "select" text, "co""l" int, "$1" text, "üñ" text,
  v1 int, k1 int, r int, c int);
ALTER TABLE "t_save ""odd"."a ""name"" that is just as long as the name of a table can be..." RENAME TO "jsonify_rows";
CREATE TABLE "t_save ""odd"."Kid" (id serial PRIMARY KEY, "t Id" int REFERENCES "t_save ""odd".jsonify_rows, "'" text);
\set shape '\'{ *, Kid(write: own, missing: delete) { id, "\'\'" } }\''
SELECT save('"t_save ""odd".jsonify_rows', '{"Key": 1, "select": "s", "co\"l": 5, "$1": "x", "üñ": "y", "v1": 1, "k1": 2, "r": 3, "c": 4, "Kid": [{"''": "q"}]}', :shape);
SELECT save('"t_save ""odd".jsonify_rows', '{"Key": 1, "select": "s2", "co\"l": 6, "$1": "x2", "üñ": "y2", "v1": 11, "k1": 12, "r": 13, "c": 14, "Kid": [{"id": 1, "''": "q2"}]}', :shape);
ALTER TABLE "t_save ""odd".jsonify_rows RENAME TO "a ""name"" that is just as long as the name of a table can be ...";
SELECT save(oid::regclass, '{"Key": 1, "select": "s3", "Kid": []}', :shape) FROM pg_class WHERE relname LIKE 'a "name" that%' AND relkind = 'r';
SELECT save(oid::regclass, '{"Key": 1}', :shape, call => 'jsonify_delete') FROM pg_class WHERE relname LIKE 'a "name" that%' AND relkind = 'r';
DROP SCHEMA "t_save ""odd" CASCADE;

-- Without a key.
CREATE TABLE keyless (a int, b int);
SELECT jsonify_save('keyless', '{"a": 1}');
SELECT jsonify_save('keyless', '{"a": 1}', options => '{"mode": "insert"}');
SELECT save('keyless', '[{"a": 1}, {"a": 2, "b": 9}]', options => '{"mode": "insert", "return": "none"}');
SELECT jsonify_save('keyless', '{"a": 1}', '(by: a) { a, b }');
TABLE keyless;
-- Temporary tables, which come and go under one name.
BEGIN;
CREATE TEMP TABLE tmp (id serial PRIMARY KEY, y int) ON COMMIT DROP;
SELECT save('tmp', '[{"y": 5}]', '{ id, y }');
COMMIT;
BEGIN;
CREATE TEMP TABLE tmp (id serial PRIMARY KEY, y int) ON COMMIT DROP;
SELECT save('tmp', '[{"y": 6}]', '{ id, y }');
COMMIT;
-- What is no table.
CREATE SEQUENCE seq;
CREATE INDEX idx ON keyless (a);
SELECT jsonify_save('seq', '{"last_value": 1}', '(by: last_value) { last_value }');
SELECT jsonify_save('idx', '{"a": 1}', '(by: a) { a }');
SELECT save('pg_catalog.pg_am', '{"oid": 2, "amname": "heap"}', '{ oid, amname }');
DROP SCHEMA t_save_tables CASCADE;
