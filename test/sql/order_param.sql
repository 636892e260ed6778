-- "order: $param": an order that a call chooses, of names that the shape shows.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_order_param;
SET search_path = t_order_param, public;
CREATE TYPE place AS (city text, at point);
CREATE DOMAIN code AS text NOT NULL;
CREATE TABLE users (id int PRIMARY KEY, first_name text, boss_id int REFERENCES users, pw text, meta jsonb, j json, home place);
CREATE TABLE posts (id int PRIMARY KEY, author_id int REFERENCES users, title text, views int, "Odd, ""desc" int);
CREATE TABLE nopk (a int, b int);
CREATE TABLE coded (id int PRIMARY KEY, post_id int REFERENCES posts, c code);
CREATE FUNCTION again(coded) RETURNS code LANGUAGE sql STABLE AS 'SELECT $1.c';
INSERT INTO users SELECT i, (ARRAY['ann', 'bob', NULL])[1 + i % 3], nullif(i / 2, 0), 'p' || 10 - i, jsonb_build_object('k', i % 2), '{}', ROW('c' || i % 2, NULL)::place FROM generate_series(1,
  6) i;
INSERT INTO posts SELECT i, 1 + i % 5, 't' || i % 4, nullif(i % 3, 0), -i FROM generate_series(1, 20) i;
INSERT INTO nopk VALUES (2, 1), (1, 1), (3, 2);
INSERT INTO coded VALUES (1, 2, 'x'), (2, 1, 'y'), (3, NULL, 'x');
CREATE FUNCTION label(users) RETURNS text LANGUAGE sql STABLE AS $$SELECT coalesce($1.first_name, 'z') || $1.id % 2$$;

SELECT o, jsonb_path_query_array(jsonb_agg(d ORDER BY n), '$[*].id') AS ids FROM unnest(ARRAY[NULL, '', ' ', 'id desc', 'name', 'name desc', 'name DESC NULLS LAST , id DESC',
  '"name" nulls first, id desc', 'boss desc, n',
  'label, id desc', 'k desc, id', 'city, id desc', 'n desc, id', 'most desc nulls last, n', 'id, id desc, id']) o,
  LATERAL jsonify_find('users', '(order: $o) { id, name: first_name, boss: boss.first_name, label, meta.k, home.city, n: count(posts(where: views > 0)), most: max(posts.views) }',
  jsonb_build_object('o', lower(o))) WITH ORDINALITY f (d, n) GROUP BY o ORDER BY o NULLS FIRST;
-- The same as if the shape said it: at the root and in relations, with limits and pages, in text.
CREATE FUNCTION alike(tab regclass, before text, after text, chosen text, said text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE a text; b text;
BEGIN
  SELECT string_agg(d::text, ' ') INTO a FROM jsonify_find_text(tab, before || 'order: $o' || after, jsonb_build_object('o', chosen)) d;
  SELECT string_agg(d::text, ' ') INTO b FROM jsonify_find_text(tab, before || 'order: ' || said || after) d;
  RETURN CASE WHEN a = b THEN 'same' ELSE format('%s, said %s', a, b) END;
END$$;
SELECT alike('users', '(limit: 4, offset: 1, ', ') { *, n: count(posts) }', 'first_name desc, n', 'first_name desc, count(posts)'),
  alike('users', '(page: 2, ', ') { id, name: first_name }', 'name nulls first, id desc', 'first_name nulls first, id desc'),
  alike('users', '{ id, posts(', ', limit: 3) { title, id, by: author.first_name } }', 'title desc, by, id desc', 'title desc, author.first_name, id desc'),
  alike('users', '{ id, posts(', ', page: 2, offset: 1) { views } }', 'views', 'views'),
  alike('users', '{ id, posts(', ', key: id) { v: views } }', 'v desc', 'views desc'),
  alike('users', '{ id, users(recurse: 3, ', ') }', 'id desc', 'id desc'),
  alike('users', '{ users(recurse: 3, ', '), name: first_name, boss.id }', 'name desc, id desc', 'first_name desc, boss.id desc'),
  alike('posts', '(', ') { id, "Odd, ""desc" }', '"Odd, ""desc"', '"Odd, ""desc"'),
  alike('nopk', '(', ')', 'b desc, a', 'b desc, a');
-- A domain that is not asked for is no NULL of it.
SELECT o, jsonify_find('coded', '(order: $o, page: 1) { id, again, post.title, o: c }', jsonb_build_object('o', o)) FROM unnest('{id desc,again,"again desc, id desc",title,"o, title"}'::text[]) o;
-- Names are those of the shape, before "keys"; of named shapes and "*", but not of what "*" leaves out, nor of rows.
SELECT jsonify_define('users', 'card', '{ id, who: first_name }');
SELECT jsonify_find('users', '(order: $o, limit: 2) { first_name, boss_id }', '{"o": "first_name desc nulls last"}', '{"keys": "camel"}'), jsonify_find('users',
  '(order: $o, limit: 1) { ...card }', '{"o": "who nulls first"}'),
  jsonify_find('users', '(order: $o, limit: 1) card', '{"o": "id desc"}') LIMIT 2;
SELECT jsonify_define('users', 'default', '{ id, boss_id }');
SELECT jsonify_find('posts', '(limit: 1) { author { users(order: $o) } }', '{"o": "boss_id desc, id"}'), jsonify_find('users', '(order: $o, limit: 1)',
  '{"o": "boss_id desc nulls last, id desc"}');
SELECT jsonify_undefine('users', 'default');
CREATE FUNCTION refused(shape text, o jsonb, relation regclass DEFAULT 'users') RETURNS text LANGUAGE plpgsql AS $$
DECLARE x text; h text;
BEGIN
  PERFORM jsonify_find(relation, shape, jsonb_build_object('o', o));
  RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS x = PG_EXCEPTION_CONTEXT, h = PG_EXCEPTION_HINT;
  RETURN concat_ws(' / ', SQLSTATE || ' ' || SQLERRM, nullif(h, ''), substring(x FROM 'line \d+, column \d+ of [^\n]+'));
END$$;
SELECT o, refused('(order: $o) { id, name: first_name, posts { id }, bosses: users.id, boss { id }, j, home, home.at, home.city, d: distinct(posts.views), k: 5, ...boss { mail: first_name } }',
  to_jsonb(o)) AS error
  FROM unnest(('{pw,first_name,nam,posts,bosses,boss,j,home,at,city,d,k,mail,users,title,"id,",",id",'
    || '"id desc asc","id nulls","id nulls third","id; drop table users","boss.id","count(posts)","posts(limit: 1)","id desc, (name)","1","$o","''id''","\"id","\"\"","id # name"}')::text[]) o;
SELECT refused('(order: $o) { id }', o) FROM (VALUES ('5'::jsonb), ('true'), ('["id"]'), ('{"id": 1}'), (to_jsonb(repeat('id,', 1000) || 'id')), (to_jsonb(repeat('id,', 999) || 'id'))) v (o);
SELECT refused('(order: $o) { n: 1 }', '"n"'), refused('(order: $p) { id }', '"id"'), refused('(order: $p?) { id }', '"id"');
SELECT jsonify_find('users', '(order: $o) { id, first_name }', E'{"o": "id,\\n  frst_name desc"}');
-- Where it goes.
SELECT shape, refused(shape, NULL) FROM unnest(ARRAY['(order: $o, id) { id }', '(order: id, $o) { id }', '(order: $o desc) { id }', '(order: $o, order: id) { id }',
  '(order: $o limit: 1) { id }', '{ boss(order: $o) { id } }', '{ posts(order: $o).title }',
  '{ posts(order: $o).author { id } }', '{ count(posts(order: $o)) }', '(where: exists(posts(order: $o))) { id }', '(order: $o?, limit: 1) { id, posts(order: $o?) { id } }']) shape;
-- It shows no more than the role may see.
CREATE ROLE regress_order_param;
GRANT USAGE ON SCHEMA t_order_param TO regress_order_param;
GRANT SELECT (id, first_name) ON users TO regress_order_param;
SET ROLE regress_order_param;
SELECT jsonify_find('users', '(order: $o, limit: 1) { * }', '{"o": "first_name desc nulls last"}');
SELECT refused('(order: $o) { * }', '"pw"');
RESET ROLE;
DROP OWNED BY regress_order_param;
DROP ROLE regress_order_param;
-- With "after": a cursor is of the order that was chosen.
CREATE FUNCTION walked(tab regclass, o text, shape text, size int) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE page jsonb; items jsonb := '[]';
BEGIN
  FOR i IN 1 .. 100 LOOP
    page := jsonify_find(tab, format('(order: $o?, page: %s, after: $c?) %s', size, shape), jsonb_build_object('o', o, 'c', page -> 'next'));
    items := items || (page -> 'items');
    EXIT WHEN page -> 'next' = 'null';
  END LOOP;
  RETURN items;
END$$;
SELECT o, bool_and(walked('posts', o, s, n) = (SELECT jsonb_agg(d) FROM jsonify_find('posts', '(order: $o?) ' || s, jsonb_build_object('o', o)) d)) AS same
  FROM unnest(ARRAY[NULL, 'id desc', 'title', 'title desc, v nulls first', 'by, title', 'v, by desc nulls last', 'n desc']) o, unnest('{1,3,20}'::int[]) n,
  (VALUES ('{ id, title, v: views, by: author.first_name, n: count(author.posts) }')) t (s) GROUP BY o ORDER BY o NULLS FIRST;
SELECT jsonify_find('posts', '(order: $o, page: 3, after: $c) { id, title }', '{"o": "title", "c": null}') ->> 'next' AS c \gset
SELECT jsonify_find('posts', '(order: $o, page: 2, after: $c) { id, title }', jsonb_build_object('o', 'title, id', 'c', :'c')) - 'next', jsonify_find('posts',
  '(order: title, page: 2, after: $c) { id }', jsonb_build_object('c', :'c')) - 'next';
SELECT jsonify_find('posts', '(order: $o, page: 2, after: $c) { id, title }', jsonb_build_object('o', 'title desc', 'c', :'c'));
SELECT jsonify_find('nopk', '(order: $o, page: 2, after: $c?) { a }', '{"o": "a"}');
SELECT jsonify(u, '{ posts(order: $o, page: 2, after: $c?) { id, views } }', '{"o": "views desc"}') #- '{posts,next}' FROM users u WHERE id < 3 ORDER BY id;
-- Only what is asked for is computed and joined; and many orders in turn are as the first.
SELECT path, sql FROM jsonify_explain('posts', '(order: $o) { id, by: author.first_name, n: count(author.users), author.label }', '{"o": "by desc"}') AS e (path, sql) WHERE path = '';
SELECT count(DISTINCT o), bool_and(first = again) AS same
  FROM (SELECT o, jsonify_find('posts', '(order: $o, limit: 1) { id, title, views, by: author.first_name }', jsonb_build_object('o', o)) AS first
          FROM (SELECT concat_ws(', ', a || d, b) AS o FROM unnest('{title,views,by,id}'::text[]) a, unnest(ARRAY['', ' desc', ' nulls first']) d, unnest(ARRAY['id desc', 'views desc',
  NULL]) b) s) s,
       jsonify_find('posts', '(order: $o, limit: 1) { id, title, views, by: author.first_name }', jsonb_build_object('o', o)) again;
SELECT jsonify_schema('users', '(order: $o) { id, posts(order: $o) { id } }') -> 'required', jsonify_save('users', '{"id": 1, "first_name": "new"}', '(order: $o?) { id, first_name }');
DROP SCHEMA t_order_param CASCADE;
