-- Memory does not grow with the number of rows, calls, shapes or errors. The
-- bounds are many times what is used, and a small part of what a leak of a few
-- hundred bytes a row would add up to.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_memory_flat;
SET search_path = t_memory_flat, public;
CREATE TABLE users (id int PRIMARY KEY, name text, bio text);
CREATE TABLE posts (id int PRIMARY KEY, title text, author_id int REFERENCES users);
INSERT INTO users SELECT i, 'user ' || i, repeat('x', 500) FROM generate_series(1, 2000) i;
INSERT INTO posts SELECT i, 'title ' || i, 1 + i % 2000 FROM generate_series(1, 10000) i;
CREATE INDEX ON posts (author_id);
ANALYZE users, posts;
CREATE FUNCTION used() RETURNS bigint LANGUAGE sql VOLATILE PARALLEL RESTRICTED AS 'SELECT sum(total_bytes)::bigint FROM pg_backend_memory_contexts';
-- Runs q, which returns a row for each of many calls, and says by how many
-- megabytes the session's memory grew between its rows.
CREATE FUNCTION growth(q text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE n bigint := 0; first bigint; last bigint; r record; c refcursor;
BEGIN
  OPEN c NO SCROLL FOR EXECUTE q;
  LOOP
    FETCH c INTO r;
    EXIT WHEN NOT FOUND;
    n := n + 1;
    IF n = 4000 THEN first := used(); ELSIF n > 4000 AND n % 1000 = 0 THEN last := used(); END IF;
  END LOOP;
  CLOSE c;
  IF n < 10000 THEN RAISE '% rows only', n; END IF;
  RETURN (last - first) / 1048576;
END$$;
SELECT growth('SELECT jsonify(u) FROM users u, generate_series(1, 10)') < 2 AS rows_;
SELECT growth($$SELECT jsonify(u, '{ id posts { title author { name bio } } }') FROM users u, generate_series(1, 10)$$) < 2 AS related;
SELECT growth($$SELECT jsonify(p, '{ id author { name posts { id } } }') FROM posts p$$) < 2 AS to_one;
SELECT growth($$SELECT jsonify(r) FROM (SELECT i, repeat('x', 1000) AS t, ARRAY[i, i] AS a, ROW(i, 'x') AS c FROM generate_series(1, 20000) i) r$$) < 2 AS records;
SELECT growth($$SELECT jsonify(array_agg(p), '{ author { name } }') FROM posts p, generate_series(1, 10) g GROUP BY id, g ORDER BY id$$) < 2 AS arrays;
SELECT growth($$SELECT (SELECT jsonify_agg(p, '{ id author { name } }') FROM posts p WHERE p.author_id = u.id) FROM users u, generate_series(1, 5)$$) < 2 AS aggregates;
SELECT growth($$SELECT jsonify(u, CASE g WHEN 1 THEN '{ id }' WHEN 2 THEN '{ name posts { id } }' WHEN 3 THEN '{ * }' END) FROM users u, generate_series(1, 5) g$$) < 2 AS some_shapes;
SELECT growth($$SELECT jsonify(ROW(1, repeat('x', i % 7)::name, i, '{"a": [1, 2, {"b": 3}]}'::json, '{1,2}'::numeric[])) FROM generate_series(1, 20000) i$$) < 2 AS types;
SELECT jsonify(u, '{ name posts { id } }') FROM users u WHERE id = 1;
-- casts, formats, functions as formats, and options
CREATE TYPE price AS (a numeric, c text);
CREATE FUNCTION price_sql(price) RETURNS jsonb LANGUAGE sql AS $$SELECT jsonb_build_object('a', ($1).a, 'c', ($1).c)$$;
CREATE FUNCTION price_plpgsql(price) RETURNS json LANGUAGE plpgsql AS $$BEGIN RETURN to_json(($1).c); END$$;
CREATE CAST (price AS jsonb) WITH FUNCTION price_sql(price);
SELECT growth($$SELECT jsonify(ROW(i, p, ARRAY[p, NULL])) FROM (SELECT i, ROW(i, repeat('x', 500))::price AS p FROM generate_series(1, 20000) i) s$$) < 2 AS casts_sql;
DROP CAST (price AS jsonb);
CREATE CAST (price AS json) WITH FUNCTION price_plpgsql(price);
SELECT growth($$SELECT jsonify(ROW(i, p, ARRAY[p, NULL])) FROM (SELECT i, ROW(i, repeat('x', 500))::price AS p FROM generate_series(1, 20000) i) s$$) < 2 AS casts_plpgsql;
SELECT growth($$SELECT jsonify(s, options => '{"formats": "web", "keys": "camel", "nulls": "omit"}')
  FROM (SELECT i::int8 AS a_b, NULL AS n_n, now() AS t_s, decode(repeat('ff', 500), 'hex') AS b_b, i * 1.5 AS n,
    i * interval '1 s' AS iv, numrange(i, NULL) AS r, 'x'::char(9) AS c, 'NaN'::float8 AS f
    FROM generate_series(1, 20000) i) s$$) < 2 AS formats;
SELECT growth($$SELECT jsonify(s, '{ p @array g: p @geojson t @epoch e: t @epoch_ms m @number i @seconds }', '{}',
  '{"formats": {"t_memory_flat.price": "t_memory_flat.price_sql(t_memory_flat.price)"}}')
  FROM (SELECT polygon(9, circle(point(i, i), 1)) AS p, now() AS t, i::money AS m, i * interval '1 s' AS i,
    ROW(i, repeat('x', 500))::price AS pr
    FROM generate_series(1, 20000) i) s$$) < 2 AS items;
SELECT growth($$SELECT jsonify(p, options => '{"formats": {"t_memory_flat.price": "t_memory_flat.price_sql(t_memory_flat.price)"}}')
  FROM (SELECT ROW(i, repeat('x', 500))::price AS p FROM generate_series(1, 20000) i) s$$) < 2 AS functions;
SELECT jsonify(ROW(1, p, ARRAY[p, NULL])) AS "by the cast",
  jsonify(p, options => '{"formats": {"t_memory_flat.price": "t_memory_flat.price_sql(t_memory_flat.price)"}}') AS "by the format"
  FROM (SELECT ROW(1, 'x')::price AS p) s;

-- JSON text: json, jsonb and numbers that are not written in place, and other layouts
SELECT growth($$SELECT jsonify_text(ROW(i, repeat('x', i % 7)::name, i * 1.5, i / 7::float8,
  '{"a": [1, 2, {"b": 3}]}'::json, '{"a": [1.5, "x"]}'::jsonb, '{1,2}'::numeric[]))
  FROM generate_series(1, 20000) i$$) < 2 AS text_types;
SELECT growth($$SELECT jsonify_text(u, '{ id posts { title author { name bio } } }', '{}',
  CASE WHEN g > 5 THEN '{"indent": 2, "ensure_ascii": true}'::jsonb END)
  FROM users u, generate_series(1, 10) g$$) < 2 AS text_related;
SELECT growth($$SELECT jsonify_text(ROW('ż' || i, '{"ż": [1, 2, {"b": "ż"}]}'::json, '{"ż": [1.5, "x"]}'::jsonb),
  options => '{"indent": 2, "ensure_ascii": true}')
  FROM generate_series(1, 20000) i$$) < 2 AS text_layouts;
SELECT growth($$SELECT (SELECT jsonify_text_agg(p, '{ id author { name } }') FROM posts p WHERE p.author_id = u.id) FROM users u, generate_series(1, 5)$$) < 2 AS text_aggregates;

SELECT jsonify_text(ROW('ż', '{"ż": [1]}'::jsonb), options => '{"ensure_ascii": true}');

-- What a computed field in C leaves behind goes with the row, not with the batch: here
-- what a column of 50 kB is detoasted to. The last row says what is used by then.
CREATE TABLE notes (id int PRIMARY KEY, note text);
INSERT INTO notes SELECT i, repeat('x', 50000) FROM generate_series(1, 1000) i;
CREATE FUNCTION hash(notes) RETURNS int LANGUAGE internal STABLE AS 'hash_record';
CREATE FUNCTION used(notes) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT CASE WHEN $1.id % 999 = 1 THEN t_memory_flat.used() END';
SELECT (d -> -1 ->> 'used')::bigint - (d -> 0 ->> 'used')::bigint < 10000000 AS computed
  FROM (SELECT jsonify_agg(n, '{ hash used }' ORDER BY id) AS d FROM notes n) s;
SELECT jsonify(n, '{ id hash }') = jsonb_build_object('id', id, 'hash', hash_record(n)) AS "a computed field" FROM notes n WHERE id = 1;

-- What is kept of functions goes when functions have changed, not only with the query.
CREATE FUNCTION word(users) RETURNS text LANGUAGE sql STABLE AS $$SELECT 'w' || $1.id$$;
CREATE FUNCTION many_changes(n int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE first bigint; r users; d jsonb;
BEGIN
  SELECT * INTO r FROM users WHERE id = 1;
  FOR i IN 1 .. n LOOP
    EXECUTE format('CREATE OR REPLACE FUNCTION t_memory_flat.other() RETURNS int LANGUAGE sql AS %L', 'SELECT ' || i);
    d := jsonify(r, '{ word }');
    IF i = n / 2 THEN first := used(); END IF;
  END LOOP;
  RAISE INFO '%', d;
  RETURN (used() - first) / 1048576;
END$$;
SELECT many_changes(600) < 2 AS changes;

-- Many different shapes, each once: what is kept of them has a bound.
CREATE FUNCTION many_shapes(n int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE first bigint;
BEGIN
  FOR i IN 1 .. n LOOP
    PERFORM jsonify(u, format('{ k%s: id, posts { t%s: title } }', i, i)) FROM users u WHERE id = 1;
    IF i = n / 2 THEN first := used(); END IF;
  END LOOP;
  RETURN (used() - first) / 1048576;
END$$;
SELECT many_shapes(4000) < 5 AS shapes;
SELECT jsonify(u, '{ k1: id, posts { t1: title } }') FROM users u WHERE id = 1;
CREATE FUNCTION many_options(n int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE first bigint;
BEGIN
  FOR i IN 1 .. n LOOP
    PERFORM jsonify(u, '{ id }', jsonb_build_object('p', i), jsonb_build_object('unknown_params', 'ignore', 'formats', repeat('bytea=hex,', i % 50) || repeat('numeric=string,', i / 50) || 'web')) FROM users u WHERE id = 1;
    PERFORM set_config('jsonify.formats', repeat('bytea=hex,', i % 50) || repeat('numeric=string,', i / 50) || 'web', true);
    PERFORM jsonify(u) FROM users u WHERE id = 1;
    IF i = n / 2 THEN first := used(); END IF;
  END LOOP;
  PERFORM set_config('jsonify.formats', '', false);
  RETURN (used() - first) / 1048576;
END$$;
SELECT many_options(2500) < 5 AS options;

-- Errors, caught; and errors in the middle of a document.
CREATE TYPE mood AS ENUM ('ok', 'bad');
CREATE FUNCTION fails(mood) RETURNS json LANGUAGE plpgsql AS $$BEGIN IF $1 = 'bad' THEN RAISE 'stop'; END IF; RETURN '1'; END$$;
CREATE CAST (mood AS json) WITH FUNCTION fails(mood);
ALTER TABLE posts ADD COLUMN m mood DEFAULT 'ok';
UPDATE posts SET m = 'bad' WHERE id = (SELECT max(id) FROM posts WHERE author_id = 1);
CREATE FUNCTION many_errors(n int, shape text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE first bigint;
BEGIN
  FOR i IN 1 .. n LOOP
    BEGIN
      PERFORM jsonify(u, shape) FROM users u WHERE id = 1;
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
    IF i = n / 2 THEN first := used(); END IF;
  END LOOP;
  RETURN (used() - first) / 1048576;
END$$;
SELECT many_errors(4000, '{ id, posts { nope } }') < 2 AS unknown_names, many_errors(4000, '{ id, posts { title }') < 2 AS syntax_errors,
       many_errors(4000, '{ id, bio, posts { title, m } }') < 2 AS errors_in_casts;
SELECT jsonify(u, '{ posts { m } }') FROM users u WHERE id = 1;
ALTER TABLE posts DROP COLUMN m;

-- Documents that change ever other columns: of the statements that were kept for those nothing is left.
DO $$BEGIN EXECUTE (SELECT format('CREATE TABLE wide (id int PRIMARY KEY, %s)', string_agg('c' || i || ' int', ', ')) FROM generate_series(1, 30) i); END$$;
INSERT INTO wide (id) VALUES (1);
CREATE FUNCTION many_columns(n int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE first bigint;
BEGIN
  FOR i IN 1 .. n LOOP
    PERFORM jsonify_save('wide', (SELECT jsonb_object_agg('c' || c, i) || '{"id": 1}' FROM generate_series(1, 30) c WHERE hashint4(i * 30 + c) % 2 = 0),
      options => '{"return": "none"}');
    IF i = n / 2 THEN first := used(); END IF;
  END LOOP;
  RETURN (used() - first) / 1048576;
END$$;
SELECT many_columns(2000) < 2 AS other_columns;
SELECT count(*) FILTER (WHERE value = '2000') AS saved FROM wide, jsonb_each(to_jsonb(wide));

-- Work space goes when a query ends.
DO $$
DECLARE first bigint;
BEGIN
  FOR i IN 1 .. 12 LOOP
    PERFORM length(jsonify_agg(u, '{ * posts { * author { * } } }')::text) FROM users u;
    IF i = 2 THEN first := used(); END IF;
  END LOOP;
  RAISE INFO 'grew: %', (used() - first) / 1048576 > 2;
END$$;
SELECT jsonify(u, '{ * -bio posts(limit: 1) { * author { name } } }') FROM users u WHERE id = 2000;
DROP SCHEMA t_memory_flat CASCADE;
