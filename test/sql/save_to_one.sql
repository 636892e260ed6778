-- To-one and one-to-one relations, owned and linked: what is there, what is new, what is gone.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_save_to_one;
SET search_path = t_save_to_one, public;
\set helpers `echo "$PG_ABS_SRCDIR/save_helpers.sql"`
\i :helpers
\pset format unaligned
\pset tuples_only on

\set own '{ id, title, author(write: own) { id, name } }'
\set own_delete '{ id, title, author(write: own, missing: delete) { id, name } }'
\set own_unlink '{ id, title, author(write: own, missing: unlink) { id, name } }'
\set own_keep '{ id, title, author(write: own, missing: keep) { id, name } }'
\set link '{ id, title, author(write: link) { id, name } }'
\set users 'SELECT id, name FROM users ORDER BY id'

-- An owned row is the one that is there, with its key or without, and is changed in place.
SELECT saved('posts', '{"id": 3, "author": {"id": 2, "name": "B2"}}', :'own', look => :'users');
SELECT saved('posts', '{"id": 3, "author": {"name": "B2"}}', :'own', look => :'users');
SELECT saved('posts', '{"id": 3, "author": {"name": "B2"}}', '{ id, author(write: own) { name } }', look => :'users');
SELECT saved('posts', '{"id": 4, "author": {"name": "New"}}', :'own', look => :'users');
SELECT saved('posts', '{"title": "n", "author": {"name": "New"}}', :'own', look => :'users');
-- A key that is null is another row: what becomes of the one that was there?
SELECT saved('posts', '{"id": 3, "author": {"id": null, "name": "New"}}', :'own');
SELECT saved('posts', '{"id": 3, "author": {"id": null, "name": "New"}}', :'own_delete', look => :'users');
SELECT saved('posts', '{"id": 3, "author": {"id": null, "name": "New"}}', :'own_unlink', look => :'users');
SELECT saved('posts', '{"id": 3, "author": {"id": null, "name": "New"}}', :'own_keep', look => :'users');
-- None any more.
SELECT saved('posts', '{"id": 3, "author": null}', :'own');
SELECT saved('posts', '{"id": 3, "author": null}', :'own_delete', look => :'users');
SELECT saved('posts', '{"id": 1, "author": null}', :'own_delete', look => :'users');
SELECT saved('posts', '{"id": 3, "author": null}', :'own_unlink', look => :'users');
SELECT saved('posts', '{"id": 3, "author": null}', :'own_keep', look => :'users');
SELECT saved('posts', '{"id": 4, "author": null}', :'own');
-- Somebody else's; and one row that two documents have.
SELECT saved('posts', '{"id": 3, "author": {"id": 3}}', :'own_keep');
SELECT saved('posts', '{"id": 4, "author": {"id": 1, "name": "X"}}', :'own');
SELECT saved('posts', '[{"id": 1, "author": {"id": 1, "name": "X"}}, {"id": 2, "author": {"id": 1, "name": "X"}}]', :'own');
SELECT saved('posts', '[{"id": 1, "author": {"id": 1, "name": "X"}}, {"id": 2, "author": {"id": 1, "name": "Y"}}]', :'own');
SELECT saved('posts', '[{"id": 1, "author": {"name": "X"}}, {"id": 2, "author": {"name": "Y"}}]', :'own');
-- A key that is null, and is so already, is no other row: what was read is saved without a change.
CREATE TABLE places (id int PRIMARY KEY, code int UNIQUE, name text);
CREATE TABLE visits (id int PRIMARY KEY, place_id int REFERENCES places);
INSERT INTO places VALUES (1, NULL, 'here'), (2, 5, 'there');
INSERT INTO visits VALUES (1, 1), (2, 1), (3, 2);
\set visit '{ id, place(write: own) { code, name } }'
SELECT saved('visits', jsonify(v, :'visit'), :'visit', look => 'SELECT * FROM places ORDER BY id') FROM visits v WHERE id = 1;
SELECT saved('visits', '{"id": 1, "place": {"code": 7, "name": "now"}}', :'visit', look => 'SELECT * FROM places ORDER BY id');
-- Of a row that several have each is told who leaves it out.
SELECT saved('visits', '[{"id": 1, "place": null}, {"id": 2, "place": null}, {"id": 3, "place": {"code": null}}]', :'visit');
-- Not where another document keeps it: it is that one's.
SELECT saved('visits', '[{"id": 1, "place": {"name": "here"}}, {"id": 2, "place": null}]', '{ id, place(write: own) { name } }', look => 'SELECT * FROM visits ORDER BY id');
-- And who wants what is somebody else's.
SELECT saved('posts', '[{"title": "n", "author": {"id": 1}}, {"title": "m", "author": {"id": 1}}]', :'own');

-- A link leads to any row that is there, which it does not change.
SELECT saved('posts', '{"id": 3, "author": {"id": 1}}', :'link');
SELECT saved('posts', '{"title": "n", "author": {"id": 1}}', :'link');
SELECT saved('posts', '{"id": 3, "author": null}', :'link');
SELECT saved('posts', '{"id": 3, "author": {"id": 1, "name": "Eve"}}', :'link');
SELECT saved('posts', '{"id": 3, "author": {"id": 1, "name": "Eve"}}', :'link', options => '{"readonly": "ignore"}');
SELECT saved('posts', '{"id": 3, "author": {"id": 55}}', :'link');
SELECT saved('posts', '{"id": 3, "author": {"name": "Cyd"}}', :'link');
SELECT saved('posts', '{"id": 3, "author": {"id": null}}', :'link');
SELECT saved('posts', '{"id": 3, "author": 7}', :'link');
-- By another key, and as nothing but that.
SELECT saved('posts', '{"id": 3, "author": {"email": "c@x"}}', '{ id, author(write: link, by: email) { email, name } }');
SELECT saved('posts', '{"id": 3, "author": "c@x"}', '{ id, author: author(write: link, by: email).email }');
SELECT saved('posts', '{"id": 3, "author": null}', '{ id, author: author(write: link, by: email).email }');
SELECT saved('posts', '{"id": 3, "author": "nobody"}', '{ id, author: author(write: link, by: email).email }');
SELECT saved('posts', '{"id": 3, "author": 5}', '{ id, author: author(write: link, by: email).email }');
-- To a row that "where" does not show: null is what it reads as, and so is no change.
SELECT saved('posts', '{"id": 3, "author": null}', '{ id, author(where: name = ''Ada'', write: link) { id } }',
  look => 'SELECT id, author_id FROM posts WHERE id = 3');
SELECT saved('posts', '{"id": 3, "author": null}', '{ id, author(where: name = ''Ada'', write: own) { id } }',
  look => 'SELECT id, author_id FROM posts WHERE id = 3');
SELECT saved('posts', '{"id": 3, "author": {"id": 2}}', '{ id, author(where: name = ''Ada'', write: link) { id } }');
SELECT saved('posts', '{"id": 3, "author": {"id": 1}}', '{ id, author(where: name = ''Ada'', write: link) { id } }');
-- "@delete" deletes what is owned, and unlinks what is linked, if it is there.
SELECT saved('posts', '{"id": 3, "author": {"id": 2, "_delete": true}}', '{ id, author(write: own) { id, _delete: @delete } }', look => :'users');
SELECT saved('posts', '{"id": 3, "author": {"id": 2, "_delete": true}}', '{ id, author(write: link) { id, _delete: @delete } }', look => :'users');
SELECT saved('posts', '{"id": 3, "author": {"id": 1, "_delete": true}}', '{ id, author(write: link) { id, _delete: @delete } }');
SELECT saved('posts', '{"id": 3, "author": {"id": 9, "_delete": true}}', '{ id, author(write: link) { id, _delete: @delete } }');

-- The column beside its relation: both must agree, or one be as it was.
\set both '{ id, author_id, author(write: link) { id } }'
SELECT saved('posts', '{"id": 3, "author_id": 1, "author": {"id": 1}}', :'both');
SELECT saved('posts', '{"id": 3, "author_id": 2, "author": {"id": 1}}', :'both');
SELECT saved('posts', '{"id": 3, "author_id": 1, "author": {"id": 2}}', :'both');
SELECT saved('posts', '{"id": 3, "author_id": 1, "author": {"id": 3}}', :'both');
SELECT saved('posts', '{"id": 3, "author_id": 1, "author": null}', :'both');
SELECT saved('posts', '{"id": 3, "author_id": null, "author": {"id": 1}}', :'both');
SELECT saved('posts', '{"id": 3, "author_id": null, "author": {"id": 2}}', :'both');
SELECT saved('posts', '{"author_id": 3, "author": {"id": 2}}', :'both');
SELECT saved('posts', '{"author_id": 3, "author": {"id": 3}}', :'both');
SELECT saved('posts', '{"author_id": 3, "author": null}', :'both');

-- One-to-one: the key is on the other side.
\set one '{ id, profiles(write: own, missing: delete) { bio } }'
\set profiles 'SELECT * FROM profiles ORDER BY user_id'
SELECT saved('users', '{"id": 1, "profiles": {"bio": "B"}}', :'one', look => :'profiles');
SELECT saved('users', '{"id": 2, "profiles": {"bio": "B"}}', :'one', look => :'profiles');
SELECT saved('users', '{"profiles": {"bio": "q"}}', :'one', look => :'profiles');
SELECT saved('users', '{"id": 1, "profiles": null}', :'one', look => 'SELECT count(*) FROM profiles');
SELECT saved('users', '{"id": 2, "profiles": null}', :'one');
SELECT saved('users', '{"id": 1, "profiles": null}', '{ id, profiles(write: own) { bio } }');
SELECT saved('users', '{"id": 1, "profiles": null}', '{ id, profiles(write: own, missing: keep) { bio } }');
SELECT saved('users', '{"id": 1, "profiles": null}', '{ id, profiles(write: own, missing: unlink) { bio } }');
SELECT saved('users', '{"id": 2, "profiles": {"user_id": 1}}', '{ id, profiles(write: own) { user_id, bio } }');
SELECT saved('users', '{"id": 2, "profiles": {"user_id": 1}}', '{ id, profiles(write: link) { user_id } }', look => :'profiles');

-- A composite key: of its columns those go that can, and one that is partly NULL leads nowhere.
CREATE TABLE tenants (id int PRIMARY KEY);
CREATE TABLE people (tenant_id int REFERENCES tenants, id int, PRIMARY KEY (tenant_id, id));
CREATE TABLE tasks (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, person_id int,
  FOREIGN KEY (tenant_id, person_id) REFERENCES people);
CREATE TABLE notes (id int PRIMARY KEY, tenant_id int, person_id int, FOREIGN KEY (tenant_id, person_id) REFERENCES people);
INSERT INTO tenants VALUES (1), (2);
INSERT INTO people VALUES (1, 1), (1, 2), (2, 1);
INSERT INTO tasks VALUES (1, 1, 1), (2, 1, NULL);
INSERT INTO notes VALUES (1, 1, 1), (2, 1, NULL);
\set tasks '{ id, tenant_id, people(write: link) { tenant_id, id } }'
SELECT saved('tasks', '{"id": 1, "people": null}', :'tasks', look => 'TABLE tasks');
SELECT saved('tasks', '{"id": 1, "people": {"tenant_id": 1, "id": 2}}', :'tasks');
SELECT saved('tasks', '{"id": 1, "people": {"tenant_id": 2, "id": 1}}', :'tasks');
SELECT saved('tasks', '{"id": 1, "people": {"id": 2}}', :'tasks');
SELECT saved('tasks', '{"id": 2, "tenant_id": 1, "people": null}', :'tasks', look => 'TABLE tasks');
SELECT saved('tasks', '{"id": 3, "tenant_id": 1, "people": null}', :'tasks', look => 'TABLE tasks');
SELECT saved('notes', '{"id": 2, "tenant_id": 1, "people": null}', :'tasks', look => 'TABLE notes');
SELECT saved('notes', '{"id": 1, "people": null}', :'tasks', look => 'TABLE notes');

DROP SCHEMA t_save_to_one CASCADE;
