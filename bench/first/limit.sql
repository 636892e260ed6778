SELECT jsonb_build_object('id', c.id, 'body', c.body,
                          'author', jsonb_build_object('id', a.id, 'username', a.username)) AS doc
  FROM comments AS c
  JOIN users AS a ON a.id = c.author_id
 ORDER BY c.id
 LIMIT 1
