-- What lies at the edges of single types and of rows, jsonify(x) against
-- to_jsonb(x) by bytes; and where to_jsonb fails, jsonify fails the same way.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_parity_limits;
SET search_path = t_parity_limits, public;
\set helpers `echo "$PG_ABS_SRCDIR/helpers.sql"`
\i :helpers
-- Alone, in a row, in an array of rows.
CREATE FUNCTION same_everywhere(v anyelement) RETURNS bool LANGUAGE sql STABLE
  AS 'SELECT same(jsonify(v), to_jsonb(v), jsonify_text(v), to_json(v)) AND same(jsonify(ROW(v, NULL, v)), to_jsonb(ROW(v, NULL, v)), jsonify_text(ROW(v, NULL, v)), to_json(ROW(v, NULL, v)))
         AND same(jsonify(ARRAY[ROW(v)]), to_jsonb(ARRAY[ROW(v)]), jsonify_text(ARRAY[ROW(v)]), to_json(ARRAY[ROW(v)]))';

-- A type of types of types is made once each, not once a path to it.
DO $$
BEGIN
  CREATE TYPE t0 AS (a int, b int);
  FOR i IN 1..16 LOOP
    EXECUTE format('CREATE TYPE t%1$s AS (a t%2$s, b t%2$s)', i, i - 1);
  END LOOP;
END$$;
SELECT jsonify(row(row(null, null), null)::t16) = to_jsonb(row(row(null, null), null)::t16) AS same;
SELECT kept() < 1024 * 1024 AS little_is_kept;
SELECT jsonify(row(row(null, row(1, 2)), null)::t2);

-- numeric: 0, 1, 1000 digits and as many as there can be, zeros before and
-- after, scales that the short header cannot hold; from 15 on, negative scales and
-- more digits after the point than there are.
SELECT current_setting('server_version_num')::int < 150000 AS is_14 \gset
\if :is_14
    \set thousands numeric
    \set thousandths numeric
\else
    \set thousands numeric(20,-15)
    \set thousandths numeric(3,10)
\endif
WITH n (n) AS (
  SELECT round(z, d) FROM unnest(ARRAY[0, 1, -1, 0.1, 9999, 10000, 123456789]::numeric[]) z, unnest(ARRAY[0, 1, 2, 3, 4, 5, 62, 63, 64, 65, 999, 1000, 16383]) d
  UNION ALL SELECT s * repeat(d, k)::numeric * 10::numeric ^ e
    FROM unnest(ARRAY[1, -1]) s, unnest(ARRAY['1', '9', '10', '0001', '12340']) d,
      unnest(ARRAY[1, 2, 63, 250, 1000]) k, unnest(ARRAY[0, 1, 4, 252, 256, 260, -1, -4, -252, -256, -300]) e
  UNION ALL SELECT repeat('9', 131072)::numeric UNION ALL SELECT ('1e-16383')::numeric UNION ALL SELECT ('-' || repeat('9', 131072) || '.' || repeat('9', 16383))::numeric
  UNION ALL SELECT x:::thousands FROM unnest(ARRAY['12345678901234567890', '-5e14', '4e14']::numeric[]) x
  UNION ALL SELECT x:::thousandths FROM unnest(ARRAY['1e-10', '-9.99e-8']::numeric[]) x)
SELECT count(*) > 600 AS many, count(*) FILTER (WHERE same_everywhere(n) IS NOT TRUE) AS bad FROM n;
SELECT jsonify(ARRAY[0.00, -1.50, 1e-5, 1e20, 12340e-4]);
-- floats and integers around every power of two
SELECT count(*) > 3000 AS many, count(*) FILTER (WHERE same_everywhere(f) IS NOT TRUE) AS bad_float8,
       count(*) FILTER (WHERE abs(f) < 3e38 AND abs(f) > 1e-37 AND same_everywhere(f::float4) IS NOT TRUE) AS bad_float4,
       count(*) FILTER (WHERE abs(f) < 9.2e18 AND same_everywhere(f::int8) IS NOT TRUE) AS bad_int8,
       count(*) FILTER (WHERE abs(f) < 2147483000 AND same_everywhere(f::int4) IS NOT TRUE) AS bad_int4
FROM generate_series(-500, 1000, 3) e, unnest(ARRAY[1, -1, 1.1, -1.7]) k, unnest(ARRAY[0, 1, -1]) d, LATERAL (SELECT k * 2::float8 ^ (e % 70) + d UNION ALL SELECT k * 2::float8 ^ e) f (f);
SELECT jsonify(ARRAY[2::float8 ^ -10, 2::float8 ^ 53, 2::float8 ^ 100]), jsonify(ARRAY[1.1::float4, -1.7]);

-- text: every character, alone up to where they become many bytes, then
-- together; every byte in bytea; all lengths around the strides of headers.
SELECT count(*) AS characters, count(*) FILTER (WHERE same_everywhere(chr(i)) IS NOT TRUE) AS bad FROM generate_series(1, 2200) i;
SELECT count(*) AS characters, bool_and(same(jsonify(t), to_jsonb(t), jsonify_text(t), to_json(t))) AS same
FROM (SELECT string_agg(chr(i), '') AS t FROM generate_series(1, 1114111) i WHERE i NOT BETWEEN 55296 AND 57343 GROUP BY i / 4096) s;
SELECT count(*), count(*) FILTER (WHERE NOT same_everywhere(t)) AS bad,
    count(*) FILTER (WHERE NOT same_everywhere(t::char(300))) AS bad_char,
    count(*) FILTER (WHERE NOT same_everywhere(decode(md5(t), 'hex'))) AS bad_bytea
FROM (SELECT left(repeat('aż"\' || chr(10), 60), n) AS t FROM generate_series(0, 280) n) s;
SELECT same_everywhere(string_agg(decode(lpad(to_hex(i), 2, '0'), 'hex'), '')) AS every_byte FROM generate_series(0, 255) i;
SELECT jsonify(E'\x01\t"\\ż𝄞'::text);

-- Arrays of six dimensions, of odd bounds, of nulls around every byte of the
-- bitmap, and elements of every alignment.
SELECT same_everywhere(array_fill(7, ARRAY[2,1,2,1,2,2])) AS six, same_everywhere(array_fill('x'::text, ARRAY[1,1,1,1,1,1], ARRAY[-3,0,5,2147483646,-2147483648,1])) AS bounds,
       same_everywhere('[2147483646:2147483646]={NULL}'::int[]) AS high, same_everywhere('[-2147483648:-2147483647]={a,NULL}'::text[]) AS low;
SELECT count(*), count(*) FILTER (WHERE same_everywhere(a) AND same_everywhere(a::text[])
      AND same_everywhere(a::int2[]) AND same_everywhere(a::int8[]) AND same_everywhere(a::"char"[])
      AND same_everywhere(a::bool[]) AND same_everywhere(a::numeric[]) AND same_everywhere(a::text[]::jsonb[])) AS same
FROM (SELECT (SELECT array_agg(CASE WHEN (k * 7919 + i * i) % 3 > 0 THEN i % 100 END) FROM generate_series(1, n) i) AS a FROM generate_series(1, 34) n, generate_series(1, 3) k) s;
SELECT jsonify(array_fill(7, ARRAY[2,1,2])), jsonify('[5:6]={a,NULL}'::text[]);

-- Rows of so many columns, as records and as rows of tables, with nulls and
-- without, names all of 63 bytes; in the records some are given twice.
CREATE FUNCTION make_row(n int, nulls bool, names int) RETURNS text LANGUAGE sql AS
  $$SELECT coalesce(string_agg(format('%s AS %I', CASE WHEN nulls AND i % 5 > 1 THEN 'NULL::bool' ELSE (ARRAY['true', '''x''::"char"', '7::int2'])[1 + i % 3] END,
                                      rpad(i % names || 'ż-' || chr(65 + i % names % 3), 62, 'x')), ', '), '') FROM generate_series(1, n) i$$;
DO $$
DECLARE n int; nulls bool; done int := 0; ok bool;
BEGIN
  FOREACH n IN ARRAY ARRAY[0, 1, 2, 31, 32, 33, 63, 64, 65, 500, 1600] LOOP
    FOREACH nulls IN ARRAY ARRAY[false, true] LOOP
      EXECUTE format('SELECT same(jsonify(s), to_jsonb(s), jsonify_text(s), to_json(s))
          AND same(jsonify(ARRAY[s, s]), to_jsonb(ARRAY[s, s]), jsonify_text(ARRAY[s, s]), to_json(ARRAY[s, s]))
        FROM (SELECT %s) s', make_row(n, nulls, 1 + n * 9 / 10)) INTO STRICT ok;
      IF ok IS NOT TRUE THEN RAISE WARNING 'record of % columns differs', n; END IF;
      EXECUTE format('CREATE TABLE wide AS SELECT %s', make_row(n, nulls, n + 1));
      SELECT same(jsonify(w), to_jsonb(w), jsonify_text(w), to_json(w))
          AND same(jsonify(ROW(w, 1)), to_jsonb(ROW(w, 1)), jsonify_text(ROW(w, 1)), to_json(ROW(w, 1)))
          AND same(jsonify_agg(w), jsonb_agg(w)) INTO STRICT ok FROM wide w GROUP BY w.*;
      IF ok IS NOT TRUE THEN RAISE WARNING 'table of % columns differs', n; END IF;
      IF (SELECT count(*) FROM jsonb_object_keys((SELECT jsonify(w) FROM wide w))) <> n THEN RAISE WARNING '% keys are not %', n, n; END IF;
      DROP TABLE wide;
      done := done + 1;
    END LOOP;
  END LOOP;
  IF done <> 22 THEN RAISE WARNING 'compared % only', done; END IF;
END$$;
SELECT same(jsonify(s), to_jsonb(s), jsonify_text(s), to_json(s)) AS same, jsonify(s) FROM (SELECT 1 AS k, 'two' AS aa, NULL AS k, ARRAY[3] AS "K", 4 AS aa, 5 AS k) s;
SELECT same(jsonify(s), to_jsonb(s), jsonify_text(s), to_json(s)) AS same, (SELECT count(*) FROM jsonb_object_keys(jsonify(s))) AS keys
FROM (SELECT 1 AS "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggXXX", 2 AS "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggYYY") s;

-- JSON that jsonb does not take: bad surrogates, \u0000, and depth.
CREATE FUNCTION outcome(e text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE r jsonb; detail text; context text;
BEGIN
  EXECUTE 'SELECT ' || e INTO r;
  RETURN r::text;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
  RETURN concat_ws(' ', SQLSTATE, SQLERRM, detail);
END$$;
SELECT lit, left(outcome(format('jsonify(%L::json)', lit)), 95) AS got,
       outcome(format('jsonify(%L::json)', lit)) = outcome(format('to_jsonb(%L::json)', lit))
       AND outcome(format('jsonify(ROW(1, %L::json))', lit)) = outcome(format('to_jsonb(ROW(1, %L::json))', lit))
       AND outcome(format('jsonify(ARRAY[ROW(ARRAY[%L::json])])', lit)) = outcome(format('to_jsonb(ARRAY[ROW(ARRAY[%L::json])])', lit)) AS same
FROM unnest(ARRAY['"\ud834\udd1e"', '"\ud800"', '"\udc00"', '"\ud800\ud800"', '"\ud800x"', '"\udd1e\ud834"', '"\u0000"',
        '{"a\u0000": 1}', '{"\ud800": 1}', '"\u20ac\u001f"', '"\u0001\u001f\"\\\/"', '1e400', '1e200000', '-1e-20000']) lit;
SELECT same(jsonify(j), to_jsonb(j), jsonify_text(j), to_json(j)) AS deep FROM (SELECT (repeat('[', 1000) || repeat(']', 1000))::json AS j) s;
SELECT same(jsonify(j), to_jsonb(j), jsonify_text(j), to_json(j)) AS deep FROM (SELECT (repeat('{"a":[', 600) || '1' || repeat(']}', 600))::jsonb AS j) s;
DROP SCHEMA t_parity_limits CASCADE;

-- Other encodings of the server: text in one byte a character, and text of no
-- encoding at all, which is passed through.
SELECT current_database() AS here \gset
DROP DATABASE IF EXISTS regress_jsonify_latin1;
DROP DATABASE IF EXISTS regress_jsonify_ascii;
CREATE DATABASE regress_jsonify_latin1 TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C';
CREATE DATABASE regress_jsonify_ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C';
\c regress_jsonify_latin1
CREATE EXTENSION jsonify;
SET client_encoding = 'UTF8';
SELECT ROW(jsonify(s))::record *= ROW(to_jsonb(s))::record AS same, octet_length(t) AS bytes, jsonify(s)
FROM (SELECT 'ÿ"é' AS t, '"\u00e9 é"'::json AS j, '{"ü": ["ß"]}'::jsonb AS jb, ARRAY['ñ'] AS "Ä", convert_to('é', 'LATIN1') AS b) s;
SELECT count(*) AS characters, bool_and(ROW(jsonify(chr(i)))::record *= ROW(to_jsonb(chr(i)))::record) AS same FROM generate_series(1, 255) i;
CREATE FUNCTION pg_temp.fails(q text) RETURNS text LANGUAGE plpgsql AS $$BEGIN EXECUTE q; RETURN NULL; EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || SQLERRM; END$$;
SELECT pg_temp.fails($$SELECT jsonify('"\u20ac"'::json)$$) = pg_temp.fails($$SELECT to_jsonb('"\u20ac"'::json)$$) AS same_error;
\c regress_jsonify_ascii
CREATE EXTENSION jsonify;
SELECT count(*) AS bytes, bool_and(ROW(jsonify(t))::record *= ROW(to_jsonb(t))::record AND ROW(jsonify(ROW(t, t)))::record *= ROW(to_jsonb(ROW(t, t)))::record) AS same
FROM (SELECT convert_from(decode('61' || to_hex(i), 'hex'), 'SQL_ASCII') AS t FROM generate_series(16, 255) i) s;
CREATE FUNCTION pg_temp.fails(q text) RETURNS text LANGUAGE plpgsql AS $$BEGIN EXECUTE q; RETURN NULL; EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || SQLERRM; END$$;
SELECT pg_temp.fails($$SELECT jsonify('"\u00e9"'::json)$$) = pg_temp.fails($$SELECT to_jsonb('"\u00e9"'::json)$$) AS same_error;
\c :"here"
DROP DATABASE regress_jsonify_latin1;
DROP DATABASE regress_jsonify_ascii;
