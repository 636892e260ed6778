SELECT jsonb_agg(d) AS doc
  FROM paged.starts AS s,
       jsonify_find('paged.items', '(order: at, limit: 20, offset: $n) { id, at, title }', jsonb_build_object('n', s.n)) AS d
 WHERE s.page > 1
