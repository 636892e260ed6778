/*
 * internal.h
 *		What load/'s files share.
 */
#ifndef JSONIFY_LOAD_INTERNAL_H
#define JSONIFY_LOAD_INTERNAL_H

#include "load/load.h"

#include "tcop/dest.h"

/* Distinct keys. */
typedef struct KeySet
{
	int			width;			/* columns of a key */
	int16		typlen[INDEX_MAX_KEYS];
	bool		typbyval[INDEX_MAX_KEYS];
	Datum	   *values;			/* width a key */
	int			nkeys;
	int			capacity;
	MemoryContext context;
	struct keyset_hash *hash;	/* made for the second key */
} KeySet;

/* What a query sends its rows to. */
typedef struct RowReceiver
{
	DestReceiver pub;
	const Level *level;
	const Branch *branch;		/* NULL: the rows of a root, without ordinals */
	RowStore	store;
	Row		  **rows;			/* as they came */
	int		   *ordinals;		/* of their parents' keys, from 1 on */
	int			nrows;
	int			capacity;
	Row		  **distinct;		/* MANY_TO_MANY: each row once, by identity */
	KeySet		identities;
} RowReceiver;

/* The rows of one level that were found and not yet given what is related. */
typedef struct NestedGroup
{
	const Level *level;
	const char *params;
	Row		  **rows;
	int			nrows;
	int			capacity;
} NestedGroup;

struct Nested
{
	MemoryContext context;
	TypeResolver resolve_type;
	FunctionResolver resolve_function;
	void	   *resolver_arg;
	const char *params;			/* for the rows that follow */
	struct nested_hash *hash;	/* made for the first */
	List	   *groups;			/* of NestedGroup */
};

/* A tree, while its rows are read a level at a time. */
typedef struct Tree Tree;

/* read_only.c */
extern void call_read_only(void (*function) (void *arg), void *arg);

/* distributed.c */
extern void call_distributed(void (*function) (void *arg), void *arg);

/* guarded.c */
extern void call_guarded(void (*function) (void *arg), void *arg, bool distributed, bool read_only);

/* planning.c */
extern void call_planning(void (*function) (void *arg), void *arg);
extern void end_planning(void);

/* key_set.c */
extern void init_key_set(KeySet *keys, const Level *level, const int *columns, int width,
						 int capacity);
extern Datum *next_key(KeySet *keys);
extern int	add_key(KeySet *keys, bool *found);
extern bool keys_share(const KeySet *keys, int column);

/* rows.c */
extern RowReceiver *make_receiver(const Level *level, const Branch *branch,
								  MemoryContext context);
extern Row **receiver_rows(RowReceiver *receiver, int *nrows);

/* nested.c */
extern Datum nested_keep(Nested *nested, Datum value, void *detoasted);
extern void nested_note_type(Nested *nested, Datum value, const ValueType *type,
							 HeapTupleHeader header);
extern void nested_add_row(Nested *nested, Datum value, const Level *level, Row *row);
extern NestedGroup *nested_next_group(Nested *nested);

/* collect.c */
extern void nested_collect_field(Nested *nested, const Field *field, const Datum *values,
								 const bool *nulls);

/* tree.c */
extern Tree *begin_tree(const Level *level, Branch *branch, Row **parents, int nparents,
						LoadContext *load);
extern Row **next_rows(Tree *tree, int *nrows);
extern void end_tree(Tree *tree);

#endif							/* JSONIFY_LOAD_INTERNAL_H */
