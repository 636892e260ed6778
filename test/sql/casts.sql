-- A type's own cast to jsonb, else to json, decides what its values become:
-- the same alone and at every depth, for every kind of type. The tests that
-- compare ask the cast function itself what should come.
SET client_min_messages = error;        -- casts of domains bring a warning
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_casts;
SET search_path = t_casts, public;
\set helpers `echo "$PG_ABS_SRCDIR/helpers.sql"`
\i :helpers
CREATE EXTENSION hstore SCHEMA t_casts;
CREATE EXTENSION cube SCHEMA t_casts;
CREATE EXTENSION citext SCHEMA t_casts;
\pset format unaligned
\pset tuples_only on

-- In which places a value is not what is wanted.
CREATE FUNCTION differs(v anyelement, want jsonb) RETURNS text[] LANGUAGE sql STABLE AS $$
  SELECT array_agg(place || ' ' || coalesce(got::text, 'NULL')) FROM (VALUES
    ('alone', jsonify(v), want),
    ('no shape', jsonify(v, NULL), want),
    ('record', jsonify(ROW(1, v, NULL)), jsonb_build_object('f1', 1, 'f2', want, 'f3', NULL)),
    ('deep', jsonify(ROW(ROW(ROW(v), v))), jsonb_build_object('f1', jsonb_build_object('f1', jsonb_build_object('f1', want), 'f2', want))),
    ('column', (SELECT jsonify(s) FROM (SELECT v AS a, v AS "A b" OFFSET 0) s), jsonb_build_object('a', want, 'A b', want)),
    ('record in array', jsonify(ARRAY[ROW(v), NULL]), jsonb_build_array(jsonb_build_object('f1', want), NULL)),
    ('array', jsonify(ARRAY[v, v]), jsonb_build_array(want, want)),
    ('array in record', jsonify(ROW(ARRAY[v])), jsonb_build_object('f1', jsonb_build_array(want))),
    ('two dimensions', jsonify(ARRAY[[v, v], [v, v]]), jsonb_build_array(jsonb_build_array(want, want), jsonb_build_array(want, want))),
    ('aggregate', (SELECT jsonify_agg(x) FROM (VALUES (v), (v)) x (x)), jsonb_build_array(want, want)),
    ('column in shape', (SELECT jsonify(s, '{ k: a, aa }') FROM (SELECT v AS a, ARRAY[v] AS aa OFFSET 0) s), jsonb_build_object('k', want, 'aa', jsonb_build_array(want))),
    ('star', (SELECT jsonify_agg(s, '{ * }') FROM (SELECT v AS a OFFSET 0) s), jsonb_build_array(jsonb_build_object('a', want)))
  ) c (place, got, want) WHERE same(got, want) IS NOT TRUE
$$;
SELECT differs(1, '2') IS NOT NULL AS "it can differ", differs(1, '1') AS nowhere;

-- A composite like money, an enum with other labels, a domain that masks
-- e-mail addresses, a range, a C type, hstore by the casts that it brings.
CREATE TYPE price AS (amount bigint, currency char(3));
CREATE FUNCTION price_doc(price) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT
  AS $$SELECT jsonb_build_object('amount', to_char($1.amount / 100.0, 'FM999990.00'), 'currency', $1.currency)$$;
CREATE CAST (price AS jsonb) WITH FUNCTION price_doc(price);
SELECT differs('(1999,EUR)'::price, '{"amount": "19.99", "currency": "EUR"}');

CREATE TYPE level AS ENUM ('lo', 'hi');
CREATE FUNCTION level_label(level) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT AS $$SELECT to_jsonb(CASE $1 WHEN 'lo' THEN 'niedrig' ELSE 'höher' END)$$;
CREATE CAST (level AS jsonb) WITH FUNCTION level_label(level);
SELECT differs('hi'::level, '"höher"'), differs('lo'::level, '"niedrig"');

CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
CREATE FUNCTION masked(email) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT AS $$SELECT to_jsonb(regexp_replace($1, '^(.).*@', '\1***@'))$$;
CREATE CAST (email AS jsonb) WITH FUNCTION masked(email);
SELECT differs('ann@example.org'::email, '"a***@example.org"');
SELECT differs('ann@example.org'::text, '"ann@example.org"') AS "not its base type";

CREATE TYPE span AS RANGE (subtype = float8);
CREATE FUNCTION span_doc(span) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS $$SELECT json_build_array(lower($1), upper($1))$$;
CREATE CAST (span AS json) WITH FUNCTION span_doc(span);
CREATE FUNCTION spans_doc(span_multirange) RETURNS jsonb LANGUAGE sql STABLE AS $$SELECT jsonify_agg(r) FROM unnest($1) r$$;
CREATE CAST (span_multirange AS jsonb) WITH FUNCTION spans_doc(span_multirange);
SELECT differs('[1.5,2)'::span, '[1.5, 2]'), differs('{[1,2),[3,)}'::span_multirange, '[[1, 2], [3, null]]');

CREATE FUNCTION cube_doc(cube) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT AS $$SELECT jsonb_agg(cube_coord($1, i) ORDER BY i) FROM generate_series(1, cube_dim($1)) i$$;
CREATE CAST (cube AS jsonb) WITH FUNCTION cube_doc(cube);
SELECT differs('(1,2.5,3)'::cube, '[1, 2.5, 3]');
SELECT differs('"b"=>"x", "a"=>NULL, "aa"=>"1"'::hstore, '{"a": null, "b": "x", "aa": "1"}'), differs(''::hstore, '{}');
SELECT differs('Ann'::citext, '"Ann"') AS "a C type without a cast";
CREATE FUNCTION lower_doc(citext) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS $$SELECT to_json(lower($1::text))$$;
CREATE CAST (citext AS json) WITH FUNCTION lower_doc(citext);
SELECT differs('Ann'::citext, '"ann"');
SELECT jsonify(ROW('(1999,EUR)'::price, 'hi'::level, 'ann@example.org'::email, '[1.5,2)'::span, '(1,2.5,3)'::cube,
                   'a=>1'::hstore, 'Ann'::citext)) AS "all of them";

-- Built-in types, where a superuser made a cast: those that are written
-- specially, too. What is a varchar is no text.
CREATE FUNCTION xy(point) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT AS $$SELECT jsonb_build_object('x', $1[0], 'y', $1[1])$$;
CREATE CAST (point AS jsonb) WITH FUNCTION xy(point);
CREATE FUNCTION host_only(inet) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS 'SELECT to_json(host($1))';
CREATE CAST (inet AS json) WITH FUNCTION host_only(inet);
CREATE FUNCTION yes_no(bool) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT AS $$SELECT to_jsonb(CASE WHEN $1 THEN 'yes' ELSE 'no' END)$$;
CREATE CAST (bool AS jsonb) WITH FUNCTION yes_no(bool);
CREATE FUNCTION digits(int8) RETURNS json LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN to_json($1::text); END';
CREATE CAST (int8 AS json) WITH FUNCTION digits(int8);
CREATE FUNCTION shout(text) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT AS 'SELECT to_jsonb(upper($1))';
CREATE CAST (text AS jsonb) WITH FUNCTION shout(text);
CREATE FUNCTION day_doc(date) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT AS $$SELECT to_jsonb(EXTRACT(doy FROM $1))$$;
CREATE CAST (date AS jsonb) WITH FUNCTION day_doc(date);
CREATE FUNCTION one(mac macaddr) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT AS $$SELECT '1'::jsonb$$;
CREATE CAST (macaddr AS jsonb) WITH FUNCTION one(macaddr);
CREATE FUNCTION bounds(int4range) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT AS $$SELECT jsonb_build_array(lower($1), upper($1))$$;
CREATE CAST (int4range AS jsonb) WITH FUNCTION bounds(int4range);
SELECT differs('(1,2)'::point, '{"x": 1, "y": 2}'), differs('10.0.0.1/8'::inet, '"10.0.0.1"'), differs(true, '"yes"'), differs(7::int8, '"7"'),
       differs('x'::text, '"X"'), differs('2020-02-01'::date, '32'), differs('08:00:2b:01:02:03'::macaddr, '1'), differs('[1,5)'::int4range, '[1, 5]');
SELECT differs('x'::varchar, '"x"'), differs('x'::char(1), '"x"'), differs(7::int4, '7'), differs('10.0.0.0/8'::cidr, '"10.0.0.0/8"');
SELECT jsonify(s), jsonify(s, '{ * }') = jsonify(s) AS same FROM (SELECT 'k'::text AS "Key", '{"j": "text in json"}'::jsonb AS j, '{a,NULL}'::text[] AS a, 'a=>b'::hstore AS h) s;
DROP CAST (bool AS jsonb);
DROP CAST (int8 AS json);
DROP CAST (text AS jsonb);
DROP CAST (date AS jsonb);
SELECT differs(true, 'true'), differs(7::int8, '7'), differs('x'::text, '"x"'), differs('2020-02-01'::date, '"2020-02-01"');

-- Domains: over domains, over what has a cast, over arrays and composites; the
-- nearest cast on the way down to the base type is the one.
CREATE DOMAIN work_email AS email CHECK (VALUE LIKE '%.org');
CREATE DOMAIN boss_email AS work_email;
SELECT differs('bob@example.org'::boss_email, '"b***@example.org"') AS "of the domain below";
CREATE FUNCTION masked_all(work_email) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS $$SELECT '"***"'::json$$;
CREATE CAST (work_email AS json) WITH FUNCTION masked_all(work_email);
SELECT differs('bob@example.org'::boss_email, '"***"') AS "a nearer one, though to json", differs('bob@example.org'::email, '"b***@example.org"') AS "not this one";
CREATE DOMAIN fee AS price CHECK ((VALUE).amount >= 0);
CREATE DOMAIN high AS level;
CREATE DOMAIN spot AS point;
CREATE DOMAIN prices AS price[];
CREATE DOMAIN mails AS email[];
CREATE DOMAIN attributes AS hstore;
CREATE DOMAIN document AS jsonb;
SELECT differs('(5,PLN)'::fee, '{"amount": "0.05", "currency": "PLN"}'), differs('lo'::high, '"niedrig"'), differs('(3,4)'::spot, '{"x": 3, "y": 4}'),
       differs('a=>1'::attributes, '{"a": "1"}'), differs('{"a": "(1,2)"}'::document, '{"a": "(1,2)"}');
SELECT jsonify('{"(1,EUR)",NULL}'::prices), jsonify(ROW('{a@b,c@d}'::mails)), jsonify(ARRAY['{a@b}'::mails, '{}'::mails]);
CREATE FUNCTION fee_doc(fee) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT AS $$SELECT '"fee"'::jsonb$$;
CREATE CAST (fee AS jsonb) WITH FUNCTION fee_doc(fee);
CREATE FUNCTION prices_doc(prices) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT AS 'SELECT to_jsonb(array_length($1, 1))';
CREATE CAST (prices AS jsonb) WITH FUNCTION prices_doc(prices);
CREATE FUNCTION document_doc(document) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT AS $$SELECT $1::jsonb - 'secret'$$;
CREATE CAST (document AS jsonb) WITH FUNCTION document_doc(document);
SELECT differs('(5,PLN)'::fee, '"fee"'), differs('{"(1,EUR)",NULL}'::prices, '2'), differs('{"a": 1, "secret": 2}'::document, '{"a": 1}');

-- A cast of an array type comes before its elements'.
CREATE FUNCTION levels_doc(level[]) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT AS $$SELECT to_jsonb(array_to_string($1, '+'))$$;
CREATE CAST (level[] AS jsonb) WITH FUNCTION levels_doc(level[]);
SELECT jsonify('{lo,hi}'::level[]), jsonify(ROW('{lo,hi}'::level[], 'hi'::level, ARRAY['lo'::level])), jsonify_agg('{lo}'::level[]);
DROP CAST (level[] AS jsonb);
SELECT jsonify('{lo,hi}'::level[]);

-- To jsonb before to json; only casts that are functions; casts to other types
-- are none of these.
CREATE TYPE kinds AS ENUM ('a');
CREATE FUNCTION by_json(kinds) RETURNS json LANGUAGE sql AS $$SELECT '{"by" : "json", "by": "json"}'::json$$;
CREATE FUNCTION by_jsonb(kinds) RETURNS jsonb LANGUAGE sql AS $$SELECT '"by jsonb"'::jsonb$$;
CREATE FUNCTION by_text(kinds) RETURNS text LANGUAGE sql AS $$SELECT 'by text'$$;
CREATE CAST (kinds AS text) WITH FUNCTION by_text(kinds) AS IMPLICIT;
SELECT differs('a'::kinds, '"a"');
CREATE CAST (kinds AS jsonb) WITH INOUT;
SELECT differs('a'::kinds, '"a"');
CREATE CAST (kinds AS json) WITH FUNCTION by_json(kinds) AS ASSIGNMENT;
SELECT differs('a'::kinds, '{"by": "json"}');
DROP CAST (kinds AS jsonb);
CREATE CAST (kinds AS jsonb) WITH FUNCTION by_jsonb(kinds) AS IMPLICIT;
SELECT differs('a'::kinds, '"by jsonb"');
SELECT jsonify(ARRAY['a'::kinds, NULL]);

-- Cast functions of two and three arguments: the typmod, here none, and that
-- the cast is not an explicit one.
CREATE TYPE two AS (v int);
CREATE TYPE three AS (v int);
CREATE FUNCTION two_doc(two, int) RETURNS jsonb LANGUAGE sql AS 'SELECT jsonb_build_array($1.v, $2)';
CREATE FUNCTION three_doc(three, int, bool) RETURNS json LANGUAGE plpgsql AS 'BEGIN RETURN json_build_array($1.v, $2, $3); END';
CREATE CAST (two AS jsonb) WITH FUNCTION two_doc(two, int);
CREATE CAST (three AS json) WITH FUNCTION three_doc(three, int, bool);
SELECT differs('(1)'::two, '[1, -1]'), differs('(1)'::three, '[1, -1, false]');
SELECT jsonify(ROW('(1)'::two, '(1)'::three));

-- NULL calls no cast, whatever the function would do; what the function makes
-- NULL is null in the document, and the document null at the top.
CREATE TYPE brittle AS ENUM ('ok', 'gone');
CREATE FUNCTION brittle_doc(brittle) RETURNS jsonb LANGUAGE plpgsql CALLED ON NULL INPUT
  AS $$BEGIN IF $1 IS NULL THEN RAISE 'called for NULL'; ELSIF $1 = 'ok' THEN RETURN '{"ok": null}'; END IF; RETURN NULL; END$$;
CREATE CAST (brittle AS jsonb) WITH FUNCTION brittle_doc(brittle);
SELECT jsonify(NULL::brittle) IS NULL, jsonify(ROW(NULL::brittle, 'ok'::brittle)), jsonify('{NULL,ok,gone}'::brittle[]), jsonify_agg(b) FROM (VALUES (NULL::brittle), ('gone')) v (b);
SELECT differs('gone'::brittle, 'null'), jsonify('gone'::brittle) IS NULL AS "SQL NULL";
SELECT jsonify(s, '{ k: b }') FROM (VALUES (NULL::brittle), ('ok'), ('gone')) s (b);

-- Rows of tables and views: wherever no shape is given. A shape names columns,
-- and their types' casts count.
CREATE TABLE people (id int PRIMARY KEY, mail email, lvl level, pay price, tags hstore, home spot, pays prices, seen inet);
CREATE TABLE offers (id int PRIMARY KEY, mail work_email, cost fee, costs price[], person_id int REFERENCES people, boss_id int REFERENCES people);
CREATE TABLE labels (id citext PRIMARY KEY, span span);
CREATE TABLE offers_labels (offer_id int REFERENCES offers, label_id citext REFERENCES labels, PRIMARY KEY (offer_id, label_id));
CREATE VIEW hidden AS SELECT id, mail FROM people;
INSERT INTO people VALUES (1, 'ann@a', 'lo', '(150,EUR)', 'k=>v', '(1,2)', '{"(1,EUR)"}', '10.0.0.1'), (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO offers VALUES (1, 'o@x.org', '(5,PLN)', '{"(7,USD)",NULL}', 1, 2), (2, NULL, NULL, NULL, 1, NULL);
INSERT INTO labels VALUES ('New', '[1,2]'), ('OLD', NULL);
INSERT INTO offers_labels VALUES (1, 'New'), (1, 'OLD'), (2, 'NEW');
SELECT jsonify(p) FROM people p WHERE id = 1;
SELECT same(jsonify_agg(p, '{ id, mail, lvl, offers(via: person_id) { *, person { mail, tags }, labels { id, span } } }' ORDER BY id),
  (SELECT jsonb_agg(jsonb_build_object('id', id, 'mail', masked(mail), 'lvl', level_label(lvl), 'offers', coalesce((
      SELECT jsonb_agg(jsonb_build_object(
        'id', o.id, 'mail', masked_all(o.mail), 'cost', fee_doc(o.cost),
        'costs', (SELECT jsonb_agg(price_doc(o.costs[i]) ORDER BY i) FROM generate_subscripts(o.costs, 1) i),
        'person_id', person_id, 'boss_id', boss_id,
        'person', jsonb_build_object('mail', masked(p.mail), 'tags', hstore_to_jsonb(p.tags)),
        'labels', (SELECT jsonb_agg(jsonb_build_object('id', lower_doc(l.id), 'span', span_doc(l.span)) ORDER BY l.id)
                   FROM labels l JOIN offers_labels ON label_id = l.id WHERE offer_id = o.id)) ORDER BY o.id)
      FROM offers o WHERE o.person_id = p.id), '[]')) ORDER BY id) FROM people p)) AS same FROM people p;

CREATE FUNCTION offer_doc(offers) RETURNS jsonb LANGUAGE sql STABLE AS $$SELECT to_jsonb('offer ' || $1.id)$$;
CREATE CAST (offers AS jsonb) WITH FUNCTION offer_doc(offers);
CREATE FUNCTION hidden_doc(hidden) RETURNS json LANGUAGE sql STABLE AS $$SELECT json_build_object('id', $1.id)$$;
CREATE CAST (hidden AS json) WITH FUNCTION hidden_doc(hidden);
SELECT differs(o, '"offer 1"') FROM offers o WHERE id = 1;
SELECT jsonify(h), jsonify(h, '{ * }'), jsonify(h, '{ mail }') FROM hidden h WHERE id = 1;
SELECT jsonify_agg(o ORDER BY id), jsonify_agg(o, NULL ORDER BY id), jsonify_agg(o, '{ id }' ORDER BY id), jsonify(array_agg(o)) FROM offers o;
SELECT jsonify(o, '{ id, mail, cost }'), jsonify(o, '{ * -costs }') FROM offers o WHERE id = 1;
SELECT jsonify(s), jsonify(s, '{ o }'), jsonify(s, '{ n: n }') FROM (SELECT o, 7 AS n FROM offers o WHERE id = 1) s;
SELECT jsonify(s) AS "not its row, though its columns" FROM (SELECT id, cost FROM offers WHERE id = 1) s;
SELECT jsonify(p, '{ id offers(via: person_id) { id } }') FROM people p WHERE id = 1;
-- a column of a table's row type, and its array, in a row that is shaped
CREATE TABLE archive (id int, was offers, all_of offers[]);
INSERT INTO archive SELECT 1, o, ARRAY[o, NULL] FROM offers o WHERE id = 2;
SELECT jsonify(a), jsonify(a, '{ was all_of }') FROM archive a;

-- Scalars of a cast at the top, and a row whose cast makes another shape of it
-- by jsonify itself: no endless recursion, since a shape is given.
CREATE FUNCTION person_doc(people) RETURNS jsonb LANGUAGE sql STABLE
  AS $$SELECT public.jsonify($1, '{ id, mail, offers(via: person_id) { cost, boss { id } } }')$$;
CREATE CAST (people AS jsonb) WITH FUNCTION person_doc(people);
SELECT jsonify_agg(p ORDER BY id) FROM people p;
DROP SCHEMA t_casts CASCADE;
