SELECT jsonb_build_object('id', u.id, 'username', u.username) AS doc
  FROM users AS u
  JOIN (SELECT author_id FROM comments WHERE post_id <= 50000 GROUP BY author_id HAVING count(*) > 7) AS c ON c.author_id = u.id
 ORDER BY u.id
