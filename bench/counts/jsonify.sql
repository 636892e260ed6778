SELECT jsonify_agg(u, '{ id, posts: count(posts), comments: count(comments), likes: count(likes) }' ORDER BY u.id) AS doc
  FROM paged.users AS u
