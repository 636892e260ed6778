SELECT jsonify_find('comments', '(group: author_id, order: count() desc) { author_id, count(), last: max(id) }') AS doc
