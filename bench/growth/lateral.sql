SELECT json_agg(json_build_object('id', p.id, 'name', p.name, 'children', c.docs) ORDER BY p.id) AS doc
  FROM growth.parents AS p
 CROSS JOIN LATERAL (
       SELECT coalesce(json_agg(json_build_object('id', c.id, 'title', c.title, 'date', c.date) ORDER BY c.id), '[]') AS docs
         FROM growth.children AS c
        WHERE c.parent_id = p.id) AS c
 WHERE p.id <= :children / 10
