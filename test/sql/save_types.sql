-- There and back: of every type, in every format, under settings, saving what was read writes nothing, what is
-- saved reads as it was given, and saving that again changes nothing. A trigger refuses what is written.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_save_types;
SET search_path = t_save_types, public;
SET lc_monetary = 'C';
SET TimeZone = 'UTC';
\pset format unaligned
\pset tuples_only on

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
CREATE TYPE odd_names AS ("b" int, "a" int, "B" int, "long name" int, "q""uote" int, "back\slash" int, "zz" int, "new
line" int, " " int, "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg" int);
CREATE TYPE f_range AS RANGE (subtype = float8);
CREATE TABLE a_table (id int, t text);

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
 ('name', ARRAY['', 'abc', repeat('n', 63)]),
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
 ('regclass', '{pg_class,t_save_types.a_table}'), ('regtype', ARRAY['int4', 't_save_types.pair[]', '"char"']),
 ('regproc', '{now}'), ('regprocedure', '{now()}'), ('regrole', '{pg_monitor}'),
 ('regnamespace', '{pg_catalog}'), ('regconfig', '{simple}'), ('regdictionary', '{simple}'),
 ('regoper', '{||/}'), ('regoperator', ARRAY['+(int4,int4)']), ('regcollation', ARRAY['"C"']),
 ('pg_lsn', '{0/0,16/B374D848}'), ('pg_snapshot', ARRAY['10:20:10,14,15']), ('txid_snapshot', '{10:20:10}'), ('aclitem', '{=r/pg_monitor}'),
 ('jsonpath', ARRAY['$.a[*] ? (@ > 1)', '"x"']),
 ('tsvector', ARRAY['', '''a'':1A ''b''''c'':2,3B']), ('tsquery', ARRAY['a & !b', 'a <-> b:*']),
 ('point', '{"(1,2)","(-0,1e300)","(5,6)"}'), ('line', ARRAY['{1,2,3}']),
 ('lseg', ARRAY['[(1,2),(3,4)]']), ('box', ARRAY['(3,4),(1,2)']), ('path', ARRAY['[(1,2),(3,4)]', '((1,2),(3,4),(5,7))']),
 ('polygon', ARRAY['((1,2),(3,4),(5,6))', '((1,2),(3,4),(5,6),(7,8))']), ('circle', ARRAY['<(1,2),3.5>']),
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

CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('laws.still') = 'on' THEN RAISE EXCEPTION '% of %', TG_OP, TG_TABLE_NAME; END IF;
  RETURN coalesce(NEW, OLD);
END$$;
-- What came out otherwise than it went in.
CREATE TABLE broken (type text, format text, law text, what text);
CREATE TABLE counted (type text, format text, n int);

-- The laws over the values of a type: read from rows; saved as new rows, and over each row's neighbour.
CREATE PROCEDURE laws(a_type text, a_lits text[], a_format text DEFAULT NULL, how text DEFAULT '', options jsonb DEFAULT '{}')
LANGUAGE plpgsql AS $p$
DECLARE
  docs jsonb; doc jsonb; answer jsonb; literal text; n int := 0; value text; message text; detail text;
  shape text := '{ id, x' || coalesce(' @' || a_format, '') || ' }';
BEGIN
  SET laws.still = off;
  DROP TABLE IF EXISTS was, law;
  EXECUTE format('CREATE TABLE law (id int PRIMARY KEY, x %s)', a_type);
  FOREACH literal IN ARRAY a_lits || NULL::text LOOP
    CONTINUE WHEN literal IS NULL AND a_type LIKE 'd\_text';
    n := n + 1;
    EXECUTE format('INSERT INTO law VALUES (%s, %L::%s)', n, literal, a_type);
  END LOOP;
  CREATE TABLE was AS TABLE law;
  CREATE TRIGGER refuse BEFORE INSERT OR UPDATE OR DELETE ON law FOR EACH ROW EXECUTE FUNCTION refuse();
  INSERT INTO counted VALUES (a_type, coalesce(a_format, how), n);
  BEGIN
    SET laws.still = on;
    SELECT jsonb_agg(f) INTO docs FROM jsonify_find('law', '(order: id)' || shape, NULL, options) f;
    answer := jsonify_save('law', docs, shape, NULL, options);
    IF answer IS DISTINCT FROM docs THEN RAISE 'got %', answer; END IF;
  EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
    INSERT INTO broken VALUES (a_type, coalesce(a_format, how), 'GetPut', message || ' ' || detail);
  END;
  FOR i IN 1 .. n LOOP
    FOREACH doc IN ARRAY ARRAY[jsonb_set(docs -> i - 1, '{id}', to_jsonb(i + 1000)), jsonb_set(docs -> i - 1, '{id}', to_jsonb(i % n + 1))] LOOP
      BEGIN
        SET laws.still = off;
        answer := jsonify_save('law', doc, shape, NULL, options);
        -- what "nulls" leaves out is unchanged in a row that is there
        IF answer IS DISTINCT FROM doc AND (doc ? 'x' OR doc ->> 'id' > '1000') THEN RAISE 'got %, wanted %', answer, doc; END IF;
        IF answer IS DISTINCT FROM (SELECT f FROM jsonify_find('law', '(where: id = $id)' || shape, doc - 'x', options) f) THEN RAISE 'found otherwise'; END IF;
        SET laws.still = on;
        IF jsonify_save('law', answer, shape, NULL, options) IS DISTINCT FROM answer THEN RAISE 'PutPut'; END IF;
      EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
        INSERT INTO broken VALUES (a_type, coalesce(a_format, how), 'PutGet', message || ' ' || detail);
      END;
    END LOOP;
    EXECUTE 'SELECT concat(was.x::text, '' became '', law.x::text) FROM law, was WHERE law.id = $1 + 1000 AND was.id = $1
      AND law.x::text IS DISTINCT FROM was.x::text' INTO value USING i;
    IF value IS NOT NULL THEN INSERT INTO broken VALUES (a_type, coalesce(a_format, how), 'value', value); END IF;
  END LOOP;
END$p$;
CREATE PROCEDURE all_laws(how text, options jsonb DEFAULT '{}') LANGUAGE plpgsql AS $$
DECLARE l lits;
BEGIN
  FOR l IN SELECT * FROM lits LOOP CALL laws(l.type, l.lits, NULL, how, options); END LOOP;
END$$;

-- Every type as it comes. What JSON does not tell is lost in new rows: how a number in json was written, the order
-- and repetition of its keys, JSON null beside SQL NULL, the lower bounds of arrays, the minus of zero.
CALL all_laws('');
SELECT count(*) >= 97 AS types, sum(n) >= 554 AS documents FROM counted;
SELECT type, law, left(what, 150) FROM broken ORDER BY 1, 2, 3;

-- Every format. Those that do not show all keep it in a row that is there, for its document changes nothing.
TRUNCATE counted, broken;
CREATE TABLE format_list (type text, formats text[]);
INSERT INTO format_list VALUES
 ('int2', '{number,string,safe}'), ('int4', '{number,string,safe}'), ('int8', '{number,string,safe}'), ('d_int', '{string,safe}'),
 ('numeric', '{number,string}'), ('numeric(10,2)', '{string}'), ('numeric(3,-2)', '{string}'), ('d_num', '{string}'),
 ('float4', '{nan_string,nan_null}'), ('float8', '{nan_string,nan_null}'),
 ('timestamptz', '{session,utc,epoch,epoch_ms}'), ('timestamptz(3)', '{utc,epoch,epoch_ms}'), ('d_tstz', '{utc,epoch,epoch_ms}'),
 ('timestamp', '{naive,utc,epoch,epoch_ms}'), ('timestamp(0)', '{utc,epoch}'), ('d_ts', '{utc,epoch,epoch_ms}'),
 ('interval', '{session,iso,seconds}'), ('interval hour to minute', '{session,iso,seconds}'), ('bytea', '{hex,base64,base64url}'), ('money', '{text,number}'),
 ('char(5)', '{padded,trimmed}'), ('char', '{trimmed}'),
 ('int4range', '{text,object}'), ('int8range', '{object}'), ('numrange', '{object}'), ('daterange', '{object}'),
 ('tsrange', '{object}'), ('tstzrange', '{object}'), ('f_range', '{object}'),
 ('int4multirange', '{text,object}'), ('nummultirange', '{object}'), ('datemultirange', '{object}'), ('tstzmultirange', '{object}'),
 ('point', '{text,array,geojson}'), ('line', '{text,array}'), ('lseg', '{text,array,geojson}'), ('box', '{text,array}'),
 ('path', '{text,array,geojson}'), ('polygon', '{text,array,geojson}'), ('circle', '{text,array}'),
 ('int2vector', '{number,string,safe}'), ('int8[]', '{string,safe}'), ('float8[]', '{nan_null}'), ('numeric[]', '{string}'), ('char(3)[]', '{trimmed}'),
 ('timestamp[]', '{utc,epoch,epoch_ms}'), ('timestamptz[]', '{utc,epoch,epoch_ms}'), ('interval[]', '{iso,seconds}'),
 ('bytea[]', '{base64,base64url}'), ('int4range[]', '{object}'), ('point[]', '{array,geojson}'), ('box[]', '{array}'), ('money[]', '{number}');
DO $$
DECLARE l record; f text;
BEGIN
  FOR l IN SELECT * FROM format_list JOIN lits USING (type) LOOP
    FOREACH f IN ARRAY l.formats LOOP CALL laws(l.type, l.lits, f); END LOOP;
  END LOOP;
END$$;
DO $$
DECLARE l record;
BEGIN
  FOR l IN SELECT type, array_agg(x) AS lits FROM lits, unnest(lits) x WHERE type IN ('float4', 'float8') AND x !~* 'nan|inf' GROUP BY 1 LOOP
    CALL laws(l.type, l.lits, 'nan_error');
  END LOOP;
END$$;
SELECT count(*) >= 97 AS types, sum(n) >= 554 AS documents FROM counted;
SELECT type, format, law, left(what, 150) FROM broken ORDER BY 1, 2, 3, 4;
-- That these are all formats of all types that have any, for those of their own name.
CREATE FUNCTION formats_of(a_type text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE hint text;
BEGIN
  EXECUTE format('SELECT jsonify(r, ''{ x @none }'') FROM (SELECT NULL::%s AS x) r', a_type);
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
  RETURN QUERY SELECT m[1] FROM regexp_matches(substring(hint from 'formats are (.*)'), '"(\w+)"', 'g') m;
END$$;
SELECT type, f FROM lits, formats_of(type) f WHERE type !~ '[[( ]|^(d|f)_|^(char|varchar)$|(date|ts|tstz|num|int8)(multi)?range' EXCEPT SELECT type, format FROM counted;
SELECT count(*) >= 97 AS formats FROM lits, formats_of(type);

-- Settings, and options; of composite values, too, what "nulls" leaves out is unchanged in a row that is there.
TRUNCATE counted, broken;
DELETE FROM lits WHERE type !~ '^(date|time|interval|bytea|float|money|numeric|d_ts|d_date|deep|pair|point|int8|char|tst?z?range|daterange|tstzmulti)';
SET TimeZone = 'America/New_York'; SET DateStyle = 'SQL, DMY'; SET IntervalStyle = 'sql_standard'; SET bytea_output = 'escape';
CALL all_laws('new york');
SET TimeZone = 'Asia/Kathmandu'; SET DateStyle = 'German'; SET IntervalStyle = 'postgres_verbose'; SET extra_float_digits = -3;
CALL all_laws('kathmandu');
RESET ALL; SET search_path = t_save_types, public; SET lc_monetary = 'C'; SET TimeZone = 'UTC'; SET client_min_messages = warning;
SET jsonify.formats = 'web';
CALL all_laws('web');
RESET jsonify.formats;
CALL all_laws('options', '{"nulls": "omit", "keys": "camel", "formats": {"timestamptz": "epoch", "timestamp": "epoch", "range": "object",
  "multirange": "object", "interval": "iso", "bytea": "base64url", "point": "array", "box": "array", "numeric": "string", "bigint": "string"}}');
SELECT format, count(*) >= 46 AS types, sum(n) >= 234 AS documents FROM counted GROUP BY 1 ORDER BY 1;
SELECT type, format, law, left(what, 150) FROM broken ORDER BY 1, 2, 3, 4;

-- A date is what its input makes of it, be it read without that: each day and month, right or wrong, whatever the DateStyle.
CREATE TABLE days (id int PRIMARY KEY, day date);
CREATE FUNCTION read_day(said text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RETURN said::date;
EXCEPTION WHEN OTHERS THEN RETURN 'wrong';
END$$;
CREATE FUNCTION save_day(said text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE saved text;
BEGIN
  PERFORM jsonify_save('days', jsonb_build_object('id', 1, 'day', said), '{ id, day }', NULL, '{"return": "none"}');
  DELETE FROM days RETURNING day INTO saved;
  RETURN saved;
EXCEPTION WHEN SQLSTATE 'JF422' THEN RETURN 'wrong';
END$$;
CREATE TABLE sayings AS
SELECT format('%s-%s-%s', y, lpad(m::text, 2, '0'), lpad(d::text, 2, '0')) AS said
  FROM unnest('{0000,0001,0004,0099,1582,1900,2000,2023,9999}'::text[]) y, generate_series(0, 13) m, unnest('{0,1,9,10,28,29,30,31,32}'::int[]) d
UNION ALL SELECT * FROM unnest('{2024-1-31,24-01-31,12024-01-31,31-01-2024,2024/01/31,20240131,2024-01-31 BC,2024-0a-31,"2024-01-3 ",2024-01-311,+024-01-31,2024-01,2024.01.31}'::text[]);
SET DateStyle = 'ISO, MDY';
SELECT count(*), sum((read_day(said) = 'wrong')::int) AS wrong, count(*) FILTER (WHERE read_day(said) IS DISTINCT FROM save_day(said)) AS otherwise FROM sayings;
SET DateStyle = 'German, DMY';
SELECT count(*), sum((read_day(said) = 'wrong')::int) AS wrong, count(*) FILTER (WHERE read_day(said) IS DISTINCT FROM save_day(said)) AS otherwise FROM sayings;

DROP SCHEMA t_save_types CASCADE;
