-- complain if script is sourced in psql, rather than via ALTER EXTENSION
\echo Use "ALTER EXTENSION jsonify UPDATE" to load this file. \quit

-- Named shapes were rows of the table jsonify_shapes.
-- A named shape is a trigger of its table that never fires:
--     CREATE TRIGGER jsonify_card BEFORE DELETE ON users FOR EACH STATEMENT
--     WHEN (false) EXECUTE FUNCTION jsonify_shape('card', '{ id }')
CREATE FUNCTION jsonify_shape() RETURNS trigger
AS 'MODULE_PATHNAME', 'jsonify_shape'
LANGUAGE C VOLATILE PARALLEL SAFE;

COMMENT ON FUNCTION jsonify_shape() IS
'holds a named shape, as the arguments of a trigger that never fires: jsonify_shape(name, shape)';

-- Each becomes a trigger; those of tables that are gone do not. An error, as for a
-- system catalog, which can have no trigger, leaves all as it was: undefine that shape.
-- Whoever still defines a shape there waits, and fails.
LOCK TABLE jsonify_shapes IN ACCESS EXCLUSIVE MODE;
DO $$
DECLARE
    stored record;
    trigger_name text;
BEGIN
    FOR stored IN
        SELECT c.oid, n.nspname, c.relname, s.name, s.shape
        FROM jsonify_shapes s
        JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) s.relation::pg_catalog.oid
        JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
    LOOP
        trigger_name := pg_catalog.concat('jsonify_', stored.name);
        IF pg_catalog.octet_length(trigger_name) OPERATOR(pg_catalog.>) 63 OR EXISTS (
            SELECT FROM pg_catalog.pg_trigger t
            WHERE t.tgrelid OPERATOR(pg_catalog.=) stored.oid
              AND t.tgname OPERATOR(pg_catalog.=) trigger_name::pg_catalog.name) THEN
            trigger_name := pg_catalog.concat('jsonify_', pg_catalog.md5(stored.name));
        END IF;
        EXECUTE pg_catalog.format(
            'CREATE TRIGGER %I BEFORE DELETE ON %I.%I FOR EACH STATEMENT '
            'WHEN (false) EXECUTE FUNCTION jsonify_shape(%L, %L)',
            trigger_name, stored.nspname, stored.relname, stored.name, stored.shape);
    END LOOP;
END
$$;

DROP EVENT TRIGGER jsonify_relation_dropped;
DROP FUNCTION jsonify_relation_dropped();
-- else its rows would go on to be what pg_dump looks for
ALTER EXTENSION jsonify DROP TABLE jsonify_shapes;
DROP TABLE jsonify_shapes;
DROP FUNCTION jsonify_shapes_changed();

CREATE FUNCTION jsonify_shapes(OUT relation regclass, OUT name text, OUT shape text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'jsonify_shapes'
LANGUAGE C STABLE PARALLEL SAFE COST 1000 ROWS 100;

COMMENT ON FUNCTION jsonify_shapes() IS
'the named shapes of all tables and views';

CREATE FUNCTION jsonify_shapes(relation regclass,
    OUT relation regclass, OUT name text, OUT shape text) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'jsonify_shapes'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100 ROWS 10;

COMMENT ON FUNCTION jsonify_shapes(regclass) IS
'the named shapes of a table or view';

CREATE FUNCTION jsonify_save(relation regclass, document jsonb, shape text DEFAULT NULL,
                             params jsonb DEFAULT NULL, options jsonb DEFAULT NULL) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonify_save'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000;

COMMENT ON FUNCTION jsonify_save(regclass, jsonb, text, jsonb, jsonb) IS
'writes a document, or an array of documents, back into the rows that a shape reads them from';

CREATE FUNCTION jsonify_delete(relation regclass, document jsonb, shape text DEFAULT NULL,
                               params jsonb DEFAULT NULL, options jsonb DEFAULT NULL) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonify_delete'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000;

COMMENT ON FUNCTION jsonify_delete(regclass, jsonb, text, jsonb, jsonb) IS
'deletes the rows of a document, or of an array of documents, and those that they own';

CREATE FUNCTION jsonify_plan(relation regclass, document jsonb, shape text DEFAULT NULL,
                             params jsonb DEFAULT NULL, options jsonb DEFAULT NULL,
                             OUT action text, OUT relation regclass, OUT loc jsonb, OUT key jsonb,
                             OUT old jsonb, OUT new jsonb, OUT error jsonb)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'jsonify_plan'
LANGUAGE C STABLE PARALLEL UNSAFE COST 1000 ROWS 10;

COMMENT ON FUNCTION jsonify_plan(regclass, jsonb, text, jsonb, jsonb) IS
'what jsonify_save() would do with a document, and all that is wrong with it';

CREATE FUNCTION jsonify_schema(relation regclass, shape text DEFAULT NULL, params jsonb DEFAULT NULL,
                               options jsonb DEFAULT NULL)
RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonify_schema'
LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000;
COMMENT ON FUNCTION jsonify_schema(regclass, text, jsonb, jsonb) IS
'the JSON Schema of what jsonify_find() gives, or with the option "for" of what jsonify_save() takes';

-- Elements of json, as those of jsonb.
CREATE FUNCTION as_string(element json) RETURNS text
AS 'MODULE_PATHNAME', 'jsonify_json_as_string'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION as_string(json) IS
'an element of a document as text; NULL of JSON null';

CREATE FUNCTION as_integer(element json) RETURNS integer
AS 'MODULE_PATHNAME', 'jsonify_json_as_integer'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION as_integer(json) IS
'an element of a document as integer; NULL of JSON null';

CREATE FUNCTION as_bigint(element json) RETURNS bigint
AS 'MODULE_PATHNAME', 'jsonify_json_as_bigint'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION as_bigint(json) IS
'an element of a document as bigint; NULL of JSON null';

CREATE FUNCTION as_float(element json) RETURNS double precision
AS 'MODULE_PATHNAME', 'jsonify_json_as_float'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION as_float(json) IS
'an element of a document as double precision; NULL of JSON null';

CREATE FUNCTION as_boolean(element json) RETURNS boolean
AS 'MODULE_PATHNAME', 'jsonify_json_as_boolean'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION as_boolean(json) IS
'an element of a document as boolean; NULL of JSON null';

CREATE FUNCTION as_numeric(element json) RETURNS numeric
AS 'MODULE_PATHNAME', 'jsonify_json_as_numeric'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION as_numeric(json) IS
'an element of a document as numeric; NULL of JSON null';

CREATE FUNCTION jsonify_support(internal) RETURNS internal
AS 'MODULE_PATHNAME', 'jsonify_support'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION jsonify_support(internal) IS
'planner support function of jsonify, jsonify_text, and the aggregates';

ALTER FUNCTION jsonify(anyelement, text, jsonb, jsonb) SUPPORT jsonify_support;
ALTER FUNCTION jsonify_text(anyelement, text, jsonb, jsonb) SUPPORT jsonify_support;
ALTER FUNCTION jsonify_agg_transfn(internal, anyelement) SUPPORT jsonify_support;
ALTER FUNCTION jsonify_agg_transfn(internal, anyelement, text) SUPPORT jsonify_support;
ALTER FUNCTION jsonify_agg_transfn(internal, anyelement, text, jsonb) SUPPORT jsonify_support;
ALTER FUNCTION jsonify_agg_transfn(internal, anyelement, text, jsonb, jsonb) SUPPORT jsonify_support;
