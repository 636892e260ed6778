SELECT jsonify(n, '{ id, name, nodes(recurse: 100) }') AS doc
  FROM nodes AS n
 WHERE n.id = 1
