-- Columns that are shown only, written once, generated; computed fields; names, spreads of shapes; options.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_save_columns;
SET search_path = t_save_columns, public;
\set helpers `echo "$PG_ABS_SRCDIR/save_helpers.sql"`
\i :helpers
\pset format unaligned
\pset tuples_only on

-- What is not written may be absent, or as it is, and nothing else.
CREATE TABLE items (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code text UNIQUE, price numeric(10,2), twice numeric GENERATED ALWAYS AS (price * 2) STORED, 
  created timestamptz DEFAULT '2020-01-01 00:00:00.123456Z', note text, jn jsonb NOT NULL DEFAULT '{}', j jsonb, c5 char(5), tags text[]);
INSERT INTO items (code, price, note, j, c5, tags) VALUES ('a', 1.5, 'n', '{"a": 1}', 'ab', '{x,y}');
SELECT setval('items_id_seq', 100);
\set i '{ id, code, price, twice, created @epoch_ms @once, note @readonly }'
SELECT saved('items', '{"id": 1, "price": 1.50, "twice": 3, "created": 1577836800123, "note": "n"}', :'i');
SELECT saved('items', '{"id": 1, "twice": 4}', :'i');
SELECT saved('items', '{"id": 1, "created": 5, "note": "z", "twice": "3.00"}', :'i');
SELECT saved('items', '{"id": 1, "created": 5, "note": "z", "twice": 7, "price": 2}', :'i', options => '{"readonly": "ignore"}');
SELECT saved('items', '{"code": "n", "created": 5, "price": 4}', :'i');
SELECT saved('items', '{"code": "n", "note": "z"}', :'i');
SELECT saved('items', '{"code": "n", "note": null, "twice": null}', :'i');
SELECT saved('items', '{"code": "n", "twice": 5}', :'i');
SELECT saved('items', '{"id": 7, "code": "n"}', :'i');
SELECT saved('items', '{"id": 7, "code": "n"}', :'i', options => '{"mode": "insert"}');
SELECT saved('items', '{"code": "n"}', :'i', options => '{"mode": "insert"}');
SELECT saved('items', '{"code": "a", "price": 9}', '(by: code) { code, price @string, id }');
SELECT saved('items', '{"code": "a", "price": "9"}', '(by: code) { code, price @string, id }');
SELECT saved('items', '{"id": 1, "created": 1577836800123}', '{ id, created @epoch_ms }', 
  look => 'SELECT created FROM items');
SELECT saved('items', '{"id": 1, "created": 1577836800124}', '{ id, created @epoch_ms }', 
  look => 'SELECT created FROM items');
SELECT saved('items', '{"id": 1, "c5": "ab"}', '{ id, c5 @trimmed }', 
  look => 'SELECT ''<''||c5::text||''>'' FROM items');
SELECT saved('items', '{"id": 1, "c5": "abc"}', '{ id, c5 @trimmed }');
-- Nor are computed fields, aggregates, paths, and related rows without "write", of which a part may be given.
CREATE FUNCTION shout(users) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT upper($1.name)';
\set u '{ id, name, shout, n: count(posts), titles: posts.title, posts(order: id) { id, title }, profiles { bio } }'
SELECT saved('users', '{"n": 2, "id": 1, "name": "Ada", "posts": [{"id": 1}, {"title": "p2"}], "shout": "ADA", "titles": ["p1", "p2"], "profiles": {"bio": "bio a"}}', :'u');
SELECT saved('users', '{"n": 3, "id": 1, "name": "Ad", "posts": [{"id": 1}], "shout": "ADAX", "titles": ["p1"], "profiles": {"bio": "bio"}}', :'u');
SELECT saved('users', '{"n": 3, "id": 1, "name": "Ad", "posts": [], "shout": "X", "titles": [], "profiles": null}', :'u', options => '{"readonly": "ignore"}');
SELECT saved('users', '{"name": "N", "n": null, "posts": [], "titles": [], "profiles": null, "shout": null}', :'u');
SELECT saved('users', '{"name": "N", "n": 0, "posts": [{"id": 1}], "titles": ["x"], "profiles": {}, "shout": "N"}', :'u');

SELECT saved('posts', '{"id": 1, "title": "x", "author": {"id": 1, "name": "Zed"}}', '{ id, title, author { id, name } }');
SELECT saved('posts', '{"id": 1, "title": "x", "author": {"id": 1}}', '{ id, title, author { id, name } }');
SELECT saved('posts', '{"id": 1, "title": "x", "author": {"id": 2}}', '{ id, title, author { id, name } }');
SELECT saved('posts', '{"id": 1, "author_name": "Ada", "title": "y"}', '{ id, title, author_name: author.name }');
SELECT saved('posts', '{"id": 1, "author_name": "Bob", "title": "y"}', '{ id, title, author_name: author.name }');
-- Named shapes carry what they say of writing; "*", and a column under another key.
SELECT jsonify_define('posts', 'edit', '{ id, title, comments(write: own, missing: delete) { id, body } }');
SELECT jsonify_define('users', 'edit', '{ * -country, posts(write: own, missing: keep) { ...edit } }');
SELECT saved('users', '{"id": 1, "posts": [{"id": 1, "comments": [{"id": 1, "body": "C"}]}], "name": "A"}', 'edit');
SELECT saved('users', '{"id": 1, "country": "DE"}', 'edit');
SELECT saved('users', '{"id": 1, "country": "DE"}', '{ * }');
SELECT saved('users', '{"id": 1, "nm": "Q"}', '{ * nm: name }');
SELECT saved('users', '{"id": 1, "country": "DE"}', NULL);
SELECT jsonify_undefine('posts', 'edit'), jsonify_undefine('users', 'edit');
-- Keys and nulls as they were read.
CREATE TABLE snakes (snake_id int PRIMARY KEY, long_name text, by_the_way int);
CREATE TABLE snake_eggs (egg_no int, snake_id int REFERENCES snakes, laid_at date, PRIMARY KEY (snake_id, egg_no));
INSERT INTO snakes VALUES (1, 'n', NULL); INSERT INTO snake_eggs VALUES (1, 1, '2020-01-01');
\set s '{ *, snake_eggs(write: own, by: egg_no) { egg_no, laid_at, my_alias: laid_at } }'
SELECT saved('snakes', '{"snakeId": 1, "longName": "m", "snakeEggs": [{"eggNo": 1, "laidAt": "2020-01-02"}, {"eggNo": 2, "my_alias": "2020-01-03"}]}', :'s',
  options => '{"keys": "camel", "nulls": "omit"}');
SELECT saved('snakes', '{"snake_id": 1, "longName": "m"}', :'s', options => '{"keys": "camel"}');
SELECT saved('snakes', '{"snakeId": 1, "byTheWay": null, "longName": null}', :'s', options => '{"keys": "camel", "nulls": "omit"}');
-- Options.
SELECT saved('users', '{"id": 1, "foo": 1, "name": "z"}', '{ id, name }', options => '{"unknown": "ignore"}');
SELECT saved('users', '{"id": 1, "foo": 1}', '{ id, name }', options => '{"unknown": "error"}');
SELECT saved('users', '{"id": 1, "name": "z"}', '{ id, name }', options => '{"unknown": "x"}');
SELECT saved('users', '{"id": 1, "name": "z"}', '{ id, name }', options => '{"return": "none"}');
SELECT saved('users', '{"id": 1, "name": "z"}', '{ id, name }', options => '{"mode": "delete"}');
SELECT saved('users', '{"id": 1, "name": "z"}', '{ id, name }', options => '{"mode": "upsert"}');
SELECT saved('users', '{"id": 1, "name": "z"}', '{ id, name }', options => '{"dry_run": 5}');
SELECT saved('users', '{"id": 1, "name": "z"}', '{ id, name }', options => '{"max_errors": 0}');
SELECT jsonify_save('users', '{"id": 1, "name": "z"}', '{ id, name }', NULL, '{"dry_run": true}'), (SELECT name FROM users WHERE id = 1);
SELECT name FROM users WHERE id = 1;
SELECT jsonify_save('users', '{"id": 1, "name": "z"}', '{ id, name }', NULL, '{"dry_run": true, "return": "changes"}');
SELECT jsonify_save('users', '{"id": 1, "name": "z"}', '{ id, name }', NULL, '{"dry_run": true, "return": "none"}');
SELECT jsonify_save('users', '{"id": 1, "name": "Ada"}', '{ id, name }', NULL, '{"return": "changes"}');
SELECT jsonify_save('users', '[{"id": 71}, {"id": 72}, {"id": 73}]', '{ id, name }', NULL, '{"max_errors": 2}');
SELECT * FROM jsonify_plan('users', '{"id": 1}', '{ id, name, posts(write: own, missing: delete) { id } }', NULL, '{"mode": "delete"}');
SELECT * FROM jsonify_plan('users', '{"id": 99}', '{ id, name }', NULL, '{"mode": "delete"}');
SELECT jsonify_delete('users', '{"id": 1}', '{ id, name }', NULL, '{"mode": "insert"}');
SELECT jsonify_delete('users', '{"id": 99}', '{ id, name }', NULL, '{"mode": "update"}');
SELECT jsonify_save('users', '{"id": 1, "name": "z"}', '{ id, name }', '{"q": 1}');

DROP SCHEMA t_save_columns CASCADE;
