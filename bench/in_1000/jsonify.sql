SELECT doc
  FROM jsonify_find('flat', '(where: id in (' || :'ids_1000' || ')) { id, name, created_at }') AS doc
