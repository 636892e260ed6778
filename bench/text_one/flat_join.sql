SELECT json_build_object('id', u.id, 'username', u.username, 'posts', coalesce(p.docs, '[]')) AS doc
  FROM users AS u
 CROSS JOIN LATERAL (
       SELECT json_agg(json_build_object('id', p.id, 'title', p.title, 'date', p.date,
                                         'comments', coalesce(p.docs, '[]')) ORDER BY p.id) AS docs
         FROM (SELECT p.id, p.title, p.date,
                      json_agg(json_build_object('id', c.id, 'body', c.body,
                                  'author', json_build_object('id', a.id, 'username', a.username))
                               ORDER BY c.id) FILTER (WHERE c.id IS NOT NULL) AS docs
                 FROM posts AS p
                 LEFT JOIN (comments AS c JOIN users AS a ON a.id = c.author_id) ON c.post_id = p.id
                WHERE p.author_id = u.id
                GROUP BY p.id) AS p) AS p
 WHERE u.id = :id
