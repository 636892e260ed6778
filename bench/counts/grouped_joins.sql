SELECT jsonb_agg(jsonb_build_object('id', u.id, 'posts', coalesce(p.n, 0), 'comments', coalesce(c.n, 0),
                                    'likes', coalesce(l.n, 0)) ORDER BY u.id) AS doc
  FROM paged.users AS u
  LEFT JOIN (SELECT author_id, count(*) AS n FROM paged.posts GROUP BY author_id) AS p ON p.author_id = u.id
  LEFT JOIN (SELECT author_id, count(*) AS n FROM paged.comments GROUP BY author_id) AS c ON c.author_id = u.id
  LEFT JOIN (SELECT user_id, count(*) AS n FROM paged.likes GROUP BY user_id) AS l ON l.user_id = u.id
