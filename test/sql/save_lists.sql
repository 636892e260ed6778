-- To-many and many-to-many relations, owned and linked: what a list says of its rows, and of those that it leaves out.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_save_lists;
SET search_path = t_save_lists, public;
\set helpers `echo "$PG_ABS_SRCDIR/save_helpers.sql"`
\i :helpers
\pset format unaligned
\pset tuples_only on

\set posts 'SELECT id, author_id, title FROM posts ORDER BY id'
\set pairs 'SELECT * FROM post_tags ORDER BY 1, 2'
\set tags 'SELECT * FROM tags ORDER BY 1'
DELETE FROM comments WHERE post_id = 3;
DELETE FROM post_tags WHERE post_id = 3;

-- Owned. Absent is unchanged, at every depth; a list is the whole list.
\set own '{ id, name, posts(write: own) { id, title, comments(write: own, missing: delete) { id, body } } }'
SELECT saved('users', '{"id": 1}', :'own');
SELECT saved('users', '{"id": 1, "posts": [{"id": 1}, {"id": 2}]}', :'own');
SELECT saved('users', '{"id": 1, "posts": [{"id": 2, "title": "x"}, {"id": 1, "comments": [{"body": "n"}, {"id": 2}]}, {"title": "new", "comments": [{"body": "c"}]}]}', :'own');
SELECT saved('users', '{"name": "New", "posts": []}', :'own');
SELECT saved('users', '{"id": 1, "posts": [{"id": 1}]}', :'own');
SELECT saved('users', '{"id": 1, "posts": []}', :'own');
SELECT saved('users', '{"id": 2, "posts": []}', '{ id, posts(write: own, missing: delete) { id } }',
  look => :'posts');
SELECT saved('users', '{"id": 1, "posts": [{"id": 2}]}', '{ id, posts(write: own, missing: unlink) { id } }',
  look => :'posts');
SELECT saved('users', '{"id": 1, "posts": [{"title": "n"}]}', '{ id, posts(write: own, missing: keep) { id, title } }',
  look => :'posts');
SELECT saved('users', '{"id": 1, "posts": null}', :'own');
SELECT saved('users', '{"id": 1, "posts": {}}', :'own');
SELECT saved('users', '{"id": 1, "posts": [5, null, [], {"id": 1}, {"id": 2}]}', :'own');
-- Found elsewhere, or not at all; no key, or null.
SELECT saved('users', '{"id": 1, "posts": [{"id": 3}, {"id": 4}, {"id": 99}, {"id": null, "title": "n"}, {"title": "m"}, {"id": 1}, {"id": 2}]}', :'own');
SELECT saved('users', '{"id": 1, "posts": [{"id": null, "title": "n"}, {"title": "m"}, {"id": 1}, {"id": 2}]}', :'own');
SELECT saved('users', '[{"id": 1, "posts": [{"id": 1}, {"id": 2}, {"id": 3}]}, {"id": 2, "posts": [{"id": 3}]}]', :'own');
SELECT saved('users', '[{"id": 1, "posts": [{"id": 1}, {"id": 2}, {"id": 3}]}, {"id": 2}]', :'own');
-- The same row twice.
SELECT saved('users', '{"id": 1, "posts": [{"id": 1, "title": "k"}, {"id": 1}, {"id": 2}]}', :'own');
SELECT saved('users', '{"id": 1, "posts": [{"id": 1, "title": "k"}, {"id": 1, "title": "l"}, {"id": 2}]}', :'own');
-- A row that says by its own key that it goes elsewhere does so; a new one cannot.
SELECT saved('users', '{"id": 1, "posts": [{"id": 1, "author_id": 2}]}', '{ id, posts(write: own, missing: keep) { id, author_id } }',
  look => :'posts');
SELECT saved('users', '{"id": 1, "posts": [{"author_id": 2}]}', '{ id, posts(write: own, missing: keep) { id, author_id } }');
SELECT saved('users', '{"id": 1, "posts": [{"author_id": 1}]}', '{ id, posts(write: own, missing: keep) { id, author_id } }');

-- Linked: rows from anywhere, which are not changed.
\set link '{ id, posts(write: link) { id, title } }'
SELECT saved('users', '{"id": 1, "posts": [{"id": 1}]}', :'link');
SELECT saved('users', '{"id": 1, "posts": [{"id": 1}, {"id": 2}, {"id": 3}, {"id": 4}, {"id": 4}]}', :'link',
  look => :'posts');
SELECT saved('users', '{"id": 1, "posts": [{"id": 3}]}', '{ id, posts(write: link, missing: unlink) { id } }',
  look => :'posts');
SELECT saved('users', '{"id": 2, "posts": []}', '{ id, posts(write: link, missing: delete) { id } }',
  look => :'posts');
SELECT saved('users', '{"id": 1, "posts": [{"id": 4}]}', '{ id, posts(write: link, missing: keep) { id } }',
  look => :'posts');
SELECT saved('users', '[{"id": 1, "posts": [{"id": 4}]}, {"id": 2, "posts": [{"id": 4}]}]', '{ id, posts(write: link, missing: keep) { id } }');
SELECT saved('users', '{"id": 1, "posts": [{"id": 77}, {"title": "p1"}, {"id": 1, "title": "no"}, {"id": 2, "title": "p2"}]}', :'link');

-- "@delete"
\set del '{ id, posts(write: own, missing: keep) { id, title, _delete: @delete } }'
SELECT saved('users', '{"id": 2, "posts": [{"id": 3, "_delete": true}]}', :'del',
  look => :'posts');
SELECT saved('users', '{"id": 2, "posts": [{"id": 3, "_delete": true}]}', '{ id, posts(write: own) { id, _delete: @delete } }');
SELECT saved('users', '{"id": 2, "posts": [{"id": 3, "_delete": false, "title": "k"}, {"title": "n", "_delete": null}]}', :'del');
SELECT saved('users', '{"id": 2, "posts": [{"id": 77, "_delete": true}]}', :'del');
SELECT saved('users', '{"id": 2, "posts": [{"id": 1, "_delete": true}]}', :'del');
SELECT saved('users', '{"id": 2, "posts": [{"title": "x", "_delete": true}]}', :'del');
SELECT saved('users', '{"id": 2, "posts": [{"id": 3, "_delete": 5}]}', :'del');
SELECT saved('users', '{"id": 2, "posts": [{"id": 3, "_delete": true}, {"id": 3, "_delete": true}]}', :'del');
SELECT saved('users', '{"id": 2, "posts": [{"id": 3, "_delete": true}, {"id": 3}]}', :'del');
SELECT saved('users', '{"id": 2, "posts": [{"id": 3}, {"id": 3, "_delete": true}]}', :'del');
\set unlink '{ id, posts(write: link, missing: keep) { id, _delete: @delete } }'
SELECT saved('users', '{"id": 2, "posts": [{"id": 3, "_delete": true}, {"id": 1, "_delete": true}, {"id": 88, "_delete": true}]}', :'unlink',
  look => :'posts');

-- Many-to-many, linked.
SELECT saved('posts', '{"id": 1, "tags": [{"name": "red"}, {"name": "blue"}]}', '{ id, tags(write: link, by: name) { name } }');
SELECT saved('posts', '{"id": 1, "tags": [{"name": "red"}, {"name": "blue"}]}', '{ id, tags(write: link, by: name, missing: unlink) { name } }',
  look => :'pairs');
SELECT saved('posts', '{"id": 1, "tags": []}', '{ id, tags(write: link, by: name, missing: unlink) { name } }',
  look => :'pairs');
SELECT saved('posts', '{"id": 1, "tags": [{"name": "blue"}]}', '{ id, tags(write: link, by: name, missing: keep) { name } }',
  look => :'pairs');
SELECT saved('posts', '{"id": 2, "tags": [{"name": "blue"}, {"name": "blue"}, {"name": "red"}, {"name": "red"}]}', '{ id, tags(write: link, by: name) { name } }',
  look => :'pairs');
SELECT saved('posts', '{"id": 1, "tags": [{"name": "nope"}, {"name": 5}, {"name": null}, {}]}', '{ id, tags(write: link, by: name, missing: keep) { name } }');
SELECT saved('posts', '[{"id": 1, "tags": []}, {"id": 2, "tags": [{"id": 2}, {"id": 1}]}, {"id": 4, "tags": [{"id": 1}]}]', '{ id, tags(write: link, missing: unlink) { id } }',
  look => :'pairs');
SELECT saved('posts', '{"id": 1, "tags": [{"id": 1, "_delete": true}, {"id": 3, "_delete": true}]}', '{ id, tags(write: link, missing: keep) { id, _delete: @delete } }',
  look => :'pairs');
SELECT saved('posts', '{"id": 1, "tags": [{"id": 1, "_delete": true}, {"id": 1}]}', '{ id, tags(write: link, missing: keep) { id, _delete: @delete } }');
DELETE FROM post_tags WHERE tag_id = 2 AND post_id <> 1;
SELECT saved('posts', '{"id": 1, "tags": [{"id": 1}]}', '{ id, tags(write: link, missing: delete) { id } }',
  look => :'tags');
-- Owned.
\set own '{ id, tags(write: own, missing: unlink) { id, name } }'
SELECT saved('posts', '{"id": 1, "tags": [{"id": 1, "name": "RED"}, {"name": "new"}]}', :'own',
  look => :'pairs');
SELECT saved('posts', '{"id": 1, "tags": [{"id": 1}]}', '{ id, tags(write: own, missing: delete) { id, name } }',
  look => :'tags');
SELECT saved('posts', '{"id": 1, "tags": [{"id": 2}]}', '{ id, tags(write: own, missing: delete) { id, name } }');
SELECT saved('posts', '{"id": 1, "tags": [{"id": 2, "_delete": true}]}', '{ id, tags(write: own, missing: keep) { id, _delete: @delete } }',
  look => :'tags');
INSERT INTO post_tags VALUES (3, 3);
SELECT saved('posts', '{"id": 1, "tags": [{"id": 1}, {"id": 2}, {"id": 3}]}', :'own');
SELECT saved('posts', '[{"id": 1, "tags": [{"id": 1}, {"id": 2}, {"id": 3}]}, {"id": 3, "tags": []}]', :'own',
  look => :'pairs');
SELECT saved('posts', '[{"id": 1, "tags": [{"id": 1}, {"id": 2}]}, {"id": 3, "tags": [{"id": 1}, {"id": 3}]}]', :'own',
  look => :'pairs');
\set by '{ id, tags(write: own, by: name, missing: keep) { name } }'
SELECT saved('posts', '{"id": 1, "tags": [{"name": "n"}, {"name": "n"}]}', :'by',
  look => :'pairs');
SELECT saved('posts', '[{"id": 1, "tags": [{"name": "n"}]}, {"id": 2, "tags": [{"name": "n"}]}]', :'by');
SELECT saved('posts', '[{"id": 1, "tags": [{"name": "red"}]}, {"id": 3, "tags": [{"name": "red"}]}]', :'by');
SELECT saved('users', '{"posts": [{"title": "a", "tags": [{"name": "n"}]}, {"title": "b", "tags": [{"name": "n"}]}]}',
  '{ id, posts(write: own) { id, title, tags(write: own, by: name) { name } } }');
-- Through the junction's own columns.
CREATE TABLE courses (id int PRIMARY KEY);
CREATE TABLE enrolments (user_id int REFERENCES users, course_id int REFERENCES courses, grade text, PRIMARY KEY (user_id, course_id));
INSERT INTO courses VALUES (1), (2), (3);
INSERT INTO enrolments VALUES (1, 1, 'A'), (1, 2, NULL);
\set enrolments '{ id, enrolments(write: own, missing: delete) { grade, courses(write: link) { id } } }'
SELECT saved('users', '{"id": 1, "enrolments": [{"grade": "B", "courses": {"id": 1}}, {"grade": "C", "courses": {"id": 3}}]}', :'enrolments',
  look => 'TABLE enrolments');
SELECT saved('users', '{"email": "n", "enrolments": [{"courses": {"id": 1}}]}', '{ id, email, enrolments(write: own) { grade, courses(write: link) { id } } }');
SELECT saved('users', '{"id": 1, "enrolments": [{"grade": "B"}]}', :'enrolments');

-- Paths: a list of keys is a list of links.
\set path '{ id, tags: tags(write: link, by: name, missing: unlink).name }'
SELECT saved('posts', '{"id": 1, "tags": ["blue", "red", "blue"]}', :'path',
  look => :'pairs');
SELECT saved('posts', '{"id": 1, "tags": []}', :'path',
  look => :'pairs');
SELECT saved('posts', '{"id": 1, "tags": ["nope", 5, null]}', :'path');
SELECT saved('posts', '{"id": 1, "tags": null}', :'path');
SELECT saved('posts', '{"id": 1, "ids": ["3"]}', '{ id, ids: tags(write: link, missing: keep).id @string }',
  look => :'pairs');
SELECT saved('posts', '{"id": 1}', '{ id, ids: tags(write: own).id }');
SELECT saved('posts', '{"id": 1}', '{ id, n: tags(write: link, by: id).name }');
SELECT saved('posts', '{"id": 1}', '{ id, n: author(write: link).posts.id }');

DROP SCHEMA t_save_lists CASCADE;
