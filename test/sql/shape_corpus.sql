-- The shapes that the fuzzer starts from, each parsed and resolved on the server:
-- those of fuzz/valid.txt follow the grammar, those of fuzz/invalid.txt do not.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_shape_corpus;
SET search_path = t_shape_corpus, public;
\set valid `cat "$PG_ABS_SRCDIR/../fuzz/valid.txt"`
\set invalid `cat "$PG_ABS_SRCDIR/../fuzz/invalid.txt"`
CREATE TYPE place AS (city text);
CREATE TABLE users (id int PRIMARY KEY, username text, email text, pw text, country text, created_at timestamptz, manager_id int REFERENCES users);
CREATE TABLE posts (id int PRIMARY KEY, author_id int REFERENCES users, title text, views int, published bool, date date, place place, labels text[], meta jsonb);
CREATE TABLE comments (id int PRIMARY KEY, post_id int REFERENCES posts, author_id int REFERENCES users, body text);
CREATE TABLE tags (id int PRIMARY KEY, name text);
CREATE TABLE posts_tags (post_id int REFERENCES posts, tag_id int REFERENCES tags, PRIMARY KEY (post_id, tag_id));
CREATE FUNCTION friends(users) RETURNS SETOF users LANGUAGE sql STABLE AS 'SELECT * FROM t_shape_corpus.users WHERE id = $1.id + 1';
CREATE FUNCTION reports(users) RETURNS SETOF users LANGUAGE sql STABLE AS 'SELECT * FROM t_shape_corpus.users WHERE manager_id = $1.id';
INSERT INTO users VALUES (1, 'ada', 'a@x', 'pw', 'PL', '2024-01-01', NULL), (2, 'ben', NULL, 'pw', NULL, NULL, 1);
INSERT INTO posts VALUES (1, 1, 'a', 3, true, '2024-01-01', '(Wien)', '{a}', '{"theme": "dark", "tags": ["a"], "n": 2}'), (2, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
SELECT jsonify_define('users', 'card', '{ id, username }');
CREATE FUNCTION state_of(shape text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM jsonify_find('users', shape, '{"n": 1, "t": "a", "list": [1], "labels": ["a"], "id": 1, "1": 1}', '{"unknown_params": "ignore"}');
  RETURN 'a document';
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE;
END$$;
CREATE TABLE seeds AS
SELECT 'valid' AS file, n, replace(line, '¶', E'\n') AS shape FROM string_to_table(rtrim(:'valid', E'\n'), E'\n') WITH ORDINALITY t (line, n) UNION ALL
SELECT 'invalid', n, replace(line, '¶', E'\n') FROM string_to_table(rtrim(:'invalid', E'\n'), E'\n') WITH ORDINALITY t (line, n);
ALTER TABLE seeds ADD state text;
UPDATE seeds SET state = state_of(shape);
SELECT file, state, count(*) FROM seeds GROUP BY file, state ORDER BY file DESC, state;
SELECT shape, (SELECT jsonb_agg(d) FROM jsonify_find('users', shape) d) AS documents
  FROM seeds WHERE shape IN ('{ a: id, b: username }', '{ p: posts { title } }') ORDER BY n;
-- The grammar's errors are those of the one file, and only those (22023: a number of rows; 54011: of columns).
SELECT file, n, shape, state FROM seeds
 WHERE CASE file WHEN 'valid' THEN state IN ('42601', '54001') ELSE state NOT IN ('42601', '54001', '54011', '22023') END ORDER BY file, n;
DROP SCHEMA t_shape_corpus CASCADE;
