SELECT json_agg(t) AS doc FROM flat AS t
