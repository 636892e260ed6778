SELECT jsonb_build_object('id', f.id, 'name', f.name, 'created_at', f.created_at) AS doc
  FROM flat AS f
 WHERE f.id IN (:ids_1000)
 ORDER BY f.id
