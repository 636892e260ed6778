-- Columns that are computed as they are read (VIRTUAL, since 18), where a row holds
-- nothing: a document has the value wherever it comes from. Older versions store
-- it, and say the same.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_virtual;
SET search_path = t_virtual, public;
\set helpers `echo "$PG_ABS_SRCDIR/helpers.sql"`
\i :helpers
\pset tuples_only on
\pset format unaligned
SELECT CASE WHEN current_setting('server_version_num')::int < 180000 THEN 'STORED' ELSE 'VIRTUAL' END AS virtual \gset

CREATE TABLE users (id int PRIMARY KEY, first text, last text,
  name text GENERATED ALWAYS AS (first || ' ' || last) :virtual);
CREATE TABLE posts (id int PRIMARY KEY, author_id int REFERENCES users, up_id int REFERENCES posts,
  cents numeric, tags text[],
  price numeric GENERATED ALWAYS AS (cents / 100) :virtual,
  free bool GENERATED ALWAYS AS (cents IS NULL OR cents = 0) :virtual,
  first_tag text GENERATED ALWAYS AS (tags[1]) :virtual,
  sizes int[] GENERATED ALWAYS AS (ARRAY[id, cardinality(tags)]) :virtual);
INSERT INTO users VALUES (1, 'Ann', 'Arbor'), (2, 'Bob', NULL);
INSERT INTO posts VALUES (10, 1, NULL, 250, '{a,b}'), (11, 1, 10, 0, '{}'), (12, 2, 10, NULL, '{c}'), (13, 1, 11, 1999, NULL);
-- whether they are what they are to be
SELECT count(*) FILTER (WHERE attgenerated = left(lower(:'virtual'), 1)::"char") FROM pg_attribute WHERE attrelid IN ('users'::regclass, 'posts'::regclass);

-- the record, with and without a shape
SELECT jsonify(u) FROM users u ORDER BY id;
SELECT count(*), bool_and(same(jsonify(p), to_jsonb(p), jsonify_text(p), to_json(p))) FROM posts p;
SELECT jsonify(p, '{ id price free first_tag sizes }') FROM posts p ORDER BY id;
SELECT jsonify_text(p, '{ price named: first_tag sizes }') FROM posts p WHERE id = 10;
SELECT same(jsonify_agg(p ORDER BY id), jsonb_agg(to_jsonb(p) ORDER BY id)) FROM posts p;
SELECT jsonify_agg(u, '{ name }' ORDER BY id), jsonify_text_agg(u, '{ name }' ORDER BY id) FROM users u;
SELECT jsonify(s) FROM (SELECT p, p.price FROM posts p WHERE id = 10) s;
SELECT same(jsonify(array_agg(p)), to_jsonb(array_agg(p))) FROM posts p;

-- related rows, both ways, a path, a tree, aggregates
SELECT jsonify(u, '{ name posts { id price author { name } } }') FROM users u ORDER BY id;
SELECT jsonify(u, '{ posts }') -> 'posts' -> 0 FROM users u WHERE id = 2;
SELECT jsonify(p, '{ id author }') FROM posts p WHERE id = 12;
SELECT jsonify(p, '{ id by: author.name }'), jsonify(p, '{ author { prices: posts.price tags: posts.first_tag } }') FROM posts p WHERE id = 10;
SELECT jsonify(u, '{ count(posts(where: free)) sum(posts.price) max(posts.price) tag: min(posts.first_tag) }') FROM users u ORDER BY id;

SELECT jsonify(p, '{ id price posts(recurse: 5, where: price is not null or free) }') FROM posts p WHERE id = 10;

-- where, order, limit
SELECT jsonify(u, '{ posts(where: price > 1) { id price } }'), jsonify(u, '{ posts(where: free, order: id desc) { id } }') FROM users u WHERE id = 1;
SELECT jsonify(u, '{ posts(order: price desc nulls last, limit: 2) { id price } }') FROM users u WHERE id = 1;
SELECT jsonify(p, $${ id author { id posts(where: author.name = 'Ann Arbor' and price > 2).price } }$$) FROM posts p ORDER BY id;

-- looked for
SELECT jsonify_find('users', $$(where: name = 'Ann Arbor') { name posts { price } }$$);
SELECT jsonify_find('posts', '(where: free, order: first_tag) { id first_tag free }');
SELECT jsonify_find('posts', '(order: price desc nulls last, limit: 2) { id price }');
SELECT jsonify_find('posts', $$(where: author.name = 'Ann Arbor' and price > 2) { id }$$);
SELECT same((SELECT jsonb_agg(d) FROM jsonify_find('posts', '(order: id)') d), (SELECT jsonb_agg(to_jsonb(p) ORDER BY id) FROM posts p));

-- a join, a subquery, a view, a variable, what a statement returns
SELECT jsonify(u, '{ name }'), jsonify(p, '{ price }') FROM users u LEFT JOIN posts p ON p.author_id = u.id AND p.price > 5 ORDER BY u.id;
SELECT (SELECT jsonify(x, '{ name }') FROM (SELECT * FROM users WHERE id = 1) x);
CREATE VIEW v_users AS SELECT * FROM users;
SELECT jsonify(v, '{ name }') FROM v_users v ORDER BY id;
SELECT jsonify_find('v_users', $$(where: name = 'Ann Arbor') { name }$$);
CREATE FUNCTION of_variable() RETURNS text LANGUAGE plpgsql AS $$
DECLARE u users; r record;
BEGIN
  SELECT * INTO u FROM users WHERE id = 1;
  SELECT x.* INTO r FROM users x WHERE id = 1;
  RETURN format('%s %s %s', jsonify(u, '{ name }'), jsonify(r, '{ name }'), same(jsonify(u), to_jsonb(u)));
END$$;
SELECT of_variable();
INSERT INTO users AS u VALUES (3, 'Cy', 'D') RETURNING jsonify(u, '{ name }');
UPDATE users u SET last = 'E' WHERE id = 3 RETURNING jsonify(u, '{ name }');
DELETE FROM users u WHERE id = 3 RETURNING jsonify(u);

-- in a partitioned table; a default shape; a computed field that reads it
CREATE TABLE parted (id int PRIMARY KEY, user_id int REFERENCES users, twice int GENERATED ALWAYS AS (id * 2) :virtual) PARTITION BY LIST (id);
CREATE TABLE part PARTITION OF parted DEFAULT;
INSERT INTO parted VALUES (1, 1), (2, 1);
SELECT jsonify(u, '{ parted(where: twice > 2) { id twice } }') FROM users u WHERE id = 1;
SELECT jsonify(p), jsonify_find('parted', '(where: twice = 2) { twice }') FROM part p WHERE id = 1;
CREATE FUNCTION loud(users) RETURNS text LANGUAGE sql STABLE AS 'SELECT upper($1.name)';
SELECT jsonify_define('users', 'default', '{ name loud }');
SELECT jsonify(p, '{ author }'), jsonify_find('users', $$(where: loud = 'ANN ARBOR')$$) FROM posts p WHERE id = 10;
SET client_min_messages = error;
DROP SCHEMA t_virtual CASCADE;
