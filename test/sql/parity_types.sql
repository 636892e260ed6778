-- With no shape, jsonify(x) is byte for byte what to_jsonb(x) gives: values of
-- every built-in type, at the top and nested, under varied settings. Equality
-- of jsonb would hide differences of representation, so images of records are
-- compared, with *=.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_parity;
SET search_path = t_parity, public;
\set helpers `echo "$PG_ABS_SRCDIR/helpers.sql"`
\i :helpers

CREATE TYPE mood AS ENUM ('sad', 'so so', 'ha"ppy', '');
CREATE DOMAIN d_int AS int CHECK (VALUE > 0);
CREATE DOMAIN d_d_int AS d_int;
CREATE DOMAIN d_text AS varchar(20) NOT NULL;
CREATE DOMAIN d_num AS numeric(12,3);
CREATE DOMAIN d_bool AS bool;
CREATE DOMAIN d_date AS date;
CREATE DOMAIN d_ts AS timestamp;
CREATE DOMAIN d_tstz AS timestamptz;
CREATE DOMAIN d_json AS json;
CREATE DOMAIN d_jsonb AS jsonb;
CREATE DOMAIN d_ints AS int[];
CREATE DOMAIN d_d_ints AS d_ints;
CREATE DOMAIN d_mood AS mood;
CREATE DOMAIN d_uuid AS uuid;
CREATE TYPE pair AS (a int, b text);
CREATE TYPE deep AS (p pair, ps pair[], d d_num, j jsonb, n numeric, m mood);
CREATE DOMAIN d_pair AS pair;
CREATE DOMAIN d_d_pair AS d_pair;
CREATE TYPE of_domains AS (p d_pair, i d_d_int, a d_d_ints, ps d_pair[]);
CREATE TYPE nothing AS ();
CREATE TYPE odd_names AS ("b" int, "a" int, "B" int, "long name" int, "q""uote" int, "back\slash" int,
                          "zz" int, "new
line" int, " " int, "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg" int);
CREATE TYPE f_range AS RANGE (subtype = float8);
CREATE TABLE a_table (id int, t text);

-- Values as literals of a type ...
CREATE TABLE lits (type text, lits text[]);
INSERT INTO lits VALUES
 ('bool', '{t,f}'), ('d_bool', '{t,f}'),
 ('int2', '{0,1,-1,9,10,99,100,9999,10000,-10000,32767,-32768}'),
 ('int4', '{0,1,-1,9999,10000,10001,-9999,99990000,100000000,100000001,2147483647,-2147483648}'),
 ('int8', '{0,1,-1,9999,10000,100000000,9007199254740991,9007199254740993,10000000000000000,-1000000000000,9223372036854775807,-9223372036854775808}'),
 ('d_int', '{1,2147483647}'), ('d_d_int', '{7}'),
 ('numeric', '{0,0.0,0.000,-0.00,1,-1,1.0,1.10,10000,10000.0000,0.0001,0.00010,
       99999999.99999999,12345678901234567890.123456789012345678901234567890,1e300,-1e300,1e-300,1e1000,1e-1000,NaN,Infinity,-Infinity}'),
 ('numeric(10,2)', '{0,1,1.5,-99999999.99}'), ('numeric(3,-2)', '{12345,-50}'), ('numeric(3,5)', '{0.00123}'), ('d_num', '{1,1.2345}'),
 ('float4', '{0,-0,1,-1,0.1,1.5,1e10,1e15,1e16,1e-5,1e-4,3.4028235e38,1e-45,1.17549435e-38,16777216,16777217,NaN,Infinity,-Infinity}'),
 ('float8', '{0,-0,1,-1,0.1,0.30000000000000004,100,1e15,1e16,1e17,1e21,1e22,123456789012345678,
       1e-4,1e-5,1e-6,9007199254740992,9007199254740993,1.7976931348623157e308,5e-324,2.2250738585072014e-308,4.35,NaN,Infinity,-Infinity}'),
 ('text', ARRAY['', ' ', 'a', 'null', '"', '\', E'a\nb\tc\r\b\f', E'\x01\x1f\x7f', 'héé ☃ 𝄞', '/', '<b>&amp;</b>', U&'\2028\2029', '1', 'true', '{}']),
 ('varchar', ARRAY['', 'abc', 'żółć']), ('varchar(3)', '{abc}'), ('d_text', '{abc}'),
 ('char(5)', ARRAY['', 'ab', 'abcde', 'ż']), ('char', '{a}'), ('"char"', ARRAY['', 'x', '\']),
 ('name', ARRAY['', 'abc', repeat('n', 63)]), ('cstring', ARRAY['', 'c"s']), ('"unknown"', ARRAY['', 'u"x']),
 ('date', ARRAY['2020-02-29', '1970-01-01', '2000-01-01', '0001-01-01', '0001-12-31 BC', '4713-01-01 BC', '5874897-12-31', '12345-06-07', 'infinity', '-infinity']),
 ('d_date', '{2020-01-02,infinity}'),
 ('timestamp', ARRAY['2020-02-29 12:34:56', '2020-02-29 12:34:56.789', '1999-12-31 23:59:59.999999', '2000-01-01',
       '2000-01-01 00:00:00.1', '0044-03-15 BC', '4713-01-01 BC', '294276-12-31 23:59:59.999999', 'infinity', '-infinity']),
 ('timestamp(0)', ARRAY['2020-02-29 12:34:56.789']), ('d_ts', ARRAY['2020-02-29 12:34:56.5', 'infinity']),
 ('timestamptz', ARRAY['2020-02-29 12:34:56+00', '2020-07-01 12:34:56.789012+02', '1890-01-01 00:00:00+00',
       '0044-03-15 12:00+00 BC', '4713-01-02 00:00+00 BC', '294276-12-31 00:00:00+00', '2021-03-14 10:30+00', '2021-11-07 09:30+00', 'infinity', '-infinity']),
 ('timestamptz(3)', ARRAY['2020-02-29 12:34:56.789987+05:30']), ('d_tstz', ARRAY['2020-02-29 12:34:56.5+00', '-infinity']),
 ('time', '{00:00:00,23:59:59.999999,24:00:00,12:34:56.7}'), ('time(2)', '{12:34:56.789}'),
 ('timetz', ARRAY['00:00:00+00', '23:59:59.999999-11:30', '12:00+05:45:10']),
 ('interval', ARRAY['0', '1 day', '-1 day', '1 year 2 mons 3 days 04:05:06.789', '-1 year -2 mons +3 days -04:05:06', '00:00:00.000001', '178000000 years', '-1 mon 1 day', '100:00:00']),
 ('interval hour to minute', ARRAY['1 day 12:34:56']),
 ('uuid', '{00000000-0000-0000-0000-000000000000,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'), ('d_uuid', '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'),
 ('bytea', ARRAY['', '\x00', '\xdeadbeef', '\x5c22', '\x7f80ff0a', 'abc']),
 ('bit(5)', '{00000,10101}'), ('varbit', ARRAY['', '1', '0101010101']),
 ('inet', '{10.0.0.1,10.0.0.0/8,::1,fe80::1/64}'), ('cidr', '{10.0.0.0/8,::/0}'), ('macaddr', '{08:00:2b:01:02:03}'), ('macaddr8', '{08:00:2b:01:02:03:04:05}'),
 ('money', '{0,12.34,-0.01,92233720368547758.07,-1000}'),
 ('oid', '{0,1,4294967295}'), ('xid', '{0,4294967295}'), ('xid8', '{0,18446744073709551615}'), ('cid', '{7}'), ('tid', ARRAY['(0,1)', '(4294967295,65535)']),
 ('regclass', '{pg_class,t_parity.a_table}'), ('regtype', ARRAY['int4', 't_parity.pair[]', '"char"']),
 ('regproc', '{now}'), ('regprocedure', '{now()}'), ('regrole', '{pg_monitor}'),
 ('regnamespace', '{pg_catalog}'), ('regconfig', '{simple}'), ('regdictionary', '{simple}'),
 ('regoper', '{||/}'), ('regoperator', ARRAY['+(int4,int4)']), ('regcollation', ARRAY['"C"']),
 ('pg_lsn', '{0/0,16/B374D848}'), ('pg_snapshot', ARRAY['10:20:10,14,15']), ('txid_snapshot', '{10:20:10}'), ('aclitem', '{=r/pg_monitor}'),
 ('jsonpath', ARRAY['$.a[*] ? (@ > 1)', '"x"']),
 ('tsvector', ARRAY['', '''a'':1A ''b''''c'':2,3B']), ('tsquery', ARRAY['a & !b', 'a <-> b:*']),
 ('point', '{"(1,2)","(-0,1e300)","(NaN,Infinity)"}'), ('line', ARRAY['{1,2,3}']),
 ('lseg', ARRAY['[(1,2),(3,4)]']), ('box', ARRAY['(3,4),(1,2)']), ('path', ARRAY['[(1,2),(3,4)]', '((1,2),(3,4))']),
 ('polygon', ARRAY['((1,2),(3,4),(5,6))']), ('circle', ARRAY['<(1,2),3.5>']),
 ('int4range', ARRAY['empty', '[1,5)', '(,5]', '(,)', '[1,)']), ('int8range', ARRAY['[1,9223372036854775807)']),
 ('numrange', ARRAY['[1.0,2.50]', '(,1)']), ('daterange', ARRAY['[2020-01-01,2020-02-01)', '[-infinity,infinity]']),
 ('tsrange', ARRAY['[2020-01-01 10:00,2020-02-01)']),
 ('tstzrange', ARRAY['["2020-01-01 10:00+02",)']), ('f_range', ARRAY['[0.1,NaN)']),
 ('int4multirange', ARRAY['{}', '{[1,5),[7,9)}']), ('nummultirange', ARRAY['{[1.0,2.50],(5,)}']),
 ('datemultirange', ARRAY['{[2020-01-01,2020-02-01)}']), ('tstzmultirange', ARRAY['{["2020-01-01 10:00+02",)}']),
 ('mood', ARRAY['sad', 'so so', 'ha"ppy', '']), ('d_mood', ARRAY['so so']),
 ('json', ARRAY['1', '-0', '1.50', '1E3', '1e-7', '"x"', '"\u00e9\ud834\udd1e\n"',
       'true', 'false', 'null', '{}', '[]', ' { "b" : 1 , "a" : { "z" : [ ] } , "b" : 2.0 } ',
       '[1, [2, [3, {"k": null}]], "s", false]', '{"": 0, "aa": 1, "b": 2, "ab": 3}', '[[],{},[{}],[[[]]]]']),
 ('jsonb', ARRAY['1', '-0', '1.50', '1E3', '1e-7', '"x"', '""', 'true', 'false', 'null',
       '{}', '[]', '[null]', '[1]', '["x"]', '{"a": 1}',
       '{"b": 1, "a": {"z": []}, "b": 2.0}', '[1, [2, [3, {"k": null}]], "s", false]', '[[],{},[{}],[[[]]]]']),
 ('d_json', ARRAY['{"a": 1, "a": 2}', 'null']), ('d_jsonb', ARRAY['{"a": 1}', '"x"', 'null', '[]']),
 ('int4[]', ARRAY['{}', '{1}', '{1,NULL,3}', '{NULL}', '{{1,2},{3,4}}', '{{{1},{2}},{{3},{NULL}}}', '[2:3]={1,2}', '[-1:0][5:6]={{1,2},{3,4}}']),
 ('int2[]', '{"{1,2}"}'), ('int8[]', '{"{1,9223372036854775807}"}'), ('bool[]', '{"{t,f,NULL}"}'),
 ('float8[]', '{"{1.5,NaN,-0}"}'),
 ('numeric[]', ARRAY['{1.0,NaN,0.000,1e300}', '{{1},{2}}']), ('numeric(5,2)[]', '{"{1,2}"}'),
 ('text[]', ARRAY['{}', '{a,NULL,"",NULL,"NULL","a b"}', '{{a,b},{c,"\""}}']), ('varchar(3)[]', '{"{a,b}"}'), ('char(3)[]', '{"{a,b}"}'), ('name[]', '{"{a,b}"}'), ('"char"[]', '{"{a,b}"}'),
 ('date[]', '{"{2020-01-01,infinity}"}'), ('timestamp[]', ARRAY['{"2020-01-01 12:00:00.5",NULL}']),
 ('timestamptz[]', ARRAY['{"2020-01-01 12:00:00.5+01",-infinity}']), ('interval[]', ARRAY['{1 day,NULL}']),
 ('bytea[]', ARRAY['{"\\x00ff",""}']), ('uuid[]', ARRAY['{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}']),
 ('json[]', ARRAY['{1,"{\"a\":1,\"a\":2}",NULL,"null"}']), ('jsonb[]', ARRAY['{1,"{\"a\":1,\"a\":2}",NULL,"null","[]","[1]","\"s\""}', '{{1,2},{"[]","{}"}}', '{}']),
 ('int4range[]', ARRAY['{"[1,5)",empty}']), ('point[]', ARRAY['{"(1,2)"}']),
 ('box[]', ARRAY['{(3,4),(1,2);(5,6),(7,8)}']), ('mood[]', ARRAY['{sad,"so so",NULL}']),
 ('regclass[]', '{"{pg_class}"}'), ('money[]', '{"{1,2}"}'), ('oid[]', '{"{1,2}"}'),
 ('d_int[]', ARRAY['{1,2}', '{{1},{2}}']), ('d_text[]', '{"{a,b}"}'),
 ('d_jsonb[]', ARRAY['{1,"{}"}']), ('d_ints', ARRAY['{1,NULL}', '{{1,2}}', '{}']), ('d_d_ints', ARRAY['{1,2}']),
 ('d_ints[]', ARRAY['{"{1,2}","{}",NULL}']), ('d_mood[]', '{"{sad}"}'), ('d_tstz[]', ARRAY['{2020-01-01 12:00+00}']),
 ('int2vector', ARRAY['', '1 2 3']), ('oidvector', ARRAY['', '1 2 4294967295']),
 ('pair', ARRAY['(,)', '(1,)', '(1,x)', '(,"a""b")']),
 ('pair[]', ARRAY['{}', '{"(1,x)",NULL,"(,)"}', '{{"(1,x)"},{"(2,y)"}}']), ('d_pair', ARRAY['(1,x)', '(,)']),
 ('d_d_pair', ARRAY['(1,x)']), ('d_pair[]', ARRAY['{"(1,x)",NULL}']), ('d_d_pair[]', ARRAY['{"(1,x)"}']),
 ('deep', ARRAY['(,,,,,)', '("(1,x)","{""(1,x)"",NULL}",1.5,"{""a"": [1, {}]}",0.00,sad)']), ('deep[]', ARRAY['{"(,,,,,)",NULL}']), ('of_domains', ARRAY['("(1,x)",3,"{1,2}","{""(1,x)""}")', '(,,,)']),
 ('nothing', ARRAY['()']), ('nothing[]', ARRAY['{(),NULL}']), ('odd_names', ARRAY['(1,2,3,4,5,6,7,8,9,10)']),
 ('a_table', ARRAY['(1,x)', '(,)']), ('a_table[]', ARRAY['{"(1,x)"}']), ('pg_namespace', ARRAY['(1,x,2,)']);
-- what 14 does not know
DELETE FROM lits WHERE type IN ('numeric(3,-2)', 'numeric(3,5)') AND current_setting('server_version_num')::int < 150000;

-- ... and as expressions, with the type that they have of themselves.
CREATE TABLE exprs (expr text);
INSERT INTO exprs SELECT format('repeat(%L, %s)', s, n) FROM unnest(ARRAY['x', 'ż"', E'\n']) s, unnest(ARRAY[1,2,3,4,5,30,63,64,125,126,127,128,129,255,1000,70000,300000]) n;
INSERT INTO exprs SELECT 'repeat(''9'', ' || n || ')::numeric' FROM unnest(ARRAY[3,4,5,8,15,16,17,100,1000,40000]) n;
INSERT INTO exprs SELECT '10::numeric ^ ' || n || ' + 1' FROM generate_series(0, 40) n;
INSERT INTO exprs SELECT '1 / 10::numeric ^ ' || n FROM generate_series(1, 30) n;
INSERT INTO exprs SELECT '10::float8 ^ ' || n FROM generate_series(-30, 30) n;
INSERT INTO exprs SELECT format('%s::bigint * %s', s, 10::numeric ^ n) FROM generate_series(0, 18) n, unnest(ARRAY['1', '-7', '9']) s;
INSERT INTO exprs SELECT 'ARRAY(SELECT i FROM generate_series(1, ' || n || ') i)' FROM unnest(ARRAY[31,32,33,63,64,65,5000]) n;
INSERT INTO exprs SELECT 'ARRAY(SELECT i::text FROM generate_series(1, ' || n || ') i)' FROM unnest(ARRAY[31,32,33,63,64,65,5000]) n;
INSERT INTO exprs SELECT '(SELECT jsonb_object_agg(repeat(''k'', i % 70) || i, i) FROM generate_series(1, ' || n || ') i)' FROM unnest(ARRAY[31,32,33,64,1000]) n;
INSERT INTO exprs SELECT '(SELECT jsonb_agg(jsonb_build_object(i, ARRAY[i]) ) FROM generate_series(1, ' || n || ') i)' FROM unnest(ARRAY[31,32,33,64,1000]) n;
INSERT INTO exprs VALUES
 ('ARRAY[''''::int2vector, '''']'), ('ARRAY[''''::oidvector]'), ('ROW(ARRAY[''''::int2vector, ''''])'),
 ('ROW()'), ('ROW(NULL)'), ('ROW(1, ''x''::text, NULL)'), ('ROW(1.0, ROW(2, ROW(''z''::text)))'),
 ('ARRAY[ROW(1, ''x''::text), ROW(2, NULL)]'), ('ARRAY[[ROW(1), ROW(2)]]'), ('ARRAY[ROW(1), NULL, ROW(''x''::text)]'),
 ('(SELECT s FROM (SELECT 1 AS a, 2 AS a) s)'), ('(SELECT s FROM (SELECT 1 AS a, 2 AS b, NULL AS a, 3 AS " ") s)'),
 ('(SELECT s FROM (SELECT 1 AS "bb", 2 AS "a", 3 AS "żż", 4 AS "zzz", 5 AS "ż", 6 AS "AB") s)'),
 ('(SELECT s FROM (SELECT) s)'),
 ('(SELECT array_agg(s) FROM (VALUES (1, ''a''), (2, NULL)) s (n, "t x"))'), ('(SELECT array_agg(a) FROM a_table a)'),
 ('(SELECT a FROM a_table a)'), ('NULL::deep'), ('NULL::int[]'), ('NULL::jsonb'), ('NULL::d_int'),
  ('ARRAY[]::pair[]'), ('ARRAY[]::json[]'),
  ('''{1,2}''::int[]::d_ints'), ('current_date - current_date'), ('ARRAY[''2020-01-01''::date] || NULL::date'),
  ('to_jsonb(ROW(1, ARRAY[2]))'), ('json_build_object(''a'', 1, ''a'', json_build_array())'),
 ('pg_typeof(1)'), ('''a''::text COLLATE "C"'), ('decode(repeat(''00ff'', 5000), ''hex'')'),
 ('array_fill(1.5::float4, ARRAY[3,2,2])'), ('array_fill(NULL::text, ARRAY[2])'),
 ('(ARRAY[1,2,3])[2:3]'), ('array_fill(7, ARRAY[2,2], ARRAY[5,-5])'), ('string_to_array(repeat(''ab,'', 40), '','')'),
 ('int4range(1, 5) * int4range(7, 9)'), ('lower(int4range(NULL, 1))');

-- The settings on which output depends.
CREATE TABLE settings (n int, name text, value text);
INSERT INTO settings VALUES
 (2, 'TimeZone', 'UTC'), (2, 'DateStyle', 'ISO, YMD'), (2, 'IntervalStyle', 'iso_8601'), (2, 'extra_float_digits', '0'), (2, 'bytea_output', 'escape'),
 (3, 'TimeZone', 'Asia/Kathmandu'), (3, 'DateStyle', 'German, DMY'), (3, 'IntervalStyle', 'sql_standard'), (3, 'extra_float_digits', '-15'),
 (4, 'TimeZone', 'America/St_Johns'), (4, 'DateStyle', 'SQL, DMY'), (4, 'IntervalStyle', 'postgres'), (4, 'extra_float_digits', '3'),
 (5, 'TimeZone', 'Europe/Amsterdam'), (5, 'DateStyle', 'Postgres, DMY'), (5, 'extra_float_digits', '-2'), (5, 'quote_all_identifiers', 'on'),
 (6, 'TimeZone', '<odd>-05:13'), (6, 'search_path', 'pg_catalog');

CREATE TABLE bad (expr text, setting int, context text, got text, want text);
CREATE FUNCTION compare(e text, n int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE c int;
BEGIN
  EXECUTE format($q$
    WITH r AS MATERIALIZED (
      SELECT context, got, want FROM (SELECT (%1$s) AS v) s, LATERAL (VALUES
        ('top', public.jsonify(v), to_jsonb(v)),
        ('one column', public.jsonify(s), to_jsonb(s)),
        ('anonymous', public.jsonify(ROW(1, v, NULL, v)), to_jsonb(ROW(1, v, NULL, v))),
        ('in a row in a row', public.jsonify(ROW(ROW(v), true, s)), to_jsonb(ROW(ROW(v), true, s))),
        ('rows in an array', public.jsonify(ARRAY[s, NULL, s]), to_jsonb(ARRAY[s, NULL, s])),
        ('agg', (SELECT public.jsonify_agg(x) FROM (VALUES (v), (NULL), (v)) x (x)),
                (SELECT jsonb_agg(x) FROM (VALUES (v), (NULL), (v)) x (x)))
      ) c (context, got, want))
    INSERT INTO t_parity.bad SELECT %1$L, %2$s, context, left(got::text, 60), left(want::text, 60)
    FROM r WHERE NOT t_parity.same(got, want)$q$, e, n);
  RETURN 6;
EXCEPTION WHEN OTHERS THEN
  INSERT INTO t_parity.bad VALUES (e, n, SQLSTATE, SQLERRM);
  RETURN 0;
END$$;
CREATE FUNCTION compare_array(e text, n int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE c int;
BEGIN
  EXECUTE format($q$
    WITH r AS MATERIALIZED (
      SELECT context, got, want FROM (SELECT (%1$s) AS v) s, LATERAL (VALUES
        ('array', public.jsonify(ARRAY[v, v]), to_jsonb(ARRAY[v, v])),
        ('array in a row', public.jsonify(ROW(ARRAY[v, v], v)), to_jsonb(ROW(ARRAY[v, v], v)))
      ) c (context, got, want))
    INSERT INTO t_parity.bad SELECT %1$L, %2$s, context, left(got::text, 60), left(want::text, 60)
    FROM r WHERE NOT t_parity.same(got, want)$q$, e, n);
  RETURN 2;
EXCEPTION WHEN undefined_object OR array_subscript_error OR program_limit_exceeded THEN
  RETURN 0;                       -- ARRAY[] does not take such a value
WHEN OTHERS THEN
  INSERT INTO t_parity.bad VALUES (e, n, SQLSTATE, SQLERRM);
  RETURN 0;
END$$;
CREATE FUNCTION compare_all(n int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE s record; e text; c int := 0;
BEGIN
  FOR s IN SELECT * FROM settings WHERE settings.n = compare_all.n LOOP
    PERFORM set_config(s.name, s.value, true);
  END LOOP;
  FOR e IN SELECT format('%L::%s', lit, CASE WHEN type ~ '^(d_|mood|pair|deep|of_d|nothing|odd|a_table|f_range)' THEN 't_parity.' || type ELSE type END)
           FROM t_parity.lits, unnest(lits) lit
           UNION ALL SELECT expr FROM t_parity.exprs WHERE compare_all.n IN (1, 3) LOOP
    c := c + t_parity.compare(e, n) + t_parity.compare_array(e, n);
  END LOOP;
  RETURN c;
END$$;
BEGIN; SELECT compare_all(1) > 5800 AS many; COMMIT;
BEGIN; SELECT compare_all(2) > 3300 AS many; COMMIT;
BEGIN; SELECT compare_all(3) > 5800 AS many; COMMIT;
BEGIN; SELECT compare_all(4) > 3300 AS many; COMMIT;
BEGIN; SELECT compare_all(5) > 3300 AS many; COMMIT;
BEGIN; SELECT compare_all(6) > 3300 AS many; COMMIT;
SELECT jsonify('("(1,x)","{""(1,x)"",NULL}",1.5,"{""a"": [1, {}]}",0.00,sad)'::deep);
SELECT context, left(expr, 60) AS expr, min(setting) AS setting, min(got) AS got, min(want) AS want
FROM bad GROUP BY 1, 2 ORDER BY 2, 1 LIMIT 40;
SELECT count(*) AS bad FROM bad;

-- The comparison itself can fail.
SELECT same('{"a": 1.0}', '{"a": 1.00}') AS image, '{"a": 1.0}'::jsonb = '{"a": 1.00}'::jsonb AS equal;

-- xml, where the server has it; what a setting of the session changes is seen
-- by the next call of the same prepared statement.
DO $$
BEGIN
  EXECUTE $q$CREATE TABLE x AS SELECT '<a b="c">d</a>'::xml AS v$q$;
  IF (SELECT count(*) FROM x WHERE same(jsonify(v), to_jsonb(v), jsonify_text(v), to_json(v)) AND same(jsonify(x), to_jsonb(x), jsonify_text(x), to_json(x))) <> 1 THEN
    RAISE 'xml differs';
  END IF;
EXCEPTION WHEN feature_not_supported THEN NULL;
END$$;
PREPARE p AS SELECT jsonify(ROW('2020-01-01 00:00+00'::timestamptz, '\x00'::bytea, '1 day 1 hour'::interval, 0.1::float8)),
                    jsonify('2020-01-01 00:00+00'::timestamptz);
SET TimeZone = 'UTC'; SET IntervalStyle = 'postgres'; SET bytea_output = 'hex';
EXECUTE p;
SET TimeZone = 'Asia/Tokyo'; SET IntervalStyle = 'iso_8601'; SET bytea_output = 'escape'; SET extra_float_digits = -14;
EXECUTE p;
RESET TimeZone; RESET IntervalStyle; RESET bytea_output; RESET extra_float_digits;

-- NULL, and a value of no type, do what they do in to_jsonb.
SELECT jsonify(NULL::int) IS NULL AS scalar, jsonify(NULL::a_table) IS NULL AS row_, jsonify(NULL::text[]) IS NULL AS array_,
       jsonify(NULL::a_table, '{ nope }') IS NULL AS with_shape, jsonify(ROW(NULL)) AS not_null;
SELECT jsonify(NULL);
DROP SCHEMA t_parity CASCADE;
