SELECT jsonify(f, '{ created_at @utc }') AS doc FROM formatted AS f
