-- Many-to-many relations beside jsonify_save: rows that are owned or linked, with each of "missing", and a junction's own
-- columns, which are written through the junction.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_save_junctions;
SET search_path = t_save_junctions, public;
\set saving `echo "$PG_ABS_SRCDIR/saving.sql"`
\i :saving
\pset tuples_only
\pset format unaligned
CREATE TABLE posts (id serial PRIMARY KEY, title text);
CREATE TABLE tags (id serial PRIMARY KEY, name text UNIQUE NOT NULL, color text);
CREATE TABLE posts_tags (post_id int REFERENCES posts, tag_id bigint REFERENCES tags, at int DEFAULT 7, PRIMARY KEY (post_id, tag_id));
INSERT INTO tags (name) VALUES ('red'), ('green'), ('blue');
CREATE FUNCTION pairs() RETURNS SETOF text LANGUAGE sql AS $$
  SELECT p.id || ': ' || string_agg(t.name || coalesce('=' || t.color, ''), ', ' ORDER BY t.id) FROM posts p JOIN posts_tags ON post_id = p.id JOIN tags t ON t.id = tag_id
  GROUP BY p.id ORDER BY p.id
$$;

-- Links, by a list of keys.
SELECT save('posts', '[{"title": "p", "tags": ["red", "green"]}, {"title": "q", "tags": ["green"]}, {"title": "r"}]', '{ id, title, tags: tags(write: link, by: name).name }');
SELECT save('posts', '{"id": 1, "tags": ["red", "blue"]}', '{ id, tags: tags(write: link, by: name).name }');
SELECT save('posts', '{"id": 1, "tags": ["red", "blue"]}', '{ id, tags: tags(write: link, by: name, missing: unlink).name }');
SELECT save('posts', '{"id": 1, "tags": ["green", "green"]}', '{ id, tags: tags(write: link, by: name, missing: keep).name }');
SELECT save('posts', '[{"id": 1, "tags": ["none", "red", null, 5]}, {"id": 2, "tags": "red"}, {"id": 3, "tags": null}]', '{ id, tags: tags(write: link, by: name, missing: unlink).name }');
SELECT pairs();
-- by objects, of which more is shown; and "missing: delete", which takes the far row as well
SELECT save('posts', '{"id": 1, "tags": [{"id": 1, "name": "red", "color": null}]}', '{ id, tags(write: link, missing: unlink) { id, name, color } }');
SELECT save('posts', '{"id": 1, "tags": [{"id": 1, "color": "#f00"}]}', '{ id, tags(write: link, missing: unlink) { id, name, color } }');
SELECT save('posts', '{"id": 1, "tags": []}', '{ id, tags(write: link, missing: delete) { id } }');
SELECT save('posts', '{"id": 2, "tags": [{"id": 2, "gone": true}]}', '{ id, tags(write: link) { id, gone: @delete } }');
SELECT name FROM tags ORDER BY id;
SELECT pairs();

-- Rows that are owned: new ones are made once, whoever has them; those that are there are changed.
\set own '\'{ id, title, tags(write: own, by: name, missing: unlink) { id, name, color } }\''
SELECT save('posts', '[{"id": 1, "tags": [{"name": "new", "color": "n"}, {"name": "green"}]}, {"id": 2, "tags": [{"name": "new"}, {"name": "x"}]}]', :own);
SELECT save('posts', '[{"id": 1, "tags": [{"name": "new", "color": "n"}, {"name": "x"}]}, {"id": 2, "tags": [{"name": "new"}]}]', :own);
SELECT save('posts', '[{"id": 1, "tags": [{"name": "new", "color": "a"}, {"name": "x"}]}, {"id": 2, "tags": [{"name": "new", "color": "b"}]}]', :own);
SELECT save('posts', '[{"id": 1, "tags": [{"name": "new", "color": "c"}, {"name": "x"}]}, {"id": 2, "tags": [{"name": "new", "color": "c"}]}]', :own);
SELECT pairs();
-- One that is somebody's is another's as well only if that one leaves it out, whoever comes first in the call.
SELECT save('posts', '[{"id": 1, "tags": [{"name": "new"}, {"name": "x"}]}, {"id": 2, "tags": [{"name": "new"}, {"name": "x"}]}]', :own);
SELECT save('posts', '[{"id": 2, "tags": [{"name": "new"}, {"name": "x"}]}, {"id": 1, "tags": [{"name": "new"}, {"name": "x"}]}]', :own);
-- Each that does not get it is told once, however often it says it.
SELECT save('posts', '[{"id": 1, "tags": [{"name": "new"}, {"name": "x"}]}, {"id": 2, "tags": [{"name": "new"}, {"name": "x"}, {"name": "x"}]}, {"id": 3, "tags": [{"name": "x"}]}]', :own);
SELECT save('posts', '[{"id": 1, "tags": [{"name": "new"}]}, {"id": 2, "tags": [{"name": "new"}, {"name": "x"}, {"name": "x"}]}]', :own, options => '{"dry_run": true}');
SELECT save('posts', '[{"id": 1, "tags": [{"name": "new"}]}, {"id": 2, "tags": [{"name": "new"}, {"name": "x"}]}, {"id": 3, "tags": [{"name": "x"}]}]',
  :own, options => '{"dry_run": true}');
SELECT save('posts', '{"id": 1, "tags": [{"name": "new"}]}', '{ id, tags(write: own, by: name) { name } }');
SELECT save('posts', '{"id": 1, "tags": [{"name": "new"}]}', '{ id, tags(write: own, by: name, missing: delete) { name } }');
SELECT save('posts', '{"id": 1, "tags": []}', '{ id, tags(write: own, by: name, missing: delete) { name } }');
SELECT save('posts', '[{"id": 1, "tags": [{"name": "new", "gone": true}]}, {"id": 2, "tags": [{"name": "new", "gone": true}]}]', '{ id, tags(write: own, by: name) { name, gone: @delete } }');
SELECT pairs();
SELECT save('posts', '[{"id": 3, "tags": [{"name": "y"}, {"name": "z"}]}]', :own);
SELECT save('posts', '[{"id": 3}]', :own, call => 'jsonify_delete');
SELECT name FROM tags ORDER BY id;
SELECT pairs();

-- Through the junction.
CREATE TABLE students (id serial PRIMARY KEY, name text);
CREATE TABLE courses (id serial PRIMARY KEY, name text UNIQUE);
CREATE TABLE enrolments (student_id int REFERENCES students, course_id int REFERENCES courses, grade int CHECK (grade < 7), PRIMARY KEY (student_id, course_id));
INSERT INTO courses (name) VALUES ('math'), ('art'), ('bio');
\set shape '\'{ id, name, enrolments(write: own, missing: delete) { grade, course(write: link) { id, name } } }\''
SELECT save('students', '{"name": "s", "enrolments": [{"grade": 1, "course": {"id": 1}}, {"grade": 2, "course": {"id": 2, "name": "art"}}]}', :shape);
SELECT save('students', '{"id": 1, "enrolments": [{"grade": 3, "course": {"id": 1}}, {"course": {"id": 3}}]}', :shape);
SELECT save('students', '{"id": 1, "enrolments": [{"grade": 3, "course": {"id": 1}}, {"grade": 4, "course": {"id": 1}}]}', :shape);
SELECT save('students', '{"id": 1, "enrolments": [{"grade": 3, "course": {"id": 99}}, {"course": null}, {"grade": 1}, {"grade": 7, "course": {"id": 2}}]}', :shape);
SELECT save('students', '{"id": 1, "enrolments": [{"grade": 7, "course": {"id": 2}}, {"grade": 8, "course": {"id": 1}}]}', :shape);
SELECT save('students', '{"name": "t", "enrolments": [{"grade": 6, "course": {"name": "new"}}]}', '{ id, name, enrolments(write: own) { grade, course(write: own) { name } } }');
SELECT * FROM enrolments ORDER BY 1, 2;
-- A junction of a table with itself, one with a key of its own, and one of composite keys.
CREATE TABLE people (id int PRIMARY KEY, name text);
CREATE TABLE follows (id serial PRIMARY KEY, who int NOT NULL REFERENCES people, whom int NOT NULL REFERENCES people, UNIQUE (who, whom));
SELECT save('people', '[{"id": 1, "name": "a", "follows": [{"id": 2}, {"id": 1}]}, {"id": 2, "name": "b", "follows": [{"id": 1}]}]',
            '{ id, name, follows: people(via: follows.who, write: link, missing: unlink) { id } }');
SELECT save('people', '[{"id": 1, "follows": [{"id": 3}]}, {"id": 3, "follows": []}]', '{ id, name, follows: people(via: follows.who, write: link, missing: unlink) { id } }');
SELECT who, whom FROM follows ORDER BY 1, 2;
CREATE TABLE shelves (hall text, n int, PRIMARY KEY (hall, n));
CREATE TABLE books (isbn text PRIMARY KEY, title text);
CREATE TABLE places (hall text, n int, isbn text REFERENCES books, PRIMARY KEY (hall, n, isbn), FOREIGN KEY (hall, n) REFERENCES shelves);
SELECT save('shelves', '[{"hall": "A", "n": 1, "books": [{"isbn": "i1", "title": "t1"}, {"isbn": "i2"}]}, {"hall": "B", "n": 1, "books": [{"isbn": "i1"}]}]',
            '{ hall, n, books(write: own, missing: unlink) { isbn, title } }');
SELECT save('shelves', '{"hall": "A", "n": 1, "books": [{"isbn": "i2", "title": "t2"}]}', '{ hall, n, books(write: own, missing: unlink) { isbn, title } }');
SELECT * FROM places ORDER BY 1, 2, 3;
-- A pair is taken away by the keys that its rows have until then, be it that they change.
CREATE TABLE topics (id int PRIMARY KEY, code text UNIQUE NOT NULL);
CREATE TABLE topics_tags (code text REFERENCES topics (code) ON UPDATE CASCADE, tag_id int REFERENCES tags, PRIMARY KEY (code, tag_id));
INSERT INTO topics VALUES (1, 'a'), (2, 'b');
INSERT INTO tags VALUES (51, 'x'), (52, 'y'), (53, 'z');
INSERT INTO topics_tags VALUES ('a', 51), ('a', 52), ('b', 51);
SELECT save('topics', '[{"id": 1, "code": "new", "tags": [52, 53]}, {"id": 2, "code": "newer", "tags": []}]', '{ id, code, tags: tags(write: link, missing: unlink).id }');
TABLE topics_tags ORDER BY 1, 2;
-- A junction's own row is led elsewhere, and a list of links says that it stays, or nobody has read whose it is.
TRUNCATE follows RESTART IDENTITY;
INSERT INTO follows (who, whom) VALUES (1, 2), (1, 3);
\set shape '{ id, follows: people(via: follows.who, write: link) { id }, fans: follows(via: follows_whom_fkey, write: link) { id } }'
SELECT save('people', '[{"id": 1, "follows": [{"id": 2}, {"id": 3}]}, {"id": 9, "fans": [{"id": 2}]}]', :'shape');
SELECT save('people', '[{"id": 1, "follows": [{"id": 2}, {"id": 3}]}, {"id": 9, "fans": [{"id": 2, "who": 1}]}]',
            '{ id, follows: people(via: follows.who, write: link) { id }, fans: follows(via: follows_whom_fkey, write: link) { id, who } }');
SELECT save('people', '[{"id": 2, "follows": []}, {"id": 9, "fans": [{"id": 2, "who": 1}]}]',
            '{ id, follows: people(via: follows.who, write: link) { id }, fans: follows(via: follows_whom_fkey, write: link) { id, who } }');
SELECT save('people', '{"id": 3, "fans": [{"id": 2}]}', :'shape');
TABLE follows ORDER BY 1;
DROP SCHEMA t_save_junctions CASCADE;
