SELECT to_jsonb(t) AS doc FROM flat AS t
