SELECT d -> 'items' AS doc
  FROM paged.starts AS s,
       jsonify_find('paged.items', '(order: at, page: 20, after: $after) { id, at, title }', jsonb_build_object('after', s.cursor)) AS d
 WHERE s.page = 1
