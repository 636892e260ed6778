-- jsonify_find() in a select list: documents come as they are asked for, and no more
-- rows are read than the batches that they are in. A computed field tells which.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE ROLE regress_jsonify_app;
CREATE SCHEMA t_streaming;
GRANT USAGE ON SCHEMA t_streaming TO PUBLIC;
SET search_path = t_streaming, public;
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TABLE posts (id int PRIMARY KEY, title text, author_id int REFERENCES users, up_id int REFERENCES posts);
CREATE INDEX ON posts (author_id);
INSERT INTO users SELECT i, 'u' || i FROM generate_series(1, 5) i;
INSERT INTO posts SELECT i, 'p' || i, 1 + i % 5, nullif(i / 2, 0) FROM generate_series(1, 60) i;
ANALYZE;
CREATE FUNCTION seen(posts) RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'read %', $1.id; RETURN $1.id; END $$;
CREATE FUNCTION risky(posts) RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN 100 / ($1.id - 12); END $$;

-- The same as in FROM, which reads all at once, in batches of every size.
CREATE FUNCTION compare(shape text, rel regclass DEFAULT 'posts', params jsonb DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE size int; a jsonb; b jsonb; c text; d text; n int;
BEGIN
  FOREACH size IN ARRAY '{1,2,7,8,9,15,16,17,1000}'::int[] LOOP
    PERFORM set_config('jsonify.batch_size', size::text, true);
    SELECT jsonb_agg(x), count(*) INTO a, n FROM jsonify_find(rel, shape, params) x;
    SELECT jsonb_agg(x) INTO b FROM (SELECT jsonify_find(rel, shape, params) AS x OFFSET 0) y;
    SELECT string_agg(x::text, E'\n') INTO c FROM jsonify_find_text(rel, shape, params) x;
    SELECT string_agg(x::text, E'\n') INTO d FROM (SELECT jsonify_find_text(rel, shape, params) AS x OFFSET 0) y;
    IF a IS DISTINCT FROM b OR c IS DISTINCT FROM d THEN RETURN 'differ: ' || size; END IF;
  END LOOP;
  RETURN n || ' ok';
END$$;
SELECT compare('{ * }'), compare('(order: title desc) { id author { name } }'), compare('(where: id > 1000) { * }'), compare('(limit: 17, offset: 3) { id, up { id, up { id } } }'),
  compare('(where: id <= $n) { id posts(via: up_id, recurse: 9) }', 'posts', '{"n": 16}'), compare('{ name posts(page: 3) { title } }', 'users'), compare(NULL, 'users'),
  compare('(where: id in $list) { id, author.name }', 'posts', (SELECT jsonb_build_object('list', jsonb_agg(i)) FROM generate_series(1, 200) i));
SELECT count(*) FROM (SELECT jsonify_find(NULL, '{ * }') OFFSET 0) x;

-- LIMIT stops; a cursor reads as many batches as are fetched, which grow.
SET client_min_messages = notice;
SELECT jsonify_find('posts', '{ seen }') LIMIT 1;
SET jsonify.batch_size = 3;
SELECT jsonify_find('posts', '{ seen }') LIMIT 4;
RESET jsonify.batch_size;
SELECT x FROM jsonify_find('posts', '(where: id < 4) { seen }') x LIMIT 1;
BEGIN;
DECLARE c CURSOR FOR SELECT jsonify_find('posts', '{ seen author { name } }');
FETCH 2 FROM c;
FETCH 6 FROM c;
FETCH 1 FROM c;
CLOSE c;
COMMIT;
-- the plan is one that begins soon
SET client_min_messages = warning;
CREATE TABLE many (id int PRIMARY KEY, filler text);
INSERT INTO many SELECT i, repeat('x', 100) FROM generate_series(1, 20000) i;
VACUUM ANALYZE many;
BEGIN;
SELECT jsonify_find('many', '{ id }') LIMIT 1;
SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relid = 'many'::regclass;
COMMIT;

-- All of it is of the moment at which the cursor was opened, related rows too.
BEGIN;
DECLARE c CURSOR FOR SELECT jsonify_find('posts', '(where: id > 50) { id author { name } up { id } }');
FETCH 1 FROM c;
UPDATE users SET name = name || '!';
DELETE FROM posts WHERE id > 55;
INSERT INTO posts VALUES (100, 'new', 1);
FETCH ALL FROM c;
ROLLBACK;
-- First read in a subtransaction that is rolled back, and closed in another.
BEGIN;
DECLARE c CURSOR FOR SELECT jsonify_find('posts', '{ id author { name } }'), jsonify_find_text('users', '{ name posts { id } }');
SAVEPOINT a;
FETCH 1 FROM c;
ROLLBACK TO a;
MOVE 6 FROM c;
SAVEPOINT b;
FETCH 2 FROM c;
RELEASE b;
MOVE ALL FROM c;
ROLLBACK TO a;
CLOSE c;
COMMIT;
-- An error ends the cursor, and nothing else.
BEGIN;
DECLARE c CURSOR FOR SELECT jsonify_find('posts', '{ id risky }');
FETCH 1 FROM c;
SAVEPOINT a;
MOVE 20 FROM c;
ROLLBACK TO a;
FETCH 1 FROM c;
ROLLBACK TO a;
SELECT jsonify_find('posts', '{ id risky }') LIMIT 2;
COMMIT;
SELECT jsonify_find('posts', '{ nope }') LIMIT 1;
SELECT jsonify_find('posts', '(where: id = $x) { id }') LIMIT 1;
-- Held: the rest is read at COMMIT.
BEGIN;
DECLARE c CURSOR WITH HOLD FOR SELECT jsonify_find('posts', '(limit: 20) { id, up.title }');
FETCH 1 FROM c;
COMMIT;
UPDATE posts SET title = 'other' WHERE id = 9;
MOVE 17 FROM c;
FETCH ALL FROM c;
CLOSE c;
UPDATE posts SET title = 'p9' WHERE id = 9;
-- left open at the end of a transaction
BEGIN; DECLARE c CURSOR FOR SELECT jsonify_find('posts'); MOVE 1 FROM c; COMMIT;
BEGIN; DECLARE c CURSOR FOR SELECT jsonify_find('posts'); MOVE 1 FROM c; ROLLBACK;

-- Several in one select list, in ROWS FROM, for each row, begun anew and stopped in
-- the middle.
SELECT jsonify_find('users', '{ id }'), jsonify_find('users', '(where: id > 3) { id posts(limit: 1) { id } }'), generate_series(1, 2);
SELECT * FROM ROWS FROM (jsonify_find('users', '(limit: 2) { id }'), jsonify_find('users', '(limit: 3) { name }')) AS r (a, b);
SELECT id, jsonify_find('posts', '(where: author_id = $id, limit: 2) { id }', jsonb_build_object('id', id)) FROM users WHERE id < 4;
SELECT id, (SELECT jsonify_find('posts', '(where: author_id = $id) { id author { name } }', jsonb_build_object('id', id)) LIMIT 1) FROM users ORDER BY id;
SELECT count(*), count(DISTINCT d) FROM users, LATERAL (SELECT jsonify_find('posts', '(where: id > $id) { id }', jsonb_build_object('id', users.id)) AS d LIMIT 9) x;
SELECT count(*) FROM (SELECT jsonify_find(CASE WHEN id % 2 = 0 THEN 'users' ELSE 'posts' END::regclass, CASE WHEN id < 3 THEN '{ id }' END) FROM users) x;
CREATE FUNCTION listed(int) RETURNS SETOF jsonb STABLE LANGUAGE sql AS $$ SELECT jsonify_find('posts', '(where: id > $n) { id }', jsonb_build_object('n', $1)) $$;
SELECT listed(50) LIMIT 2;
SELECT count(*) FROM listed(20);
CREATE FUNCTION looped(raising boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE d jsonb; n int := 0; failed int := 0;
BEGIN
  FOR d IN SELECT jsonify_find('posts', '{ id author { name } }') LOOP
    n := n + 1;
    BEGIN
      UPDATE users SET name = 'changed';
      IF raising THEN RAISE EXCEPTION 'no'; END IF;
    EXCEPTION WHEN raise_exception THEN failed := failed + 1;
    END;
    EXIT WHEN n = 40;
  END LOOP;
  RETURN format('%s rows, %s failed, last %s', n, failed, d);
END$$;
BEGIN; SELECT looped(true), looped(false); ROLLBACK;
CREATE PROCEDURE committing() LANGUAGE plpgsql AS $$
DECLARE d jsonb; n int := 0;
BEGIN
  FOR d IN SELECT jsonify_find('posts', '{ id author { name } }') LOOP n := n + 1; COMMIT; END LOOP;
  RAISE WARNING '%: %', n, d;
END$$;
CALL committing();
-- parameters that are toasted, and gone by the second batch
CREATE TABLE asked (params jsonb);
INSERT INTO asked SELECT jsonb_build_object('list', jsonb_agg(i), 'x', repeat('y', 50000)) FROM generate_series(1, 40) i;
SELECT count(*), count(DISTINCT d) FROM (SELECT jsonify_find('posts', '(where: id in $list) { id author { name } }', params || '{}', jsonb_build_object('unknown_params', 'ignore')) AS d FROM asked) x;

-- What is altered in between: nothing is misread.
BEGIN;
DECLARE c CURSOR FOR SELECT jsonify_find('posts', '{ id author { name } }');
FETCH 1 FROM c;
ALTER TABLE users ALTER COLUMN name TYPE varchar(5);
MOVE 6 FROM c;
FETCH 3 FROM c;
ROLLBACK;
BEGIN;
DECLARE c CURSOR FOR SELECT jsonify_find('posts', '{ id author { * } }');
FETCH 1 FROM c;
ALTER TABLE posts ADD COLUMN more int;
ROLLBACK;
-- Who fetches must be able to read what is read then.
GRANT SELECT ON posts TO regress_jsonify_app;
BEGIN;
DECLARE c CURSOR FOR SELECT jsonify_find('posts', '{ id author { name } }');
MOVE 7 FROM c;
SET ROLE regress_jsonify_app;
FETCH 1 FROM c;
FETCH 1 FROM c;
ROLLBACK;
RESET ROLE;
SELECT jsonify_find('posts', '(limit: 1) { id author { name } }');
DROP SCHEMA t_streaming CASCADE;
DROP ROLE regress_jsonify_app;
