-- as_string, as_integer and so on: each kind of JSON to each type.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_casters;
SET search_path = t_casters, public;
\pset format unaligned
\pset null '(null)'

-- What a caster makes of an element, as text, or the error.
CREATE FUNCTION tried(caster text, element jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
  EXECUTE format('SELECT %I($1)::text', caster) INTO result USING element;
  RETURN left(result, 70);
EXCEPTION WHEN OTHERS THEN
  RETURN left(SQLSTATE || ' ' || SQLERRM, 70);
END$$;
SELECT left(element::text, 40) AS element, tried('as_string', element) AS string, tried('as_integer', element) AS "integer", tried('as_bigint', element) AS "bigint"
FROM unnest(ARRAY['null', 'true', 'false', '0', '-5', '1.0', '1.50', '1e2', '1e-2', '-0.0', '2147483647',
  '2147483648', '-2147483648', '-2147483649.0', '9223372036854775807', '9223372036854775808', '1e400',
  '""', '" "', '"5"', '" 5 "', '"-0"', '"5.0"', '"1e2"', '"x"', '"true"', '"2147483648"', '"9223372036854775808"',
  '"ż\n\"\u20ac"', '[]', '[1]', '{}', '{"a": 1}', '[[1]]', '[null]']::jsonb[])
  WITH ORDINALITY e (element, i) ORDER BY i;
SELECT left(element::text, 40) AS element, tried('as_float', element) AS "float", tried('as_numeric', element) AS "numeric", tried('as_boolean', element) AS "boolean"
FROM unnest(ARRAY['null', 'true', 'false', '0', '1', '-5', '1.50', '1e2', '0.1', '1e400', '1e-400', '12345678901234567890.123456789012345678901234567890',
  '""', '"5"', '" 5.50 "', '"NaN"', '"nan"', '"Infinity"', '"-inf"', '"1e400"', '"x"', '"true"', '" TRUE "', '"on"',
  '"off"', '"y"', '"no"', '"1"', '"0"', '"t"', '"o"', '"null"', '[]', '[true]', '{}']::jsonb[])
  WITH ORDINALITY e (element, i) ORDER BY i;

-- SQL NULL, an element that is not there, and the types of results.
SELECT as_string(NULL::jsonb), as_string(NULL::json), as_integer('{}'::jsonb -> 'a'), as_bigint('{"a": null}'::jsonb -> 'a'),
  as_float('[1]'::jsonb -> 7), as_boolean('{"a": 1}'::jsonb #> '{a,b}'),
  as_numeric(('{"a": {"b": null}}'::jsonb)['a']['b']);
SELECT pg_typeof(as_string(j)), pg_typeof(as_integer(j)), pg_typeof(as_bigint(j)), pg_typeof(as_float(j)), pg_typeof(as_boolean('true'::jsonb)), pg_typeof(as_numeric(j)) FROM (VALUES (jsonb '1')) v (j);
SELECT pg_typeof(as_string(j)), pg_typeof(as_integer(j)), pg_typeof(as_bigint(j)), pg_typeof(as_float(j)), pg_typeof(as_boolean('true'::json)), pg_typeof(as_numeric(j)) FROM (VALUES (json '1')) v (j);
SELECT as_integer(d -> 'k') + 1, as_string(d #> '{a,0,b}') || '!', as_numeric(d['n']) * 2,
  as_boolean(d['a'][0]['c']) AND true
  FROM jsonify('{"k": 41, "n": 1.50, "a": [{"b": "x", "c": "yes"}]}'::jsonb) d;
SELECT as_integer(jsonb '1.5');
SELECT as_integer(jsonb '[1]');
SELECT as_integer(json '[1]');
SELECT as_boolean(jsonb '0');
-- A literal has to say which of the two it is (19 words the hint otherwise).
\set VERBOSITY terse
SELECT as_integer('1');
\set VERBOSITY default

-- Of json the same as of jsonb, but that the text of a number is its own.
CREATE FUNCTION tried(caster text, element json) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
  EXECUTE format('SELECT %I($1)::text', caster) INTO result USING element;
  RETURN left(result, 70);
EXCEPTION WHEN OTHERS THEN
  RETURN left(SQLSTATE || ' ' || SQLERRM, 70);
END$$;
SELECT caster, count(*), count(*) FILTER (WHERE tried(caster, element) IS NOT DISTINCT FROM tried(caster, element::jsonb)) AS same, string_agg(element || ': ' || tried(caster, element), ', ') FILTER (WHERE tried(caster, element) IS DISTINCT FROM tried(caster, element::jsonb)) AS others
FROM unnest('{as_string,as_integer,as_bigint,as_float,as_boolean,as_numeric}'::text[]) WITH ORDINALITY c (caster, n),
  unnest(ARRAY['null', 'true', 'false', '0', '-5', '1.0', '1.50', '1e2', '1e-2', '-0.0', '2147483647', '2147483648', '9223372036854775808', '1e400', ' 7 ', E'\n-1.5\t', ' null ', ' "x" ', ' true',
  '""', '" "', '"5"', '" 5 "', '"1e2"', '"x"', '"true"', '"NaN"', '"-inf"', '"on"', '"ż\n\"\u20ac"', '[]', '[1]', '{}', '{"a": 1}', ' [[1]] ']::json[]) element GROUP BY caster, n ORDER BY n;
SELECT tried('as_string', json '"\u0000"'), tried('as_string', json '1e400000'), tried('as_numeric', json '1e400000'), as_integer(jsonify_text(ROW(41)) -> 'f1') + 1;
CREATE TABLE texts (doc json);
INSERT INTO texts SELECT json_build_object('age', i) FROM generate_series(1, 10) i;
CREATE INDEX ON texts (as_integer(doc -> 'age'));
SELECT doc FROM texts WHERE as_integer(doc -> 'age') = 7;

-- Numbers are what they were before they became JSON.
SELECT d, as_bigint(d -> 'f1'), as_numeric(d -> 'f2'), as_float(d -> 'f3')
  FROM jsonify(ROW(1099511627776, 0.10, '-Infinity'::float8)) d;
SELECT bool_and(as_integer(jsonify(i)) = i AND as_bigint(jsonify(i::bigint << 32)) = i::bigint << 32
  AND as_numeric(jsonify(i / 7.0)) = i / 7.0 AND as_float(jsonify(i / 7::float8)) = i / 7::float8
  AND as_string(jsonify(i::text)) = i::text)
  FROM generate_series(-1000, 1000) i;
SELECT bool_and(as_float(jsonify(f)) = f OR f = 'NaN' AND as_float(jsonify(f)) = 'NaN'),
  bool_and(as_numeric(jsonify(n)) = n)
  FROM unnest(ARRAY['NaN', 'Infinity', '-Infinity', 0.1, 1e300, -5e-324]::float8[],
    ARRAY['NaN', 'Infinity', 0.10, 1e300, -1e-300, 0]::numeric[]) t (f, n);
-- The same as the operator that PostgreSQL has, for text.
SELECT bool_and(as_string(v) IS NOT DISTINCT FROM d ->> k) FROM jsonb_build_object('s', E'a"\\\n', 'e', '', 'n', 1.50, 't', true, 'f', false, 'z', NULL) d, jsonb_each(d) e (k, v);

-- Immutable, and so good for indexes and generated columns; strict; parallel safe.
SELECT proname, proargtypes[0]::regtype AS element, provolatile, proisstrict, proparallel FROM pg_proc WHERE proname LIKE 'as\_%' AND pronamespace = 'public'::regnamespace ORDER BY 1, 2;
CREATE TABLE docs (id int, doc jsonb, age int GENERATED ALWAYS AS (as_integer(doc -> 'age')) STORED);
INSERT INTO docs
SELECT i, jsonb_build_object('age', CASE i % 3 WHEN 0 THEN to_jsonb(i) WHEN 1 THEN to_jsonb(i::text) ELSE 'null' END,
                             'name', 'n' || i, 'ok', i % 2 = 0)
FROM generate_series(1, 5000) i;
SELECT doc, age FROM docs WHERE id <= 3 ORDER BY id;
CREATE INDEX ON docs (as_integer(doc -> 'age'));
CREATE UNIQUE INDEX ON docs (as_string(doc -> 'name'));
CREATE INDEX ON docs (id) WHERE as_boolean(doc -> 'ok');
ANALYZE docs;
\pset tuples_only on
EXPLAIN (COSTS OFF) SELECT id FROM docs WHERE as_integer(doc -> 'age') = 3000;
SELECT id, age FROM docs WHERE as_integer(doc -> 'age') = 3000;
EXPLAIN (COSTS OFF) SELECT id FROM docs WHERE as_string(doc -> 'name') = 'n77';
SELECT id, age FROM docs WHERE as_string(doc -> 'name') = 'n77';
SELECT count(*), count(age), sum(age) FROM docs;
INSERT INTO docs VALUES (0, '{"age": [1]}');
INSERT INTO docs VALUES (0, '{"age": 1, "name": "n77"}');
INSERT INTO docs VALUES (0, '{"name": "nobody"}');
SELECT id, age FROM docs WHERE id = 0;
-- values that are long, compressed and out of line
CREATE TABLE long (d jsonb);
INSERT INTO long SELECT to_jsonb(repeat(i::text, 20000)) FROM generate_series(1, 3) i;
SELECT bool_and(as_string(d) = d #>> '{}'), sum(length(as_string(d))), sum(length(as_numeric(d)::text)) FROM long;
BEGIN;
SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0; SET LOCAL max_parallel_workers_per_gather = 2;
SELECT sum(as_integer(doc -> 'age')) FROM docs;
ROLLBACK;
DROP SCHEMA t_casters CASCADE;
