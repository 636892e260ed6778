-- Cast functions that fail, never end, open subtransactions, run jsonify
-- themselves, change what is being written, or may not be called.
SET client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_safe;
SET search_path = t_safe, public;
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION outcome(q text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE r text;
BEGIN
  EXECUTE q INTO r;
  RETURN r;
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE || ' ' || SQLERRM;
END$$;
CREATE TABLE users (id int PRIMARY KEY, name text, boss_id int REFERENCES users);
CREATE TABLE posts (id int PRIMARY KEY, title text, user_id int REFERENCES users);
INSERT INTO users VALUES (1, 'ann', NULL), (2, 'bob', 1), (3, 'cid', 2);
INSERT INTO posts SELECT i, 'post ' || i, 1 + i % 3 FROM generate_series(1, 9) i;

-- One that fails: with its own error, at every depth, in the middle of an
-- aggregate; and what comes next is as if it had not been.
CREATE TYPE fragile AS (n int);
CREATE FUNCTION fragile_doc(fragile) RETURNS jsonb LANGUAGE plpgsql AS $$BEGIN
  IF $1.n = 13 THEN RAISE 'unlucky %', $1.n USING ERRCODE = 'JS013', HINT = 'Take another.'; END IF;
  RETURN to_jsonb(1 / ($1.n - 7));
END$$;
CREATE CAST (fragile AS jsonb) WITH FUNCTION fragile_doc(fragile);
SELECT jsonify('(13)'::fragile);
SELECT jsonify('(7)'::fragile);
SELECT outcome($$SELECT jsonify(ARRAY[ROW(ARRAY['(8)'::fragile, '(13)'])])$$), outcome($$SELECT jsonify_agg(ROW(i)::fragile) FROM generate_series(8, 20) i$$),
       outcome($$SELECT jsonify_agg(s, '{ f }') FROM (SELECT ROW(i)::fragile AS f FROM generate_series(8, 20) i) s$$), outcome($$SELECT jsonify(ARRAY['(8)'::fragile, '(9)'])$$);
DO $$
DECLARE n int := 0; r jsonb;
BEGIN
  FOR i IN 1 .. 300 LOOP
    BEGIN
      r := jsonify(ARRAY[ROW(i % 20)::fragile]);
      n := n + 1;
    EXCEPTION WHEN division_by_zero OR SQLSTATE 'JS013' THEN NULL;
    END;
  END LOOP;
  RAISE INFO 'made %', n;
END$$;
SELECT jsonify(ROW(8)::fragile), jsonify_agg(u, '{ id posts { id } }') -> 2 FROM users u;

-- What is no JSON of its own making: the text of a json domain, and an answer
-- that is not even JSON.
CREATE TYPE liar AS ENUM ('a');
CREATE FUNCTION liar_doc(liar) RETURNS json LANGUAGE plpgsql AS $$BEGIN RETURN '{"a": [1, 2}'; END$$;
CREATE CAST (liar AS json) WITH FUNCTION liar_doc(liar);
SELECT outcome($$SELECT jsonify('a'::liar)$$);

-- Endless recursion, by jsonify itself, by a row that holds itself, and by a
-- shape in between: 54001, and a session that goes on.
CREATE TYPE endless AS (n int);
CREATE FUNCTION endless_doc(endless) RETURNS jsonb LANGUAGE plpgsql AS $$BEGIN RETURN public.jsonify(ARRAY[ROW($1.n + 1)::t_safe.endless]); END$$;
CREATE CAST (endless AS jsonb) WITH FUNCTION endless_doc(endless);
CREATE TYPE endless_sql AS (n int);
CREATE FUNCTION endless_sql_doc(endless_sql) RETURNS jsonb LANGUAGE sql AS $$SELECT public.jsonify($1)$$;
CREATE CAST (endless_sql AS jsonb) WITH FUNCTION endless_sql_doc(endless_sql);
CREATE TYPE endless_agg AS ENUM ('x');
CREATE FUNCTION endless_agg_doc(endless_agg) RETURNS json LANGUAGE plpgsql AS $$DECLARE r json; BEGIN SELECT public.jsonify_agg(u, '{ id posts { e } }') INTO r FROM t_safe.users u; RETURN r; END$$;
CREATE CAST (endless_agg AS json) WITH FUNCTION endless_agg_doc(endless_agg);
ALTER TABLE posts ADD COLUMN e endless_agg DEFAULT 'x';
SELECT outcome($$SELECT jsonify('(1)'::endless)$$) AS plpgsql,
  outcome($$SELECT jsonify(ROW(1, '(1)'::endless_sql))$$) AS sql,
  outcome($$SELECT jsonify(u, '{ posts { e } }') FROM users u WHERE id = 1$$) AS shape;
ALTER TABLE posts DROP COLUMN e;
SELECT jsonify(ROW(8)::fragile), jsonify(u, '{ id posts { id } }') FROM users u WHERE id = 3;

-- Subtransactions: an error caught inside, and the work of it taken back, while
-- the document that is being written goes on.
CREATE TABLE notes (t text);
CREATE TYPE careful AS (n int);
CREATE FUNCTION careful_doc(careful) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE r jsonb; code text;
BEGIN
  BEGIN
    INSERT INTO t_safe.notes VALUES ('lost ' || $1.n);
    CASE $1.n % 4 WHEN 0 THEN r := to_jsonb(1 / 0);
                  WHEN 1 THEN r := public.jsonify(u, '{ nope }') FROM t_safe.users u LIMIT 1;
                  WHEN 2 THEN r := public.jsonify(ROW(13)::t_safe.fragile);
                  ELSE r := to_jsonb($1.n); END CASE;
  EXCEPTION WHEN OTHERS THEN
    code := SQLSTATE;
    BEGIN
      r := public.jsonify_agg(p, '{ title, user { name } }' ORDER BY p.id) || to_jsonb(code) FROM t_safe.posts p WHERE p.id = $1.n;
    EXCEPTION WHEN division_by_zero THEN NULL;
    END;
  END;
  INSERT INTO t_safe.notes VALUES ('kept ' || $1.n);
  RETURN r;
END$$;
CREATE CAST (careful AS jsonb) WITH FUNCTION careful_doc(careful);
SELECT jsonify('(3)'::careful);
SELECT jsonify(ARRAY['(4)'::careful, '(5)', '(6)', '(7)']);
SELECT jsonify_agg(s) = jsonify_agg(s, '{ * }') AS same, jsonify_agg(s) FROM (SELECT id, ROW(id)::careful AS c FROM posts WHERE id < 6 ORDER BY id) s;
SELECT count(*), count(*) FILTER (WHERE t LIKE 'lost%' AND t !~ ' (3|7)$') AS lost FROM notes;

-- jsonify inside the cast, on other rows, by relations, and by the very cast:
-- a chain that ends.
CREATE FUNCTION user_doc(users) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN jsonb_build_object('name', $1.name, 'boss', (SELECT public.jsonify(b) FROM t_safe.users b WHERE b.id = $1.boss_id),
                            'posts', (SELECT public.jsonify(u, '{ posts { id } }') -> 'posts' FROM t_safe.users u WHERE u.id = $1.id));
END$$;
CREATE CAST (users AS jsonb) WITH FUNCTION user_doc(users);
SELECT jsonify(u) FROM users u WHERE id = 3;
SELECT jsonify_agg(u ORDER BY id) = jsonb_agg(user_doc(u) ORDER BY id),
  jsonify(array_agg(u ORDER BY id)) = jsonb_agg(user_doc(u) ORDER BY id),
  jsonify(ROW(array_agg(u ORDER BY id))) -> 'f1' = jsonb_agg(user_doc(u) ORDER BY id)
  FROM users u;
-- called while related rows are written
CREATE TYPE visit AS (user_id int);
CREATE FUNCTION visit_doc(visit) RETURNS json LANGUAGE sql STABLE AS $$SELECT to_json(public.jsonify(u, '{ name posts { title } }')) FROM t_safe.users u WHERE id = $1.user_id$$;
CREATE CAST (visit AS json) WITH FUNCTION visit_doc(visit);
ALTER TABLE posts ADD COLUMN v visit;
UPDATE posts SET v = ROW(1 + id % 4);
SELECT jsonify_agg(u, '{ id posts { id v user { id posts { v } } } }' ORDER BY id) =
  (SELECT jsonb_agg(jsonb_build_object('id', u.id, 'posts',
     (SELECT jsonb_agg(jsonb_build_object('id', p.id, 'v', visit_doc(p.v)::jsonb, 'user',
        jsonb_build_object('id', u.id, 'posts',
          (SELECT jsonb_agg(jsonb_build_object('v', visit_doc(q.v)::jsonb) ORDER BY q.id)
           FROM posts q WHERE q.user_id = u.id))) ORDER BY p.id)
      FROM posts p WHERE p.user_id = u.id)) ORDER BY u.id) FROM users u) AS same FROM users u;
SELECT jsonify(p, '{ id v user { id } }') FROM posts p WHERE id = 9;
ALTER TABLE posts DROP COLUMN v;

-- A function that changes what is being written: casts come and go, functions
-- are replaced, tables altered, all that is known is thrown away.
CREATE TYPE victim AS ENUM ('a', 'b');
CREATE FUNCTION victim_doc(victim) RETURNS jsonb LANGUAGE sql AS $$SELECT to_jsonb('cast ' || $1)$$;
CREATE TYPE meddler AS (n int);
CREATE FUNCTION meddler_doc(meddler) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE CASE $1.n % 8
    WHEN 0 THEN 'CREATE CAST (t_safe.victim AS jsonb) WITH FUNCTION t_safe.victim_doc(t_safe.victim)'
    WHEN 1 THEN 'CREATE OR REPLACE FUNCTION t_safe.victim_doc(t_safe.victim) RETURNS jsonb LANGUAGE sql AS ''SELECT to_jsonb(2)'''
    WHEN 2 THEN 'CREATE OR REPLACE FUNCTION t_safe.victim_doc(t_safe.victim) RETURNS jsonb LANGUAGE sql AS ''SELECT to_jsonb(3)'''
    WHEN 3 THEN 'DROP CAST (t_safe.victim AS jsonb)'
    WHEN 4 THEN 'DISCARD PLANS'
    WHEN 5 THEN 'ALTER TYPE t_safe.victim RENAME VALUE ''a'' TO ''c'''
    WHEN 6 THEN 'ALTER TYPE t_safe.victim RENAME VALUE ''c'' TO ''a'''
    ELSE 'SET LOCAL jsonify.max_depth = 50' END;
  RETURN public.jsonify(ROW($1.n, 'b'::t_safe.victim, (SELECT public.jsonify(u, '{ id posts { id } }') FROM t_safe.users u WHERE u.id = 1 + $1.n % 3)));
END$$;
CREATE CAST (meddler AS jsonb) WITH FUNCTION meddler_doc(meddler);
BEGIN;
SELECT count(*), bool_and(d #> '{0,f2,f1}' = to_jsonb(i)) AS whole FROM generate_series(0, 39) i, LATERAL jsonify(ARRAY[ROW('a'::victim, ROW(i)::meddler, 'b'::victim, 'x')]) d;
SELECT jsonify(ARRAY[ROW('a'::victim, ROW(15)::meddler)]) #> '{0,f2}' AS "what a meddler returns";
SELECT jsonb_array_length(jsonify_agg(s)), jsonb_array_length(jsonify_agg(s, '{ v m w }'))
  FROM (SELECT 'a'::victim AS v, ROW(i)::meddler AS m, ARRAY['b'::victim] AS w FROM generate_series(0, 15) i) s;
ROLLBACK;
-- the cast that is being called goes, or its function is another one now
CREATE FUNCTION suicide(victim) RETURNS jsonb LANGUAGE plpgsql AS $$BEGIN EXECUTE 'DROP CAST IF EXISTS (t_safe.victim AS jsonb)'; RETURN to_jsonb('cast ' || $1); END$$;
CREATE CAST (victim AS jsonb) WITH FUNCTION suicide(victim);
SELECT jsonify('a'::victim);
SELECT jsonify('a'::victim);
CREATE FUNCTION reborn(victim) RETURNS jsonb LANGUAGE plpgsql AS $f$BEGIN
  EXECUTE 'CREATE OR REPLACE FUNCTION t_safe.reborn(t_safe.victim) RETURNS jsonb LANGUAGE sql AS $$SELECT to_jsonb(''reborn''::text)$$'; RETURN to_jsonb('born'::text); END$f$;
CREATE CAST (victim AS jsonb) WITH FUNCTION reborn(victim);
SELECT jsonify('a'::victim);
SELECT jsonify('a'::victim);
DROP CAST (victim AS jsonb);
-- inside a cursor, and over its end
BEGIN;
CREATE CAST (victim AS jsonb) WITH FUNCTION victim_doc(victim);
DECLARE c CURSOR WITH HOLD FOR SELECT jsonify(ARRAY[v]) FROM (VALUES ('a'::victim), ('b')) t (v);
FETCH c;
COMMIT;
DROP CAST (victim AS jsonb);
FETCH c;
CLOSE c;

-- Who may not execute the function gets no document: alone, nested, by a shape
-- and in an aggregate; a revoke counts at once, in a plan that is kept.
CREATE ROLE regress_jsonify_caster;
GRANT USAGE ON SCHEMA t_safe TO regress_jsonify_caster;
GRANT SELECT ON users, posts TO regress_jsonify_caster;
CREATE TYPE secret AS (s text);
CREATE FUNCTION secret_doc(secret) RETURNS jsonb LANGUAGE sql AS $$SELECT to_jsonb(coalesce(nullif(current_user, session_user)::text, 'owner') || ' sees ' || left($1.s, 1) || '***')$$;
CREATE CAST (secret AS jsonb) WITH FUNCTION secret_doc(secret);
ALTER TABLE posts ADD COLUMN s secret DEFAULT '(pin)';
SET ROLE regress_jsonify_caster;
PREPARE p AS SELECT public.jsonify('(pin)'::t_safe.secret);
EXECUTE p;
RESET ROLE;
REVOKE EXECUTE ON FUNCTION secret_doc(secret) FROM PUBLIC;
EXECUTE p;
SET ROLE regress_jsonify_caster;
EXECUTE p;
SELECT jsonify(ARRAY[ROW('(pin)'::secret)]);
SELECT jsonify_agg(p) FROM posts p;
SELECT jsonify(u, '{ posts { s } }') FROM users u WHERE id = 1;
-- no value, no call; and no way around by a domain of one's own
SELECT jsonify(ROW(NULL::secret)), jsonify('{}'::secret[]);
CREATE DOMAIN pg_temp.mine AS secret;
SELECT jsonify('(pin)'::pg_temp.mine);
RESET ROLE;
GRANT EXECUTE ON FUNCTION secret_doc(secret) TO regress_jsonify_caster;
SET ROLE regress_jsonify_caster;
EXECUTE p;
RESET ROLE;
-- a function of its owner's rights
ALTER FUNCTION secret_doc(secret) SECURITY DEFINER SET search_path = pg_catalog;
SET ROLE regress_jsonify_caster;
SELECT jsonify('(pin)'::secret) = '"owner sees p***"' AS definer;
RESET ROLE;
DROP SCHEMA t_safe CASCADE;
DROP OWNED BY regress_jsonify_caster;
DROP ROLE regress_jsonify_caster;
