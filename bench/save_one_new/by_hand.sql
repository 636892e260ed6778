WITH users AS MATERIALIZED (
    SELECT nextval('saved.users_id_seq') AS id, u.username, u.email, u.posts
      FROM saved.documents AS d,
           jsonb_to_record(d.new) AS u (username text, email text, posts jsonb)
     WHERE d.id = :id
), posts AS MATERIALIZED (
    SELECT nextval('saved.posts_id_seq') AS id, u.id AS author_id, p.title, p.date, p.comments
      FROM users AS u, jsonb_to_recordset(u.posts) AS p (title text, date date, comments jsonb)
), new_users AS (
    INSERT INTO saved.users (id, username, email) SELECT id, username, email FROM users
), new_posts AS (
    INSERT INTO saved.posts (id, author_id, title, date) SELECT id, author_id, title, date FROM posts
)
INSERT INTO saved.comments (post_id, body)
SELECT p.id, c.body
  FROM posts AS p, jsonb_to_recordset(p.comments) AS c (body text)
