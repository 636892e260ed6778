\set ECHO none
-- What tests of jsonify_save() share, read as helpers.sql is.

-- What jsonify_save(), or jsonify_delete(), gives; or a line for each thing that is wrong with
-- the documents: SQLSTATE, place, type, message. Of any other error where its context puts it.
CREATE FUNCTION save(relation regclass, document jsonb, shape text DEFAULT NULL,
                     options jsonb DEFAULT NULL, params jsonb DEFAULT NULL, call text DEFAULT 'jsonify_save')
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  given text;
  message text;
  detail text;
  context text;
BEGIN
  EXECUTE format('SELECT %s($1, $2, $3, $4, $5)', call) INTO given USING relation, document, shape, params, options;
  RETURN NEXT given;
EXCEPTION WHEN others THEN
  GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, context = PG_EXCEPTION_CONTEXT;
  IF SQLSTATE LIKE 'JF%' THEN
    RETURN QUERY SELECT format('%s %s %s%s: %s%s', SQLSTATE, e -> 'loc', e ->> 'type', ' ' || (e ->> 'sqlstate'),
                               e ->> 'msg', ' [' || (e ->> 'constraint') || ']')
      FROM jsonb_array_elements(detail::jsonb) e;
  ELSE
    RETURN NEXT format('%s %s: %s', SQLSTATE, substring(context from '([^\n]*) of the document'), message);
  END IF;
END
$$;
\set ECHO all
