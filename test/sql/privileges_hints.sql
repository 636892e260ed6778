-- Hints tell of nothing that the role may not read, and a key in a table that it
-- may not read takes no name away.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_privileges_hints;
SET search_path = t_privileges_hints, public;
\pset format unaligned
\pset tuples_only on

CREATE ROLE regress_jsonify_hints;
CREATE TABLE people (id int PRIMARY KEY, name text, pin text);
CREATE TABLE salaries (id int PRIMARY KEY, person_id int REFERENCES people);
CREATE TABLE papers (id int PRIMARY KEY, person_id int REFERENCES people);
CREATE TABLE reviews (person_id int REFERENCES people, paper_id int REFERENCES papers, PRIMARY KEY (person_id, paper_id));
INSERT INTO people VALUES (1, 'eve', '0000');
INSERT INTO papers VALUES (1, 1);
GRANT USAGE ON SCHEMA t_privileges_hints TO regress_jsonify_hints;
GRANT SELECT (id, name) ON people TO regress_jsonify_hints;
GRANT SELECT ON papers TO regress_jsonify_hints;
SELECT jsonify(p, '{ id people { name } }') FROM papers p;
SET ROLE regress_jsonify_hints;
SELECT jsonify(p, '{ people { papers { id } nothing } }') FROM papers p;
SELECT jsonify(p, '{ people { salary } }') FROM papers p;
SELECT jsonify(p, '{ people { salaries } }') FROM papers p;
SELECT jsonify(p, '{ id people { name papers { id } } }') FROM papers p;
SELECT jsonify(ROW(1, 'a', 'b')::people, '{ nothing_like_it }');

-- Below the root the column that a to-one key stands in must be readable too.
RESET ROLE;
CREATE TABLE drafts (id int PRIMARY KEY, paper_id int REFERENCES papers);
INSERT INTO drafts VALUES (1, 1);
REVOKE SELECT ON papers FROM regress_jsonify_hints;
GRANT SELECT (id) ON papers TO regress_jsonify_hints;
GRANT SELECT ON drafts TO regress_jsonify_hints;
SET ROLE regress_jsonify_hints;
SELECT jsonify(d, '{ id paper { id } }') FROM drafts d;
SELECT jsonify(d, '{ id paper { id person { name } } }') FROM drafts d;
SELECT jsonify(d, '{ id paper { nothing_like_it } }') FROM drafts d;
RESET ROLE;
DROP SCHEMA t_privileges_hints CASCADE;
DROP ROLE regress_jsonify_hints;
