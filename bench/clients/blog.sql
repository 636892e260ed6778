-- The sample blog (demo/blog.sql) with :users users and ten posts of each of them.

INSERT INTO users (username, email, password, first_name, last_name, created_at)
SELECT 'user' || i, 'user' || i || '@example.com', '-', 'First' || i, 'Last' || i, timestamptz '2024-01-01 UTC'
  FROM generate_series((SELECT count(*)::integer + 1 FROM users), :users) AS i;
INSERT INTO posts (author_id, title, body, date, views)
SELECT 1 + i % :users, 'The title of post number ' || i, 'Body ' || repeat('lorem ipsum ', 1 + i % 8),
       date '2020-01-01' + i % 1500, i * 7
  FROM generate_series((SELECT count(*)::integer + 1 FROM posts), :users * 10) AS i;
VACUUM ANALYZE;
