-- psql: documents in variables and files. To be run on the sample blog: psql -f psql.sql
\set ON_ERROR_STOP on
\set shape '{ id, title, body, author { username }, tags(order: name).name }'

-- One document in a variable, and from there into the next query, quoted by :'post'.
SELECT jsonify(p, :'shape') AS post FROM posts p WHERE p.id = 1 \gset
SELECT jsonb_set(:'post', '{title}', '"A \\ and a \"quote\""') AS post \gset
SELECT jsonify_save('posts', :'post', :'shape') = :'post' AS saved \gset

-- A result into a file, a document a line; and as one array. The settings are for this one query.
SELECT jsonify_text(p, :'shape') FROM posts p ORDER BY p.id \g (format=unaligned tuples_only=on) posts.ndjson
SELECT jsonify_text_agg(p, :'shape' ORDER BY p.id) FROM posts p \g (format=unaligned tuples_only=on) posts.json

-- COPY streams what no client would hold. Its text format doubles every backslash; csv with a quote and a delimiter
-- that JSON never contains leaves all as it is. (In \copy psql replaces no variables: in COPY ... TO STDOUT it does.)
COPY (SELECT jsonify_find_text('posts', :'shape')) TO STDOUT WITH (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02') \g copied.ndjson
\set same `cmp -s posts.ndjson copied.ndjson && echo true || echo false`

-- And back: line by line into a table, or the file as it is.
CREATE TEMPORARY TABLE documents (document jsonb);
\copy documents FROM 'copied.ndjson' WITH (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')
\set array `cat posts.json`
SELECT jsonb_agg(document ORDER BY as_integer(document -> 'id')) = :'array'
       AND count(*) FILTER (WHERE document ->> 'title' = 'A \ and a "quote"') = 1 AS whole
  FROM documents \gset

-- Nothing differs, so nothing is written.
SELECT jsonify_save('posts', :'array', :'shape', options => '{"return": "changes"}') = '[]' AS unchanged \gset

SELECT 1 / (:'saved'::boolean AND :same AND :'whole'::boolean AND :'unchanged'::boolean)::integer AS all_is_as_it_says;
