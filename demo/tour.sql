-- The documents a newcomer wants to see, on the database of blog.sql.
-- script/demo prints each query above its result.

\echo
\echo '-- Related rows, by the foreign keys alone: posts of a user, comments of a post, the author of a comment.'
SELECT jsonb_pretty(jsonify(u, '{ id, username, posts { title, comments { body, author { username } } } }'))
  FROM users u
 WHERE u.username = 'ada';

\echo
\echo '-- A row: every column, as to_jsonb would have it.'
SELECT jsonb_pretty(jsonify(p)) FROM posts p WHERE p.id = 3;

\echo
\echo '-- Every column but one.'
SELECT jsonify(u, '{ * -password }') FROM users u WHERE u.username = 'ada';

\echo
\echo '-- Keys of your own.'
SELECT jsonify(p, '{ id, headline: title, by: author { name: display_name } }') FROM posts p WHERE p.id = 3;

\echo
\echo '-- Nothing related: [] where there could be many, null where there could be one.'
SELECT jsonify(u, '{ username, posts { title }, profile { bio } }') FROM users u WHERE u.username = 'carla';

\echo
\echo '-- Many-to-many: tags, through the junction table post_tags.'
SELECT jsonify(p, '{ title, tags { name } }') FROM posts p WHERE p.id = 1;

\echo
\echo '-- Two keys lead from messages to users; via says which.'
SELECT jsonb_pretty(jsonify(u, '{ username, sent: messages(via: sender_id) { body, recipient { username } } }'))
  FROM users u
 WHERE u.username = 'ada';

\echo
\echo '-- A table that references itself, upwards ...'
SELECT jsonify(c, '{ name, parent { name, parent { name, parent { name, parent { name } } } } }')
  FROM categories c
 WHERE c.name = 'Performance';

\echo
\echo '-- ... and downwards.'
SELECT jsonb_pretty(jsonify(c, '{ name, categories { name, categories { name } } }'))
  FROM categories c
 WHERE c.name = 'Life';

\echo
\echo '-- Composite values, arrays and jsonb are JSON at every depth.'
SELECT jsonify(u, '{ username, address, interests, settings }') FROM users u WHERE u.username = 'ben';

\echo
\echo '-- Any row will do, a table it need not be.'
SELECT jsonify(s)
  FROM (SELECT u.username, count(*) AS posts, max(p.date) AS latest
          FROM users u JOIN posts p ON p.author_id = u.id
         GROUP BY u.id
         ORDER BY posts DESC, u.id
         LIMIT 1) s;

\echo
\echo '-- Times for a browser, a number for a program; keys as JavaScript likes them.'
SELECT jsonify(u, '{ username, created_at @utc, seen: last_login @epoch_ms }', options => '{"keys": "camel"}')
  FROM users u
 WHERE u.username = 'ada';

\echo
\echo '-- Filtered, ordered, limited and counted where they belong: for each user.'
SELECT jsonb_pretty(jsonify(u, '{
           username
           posts(where: published and tags_count > 0, order: views desc, limit: 2) { title, views, tags: tags.name }
           count(posts)
           commenters: posts.comments.author.username
       }'))
  FROM users u
 WHERE u.username = 'ada';

\echo
\echo '-- A tree, as deep as it goes.'
SELECT jsonify(c, '{ name, categories(recurse: 10) }') FROM categories c WHERE c.name = 'Life';

\echo
\echo '-- A page: nothing is cut silently.'
SELECT jsonify(t, '{ name, posts(order: date desc, page: 2) { title } }') FROM tags t WHERE t.name = 'bread';

\echo
\echo '-- Straight from the table, with a value from the client.'
SELECT jsonify_find('posts', '(where: author.username = $name and exists(comments), order: date) { title, author.display_name }',
                    '{"name": "ada"}');

\echo
\echo '-- The shape that a user has wherever none is given.'
SELECT jsonify_define('users', 'default', '{ id, username, initials }');
SELECT jsonify(p, '{ title, author }') FROM posts p WHERE p.id = 1;

\echo
\echo '-- What leads on from posts, and how to write it.'
SELECT name, kind, target, spelling FROM jsonify_relationships('posts');

\echo
\echo '-- Many rows to one array, in the order you say.'
SELECT jsonb_pretty(jsonify_agg(p, '{ title, author { username } }' ORDER BY p.views DESC))
  FROM posts p
 WHERE p.date >= '2024-05-01';

\echo
\echo '-- No rows, an empty array.'
SELECT jsonify_agg(p) FROM posts p WHERE p.views < 0;

\echo
\echo '-- And back: a user with posts, from one document. Keys and defaults are in the answer.'
\set shape '{ id, username, email, password @once, first_name, last_name, created_at @utc @once, version: @etag, posts(write: own, missing: delete) { id, title, body, date } }'
SELECT jsonify_save('users', '{"username": "eve", "email": "eve@example.org", "password": "x", "first_name": "Eve", "last_name": "Moss",
                    "created_at": "2024-07-01T08:00:00Z", "posts": [{"title": "First", "body": "...", "date": "2024-07-02"},
                                                                    {"title": "Second", "body": "...", "date": "2024-07-03"}]}', :'shape') AS document \gset
SELECT jsonb_pretty(:'document');

\echo
\echo '-- A title changed, a post taken out, one put in: what would that do? Then it is done.'
SELECT jsonb_set(:'document' #- '{posts,1}', '{posts,0,title}', '"First!"') || '{"email": "eve@example.com"}' AS changed \gset
SELECT action, relation, loc, key, old, new FROM jsonify_plan('users', :'changed', :'shape');
SELECT jsonify_save('users', :'changed', :'shape') -> 'posts' AS posts;

\set ON_ERROR_STOP off
\set SHOW_CONTEXT never

\echo
\echo '-- Saved from the old copy: somebody else was faster.'
SELECT jsonify_save('users', :'document', :'shape');

\echo
\echo '-- All that is wrong, at once, each with its path.'
SELECT jsonify_save('users', '{"username": "ada", "created_at": "yesterday", "nick": "a", "posts": [{"title": 5}]}', :'shape');

\echo
\echo '-- A mistake, and what to write instead.'
SELECT jsonify(u, '{ usernme }') FROM users u;

\echo
\echo '-- A column taken out that is not there: a renamed secret does not reappear.'
SELECT jsonify(u, '{ * -pasword }') FROM users u;

\echo
\echo '-- A relationship that could be either of two.'
SELECT jsonify(u, '{ username, messages { body } }') FROM users u;
