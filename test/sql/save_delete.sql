-- jsonify_delete: the documents' rows, and what they own.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_save_delete;
SET search_path = t_save_delete, public;
\set helpers `echo "$PG_ABS_SRCDIR/save_helpers.sql"`
\i :helpers
\pset format unaligned
\pset tuples_only on

\set d '{ id, name, posts(write: own) { id, comments(write: own) { id }, tags(write: link) { id } }, profiles(write: own) { bio } }'
CREATE FUNCTION removed(rel regclass, doc jsonb, shape text, params jsonb DEFAULT NULL, options jsonb DEFAULT NULL, look text DEFAULT NULL) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE d text; m text; h text; line text;
BEGIN
  RETURN QUERY SELECT change_line(p.action, p.relation::text, p.loc, p.key, p.old, p.new, p.error) FROM jsonify_plan(rel, doc, shape, params, coalesce(options, '{}') || '{"mode": "delete"}') p;
  RETURN NEXT '= ' || jsonify_delete(rel, doc, shape, params, options)::text;
  IF look IS NOT NULL THEN EXECUTE 'SELECT string_agg(x::text, '' '') FROM (' || look || ') x' INTO line; RETURN NEXT '  ' || line; END IF;
  RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION WHEN SQLSTATE 'UNDO0' THEN NULL; WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS d = PG_EXCEPTION_DETAIL, m = MESSAGE_TEXT, h = PG_EXCEPTION_HINT; RETURN NEXT concat_ws(': ', SQLSTATE, m, d, h); END$$;
SELECT removed('users', '{"id": 1}', :'d', 
  look => 'SELECT count(*), (SELECT count(*) FROM posts) p, (SELECT count(*) FROM comments) c, (SELECT count(*) FROM post_tags) pt,
    (SELECT count(*) FROM tags) t, (SELECT count(*) FROM profiles) pr FROM users');
SELECT removed('users', '[{"id": 1}, {"id": 3}]', :'d');
SELECT removed('users', '[{"id": 3}, {"id": 3}, {"id": 55}]', :'d');
SELECT removed('users', '[{"id": 3}, {"id": 3}]', :'d');
SELECT removed('users', '{"id": 3, "name": "other", "foo": 1}', :'d');
SELECT removed('users', '{"id": 3, "name": "other"}', :'d');
SELECT removed('users', '{"name": "other"}', :'d');
SELECT removed('users', '{"id": 2}', '{ id, name }');
SELECT removed('posts', '{"id": 3}', '{ id, author(write: own) { id, name }, comments(write: own) { id }, tags(write: own) { id } }', 
  look => 'SELECT * FROM tags ORDER BY id');
SELECT removed('posts', '{"id": 3}', '{ id, author(write: link) { id, name }, comments(write: own) { id }, tags(write: link) { id } }', 
  look => 'SELECT * FROM tags ORDER BY id');
SELECT removed('posts', '{"id": 2}', '{ id, tags(write: own) { id } }', 
  look => 'SELECT * FROM tags ORDER BY id');
SELECT removed('posts', '{"id": 4}', '(where: kind = ''zz'') { id }');
SELECT removed('posts', '{"id": 4}', '{ id }', options => '{"return": "none"}');
SELECT removed('posts', '{"id": 4}', '{ id, title }', options => '{"return": "changes"}');
SELECT removed('posts', '{"id": 4}', '{ id, title }', options => '{"dry_run": true}', 
  look => 'SELECT count(*) FROM posts');
SELECT removed('users', '{"email": "c@x"}', '(by: email) { id, email }');
SELECT removed('users', '"c@x"', '(by: email) { id, email }');
SELECT removed('users', '{"id": 1, "posts": [{"id": 1, "titel": 5}]}', '{ id, posts(write: own) { id } }');
CREATE TABLE nodes (id int PRIMARY KEY, parent_id int REFERENCES nodes, name text);
INSERT INTO nodes VALUES (1,NULL,'root'),(2,1,'a'),(3,1,'b'),(4,2,'a1'),(5,4,'a11'),(6,NULL,'other');
SELECT removed('nodes', '{"id": 2}', '{ id, kids: nodes(via: parent_id, recurse: 9, write: own) }', 
  look => 'SELECT id FROM nodes');
SELECT removed('nodes', '{"id": 2}', '{ id, name }', 
  look => 'SELECT id FROM nodes');
SELECT removed('nodes', '{"id": 2}', '{ id, kids: nodes(via: parent_id, write: own, missing: unlink) {id} }', 
  look => 'SELECT id FROM nodes');
SELECT removed('nodes', '[{"id": 4}, {"id": 2}]', '{ id, kids: nodes(via: parent_id, recurse: 9, write: own) }', 
  look => 'SELECT id FROM nodes');
SELECT removed('nodes', '[{"id": 2}, {"id": 4}, {"id": 5}]', '{ id }', 
  look => 'SELECT id FROM nodes');

-- A row that several documents own goes with them, and so do the others.
CREATE TABLE boxes (id int PRIMARY KEY);
CREATE TABLE things (id int PRIMARY KEY, box_id int REFERENCES boxes);
INSERT INTO boxes VALUES (1), (2), (3);
INSERT INTO things VALUES (1, 1), (2, 2), (3, 2), (4, 3);
SELECT removed('things', '[{"id": 2}, {"id": 3}, {"id": 4}]', '{ id, box(write: own) { id } }',
  look => 'SELECT id FROM boxes');

-- Rows that are recognized by what they link to.
CREATE TABLE enrolments (pupil int, box_id int REFERENCES boxes, grade int, PRIMARY KEY (pupil, box_id));
INSERT INTO enrolments VALUES (7, 1, 5), (7, 2, 4), (8, 1, 3);
SELECT removed('enrolments', '[{"pupil": 7, "box": {"id": 2}}]', '{ pupil, grade, box(write: link) { id } }',
  look => 'SELECT * FROM enrolments');
SELECT removed('enrolments', '[{"pupil": 7, "box": {"id": 9}}, {"pupil": 9, "box": {"id": 1}}]', '{ pupil, grade, box(write: link) { id } }');
SELECT jsonify_save('boxes', '{"id": 1, "enrolments": [{"pupil": 7, "gone": true}, {"pupil": 9, "grade": 1}]}',
  '{ id, enrolments(write: own, missing: keep) { pupil, grade, gone: @delete } }');
SELECT jsonify_save('boxes', '{"id": 2, "enrolments": {"7": null}}', '{ id, enrolments(write: own, missing: keep, key: pupil) { pupil } }');

-- The order is that of keys, be they of the shape or not: what leads to a row goes before it.
CREATE TABLE sites (id int PRIMARY KEY);
CREATE TABLE pages (id int PRIMARY KEY, home_id int NOT NULL REFERENCES sites);
CREATE TABLE shown (site_id int REFERENCES sites, page_id int REFERENCES pages, PRIMARY KEY (site_id, page_id));
INSERT INTO sites VALUES (1), (2);
INSERT INTO pages VALUES (1, 1), (2, 1), (3, 2);
INSERT INTO shown VALUES (1, 1), (2, 2);
SELECT removed('pages', '{"id": 1}', '{ id, sites(via: shown.page_id, write: own) { id } }', look => 'SELECT id FROM pages');
SELECT removed('pages', '[{"id": 2}, {"id": 3}]', '{ id, sites(via: shown.page_id, write: own) { id } }', look => 'SELECT id FROM sites');
-- Rows that go together lead to each other as they like, and nobody need be allowed to update them.
CREATE TABLE links (id int PRIMARY KEY, next_id int REFERENCES links, last_id int REFERENCES links);
INSERT INTO links VALUES (1, NULL), (2, 1), (3, 2), (4, NULL);
UPDATE links SET next_id = 3 WHERE id = 1;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'updated'; END$$;
CREATE TRIGGER refuse BEFORE UPDATE ON links EXECUTE FUNCTION refuse();
SELECT removed('links', '[{"id": 1}, {"id": 2}, {"id": 3}]', '{ id, next(write: link) { id } }', look => 'SELECT id FROM links');
DROP TRIGGER refuse ON links;
-- Of several that cannot go together only those are told that cannot go at all.
UPDATE links SET next_id = NULL WHERE id = 1;
UPDATE links SET last_id = 3 WHERE id = 4;
INSERT INTO links VALUES (5, NULL), (6, 5), (7, 6), (8, 7);
SELECT removed('links', '[{"id": 5}, {"id": 6}, {"id": 3}, {"id": 7}, {"id": 8}]', '{ id }');
-- So do rows of several relations, by keys that the shape does not name, be they over three tables, or such as cannot be NULL.
CREATE TABLE teams (id int PRIMARY KEY, captain_id int NOT NULL);
CREATE TABLE players (id int PRIMARY KEY, team_id int NOT NULL REFERENCES teams);
ALTER TABLE teams ADD CONSTRAINT captain FOREIGN KEY (captain_id) REFERENCES players ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED;
BEGIN;
INSERT INTO teams SELECT i, i * 10 FROM generate_series(1, 4) i;
INSERT INTO players SELECT i * 10 + n, i FROM generate_series(1, 4) i, generate_series(0, 1) n;
COMMIT;
ALTER TABLE teams ALTER CONSTRAINT captain NOT DEFERRABLE;
CREATE TRIGGER refuse BEFORE UPDATE ON teams EXECUTE FUNCTION refuse();
CREATE TRIGGER refuse BEFORE UPDATE ON players EXECUTE FUNCTION refuse();
\set d '{ id, players(via: team_id, write: own) { id } }'
SELECT removed('teams', '[{"id": 1}, {"id": 3}]', :'d', look => 'SELECT id, (SELECT count(*) FROM players WHERE team_id = teams.id) FROM teams');
-- the captain alone, who leads back
DELETE FROM players WHERE id IN (11, 21);
SELECT removed('teams', '{"id": 2}', '{ id, captain(write: own) { id } }', look => 'SELECT id FROM players');
-- of several documents those are told which have rows that others lead to
CREATE TABLE fans (of_id int REFERENCES players);
INSERT INTO fans VALUES (31);
-- (of RESTRICT PostgreSQL 18 says so)
SELECT regexp_replace(removed('teams', '[{"id": 1}, {"id": 3}, {"id": 4}]', :'d'), 'RESTRICT setting of |23001|23503', '', 'g');
CREATE TABLE p (id int PRIMARY KEY, q_id int);
CREATE TABLE q (id int PRIMARY KEY, p_id int REFERENCES p, r_id int);
CREATE TABLE r (id int PRIMARY KEY, q_id int REFERENCES q);
ALTER TABLE p ADD FOREIGN KEY (q_id) REFERENCES q;
ALTER TABLE q ADD FOREIGN KEY (r_id) REFERENCES r;
INSERT INTO p VALUES (1), (2);
INSERT INTO q VALUES (1, 1), (2, 2);
INSERT INTO r VALUES (1, 1), (2, 2), (3, 2);
UPDATE p SET q_id = id;
UPDATE q SET r_id = id;
SELECT removed('p', '{"id": 1}', '{ id, q(via: p_id, write: own) { id, r(via: q_id, write: own) { id } } }', look => 'SELECT r.id FROM p JOIN q USING (id) JOIN r USING (id)');
SELECT removed('p', '{"id": 1}', '{ id, q(write: own) { id, r(write: own) { id } } }', look => 'SELECT r.id FROM p JOIN q USING (id) JOIN r USING (id)');
-- a tree, across its levels
CREATE TABLE twigs (id int PRIMARY KEY, up_id int REFERENCES twigs, best_id int REFERENCES twigs);
INSERT INTO twigs VALUES (1, NULL), (2, 1), (3, 1), (4, 2), (5, NULL);
UPDATE twigs SET best_id = CASE id WHEN 1 THEN 4 WHEN 4 THEN 3 WHEN 3 THEN 1 END;
SELECT removed('twigs', '{"id": 1}', '{ id, twigs(via: up_id, recurse: 5, write: own) }', look => 'SELECT id FROM twigs');
-- what leads to a row that is replaced goes with it, once that has been let go of
CREATE TABLE albums (id int PRIMARY KEY, cover_id int);
CREATE TABLE photos (id int PRIMARY KEY, album_id int NOT NULL REFERENCES albums);
CREATE TABLE owners (id int PRIMARY KEY, album_id int NOT NULL REFERENCES albums);
ALTER TABLE albums ADD FOREIGN KEY (cover_id) REFERENCES photos;
INSERT INTO albums VALUES (1);
INSERT INTO photos VALUES (1, 1), (2, 1);
UPDATE albums SET cover_id = 2;
INSERT INTO owners VALUES (1, 1);
SELECT jsonify_save('owners', '{"id": 1, "album": {"id": 2, "photos": [{"id": 3}]}}', '{ id, album(write: own, missing: delete) { id, photos(via: album_id, write: own) { id } } }');
SELECT (SELECT jsonb_agg(a) FROM albums a), (SELECT jsonb_agg(p) FROM photos p);
-- so does what a row that goes owns over a to-one relation, where that leads to another one that goes, be it that nothing leads back
CREATE TABLE halls (id int PRIMARY KEY);
CREATE TABLE lamps (id int PRIMARY KEY, hall_id int NOT NULL REFERENCES halls);
CREATE TABLE hooks (id int PRIMARY KEY, hall_id int REFERENCES halls, lamp_id int REFERENCES lamps);
INSERT INTO halls VALUES (1), (2);
INSERT INTO lamps VALUES (1, 1), (2, 2), (3, 2);
INSERT INTO hooks VALUES (1, 1, 1), (2, 1, 2);
SELECT removed('halls', '{"id": 1}', '{ id, hooks(write: own) { id, lamp(write: own) { id } } }', look => 'SELECT h.id, l.id FROM halls h, lamps l');
-- where they need not, they go in turn: a trigger sees what goes later
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE NOTICE 'photo %, album %', OLD.id, (SELECT to_jsonb(a) FROM albums a WHERE a.id = OLD.album_id); RETURN NULL; END$$;
CREATE TRIGGER note AFTER DELETE ON photos FOR EACH ROW EXECUTE FUNCTION note();
SET client_min_messages = notice;
SELECT jsonify_delete('owners', '{"id": 1}', '{ id, album(write: own) { id, photos(via: album_id, write: own) { id } } }');
SET client_min_messages = warning;
-- of views nobody knows
CREATE VIEW some_teams AS SELECT * FROM teams;
CREATE VIEW some_players AS SELECT * FROM players;
SELECT removed('some_teams', '{"id": 1}', '(by: id) { id, players: some_players(via: team_id, write: own, by: id) { id } }', look => 'SELECT id FROM teams');
-- Deleting is all that anybody need be allowed.
CREATE ROLE jsonify_deletes;
GRANT USAGE ON SCHEMA t_save_delete TO jsonify_deletes;
GRANT SELECT, DELETE ON teams, players TO jsonify_deletes;
SET ROLE jsonify_deletes;
SELECT removed('teams', '{"id": 1}', :'d');
RESET ROLE;
DROP OWNED BY jsonify_deletes;
DROP ROLE jsonify_deletes;
-- What a row that is deleted says of its own relations is not read, so nothing is missing there.
CREATE TABLE parts (id int PRIMARY KEY, thing_id int REFERENCES things ON DELETE SET NULL);
INSERT INTO parts VALUES (1, 2);
SELECT jsonify_save('boxes', '{"id": 2, "things": [{"id": 2, "gone": true, "parts": [{"id": 1}]}, {"id": 3, "parts": []}]}',
  '{ id, things(write: own) { id, gone: @delete, parts(write: link) { id } } }');

-- What a row owns by each of several relations that have it.
CREATE TABLE chests (id int PRIMARY KEY);
CREATE TABLE jewels (id int PRIMARY KEY, chest_id int REFERENCES chests);
CREATE TABLE labels (id int PRIMARY KEY, jewel_id int REFERENCES jewels ON DELETE SET NULL);
CREATE TABLE prices (id int PRIMARY KEY, jewel_id int REFERENCES jewels ON DELETE SET NULL);
INSERT INTO chests VALUES (1);
INSERT INTO jewels VALUES (1, 1), (2, 1);
INSERT INTO labels VALUES (1, 1), (2, 2);
INSERT INTO prices VALUES (1, 1), (2, 2);
\set chest '{ id, jewels(write: own) { id, labels(write: own) { id } }, again: jewels(write: own) { id, prices(write: own) { id } } }'
BEGIN;
SELECT jsonify_delete('chests', '{"id": 1}', :'chest');
SELECT (SELECT count(*) FROM jewels), (SELECT count(*) FROM labels), (SELECT count(*) FROM prices);
ROLLBACK;
SELECT action, relation, loc, key FROM jsonify_plan('chests', '{"id": 1}', :'chest', options => '{"mode": "delete"}');
DROP SCHEMA t_save_delete CASCADE;
