SELECT jsonify_save('saved.users', new, '{ id, username, email, posts(write: own, missing: delete) {
           id, title, date, comments(write: own, missing: delete) { id, body } } }', NULL, '{"return": "none"}')
  FROM saved.documents
 WHERE id = :id
