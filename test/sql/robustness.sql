-- What has to hold against odd types, odd shapes and odd moments.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_robust;
SET search_path = t_robust, public;
\pset format unaligned
\pset tuples_only on

CREATE FUNCTION kept() RETURNS numeric LANGUAGE sql AS $$ SELECT sum(total_bytes) FROM pg_backend_memory_contexts WHERE name LIKE 'jsonify %' $$;

-- An anonymous record may turn out to hold a type with a cast to a scalar.
CREATE TYPE price AS (amount int, currency text);
CREATE FUNCTION price_json(price) RETURNS jsonb LANGUAGE sql AS $$ SELECT to_jsonb($1.amount || ' ' || $1.currency) WHERE $1.amount > 0 $$;
CREATE CAST (price AS jsonb) WITH FUNCTION price_json(price);
CREATE FUNCTION any_price(int) RETURNS record LANGUAGE sql AS $$ SELECT ROW($1, 'EUR')::price $$;
SELECT jsonify(any_price(1)), jsonb_typeof(jsonify(any_price(1)));
SELECT jsonify(any_price(0)), jsonb_typeof(jsonify(any_price(0)));
SELECT jsonify((ARRAY[ROW(2, 'PLN')::price]::record[])[1]);
SELECT jsonify(ARRAY[ROW(2, 'PLN')::price, NULL, ROW(0, 'PLN')::price]), jsonify(ROW(ROW(3, 'USD')::price));

-- A type of types of types is made once each, not once a path to it.
DO $$
BEGIN
  CREATE TYPE t0 AS (a int, b int);
  FOR i IN 1..16 LOOP
    EXECUTE format('CREATE TYPE t%1$s AS (a t%2$s, b t%2$s)', i, i - 1);
  END LOOP;
END$$;
SELECT jsonify(row(row(null, null), null)::t16) = to_jsonb(row(row(null, null), null)::t16);
SELECT kept() < 1024 * 1024;

-- What is kept of a long shape is in proportion to it; of a very long one nothing.
CREATE TABLE wide (id int PRIMARY KEY);
INSERT INTO wide VALUES (7);
SELECT count(*) FROM wide w, jsonb_object_keys(jsonify(w, (SELECT '{' || string_agg('"quoted ' || i || '": "id"', ' ') || '}' FROM generate_series(1, 5000) i)));
SELECT kept() < 4 * 1024 * 1024;
SELECT count(*) FROM wide w, jsonb_object_keys(jsonify(w, (SELECT '{' || string_agg('"quoted ' || i || '": "id"', ' ') || '}' FROM generate_series(1, 100000) i)));
SELECT kept() < 16 * 1024 * 1024;

-- Keys that are passed as text are exact in every setting.
CREATE TABLE fa (k float8[] PRIMARY KEY, t timestamptz[] UNIQUE);
CREATE TABLE fb (id int PRIMARY KEY, k float8[] REFERENCES fa, t timestamptz[] REFERENCES fa (t));
INSERT INTO fa SELECT ARRAY[0.1::float8 + 0.2::float8], ARRAY[timestamptz '2024-10-27 01:30:00.123456+00'];
INSERT INTO fb SELECT 1, k, t FROM fa;
SET extra_float_digits = -15; SET datestyle = 'SQL, DMY'; SET timezone = 'Europe/Warsaw';
SELECT jsonify(b, '{ k: fa(via: k) { ok: k } }') -> 'k' <> 'null', jsonify(b, '{ t: fa(via: t) { ok: k } }') -> 't' <> 'null' FROM fb b;
SHOW extra_float_digits;
SHOW datestyle;
RESET extra_float_digits; RESET datestyle; RESET timezone;

-- A query that names a type follows it when it is renamed or moved.
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TABLE moods (k mood[] PRIMARY KEY);
CREATE TABLE moody (id int PRIMARY KEY, k mood[] REFERENCES moods);
INSERT INTO moods VALUES ('{sad}'), ('{glad,sad}');
INSERT INTO moody SELECT i, CASE i % 2 WHEN 0 THEN '{sad}' ELSE '{glad,sad}' END::mood[] FROM generate_series(1, 1500) i;
SELECT jsonify(m, '{ moods }') FROM moody m WHERE id = 1;
ALTER TYPE mood RENAME TO temper;
SELECT jsonb_array_length(jsonify_agg(m, '{ moods }')) FROM moody m;
CREATE SCHEMA t_robust2;
ALTER TYPE temper SET SCHEMA t_robust2;
SELECT jsonify(m, '{ moods }') FROM moody m WHERE id = 1;
SELECT jsonb_array_length(jsonify_agg(m, '{ moods }')) FROM moody m;

-- Many different keys that have one hash are no trap.
CREATE TABLE folded (id bigint PRIMARY KEY);
INSERT INTO folded SELECT (i::bigint << 32) | i FROM generate_series(1, 3000) i;
CREATE TABLE folds (id int PRIMARY KEY, folded_id bigint REFERENCES folded);
INSERT INTO folds SELECT i, (i::bigint << 32) | i FROM generate_series(1, 3000) i;
SELECT count(*) FILTER (WHERE d #>> '{folded,id}' = ((d -> 'id')::bigint << 32 | (d -> 'id')::bigint)::text) FROM jsonb_array_elements((SELECT jsonify_agg(f, '{ id folded { id } }') FROM folds f)) d;

-- Hints tell of nothing that the role may not read, and a key in a table that
-- it may not read takes no name away.
CREATE ROLE regress_jsonify_hints;
CREATE TABLE people (id int PRIMARY KEY, name text, pin text);
CREATE TABLE salaries (id int PRIMARY KEY, person_id int REFERENCES people);
CREATE TABLE papers (id int PRIMARY KEY, person_id int REFERENCES people);
CREATE TABLE reviews (person_id int REFERENCES people, paper_id int REFERENCES papers, PRIMARY KEY (person_id, paper_id));
INSERT INTO people VALUES (1, 'eve', '0000');
INSERT INTO papers VALUES (1, 1);
GRANT USAGE ON SCHEMA t_robust TO regress_jsonify_hints;
GRANT SELECT (id, name) ON people TO regress_jsonify_hints;
GRANT SELECT ON papers TO regress_jsonify_hints;
SELECT jsonify(p, '{ id people { name } }') FROM papers p;
SET ROLE regress_jsonify_hints;
SELECT jsonify(p, '{ people { papers { id } nothing } }') FROM papers p;
SELECT jsonify(p, '{ people { salary } }') FROM papers p;
SELECT jsonify(p, '{ people { salaries } }') FROM papers p;
SELECT jsonify(p, '{ id people { name papers { id } } }') FROM papers p;
SELECT jsonify(ROW(1, 'a', 'b')::people, '{ nothing_like_it }');
-- Below the root the column that a to-one key stands in must be readable too.
RESET ROLE;
CREATE TABLE drafts (id int PRIMARY KEY, paper_id int REFERENCES papers);
INSERT INTO drafts VALUES (1, 1);
REVOKE SELECT ON papers FROM regress_jsonify_hints;
GRANT SELECT (id) ON papers TO regress_jsonify_hints;
GRANT SELECT ON drafts TO regress_jsonify_hints;
SET ROLE regress_jsonify_hints;
SELECT jsonify(d, '{ id paper { id } }') FROM drafts d;
SELECT jsonify(d, '{ id paper { id person { name } } }') FROM drafts d;
SELECT jsonify(d, '{ id paper { nothing_like_it } }') FROM drafts d;
RESET ROLE;
DROP SCHEMA t_robust, t_robust2 CASCADE;
DROP ROLE regress_jsonify_hints;
