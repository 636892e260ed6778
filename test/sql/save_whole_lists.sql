-- A list is the whole list of its relation: what the call adds to it elsewhere it must say as well, else reading would not give it.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_save_whole_lists;
SET search_path = t_save_whole_lists, public;
\set helpers `echo "$PG_ABS_SRCDIR/save_helpers.sql"`
\i :helpers
\pset format unaligned
\pset tuples_only on

-- The list of one row at several depths.
\set posts 'SELECT id, author_id FROM posts ORDER BY id'
\set deep '{ id, posts(write: own, missing: delete) { id, title, author(write: own) { id, posts(write: own, missing: delete) { id, title } } } }'
SELECT saved('users', '{"id": 1, "posts": [{"id": 1, "author": {"id": 1, "posts": [{"id": 1}, {"id": 2}, {"title": "new"}]}}, {"id": 2}]}', :'deep');
SELECT saved('users', '{"id": 1, "posts": [{"id": 1, "author": {"id": 1, "posts": [{"id": 1}, {"id": 2}]}}, {"id": 2}, {"title": "new"}]}', :'deep');
SELECT saved('users', '{"id": 1, "posts": [{"id": 1, "author": {"id": 1}}, {"id": 2}, {"title": "new"}]}', :'deep', look => :'posts');
SELECT saved('users', '{"id": 1, "posts": [{"id": 1, "author": {"id": 1, "posts": [{"id": 1}, {"id": 2}]}}, {"id": 2}, {"title": "new"}]}',
  replace(:'deep', 'title, author(write: own) { id, posts(write: own, missing: delete)', 'title, author(write: own) { id, posts(write: own, missing: keep)'), look => :'posts');
SELECT saved('users', '[{"id": 1, "posts": [{"id": 1}, {"id": 2}, {"id": 3}]}, {"id": 2, "posts": []}]', :'deep', look => :'posts');

-- By a key of the row: its link, or its column.
\set linked '{ id, title, author(write: link) { id }, a: users(via: author_id, write: own) { id, posts(write: own, missing: delete) { id } } }'
\set column '{ id, title, author_id, a: users(via: author_id, write: own) { id, posts(write: own, missing: delete) { id } } }'
SELECT saved('posts', '[{"id": 1, "a": {"id": 1, "posts": [{"id": 1}, {"id": 2}]}}, {"id": 3, "author": {"id": 1}}]', :'linked');
SELECT saved('posts', '[{"id": 1, "a": {"id": 1, "posts": [{"id": 1}, {"id": 2}]}}, {"title": "n", "author": {"id": 1}}]', :'linked');
SELECT saved('posts', '[{"id": 1, "a": {"id": 1, "posts": [{"id": 1}, {"id": 2}]}}, {"id": 3, "author_id": 1}]', :'column');
SELECT saved('posts', '[{"id": 1, "a": {"id": 1, "posts": [{"id": 1}, {"id": 2}]}}, {"title": "n", "author_id": 1}]', :'column');
SELECT saved('posts', '[{"id": 1, "a": {"id": 1, "posts": [{"id": 1}, {"id": 2}]}}, {"id": 3, "author_id": 1}]', replace(:'column', 'missing: delete', 'missing: keep'), look => :'posts');
SELECT saved('posts', '[{"id": 1, "a": {"id": 1, "posts": [{"id": 1}, {"id": 2}]}}, {"id": 4, "author_id": 2}, {"id": 3, "author_id": 2}]', :'column', look => :'posts');
-- From one list of a relation to another one.
\set away '{ id, posts(write: own, missing: unlink) { id, title, author_id, author(write: link) { id } } }'
SELECT saved('users', '[{"id": 1, "posts": [{"id": 1}, {"id": 2, "author": {"id": 2}}]}, {"id": 2, "posts": [{"id": 3}]}]', :'away');
SELECT saved('users', '[{"id": 1, "posts": [{"id": 1}, {"id": 2, "author_id": 2}]}, {"id": 2, "posts": [{"id": 3}]}]', :'away');
SELECT saved('users', '[{"id": 1, "posts": [{"id": 1}, {"id": 2, "author_id": 2}]}, {"id": 2}]', :'away', look => :'posts');
SELECT saved('users', '[{"email": "a@x", "posts": [{"id": 1}, {"id": 2, "author": {"email": "n"}}]}, {"email": "n", "posts": []}]',
  '(by: email) { id, email, posts(write: own, missing: unlink) { id, author(write: link, by: email) { email } } }');
-- A new row cannot stand below one row and lead to another, be that new as well; told with all else.
SELECT saved('users', '{"id": 1, "posts": [{"title": "n", "author": {"name": "new"}, "comments": [{"id": 77, "body": "x"}]}]}',
  '{ id, posts(write: own, missing: keep) { id, title, author(write: own) { name }, comments(write: own) { id, body } } }');
SELECT saved('users', '{"name": "a", "posts": [{"title": "n", "author": {"id": 1}}]}',
  '{ name, posts(write: own, missing: keep) { title, author(write: link) { id } } }', options => '{"mode": "insert"}');
CREATE TABLE nodes (id int PRIMARY KEY, parent_id int REFERENCES nodes);
INSERT INTO nodes VALUES (1, NULL), (2, 1), (3, NULL);
\set nodes '{ id, parent(write: link) { id }, kids: nodes(via: parent_id, write: link, missing: unlink) { id } }'
SELECT saved('nodes', '[{"id": 1, "kids": [{"id": 2}]}, {"id": 3, "parent": {"id": 1}}]', :'nodes');
SELECT saved('nodes', '[{"id": 1, "kids": [{"id": 2}, {"id": 4}]}, {"id": 4, "parent": {"id": 1}}]', :'nodes', look => 'SELECT * FROM nodes ORDER BY id');
SELECT saved('nodes', '[{"id": 5, "kids": [{"id": 6}]}, {"id": 6, "parent": {"id": 5}}, {"id": 7, "parent": {"id": 5}}]', :'nodes');
SELECT saved('nodes', '[{"id": 1, "kids": [{"id": 2}]}, {"id": 3, "parent": {"id": 2}}]', :'nodes', look => 'SELECT * FROM nodes ORDER BY id');

-- Pairs of a junction, from the other side as well.
\set pairs 'SELECT * FROM post_tags ORDER BY 1, 2'
\set tags '{ id, tags(write: link, missing: unlink) { id }, comments(write: own) { id, post(write: own) { id, tags(write: link, missing: unlink) { id } } } }'
SELECT saved('posts', '{"id": 1, "tags": [{"id": 1}, {"id": 2}, {"id": 3}], "comments": [{"id": 1, "post": {"id": 1, "tags": [{"id": 1}, {"id": 2}]}}, {"id": 2}]}', :'tags');
SELECT saved('posts', '{"id": 1, "tags": [{"id": 1}, {"id": 2}], "comments": [{"id": 1, "post": {"id": 1, "tags": [{"id": 1}, {"id": 2}, {"id": 3}]}}, {"id": 2}]}', :'tags');
SELECT saved('posts', '{"id": 1, "tags": [{"id": 3}, {"id": 2}], "comments": [{"id": 1, "post": {"id": 1, "tags": [{"id": 2}, {"id": 3}]}}, {"id": 2}]}', :'tags', look => :'pairs');
\set both '{ id, tags(write: own, missing: unlink) { id, name, posts(write: link, missing: unlink) { id } } }'
SELECT saved('posts', '[{"id": 1, "tags": [{"id": 1, "posts": [{"id": 1}, {"id": 2}, {"id": 3}]}, {"id": 2}]}, {"id": 3, "tags": [{"id": 3}]}]', :'both');
SELECT saved('posts', '[{"id": 1, "tags": [{"name": "n", "posts": []}, {"id": 2}, {"id": 1}]}]', :'both');
SELECT saved('posts', '[{"id": 1, "tags": [{"name": "n", "posts": [{"id": 1}]}, {"id": 2}, {"id": 1}]}]', :'both', look => 'SELECT post_id, tag_id < 100 FROM post_tags ORDER BY 1, 2');
-- And rows of the junction's own.
\set own '{ id, tags(write: link, missing: unlink) { id }, comments(write: own) { id, post(write: own) { id, post_tags(write: own, missing: delete) { tag(write: link) { id } } } } }'
SELECT saved('posts', '{"id": 1, "tags": [{"id": 1}, {"id": 2}, {"id": 3}], "comments": [{"id": 1, "post": {"id": 1, "post_tags": [{"tag": {"id": 1}}, {"tag": {"id": 2}}]}}, {"id": 2}]}', :'own');
SELECT saved('posts', '{"id": 1, "tags": [{"id": 1}, {"id": 2}], "comments": [{"id": 1, "post": {"id": 1, "post_tags": [{"tag": {"id": 1}}, {"tag": {"id": 2}}, {"tag": {"id": 3}}]}}, {"id": 2}]}', :'own');
SELECT saved('posts', '{"id": 1, "tags": [{"id": 1}, {"id": 2}, {"id": 3}],
  "comments": [{"id": 1, "post": {"id": 1, "post_tags": [{"tag": {"id": 1}}, {"tag": {"id": 2}}, {"tag": {"id": 3}}]}}, {"id": 2}]}', :'own', look => :'pairs');
CREATE TABLE marks (id int PRIMARY KEY, post_id int REFERENCES posts, tag_id int REFERENCES tags, UNIQUE (post_id, tag_id));
INSERT INTO marks VALUES (11, 1, 1), (12, 1, 2);
\set marks '{ id, t: tags(via: marks, write: link, missing: keep) { id }, marks(write: own, missing: delete) { id, tag(write: link) { id } } }'
SELECT saved('posts', '{"id": 1, "t": [{"id": 1}, {"id": 2}], "marks": [{"id": 11, "tag": {"id": 3}}, {"id": 12}]}', replace(:'marks', 'keep', 'unlink'));
SELECT saved('posts', '{"id": 1, "marks": [{"id": 11, "tag": {"id": 3}}, {"id": 12}]}', :'marks', look => 'SELECT * FROM marks ORDER BY 1');
-- A row that is said three times, twice by one list.
SELECT saved('posts', '[{"id": 1, "tags": [{"id": 1}]}, {"id": 2, "tags": [{"id": 1}, {"id": 1, "name": "X"}]}]',
  '{ id, tags(via: post_tags, write: own, missing: keep) { id, name } }', look => 'SELECT * FROM tags ORDER BY id');

-- What one document leaves out is not deleted where another one keeps it, be that one unchanged, or the first.
CREATE TABLE labels (id int PRIMARY KEY, name text, kind text DEFAULT 'x');
CREATE TABLE post_labels (post_id int REFERENCES posts ON DELETE CASCADE, label_id int REFERENCES labels ON DELETE CASCADE, PRIMARY KEY (post_id, label_id));
INSERT INTO labels VALUES (1, 'a'), (2, 'b'), (3, 'c');
INSERT INTO post_labels VALUES (1, 1), (2, 1), (2, 2);
\set labels 'SELECT (SELECT array_agg(id ORDER BY id) FROM labels) AS labels, (SELECT array_agg(p ORDER BY p) FROM post_labels p) AS pairs'
\set owned '{ id, labels(write: own, missing: delete) { id, name } }'
SELECT saved('posts', '[{"id": 1, "labels": [{"id": 1}]}, {"id": 2, "labels": [{"id": 2}]}]', :'owned', look => :'labels');
SELECT saved('posts', '[{"id": 2, "labels": []}, {"id": 1, "labels": [{"id": 1}]}]', :'owned', look => :'labels');
SELECT saved('posts', '[{"id": 1, "labels": []}, {"id": 2, "labels": []}]', :'owned', look => :'labels');
-- Nor is "where" forgotten in a document that changes nothing.
SELECT saved('posts', '[{"id": 1, "labels": [{"id": 1}]}, {"id": 2, "all": [{"id": 1, "kind": "y"}, {"id": 2}]}]',
  '{ id, labels(write: own, where: kind = ''x'') { id }, all: labels(write: own) { id, kind } }');
DROP SCHEMA t_save_whole_lists CASCADE;
