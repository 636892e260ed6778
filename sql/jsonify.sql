-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION jsonify" to load this file. \quit

-- Safe in parallel workers, though they cannot read temporary tables: no foreign
-- key leads from a permanent table to a temporary one.
CREATE FUNCTION jsonify(value anyelement, shape text DEFAULT NULL, params jsonb DEFAULT NULL,
                        options jsonb DEFAULT NULL) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonify_value'
LANGUAGE C STABLE PARALLEL SAFE COST 10;

COMMENT ON FUNCTION jsonify(anyelement, text, jsonb, jsonb) IS
'a value of any type as jsonb; a record, or an array of records, in a shape, with the rows related to it';

CREATE FUNCTION jsonify_text(value anyelement, shape text DEFAULT NULL, params jsonb DEFAULT NULL,
                             options jsonb DEFAULT NULL) RETURNS json
AS 'MODULE_PATHNAME', 'jsonify_text_value'
LANGUAGE C STABLE PARALLEL SAFE COST 10;

COMMENT ON FUNCTION jsonify_text(anyelement, text, jsonb, jsonb) IS
'a value of any type as JSON text; a record, or an array of records, in a shape, with the rows related to it';

CREATE FUNCTION jsonify_agg_transfn(state internal, value anyelement) RETURNS internal
AS 'MODULE_PATHNAME', 'jsonify_agg_value_transfn'
LANGUAGE C STABLE PARALLEL SAFE;

COMMENT ON FUNCTION jsonify_agg_transfn(internal, anyelement) IS
'transition function of jsonify_agg(anyelement) and jsonify_text_agg(anyelement)';

CREATE FUNCTION jsonify_agg_transfn(state internal, value anyelement, shape text)
RETURNS internal
AS 'MODULE_PATHNAME', 'jsonify_agg_shape_transfn'
LANGUAGE C STABLE PARALLEL SAFE;

COMMENT ON FUNCTION jsonify_agg_transfn(internal, anyelement, text) IS
'transition function of jsonify_agg(anyelement, text) and jsonify_text_agg(anyelement, text)';

CREATE FUNCTION jsonify_agg_transfn(state internal, value anyelement, shape text, params jsonb)
RETURNS internal
AS 'MODULE_PATHNAME', 'jsonify_agg_shape_transfn'
LANGUAGE C STABLE PARALLEL SAFE;

COMMENT ON FUNCTION jsonify_agg_transfn(internal, anyelement, text, jsonb) IS
'transition function of jsonify_agg(anyelement, text, jsonb) and jsonify_text_agg(anyelement, text, jsonb)';

CREATE FUNCTION jsonify_agg_transfn(state internal, value anyelement, shape text, params jsonb, options jsonb)
RETURNS internal
AS 'MODULE_PATHNAME', 'jsonify_agg_shape_transfn'
LANGUAGE C STABLE PARALLEL SAFE;

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
