-- Everything a shape can be refused for: with an SQLSTATE that a program can
-- test, the position in the shape, and where there is one a hint.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_errors;
SET search_path = t_errors, public;
CREATE TABLE users (id int PRIMARY KEY, username text, email text, password text, "Odd name" int);
CREATE TABLE posts (id int PRIMARY KEY, title text, author_id int REFERENCES users, editor_id int REFERENCES users);
CREATE TABLE likes (user_id int REFERENCES users, post_id int REFERENCES posts, PRIMARY KEY (user_id, post_id));
INSERT INTO users VALUES (1, 'ann');
INSERT INTO posts VALUES (1, 'x', 1, NULL);

-- What a person sees.
SELECT jsonify(u, '{ id, usrname }') FROM users u;
SELECT jsonify(p, E'# posts\n{ id,\n  author { id,\n    emial }\n}') FROM posts p;
SELECT jsonify(p, '{ id users { id } }') FROM posts p;
SELECT jsonify(u, '{ posts { id } }') FROM users u;
SELECT jsonify(u, '{ id') FROM users u;
SELECT jsonify(u, '{ id } x') FROM users u;
SELECT jsonify(u, '{ id, id }') FROM users u;
SELECT jsonify(u, '{ * -passwd }') FROM users u;
SELECT jsonify(u, '{ "żółw": id, "zażółć": nope }') FROM users u;
SELECT jsonify(1, '{ id }');
SELECT jsonify_agg(u, '{ nope }') FROM users u;
SELECT jsonify(u, '{ zzzzzzzzzzz }') FROM users u;
SELECT jsonify(p, '{ author(via: nope) { id } }') FROM posts p;
SELECT jsonify(p, '{ author(where: id) { id } }') FROM posts p;
\set VERBOSITY sqlstate
SELECT jsonify(u, '{ usrname }') FROM users u;
\set VERBOSITY default

-- What a program sees: the SQLSTATE of each.
CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, state text, shape text);
INSERT INTO cases (state, shape) VALUES
-- no shape at all, or not one
('42601', ''), ('42601', '  '), ('42601', '# only a comment'), ('42601', E'# {\n'), ('42704', 'id'), ('42601', '*'), ('42601', '"'), ('42601', '}'), ('42601', '[ id ]'), ('42601', '( id )'),
-- braces
('42601', '{'), ('42601', '{ id'), ('42601', '{ posts { id }'), ('42601', '{ id }}'), ('42601', '{ id } { id }'),
('42601', '{ id } id'), ('42601', '{{ id }}'), ('42601', '{ { id } }'), ('42601', '{ id: { id } }'),
('42601', '{ id # }'), ('42601', '{ id ; }'), ('42601', '{ id ] }'), ('42601', '{ id ) }'), ('42601', E'{ id \\ }'), ('42601', E'{ id \x01 }'),
-- names and keys
('42601', '{ "id }'), ('42601', '{ "id"" }'), ('42601', '{ id: }'), ('42601', '{ : id }'), ('42601', '{ key: id: id }'),
('42601', '{ key:: id }'), ('42601', '{ key: }'), ('42601', '{ ''id'' }'), ('42601', '{ 1 }'), ('42601', '{ 1id }'),
('42601', '{ key: 1a }'), ('42601', '{ key: "x }'), ('42601', '{ key: * }'), ('42601', '{ key: -id }'),
-- taking out
('42601', '{ -id }'), ('42601', '{ id -id }'),
('42601', '{ * - }'), ('42601', '{ * -- id }'), ('42601', '{ * -* }'), ('42601', '{ * -key: id }'),
('42703', '{ * -nope }'), ('42703', '{ * -ID }'), ('42703', '{ * -posts }'), ('42601', '{ * -id { id } }'),
-- args
('42601', '{ author( { id } }'), ('42601', '{ a: posts(via) { id } }'), ('42601', '{ posts(via:) { id } }'),
('42601', '{ posts(via: author_id { id } }'), ('42601', '{ posts(nope: 1) { id } }'),
('42601', '{ posts(via: author_id, via: editor_id) { id } }'), ('42601', '{ posts(author_id) { id } }'),
('42601', '{ posts(via: author_id)) { id } }'), ('42601', '{ posts(via: author_id) { id } { id } }'),
-- columns that there are not: names are matched exactly
('42703', '{ ID }'), ('42703', '{ "ID" }'), ('42703', '{ Username }'), ('42703', '{ nope }'),
('42703', '{ key: nope }'), ('42601', '{ "" }'), ('42601', '{ "": id }'), ('42703', '{ "id " }'), ('42703', '{ ctid }'),
('42703', '{ tableoid }'), ('42703', '{ xmin }'), ('42703', '{ usernam }'), ('42703', '{ "Odd name " }'),
('42703', '{ ' || repeat('x', 200) || ' }'),
-- relationships that there are not; a name with braces or args is no column
('42703', '{ nope { id } }'),
('42703', '{ id { id } }'), ('42703', '{ username { * } }'), ('42703', '{ id (via: id) }'),
('42703', '{ Posts { id } }'), ('42703', '{ posts(via: nope) { id } }'), ('42703', '{ posts(via: username) { id } }'),
('42703', '{ posts(via: Author_id) { id } }'), ('42703', '{ users { id } }'),
('42703', '{ posts(via: author_id) { nope } }'), ('42703', '{ posts(via: author_id) { author { nope } } }'),
-- names that two relationships have
('42702', '{ posts }'), ('42702', '{ posts { id } }'), ('42702', '{ a: posts { id } }'), ('42702', '{ posts(via: author_id) { users { id } } }'),
-- keys twice
('42701', '{ id id }'), ('42701', '{ id "id" }'),
('42701', '{ a: id, a: username }'), ('42701', '{ username: id, username }'), ('42701', '{ * id id }'),
('42701', '{ posts(via: author_id) posts(via: editor_id) }'), ('42701', '{ a: posts(via: author_id) { id } a: id }'),
('42701', '{ posts(via: author_id) { id, x: title, x: id } }'),
-- what is said of writing
('42601', '{ author(write: x) { id } }'), ('42601', '{ author(missing: x) { id } }'), ('42601', '{ author(by: ()) { id } }'), ('42703', '{ author(write: own, by: nope) { id } }'),
('42601', '{ id @readonly @once }'), ('42601', '{ id @once @once }'), ('42601', '{ author @once { id } }'), ('42601', '{ count(posts(via: author_id, write: own)) }'), ('42703', '{ posts(via: author_id) @once }'),
('42601', '{ @etag @utc }'), ('42701', '{ @etag @etag }'), ('42601', '{ @foo }'), ('42601', '{ key: @foo }'),
-- what later versions may give a meaning: refused, not ignored
('42601', '{ * * * : }'), ('42601', '{ id @ }'), ('42601', '{ ... }');
CREATE TABLE seen (n int, via text, state text, message text, detail text, hint text, context text);
CREATE PROCEDURE probe(n int, via text, q text) LANGUAGE plpgsql AS $$
DECLARE st text; m text; d text; h text; c text;
BEGIN
  EXECUTE q;
  INSERT INTO seen VALUES (n, via, 'none');
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS st = RETURNED_SQLSTATE, m = MESSAGE_TEXT, d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT, c = PG_EXCEPTION_CONTEXT;
  INSERT INTO seen VALUES (n, via, st, m, d, h, split_part(c, E'\n', 1));
END$$;
DO $$
DECLARE r record;
BEGIN
  FOR r IN SELECT * FROM cases LOOP
    CALL probe(r.n, 'row', format('SELECT jsonify(u, %L) FROM users u', r.shape));
    CALL probe(r.n, 'agg', format('SELECT jsonify_agg(u, %L) FROM users u', r.shape));
    CALL probe(r.n, 'array', format('SELECT jsonify(array_agg(u), %L) FROM users u', r.shape));
    CALL probe(r.n, 'param', format('SELECT jsonify(u, s) FROM users u, (VALUES (%L)) s (s)', r.shape));
  END LOOP;
END$$;
SELECT count(*) AS probes, count(*) FILTER (WHERE s.state = c.state) AS as_expected FROM cases c JOIN seen s USING (n);
SELECT n, via, left(shape, 40) AS shape, c.state AS want, s.state AS got, message FROM cases c JOIN seen s USING (n) WHERE s.state <> c.state ORDER BY n, via COLLATE "C";
-- All ways say the same, in PostgreSQL's style, and say where.
SELECT n, left(shape, 40) AS shape, array_agg(DISTINCT message) AS messages FROM cases JOIN seen USING (n) GROUP BY n, shape
HAVING count(DISTINCT (message, detail, hint, context)) > 1 ORDER BY n;
SELECT DISTINCT message FROM seen WHERE message ~ '^[A-Z]|\.$' OR message ~ '[a-z]_[a-z]+\(\)' ORDER BY 1;
SELECT DISTINCT hint, detail FROM seen WHERE hint !~ '^([A-Z].*[.?])?$' OR detail !~ '^([A-Z0-9].*[.?])?$' ORDER BY 1, 2;
SELECT n, left(shape, 40) AS shape, message, context FROM cases JOIN seen USING (n) WHERE via = 'row' AND context !~ 'line \d+.*column \d+' ORDER BY n;
SELECT DISTINCT ON (message, hint) left(shape, 45) AS shape, left(message, 90) AS message, left(hint, 110) AS hint FROM cases JOIN seen USING (n)
WHERE via = 'row' AND n IN (1, 12, 26, 39, 46, 51, 56, 64, 73, 84, 95) ORDER BY message, hint;

-- A shape for something that is not a row, or rows.
CREATE DOMAIN posint AS int;
CALL probe(201, '1', $q$SELECT jsonify(1, '{ id }')$q$);
CALL probe(202, '1', $q$SELECT jsonify('x'::text, '{ * }')$q$);
CALL probe(203, '1', $q$SELECT jsonify(ARRAY[1], '{ * }')$q$);
CALL probe(204, '1', $q$SELECT jsonify('{"id": 1}'::jsonb, '{ id }')$q$);
CALL probe(205, '1', $q$SELECT jsonify(1::posint, '{ }')$q$);
CALL probe(206, '1', $q$SELECT jsonify(int4range(1, 2), '{ lower }')$q$);
CALL probe(207, '1', $q$SELECT jsonify_agg(1, '{ id }')$q$);
CALL probe(208, '1', $q$SELECT jsonify_agg(id, '{ id }') FROM users$q$);
SELECT n, state, message FROM seen WHERE n > 200 ORDER BY n;

-- Rows without a table have columns but no relationships.
SELECT jsonify(r, '{ author { id } }') FROM (SELECT 1 AS author) r;
SELECT jsonify(ROW(1), '{ f2 }');
SELECT jsonify(array_agg(r), '{ b }') FROM (VALUES (1)) r (a);

-- Nesting: the setting's limit, and whatever is thrown at the parser.
SET jsonify.max_depth = 2;
SELECT jsonify(p, '{ author { id } }') FROM posts p;
SELECT jsonify(p, '{ author { posts(via: author_id) { id } } }') FROM posts p;
RESET jsonify.max_depth;
TRUNCATE seen;
CALL probe(1, '64', $q$SELECT jsonify(p, repeat('{ author { posts(via: author_id) ', 32) || '{ id }' || repeat(' } }', 32)) FROM posts p$q$);
CALL probe(2, 'unclosed', $q$SELECT jsonify(p, repeat('{ author ', 1000000)) FROM posts p$q$);
CALL probe(3, 'braces', $q$SELECT jsonify(p, repeat('{', 1000000)) FROM posts p$q$);
CALL probe(4, 'parentheses', $q$SELECT jsonify(p, '{ author' || repeat('(', 1000000)) FROM posts p$q$);
CALL probe(5, 'quotes', $q$SELECT jsonify(p, '{ "' || repeat('""', 1000000)) FROM posts p$q$);
CALL probe(6, 'invalid jump', $q$SELECT jsonify(p, '{ id }' || repeat(' }', 1000000)) FROM posts p$q$);
SET jsonify.max_depth = 1000000;
CALL probe(7, 'no limit', $q$SELECT jsonify(p, repeat('{ author { posts(via: author_id) ', 100000) || '{ id }' || repeat(' } }', 100000)) FROM posts p$q$);
RESET jsonify.max_depth;
SELECT via, state FROM seen ORDER BY n;

-- An error leaves nothing behind: the same shape goes wrong again, and a right
-- one works, in the same transaction.
BEGIN;
SAVEPOINT s;
SELECT jsonify(u, '{ id nope }') FROM users u;
ROLLBACK TO s;
SELECT jsonify(u, '{ id nope }') FROM users u;
ROLLBACK TO s;
SELECT jsonify(u, '{ id username }') FROM users u;
ALTER TABLE users ADD COLUMN nope int DEFAULT 5;
SELECT jsonify(u, '{ id nope }') FROM users u;
ROLLBACK;
SELECT jsonify(u, '{ id nope }') FROM users u;

-- A shape is checked even where the row has nothing to show for it, but not
-- where there is no row.
SELECT jsonify(p, '{ editor { nope } }') FROM posts p;
SELECT jsonify(u, '{ nope }') FROM users u WHERE false;
SELECT jsonify(NULL::users, '{ nope }');
DROP SCHEMA t_errors CASCADE;
