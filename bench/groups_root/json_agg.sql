SELECT doc
  FROM (SELECT jsonb_agg(jsonb_build_object('author_id', author_id, 'count', n, 'last', last) ORDER BY n DESC, author_id) AS docs
          FROM (SELECT author_id, count(*) AS n, max(id) AS last FROM comments GROUP BY author_id) AS g) AS a,
       jsonb_array_elements(docs) AS doc
