-- Related rows: documents over generated data beside those of LATERAL subqueries,
-- in every place of a query and at every size; and the data that they see is the
-- calling query's.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_related_rows;
SET search_path = t_related_rows, public;
\set helpers `echo "$PG_ABS_SRCDIR/helpers.sql"`
\i :helpers
CREATE TABLE users (id int PRIMARY KEY, name text, pw text);
CREATE TABLE posts (id bigint PRIMARY KEY, title text, body text, author_id int REFERENCES users, n numeric, at timestamptz);
CREATE TABLE comments (id int PRIMARY KEY, body text, post_id bigint REFERENCES posts, author_id int REFERENCES users);
CREATE TABLE tags (id int PRIMARY KEY, name text);
CREATE TABLE posts_tags (post_id bigint REFERENCES posts, tag_id int REFERENCES tags, PRIMARY KEY (post_id, tag_id));
INSERT INTO users SELECT i, 'user ' || i, 'secret' FROM generate_series(1, 700) i;
-- user n % 10 = 0 has no posts, the others from one to many; a few posts have no author
INSERT INTO posts SELECT i, 'title ' || i, CASE WHEN i % 500 = 0 THEN repeat(md5(i::text), 400) WHEN i % 7 > 0 THEN repeat('x', i % 300) END,
    CASE WHEN i % 97 > 0 THEN CASE WHEN i * 7919 % 700 % 10 = 0 THEN 1 ELSE i * 7919 % 700 END END, i * 1.10, '2020-01-01 00:00+00'::timestamptz + i * interval '1 hour'
  FROM generate_series(1, 4000) i ORDER BY md5(i::text);
INSERT INTO comments SELECT i, 'comment ' || i, 1 + i * 7 % 4000 * (i % 3) % 4000, nullif(i * 31 % 701, 0) FROM generate_series(1, 9000) i ORDER BY md5(i::text);
INSERT INTO tags SELECT i, 'tag ' || i FROM generate_series(1, 30) i;
INSERT INTO posts_tags SELECT p, t FROM generate_series(1, 4000) p, generate_series(1, 30) t WHERE (p * t) % 29 IN (1, 5) ORDER BY md5(p || ' ' || t);
ANALYZE users, posts, comments, tags, posts_tags;
\set shape '\'{ id, name, posts { *, -at, comments { body, author { name } }, tags { name } } }\''
-- the same document by subqueries
CREATE FUNCTION want(u users) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('id', u.id, 'name', u.name, 'posts', (
    SELECT coalesce(jsonb_agg(to_jsonb(p) - 'at' || jsonb_build_object(
        'comments', (SELECT coalesce(jsonb_agg(jsonb_build_object('body', c.body, 'author',
                         (SELECT jsonb_build_object('name', a.name) FROM users a WHERE a.id = c.author_id)) ORDER BY c.id), '[]')
                     FROM comments c WHERE c.post_id = p.id),
        'tags', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', t.name) ORDER BY t.id), '[]')
                 FROM posts_tags x JOIN tags t ON t.id = x.tag_id WHERE x.post_id = p.id))
      ORDER BY p.id), '[]') FROM posts p WHERE p.author_id = u.id))
$$;
CREATE INDEX ON posts (author_id);
CREATE INDEX ON comments (post_id);
CREATE TABLE wanted AS SELECT u.id, want(u) AS doc FROM users u;
SELECT count(*) AS users, sum(jsonb_array_length(doc -> 'posts')) AS posts, count(*) FILTER (WHERE doc -> 'posts' = '[]') AS without FROM wanted;

-- A document for each row; one document for all rows, of any number.
SELECT count(*), count(*) FILTER (WHERE same(jsonify(u, :shape), doc)) AS ok FROM users u JOIN wanted USING (id);
SELECT count(*), bool_and(ok) AS ok, bool_and(array_ok) AS array_ok FROM (
SELECT n, (SELECT same(jsonify_agg(u, :shape ORDER BY u.id), jsonb_agg(doc ORDER BY id)) FROM users u JOIN wanted USING (id) WHERE id <= n) AS ok,
       (SELECT same(jsonify(array_agg(u ORDER BY u.id), :shape), jsonb_agg(doc ORDER BY id)) FROM users u JOIN wanted USING (id) WHERE id <= n) AS array_ok
FROM unnest(ARRAY[1, 2, 9, 10, 11, 49, 50, 51, 99, 100, 101, 150, 255, 256, 257, 512, 700]) n) s;
SELECT jsonify(p, '{ title author { name } tags { name } comments { body author { name } } }') FROM posts p WHERE id = 8;
-- Without the indexes, and without the index scans, it is the same.
DROP INDEX posts_author_id_idx, comments_post_id_idx;
SELECT same(jsonify_agg(u, :shape ORDER BY u.id), jsonb_agg(doc ORDER BY id)) AS ok FROM users u JOIN wanted USING (id);
SELECT count(*) FILTER (WHERE same(jsonify(u, :shape), doc)) AS ok FROM users u JOIN wanted USING (id) WHERE id % 50 < 2;
CREATE INDEX ON posts (author_id);
CREATE INDEX ON comments (post_id);
BEGIN;
SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;
SELECT same(jsonify_agg(u, :shape ORDER BY u.id), jsonb_agg(doc ORDER BY id)) AS nested_loops FROM users u JOIN wanted USING (id);
SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = on; SET LOCAL enable_nestloop = off;
SELECT same(jsonify_agg(u, :shape ORDER BY u.id), jsonb_agg(doc ORDER BY id)) AS merge_joins FROM users u JOIN wanted USING (id);
SET LOCAL work_mem = '64kB'; SET LOCAL enable_hashjoin = on;
SELECT same(jsonify_agg(u, :shape ORDER BY u.id), jsonb_agg(doc ORDER BY id)) AS little_memory FROM users u JOIN wanted USING (id);
SET LOCAL plan_cache_mode = force_custom_plan;
SELECT same(jsonify_agg(u, :shape ORDER BY u.id), jsonb_agg(doc ORDER BY id)) AS custom_plans FROM users u JOIN wanted USING (id);
ROLLBACK;
-- Many parents at once: 4000 rows that share 700 authors, 30 tags; a row given
-- several times; rows without a key.
SELECT same(jsonify_agg(p, '{ id author { name } tags { id } }' ORDER BY id),
            jsonb_agg(jsonb_build_object('id', id,
              'author', (SELECT jsonb_build_object('name', name) FROM users WHERE users.id = author_id),
              'tags', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', tag_id) ORDER BY tag_id), '[]')
                       FROM posts_tags WHERE post_id = p.id)) ORDER BY id)) AS ok
FROM posts p;
SELECT same(jsonify_agg(c, '{ id post { author { posts { id } } } }' ORDER BY id),
            jsonb_agg(jsonb_build_object('id', id, 'post',
              (SELECT jsonb_build_object('author',
                 (SELECT jsonb_build_object('posts',
                    (SELECT jsonb_agg(jsonb_build_object('id', q.id) ORDER BY q.id) FROM posts q WHERE q.author_id = u.id))
                  FROM users u WHERE u.id = p.author_id))
               FROM posts p WHERE p.id = post_id)) ORDER BY id)) AS ok
FROM comments c;
SELECT same(jsonify_agg(u, '{ id posts { id author { id } } }' ORDER BY g, id),
            jsonb_agg(jsonb_build_object('id', id, 'posts',
              (SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'author', jsonb_build_object('id', u.id))
                                         ORDER BY p.id), '[]')
               FROM posts p WHERE author_id = u.id)) ORDER BY g, id)) AS repeated
FROM users u, generate_series(1, 20) g WHERE id < 40;
SELECT jsonify_agg(p, '{ author { name } }') FILTER (WHERE author_id IS NULL AND id < 300) FROM posts p;
-- A child that is large, and a parent with many.
INSERT INTO users VALUES (1000, 'busy', 'x');
INSERT INTO posts SELECT 10000 + i, 'many', NULL, 1000 FROM generate_series(20000, 1, -1) i;
SELECT same(jsonify(u, :shape), want(u)) AS many_children, jsonb_array_length(jsonify(u, '{ posts { id } }') -> 'posts') FROM users u WHERE id = 1000;
SELECT same(jsonify(p, '{ body comments { post { body } } }'), jsonb_build_object('body', body, 'comments',
         (SELECT coalesce(jsonb_agg(d), '[]')
          FROM (SELECT jsonb_build_object('post', jsonb_build_object('body', p.body))
                FROM comments WHERE post_id = p.id) s (d)))) AS large
FROM posts p WHERE id % 500 = 0 ORDER BY id LIMIT 3;
DELETE FROM posts WHERE id > 10000; DELETE FROM users WHERE id = 1000;

-- The aggregate as aggregates are used.
SELECT count(*), bool_and(same(got, want)) AS grouped FROM (
  SELECT jsonify_agg(p, '{ id author { name } }' ORDER BY id DESC) AS got,
         jsonb_agg(jsonb_build_object('id', id, 'author', (SELECT jsonb_build_object('name', name) FROM users u WHERE u.id = author_id)) ORDER BY id DESC) AS want
  FROM posts p GROUP BY id % 37) s;
SELECT count(*), bool_and(same(got, want)) AS grouping_sets FROM (
  SELECT jsonify_agg(p, '{ id author { name } }' ORDER BY id) FILTER (WHERE n > 50) AS got,
         coalesce(jsonb_agg(jsonb_build_object('id', id, 'author', (SELECT jsonb_build_object('name', name) FROM users u WHERE u.id = author_id)) ORDER BY id) FILTER (WHERE n > 50), '[]') AS want
  FROM posts p WHERE id < 400 GROUP BY GROUPING SETS ((id % 3), (id % 5, id % 2), ())) s;
SELECT count(*), bool_and(same(got, want)) AS moving FROM (
  SELECT jsonify_agg(p, '{ id author { name } }') OVER w AS got,
         jsonb_agg(jsonb_build_object('id', id, 'author', (SELECT jsonb_build_object('name', name) FROM users u WHERE u.id = author_id))) OVER w AS want
  FROM posts p WHERE id < 200 WINDOW w AS (ORDER BY id ROWS BETWEEN 3 PRECEDING AND 1 FOLLOWING)) s;
SELECT count(*), bool_and(same(got, want)) AS growing FROM (
  SELECT jsonify_agg(p, '{ id author { name } }') OVER w AS got, jsonify_agg(p.id) OVER w AS ids,
         jsonb_agg(jsonb_build_object('id', id, 'author', (SELECT jsonb_build_object('name', name) FROM users u WHERE u.id = author_id))) OVER w AS want
  FROM posts p WHERE id < 200 WINDOW w AS (PARTITION BY id % 4 ORDER BY id)) s WHERE jsonb_array_length(ids) = jsonb_array_length(got);
SELECT jsonify_agg(DISTINCT u, '{ name }') FROM users u, generate_series(1, 3) WHERE id IN (3, 1, 2);
SELECT jsonify_agg(DISTINCT length(name) ORDER BY length(name)) FROM users;
SELECT jsonify_agg(s, '{ id n d }' ORDER BY id)
  FROM (SELECT u.id, count(*) AS n, jsonify_agg(c, '{ id }' ORDER BY c.id) AS d
        FROM users u JOIN comments c ON c.author_id = u.id WHERE u.id IN (5, 3) AND c.id < 2000 GROUP BY u.id) s;
SELECT (SELECT jsonify_agg(p, '{ id }' ORDER BY p.id) FROM posts p WHERE p.author_id = u.id) = jsonify(u, '{ posts { id } }') -> 'posts' AS correlated FROM users u WHERE id = 11;
SELECT jsonify_agg(u, '{ name }') = jsonify_agg(u, '{ name posts { id } }') AS differ FROM users u WHERE id = 11 HAVING jsonify_agg(u, '{ id }') @> '[{"id": 11}]';
SELECT count(*) FROM users u WHERE jsonify(u, '{ posts { tags { id } } }') @> '{"posts": [{"tags": [{"id": 7}]}]}';

-- One call, shapes that differ from row to row.
CREATE TABLE shapes (n int, shape text);
INSERT INTO shapes VALUES (0, '{ id }'), (1, '{ name posts { id } }'), (2, NULL), (3, '{ posts { comments { id } } }'), (4, '{ id }');
SELECT count(*), bool_and(same(got, CASE n WHEN 1 THEN jsonify(u, '{ name posts { id } }')
                                           WHEN 2 THEN to_jsonb(u)
                                           WHEN 3 THEN jsonify(u, '{ posts { comments { id } } }')
                                           ELSE jsonb_build_object('id', id) END)) AS ok
FROM (SELECT u, u.id, s.n, jsonify(u, s.shape) AS got FROM users u, shapes s WHERE u.id < 60 ORDER BY u.id, s.n) x;
SELECT jsonify_agg(u, shape ORDER BY n)
    = jsonb_build_array('{"id": 1}'::jsonb, jsonify(u, '{ name posts { id } }'), to_jsonb(u),
                        jsonify(u, '{ posts { comments { id } } }'), '{"id": 1}'::jsonb) AS aggregated
FROM users u, shapes WHERE id = 1 GROUP BY u;
SELECT n, shape, jsonify(u, shape) FROM users u, shapes WHERE id = 10 ORDER BY n;
DO $$
DECLARE n int; bad int := 0; u users;
BEGIN
  SELECT * INTO u FROM users WHERE id = 1;
  FOR n IN 1 .. 3000 LOOP
    IF jsonify(u, format('{ k%s: id, name }', n)) <> jsonb_build_object('k' || n, 1, 'name', u.name) THEN bad := bad + 1; END IF;
  END LOOP;
  RAISE INFO '% of 3000 shapes wrong', bad;
END$$;

-- Prepared statements, past their custom plans.
PREPARE by_id (int, text) AS SELECT jsonify(u, $2) FROM users u WHERE id = $1;
EXECUTE by_id (1, '{ id }'); EXECUTE by_id (2, '{ id }'); EXECUTE by_id (3, '{ name }'); EXECUTE by_id (4, NULL);
EXECUTE by_id (5, '{ id }'); EXECUTE by_id (6, '{ id }'); EXECUTE by_id (7, '{ id posts { title } }'); EXECUTE by_id (8, '{ name }'); EXECUTE by_id (-1, '{ name }');

-- In parallel workers, if the planner takes them.
BEGIN;
SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0; SET LOCAL max_parallel_workers_per_gather = 2;
SELECT count(*) FILTER (WHERE same(jsonify(p), to_jsonb(p))) AS ok FROM posts p;
SELECT count(*) FILTER (WHERE jsonify(p, '{ author { id } }') = jsonb_build_object('author', CASE WHEN author_id IS NOT NULL THEN jsonb_build_object('id', author_id) END)) AS ok FROM posts p;
SELECT jsonify(p, '{ id author { id } }') FROM posts p WHERE id IN (96, 97) ORDER BY id;
ROLLBACK;
DROP SCHEMA t_related_rows CASCADE;
