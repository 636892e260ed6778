SELECT jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'threads', t.docs) ORDER BY f.id) AS doc
  FROM noindex.forums AS f
 CROSS JOIN LATERAL (
       SELECT coalesce(jsonb_agg(jsonb_build_object('date', date, 'count', n, 'last', last) ORDER BY n DESC, date), '[]') AS docs
         FROM (SELECT date, count(*) AS n, max(id) AS last
                 FROM noindex.threads
                WHERE forum_id = f.id
                GROUP BY date
                ORDER BY n DESC, date
                LIMIT 20) AS g) AS t
