SELECT jsonify_text_agg(p, '{ id, name, children { id, title, date } }' ORDER BY p.id) AS doc
  FROM growth.parents AS p
 WHERE p.id <= :children / 10
