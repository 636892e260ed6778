SELECT jsonify_text(t) AS doc FROM flat AS t
