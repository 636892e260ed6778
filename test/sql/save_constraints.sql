-- Constraints beside jsonify_save: each that a row violates is told, at the column it is over or at the row, in the
-- words of the comment on it; those of rows that are fine together are not.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_save_constraints;
SET search_path = t_save_constraints, public;
\set saving `echo "$PG_ABS_SRCDIR/saving.sql"`
\i :saving
\pset tuples_only
\pset format unaligned
CREATE DOMAIN positive AS int CONSTRAINT is_positive CHECK (VALUE > 0);
CREATE DOMAIN small AS positive CONSTRAINT is_small CHECK (VALUE < 100);
CREATE DOMAIN wanted AS text NOT NULL;
COMMENT ON CONSTRAINT is_positive ON DOMAIN positive IS 'more than nothing';
COMMENT ON CONSTRAINT is_small ON DOMAIN small IS 'fewer than a hundred';
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE rooms (id serial PRIMARY KEY, code text UNIQUE, beds small, name wanted DEFAULT 'a room', mood mood, pos int UNIQUE DEFERRABLE,
  size int CONSTRAINT has_place CHECK (size > 0), CONSTRAINT not_both CHECK (size <> pos), door varchar(3));
COMMENT ON CONSTRAINT rooms_code_key ON rooms IS 'this code is taken';
COMMENT ON CONSTRAINT has_place ON rooms IS 'a room has place';
CREATE UNIQUE INDEX lower_code ON rooms (lower(code));
COMMENT ON INDEX lower_code IS 'this code is taken in other letters';
CREATE UNIQUE INDEX one_door ON rooms (door) WHERE door <> 'all';
CREATE TABLE bookings (id serial PRIMARY KEY, room_id int NOT NULL REFERENCES rooms, during int4range,
  CONSTRAINT once EXCLUDE USING gist (during WITH &&));
COMMENT ON CONSTRAINT once ON bookings IS 'somebody sleeps there';
\set shape '\'{ id, code, beds, name, mood, pos, size, door, bookings(write: own, missing: delete) { id, during } }\''
SELECT save('rooms', '[{"code": "a", "pos": 1, "size": 3}, {"code": "b", "pos": 2, "size": 4, "bookings": [{"during": "[1,3)"}, {"during": "[3,5)"}]}]', :shape);

-- What types and domains turn down is told before anything is written.
SELECT save('rooms', '[{"id": 1, "beds": -1, "name": null, "mood": "bad", "door": "long"}, {"beds": 100, "name": null, "mood": "good", "size": "x", "code": "z"}]', :shape);
-- All constraints, at once.
SELECT save('rooms', '[{"code": "A"}, {"code": "a"}, {"code": "d", "size": -3}, {"code": "e", "size": 8, "pos": 8}, {"code": "f", "bookings": [{"during": "[2,4)"}]},
                       {"code": "g", "door": "x"}, {"code": "h", "door": "x"}, {"id": 2, "code": "a", "bookings": []}]', :shape);
-- rows below one that fails are not tried, but those beside it are
SELECT save('rooms', '[{"code": "a", "bookings": [{"during": "[1,9)"}]}, {"code": "i", "bookings": [{"during": "[1,9)"}, {"during": "[9,12)"}, {"during": "[11,12)"}]}]', :shape);
SELECT count(*) FROM rooms;

-- Values of a deferrable constraint are swapped among rows that stay; of another they are not.
SELECT save('rooms', '[{"id": 1, "pos": 2}, {"id": 2, "pos": 1}]', '{ id, pos }');
SELECT save('rooms', '[{"id": 1, "code": "b"}, {"id": 2, "code": "a"}]', '{ id, code }');
-- The same beside another row that is wrong: only that is told.
SELECT save('rooms', '[{"id": 1, "pos": 1}, {"id": 2, "pos": 2}, {"code": "c", "size": 0}]', '{ id, pos, code, size }');
SELECT save('rooms', '[{"id": 1, "pos": 1}, {"id": 2, "pos": 2}, {"id": 1000, "size": 0}]', '{ id, pos, size }', '{"mode": "update"}');
INSERT INTO rooms VALUES (500, 'last');
SELECT save('rooms', '[{"id": 1, "pos": 1}, {"id": 2, "pos": 2}, {"id": 500, "size": 0}]', '{ id, pos, size }');
SELECT save('rooms', '[{"id": 1, "code": "b"}, {"id": 2, "code": "a"}, {"id": 500, "size": 0}]', '{ id, code, size }');
SELECT save('rooms', '[{"id": 1, "pos": 1}, {"id": 2, "pos": 2}, {"id": 500, "size": 0}]', '{ id, pos, size }', '{"max_errors": 1}');
SELECT save('rooms', '[{"id": 1, "code": "b"}, {"id": 2, "code": "a"}, {"id": 500, "size": 0}]', '{ id, code, size }', '{"max_errors": 2}');
SELECT save('rooms', '[{"id": 2, "pos": 2}, {"id": 1, "pos": 5}, {"id": 500, "size": 0}]', '{ id, pos, size }');
SELECT id, pos, size FROM rooms WHERE id IN (1, 2, 500) ORDER BY id;
DELETE FROM rooms WHERE id = 500;
-- A value of a row that goes is free for one that comes, or stays.
SELECT save('rooms', '{"id": 2, "bookings": [{"during": "[1,3)"}, {"id": 2, "during": "[5,7)"}, {"during": "[3,5)"}]}', '{ id, bookings(write: own, missing: delete) { id, during } }');

-- Foreign keys: of rows that come, at the column; of rows that go, at the row.
SELECT save('bookings', '[{"room_id": 98, "during": "empty"}, {"id": 2, "room_id": 99}]');
SELECT save('rooms', '[{"id": 1}, {"id": 2}]', '{ id }', call => 'jsonify_delete');
-- A key that is NOT NULL is not unlinked.
SELECT save('rooms', '{"id": 2, "bookings": []}', '{ id, bookings(write: own, missing: unlink) { id } }');

-- What is deferred is left to COMMIT.
CREATE TABLE late (id int PRIMARY KEY, room_id int REFERENCES rooms DEFERRABLE INITIALLY DEFERRED, n int UNIQUE DEFERRABLE INITIALLY DEFERRED);
BEGIN;
SELECT save('late', '[{"id": 1, "room_id": 55, "n": 1}, {"id": 2, "n": 1}]');
SELECT save('late', '[{"id": 1, "room_id": 1, "n": 1}, {"id": 2, "n": 2}]');
COMMIT;
SELECT jsonify_save('late', '[{"id": 1, "room_id": 55}]');
TABLE late;
-- Constraint triggers.
CREATE FUNCTION full_house() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) > 2 FROM rooms) THEN
    RAISE 'the house is full' USING ERRCODE = 'check_violation', CONSTRAINT = 'full_house', TABLE = 'rooms', SCHEMA = 't_save_constraints', COLUMN = 'code';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER full_house AFTER INSERT ON rooms FOR EACH ROW EXECUTE FUNCTION full_house();
SELECT save('rooms', '{"code": "y"}', :shape);
-- Parts of a table say what is said of the whole.
CREATE TABLE events (id int, day date, n int CONSTRAINT n_counts CHECK (n > 0), PRIMARY KEY (id, day), UNIQUE (day)) PARTITION BY RANGE (day);
COMMENT ON CONSTRAINT n_counts ON events IS 'n counts from 1';
COMMENT ON CONSTRAINT events_day_key ON events IS 'one a day';
CREATE TABLE events_2020 PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
SELECT save('events', '[{"id": 1, "day": "2020-05-05", "n": 0}, {"id": 2, "day": "2020-06-06", "n": 1}, {"id": 3, "day": "2020-06-06", "n": 1}, {"id": 9, "day": "2031-05-05"}]');
CREATE TABLE base (id int PRIMARY KEY, n int CONSTRAINT base_n CHECK (n > 0));
COMMENT ON CONSTRAINT base_n ON base IS 'n of a base counts';
CREATE TABLE heir (UNIQUE (id)) INHERITS (base);
INSERT INTO heir VALUES (1, 1);
SELECT save('base', '[{"id": 1, "n": -1}, {"id": 2, "n": -1}]');
-- An error of another table is not at a column of this one.
CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO rooms (size, pos) VALUES (-1, 99); RETURN NEW; END $$;
CREATE TABLE third (id int PRIMARY KEY, size int);
CREATE TRIGGER other BEFORE INSERT ON third FOR EACH ROW EXECUTE FUNCTION other();
SELECT save('third', '{"id": 1, "size": 1}');
DROP SCHEMA t_save_constraints CASCADE;
