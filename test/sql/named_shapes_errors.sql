-- What cannot be a named shape, and where: each error with its SQLSTATE and its
-- place in the shape, and nothing stored by it.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_nerr;
SET search_path = t_nerr, public;
CREATE TABLE users (id int PRIMARY KEY, name text, addr jsonb);
CREATE TABLE posts (id int PRIMARY KEY, title text, author_id int REFERENCES users, editor_id int REFERENCES users);
CREATE TABLE comments (id int PRIMARY KEY, post_id int REFERENCES posts, up_id int REFERENCES comments);
INSERT INTO users VALUES (1, 'ann');
INSERT INTO posts VALUES (10, 'x', 1, 1);
INSERT INTO comments VALUES (20, 10, NULL), (21, 10, 20);
CREATE FUNCTION try(t regclass, name text, shape text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE c text; h text;
BEGIN
  PERFORM jsonify_define(t, name, shape);
  RETURN 'defined';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS c = PG_EXCEPTION_CONTEXT, h = PG_EXCEPTION_HINT;
  RETURN concat_ws(' / ', SQLSTATE || ' ' || SQLERRM, nullif(split_part(c, E'\n', 1), ''), nullif(h, ''));
END$$;

-- Not a set: args, a name, nothing, more behind it; grammar, names, ambiguity.
SELECT shape, try('posts', 'a', shape) FROM (VALUES
 ('(limit: 5) { id }'), ('card'), (''), ('  '), ('{ id } x'), ('{ id'), ('{ id }}'), ('{ ...  }'), ('{ ..card }'),
 ('{ ...card, }'), ('{ x: ...card }'), ('{ ... "" }'), ('{ ...* }'), ('{ ...card@hex }'), ('{ ...card(via: x) }'),
 (E'{ id\n  titel }'), ('{ users { id } }'), ('{ author { nam } }'), ('{ id, id }'), ('{ a: id a: title }'),
     ('{ * -id -titl }'), ('{ title @hex }'), ('{ author { ...card } }'), ('{ ...self }')) v (shape);
-- names: any but an empty one; of any length
SELECT try('posts', '', '{ id }'), try('posts', repeat('x', 200), '{ id }'), try('posts', E'a\nb "c"', '{ id }');
SELECT jsonify(p, repeat('x', 200)) FROM posts p;
SELECT jsonify(p, E'"a\nb ""c"""') FROM posts p;
SELECT count(*), count(*) FILTER (WHERE name = 'a') FROM jsonify_shapes('posts');

-- Cycles: of itself, of two, of three over relationships, by a replacement that
-- closes one. What is no cycle: the same shape twice, or again below itself by another way.
SELECT try('comments', 'c', '{ id, ...c }'), try('comments', 'c', '{ up { ...c } }'), try('comments', 'c', '{ id, post { comments { ...c } } }');
SELECT try('comments', 'a', '{ id }'), try('comments', 'b', '{ ...a, up { ...a } }'), try('comments', 'a', '{ ...b }'), try('comments', 'a', '{ up { up { ...b } } }');
SELECT jsonify(c, 'b'), jsonify(c, '{ ...b, up { ...b } }') FROM comments c WHERE id = 21;
SELECT try('users', 'u', '{ name }'), try('posts', 'p', '{ author { ...u } }'), try('users', 'u', '{ posts(via: author_id) { ...p } }'), try('users', 'v', '{ posts(via: author_id) { ...p } ...u }');
-- the default shape has cycles, too: a bare relationship uses it
SELECT try('comments', 'default', '{ id up }'), try('users', 'default', '{ id author: posts(via: author_id) }'),
    try('posts', 'default', '{ id author }'), try('posts', 'default', '{ id author { id } }');
SELECT jsonify_undefine('users', 'default'), jsonify_undefine('posts', 'default');
-- one that arises all the same, as by triggers, is an error when it is used
CREATE FUNCTION put(t regclass, trigger text, args text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER %I BEFORE DELETE ON %s FOR EACH STATEMENT WHEN (false) EXECUTE FUNCTION jsonify_shape(%s)', trigger, t, args);
END$$;
SELECT put('comments', n, format('%L, %L', n, s)) FROM (VALUES ('x', '{ id ...y }'), ('y', '{ up { ...x } }'),
    ('bad', '{ id'), ('args', '(limit: 1) { id }'), ('bare', 'a'), ('blank', '')) v (n, s);
CREATE FUNCTION used(name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE at text;
BEGIN
  RETURN (SELECT jsonify(c, name) FROM comments c WHERE id = 21);
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS at = PG_EXCEPTION_CONTEXT;
  -- as it is called before 19
  RETURN concat_ws(' / ', SQLSTATE || ' ' || SQLERRM, replace(split_part(at, E'\n', 1), 'PL/pgSQL expr', 'SQL expr'));
END$$;
SELECT n, used(n) FROM unnest('{x,y,bad,args,bare,blank}'::text[]) n;

-- Two triggers for one name are an error where that is used, until one is dropped;
-- other names are not harmed. A shape goes by its arguments, whatever its trigger is
-- called.
SELECT put('comments', 'one', $$'twice', '{ id }'$$), put('comments', 'jsonify_two', $$'twice', '{ up_id }'$$), put('comments', 'jsonify_c', $$'d', '{ d: id }'$$);
SELECT used('twice');
SELECT used('d');
SELECT try('comments', 'twice', '{ id }');
SELECT try('comments', 'c', '{ c: id }'), try('comments', 'd', '{ dd: id }');
SELECT used('c'), used('d');
SELECT tgname ~ '^jsonify_[0-9a-f]{16}$' AS hashed FROM pg_trigger WHERE tgrelid = 'comments'::regclass AND tgargs ~~ 'c\000%';
SELECT tgname FROM pg_trigger WHERE tgrelid = 'comments'::regclass AND tgargs ~~ 'd\000%';
SELECT jsonify_undefine('comments', 'twice');
SELECT used('twice');
-- The default shape twice: no row of the table shows, nor without a shape.
SELECT put('users', 'one', $$'default', '{ id }'$$), put('users', 'two', $$'default', '{ id }'$$);
SELECT jsonify(u) FROM users u;
SELECT jsonify(p, '{ author }') FROM posts p;
SELECT jsonify(p, '{ author { id } }') FROM posts p;
DROP TRIGGER one ON users;
SELECT jsonify(u) FROM users u;
DROP TRIGGER two ON users;
SELECT jsonify(u) FROM users u;
-- One that says no shape may have been any.
SELECT put('users', 'broken', '');
SELECT jsonify(u) FROM users u;
DROP TRIGGER broken ON users;
CREATE TABLE args (id int);
INSERT INTO args VALUES (1);
CREATE FUNCTION used_with(args text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM put('args', 'a', args);
  RETURN (SELECT jsonify(a) FROM args a);
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END$$;
SELECT a, used_with(a) FROM unnest(ARRAY['', '1', '''default''', '''default'', ''{ id }'', 3', ''''', ''{ id }''']) a;
SELECT put('args', 'a', '1');
SELECT jsonify(a) FROM args a;
SELECT * FROM jsonify_shapes('args');
SELECT try('args', 'default', '{ id }');
SELECT jsonify_undefine('args', 'default');
SELECT jsonify_find('args');
SELECT jsonify_find('args', '{ id }');
DROP TRIGGER a ON args;
-- one that fires changes nothing
CREATE TRIGGER a BEFORE INSERT OR UPDATE OR DELETE ON args FOR EACH ROW EXECUTE FUNCTION jsonify_shape('default', '{ x: id }');
CREATE TRIGGER b AFTER TRUNCATE ON args EXECUTE FUNCTION jsonify_shape('b', '{ id }');
INSERT INTO args VALUES (2);
UPDATE args SET id = 3 WHERE id = 2;
DELETE FROM args WHERE id = 1;
SELECT jsonify(a), jsonify(a, 'b') FROM args a;
TRUNCATE args;
SELECT jsonify_shape();
-- the function cannot be dropped from under them
DO $$BEGIN DROP EXTENSION jsonify; EXCEPTION WHEN dependent_objects_still_exist THEN RAISE WARNING '%', SQLERRM; END$$;
DROP TABLE args;
DO $$
DECLARE n text;
BEGIN
  FOR n IN SELECT name FROM jsonify_shapes('comments') LOOP
    PERFORM jsonify_undefine('comments', n);
  END LOOP;
END$$;

-- Not every relation has shapes.
CREATE TEMP TABLE temp (id int);
CREATE SEQUENCE seq;
CREATE TYPE comp AS (id int);
CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY LIST (id);
SELECT r, try(r::regclass, 'a', '{ id }') FROM unnest('{temp,seq,users_pkey,comp,parted,pg_class}'::text[]) r;
SELECT try(0, 'a', '{ id }') ~ '^42', try(4294967295, 'a', '{ id }') ~ '^42P01';
SELECT relation, name FROM jsonify_shapes('temp');
SELECT jsonify_shapes('users_pkey');
SELECT jsonify_shapes('comp');
SELECT jsonify_undefine('seq', 'a');
SELECT jsonify_undefine('posts', 'no such');
SELECT jsonify_undefine('no_such', 'a');

-- A shape that no longer fits: an error that tells whose shape it is, and where, at
-- every depth; nothing else is harmed by it.
SELECT jsonify_define('users', 'card', E'{ id,\n  name }'), jsonify_define('posts', 'card', '{ title author { ...card } }');
ALTER TABLE users RENAME COLUMN name TO called;
SELECT jsonify(p, '{ author { ...card } }') FROM posts p;
SELECT jsonify(p, 'card') FROM posts p;
SELECT jsonify(p, '{ title author { id } }') FROM posts p;
SELECT try('posts', 'card', '{ author { ...card } }');
SELECT try('users', 'card', '{ id called }');
SELECT jsonify(p, 'card') FROM posts p;
ALTER TABLE posts DROP CONSTRAINT posts_author_id_fkey;
SELECT jsonify(p, 'card') FROM posts p;
ALTER TABLE posts DROP COLUMN title;
SELECT jsonify_agg(p, '{ id ...card }') FROM posts p;
DROP TABLE users CASCADE;
SELECT jsonify(p, 'card') FROM posts p;
-- deep ones count with what they stand in
SET jsonify.max_depth = 3;
SELECT try('comments', 'deep', '{ up { up { id } } }'), try('comments', 'deeper', '{ up { ...deep } }');
SELECT jsonify(c, 'deep') FROM comments c WHERE id = 21;
SELECT jsonify(c, '{ up { ...deep } }') FROM comments c WHERE id = 21;
RESET jsonify.max_depth;
DROP SCHEMA t_nerr CASCADE;
