INSERT INTO saved.users (username, email)
SELECT username, email FROM saved.from_users ORDER BY id;
INSERT INTO saved.posts (author_id, title, date)
SELECT author_id, title, date FROM saved.from_posts ORDER BY id;
INSERT INTO saved.comments (post_id, body)
SELECT post_id, body FROM saved.from_comments ORDER BY id
