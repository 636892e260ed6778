-- What jsonify sees is what the calling query sees: its snapshot, its
-- transaction's own changes, its cursor's moment. LATERAL beside it says what
-- that is.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_snap;
SET search_path = t_snap, public;
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TABLE posts (id int PRIMARY KEY, author_id int REFERENCES users);
INSERT INTO users VALUES (1, 'ann'), (2, 'bob');
INSERT INTO posts VALUES (1, 1), (2, 1), (3, 2);
CREATE FUNCTION want(u users) RETURNS jsonb LANGUAGE sql STABLE
  AS $$SELECT jsonb_build_object('posts', coalesce(jsonb_agg(jsonb_build_object('id', id) ORDER BY id), '[]')) FROM posts WHERE author_id = u.id$$;

-- Within a transaction, its own changes; after a rollback to a savepoint, not.
BEGIN;
INSERT INTO posts VALUES (4, 1);
SELECT jsonify(u, '{ posts { id } }') AS got, want(u) FROM users u WHERE id = 1;
SAVEPOINT s;
DELETE FROM posts WHERE id < 3;
SELECT jsonify(u, '{ posts { id } }') AS got, want(u) FROM users u WHERE id = 1;
ROLLBACK TO s;
SELECT jsonify(u, '{ posts { id } }') AS got, want(u) FROM users u WHERE id = 1;
ROLLBACK;
SELECT jsonify(u, '{ posts { id } }') AS got, want(u) FROM users u WHERE id = 1;

-- A statement does not see what it does itself: RETURNING, a modifying CTE, an
-- INSERT from a SELECT that reads what it fills.
BEGIN;
INSERT INTO posts VALUES (5, 1) RETURNING jsonify(posts, '{ id author { name posts { id } } }') AS got, (SELECT jsonb_agg(p.id ORDER BY id) FROM posts p WHERE p.author_id = posts.author_id) AS want;
UPDATE users SET name = 'ANN' WHERE id = 1 RETURNING jsonify(users, '{ name posts { id author { name } } }');
WITH i AS (INSERT INTO posts VALUES (6, 1) RETURNING *) SELECT jsonify(u, '{ posts { id } }') AS got, want(u), (SELECT count(*) FROM i) FROM users u WHERE id = 1;
INSERT INTO posts SELECT 10 + (jsonify(u, '{ posts { id } }') #>> '{posts,-1,id}')::int, id FROM users u, generate_series(1, 1) RETURNING *;
WITH d AS (DELETE FROM posts WHERE author_id = 2 RETURNING posts AS p) SELECT jsonify_agg(p, '{ id author { posts { id } } }' ORDER BY (p).id) FROM d;
ROLLBACK;

-- A cursor sees the moment when it was opened.
BEGIN;
DECLARE c CURSOR FOR SELECT jsonify(u, '{ name posts { id } }') AS got, want(u) FROM users u ORDER BY id;
FETCH 1 FROM c;
INSERT INTO posts VALUES (7, 2);
UPDATE users SET name = 'BOB' WHERE id = 2;
FETCH 1 FROM c;
SELECT jsonify(u, '{ name posts { id } }') AS got, want(u) FROM users u WHERE id = 2;
ROLLBACK;

-- In a function: a VOLATILE one sees the change before, a STABLE one what its
-- caller's query sees, a loop's query its own beginning.
CREATE FUNCTION f_volatile(n int) RETURNS TABLE (got jsonb, want jsonb) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  FOR i IN 1 .. n LOOP
    INSERT INTO posts SELECT max(id) + 1, 1 FROM posts;
    RETURN QUERY SELECT jsonify(u, '{ posts { id } }'), want(u) FROM users u WHERE id = 1;
  END LOOP;
END$$;
CREATE FUNCTION f_stable(u users, OUT got jsonb, OUT want jsonb) LANGUAGE plpgsql STABLE AS $$
BEGIN
  got := jsonify(u, '{ posts { id } }'); want := want(u);
END$$;
CREATE FUNCTION f_insert(n int) RETURNS int LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  INSERT INTO posts VALUES (n, 1); RETURN n;
END$$;
BEGIN;
SELECT count(*), bool_and(got = want) AS ok, max(jsonb_array_length(got -> 'posts')) FROM f_volatile(8);
SELECT f_insert(100 + id), s.got = s.want AS same, jsonb_array_length(s.got -> 'posts') AS n FROM users u, f_stable(u) s ORDER BY id;
DO $$
DECLARE r record; n int := 200;
BEGIN
  FOR r IN SELECT u.id, jsonify(u, '{ posts { id } }') AS got, want(u) AS want FROM users u, generate_series(1, 60) LOOP
    n := n + 1;
    INSERT INTO posts VALUES (n, r.id);
    IF r.got <> r.want THEN RAISE INFO 'got %, want %', r.got, r.want; END IF;
  END LOOP;
END$$;
ROLLBACK;
-- A volatile function in one query: jsonify after it still has the query's snapshot.
BEGIN;
SELECT f_insert(300 + i), jsonify(u, '{ posts { id } }') AS got, want(u) FROM users u, generate_series(1, 2) i WHERE id = 1;
ROLLBACK;

-- A row is the row that was given, whatever the table holds by now or ever held;
-- what it leads to comes from the tables.
SELECT jsonify(ROW(2, 'made up')::users, '{ name posts { id author { name } } }');
SELECT jsonify(ROW(77, 'nobody')::users, '{ name posts { id } }'), jsonify(ROW(NULL, NULL)::users, '{ name posts { id } }'), jsonify(ROW(9, 99)::posts, '{ id author { name } }');
SELECT jsonify(jsonb_populate_record(NULL::posts, '{"id": 5, "author_id": 2}'), '{ id author { name } }');

-- Read-only, repeatable read, and in a transaction that has failed before.
BEGIN READ ONLY;
SELECT jsonify(u, '{ posts { author { name } } }') FROM users u WHERE id = 2;
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT jsonify_agg(u, '{ name posts { id } }' ORDER BY id) FROM users u;
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT jsonify_agg(u, '{ name posts { id } }' ORDER BY id) FROM users u;
COMMIT;
BEGIN;
SAVEPOINT s;
SELECT jsonify_agg(u, '{ name posts { id } }' ORDER BY id), 1 / (count(*) - 2) FROM users u;
ROLLBACK TO s;
SELECT jsonify_agg(u, '{ name posts { id } }' ORDER BY id) FROM users u;
COMMIT;

-- No lock outlives the query but those that any query takes, and the relations
-- read are locked as a query locks them.
BEGIN;
SELECT jsonify(u, '{ posts { id } }') FROM users u WHERE id = 2;
SELECT DISTINCT relation::regclass, mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation IN ('users'::regclass, 'posts'::regclass) ORDER BY 1;
COMMIT;

-- Foreign keys switched off, rows left without a parent: null, as in a join.
BEGIN;
ALTER TABLE posts DISABLE TRIGGER ALL;
INSERT INTO posts VALUES (50, 55);
SELECT jsonify(p, '{ id author { name } }') FROM posts p WHERE id = 50;
ROLLBACK;
DROP SCHEMA t_snap CASCADE;
