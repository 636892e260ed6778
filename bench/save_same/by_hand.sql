WITH users AS MATERIALIZED (
    SELECT u.id, u.username, u.email, u.posts
      FROM saved.arrays AS a, jsonb_to_recordset(a.docs) AS u (id integer, username text, email text, posts jsonb)
     WHERE a.kind = :'kind'
), posts AS MATERIALIZED (
    SELECT coalesce(p.id, nextval('saved.posts_id_seq')) AS id, p.id IS NULL AS is_new, u.id AS author_id,
           p.title, p.date, p.comments
      FROM users AS u, jsonb_to_recordset(u.posts) AS p (id integer, title text, date date, comments jsonb)
), comments AS MATERIALIZED (
    SELECT coalesce(c.id, nextval('saved.comments_id_seq')) AS id, c.id IS NULL AS is_new, p.id AS post_id, c.body
      FROM posts AS p, jsonb_to_recordset(p.comments) AS c (id integer, body text)
), gone_posts AS MATERIALIZED (
    SELECT t.id
      FROM saved.posts AS t
      JOIN users AS u ON u.id = t.author_id
     WHERE NOT EXISTS (SELECT FROM posts AS p WHERE p.id = t.id)
), old_comments AS (
    DELETE FROM saved.comments AS t USING gone_posts AS p WHERE t.post_id = p.id
), gone_comments AS (
    DELETE FROM saved.comments AS t
     USING posts AS p
     WHERE p.id = t.post_id AND NOT EXISTS (SELECT FROM comments AS c WHERE c.id = t.id)
), deleted_posts AS (
    DELETE FROM saved.posts AS t USING gone_posts AS p WHERE t.id = p.id
), changed_users AS (
    UPDATE saved.users AS t
       SET username = u.username, email = u.email
      FROM users AS u
     WHERE t.id = u.id AND (t.username, t.email) IS DISTINCT FROM (u.username, u.email)
), changed_posts AS (
    UPDATE saved.posts AS t
       SET title = p.title, date = p.date
      FROM posts AS p
     WHERE t.id = p.id AND (t.title, t.date) IS DISTINCT FROM (p.title, p.date)
), changed_comments AS (
    UPDATE saved.comments AS t
       SET body = c.body
      FROM comments AS c
     WHERE t.id = c.id AND t.body IS DISTINCT FROM c.body
), new_posts AS (
    INSERT INTO saved.posts (id, author_id, title, date)
    SELECT id, author_id, title, date FROM posts WHERE is_new
)
INSERT INTO saved.comments (id, post_id, body)
SELECT id, post_id, body FROM comments WHERE is_new
