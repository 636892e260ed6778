-- "order", "limit" and "offset", of the root and for each parent: beside the same in
-- plain SQL, one query a relationship, and no more rows read than they need.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_order;
SET search_path = t_order, public;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE pair AS (a int, b text);
CREATE TABLE users (id int PRIMARY KEY, name text, country text);
CREATE TABLE posts (id int PRIMARY KEY, author_id int REFERENCES users, editor_id int REFERENCES users, title text COLLATE "C", d date, m mood, f float8, p pair, tags text[], meta jsonb);
CREATE TABLE comments (id int PRIMARY KEY, post_id int REFERENCES posts, n int);
CREATE TABLE tags (id int PRIMARY KEY, name text);
CREATE TABLE posts_tags (post_id int REFERENCES posts, tag_id int REFERENCES tags, kind int, PRIMARY KEY (post_id, tag_id, kind));
CREATE TABLE heap (user_id int REFERENCES users, n int);
CREATE FUNCTION title_length(posts) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT length($1.title)';
CREATE FUNCTION latest(users) RETURNS SETOF posts LANGUAGE sql STABLE AS 'SELECT * FROM t_order.posts WHERE author_id = $1.id';
INSERT INTO users VALUES (1, 'ann', 'PL'), (2, 'bob', NULL), (3, 'cyd', 'DE');
INSERT INTO posts SELECT i, (i % 3) + 1, nullif(i % 4, 0),
    chr(97 + i % 5) || CASE WHEN i % 2 = 0 THEN 'x' ELSE '' END, CASE WHEN i % 4 > 0 THEN date '2024-01-01' + (i * 7) % 5 END,
    (enum_range(NULL::mood))[nullif(i % 4, 3) + 1], CASE i % 3 WHEN 0 THEN float8 'NaN' WHEN 1 THEN -i END,
    ROW(i % 2, NULL)::pair, ARRAY[i % 3, i]::text[], jsonb_build_object('n', i % 4)
  FROM generate_series(1, 14) i WHERE i % 3 < 2;
UPDATE posts SET editor_id = NULL WHERE editor_id > 3;
INSERT INTO comments SELECT i, (ARRAY[1, 3, 4])[1 + i % 3], (i * 5) % 7 FROM generate_series(1, 10) i;
INSERT INTO tags SELECT i, 'tag' || i FROM generate_series(1, 4) i;
INSERT INTO posts_tags SELECT p, t, k FROM unnest(ARRAY[1, 3, 4]) p, generate_series(1, 3) t, generate_series(1, 2) k;
INSERT INTO heap SELECT 1, i FROM generate_series(5, 1, -1) i;

-- The root: a case is the arguments, and what stands behind FROM posts in SQL; for a
-- related table the same for each parent, with an index on the key and without.
CREATE FUNCTION run(args text, sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE got jsonb; want jsonb; result text := '';
BEGIN
  SELECT jsonb_agg(d -> 'id') INTO got FROM jsonify_find('posts', '(' || args || ') { id }', '{"n": 2, "o": 1, "null": null}', '{"unknown_params": "ignore"}') d;
  EXECUTE 'SELECT jsonb_agg(id) FROM (SELECT posts.id FROM posts ' || sql || ') s' INTO want;
  IF got IS DISTINCT FROM want THEN result := format('root: got %s, want %s ', got, want); END IF;
  EXECUTE 'SELECT jsonb_agg(jsonb_build_object(''id'', u.id, ''posts'', coalesce((SELECT jsonb_agg(id)
      FROM (SELECT posts.id FROM (SELECT * FROM posts WHERE author_id = u.id) posts ' || sql || ') s), ''[]''))
    ORDER BY u.id) FROM users u' INTO want;
  FOR i IN 1 .. 2 LOOP
    IF i = 2 THEN CREATE INDEX ON posts (author_id, d); ANALYZE posts; END IF;
    SELECT jsonb_agg(d) INTO got FROM jsonify_find('users', format('{ id, posts: posts(via: author_id, %s).id }', args), '{"n": 2, "o": 1, "null": null}', '{"unknown_params": "ignore"}') d;
    IF got IS DISTINCT FROM want THEN result := result || format('related: got %s, want %s ', got, want); END IF;
    SELECT jsonb_agg(jsonify(u, format('{ id, posts: posts(via: author_id, %s).id }', args), '{"n": 2, "o": 1, "null": null}', '{"unknown_params": "ignore"}') ORDER BY id) INTO got FROM users u;
    IF got IS DISTINCT FROM want THEN result := result || format('one by one: got %s, want %s ', got, want); END IF;
    SELECT jsonb_agg(d) INTO got FROM jsonify_find('users', format('{ id, posts: latest(%s).id }', args), '{"n": 2, "o": 1, "null": null}', '{"unknown_params": "ignore"}') d;
    IF got IS DISTINCT FROM want THEN result := result || format('computed: got %s, want %s ', got, want); END IF;
  END LOOP;
  DROP INDEX posts_author_id_d_idx;
  RETURN coalesce(nullif(result, ''), 'ok');
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END$$;
CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, args text, sql text);
INSERT INTO cases (args, sql) VALUES
('order: id', 'ORDER BY id'), ('order: id desc', 'ORDER BY id DESC'), ('order: id ASC', 'ORDER BY id'), ('order: "id" DESC', 'ORDER BY id DESC'),
('order: d', 'ORDER BY d, id'),
('order: d desc', 'ORDER BY d DESC, id'), ('order: d nulls first', 'ORDER BY d NULLS FIRST, id'),
('order: d nulls last', 'ORDER BY d, id'), ('order: d desc nulls last', 'ORDER BY d DESC NULLS LAST, id'),
('order: d Desc Nulls First', 'ORDER BY d DESC, id'), ('order: d asc nulls first', 'ORDER BY d NULLS FIRST, id'),
('order: d, title desc', 'ORDER BY d, title DESC, id'),
('order: m desc nulls last, d, f', 'ORDER BY m DESC NULLS LAST, d, f, id'), ('order: d, d desc', 'ORDER BY d, id'),
('order: f', 'ORDER BY f, id'), ('order: f desc', 'ORDER BY f DESC, id'), ('order: m', 'ORDER BY m, id'),
('order: p', 'ORDER BY p, id'), ('order: p.b, p.a desc', 'ORDER BY (p).b, (p).a DESC, id'),
('order: tags', 'ORDER BY tags, id'), ('order: meta', 'ORDER BY meta, id'),
('order: meta.n desc', 'ORDER BY meta -> ''n'' DESC, id'), ('order: meta.n.x, title', 'ORDER BY title, id'),
('order: title_length desc, title', 'ORDER BY length(title) DESC, title, id'),
('order: editor.name', 'LEFT JOIN users e ON e.id = posts.editor_id ORDER BY e.name, posts.id'),
('order: editor.country desc nulls last, editor.name desc',
    'LEFT JOIN users e ON e.id = posts.editor_id ORDER BY e.country DESC NULLS LAST, e.name DESC, posts.id'),
('order: editor(via: editor_id).name nulls first',
    'LEFT JOIN users e ON e.id = posts.editor_id ORDER BY e.name NULLS FIRST, posts.id'),
('limit: 3', 'ORDER BY id LIMIT 3'), ('limit: 0', 'LIMIT 0'), ('limit: 100', 'ORDER BY id'),
('offset: 1', 'ORDER BY id OFFSET 1'), ('offset: 100', 'OFFSET 100'), ('offset: 0', 'ORDER BY id'),
('limit: 2, offset: 1', 'ORDER BY id LIMIT 2 OFFSET 1'), ('offset: 1 limit: 2', 'ORDER BY id LIMIT 2 OFFSET 1'),
('limit: $n', 'ORDER BY id LIMIT 2'), ('limit: $n, offset: $o', 'ORDER BY id LIMIT 2 OFFSET 1'),
('limit: $null', 'ORDER BY id'), ('limit: $null, offset: $null', 'ORDER BY id'),
('limit: 9223372036854775807, offset: 9223372036854775807', 'LIMIT 0'),
('limit: 9223372036854775807, offset: 1', 'ORDER BY id OFFSET 1'),
('order: d desc, limit: 2', 'ORDER BY d DESC, id LIMIT 2'),
('limit: 2, order: d desc nulls last', 'ORDER BY d DESC NULLS LAST, id LIMIT 2'),
('order: d limit: 1 offset: 1', 'ORDER BY d, id LIMIT 1 OFFSET 1'),
('where: d is not null, order: d desc, limit: 1', 'WHERE d IS NOT NULL ORDER BY d DESC, id LIMIT 1'),
('limit: 1, where: id > 3, order: title desc, offset: 1', 'WHERE posts.id > 3 ORDER BY title DESC, id LIMIT 1 OFFSET 1'),
('where: editor.name = ''ann'', order: editor.name desc, m, limit: 2', 'WHERE editor_id = 1 ORDER BY m, id LIMIT 2'),
('where: m = ''ok'' order: d limit: 5', 'WHERE m = ''ok'' ORDER BY d, id LIMIT 5'),
('where: false = true or id = 1', 'WHERE id = 1');
DELETE FROM cases WHERE args LIKE 'where: false%';
SELECT args, run(args, sql) AS result FROM cases WHERE run(args, sql) <> 'ok' ORDER BY n;
SELECT count(*) AS cases, count(*) FILTER (WHERE run(args, sql) = 'ok') AS right FROM cases;
SELECT jsonify_find('posts', '(order: d desc nulls last, limit: 2) { id, d }');

-- At any depth, and in a many-to-many relationship, where a far row comes once.
SELECT jsonify(u, '{ posts(via: author_id, order: title, limit: 2) { id, comments(order: n desc, limit: 1) { n }, tags(order: name desc, limit: 2, offset: 1) { name } } }') FROM users u WHERE id = 2;
SELECT jsonify_find('posts', '(order: id, limit: 2) {
    id, a: tags(limit: 2).id, b: tags(offset: 2).id, c: tags(order: id desc, limit: 1).id,
    d: tags(where: id > 1, limit: 1).id, e: count(tags), f: tags(page: 2) { id } }');
-- Without a primary key rows come as they lie in the table; with "order" so do ties.
SELECT jsonify_text(u, '{ a: heap.n, b: heap(limit: 2).n, c: heap(order: n, limit: 2).n }') FROM users u WHERE id = 1;
-- Two fields of one relationship, each with arguments of its own.
SELECT jsonify_text(u, '{ first: posts(via: author_id, limit: 1).id, last: posts(via: author_id, order: id desc, limit: 1).id }') FROM users u ORDER BY id;
-- In a named shape, with a param of the call.
SELECT jsonify_define('users', 'newest', '{ name, posts(via: author_id, order: d desc nulls last, limit: $n) { id } }');
SELECT jsonify_text(u, 'newest', '{"n": 1}'), jsonify_text(u, '{ ...newest }', '{"n": 2}') FROM users u WHERE id = 2;
SELECT jsonify(u, 'newest') FROM users u WHERE id = 2;
-- A param may change from row to row, and from call to call of one prepared statement.
SELECT jsonify_text(u, '{ posts(via: author_id, limit: $n).id }', jsonb_build_object('n', u.id - 1)) FROM users u ORDER BY id;
PREPARE p AS SELECT jsonify_find_text('posts', '(where: id in $ids, order: id desc, limit: $n) { id }', $1);
EXECUTE p ('{"ids": [1, 3, 4], "n": 2}');
EXECUTE p ('{"ids": [4], "n": null}');
EXECUTE p ('{"ids": []}');

-- One query a relationship, whatever the arguments: as many rows of jsonify_explain as
-- there are nodes, and each runs as it stands.
CREATE FUNCTION explained(relation regclass, shape text, params jsonb) RETURNS TABLE (path text, result text) LANGUAGE plpgsql AS $$
DECLARE q text;
BEGIN
  FOR path, q IN SELECT * FROM jsonify_explain(relation, shape, params) LOOP
    BEGIN EXECUTE q; result := 'ran'; EXCEPTION WHEN OTHERS THEN result := SQLERRM || ' in ' || q; END;
    RETURN NEXT;
  END LOOP;
END$$;
SELECT * FROM explained('users', '(where: name like $p, order: name desc, limit: 2) {
    id,
    posts(via: author_id, where: d is not null and editor.name = $q, order: d desc, id, limit: 2, offset: 1) {
      title, comments(order: n, limit: 1) { n }, tags(limit: 1).name, count(comments)
    },
    latest(limit: 1) { id },
    page: posts(via: editor_id, page: 1) { id }
  }', '{"p": "%", "q": "ann"}');
SELECT jsonify_find('users', '(where: name like $p) { id, posts(via: author_id, order: d desc nulls last, limit: 1) { title } }',
                    '{"p": "b%"}');
-- With an index on the key and the order, what is beyond the limit is not read.
CREATE TABLE parents (id int PRIMARY KEY);
CREATE TABLE children (id int PRIMARY KEY, parent_id int NOT NULL REFERENCES parents, d int NOT NULL);
INSERT INTO parents SELECT generate_series(1, 50);
INSERT INTO children SELECT i, i % 50 + 1, i FROM generate_series(1, 10000) i;
CREATE INDEX ON children (parent_id, d);
ANALYZE parents, children;
CREATE FUNCTION fetched(shape text, OUT documents int, OUT few boolean) LANGUAGE plpgsql AS $$
DECLARE before bigint;
BEGIN
  PERFORM jsonify_find('parents', shape);
  before := coalesce(pg_stat_get_xact_tuples_fetched('children_parent_id_d_idx'::regclass), 0)
    + pg_stat_get_xact_tuples_fetched('children'::regclass) + pg_stat_get_xact_tuples_returned('children'::regclass);
  SELECT count(*) INTO documents FROM jsonify_find('parents', shape);
  few := pg_stat_get_xact_tuples_fetched('children'::regclass) + pg_stat_get_xact_tuples_returned('children'::regclass) - before <= 50 * 3 * 2;
END$$;
SELECT * FROM fetched('{ children(order: d desc, limit: 3) { id } }');
SELECT * FROM fetched('{ children(order: d, limit: 2, offset: 1).id }');
SELECT * FROM fetched('{ children { id } }');
SELECT jsonify(p, '{ children(order: d desc, limit: 3) { id } }') FROM parents p WHERE id = 1;

-- Without an index each field is one pass over its table, whatever the number of parents.
CREATE TABLE plain (id int PRIMARY KEY, parent_id int REFERENCES parents, n int);
CREATE TABLE leaves (id int PRIMARY KEY, plain_id int REFERENCES plain, n int);
INSERT INTO plain SELECT i, i % 50 + 1, i % 7 FROM generate_series(1, 500) i;
INSERT INTO leaves SELECT i, i % 500 + 1, i % 11 FROM generate_series(1, 2000) i;
ANALYZE plain, leaves;
CREATE FUNCTION passes(shape text, OUT documents int, OUT over_plain int, OUT over_leaves int) LANGUAGE plpgsql AS $$
DECLARE p int := pg_stat_get_xact_numscans('plain'::regclass); l int := pg_stat_get_xact_numscans('leaves'::regclass);
BEGIN
  SELECT count(*) INTO documents FROM jsonify_find('parents', shape);
  over_plain := pg_stat_get_xact_numscans('plain'::regclass) - p;
  over_leaves := pg_stat_get_xact_numscans('leaves'::regclass) - l;
END$$;
SELECT shape, (passes(shape)).* FROM unnest(ARRAY[
'{ plain { id } }', '{ plain(where: n > 2, order: n desc, limit: 2, offset: 1) { id } }', '{ count(plain) }',
      '{ plain(page: 2, order: n) { id } }', '{ plain(key: id, order: n) { leaves(order: n desc, limit: 1) { n } } }',
      '{ plain.leaves.n, count(plain), m: max(plain(where: n > 1).n) }',
      '{ plain(limit: 3) { leaves(where: n in (1, 2)) { n }, count(leaves), sum(leaves.n) } }']) shape;
SELECT jsonify(p, '{ plain(where: n > 2, order: n desc, limit: 2, offset: 1) { id, n } }') FROM parents p WHERE id = 1;
DROP SCHEMA t_order CASCADE;
