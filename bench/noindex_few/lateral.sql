SELECT jsonb_agg(jsonb_build_object('id', a.id, 'name', a.name, 'threads', t.docs) ORDER BY a.id) AS doc
  FROM noindex.authors AS a
 CROSS JOIN LATERAL (
       SELECT coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'title', t.title, 'date', t.date)
                                 ORDER BY t.id), '[]') AS docs
         FROM noindex.threads AS t
        WHERE t.author_id = a.id) AS t
 WHERE a.id <= 200
