-- What is wrong with documents: one error that has all of it, each with its place, as SQLSTATE, DETAIL and HINT say it; the
-- same as jsonify_plan lists, as far as it can be told without writing. Values are never in it.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_save_errors;
SET search_path = t_save_errors, public;
\set saving `echo "$PG_ABS_SRCDIR/saving.sql"`
\i :saving
\pset tuples_only
\pset format unaligned
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TYPE pin_code AS (pin text);
CREATE FUNCTION pin_json(pin_code) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$SELECT '"***"'::jsonb$$;
CREATE CAST (pin_code AS jsonb) WITH FUNCTION pin_json(pin_code);
CREATE TABLE customers (id serial PRIMARY KEY, email text UNIQUE, name text NOT NULL, age positive, born date, pin pin_code, code text UNIQUE);
CREATE TABLE products (sku text PRIMARY KEY, price numeric);
CREATE TABLE orders (id serial PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, placed timestamptz DEFAULT '2020-01-01 00:00+00', total numeric GENERATED ALWAYS AS (1) STORED);
CREATE TABLE lines (order_id int NOT NULL REFERENCES orders, line_no int, qty int NOT NULL CONSTRAINT qty_counts CHECK (qty > 0), product text REFERENCES products,
  PRIMARY KEY (order_id, line_no));
COMMENT ON CONSTRAINT customers_email_key ON customers IS 'this address is taken';
INSERT INTO products VALUES ('a', 1), ('b', 2);
INSERT INTO customers (email, name, age, born, pin) VALUES ('ann@example.org', 'ann', 30, '1990-01-01', '(1234)'), ('bob@example.org', 'bob', 40, NULL, NULL);
INSERT INTO orders (customer_id) VALUES (1), (2);
INSERT INTO lines VALUES (1, 1, 5, 'a'), (1, 2, 6, 'b'), (2, 1, 7, 'a');
\set shape '\'(by: email) { email, name, age, born, pin, orders(write: own) { id, total, placed @once, lines(write: own, by: line_no) { line_no, qty, product(write: link) { sku } } } }\''

-- As it is.
SELECT jsonify_save('customers', '{"email": "ann@example.org", "age": "thirty-secret", "orders": [{"id": 1, "lines": [{"line_no": 1, "qty": "secret"}, {"line_no": 2, "qty": 6.5}]}]}', :shape);
SELECT jsonify_save('customers', '{"email": "cid@example.org", "name": "cid", "orders": [{"lines": [{"line_no": 1, "qty": 0}, {"line_no": 2, "qty": -1}]}]}', :shape);
-- Every kind that can be told without writing, at once.
CREATE TABLE docs AS SELECT '[
  {"email": "ann@example.org", "nam": "x", "age": -5, "born": "tomorrow-secret", "pin": "9999-secret",
   "orders": [{"id": 1, "total": 99, "placed": "2021-01-01T00:00:00Z", "lines": [{"line_no": 1, "qty": "secret"}, {"line_no": 3}, "secret"]}, {"id": 77}]},
  {"email": "bob@example.org", "orders": {"id": 2}},
  {"email": "ann@example.org", "name": "other-secret"},
  {"email": "cid@example.org", "orders": [{"id": 2}, {"lines": [{"line_no": 1, "qty": 1, "product": {"sku": "zz-secret"}}, {"line_no": null, "qty": 1}]}]},
  {"email": 5, "name": "x"},
  "secret",
  {"name": "nobody"}]'::jsonb AS doc;
SELECT save('customers', doc, :shape) FROM docs;
SELECT loc, error ->> 'type', error ->> 'msg' FROM docs, jsonify_plan('customers', doc, :shape) WHERE action = 'error';
-- no value of them all
SELECT set_config('save_errors.shape', :shape, false) <> '' AS set;
DO $$
DECLARE detail text; hint text;
BEGIN
  PERFORM jsonify_save('customers', doc, current_setting('save_errors.shape')) FROM docs;
EXCEPTION WHEN SQLSTATE 'JF422' THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RAISE WARNING '% of % secrets told', (SELECT count(*) FROM regexp_matches(SQLERRM || detail || hint, 'secret', 'g')),
    (SELECT count(*) FROM docs, regexp_matches(doc::text, 'secret', 'g'));
END $$;
-- How many are listed.
SELECT jsonify_save('customers', (SELECT jsonb_agg(jsonb_build_object('email', 'm' || i, 'name', NULL, 'x', i)) FROM generate_series(1, 250) i), :shape, options => '{"max_errors": 2}');
SELECT count(*) FROM save('customers', (SELECT jsonb_agg(jsonb_build_object('email', 'm' || i, 'name', NULL, 'x', i)) FROM generate_series(1, 250) i), :shape);

-- SQLSTATE: JF404 and JF409 where that is all, else JF422.
\set shape '\'{ id, name, version: @etag }\''
SELECT save('customers', '[{"id": 98, "name": "x"}, {"id": 99}]', :shape);
SELECT save('customers', '[{"id": 98, "name": "x"}, {"id": 1, "name": 5}]', :shape);
SELECT jsonify(c, :shape) ->> 'version' AS version FROM customers c WHERE id = 1 \gset
UPDATE customers SET name = 'ann2' WHERE id = 1;
SELECT save('customers', jsonb_build_object('id', 1, 'name', 'ann3', 'version', :'version'), :shape);
SELECT save('customers', jsonb_build_array(jsonb_build_object('id', 1, 'name', 'ann3', 'version', :'version'), '{"id": 99}'::jsonb), :shape);
SELECT save('customers', jsonb_build_object('id', 1, 'name', 'ann3', 'version', left(:'version', 20)), :shape);
SELECT save('customers', '[{"id": 99}]', :shape, call => 'jsonify_delete');
SELECT save('customers', jsonb_build_object('id', 1, 'version', :'version'), :shape, call => 'jsonify_delete');
SELECT save('customers', '{"email": "x@example.org"}', '(by: email) { email, name }', '{"mode": "update"}');
-- missing and moved
SELECT save('customers', '[{"id": 1, "orders": []}, {"id": 2, "orders": [{"id": 1}, {"id": 2}]}]', '{ id, orders(write: own) { id } }');
SELECT save('customers', '[{"id": 2, "orders": [{"id": 1}, {"id": 2}]}]', '{ id, orders(write: own) { id } }');
SELECT save('customers', '[{"id": 1, "orders": [{"id": 1, "lines": [{"line_no": 1}]}]}]', '{ id, orders(write: own) { id, lines(write: own, by: line_no) { line_no } } }');

-- What a constraint says is told together, too; and jsonify_plan cannot know it.
\set shape '\'{ id, email, name, code, orders(write: own, missing: delete) { id, lines(write: own, missing: delete) { line_no, qty } } }\''
CREATE TABLE wrong AS SELECT '[
  {"email": "ann@example.org", "name": "x"}, {"email": "new@example.org", "name": null}, {"id": 2, "email": "ann@example.org", "orders": [{"lines": [{"line_no": 1, "qty": 0}]}]},
  {"email": "ok@example.org", "name": "ok", "orders": [{"lines": [{"line_no": 1, "qty": 1}, {"line_no": 2, "qty": 0}]}]}]'::jsonb AS doc;
SELECT save('customers', doc, :shape) FROM wrong;
SELECT count(*) FILTER (WHERE action = 'error'), count(*) FROM wrong, jsonify_plan('customers', doc, :shape);
-- Nothing of all this was written.
SELECT id, email, name FROM customers ORDER BY id;
SELECT order_id, line_no, qty FROM lines ORDER BY 1, 2;
-- Null documents and empty ones.
SELECT jsonify_save('customers', NULL, :shape) IS NULL, jsonify_save(NULL, '{}', :shape) IS NULL, jsonify_save('customers', '[]', :shape), jsonify_delete('customers', '[]', :shape);
SELECT save('customers', '{}', :shape);
SELECT save('customers', '[[]]', :shape);
SELECT save('customers', 'null', :shape);
-- What a type's input raises, be it of whatever class, is one of the errors, and so is what the author of a cast raises: each in its
-- place, and without the value. Not so a missing privilege, nor what is wrong within a cast.
CREATE TYPE rgb AS (r int, g int, b int);
CREATE FUNCTION rgb_from(jsonb) RETURNS rgb LANGUAGE plpgsql AS $$
BEGIN
  IF $1 = '"bug"' THEN PERFORM 1 FROM there_is_no_such_table; END IF;
  RAISE 'not a color: "%"', $1;
END $$;
CREATE FUNCTION rgb_to(rgb) RETURNS jsonb IMMUTABLE LANGUAGE sql AS $$ SELECT '"black"'::jsonb $$;
CREATE CAST (rgb AS jsonb) WITH FUNCTION rgb_to(rgb);
CREATE CAST (jsonb AS rgb) WITH FUNCTION rgb_from(jsonb);
CREATE TABLE inputs (id int PRIMARY KEY, class regclass, role regrole, query tsquery, bits bit(3), small real, classes regclass[], rgb rgb);
INSERT INTO inputs VALUES (1);
SELECT save('inputs', '{"id": 1, "class": "secret", "role": "secret", "query": "secret &", "bits": "1s1", "small": 1e99,
                        "classes": ["pg_class", "secret"], "rgb": "secret"}', '{ * }');
SELECT loc, error ->> 'type', error ->> 'sqlstate' FROM jsonify_plan('inputs', '[{"id": 1, "class": "secret"}, {"id": 2, "rgb": "secret"}]', '{ * }');
SELECT save('inputs', '{"id": 1, "class": "secret", "rgb": "bug"}', '{ id, rgb, class }');
-- A limit of a type is one of its errors as well; one of an index is itself, with the path.
CREATE TABLE limits (id int PRIMARY KEY, words tsvector, line text);
CREATE INDEX ON limits (line);
SELECT split_part(save, ':', 1)
  FROM save('limits', jsonb_build_array('{"id": 1, "words": "short"}'::jsonb, jsonb_build_object('id', 2, 'words', repeat('long', 1000))), '{ id, words }');
SELECT loc, error ->> 'type', error ->> 'sqlstate' FROM jsonify_plan('limits', jsonb_build_object('id', 2, 'words', repeat('long', 1000)), '{ id, words }');
CREATE FUNCTION path_of(doc jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  context text;
BEGIN
  PERFORM jsonify_save('limits', doc, '{ id, line }');
  RETURN NULL;
EXCEPTION WHEN program_limit_exceeded THEN
  GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT;
  RETURN SQLSTATE || ' ' || substring(context FROM '[^\n]* of the document');
END $$;
SELECT path_of((SELECT jsonb_agg(jsonb_build_object('id', i, 'line', (SELECT string_agg(md5(n::text), '') FROM generate_series(1, i * 400 - 399) n)))
                FROM generate_series(1, 2) i));
CREATE TABLE by_class (class regclass PRIMARY KEY, n int);
CREATE TABLE of_class (id int PRIMARY KEY, class regclass REFERENCES by_class, n int);
INSERT INTO by_class VALUES ('pg_class', 1);
SELECT save('by_class', '{"class": "pg_class", "of_class": {"1": {"n": 1}, "x": null}}', '{ class, of_class(write: own, key: id, missing: keep) { n } }');
SELECT save('by_class', '[{"class": "secret"}, {"class": "pg_class"}, {"class": "pg_type", "n": "x"}]', '{ class, n }');
-- The value is left out in whatever quotation marks the message has it, for PostgreSQL's messages may be in another language.
CREATE FUNCTION quote_it() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE '%', format((ARRAY['ungueltiger Wert: »%s«', 'valeur invalide : « %s »', '„%s“ is no value', 'no "%s" here', 'plain'])[NEW.n], 'secret') USING ERRCODE = '22023';
END $$;
CREATE TRIGGER quote_it BEFORE INSERT ON by_class FOR EACH ROW EXECUTE FUNCTION quote_it();
SELECT save('by_class', '[{"class": "pg_type", "n": 1}, {"class": "pg_proc", "n": 2}, {"class": "pg_cast", "n": 3}, {"class": "pg_am", "n": 4},
                          {"class": "pg_attribute", "n": 5}]', '{ class, n }');
-- What is below a row of which it cannot be told which one it is: its keys may be wrong as well.
SELECT save('customers', '[{"id": "x", "orders": [{"id": "y", "lines": [{"line_no": "z", "qty": "q"}]}]}, {"id": 99, "orders": [{"id": "y"}]}]',
            '{ id, orders(write: own) { id, lines(write: own) { line_no, qty } } }');
SELECT save('orders', '[{"id": 99, "lines": [{"line_no": 1, "product": {"sku": 5}}]}]', '{ id, lines(write: own) { line_no, product(write: link) { sku } } }');
-- What to do about rows that are left out, belong elsewhere, or are gone.
SELECT jsonify_save('customers', '{"id": 1, "orders": [{"id": 2}]}', '{ id, orders(write: own, missing: keep) { id } }');
SELECT jsonify_save('orders', '{"id": 1, "lines": []}', '{ id, lines(write: own) { line_no } }');
SELECT jsonify_save('orders', '{"id": 1000, "lines": []}', '{ id, lines(write: own) { line_no } }');
SELECT jsonify_save('orders', '{"id": 1000, "lines": []}', '{ id, lines(write: own) { line_no } }', options => '{"mode": "update"}');
-- What a shape only shows is written where it says so.
SELECT jsonify_save('customers', '{"id": 1, "orders": [{"id": 2}], "count": 3}', '{ id, orders { id }, count(orders) }');
SELECT jsonify_save('customers', '{"name": "dan", "my orders": [{"id": 2}]}', '{ id, name, "my orders": orders { id } }');
SELECT jsonify_save('orders', '{"id": 1, "customer": {"id": 1, "orders": [{"id": 9}]}, "ids": [3]}', '{ id, customer(write: link) { id, orders { id } }, ids: lines.line_no }');
-- A document is not taken out by "@delete".
SELECT jsonify_save('products', '{"sku": "a", "gone": true}', '{ sku, gone: @delete }');
SELECT jsonify_save('products', '{"sku": "a", "gone": true}', '{ sku, gone: @delete }', options => '{"unknown": "ignore"}');

DROP SCHEMA t_save_errors CASCADE;
-- Where bytes are of no encoding, a message is told without what it quotes all the same.
CREATE DATABASE regress_jsonify_bytes ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
\set db :DBNAME
\c regress_jsonify_bytes
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION jsonify;
CREATE TABLE numbers (id int PRIMARY KEY, n int, at date);
SELECT jsonify_save('numbers', ('{"id": 1, "n": "' || convert_from('\xfffe', 'SQL_ASCII') || '", "at": "' || convert_from('\xc3', 'SQL_ASCII') || '"}')::jsonb);
\c :db
DROP DATABASE regress_jsonify_bytes;
