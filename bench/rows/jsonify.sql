SELECT jsonify(t) AS doc FROM flat AS t
