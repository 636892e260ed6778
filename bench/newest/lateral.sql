SELECT jsonb_agg(jsonb_build_object('id', u.id, 'posts', p.docs) ORDER BY u.id) AS doc
  FROM paged.users AS u
 CROSS JOIN LATERAL (
       SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'title', p.title, 'date', p.date)
                                 ORDER BY p.date DESC, p.id), '[]') AS docs
         FROM (SELECT p.id, p.title, p.date
                 FROM paged.posts AS p
                WHERE p.author_id = u.id
                ORDER BY p.date DESC, p.id
                LIMIT 5) AS p) AS p
