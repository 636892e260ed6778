-- "op any", "op all", full text search, and text operators on json.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_search;
SET search_path = t_search, public;
SET default_text_search_config = 'pg_catalog.simple';
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TABLE posts (id int PRIMARY KEY, author_id int REFERENCES users, title text, v varchar(40), c char(20), body tsvector, views int, tags text[], meta jsonb, j json);
INSERT INTO users VALUES (1, 'ann'), (2, 'Bob');
INSERT INTO posts SELECT i, 1 + i % 2, t, t, left(t, 20), to_tsvector('english', t), i, string_to_array(t, ' '), jsonb_build_object('t', t, 'n', i, 'a', ARRAY[t], 'z', NULL), json_build_object('t', t)
  FROM unnest(ARRAY['The quick brown foxes', 'A lazy dog', 'Databases are fun', 'fox and dog', 'quick quick', NULL]) WITH ORDINALITY u (t, i);

-- The ids that a condition finds and those that SQL does, in a root, a relation and by jsonify().
CREATE FUNCTION run(condition text, sql text, params jsonb DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE a text; b text; w text; h text;
BEGIN
  EXECUTE format('SELECT string_agg(id::text, '' '' ORDER BY id) FROM posts p WHERE %s', sql) INTO w;
  SELECT string_agg(d ->> 'id', ' ') INTO a FROM jsonify_find('posts', format('(where: %s) { id }', condition), params) d;
  SELECT string_agg(p ->> 'id', ' ' ORDER BY (p ->> 'id')::int) INTO b
    FROM users u, jsonify(u, format('{ posts(where: %s) { id } }', condition), params) d, jsonb_array_elements(d -> 'posts') p;
  RETURN CASE WHEN a IS NOT DISTINCT FROM b AND a IS NOT DISTINCT FROM w THEN 'ok ' || coalesce(a, 'none') ELSE format('root %s, relation %s, want %s', a, b, w) END;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS h = PG_EXCEPTION_HINT;
  RETURN concat_ws(' / ', SQLSTATE || ' ' || SQLERRM, h);
END$$;
SELECT condition, params, run(condition, sql, params::jsonb) FROM (VALUES
  ('views > any $l', 'views > ANY (ARRAY[4, 2])', '{"l": [4, 2]}'), ('views > all $l', 'views > ALL (ARRAY[4, 2])', '{"l": [4, 2]}'),
  ('views = ANY $l', 'views IN (1, 3)', '{"l": [1, 3]}'), ('views <> all $l', 'views NOT IN (1, 3)', '{"l": [1, 3]}'), ('not views = any $l', 'views NOT IN (1, 3)', '{"l": [1, 3]}'),
  ('views = any $l', 'false', '{"l": []}'), ('views = all $l', 'true', '{"l": []}'), ('views = any $l', 'false', '{"l": null}'), ('views <> all $l', 'NULL', '{"l": [1, null]}'),
  ('title like any $l', 'title LIKE ANY (ARRAY[''%dog'', ''The%''])', '{"l": ["%dog", "The%"]}'), ('title ilike all $l', 'title ILIKE ''%D%'' AND title ILIKE ''%f%''', '{"l": ["%D%", "%f%"]}'),
  -- as in SQL: like none of them, and not like one of them
  ('title not like all $l', 'title NOT LIKE ALL (ARRAY[''%dog'', ''The%''])', '{"l": ["%dog", "The%"]}'),
  ('title not ilike any $l', 'title NOT ILIKE ANY (ARRAY[''%DOG'', ''a%''])', '{"l": ["%DOG", "a%"]}'),
  ('not title like any $l', 'NOT title LIKE ANY (ARRAY[''%dog'', ''The%''])', '{"l": ["%dog", "The%"]}'),
  ('not title not like all $l', 'title LIKE ANY (ARRAY[''%dog'', ''The%''])', '{"l": ["%dog", "The%"]}'),
  ('meta.t not like all $l', 'title NOT LIKE ALL (ARRAY[''%dog'', ''The%''])', '{"l": ["%dog", "The%"]}'), ('title not like all $l', 'true', '{"l": []}'), ('title not like all $l?', 'true', NULL),
  ('title ~* any $l', 'title ~* ''DOG|fun''', '{"l": ["DOG", "fun"]}'), ('v ^@ any $l', 'v ^@ ''quick''', '{"l": ["quick"]}'),
  ('author.name = any $l', 'author_id = 2', '{"l": ["Bob", "x"]}'), ('meta.n = any $l', 'views IN (1, 2)', '{"l": [1, 2, "x"]}'), ('meta.n > all $l', 'views > 3', '{"l": [3, 1]}'),
  ('views = any $l?', 'true', NULL), ('views = any $l?', 'views = 2', '{"l": [2]}'), ('not views = all $l?', 'true', NULL),
  -- of json the text
  ('meta.t like ''%dog''', 'title LIKE ''%dog''', NULL), ('meta.t ilike $p', 'title ILIKE ''%DOG''', '{"p": "%DOG"}'), ('meta.t not like ''%dog''', 'title NOT LIKE ''%dog''', NULL),
  ('meta.t ~ ''^[A-Z]''', 'title ~ ''^[A-Z]''', NULL), ('meta.t ~* ''^f''', 'title ~* ''^f''', NULL), ('meta.t !~ ''o''', 'title !~ ''o''', NULL), ('meta.t !~* ''O''', 'title !~* ''O''', NULL), ('j.t like ''q%''', 'title LIKE ''q%''', NULL),
  ('meta.n like ''2''', 'views = 2', NULL), ('meta.z like ''%''', 'false', NULL), ('meta.a like ''["A l%''', 'id = 2', NULL), ('meta.a.0 like ''A l%''', 'id = 2', NULL), ('meta.t like any $l', 'title LIKE ANY (ARRAY[''%dog'', ''The%''])', '{"l": ["%dog", "The%"]}'),
  ('meta.t like title', 'title IS NOT NULL', NULL), ('title like meta.t', 'title IS NOT NULL', NULL), ('meta.t like meta.t', 'title IS NOT NULL', NULL), ('''A lazy dog'' like meta.t', 'id = 2', NULL), ('meta.t = ''quick quick''', 'id = 5', NULL), ('meta.n like $p', 'id = 2', '{"p": 2}'),
  -- what somebody typed
  ('title @@ websearch($q)', 'title @@ websearch_to_tsquery(''quick -fox'')', '{"q": "quick -fox"}'), ('title @@ plain($q)', 'title @@ plainto_tsquery(''dog fox'')', '{"q": "dog fox"}'), ('title @@ phrase($q)', 'title @@ phraseto_tsquery(''lazy dog'')', '{"q": "lazy dog"}'),
  ('title @@ websearch(''english'', $q)', 'to_tsvector(''english'', title) @@ websearch_to_tsquery(''english'', ''fox'')', '{"q": "fox"}'), ('body @@ websearch(''english'', $q)', 'body @@ websearch_to_tsquery(''english'', ''fox or database'')', '{"q": "fox or database"}'),
  ('body @@ websearch(''pg_catalog.english'', ''foxes'')', 'body @@ websearch_to_tsquery(''english'', ''foxes'')', NULL), ('body @@ plain($q)', 'body @@ plainto_tsquery(''fox'')', '{"q": "fox"}'), ('v @@ phrase(''english'', ''quick brown'')', 'id = 1', NULL), ('c @@ plain(''dog'')', 'id IN (2, 4)', NULL),
  ('title @@ WEBSEARCH(''"lazy dog" or fun'')', 'id IN (2, 3)', NULL), ('not title @@ plain(''dog'')', 'NOT title @@ plainto_tsquery(''dog'')', NULL), ('title @@ websearch($q?)', 'true', NULL), ('title @@ websearch(''english'', $q?)', 'id = 5 OR id = 1', '{"q": "quick"}'),
  ('title @@ websearch($q)', 'false', '{"q": null}'), ('title @@ websearch($q)', 'false', '{"q": ""}'), ('title @@ plain($q)', 'title @@ plainto_tsquery(''''''); DROP'')', '{"q": "''); DROP"}'), ('meta.t @@ websearch(''english'', $q)', 'id IN (1, 4)', '{"q": "fox"}'), ('meta.t @@ ''dog''', 'id IN (2, 4)', NULL),
  ('title @@ ''dog''', 'title @@ ''dog''', NULL), ('author.name @@ plain(''bob'')', 'author_id = 2', NULL), ('exists(author(where: name @@ plain(''bob'')))', 'author_id = 2', NULL),
  ('title @@ websearch(''mine'', ''dog'')', 'id IN (2, 4)', NULL), ('title @@ websearch(''t_search.mine'', ''dog'')', 'id IN (2, 4)', NULL), ('title @@ websearch(''a.b.c'', ''dog'')', 'true', NULL),
  ('views @@ plain(''1'')', 'true', NULL), ('''a'' @@ plain(''a'')', 'true', NULL), ('meta @@ plain(''a'')', 'true', NULL), ('title @@ websearch()', 'true', NULL), ('title @@ websearch(1)', 'true', NULL), ('title @@ websearch($a, $b)', 'true', NULL), ('title @@ websearch(title)', 'true', NULL),
  ('title @@ fuzzy(''a'')', 'true', NULL), ('title = plain(''a'')', 'true', NULL), ('title like any (''a'')', 'true', NULL), ('views = any $l', 'true', '{"l": 1}'), ('views = any any', 'true', NULL), ('any = 1', 'true', NULL), ('views ~ any $l', 'true', '{"l": ["a"]}'),
  ('tags = any $l', 'true', '{"l": [["a"]]}')) v (condition, sql, params);

-- A configuration that comes, goes and is renamed counts at once; search_path finds none.
CREATE TEXT SEARCH CONFIGURATION mine (COPY = pg_catalog.english);
SELECT run('title @@ websearch(''t_search.mine'', ''foxes'')', 'id IN (1, 4)'), run('title @@ websearch(''mine'', ''dog'')', 'true');
ALTER TEXT SEARCH CONFIGURATION mine RENAME TO yours;
SELECT run('title @@ websearch(''t_search.mine'', ''foxes'')', 'id IN (1, 4)'), run('title @@ websearch(''t_search.yours'', ''foxes'')', 'id IN (1, 4)');
DROP TEXT SEARCH CONFIGURATION yours;
CREATE TEXT SEARCH CONFIGURATION yours (COPY = pg_catalog.simple);
SELECT run('title @@ websearch(''t_search.yours'', ''foxes'')', 'id = 1');

-- The index over the same expression is found.
CREATE TABLE docs AS SELECT i AS id, 'word' || i || ' common text' AS t, to_tsvector('english', 'word' || i) AS v FROM generate_series(1, 2000) i;
CREATE INDEX ON docs USING gin (to_tsvector('english', t));
CREATE INDEX ON docs USING gin (v);
ANALYZE docs;
CREATE FUNCTION plan_of(shape text, params jsonb) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || (SELECT sql FROM jsonify_explain('docs', shape, params));
END$$;
SELECT plan_of('(where: t @@ websearch(''english'', $q)) { id }', '{"q": "word77"}');
SELECT plan_of('(where: v @@ websearch(''english'', $q)) { id }', '{"q": "word77"}');
SELECT jsonify_find('docs', '(where: v @@ websearch(''english'', $q) and t @@ plain(''english'', $q)) { id }', '{"q": "word77"}');
DROP SCHEMA t_search CASCADE;
