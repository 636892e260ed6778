-- A role can neither filter nor order by what it may not read, and row-level security
-- holds for what is only asked about.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_where_priv;
SET search_path = t_where_priv, public;
CREATE TYPE place AS (city text);
CREATE TABLE users (id int PRIMARY KEY, name text, secret text, boss_id int REFERENCES users, home place, meta jsonb);
CREATE TABLE posts (id int PRIMARY KEY, author_id int REFERENCES users, title text, secret text);
CREATE TABLE hidden (id int PRIMARY KEY, post_id int REFERENCES posts, n int);
CREATE TABLE tags (id int PRIMARY KEY, name text);
CREATE TABLE posts_tags (post_id int REFERENCES posts, tag_id int REFERENCES tags, PRIMARY KEY (post_id, tag_id));
CREATE FUNCTION shout(users) RETURNS text LANGUAGE sql STABLE AS 'SELECT upper($1.name)';
CREATE FUNCTION secretly(users) RETURNS text LANGUAGE sql STABLE AS 'SELECT $1.secret';
CREATE FUNCTION nearest(users) RETURNS posts LANGUAGE sql STABLE AS 'SELECT * FROM t_where_priv.posts WHERE author_id = $1.id LIMIT 1';
REVOKE EXECUTE ON FUNCTION shout(users) FROM PUBLIC;
INSERT INTO users VALUES (1, 'ann', 'sA', NULL, '(Wien)', '{"a": 1}'), (2, 'bob', 'sB', 1, '(Graz)', '{"a": 2}');
INSERT INTO posts VALUES (1, 1, 'a', 's1'), (2, 1, 'b', 's2'), (3, 2, 'c', 's3');
INSERT INTO hidden VALUES (1, 1, 7);
INSERT INTO tags VALUES (1, 'x');
INSERT INTO posts_tags VALUES (1, 1), (3, 1);
CREATE ROLE regress_where;
GRANT USAGE ON SCHEMA t_where_priv TO regress_where;
GRANT SELECT (id, name, boss_id) ON users TO regress_where;
GRANT SELECT (id, author_id, title) ON posts TO regress_where;
GRANT SELECT ON tags TO regress_where;
CREATE FUNCTION t_where_priv.try(relation regclass, shape text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE r text; c text;
BEGIN
  SELECT coalesce(string_agg(d::text, ' '), 'nothing') INTO r FROM jsonify_find_text(relation, shape, '{"p": "s%", "ids": [1]}', '{"unknown_params": "ignore"}') d;
  RETURN r;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS c = PG_EXCEPTION_CONTEXT;
  RETURN SQLSTATE || ' column ' || coalesce(substring(c FROM 'column (\d+) of '), '-') || ': ' || SQLERRM;
END$$;
CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, relation text, shape text);
GRANT SELECT ON cases TO regress_where;
INSERT INTO cases (relation, shape) VALUES
-- what it may read
('users', '(where: name = ''ann'', order: name desc) { id }'), ('users', '(where: boss.name = ''ann'') { id }'),
('users', '(order: boss.name desc) { id }'), ('users', '(where: exists(posts)) { id }'),
('users', '(where: exists(posts(where: title = ''c''))) { id }'), ('posts', '(where: author.name = ''bob'') { id }'),
-- what it may not: columns, of the root, of related tables, on a path, of composites and json, in a function
('users', '(where: secret like $p) { id }'), ('users', '(where: id = 1 and secret is null) { id }'),
('users', '(where: secret is distinct from ''x'') { id }'), ('users', '(where: name = secret) { id }'),
('users', '(where: secret in $ids) { id }'), ('users', '(where: not secret between ''a'' and ''b'') { id }'),
('users', '(order: secret) { id }'), ('users', '(order: name, secret desc, limit: 1) { id }'),
('users', '(where: home.city = ''Wien'') { id }'), ('users', '(order: home.city) { id }'),
('users', '(where: meta.a = 1) { id }'), ('users', '(order: meta.a) { id }'), ('users', '(where: home is null) { id }'),
('posts', '(where: author.secret like $p) { id }'),
('posts', '(order: author.secret) { id }'), ('posts', '(where: author.boss.secret like $p) { id }'),
('posts', '(where: author.meta.a = 1) { id }'), ('users', '{ posts(where: secret = ''s1'') { id } }'),
('users', '{ posts(order: secret desc) { id } }'), ('users', '{ posts(order: secret, limit: 1).id }'),
('users', '{ posts(key: secret) { id } }'), ('users', '{ posts(where: secret = ''s1'', page: 1) { id } }'),
('users', '{ count(posts(where: secret = ''s1'')) }'), ('users', '{ max(posts.secret) }'),
('users', '{ posts.secret }'), ('users', '{ users(via: boss_id, recurse: 1, where: secret like $p) }'),
('users', '{ users(via: boss_id, recurse: 1, order: secret) }'),
('users', '(where: exists(posts(where: secret = ''s1''))) { id }'),
('posts', '(where: exists(author(where: secret like $p))) { id }'),
('users', '(where: exists(posts.author(where: secret like $p))) { id }'),
-- tables, junctions, functions
('posts', '(where: exists(hidden)) { id }'), ('posts', '(where: not exists(hidden)) { id }'),
('posts', '(where: exists(hidden(where: n > 1))) { id }'), ('posts', '{ count(hidden) }'),
('users', '(where: exists(posts.hidden)) { id }'), ('posts', '(where: exists(tags)) { id }'),
('posts', '{ tags(limit: 1) { id } }'), ('tags', '(where: exists(posts)) { id }'),
('users', '(where: shout = ''ANN'') { id }'), ('users', '(order: shout) { id }'),
('users', '(where: secretly = ''sA'') { id }'), ('users', '(where: nearest.title = ''a'') { id }'),
('posts', '(where: author.shout = ''ANN'') { id }'), ('hidden', '(limit: 0) { id }'), ('hidden', '(where: n = 7) { }');
SET ROLE regress_where;
SELECT shape, try(relation::regclass, shape) AS result FROM cases ORDER BY n;
RESET ROLE;

-- Whoever owns the tables has all of it; what is kept for one role is not taken for another.
SELECT try('users', '(where: secret like $p, order: secret desc) { id }'), try('posts', '(where: exists(hidden)) { id }');
SET ROLE regress_where;
SELECT try('users', '(where: secret like $p, order: secret desc) { id }'), try('posts', '(where: exists(hidden)) { id }');
RESET ROLE;
GRANT SELECT (secret, home, meta) ON users TO regress_where;
GRANT SELECT ON hidden, posts_tags TO regress_where;
GRANT EXECUTE ON FUNCTION shout(users) TO regress_where;
SET ROLE regress_where;
SELECT shape, try(relation::regclass, shape) AS result FROM cases WHERE relation = 'users' AND shape ~ '^\((where|order): (secret|home|shout|meta|nearest)' OR shape ~ 'hidden|tags' ORDER BY n;
RESET ROLE;

-- Rows that a policy hides are not there for a condition either.
ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON posts USING (title <> 'c');
CREATE POLICY p ON users USING (name <> 'ann');
SET ROLE regress_where;
SELECT shape, try(relation::regclass, shape) AS result
  FROM (VALUES ('users', '{ id }'), ('users', '(where: exists(posts)) { id }'),
      ('users', '(where: not exists(posts)) { id }'), ('users', '(where: boss.name = ''ann'') { id }'),
      ('users', '(where: boss.id is null) { id, boss { id } }'), ('users', '(where: boss_id is not null) { id }'),
      ('posts', '(where: author.name is null, order: author.name, id) { id }'),
      ('tags', '{ count(posts), posts(page: 1) { id }, posts.title }'),
      ('tags', '(where: exists(posts(where: title = ''c''))) { id }'),
      ('users', '{ id, count(posts), users(via: boss_id, recurse: 2) }')) v (relation, shape);
RESET ROLE;
DROP OWNED BY regress_where;
DROP ROLE regress_where;
DROP SCHEMA t_where_priv CASCADE;
