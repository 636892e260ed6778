SELECT jsonify(t) AS doc FROM casted AS t
