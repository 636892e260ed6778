SELECT json_agg(json_build_object('id', p.id, 'name', p.name, 'children', coalesce(c.docs, '[]')) ORDER BY p.id) AS doc
  FROM growth.parents AS p
  LEFT JOIN (
       SELECT c.parent_id,
              json_agg(json_build_object('id', c.id, 'title', c.title, 'date', c.date) ORDER BY c.id) AS docs
         FROM growth.children AS c
        WHERE c.parent_id <= :children / 10
        GROUP BY c.parent_id) AS c ON c.parent_id = p.id
 WHERE p.id <= :children / 10
