SELECT jsonify_text_agg(t) AS doc FROM flat AS t
