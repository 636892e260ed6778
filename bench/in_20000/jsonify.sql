SELECT doc
  FROM jsonify_find('flat', '(where: id in (' || :'ids_20000' || ')) { id, name, created_at }') AS doc
