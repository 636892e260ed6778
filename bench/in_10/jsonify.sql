SELECT doc
  FROM jsonify_find('flat', '(where: id in (' || :'ids_10' || ')) { id, name, created_at }') AS doc
