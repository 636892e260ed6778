SELECT json_agg(json_build_object('id', u.id, 'username', u.username, 'posts', p.docs) ORDER BY u.id) AS doc
  FROM users AS u
 CROSS JOIN LATERAL (
       SELECT coalesce(json_agg(json_build_object('id', p.id, 'title', p.title, 'date', p.date,
                                                  'comments', c.docs) ORDER BY p.id), '[]') AS docs
         FROM posts AS p
        CROSS JOIN LATERAL (
              SELECT coalesce(json_agg(json_build_object('id', c.id, 'body', c.body,
                                          'author', json_build_object('id', a.id, 'username', a.username))
                                       ORDER BY c.id), '[]') AS docs
                FROM comments AS c
                JOIN users AS a ON a.id = c.author_id
               WHERE c.post_id = p.id) AS c
        WHERE p.author_id = u.id) AS p
