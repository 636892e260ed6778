-- A list with "where" is the whole list of the rows that are such: what the call lets it show beside, by whatever place of it, is an error.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_save_where_lists;
SET search_path = t_save_where_lists, public;
\set helpers `echo "$PG_ABS_SRCDIR/save_helpers.sql"`
\i :helpers
\pset format unaligned
\pset tuples_only on
ALTER TABLE posts ADD published bool NOT NULL DEFAULT true, ADD editor_id int REFERENCES users;
UPDATE posts SET published = false WHERE id = 2;

-- A new row, by a default or as it says; and one that changes.
\set two '{ id, shown: posts(via: author_id, where: published, write: own, missing: delete) { id, title }, posts(via: author_id, write: own, missing: keep) { id, title, published } }'
SELECT saved('users', '{"id": 1, "shown": [{"id": 1}], "posts": [{"title": "n"}]}', :'two');
SELECT saved('users', '{"id": 1, "shown": [{"id": 1}], "posts": [{"title": "n", "published": false}]}', :'two');
SELECT saved('users', '{"id": 1, "shown": [{"id": 1}], "posts": [{"id": 2, "published": true}]}', :'two');
SELECT saved('users', '[{"id": 1, "shown": [], "posts": [{"title": "a"}, {"title": "b", "published": false}, {"title": "c", "published": true}]},
  {"id": 3, "shown": [], "posts": [{"title": "d"}]}]', replace(:'two', 'missing: delete', 'missing: unlink'));
SELECT saved('users', '{"shown": [], "posts": [{"title": "n"}]}', :'two');
SELECT saved('users', '{"id": 1, "shown": [{"id": 1}, {"title": "o"}], "posts": [{"title": "n", "published": false}]}', :'two');
-- A list that is not given, or may be a part, leaves nothing out; nor one that says the row.
SELECT saved('users', '{"id": 1, "posts": [{"title": "n"}]}', :'two');
SELECT saved('users', '{"id": 1, "shown": [{"id": 1}], "posts": [{"title": "n"}]}', replace(:'two', 'missing: delete', 'missing: keep'));
\set named '{ id, shown: posts(via: author_id, where: published, write: own, by: title, missing: delete) { title }, posts(via: author_id, write: own, by: title, missing: keep) { title, published } }'
CREATE UNIQUE INDEX ON posts (title);
SELECT saved('users', '{"id": 1, "shown": [{"title": "p1"}, {"title": "n"}], "posts": [{"title": "n"}]}', :'named', look => 'SELECT id < 100, title, published FROM posts WHERE author_id = 1');
SELECT saved('users', '{"id": 1, "shown": [{"title": "p1"}, {"title": "n"}, {"title": "m"}], "posts": [{"title": "n"}, {"title": "l"}]}', :'named');

-- Two lists that are alike, at several depths.
\set alike '{ id, a: posts(via: author_id, where: published, write: own, missing: delete) { id, title }, b: posts(via: author_id, where: published, write: own, missing: delete) { id, title } }'
SELECT saved('users', '{"id": 1, "a": [{"id": 1}, {"title": "n"}], "b": [{"id": 1}]}', :'alike');
SELECT saved('users', '{"id": 1, "a": [{"id": 1}], "b": [{"id": 1}, {"title": "n"}]}', :'alike');
\set list 'posts(via: author_id, where: published, write: own, missing: delete) { id, title'
\set deep '{ id, ' :list ', author(write: own) { id, ' :list ' } } } }'
SELECT saved('users', '{"id": 1, "posts": [{"id": 1, "author": {"id": 1, "posts": [{"id": 1}, {"title": "n"}]}}]}', :'deep');
SELECT saved('users', '{"id": 1, "posts": [{"id": 1, "author": {"id": 1, "posts": [{"id": 1}]}}, {"title": "n"}]}', :'deep');

-- By a link, or a column of the row; in a document that changes nothing by itself, too.
\set list 'users(via: author_id, write: own) { id, shown: posts(via: author_id, where: published, write: own, missing: unlink) { id } }'
\set links '{ id, title, a: ' :list ', w: users(via: editor_id, write: own) { id, posts(via: author_id, write: link, missing: keep) { id } } }'
UPDATE posts SET editor_id = author_id;
SELECT saved('posts', '{"id": 1, "a": {"id": 1, "shown": [{"id": 1}]}, "w": {"id": 1, "posts": [{"id": 3}]}}', :'links');
SELECT saved('posts', '{"id": 1, "a": {"id": 1, "shown": [{"id": 1}]}, "w": {"id": 1, "posts": [{"id": 2}]}}', :'links');
\set column '{ id, title, author_id, published, a: users(via: author_id, write: own) { id, posts(via: author_id, where: published, write: own, missing: delete) { id } } }'
SELECT saved('posts', '[{"id": 1, "a": {"id": 1, "posts": [{"id": 1}]}}, {"id": 3, "author_id": 1}]', :'column');
SELECT saved('posts', '[{"id": 1, "a": {"id": 1, "posts": [{"id": 1}]}}, {"id": 3, "author_id": 1, "published": false}]', :'column', look => 'SELECT id, author_id, published FROM posts ORDER BY id');
SELECT saved('posts', '[{"id": 1, "a": {"id": 1, "posts": [{"id": 1}]}}, {"id": 2, "published": true}]', :'column');
SELECT saved('posts', '[{"id": 1, "a": {"id": 1, "posts": [{"id": 1}]}}, {"id": 4, "author_id": 2, "published": true}]', :'column', look => 'SELECT id, author_id, published FROM posts ORDER BY id');
-- A row that is taken out of one list may be such as another one has by that.
\set gives '{ id, mine: posts(via: author_id, write: own, missing: unlink) { id }, free: posts(via: editor_id, where: author_id is null, write: link, missing: unlink) { id } }'
SELECT saved('users', '{"id": 1, "mine": [{"id": 1}], "free": []}', :'gives');

-- Over a junction: a row of the far side, a pair from either side, the junction's own row.
ALTER TABLE tags ADD active bool NOT NULL DEFAULT true;
UPDATE tags SET active = false WHERE id = 2;
\set tags '{ id, on: tags(where: active, write: link, missing: unlink) { id }, tags(write: own, missing: keep) { id, name, active } }'
SELECT saved('posts', '{"id": 1, "on": [{"id": 1}], "tags": [{"id": 2, "active": true}]}', :'tags');
SELECT saved('posts', '{"id": 1, "on": [{"id": 1}], "tags": [{"name": "new"}, {"name": "off", "active": false}]}', :'tags');
SELECT saved('posts', '{"id": 1, "on": [{"id": 1}], "tags": [{"id": 2, "name": "dull"}]}', :'tags');
\set both '{ id, on: tags(where: active, write: own, missing: unlink) { id, name, posts(write: link, missing: keep) { id } } }'
SELECT saved('posts', '[{"id": 1, "on": [{"id": 1}]}, {"id": 3, "on": [{"id": 3, "posts": [{"id": 1}]}]}]', :'both');
SELECT saved('posts', '[{"id": 1, "on": [{"id": 1}, {"id": 3}]}, {"id": 3, "on": [{"id": 3, "posts": [{"id": 1}]}]}]', :'both', look => 'TABLE post_tags');
\set own '{ id, on: tags(where: active, write: link, missing: unlink) { id }, post_tags(write: own, missing: keep) { tag(write: link) { id } } }'
SELECT saved('posts', '{"id": 1, "on": [{"id": 1}], "post_tags": [{"tag": {"id": 3}}]}', :'own');
SELECT saved('posts', '{"id": 2, "on": [{"id": 1}], "post_tags": [{"tag": {"id": 2}}]}', :'own', look => 'TABLE post_tags');

-- Of a to-one relation null is that there is no such row.
\set one '{ id, title, a: users(via: author_id, where: country = ''PL'', write: own) { id }, e: users(via: editor_id, write: own) { id, country } }'
UPDATE users SET country = 'DE' WHERE id = 2;
SELECT saved('posts', '{"id": 3, "a": null, "e": {"id": 2, "country": "PL"}}', :'one');
SELECT saved('posts', '{"id": 3, "a": null, "e": {"id": 2, "country": "AT"}}', :'one');

-- But of two that go by one key one may be as it was.
\set both '{ id, a: users(via: author_id, where: country = ''DE'', write: link) { id }, n: users(via: author_id, write: own, by: id, missing: keep) { id, name, country } }'
SELECT saved('posts', '{"id": 3, "a": {"id": 2}, "n": {"id": null, "name": "new", "country": "DE"}}', :'both');

-- By rows that "where" reads of other tables it is told at the list.
\set posts 'posts(via: author_id, write: own, missing: keep) { id, comments(write: own, missing: delete) { id, body } }'
\set talk '{ id, talk: posts(via: author_id, where: exists(comments), write: own, missing: delete) { id }, ' :posts ' }'
SELECT saved('users', '{"id": 1, "talk": [{"id": 1}], "posts": [{"id": 2, "comments": [{"body": "b"}]}]}', :'talk');
SELECT saved('users', '{"id": 1, "talk": [{"id": 1}], "posts": [{"id": 1, "comments": [{"body": "b"}]}]}', :'talk');
SELECT saved('users', '{"id": 1, "quiet": [{"id": 2}], "posts": [{"id": 1, "comments": []}]}',
  replace(:'talk', 'talk: posts(via: author_id, where: exists', 'quiet: posts(via: author_id, where: not exists'));

-- A link must lead to a row that is such afterwards, whoever writes that; in a document that changes nothing by itself, too.
\set linked '{ id, u: users(via: author_id, write: own) { id, country }, a: users(via: author_id, where: country = ''PL'', write: link) { id } }'
SELECT saved('posts', '{"id": 1, "u": {"id": 1, "country": "DE"}, "a": {"id": 1}}', :'linked');
SELECT saved('posts', '{"id": 1, "u": {"id": 1, "country": "DE"}, "a": null}', :'linked');
SELECT saved('posts', '{"id": 1, "u": {"id": 1, "country": "PL"}, "a": {"id": 1}}', :'linked');
SELECT saved('posts', '[{"id": 1, "a": {"id": 1}}, {"id": 2, "u": {"id": 1, "country": "DE"}}]', :'linked');
\set tagged '{ id, on: tags(where: active, write: link, missing: keep) { id }, tags(write: own, missing: keep) { id, active } }'
SELECT saved('posts', '[{"id": 1, "on": [{"id": 1}]}, {"id": 2, "tags": [{"id": 1, "active": false}]}]', :'tagged');
SELECT saved('posts', '[{"id": 2, "on": [{"id": 3}], "tags": []}, {"id": 3, "tags": [{"id": 3, "active": false}]}]', :'tagged');
SELECT saved('posts', '[{"id": 1, "on": [{"id": 1}]}, {"id": 3, "tags": [{"id": 3, "active": false}]}]', :'tagged');

-- What a trigger adds is no fault of the documents; what it makes "where" true of is.
CREATE FUNCTION add_post() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
  IF NEW.title = 'publish' THEN NEW.published := true; END IF;
  IF NEW.title = 'two' THEN INSERT INTO posts (author_id, title) VALUES (NEW.author_id, 'of a trigger'); END IF;
  RETURN NEW;
END$$;
CREATE TRIGGER add_post BEFORE INSERT ON posts FOR EACH ROW EXECUTE FUNCTION add_post();
SELECT saved('users', '{"id": 1, "shown": [{"id": 1}], "posts": [{"title": "two", "published": false}]}', :'two');
SELECT saved('users', '{"id": 1, "shown": [{"id": 1}], "posts": [{"title": "publish", "published": false}]}', :'two');
DROP SCHEMA t_save_where_lists CASCADE;
