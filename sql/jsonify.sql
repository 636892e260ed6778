-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION jsonify" to load this file. \quit

CREATE FUNCTION jsonify_support(internal) RETURNS internal
AS 'MODULE_PATHNAME', 'jsonify_support'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION jsonify_support(internal) IS
'planner support function of jsonify, jsonify_text, and the aggregates';

-- Safe in parallel workers, though they cannot read temporary tables: no foreign
-- key leads from a permanent table to a temporary one.
CREATE FUNCTION jsonify(value anyelement, shape text DEFAULT NULL, params jsonb DEFAULT NULL,
                        options jsonb DEFAULT NULL) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonify_value'
LANGUAGE C STABLE PARALLEL SAFE COST 10 SUPPORT jsonify_support;

COMMENT ON FUNCTION jsonify(anyelement, text, jsonb, jsonb) IS
'a value of any type as jsonb; a record, or an array of records, in a shape, with the rows related to it';

CREATE FUNCTION jsonify_text(value anyelement, shape text DEFAULT NULL, params jsonb DEFAULT NULL,
                             options jsonb DEFAULT NULL) RETURNS json
AS 'MODULE_PATHNAME', 'jsonify_text_value'
LANGUAGE C STABLE PARALLEL SAFE COST 10 SUPPORT jsonify_support;

COMMENT ON FUNCTION jsonify_text(anyelement, text, jsonb, jsonb) IS
'a value of any type as JSON text; a record, or an array of records, in a shape, with the rows related to it';

CREATE FUNCTION jsonify_agg_transfn(state internal, value anyelement) RETURNS internal
AS 'MODULE_PATHNAME', 'jsonify_agg_value_transfn'
LANGUAGE C STABLE PARALLEL SAFE SUPPORT jsonify_support;

COMMENT ON FUNCTION jsonify_agg_transfn(internal, anyelement) IS
'transition function of jsonify_agg(anyelement) and jsonify_text_agg(anyelement)';

CREATE FUNCTION jsonify_agg_transfn(state internal, value anyelement, shape text)
RETURNS internal
AS 'MODULE_PATHNAME', 'jsonify_agg_shape_transfn'
LANGUAGE C STABLE PARALLEL SAFE SUPPORT jsonify_support;

COMMENT ON FUNCTION jsonify_agg_transfn(internal, anyelement, text) IS
'transition function of jsonify_agg(anyelement, text) and jsonify_text_agg(anyelement, text)';

CREATE FUNCTION jsonify_agg_transfn(state internal, value anyelement, shape text, params jsonb)
RETURNS internal
AS 'MODULE_PATHNAME', 'jsonify_agg_shape_transfn'
LANGUAGE C STABLE PARALLEL SAFE SUPPORT jsonify_support;

COMMENT ON FUNCTION jsonify_agg_transfn(internal, anyelement, text, jsonb) IS
'transition function of jsonify_agg(anyelement, text, jsonb) and jsonify_text_agg(anyelement, text, jsonb)';

CREATE FUNCTION jsonify_agg_transfn(state internal, value anyelement, shape text, params jsonb, options jsonb)
RETURNS internal
AS 'MODULE_PATHNAME', 'jsonify_agg_shape_transfn'
LANGUAGE C STABLE PARALLEL SAFE SUPPORT jsonify_support;

COMMENT ON FUNCTION jsonify_agg_transfn(internal, anyelement, text, jsonb, jsonb) IS
'transition function of jsonify_agg(anyelement, text, jsonb, jsonb) and jsonify_text_agg(anyelement, text, jsonb, jsonb)';

CREATE FUNCTION jsonify_agg_finalfn(state internal) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonify_agg_finalfn'
LANGUAGE C STABLE PARALLEL SAFE COST 1000;

COMMENT ON FUNCTION jsonify_agg_finalfn(internal) IS
'final function of jsonify_agg';

CREATE AGGREGATE jsonify_agg(value anyelement) (
    SFUNC = jsonify_agg_transfn,
    STYPE = internal,
    FINALFUNC = jsonify_agg_finalfn,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);

COMMENT ON AGGREGATE jsonify_agg(anyelement) IS
'values of any type, aggregated into a jsonb array';

CREATE AGGREGATE jsonify_agg(value anyelement, shape text) (
    SFUNC = jsonify_agg_transfn,
    STYPE = internal,
    FINALFUNC = jsonify_agg_finalfn,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);

COMMENT ON AGGREGATE jsonify_agg(anyelement, text) IS
'records and the rows related to them, in the given shape, aggregated into a jsonb array';

CREATE AGGREGATE jsonify_agg(value anyelement, shape text, params jsonb) (
    SFUNC = jsonify_agg_transfn,
    STYPE = internal,
    FINALFUNC = jsonify_agg_finalfn,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);

COMMENT ON AGGREGATE jsonify_agg(anyelement, text, jsonb) IS
'records and the rows related to them, in the given shape, aggregated into a jsonb array';

CREATE AGGREGATE jsonify_agg(value anyelement, shape text, params jsonb, options jsonb) (
    SFUNC = jsonify_agg_transfn,
    STYPE = internal,
    FINALFUNC = jsonify_agg_finalfn,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);

COMMENT ON AGGREGATE jsonify_agg(anyelement, text, jsonb, jsonb) IS
'records and the rows related to them, in the given shape, aggregated into a jsonb array';

CREATE FUNCTION jsonify_text_agg_finalfn(state internal) RETURNS json
AS 'MODULE_PATHNAME', 'jsonify_text_agg_finalfn'
LANGUAGE C STABLE PARALLEL SAFE COST 1000;

COMMENT ON FUNCTION jsonify_text_agg_finalfn(internal) IS
'final function of jsonify_text_agg';

CREATE AGGREGATE jsonify_text_agg(value anyelement) (
    SFUNC = jsonify_agg_transfn,
    STYPE = internal,
    FINALFUNC = jsonify_text_agg_finalfn,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);

COMMENT ON AGGREGATE jsonify_text_agg(anyelement) IS
'values of any type, aggregated into an array of JSON text';

CREATE AGGREGATE jsonify_text_agg(value anyelement, shape text) (
    SFUNC = jsonify_agg_transfn,
    STYPE = internal,
    FINALFUNC = jsonify_text_agg_finalfn,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);

COMMENT ON AGGREGATE jsonify_text_agg(anyelement, text) IS
'records and the rows related to them, in the given shape, aggregated into an array of JSON text';

CREATE AGGREGATE jsonify_text_agg(value anyelement, shape text, params jsonb) (
    SFUNC = jsonify_agg_transfn,
    STYPE = internal,
    FINALFUNC = jsonify_text_agg_finalfn,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);

COMMENT ON AGGREGATE jsonify_text_agg(anyelement, text, jsonb) IS
'records and the rows related to them, in the given shape, aggregated into an array of JSON text';

CREATE AGGREGATE jsonify_text_agg(value anyelement, shape text, params jsonb, options jsonb) (
    SFUNC = jsonify_agg_transfn,
    STYPE = internal,
    FINALFUNC = jsonify_text_agg_finalfn,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);

COMMENT ON AGGREGATE jsonify_text_agg(anyelement, text, jsonb, jsonb) IS
'records and the rows related to them, in the given shape, aggregated into an array of JSON text';

-- What an element of a document is in SQL.
CREATE FUNCTION as_string(element jsonb) RETURNS text
AS 'MODULE_PATHNAME', 'jsonify_as_string'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION as_string(jsonb) IS
'an element of a document as text; NULL of JSON null';

CREATE FUNCTION as_integer(element jsonb) RETURNS integer
AS 'MODULE_PATHNAME', 'jsonify_as_integer'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION as_integer(jsonb) IS
'an element of a document as integer; NULL of JSON null';

CREATE FUNCTION as_bigint(element jsonb) RETURNS bigint
AS 'MODULE_PATHNAME', 'jsonify_as_bigint'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION as_bigint(jsonb) IS
'an element of a document as bigint; NULL of JSON null';

CREATE FUNCTION as_float(element jsonb) RETURNS double precision
AS 'MODULE_PATHNAME', 'jsonify_as_float'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION as_float(jsonb) IS
'an element of a document as double precision; NULL of JSON null';

CREATE FUNCTION as_boolean(element jsonb) RETURNS boolean
AS 'MODULE_PATHNAME', 'jsonify_as_boolean'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION as_boolean(jsonb) IS
'an element of a document as boolean; NULL of JSON null';

CREATE FUNCTION as_numeric(element jsonb) RETURNS numeric
AS 'MODULE_PATHNAME', 'jsonify_as_numeric'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION as_numeric(jsonb) IS
'an element of a document as numeric; NULL of JSON null';

-- The same of json.
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

-- Not in parallel workers: the relation that is named may be a temporary table.
CREATE FUNCTION jsonify_find(relation regclass, shape text DEFAULT NULL, params jsonb DEFAULT NULL,
                             options jsonb DEFAULT NULL) RETURNS SETOF jsonb
AS 'MODULE_PATHNAME', 'jsonify_find'
LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000 ROWS 1000;

COMMENT ON FUNCTION jsonify_find(regclass, text, jsonb, jsonb) IS
'the rows of a table or view, and the rows related to them, each as jsonb in the given shape';

CREATE FUNCTION jsonify_find_text(relation regclass, shape text DEFAULT NULL, params jsonb DEFAULT NULL,
                                  options jsonb DEFAULT NULL) RETURNS SETOF json
AS 'MODULE_PATHNAME', 'jsonify_find_text'
LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000 ROWS 1000;

COMMENT ON FUNCTION jsonify_find_text(regclass, text, jsonb, jsonb) IS
'the rows of a table or view, and the rows related to them, each as JSON text in the given shape';

-- A named shape is a trigger of its table that never fires:
--     CREATE TRIGGER jsonify_card BEFORE DELETE ON users FOR EACH STATEMENT
--     WHEN (false) EXECUTE FUNCTION jsonify_shape('card', '{ id }')
CREATE FUNCTION jsonify_shape() RETURNS trigger
AS 'MODULE_PATHNAME', 'jsonify_shape'
LANGUAGE C VOLATILE PARALLEL SAFE;

COMMENT ON FUNCTION jsonify_shape() IS
'holds a named shape, as the arguments of a trigger that never fires: jsonify_shape(name, shape)';

CREATE FUNCTION jsonify_define(relation regclass, name text, shape text) RETURNS void
AS 'MODULE_PATHNAME', 'jsonify_define'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;

COMMENT ON FUNCTION jsonify_define(regclass, text, text) IS
'stores a named shape for the rows of a table or view, in place of one of that name';

CREATE FUNCTION jsonify_undefine(relation regclass, name text) RETURNS void
AS 'MODULE_PATHNAME', 'jsonify_undefine'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;

COMMENT ON FUNCTION jsonify_undefine(regclass, text) IS
'removes a named shape';

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

CREATE FUNCTION jsonify_relationships(relation regclass,
    OUT name text, OUT kind text, OUT columns text[], OUT target regclass,
    OUT target_columns text[], OUT junction regclass, OUT "constraint" text,
    OUT ambiguous boolean, OUT many boolean, OUT spelling text) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'jsonify_relationships'
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 1000 ROWS 10;

COMMENT ON FUNCTION jsonify_relationships(regclass) IS
'the relationships of a table or view, and how each is written in a shape';

CREATE FUNCTION jsonify_explain(relation regclass, shape text DEFAULT NULL, params jsonb DEFAULT NULL,
                                options jsonb DEFAULT NULL, OUT path text, OUT sql text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'jsonify_explain'
LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000 ROWS 10;

COMMENT ON FUNCTION jsonify_explain(regclass, text, jsonb, jsonb) IS
'the SQL that jsonify_find() runs for a shape, a row for each relation in it';

CREATE FUNCTION jsonify_schema(relation regclass, shape text DEFAULT NULL, params jsonb DEFAULT NULL,
                               options jsonb DEFAULT NULL)
RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonify_schema'
LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000;
COMMENT ON FUNCTION jsonify_schema(regclass, text, jsonb, jsonb) IS
'the JSON Schema of what jsonify_find() gives, or with the option "for" of what jsonify_save() takes';

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
-- it opens subtransactions, so no parallel query may run around it
AS 'MODULE_PATHNAME', 'jsonify_plan'
LANGUAGE C STABLE PARALLEL UNSAFE COST 1000 ROWS 10;

COMMENT ON FUNCTION jsonify_plan(regclass, jsonb, text, jsonb, jsonb) IS
'what jsonify_save() would do with a document, and all that is wrong with it';
