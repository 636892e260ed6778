-- Foreign keys of every sort: types, uniqueness, partitions, schemas, odd names,
-- and the order of children.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_keys;
SET search_path = t_keys, public;
\set helpers `echo "$PG_ABS_SRCDIR/helpers.sql"`
\i :helpers

-- Key columns of many types, the referencing one at times of another type; the
-- values are equal for the key's operator, if not for the eye.
CREATE DOMAIN d_int AS int;
CREATE DOMAIN d_d_int AS d_int;
CREATE DOMAIN d_text AS text;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE pair AS (a int, b text);
CREATE TABLE key_types (n int GENERATED ALWAYS AS IDENTITY, parent text, child text, parents text[], children text[]);
INSERT INTO key_types (parent, child, parents, children) VALUES
 ('int', 'int', '{1,2,3}', '{1,1,3,NULL}'),
 ('bigint', 'int', '{1,2,2147483648}', '{1,2,2,NULL}'), ('int', 'bigint', '{1,2,3}', '{1,2,2,NULL}'),
 ('smallint', 'bigint', '{1,2,-3}', '{1,-3}'), ('bigint', 'smallint', '{1,2}', '{1,1,2}'),
 ('numeric', 'numeric', '{1.0,2.50,3}', '{1.00,1,2.5,3.000}'), ('numeric', 'int', '{1.0,2,3}', '{1,3}'),
 ('float8', 'float8', '{0,1.5,NaN}', '{-0,0,1.5,NaN}'), ('float8', 'float4', '{0.5,2}', '{0.5,0.5}'),
 ('text', 'text', '{a,b,""}', '{a,a,"",NULL}'),
 ('text', 'varchar(5)', '{a,b}', '{a,b,b}'), ('varchar(10)', 'text', '{a,b}', '{a,b,b}'),
 ('char(5)', 'char(5)', '{a,b}', '{a,"b  "}'), ('char(5)', 'char(3)', '{a,b}', '{a,b}'),
 ('name', 'name', '{a,b}', '{b}'), ('"char"', '"char"', '{a,b}', '{b,a}'), ('text', 'name', '{a,b}', '{b}'),
 ('uuid', 'uuid', '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12}',
     '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12}'),
 ('date', 'date', '{2020-01-01,infinity}', '{infinity,2020-01-01}'),
 ('timestamptz', 'timestamptz', '{2020-01-01 00:00+00}', '{2020-01-01 02:00+02}'),
 ('timestamp', 'date', '{2020-01-01,2020-01-02}', '{2020-01-02}'),
 ('date', 'timestamp', '{2020-01-01,2020-01-02}', '{2020-01-02}'),
 ('timetz', 'timetz', '{12:00+00}', '{12:00+00}'), ('interval', 'interval', '{1 day,1 mon}', '{24:00,30 days}'),
 ('bool', 'bool', '{t,f}', '{t,f,f,NULL}'), ('bytea', 'bytea', '{"\\x00","\\x01"}', '{"\\x01"}'),
 ('inet', 'inet', '{10.0.0.1}', '{10.0.0.1/32}'), ('inet', 'cidr', '{10.0.0.0/8}', '{10.0.0.0/8}'),
 ('macaddr', 'macaddr', '{08:00:2b:01:02:03}', '{08-00-2b-01-02-03}'),
 ('bit(3)', 'bit(3)', '{101}', '{101}'), ('money', 'money', '{1.50}', '{1.5}'),
 ('oid', 'oid', '{1,4294967295}', '{4294967295}'), ('pg_lsn', 'pg_lsn', '{0/1}', '{0/1}'),
 ('mood', 'mood', '{sad,ok}', '{ok,ok}'), ('int4range', 'int4range', '{"[1,3)",empty}', '{"[1,2]",empty}'),
 ('int[]', 'int[]', '{"{1,2}","{}"}', '{"{1,2}"}'), ('pair', 'pair', '{"(1,x)","(,)"}', '{"(1,x)"}'),
 ('jsonb', 'jsonb', '{"{\"a\":1}","[1.0]"}', '{"{\"a\": 1}","[1.00]"}'),
 ('text[]', 'text[]', '{"{a,NULL}"}', '{"{a,NULL}"}'), ('tsvector', 'tsvector', '{a b}', '{b a}'),
 ('d_int', 'int', '{1,2}', '{1,1}'), ('int', 'd_int', '{1,2}', '{1,1}'), ('d_d_int', 'd_int', '{1,2}', '{1,2}'),
 ('bigint', 'd_d_int', '{1,2}', '{1,2}'), ('d_text', 'varchar', '{a,b}', '{a,b}'),
 ('varchar', 'd_text', '{a,b}', '{a,b}'), ('d_d_int', 'bigint', '{1,2}', '{2}');
-- the types that a key cannot have say so themselves; those here must all pass
CREATE FUNCTION try_key(parent text, child text, parents text[], children text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE r text; n int;
BEGIN
  EXECUTE format('CREATE TABLE par (k %s PRIMARY KEY, v int GENERATED ALWAYS AS IDENTITY)', parent);
  EXECUTE format('CREATE TABLE chi (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, k %s REFERENCES par)', child);
  EXECUTE format('INSERT INTO par SELECT x::%s FROM unnest($1) x', parent) USING parents;
  EXECUTE format('INSERT INTO chi (k) SELECT x::%s FROM unnest($1) x', child) USING children;
  SELECT count(*), string_agg(DISTINCT diff(jsonify(p, '{ v chi { id } }'), jsonb_build_object('v', p.v, 'chi',
           (SELECT coalesce(jsonb_agg(jsonb_build_object('id', c.id) ORDER BY c.id), '[]')
            FROM chi c WHERE p.k = c.k))), '; ')
    INTO n, r FROM par p;
  IF r = 'ok' THEN
    SELECT n + count(*), string_agg(DISTINCT diff(jsonify(c, '{ id par { v } }'), jsonb_build_object('id', c.id, 'par', (SELECT jsonb_build_object('v', p.v) FROM par p WHERE p.k = c.k))), '; ')
      INTO n, r FROM chi c;
  END IF;
  IF r = 'ok' THEN
    SELECT diff(jsonify_agg(c, '{ par { v chi { id } } }' ORDER BY id), jsonb_agg(jsonb_build_object('par',
             (SELECT jsonb_build_object('v', p.v, 'chi',
                     (SELECT jsonb_agg(jsonb_build_object('id', d.id) ORDER BY d.id) FROM chi d WHERE p.k = d.k))
              FROM par p WHERE p.k = c.k)) ORDER BY id)) INTO r FROM chi c;
  END IF;
  IF n <> cardinality(parents) + cardinality(children) AND r = 'ok' THEN r := n || ' rows only'; END IF;
  DROP TABLE chi, par;
  RETURN r;
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END$$;
SELECT n, parent, child, r FROM key_types, try_key(parent, child, parents, children) r WHERE r <> 'ok' ORDER BY n;
SELECT count(*) AS key_types, count(*) FILTER (WHERE try_key(parent, child, parents, children) = 'ok') AS ok FROM key_types;
CREATE TABLE par (k numeric PRIMARY KEY);
CREATE TABLE chi (k numeric REFERENCES par);
INSERT INTO par VALUES (2.50);
INSERT INTO chi VALUES (2.5);
SELECT jsonify(c, '{ k par { k } }') FROM chi c;
DROP TABLE chi, par;

-- Where keys compare under a collation that ignores case, so do documents.
DO $$
DECLARE r text;
BEGIN
  IF EXISTS (SELECT FROM pg_collation WHERE collprovider = 'i') THEN
    EXECUTE $q$CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false)$q$;
    CREATE TABLE par (k text COLLATE nocase PRIMARY KEY);
    CREATE TABLE chi (id int PRIMARY KEY, k text COLLATE nocase REFERENCES par);
    INSERT INTO par VALUES ('a'), ('B');
    INSERT INTO chi VALUES (1, 'A'), (2, 'a'), (3, 'b');
    SELECT diff(jsonify_agg(p, '{ k chi { id par { k } } }' ORDER BY k),
          '[{"k": "a", "chi": [{"id": 1, "par": {"k": "a"}}, {"id": 2, "par": {"k": "a"}}]},
            {"k": "B", "chi": [{"id": 3, "par": {"k": "B"}}]}]')
      INTO r FROM par p;
    IF r <> 'ok' THEN RAISE '%', r; END IF;
    DROP TABLE chi, par;
  END IF;
END$$;

-- One-to-one, or to-many: it takes a whole, valid, plain unique index whose
-- columns lie within the key.
CREATE TABLE a (id int PRIMARY KEY, id2 int, UNIQUE (id, id2));
INSERT INTO a VALUES (1, 1);
CREATE TABLE kinds (n int GENERATED ALWAYS AS IDENTITY, index_ text, is_one bool);
INSERT INTO kinds (index_, is_one) VALUES
 ('UNIQUE INDEX ON b (a_id)', true), ('UNIQUE INDEX ON b (a_id) INCLUDE (x)', true),
 ('UNIQUE INDEX ON b (a_id DESC)', true), ('UNIQUE INDEX ON b (x) INCLUDE (a_id)', false), ('INDEX ON b (a_id)', false),
 ('UNIQUE INDEX ON b (a_id, x)', false),
 ('UNIQUE INDEX ON b (a_id) WHERE x > 0', false), ('UNIQUE INDEX ON b ((a_id + 0))', false),
 ('UNIQUE INDEX ON b (a_id, (x + 1))', false), ('UNIQUE INDEX ON b (x)', false);
CREATE FUNCTION try_kind(index_ text, is_one bool) RETURNS text LANGUAGE plpgsql AS $$
DECLARE r text;
BEGIN
  CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a, x int);
  INSERT INTO b VALUES (7, 1, 5);
  EXECUTE 'CREATE ' || index_;
  SELECT diff(jsonify(a, '{ b { id } }'), CASE WHEN is_one THEN '{"b": {"id": 7}}' ELSE '{"b": [{"id": 7}]}' END::jsonb) INTO r FROM a;
  IF is_one AND r = 'ok' THEN
    UPDATE pg_index SET indisvalid = false WHERE indrelid = 'b'::regclass AND NOT indisprimary;
    ALTER TABLE b ALTER x SET STATISTICS 50;
    SELECT diff(jsonify(a, '{ b { id x } }'), '{"b": [{"id": 7, "x": 5}]}') INTO r FROM a;
  END IF;
  DROP TABLE b;
  RETURN r;
END$$;
SELECT index_, try_kind(index_, is_one) AS result FROM kinds ORDER BY n;
-- within a composite key a unique index on some of its columns does
CREATE TABLE c (x int UNIQUE, y int, FOREIGN KEY (x, y) REFERENCES a (id, id2));
CREATE TABLE d (x int, y int, FOREIGN KEY (x, y) REFERENCES a (id, id2), PRIMARY KEY (y, x));
CREATE TABLE e (x int, y int, z int, FOREIGN KEY (x, y) REFERENCES a (id, id2), PRIMARY KEY (y, x, z));
INSERT INTO c VALUES (1, 1); INSERT INTO d VALUES (1, 1); INSERT INTO e VALUES (1, 1, 1), (1, 1, 0);
SELECT jsonify(a, '{ c { y } d { y } e { z } }') FROM a;
DROP TABLE a, c, d, e;

-- Children come in primary-key order, all its columns, in its order; without one
-- by a unique index of columns that are not null.
CREATE TABLE a (id int PRIMARY KEY);
CREATE TABLE by_two (u int, v text, a_id int REFERENCES a, PRIMARY KEY (v, u));
CREATE TABLE by_unique (u int NOT NULL UNIQUE, v int UNIQUE, a_id int REFERENCES a);
CREATE TABLE by_nothing (u int, a_id int REFERENCES a);
INSERT INTO a VALUES (1), (2);
INSERT INTO by_two SELECT 13 * i % 7, 'v' || i % 4, 1 + i % 2 FROM generate_series(1, 25) i ON CONFLICT DO NOTHING;
INSERT INTO by_unique SELECT 17 * i % 31, 30 - i, 1 + i % 2 FROM generate_series(1, 30) i;
INSERT INTO by_nothing SELECT 7 * i % 31, 1 + i % 2 FROM generate_series(1, 30) i;
SELECT diff(jsonify(a, '{ by_two }'), jsonb_build_object('by_two', (SELECT jsonb_agg(b ORDER BY v, u) FROM by_two b WHERE a_id = id))) AS by_two,
       diff(jsonify(a, '{ by_unique { u } }'), jsonb_build_object('by_unique', (SELECT jsonb_agg(jsonb_build_object('u', u) ORDER BY u) FROM by_unique b WHERE a_id = id))) AS by_unique,
       diff(jsonify(a, '{ by_nothing { u } }'), jsonb_build_object('by_nothing', (SELECT jsonb_agg(jsonb_build_object('u', u) ORDER BY b.ctid) FROM by_nothing b WHERE a_id = id))) AS by_nothing
FROM a;
SELECT jsonify(a, '{ two: by_two(limit: 3) { v u } unique: by_unique(limit: 3).u nothing: by_nothing(limit: 3).u }')
  FROM a WHERE id = 1;
DROP TABLE a, by_two, by_unique, by_nothing;

-- Names: quoted, as long as they can be, beginning alike, with suffixes only.
CREATE TABLE "Odd "" Näme" ("The Id" int PRIMARY KEY, "sEt" text);
CREATE TABLE x23456789012345678901234567890123456789012345678901234567890123 (
  x23456789012345678901234567890123456789012345678901234567890_id int CONSTRAINT c23456789012345678901234567890123456789012345678901234567890123 REFERENCES "Odd "" Näme",
  "userId" int REFERENCES "Odd "" Näme", "by id" int REFERENCES "Odd "" Näme", _id int REFERENCES "Odd "" Näme",
  "Id" int REFERENCES "Odd "" Näme", id int PRIMARY KEY REFERENCES "Odd "" Näme",
  paid int REFERENCES "Odd "" Näme", "ownerID" int REFERENCES "Odd "" Näme");
INSERT INTO "Odd "" Näme" SELECT i, 's' || i FROM generate_series(1, 8) i;
INSERT INTO x23456789012345678901234567890123456789012345678901234567890123 VALUES (1, 2, 3, 4, 5, 6, 7, 8);
SELECT jsonb_pretty(jsonify(x, '{
    x23456789012345678901234567890123456789012345678901234567890 { "sEt" }
    user { sEt } "by id" { sEt } _id, i: _id { sEt } Id { "The Id" } i2: id { sEt } paid { sEt } ownerID { sEt }
    c23456789012345678901234567890123456789012345678901234567890123 { "The Id" }
    c: "Odd "" Näme"(via: userId) { "The Id" } d: "Odd "" Näme"(via: "by id") { "The Id" }
  }'))
FROM x23456789012345678901234567890123456789012345678901234567890123 x;
SELECT jsonify(o, '{ x23456789012345678901234567890123456789012345678901234567890123(via: userId) { id } }') FROM "Odd "" Näme" o WHERE "The Id" = 2;
SELECT jsonify(o, '{ x23456789012345678901234567890123456789012345678901234567890123 { id } }') FROM "Odd "" Näme" o WHERE "The Id" = 2;

-- Other schemas, outside the search_path; one table name in two of them.
CREATE SCHEMA t_keys2;
CREATE SCHEMA "t Keys.3";
CREATE TABLE t_keys2.owners (id int PRIMARY KEY, name text);
CREATE TABLE items (id int PRIMARY KEY, owner_id int REFERENCES t_keys2.owners);
CREATE TABLE t_keys2.items (id int PRIMARY KEY, owner_id int REFERENCES t_keys2.owners);
CREATE TABLE "t Keys.3".items (id int PRIMARY KEY, owner_id int CONSTRAINT third REFERENCES t_keys2.owners);
CREATE TABLE t_keys2.marks (id int PRIMARY KEY);
CREATE TABLE marked (item_id int REFERENCES items, mark_id int REFERENCES t_keys2.marks, PRIMARY KEY (item_id, mark_id));
CREATE TABLE "t Keys.3".marked (item_id int REFERENCES items, mark_id int REFERENCES t_keys2.marks, PRIMARY KEY (item_id, mark_id));
INSERT INTO t_keys2.owners VALUES (1, 'o');
INSERT INTO items VALUES (1, 1); INSERT INTO t_keys2.items VALUES (2, 1); INSERT INTO "t Keys.3".items VALUES (3, 1);
INSERT INTO t_keys2.marks VALUES (1), (2);
INSERT INTO marked VALUES (1, 1); INSERT INTO "t Keys.3".marked VALUES (1, 2);
SELECT jsonify(i, '{ owner { name } a: marks(via: t_keys.marked) { id } b: marks(via: "t Keys.3".marked) { id } }') FROM items i;
SELECT jsonify(i, '{ owner { third { id } } }') FROM "t Keys.3".items i;
SELECT jsonify(i, '{ marks { id } }') FROM items i;
SELECT jsonify(o, '{ items { id } }') FROM t_keys2.owners o;
DROP TABLE marked, "t Keys.3".marked, "t Keys.3".items, t_keys2.items;
SELECT jsonify(o, '{ items { id owner { name } } }') FROM t_keys2.owners o;

-- Partitioned tables, referencing and referenced. A key that partitions inherit
-- is their parent's; one of a partition's own is its own.
CREATE TABLE accounts (id int PRIMARY KEY, name text) PARTITION BY RANGE (id);
CREATE TABLE accounts_1 PARTITION OF accounts FOR VALUES FROM (1) TO (10);
CREATE TABLE accounts_2 (name text, id int NOT NULL);
ALTER TABLE accounts ATTACH PARTITION accounts_2 FOR VALUES FROM (10) TO (20);
CREATE TABLE events (id int, account_id int REFERENCES accounts, note_id int, PRIMARY KEY (id)) PARTITION BY HASH (id);
CREATE TABLE events_1 PARTITION OF events FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE events_2 PARTITION OF events FOR VALUES WITH (MODULUS 2, REMAINDER 1) PARTITION BY RANGE (id);
CREATE TABLE events_2a PARTITION OF events_2 DEFAULT;
CREATE TABLE notes (id int PRIMARY KEY, text text);
ALTER TABLE events_1 ADD CONSTRAINT own FOREIGN KEY (note_id) REFERENCES notes;
INSERT INTO accounts VALUES (1, 'one'), (11, 'eleven'), (3, 'none');
INSERT INTO notes VALUES (1, 'n');
INSERT INTO events SELECT i, CASE i % 3 WHEN 0 THEN 1 WHEN 1 THEN 11 END, 1 FROM generate_series(1, 20) i;
SELECT count(*), string_agg(DISTINCT diff(jsonify(a, '{ id events { id account { name } } }'), jsonb_build_object('id', id, 'events',
         (SELECT coalesce(jsonb_agg(jsonb_build_object('id', e.id, 'account', jsonb_build_object('name', a.name))
                                    ORDER BY e.id), '[]')
          FROM events e WHERE e.account_id = a.id))), '; ') FROM accounts a;
SELECT count(*), string_agg(DISTINCT diff(jsonify(e, '{ id accounts { name } }'), jsonb_build_object('id', id, 'accounts',
          (SELECT jsonb_build_object('name', name) FROM accounts a WHERE e.account_id = a.id))), '; ') FROM events e;
SELECT jsonify(a, '{ name events { id } }') FROM accounts a WHERE id = 1;
SELECT jsonify(a, '{ events_1 { id } }') FROM accounts a;
SELECT jsonb_array_length(jsonify(n, '{ events_1 { id } }') -> 'events_1') = (SELECT count(*) FROM events_1) AS own_key FROM notes n;
SELECT diff(jsonify(e, '{ note { text } account { name } }'), jsonb_build_object('note', '{"text": "n"}'::jsonb,
        'account', (SELECT jsonb_build_object('name', name) FROM accounts a WHERE a.id = account_id)))
  FROM events_1 e ORDER BY id LIMIT 1;

SELECT jsonify(a, '{ events { id } }') FROM accounts_1 a WHERE id = 1;

-- A junction that is partitioned; a key that is not valid; one that is deferred;
-- a temporary table; a view, which has none.
CREATE TABLE linked (account_id int REFERENCES accounts, note_id int REFERENCES notes, PRIMARY KEY (account_id, note_id)) PARTITION BY HASH (account_id);
CREATE TABLE linked_1 PARTITION OF linked FOR VALUES WITH (MODULUS 1, REMAINDER 0);
INSERT INTO linked VALUES (1, 1), (11, 1);
SELECT jsonify(n, '{ accounts { id notes { id } } }') FROM notes n;
CREATE TABLE loose (id int PRIMARY KEY, note_id int);
INSERT INTO loose VALUES (1, 1), (2, 99);
ALTER TABLE loose ADD FOREIGN KEY (note_id) REFERENCES notes DEFERRABLE INITIALLY DEFERRED NOT VALID;
SELECT jsonify_agg(l, '{ id note { text } }' ORDER BY id) FROM loose l;
SELECT jsonify(n, '{ loose { id } }') FROM notes n;
CREATE TEMP TABLE temp_a (id int PRIMARY KEY);
CREATE TEMP TABLE temp_b (id int PRIMARY KEY, a_id int REFERENCES temp_a);
INSERT INTO temp_a VALUES (1); INSERT INTO temp_b VALUES (2, 1), (1, 1);
SELECT jsonify(a, '{ temp_b { id a { id } } }') FROM temp_a a;
CREATE VIEW v_notes AS SELECT * FROM notes;
SELECT jsonify(v, '{ id text }') FROM v_notes v;
SELECT jsonify(v, '{ loose { id } }') FROM v_notes v;

-- Inheritance: a child table has its own keys only. Neither key binds it, so that
-- its rows are not taken for those of its parent, whatever they look like.
CREATE TABLE loose_kid (extra int) INHERITS (loose);
INSERT INTO loose_kid VALUES (5, 1, 0);
SELECT jsonify(n, '{ loose { id } }') FROM notes n;
SELECT jsonify(k, '{ note { text } }') FROM loose_kid k;
CREATE TABLE notes_kid () INHERITS (notes);
INSERT INTO notes_kid (id, text) VALUES (1, 'impostor');
SELECT jsonify(l, '{ id note { text } }') FROM ONLY loose l WHERE id = 1;
SELECT bool_and(d -> 'note' ->> 'text' = 'n') AS never_an_impostor, count(*) FROM jsonb_array_elements(
      (SELECT jsonify_agg(l, '{ note { text } }') FROM ONLY loose l, generate_series(1, 2000) WHERE id = 1)) d;

-- Keys that are passed as text are exact in every setting.
CREATE TABLE fa (k float8[] PRIMARY KEY, t timestamptz[] UNIQUE);
CREATE TABLE fb (id int PRIMARY KEY, k float8[] REFERENCES fa, t timestamptz[] REFERENCES fa (t));
INSERT INTO fa SELECT ARRAY[0.1::float8 + 0.2::float8], ARRAY[timestamptz '2024-10-27 01:30:00.123456+00'];
INSERT INTO fb SELECT 1, k, t FROM fa;
SET extra_float_digits = -15; SET datestyle = 'SQL, DMY'; SET timezone = 'Europe/Warsaw';
SELECT jsonify(b, '{ k: fa(via: k) { ok: k } }') -> 'k' <> 'null' AS by_floats,
    jsonify(b, '{ t: fa(via: t) { ok: k } }') -> 't' <> 'null' AS by_times FROM fb b;
SELECT jsonify(b, '{ k: fa(via: k) { k } t: fa(via: t) { t } }') FROM fb b;
SHOW extra_float_digits;
SHOW datestyle;
RESET extra_float_digits; RESET datestyle; RESET timezone;

-- Many different keys that have one hash are no trap.
CREATE TABLE folded (id bigint PRIMARY KEY);
INSERT INTO folded SELECT (i::bigint << 32) | i FROM generate_series(1, 3000) i;
CREATE TABLE folds (id int PRIMARY KEY, folded_id bigint REFERENCES folded);
INSERT INTO folds SELECT i, (i::bigint << 32) | i FROM generate_series(1, 3000) i;
SELECT count(*) FILTER (WHERE d #>> '{folded,id}' = ((d -> 'id')::bigint << 32 | (d -> 'id')::bigint)::text) AS found
  FROM jsonb_array_elements((SELECT jsonify_agg(f, '{ id folded { id } }') FROM folds f)) d;
SELECT jsonify(f, '{ id folded { id } }') FROM folds f WHERE id < 3 ORDER BY id;

-- A unique index makes a key one-to-one if it compares as the key does.
CREATE TYPE amount AS (n numeric);
CREATE TABLE sums (id amount PRIMARY KEY);
CREATE TABLE parts (id int PRIMARY KEY, sum_id amount REFERENCES sums);
CREATE UNIQUE INDEX ON parts (sum_id record_image_ops);
INSERT INTO sums VALUES ('(1.0)');
INSERT INTO parts VALUES (1, '(1.0)'), (2, '(1.00)');
SELECT jsonify(s, '{ parts { id } }') FROM sums s;

SET client_min_messages = warning;
DROP SCHEMA t_keys, t_keys2, "t Keys.3" CASCADE;
