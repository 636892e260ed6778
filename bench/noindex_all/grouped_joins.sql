SELECT jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'threads', coalesce(t.docs, '[]'))
                 ORDER BY f.id) AS doc
  FROM noindex.forums AS f
  LEFT JOIN (
       SELECT t.forum_id,
              jsonb_agg(jsonb_build_object('id', t.id, 'title', t.title, 'date', t.date) ORDER BY t.id) AS docs
         FROM noindex.threads AS t
        GROUP BY t.forum_id) AS t ON t.forum_id = f.id
