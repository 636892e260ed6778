SELECT jsonb_agg(jsonb_build_object('id', i.id, 'at', i.at, 'title', i.title) ORDER BY i.at, i.id) AS doc
  FROM paged.starts AS s,
       LATERAL (SELECT * FROM paged.items AS i WHERE (i.at, i.id) > (s.at, s.id) ORDER BY i.at, i.id LIMIT 20) AS i
 WHERE s.page > 1
