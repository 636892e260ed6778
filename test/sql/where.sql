-- "where" against the same condition in plain SQL: a case is a condition of a
-- shape, the SQL that has its meaning, and params; both must choose the same rows.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_where;
CREATE SCHEMA t_where_types;
SET search_path = t_where, t_where_types, public;
SET timezone = 'Europe/Warsaw';
SET datestyle = 'ISO, DMY';

-- A type as an extension might bring it: in a schema of its own, with its own operators.
CREATE TYPE t_where_types.shade AS (name text);
CREATE FUNCTION t_where_types.shade_like(shade, shade) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT lower(($1).name) = lower(($2).name)';
CREATE OPERATOR t_where_types.~= (LEFTARG = shade, RIGHTARG = shade, FUNCTION = t_where_types.shade_like);
CREATE TYPE t_where_types.mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN t_where_types.score AS int CHECK (VALUE < 1000);
CREATE DOMAIN t_where_types.moody AS mood;
CREATE DOMAIN t_where_types.label AS text;
CREATE TYPE place AS (city text, zip int);

CREATE TABLE authors (id int PRIMARY KEY, name text, country text, boss_id int REFERENCES authors);
CREATE TABLE posts (
    id int PRIMARY KEY, author_id int REFERENCES authors,
    i2 smallint, i4 int, i8 bigint, n numeric, f4 real, f8 float8, b bool, t text, v varchar(5), c char(3), nm name, "Odd ""col""" text,
    d date, ts timestamp, tz timestamptz, ti time, iv interval, u uuid, by bytea, bits bit(3), ip inet, pt point, tsv tsvector, x xml,
    m mood, dm moody, sc score, lb label, sh shade, p place, j json, jb jsonb,
    tags text[], nums int[], moods mood[], r int4range, mr int4multirange, tr tstzrange, mo money, o oid);
CREATE TABLE comments (id int PRIMARY KEY, post_id int REFERENCES posts, body text, author_id int REFERENCES authors, spam bool);
CREATE TABLE posts_authors (post_id int REFERENCES posts, author_id int REFERENCES authors, PRIMARY KEY (post_id, author_id));
CREATE FUNCTION t_len(posts) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT length($1.t)';
INSERT INTO authors VALUES (1, 'ann', 'PL', NULL), (2, 'bob', 'DE', 1), (3, 'cyd', NULL, 2);
INSERT INTO posts VALUES
(1, 1, 1, 1, 1, 1, 1, 1, true, 'a', 'a', 'a', 'a', 'it''s', '2024-01-02', '2024-01-02 10:00', '2024-01-02 10:00+01',
    '10:00', '1 day', '00000000-0000-0000-0000-000000000001', '\x00ff', '101', '10.0.0.1', '(1,2)', 'cat dog', NULL,
 'sad', 'sad', 1, 'a', '(Red)', '(Wien,1010)', '{"theme": "dark", "n": 1}',
     '{"theme": "dark", "n": 1, "tags": ["a", "b"], "k": null, "a b": {"x\"y{}": true}, "0": "zero", "": "empty"}',
     '{a,b}', '{1,2}', '{sad,ok}', '[1,5)', '{[1,5)}', '[2024-01-01,)', 1.5, 1),
(2, 1, -2, 2147483647, 9223372036854775807, 123456789012345678901234567890.5,
    0.1, 0.1, false, 'A\', 'ab', 'ab', 'b', '\', '2024-02-01', '2024-02-01 00:00', '2024-02-01 00:00+00',
    '00:00', '24:00', '00000000-0000-0000-0000-000000000002', '\x', '000', '10.0.0.0/8', '(0,0)', 'cat', NULL,
 'happy', 'happy', 999, 'b', '(red)', '(,)', '{"theme": "light"}', '{"theme": "light", "n": 2.50, "tags": []}', '{}', '{}', '{}', 'empty', '{}', '(,2024-01-01)', -1, 4294967295),
(3, 2, 3, 3, 3, 'NaN', 'NaN', 'Infinity', NULL, '', '', '', '', NULL, '-infinity', 'infinity', 'infinity', '24:00', '-1 mon', NULL, NULL, NULL, '::1', NULL, NULL, NULL,
 'ok', 'ok', -5, '', NULL, '(Łódź,90)', 'null', '"theme"', '{NULL}', '{NULL,3}', NULL, '(,)', '{(,)}', NULL, NULL, 0),
(4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
 NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO comments VALUES (1, 1, 'spam', 2, true), (2, 1, 'fine', NULL, false), (3, 2, 'it''s', 3, NULL);
INSERT INTO posts_authors VALUES (1, 2), (1, 3), (2, 1);

CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, part text, shape text, sql text, params jsonb DEFAULT '{}');
CREATE FUNCTION run(shape text, sql text, params jsonb, OUT rows text, OUT result text) LANGUAGE plpgsql AS $$
DECLARE want text;
BEGIN
  EXECUTE format('SELECT string_agg(posts.id::text, '' '' ORDER BY posts.id) FROM posts WHERE %s', coalesce(sql, shape)) INTO want;
  SELECT string_agg(d ->> 'id', ' ') INTO rows FROM jsonify_find('posts', format('(where: %s) { id }', shape), params) d;
  IF rows IS NOT DISTINCT FROM want THEN result := 'ok'; ELSE result := format('got %s, want %s', rows, want); RETURN; END IF;
  -- the same rows where the table is related
  SELECT string_agg(e ->> 'id', ' ' ORDER BY (e ->> 'id')::int) INTO rows
    FROM jsonify_find('authors', format('{ posts(via: author_id, where: %s) { id } }', shape), params) d, jsonb_array_elements(d -> 'posts') e;
  EXECUTE format('SELECT string_agg(posts.id::text, '' '' ORDER BY posts.id) FROM posts WHERE posts.author_id IS NOT NULL AND (%s)', coalesce(sql, shape)) INTO want;
  IF rows IS DISTINCT FROM want THEN result := format('related: got %s, want %s', rows, want); END IF;
EXCEPTION WHEN OTHERS THEN result := SQLSTATE || ' ' || SQLERRM;
END$$;
CREATE PROCEDURE report(what text) LANGUAGE plpgsql AS $$
DECLARE r record; ok int := 0; n int := 0; hits int := 0;
BEGIN
  FOR r IN SELECT c.*, (run(c.shape, c.sql, c.params)).* FROM cases c WHERE part = what ORDER BY c.n LOOP
    n := n + 1;
    ok := ok + (r.result = 'ok')::int;
    hits := hits + (r.rows IS NOT NULL)::int;
    IF r.result <> 'ok' THEN RAISE INFO 'BAD %: %', r.shape, r.result; END IF;
  END LOOP;
  RAISE INFO '%: % conditions, % right, % with rows', what, n, ok, hits;
END$$;

-- Every type: literals as in SQL, operators of the type.
INSERT INTO cases (part, shape, sql) VALUES
('types', 'i2 = 1', NULL), ('types', 'i2 = ''1''', NULL), ('types', 'i2 = 1.0', NULL), ('types', 'i2 < 32768', NULL),
('types', 'i2 > -2147483649', NULL), ('types', 'i2=-2', NULL), ('types', 'i2<>-2', 'i2 <> -2'),
('types', 'i4 = 2147483647', NULL), ('types', 'i4 < 2147483648', NULL),
('types', 'i4 <= 99999999999999999999999999', NULL), ('types', 'i4 = 3.', 'i4 = 3.0'),
('types', 'i4 < 2.5', NULL), ('types', 'i4 = 0.3e1', NULL), ('types', 'i4 > .5', NULL), ('types', 'i4 != 1', NULL),
('types', 'i8 = 9223372036854775807', NULL), ('types', 'i8 < 9223372036854775808', NULL), ('types', 'i8 = ''9223372036854775807''', NULL), ('types', 'i8 >= -9223372036854775808', NULL),
('types', 'n = 123456789012345678901234567890.5', NULL), ('types', 'n > 1e29', NULL), ('types', 'n = ''NaN''', NULL), ('types', 'n = 1', NULL), ('types', 'n = 1.000', NULL), ('types', 'n < 0', NULL),
('types', 'f4 = 0.1', NULL), ('types', 'f4 = ''0.1''', NULL),
('types', 'f4 = ''NaN''', NULL), ('types', 'f8 = 0.1', NULL), ('types', 'f8 = ''infinity''', NULL),
('types', 'f8 > 1e308', NULL), ('types', 'f8 < 1e-300', NULL), ('types', 'f8 = 1', NULL),
('types', 'b', NULL), ('types', 'not b', NULL),
('types', 'b = true', NULL), ('types', 'b = FALSE', NULL), ('types', 'b = ''off''', NULL),
('types', 'b is true', NULL), ('types', 'b is not true', NULL), ('types', 'b is false', NULL),
('types', 'b is not false', NULL), ('types', 'b is unknown', NULL), ('types', 'b is not unknown', NULL),
('types', 'b is null', NULL), ('types', 'b < true', NULL), ('types', 'b in (true, null)', NULL),
('types', 't = ''a''', NULL), ('types', 't = ''''', NULL), ('types', 't = ''A\''', NULL),
('types', 't like ''A\\''', NULL), ('types', 't like ''_''', NULL), ('types', 't not like ''a%''', NULL),
('types', 't ilike ''a%''', NULL), ('types', 't not ilike ''a''', NULL), ('types', 't ~ ''^[aA]''', NULL),
('types', 't ~* ''A''', NULL), ('types', 't !~* ''A''', NULL), ('types', 't ^@ ''A''', NULL),
('types', 't ~~ ''a''', NULL), ('types', 't ~<~ ''b''', NULL), ('types', 't like ''\\''', 't = ''\'''),
('types', 'v = ''ab''', NULL), ('types', 'v = ''ab ''', NULL),
('types', 'v = ''abcdefgh''', NULL), ('types', 'v like ''a%''', NULL), ('types', 'c = ''a''', NULL),
('types', 'c = ''a    ''', NULL), ('types', 'c like ''a  ''', NULL), ('types', 'c <> ''''', NULL),
('types', 'nm = ''b''', NULL), ('types', 'nm like ''b%''', NULL), ('types', '"Odd ""col""" = ''it''''s''', NULL),
('types', '"Odd ""col""" = ''\''', NULL), ('types', 't > v', NULL), ('types', 't = c', NULL),
('types', 'd = ''2024-02-01''', NULL),
('types', 'd = ''1/2/2024''', NULL), ('types', 'd = ''-infinity''', NULL), ('types', 'd < ''2024-01-15''', NULL),
('types', 'd = ts', NULL), ('types', 'd < tz', NULL), ('types', 'ts = ''infinity''', NULL),
('types', 'ts between ''2024-01-01'' and ''2024-01-31''', NULL), ('types', 'tz = ''2024-01-02 10:00''', NULL),
('types', 'tz = ''2024-01-02 09:00Z''', NULL), ('types', 'tz = ''2024-02-01 01:00 Europe/Warsaw''', NULL),
('types', 'ti = ''24:00''', NULL), ('types', 'iv = ''1 day''', NULL), ('types', 'iv < ''PT1H''', NULL),
('types', 'u = ''00000000000000000000000000000001''', NULL),
('types', 'u in (''{00000000-0000-0000-0000-000000000002}'')', NULL),
('types', 'by = ''\x00ff''', NULL), ('types', 'by = ''\x''', NULL), ('types', 'bits = ''101''', NULL),
('types', 'ip << ''10.0.0.0/8''', NULL), ('types', 'ip = ''::1''', NULL), ('types', 'pt ~= ''(1,2)''', NULL),
('types', 'tsv @@ ''cat & dog''', NULL), ('types', 'tsv @@@ ''cat''', NULL), ('types', 'x is null', NULL),
('types', 'mo = ''1.50''', NULL), ('types', 'o = 4294967295', NULL), ('types', 'o > 0', NULL),
('types', 'm = ''ok''', NULL), ('types', 'm > ''sad''', NULL), ('types', 'm in (''sad'', ''happy'')', NULL),
('types', 'sc = 999', NULL), ('types', 'sc = ''999''', NULL), ('types', 'sc < 1000000', NULL),
('types', 'sc = i4', NULL), ('types', 'lb = ''b''', NULL), ('types', 'lb like ''%''', NULL),
('types', 'lb = t', NULL), ('types', 'sh ~= ''(RED)''', NULL), ('types', 'sh is null', NULL),
('types', 'p is null', NULL), ('types', 'p is not null', NULL), ('types', 'p.city = ''Wien''', '(p).city = ''Wien'''),
('types', 'p.zip between 80 and 90', '(p).zip between 80 and 90'),
('types', '"p"."city" is null', '(p).city is null'), ('types', 'p = p', NULL), ('types', 'p is distinct from p', NULL),
('types', 'jb ? ''theme''', NULL), ('types', 'jb ?| ''{x,tags}''', NULL), ('types', 'jb ?& ''{n,tags}''', NULL),
('types', 'jb @> ''{"n": 1.0}''', NULL), ('types', 'jb = ''"theme"''', NULL), ('types', 'jb @? ''$.tags[*]''', NULL),
('types', 'jb @@ ''$.n > 1''', NULL), ('types', 'j is not null', NULL), ('types', 'jb <> ''1''', NULL),
('types', 'tags @> ''{a}''', NULL),
('types', 'tags <@ ''{a,b,c}''', NULL), ('types', 'tags && ''{b}''', NULL), ('types', 'tags = ''{}''', NULL),
('types', 'tags <> ''{NULL}''', NULL), ('types', 'nums @> ''{2}''', NULL), ('types', 'nums > ''{1}''', NULL),
('types', 'moods @> ''{ok}''', NULL), ('types', 'moods = ''{sad,ok}''', NULL), ('types', 'r @> 3', NULL),
('types', 'r && ''[4,9]''', NULL), ('types', 'r = ''empty''', NULL), ('types', 'r << ''[6,7)''', NULL),
('types', '3 <@ r', NULL), ('types', 'mr @> 2', NULL), ('types', 'mr && r', NULL), ('types', 'tr @> tz', NULL),
('types', 't_len = 1', 't_len(posts) = 1'),
('types', 't_len is null', 't_len(posts) is null'), ('types', '1 = i4', NULL),
('types', '''a'' <= t', NULL), ('types', '2 > i4', NULL), ('types', 'i4 = i8', NULL), ('types', 'i4 < f8', NULL);
CALL report('types');
SELECT jsonify_find('posts', '(where: tz = ''2024-01-02 09:00Z'' and tags @> ''{a}'') { id, m, t, tags }');

-- Three-valued logic, precedence, parentheses; keywords in any case.
INSERT INTO cases (part, shape, sql) VALUES
('logic', 'b or i4 = 3', NULL), ('logic', 'b and i4 = 1', NULL),
('logic', 'not b or i4 = 3', NULL), ('logic', 'not (b or i4 = 3)', NULL), ('logic', 'not (b and i4 = 1)', NULL),
('logic', 'b or not b', NULL), ('logic', 'b or b is null', NULL), ('logic', 'not not b', NULL),
('logic', 'NOT NOT not b', NULL), ('logic', '((b))', NULL), ('logic', 'not ((not (b)))', NULL),
('logic', 'i4 = 1 or i4 = 3 and b', NULL),
('logic', '(i4 = 1 or i4 = 3) and b', NULL), ('logic', 'i4 = 3 and b or i4 = 1', NULL),
('logic', 'not i4 = 1 and not i4 = 3', NULL), ('logic', 'b Or i4 = 3 aNd t = ''''', NULL),
('logic', 'i4 between 1 and 3 and b', NULL), ('logic', 'not i4 between 1 and 3 or b', NULL),
('logic', 'i4 not between 1 and 3', NULL), ('logic', 'i4 between 3 and 1', NULL),
('logic', 'i4 between null and 3', NULL), ('logic', 'i4 not between null and 2', NULL),
('logic', '2 between i4 and i8', NULL), ('logic', 'i4 BETWEEN i2 AND i8', NULL),
('logic', 'i4 in (1, 3)', NULL), ('logic', 'i4 in (1)', NULL),
('logic', 'i4 not in (1, 3)', NULL), ('logic', 'i4 in (1, null)', NULL), ('logic', 'i4 not in (1, null)', NULL),
('logic', 'i4 in (''1'', 2.5, 3)', 'i4 in (1, 2.5, 3)'), ('logic', 'i4 in (i2, i8)', NULL),
('logic', '1 in (i2, i4)', NULL), ('logic', 'not i4 in (1)', NULL), ('logic', 't IN (''a'', '''')', NULL),
('logic', 'i4 = null', NULL),
('logic', 'i4 <> null', NULL), ('logic', 'not i4 = null', NULL), ('logic', 'i4 is null', NULL),
('logic', 'i4 IS NOT NULL', NULL), ('logic', 'not i4 is null', NULL), ('logic', 'i4 is distinct from 1', NULL),
('logic', 'i4 is not distinct from 1', NULL), ('logic', 'i4 is distinct from null', NULL),
('logic', 'i4 is not distinct from null', NULL), ('logic', 'i4 is distinct from i8', NULL),
('logic', 't is not distinct from "Odd ""col"""', NULL), ('logic', 'not i4 is distinct from i8', NULL),
('logic', 'm is distinct from ''ok''', NULL), ('logic', '1 is distinct from i4', NULL),
('logic', 'null is not distinct from i4', NULL), ('logic', 'b is distinct from true or i4 is null', NULL),
('logic', 'tags is distinct from ''{}''', NULL), ('logic', 'null = i4', NULL);
CALL report('logic');
SELECT jsonify_find('posts', '(where: not b or i4 = 3) { id, b, i4 }');

-- Paths over to-one relations, and exists().
INSERT INTO cases (part, shape, sql) VALUES
('paths', 'author.name = ''ann''', '(SELECT name FROM authors a WHERE a.id = author_id) = ''ann'''),
('paths', 'authors(via: author_id).country is null', '(SELECT country FROM authors a WHERE a.id = author_id) IS NULL'),
('paths', 'author.boss.name = ''ann''', 'author_id = 2'),
('paths', 'author(via: author_id).name <> ''ann''', 'author_id = 2'),
('paths', 'not author.country = ''PL''', 'author_id = 2'),
('paths', 'author.country = ''PL'' or author.country is null', 'author_id = 1 or author_id is null'),
('paths', 'author.name < t', '(SELECT name FROM authors a WHERE a.id = author_id) < t'),
('paths', 'author.id = author_id', 'author_id is not null'),
('paths', 'author.boss.id is null and author.id is not null', 'author_id = 1'),
('paths', 'exists(comments)', 'id in (1, 2)'), ('paths', 'not exists(comments)', 'id in (3, 4)'),
('paths', 'exists(comments(where: spam))', 'id = 1'), ('paths', 'exists(comments(where: not spam))', 'id = 1'),
('paths', 'exists(comments(where: spam is null))', 'id = 2'),
('paths', 'EXISTS (comments (where: body = ''it''''s''))', 'id = 2'),
('paths', 'exists(comments.author)', 'id in (1, 2)'), ('paths', 'exists(comments(where: not spam).author)', 'false'),
('paths', 'exists(comments.author(where: name = ''cyd''))', 'id = 2'),
('paths', 'exists(comments(where: author.name = ''bob''))', 'id = 1'),
('paths', 'exists(comments(where: exists(author(where: exists(posts(via: author_id))))))', 'id = 1'),
('paths', 'exists(author)', 'author_id is not null'), ('paths', 'exists(author(where: country is null))', 'false'),
('paths', 'exists(posts_authors(where: author_id = 1))', 'id = 2'),
('paths', 'exists(authors(via: posts_authors, where: name = ''cyd''))', 'id = 1'),
('paths', 'exists(authors(via: posts_authors).boss)', 'id = 1'),
('paths', 'exists(comments) and exists(comments(where: spam)) or i4 = 3', 'id in (1, 3)'),
('paths', 'exists(author.posts(via: author_id, where: exists(comments(where: spam))))', 'author_id = 1');
CALL report('paths');
SELECT jsonify_find('posts', '(where: author.boss.name = ''ann'') { id, author { name, boss { name } } }');

-- Paths into json: the other side is JSON.
INSERT INTO cases (part, shape, sql) VALUES
('json', 'jb.theme = ''dark''', 'jb -> ''theme'' = ''"dark"'''),
('json', 'j.theme = ''light''', 'j ->> ''theme'' = ''light'''), ('json', 'jb.n = 1', 'jb -> ''n'' = ''1'''),
('json', 'jb.n = 2.5', 'id = 2'), ('json', 'jb.n = ''1''', 'false'), ('json', 'jb.n > 1', 'jb -> ''n'' > ''1'''),
('json', 'jb.n between 1 and 2', 'id = 1'), ('json', 'jb.tags.0 = ''a''', 'id = 1'),
('json', 'jb.tags . 0 = ''a''', 'id = 1'), ('json', 'jb.tags."-1" = ''b''', 'id = 1'),
('json', 'jb.tags."0" = ''a''', 'id = 1'), ('json', 'jb.tags.0.1 is null and jb.tags is not null', 'id in (1, 2)'),
('json', 'jb.tags is not null', 'id in (1, 2)'), ('json', 'jb.0 = ''zero''', 'id = 1'),
('json', 'jb.k is null', 'jb -> ''k'' is null'), ('json', 'jb.k is not null', 'id = 1'),
('json', 'jb."a b"."x""y{}" = true', 'id = 1'), ('json', 'jb."a b"."x""y{}" in (false, true)', 'id = 1'),
('json', 'jb.theme in (''dark'', ''light'', 1)', 'id in (1, 2)'), ('json', 'jb.theme not in (''dark'')', 'id = 2'),
('json', 'jb.theme = null', 'false'), ('json', 'jb.theme is distinct from ''dark''', 'id <> 1'),
('json', 'jb.theme = j.theme', 'id in (1, 2)'), ('json', 'jb.theme <> jb.n', 'id in (1, 2)'),
('json', '''dark'' = jb.theme', 'id = 1'), ('json', 'jb.tags @> ''a''', 'id = 1'),
('json', 'jb.tags ? ''a''', 'id = 1'), ('json', 'jb.no.such.key is null', 'true'),
('json', 'jb.theme = ''"dark"''', 'false'), ('json', 'jb.a.b.c is not null', 'false');
CALL report('json');
SELECT jsonify_find('posts', '(where: jb.tags.0 = ''a'') { id, theme: jb.theme, tags: jb.tags }');

-- Params: of every JSON type, for what the other side is.
INSERT INTO cases (part, shape, sql, params) VALUES
('params', 'i4 = $p', 'i4 = 1', '{"p": 1}'), ('params', 'i4 = $p', 'i4 = 1', '{"p": "1"}'),
('params', 'i4 = $p', 'false', '{"p": null}'), ('params', 'i4 is distinct from $p', 'i4 is not null', '{"p": null}'),
('params', 'i8 = $p', 'id = 2', '{"p": 9223372036854775807}'),
('params', 'n = $p', 'id = 2', '{"p": 123456789012345678901234567890.50}'),
('params', 'f8 = $p', 'id = 2', '{"p": 1e-1}'),
('params', 'i2 > $p', 'i2 > 0', '{"p": 0}'), ('params', 'b = $p', 'b', '{"p": true}'),
('params', 'b = $p', 'b', '{"p": "yes"}'), ('params', 'b = $p', 'b', '{"p": 1}'),
('params', 't = $p', 'false', '{"p": 1}'), ('params', 't = $p', 'false', '{"p": true}'),
('params', 't = $p', 'id = 2', '{"p": "A\\"}'), ('params', 't = $p', 't = ''''', '{"p": ""}'),
('params', 't = $ż_1', 'id = 1', '{"ż_1": "a"}'), ('params', 't = $1', 'id = 1', '{"1": "a"}'),
('params', '$p = t', 'id = 1', '{"p": "a"}'), ('params', 't like $p', 't like ''a%''', '{"p": "a%"}'),
('params', 't = $p or v = $q', 'id in (1, 2)', '{"p": "a", "q": "ab"}'),
('params', 'i4 = $p and t = $p', 'false', '{"p": "1"}'),
('params', 'i4 between $lo and $hi', 'i4 between 1 and 3', '{"lo": 1, "hi": 3}'),
('params', 'm = $p', 'm = ''ok''', '{"p": "ok"}'),
('params', 'sc = $p', 'sc = 999', '{"p": 999}'), ('params', 'tz = $p', 'id = 1', '{"p": "2024-01-02T09:00:00Z"}'),
('params', 'u = $p', 'id = 1', '{"p": "00000000-0000-0000-0000-000000000001"}'),
('params', 'by = $p', 'id = 1', '{"p": "\\x00ff"}'),
('params', 'r @> $p', 'r @> ''[2,3)''', '{"p": "[2,3)"}'), ('params', 'tags @> $p', 'id = 1', '{"p": ["a"]}'),
('params', 'tags && $p', 'id = 1', '{"p": ["b", null]}'), ('params', 'tags = $p', 'id = 2', '{"p": []}'),
('params', 'tags = $p', 'id = 3', '{"p": [null]}'), ('params', 'nums @> $p', 'id = 1', '{"p": [1, "2"]}'),
('params', 'nums @> $p', 'id = 1', '{"p": "{1,2}"}'), ('params', 'moods @> $p', 'id = 1', '{"p": ["ok"]}'),
('params', 'i4 in $p', 'i4 in (1, 3)', '{"p": [1, "3", 7]}'), ('params', 'i4 in $p', 'false', '{"p": []}'),
('params', 'i4 not in $p', 'true', '{"p": []}'), ('params', 'i4 not in $p', 'false', '{"p": [1, null]}'),
('params', 'i4 in $p', 'i4 = 1', '{"p": [1, null]}'), ('params', 'i4 in $p', 'false', '{"p": null}'),
('params', 'i4 not in $p', 'false', '{"p": null}'), ('params', 'i4 in ($p, $q)', 'i4 in (1, 3)', '{"p": 1, "q": 3}'),
('params', 'i8 in $p', 'id = 2', '{"p": [9223372036854775807]}'),
('params', 't in $p', 'id in (1, 3)', '{"p": ["a", ""]}'),
('params', 'm in $p', 'm in (''ok'')', '{"p": ["ok"]}'), ('params', 'sc in $p', 'sc = 999', '{"p": [999]}'),
('params', 'c in $p', 'id = 1', '{"p": ["a"]}'), ('params', 'v in $p', 'id = 1', '{"p": ["a"]}'),
('params', 'nm in $p', 'id = 2', '{"p": ["b"]}'), ('params', 'author.name in $p', 'author_id = 2', '{"p": ["bob"]}'),
('params', 'jb = $p', 'id = 3', '{"p": "theme"}'), ('params', 'jb @> $p', 'id = 1', '{"p": {"n": 1, "tags": ["b"]}}'),
('params', 'jb.theme = $p', 'id = 1', '{"p": "dark"}'),
('params', 'jb.n = $p', 'id = 1', '{"p": 1.0}'), ('params', 'jb.n = $p', 'false', '{"p": "1"}'),
('params', 'jb.k = $p', 'id = 1', '{"p": null}'), ('params', 'jb.tags = $p', 'id = 1', '{"p": ["a", "b"]}'),
('params', 'jb."a b" = $p', 'id = 1', '{"p": {"x\"y{}": true}}'),
('params', 'jb.theme in $p', 'id = 1', '{"p": ["dark", 1, null]}'), ('params', 'jb.k in $p', 'id = 1', '{"p": [null]}'),
('params', 'jb.tags in $p', 'id = 2', '{"p": [[], 1]}'), ('params', 'jb ? $p', 'jb ? ''n''', '{"p": "n"}'),
('params', 'jb ?| $p', 'jb ? ''n''', '{"p": ["n", "zz"]}'), ('params', 'j.theme = $p', 'id = 1', '{"p": "dark"}'),
('params', 'exists(comments(where: body = $p))', 'id = 2', '{"p": "it''s"}');
CALL report('params');
SELECT jsonify_find('posts', '(where: i4 in $p and t = $q) { id, i4, t }', '{"p": [1, "3", 7], "q": ""}');
DROP SCHEMA t_where, t_where_types CASCADE;
