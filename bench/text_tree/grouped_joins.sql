SELECT json_agg(json_build_object('id', u.id, 'username', u.username, 'posts', coalesce(p.docs, '[]'))
                ORDER BY u.id) AS doc
  FROM users AS u
  LEFT JOIN (
       SELECT p.author_id,
              json_agg(json_build_object('id', p.id, 'title', p.title, 'date', p.date,
                                         'comments', coalesce(c.docs, '[]')) ORDER BY p.id) AS docs
         FROM posts AS p
         LEFT JOIN (
              SELECT c.post_id,
                     json_agg(json_build_object('id', c.id, 'body', c.body,
                                 'author', json_build_object('id', a.id, 'username', a.username))
                              ORDER BY c.id) AS docs
                FROM comments AS c
                JOIN users AS a ON a.id = c.author_id
               GROUP BY c.post_id) AS c ON c.post_id = p.id
        GROUP BY p.author_id) AS p ON p.author_id = u.id
