SELECT jsonb_build_object('created_at', to_char(f.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) AS doc
  FROM formatted AS f
