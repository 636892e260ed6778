-- What the arguments other than "where", paths and aggregates are refused for: the
-- SQLSTATE, the column of the shape that is pointed at, and the message.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_args_errors;
SET search_path = t_args_errors, public;
CREATE TYPE place AS (city text, zip int);
CREATE TABLE users (id int PRIMARY KEY, name text, boss_id int REFERENCES users);
CREATE TABLE posts (id int PRIMARY KEY, title text, views int, published bool, d date, p place, meta jsonb, j json,
  tags text[], pt point, x xml, author_id int REFERENCES users, editor_id int REFERENCES users);
CREATE TABLE tags (id int PRIMARY KEY, name text);
CREATE TABLE posts_tags (post_id int REFERENCES posts, tag_id int REFERENCES tags, PRIMARY KEY (post_id, tag_id));
INSERT INTO users VALUES (1, 'ann', NULL);
INSERT INTO posts (id, title, views, author_id) VALUES (1, 'a', 1, 1);

CREATE FUNCTION state_of(shape text, params jsonb, relation regclass DEFAULT 'posts') RETURNS text LANGUAGE plpgsql AS $$
DECLARE c text;
BEGIN
  PERFORM jsonify_find(relation, shape, params, '{"unknown_params": "ignore"}');
  RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS c = PG_EXCEPTION_CONTEXT;
  RETURN SQLSTATE || ' ' || coalesce(substring(c FROM 'column (\d+) of the shape'), '-') || ' ' || SQLERRM;
END$$;
CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, shape text, params jsonb DEFAULT '{}');
-- The other arguments, of a to-many relationship, of a to-one, and of the root.
INSERT INTO cases (shape) SELECT '{ posts_tags(' || c || ') { } }' FROM unnest(ARRAY[
'', 'limit', 'limit:', 'limit: )', ':', 'limit 1', 'limit = 1', 'limits: 1', 'LIMIT: 1', '"limit": 0', 'limit: 1 2',
'limit: 1,, offset: 1', ',limit: 1', 'limit: 1, limit: 1', 'where: tag_id = 1, where: tag_id = 1',
'order: tag_id, order: tag_id', 'offset: 1, offset: 1', 'via: post_id, via: post_id', 'limit: 1.5', 'limit: 1e1',
'limit: -1', 'limit: - 1', 'limit: ''1''', 'limit: all', 'limit: null', 'limit: tag_id', 'limit: 9223372036854775807',
'limit: 9223372036854775808', 'offset: -1', 'offset: 1.0', 'offset: x',
'order:', 'order: 1', 'order: nope', 'order: tag_id,', 'order: ,tag_id', 'order: tag_id tag_id', 'order: desc tag_id',
'order: tag_id desc asc', 'order: tag_id nulls', 'order: tag_id nulls third', 'order: tag_id nulls first last',
'order: -tag_id', 'order: tag_id using <', 'order: tag', 'order: tag.nope', 'order: post.tags.name', 'order: post.j',
'order: post.pt', 'order: post.x', 'order: tag(where: id = 1).name', 'order: length(post)', 'order: random()',
'key:', 'key: 1', 'key: nope', 'key: tag', 'key: post.id', 'key: tag_id, key: tag_id', 'key: tag_id, page: 1',
'page:', 'page: -1', 'page: x', 'page: 1, limit: 1', 'page: 1, recurse: 1', 'recurse:', 'recurse: -1', 'recurse: 1',
'recurse: all', 'via:', 'via: nope', 'via: tag_id', 'via: a.b.c.d', 'via: post_id.x', 'via: 1'])
WITH ORDINALITY u (c, n) ORDER BY n;
INSERT INTO cases (shape) VALUES
('{ author(limit: 1) { } }'), ('{ author(offset: 1) { } }'), ('{ author(order: id) { } }'),
('{ author(key: id) { } }'), ('{ author(page: 1) { } }'), ('{ author(recurse: 1) }'), ('{ title(limit: 1) }'),
('{ title(where: published) }'), ('{ p(where: published) }'),
('{ posts_tags(limit: 1).tag.name }'), ('{ posts_tags(page: 1).tag_id }'), ('{ posts_tags(key: tag_id).tag_id }'),
('{ posts_tags.tag(limit: 1).name }'), ('{ posts_tags(recurse: 1).tag_id }'), ('{ title.x }'), ('{ views.0 }'),
('{ tags.0 }'), ('{ p.nope }'), ('{ p.city.x }'), ('{ p { city } }'), ('{ meta { a } }'), ('{ author.nope }'),
('{ author.name.x }'), ('{ nope.x }'), ('{ author.name { id } }'), ('{ author.name, name: id }'),
('{ author.name editor.name }'), ('{ meta.a.b @utc }'), ('{ author.id @utc }'), ('{ author @utc }'), ('{ author. }'),
('{ .author }'), ('{ author..name }'), ('{ author.* }'), ('{ author.0 }'), ('{ 0.a }'),
('{ count() }'), ('{ count(nope) }'), ('{ count(title) }'), ('{ count(*) }'), ('{ count(posts_tags, posts_tags) }'),
('{ count(posts_tags) { } }'), ('{ count(posts_tags).x }'), ('{ count(posts_tags(limit: 1)) }'),
('{ count(posts_tags(order: tag_id)) }'), ('{ count(posts_tags(page: 1)) }'), ('{ count(posts_tags) count(author) }'),
('{ sum(posts_tags) }'), ('{ avg(posts_tags) }'), ('{ sum(author.name) }'), ('{ sum(posts_tags.tag) }'),
('{ min(author.nope) }'), ('{ max(author.posts(via: author_id).meta) }'), ('{ sum(title) }'),
('{ median(posts_tags.tag_id) }'), ('{ count(posts_tags) @nope }'), ('{ COUNT(posts_tags) }'),
('{ "count"(posts_tags) }'), ('{ sum(posts_tags.tag_id + 1) }'), ('{ count(distinct posts_tags) }'),
('{ sum(posts_tags.tag_id'),
('() { }'), ('(via: id) { }'), ('(key: id) { }'), ('(page: 1) { }'), ('(recurse: 1) { }'), ('(limit: 1)'),
('(limit: 1) (limit: 1) { }'), ('(limit: -1) { }'), ('(order: nope) { }'), ('(order: author) { }'),
('(order: tags desc, pt) { }'), ('{ } (limit: 1)'), ('(limit: $p) { }'), ('(limit: $p, offset: $q) { }');
SELECT shape, state_of(shape, '{"p": 1}') AS error FROM cases ORDER BY n;
-- What is said of writing: of a relationship, of the root, and where rows are only asked about.
TRUNCATE cases;
INSERT INTO cases (shape) SELECT '{ posts_tags(' || c || ') { tag_id } }' FROM unnest(ARRAY[
'write:', 'write: x', 'write: OWN', 'write: "own"', 'write: ''own''', 'write: $p', 'write', 'write: own, write: own', 'write: own none', 'write: own, missing: delete, by: tag_id',
'missing:', 'missing: x', 'missing: null', 'missing: keep, missing: keep', 'missing: keep',
'by:', 'by: ()', 'by: (tag_id', 'by: (tag_id,)', 'by: (,tag_id)', 'by: tag_id, tag', 'by: nope', 'write: own, by: nope', 'write: own, by: (tag_id, nope)', 'write: own, by: tag', 'write: own, by: tag_id, by: tag_id',
'write: own, by: tag_id.id', 'write: own, by: 1', 'write: none, missing: delete, by: post_id', 'write: own, limit: 1', 'write: link, key: tag_id, page: 1'])
WITH ORDINALITY u (c, n) ORDER BY n;
INSERT INTO cases (shape) VALUES
('(write: own) { id }'), ('(missing: keep) { id }'), ('(by: id) { id }'), ('(by: (id, title), limit: 1) { id }'), ('(by: nope) { id }'), ('(by: ()) { id }'), ('(by: id) x'),
('{ author(write: own, order: id) { id } }'), ('{ title(write: own) }'), ('{ p(write: own) }'), ('{ posts_tags.tag(write: own).name }'),
('{ count(posts_tags(write: own)) }'), ('{ count(posts_tags(missing: keep)) }'), ('{ sum(posts_tags(by: tag_id).tag_id) }'), ('{ sum(posts_tags.tag(write: link).id) }'),
('(where: exists(posts_tags(write: own))) { id }'), ('(where: exists(posts_tags(by: tag_id).tag)) { id }'), ('(order: author(write: own).name) { id }'), ('(where: author(missing: error).name = ''x'') { id }'),
('{ id @readonly @once }'), ('{ id @once @readonly }'), ('{ id @once @once }'), ('{ id @nocheck @readonly @nocheck }'), ('{ id @string @number }'), ('{ id @string @once @nocheck }'), ('{ id @once @string }'),
('{ id @Once }'), ('{ id @ once }'), ('{ author @once { id } }'), ('{ author @once }'), ('{ author { id } @once }'), ('{ * @once }'), ('{ count(posts_tags) @once }'), ('{ p.city @readonly }'), ('{ author.name @nocheck }'),
('{ @etag @utc }'), ('{ @etag, @etag }'), ('{ @foo }'), ('{ @ }'), ('{ x: @ }'), ('{ x: @foo }'), ('{ @delete, @delete }'), ('{ a: @delete, b: @delete, id }'), ('{ @delete { id } }'), ('{ @etag(write: own) }'), ('{ etag: id, @etag }');
SELECT shape, state_of(shape, '{"p": 1}') AS error FROM cases ORDER BY n;
-- The hint says where it belongs.
SELECT jsonify_find('posts', '{ count(posts_tags(write: own)) }');
SELECT jsonify_find('posts', '(where: exists(posts_tags(by: tag_id))) { id }');
SELECT jsonify_find('posts', '{ count(posts_tags(limit: 1)) }');
-- For jsonify the root is there already.
SELECT jsonify(r, '(where: id = 1) { id }') FROM posts r;
SELECT jsonify(r, '(limit: 1) { id }') FROM posts r;
SELECT jsonify_agg(r, '(order: id) { id }') FROM posts r;
SELECT jsonify_define('posts', 'x', '(limit: 1) { id }');

DROP SCHEMA t_args_errors CASCADE;
