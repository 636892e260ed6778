SELECT jsonb_build_object('a', price_to_jsonb(t.a), 'b', price_to_jsonb(t.b), 'c', price_to_jsonb(t.c),
                          'd', price_to_jsonb(t.d)) AS doc
  FROM casted AS t
