-- From PL/pgSQL and from within other functions: records of every kind,
-- triggers, errors in the middle, and calls inside calls.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_pl;
SET search_path = t_pl, public;
\set helpers `echo "$PG_ABS_SRCDIR/helpers.sql"`
\i :helpers
CREATE TABLE users (id int PRIMARY KEY, name text, gone int);
ALTER TABLE users DROP COLUMN gone, ADD COLUMN mail text;
CREATE TABLE posts (id int PRIMARY KEY, title text, author_id int REFERENCES users);
INSERT INTO users VALUES (1, 'ann', 'a@x'), (2, 'bob', NULL);
INSERT INTO posts VALUES (1, 'x', 1), (2, 'y', 1);

-- Variables: records, row types, fields of them, loops over queries of several
-- types, arrays of rows, a record not yet assigned.
DO $$
DECLARE r record; u users; us users[]; v users%ROWTYPE; n int := 0;
BEGIN
  SELECT 1 AS a, 'x' AS b INTO r;
  RAISE INFO '% | %', jsonify(r), jsonify(r, '{ b }');
  SELECT * INTO r FROM users WHERE id = 1;
  RAISE INFO '% | %', jsonify(r), jsonify(r, '{ name }');
  SELECT u_ INTO r FROM users u_ WHERE id = 1;
  RAISE INFO '%', jsonify(r.u_, '{ id posts { title } }');
  SELECT * INTO u FROM users WHERE id = 1;
  u.name := 'changed';
  RAISE INFO '% | %', jsonify(u), jsonify(u, '{ name posts { id author { name } } }');
  u := NULL;
  RAISE INFO '% | %', jsonify(u), jsonify(u, '{ name posts { id } }');
  u := ROW(2, 'made', NULL);
  us := array_agg(x ORDER BY x.id) FROM users x;
  us := us || u;
  RAISE INFO '% | %', jsonify(us, '{ id name }'), jsonify(us[1], '{ posts { id } }');
  us[1].name := 'in place';
  RAISE INFO '%', jsonify(us, '{ name }');
  FOR r IN SELECT id, name FROM users ORDER BY id LOOP RAISE INFO '%', jsonify(r); END LOOP;
  FOR r IN SELECT p.*, u_ AS author FROM posts p JOIN users u_ ON u_.id = author_id ORDER BY p.id LOOP RAISE INFO '%', jsonify(r, '{ id author }'); END LOOP;
  FOREACH v IN ARRAY us LOOP n := n + length(jsonify(v, '{ name posts { id } }')::text); END LOOP;
  RAISE INFO '%', n;
  FOR r IN EXECUTE 'SELECT 1 AS x' LOOP RAISE INFO '%', jsonify(r); END LOOP;
  FOR r IN EXECUTE 'SELECT true AS y, NULL AS z' LOOP RAISE INFO '%', jsonify(r); END LOOP;
END$$;
DO $$
DECLARE r record;
BEGIN
  RAISE INFO '%', jsonify(r);
END$$;

-- Triggers: NEW and OLD, whole and with related rows; before and after, of a row
-- that is not in the table yet; a generated column; an audit log.
CREATE TABLE log (n int GENERATED ALWAYS AS IDENTITY, what text, old jsonb, new jsonb, related jsonb);
CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO log (what, old, new, related)
  VALUES (TG_WHEN || ' ' || TG_OP, jsonify(OLD), jsonify(NEW),
    CASE WHEN TG_OP = 'DELETE' THEN jsonify(OLD, '{ author { name posts { id } } }')
         ELSE jsonify(NEW, '{ author { name posts { id } } }') END);
  IF NOT (same(jsonify(OLD), to_jsonb(OLD)) AND same(jsonify(NEW), to_jsonb(NEW))) THEN RAISE 'differs'; END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END$$;
ALTER TABLE posts ADD COLUMN loud text GENERATED ALWAYS AS (upper(title)) STORED;
CREATE TRIGGER before BEFORE INSERT OR UPDATE OR DELETE ON posts FOR EACH ROW EXECUTE FUNCTION audit();
CREATE TRIGGER after AFTER INSERT OR UPDATE OR DELETE ON posts FOR EACH ROW EXECUTE FUNCTION audit();
INSERT INTO posts VALUES (3, 'z', 2);
UPDATE posts SET title = 'zz', author_id = 1 WHERE id = 3;
DELETE FROM posts WHERE id = 3;
SELECT what, old, new, related FROM log ORDER BY n;
-- transition tables, whose rows are anonymous records until they are cast, and a trigger's condition
CREATE FUNCTION summary() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE INFO '%', (SELECT jsonify_agg(ROW(r.*)::posts, '{ id author { name } }' ORDER BY id) FROM rows_ r);
  RETURN NULL;
END$$;
DROP TRIGGER before ON posts; DROP TRIGGER after ON posts;
CREATE TRIGGER s AFTER INSERT ON posts REFERENCING NEW TABLE AS rows_ FOR EACH STATEMENT EXECUTE FUNCTION summary();
INSERT INTO posts (id, title, author_id) VALUES (4, 'p', 2), (5, 'q', NULL);
DROP TRIGGER s ON posts;
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE INFO 'by %', jsonify(NEW, '{ author { name } }') #>> '{author,name}'; RETURN NULL; END$$;
CREATE TRIGGER w AFTER UPDATE ON posts FOR EACH ROW WHEN (jsonify(NEW, '{ author_id }') <> jsonify(OLD, '{ author_id }')) EXECUTE FUNCTION note();
UPDATE posts SET author_id = 1, title = title || '!' WHERE id IN (1, 5);
DROP TRIGGER w ON posts;

-- Errors in a document, caught in a block, over and over; what comes after is
-- right, and so is what was under way around it.
CREATE FUNCTION boom(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$BEGIN IF $1 = 2 THEN RAISE 'boom'; END IF; RETURN $1; END$$;
CREATE VIEW fragile AS SELECT id, boom(id) AS x FROM posts;
CREATE FUNCTION caught(q text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE j jsonb;
BEGIN
  EXECUTE q INTO j;
  RETURN left(j::text, 100);
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE;
END$$;
DO $$
DECLARE bad int := 0;
BEGIN
  FOR i IN 1 .. 300 LOOP
    IF caught('SELECT jsonify_agg(f ORDER BY id) FROM t_pl.fragile f') <> 'P0001' THEN bad := bad + 1; END IF;
    IF caught('SELECT jsonify(u, ''{ posts { nope } }'') FROM t_pl.users u') <> '42703' THEN bad := bad + 1; END IF;
    IF (SELECT jsonify(u, '{ posts { id } }') FROM users u WHERE id = 1) <> '{"posts": [{"id": 1}, {"id": 2}, {"id": 5}]}' THEN bad := bad + 1; END IF;
  END LOOP;
  RAISE INFO '% wrong', bad;
END$$;
SELECT jsonify(u, '{ name posts { id } }') AS outer_, caught('SELECT jsonify(u, ''{ posts { nope } }'') FROM t_pl.users u') AS inner_,
       jsonify_agg(u, '{ id posts { title } }') OVER (ORDER BY id) AS aggregate
FROM users u ORDER BY id;
-- a statement that is cancelled half way; a document that grows beyond what
-- jsonb can hold, of few rows but many repetitions
SET statement_timeout = '200ms';
SELECT jsonify_agg(p, '{ id author { name posts { id author { name } } } }') FROM posts p, generate_series(1, 20000000);
RESET statement_timeout;
SELECT jsonify(u, repeat('{ posts { author ', 17) || '{ id }' || repeat(' } }', 17)) FROM users u WHERE id = 1;
SELECT jsonify(p, '{ author { posts { id } } }') FROM posts p WHERE id = 1;

-- Calls inside calls: jsonify within a function that a domain's check, a row's
-- policy, a generated expression or an output runs while another document is
-- being made.
CREATE FUNCTION doc_ok(int) RETURNS bool LANGUAGE sql STABLE AS $$SELECT jsonify(u, '{ posts { id author { id } } }') @> jsonb_build_object('posts', '[]'::jsonb) FROM t_pl.users u WHERE id = 1$$;
CREATE DOMAIN checked AS int CHECK (doc_ok(VALUE));
CREATE TYPE holder AS (c checked, n int);
SELECT jsonify(jsonb_populate_record(NULL::holder, '{"c": 5, "n": 1}'), '{ c n }');
CREATE FUNCTION nested(depth int) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF depth = 0 THEN RETURN (SELECT jsonify(u, '{ id }') FROM users u WHERE id = 2); END IF;
  RETURN (SELECT jsonify(r, '{ d, inner: n }') FROM (SELECT depth AS d, nested(depth - 1) AS n) r);
END$$;
SELECT nested(5);
SELECT jsonify(r, '{ u p }')
  FROM (SELECT jsonify(u, '{ id posts { id } }') AS u,
               (SELECT jsonify_agg(p, '{ author { name } }' ORDER BY p.id) FROM posts p WHERE p.author_id = u.id) AS p
        FROM users u) r
  ORDER BY r.u -> 'id';
-- a policy that makes documents while the rows of one are being loaded
CREATE ROLE regress_jsonify_pl;
GRANT USAGE ON SCHEMA t_pl TO regress_jsonify_pl;
GRANT SELECT ON users, posts TO regress_jsonify_pl;
ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
CREATE POLICY nest ON posts USING (jsonify(posts, '{ author { id name } }') -> 'author' ->> 'name' = 'ann');
SET ROLE regress_jsonify_pl;
SELECT jsonify_agg(u, '{ id posts { id author { name posts { id } } } }' ORDER BY id) FROM users u;
RESET ROLE;
ALTER TABLE posts DISABLE ROW LEVEL SECURITY;
-- a user's own type whose output function makes a document
CREATE TABLE tree (id int PRIMARY KEY, up_id int REFERENCES tree);
INSERT INTO tree SELECT i, nullif(i / 3, 0) FROM generate_series(1, 40) i;
CREATE FUNCTION subtree(t tree) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN jsonify(t, '{ id }') || jsonb_build_object('kids', (SELECT coalesce(jsonify_agg(s ORDER BY s -> 'id'), '[]') FROM (SELECT subtree(k) FROM tree k WHERE k.up_id = t.id) x (s)));
END$$;
SELECT subtree(t) FROM tree t WHERE id = 4;

-- In CHECK constraints, defaults, indexes on what is immutable, SQL functions
-- that are inlined, procedures that commit.
CREATE TABLE guarded (id int, t text, CHECK (jsonify(guarded, '{ t }') <> '{"t": "bad"}'));
INSERT INTO guarded VALUES (1, 'good');
INSERT INTO guarded VALUES (2, 'bad');
\set VERBOSITY sqlstate
CREATE INDEX ON users (jsonify(name)); -- as an index would not hold: not immutable
\set VERBOSITY default
CREATE FUNCTION inlined(users) RETURNS jsonb LANGUAGE sql STABLE AS $$SELECT jsonify($1, '{ name posts { id } }')$$;
SELECT inlined(u) FROM users u ORDER BY id;
CREATE PROCEDURE commits() LANGUAGE plpgsql AS $$
DECLARE r record;
BEGIN
  FOR i IN 1 .. 3 LOOP
    INSERT INTO t_pl.posts VALUES (100 + i, 'c', 2);
    COMMIT;
    RAISE INFO '%', (SELECT jsonify(u, '{ posts { id author { id } } }') FROM t_pl.users u WHERE id = 2);
    UPDATE t_pl.users SET name = 'rolled back';
    ROLLBACK;
  END LOOP;
  FOR r IN SELECT jsonify(u, '{ name posts { id } }') AS d FROM t_pl.users u ORDER BY id LOOP
    RAISE INFO '%', r.d;
    COMMIT;
  END LOOP;
END$$;
CALL commits();
DROP SCHEMA t_pl CASCADE;
DROP ROLE regress_jsonify_pl;
