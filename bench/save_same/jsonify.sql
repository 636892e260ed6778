SELECT jsonify_save('saved.users', docs, '{ id, username, email, posts(write: own, missing: delete) {
           id, title, date, comments(write: own, missing: delete) { id, body } } }', NULL, '{"return": "none"}')
  FROM saved.arrays
 WHERE kind = :'kind'
