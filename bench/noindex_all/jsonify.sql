SELECT jsonify_agg(f, '{ id, name, threads { id, title, date } }' ORDER BY f.id) AS doc
  FROM noindex.forums AS f
