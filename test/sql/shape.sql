-- The shape language: each shape's document beside the one that plain SQL
-- makes of the same row. (Errors are in shape_errors.)
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_shape;
SET search_path = t_shape, public;
\set helpers `echo "$PG_ABS_SRCDIR/helpers.sql"`
\i :helpers

CREATE TABLE place (id int PRIMARY KEY, "createdAt" date, createdat int);
CREATE TYPE address AS (street text, zip char(6), loc point);
CREATE TABLE person (
  id int PRIMARY KEY, name text, "Name" text, "full name" text, "q""t" int,
  "é" int, place_id int REFERENCES place, home address, tags text[], meta jsonb, "true" bool, "null" int,
  "-x" int, "a.b" int, _u int, u1$ int, "99" int,
  "x12345678901234567890123456789012345678901234567890123456789012" int);
INSERT INTO place VALUES (7, '2020-01-02', 5);
INSERT INTO person VALUES (1, 'ann', 'Ann', 'Ann B', 2, 3, 7, '("1 High St",12345,"(1,2)")', '{a,b}', '{"k": [1]}', true, 9, -1, 12, 3, 4, 99, 63),
                          (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, shape text, expr text);
INSERT INTO cases (shape, expr) VALUES
-- columns
('{ id }',                          $$jsonb_build_object('id', id)$$),
('{id}',                            $$jsonb_build_object('id', id)$$),
('{ id, name }',                    $$jsonb_build_object('id', id, 'name', name)$$),
('{ name id }',                     $$jsonb_build_object('id', id, 'name', name)$$),
('{,,id,,name,,}',                  $$jsonb_build_object('id', id, 'name', name)$$),
(E'\t{\r\n id\t\tname } \n',         $$jsonb_build_object('id', id, 'name', name)$$),
('{ }',                             $$'{}'::jsonb$$),
('{}',                              $$'{}'::jsonb$$),
('{,}',                             $$'{}'::jsonb$$),
-- names: exact case, quoted ones, non-ASCII, $ and digits, words that mean something to SQL
('{ name "Name" Name2: Name }',     $$jsonb_build_object('name', name, 'Name', "Name", 'Name2', "Name")$$),
('{ "name" "full name" "q""t" }',   $$jsonb_build_object('name', name, 'full name', "full name", 'q"t', "q""t")$$),
('{ é "é2": "é" }',                 $$jsonb_build_object('é', "é", 'é2', "é")$$),
('{ true null _u u1$ "-x" "a.b" "99" }', $$jsonb_build_object('true', "true", 'null', "null", '_u', _u, 'u1$', u1$, '-x', "-x", 'a.b', "a.b", '99', "99")$$),
('{ x12345678901234567890123456789012345678901234567890123456789012 }',
    $$jsonb_build_object('x12345678901234567890123456789012345678901234567890123456789012',
        x12345678901234567890123456789012345678901234567890123456789012)$$),
-- keys of one's own
('{ key: id }',                     $$jsonb_build_object('key', id)$$),
('{ key:id,key2 :name }',           $$jsonb_build_object('key', id, 'key2', name)$$),
('{ "a key: {,}" : id }',           $$jsonb_build_object('a key: {,}', id)$$),
('{ "\n": id "a\": name "b""c": id }', $$jsonb_build_object('\n', id, 'a\', name, 'b"c', id)$$),
('{ id: name, name: id }',          $$jsonb_build_object('id', name, 'name', id)$$),
('{ a: id, b: id, c: id }',         $$jsonb_build_object('a', id, 'b', id, 'c', id)$$),
-- sorted by length of key, then bytes; a key much longer than any name
('{ bb: id, a: id, c: id, aaa: id, é: id, zz: id, " ": id }', $$jsonb_build_object('bb', id, 'a', id, 'c', id, 'aaa', id, 'é', id, 'zz', id, ' ', id)$$),
('{ ' || repeat('long', 1000) || ': id }', $$jsonb_build_object(repeat('long', 1000), id)$$),
('{ ' || repeat('x', 63) || 'a: id, ' || repeat('x', 63) || 'b: name }', $$jsonb_build_object(repeat('x', 63) || 'a', id, repeat('x', 63) || 'b', name)$$),
-- comments
(E'# first { \n{ id # second } "\n, name#third\n}# last',     $$jsonb_build_object('id', id, 'name', name)$$),
('{ "full name" } # no newline',    $$jsonb_build_object('full name', "full name")$$),
(E'{ "a#b": id # "\r\n name }',     $$jsonb_build_object('a#b', id, 'name', name)$$),
-- stars
('{ * }',                           $$to_jsonb(person)$$),
('{*}',                             $$to_jsonb(person)$$),
('{ *, one: id }',                  $$to_jsonb(person) || jsonb_build_object('one', id)$$),
('{ * -id }',                       $$to_jsonb(person) - 'id'$$),
('{ -id, * }',                      $$to_jsonb(person) - 'id'$$),
('{ * - id }',                      $$to_jsonb(person) - 'id'$$),
('{ * -"full name" -"-x" -Name }',  $$to_jsonb(person) - '{full name,-x,Name}'::text[]$$),
('{ * id: name }',                  $$to_jsonb(person) || jsonb_build_object('id', name)$$),
('{ id: name * }',                  $$to_jsonb(person) || jsonb_build_object('id', name)$$),
('{ * id }',                        $$to_jsonb(person)$$),
('{ * -id, id: name }',             $$to_jsonb(person) || jsonb_build_object('id', name)$$),
('{ * -id id }',                    $$to_jsonb(person)$$),
('{ * -name, -Name, name: Name }',  $$(to_jsonb(person) - '{name,Name}'::text[]) || jsonb_build_object('name', "Name")$$),
-- values that are documents themselves
('{ home tags meta }',              $$jsonb_build_object('home', home, 'tags', tags, 'meta', meta)$$),
-- a related row: in its own shape, in all columns, beside its column
('{ place { id } }',                $$jsonb_build_object('place', (SELECT jsonb_build_object('id', p.id) FROM place p WHERE p.id = place_id))$$),
('{ place{} }',                     $$jsonb_build_object('place', (SELECT '{}'::jsonb FROM place p WHERE p.id = place_id))$$),
('{ place }',                       $$jsonb_build_object('place', (SELECT to_jsonb(p) FROM place p WHERE p.id = place_id))$$),
('{ place_id place { * -createdat } }', $$jsonb_build_object('place_id', place_id, 'place', (SELECT to_jsonb(p) - 'createdat' FROM place p WHERE p.id = place_id))$$),
('{ * place { createdAt } }',       $$to_jsonb(person) || jsonb_build_object('place', (SELECT jsonb_build_object('createdAt', "createdAt") FROM place p WHERE p.id = place_id))$$),
('{ * -place_id place_id: place { id } }', $$to_jsonb(person) || jsonb_build_object('place_id', (SELECT jsonb_build_object('id', p.id) FROM place p WHERE p.id = place_id))$$),
('{ a: place { id } b: place { createdat } }',
    $$jsonb_build_object('a', (SELECT jsonb_build_object('id', p.id) FROM place p WHERE p.id = place_id),
        'b', (SELECT jsonb_build_object('createdat', createdat) FROM place p WHERE p.id = place_id))$$),
('{ "place" (via: place_id) { id } }', $$jsonb_build_object('place', (SELECT jsonb_build_object('id', p.id) FROM place p WHERE p.id = place_id))$$),
('{ p: place(via:"place_id",) }',    $$jsonb_build_object('p', (SELECT to_jsonb(p) FROM place p WHERE p.id = place_id))$$),
('{ place { person { place { person { id } } } } }',
    $$jsonb_build_object('place', (SELECT jsonb_build_object('person', jsonb_build_array(
          jsonb_build_object('place', jsonb_build_object('person', jsonb_build_array(
            jsonb_build_object('id', person.id)))))) FROM place p WHERE p.id = place_id))$$);

-- Every shape over both rows (one full, one of nulls), through the function and
-- the aggregate.
CREATE FUNCTION run(shape text, expr text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE r text;
BEGIN
  EXECUTE format('SELECT string_agg(DISTINCT diff(jsonify(person, %1$L), %2$s), ''; '') FROM person', shape, expr) INTO r;
  IF r = 'ok' THEN
    EXECUTE format('SELECT diff(jsonify_agg(person, %1$L ORDER BY id), jsonb_agg(%2$s ORDER BY id)) FROM person', shape, expr) INTO r;
  END IF;
  RETURN r;
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END$$;
SELECT n, left(shape, 100) AS shape, result FROM cases, run(shape, expr) AS result WHERE result <> 'ok' ORDER BY n;
SELECT count(*) AS shapes, count(*) FILTER (WHERE run(shape, expr) = 'ok') AS ok FROM cases;
SELECT jsonify(p, '{ id, who: name, "full name", tags, place { createdAt } }') FROM person p ORDER BY id;

-- No shape: all columns, as { * }; the same for NULL in its place.
SELECT diff(jsonify(p, NULL), to_jsonb(p)) AS null_shape, diff(jsonify(p), to_jsonb(p)) AS none FROM person p;
SELECT jsonify(p) FROM place p;
SELECT jsonify(NULL::person, '{ id }') AS null_row, jsonify(NULL::person, NULL) AS both;

-- Values without a table: columns and stars, no relationships.
SELECT jsonify(r, '{ b, x: a }') FROM (SELECT 1 AS a, 'z' AS b) r;
SELECT jsonify(r, '{ * -b }') FROM (SELECT 1 AS a, 'z' AS b, place FROM place) r;
SELECT jsonify(ROW(1, 'x'), '{ f2, one: f1 }'), jsonify(v, '{ column2 }') FROM (VALUES (1, 'y')) v;
SELECT jsonify(home, '{ zip }'), jsonify(home, '{ * -loc }') FROM person WHERE id = 1;
SELECT jsonify(NULL::address, '{ zip }'), jsonify(ROW(NULL, NULL, NULL)::address, '{ street }');

-- Arrays of rows take a shape: each row a document, the array's form kept.
SELECT diff(jsonify(array_agg(p ORDER BY id), '{ id place { createdat } }'),
            jsonb_agg(jsonb_build_object('id', id, 'place', (SELECT jsonb_build_object('createdat', createdat) FROM place WHERE place.id = place_id)) ORDER BY id))
FROM person p;
SELECT jsonify(ARRAY[[p, q], [q, NULL]], '{ id }') FROM person p, person q WHERE p.id = 1 AND q.id = 2;
SELECT jsonify(ARRAY[]::person[], '{ id }') AS empty, jsonify(ARRAY[NULL]::person[], '{ id }') AS of_null;
SELECT jsonify(array_agg(r ORDER BY a), '{ x: a }') FROM (VALUES (1), (2)) r (a);
SELECT jsonify(ARRAY[home, NULL], '{ zip }') FROM person WHERE id = 1;

-- Domains over a row type and over an array of it are what they stand for.
CREATE DOMAIN d_person AS person;
CREATE DOMAIN d_people AS person[];
SELECT jsonify(p::d_person, '{ id place { id } }'), jsonify(ARRAY[p]::d_people, '{ id place { id } }') FROM person p WHERE id = 1;

-- The aggregate: rows, nulls in their places, no rows; scalars without a shape.
SELECT jsonify_agg(p, '{ id }' ORDER BY id DESC) AS descending, jsonify_agg(p, '{ id }') FILTER (WHERE false) AS none FROM person p;
SELECT jsonify_agg(q, '{ id }' ORDER BY p.id) FROM person p LEFT JOIN place q ON q.id = p.place_id;
SELECT jsonify_agg(id ORDER BY id), jsonify_agg(name ORDER BY id), jsonify_agg(id) FILTER (WHERE id > 5) FROM person;
SELECT jsonify_agg(p, '{ id }'), jsonify_agg(p) FROM person p WHERE false;
SELECT jsonify_agg(NULL::person, '{ id }'), jsonify_agg(NULL::int);
SELECT diff(jsonify_agg(p, NULL ORDER BY id), jsonb_agg(p ORDER BY id)) FROM person p;

-- Deep and wide shapes. Depth counts braces.
SET jsonify.max_depth = 3;
SELECT jsonify(p, '{ place { person { id } } }') FROM place q, person p WHERE p.id = 1;
SET jsonify.max_depth = 1;
SELECT jsonify(p, '{ id }') FROM person p WHERE p.id = 1;
RESET jsonify.max_depth;
SELECT diff(jsonify(p, '{ ' || (SELECT string_agg('k' || i || ': id', ' ') FROM generate_series(1, 3000) i) || ' }'),
            (SELECT jsonb_object_agg('k' || i, p.id) FROM generate_series(1, 3000) i)) AS wide
FROM person p WHERE id = 1;
SELECT length(jsonify(p, repeat('{ place { person ', 31) || '{ id }' || repeat('} }', 31))::text) > 500 AS deep FROM person p WHERE id = 1;
SELECT jsonify(p, '{ id }' || repeat(' ', 100000) || '#' || repeat('x', 100000)) AS long_shape FROM person p WHERE id = 1;

-- What is kept of a long shape is in proportion to it; of a very long one nothing.
-- In a session of its own, where nothing else is kept.
\c -
SET client_min_messages = warning;
SET search_path = t_shape, public;
SELECT count(*) AS keys FROM place p, jsonb_object_keys(jsonify(p,
  (SELECT '{' || string_agg('"quoted ' || i || '": "id"', ' ') || '}' FROM generate_series(1, 5000) i)));
SELECT kept() < 4 * 1024 * 1024 AS little_is_kept;
SELECT count(*) AS keys FROM place p, jsonb_object_keys(jsonify(p,
  (SELECT '{' || string_agg('"quoted ' || i || '": "id"', ' ') || '}' FROM generate_series(1, 100000) i)));
SELECT kept() < 16 * 1024 * 1024 AS little_is_kept;
SELECT jsonify(p, '{ "quoted 1": "id" "quoted 2": "id" }') FROM place p;
DROP SCHEMA t_shape CASCADE;
