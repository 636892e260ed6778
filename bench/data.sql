-- What bench/run measures on; sizes by psql variables, figures the same every time.

CREATE EXTENSION jsonify;

-- rows: six columns of the everyday types.
CREATE TABLE flat (
    id         integer PRIMARY KEY,
    name       varchar(40) NOT NULL,
    body       text NOT NULL,
    created_at timestamp NOT NULL,
    views      bigint NOT NULL,
    score      integer NOT NULL
);
INSERT INTO flat
SELECT i, 'name of row ' || i, 'body ' || repeat('lorem ipsum ', 1 + i % 8),
       timestamp '2020-01-01' + i * interval '97 seconds 250 milliseconds', i::bigint * 1000003, i % 1000
  FROM generate_series(1, :flat_rows) AS i;

-- tree and one: ten posts for a user, three comments for a post, by other
-- users. Children do not lie beside one another on disk: they came in over time.
CREATE TABLE users (
    id       integer PRIMARY KEY,
    username text NOT NULL,
    email    text NOT NULL
);
CREATE TABLE posts (
    id        integer PRIMARY KEY,
    author_id integer NOT NULL REFERENCES users,
    title     text NOT NULL,
    date      date NOT NULL
);
CREATE TABLE comments (
    id        integer PRIMARY KEY,
    post_id   integer NOT NULL REFERENCES posts,
    author_id integer NOT NULL REFERENCES users,
    body      text NOT NULL
);
INSERT INTO users
SELECT i, 'user' || i, 'user' || i || '@example.com' FROM generate_series(1, :users) AS i;
INSERT INTO posts
SELECT i, 1 + i % :users, 'The title of post number ' || i, date '2020-01-01' + i % 1500
  FROM generate_series(1, :users * 10) AS i;
INSERT INTO comments
SELECT i, 1 + i % (:users * 10), 1 + (i::bigint * 7919 % :users)::int,
       'This is comment number ' || i || repeat(', and so on', i % 4)
  FROM generate_series(1, :users * 30) AS i;
CREATE INDEX ON posts (author_id);
CREATE INDEX ON comments (post_id);
CREATE INDEX ON comments (author_id);

-- noindex_all and noindex_few: a key without an index. The 200 forums have all
-- of the threads; of the authors, each with ten, 200 will be asked for.
CREATE SCHEMA noindex;
CREATE TABLE noindex.forums (
    id   integer PRIMARY KEY,
    name text NOT NULL
);
CREATE TABLE noindex.authors (
    id   integer PRIMARY KEY,
    name text NOT NULL
);
CREATE TABLE noindex.threads (
    id        integer PRIMARY KEY,
    forum_id  integer NOT NULL REFERENCES noindex.forums,
    author_id integer NOT NULL REFERENCES noindex.authors,
    title     text NOT NULL,
    date      date NOT NULL
);
INSERT INTO noindex.forums SELECT i, 'forum ' || i FROM generate_series(1, 200) AS i;
INSERT INTO noindex.authors SELECT i, 'author ' || i FROM generate_series(1, :threads / 10) AS i;
INSERT INTO noindex.threads
SELECT i, 1 + i % 200, 1 + i % (:threads / 10), 'The title of thread number ' || i, date '2020-01-01' + i % 1500
  FROM generate_series(1, :threads) AS i;

-- newest and counts: ten posts for a user, an index on key and date; comments
-- and likes to count.
CREATE SCHEMA paged;
CREATE TABLE paged.users (
    id integer PRIMARY KEY
);
CREATE TABLE paged.posts (
    id        integer PRIMARY KEY,
    author_id integer NOT NULL REFERENCES paged.users,
    title     text NOT NULL,
    date      date NOT NULL
);
CREATE TABLE paged.comments (
    id        integer PRIMARY KEY,
    author_id integer NOT NULL REFERENCES paged.users
);
CREATE TABLE paged.likes (
    id      integer PRIMARY KEY,
    user_id integer NOT NULL REFERENCES paged.users
);
INSERT INTO paged.users SELECT i FROM generate_series(1, :users) AS i;
INSERT INTO paged.posts
SELECT i, 1 + i % :users, 'The title of post number ' || i, date '2020-01-01' + (i::bigint * 7919 % 1500)::int
  FROM generate_series(1, :users * 10) AS i;
INSERT INTO paged.comments
SELECT i, 1 + (i::bigint * 7919 % :users)::int FROM generate_series(1, :users * 10) AS i;
INSERT INTO paged.likes
SELECT i, 1 + (i::bigint * 104729 % :users)::int FROM generate_series(1, :users * 10) AS i;
CREATE INDEX ON paged.posts (author_id, date);
CREATE INDEX ON paged.comments (author_id);
CREATE INDEX ON paged.likes (user_id);

-- page_first and page_last: of pages of 20 the first, and the one behind all but so many
-- of the flat rows, with what each begins behind. Ten rows for a time.
CREATE TABLE paged.items (
    id    integer PRIMARY KEY,
    at    timestamp NOT NULL,
    title text NOT NULL
);
INSERT INTO paged.items
SELECT i, timestamp '2020-01-01' + (i::bigint * 7919 % :flat_rows)::int / 10 * interval '1 minute', 'The title of item number ' || i
  FROM generate_series(1, :flat_rows + 1000) AS i;
CREATE INDEX ON paged.items (at, id);
ANALYZE paged.items;
CREATE TABLE paged.starts (page integer PRIMARY KEY, n integer NOT NULL, at timestamp NOT NULL, id integer NOT NULL, cursor text);
INSERT INTO paged.starts VALUES (1, 0, '-infinity', 0, NULL);
INSERT INTO paged.starts
SELECT :flat_rows / 20, :flat_rows - 20, i.at, i.id,
       (SELECT d ->> 'next' FROM jsonify_find('paged.items', '(order: at, page: $n, after: $after?) { id }', jsonb_build_object('n', :flat_rows - 20)) AS d)
  FROM paged.items AS i
 ORDER BY i.at, i.id
OFFSET :flat_rows - 21 LIMIT 1;

-- nodes: a tree, ten children for a node.
CREATE TABLE nodes (
    id        integer PRIMARY KEY,
    parent_id integer REFERENCES nodes,
    name      text NOT NULL
);
INSERT INTO nodes
SELECT i, CASE WHEN i > 1 THEN (i + 8) / 10 END, 'node ' || i FROM generate_series(1, :nodes) AS i;
CREATE INDEX ON nodes (parent_id);
CREATE FUNCTION node_document(nodes) RETURNS jsonb STABLE LANGUAGE plpgsql AS $$
BEGIN
    RETURN jsonb_build_object('id', $1.id, 'name', $1.name, 'nodes',
        (SELECT coalesce(jsonb_agg(node_document(n) ORDER BY n.id), '[]') FROM nodes AS n WHERE n.parent_id = $1.id));
END
$$;

-- casts: every column by a cast of its own; formats: a column in another format.
CREATE TYPE price AS (amount integer, currency text);
CREATE FUNCTION price_to_jsonb(price) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN to_jsonb($1.amount || ' ' || $1.currency);
END
$$;
CREATE CAST (price AS jsonb) WITH FUNCTION price_to_jsonb(price);
CREATE TABLE casted (a price NOT NULL, b price NOT NULL, c price NOT NULL, d price NOT NULL);
INSERT INTO casted
SELECT ROW(i, 'EUR')::price, ROW(i + 1, 'PLN')::price, ROW(i + 2, 'SEK')::price, ROW(i + 3, 'CHF')::price
  FROM generate_series(1, :flat_rows / 4) AS i;
CREATE TABLE formatted (created_at timestamptz NOT NULL, bytes bytea NOT NULL);
INSERT INTO formatted
SELECT timestamptz '2020-01-01 UTC' + i * interval '97 seconds 10 microseconds' + interval '1 microsecond',
       decode(repeat(md5(i::text), 4), 'hex')
  FROM generate_series(1, :flat_rows) AS i;
