-- jsonify_relationships(): every relationship of a table that the role may follow, and
-- that each can be written as it says.
\set SHOW_CONTEXT never
\pset null '-'
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE ROLE regress_jsonify_app;
CREATE SCHEMA t_list;
CREATE SCHEMA "t List.2";
GRANT USAGE ON SCHEMA t_list TO PUBLIC;
SET search_path = t_list, public;
CREATE TABLE users (id int PRIMARY KEY, name text, best_id int, "Up ""Id" int CONSTRAINT "up, (x)" REFERENCES users);
CREATE TABLE posts (id bigint PRIMARY KEY, author_id int REFERENCES users, editor_id int REFERENCES users);
CREATE TABLE cards (id int PRIMARY KEY, user_id int UNIQUE REFERENCES users);
CREATE TABLE likes (user_id int REFERENCES users, post_id bigint REFERENCES posts, PRIMARY KEY (user_id, post_id));
CREATE TABLE follows (follower_id int REFERENCES users, followee_id int CONSTRAINT followed REFERENCES users, PRIMARY KEY (follower_id, followee_id));
CREATE TABLE pairs (a int, b text, PRIMARY KEY (a, b));
CREATE TABLE notes (id int PRIMARY KEY, pb text, pa int, FOREIGN KEY (pb, pa) REFERENCES pairs (b, a));
CREATE TABLE "t List.2".posts (id int PRIMARY KEY, "user" int REFERENCES users);
CREATE TABLE votes (user_id int REFERENCES users, for_id int REFERENCES cards, against_id int REFERENCES cards, PRIMARY KEY (user_id, for_id, against_id));
CREATE TABLE parted (id int PRIMARY KEY, card_id int REFERENCES cards) PARTITION BY LIST (id);
CREATE TABLE part PARTITION OF parted DEFAULT;
CREATE TABLE alone (id int);
ALTER TABLE users ADD CONSTRAINT best FOREIGN KEY (best_id) REFERENCES posts;
CREATE VIEW v AS SELECT * FROM users;
CREATE FUNCTION latest(users) RETURNS posts LANGUAGE sql STABLE AS 'SELECT p FROM t_list.posts p WHERE author_id = $1.id ORDER BY id DESC LIMIT 1';
CREATE FUNCTION cards(posts) RETURNS SETOF cards LANGUAGE sql STABLE AS 'SELECT * FROM t_list.cards';
CREATE FUNCTION "one (of) many"(posts) RETURNS SETOF cards LANGUAGE sql STABLE ROWS 1 AS 'SELECT * FROM t_list.cards LIMIT 1';
CREATE FUNCTION of_view(v) RETURNS SETOF posts LANGUAGE sql STABLE AS 'SELECT * FROM t_list.posts';
CREATE FUNCTION scalar(users) RETURNS text LANGUAGE sql STABLE AS 'SELECT $1.name';
CREATE FUNCTION too_volatile(users) RETURNS posts LANGUAGE sql VOLATILE AS 'SELECT p FROM t_list.posts p';
INSERT INTO users VALUES (1, 'ann'), (2, 'bob');

SELECT * FROM jsonify_relationships('users') ORDER BY kind, name, spelling COLLATE "C";
SELECT * FROM jsonify_relationships('posts') ORDER BY kind, name, spelling COLLATE "C";
SELECT * FROM jsonify_relationships('likes') ORDER BY kind, name, spelling COLLATE "C";
SELECT * FROM jsonify_relationships('pairs');
SELECT * FROM jsonify_relationships('notes');
SELECT * FROM jsonify_relationships('cards') ORDER BY kind, name, spelling COLLATE "C";
SELECT * FROM jsonify_relationships('v');
SELECT * FROM jsonify_relationships('parted');
SELECT * FROM jsonify_relationships('part');
SELECT count(*) FROM jsonify_relationships('alone');
SELECT count(*) FROM jsonify_relationships(NULL);
SELECT jsonify_relationships('users_pkey');
SELECT jsonify_relationships('pg_class') IS NOT NULL;

-- Each that has a spelling can be written so, leads to its target, and is an array or
-- not as it says; where the bare name is not ambiguous, it means the same; where it
-- is, it is an error, or means something else.
CREATE FUNCTION check_all(t regclass) RETURNS TABLE (checked bigint, wrong text) LANGUAGE plpgsql AS $$
DECLARE r record; d jsonb; e jsonb; bad text[]; state text;
BEGIN
  checked := 0;
  FOR r IN SELECT * FROM jsonify_relationships(t) LOOP
    CONTINUE WHEN r.spelling IS NULL;
    checked := checked + 1;
    BEGIN
      PERFORM count(*) FROM jsonify_explain(t, '{ k: ' || r.spelling || ' { * } }') x
      WHERE x.path = 'k' AND x.sql ~ regexp_replace(r.target::text, '[.()]', '.', 'g');
      IF NOT FOUND THEN bad := bad || (r.spelling || ': no query'); END IF;
      EXECUTE format('SELECT jsonify(r, %L) FROM jsonb_populate_record(NULL::%s, ''{"id": 1, "name": "x"}'') r', '{ k: ' || r.spelling || ' { * } }', t) INTO d;
      IF (jsonb_typeof(d -> 'k') = 'array') <> r.many THEN bad := bad || (r.spelling || ': ' || d); END IF;
    EXCEPTION WHEN OTHERS THEN bad := bad || (r.spelling || ': ' || SQLERRM);
    END;
    BEGIN
      SELECT jsonb_agg(x.sql) INTO d FROM jsonify_explain(t, '{ k: ' || quote_ident(r.name) || ' { * } }') x;
      SELECT jsonb_agg(x.sql) INTO e FROM jsonify_explain(t, '{ k: ' || r.spelling || ' { * } }') x;
      IF (d = e) = r.ambiguous THEN bad := bad || (r.name || ': ambiguous is ' || r.ambiguous); END IF;
    EXCEPTION WHEN ambiguous_column THEN
      IF NOT r.ambiguous THEN bad := bad || (r.name || ': is ambiguous'); END IF;
    END;
  END LOOP;
  wrong := array_to_string(bad, '; ');
  RETURN NEXT;
END$$;
SELECT t, c.* FROM unnest('{users,posts,cards,likes,follows,pairs,notes,votes,v,parted,part}'::regclass[]) t, check_all(t) c;
SELECT jsonify(u, '{ a: posts(via: likes) { id }, b: best { id }, c: cards(via: user_id) { id } }') FROM users u WHERE id = 1;

-- The role's: what it may not follow is not there; a function that it may not run
-- neither; a key that it may not read makes nothing ambiguous.
SET ROLE regress_jsonify_app;
SELECT count(*) FROM jsonify_relationships('users');
RESET ROLE;
GRANT SELECT ON posts TO regress_jsonify_app;
GRANT SELECT (id, best_id) ON users TO regress_jsonify_app;
SET ROLE regress_jsonify_app;
SELECT name, kind, target, ambiguous, spelling FROM jsonify_relationships('users') ORDER BY kind, spelling COLLATE "C";
SELECT name, kind, target, ambiguous, spelling FROM jsonify_relationships('posts') ORDER BY kind, spelling COLLATE "C";
RESET ROLE;
REVOKE EXECUTE ON FUNCTION latest(users), cards(posts) FROM PUBLIC;
SET ROLE regress_jsonify_app;
SELECT name FROM jsonify_relationships('users') WHERE kind = 'computed';
SELECT name FROM jsonify_relationships('posts') WHERE kind = 'computed';
RESET ROLE;
-- it is read anew
ALTER TABLE posts DROP CONSTRAINT posts_editor_id_fkey;
SELECT spelling FROM jsonify_relationships('users') WHERE target = 'posts'::regclass ORDER BY spelling COLLATE "C";
DROP SCHEMA t_list, "t List.2" CASCADE;
DROP ROLE regress_jsonify_app;
