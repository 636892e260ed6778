SELECT jsonify_save('saved.users', docs, '{ id, username, email, posts(write: own, missing: delete) {
           id, title, date, comments(write: own, missing: delete) { id, body } } }', NULL, '{"return": "document"}')
  FROM saved.arrays
 WHERE kind = :'kind'
