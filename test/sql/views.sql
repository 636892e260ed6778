-- Views have the relationships of the tables whose columns they have, and others to
-- them have theirs under the view's name.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE ROLE regress_jsonify_app;
CREATE SCHEMA t_views;
CREATE SCHEMA t_views_api;
SET search_path = t_views, public;
CREATE TABLE users (id int PRIMARY KEY, name text, boss_id int REFERENCES users);
CREATE TABLE cards (id int PRIMARY KEY, holder int UNIQUE REFERENCES users);
CREATE TABLE posts (id int PRIMARY KEY, dropped int, title text, author_id int NOT NULL REFERENCES users, public boolean DEFAULT true);
ALTER TABLE posts DROP COLUMN dropped;
CREATE TABLE comments (post_id int REFERENCES posts, no int, body text, PRIMARY KEY (post_id, no));
CREATE TABLE stars (post_id int, no int, user_id int REFERENCES users, PRIMARY KEY (user_id, post_id, no), FOREIGN KEY (post_id, no) REFERENCES comments);
CREATE TABLE tags (id int PRIMARY KEY, name text);
CREATE TABLE posts_tags (post_id int REFERENCES posts, tag_id int REFERENCES tags, PRIMARY KEY (post_id, tag_id));
CREATE INDEX ON posts (author_id);
INSERT INTO users VALUES (3, 'cyd', NULL), (1, 'ann', 3), (2, 'bob', 1);
INSERT INTO cards VALUES (7, 1), (8, NULL);
INSERT INTO posts VALUES (12, 'y', 2, true), (11, 'x', 1, true), (13, 'z', 1, false), (10, 'w', 2, true);
INSERT INTO comments VALUES (11, 2, 'b'), (11, 1, 'a'), (13, 1, 'c'), (12, 1, 'd');
INSERT INTO stars VALUES (11, 2, 3), (13, 1, 1), (11, 1, 3);
INSERT INTO tags VALUES (1, 'sql'), (2, 'c');
INSERT INTO posts_tags VALUES (11, 1), (11, 2), (13, 1), (12, 2);
CREATE FUNCTION relationships(regclass) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT concat_ws('|', name, kind, columns, target, target_columns, junction, "constraint", ambiguous, spelling) FROM jsonify_relationships($1) ORDER BY spelling COLLATE "C" $$;

-- One table, its columns renamed and in another order; in both directions; rows come
-- in the order of the primary key.
CREATE VIEW public_posts AS SELECT title, author_id AS writer_id, id AS nr, title || '!' AS loud FROM posts WHERE public;
SELECT relationships('public_posts');
SELECT jsonify_find('public_posts', '{ * writer { name } comments { body } tags { name } }');
SELECT jsonify_find('public_posts', '(where: writer.name = ''bob'' and exists(tags), order: writer.boss.name) { nr, posts_author_id_fkey { name } count(comments) }');
SELECT jsonify(p, '{ title, users { name } b: tags.name, max(comments.no) }') FROM public_posts p WHERE nr = 11;
SELECT jsonify_text_agg(p, '{ nr, comments(page: 1) { no } }' ORDER BY nr) FROM public_posts p;
SELECT relationships('users');
SELECT jsonify_find('users', '{ id, public_posts { title } posts { title } count(public_posts) p: public_posts(where: title > ''w'', order: title desc, limit: 1).loud }');
SELECT jsonify_find('comments', '{ post { title } public_posts { title } public_posts.loud }');
SELECT jsonify_find('comments', '(where: public_posts.title is null or post.title = ''x'', order: public_posts.title desc) { body }');
SELECT jsonify_find('tags', '{ name, public_posts { nr } posts { id } }');
SELECT * FROM jsonify_explain('users', '{ public_posts { title } }');

-- One to one, to itself, and a junction that is a view, which via says.
CREATE VIEW holders AS SELECT holder, id FROM cards;
CREATE VIEW people AS SELECT id, name, boss_id FROM users;
CREATE VIEW tagged AS SELECT tag_id AS tag, post_id AS post FROM posts_tags WHERE post_id <> 11;
SELECT relationships('people');
SELECT jsonify_find('people', '{ name boss { name } holders { id } cards { id } team: people.name, people(via: boss_id, recurse: 3) users { id } a: users(via: boss_id) { id } b: users_boss_id_fkey { id } }');
SELECT jsonify_find('holders', '{ id, users { name } people { name } u: people(via: holder) { id } }');
SELECT jsonify_find('public_posts', '{ nr tags { name } t: tags(via: tagged).name, s: tags(via: t_views.tagged.post).name, tagged { tag } }');
SELECT jsonify_find('tags', '{ posts(via: tagged) { id } public_posts(via: tagged) { nr } }');
SELECT jsonify_find('public_posts', '{ tagged { zzzzzz } }');
SELECT jsonify_find('public_posts', '{ zzzzzzzzzzzzz { } }');
SELECT jsonify_find('users', '{ public_pots { } }');

-- Views of views, subqueries and joins: what is shown of each table counts. A view
-- that may show a row twice is nothing that one row leads to.
CREATE VIEW again AS SELECT nr AS id, (writer_id) AS by_id FROM (SELECT nr, writer_id FROM public_posts OFFSET 1) s;
CREATE VIEW joined AS SELECT p.id AS post, u.id AS "user", body, c.no FROM posts p JOIN users u ON u.id = p.author_id LEFT JOIN comments c ON c.post_id = p.id;
CREATE VIEW using_id AS SELECT id, u.name, c.holder FROM users u JOIN cards c USING (id);
CREATE VIEW pairs AS SELECT a.id AS a_id, b.id AS b_id, a.boss_id FROM users a, users b WHERE a.id < b.id;
SELECT relationships('again');
SELECT relationships('joined');
SELECT relationships('pairs');
SELECT name, spelling, columns FROM jsonify_relationships('using_id') ORDER BY spelling COLLATE "C";
SELECT jsonify_find('pairs', '{ a_id, b_id, posts(via: a_id) { id } b: cards(via: b_id) { id } c: count(posts(via: b_id)), d: public_posts(via: b_id).nr }');
SELECT jsonify_find('pairs', '{ posts { id } }');
SELECT jsonify_find('again', '{ * by { name } comments.body }');
SELECT jsonify_find('joined', '{ post, no, users { name } tags.name, stars { user_id } cards { id } }');
SELECT jsonify_find('users', '(where: id < 3) { again { id } pairs { a_id b_id } c: count(pairs) users { id } p: people { id } }');
SELECT jsonify_find('comments', '{ joined { post } }');
-- keys of several columns: all of them, from one table
CREATE VIEW some_comments AS SELECT no AS n, post_id AS p, body FROM comments;
CREATE VIEW no_number AS SELECT post_id, body FROM comments;
CREATE VIEW mixed AS SELECT c.no, p.id AS post_id FROM comments c JOIN posts p ON p.id = c.post_id;
SELECT jsonify_find('some_comments', '{ p, n, stars { user_id } users(via: stars) { name } post: posts { title } }');
SELECT jsonify_find('stars', '{ user_id, some_comments { body } no_number { body } }');
SELECT jsonify_find('stars', '{ user_id, some_comments { body } }');
SELECT name FROM jsonify_relationships('no_number') UNION ALL SELECT '-' UNION ALL SELECT name FROM jsonify_relationships('mixed') WHERE name = 'stars';

-- What is not plainly a table's has nothing of it.
CREATE FUNCTION has(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE r text;
BEGIN
  EXECUTE 'CREATE VIEW v AS ' || query;
  SELECT coalesce(string_agg(DISTINCT name, ' ' ORDER BY name), '-') INTO r FROM jsonify_relationships('v') WHERE target::text NOT IN ('v', 'again', 'joined', 'pairs', 'people', 'public_posts', 'using_id', 'holders', 'tagged', 'mixed', 'no_number', 'some_comments');
  r := r || ' < ' || (SELECT count(*) FROM jsonify_relationships('users') WHERE target = 'v'::regclass) || (SELECT count(*) FROM jsonify_relationships('comments') WHERE target = 'v'::regclass);
  DROP VIEW v;
  RETURN r;
END$$;
SELECT q, has(q) FROM unnest(ARRAY['SELECT * FROM posts', 'SELECT id, author_id FROM ONLY posts ORDER BY title LIMIT 3', 'SELECT *, row_number() OVER () FROM posts', 'SELECT DISTINCT * FROM posts',
  'SELECT DISTINCT ON (title) * FROM posts', 'SELECT id, author_id FROM posts GROUP BY id', 'SELECT max(id) AS id FROM posts', 'SELECT * FROM posts UNION ALL SELECT * FROM posts',
  'WITH p AS (SELECT * FROM posts) SELECT * FROM p', 'SELECT *, generate_series(1, 2) FROM posts', 'SELECT id + 0 AS id, author_id::bigint FROM posts', 'SELECT 1 AS id, 2 AS author_id', 'SELECT p.* FROM posts p, LATERAL (SELECT p.id) x',
  'SELECT * FROM (SELECT DISTINCT id, author_id FROM posts) p', 'SELECT id FROM posts p FULL JOIN cards USING (id)', 'SELECT id FROM posts p LEFT JOIN cards USING (id)', 'SELECT (SELECT p.id) AS id, p.author_id FROM posts p', 'SELECT p FROM posts p',
  'VALUES (1)', 'SELECT (p).* FROM (SELECT p FROM posts p) x', 'SELECT * FROM posts TABLESAMPLE system (100)', 'TABLE posts_tags', 'SELECT 1 AS id FROM posts HAVING true', 'SELECT FROM posts']) WITH ORDINALITY u (q, n) ORDER BY n;
-- not, without end, what doubles with each view; and nothing of what inherits
CREATE VIEW d0 AS SELECT id FROM users;
DO $$ BEGIN FOR i IN 1..12 LOOP EXECUTE format('CREATE VIEW d%s AS SELECT a.id, b.id AS b FROM d%s a, d%s b', i, i - 1, i - 1); END LOOP; END $$;
SELECT count(*) > 0 FROM jsonify_relationships('d4') UNION ALL SELECT count(*) > 0 FROM jsonify_relationships('d12');
DROP VIEW d0 CASCADE;
CREATE TABLE special () INHERITS (users);
INSERT INTO special VALUES (1, 'double');
SELECT kind, spelling FROM jsonify_relationships('posts') WHERE target = 'people'::regclass;
SELECT jsonify_find('posts', '(where: id = 11) { people { name } }');
DROP TABLE special;

-- A name that a table has means the table; of a role that may not read it the view.
CREATE VIEW t_views_api.posts AS SELECT id, title, author_id FROM posts WHERE public;
CREATE VIEW t_views_api.users AS SELECT id, name FROM users;
CREATE VIEW t_views_api.author AS SELECT id, name FROM users;
CREATE VIEW t_views_api.posts_tags AS TABLE posts_tags;
CREATE VIEW t_views_api.tags AS TABLE tags;
SELECT relationships('t_views_api.posts');
SELECT jsonify_find('t_views_api.users', '{ id, posts { id } a: posts(via: t_views_api.posts.author_id) { id } }');
GRANT USAGE ON SCHEMA t_views_api, t_views TO regress_jsonify_app;
GRANT SELECT ON ALL TABLES IN SCHEMA t_views_api TO regress_jsonify_app;
GRANT SELECT (nr, title) ON public_posts TO regress_jsonify_app;
SET ROLE regress_jsonify_app;
SELECT relationships('t_views_api.posts');
SELECT jsonify_find('t_views_api.users', '{ id, posts { title, users { name } tags(via: posts_tags) { name } } }');
SELECT jsonify_find('t_views_api.posts', '{ author { name } }');
SELECT jsonify_find('t_views_api.users', '{ public_posts { title } }');
RESET ROLE;
GRANT SELECT (writer_id) ON public_posts TO regress_jsonify_app;
SET ROLE regress_jsonify_app;
SELECT jsonify_find('t_views_api.users', '{ id, public_posts { title } }');
SELECT jsonify_find('t_views_api.users', '{ id, public_posts { * } }');
SELECT jsonify_find('t_views_api.users', '{ id, public_posts { loud } }');
RESET ROLE;
-- one whose invoker needs the table (before 15: whose owner), and one that lets no
-- condition through
DO $$ BEGIN
  IF current_setting('server_version_num')::int >= 150000 THEN
    EXECUTE 'CREATE VIEW t_views_api.invoked WITH (security_invoker) AS SELECT id, author_id FROM posts';
  ELSE
    EXECUTE 'CREATE VIEW t_views_api.invoked AS SELECT id, author_id FROM posts';
    EXECUTE 'GRANT CREATE ON SCHEMA t_views_api TO regress_jsonify_app';
    EXECUTE 'ALTER VIEW t_views_api.invoked OWNER TO regress_jsonify_app';
  END IF; END $$;
CREATE VIEW t_views_api.guarded WITH (security_barrier) AS SELECT id, title, author_id FROM posts WHERE public;
CREATE FUNCTION t_views_api.leak(text) RETURNS boolean COST 0.0001 LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'leaked %', $1; RETURN true; END $$;
CREATE OPERATOR t_views_api.!! (RIGHTARG = text, FUNCTION = t_views_api.leak);
GRANT SELECT ON t_views_api.invoked, t_views_api.guarded TO regress_jsonify_app;
SET ROLE regress_jsonify_app;
SELECT jsonify_find('t_views_api.users', '{ id, guarded(where: title > ''x'') { title } }');
SELECT jsonify_find('t_views_api.guarded', '{ id, users { name } }');
SELECT jsonify_find('t_views_api.users', '{ id, invoked { id } }');
RESET ROLE;
DO $$ BEGIN
  IF current_setting('server_version_num')::int < 150000 THEN
    EXECUTE 'ALTER VIEW t_views_api.invoked OWNER TO CURRENT_USER';
  END IF; END $$;
SELECT jsonify_find('t_views_api.users', '{ id, invoked { id } }');

-- What is cached hears of changes: of the view, of one below it, of a key.
CREATE VIEW top AS SELECT * FROM public_posts;
SELECT jsonify_find('top', '(limit: 1) { nr, writer { name } }'), jsonify_find('users', '(limit: 1) { top { nr } }');
ALTER VIEW top RENAME COLUMN writer_id TO poet_id;
SELECT jsonify_find('top', '(limit: 1) { nr, poet { name } }'), jsonify_find('users', '(limit: 1) { top { nr } }');
SELECT jsonify_find('top', '(limit: 1) { nr, writer { name } }');
CREATE OR REPLACE VIEW public_posts AS SELECT title, author_id + 0 AS writer_id, id AS nr, title || '!' AS loud FROM posts WHERE public;
SELECT jsonify_find('top', '(limit: 1) { nr, poet { name } }');
SELECT jsonify_find('users', '(limit: 1) { top { nr } }');
CREATE OR REPLACE VIEW public_posts AS SELECT title, author_id AS writer_id, id AS nr, title || '!' AS loud FROM posts;
SELECT jsonify_find('users', '(limit: 1) { top { nr } }');
ALTER VIEW top RENAME TO bottom;
SELECT jsonify_find('users', '(limit: 1) { top { nr } }');
SELECT jsonify_find('users', '(limit: 1) { bottom { nr } }');
ALTER TABLE posts DROP CONSTRAINT posts_author_id_fkey;
SELECT jsonify_find('users', '(limit: 1) { bottom { nr } }');
ALTER TABLE posts ADD CONSTRAINT posts_author_id_fkey FOREIGN KEY (author_id) REFERENCES users;
-- a table of the name comes before, as do functions
SELECT jsonify_find('users', '(limit: 1) { bottom { nr } }');
CREATE TABLE t_views_api.bottom (id int, user_id int REFERENCES users);
SELECT jsonify_find('users', '(limit: 1) { bottom { id } }');
DROP TABLE t_views_api.bottom;
CREATE FUNCTION bottom(users) RETURNS SETOF tags STABLE LANGUAGE sql AS 'SELECT * FROM t_views.tags';
SELECT jsonify_find('users', '(limit: 1) { bottom { name } b: bottom(via: poet_id) { nr } }');

-- Two keys, or two columns of one table: each is asked for.
CREATE VIEW both_ways AS SELECT a.id, a.author_id AS one_id, b.author_id AS other_id FROM posts a JOIN posts b ON b.id = a.id + 1;
SELECT jsonify_find('both_ways', '(order: one.name, other.name) { id, one { name } other { name } one_id }');
SELECT jsonify_find('users', '{ id, a: both_ways(via: one_id) { id } b: both_ways(via: other_id) { id } c: count(both_ways(via: one_id)), d: count(both_ways(via: other_id)), e: both_ways(via: other_id).id }');
SELECT jsonify_find('users', '{ both_ways { id } }');
CREATE TEMP VIEW mine AS SELECT * FROM posts;
SELECT jsonify_find('users', '(where: id = 1) { mine { id } }');

-- A view that can be written is written through, by what tells its rows apart.
SELECT jsonify_save('public_posts', '{"nr": 11, "title": "X", "writer": {"id": 2}}', '(by: nr) { nr, title, writer(write: link) { id } }');
SELECT jsonify_save('users', '{"id": 3, "guarded": [{"id": 20, "title": "new"}]}', '{ id, guarded(write: own, by: id, missing: keep) { id, title } }');
SELECT * FROM posts ORDER BY id;

-- They are listed oldest first, wherever the catalog had room for what it knows of them.
CREATE TABLE far (id int PRIMARY KEY);
CREATE TABLE near (id int PRIMARY KEY, far_id int REFERENCES far);
DO $$BEGIN FOR n IN 1..40 LOOP EXECUTE format('CREATE VIEW filler_%s AS SELECT * FROM near', n); END LOOP; END$$;
CREATE VIEW old_view AS SELECT * FROM near;
DO $$BEGIN FOR n IN 1..40 LOOP EXECUTE format('DROP VIEW filler_%s', n); END LOOP; END$$;
VACUUM pg_depend;
\c -
SET client_min_messages = warning;
SET search_path = t_views, public;
CREATE VIEW new_view AS SELECT * FROM near;
SELECT name FROM jsonify_relationships('far');
DROP SCHEMA t_views, t_views_api CASCADE;
DROP ROLE regress_jsonify_app;
