-- Each format of each type against plain SQL that makes the same, by bytes;
-- asked as an item's @format, as an option, and as the setting, alone and
-- nested, which must all agree.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_formats;
SET search_path = t_formats, public;
\set helpers `echo "$PG_ABS_SRCDIR/helpers.sql"`
\i :helpers
\pset format unaligned
\pset tuples_only on

-- A value in a format, if all ways of asking for it agree.
CREATE FUNCTION formatted(v anyelement, format text, type text DEFAULT NULL) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  got jsonb; o jsonb := jsonb_build_object('formats', jsonb_build_object(coalesce(type, pg_typeof(v)::text), format));
  places jsonb[]; kept text;
BEGIN
  got := jsonify(s, format('{ k: v @%s }', format)) -> 'k' FROM (SELECT v AS v) s;
  kept := current_setting('jsonify.formats');   -- which a session has from its first call of jsonify on
  places := ARRAY[jsonify(v, options => o), jsonify(ROW(1, v), NULL, NULL, o) -> 'f2',
                  jsonify(ARRAY[v, NULL, v], options => o) -> 2,
                  jsonify(ARRAY[ROW(ARRAY[ROW(v)])], options => o) #> '{0,f1,0,f1}',
                  (SELECT jsonify(s, '{ * }', NULL, o) -> 'v' FROM (SELECT v AS v) s),
                  (SELECT jsonify_agg(v, NULL, NULL, o) -> 0),
                  (SELECT jsonify_agg(s, '{ v }', NULL, o) #> '{0,v}' FROM (SELECT v AS v) s),
                  (SELECT jsonify(s, format('{ k: v @%s }', format)) #> '{k,0}' FROM (SELECT ARRAY[v, v] AS v) s)];
  BEGIN
    PERFORM set_config('jsonify.formats', format('%s=%s', coalesce(type, pg_typeof(v)::text), format), true);
    places := places || ARRAY[jsonify(v), (SELECT jsonify(s, '{ k: v }') -> 'k' FROM (SELECT v AS v) s), (SELECT jsonify_agg(ROW(v)) #> '{0,f1}')];
    PERFORM set_config('jsonify.formats', kept, true);
  EXCEPTION WHEN invalid_parameter_value THEN
    IF SQLERRM NOT LIKE '%jsonify.formats%' OR pg_typeof(v)::oid < 16384 THEN RAISE; END IF;   -- the setting knows built-in types only
  END;
  FOR i IN 1 .. cardinality(places) LOOP
    IF same(places[i], got) IS NOT TRUE THEN RETURN format('"differs in place %s: %s is not %s"', i, replace(places[i]::text, '"', ''), replace(got::text, '"', ''))::jsonb; END IF;
  END LOOP;
  RETURN got;
END$$;
-- How many of the values were compared, and what is not as it should be.
CREATE FUNCTION verdict(bool, anyelement, jsonb, jsonb) RETURNS text LANGUAGE sql
  AS $$SELECT CASE WHEN $1 IS NOT TRUE
              THEN format('%s gives %s for %s', $2, left($3::text, 100), left($4::text, 100)) END$$;
CREATE FUNCTION session_free(v anyelement) RETURNS text LANGUAGE sql SET TimeZone = 'UTC' SET IntervalStyle = 'iso_8601' SET bytea_output = 'hex' AS $$SELECT to_jsonb(v) #>> '{}'$$;

-- smallint, integer, bigint: number, string, safe
SELECT count(*), bool_and(same(formatted(n, 'number'), to_jsonb(n))),
  bool_and(same(formatted(n, 'string'), to_jsonb(n::text))),
  bool_and(same(formatted(n, 'safe'),
    CASE WHEN abs(n::numeric) > 9007199254740991 THEN to_jsonb(n::text) ELSE to_jsonb(n) END))
FROM unnest('{0,1,-1,9999,10000,2147483648,9007199254740990,9007199254740991,9007199254740992,9007199254740993,
              -9007199254740991,-9007199254740992,9223372036854775807,-9223372036854775808}'::int8[]) n;
SELECT count(*),
  bool_and(same(formatted(n, 'safe'), to_jsonb(n)) AND same(formatted(n, 'number'), to_jsonb(n))
    AND same(formatted(n, 'string'), to_jsonb(n::text))
    AND same(formatted((n / 65537)::int2, 'safe'), to_jsonb((n / 65537)::int2))
    AND same(formatted((n / 65537)::int2, 'string'), to_jsonb((n / 65537)::text)))
FROM unnest('{0,1,-1,2147483647,-2147483648,100000}'::int4[]) n;
SELECT formatted(9007199254740991, 'safe'), formatted(9007199254740992, 'safe'),
  formatted((-9007199254740991)::int8, 'safe'), formatted((-9007199254740992)::int8, 'safe'),
  formatted(7::int2, 'string'), formatted(7, 'string');

-- numeric: number, string
SELECT count(*), bool_and(same(formatted(n, 'number'), to_jsonb(n))), bool_and(same(formatted(n, 'string'), to_jsonb(n::text)))
FROM (SELECT unnest('{0,0.00,-0.10,1.50,1e-20,1e300,123456789012345678901234567890.123456789,NaN,Infinity,
                      -Infinity}'::numeric[])
  UNION ALL SELECT round(0, d) FROM unnest(ARRAY[1, 63, 64, 1000]) d
  UNION ALL SELECT repeat('9', 1000)::numeric) n (n);
SELECT formatted(1.50, 'string'), formatted('NaN'::numeric, 'string'), formatted('-Infinity'::numeric, 'string');
-- a negative scale: 14 has none
SELECT current_setting('server_version_num')::int < 150000 AS is_14 \gset
\if :is_14
    \set hundreds numeric
    \set longest '-2147483647:00:54.775807'
\else
    \set hundreds numeric(6,-2)
    \set longest '-2562047788:00:54.775807'
\endif
SELECT formatted(123500:::hundreds, 'string');

-- real, double precision: nan_string, nan_null, nan_error
SELECT count(*), bool_and(same(formatted(f, 'nan_string'), to_jsonb(f))), bool_and(same(formatted(f, 'nan_null'), CASE WHEN f IN ('NaN', 'Infinity', '-Infinity') THEN 'null' ELSE to_jsonb(f) END)),
       bool_and(same(formatted(f::float4, 'nan_null'), CASE WHEN f IN ('NaN', 'Infinity', '-Infinity') THEN 'null' ELSE to_jsonb(f::float4) END))
FROM unnest('{0,-0,1,0.1,1e15,-1e30,1.5e-7,NaN,Infinity,-Infinity}'::float8[]) f;
SELECT formatted(f, 'nan_error'), formatted(f::float4, 'nan_error') FROM unnest('{0,-1.5,1e20}'::float8[]) f;
\set VERBOSITY sqlstate
SELECT formatted('NaN'::float8, 'nan_error');
SELECT jsonify(ARRAY[1, '-Infinity'::float8], options => '{"formats": {"float8": "nan_error"}}');
SELECT jsonify(ROW(ARRAY['Infinity'::float4]), options => '{"formats": {"real": "nan_error"}}');
\set VERBOSITY default
SELECT jsonify('NaN'::float4, options => '{"formats": {"float4": "nan_error"}}');
SELECT jsonify(s, '{ f @nan_error }') FROM (SELECT '-Infinity'::float8 AS f) s;

-- timestamptz and timestamp: utc as the session form is in UTC, but for the Z;
-- epoch and epoch_ms as extract() has them, rounded down; in every TimeZone
CREATE TABLE times AS SELECT v::timestamptz AS v
  FROM unnest(ARRAY['2024-01-02 03:04:05.678Z', '2024-01-02 03:04:05Z', '2024-01-02 03:04:05.6Z',
    '2024-01-02 03:04:05.000001Z', '2024-01-02 03:04:05.12345Z', '1970-01-01 00:00Z', '1969-12-31 23:59:59.9995Z',
    '1969-12-31 23:59:59.999Z', '1970-01-01 00:00:00.0005Z',
    '1999-12-31 23:59:60Z', '2016-12-31 23:59:60Z', '0001-01-01 00:00Z', '0001-12-31 23:59:59.5Z BC',
    '0044-03-15 00:00Z BC', '4714-11-24 00:00Z BC', '9999-12-31 23:59:59.999999Z', '10000-01-01 00:00Z',
    '12024-01-01 00:00Z', '294276-12-31 23:59:59.999999Z', 'infinity', '-infinity', '2000-01-01 00:00Z',
    '0999-02-03 04:05:06Z', '2024-03-31 01:30+02', '2024-10-27 02:30+01']) v
  UNION ALL
  SELECT 'epoch'::timestamptz
         + (CASE WHEN i % 2 = 0 THEN 1 ELSE -1 END * ((i::bigint * 7919 * 7919 * 104729) % 90000000000)) * interval '1 s'
         + ((i * 7919) % 1000000) * interval '1 microsecond'
  FROM generate_series(1, 300) i;
CREATE FUNCTION check_times() RETURNS TABLE (n bigint, wrong text) LANGUAGE sql AS $$
  SELECT count(*), min(coalesce(
    verdict(same(formatted(v, 'session'), to_jsonb(v)), v, formatted(v, 'session'), to_jsonb(v)),
    verdict(same(formatted(v, 'utc'), want), v, formatted(v, 'utc'), want), verdict(same(formatted(t, 'utc'), want), t, formatted(t, 'utc'), want),
    verdict(same(formatted(v, 'epoch'), sec), v, formatted(v, 'epoch'), sec), verdict(same(formatted(t, 'epoch'), sec), t, formatted(t, 'epoch'), sec),
    verdict(same(formatted(v, 'epoch_ms'), ms), v, formatted(v, 'epoch_ms'), ms), verdict(same(formatted(t, 'epoch_ms'), ms), t, formatted(t, 'epoch_ms'), ms),
    verdict(same(formatted(t, 'naive'), to_jsonb(t)), t, formatted(t, 'naive'), to_jsonb(t))))
  FROM (SELECT v, v AT TIME ZONE 'UTC' AS t, to_jsonb(replace(session_free(v), '+00:00', 'Z')) AS want,
               CASE WHEN isfinite(v) THEN to_jsonb(trim_scale(e)) ELSE to_jsonb(v) END AS sec,
               CASE WHEN isfinite(v) THEN to_jsonb(floor(e * 1000)) ELSE to_jsonb(v) END AS ms
        -- of the last year, extract(epoch) itself is not exact to the microsecond
        FROM times, LATERAL (SELECT extract(epoch FROM date_trunc('second', v)) + extract(microsecond FROM v) % 1000000 / 1000000 AS e) e) s
$$;
SELECT * FROM check_times();
BEGIN; SET LOCAL TimeZone = 'Asia/Kathmandu'; SET LOCAL DateStyle = 'SQL, DMY'; SELECT * FROM check_times(); ROLLBACK;
BEGIN; SET LOCAL TimeZone = 'America/St_Johns'; SET LOCAL DateStyle = 'German'; SELECT * FROM check_times(); ROLLBACK;
SELECT v AT TIME ZONE 'UTC' AS t, formatted(v, 'utc'), formatted(v, 'epoch'), formatted(v, 'epoch_ms') FROM times LIMIT 23;
SELECT formatted(v, 'utc'), formatted(v, 'epoch_ms') FROM unnest(ARRAY['2024-01-02 03:04:05.678'::timestamp(0), '2024-01-02 03:04:05.678'::timestamp(1)]) v;

-- interval: iso, seconds
SELECT count(*), bool_and(same(formatted(i, 'session'), to_jsonb(i))),
  bool_and(same(formatted(i, 'iso'), to_jsonb(session_free(i)))),
  bool_and(same(formatted(i, 'seconds'), to_jsonb(trim_scale(extract(epoch FROM i)))))
FROM unnest(ARRAY['0', '1 day', '-1 day', '1 year 2 mons 3 days 04:05:06.789', '-1 year -2 mons +3 days -04:05:06',
  '1 mon -1 day', '-1 mon 1 day -00:00:00.000001', '00:00:00.000001', '178000000 years', '-178000000 years',
  '100:00:00', :'longest', '2147483647 days', '11 mons', '1.5 s']::interval[]) i;
SELECT i, formatted(i, 'iso'), formatted(i, 'seconds') FROM unnest(ARRAY['0', '1 year 2 mons 3 days 04:05:06.789', '-1 year -2 mons +3 days -04:05:06', '-00:00:00.5']::interval[]) i;
SET IntervalStyle = 'sql_standard';
SELECT formatted('1 mon -1 day'::interval, 'iso'), formatted('-00:00:00.5'::interval, 'session');
RESET IntervalStyle;

-- bytea: base64 (RFC 4648 section 4), padded, and base64url (section 5), not, in one line
SELECT count(*), bool_and(same(formatted(b, 'hex'), to_jsonb(b))),
  bool_and(same(formatted(b, 'base64'), to_jsonb(replace(encode(b, 'base64'), E'\n', '')))),
  bool_and(same(formatted(b, 'base64url'), to_jsonb(translate(encode(b, 'base64'), E'+/\n=', '-_'))))
FROM (SELECT decode(left(repeat(md5(i::text) || 'fbff', 1 + i / 10), 2 * i), 'hex') AS b FROM generate_series(0, 200) i) s;
-- the test vectors of section 10, and one that tells the alphabets apart
SELECT string_agg(formatted(convert_to(left('foobar', i), 'UTF8'), 'base64')::text, ' ') FROM generate_series(0, 6) i;
SELECT formatted('\xfbfffe'::bytea, 'base64'), formatted('\xfbfffe'::bytea, 'base64url'), formatted('\xfb'::bytea, 'base64url');
SET bytea_output = 'escape';
SELECT formatted('\x00ff'::bytea, 'hex'), formatted('\x00ff'::bytea, 'base64');
RESET bytea_output;
CREATE TABLE toasted AS SELECT decode(repeat('00ff', 500000), 'hex') AS b;
SELECT same(jsonify(t, '{ b @base64 }'), jsonb_build_object('b', replace(encode(b, 'base64'), E'\n', ''))) FROM toasted t;

-- money: number; character: trimmed, of spaces at the end and nothing else
SELECT count(*), bool_and(same(formatted(m, 'text'), to_jsonb(m))),
  bool_and(same(formatted(m, 'number'), to_jsonb(m::numeric)))
  FROM unnest('{0,12.34,-0.01,1000,92233720368547758.07,-92233720368547758.08}'::money[]) m;
SELECT formatted('-1234.50'::money, 'number');
SELECT count(*), bool_and(same(formatted(c, 'padded'), to_jsonb(c))),
  bool_and(same(formatted(c, 'trimmed'), to_jsonb(rtrim(c::text, ' '))))
  FROM unnest(ARRAY['', ' ', 'a', ' a b ', E'a\t ', E'a \n', 'ż ', 'abcdef']::char(6)[]) c;
SELECT formatted('ab'::char(5), 'trimmed'), formatted('ab'::char(5), 'padded'), formatted('  '::char(2), 'trimmed');

-- Ranges and multiranges: objects, bounds by the rule of their own type.
CREATE TYPE floatrange AS RANGE (subtype = float8);
CREATE DOMAIN price AS numeric(8,2);
CREATE TYPE pricerange AS RANGE (subtype = price);
CREATE TYPE pair AS (a int, b text);
CREATE TYPE pairrange AS RANGE (subtype = pair);
CREATE FUNCTION object_of(r anyrange) RETURNS jsonb LANGUAGE sql
  AS $$SELECT CASE WHEN isempty(r) THEN '{"empty": true}'
              ELSE jsonb_build_object('lower', lower(r), 'upper', upper(r),
                                      'lower_inc', lower_inc(r), 'upper_inc', upper_inc(r)) END$$;
SELECT count(*), bool_and(same(formatted(r, 'text'), to_jsonb(r)) AND same(formatted(r, 'object'), object_of(r))) FROM unnest('{empty,"[1,5)","[1,1]","(,5]","(,)","[1,)"}'::int4range[]) r;
SELECT count(*), bool_and(same(formatted(r, 'object'), object_of(r))) FROM unnest('{empty,"[1.0,2.50]","(1,)","[Infinity,NaN]","(,1]"}'::numrange[]) r;
SELECT count(*), bool_and(same(formatted(r, 'object'), object_of(r))) FROM unnest('{empty,"[2024-01-01,infinity]","[-infinity,infinity)","(,2024-02-03)"}'::daterange[]) r;
SELECT count(*), bool_and(same(formatted(r, 'object'), object_of(r))) FROM unnest('{"[\"2024-01-01 10:00+02\",)","(\"0044-03-15 00:00+00 BC\",infinity]"}'::tstzrange[]) r;
SELECT count(*), bool_and(same(formatted(r, 'object'), object_of(r))) FROM unnest('{"[2024-01-01 10:00,2024-01-01 10:00:00.5)"}'::tsrange[]) r;
SELECT count(*), bool_and(same(formatted(r, 'object'), object_of(r))) FROM unnest('{"[9007199254740993,9223372036854775807)"}'::int8range[]) r;
SELECT count(*), bool_and(same(formatted(r, 'object'), object_of(r))) FROM unnest('{"[0.1,NaN)","(-Infinity,1e300]"}'::floatrange[]) r;
SELECT formatted('[1,5)'::int4range, 'object'), formatted('(,)'::int4range, 'object'),
  formatted('empty'::int4range, 'object'), formatted('[1,2.5]'::pricerange, 'object'),
  formatted('["(1,x)","(2,)")'::pairrange, 'object');
SELECT formatted('{}'::int4multirange, 'object'), formatted('{[1,5),[7,)}'::int4multirange, 'object'), formatted('{[1,5)}'::int4multirange, 'text');
SELECT same(formatted(m, 'object'), (SELECT jsonb_agg(object_of(r) ORDER BY r) FROM unnest(m) r)) FROM unnest(ARRAY['{[1,2),[3,4],(7,)}'::nummultirange, '{(,)}']) m;
SELECT formatted('[1,5)'::int4range, 'object', 'range'), formatted('{[1,5)}'::int8multirange, 'object', 'multirange'), formatted('[1,2]'::floatrange, 'object', 'range');
SELECT jsonify(r, options => '{"formats": {"range": "object", "timestamptz": "epoch", "float8": "nan_null",
                                           "int8": "safe", "numeric": "string"}}')
  FROM (SELECT '[2024-01-01 00:00Z,infinity]'::tstzrange AS t, '[1,NaN]'::floatrange AS f,
    '[1,9007199254740993)'::int8range AS i, '[1.50,2)'::pricerange AS p) r;
SELECT jsonify(s, '{ r @object, m @object, rs: r }', NULL, '{"formats": {"timestamptz": "utc"}}')
  FROM (SELECT '[2024-01-01 00:00Z,2024-01-02 00:00Z)'::tstzrange AS r,
    '{[2024-01-01 00:00Z,)}'::tstzmultirange AS m) s;
-- one range type apart from all others
SELECT jsonify(s, NULL, NULL, '{"formats": {"range": "object", "int4range": "text"}}'),
  jsonify(s, NULL, NULL, '{"formats": {"int4range": "object"}}')
  FROM (SELECT '[1,5)'::int4range AS i, '[1,5)'::int8range AS b) s;

-- Geometric types: arrays of numbers, and GeoJSON (RFC 7946) where it has them.
SELECT g.type, formatted(p, 'text'), formatted(p, 'array'), formatted(p, 'geojson') FROM (VALUES ('point', '(1,2.5)'::point), ('point', '(-0,1e300)')) g (type, p);
SELECT formatted('[(1,2),(3,4.5)]'::lseg, 'text'), formatted('[(1,2),(3,4.5)]'::lseg, 'array'), formatted('[(1,2),(3,4.5)]'::lseg, 'geojson');
SELECT formatted(p, 'text'), formatted(p, 'array'), formatted(p, 'geojson') FROM unnest(ARRAY['[(1,2),(3,4),(5,6)]'::path, '((0,0),(1,0),(1,1))', '((0,0),(1,0),(1,1),(0,0))']) p;
SELECT formatted('((0,0),(4,0),(4,4),(0,4))'::polygon, 'text'), formatted('((0,0),(4,0),(4,4),(0,4))'::polygon, 'array'), formatted('((0,0),(4,0),(4,4),(0,4))'::polygon, 'geojson');
SELECT formatted('(3,4),(1,2)'::box, 'array'), formatted('{1,-2,3.5}'::line, 'array'), formatted('<(1,2),3.5>'::circle, 'array'), formatted('(3,4),(1,2)'::box, 'text');
SELECT formatted(p, 'array') FROM unnest(ARRAY['(NaN,Infinity)'::point, '(-Infinity,0.1)']) p;
-- what GeoJSON cannot say is an error: a position that is no number, a line of
-- one position, a ring of less than four
\set VERBOSITY sqlstate
SELECT jsonify(s, '{ p @geojson }') FROM (SELECT '(NaN,1)'::point AS p) s;
SELECT jsonify(s, '{ p @geojson }') FROM (SELECT '[(1,2),(3,Infinity)]'::lseg AS p) s;
SELECT jsonify(s, '{ p @geojson }') FROM (SELECT '[(1,2)]'::path AS p) s;
SELECT jsonify(s, '{ p @geojson }') FROM (SELECT '((0,0),(1,1))'::polygon AS p) s;
SELECT jsonify(s, '{ p @geojson }') FROM (SELECT '((0,0),(1,1),(0,0))'::path AS p) s;
\set VERBOSITY default
SELECT jsonify(s, '{ p @geojson }') FROM (SELECT '(1,2),(3,4)'::box AS p) s;
SELECT jsonify('<(1,2),3>'::circle, options => '{"formats": {"circle": "geojson"}}');

-- NULL is null in every format.
SELECT bool_and(jsonify(s, format('{ v @%s }', f)) = '{"v": null}') FROM (SELECT NULL::timestamptz AS v) s, unnest('{session,utc,epoch,epoch_ms}'::text[]) f;
SELECT jsonify(s, '{ a @base64, b @geojson, c @object, d @nan_error, e @string }') FROM (SELECT NULL::bytea AS a, NULL::point AS b, NULL::int4range AS c, NULL::float8 AS d, ARRAY[NULL, 1] AS e) s;
DROP SCHEMA t_formats CASCADE;
