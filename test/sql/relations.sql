-- Relationships from the foreign keys: the four kinds, their documents beside
-- those of plain SQL, and which names lead to them.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_rel;
SET search_path = t_rel, public;
\set helpers `echo "$PG_ABS_SRCDIR/helpers.sql"`
\i :helpers
CREATE FUNCTION arr(jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$SELECT coalesce($1, '[]')$$;
-- A test is a root table, a shape, and the wanted document as SQL over the root r;
-- want NULL stands for an error, whose SQLSTATE and hint are shown.
CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, part text, root text, shape text, want text);
CREATE FUNCTION run(root text, shape text, want text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE r text; n int; h text;
BEGIN
  EXECUTE format('SELECT count(*), string_agg(DISTINCT diff(jsonify(r, %L), %s), ''; '') FROM %s r', shape, coalesce(want, '''"error"'''), root) INTO n, r;
  IF r = 'ok' THEN
    EXECUTE format('SELECT diff(jsonify_agg(r, %L), jsonb_agg(%s)) FROM %s r', shape, want, root) INTO r;
  END IF;
  RETURN CASE WHEN n = 0 THEN 'no rows' ELSE r END;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS h = PG_EXCEPTION_HINT;
  RETURN SQLSTATE || ' ' || SQLERRM || coalesce(' / ' || nullif(h, ''), '');
END$$;
CREATE PROCEDURE report(what text) LANGUAGE plpgsql AS $$
DECLARE r record; ok int := 0; n int := 0;
BEGIN
  FOR r IN SELECT c.*, run(root, shape, want) AS result FROM cases c WHERE part = what ORDER BY c.n LOOP
    n := n + 1;
    IF r.want IS NULL THEN
      RAISE INFO '% %: %', r.root, r.shape, r.result;
    ELSIF r.result = 'ok' THEN
      ok := ok + 1;
    ELSE
      RAISE INFO 'BAD % %: %', r.root, r.shape, r.result;
    END IF;
  END LOOP;
  RAISE INFO '%: % cases, % documents right', what, n, ok;
END$$;

-- A blog. A post has an author and perhaps an editor, users have a profile
-- (one-to-one by a unique constraint) and a desk (by a primary key); posts have
-- tags and likes through junctions.
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TABLE profiles (id int PRIMARY KEY, bio text, user_id int UNIQUE REFERENCES users);
CREATE TABLE desks (user_id int PRIMARY KEY REFERENCES users, room text);
CREATE TABLE posts (id int PRIMARY KEY, title text, author_id int NOT NULL REFERENCES users, "editorId" int REFERENCES users);
CREATE TABLE comments (id int PRIMARY KEY, body text, post_id int REFERENCES posts, author text, by int REFERENCES users);
CREATE TABLE tags (id int PRIMARY KEY, tag text);
CREATE TABLE posts_tags (post_id int REFERENCES posts, tag_id int REFERENCES tags, PRIMARY KEY (tag_id, post_id));
CREATE TABLE likes (id int PRIMARY KEY, user_id int REFERENCES users, post_id int REFERENCES posts, at date DEFAULT '2020-01-01', UNIQUE (user_id, at, post_id));
INSERT INTO users SELECT i, 'user' || i FROM generate_series(1, 6) i;
INSERT INTO profiles VALUES (5, 'b1', 1), (4, 'b3', 3), (3, 'nobody', NULL);
INSERT INTO desks VALUES (2, 'A'), (1, 'B');
INSERT INTO posts SELECT i, 'post' || i, 1 + i % 4, nullif(i % 3, 0) FROM generate_series(12, 1, -1) i;
INSERT INTO comments SELECT i, 'c' || i, nullif(i % 7, 0), 'anon', nullif(i % 5, 0) FROM generate_series(40, 1, -1) i;
INSERT INTO tags SELECT i, 'tag' || i FROM generate_series(5, 1, -1) i;
INSERT INTO posts_tags SELECT p, t FROM generate_series(1, 10) p, generate_series(1, 5) t WHERE (p + t) % 3 = 0;
INSERT INTO likes SELECT row_number() OVER (), u, p, d FROM generate_series(6, 1, -1) u, generate_series(1, 9) p, (VALUES ('2020-01-01'::date), ('2020-01-02')) d (d) WHERE (u * p) % 4 = 1;
INSERT INTO likes VALUES (1001, NULL, 1), (1002, 1, NULL), (1003, NULL, NULL);
INSERT INTO cases (part, root, shape, want) VALUES
('blog', 'posts', '{ author { name } }', $$jsonb_build_object('author', (SELECT jsonb_build_object('name', name) FROM users WHERE id = r.author_id))$$),
('blog', 'posts', '{ editor { id name } }', $$jsonb_build_object('editor', (SELECT to_jsonb(u) FROM users u WHERE id = r."editorId"))$$),
('blog', 'posts', '{ editor }', $$jsonb_build_object('editor', (SELECT to_jsonb(u) FROM users u WHERE id = r."editorId"))$$),
('blog', 'posts', '{ users(via: author_id) { name } }', $$jsonb_build_object('users', (SELECT jsonb_build_object('name', name) FROM users WHERE id = r.author_id))$$),
('blog', 'posts', '{ users(via: editorId) { name } }', $$jsonb_build_object('users', (SELECT jsonb_build_object('name', name) FROM users WHERE id = r."editorId"))$$),
('blog', 'posts', '{ users(via: posts_author_id_fkey) { name } }', $$jsonb_build_object('users', (SELECT jsonb_build_object('name', name) FROM users WHERE id = r.author_id))$$),
('blog', 'posts', '{ posts_author_id_fkey { name } }', $$jsonb_build_object('posts_author_id_fkey', (SELECT jsonb_build_object('name', name) FROM users WHERE id = r.author_id))$$),
('blog', 'posts', '{ comments { id } }', $$jsonb_build_object('comments', (SELECT arr(jsonb_agg(jsonb_build_object('id', id) ORDER BY id)) FROM comments WHERE post_id = r.id))$$),
('blog', 'posts', '{ comments(via: post_id) }', $$jsonb_build_object('comments', (SELECT arr(jsonb_agg(c ORDER BY id)) FROM comments c WHERE post_id = r.id))$$),
('blog', 'posts', '{ comments_post_id_fkey { id } }', $$jsonb_build_object('comments_post_id_fkey',
        (SELECT arr(jsonb_agg(jsonb_build_object('id', id) ORDER BY id)) FROM comments WHERE post_id = r.id))$$),
('blog', 'posts', '{ tags { tag } }',
    $$jsonb_build_object('tags', (SELECT arr(jsonb_agg(jsonb_build_object('tag', tag) ORDER BY id))
        FROM tags JOIN posts_tags ON tag_id = id WHERE post_id = r.id))$$),
('blog', 'posts', '{ tags(via: posts_tags) { tag } t2: tags(via: posts_tags.post_id) { id } }',
    $$jsonb_build_object('tags', (SELECT arr(jsonb_agg(jsonb_build_object('tag', tag) ORDER BY id))
        FROM tags JOIN posts_tags ON tag_id = id WHERE post_id = r.id),
      't2', (SELECT arr(jsonb_agg(jsonb_build_object('id', id) ORDER BY id))
        FROM tags JOIN posts_tags ON tag_id = id WHERE post_id = r.id))$$),
('blog', 'posts', '{ tags(via: t_rel.posts_tags) { tag } }',
    $$jsonb_build_object('tags', (SELECT arr(jsonb_agg(jsonb_build_object('tag', tag) ORDER BY id))
        FROM tags JOIN posts_tags ON tag_id = id WHERE post_id = r.id))$$),
('blog', 'posts', '{ posts_tags { tag_id tag { tag } } }',
    $$jsonb_build_object('posts_tags', (SELECT arr(jsonb_agg(jsonb_build_object('tag_id', tag_id,
        'tag', (SELECT jsonb_build_object('tag', tag) FROM tags WHERE id = tag_id)) ORDER BY tag_id))
      FROM posts_tags WHERE post_id = r.id))$$),
('blog', 'tags', '{ posts { id } }', $$jsonb_build_object('posts', (SELECT arr(jsonb_agg(jsonb_build_object('id', id) ORDER BY id)) FROM posts JOIN posts_tags ON post_id = id WHERE tag_id = r.id))$$),
-- a junction may link a pair several times: the far row comes once
('blog', 'posts', '{ users(via: likes) { id } }',
    $$jsonb_build_object('users', (SELECT arr(jsonb_agg(jsonb_build_object('id', id) ORDER BY id))
        FROM users WHERE id IN (SELECT user_id FROM likes WHERE post_id = r.id)))$$),
('blog', 'posts', '{ likes { at user { name } } }',
    $$jsonb_build_object('likes', (SELECT arr(jsonb_agg(jsonb_build_object('at', at,
        'user', (SELECT jsonb_build_object('name', name) FROM users WHERE id = user_id)) ORDER BY id))
      FROM likes WHERE post_id = r.id))$$),
('blog', 'users', '{ posts(via: likes) { id } }',
    $$jsonb_build_object('posts', (SELECT arr(jsonb_agg(jsonb_build_object('id', id) ORDER BY id))
        FROM posts WHERE id IN (SELECT post_id FROM likes WHERE user_id = r.id)))$$),
('blog', 'users', '{ a: posts(via: author_id) { id } e: posts(via: editorId) { id } l: posts(via: likes) { id } }', $$jsonb_build_object(
   'a', (SELECT arr(jsonb_agg(jsonb_build_object('id', id) ORDER BY id)) FROM posts WHERE author_id = r.id),
   'e', (SELECT arr(jsonb_agg(jsonb_build_object('id', id) ORDER BY id)) FROM posts WHERE "editorId" = r.id),
   'l', (SELECT arr(jsonb_agg(jsonb_build_object('id', id) ORDER BY id)) FROM posts WHERE id IN (SELECT post_id FROM likes WHERE user_id = r.id)))$$),
('blog', 'users', '{ "posts_editorId_fkey" { id } }', $$jsonb_build_object('posts_editorId_fkey',
        (SELECT arr(jsonb_agg(jsonb_build_object('id', id) ORDER BY id)) FROM posts WHERE "editorId" = r.id))$$),
('blog', 'users', '{ profiles { bio } desks { room } }',
    $$jsonb_build_object('profiles', (SELECT jsonb_build_object('bio', bio) FROM profiles WHERE user_id = r.id),
        'desks', (SELECT jsonb_build_object('room', room) FROM desks WHERE user_id = r.id))$$),
('blog', 'users', '{ profiles }', $$jsonb_build_object('profiles', (SELECT to_jsonb(p) FROM profiles p WHERE user_id = r.id))$$),
('blog', 'profiles', '{ user { name } u2: users { id } }',
    $$jsonb_build_object('user', (SELECT jsonb_build_object('name', name) FROM users WHERE id = r.user_id),
        'u2', (SELECT jsonb_build_object('id', id) FROM users WHERE id = r.user_id))$$),
('blog', 'desks', '{ user { profiles { bio } } }', $$(SELECT jsonb_build_object('user', jsonb_build_object('profiles',
            (SELECT jsonb_build_object('bio', bio) FROM profiles WHERE user_id = u.id))) FROM users u WHERE id = r.user_id)$$),
-- a key's column without a suffix gives its own name: bare it is the column, with braces the relationship
('blog', 'comments', '{ by }', $$jsonb_build_object('by', by)$$),
('blog', 'comments', '{ by { name } }', $$jsonb_build_object('by', (SELECT jsonb_build_object('name', name) FROM users WHERE id = r.by))$$),
('blog', 'comments', '{ by, user: by { id } }', $$jsonb_build_object('by', by, 'user', (SELECT jsonb_build_object('id', id) FROM users WHERE id = r.by))$$),
('blog', 'comments', '{ * by { name } }', $$to_jsonb(r) || jsonb_build_object('by', (SELECT jsonb_build_object('name', name) FROM users WHERE id = r.by))$$),
('blog', 'comments', '{ users { id } posts { id } post { id } }',
    $$jsonb_build_object('users', (SELECT jsonb_build_object('id', id) FROM users WHERE id = r.by),
        'posts', (SELECT jsonb_build_object('id', id) FROM posts WHERE id = r.post_id),
        'post', (SELECT jsonb_build_object('id', id) FROM posts WHERE id = r.post_id))$$),
-- several levels, back and forth
('blog', 'users', '{ name posts(via: author_id) { title comments { id by { name } } tags { tag posts { id } } author { id } } }', $$jsonb_build_object('name', r.name, 'posts',
  (SELECT arr(jsonb_agg(jsonb_build_object('title', p.title,
      'comments', (SELECT arr(jsonb_agg(jsonb_build_object('id', c.id,
                     'by', (SELECT jsonb_build_object('name', u.name) FROM users u WHERE u.id = c.by)) ORDER BY c.id))
                   FROM comments c WHERE c.post_id = p.id),
      'tags', (SELECT arr(jsonb_agg(jsonb_build_object('tag', t.tag, 'posts',
                 (SELECT jsonb_agg(jsonb_build_object('id', x.post_id) ORDER BY x.post_id)
                  FROM posts_tags x WHERE x.tag_id = t.id)) ORDER BY t.id))
               FROM tags t JOIN posts_tags pt ON pt.tag_id = t.id WHERE pt.post_id = p.id),
      'author', jsonb_build_object('id', p.author_id)) ORDER BY p.id)) FROM posts p WHERE p.author_id = r.id))$$),
-- which names there are not, and which are ambiguous
('blog', 'posts', '{ users { id } }', NULL), ('blog', 'users', '{ posts { id } }', NULL), ('blog', 'users', '{ comment { id } }', NULL), ('blog', 'posts', '{ editorId { id } }', NULL),
('blog', 'posts', '{ writer { id } }', NULL), ('blog', 'posts', '{ users(via: title) { id } }', NULL),
('blog', 'posts', '{ tags(via: likes) { id } }', NULL), ('blog', 'comments', '{ author { name } }', NULL),
('blog', 'tags', '{ users { id } }', NULL), ('blog', 'users', '{ posts(via: posts_tags) { id } }', NULL), ('blog', 'posts', '{ author(via: editorId) { id } }', NULL);
CALL report('blog');
SELECT jsonify(p, '{ title author { name } editor { name } tags { tag } }') AS post,
    jsonify(u, '{ name profiles { bio } desks { room } }') AS "user"
  FROM posts p, users u WHERE p.id = 3 AND u.id = 1;

-- Self references: the table's own name is its children, the column's the
-- parent, the constraint's name the parent too.
CREATE TABLE categories (id int PRIMARY KEY, name text, parent_id int REFERENCES categories);
INSERT INTO categories VALUES (1, 'root', NULL), (9, 'b', 1), (3, 'a', 1), (4, 'aa', 3), (5, 'self', 5);
CREATE TABLE employees (id int PRIMARY KEY, manager_id int REFERENCES employees, mentor_id int REFERENCES employees);
INSERT INTO employees VALUES (1, NULL, NULL), (2, 1, 1), (3, 1, 2), (4, 3, 2);
INSERT INTO cases (part, root, shape, want) VALUES
('self', 'categories', '{ parent { id } }', $$jsonb_build_object('parent', (SELECT jsonb_build_object('id', id) FROM categories WHERE id = r.parent_id))$$),
('self', 'categories', '{ categories { id } }', $$jsonb_build_object('categories', (SELECT arr(jsonb_agg(jsonb_build_object('id', id) ORDER BY id)) FROM categories WHERE parent_id = r.id))$$),
('self', 'categories', '{ categories(via: parent_id) { id } }', $$jsonb_build_object('categories',
        (SELECT arr(jsonb_agg(jsonb_build_object('id', id) ORDER BY id)) FROM categories WHERE parent_id = r.id))$$),
('self', 'categories', '{ categories_parent_id_fkey { id } }', $$jsonb_build_object('categories_parent_id_fkey', (SELECT jsonb_build_object('id', id) FROM categories WHERE id = r.parent_id))$$),
('self', 'categories', '{ name parent { parent { name categories { categories { name } } } } }',
    $$jsonb_build_object('name', name, 'parent', (
        SELECT jsonb_build_object('parent', (
          SELECT jsonb_build_object('name', g.name, 'categories', (
            SELECT arr(jsonb_agg(jsonb_build_object('categories', (
              SELECT arr(jsonb_agg(jsonb_build_object('name', d.name) ORDER BY d.id)) FROM categories d
              WHERE d.parent_id = c.id)) ORDER BY c.id)) FROM categories c
            WHERE c.parent_id = g.id)) FROM categories g
          WHERE g.id = p.parent_id)) FROM categories p
        WHERE p.id = r.parent_id))$$),
('self', 'employees', '{ manager { id } mentor { id } staff: employees(via: manager_id) { id } students: employees(via: mentor_id) { id } }', $$jsonb_build_object(
   'manager', (SELECT jsonb_build_object('id', id) FROM employees WHERE id = r.manager_id),
   'mentor', (SELECT jsonb_build_object('id', id) FROM employees WHERE id = r.mentor_id),
   'staff', (SELECT arr(jsonb_agg(jsonb_build_object('id', id) ORDER BY id)) FROM employees WHERE manager_id = r.id),
   'students', (SELECT arr(jsonb_agg(jsonb_build_object('id', id) ORDER BY id)) FROM employees WHERE mentor_id = r.id))$$),
('self', 'employees', '{ employees { id } }', NULL), ('self', 'categories', '{ children { id } }', NULL);
CALL report('self');
SELECT jsonify(c, '{ name parent { name } categories { name } }') FROM categories c WHERE id IN (3, 5) ORDER BY id;

-- A junction from a table to itself has two directions; via: names the key that
-- leads back to this table.
CREATE TABLE people (id int PRIMARY KEY, name text);
CREATE TABLE follows (follower_id int REFERENCES people, followee_id int CONSTRAINT followed REFERENCES people, PRIMARY KEY (follower_id, followee_id));
INSERT INTO people SELECT i, 'p' || i FROM generate_series(1, 4) i;
INSERT INTO follows VALUES (1, 2), (1, 3), (2, 1), (3, 3), (4, 1);
INSERT INTO cases (part, root, shape, want) VALUES
('self junction', 'people', '{ following: people(via: follows.follower_id) { id } }',
    $$jsonb_build_object('following', (SELECT arr(jsonb_agg(jsonb_build_object('id', followee_id) ORDER BY followee_id))
        FROM follows WHERE follower_id = r.id))$$),
('self junction', 'people', '{ followers: people(via: follows.followee_id) { id name } }',
    $$jsonb_build_object('followers', (SELECT arr(jsonb_agg(p ORDER BY p.id))
        FROM follows JOIN people p ON p.id = follower_id WHERE followee_id = r.id))$$),
('self junction', 'people', '{ followers: people(via: followed) { id } }',
    $$jsonb_build_object('followers', (SELECT arr(jsonb_agg(jsonb_build_object('id', follower_id) ORDER BY follower_id))
        FROM follows WHERE followee_id = r.id))$$),
('self junction', 'people', '{ follows(via: follower_id) { followee { name } } }', $$jsonb_build_object('follows',
        (SELECT arr(jsonb_agg(jsonb_build_object('followee', jsonb_build_object('name', p.name)) ORDER BY p.id))
        FROM follows JOIN people p ON p.id = followee_id WHERE follower_id = r.id))$$),
('self junction', 'people', '{ people { id } }', NULL), ('self junction', 'people', '{ people(via: follows) { id } }', NULL), ('self junction', 'people', '{ follows { followee_id } }', NULL);
CALL report('self junction');
SELECT jsonify(p, '{
    name
    following: people(via: follows.follower_id) { name }
    followers: people(via: follows.followee_id) { name }
  }') FROM people p WHERE id = 1;

-- Composite keys, their columns in another order than the index's, null in part.
CREATE TABLE regions (country text, code int, name text, PRIMARY KEY (country, code));
CREATE TABLE cities (id int PRIMARY KEY, code int, land text, CONSTRAINT in_region FOREIGN KEY (code, land) REFERENCES regions (code, country));
CREATE TABLE twins (country text, code int, land text, number int, since int, PRIMARY KEY (code, country, number, land),
  CONSTRAINT one FOREIGN KEY (country, code) REFERENCES regions, CONSTRAINT other FOREIGN KEY (number, land) REFERENCES regions (code, country));
CREATE TABLE capitals (id int PRIMARY KEY, country text, code int UNIQUE, FOREIGN KEY (country, code) REFERENCES regions);
CREATE TABLE rivals (id int PRIMARY KEY, country text, code int, x int, FOREIGN KEY (country, code) REFERENCES regions, UNIQUE (country, code, x));
INSERT INTO regions SELECT c, n, c || n FROM unnest('{PL,FR}'::text[]) c, generate_series(1, 3) n;
INSERT INTO cities VALUES (7, 1, 'PL'), (5, 1, 'PL'), (6, 1, 'FR'), (4, NULL, 'PL'), (3, 2, NULL), (2, NULL, NULL), (1, 3, 'FR');
INSERT INTO twins VALUES ('PL', 1, 'FR', 2, 2000), ('PL', 1, 'FR', 3, 2001), ('FR', 1, 'FR', 1, 2002);
INSERT INTO capitals VALUES (1, 'PL', 1), (2, 'FR', 2);
INSERT INTO rivals VALUES (2, 'PL', 1, 1), (1, 'PL', 1, 2);
INSERT INTO cases (part, root, shape, want) VALUES
('composite', 'cities', '{ id regions { name } }', $$jsonb_build_object('id', id, 'regions', (SELECT jsonb_build_object('name', name) FROM regions g WHERE g.country = r.land AND g.code = r.code))$$),
('composite', 'cities', '{ in_region { name } }', $$jsonb_build_object('in_region', (SELECT jsonb_build_object('name', name) FROM regions g WHERE g.country = r.land AND g.code = r.code))$$),
('composite', 'cities', '{ a: regions(via: code) { name } b: regions(via: land) { name } }',
    $$(SELECT jsonb_build_object('a', d, 'b', d) FROM (SELECT (SELECT jsonb_build_object('name', name)
          FROM regions g WHERE g.country = r.land AND g.code = r.code) d) s)$$),
('composite', 'regions', '{ cities { id } }',
    $$jsonb_build_object('cities', (SELECT arr(jsonb_agg(jsonb_build_object('id', id) ORDER BY id))
        FROM cities c WHERE c.land = r.country AND c.code = r.code))$$),
('composite', 'regions', '{ c: cities(via: land) { id } }',
    $$jsonb_build_object('c', (SELECT arr(jsonb_agg(jsonb_build_object('id', id) ORDER BY id))
        FROM cities c WHERE c.land = r.country AND c.code = r.code))$$),
-- a unique index within the key's columns makes it one-to-one; one with another column does not
('composite', 'regions', '{ capitals { id } rivals { id } }',
    $$jsonb_build_object('capitals', (SELECT jsonb_build_object('id', id) FROM capitals c WHERE c.country = r.country
          AND c.code = r.code), 'rivals', (SELECT arr(jsonb_agg(jsonb_build_object('id', id) ORDER BY id))
        FROM rivals c WHERE c.country = r.country AND c.code = r.code))$$),
('composite', 'regions', '{ a: regions(via: twins.country) { name } b: regions(via: twins.number) { name } }', $$jsonb_build_object(
   'a', (SELECT arr(jsonb_agg(jsonb_build_object('name', g.name) ORDER BY g.country, g.code)) FROM regions g
     JOIN twins t ON (g.country, g.code) = (t.land, t.number) WHERE (t.country, t.code) = (r.country, r.code)),
   'b', (SELECT arr(jsonb_agg(jsonb_build_object('name', g.name) ORDER BY g.country, g.code)) FROM regions g
           JOIN twins t ON (g.country, g.code) = (t.country, t.code) WHERE (t.land, t.number) = (r.country, r.code)))$$),
('composite', 'regions', '{ a: regions(via: one) { name } }', $$jsonb_build_object('a',
        (SELECT arr(jsonb_agg(jsonb_build_object('name', g.name) ORDER BY g.country, g.code)) FROM regions g
        JOIN twins t ON (g.country, g.code) = (t.land, t.number) WHERE (t.country, t.code) = (r.country, r.code)))$$),
('composite', 'twins', '{ one { name } other { name } }', $$jsonb_build_object('one',
        (SELECT jsonb_build_object('name', name) FROM regions g WHERE (g.country, g.code) = (r.country, r.code)), 'other',
        (SELECT jsonb_build_object('name', name) FROM regions g WHERE (g.country, g.code) = (r.land, r.number)))$$),
('composite', 'cities', '{ code { name } }', NULL), ('composite', 'twins', '{ regions { name } }', NULL);
CALL report('composite');
SELECT jsonify(r, '{ name cities { id } capitals { id } }') FROM regions r WHERE name = 'PL1';
DROP SCHEMA t_rel CASCADE;
