SELECT jsonb_agg(jsonb_build_object('id', a.id, 'name', a.name, 'threads', coalesce(t.docs, '[]'))
                 ORDER BY a.id) AS doc
  FROM noindex.authors AS a
  LEFT JOIN (
       SELECT t.author_id,
              jsonb_agg(jsonb_build_object('id', t.id, 'title', t.title, 'date', t.date) ORDER BY t.id) AS docs
         FROM noindex.threads AS t
        WHERE t.author_id <= 200
        GROUP BY t.author_id) AS t ON t.author_id = a.id
 WHERE a.id <= 200
