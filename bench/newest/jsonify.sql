SELECT jsonify_agg(u, '{ id, posts(order: date desc, limit: 5) { id, title, date } }' ORDER BY u.id) AS doc
  FROM paged.users AS u
