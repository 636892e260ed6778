-- What the planner is told holds of the queries of a shape alone, while they are planned.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_planning;
SET search_path = t_planning, public;
\pset format unaligned
\pset tuples_only on
SET jit = on;
CREATE TABLE users (id int PRIMARY KEY);
CREATE TABLE posts (id int PRIMARY KEY, user_id int REFERENCES users);
INSERT INTO users VALUES (1), (2);
INSERT INTO posts VALUES (1, 1), (2, 2);

-- What a function plans while a query runs is its own: of keys that look like a shape's nothing is known, and it may be compiled.
CREATE FUNCTION planned(users) RETURNS text LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT json) SELECT k.c1 FROM unnest(array_fill(1, ARRAY[1000])) WITH ORDINALITY AS k (c1, ord) GROUP BY k.c1' INTO plan;
  RETURN format('%s groups, jit %s', plan -> 0 -> 'Plan' ->> 'Plan Rows', current_setting('jit'));
END$$;
SELECT planned(u) FROM users u WHERE id = 1;
SELECT jsonify_agg(p, '{ user { planned } }') FROM posts p;
SELECT jsonify_find('users', '(limit: 1) { planned }');
SELECT jsonify_find('posts', '(order: user.planned, limit: 1) { id }');

-- A shape's own are not compiled: nobody could cancel that. A policy whose function is called to plan them tells.
CREATE FUNCTION tell(place text) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  PERFORM set_config('t_planning.told', concat_ws(', ', nullif(current_setting('t_planning.told', true), ''), place || ' ' || current_setting('jit')), false);
  IF current_setting('t_planning.fails', true) = place THEN RAISE 'not this one'; END IF;
  IF current_setting('t_planning.calls', true) = place THEN
    PERFORM set_config('t_planning.calls', '', false);
    PERFORM jsonify(u, '{ id, posts { id } }') FROM t_planning.users u;
    PERFORM jsonify_find('t_planning.users', '{ id }');
    PERFORM set_config('t_planning.told', current_setting('t_planning.told') || ', after ' || current_setting('jit'), false);
  END IF;
  RETURN true;
END$$;
CREATE ROLE jsonify_test_planning;
GRANT USAGE ON SCHEMA t_planning TO jsonify_test_planning;
GRANT SELECT ON users, posts TO jsonify_test_planning;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
CREATE POLICY told ON users USING (tell('users'));
CREATE POLICY told ON posts USING (tell('posts'));
SET ROLE jsonify_test_planning;
SET plan_cache_mode = force_custom_plan;
SELECT count(*) FROM users;
SELECT jsonify_find('users', '{ id, posts { id } }');
SHOW t_planning.told;
SHOW jit;
-- Nor where jsonify is called anew meanwhile; afterwards all is as it was,
DISCARD PLANS;
SET t_planning.told = '';
SET t_planning.calls = 'posts';
SELECT jsonify_find('users', '{ posts { id }, n: posts.id }');
SHOW t_planning.told;
SHOW jit;
-- after an error, too.
DISCARD PLANS;
SET t_planning.fails = 'posts';
SELECT jsonify_find('users', '{ id, posts { id } }');
SHOW jit;
DISCARD PLANS;
SET t_planning.fails = 'users';
SELECT jsonify_find('users', '{ id, posts { id } }');
SHOW jit;
RESET ROLE;
SELECT planned(u) FROM users u WHERE id = 1;

DROP SCHEMA t_planning CASCADE;
DROP ROLE jsonify_test_planning;
