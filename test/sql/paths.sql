-- Values across relationships, composite columns and json.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_paths;
SET timezone = 'UTC';
SET search_path = t_paths, public;
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

-- Over to-one relationships: the value, or null. The key is the last name.
SELECT jsonify_text(p, '{ id, author.name, boss: author.boss.name, bio: author.profiles.bio }') FROM posts p ORDER BY id;
-- Over to-many ones: one flat array, with a null for an element without a value; a
-- row that is not there is no element.
SELECT jsonify_text(u, '{ id, posts.title, bodies: posts.comments.body, by: posts.comments.author.name, tags: posts.tags.name, mates: boss.posts.title }') FROM users u ORDER BY id;
SELECT jsonify_text(p, '{ id, tags.name, theirs: author.posts.id, of_boss: author.boss.posts.id, c: comments.author.boss.posts.title }') FROM posts p ORDER BY id;
-- Into composite values and json, as by #>; a step in quotes or a number.
SELECT jsonify_text(p, '{
    "at place".city, zip: "at place"."zip", meta.theme, t: meta.tags, t0: meta.tags.0, t2: meta.tags.2.y,
    last: meta.tags."-1".y, none: meta.tags.9.a, k: meta.k, "a b": meta."a b", zero: meta.0, z: meta."0"
  }') FROM posts p ORDER BY id;
SELECT jsonify_text(u, '{ meta.b, c: meta.b.1.c, a: meta.a, whole: meta }'), jsonify(u, '{ meta.b, c: meta.b.1.c }') FROM users u ORDER BY id;
SELECT id, jsonify(p, '{ n: meta.tags.2.y }') -> 'n' = meta #> '{tags,2,y}' AS same FROM posts p ORDER BY id;
-- White space in a path; json and composites at the end of relationships.
SELECT jsonify_text(u, '{ themes: posts . meta . theme, cities: posts."at place".city, n: profiles.meta.n, b: boss.meta.b.0 }') FROM users u ORDER BY id;

-- A step takes arguments, and what ends in a relationship braces.
SELECT jsonify_text(u, '{
    a: posts(where: published, order: title desc).title,
    b: posts(limit: 1, offset: 1).id,
    c: posts(order: id desc).comments(order: body, limit: 1).body,
    d: posts(via: author_id, where: exists(comments)).tags(where: name is not null, order: name).name
  }') FROM users u ORDER BY id;
SELECT jsonify_text(p, '{ id, a: author(where: name = ''ann'').name, b: author(via: author_id).posts(where: views > $v).id }', '{"v": 9}') FROM posts p ORDER BY id;
SELECT jsonify_text(u, '{ posts.comments { body }, c: posts.comments(where: body > ''b'') { id, author.name, author { id } } }') FROM users u WHERE id = 1;
SELECT jsonify_text(p, '{ id, author.boss { name }, p: author.profiles { bio, user_id } , all: author.boss }') FROM posts p WHERE id IN (1, 4, 5) ORDER BY id;
SELECT jsonify_text(u, '{ posts.comments }') FROM users u WHERE id = 2;
-- "@format" is that of the value at the end, alone and in an array.
SELECT jsonify_text(u, '{ a: posts.created_at @epoch, b: boss.created_at @epoch_ms, c: posts."at place".at @utc, d: posts.price @string }') FROM users u WHERE id < 3 ORDER BY id;
SELECT jsonify_text(u, '{ a: posts.created_at, b: boss.created_at, posts.price }', options => '{"formats": "timestamptz=epoch, numeric=string"}') FROM users u WHERE id = 2;

-- A key may be given twice only if one is an alias; beside "*" it takes the place of a column.
SELECT jsonify_text(p, '{ * title: author.name }') FROM posts p WHERE id = 4;
SELECT jsonify_text(p, '{ name: title, author.name }') FROM posts p WHERE id = 4;
-- A column wins where it leads on, a relationship where the column leads nowhere.
CREATE TABLE wheels (id int PRIMARY KEY, car_id int, meta_id int, n int);
CREATE TABLE cars (id int PRIMARY KEY, name text, wheels int, meta jsonb);
CREATE TABLE metas (id int PRIMARY KEY, theme text);
ALTER TABLE wheels ADD FOREIGN KEY (car_id) REFERENCES cars, ADD FOREIGN KEY (meta_id) REFERENCES metas;
INSERT INTO cars VALUES (1, 'c', 4, '{"theme": "json"}');
INSERT INTO metas VALUES (1, 'row');
INSERT INTO wheels VALUES (1, 1, 1, 7), (2, 1, NULL, 8);
SELECT jsonify_text(c, '{ wheels, n: wheels.n, w: wheels { n }, t: meta.theme, m: wheels.meta.theme, c: count(wheels) }') FROM cars c;
-- Options reach paths: keys (not aliases, nor json's), nulls.
SELECT jsonify_text(p, '{ author.created_at, "a_b": author.created_at, posts_tags.tag_id, meta.theme }', options => '{"keys": "camel"}') FROM posts p WHERE id = 1;
SELECT jsonify_text(p, '{
    id, author.name, boss: author.boss.name, meta.theme, k: meta.k, "at place".city, t: tags.name,
    b: author.boss { name }, none: comments.body
  }', options => '{"nulls": "omit"}') FROM posts p ORDER BY id;
-- In a default shape, a named shape, an aggregate, find and text; a path is one query a step.
SELECT jsonify_define('posts', 'default', '{ title, author.name }');
SELECT jsonify_text(u, '{ posts, c: comments.post }') FROM users u WHERE id = 2;
SELECT jsonify_undefine('posts', 'default');
SELECT jsonify_agg(u, '{ t: posts.tags.name }' ORDER BY id),
    jsonify_agg(u, '{ t: posts.tags.name }' ORDER BY id)
      = (SELECT jsonb_agg(d) FROM jsonify_find('users', '{ t: posts.tags.name }') d) AS same FROM users u;
SELECT path FROM jsonify_explain('users', '{ a: posts.comments.author.name, b: boss.name, posts.comments { id } }');
-- A row that many share, and a path back to where it came from.
SELECT jsonify_text(c, '{ post.author.posts.comments.id }') FROM comments c WHERE id IN (1, 3) ORDER BY id;
-- Long paths are steps like others.
SELECT jsonify_text(u, '{ x: boss.posts.author.boss.id, y: boss.boss.boss.boss.boss.name }') FROM users u ORDER BY id;
-- Privileges: each table and column on the way has to be readable; json and composites by their column.
CREATE ROLE regress_path;
GRANT USAGE ON SCHEMA t_paths TO regress_path;
GRANT SELECT ON posts, comments TO regress_path;
GRANT SELECT (id, name) ON users TO regress_path;
SET ROLE regress_path;
SELECT jsonify_text(p, '{ author.name }') FROM posts p WHERE id = 1;
SELECT jsonify_text(p, '{ author.created_at }') FROM posts p WHERE id = 1;
SELECT jsonify_text(p, '{ author.meta.a }') FROM posts p WHERE id = 1;
SELECT jsonify_text(p, '{ author.boss.name }') FROM posts p WHERE id = 1;
SELECT jsonify_text(p, '{ tags.name }') FROM posts p WHERE id = 1;
SELECT jsonify_text(c, '{ post.author.name }') FROM comments c WHERE id = 1;
RESET ROLE;
DROP OWNED BY regress_path;
DROP ROLE regress_path;
DROP SCHEMA t_paths CASCADE;
