-- "page", which never cuts silently, and "key", which makes an object.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_pages_keys;
SET timezone = 'UTC';
SET search_path = t_pages_keys, public;
CREATE TYPE place AS (city text, zip int, at timestamptz);
CREATE TABLE users (id int PRIMARY KEY, name text, created_at timestamptz, boss_id int REFERENCES users, meta json);
CREATE TABLE posts (id int PRIMARY KEY, author_id int REFERENCES users, title text, views int, price numeric, published bool, created_at timestamptz, "at place" place, meta jsonb);
CREATE TABLE comments (id int PRIMARY KEY, post_id int REFERENCES posts, author_id int REFERENCES users, body text);
CREATE TABLE tags (id int PRIMARY KEY, name text);
CREATE TABLE posts_tags (post_id int REFERENCES posts, tag_id int REFERENCES tags, PRIMARY KEY (post_id, tag_id));
CREATE TABLE profiles (user_id int PRIMARY KEY REFERENCES users, bio text, meta jsonb);
INSERT INTO users VALUES (1, 'ann', '2024-01-01 00:00Z', NULL, '{"a":  1,"b":[10,{"c": "x"}]}'), (2, 'bob', '2024-01-02 00:00Z', 1, 'null'), (3, 'cyd', NULL, 2, NULL);
INSERT INTO posts VALUES
(1, 1, 'one', 10, 1.50, true, '2024-02-01 00:00Z', '(Wien,1010,2024-01-01 00:00Z)', '{"theme": "dark", "tags": ["x", null, {"y": 1}], "k": null, "a b": 5, "0": "zero"}'),
(2, 1, 'two', NULL, 2, false, NULL, '(,,)', '[]'), (3, 1, NULL, 30, NULL, NULL, '2024-02-03 00:00Z', NULL, NULL),
(4, 2, 'four', 5, 'NaN', true, '2024-02-04 00:00Z', '(Graz,,)', '"text"'),
(5, NULL, 'five', 1, 0, true, NULL, NULL, '{"theme": 1.50}');
INSERT INTO comments VALUES (1, 1, 2, 'b'), (2, 1, NULL, 'a'), (3, 2, 3, NULL), (4, 4, 1, 'c'), (5, 4, 1, 'd');
INSERT INTO tags VALUES (1, 'sql'), (2, NULL), (3, 'json');
INSERT INTO posts_tags VALUES (1, 1), (1, 2), (1, 3), (4, 3), (5, 1);
INSERT INTO profiles VALUES (1, 'hi', '{"n": 1}'), (3, NULL, NULL);

-- total counts every row that matches; has_more asks for rows after the page.
SELECT jsonify_text(u, '{ id, posts(page: 2) { id } }') FROM users u ORDER BY id;
SELECT p, o, jsonify_text(u, '{ posts(page: $p, offset: $o, order: id desc) { id } }', jsonb_build_object('p', p, 'o', o))
  FROM users u, (VALUES (0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (0, 2), (0, 3), (1, 1), (2, 1), (1, 2), (1, 3), (5, 9),
                        (NULL, 1), (2, NULL)) v (p, o)
  WHERE id = 1;
SELECT jsonify_text(u, '{ posts(page: 1, where: published) { id }, q: posts(where: id > 99, page: 1) { id } }') FROM users u ORDER BY id;
-- For each parent, nested, of all kinds of to-many relationships, in jsonb, text, find and arrays.
SELECT jsonify_text(u, '{ id, posts(page: 1, order: id desc) { id, comments(page: 1) { body }, tags(page: 2, order: id desc) { name } } }') FROM users u ORDER BY id;
SELECT jsonify(u, '{ posts(page: 2) { id } }') = jsonify_text(u, '{ posts(page: 2) { id } }')::jsonb AS same FROM users u ORDER BY id;
SELECT jsonify_find('tags', '{ id, posts(page: 1) { id } }');
CREATE FUNCTION latest(users) RETURNS SETOF posts LANGUAGE sql STABLE AS 'SELECT * FROM t_pages_keys.posts WHERE author_id = $1.id';
SELECT jsonify_find_text('users', '{ latest(page: 1, order: created_at desc nulls last) { id } }');
SELECT jsonify_text(u, '{ p: posts(page: 1) }') FROM users u WHERE id = 2;
-- Of the options only "indent" and what is in the rows; its keys stay.
SELECT jsonify_text(u, '{ posts(page: 1) { created_at } }', options => '{"keys": "camel", "nulls": "omit", "indent": 1}') FROM users u WHERE id = 2;
SELECT jsonify_text(u, '{ posts(page: 1, where: id > 99) { created_at } }', options => '{"keys": "camel", "nulls": "omit"}') FROM users u WHERE id = 2;
-- total is not counted beyond what the role may see.
CREATE ROLE regress_pages;
GRANT USAGE ON SCHEMA t_pages_keys TO regress_pages;
GRANT SELECT ON users, posts TO regress_pages;
ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON posts USING (id <> 2);
SET ROLE regress_pages;
SELECT jsonify_text(u, '{ posts(page: 1) { id }, by: posts(key: id) { title } }') FROM users u WHERE id = 1;
RESET ROLE;
ALTER TABLE posts DISABLE ROW LEVEL SECURITY;

-- "key": an object by that column; in text in the order of the rows, in jsonb in its own.
SELECT jsonify_text(u, '{ id, posts(key: id) { title } }') FROM users u ORDER BY id;
SELECT jsonify_text(u, '{ posts(key: id, order: id desc, limit: 2) { title } }'), jsonify(u, '{ posts(key: id, order: id desc, limit: 2) { title } }') FROM users u WHERE id = 1;
SELECT jsonify_text(u, '{
    by_date: posts(key: created_at, where: created_at is not null) { id },
    t: posts(key: title, where: title is not null) { id },
    v: posts(key: "views", where: views > 0),
    n: posts(key: price, where: price is not null) { id }
  }') FROM users u WHERE id = 2;
SELECT jsonify_text(p, '{ tags(key: name, where: name is not null) { id } }') FROM posts p ORDER BY id;
-- Of rows with one key the last counts, where it stands, as jsonb_object_agg() has it.
SELECT jsonify_text(u, '{ posts(key: published, where: published is not null) { id }, r: posts(key: published, where: published is not null, order: id desc) { id } }') FROM users u WHERE id = 1;
INSERT INTO posts (id, author_id, title) VALUES (6, 3, 'x'), (7, 3, 'y'), (8, 3, 'x');
SELECT jsonify_text(u, '{ posts(key: title) { id } }'),
    jsonify(u, '{ posts(key: title) { id } }')
      = (SELECT jsonb_build_object('posts', jsonb_object_agg(title, jsonb_build_object('id', id) ORDER BY id))
         FROM posts WHERE author_id = 3) AS same
  FROM users u WHERE id = 3;
-- A NULL is no key.
SELECT jsonify_text(u, '{ posts(key: title) { id } }') FROM users u WHERE id = 1;
-- Keys are made as for jsonb_object_agg(): every scalar type, computed fields.
CREATE TYPE mood AS ENUM ('sad "x"', 'ok');
CREATE DOMAIN code AS text;
CREATE TABLE things (id int PRIMARY KEY, user_id int REFERENCES users, b bool, d date, ts timestamp, tz timestamptz, u uuid,
      m mood, c code, ch char(3), f float8, i interval, by bytea, n numeric, r int4range, p place, a int[], j jsonb);
INSERT INTO things VALUES
  (1, 1, true, '2024-01-01', '2024-01-01', '2024-01-01 00:00Z', '00000000-0000-0000-0000-000000000001',
   'sad "x"', E'a\\b', 'x', 0.1, '1 day', '\x00', 1.10, '[1,2)', '(a,1,)', '{1}', '1');
CREATE FUNCTION label(things) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT 'thing ' || $1.id$$;
CREATE FUNCTION keyed_by(col text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE got jsonb; want jsonb;
BEGIN
  SELECT jsonify(u, format('{ x: things(key: %s) { id } }', col)) -> 'x' INTO got FROM users u WHERE id = 1;
  EXECUTE format('SELECT jsonb_object_agg(%s, ''{"id": 1}''::jsonb) FROM things', CASE col WHEN 'label' THEN 'label(things)' ELSE col END) INTO want;
  RETURN CASE WHEN got = want THEN 'ok ' || got::text ELSE format('got %s, want %s', got, want) END;
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END$$;
SELECT col, keyed_by(col) FROM unnest('{id,b,d,ts,tz,u,m,c,ch,f,i,by,n,r,label,p,a,j}'::text[]) col;
-- Keys are data: no option changes them, and they may be of any length.
UPDATE things SET c = 'created_at' || repeat('x', 100);
SELECT jsonify_text(u, '{ things(key: c) { user_id } }', options => '{"keys": "camel"}') FROM users u WHERE id = 1;
SELECT jsonify_text(u, '{ things(key: c) { id } }', options => '{"indent": 2, "ensure_ascii": true}') FROM users u WHERE id IN (1, 2) ORDER BY id;
-- Without SELECT on the column it is no key.
SET ROLE regress_pages;
SELECT jsonify_text(u, '{ things(key: id) { id } }') FROM users u WHERE id = 1;
RESET ROLE;
GRANT SELECT (id, user_id, b) ON things TO regress_pages;
SET ROLE regress_pages;
SELECT jsonify_text(u, '{ things(key: b) { id } }') FROM users u WHERE id = 1;
SELECT jsonify_text(u, '{ things(key: c) { id } }') FROM users u WHERE id = 1;
RESET ROLE;
DROP OWNED BY regress_pages;
DROP ROLE regress_pages;
DROP SCHEMA t_pages_keys CASCADE;
