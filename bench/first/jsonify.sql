SELECT jsonify_find('comments', '{ id, body, author { id, username } }') AS doc
 LIMIT 1
