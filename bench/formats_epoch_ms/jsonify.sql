SELECT jsonify(f, '{ created_at @epoch_ms }') AS doc FROM formatted AS f
