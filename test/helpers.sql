\set ECHO none
-- What the regression tests share. A test makes its schema, puts it first in
-- search_path, and reads this file:
--     \set helpers `echo "$PG_ABS_SRCDIR/helpers.sql"`
--     \i :helpers
-- PG_ABS_SRCDIR is the directory test, by pg_regress or the Makefile. Of this
-- file only the first line is echoed, so expected output has the test's own lines.

-- Whether a document is the wanted one to the byte, not only equal to it.
CREATE FUNCTION same(got jsonb, want jsonb) RETURNS bool LANGUAGE sql IMMUTABLE
  AS 'SELECT ROW($1)::record *= ROW($2)::record';

-- The same, and its text as well; and that both say the same.
CREATE FUNCTION same(got jsonb, want jsonb, got_text json, want_text json) RETURNS bool
LANGUAGE sql IMMUTABLE
  AS 'SELECT ROW($1)::record *= ROW($2)::record
         AND $3::text IS NOT DISTINCT FROM $4::text
         AND $3::jsonb IS NOT DISTINCT FROM $1';

-- "ok", or what came and what was wanted, in the first 2,000 characters each.
CREATE FUNCTION diff(got jsonb, want jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN ROW($1)::record *= ROW($2)::record THEN 'ok'
              ELSE format('got %s, want %s', coalesce(left($1::text, 2000), 'NULL'),
                          coalesce(left($2::text, 2000), 'NULL')) END
$$;

-- How many bytes the extension keeps in this session, from one call to the next.
CREATE FUNCTION kept() RETURNS numeric LANGUAGE sql VOLATILE
  AS $$SELECT sum(total_bytes) FROM pg_backend_memory_contexts WHERE name LIKE 'jsonify %'$$;
\set ECHO all
