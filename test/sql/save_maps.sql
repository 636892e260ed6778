-- Rows as an object by one of their columns, and pages of them, both ways.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_save_maps;
SET search_path = t_save_maps, public;
\set helpers `echo "$PG_ABS_SRCDIR/save_helpers.sql"`
\i :helpers
\pset format unaligned
\pset tuples_only on

CREATE TABLE settings (user_id int REFERENCES users, name text, value jsonb, PRIMARY KEY (user_id, name));
INSERT INTO settings VALUES (1, 'theme', '"dark"'), (1, 'size', '5'), (2, 'theme', '"light"');
\set map '{ id, settings(write: own, key: name, missing: keep) { value } }'
\set settings 'SELECT * FROM settings ORDER BY 1, 2'
\set pairs 'SELECT * FROM post_tags ORDER BY 1, 2'

-- A merge patch: a member is changed, taken out, added; the others stay.
SELECT saved('users', '{"id": 1, "settings": {"theme": {"value": "x"}, "size": null, "new": {"value": {"a": 1}}, "gone": null}}', :'map', look => :'settings');
SELECT saved('users', '{"id": 1, "settings": {}}', :'map');
SELECT saved('users', '{"email": "n@x", "settings": {"theme": {"value": 5}}}', '{ id, email, settings(write: own, key: name) { value } }');
-- All of it, by "missing".
SELECT saved('users', '{"id": 1, "settings": {"theme": {}}}', '{ id, settings(write: own, key: name) { value } }');
SELECT saved('users', '{"id": 1, "settings": {"theme": {}}}', '{ id, settings(write: own, key: name, missing: delete) { value } }', look => :'settings');
-- The member's name is the column's value, which may be given once more.
\set named '{ id, settings(write: own, key: name, missing: keep) { name, value } }'
SELECT saved('users', '{"id": 1, "settings": {"theme": {"name": "theme", "value": 1}}}', :'named');
SELECT saved('users', '{"id": 1, "settings": {"theme": {"name": "other"}}}', :'named');
SELECT saved('users', '{"id": 1, "settings": {"theme": {"name": null}}}', :'named');
SELECT saved('users', '{"id": 1, "settings": {"theme": {"name": "theme"}}}', :'map');
SELECT saved('users', '{"id": 1, "settings": []}', :'map');
SELECT saved('users', '{"id": 1, "settings": null}', :'map');
SELECT saved('users', '{"id": 1, "settings": {"theme": "dark"}}', :'map');
-- By a number; its text is read as such.
\set posts '{ id, posts(write: own, key: id, missing: keep) { id, title } }'
SELECT saved('users', '{"id": 1, "posts": {"1": {"title": "x"}, "2": {"id": 2}}}', :'posts');
SELECT saved('users', '{"id": 1, "posts": {"1": {"id": 2}}}', :'posts');
SELECT saved('users', '{"id": 1, "posts": {"one": {"title": "x"}, "77": {}, "3": {}}}', :'posts');
-- Of links.
\set tags '{ id, tags(write: link, key: name, missing: keep) { id } }'
SELECT saved('posts', '{"id": 1, "tags": {"blue": {}, "green": null, "red": {"id": 1}}}', :'tags', look => :'pairs');
SELECT saved('posts', '{"id": 1, "tags": {"blue": {"id": 7}, "purple": {}}}', :'tags');
SELECT saved('posts', '{"id": 1, "tags": {"purple": {}}}', '{ id, tags(write: own, key: name, missing: keep) { id } }', look => :'pairs');
SELECT saved('posts', '{"id": 1, "tags": {}}', '{ id, tags(write: link, key: name, missing: unlink) { id } }', look => :'pairs');
-- By what is no key: the rows are told by another one, so a member may get a new name.
\set titles '{ id, posts(write: own, key: title, missing: keep) { id, kind } }'
SELECT saved('users', '{"id": 1, "posts": {"p1": {"id": 1, "kind": "k"}, "z2": {"id": 2}, "n": {"kind": "q"}}}', :'titles');
SELECT saved('users', '{"id": 1, "posts": {"p1": null}}', :'titles');
SELECT saved('users', '{"id": 1}', '{ id, posts(write: own, key: title) { id, kind } }');
CREATE FUNCTION shout(posts) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT upper($1.title)';
SELECT saved('users', '{"id": 1}', '{ id, posts(write: own, key: shout, missing: keep) { id, kind } }');

-- A page shows a part, so what is not there is not missing; only its items say something.
\set page '{ id, posts(write: own, page: 1, order: id, missing: keep) { id, title } }'
SELECT saved('users', '{"id": 1, "posts": {"items": [{"id": 1, "title": "x"}, {"title": "n"}], "has_more": true, "total": 2}}', :'page');
SELECT saved('users', '{"id": 1, "posts": {"items": [{"id": 2, "title": "x"}]}}', :'page', look => 'SELECT id, title FROM posts ORDER BY id');
SELECT saved('users', '{"id": 1, "posts": {"items": [{"id": 3}]}}', :'page');
SELECT saved('users', '{"id": 1, "posts": {"items": [{"id": 2, "titel": 1}], "foo": 1}}', :'page');
SELECT saved('users', '{"id": 1, "posts": {"has_more": true}}', :'page');
SELECT saved('users', '{"id": 1, "posts": {"items": [], "has_more": 5, "total": 77, "next": "x"}}', :'page');
SELECT saved('users', '{"id": 1, "posts": {"items": 5}}', :'page');
SELECT saved('users', '{"id": 1, "posts": []}', :'page');
SELECT saved('users', '{"id": 1}', '{ id, posts(write: own, page: 1, order: id) { id, title } }');
SELECT saved('users', '{"id": 1}', '{ id, posts(write: own, limit: 1, missing: delete) { id, title } }');
SELECT saved('users', '{"id": 1}', '{ id, posts(write: link, offset: 1, missing: unlink) { id, title } }');
SELECT saved('users', '{"id": 1, "posts": [{"id": 2, "title": "z"}, {"title": "n"}]}',
  '{ id, posts(write: own, order: id, limit: $n, missing: keep) { id, title } }', '{"n": 3}');

DROP SCHEMA t_save_maps CASCADE;
