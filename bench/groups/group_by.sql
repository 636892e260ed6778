SELECT jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'threads', coalesce(t.docs, '[]')) ORDER BY f.id) AS doc
  FROM noindex.forums AS f
  LEFT JOIN (
       SELECT forum_id, jsonb_agg(jsonb_build_object('date', date, 'count', n, 'last', last) ORDER BY place) AS docs
         FROM (SELECT forum_id, date, count(*) AS n, max(id) AS last,
                      row_number() OVER (PARTITION BY forum_id ORDER BY count(*) DESC, date) AS place
                 FROM noindex.threads
                GROUP BY forum_id, date) AS g
        WHERE place <= 20
        GROUP BY forum_id) AS t ON t.forum_id = f.id
