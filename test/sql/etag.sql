-- "@etag": the state of what an object says by itself and owns.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_etag;
SET search_path = t_etag, public;
CREATE TABLE users (id int PRIMARY KEY, name text, email text, views int DEFAULT 0, pw text, created_at timestamptz, meta jsonb, boss_id int REFERENCES users);
CREATE TABLE profiles (user_id int PRIMARY KEY REFERENCES users, bio text);
CREATE TABLE products (sku text PRIMARY KEY, title text);
CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users, qty int, product_id text REFERENCES products);
CREATE TABLE lines (order_id int REFERENCES orders, line_no int, qty numeric, PRIMARY KEY (order_id, line_no));
CREATE TABLE tags (id int PRIMARY KEY, name text UNIQUE, colour text);
CREATE TABLE users_tags (user_id int REFERENCES users, tag_id int REFERENCES tags, PRIMARY KEY (user_id, tag_id));
CREATE TABLE notes (id int PRIMARY KEY, user_id int REFERENCES users, body text);
CREATE FUNCTION shout(users) RETURNS text LANGUAGE sql STABLE AS $$ SELECT upper($1.name) || (SELECT count(*) FROM t_etag.notes) $$;
INSERT INTO users VALUES (1, 'ada', 'a@x', 3, 'pw', '2024-05-06 07:08:09+00', '{"theme": "dark"}', NULL), (2, 'ben', NULL, 0, NULL, NULL, NULL, 1);
INSERT INTO profiles VALUES (1, 'old');
INSERT INTO products VALUES ('s1', 'one'), ('s2', 'two');
INSERT INTO orders VALUES (1, 1, 10, 's1'), (2, 1, 20, NULL), (3, 2, 30, 's2');
INSERT INTO lines VALUES (1, 1, 1.0), (1, 2, 2.5), (2, 1, 7);
INSERT INTO tags VALUES (1, 'red', 'r'), (2, 'blue', 'b'), (3, 'green', 'g');
INSERT INTO users_tags VALUES (1, 1), (1, 2);
INSERT INTO notes VALUES (1, 1, 'n');

-- What it looks like: at the root, in owned elements, and in others.
SELECT jsonify_text(u, '{ @etag, id, orders(write: own) { version: @etag, id, lines(write: own) { line_no, qty } } }') FROM users u ORDER BY id;
SELECT jsonify_text(u, '{ id, boss { @etag, id, name, orders(write: own) { id } } }', '{}', '{"indent": 2}') FROM users u WHERE id = 2;

-- The same by every function, and of a row that was passed or is read.
CREATE FUNCTION whole() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT
 '{ @etag, id, name, email @readonly, views @nocheck, created_at @once, orders(write: own) { id, qty, product(write: link, by: sku) { sku, title },
    lines(write: own, order: qty) { line_no, qty } }, profiles(write: own) { bio }, tags(write: link, by: name) { name, colour },
    boss { name }, notes { body }, shout, count(notes), sum(orders.qty), meta.theme }' $$;
CREATE FUNCTION etag_of(shape text, options jsonb DEFAULT '{}', relation regclass DEFAULT 'users', id int DEFAULT 1) RETURNS text LANGUAGE sql AS
 $$ SELECT d ->> 'etag' FROM jsonify_find(relation, '(where: id = $id) ' || shape, jsonb_build_object('id', id), options) d $$;
SELECT count(*), count(DISTINCT etag), min(length(etag)), bool_and(etag ~ '^[0-9a-f]{32}$') FROM (
 SELECT jsonify(u, whole()) ->> 'etag' FROM users u WHERE id = 1 UNION ALL
 SELECT jsonify_text(u, whole()) ->> 'etag' FROM users u WHERE id = 1 UNION ALL
 SELECT jsonify_agg(u, whole() ORDER BY id) -> 0 ->> 'etag' FROM users u UNION ALL
 SELECT jsonify_text_agg(u, whole() ORDER BY id) -> 0 ->> 'etag' FROM users u UNION ALL
 SELECT jsonify(array_agg(u ORDER BY id), whole()) -> 0 ->> 'etag' FROM users u UNION ALL
 SELECT d ->> 'etag' FROM jsonify_find('users', '(order: id) ' || whole()) WITH ORDINALITY f (d, n) WHERE n = 1 UNION ALL
 SELECT d ->> 'etag' FROM jsonify_find_text('users', '(order: id) ' || whole()) WITH ORDINALITY f (d, n) WHERE n = 1) e (etag);

-- Neither options and settings change it, nor the order of items, aliases and formats.
SELECT options, etag_of(whole(), options) = etag_of(whole()) AS same FROM unnest(ARRAY['{"keys": "camel"}', '{"nulls": "omit"}',
 '{"formats": {"timestamptz": "epoch_ms", "numeric": "string", "int4": "string"}}']::jsonb[]) options;
CREATE FUNCTION etag_under(name text, value text, shape text, relation regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE old text := current_setting(name);
DECLARE e text;
BEGIN
  PERFORM set_config(name, value, false);
  EXECUTE format('SELECT t_etag.etag_of(%L, ''{}'', %L)', shape, relation::oid) INTO e;
  PERFORM set_config(name, old, false);
  RETURN e;
END$$;
ALTER FUNCTION etag_of SET search_path = t_etag, public;
CREATE TABLE settings (name text, value text);
INSERT INTO settings VALUES ('timezone', 'Asia/Kathmandu'), ('datestyle', 'SQL, DMY'), ('intervalstyle', 'iso_8601'), ('extra_float_digits', '-5'),
 ('bytea_output', 'escape'), ('client_encoding', 'LATIN1'), ('xmlbinary', 'hex'), ('lc_monetary', 'C'), ('quote_all_identifiers', 'on'), ('jsonify.formats', 'web'),
 ('jsonify.nulls', 'omit'), ('jsonify.keys', 'camel'), ('jsonify.batch_size', '1');
SELECT name, value, etag_under(name, value, whole(), 'users') = etag_of(whole()) AS same, etag_under(name, value, filtered, 'users') = etag_of(filtered) AS with_where
 FROM settings, (VALUES ('{ @etag, orders(write: own, where: product.title is not null and qty > 1) { id } }')) f (filtered);
CREATE TABLE variants (n int GENERATED ALWAYS AS IDENTITY, shape text);
INSERT INTO variants (shape) VALUES
('{ @etag, id, name, orders(write: own) { id, qty }, tags(write: link) { id } }'),
('{ tags(write: link) { name, id }, orders(write: own) { qty, id }, name, id, @etag }'),
('{ n: name, i: id, o: orders(write: own, order: qty desc) { a: id, b: qty @string }, t: tags(write: link) { id }, etag: @etag }'),
('{ @etag, id, name, again: name, orders(write: own, missing: delete, by: id) { id, qty }, tags(write: link, missing: unlink, by: id) { id } }'),
('{ @etag, id @readonly, name @once, orders(write: own, via: user_id) { id, qty }, tags(write: link, via: users_tags) { id } }'),
('{ @etag, id, name, orders(write: own, key: id) { @etag, id, qty }, tags(write: link) { id } }'),
('{ @etag, id, name, orders(write: own, page: 10, missing: keep) { id, qty }, t: tags(write: link).id }'),
('{ @etag, * -email -views -pw -created_at -meta -boss_id, orders(write: own) { * -user_id -product_id }, tags(write: link) { id } }'),
('{ @etag, id, name, email @nocheck, meta.theme, shout, profiles { bio }, orders(write: own) { id, qty, lines { qty } }, tags(write: link) { id, colour } }'),
('{ @etag, id, name, orders(write: own) { id, qty, lines(write: none) { lines: order(write: own) { id } } }, tags(write: link) { id } }');
SELECT n, etag_of(shape) = first_value(etag_of(shape)) OVER (ORDER BY n) AS same FROM variants ORDER BY n;
-- Another shape is another in its first eight digits.
SELECT shape, left(etag_of(shape), 8) AS digits, left(etag_of(shape), 8) = left(etag_of(shape, id => 2), 8) AS of_all FROM (VALUES
 ('{ @etag }'), ('{ @etag, id }'), ('{ @etag, name }'), ('{ @etag, id, name }'), ('{ @etag, orders(write: own) { id } }'), ('{ @etag, orders(write: link) { id } }'),
 ('{ @etag, orders(write: own) { id, qty } }'), ('{ @etag, orders(write: own, where: qty > 10) { id } }'), ('{ @etag, boss(write: link) { id } }'),
 ('{ @etag, boss(write: link, by: name) { name } }'), ('{ @etag, users(via: boss_id, write: link) { id } }'), ('{ @etag, users(via: boss_id, recurse: 2, write: own) }')) s (shape);

-- What changes it, and what does not.
CREATE FUNCTION after(change text, shape text DEFAULT whole()) RETURNS text LANGUAGE plpgsql AS $$
DECLARE old text := t_etag.etag_of(shape);
DECLARE new text;
BEGIN
  BEGIN
    EXECUTE change;
    new := t_etag.etag_of(shape);
    RAISE EXCEPTION SQLSTATE 'ZZ000';
  EXCEPTION WHEN SQLSTATE 'ZZ000' THEN NULL;
  END;
  RETURN CASE WHEN new = old THEN 'same' WHEN left(new, 8) = left(old, 8) THEN 'changed' ELSE 'another shape' END;
END$$;
CREATE TABLE changes (n int GENERATED ALWAYS AS IDENTITY, expected text, change text);
INSERT INTO changes (expected, change) VALUES
('changed', 'UPDATE users SET name = ''Ada'' WHERE id = 1'),
('changed', 'UPDATE users SET name = NULL WHERE id = 1'),
('changed', 'UPDATE users SET name = '''' WHERE id = 1'),
('changed', 'UPDATE users SET email = ''b@x'' WHERE id = 1'),
('changed', 'UPDATE users SET created_at = created_at + ''1 microsecond'' WHERE id = 1'),
('same', 'UPDATE users SET created_at = ''2024-05-06 09:08:09+02'' WHERE id = 1'),
('changed', 'UPDATE orders SET qty = 11 WHERE id = 1'),
('changed', 'UPDATE orders SET qty = NULL WHERE id = 1'),
('changed', 'UPDATE orders SET qty = 30 - qty WHERE id IN (1, 2)'),
('changed', 'INSERT INTO orders VALUES (9, 1, 1)'),
('changed', 'DELETE FROM lines WHERE order_id = 2; DELETE FROM orders WHERE id = 2'),
('changed', 'UPDATE orders SET user_id = 1 WHERE id = 3'),
('changed', 'UPDATE orders SET product_id = ''s2'' WHERE id = 1'),
('changed', 'UPDATE orders SET product_id = NULL WHERE id = 1'),
('changed', 'UPDATE orders SET product_id = ''s1'' WHERE id = 2'),
('changed', 'UPDATE lines SET qty = 1.00 WHERE order_id = 1 AND line_no = 1'),
('changed', 'UPDATE lines SET order_id = 2 WHERE line_no = 2'),
('changed', 'DELETE FROM lines WHERE order_id = 2'),
('changed', 'UPDATE profiles SET bio = NULL'),
('changed', 'DELETE FROM profiles'),
('changed', 'INSERT INTO users_tags VALUES (1, 3)'),
('changed', 'DELETE FROM users_tags WHERE tag_id = 1'),
('changed', 'UPDATE users_tags SET tag_id = 3 WHERE tag_id = 2'),
('same', 'UPDATE orders SET qty = qty + 1 WHERE id = 3'),
('same', 'UPDATE users SET views = 99, pw = NULL WHERE id = 1'),
('same', 'UPDATE users SET meta = ''{"theme": "light"}'' WHERE id = 1'),
('same', 'UPDATE users SET boss_id = 2 WHERE id = 1'),
('same', 'INSERT INTO notes VALUES (2, 1, ''m'')'),
('same', 'UPDATE products SET title = ''x'''),
('same', 'UPDATE tags SET colour = ''x'''),
('same', 'UPDATE tags SET id = id + 10 WHERE id = 3; INSERT INTO users_tags VALUES (2, 13)'),
('same', 'ALTER TABLE users ADD COLUMN later int DEFAULT 5; ALTER TABLE orders DROP COLUMN user_id CASCADE; ALTER TABLE orders ADD user_id int REFERENCES users; UPDATE orders SET user_id = CASE id WHEN 3 THEN 2 ELSE 1 END'),
('same', 'ALTER TABLE users ALTER created_at TYPE timestamptz(3)'),
('same', 'CREATE TABLE other (user_id int REFERENCES users)'),
('another shape', 'ALTER TABLE orders RENAME user_id TO owner_id');
SELECT n, change, expected, after(change) AS found FROM changes WHERE after(change) <> expected ORDER BY n;
SELECT expected, count(*) FROM changes GROUP BY expected ORDER BY 1;
-- An element's is its own: of its siblings and of what is around it nothing counts.
WITH before AS MATERIALIZED (SELECT jsonify(u, '{ @etag, name, orders(write: own, key: id) { @etag, id, qty, lines(write: own) { line_no, qty } } }') AS d FROM users u WHERE id = 1),
 after AS MATERIALIZED (SELECT d FROM jsonify_find('users', '(where: id = 1) { @etag, name, orders(write: own, key: id) { @etag, id, qty, lines(write: own) { line_no, qty } } }') d)
SELECT before.d = after.d AS same FROM before, after;
CREATE TABLE kept AS SELECT jsonify(u, '{ @etag, name, orders(write: own, key: id) { @etag, id, qty, lines(write: own) { line_no, qty } } }') AS d FROM users u WHERE id = 1;
UPDATE lines SET qty = 8 WHERE order_id = 2;
SELECT path, d #>> path = (SELECT jsonify(u, '{ @etag, name, orders(write: own, key: id) { @etag, id, qty, lines(write: own) { line_no, qty } } }') FROM users u WHERE id = 1) #>> path AS same
FROM kept, (VALUES ('{etag}'::text[]), ('{orders,1,etag}'), ('{orders,2,etag}')) p (path);
UPDATE lines SET qty = 7 WHERE order_id = 2;
-- A part of a relation counts as far as it is read; two conditions are two relations.
SELECT n, after(change, shape) FROM (VALUES
 (1, 'UPDATE orders SET qty = 21 WHERE id = 2', '{ @etag, orders(write: own, missing: keep, order: id, limit: 1) { id, qty } }'),
 (2, 'UPDATE orders SET qty = 11 WHERE id = 1', '{ @etag, orders(write: own, missing: keep, order: id, limit: 1) { id, qty } }'),
 (3, 'UPDATE orders SET qty = 30 - qty WHERE id < 3', '{ @etag, few: orders(write: own, where: qty < 15) { id }, many: orders(write: own, where: qty >= 15) { id } }'),
 (4, 'UPDATE orders SET qty = 30 - qty WHERE id < 3', '{ @etag, orders(write: own) { id } }'),
 (5, 'UPDATE tags SET name = ''x'' WHERE id = 1', '{ @etag, tags(write: link, by: name).name }'),
 (6, 'UPDATE tags SET colour = ''x'' WHERE id = 1', '{ @etag, tags(write: link, by: name).name }'),
 (7, 'UPDATE orders SET qty = 0 WHERE id = 2', '{ @etag, orders(write: own).qty }'),
 (8, 'UPDATE users SET boss_id = 2 WHERE id = 1', '{ @etag, boss(write: link) { name } }'),
 (9, 'UPDATE users SET boss_id = 2 WHERE id = 1', '{ @etag, boss { id } }')) c (n, change, shape) ORDER BY n;
-- An etag alone, of what is NULL, and where others are left out.
SELECT jsonify(u, '{ @etag, email }', '{}', '{"nulls": "omit"}') FROM users u WHERE id = 2;
SELECT jsonify_define('users', 'stamped', '{ id, @etag }');
SELECT etag_of('{ ...stamped }') = etag_of('{ @etag, id }') AS same, etag_of('{ ...stamped, name }') = etag_of('{ @etag, id, name }') AS grown;
SELECT jsonify_define('orders', 'default', '{ id, qty }');
SELECT etag_of('{ @etag, orders(write: own) }') = etag_of('{ @etag, orders(write: own) { id, qty } }') AS same;
SELECT jsonify_undefine('orders', 'default');
CREATE FUNCTION lines_json(lines) RETURNS jsonb LANGUAGE sql IMMUTABLE AS 'SELECT ''1''::jsonb';
CREATE CAST (lines AS jsonb) WITH FUNCTION lines_json(lines);
SELECT after('UPDATE lines SET qty = 2.6 WHERE line_no = 2', '{ @etag, orders(write: own) { lines(write: own) } }');
DROP CAST (lines AS jsonb);
-- Over a view, and rows without a table.
CREATE VIEW people AS SELECT id, name, boss_id FROM users;
SELECT etag_of('{ @etag, id, name }', relation => 'people') = etag_of('{ @etag, id, name }') AS same;
SELECT jsonify(r, '{ @etag, a }') FROM (SELECT 1 AS a, 2 AS b) r;
SELECT jsonify(r, '{ @etag, a }') FROM (SELECT ROW(1, timestamptz '2024-01-01 00:00Z', ROW('x')) AS a) r;

-- Trees: as far as they are read, and a row has one state wherever it stands.
CREATE TABLE nodes (id int PRIMARY KEY, parent_id int REFERENCES nodes, name text, word text);
INSERT INTO nodes VALUES (1, NULL, 'r'), (2, 1, 'a'), (3, 1, 'b'), (4, 2, 'aa'), (5, 4, 'aaa'), (6, 5, 'aaaa');
SELECT jsonify_find_text('nodes', '(where: id in (1, 2)) { @etag, id, name, nodes(via: parent_id, recurse: 4, write: own) }');
CREATE FUNCTION tree_after(change text, shape text DEFAULT '{ @etag, id, name, nodes(via: parent_id, recurse: 3, write: own) }') RETURNS text LANGUAGE plpgsql AS $$
DECLARE old text := t_etag.etag_of(shape, relation => 'nodes');
DECLARE new text;
BEGIN
  BEGIN
    EXECUTE change;
    new := t_etag.etag_of(shape, relation => 'nodes');
    RAISE EXCEPTION SQLSTATE 'ZZ000';
  EXCEPTION WHEN SQLSTATE 'ZZ000' THEN NULL;
  END;
  RETURN CASE WHEN new = old THEN 'same' ELSE 'changed' END;
END$$;
SELECT n, tree_after(change) FROM (VALUES
 (1, 'UPDATE nodes SET name = ''x'' WHERE id = 5'), (2, 'UPDATE nodes SET name = ''x'' WHERE id = 6'), (3, 'UPDATE nodes SET word = ''x'' WHERE id = 5'),
 (4, 'UPDATE nodes SET parent_id = 3 WHERE id = 4'), (5, 'INSERT INTO nodes VALUES (7, 3, ''n'')'), (6, 'INSERT INTO nodes VALUES (7, 5, ''n'')')) c (n, change) ORDER BY n;
SELECT n, tree_after(change, '{ @etag, id, name, nodes(via: parent_id, recurse: 3, write: link) }') FROM (VALUES
 (1, 'UPDATE nodes SET name = ''x'' WHERE id = 2'), (2, 'UPDATE nodes SET parent_id = 3 WHERE id = 4'), (3, 'UPDATE nodes SET parent_id = 1 WHERE id = 4')) c (n, change) ORDER BY n;
-- Round and round: a row is not entered again, the root neither.
UPDATE nodes SET parent_id = 6 WHERE id = 1;
SELECT jsonify_find_text('nodes', '(where: id = 1) { @etag, id, nodes(via: parent_id, recurse: 9, write: own) }');
SELECT jsonify_text(n, '{ @etag, id, parent(recurse: 9, write: own) }') FROM nodes n WHERE id = 4;
SELECT tree_after('UPDATE nodes SET name = ''x'' WHERE id = 6', '{ @etag, id, name, parent(recurse: 1, write: own) }'),
 tree_after('UPDATE nodes SET name = ''x'' WHERE id = 5', '{ @etag, id, name, parent(recurse: 1, write: own) }');

-- Types: the same rows in two schemas, whose types have different OIDs.
CREATE FUNCTION make_types(schema text) RETURNS void LANGUAGE plpgsql AS $f$
BEGIN
  EXECUTE format('CREATE SCHEMA %I', schema);
  PERFORM set_config('search_path', schema || ', public', true);
  CREATE TYPE mood AS ENUM ('sad', 'happy');
  CREATE TYPE inner_row AS (m mood, n numeric);
  CREATE TYPE outer_row AS (i int, gone int, r inner_row, l mood[]);
  ALTER TYPE outer_row DROP ATTRIBUTE gone;
  CREATE DOMAIN posint AS int CHECK (VALUE > 0);
  CREATE DOMAIN moods AS mood[];
  CREATE DOMAIN boxed AS outer_row;
  CREATE TYPE floatrange AS RANGE (subtype = float8);
  CREATE TYPE moodrange AS RANGE (subtype = mood);
  CREATE TABLE everything (id int, b bool, c "char", i2 int2, i8 int8, o oid, f4 float4, f8 float8, fz float8, fn float8, n numeric, n0 numeric, n2 numeric, nn numeric, m money,
    t text, e text, vc varchar(9), bc char(5), nm name, by bytea, u uuid, d date, tm time, tz timetz, ts timestamp, tsz timestamptz, di date, iv interval,
    j json, jb jsonb, jp jsonpath, ip inet, cd cidr, mac macaddr, mac8 macaddr8, bt bit(3), vb varbit, tv tsvector, tq tsquery, p point, pl polygon, lsn pg_lsn,
    rt regtype, rc regclass, rp regprocedure, td tid, ia int[], ia2 int[], la int[], na text[], iv2 int2vector, en mood, ea mood[], dom posint, doma moods,
    cm outer_row, cma outer_row[], cmd boxed, cmn inner_row, r4 int4range, re int4range, ri daterange, rf floatrange, rm moodrange, mr int4multirange, mrm moodmultirange, nul text);
  INSERT INTO everything VALUES (1, true, 'c', -2, 9007199254740993, 4000000000, 0.1, 1e-300, '-0', 'NaN', 12345.678900, 1.0, 1.00, 'NaN', '12.34',
    'zażółć 漢字', '', 'vc', 'bc', 'nm', '\xdeadbeef', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '2024-02-29', '12:34:56.789', '12:34:56+02', '2024-02-29 12:34:56', '2024-02-29 12:34:56.5+05', 'infinity', '1 year 2 days 03:04:05',
    '{"b": 1,  "a": 2}', '{"b": 1, "a": [1.0, null, "ż"]}', '$.a[*] ? (@ > 1)', '10.0.0.1/8', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', '101', '10101', 'a:1 b:2', 'a & b', '(0.1,2)', '((0,0),(1,0),(1,0.3))', '16/B374D848',
    'integer', 'pg_class', 'pg_catalog.lower(text)', '(1,2)', '{1,2}', '{{1,2},{3,NULL}}', '[0:1]={1,2}', '{a,NULL,""}', '1 2 3', 'happy', '{happy,NULL,sad}', 7, '{sad}',
    ROW(1, ROW('happy', 1.50), '{sad}'), ARRAY[ROW(1, ROW('sad', NULL), NULL)]::outer_row[], ROW(2, NULL, '{happy}'), ROW(NULL, NULL), '[1,5)', 'empty', '(,2024-01-01)', '[0.1,0.2)', '[sad,happy]', '{[1,2),[5,9)}', '{[sad,sad]}', NULL);
END$f$;
SELECT make_types('t_etag_a');
CREATE TYPE in_between AS ENUM ('x', 'y', 'z');
SELECT make_types('t_etag_b');
SELECT attname AS type, a.etag, a.etag = b.etag AS same FROM pg_attribute,
 LATERAL (SELECT etag_of(format('{ @etag, v: %I }', attname), relation => 't_etag_a.everything') AS etag) a,
 LATERAL (SELECT etag_of(format('{ @etag, v: %I }', attname), relation => 't_etag_b.everything') AS etag) b
WHERE attrelid = 't_etag_a.everything'::regclass AND attnum > 0 ORDER BY attnum;
SELECT etag_of('{ @etag, * }', relation => 't_etag_a.everything') AS a, etag_of('{ @etag, * }', relation => 't_etag_b.everything') AS b;
-- No setting shows in it, nor what search_path makes of a name.
SELECT name, value, etag_under(name, value, '{ @etag, * }', 't_etag_a.everything') = etag_of('{ @etag, * }', relation => 't_etag_a.everything') AS same
FROM (SELECT * FROM settings UNION ALL VALUES ('search_path', 't_etag_a, pg_temp')) s;
CREATE TABLE names (id int, c regclass, p regprocedure);
INSERT INTO names VALUES (1, 'users', 'shout(users)');
ALTER FUNCTION etag_of RESET search_path;
SELECT set_config('search_path', 'public', false), etag_under('search_path', 'public, t_etag', '{ @etag, * }', 'names') = etag_under('search_path', 'public', '{ @etag, * }', 'names') AS same
FROM (SELECT) s;
SET search_path = t_etag, public;
-- Which values are the same.
CREATE FUNCTION has_same_etag(type text, a text, b text) RETURNS bool LANGUAGE plpgsql AS $$
DECLARE result bool;
BEGIN
  EXECUTE format('SELECT jsonify(x, ''{ @etag, v }'') ->> ''etag'' = (jsonify(y, ''{ @etag, v }'') ->> ''etag'') FROM (SELECT %s::%s AS v) x, (SELECT %s::%2$s AS v) y', a, type, b) INTO result;
  RETURN result;
END$$;
SELECT type, a, b, has_same_etag(type, a, b) AS same FROM (VALUES
 ('numeric', '1.0', '1.00'), ('float8', '0', '''-0'''), ('float8', '''NaN''', '(''inf''::float8 - ''inf''::float8)'), ('float4', '''NaN''', '(-''NaN''::float4)'),
 ('float8', '0.1', '0.1::float4'), ('text', '''''', 'NULL'), ('text', '''a''', '''a '''), ('char(3)', '''a''', '''a '''), ('interval', '''1 day''', '''24 hours'''), ('timestamptz', '''2024-01-01 00:00Z''', '''2024-01-01 02:00+02'''),
 ('timetz', '''00:00Z''', '''02:00+02'''), ('json', '''{"a":1}''', '''{"a": 1}'''), ('jsonb', '''{"a":1,"b":2}''', '''{"b": 2, "a": 1}'''), ('jsonb', '''null''', 'NULL'), ('jsonb', '''1.0''', '''1'''),
 ('int[]', '''{}''', 'NULL'), ('int[]', '''{1,2}''', '''[0:1]={1,2}'''), ('int[]', '''{1,2}''', '''{{1},{2}}'''), ('text[]', '''{""}''', '''{NULL}'''), ('text[]', '''{ab,c}''', '''{a,bc}'''),
 ('int4range', '''[1,2]''', '''[1,3)'''), ('numrange', '''[1,2]''', '''[1,2)'''), ('int4range', '''empty''', '''[3,3)'''), ('t_etag_a.inner_row', '''(sad,)''', '''(,1)'''), ('t_etag_a.inner_row', 'NULL', '''(,)'''),
 ('bytea', '''\x00''', '''\x0000'''), ('bytea', '''\x''', 'NULL')) c (type, a, b);
-- Values that are toasted, in columns and in what holds them.
CREATE TABLE big (id int PRIMARY KEY, t text, a text[], j jsonb);
ALTER TABLE big ALTER t SET STORAGE EXTERNAL;
INSERT INTO big SELECT 1, s, ARRAY[s, NULL, s], to_jsonb(s) FROM (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 20000) i) x (s);
SELECT etag_of('{ @etag, * }', relation => 'big') = (SELECT jsonify(r, '{ @etag, * }') ->> 'etag' FROM (SELECT id, t || '' AS t, a || '{}'::text[] AS a, j || '[]' -> 0 AS j FROM big) r) AS same;

-- What is refused.
SELECT jsonify(u, '{ id, @etag @utc }') FROM users u;
SELECT jsonify(u, '{ @foo }') FROM users u;
SELECT jsonify(u, '{ id, @foo }') FROM users u;
SELECT jsonify(u, '{ @etag, name, @etag }') FROM users u;
SELECT jsonify(u, '{ @etag, etag: name }') FROM users u;
SELECT jsonify(u, '{ @etag { id } }') FROM users u;
SELECT jsonify(u, '{ @"etag" }') FROM users u;
SELECT jsonify(u, '{ orders.@etag }') FROM users u;
SELECT jsonify(u, '{ count(@etag) }') FROM users u;
SELECT jsonify(u, '{ -etag }') FROM users u;
SELECT jsonify(u, '{ orders(order: etag) { @etag } }') FROM users u;
SELECT jsonify(u, '{ a: @etag, b: @etag, name }') ->> 'a' = (jsonify(u, '{ a: @etag, b: @etag, name }') ->> 'b') AS two_of_them FROM users u WHERE id = 1;

DROP SCHEMA t_etag, t_etag_a, t_etag_b CASCADE;
