-- The table of ratios, in Markdown; what it has is the view report.

CREATE FUNCTION digits(ms float8) RETURNS text LANGUAGE sql
    AS 'SELECT round(ms::numeric, CASE WHEN ms < 10 THEN 3 ELSE 0 END)::text';

\echo
SELECT format('PostgreSQL %s, medians of %s runs in turn, jit = %s, max_parallel_workers_per_gather = %s, '
              'work_mem = %s, shared_buffers = %s', current_setting('server_version'), :runs, current_setting('jit'),
              current_setting('max_parallel_workers_per_gather'), current_setting('work_mem'),
              current_setting('shared_buffers'));
\echo
CREATE VIEW report AS
WITH bench (n, bench, title) AS (
    VALUES (1, 'rows', format('%s rows of six columns', to_char(:flat_rows, 'FM999,999,999'))),
           (2, 'tree', format('%s users, %s posts, %s comments with authors, one array',
                              to_char(:users, 'FM999,999,999'), to_char(:users * 10, 'FM999,999,999'),
                              to_char(:users * 30, 'FM999,999,999'))),
           (3, 'noindex_all', format('200 parents with all of %s children, no index on the key',
                                     to_char(:threads, 'FM999,999,999'))),
           (4, 'noindex_few', format('200 parents with some of %s children, no index on the key',
                                     to_char(:threads, 'FM999,999,999'))),
           (5, 'one', 'one user by key, 10 posts, 30 comments with authors, prepared'),
           (6, 'casts', format('%s rows of four columns, each by a cast in PL/pgSQL',
                               to_char(:flat_rows / 4, 'FM999,999,999'))),
           (7, 'formats_utc', format('%s rows of one timestamptz as utc', to_char(:flat_rows, 'FM999,999,999'))),
           (8, 'formats_epoch_ms', format('%s rows of one timestamptz as epoch_ms', to_char(:flat_rows, 'FM999,999,999'))),
           (9, 'formats_base64', format('%s rows of one bytea as base64', to_char(:flat_rows, 'FM999,999,999'))),
           (10, 'text_rows', format('as text: %s rows of six columns', to_char(:flat_rows, 'FM999,999,999'))),
           (11, 'text_array', format('as text: %s rows of six columns, one array', to_char(:flat_rows, 'FM999,999,999'))),
           (12, 'text_tree', format('as text: %s users, %s posts, %s comments with authors, one array',
                                    to_char(:users, 'FM999,999,999'), to_char(:users * 10, 'FM999,999,999'),
                                    to_char(:users * 30, 'FM999,999,999'))),
           (13, 'text_one', 'as text: one user by key, 10 posts, 30 comments with authors, prepared'),
           (14, 'text_one_simple', 'the same in the simple protocol'),
           (15, 'newest', format('the newest 5 of the posts of %s users, index on key and date',
                                 to_char(:users, 'FM999,999,999'))),
           (16, 'counts', format('counts of three relations for %s users', to_char(:users, 'FM999,999,999'))),
           (17, 'nodes', format('a tree of %s nodes', to_char(:nodes, 'FM999,999,999'))),
           (18, 'in_10', format('10 of %s rows by a list of literals', to_char(:flat_rows, 'FM999,999,999'))),
           (19, 'in_1000', '1,000 of them'),
           (20, 'in_20000', '20,000 of them'),
           (21, 'save_new', format('%s new users with ten posts, each with three comments, saved',
                                   to_char(:documents, 'FM999,999,999'))),
           (22, 'save_same', 'the same saved again, unchanged'),
           (23, 'save_few', 'and with one value in a thousand changed'),
           (24, 'save_one_same', 'one of them by key, unchanged, prepared'),
           (25, 'save_one_field', 'and with one value changed'),
           (26, 'save_one_new', 'and a new one'),
           (27, 'first', format('the first of %s documents, each with an author, prepared',
                                to_char(:users * 30, 'FM999,999,999'))),
           (40, 'count_where', format('those of %s users with more than seven of some comments',
                                      to_char(:users, 'FM999,999,999'))),
           (41, 'groups', format('200 parents, the 20 largest groups of their %s children, no index on the key',
                                 to_char(:threads, 'FM999,999,999'))),
           (42, 'groups_root', format('%s groups of %s rows', to_char(:users, 'FM999,999,999'),
                                      to_char(:users * 30, 'FM999,999,999'))),
           (43, 'page_first', format('page 1 of 20 of %s rows, index on the order, prepared', to_char(:flat_rows + 1000, 'FM999,999,999'))),
           (44, 'page_last', format('page %s of them', to_char(:flat_rows / 20, 'FM999,999,999'))),
           (28, 'clients_python', format('%s users with their %s posts, as the body of a response, in Python',
                                         to_char(:application_users, 'FM999,999,999'),
                                         to_char(:application_users * 10, 'FM999,999,999'))),
           (29, 'clients_node', format('%s users with their %s posts, as the body of a response, in Node',
                                       to_char(:application_users, 'FM999,999,999'),
                                       to_char(:application_users * 10, 'FM999,999,999'))),
           (30, 'clients_ruby', format('%s users with their %s posts, as the body of a response, in Ruby',
                                       to_char(:application_users, 'FM999,999,999'),
                                       to_char(:application_users * 10, 'FM999,999,999'))),
           (31, 'clients_save_same', format('%s users with ten posts, each with three comments, saved unchanged, from Python',
                                            to_char(:documents, 'FM999,999,999'))),
           (32, 'clients_save_new', 'and as new ones')
    UNION ALL
    SELECT DISTINCT 100 + length(bench), bench,
           format('as text: %s children, ten for a parent, one array', to_char(substr(bench, 8)::int, 'FM999,999,999'))
      FROM result
     WHERE bench LIKE 'growth\_%'
), median AS (
    SELECT bench, way, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS ms, min(ms) AS fastest, max(ms) AS slowest,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY kb) AS kb
      FROM result
     WHERE run > 0
     GROUP BY bench, way
)
SELECT m.bench, b.title AS documents, replace(m.way, '_alone', ' alone') AS way, digits(m.ms) AS median_ms,
       digits(m.fastest) AS fastest_ms, digits(m.slowest) AS slowest_ms,
       round((m.ms / j.ms)::numeric, 1) AS times_jsonify, m.kb::bigint AS memory_kb
  FROM bench AS b
  JOIN median AS m USING (bench)
  JOIN median AS j USING (bench)
 WHERE j.way = 'jsonify'
 ORDER BY b.n, m.way = 'scan_alone', m.way <> 'jsonify', m.way;

\echo '| documents | way | median ms | fastest | slowest | times jsonify | memory |'
\echo '|---|---|--:|--:|--:|--:|--:|'
SELECT format('| %s | %s | %s | %s | %s | %s | %s |', CASE WHEN way = 'jsonify' THEN documents END, way, median_ms,
              fastest_ms, slowest_ms, times_jsonify, round(memory_kb / 1024.0) || ' MB')
  FROM report;
