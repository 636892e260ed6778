SELECT jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'threads', t.docs) ORDER BY f.id) AS doc
  FROM noindex.forums AS f
 CROSS JOIN LATERAL (
       SELECT coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'title', t.title, 'date', t.date)
                                 ORDER BY t.id), '[]') AS docs
         FROM noindex.threads AS t
        WHERE t.forum_id = f.id) AS t
