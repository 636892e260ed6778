SELECT jsonb_build_object('author_id', author_id, 'count', count(*), 'last', max(id)) AS doc
  FROM comments
 GROUP BY author_id
 ORDER BY count(*) DESC, author_id
