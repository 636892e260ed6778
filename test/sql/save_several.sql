-- Several documents in one call: what one of them says counts beside what another one does.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_save_several;
SET search_path = t_save_several, public;
\set helpers `echo "$PG_ABS_SRCDIR/save_helpers.sql"`
\i :helpers
\pset format unaligned
\pset tuples_only on

-- A document of which only a key changes, beside one of which a column does.
SELECT saved('posts', '[{"id": 1, "title": "X"}, {"id": 2, "author": {"id": 3}}]', '{ id, title, author(write: link) { id } }');
-- The same row in two documents: all that they say is written.
SELECT saved('users', '[{"id": 1, "name": "X"}, {"id": 2}, {"id": 1, "email": "q@x"}]', '{ id, name, email }');
SELECT saved('users', '[{"id": 1, "name": "X"}, {"id": 1, "name": "Y"}]', '{ id, name, email }');
-- A row that one document leaves out and another one has, in either order.
SELECT saved('users', '[{"id": 1, "posts": [{"id": 1}, {"id": 2}, {"id": 3, "title": "x"}]}, {"id": 2, "posts": []}]',
  '{ id, posts(write: own) { id, title } }');
SELECT saved('users', '[{"id": 2, "posts": []}, {"id": 1, "posts": [{"id": 1}, {"id": 2}, {"id": 3}]}]',
  '{ id, posts(write: own, missing: delete) { id, title } }');
-- Two that change their rows.
SELECT saved('users', '[{"id": 1, "posts": [{"id": 3}]}, {"id": 2, "posts": [{"id": 1}]}]',
  '{ id, posts(write: link, missing: unlink) { id, title } }', look => 'SELECT id, author_id FROM posts ORDER BY id');
-- All that can be told is told together.
SELECT saved('users', '[{"id": 77}, {"email": "a", "namee": "x"}, {"id": "z"}, {"id": 1, "email": null}]', '{ id, email }');

DROP SCHEMA t_save_several CASCADE;
