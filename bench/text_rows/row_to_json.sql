SELECT row_to_json(t) AS doc FROM flat AS t
