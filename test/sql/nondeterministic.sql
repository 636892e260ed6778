-- Aggregates, different values and groups of text whose collation takes several spellings for
-- one, where the server has such collations.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_nondeterministic;
SET search_path = t_nondeterministic, public;
DO $do$
DECLARE c record; got text;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_collation WHERE collprovider = 'i') THEN
    RETURN;
  END IF;
  EXECUTE $$CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)$$;
  CREATE TYPE cased AS (w text COLLATE ci);
  CREATE TABLE posts (id int PRIMARY KEY);
  CREATE TABLE words (id int PRIMARY KEY, post_id int REFERENCES posts, w text COLLATE ci, c cased);
  INSERT INTO posts VALUES (1), (2), (3);
  INSERT INTO words (id, post_id, w) VALUES (1, 1, 'B'), (2, 1, 'a'), (3, 1, 'b'), (4, 1, NULL), (5, 2, 'b'), (6, 3, 'A');
  UPDATE words SET c.w = w;
  FOR c IN SELECT * FROM (VALUES
    ('(where: min(words.w) = ''A'', order: max(words.w) desc, id) { id }', '[{"id": 1}, {"id": 3}]'),
    ('(order: max(words.w) desc nulls last) { id words(order: w desc nulls last, limit: 1) { id } }',
     '[{"id": 1, "words": [{"id": 1}]}, {"id": 2, "words": [{"id": 5}]}, {"id": 3, "words": [{"id": 6}]}]'),
    ('{ d: distinct(words.w), c: distinct(words.c.w) }', '[{"c": ["B", "a", null], "d": ["B", "a", null]}, {"c": ["b"], "d": ["b"]}, {"c": ["A"], "d": ["A"]}]'),
    ('{ words(group: w) { n: count() } c: words(group: c.w, page: 2) { n: count() } }',
     '[{"c": {"items": [{"n": 1}, {"n": 2}], "total": 3, "has_more": true}, "words": [{"n": 1}, {"n": 2}, {"n": 1}]},
       {"c": {"items": [{"n": 1}], "total": 1, "has_more": false}, "words": [{"n": 1}]},
       {"c": {"items": [{"n": 1}], "total": 1, "has_more": false}, "words": [{"n": 1}]}]')) v (shape, want) LOOP
    SELECT jsonb_agg(d) INTO got FROM jsonify_find('posts', c.shape) d;
    IF got IS DISTINCT FROM c.want::jsonb::text THEN RAISE '%: got %', c.shape, got; END IF;
  END LOOP;
  -- an index by another collation tells no rows apart that the column takes for one
  CREATE TABLE names (w text COLLATE ci NOT NULL, n int);
  CREATE UNIQUE INDEX ON names (w COLLATE "C");
  INSERT INTO names VALUES ('a', 1), ('A', 2);
  BEGIN
    PERFORM jsonify_save('names', '{"w": "a", "n": 3}', '(by: w) { w, n }');
    RAISE 'saved: %', (SELECT jsonb_agg(n) FROM names);
  EXCEPTION WHEN wrong_object_type THEN
  END;
END$do$;
DROP SCHEMA t_nondeterministic CASCADE;
