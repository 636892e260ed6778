WITH RECURSIVE walk AS (
    SELECT n.id, n.name, 1 AS depth, ARRAY[n.id] AS path
      FROM nodes AS n
     WHERE n.id = 1
     UNION ALL
    SELECT n.id, n.name, w.depth + 1, w.path || n.id
      FROM walk AS w
      JOIN nodes AS n ON n.parent_id = w.id
), preorder AS (
    SELECT w.*, lag(w.depth) OVER (ORDER BY w.path) AS before, lead(w.depth) OVER (ORDER BY w.path) AS behind
      FROM walk AS w
)
SELECT string_agg(CASE WHEN before >= depth THEN ',' ELSE '' END
                  || '{"id":' || id || ',"name":' || to_json(name) || ',"nodes":['
                  || CASE WHEN behind > depth THEN '' ELSE repeat(']}', depth - coalesce(behind, 1) + 1) END,
                  '' ORDER BY path)::jsonb AS doc
  FROM preorder
