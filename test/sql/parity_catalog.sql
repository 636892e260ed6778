-- jsonify(x) against to_jsonb(x) by bytes for every type of pg_type that can
-- stand in a column: base types from a table of literals, and from those all
-- that is made of them: arrays, ranges, multiranges, domains, the row types of
-- all catalogs and views. A type of which there is no value here is a failure,
-- so a type that a later PostgreSQL brings is not forgotten.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_catalog;
SET search_path = t_catalog, public;
\set helpers `echo "$PG_ABS_SRCDIR/helpers.sql"`
\i :helpers

-- Types of users, which the walk meets as it does the others.
CREATE TYPE mood AS ENUM ('sad', 'so "so"', '', 'żółty');
CREATE DOMAIN mood_d AS mood;
CREATE DOMAIN ints AS int[];
CREATE DOMAIN ints_d AS ints;
CREATE DOMAIN span AS numrange;
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN pair_d AS pair;
CREATE TYPE nest AS (m mood_d, i ints_d, p pair_d[], s span, r tstzrange[], mr nummultirange);
CREATE TYPE nothing AS ();
CREATE TYPE textrange AS RANGE (subtype = text, collation = "C");
CREATE TYPE pairrange AS RANGE (subtype = pair);
CREATE TABLE tab (id int, n nest, t timestamptz(2), c char(4));

-- What cannot be typed in, PostgreSQL has made somewhere.
CREATE TABLE counted AS SELECT i AS a, i / 2 AS b, i % 3 AS c FROM generate_series(1, 50) i;
CREATE STATISTICS counts (ndistinct, dependencies, mcv) ON a, b, c FROM counted;
ANALYZE counted;

-- Literals of base types and enums ...
CREATE TABLE lits (type text PRIMARY KEY, lits text[]);
INSERT INTO lits VALUES
 ('boolean', '{t,f}'), ('smallint', '{0,1,-1,32767,-32768}'), ('integer', '{0,1,-1,2147483647,-2147483648}'), ('bigint', '{0,-1,9007199254740993,9223372036854775807,-9223372036854775808}'),
 ('numeric', '{0,0.00,-1.50,10000.0000,123456789012345678901234567890.000000000001,1e400,1e-400,NaN,Infinity,-Infinity}'),
 ('real', '{0,-0,1.5,0.1,3.4028235e38,-1e-45,1e16,NaN,Infinity,-Infinity}'), ('double precision', '{0,-0,1.5,0.30000000000000004,1.7976931348623157e308,-5e-324,1e22,NaN,Infinity,-Infinity}'),
 ('text', ARRAY['', 'a', '"\/', E'\x01\b\f\n\r\t\x1f\x7f', 'ż☃𝄞', 'null']),
 ('character varying', ARRAY['', 'ab']), ('bpchar', ARRAY['', 'ab', 'ż  ']),
 ('"char"', ARRAY['', 'x', '"']), ('name', ARRAY['', 'abc', repeat('n', 63)]), ('refcursor', ARRAY['', 'c"s']),
 ('bytea', ARRAY['', '\x00', '\xdeadbeef', '\x5c22ff']), ('"bit"', ARRAY['', '0', '10']), ('bit varying', ARRAY['', '0', '0101010101']),
 ('date', ARRAY['2020-02-29', '0001-12-31 BC', '4713-01-01 BC', '5874897-12-31', 'infinity', '-infinity']),
 ('time without time zone', '{00:00,23:59:59.999999,24:00:00}'),
 ('time with time zone', ARRAY['00:00+15:59:59', '24:00:00-12', '12:34:56.7+05:30']),
 ('timestamp without time zone', ARRAY['2020-02-29 12:34:56.789', '0044-03-15 BC', '4713-01-01 BC', '294276-12-31 23:59:59.999999', 'infinity', '-infinity']),
 ('timestamp with time zone', ARRAY['2020-02-29 12:34:56.789+00', '2021-03-14 10:30+00', '1890-01-01 00:00+00',
       '0044-03-15 12:00+00 BC', '4713-01-02 00:00+00 BC', '294276-12-31 00:00+00', 'infinity', '-infinity']),
 ('interval', ARRAY['0', '1 year 2 mons -3 days 04:05:06.789', '-1 mon +1 day -00:00:00.000001', '178000000 years', '100:00:00']),
 ('uuid', '{00000000-0000-0000-0000-000000000000,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'), ('money', '{0,12.34,-0.01,92233720368547758.07,-92233720368547758.08}'),
 ('json', ARRAY['1.50', '-0', '1E3', '"\u00e9\ud834\udd1e\n"', 'null', '[]',
       ' { "b" : 1 , "a" : { "z" : [ ] } , "b" : 2.0 } ']),
 ('jsonb', ARRAY['1.50', '""', 'null', 'true', '[]', '{}', '{"b": 1, "aa": {"z": [null]}}', '[1, [2, {"k": "v"}]]']),
 ('jsonpath', ARRAY['$."a b"[*] ? (@ > 1)', '"x"']), ('xml', ARRAY['<a b="c">d</a>']),
 ('oid', '{0,4294967295}'), ('xid', '{0,4294967295}'),
 ('xid8', '{0,18446744073709551615}'), ('cid', '{0,4294967295}'), ('tid', ARRAY['(0,1)', '(4294967295,65535)']),
 ('pg_lsn', '{0/0,FFFFFFFF/FFFFFFFF}'), ('pg_snapshot', ARRAY['10:20:10,14,15']), ('txid_snapshot', ARRAY['10:20:']),
 ('regclass', '{-,pg_class,t_catalog.tab,999999}'),
 ('regtype', '{-,integer,"t_catalog.pair[]"}'), ('regproc', '{-,now,999999}'), ('regprocedure', '{-,"abs(integer)"}'),
 ('regoper', '{0,||/}'), ('regoperator', '{0,"+(integer,integer)"}'), ('regrole', '{-,pg_monitor}'),
 ('regnamespace', '{-,pg_catalog}'), ('regconfig', '{-,simple}'), ('regdictionary', '{-,simple}'),
 ('regcollation', '{-,"\"C\""}'), ('regdatabase', '{-,template1}'), ('oid8', '{0,18446744073709551615}'),
 ('aclitem', ARRAY['=r/pg_monitor', 'pg_monitor=arwdDxt*/pg_monitor']), ('int2vector', ARRAY['', '1 -2 32767']), ('oidvector', ARRAY['', '1 4294967295']),
 ('inet', '{10.0.0.1,10.0.0.0/8,fe80::1/64,::ffff:1.2.3.4}'), ('cidr', '{10.0.0.0/8,::/0}'), ('macaddr', '{08:00:2b:01:02:03}'), ('macaddr8', '{08:00:2b:01:02:03:04:05}'),
 ('point', ARRAY['(1,2)', '(-0,1e300)', '(NaN,Infinity)']), ('line', ARRAY['{1,2,3}']),
 ('lseg', ARRAY['[(1,2),(3,4)]']), ('box', ARRAY['(3,4),(1,2)']), ('path', ARRAY['[(1,2),(3,4)]', '((1,2),(3,4))']),
 ('polygon', ARRAY['((1,2),(3,4),(5,6))']), ('circle', ARRAY['<(1,2),3.5>']),
 ('tsvector', ARRAY['', '''a'':1A ''b''''c'':2,3B']), ('tsquery', ARRAY['', 'a & !b', 'a <-> b:*']),
 ('mood', ARRAY['sad', 'so "so"', '', 'żółty']),
 ('information_schema.yes_or_no', '{YES,NO}');
-- ... and expressions.
CREATE TABLE exprs (type text, expr text);
INSERT INTO exprs VALUES
 ('pg_node_tree', '(SELECT ev_action FROM pg_rewrite ORDER BY oid LIMIT 1)'), ('pg_node_tree', '(SELECT ev_qual FROM pg_rewrite ORDER BY oid LIMIT 1)'),
 ('pg_ndistinct', '(SELECT stxdndistinct FROM pg_statistic_ext_data LIMIT 1)'),
 ('pg_dependencies', '(SELECT stxddependencies FROM pg_statistic_ext_data LIMIT 1)'),
 ('pg_mcv_list', '(SELECT stxdmcv FROM pg_statistic_ext_data LIMIT 1)');
-- No value of these gets out of the indexes that are made of them: only NULL.
CREATE TABLE never (type text);
INSERT INTO never VALUES ('gtsvector'), ('pg_brin_bloom_summary'), ('pg_brin_minmax_multi_summary');
DO $$BEGIN PERFORM '<a/>'::xml; EXCEPTION WHEN feature_not_supported THEN INSERT INTO t_catalog.never VALUES ('xml'); END$$;

-- Some values of each type, as SQL. What PostgreSQL itself cannot make of its
-- parts (a range out of bounds, a domain's CHECK) is left out.
CREATE TABLE samples (type oid, n int, expr text, is_null bool, PRIMARY KEY (type, n));
CREATE FUNCTION keep(t oid, candidates text[]) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE e text; n int := 0; is_null bool;
BEGIN
  FOREACH e IN ARRAY candidates LOOP
    BEGIN
      EXECUTE format('SELECT (%s) IS NULL', e) INTO is_null;
      n := n + 1;
      INSERT INTO samples VALUES (t, n, e, is_null);
    EXCEPTION WHEN undefined_function OR data_exception OR check_violation OR program_limit_exceeded OR feature_not_supported OR undefined_object OR cannot_coerce OR datatype_mismatch THEN NULL;
    END;
  END LOOP;
  RETURN (SELECT array_agg(expr ORDER BY samples.n) FROM samples WHERE type = t);
END$$;
CREATE FUNCTION make_samples(t oid) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  f text := CASE t WHEN 'bpchar'::regtype THEN 'bpchar' WHEN 'bit'::regtype THEN '"bit"' ELSE format_type(t, NULL) END;
  p pg_type; r pg_range; s text[]; of oid; k int; c record; cols text[]; rows text[] := '{}';
BEGIN
  SELECT array_agg(expr ORDER BY n) INTO s FROM samples WHERE type = t;
  IF s IS NOT NULL THEN RETURN s; END IF;
  SELECT * INTO p FROM pg_type WHERE oid = t;
  SELECT array_agg(format('%L::%s', lit, f) ORDER BY n) INTO s FROM lits, unnest(lits) WITH ORDINALITY l (lit, n)
  WHERE lits.type = f OR to_regtype(lits.type) = t;
  SELECT coalesce(s, '{}') || coalesce(array_agg(expr), '{}') INTO s FROM exprs WHERE type = f;
  IF f IN (SELECT type FROM never) THEN s := ARRAY['NULL::' || f]; END IF;
  IF s <> '{}' OR p.typtype = 'p' THEN RETURN keep(t, s); END IF;
  SELECT oid INTO of FROM pg_type WHERE typarray = t;
  SELECT * INTO r FROM pg_range WHERE t IN (rngtypid, rngmultitypid);
  IF of IS NOT NULL THEN
    s := make_samples(of);
    f := format_type(of, NULL);
    RETURN keep(t, ARRAY[format('''{}''::%s[]', f), format('array_fill(NULL::%s, ARRAY[2])', f), format('array_fill(%s, ARRAY[2,1], ARRAY[-2147483648,7])', s[1])]
      || CASE WHEN to_regtype(f) NOT IN ('int2vector'::regtype, 'oidvector'::regtype) THEN
         ARRAY[format('ARRAY[%s, NULL]', array_to_string(s, ', ')), format('ARRAY[[[%1$s, NULL], [%1$s, %2$s]]]', s[1], s[array_length(s, 1)])]
         ELSE ARRAY[format('''{"1 2",NULL,""}''::%s[]', f)] END);
  ELSIF t = r.rngmultitypid THEN
    s := make_samples(r.rngtypid);
    RETURN keep(t, ARRAY[f || '()', format('%s(%s)', f, s[1]), format('%s(%s)', f, array_to_string(s[1:3], ', ')), format('%s(%s)', f, s[4])]);
  ELSIF t = r.rngtypid THEN
    s := make_samples(r.rngsubtype);
    k := array_length(s, 1);
    RETURN keep(t, ARRAY[format('%s(%2$s, %2$s, ''[]'')', f, s[1]), format('''empty''::%s', f), format('%s(NULL, NULL)', f), format('%s(%s, NULL)', f, s[k]), format('%s(NULL, %s, ''(]'')', f, s[1])]
      || ARRAY(SELECT format('%s(least(%3$s, %4$s), greatest(%3$s, %4$s), %2$L)', f, b, s[i], s[i + 1]) FROM generate_series(1, k - 1) i, unnest(ARRAY['[)', '[]']) b));
  ELSIF p.typtype = 'd' THEN
    RETURN keep(t, ARRAY(SELECT format('(%s)::%s', e, f) FROM unnest(make_samples(p.typbasetype)) e));
  ELSIF p.typtype = 'c' THEN
    FOR k IN 0 .. 2 LOOP
      cols := '{}';
      FOR c IN SELECT atttypid FROM pg_attribute WHERE attrelid = p.typrelid AND attnum > 0 AND NOT attisdropped ORDER BY attnum LOOP
        s := make_samples(c.atttypid);
        cols := cols || CASE WHEN k = 0 OR s IS NULL THEN 'NULL' ELSE s[1 + (k - 1) * (array_length(s, 1) - 1)] END;
      END LOOP;
      rows := rows || format('ROW(%s)::%s', array_to_string(cols, ', '), f);
    END LOOP;
    RETURN keep(t, rows);
  END IF;
  RETURN NULL;
END$$;
CREATE TABLE types AS SELECT oid, format_type(oid, NULL) AS name, typtype, of_catalog FROM pg_type t,
  LATERAL (SELECT EXISTS (SELECT FROM pg_type c WHERE t.oid IN (c.oid, c.typarray) AND c.typtype = 'c' AND c.oid < 16384) AS of_catalog) c
WHERE typtype <> 'p' AND typisdefined AND oid <> 'cstring[]'::regtype AND typname !~ 'jsonify';
DO $$BEGIN PERFORM t_catalog.make_samples(oid) FROM t_catalog.types; END$$;

-- Covered by nothing, or by nothing but nulls and empty arrays: none but the
-- type that has no columns.
SELECT name, typtype, EXISTS (SELECT FROM samples WHERE type = t.oid) AS has_any FROM types t
WHERE NOT EXISTS (SELECT FROM samples WHERE type = t.oid AND NOT is_null AND expr !~ '^(''{}''|array_fill\(NULL)')
  AND regexp_replace(name, '\[]$', '') NOT IN (SELECT type FROM never)
ORDER BY name;
SELECT typtype, count(*) > CASE typtype WHEN 'b' THEN 300 WHEN 'c' THEN 130 WHEN 'd' THEN 5 WHEN 'e' THEN 0 ELSE 5 END AS many FROM types GROUP BY 1 ORDER BY 1;

-- Every value alone, in a row, in a row in a row, and in an array of rows, in
-- one query a type.
CREATE TABLE bad (type text, setting int, got text, want text);
CREATE TABLE settings (n int, name text, value text);
INSERT INTO settings VALUES
 (2, 'TimeZone', 'UTC'), (2, 'DateStyle', 'ISO, YMD'), (2, 'IntervalStyle', 'iso_8601'), (2, 'extra_float_digits', '0'), (2, 'bytea_output', 'escape'),
 (3, 'TimeZone', 'Asia/Kathmandu'), (3, 'DateStyle', 'German, DMY'), (3, 'IntervalStyle', 'sql_standard'), (3, 'extra_float_digits', '-15'),
 (4, 'TimeZone', 'America/St_Johns'), (4, 'DateStyle', 'SQL, DMY'), (4, 'IntervalStyle', 'postgres'), (4, 'extra_float_digits', '3'), (4, 'lc_monetary', 'en_US.UTF-8'),
 (5, 'TimeZone', '<odd>-05:13'), (5, 'DateStyle', 'Postgres, DMY'), (5, 'extra_float_digits', '-2'),
 (5, 'quote_all_identifiers', 'on'), (5, 'search_path', 't_catalog'), (5, 'lc_monetary', 'de_DE.UTF-8');
CREATE FUNCTION compare(setting int, OUT types int, OUT vals bigint) LANGUAGE plpgsql AS $$
DECLARE t record; s record; b int; n int; got text; want text;
BEGIN
  FOR s IN SELECT * FROM settings WHERE settings.n = setting LOOP
    BEGIN
      PERFORM set_config(s.name, s.value, true);
    EXCEPTION WHEN invalid_parameter_value THEN       -- a locale that is not there
      IF s.name <> 'lc_monetary' THEN RAISE; END IF;
    END;
  END LOOP;
  types := 0; vals := 0;
  FOR t IN SELECT name, string_agg('(' || expr || ')', ', ' ORDER BY samples.n) AS vals FROM t_catalog.samples JOIN t_catalog.types ON oid = type
           WHERE setting = 1 OR NOT of_catalog
           GROUP BY name LOOP
    EXECUTE format($q$
      SELECT count(*), count(*) FILTER (WHERE NOT ok), min(v::text) FILTER (WHERE NOT ok) COLLATE "C", min(got) FILTER (WHERE NOT ok)
      FROM (SELECT v, public.jsonify(v)::text AS got,
          t_catalog.same(public.jsonify(v), to_jsonb(v), public.jsonify_text(v), to_json(v))
          AND t_catalog.same(public.jsonify(s), to_jsonb(s), public.jsonify_text(s), to_json(s))
          AND t_catalog.same(public.jsonify(ROW(NULL, v, ROW(v, s))), to_jsonb(ROW(NULL, v, ROW(v, s))), public.jsonify_text(ROW(NULL, v, ROW(v, s))), to_json(ROW(NULL, v, ROW(v, s))))
          AND t_catalog.same(public.jsonify(ARRAY[s, NULL, s]), to_jsonb(ARRAY[s, NULL, s]), public.jsonify_text(ARRAY[s, NULL, s]), to_json(ARRAY[s, NULL, s])) AS ok
        FROM (VALUES %s) s (v)) s$q$, t.vals) INTO n, b, want, got;
    types := types + 1; vals := vals + n;
    IF b > 0 THEN INSERT INTO t_catalog.bad VALUES (t.name, setting, got, want); END IF;
  END LOOP;
END$$;
BEGIN; SELECT types > 500 AS types, vals > 1500 AS vals FROM compare(1); COMMIT;
BEGIN; SELECT types > 190 AS types, vals > 750 AS vals FROM compare(2); COMMIT;
BEGIN; SELECT types > 190 AS types, vals > 750 AS vals FROM compare(3); COMMIT;
BEGIN; SELECT types > 190 AS types, vals > 750 AS vals FROM compare(4); COMMIT;
BEGIN; SELECT types > 190 AS types, vals > 750 AS vals FROM compare(5); COMMIT;
SELECT jsonify(v) AS alone, jsonify(ROW(NULL, v, ROW(v, s))) AS in_rows, jsonify(ARRAY[s, NULL]) AS in_an_array
  FROM (VALUES ('so "so"'::mood)) s (v);
SELECT type, setting, left(got, 60) AS got, left(want, 60) AS want FROM bad ORDER BY 1, 2 LIMIT 40;
DROP SCHEMA t_catalog CASCADE;
