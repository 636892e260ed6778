-- Which of several relationships a name means, and that each spelling which a
-- hint offers works: it is taken out of the hint and run.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_naming;
CREATE SCHEMA "t Naming.2";
SET search_path = t_naming, public;
-- The hint that a shape gets; NULL if it is right.
CREATE FUNCTION hint_of(root text, shape text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE h text;
BEGIN
  EXECUTE format('SELECT jsonify(r, %L) FROM %s r', shape, root);
  RETURN NULL;
EXCEPTION WHEN ambiguous_column OR undefined_column THEN
  GET STACKED DIAGNOSTICS h = PG_EXCEPTION_HINT;
  RETURN h;
END$$;
-- Runs each spelling of a hint: how many there are, how many documents they
-- lead to, and those that go wrong. (Every relationship here leads elsewhere.)
CREATE FUNCTION try(root text, shape text, OUT spellings text[], OUT documents bigint, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE h text := hint_of(root, shape); s text; d jsonb; docs jsonb[];
BEGIN
  SELECT array_agg(m[1] || coalesce(m[2], '')) INTO spellings
  FROM regexp_matches(substring(h FROM '(?:Write|Relationships:) (.*)\.$'), '(?:^|, | or )("(?:[^"]|"")*"|[^ ,.:(){}"]+)(\(via: (?:\.?(?:"(?:[^"]|"")*"|[^ ,.:(){}"]+))+\))?', 'g') m;
  FOREACH s IN ARRAY coalesce(spellings, '{}') LOOP
    BEGIN
      EXECUTE format('SELECT jsonify_agg(r, %L ORDER BY r) FROM %s r', '{ k: ' || s || ' { * } }', root) INTO d;
      docs := docs || d;
    EXCEPTION WHEN OTHERS THEN
      wrong := concat_ws('; ', wrong, s || ': ' || SQLERRM);
    END;
  END LOOP;
  SELECT count(DISTINCT x) INTO documents FROM unnest(docs) x;
END$$;

-- A name of its own comes before that of a target; a key's column, table and
-- constraint lead to it from both sides. users and posts refer to each other,
-- as do users and cards, one to one.
CREATE TABLE users (id int PRIMARY KEY, name text, best_id int);
CREATE TABLE posts (id int PRIMARY KEY, title text, author_id int CONSTRAINT wrote REFERENCES users);
CREATE TABLE cards (id int PRIMARY KEY, user_id int UNIQUE REFERENCES users);
ALTER TABLE users ADD CONSTRAINT best_of FOREIGN KEY (best_id) REFERENCES posts, ADD COLUMN card_id int REFERENCES cards;
INSERT INTO users VALUES (1, 'ann'), (2, 'bob');
INSERT INTO posts VALUES (11, 'x', 1), (12, 'y', 1), (13, 'z', 2);
INSERT INTO cards VALUES (21, 1), (22, NULL);
UPDATE users SET best_id = 13, card_id = 22 WHERE id = 1;
SELECT jsonify(u, '{ posts { id } best { id } a: posts(via: author_id) { id } b: posts(via: best_id) { id } c: posts(via: wrote) { id } wrote { id } best_of { id } }') FROM users u WHERE id = 1;
SELECT jsonify(u, '{ cards { id } card { id } a: cards(via: user_id) { id } b: cards(via: card_id) { id } }') FROM users u WHERE id = 1;
SELECT jsonify(p, '{ users { id } author { id } wrote { name } a: users(via: author_id) { id } b: users(via: best_id) { id } best_of { id } }') FROM posts p WHERE id = 13;
SELECT jsonify(c, '{ users { id } user { id } a: users(via: user_id) { id } b: users(via: card_id) { id } }') FROM cards c WHERE id = 22;
SELECT * FROM try('users', '{ zzzzzzzzzzzz { } }');
SELECT * FROM try('posts', '{ zzzzzzzzzzzz { } }');
SELECT * FROM try('cards', '{ zzzzzzzzzzzz { } }');

-- A junction makes it ambiguous, from both sides; with via: everything can be
-- told apart.
CREATE TABLE likes (user_id int REFERENCES users, post_id int REFERENCES posts, PRIMARY KEY (user_id, post_id));
INSERT INTO likes VALUES (1, 11), (1, 13), (2, 11);
SELECT * FROM try('users', '{ posts }');
SELECT * FROM try('posts', '{ id users { id } }');
SELECT * FROM try('posts', '{ zzzzzzzzzzzz { } }');

-- A constraint that has the name of another relationship makes it ambiguous, unless
-- that is a to-one one by its own column; without braces a column comes before
-- either. All can be written with via.
CREATE TABLE comments (id int PRIMARY KEY CONSTRAINT title REFERENCES posts, post_id int REFERENCES posts, title int CONSTRAINT posts REFERENCES users, user_id int CONSTRAINT id REFERENCES users);
INSERT INTO comments VALUES (11, 13, 2, 1);
SELECT jsonify(c, '{ id, title, post { id } a: posts(via: post_id) { id } d: posts(via: id) { id } e: users(via: title) { name } f: users(via: posts) { id } }') FROM comments c;
SELECT jsonify(c, '{ a: id { title } b: title { name } c: id(via: comments.id) { id } d: title(via: comments.title) { id } }') FROM comments c;
SELECT jsonify(c, '{ posts { name } }') FROM comments c;
SELECT * FROM try('comments', '{ zzzzzzzzzzzz { } }');
ALTER TABLE posts ADD COLUMN note_id int CONSTRAINT comments REFERENCES cards;
UPDATE posts SET note_id = 21;
SELECT jsonify(p, '{ a: comments(via: post_id) { id } b: comments(via: title) { id } }') FROM posts p WHERE id = 13;
SELECT * FROM try('posts', '{ comments { id } }');
SELECT * FROM try('posts', '{ zzzzzzzzzzzz { } }');
DROP TABLE comments;
ALTER TABLE posts DROP COLUMN note_id;

-- One constraint's name in two tables; one column in two keys; two keys of the
-- same columns, which only their constraints tell apart.
CREATE TABLE x (id int PRIMARY KEY, user_id int CONSTRAINT of_user REFERENCES users);
CREATE TABLE y (id int PRIMARY KEY, user_id int CONSTRAINT of_user REFERENCES users, "userId" int REFERENCES users);
INSERT INTO x VALUES (31, 1);
INSERT INTO y VALUES (41, 1, 2), (42, 2, 1);
SELECT * FROM try('users', '{ of_user { id } }');
SELECT * FROM try('y', '{ user { id } }');
SELECT * FROM try('y', '{ users { id } }');
CREATE TABLE twice (id int PRIMARY KEY, user_id int CONSTRAINT "a, or b" REFERENCES users CONSTRAINT "c.d (e)" REFERENCES users);
INSERT INTO twice VALUES (51, 1);
SELECT * FROM try('users', '{ twice { id } }');
SELECT * FROM try('twice', '{ user { id } }');
SELECT * FROM try('twice', '{ users { id } }');
DROP TABLE x, y, twice;

-- Tables of one name in two schemas, names that need quotes, self references
-- and a junction of a table with itself, all at once.
CREATE TABLE "t Naming.2".posts (id int PRIMARY KEY, author_id int CONSTRAINT wrote REFERENCES users, "by ""x"" or, y" int REFERENCES users);
CREATE TABLE "t Naming.2".likes (user_id int REFERENCES users, post_id int REFERENCES posts, PRIMARY KEY (user_id, post_id));
ALTER TABLE posts ADD COLUMN up_id int REFERENCES posts;
CREATE TABLE "see ""also""" ("from." int REFERENCES posts, "to" int REFERENCES posts, PRIMARY KEY ("from.", "to"));
INSERT INTO "t Naming.2".posts VALUES (61, 1, 2), (62, 2, 1), (63, 2, 1);
INSERT INTO "t Naming.2".likes VALUES (1, 12);
UPDATE posts SET up_id = 11 WHERE id > 11;
INSERT INTO "see ""also""" VALUES (12, 11), (13, 12), (12, 13);
SELECT * FROM try('users', '{ posts { id } }');
SELECT * FROM try('posts', '{ posts { id } }');
SELECT * FROM try('posts', '{ users { id } }');
SELECT * FROM try('posts', '{ likes { user_id } }');
SELECT * FROM try('posts', '{ zzzzzzzzzzzz { } }');

-- Composite keys that have a column in common, as where each row has a tenant:
-- the junction with them, too; and a target's name that is all they have.
CREATE TABLE tenants (id int PRIMARY KEY);
CREATE TABLE people (tenant_id int REFERENCES tenants, id int, PRIMARY KEY (tenant_id, id));
CREATE TABLE tasks (tenant_id int REFERENCES tenants, id int, owner_id int, done_by int, PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, owner_id) REFERENCES people, FOREIGN KEY (tenant_id, done_by) REFERENCES people);
CREATE TABLE watches (tenant_id int REFERENCES tenants, person_id int, task_id int, PRIMARY KEY (tenant_id, person_id, task_id),
  FOREIGN KEY (tenant_id, person_id) REFERENCES people, FOREIGN KEY (tenant_id, task_id) REFERENCES tasks);
INSERT INTO tenants VALUES (1), (2);
INSERT INTO people VALUES (1, 1), (1, 2), (1, 3), (2, 1);
INSERT INTO tasks VALUES (1, 1, 1, 2), (1, 2, 1, NULL), (2, 1, 1, 1);
INSERT INTO watches VALUES (1, 3, 1), (1, 2, 2), (2, 1, 1);
SELECT jsonify(t, '{ id people(via: watches) { id } own: people(via: owner_id) { id } done: people(via: done_by) { id } }') FROM tasks t ORDER BY tenant_id, id;
SELECT jsonify(t, '{ people { id } tasks { id watches { person_id } } }') FROM tenants t ORDER BY id;
SELECT * FROM try('tasks', '{ people { id } }');
SELECT * FROM try('people', '{ tasks { id } }');
SELECT * FROM try('people', '{ zzzzzzzzzzzz { } }');
CREATE TABLE badges (id int PRIMARY KEY, t int, p int, FOREIGN KEY (t, p) REFERENCES people);
ALTER TABLE people ADD COLUMN badge_id int REFERENCES badges;
INSERT INTO badges VALUES (71, 1, 3);
SELECT jsonify(b, '{ people { id } one: people(via: p) { id } }') FROM badges b;
SELECT * FROM try('badges', '{ zzzzzzzzzzzz { } }');

-- A junction with two keys to the same table beside the one that leads back: its
-- far key tells. With two to each side both do; as constraints, where a column of
-- one has the name of another's, or several have the same columns.
CREATE TABLE votes (user_id int REFERENCES users, for_id int REFERENCES cards, against_id int REFERENCES cards, PRIMARY KEY (user_id, for_id, against_id));
INSERT INTO votes VALUES (1, 21, 22);
SELECT hint_of('users', '{ cards(via: votes) { id } }');
SELECT * FROM try('users', '{ cards(via: votes) { id } }');
CREATE TABLE swaps (giver int REFERENCES users, taker int REFERENCES users, given int REFERENCES cards, taken int REFERENCES cards, PRIMARY KEY (giver, taker, given, taken));
CREATE TABLE "t Naming.2".swaps (LIKE swaps, PRIMARY KEY (giver, taker, given, taken), FOREIGN KEY (giver) REFERENCES users, FOREIGN KEY (given) REFERENCES cards,
  CONSTRAINT given FOREIGN KEY (taker) REFERENCES users, CONSTRAINT again FOREIGN KEY (giver) REFERENCES users);
INSERT INTO cards VALUES (23, NULL), (24, NULL), (25, 2);
INSERT INTO users VALUES (3, 'cyd'), (4, 'dan');
INSERT INTO swaps VALUES (1, 2, 21, 22), (3, 4, 23, 24), (2, 3, 25, 21);
INSERT INTO "t Naming.2".swaps VALUES (4, 2, 25, 21), (1, 3, 22, 24);
SELECT hint_of('users', '{ cards(via: t_naming.swaps) { id } }');
SELECT hint_of('users', '{ cards(via: t_naming.swaps.giver) { id } }');
SELECT * FROM try('users', '{ cards(via: swaps) { id } }');
SELECT * FROM try('cards', '{ users(via: swaps) { id } }');
SELECT * FROM try('users', '{ cards(via: swaps.nope.given) { id } }');
SELECT jsonify(u, '{ id, a: cards(via: t_naming.swaps.giver.given) { id } b: cards(via: t_naming.swaps.giver.taken).id }') FROM users u ORDER BY id;
SELECT count(*), count(DISTINCT spelling), bool_or(spelling IS NULL) FROM jsonify_relationships('users') WHERE junction IS NOT NULL AND junction::text LIKE '%swaps';
-- nothing has more than four names, and a fifth is not overlooked
SELECT hint_of('users', '{ cards(via: x.t_naming.swaps.giver.given) { id } }') IS NOT NULL;

-- Every key of a table has one by its constraint, whatever else has its name; and
-- both sides of a key of the table to itself, of whatever columns.
CREATE TABLE k (a int, b int, up_a int, up_b int, k_id int REFERENCES users, PRIMARY KEY (a, b),
  CONSTRAINT k_id FOREIGN KEY (up_a, up_b) REFERENCES k, CONSTRAINT other FOREIGN KEY (up_a, up_b) REFERENCES k, CONSTRAINT a FOREIGN KEY (b) REFERENCES users, CONSTRAINT b FOREIGN KEY (a) REFERENCES users);
INSERT INTO k VALUES (1, 2, NULL, NULL, 3), (2, 1, 1, 2, NULL);
SELECT name, kind, constraint_name, ambiguous, spelling FROM (SELECT *, "constraint" AS constraint_name FROM jsonify_relationships('k')) r ORDER BY spelling COLLATE "C";
SELECT jsonify_agg(k, '{ a { name } b { name } c: k(via: k.k_id).a, d: k_id(via: k.k_id) { a } other { a } }' ORDER BY a) FROM k;
SELECT spelling FROM jsonify_relationships('users') WHERE target = 'k'::regclass ORDER BY spelling COLLATE "C";

-- A to-one relationship by its own column comes before whatever has that name: a
-- table, a junction's far side, a constraint; and for whom may not follow it, too.
CREATE TABLE author (id int PRIMARY KEY, post_id int REFERENCES posts, author text);
CREATE TABLE "t Naming.2".author (id int PRIMARY KEY, post_id int REFERENCES posts);
CREATE TABLE signs (post_id int REFERENCES posts, author_id int REFERENCES author, PRIMARY KEY (post_id, author_id));
ALTER TABLE posts ADD COLUMN critic_id int CONSTRAINT author REFERENCES users;
INSERT INTO author VALUES (91, 11), (92, 12);
INSERT INTO signs VALUES (11, 92);
UPDATE posts SET critic_id = 2 WHERE id = 11;
SELECT jsonify(p, '{ id, author { name } b: author.name c: author(via: t_naming.author.post_id) { id } d: author(via: signs).id, e: author(via: author) { id } }') FROM posts p WHERE id = 11;
SELECT jsonify_find('posts', '(where: author.name = ''ann'' order: author.name, id) { id, count: count(author(via: signs)) }');
SELECT name, kind, target, ambiguous, spelling FROM jsonify_relationships('posts') WHERE name = 'author' ORDER BY spelling COLLATE "C";
CREATE ROLE regress_naming;
GRANT USAGE ON SCHEMA t_naming TO regress_naming;
GRANT SELECT ON posts, author TO regress_naming;
SET ROLE regress_naming;
SELECT jsonify_find('posts', '{ author { id } }');
SELECT jsonify_find('posts', '(where: id = 11) { author(via: author.post_id) { id } }');
RESET ROLE;
DROP SCHEMA t_naming, "t Naming.2" CASCADE;
DROP ROLE regress_naming;
