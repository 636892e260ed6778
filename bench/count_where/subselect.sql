SELECT jsonb_build_object('id', u.id, 'username', u.username) AS doc
  FROM users AS u
 WHERE (SELECT count(*) FROM comments AS c WHERE c.author_id = u.id AND c.post_id <= 50000) > 7
 ORDER BY u.id
