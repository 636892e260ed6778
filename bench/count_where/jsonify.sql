SELECT doc FROM jsonify_find('users', '(where: count(comments(where: post_id <= 50000)) > 7) { id, username }') AS doc
