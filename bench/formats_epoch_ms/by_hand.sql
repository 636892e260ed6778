SELECT jsonb_build_object('created_at', floor(extract(epoch FROM f.created_at) * 1000)) AS doc
  FROM formatted AS f
