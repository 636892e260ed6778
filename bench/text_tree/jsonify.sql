SELECT jsonify_text_agg(u, '{ id, username, posts { id, title, date, comments { id, body, author { id, username } } } }'
                        ORDER BY u.id) AS doc
  FROM users AS u
