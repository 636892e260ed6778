-- jsonify_explain(): a row for the root and for each relation, with the SQL that runs.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE ROLE regress_jsonify_app;
CREATE SCHEMA "t Explain";
GRANT USAGE ON SCHEMA "t Explain" TO PUBLIC;
SET search_path = "t Explain", public;
CREATE TABLE users (id int PRIMARY KEY, name text, "Odd ""col""; --" text, pw text);
CREATE TABLE posts (id int PRIMARY KEY, title text, author_id bigint REFERENCES users, editor_id int REFERENCES users);
CREATE TABLE comments (post int, n int, body text, user_id int REFERENCES users, PRIMARY KEY (post, n), FOREIGN KEY (post) REFERENCES posts);
CREATE TABLE tags (a int, b text, name text, PRIMARY KEY (a, b));
CREATE TABLE posts_tags (post_id int REFERENCES posts, tag_b text, tag_a int, PRIMARY KEY (post_id, tag_a, tag_b), FOREIGN KEY (tag_b, tag_a) REFERENCES tags (b, a));
INSERT INTO users VALUES (1, 'ann', 'x'), (2, 'bob', 'y');
INSERT INTO posts VALUES (10, 'x', 1, 2), (11, 'y', 2, NULL);
INSERT INTO comments VALUES (10, 1, 'c', 2), (10, 2, 'd', 1), (11, 1, 'e', 1);
INSERT INTO tags VALUES (1, 'a', 't'), (1, 'b', 'u');
INSERT INTO posts_tags VALUES (10, 'a', 1), (10, 'b', 1), (11, 'a', 1);
CREATE FUNCTION shout(users) RETURNS text LANGUAGE sql STABLE AS 'SELECT upper($1.name)';
CREATE FUNCTION best(users) RETURNS SETOF posts LANGUAGE sql STABLE AS 'SELECT * FROM "t Explain".posts WHERE author_id = $1.id';

-- Paths: of the root '', then depth first in the order of the shape, keys and not
-- names, quoted or not as they are.
SELECT row_number() OVER (), quote_literal(path)
  FROM jsonify_explain('users', '{ id posts(via: author_id) { comments { user { name } } tags { name } editor }
                                   "odd "": key.": best { author { } } w: posts(via: editor_id) }');
SELECT count(*), bool_and(path = '') FROM jsonify_explain('users');
SELECT count(*), bool_and(path = '') FROM jsonify_explain('users', '(order: name, limit: 1) { shout }');

-- The SQL runs as it stands, whatever the search_path: the root's gives a row a
-- document, a relation's the rows of all parents.
CREATE FUNCTION run(t regclass, shape text, params jsonb DEFAULT NULL) RETURNS TABLE (p text, n bigint) LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE r record;
BEGIN
  FOR r IN SELECT * FROM public.jsonify_explain(t, shape, params) LOOP
    p := r.path;
    EXECUTE format('SELECT count(*) FROM (%s) q', rtrim(r.sql, '; ')) INTO n;
    RETURN NEXT;
  END LOOP;
END$$;
SELECT * FROM run('users', '{ id posts(via: author_id) { comments { user { name } } tags { name } editor } "odd "": key.": best { author { } } w: posts(via: editor_id) }');
SELECT * FROM run('users', '(order: name desc, limit: 1) { "Odd ""col""; --" shout posts(via: author_id) { id } }');
SELECT * FROM run('users', '(limit: $n, offset: $o) { id best { id } }', '{"n": 5, "o": 1}');
SELECT * FROM run('posts', '{ author { shout } comments { body post_id: post } tags { name posts { id } } }');
SELECT * FROM run('tags', '{ posts_tags { post { id } } }');
SELECT jsonify_find('posts', '(limit: 1) { author { shout } tags { name posts { id } } }') AS "a document of such queries";
-- one relationship is one query, whatever the number of rows
SELECT path, sql ~ '^(WITH|SELECT)' AS is_select, sql ~ '"t Explain"' AS qualified, sql ~ '\$[0-9]' AS has_params FROM jsonify_explain('posts', '{ author { name } tags { name } }');
-- the root's query is what jsonify_find runs: in the same order, with the same columns
CREATE FUNCTION first_column(t regclass, shape text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE q text; r text;
BEGIN
  SELECT sql INTO q FROM jsonify_explain(t, shape) WHERE path = '';
  EXECUTE format('SELECT string_agg((to_jsonb(q) ->> ''id''), '' '') FROM (%s) q', rtrim(q, '; ')) INTO r;
  RETURN r;
END$$;
SELECT first_column('users', '(order: name desc) { id }'), first_column('users', '{ id }'), first_column('posts', '(limit: 1, offset: 1) { id }');

-- Without rows, named shapes and the default shape too; a row cast leaves no branch.
SELECT jsonify_define('posts', 'card', '{ title author { name } }');
SELECT path FROM jsonify_explain('posts', 'card');
SELECT path FROM jsonify_explain('comments', '{ posts { ...card } }');
SELECT jsonify_define('posts', 'default', '{ title tags { name } }');
SELECT path FROM jsonify_explain('posts');
SELECT path FROM jsonify_explain('comments', '{ n p: posts }');
DELETE FROM posts_tags;
SELECT path FROM jsonify_explain('posts');
SELECT count(*) FROM jsonify_explain(NULL, '{ id }');

-- The same errors and privileges as of jsonify_find; what the role may not read is not in it.
SELECT jsonify_explain('users', '{ nam }');
SELECT jsonify_explain('users', '(limit: $n) { id }');
SELECT jsonify_explain('users_pkey', '{ id }');
GRANT SELECT (id, name) ON users TO regress_jsonify_app;
GRANT SELECT ON posts TO regress_jsonify_app;
SET ROLE regress_jsonify_app;
SELECT sql ~ 'pw' FROM jsonify_explain('users', '{ * }');
SELECT jsonify_explain('users', '{ pw }');
SELECT jsonify_explain('posts', '{ tags { name } }');
SELECT * FROM run('posts', '{ author { name } }');
RESET ROLE;
-- nothing is written into it but names: a key is none
SELECT sql ~ 'injected' FROM jsonify_explain('users', '{ "injected": id, posts(via: author_id) { "injected": title } }');
-- Each level's SQL has those above it once, whatever its keys: so it grows by a level
-- at a time, also with keys of several columns.
CREATE TABLE pairs (a int, b int, next_a int, next_b int, PRIMARY KEY (a, b), FOREIGN KEY (next_a, next_b) REFERENCES pairs);
SELECT sql FROM jsonify_explain('pairs', '{ a, pairs(via: next_a) { b } }') OFFSET 1;
SELECT max(length(regexp_replace(sql, '\s+', ' ', 'g'))) < 12000 AS is_short
  FROM jsonify_explain('pairs', repeat('{ a, pairs(via: next_a) ', 20) || '{ b }' || repeat(' }', 20));
-- In lines of 72 columns, for a screen of 100 that shows the path as well. What stands in
-- quotes is as it was, and a word that is longer is not broken.
SELECT sql FROM jsonify_explain('users', '(where: name = $n and name <> $o or id between 1 and 10 and not "Odd ""col""; --" in $l) { name }',
  '{"n": "(a  AND b''s \" FROM c\n) ", "o": "a \\ and (", "l": ["one, that is by itself longer than the width that all of this has to fit into", "SELECT "]}');
SELECT max(length(line)) FROM jsonify_explain('users', '(where: exists(posts(via: author_id, where: title = $t)) and name < $t and id > 10)
  { posts(via: author_id, limit: 3, where: title < $t) { comments { user { name } } tags { name } count(comments) } }', '{"t": "t"}'),
  regexp_split_to_table(sql, '\n') AS line;
SELECT * FROM run('users', '(where: name <> $n and not name in $l or id in (5, 6)) { name posts(via: author_id, where: title <> $n and title <> $n) { id } }',
  '{"n": "(a  AND b''s \" FROM c\n) ", "l": ["bob", "a \\ and ("]}');
DROP SCHEMA "t Explain" CASCADE;
DROP ROLE regress_jsonify_app;
