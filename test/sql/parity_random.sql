-- Types and values made at random, and whatever the system catalogs hold: jsonify(x)
-- against to_jsonb(x), and its text against to_json(x), by bytes. What differs is
-- printed, and beside it a document of what each part compares.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_parity_random;
SET search_path = t_parity_random, public;
\set helpers `echo "$PG_ABS_SRCDIR/helpers.sql"`
\i :helpers
CREATE TABLE bad (what text, detail text);

-- Every relation of the system: all its types (anyarray, pg_node_tree, aclitem[]
-- and the like), real data, nulls.
DO $$
DECLARE r regclass; n bigint; b bigint; tables int := 0; total bigint := 0;
BEGIN
  FOR r IN SELECT oid FROM pg_class WHERE relkind IN ('r', 'v') AND relnamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
           ORDER BY oid LOOP
    BEGIN
      EXECUTE format('SELECT count(*), count(*) FILTER (WHERE NOT (
                        same(jsonify(x), to_jsonb(x), jsonify_text(x), to_json(x))
                        AND same(jsonify(ARRAY[x]), to_jsonb(ARRAY[x]), jsonify_text(ARRAY[x]), to_json(ARRAY[x]))))
                      FROM (SELECT * FROM %s LIMIT 150) x', r) INTO n, b;
      total := total + n; tables := tables + 1;
      IF b > 0 THEN INSERT INTO bad VALUES (r, b || ' rows'); END IF;
    EXCEPTION WHEN OTHERS THEN
      INSERT INTO bad VALUES (r, SQLSTATE || ' ' || SQLERRM);
    END;
  END LOOP;
  IF tables < 150 OR total < 5000 THEN RAISE 'compared % rows of % tables only', total, tables; END IF;
END$$;
SELECT * FROM bad;
SELECT jsonify(a) FROM pg_am a WHERE amname = 'btree';

-- A null of every type that a column can have, and of its array.
DO $$
DECLARE types text[]; l text; same bool; n int := 0;
BEGIN
  SELECT array_agg(format_type(oid, NULL) ORDER BY oid) INTO types FROM pg_type t
  WHERE typtype IN ('b', 'e', 'r', 'm', 'c') AND typnamespace = 'pg_catalog'::regnamespace
    AND (typrelid = 0 OR (SELECT relkind FROM pg_class WHERE oid = typrelid) <> 'i');
  FOR l IN SELECT string_agg(format('NULL::%s AS %I', t, t), ', ') FROM unnest(types) WITH ORDINALITY u (t, i) GROUP BY i / 60 LOOP
    EXECUTE format('SELECT same(jsonify(x), to_jsonb(x), jsonify_text(x), to_json(x)) FROM (SELECT %s) x', l) INTO same;
    n := n + 1;
    IF same IS NOT TRUE THEN INSERT INTO bad VALUES ('nulls', l); END IF;
  END LOOP;
  IF n < 5 THEN RAISE 'compared % rows only', n; END IF;
END$$;
SELECT * FROM bad;
SELECT jsonify(x) FROM (SELECT NULL::pg_node_tree AS tree, NULL::aclitem[] AS acl) x;

-- Pools of values of many types.
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN posint AS int CHECK (VALUE > 0);
CREATE DOMAIN texts AS text[];
CREATE TYPE pair AS (a numeric, b text);
CREATE TYPE tree AS (p pair, ps pair[], i posint, t texts, j jsonb);
CREATE DOMAIN d_tree AS tree;
CREATE TABLE pool (i int GENERATED ALWAYS AS IDENTITY, type text, lits text[]);
INSERT INTO pool (type, lits) VALUES
 ('bool', '{t,f}'), ('int2', '{0,-1,12,32767}'), ('int4', '{0,7,-70000,2147483647}'), ('int8', '{0,10000,-99999999999,9223372036854775807}'),
 ('numeric', '{0,0.00,1.50,-1e20,1e-20,NaN,123456789.987654321,10000}'), ('float4', '{0,-0,1.25,1e20,NaN}'), ('float8', '{0.1,1e300,-Infinity,100}'),
 ('text', ARRAY['', 'x', 'żółw "q" \', repeat('long ', 60), E'\n\t']), ('varchar(5)', '{abc,""}'), ('char(7)', '{abc}'), ('name', '{nm}'), ('bytea', ARRAY['', '\x00ff41']),
 ('date', '{2020-02-29,infinity,0001-01-01}'), ('timestamp', ARRAY['2020-01-02 03:04:05.678', '-infinity']), ('timestamptz', ARRAY['2020-07-02 03:04:05+00', '1890-01-01 00:00+00']),
 ('time', '{12:00:00.5}'), ('timetz', ARRAY['12:00+05:30']), ('interval', ARRAY['1 day', '-2 mons 03:00']), ('uuid', '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'),
 ('inet', '{10.0.0.1,::1}'), ('money', '{1.50}'), ('bit(3)', '{101}'), ('point', '{"(1,2)"}'),
 ('polygon', '{"((1,2),(3,4))"}'), ('tsvector', '{"a b"}'), ('regclass', '{pg_class}'), ('pg_lsn', '{1/2}'),
 ('json', ARRAY['1', '{"b":1, "a":[1,{}],"b":2}', 'null', '"s"', '[]']), ('jsonb', ARRAY['1.10', '{"b":1, "a":[1,{}],"c":"x"}', 'null', '"s"', '[]', '{}', '[[1,2],[3]]']),
 ('int4range', ARRAY['[1,5)', 'empty']), ('tstzrange', ARRAY['[2020-01-01,)']), ('nummultirange', ARRAY['{[1,2]}']), ('mood', '{sad,ok}'), ('posint', '{1,10000}'), ('texts', ARRAY['{a,NULL}', '{}']),
 ('pair', ARRAY['(1.0,x)', '(,)']), ('tree', ARRAY['(,,,,)', '("(1,x)","{""(1,x)"",NULL}",3,"{a,b}","{""k"": [1, null]}")']), ('d_tree', ARRAY['("(2.50,)",{},,,1)']),
 ('int4[]', ARRAY['{}', '{1,NULL,-3}', '[5:6]={1,2}', '{{1,2},{3,4}}']),
 ('text[]', ARRAY['{a,"b c",NULL}', '{{a},{b}}']), ('jsonb[]', ARRAY['{1,"[]",NULL}']),
 ('pair[]', ARRAY['{"(1,x)",NULL}']), ('timestamptz[]', ARRAY['{2020-01-01}']), ('d_tree[]', ARRAY['{NULL}']);

-- A random value of a random type, now and then NULL or an array, as SQL.
CREATE FUNCTION some_value(OUT sql text, OUT type text) LANGUAGE plpgsql AS $$
DECLARE lits text[]; k int := 1 + floor(random() * (SELECT count(*) FROM pool));
BEGIN
  SELECT p.type, p.lits INTO STRICT type, lits FROM pool p WHERE p.i = k;
  sql := CASE WHEN random() < 0.2 THEN 'NULL' ELSE quote_literal(lits[1 + floor(random() * cardinality(lits))::int]) END || '::' || type;
  IF random() < 0.1 AND type NOT LIKE '%[]' AND type NOT LIKE '%vector' AND type <> 'texts' THEN
    sql := format('ARRAY[%s, NULL, %s]', sql, sql); type := type || '[]';
  END IF;
END$$;
CREATE FUNCTION some_name() RETURNS text LANGUAGE sql VOLATILE
  AS $$SELECT (ARRAY['a', 'b', 'id', 'Id', 'name', 'long column name', 'é', '"', '\', 'é'])[1 + floor(random() * 10)::int] || left(md5(random()::text), floor(random() * 30)::int)$$;

-- Anonymous records, nested at random, one name perhaps twice.
CREATE FUNCTION some_row(depth int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE cols text[] := '{}'; n int := floor(random() * 12); v text;
BEGIN
  IF random() < 0.1 THEN n := 30 + floor(random() * 10); END IF;
  FOR i IN 1 .. n LOOP
    v := CASE WHEN depth < 3 AND random() < 0.12 THEN '(' || some_row(depth + 1) || ')'
              WHEN depth < 3 AND random() < 0.06 THEN 'ARRAY(' || some_row(depth + 1) || ')'
              ELSE (SELECT sql FROM some_value()) END;
    cols := cols || format('%s AS %I', v, some_name());
  END LOOP;
  RETURN 'SELECT s FROM (SELECT ' || array_to_string(cols, ', ') || ') s';
END$$;
SELECT setseed(0.25);
DO $$
DECLARE q text; same bool; n int := 0;
BEGIN
  FOR i IN 1 .. 1200 LOOP
    q := some_row(0);
    BEGIN
      EXECUTE format('SELECT bool_and(same(jsonify(s), to_jsonb(s), jsonify_text(s), to_json(s))
          AND same(jsonify(ROW(s, s)), to_jsonb(ROW(s, s)), jsonify_text(ROW(s, s)), to_json(ROW(s, s)))
          AND same(jsonify(ARRAY[s, s]), to_jsonb(ARRAY[s, s]), jsonify_text(ARRAY[s, s]), to_json(ARRAY[s, s])))
        FROM (%s) q', q) INTO same;
      n := n + 1;
      IF same IS NOT TRUE THEN INSERT INTO bad VALUES ('record', q); END IF;
    EXCEPTION WHEN OTHERS THEN
      INSERT INTO bad VALUES (SQLSTATE || ' ' || SQLERRM, q);
    END;
  END LOOP;
  IF n < 1200 THEN INSERT INTO bad VALUES ('records compared', n); END IF;
END$$;
SELECT what, count(*), min(left(detail, 200)) FROM bad GROUP BY 1 ORDER BY 1;
SELECT jsonify(s) AS "one name twice" FROM (SELECT 1.50 AS a, ARRAY['sad'::mood, NULL] AS "Id", '(,,,,)'::tree AS a) s;

-- Tables of random columns, filled, altered, filled again, compared after each
-- change in one session.
SELECT setseed(0.75);
DO $$
DECLARE v record; cols text; vals text; n int; b int; total int := 0;
BEGIN
  FOR i IN 1 .. 40 LOOP
    CREATE TABLE f (k int);
    FOR step IN 1 .. 4 LOOP
      FOR c IN 1 .. 1 + floor(random() * 14)::int LOOP
        SELECT * INTO v FROM some_value();
        EXECUTE format('ALTER TABLE f ADD COLUMN %I %s %s', some_name() || step || '_' || c, v.type, CASE WHEN random() < 0.4 THEN 'DEFAULT ' || v.sql ELSE '' END);
        IF random() < 0.15 THEN
          EXECUTE format('ALTER TABLE f DROP COLUMN %I',
            (SELECT attname FROM pg_attribute WHERE attrelid = 'f'::regclass AND attnum > 0 AND NOT attisdropped
             ORDER BY md5(attname || random()) LIMIT 1));
        END IF;
        IF random() < 0.1 THEN
          EXECUTE format('ALTER TABLE f RENAME COLUMN %I TO %I',
            (SELECT attname FROM pg_attribute WHERE attrelid = 'f'::regclass AND attnum > 0 AND NOT attisdropped
             ORDER BY md5(attname || random()) LIMIT 1), 'renamed ' || step || c);
        END IF;
      END LOOP;
      FOR r IN 1 .. 3 LOOP
        -- each column its default, or a value of its type from the pool
        SELECT string_agg(quote_ident(attname), ', '), string_agg(coalesce(
                 (SELECT quote_literal(p.lits[1 + floor(random() * cardinality(p.lits))::int]) FROM pool p WHERE p.type::regtype = atttypid), 'DEFAULT'), ', ')
          INTO cols, vals FROM pg_attribute WHERE attrelid = 'f'::regclass AND attnum > 0 AND NOT attisdropped AND random() < 0.6;
        IF cols IS NULL THEN
          INSERT INTO f DEFAULT VALUES;
        ELSE
          EXECUTE format('INSERT INTO f (%s) VALUES (%s)', cols, vals);
        END IF;
      END LOOP;
      SELECT count(*), count(*) FILTER (WHERE NOT (
               same(jsonify(f), to_jsonb(f), jsonify_text(f), to_json(f))
               AND same(jsonify(f, '{*}'), to_jsonb(f), jsonify_text(f, '{*}'), to_json(f))))
        INTO n, b FROM f;
      total := total + n;
      IF b > 0 THEN INSERT INTO bad VALUES ('table', format('%s of %s rows: %s', b, n, (SELECT to_jsonb(f) FROM f LIMIT 1))); END IF;
    END LOOP;
    DROP TABLE f;
  END LOOP;
  IF total < 500 THEN INSERT INTO bad VALUES ('table rows compared', total); END IF;
END$$;
SELECT what, count(*), min(left(detail, 200)) FROM bad GROUP BY 1 ORDER BY 1;
CREATE TABLE f (k int, "é" pair, gone int, "Id" posint DEFAULT 1);
INSERT INTO f VALUES (7, '(1.0,x)', 8);
ALTER TABLE f DROP COLUMN gone, ADD COLUMN t texts DEFAULT '{a,NULL}';
SELECT jsonify(f) AS "altered since" FROM f;
DROP SCHEMA t_parity_random CASCADE;
