SELECT jsonify_save('saved.users', jsonb_set(doc, '{posts,3,title}', to_jsonb((:value)::text)), '{ id, username, email, posts(write: own, missing: delete) {
           id, title, date, comments(write: own, missing: delete) { id, body } } }', NULL, '{"return": "document"}')
  FROM saved.documents
 WHERE id = :id
