/*
 * load.h
 *		Rows, and what is related to them.
 */
#ifndef JSONIFY_LOAD_LOAD_H
#define JSONIFY_LOAD_LOAD_H

#include "plan/plan.h"

/* The rows that a branch leads to from one row. */
struct RowSet
{
	Row		  **rows;
	int			nrows;
	int			levels;			/* of a recursion: how many it may go down */
	int64		offset;			/* of a page: the rows before it; */
	bool		has_more;		/* or by cursor, whether there are rows behind it */
	Row		   *twin;			/* the parent, as the recursion comes across it */
};

/* What json/ notes of a row that it writes, or on which a path goes on. */
typedef struct RowWriting
{
	bool		on_path;		/* at it: a recursion must not enter the row */
	union
	{
		struct
		{
			uint64		document;	/* that it was written to last, by number */
			int			start;	/* and where, in the sink's buffer */
			int			length;
		}			object;
		struct
		{
			const Field *field; /* whose elements were last counted from here, */
			int64		count;	/* and how many there are */
		}			path;
	}			as;				/* the rows of a level are all one or the other */
} RowWriting;

/* A loaded row. All of it lives in the context that load_related() was given. */
struct Row
{
	Datum	   *values;
	bool	   *nulls;
	RowSet	   *related;		/* a set a branch of its level */
	int			group;			/* branch_rows.c: the last one it was put in */
	RowWriting	writing;
};

/*
 * Where rows are laid out, one behind the other in blocks, without a header each:
 * they are freed all together.
 */
typedef struct RowStore
{
	MemoryContext context;
	char	   *free;			/* in the current block */
	Size		left;			/* bytes there */
	Size		block_size;		/* of the next block */
} RowStore;

typedef struct Nested Nested;
typedef struct RootRows RootRows;

/* What rows are loaded for. */
typedef struct LoadContext
{
	MemoryContext memory;		/* of all that is loaded */
	Nested	   *nested;			/* takes rows that are found in values; or NULL */
	const char *params;			/* the bytes of a jsonb, aligned; or NULL */
} LoadContext;

/* planning.c */
extern void load_init(void);

/* rows.c */
extern void begin_row_store(RowStore *store, MemoryContext context);
extern char *allocate_row(RowStore *store, Size size);
extern Row *make_empty_row(MemoryContext context, const Level *level);
extern Row *make_value_row(MemoryContext context, const Level *level, HeapTupleHeader header,
						   FunctionResolver resolve_function, void *resolver_arg);
extern void deform_record(HeapTupleHeader header, TupleDesc tupdesc, Datum *values,
						  bool *nulls);
extern bool get_field(const Extraction *extraction, Datum value, Datum *field);

/* nested.c */
extern Nested *nested_begin(MemoryContext context, TypeResolver resolve_type,
							FunctionResolver resolve_function, void *resolver_arg);
extern void nested_set_params(Nested *nested, const char *params);
extern bool nested_is_pending(const Nested *nested);
extern Row *nested_row(const Nested *nested, const Level *level, Datum value);
extern const ValueType *nested_type(const Nested *nested, Datum value);
extern Datum nested_copy(const Nested *nested, Datum value);

/* collect.c */
extern void nested_collect(Nested *nested, const ValueType *type, Datum value);
extern void nested_collect_row(Nested *nested, const ObjectForm *object, const Datum *values,
							   const bool *nulls);

/* root_rows.c */
extern RootRows *begin_root_rows(Level *level, const char *params, bool first_soon);
extern Row **next_root_rows(RootRows *root, MemoryContext memory, int most, int *nrows);
extern void end_root_rows(RootRows *root);
extern int64 count_root_rows(Level *level, const char *params);

/* branch_rows.c */
extern Row **load_sets(Branch *branch, const Level *parent, Row **parents, int nparents,
					   LoadContext *load, int *nchildren);

/* levels.c */
extern void load_branch(const Level *level, Branch *branch, Row **parents, int nparents,
						LoadContext *load);
extern void load_related(const Level *level, Row **rows, int nrows, LoadContext *load);
extern void nested_load(Nested *nested, LoadContext *load);

#endif							/* JSONIFY_LOAD_LOAD_H */
