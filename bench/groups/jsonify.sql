SELECT jsonify_agg(f, '{ id, name, threads(group: date, order: count() desc, limit: 20) { date, count(), last: max(id) } }' ORDER BY f.id) AS doc
  FROM noindex.forums AS f
