SELECT jsonb_agg(jsonb_build_object('id', u.id,
                 'posts', (SELECT count(*) FROM paged.posts AS p WHERE p.author_id = u.id),
                 'comments', (SELECT count(*) FROM paged.comments AS c WHERE c.author_id = u.id),
                 'likes', (SELECT count(*) FROM paged.likes AS l WHERE l.user_id = u.id)) ORDER BY u.id) AS doc
  FROM paged.users AS u
