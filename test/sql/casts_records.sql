-- A record of no declared type may turn out to hold one with a cast to a scalar:
-- the cast counts, wherever the record stands.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonify;
CREATE SCHEMA t_casts_records;
SET search_path = t_casts_records, public;
\pset format unaligned
\pset tuples_only on

CREATE TYPE price AS (amount int, currency text);
CREATE FUNCTION price_json(price) RETURNS jsonb LANGUAGE sql AS $$ SELECT to_jsonb($1.amount || ' ' || $1.currency) WHERE $1.amount > 0 $$;
CREATE CAST (price AS jsonb) WITH FUNCTION price_json(price);
CREATE FUNCTION any_price(int) RETURNS record LANGUAGE sql AS $$ SELECT ROW($1, 'EUR')::price $$;
SELECT jsonify(any_price(1)), jsonb_typeof(jsonify(any_price(1)));
SELECT jsonify(any_price(0)), jsonb_typeof(jsonify(any_price(0)));
SELECT jsonify((ARRAY[ROW(2, 'PLN')::price]::record[])[1]);
SELECT jsonify(ARRAY[ROW(2, 'PLN')::price, NULL, ROW(0, 'PLN')::price]), jsonify(ROW(ROW(3, 'USD')::price));
DROP SCHEMA t_casts_records CASCADE;
