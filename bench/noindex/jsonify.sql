SELECT jsonify_agg(u, '{ id, username, posts { id, title, date } }' ORDER BY u.id) AS doc
  FROM noindex.users AS u
 WHERE u.id <= 200
