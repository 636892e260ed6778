SELECT jsonb_build_object('bytes', translate(encode(f.bytes, 'base64'), E'\n', '')) AS doc
  FROM formatted AS f
