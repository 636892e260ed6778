-- What a shape names does not write, and where it fails nothing stays read-only.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_read_only;
SET search_path = t_read_only, public;
\pset format unaligned
\pset tuples_only on
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TABLE posts (id int PRIMARY KEY, author_id int REFERENCES users);
INSERT INTO users VALUES (1, 'ann'), (2, 'bob');
INSERT INTO posts VALUES (1, 1), (2, 1), (3, 2);

-- A computed field must not write, whatever calls it; and where it fails what comes
-- after may: the rest of the transaction, or one that goes on with its characteristics.
CREATE FUNCTION fails(posts) RETURNS int STABLE LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'it fails'; END$$;
CREATE FUNCTION writes(posts) RETURNS int LANGUAGE plpgsql AS $$BEGIN INSERT INTO t_read_only.posts VALUES (100, 1); RETURN 1; END$$;
SELECT jsonify(p, '{ writes }') FROM posts p WHERE id = 1;
SELECT jsonify_find('posts', '{ writes }');
SELECT jsonify(u, '{ posts { writes } }') FROM users u WHERE id = 1;
DO $$
DECLARE query text;
BEGIN
  FOREACH query IN ARRAY '{"SELECT jsonify(p, ''{ fails }'') FROM posts p", "SELECT jsonify_find(''posts'', ''{ fails }'')",
                           "SELECT jsonify(u, ''{ posts { fails } }'') FROM users u"}'::text[] LOOP
    BEGIN
      EXECUTE query;
    EXCEPTION WHEN raise_exception THEN
      RAISE WARNING '%, read-only: %', SQLERRM, current_setting('transaction_read_only');
    END;
  END LOOP;
  INSERT INTO posts VALUES (101, 1);
END$$;
BEGIN;
SELECT jsonify(p, '{ fails }') FROM posts p WHERE id = 1;
ROLLBACK AND CHAIN;
SHOW transaction_read_only;
SELECT jsonify_find('posts', '{ fails }');
COMMIT AND CHAIN;
SHOW transaction_read_only;
SELECT jsonify(u, '{ posts { fails } }') FROM users u WHERE id = 1;
ROLLBACK AND CHAIN;
SHOW transaction_read_only;
DELETE FROM posts WHERE id = 101;
COMMIT;
SELECT jsonify_agg(p, '{ id }' ORDER BY id) FROM posts p;

-- What it sets of that itself ends with it, as in a function with SET transaction_read_only
-- what SET LOCAL sets; and nothing lets it write.
CREATE FUNCTION sets(posts) RETURNS text STABLE LANGUAGE plpgsql AS $$BEGIN RETURN set_config('transaction_read_only', 'on', false); END$$;
CREATE FUNCTION fails_then(posts) RETURNS text STABLE LANGUAGE plpgsql AS $$
BEGIN
  BEGIN
    PERFORM set_config('transaction_read_only', 'on', false);
    RAISE 'stop';
  EXCEPTION WHEN raise_exception THEN RETURN current_setting('transaction_read_only');
  END;
END$$;
CREATE FUNCTION lifts(posts) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('transaction_read_only', 'off', false);
  INSERT INTO t_read_only.posts VALUES (102, 1);
  RETURN 'written';
END$$;
CREATE FUNCTION lifts_inside(posts) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  BEGIN
    SET TRANSACTION READ WRITE;
  EXCEPTION WHEN OTHERS THEN RETURN SQLERRM;
  END;
  INSERT INTO t_read_only.posts VALUES (103, 1);
  RETURN 'written';
END$$;
BEGIN;
SELECT jsonify(p, '{ sets fails_then }') FROM posts p WHERE id = 1;
SELECT jsonify_find('posts', '(where: id = 1) { sets fails_then }');
SELECT jsonify(u, '{ posts { sets fails_then } }') FROM users u WHERE id = 2;
INSERT INTO posts VALUES (105, 1);
SAVEPOINT before;
SELECT jsonify(p, '{ lifts }') FROM posts p WHERE id = 1;
ROLLBACK TO before;
SELECT jsonify_find('posts', '(where: id = 1) { lifts }');
ROLLBACK TO before;
SELECT jsonify(p, '{ lifts_inside }') FROM posts p WHERE id = 1;
SHOW transaction_read_only;
COMMIT;
SELECT jsonify_agg(p, '{ id }' ORDER BY id) FROM posts p;
BEGIN READ ONLY;
SELECT jsonify(p, '{ sets fails_then }') FROM posts p WHERE id = 1;
SHOW transaction_read_only;
COMMIT;
DROP SCHEMA t_read_only CASCADE;
