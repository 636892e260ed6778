-- Tables that Citus distributes: the style of their queries, and rows of shards. Citus is
-- not there: a setting has every query made in that style, another names a schema with
-- catalogs like those of Citus.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA "t Dist";
SET search_path = "t Dist", public;
CREATE TABLE users (tenant int, gone int, id int, name text, pw text, PRIMARY KEY (tenant, id));
CREATE TABLE posts (tenant int, id int, author_id int, title text, views int, PRIMARY KEY (tenant, id),
  CONSTRAINT posts_author_fkey FOREIGN KEY (tenant, author_id) REFERENCES users);
CREATE TABLE tags (tenant int, id int, name text, PRIMARY KEY (tenant, id));
CREATE TABLE posts_tags (tenant int, post_id int, tag_id int, PRIMARY KEY (tenant, post_id, tag_id),
  CONSTRAINT pt_post FOREIGN KEY (tenant, post_id) REFERENCES posts, CONSTRAINT pt_tag FOREIGN KEY (tenant, tag_id) REFERENCES tags);
CREATE INDEX ON posts (tenant, author_id);
INSERT INTO users SELECT 1 + i / 4, 0, i, 'user ' || i, 'secret' FROM generate_series(1, 6) i;
INSERT INTO posts SELECT tenant, id * 10 + n, id, 'post ' || n, (id * 7 + n * 5) % 11 FROM users, generate_series(1, 4) n;
INSERT INTO tags SELECT t, g, 'tag ' || g FROM generate_series(1, 2) t, generate_series(1, 3) g;
INSERT INTO posts_tags SELECT tenant, id, 1 + id % 3 FROM posts;
ALTER TABLE users DROP gone;
CREATE FUNCTION shout(users) RETURNS text LANGUAGE sql STABLE AS 'SELECT upper($1.name)';
CREATE FUNCTION best(users) RETURNS SETOF posts LANGUAGE sql STABLE ROWS 1 AS 'SELECT * FROM "t Dist".posts WHERE tenant = $1.tenant AND author_id = $1.id ORDER BY views DESC LIMIT 1';
CREATE VIEW titles AS SELECT tenant, id, author_id, title FROM posts;

-- By the setting: no LATERAL for a limit or an aggregate, and functions take rows that
-- are put together.
CREATE FUNCTION shown(shape text) RETURNS TABLE (line text) LANGUAGE sql AS
  $$SELECT path || ': ' || replace(regexp_replace(regexp_replace(regexp_replace(sql, '\(\s+', '(', 'g'), '\s+', ' ', 'g'), '^WITH .*\) SELECT (k|q|r)\.ord', 'SELECT \1.ord'), '"t Dist".', '')
  FROM jsonify_explain('users', shape)$$;
SELECT shown('{ posts(order: views desc, limit: 2, offset: 1) { title } }');
SELECT shown('(where: shout = ''X'') { shout n: count(posts) posts { x: users.shout tags(page: 1) { name } } }');
SET jsonify.distributed_queries = on;
SELECT shown('{ posts(order: views desc, limit: 2, offset: 1) { title } }');
SELECT shown('(where: shout = ''X'') { shout n: count(posts) posts { x: users.shout tags(page: 1) { name } } }');
-- the documents are the same
CREATE FUNCTION documents(shape text) RETURNS text LANGUAGE sql AS $$SELECT string_agg(d::text, E'\n') FROM jsonify_find('users', shape) d$$;
CREATE TABLE shapes (shape text);
INSERT INTO shapes VALUES ('{ id posts(order: views desc, limit: 2, offset: 1) { title views } }'), ('{ shout n: count(posts) s: sum(posts.views) }'),
  ('{ id posts { id tags(page: 1, order: name desc) { name } } }'), ('{ id best { title tags.name } }'), ('(where: tenant = 1) { id posts { users { shout } } }'),
  ('{ id titles(limit: 1) { title } }'), ('(where: exists(posts(where: users.shout like ''%5''))) { id }'), ('(where: id = 2) { id posts(limit: 1) { tags { posts { id } } } }');
SELECT shape, documents(shape) AS distributed INTO TEMP compared FROM shapes;
RESET jsonify.distributed_queries;
SELECT shape, distributed = documents(shape) FROM compared;
SELECT distributed FROM compared WHERE shape LIKE '{ id posts(order%';

-- Of a function in a subquery Citus would make a query of its own, without the row, were it
-- not lateral.
SELECT shown('(where: exists(best) and count(best.tags) > 0, order: best.title) { id }');

-- What Citus cannot plan it says so, and we say what to do then, unless it does.
CREATE FUNCTION refused(posts) RETURNS int LANGUAGE plpgsql STABLE AS $$BEGIN
  IF $1.id = 11 THEN RAISE '%', $1.title USING ERRCODE = '0A000'; END IF;
  RAISE '%', $1.title USING ERRCODE = '0A000', HINT = 'Ask for another.';
END$$;
CREATE FUNCTION failed(posts) RETURNS int LANGUAGE plpgsql STABLE AS $$BEGIN RAISE '%', $1.title; END$$;
SELECT jsonify_find('users', '{ posts(where: id = 11) { refused } }');
SET jsonify.distributed_queries = on;
SELECT jsonify_find('users', '{ posts(where: id = 11) { refused } }');
SELECT jsonify_find('users', '{ posts(where: id = 13) { refused } }');
SELECT jsonify_find('users', '{ posts(where: id = 11) { failed } }');
-- of a query within a task it says what may go wrong
CREATE FUNCTION nested(users) RETURNS int LANGUAGE plpgsql STABLE AS $$BEGIN
  RAISE 'cannot execute a distributed query from a query on a shard' USING ERRCODE = 'XX000', HINT = 'Allow it with possible incorrectness.';
END$$;
SELECT jsonify_find('users', '(where: nested > 1) { id }');
\set VERBOSITY sqlstate
SELECT jsonify_find('posts', '{ users { nested } }');
\set VERBOSITY default
DROP FUNCTION nested(users);
-- of what a node has not, and of rows that Citus has read in the session
CREATE FUNCTION missing(users) RETURNS int LANGUAGE plpgsql STABLE AS $$BEGIN RAISE 'function f(users_102011) does not exist' USING ERRCODE = '42883'; END$$;
CREATE FUNCTION "while executing command on a node"(users) RETURNS int LANGUAGE plpgsql STABLE AS $$BEGIN RETURN "t Dist".missing($1); END$$;
CREATE FUNCTION of_shard(users) RETURNS int LANGUAGE plpgsql STABLE AS $$BEGIN
  RAISE 'rows returned by function are not all of the same row type' USING ERRCODE = '42804'; END$$;
SELECT jsonify_find('users', '(where: "while executing command on a node" > 1) { id }');
SELECT jsonify_find('users', '(where: missing > 1) { id }');
SELECT jsonify_find('users', '(where: of_shard > 1) { id }');
DROP FUNCTION missing(users), "while executing command on a node"(users), of_shard(users);
CREATE FUNCTION never(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RAISE 'no plan' USING ERRCODE = '0A000'; END$$;
CREATE VIEW unplanned AS SELECT * FROM users WHERE never(1);
SELECT jsonify_find('unplanned', '{ id }');
RESET jsonify.distributed_queries;

-- Where all keys share the column that tables are partitioned by, it is one value:
-- only that partition is read.
CREATE TABLE parts (tenant int, id int, post_id int, PRIMARY KEY (tenant, id), FOREIGN KEY (tenant, post_id) REFERENCES posts) PARTITION BY LIST (tenant);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES IN (2);
INSERT INTO parts SELECT tenant, id, id FROM posts;
CREATE FUNCTION scanned(shape text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE before bigint[];
  counts CONSTANT text := 'SELECT array_agg(seq_scan + coalesce(idx_scan, 0) ORDER BY relname) FROM pg_stat_xact_user_tables WHERE relname IN (''parts_1'', ''parts_2'')';
  after bigint[];
BEGIN
  EXECUTE counts INTO before;
  PERFORM jsonify_find('posts', shape);
  EXECUTE counts INTO after;
  RETURN format('parts_1: %s, parts_2: %s', after[1] > before[1], after[2] > before[2]);
END$$;
SELECT scanned('{ parts { id } }');
SELECT scanned('(where: tenant = 2) { parts { id } }');
SELECT scanned('(where: tenant = 1) { n: count(parts) }');
SET jsonify.distributed_queries = on;
SELECT scanned('(where: tenant = 2) { parts(limit: 1) { id } }');
RESET jsonify.distributed_queries;

-- In a subquery such a value is for its rows, too: Citus takes it for one of the same place,
-- and a plan asks one partition only. What does not hold of all rows is none.
SET jsonify.distributed_queries = on;
CREATE FUNCTION subqueries(shape text) RETURNS SETOF text LANGUAGE sql AS $$SELECT substring(line FROM 'WHERE \(.*(?= ORDER)') FROM (
  SELECT regexp_replace(replace(sql, '"t Dist".', ''), '\s+', ' ', 'g') AS line FROM jsonify_explain('parts', shape)) s$$;
SELECT subqueries('(where: tenant = 2 and exists(posts(where: exists(users))) and count(posts.users) > 0) { id }');
SELECT line FROM unnest(ARRAY['tenant > 2', 'not tenant = 2', 'tenant = 2 or id = 1', 'tenant = 2.0', 'tenant = $t?', 'tenant in (1, 2)', 'id = 2']) AS other (condition),
  subqueries(format('(where: (%s) and exists(posts)) { id }', condition)) AS line WHERE line ~ 'AND c1.tenant';
CREATE TABLE texts (tenant varchar, id int, over text COLLATE "C", PRIMARY KEY (tenant, id)) PARTITION BY LIST (tenant);
CREATE TABLE texts_a PARTITION OF texts FOR VALUES IN ('a');
ALTER TABLE texts ADD up int, ADD CONSTRAINT up FOREIGN KEY (tenant, up) REFERENCES texts;
INSERT INTO texts VALUES ('a', 1, 'x', NULL), ('a', 2, 'y', 1), ('a', 3, 'z', 1);
SELECT regexp_replace(sql, '\s+', ' ', 'g') FROM jsonify_explain('texts', '(where: tenant = ''a'' and exists(texts(via: texts.up))) { id }');
SELECT jsonify_find('texts', '(where: tenant = ''a'' and exists(texts(via: texts.up))) { id n: count(texts(via: texts.up)) }');
-- related rows have what their parents share; the query is in the context of an error
CREATE FUNCTION boom(parts) RETURNS int LANGUAGE plpgsql STABLE AS $$BEGIN RAISE 'boom'; END$$;
CREATE FUNCTION places(condition text, shape text) RETURNS text LANGUAGE plpgsql AS $$DECLARE context text; BEGIN
  EXECUTE 'SELECT jsonify_agg(p, $1) FROM posts p WHERE ' || condition USING shape;
  RETURN NULL;
EXCEPTION WHEN raise_exception THEN
  GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT;
  RETURN (SELECT string_agg(m[1], ', ') FROM regexp_matches(context, '(\w+\.tenant OPERATOR\(pg_catalog\.=\) \$\d|(\$\d|k.k\d) OPERATOR\(pg_catalog\.=\) \w+\.tenant)', 'g') m);
END$$;
SELECT places('id = 41', '{ parts(where: exists(posts) and boom = 1) { id } }');
SELECT places('tenant = 2', '{ parts(where: exists(posts.tags) and boom = 1, order: count(posts.users)) { id } }');
SELECT places('true', '{ parts(where: exists(posts) and boom = 1) { id } }');
SELECT places('true', '{ parts(where: exists(posts) and tenant = 2 and boom = 1) { id } }');

-- rows that a function finds, of a table with dropped columns: those that there are by their names
CREATE FUNCTION writers(posts) RETURNS SETOF users LANGUAGE plpgsql STABLE AS $$BEGIN
  RETURN QUERY SELECT * FROM "t Dist".users WHERE tenant = $1.tenant AND id <= $1.author_id; END$$;
CREATE FUNCTION writer(posts) RETURNS users LANGUAGE plpgsql STABLE AS $$BEGIN
  RETURN (SELECT u FROM "t Dist".users u WHERE tenant = $1.tenant AND id = $1.author_id AND id <> 5); END$$;
CREATE FUNCTION calls(shape text) RETURNS SETOF text LANGUAGE sql AS $$SELECT array_to_string(regexp_match(line, '(FROM|LATERAL) (\(SELECT f.*? AS c\d*|\w+\(.*? AS c\d*)'), ' ')
  FROM (SELECT regexp_replace(replace(sql, '"t Dist".', ''), '\s+', ' ', 'g') AS line FROM jsonify_explain('posts', shape)) s
  WHERE line ~ 'writer'$$;
CREATE TABLE found AS WITH shapes (shape) AS (VALUES ('{ id writer { id name shout } }'), ('{ id writers(order: count(posts), limit: 2) { id shout p: posts.id } }'),
  ('{ id n: count(writers(where: exists(posts))) w: writer.name }')) SELECT shape, d FROM shapes, jsonify_find('posts', '(where: tenant = 2) ' || shape) d;
RESET jsonify.distributed_queries;
SELECT count(*), count(*) FILTER (WHERE EXISTS (SELECT FROM jsonify_find('posts', '(where: tenant = 2) ' || shape) p WHERE p = d)) FROM found;
SELECT calls('{ id writer { id } }');
SET jsonify.distributed_queries = on;
SELECT calls('{ id writer { id } }');
SELECT calls('{ id n: count(writers) }');
SELECT calls('(where: exists(writers)) { id }');
SELECT jsonify_find('posts', '(where: id in (41, 51)) { id writer { id name shout } }');
DROP FUNCTION calls;
DROP FUNCTION writers;
DROP FUNCTION writer;
RESET jsonify.distributed_queries;

-- The catalogs: a table that stands there is read in that style, others are not. A column
-- is named as the parser has it.
CREATE SCHEMA catalogs;
CREATE TABLE catalogs.pg_dist_partition (logicalrelid regclass, partmethod "char", partkey text);
CREATE TABLE catalogs.pg_dist_shard (logicalrelid regclass, shardid bigint);
CREATE INDEX ON catalogs.pg_dist_shard (shardid);
CREATE TABLE a_column (b bool CHECK (b));
CREATE FUNCTION column_node(n int) RETURNS text LANGUAGE sql AS $$SELECT regexp_replace(conbin::text, ':varattno \d+', ':varattno ' || n) FROM pg_constraint WHERE conrelid = 'a_column'::regclass$$;
CREATE FUNCTION style(t regclass, shape text) RETURNS text LANGUAGE sql AS
  $$SELECT string_agg(CASE WHEN sql LIKE '%LATERAL%' THEN 'lateral' WHEN sql LIKE '%PARTITION BY%' THEN 'window' ELSE 'plain' END, ', ') FROM jsonify_explain(t, shape)$$;
SET jsonify.distribution_schema = 'catalogs';
SELECT style('users', '{ posts(limit: 1) { id } }');
INSERT INTO catalogs.pg_dist_partition VALUES ('posts', 'h', column_node(1));
-- Citus has the table's plans made anew
ALTER TABLE posts SET (fillfactor = 90);
SELECT style('users', '{ posts(limit: 1) { id } }'), style('users', '{ titles(limit: 1) { id } }'), style('tags', '{ posts_tags(limit: 1) { post_id } }'), style('tags', '{ posts(limit: 1) { id } }');
SELECT jsonify_find('users', '(where: tenant = 2) { id posts(limit: 1) { id } }');
DELETE FROM catalogs.pg_dist_partition;
ALTER TABLE posts RESET (fillfactor);
SELECT style('users', '{ posts(limit: 1) { id } }');
-- a function in SQL is taken into a query unseen, where a distributed table is empty
INSERT INTO catalogs.pg_dist_partition VALUES ('posts', 'h', column_node(1));
SELECT jsonify_find('users', '{ best { id } }');
CREATE FUNCTION first(users) RETURNS SETOF posts LANGUAGE plpgsql STABLE AS $$BEGIN
  RETURN QUERY SELECT * FROM "t Dist".posts WHERE tenant = $1.tenant AND author_id = $1.id ORDER BY id LIMIT 1; END$$;
SELECT jsonify_find('users', '(limit: 1) { first { id } }');
DROP FUNCTION first(users);
-- one of another table's rows stays a call, which Citus plans by itself: its argument is a subquery
CREATE FUNCTION liked(users) RETURNS SETOF tags LANGUAGE sql STABLE AS
  'SELECT t.* FROM "t Dist".tags t WHERE EXISTS (SELECT FROM "t Dist".posts p WHERE p.tenant = $1.tenant AND p.author_id = $1.id AND p.views > t.id) AND t.tenant = $1.tenant';
CREATE FUNCTION how_called(shape text) RETURNS text LANGUAGE plpgsql AS $$DECLARE line text; calls int := 0; taken_in bool := false; BEGIN
  FOR line IN EXECUTE (SELECT 'EXPLAIN (COSTS off) ' || sql FROM jsonify_explain('users', shape) ORDER BY path DESC LIMIT 1) LOOP
    calls := calls + (line ~ 'Function Scan on liked')::int;
    taken_in := taken_in OR line ~ ' on posts ';
  END LOOP;
  RETURN calls || CASE WHEN taken_in THEN ' calls, taken in' ELSE ' calls' END; END$$;
SELECT how_called('{ id liked { name } }');
SELECT how_called('(where: not exists(liked)) { id }');
SELECT how_called('(order: count(liked), where: tenant = 1 and id = 3) { id n: count(liked) }');
CREATE TABLE documents AS SELECT jsonify_find('users', '(where: exists(liked), order: id) { id liked { id } }') AS d;
DELETE FROM catalogs.pg_dist_partition;
RESET jsonify.distribution_schema;
-- where there is no Citus, it is taken in
SELECT how_called('{ id liked { name } }');
SELECT count(*), count(*) FILTER (WHERE p = d) FROM documents FULL JOIN jsonify_find('users', '(where: exists(liked), order: id) { id liked { id } }') p ON p = d;
SET jsonify.distribution_schema = 'catalogs';
DROP FUNCTION liked(users);
DELETE FROM catalogs.pg_dist_partition;
-- only a superuser says where they are
CREATE ROLE regress_jsonify_dist;
GRANT USAGE ON SCHEMA "t Dist" TO regress_jsonify_dist;
SET ROLE regress_jsonify_dist;
SET jsonify.distribution_schema = 'mine';
RESET ROLE;

-- Shapes are triggers, which Citus has to be told to allow.
SELECT jsonify_define('users', 'default', '{ * -pw }'), jsonify_define('users', 'card', '{ id shout }'), jsonify_define('tags', 'default', '{ name }');
INSERT INTO catalogs.pg_dist_partition VALUES ('users', 'h', column_node(1)), ('posts', 'h', column_node(1)), ('tags', 'h', column_node(1)), ('posts_tags', 'h', column_node(1));
SET citus.enable_unsafe_triggers = off;
SELECT jsonify_define('users', 'other', '{ id }');
SELECT jsonify_undefine('users', 'card');
SET citus.enable_unsafe_triggers = on;
SET citus.enable_ddl_propagation = off;
SELECT jsonify_define('users', 'other', '{ id }');
SET citus.enable_ddl_propagation = on;
SELECT jsonify_define('users', 'other', '{ id }'), jsonify_undefine('users', 'other');

-- Rows of a view are records to the nodes: what its default shape hides would show.
SELECT jsonify_define('titles', 'card', '{ title }'), jsonify_define('titles', 'default', '{ title }');
SELECT jsonify_define('titles', 'card', '{ title }');
SELECT jsonify_find('titles', '(limit: 1) { ...card }');
SELECT jsonify_undefine('titles', 'card');
CREATE SCHEMA local;
CREATE TABLE local.notes (id int);
CREATE VIEW local.all_notes AS SELECT * FROM local.notes;
SELECT jsonify_define('local.all_notes', 'default', '{ id }');
-- one that it has all the same, from before, or by CREATE TRIGGER: where a query that passes rows shows that it reads the view
CREATE TRIGGER jsonify_default BEFORE DELETE ON titles FOR EACH STATEMENT WHEN (false) EXECUTE FUNCTION jsonify_shape('default', '{ title }');
SELECT jsonify(t) FROM titles t;
SELECT jsonify_text(s, '{ id }') FROM (SELECT t AS r FROM titles t OFFSET 0) s;
WITH t AS MATERIALIZED (SELECT * FROM titles) SELECT jsonify_agg(t) FROM t;
SELECT jsonify_text_agg(t, '{ id }') FROM titles t;
SELECT jsonify((SELECT t FROM titles t LIMIT 1));
SELECT (SELECT jsonify(t)) FROM titles t;
SELECT jsonify_agg(r) OVER () FROM (SELECT 1 AS id) r;
SELECT jsonify_agg(r, '{ id }') OVER () FROM (SELECT 1 AS id) r;
SELECT count(*) FROM titles WHERE jsonify(title) = '"post 1"';
SELECT jsonify_find('titles', '(limit: 1)');
CREATE TABLE catalogs.pg_dist_local_group (groupid int);
INSERT INTO catalogs.pg_dist_local_group VALUES (0);
SELECT jsonify_find('titles', '(limit: 1)');
-- other nodes have the view without its triggers
UPDATE catalogs.pg_dist_local_group SET groupid = 2;
DROP TRIGGER jsonify_default ON titles;
SELECT jsonify_find('titles', '(limit: 1)');
SELECT jsonify_find('titles', '(limit: 1) { title }');
SELECT jsonify_find('titles', '(limit: 1) { ...card }');
SELECT jsonify(t) FROM titles t;
SELECT jsonify_agg(t) FROM titles t;
SELECT jsonify_agg(r) OVER () FROM (SELECT 1 AS id) r;
SELECT jsonify(n) FROM local.all_notes n;
SELECT jsonify(s) FROM (SELECT id, title FROM posts WHERE id = 41) s;
DROP TABLE catalogs.pg_dist_local_group;
SELECT jsonify_agg(r) OVER () FROM (SELECT 1 AS id) r;
SELECT jsonify(r, '{ posts { id } }') FROM (SELECT 1 AS id) r;
SET application_name = 'citus_internal gpid=10000000001';
SELECT jsonify(r, '{ id }') FROM (SELECT ROW(1, 2) AS r) s;
SELECT jsonify(r, '{ posts { id } }') FROM (SELECT 1 AS id) r;
SELECT jsonify_agg(r) OVER () FROM (SELECT 1 AS id) r;
RESET application_name;

-- Documents are read of them, and compared with them, but not saved.
SELECT jsonify_save('users', '{"tenant": 2, "id": 4, "name": "x"}', '{ tenant id name }');
SELECT jsonify_delete('users', '{"tenant": 2, "id": 4}', '{ tenant id }');
SELECT action, key FROM jsonify_plan('users', '{"tenant": 2, "id": 4, "name": "x"}', '{ tenant id name }');

-- The row of a shard is a row of its table: its shapes, computed fields and
-- relationships, which go to the shards beside it. The columns have other numbers.
CREATE TABLE users_102011 (tenant int, id int, name text, pw text, PRIMARY KEY (tenant, id));
CREATE TABLE posts_102019 (tenant int, id int, author_id int, title text, views int, PRIMARY KEY (tenant, id),
  CONSTRAINT posts_author_fkey_102019 FOREIGN KEY (tenant, author_id) REFERENCES users_102011);
CREATE TABLE tags_102027 (tenant int, id int, name text, PRIMARY KEY (tenant, id));
CREATE TABLE posts_tags_102035 (tenant int, post_id int, tag_id int, PRIMARY KEY (tenant, post_id, tag_id),
  CONSTRAINT pt_post_102035 FOREIGN KEY (tenant, post_id) REFERENCES posts_102019, CONSTRAINT pt_tag_102035 FOREIGN KEY (tenant, tag_id) REFERENCES tags_102027);
INSERT INTO users_102011 SELECT * FROM users WHERE tenant = 2;
INSERT INTO posts_102019 SELECT * FROM posts WHERE tenant = 2;
INSERT INTO tags_102027 SELECT * FROM tags WHERE tenant = 2;
INSERT INTO posts_tags_102035 SELECT * FROM posts_tags WHERE tenant = 2;
SELECT jsonify(u) FROM users_102011 u WHERE id = 4;
INSERT INTO catalogs.pg_dist_shard VALUES ('users', 102011), ('posts', 102019), ('tags', 102027), ('posts_tags', 102035);
ALTER TABLE users_102011 SET (fillfactor = 90);
SELECT jsonify(u) FROM users_102011 u WHERE id = 4;
SELECT jsonify(u, 'card') FROM users_102011 u WHERE id = 4;
SELECT jsonify_text(s) FROM (SELECT u, 1 AS one FROM users_102011 u WHERE id = 4) s;
SELECT jsonify_agg(u, '{ ...card n: count(posts) posts(order: views desc, limit: 1) { title users { shout } tags p: posts_author_fkey { id } } }' ORDER BY id) FROM users_102011 u;
SELECT jsonify_find('posts_102019', '(where: users.shout = ''USER 5'' and exists(tags(where: name = ''tag 1'')), order: users.shout)
  { id author: users tags(via: posts_tags) { name } posts_tags { tag_id } }');
SELECT count(*), sum((jsonify(s, d.shape) = jsonify(u, d.shape))::int) FROM users_102011 s JOIN users u USING (tenant, id),
  (VALUES ('{ * }'), ('card'), ('{ id posts { * users tags.name } }'), ('{ @etag posts(write: own) { id } }'),
   ('{ posts(key: id, via: posts.posts_author_fkey) { tags(via: posts_tags.pt_post) { name } } }')) d (shape);
SELECT jsonify(u, '{ id post }') FROM users_102011 u WHERE id = 4;
-- what is stored for the table changes: the plans of its shards are made anew
SELECT jsonify_define('users', 'card', '{ name }');
SELECT jsonify(u, 'card') FROM users_102011 u WHERE id = 4;
SELECT jsonify_define('users_102011', 'card', '{ pw }');
-- Citus gives them copies of its triggers
CREATE TRIGGER jsonify_card_102011 BEFORE DELETE ON users_102011 FOR EACH STATEMENT WHEN (false) EXECUTE FUNCTION jsonify_shape('card', '{ name }');
CREATE TRIGGER jsonify_mine_102011 BEFORE DELETE ON users_102011 FOR EACH STATEMENT WHEN (false) EXECUTE FUNCTION jsonify_shape('mine', '{ mine: name }');
SELECT jsonify(u, 'card'), jsonify(u, 'mine') FROM users_102011 u WHERE id = 4;
SELECT relation, name FROM jsonify_shapes() WHERE relation::text LIKE '%users%' OR relation::text LIKE '%tags%';

-- Where a session reads a shard itself, Citus has its rows pass for those of the table, whose columns have
-- other numbers. A function of the server that gives back what it takes does so here.
CREATE FUNCTION as_table(users_102011) RETURNS users LANGUAGE internal STRICT IMMUTABLE AS 'xmltotext';
SELECT jsonify(as_table(s)), jsonify_text(as_table(s), '{ * }') FROM users_102011 s WHERE id = 4;
SELECT jsonify_agg(as_table(s), '{ id shout posts(limit: 1) { id } }' ORDER BY id) FROM users_102011 s;
SELECT jsonify_agg(as_table(s), '{ * tag: @etag }' ORDER BY id) = (SELECT jsonify_agg(u, '{ * tag: @etag }' ORDER BY id) FROM users u WHERE tenant = 2) FROM users_102011 s;
SELECT jsonify(x, '{ n r.name all: r }') FROM (SELECT as_table(s) AS r, 1 AS n FROM users_102011 s WHERE id = 4) x;
SELECT jsonify(ARRAY[as_table(s)]), jsonify(ARRAY[as_table(s)], '{ id name }') FROM users_102011 s WHERE id = 4;
SELECT jsonify_undefine('users', 'default');
SELECT jsonify(as_table(s)), jsonify_agg(as_table(s)) OVER () FROM users_102011 s WHERE id = 4;
SELECT jsonify_define('users', 'default', '{ * -pw }');

-- What does not lie beside the shard is an error.
SELECT jsonify(u, '{ titles { id } }') FROM users_102011 u WHERE id = 4;
SELECT jsonify(u, '{ best { id } }') FROM users_102011 u WHERE id = 4;
SELECT jsonify(u, '{ nothing { id } }') FROM users_102011 u WHERE id = 4;
SELECT jsonify_find('users', '{ nothing }');
-- a table that is on all nodes has keys from shards that lie beside it, but not from all
-- there are; others that are on all nodes have all of their rows there
CREATE TABLE colors (id int PRIMARY KEY, name text);
CREATE TABLE shades (id int PRIMARY KEY, color_id int REFERENCES colors);
CREATE TABLE colors_102040 (id int PRIMARY KEY, name text);
CREATE TABLE shades_102041 (id int PRIMARY KEY, color_id int REFERENCES colors_102040);
INSERT INTO colors_102040 VALUES (1, 'red');
INSERT INTO shades_102041 VALUES (7, 1);
ALTER TABLE posts ADD color_id int REFERENCES colors;
ALTER TABLE posts_102019 ADD color_id int DEFAULT 1 REFERENCES colors_102040;
INSERT INTO catalogs.pg_dist_partition VALUES ('colors', 'n', NULL), ('shades', 'n', NULL);
INSERT INTO catalogs.pg_dist_shard VALUES ('colors', 102040), ('shades', 102041);
SELECT jsonify(p, '{ id color { name shades { id } } }') FROM posts_102019 p WHERE id = 41;
SELECT jsonify(c, '{ name posts { id } }') FROM colors_102040 c;
SELECT jsonify(c, '{ name p: count(posts) }') FROM colors_102040 c;
SELECT jsonify_find('colors_102040', '(where: exists(posts)) { name }');
SELECT jsonify_find('colors', '{ name posts { id } }');
-- a name means of a shard what it means of its table, though other tables have it, too: there
-- the relationship that it would mean first, or as well, may not be at hand
CREATE TABLE paint (tenant int, id int, color_id int CONSTRAINT shades REFERENCES colors, PRIMARY KEY (tenant, id));
CREATE TABLE paint_102042 (tenant int, id int, color_id int CONSTRAINT shades_102042 REFERENCES colors_102040, PRIMARY KEY (tenant, id));
INSERT INTO catalogs.pg_dist_partition VALUES ('paint', 'h', column_node(1));
INSERT INTO catalogs.pg_dist_shard VALUES ('paint', 102042);
ALTER TABLE colors_102040 SET (fillfactor = 90);
SELECT jsonify(c, '{ name shades { id } }') FROM colors_102040 c;
SELECT jsonify(c, '{ name s: shades(via: shades.color_id) { id } }') FROM colors_102040 c;
SELECT jsonify(c, '{ name paint { id } }') FROM colors_102040 c;
DROP TABLE paint, paint_102042;
-- a function that makes JSON of the table's rows may hide something
CREATE FUNCTION post_json(posts) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$SELECT '"a post"'::jsonb$$;
SELECT jsonify(p, options => '{"formats": {"posts": "post_json(posts)"}}') FROM posts p WHERE id = 41;
SELECT jsonify(p, options => '{"formats": {"posts": "post_json(posts)"}}') FROM posts_102019 p WHERE id = 41;
SELECT jsonify(p, '{ id }', options => '{"formats": {"posts": "post_json(posts)"}}') FROM posts_102019 p WHERE id = 41;
CREATE CAST (posts AS jsonb) WITH FUNCTION post_json(posts);
SELECT jsonify(p) FROM posts_102019 p WHERE id = 41;
SELECT jsonify(u, '{ posts }') FROM users_102011 u WHERE id = 4;
DROP CAST (posts AS jsonb);
SELECT jsonify(p) FROM posts_102019 p WHERE id = 41;

-- Of a shard whose table is not known here no shapes are known either: where Citus asks,
-- it is an error; elsewhere a table may be called so.
CREATE TABLE users_102999 (LIKE users_102011);
INSERT INTO users_102999 VALUES (3, 9, 'user 9', 'secret');
SELECT jsonify(u) FROM users_102999 u;
SET application_name = 'citus_internal gpid=10000000001';
ALTER TABLE users_102999 SET (fillfactor = 90);
SELECT jsonify(u) FROM users_102999 u;
SELECT jsonify(u, '{ id }') FROM users_102999 u;
SELECT jsonify(u, '{ id name }') FROM users_102011 u WHERE id = 4;
RESET application_name;

-- A shard of another table, of one in another schema, and of one that is no more, has nothing.
CREATE TABLE other_102011 (id int, pw text);
CREATE SCHEMA elsewhere;
CREATE TABLE elsewhere.users_102011 (id int, pw text);
INSERT INTO catalogs.pg_dist_shard VALUES (4000000000, 102077);
CREATE TABLE lost_102077 (id int, pw text);
SELECT jsonify(o) FROM (VALUES (ROW(1, 'x')::other_102011)) v (o);
SELECT jsonify(o) FROM (VALUES (ROW(1, 'x')::elsewhere.users_102011)) v (o);
SELECT jsonify(o) FROM (VALUES (ROW(1, 'x')::lost_102077)) v (o);
-- a name that would be too long is cut, and has a hash in it
CREATE TABLE long_name_long_name_long_name_long_name_long_name_long_name_lon (id int, pw text);
CREATE TABLE long_name_long_name_long_name_long_name_long_n_0a1b2c3d_102088 (id int, pw text);
INSERT INTO catalogs.pg_dist_shard VALUES ('long_name_long_name_long_name_long_name_long_name_long_name_lon', 102088);
SELECT jsonify_define('long_name_long_name_long_name_long_name_long_name_long_name_lon', 'default', '{ id }');
SELECT jsonify(o) FROM (VALUES (ROW(1, 'x')::long_name_long_name_long_name_long_name_long_n_0a1b2c3d_102088)) v (o);

RESET jsonify.distribution_schema;
SET client_min_messages = error;
DROP SCHEMA "t Dist", catalogs, elsewhere, local CASCADE;
DROP ROLE regress_jsonify_dist;
