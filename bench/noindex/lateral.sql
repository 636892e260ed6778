SELECT jsonb_agg(jsonb_build_object('id', u.id, 'username', u.username, 'posts', p.docs) ORDER BY u.id) AS doc
  FROM noindex.users AS u
 CROSS JOIN LATERAL (
       SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'title', p.title, 'date', p.date)
                                 ORDER BY p.id), '[]') AS docs
         FROM noindex.posts AS p
        WHERE p.author_id = u.id) AS p
 WHERE u.id <= 200
