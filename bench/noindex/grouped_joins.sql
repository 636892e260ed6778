SELECT jsonb_agg(jsonb_build_object('id', u.id, 'username', u.username, 'posts', coalesce(p.docs, '[]'))
                 ORDER BY u.id) AS doc
  FROM noindex.users AS u
  LEFT JOIN (
       SELECT p.author_id,
              jsonb_agg(jsonb_build_object('id', p.id, 'title', p.title, 'date', p.date) ORDER BY p.id) AS docs
         FROM noindex.posts AS p
        WHERE p.author_id <= 200
        GROUP BY p.author_id) AS p ON p.author_id = u.id
 WHERE u.id <= 200
