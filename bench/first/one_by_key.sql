SELECT jsonify_find('comments', '(where: id = 1) { id, body, author { id, username } }') AS doc
