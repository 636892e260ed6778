-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION jsonify" to load this file. \quit

CREATE FUNCTION jsonify(value anyelement) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonify_value'
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 10;

COMMENT ON FUNCTION jsonify(anyelement) IS
'a value of any type as jsonb';

-- A shape may lead to temporary tables, which parallel workers cannot read.
CREATE FUNCTION jsonify(value anyelement, shape text) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonify_value_shape'
LANGUAGE C STABLE PARALLEL RESTRICTED COST 100;

COMMENT ON FUNCTION jsonify(anyelement, text) IS
'a record, or an array of records, and the rows related to it as jsonb, in the given shape';

CREATE FUNCTION jsonify_agg_transfn(state internal, value anyelement) RETURNS internal
AS 'MODULE_PATHNAME', 'jsonify_agg_value_transfn'
LANGUAGE C STABLE PARALLEL RESTRICTED;

COMMENT ON FUNCTION jsonify_agg_transfn(internal, anyelement) IS
'transition function of jsonify_agg(anyelement)';

CREATE FUNCTION jsonify_agg_transfn(state internal, value anyelement, shape text) RETURNS internal
AS 'MODULE_PATHNAME', 'jsonify_agg_shape_transfn'
LANGUAGE C STABLE PARALLEL RESTRICTED;

COMMENT ON FUNCTION jsonify_agg_transfn(internal, anyelement, text) IS
'transition function of jsonify_agg(anyelement, text)';

CREATE FUNCTION jsonify_agg_finalfn(state internal) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonify_agg_finalfn'
LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000;

COMMENT ON FUNCTION jsonify_agg_finalfn(internal) IS
'final function of jsonify_agg';

CREATE AGGREGATE jsonify_agg(value anyelement) (
    SFUNC = jsonify_agg_transfn,
    STYPE = internal,
    FINALFUNC = jsonify_agg_finalfn,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = RESTRICTED
);

COMMENT ON AGGREGATE jsonify_agg(anyelement) IS
'values of any type, aggregated into a jsonb array';

CREATE AGGREGATE jsonify_agg(value anyelement, shape text) (
    SFUNC = jsonify_agg_transfn,
    STYPE = internal,
    FINALFUNC = jsonify_agg_finalfn,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = RESTRICTED
);

COMMENT ON AGGREGATE jsonify_agg(anyelement, text) IS
'records and the rows related to them, in the given shape, aggregated into a jsonb array';
