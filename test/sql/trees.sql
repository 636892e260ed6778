-- "recurse": trees beside a recursive query that makes the same document, cycles, graphs
-- over a junction, large ones and deep ones.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_trees;
SET search_path = t_trees, public;
CREATE TABLE nodes (id int PRIMARY KEY, parent_id int REFERENCES nodes, name text);
CREATE INDEX ON nodes (parent_id);
INSERT INTO nodes VALUES (1, NULL, 'root'), (2, 1, 'a'), (3, 1, 'b'), (4, 2, 'aa'), (5, 2, 'ab'), (6, 4, 'aaa'), (7, 6, 'aaaa');
CREATE TABLE notes (id int PRIMARY KEY, node_id int REFERENCES nodes, body text);
INSERT INTO notes VALUES (1, 4, 'n1'), (2, 4, 'n2'), (3, 1, 'n3');

-- Down and up; at the last level the key is left out, 0 levels are none.
SELECT jsonify_text(n, '{ id, nodes(via: parent_id, recurse: 0) }') FROM nodes n WHERE id = 1;
SELECT jsonify_text(n, '{ id, nodes(via: parent_id, recurse: 1) }') FROM nodes n WHERE id = 1;
SELECT jsonify_text(n, '{ id, nodes(via: parent_id, recurse: 2) }') FROM nodes n WHERE id = 1;
SELECT jsonify_text(n, '{ id, nodes(via: parent_id, recurse: 100) }') FROM nodes n WHERE id IN (1, 5);
SELECT jsonify_text(n, '{ name, parent(recurse: 0) }'), jsonify_text(n, '{ name, parent(recurse: 1) }'), jsonify_text(n, '{ name, parent(recurse: 9) }') FROM nodes n WHERE id = 6;
SELECT jsonify_text(n, '{ name, parent(recurse: $n) }', jsonb_build_object('n', id - 4)) FROM nodes n WHERE id BETWEEN 4 AND 7 ORDER BY id;
SELECT jsonify_text(n, '{ name, parent(recurse: $n) }', '{"n": null}') FROM nodes n WHERE id = 7;
-- The same by a recursive function.
CREATE FUNCTION tree(node int, levels int) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('id', id, 'name', name) || CASE WHEN levels = 0 THEN '{}' ELSE
    jsonb_build_object('kids', coalesce((SELECT jsonb_agg(t_trees.tree(k.id, levels - 1) ORDER BY k.name DESC) FROM t_trees.nodes k WHERE k.parent_id = node), '[]')) END
  FROM t_trees.nodes WHERE id = node $$;
SELECT l, bool_and(jsonify(n, '{ id, name, kids: nodes(via: parent_id, recurse: $l, order: name desc) }', jsonb_build_object('l', l)) = tree(id, l)) AS same,
       (SELECT jsonb_agg(d) FROM jsonify_find('nodes',
            '{ id, name, kids: nodes(via: parent_id, recurse: $l, order: name desc) }', jsonb_build_object('l', l)) d)
         = jsonb_agg(tree(id, l) ORDER BY id) AS found,
       jsonify_agg(n, '{ id, name, kids: nodes(via: parent_id, recurse: $l, order: name desc) }', jsonb_build_object('l', l) ORDER BY id DESC) = jsonb_agg(tree(id, l) ORDER BY id DESC) AS aggregated
  FROM nodes n, generate_series(0, 5) l GROUP BY l ORDER BY l;
-- The shape is repeated whole: columns, relationships, paths, aggregates, formats; "where", "order" and "limit" are those of each level.
SELECT jsonify_text(n, '{
    * -parent_id, up: parent.name, notes { body }, n: count(notes), id @string,
    kids: nodes(via: parent_id, recurse: 3, where: name <> ''ab'', order: name desc, limit: 1)
  }') FROM nodes n WHERE id = 2;
SELECT jsonify_text(n, '{ id, kids: nodes(via: parent_id, recurse: 3, offset: 1, order: id) }') FROM nodes n WHERE id = 1;
SELECT jsonify_text(n, '{ id, parent(recurse: 5, where: id > 1) }') FROM nodes n WHERE id = 6;
-- Two in one shape: each goes its number of levels along a path, in any order.
SELECT jsonify_text(n, '{ id, parent(recurse: 1), kids: nodes(via: parent_id, recurse: 1) }') FROM nodes n WHERE id = 2;
-- Within another shape, and with one within; it repeats the braces that it stands in.
SELECT jsonify_text(n, '{ body, node { id, parent(recurse: 2) } }') FROM notes n WHERE id = 1;
SELECT jsonify_text(n, '{ id, nodes(via: parent_id, recurse: 1), notes { id, node { name, parent(recurse: 1) } } }') FROM nodes n WHERE id = 2;
-- In a named shape, in a default shape, and spread into another one: what is repeated is all that stands there.
SELECT jsonify_define('nodes', 'tree', '{ id, kids: nodes(via: parent_id, recurse: 2) }');
SELECT jsonify_text(n, 'tree'), jsonify_text(n, '{ name, ...tree }') FROM nodes n WHERE id = 2;
SELECT jsonify_text(n, '{ ...tree, kids: name }') FROM nodes n WHERE id = 2;
SELECT jsonify_define('nodes', 'default', '{ name, parent(recurse: 2) }');
SELECT jsonify_text(n), jsonify_text(n, '{ id, parent }') FROM nodes n WHERE id = 6;
SELECT jsonify_text(n, '{ body, node }') FROM notes n WHERE id = 1;
SELECT jsonify_undefine('nodes', 'default');
-- Options: keys, but no alias; nulls take a parent out that is not there.
SELECT jsonify_text(n, '{ parent_id, parent(recurse: 5) }', options => '{"keys": "camel", "nulls": "omit"}') FROM nodes n WHERE id = 4;
SELECT jsonify_text(n, '{ id, nodes(via: parent_id, recurse: 1) }', options => '{"indent": 2}') FROM nodes n WHERE id = 4;

-- Cycles: a row on its own path is not entered again; [] or null is left.
CREATE TABLE ring (id int PRIMARY KEY, next_id int REFERENCES ring, prev_id int UNIQUE REFERENCES ring);
INSERT INTO ring VALUES (1, NULL, NULL), (2, 1, 1), (3, 2, 2), (4, 4, 4);
UPDATE ring SET next_id = 3, prev_id = 3 WHERE id = 1;
SELECT jsonify_text(r, '{ id, next(recurse: 100) }') FROM ring r ORDER BY id;
SELECT jsonify_text(r, '{ id, next(recurse: 2) }'), jsonify_text(r, '{ id, next(recurse: 3) }') FROM ring r WHERE id = 1;
SELECT jsonify_text(r, '{ id, n: ring(via: next_id, recurse: 100) }') FROM ring r ORDER BY id;
SELECT jsonify_text(r, '{ id, n: ring(via: prev_id, recurse: 100) }') FROM ring r ORDER BY id;
SELECT jsonify_text(r, '{ id, next(recurse: 100) }', options => '{"nulls": "omit"}') FROM ring r WHERE id = 1;
SELECT jsonify_agg(r, '{ id, next(recurse: 2), b: ring(via: next_id, recurse: 1) }' ORDER BY id)
    = jsonb_agg(jsonify(r, '{ id, next(recurse: 2), b: ring(via: next_id, recurse: 1) }') ORDER BY id) AS same
  FROM ring r;

-- Over a junction: a graph, where a row may be reached by several ways, and comes on each.
CREATE TABLE people (id int PRIMARY KEY, name text);
CREATE TABLE follows (who int REFERENCES people, whom int REFERENCES people, since int, PRIMARY KEY (who, whom, since));
INSERT INTO people SELECT i, 'p' || i FROM generate_series(1, 5) i;
INSERT INTO follows VALUES (1, 2, 1), (1, 2, 2), (1, 3, 1), (2, 4, 1), (3, 4, 1), (4, 1, 1), (4, 5, 1), (4, 4, 1);
SELECT jsonify_text(p, '{ id, people(via: follows.who, recurse: 1) }') FROM people p ORDER BY id;
SELECT jsonify_text(p, '{ id, people(via: follows.who, recurse: 9) }') FROM people p WHERE id IN (1, 4) ORDER BY id;
SELECT jsonify_text(p, '{ id, people(via: follows.whom, recurse: 9, order: id desc, limit: 1) }') FROM people p WHERE id = 4;
SELECT jsonify_find('people', '(where: id = 2) { id, f: people(via: follows.who, recurse: 2) b: people(via: follows.whom, recurse: 1) }');
-- By a function.
CREATE FUNCTION friends(people) RETURNS SETOF people LANGUAGE sql STABLE AS 'SELECT p.* FROM t_trees.people p JOIN t_trees.follows f ON p.id = f.whom WHERE f.who = $1.id AND since = 1';
SELECT jsonify_text(p, '{ id, friends(recurse: 2) }') FROM people p WHERE id = 1;
-- A table without a primary key, and one whose key is of several columns and types.
CREATE TABLE loose (a text, b int, up_a text, up_b int, UNIQUE (a, b), FOREIGN KEY (up_a, up_b) REFERENCES loose (a, b));
INSERT INTO loose VALUES ('x', 1, NULL, NULL), ('x', 2, 'x', 1), ('y', 1, 'x', 2), (NULL, 3, 'x', 1), (NULL, 3, 'x', 1);
SELECT jsonify_text(l, '{ a, b, kids: loose(via: up_a, recurse: 3) }'), jsonify_text(l, '{ a, b, loose_up_a_up_b_fkey(recurse: 3) }') FROM loose l ORDER BY a, b;
CREATE TABLE heap (n int);
CREATE FUNCTION others(heap) RETURNS SETOF heap LANGUAGE sql STABLE AS 'SELECT * FROM t_trees.heap';
INSERT INTO heap VALUES (1), (2);
SELECT jsonify_text(h, '{ n, others(recurse: 1) }') FROM heap h;
-- What cannot recurse.
SELECT jsonify_text(n, '{ node(recurse: 1) }') FROM notes n;
SELECT jsonify_text(n, '{ a: nodes(via: parent_id, recurse: 1) { id } }') FROM nodes n;
SELECT jsonify_text(n, '{ a: nodes(via: parent_id, recurse: 1).id }') FROM nodes n;
SELECT jsonify_text(n, '{ a: nodes(via: parent_id, recurse: 1, key: id) }') FROM nodes n;
SELECT jsonify_text(n, '{ a: count(nodes(via: parent_id, recurse: 1)) }') FROM nodes n;

-- One query a level of the data, not one a row: 100,000 nodes in 6 levels.
CREATE TABLE big (id int PRIMARY KEY, up_id int);
INSERT INTO big SELECT i, nullif((i + 8) / 10, 0) FROM generate_series(1, 100000) i;
ALTER TABLE big ADD FOREIGN KEY (up_id) REFERENCES big;
CREATE INDEX ON big (up_id);
ANALYZE big;
SET statement_timeout = '120s';
SELECT (length(t) - length(replace(t, '"id":', ''))) / 5 AS ids, length(jsonify(b, '{ id, big(via: up_id, recurse: 10) }')::text) > 1000000 AS large
  FROM big b, LATERAL (SELECT jsonify_text(b, '{ id, big(via: up_id, recurse: 10) }')::text AS t) d WHERE id = 1;
SELECT count(*) AS nodes, sum(i::int) = 100000::bigint * 100001 / 2 AS all_of_them
  FROM big b, jsonb_path_query(jsonify(b, '{ id, big(via: up_id, recurse: 10) }'), 'strict $.**.id') i WHERE b.id = 1;
SELECT jsonify_text(b, '{ id, big(via: up_id, recurse: 1) }') FROM big b WHERE id = 1;
-- 1,000 levels; beyond what the stack holds an error, and the server goes on.
CREATE TABLE chain (id int PRIMARY KEY, up_id int);
INSERT INTO chain SELECT i, nullif(i - 1, 0) FROM generate_series(1, 200000) i;
ALTER TABLE chain ADD FOREIGN KEY (up_id) REFERENCES chain;
CREATE INDEX ON chain (up_id);
ANALYZE chain;
SELECT length(t), length(t) - length(replace(t, '[', '')) AS arrays, right(t, 20) AS ends
  FROM (SELECT jsonify_text(c, '{ id, n: chain(via: up_id, recurse: 1000) }')::text AS t FROM chain c WHERE id = 1) d;
SELECT length(jsonify(c, '{ id, up(recurse: 1000) }')::text) FROM chain c WHERE id = 1001;
\set VERBOSITY sqlstate
SELECT length(jsonify_text(c, '{ id, up(recurse: 1000000) }')::text) FROM chain c WHERE id = 200000;
\set VERBOSITY default
SELECT count(*) FROM jsonify_find('chain', '(limit: 3) { id, up(recurse: 5) }');
SELECT jsonify_text(c, '{ id, up(recurse: 5) }') FROM chain c WHERE id = 4;
DROP SCHEMA t_trees CASCADE;
