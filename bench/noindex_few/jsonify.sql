SELECT jsonify_agg(a, '{ id, name, threads { id, title, date } }' ORDER BY a.id) AS doc
  FROM noindex.authors AS a
 WHERE a.id <= 200
