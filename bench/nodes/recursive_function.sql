SELECT node_document(n) AS doc
  FROM nodes AS n
 WHERE n.id = 1
