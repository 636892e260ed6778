SELECT jsonify_text(u, '{ id, username, posts { id, title, date, comments { id, body, author { id, username } } } }') AS doc
  FROM users AS u
 WHERE u.id = :id
