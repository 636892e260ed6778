SELECT json_build_object('id', t.id, 'name', t.name, 'body', t.body, 'created_at', t.created_at,
                         'views', t.views, 'score', t.score) AS doc
  FROM flat AS t
