/*
 * json.h
 *		JSON, text and binary: sinks, and what is written to them.
 */
#ifndef JSONIFY_JSON_JSON_H
#define JSONIFY_JSON_JSON_H

#include "load/load.h"

typedef struct SinkFrame SinkFrame;

/* How JSON text is laid out, by the options of the text functions. */
typedef struct TextLayout
{
	bool		ensure_ascii;	/* \uXXXX for everything beyond ASCII */
	int			indent;			/* spaces a level; 0: no white space at all */
} TextLayout;

/*
 * What a document is written to. The walk calls next() before every child,
 * and exactly one put_* or begin_* ... end() for it. There must be as many
 * children as were announced: a sink that has laid out room for them refuses
 * more, and an end that comes too early.
 */
struct SinkOps
{
	bool		is_text;		/* takes the options of a TextLayout */

	/*
	 * Start a document in a buffer palloc'd in the current memory context,
	 * about size_hint bytes long; and end it, with the same scalar: what was
	 * put into it is its root, which is no scalar unless scalar says so.
	 * finish() returns the document, which is the buffer itself.
	 */
	void		(*begin) (Sink *sink, bool scalar, int size_hint);
	Datum		(*finish) (Sink *sink, bool scalar);
	/* order the fields, drop duplicates, make what does not vary */
	void		(*prepare_object) (ObjectForm *object, const TextLayout *layout);
	void		(*begin_object) (Sink *sink, SinkFrame *frame, const ObjectForm *object);
	/* the same with some of its fields only, by their numbers */
	void		(*begin_partial) (Sink *sink, SinkFrame *frame, const ObjectForm *object,
								  const int *present, int npresent);
	void		(*begin_array) (Sink *sink, SinkFrame *frame, int nelems);
	void		(*next) (Sink *sink, SinkFrame *frame);
	void		(*end) (Sink *sink, SinkFrame *frame);
	void		(*put_null) (Sink *sink);
	void		(*put_bool) (Sink *sink, bool value);
	void		(*put_int64) (Sink *sink, int64 value);
	/* the numbers are finite; the numeric may have a short varlena header */
	void		(*put_float4) (Sink *sink, float4 value);
	void		(*put_float8) (Sink *sink, float8 value);
	void		(*put_numeric) (Sink *sink, const struct varlena *number);
	void		(*put_number_text) (Sink *sink, char *text);
	void		(*put_string) (Sink *sink, const char *data, int length);
	void		(*put_jsonb) (Sink *sink, const char *payload, int length);
	void		(*put_json) (Sink *sink, const char *data, int length);
	/* write again what lies at [start, start + length) of the buffer */
	void		(*repeat) (Sink *sink, int start, int length);
};
typedef Row *(*RowLoader) (void *arg, const Level *level, Datum value);

struct Sink
{
	const SinkOps *ops;
	StringInfoData buf;
	uint64		document;		/* its number in this session, from 1 on */
	uint32		entry_type;		/* jsonb: JEntry type bits of the last value */
	TextLayout	layout;			/* text */
	int			depth;			/* text: arrays and objects around what comes next */
	MemoryContext scratch;		/* the current one while writing */
	MemoryContext keep;			/* of what outlives that; freed piece by piece */
	TypeResolver resolve_type;	/* of anonymous records: known only when met */
	FunctionResolver resolve_function;	/* of casts */
	RowLoader	load_row;		/* of rows in values that were not foreseen */
	void	   *resolver_arg;
	const char *params;			/* of the call: the bytes of a jsonb object, or NULL */
	const struct Nested *nested;	/* of those that were; or NULL */
	const struct RecursionFrame *recursion; /* the innermost, or NULL */
};

/* How the objects of a plan are written. */
typedef struct ObjectStyle
{
	const SinkOps *ops;
	TextLayout	layout;
	bool		omit_nulls;
} ObjectStyle;

typedef enum FormatParts
{
	PARTS_NONE,
	PARTS_RANGE,				/* see prepare_range() */
	PARTS_MULTIRANGE,			/* its ranges */
	PARTS_GEOJSON				/* see prepare_geojson() */
} FormatParts;

/* A format that a type has beside its default. */
typedef struct Format
{
	Oid			typid;			/* ANYRANGE, ANYMULTIRANGE: all such types */
	const char *name;
	ValueWriter write;			/* NULL: the built-in rule */
	FormatParts parts;			/* what its values are put together from */
} Format;

/* How values of a type are to be written, by an option or a setting. */
typedef struct FormatRule
{
	Oid			typid;
	const Format *format;		/* or NULL, and */
	Oid			function;		/* a function of the type */
} FormatRule;

/* What the setting jsonify.formats can hold at most: one a type that it knows. */
#define MAX_SETTING_RULES 64

/* A recursion that is gone down, and how deep; the innermost leads to the others. */
typedef struct RecursionFrame
{
	const Recursion *recursion;
	int			depth;
	const struct RecursionFrame *outer;
} RecursionFrame;

/* The digits of an etag: of the shape, and all of them. */
#define ETAG_SHAPE_LENGTH 8
#define ETAG_LENGTH 32

/* jsonb_sink.c */
extern const SinkOps jsonb_sink_ops;

/* text_sink.c */
extern const SinkOps text_sink_ops;

/* value.c */
extern void write_bool(Sink *sink, const ValueType *type, Datum value);
extern void write_int2(Sink *sink, const ValueType *type, Datum value);
extern void write_int4(Sink *sink, const ValueType *type, Datum value);
extern void write_int8(Sink *sink, const ValueType *type, Datum value);
extern void write_float4(Sink *sink, const ValueType *type, Datum value);
extern void write_float8(Sink *sink, const ValueType *type, Datum value);
extern void write_numeric(Sink *sink, const ValueType *type, Datum value);
extern void write_text(Sink *sink, const ValueType *type, Datum value);
extern void write_datetime(Sink *sink, const ValueType *type, Datum value);
extern void write_json(Sink *sink, const ValueType *type, Datum value);
extern void write_jsonb(Sink *sink, const ValueType *type, Datum value);
extern void write_output(Sink *sink, const ValueType *type, Datum value);
extern void write_function(Sink *sink, const ValueType *type, Datum value);
extern void write_extracted(Sink *sink, const ValueType *type, Datum value);
extern void write_array(Sink *sink, const ValueType *type, Datum value);

typedef void (*ElementWriter) (Sink *sink, void *arg);
extern void write_dimensions(Sink *sink, int ndim, const int *dims,
							 ElementWriter write_element, void *arg);

/* format.c */
extern const Format *find_format(Oid typid, const char *name);
extern const char *format_name(const ValueType *type);
extern char *format_names(Oid typid);
extern Oid	find_format_type(const char *name);
extern const FormatRule *find_format_rule(const FormatRule *rules, int nrules, Oid typid);
extern bool read_format_rules(const char *value, FormatRule *rules, int *nrules,
							  char **detail, char **hint);

/* format_value.c */
extern void prepare_range(const ObjectStyle *style, ValueType *type, ValueType *bound,
						  ValueType *boolean);

/* format_geometry.c */
extern void prepare_geojson(const ObjectStyle *style, ValueType *type);

/* objects.c */
extern void make_object_form(const ObjectStyle *style, Field *fields, int nfields,
							 ObjectForm *object);
extern void write_composite(Sink *sink, const ValueType *type, Datum value);
extern void write_anonymous(Sink *sink, const ValueType *type, Datum value);
extern void write_row(Sink *sink, const ObjectForm *object, Row *row);
extern uint64 next_document(void);
extern Datum field_to_jsonb(Sink *sink, const Field *field, Row *row);
extern void write_record(Sink *sink, const ObjectForm *object, TupleDesc tupdesc,
						 HeapTupleHeader header);

/* The fields of a page, by their positions. */
enum
{
	PAGE_ITEMS,
	PAGE_HAS_MORE,
	PAGE_TOTAL,
	PAGE_NEXT = PAGE_TOTAL		/* by cursor */
};

/* What a page says of its items. */
typedef struct PageView
{
	bool		has_more;
	int64		total;
	char	   *next;			/* by cursor: that of the next page, or NULL */
} PageView;

/* related.c */
extern void view_page(PageView *view, const Level *level, const RowFilter *filter,
					  const char *params, Row **rows, int nrows, bool has_more);
extern void write_page_object(Sink *sink, const RowPage *page, const PageView *view,
							  void (*write_items) (Sink *sink, void *arg), void *arg);
extern const FieldForm single_form;
extern const FieldForm rows_form;
extern const FieldForm path_form;
extern const FieldForm distinct_form;
extern const FieldForm map_form;
extern const FieldForm page_form;
extern const FieldForm tree_form;
extern const FieldForm flat_form;

/* constant.c */
extern const FieldForm constant_form;

/* etag.c */
extern const FieldForm etag_form;
extern void row_etag(const Level *level, Row *row, const RecursionFrame *recursion, char *text);
extern void digest_shape(const char *description, char *text);

#endif							/* JSONIFY_JSON_JSON_H */
