-- What a condition, and a param, are refused for: the SQLSTATE, the column of the
-- shape that is pointed at, and the message, one line each.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_where_errors;
SET search_path = t_where_errors, public;
CREATE TYPE place AS (city text, zip int);
CREATE TABLE users (id int PRIMARY KEY, name text, boss_id int REFERENCES users);
CREATE TABLE posts (id int PRIMARY KEY, title text, views int, published bool, d date, p place, meta jsonb,
  j json, tags text[], pt point, x xml, author_id int REFERENCES users, editor_id int REFERENCES users);
CREATE TABLE tags (id int PRIMARY KEY, name text);
CREATE TABLE posts_tags (post_id int REFERENCES posts, tag_id int REFERENCES tags, PRIMARY KEY (post_id, tag_id));
INSERT INTO users VALUES (1, 'ann', NULL);
INSERT INTO posts (id, title, views, author_id) VALUES (1, 'a', 1, 1);

-- What a person sees.
SELECT jsonify_find('posts', '(where: title = ) { id }');
SELECT jsonify_find('posts', E'# żółw\n(where: published and\n  viewz > 1)\n{ id }');
SELECT jsonify_find('users', '{ posts(via: author_id, where: views = ''many'') { id } }');
SELECT jsonify_find('posts', '(where: views = $n) { id }', '{"n": "many"}');
SELECT jsonify_find('posts', '(where: views = $n) { id }', '{"m": 1}');
SELECT jsonify_find('posts', '(where: views = $n) { id }');
SELECT jsonify_find('posts', '(limit: $n) { id }', '{"n": -1}');
SELECT jsonify_find('posts', '(where: pt = ''(1,2)'') { id }');
SELECT jsonify_find('posts', '(where: views) { id }');
SELECT jsonify_find('users', '(where: name = "ada") { id }');
SELECT jsonify_find('users', '(where: name in ("ann", "it''s")) { id }');
SELECT jsonify_find('users', '(where: name = ada) { id }');
SELECT jsonify_find('users', '{ posts(via: author_id, where: exists(tags(limit: 1))) { id } }');

CREATE FUNCTION state_of(shape text, params jsonb, relation regclass DEFAULT 'posts') RETURNS text LANGUAGE plpgsql AS $$
DECLARE c text;
BEGIN
  PERFORM jsonify_find(relation, shape, params, '{"unknown_params": "ignore"}');
  RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS c = PG_EXCEPTION_CONTEXT;
  RETURN SQLSTATE || ' ' || coalesce(substring(c FROM 'column (\d+) of the shape'), '-') || ' ' || SQLERRM;
END$$;
CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, shape text, params jsonb DEFAULT '{}');
-- Conditions; each stands behind "(where: ", which is 8 characters.
INSERT INTO cases (shape) SELECT '(where: ' || c || ') { }' FROM unnest(ARRAY[
'', 'title =', '= title', 'title = = title', 'title = title = title', 'title title', 'published and', 'and published', 'published or', 'published or or published', 'not', 'not and published',
'(published', 'published)',
'()', '(views = 1) = true', '(views) = 1', '1', '''a''', 'true', 'null', '$p', '1 = 1', 'null = null',
'true and published', '$p = 1', '1 in (1)', '1 is null', '$p is true', '1 between 0 and 2', '''a'' like ''b''',
'views is', 'views is 1',
'views is not', 'views is nul', 'views is distinct', 'views is distinct 1', 'views is distinct from',
'views isnull', 'views notnull', 'views not null', 'views not is null', 'views not = 1', 'views not',
'views in', 'views in ()', 'views in 1',
'views in (1', 'views in (1,)', 'views in (1 2)', 'views in (select 1)', 'views in ((1))', 'views in title',
'views between', 'views between 1', 'views between 1 and', 'views between 1 or 2', 'views between symmetric 2 and 1',
'title like', 'title like ''a'' escape ''b''', 'title similar to ''a''', 'title ~ any (tags)',
'views = any ($p)', 'lower(title) = ''a''', 'title = lower(title)', 'title::text = ''a''', 'title = ''a''::text',
'title = cast(''a'' as text)', 'views + 1 = 2', 'views = 1 + 1', '-views = 1', 'views = -title', 'views = - 1',
'not exists', 'exists()', 'exists(1)', 'exists(tags', 'exists(tags, tags)', 'exists(select 1)', 'exists tags',
'tags[1] = ''a''', 'tags = array[''a'']', '(views, id) = (1, 1)', 'title = e''a''', 'title = ''a'' ''b''',
'title = $$a$$', 'title = $', 'title = ''a', 'title = "a', 'title = ""', 'title = ''a'' -- x', 'title = ''a'' /* x */',
'title = ''a''; x', 'title collate "C" = ''a''', 'title operator(pg_catalog.=) ''a''', 'views = 1a', 'views = 0x1',
'views = 1.2.3', 'views = 1_000', 'case when published then true end', 'published.', '.published', 'published.*',
'* = 1', 'p.* = 1', 'meta.-1 = 1', 'title = @x', 'published, published', 'published published', 'views = 1 title = 2',
-- what is not there, or not of that type
'nope = 1', 'titel = ''a''', 'views = nope', 'author.nope = 1', 'nope.name = 1',
'p.nope = 1', 'p.city.x = 1', 'views.x = 1', 'tags.0 = ''a''', 'views', 'title', 'not views', 'views is true',
'meta is unknown', 'views = ''a''', 'views = ''1.5''', 'views = title', 'views = true', 'published = 1', 'd = 1',
'd = ''x''', 'd = ''2024-02-30''', 'views in (1, ''x'')', 'views between ''x'' and 1', 'views is distinct from ''x''',
'tags @> ''a''', 'tags @> ''{''', 'tags = 1', 'meta = ''{''', 'meta ? 1', 'views @> 1', 'views ~ ''1''',
'views like ''1''', 'views in (1, true)', 'views in (1, ''x'', 2)', 'views in (''1'', 99999999999, ''x'')', 'views in (1, nope, 2)', 'views in (1, title)', 'pt in (''(1,2)'', null)',
'tags in (''{a}'', ''a'')', 'd in (''2024-01-01'', 5)', '1 in (views, 2, 3)', '1 in (2, 3)', 'title in (1, ''a'')', 'x in (''<a/>'', null)', 'title ~~~ ''a''', 'title <=> ''a''', 'title || ''a''', 'views # 1', 'x = ''<a/>''', 'j = ''{}''',
'p = ''(a,1)''', 'pt <@ ''x''', 'views = 99999999999999999999999999999 and views = ''99999999999''', 'title ~ ''(''',
'meta.theme ~ ''a''', 'meta.theme like ''a''', 'meta.theme', 'meta.theme = true and meta.theme is true',
'author = 1', 'author.boss = 1', 'author is null', 'tags.name = ''a''', 'posts_tags.tag_id = 1',
      'author(where: id = 1).name = ''a''', 'author(limit: 1).name = ''a''', 'author(via: nope).name = ''a''',
      'users.name = ''a''', 'exists(users)', 'exists(nope)', 'exists(title)', 'exists(author.name)',
      'exists(posts_tags(order: tag_id))', 'exists(posts_tags(offset: 1))', 'exists(posts_tags(page: 1))',
      'exists(posts_tags(key: tag_id))', 'exists(author(recurse: 1))', 'exists(posts_tags(where: nope))',
      'exists(posts_tags(where: tag_id))', 'length(posts_tags) = 1', 'sum(posts_tags) > 1',
      -- double quotes around a value; a name that is there is one
      'title = "ada"', '"ada" = title', 'title = "it''s"', 'title <> "titel"', 'title in (''a'', "ada", 1)', 'title like "a%"', 'views between "1" and 2', 'title is distinct from "ada"',
      'meta.theme = "dark"', 'author(via: author_id).name = "ada"', 'exists(tags(where: name = "ada"))', 'title = "title"', 'title = "author"', '"ada" is null', '"ada"', 'title = "ada".x', '"ada"(via: x).y = 1',
      'title(via: id) = 1', 'views @utc = 1', 'published: true', repeat('(', 100) || 'published' || repeat(')', 100),
      repeat('not ', 1000) || 'nope']) WITH ORDINALITY u (c, n) ORDER BY n;
SELECT left(substr(shape, 9), -5) AS condition, state_of(shape, '{"p": 1}') AS error
  FROM cases WHERE length(shape) < 100 ORDER BY n;
SELECT length(shape) AS long, state_of(shape, '{}') AS error FROM cases WHERE length(shape) > 100 ORDER BY n;

-- Params that do not fit.
TRUNCATE cases;
INSERT INTO cases (shape, params) VALUES
('(where: views = $p) { }', '{"p": true}'), ('(where: views = $p) { }', '{"p": 1.5}'),
('(where: views = $p) { }', '{"p": 2147483648}'), ('(where: views = $p) { }', '{"p": []}'),
('(where: views = $p) { }', '{"p": {}}'), ('(where: views in $p) { }', '{"p": 1}'),
('(where: views in $p) { }', '{"p": "{1}"}'), ('(where: views in $p) { }', '{"p": {"0": 1}}'),
('(where: views in $p) { }', '{"p": [1, "x"]}'), ('(where: views in $p) { }', '{"p": [[1]]}'),
('(where: views in $p) { }', '{"p": [{}]}'), ('(where: views in ($p)) { }', '{"p": [1]}'),
('(where: title = $p) { }', '{"p": ["a"]}'), ('(where: d = $p) { }', '{"p": 1}'),
('(where: published = $p) { }', '{"p": 2}'), ('(where: tags @> $p) { }', '{"p": 1}'),
('(where: tags @> $p) { }', '{"p": [["a"], ["b", "c"]]}'), ('(where: tags @> $p) { }', '{"p": [{}]}'),
('(where: meta ? $p) { }', '{"p": {}}'), ('(where: views in $p and tags in $p) { }', '{"p": []}'),
('(limit: $p) { }', '{"p": "1"}'), ('(limit: $p) { }', '{"p": 1.5}'),
('(limit: $p) { }', '{"p": 1.0}'), ('(limit: $p) { }', '{"p": 1e100}'), ('(limit: $p) { }', '{"p": true}'),
('(limit: $p) { }', '{"p": [1]}'), ('(offset: $p) { }', '{"p": -1}'), ('{ posts_tags(limit: $p) { } }', '{"p": -1}'),
('{ posts_tags(page: $p) { } }', '{"p": "x"}'), ('{ posts_tags(page: $p) { } }', '{"P": 1}'),
('{ author(where: boss.name = $p) { } }', '{}'), ('{ a: count(posts_tags(where: tag_id = $p)) }', '{}'),
('{ author(via: author_id) { boss(recurse: $p) } }', '{"p": -1}'),
('{ author(via: author_id) { boss(recurse: $p) } }', '{"p": null}'), ('(limit: $p, offset: $p) { }', '{"p": null}');
SELECT shape, params, state_of(shape, params) AS error FROM cases ORDER BY n;
SELECT jsonify_find('posts', '(limit: $p) { id }', '[1]');
SELECT jsonify_find('posts', '(limit: $p) { id }', NULL);
DROP SCHEMA t_where_errors CASCADE;
