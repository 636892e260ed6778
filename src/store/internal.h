/*
 * internal.h
 *		What store/'s files share.
 */
#ifndef JSONIFY_STORE_INTERNAL_H
#define JSONIFY_STORE_INTERNAL_H

#include "store/store.h"

#include "nodes/bitmapset.h"
#include "store/read.h"
#include "utils/relcache.h"

typedef struct StoreLevel StoreLevel;
typedef struct StoreRelation StoreRelation;
typedef struct DocRow DocRow;
typedef struct Stage Stage;
typedef struct Store Store;

/* ---- the plan */

/* A table that is written. */
typedef struct StoreTable
{
	Oid			relid;
	char	   *name;			/* qualified, for statements */
	char		relkind;
	TupleDesc	tupdesc;
	Expr	  **defaults;		/* by attnum - 1, of columns that have one */
	Expr	  **defaults_below; /* by attnum - 1, of columns of a view that have none: of what it is over */
	bool	   *from_sequence;	/* by attnum - 1: that is a sequence */
	bool	   *may_insert;		/* by attnum - 1: the role may */
	bool		has_triggers;	/* BEFORE INSERT: they may fill columns */
	bool		may_tell;		/* of a new row, by RETURNING, */
	bool		must_tell;		/* for it may have other keys than were made for it */
	Bitmapset  *referenced;		/* attnums that relations of the shape lead to, */
	Bitmapset  *linked_by;		/* and that links know rows by; */
	Bitmapset  *leading;		/* those that lead to other rows */
	bool		has_rules;		/* DO INSTEAD: what they write is any number of rows */
	bool		may_lock;		/* the role may UPDATE its rows, and they are those of a table in the end */
	List	   *statements;		/* of StoreStatement */
} StoreTable;

typedef enum StatementKind
{
	STATEMENT_INSERT,
	STATEMENT_TRY_INSERT,		/* unless another row has a key of it */
	STATEMENT_UPDATE,
	STATEMENT_DELETE,
	STATEMENT_LOCK
} StatementKind;

/* A statement over rows that are passed, as SPI has prepared it. */
typedef struct StoreStatement
{
	StatementKind kind;
	Bitmapset  *keys;			/* attnums by which rows are found; of an INSERT: that it tells */
	Bitmapset  *columns;		/* attnums that are written */
	bool		for_root;		/* rows of tables that inherit as well */
	TupleDesc	passed;			/* the rows: keys, then columns, */
	AttrNumber *attnums;		/* and which ones of the table they are */
	SPIPlanPtr	prepared[2];	/* for several rows, and for one */
	int			users;			/* calls that are at it: a trigger may call again */
} StoreStatement;

typedef enum ItemKind
{
	ITEM_READONLY,				/* shown only */
	ITEM_COLUMN,
	ITEM_RELATION,				/* that is written */
	ITEM_ETAG
} ItemKind;

/* One key of a level's objects; they stand in the order of the level's fields. */
typedef struct StoreItem
{
	ItemKind	kind;
	const Field *field;
	AttrNumber	attnum;			/* of a column, be it read-only */
	ValueReader *reader;		/* of that */
	bool		once;
	StoreRelation *relation;
} StoreItem;

/* How the rows of a relation stand in a document. */
typedef enum RelationForm
{
	FORM_OBJECT,
	FORM_LIST,
	FORM_MAP,					/* an object by one of their columns */
	FORM_PAGE,					/* an object whose "items" they are */
	FORM_VALUE,					/* the key alone, of one */
	FORM_VALUES					/* a list of keys */
} RelationForm;

struct StoreRelation
{
	int			item;			/* of its level */
	Branch	   *branch;
	RelationshipKind kind;
	ShapeWrite	write;
	ShapeMissing missing;
	RelationForm form;
	StoreLevel *child;
	int			key_item;		/* FORM_MAP: that the member's name is, or -1 */
	StoreTable *junction;		/* MANY_TO_MANY */
	Recursion  *recursion;
};

/* Where a column that recognizes rows has its value from. */
typedef enum KeySourceKind
{
	KEY_ITEM,
	KEY_PARENT,					/* a column of the parent */
	KEY_LINK					/* one of the row that a to-one link leads to */
} KeySourceKind;

typedef struct KeySource
{
	KeySourceKind kind;
	int			item;			/* KEY_ITEM, KEY_LINK */
	int			column;			/* KEY_PARENT, KEY_LINK: of the foreign key */
} KeySource;

struct StoreLevel
{
	const Level *level;
	StoreTable *table;
	const RowRule *rule;
	bool		is_linked;		/* nothing of its rows is written */
	bool		is_root;
	int			nkeys;			/* how many items the shape names, the first ones */
	int			nitems;
	StoreItem  *items;
	int			etag;			/* the item that is one, or -1 */
	const char *delete_key;
	KeySource	sources[INDEX_MAX_KEYS];	/* of rule->keys */
	bool		key_from_sequence;
	bool		can_match;		/* its rows can be recognized */
	List	   *relations;		/* of StoreRelation */
	bool		has_to_one;		/* among them, */
	bool		has_twins;		/* several by one key */
};

/* Gives what a statement takes of a row. */
typedef void (*RowFiller) (Store *store, const StoreTable *table, const StoreStatement *statement,
						   DocRow *row, Datum *values, bool *nulls);

/* Takes what an INSERT tells of a row. */
typedef void (*RowTaker) (Store *store, const StoreStatement *statement, DocRow *row,
						  const Datum *values, const bool *nulls);

/* ---- a call */

/* bms_is_member(), which is asked of each column of each row. */
static inline bool
has_attnum(const Bitmapset *columns, AttrNumber attnum)
{
	int			word = attnum / BITS_PER_BITMAPWORD;

	return columns != NULL && word < columns->nwords &&
		(columns->words[word] & ((bitmapword) 1 << (attnum % BITS_PER_BITMAPWORD))) != 0;
}

/* bms_add_member(), likewise. */
static inline Bitmapset *
add_attnum(Bitmapset *columns, AttrNumber attnum)
{
	int			word = attnum / BITS_PER_BITMAPWORD;

	if (columns == NULL || word >= columns->nwords)
		return bms_add_member(columns, attnum);
	columns->words[word] |= (bitmapword) 1 << (attnum % BITS_PER_BITMAPWORD);
	return columns;
}

/* A map from keys to anything, as the types compare. */
typedef struct KeyMap KeyMap;

/* What few rows have: apart, for there are many rows, and their memory is most of what a call takes. */
typedef struct DocExtra
{
	const char *member;			/* its name in an object of rows, or NULL */
	List	   *places;			/* of DocRow: other places of one that is new, or gets the key that links have */
	DocRow	  **given_by;		/* an item each: who of those that say it has given it; or NULL */
	Bitmapset  *apart;			/* items of a tree, of one that is said again: by another way, so by themselves */
	Bitmapset  *lent;			/* and of the one that counts: those that only such a one says */
	DocRow	  **changed_by;		/* by attnum - 1: who has said that in another place; or NULL */
	const DocRow **sayers;		/* by attnum - 1: the first of several places of a row that says something of it; or NULL */
	Row		   *found;			/* that as it was found, where another place says what it becomes; or NULL */
	Bitmapset  *elsewhere;		/* attnums of keys of it that another place changes, */
	DocRow	   *writer;			/* and that place */
	DocRow	   *first_place;	/* the first of its places, of one that "where" is to hold for; or NULL */
	DocRow	   *written_first;	/* the same row in a place where it is written before; or NULL */
	Bitmapset  *pending;		/* attnums of keys to rows that were not there then */
	Bitmapset  *opened;			/* attnums of keys to rows that were to be deleted first */
	Bitmapset  *cleared;		/* relations, of to-one ones, that lead to none now */
} DocExtra;

/* A row as a document says it; or one that the call changes for what is not said. */
struct DocRow
{
	Stage	   *stage;
	DocRow	   *parent;
	int			number;			/* of its document */
	int			index;			/* in its list, or -1 */

	/* together, for there are many rows */
	bool		in_page;		/* within "items" */
	bool		key_is_member;	/* the item that is its name is given by that alone */
	bool		is_said;		/* by a document */
	bool		asks_delete;	/* by its "@delete" */
	bool		failed;			/* something is wrong with it, so it is not written */
	bool		is_torn;		/* it is somebody else's, who says so as well */
	bool		is_lost;		/* which row it is cannot be told, or there is none */
	bool		in_conflict;	/* with its etag */
	bool		in_clash;		/* with another row, by itself */
	bool		has_key;
	bool		has_own_key;	/* but for what a new parent is to have */
	bool		is_there;		/* under this parent */
	bool		is_doomed;		/* to be deleted */
	bool		is_elsewhere;	/* another place says it as well, and changes it */
	bool		is_unlinked;	/* from its parent */
	bool		needs_key;		/* others have to know it */
	bool		is_said_again;	/* by another one, be it in another place */
	bool		is_done;		/* inserted, or updated, be it in another place */
	bool		is_told;		/* its keys are others than were made for it */
	bool		moves;			/* it is updated with others, for its key changes, or that which it leads to */

	Row		   *row;			/* that is there; NULL of a new one */
	DocRow	   *same;			/* the one that this is said of again, or NULL */
	JsonbValue **given;			/* an item each: what is said of it, or NULL */
	Datum	   *key;			/* of rule->keys */
	Bitmapset  *changed;		/* attnums of values, */
	Datum	   *values;			/* by attnum - 1: of a new row, or what differs */
	bool	   *nulls;
	JsonbValue *value;			/* of a path: all that is said, the key; else NULL */
	DocRow	  **targets;		/* a relation each, of to-one ones: the row, or NULL */
	const DocExtra *extra;		/* never NULL; written by extra_of() */
};

/* Two rows that a junction is to connect, or is not to any more. */
typedef struct Pair
{
	DocRow	   *near;
	DocRow	   *far;
} Pair;

/* All rows that one relation leads to from those of the stage above. */
struct Stage
{
	StoreLevel *level;
	Stage	   *parent;			/* NULL of the root */
	StoreRelation *relation;
	int			depth;
	DocRow	  **rows;			/* as the documents say them, */
	int			nrows;
	int			capacity;
	List	   *others;			/* DocRow: what becomes of rows that they do not name */
	Bitmapset  *parent_key;		/* attnums that lead to the parent */
	KeyMap	   *by_identity;	/* PresentRow: see map_present() */
	KeyMap	   *by_key;			/* the same, of those that have one: may be the same map */
	List	   *all_present;	/* PresentRow, in the order in which they were found, */
	int			nmapped;		/* and how many of them the maps have */
	bool		in_order;		/* they are compared in that order first */
	bool		has_new;		/* new rows */
	KeyMap	   *fresh;			/* key: DocRow, of those */
	List	   *said;			/* of SaidRows */
	KeyMap	   *fresh_below;	/* parent and the rest of a key: the same, below new rows */
	KeyMap	   *keyless;		/* parent and index: List of DocRow, of new rows without a key that one way says, */
	int			nkeyless;		/* of so many rows; as find_said_alike() needs it */
	KeyMap	   *pairs;			/* MANY_TO_MANY: parent and PresentRow: PresentPair */
	List	   *all_pairs;
	KeyMap	   *doomed;			/* identity: DocRow, of rows that are deleted */
	int			round;			/* of keys, by which these may lead to those of other stages; 0: none */
	bool		goes_later;		/* they are deleted with to-one rows */
	int			turn;			/* when the others are written */
	List	   *links;			/* of Pair: to make */
	List	   *unlinks;		/* and to take away */
	List	   *children;		/* of Stage */
	bool		knows_others;	/* whether */
	bool		others_insert;	/* others have new rows of its table */
};

/* The rows of a stage by other columns than those that recognize them: where links have those. */
typedef struct SaidRows
{
	const StoreLevel *link;
	KeyMap	   *rows;			/* key: DocRow */
} SaidRows;

/* A row of a stage that is there, whoever has said so. */
typedef struct PresentRow
{
	Row		   *row;
	DocRow	   *parent;			/* that had it, or NULL */
	List	   *also;			/* of DocRow: others that have it over a to-one relation */
	DocRow	   *claimed;		/* the row of a document that it is, or NULL */
	bool		stays;			/* with a parent of a many-to-many relation, whose list has it */
} PresentRow;

/* How far the rows of a stage were compared with those that are there, in order. */
typedef struct PresentPlace
{
	int			next;			/* of all_present */
	int			present;		/* the place of its parent in the stage above, */
	int			row;			/* and of that of the row */
} PresentPlace;

/* Rows of a table that are deleted. */
typedef struct DoomedRows
{
	const StoreLevel *level;	/* one of that table: its identity is theirs */
	KeyMap	   *rows;			/* identity: DocRow */
} DoomedRows;

/* That a row of a many-to-many relation belongs to a parent. */
typedef struct PresentPair
{
	DocRow	   *parent;
	List	   *also;			/* of DocRow: the same one, said by another way through a tree */
	PresentRow *present;
	DocRow	   *claimed;
} PresentPair;

typedef enum ErrorType
{
	ERROR_UNKNOWN,
	ERROR_WRONG_TYPE,
	ERROR_BAD_VALUE,
	ERROR_REQUIRED,
	ERROR_NO_WAY_BACK,
	ERROR_READ_ONLY,
	ERROR_DUPLICATE,
	ERROR_NOT_FOUND,
	ERROR_MOVED,
	ERROR_MISSING,
	ERROR_CONFLICT,
	ERROR_NOT_NULL,
	ERROR_CHECK,
	ERROR_UNIQUE,
	ERROR_EXCLUSION,
	ERROR_FOREIGN_KEY,
	ERROR_DOMAIN,
	ERROR_REFUSED
} ErrorType;

typedef struct DocError
{
	int64		number;			/* in the order in which they were found */
	const DocRow *row;
	const DocRow *place;		/* where the documents say what is wrong with it */
	List	   *steps;			/* of ReadStep: from there on */
	ErrorType	type;
	const char *message;
	const char *hint;			/* or NULL */
	const char *sqlstate;		/* or NULL */
	const char *constraint;		/* or NULL */
} DocError;

struct Store
{
	StoreCall  *call;
	StorePlan  *plan;
	const SaveOptions *options;
	MemoryContext context;		/* of the attempt */
	MemoryContext work;			/* of what a row needs while it is compared */
	RowStore	rows;			/* DocRow, and what each has in any case */
	LoadContext load;
	bool		careful;		/* every row by itself, to find all that is wrong */
	Stage	   *root;
	List	   *errors;			/* of DocError: as many as are listed */
	int64		nerrors;		/* that there are */
	DocError	unlisted;		/* the last one of those that are not listed */
	bool		all_conflicts;	/* all that there are */
	bool		all_not_found;
	List	   *unresolved;		/* DocRow: links that lead to no row as yet */
	Bitmapset  *skip;			/* documents that are as they are */
	DocRow	  **roots;			/* a document each, by number */
	int			nroots;			/* that there is room for */
	int			ndocuments;
	List	   *doomed;			/* of DoomedRows */
	List	   *met_doomed;		/* the same, a level each: those that are looked at for what they own there */
	List	   *deletes;		/* of Stage, in the order in which they are deleted from */
	List	   *pending;		/* of DocRow: inserted without some of their keys */
	List	   *late;			/* of Stage: whose rows wait for those of others */
	List	   *old_keys;		/* of OldKeys */
	List	   *locked;			/* of LockedRows */
	uint32		nlocks;			/* statements that have locked since the last look */
	MemoryContext running;		/* of a statement; of one that failed, until the next, */
	List	   *passed;			/* and of EphemeralNamedRelation: what it takes */
	struct ExprContext *econtext;	/* of defaults */
	List	   *default_states; /* of DefaultState */
	bool		keys_are_made;	/* of new rows; never while only a plan is made */
	bool		keys_are_told;	/* of some of them, by the INSERT */
};

/* plan.c */
extern bool is_key_item(const StoreLevel *level, int number);

/* Rows that one statement is for. */
typedef struct RowList
{
	DocRow	  **rows;
	int			nrows;
	int			capacity;
} RowList;

/* A statement that is run for them. */
typedef struct StatementRun
{
	Store	   *store;
	StoreTable *table;
	StatementKind kind;
	Bitmapset  *keys;
	Bitmapset  *columns;
	bool		for_root;
	bool		may_find_more;	/* than one row for one that is passed */
	Bitmapset  *(*own_columns) (const DocRow *row); /* of one row alone, or NULL */
	RowFiller	fill;
	RowTaker	take;
	DocRow	  **rows;
	int			nrows;
	uint64		processed;
} StatementRun;

/* key_map.c */
extern KeyMap *make_key_map(MemoryContext context, int width, const Oid *typids,
							const Oid *collations);
extern KeyMap *make_level_map(MemoryContext context, const Level *level, const int *columns,
							  int width);
extern KeyMap *make_attnum_map(MemoryContext context, TupleDesc tupdesc, const Bitmapset *attnums);
extern KeyMap *make_foreign_key_map(MemoryContext context, const ForeignKey *key);
extern KeyMap *make_pointer_map(MemoryContext context, int width);
extern Datum pointer_key(const void *pointer);
extern Datum *two_pointers(Datum left, Datum right);
extern bool is_first(KeyMap *seen, const void *pointer);
extern void expect_in_map(KeyMap *map, int nkeys);
extern bool are_same_keys(const KeyMap *map, const Datum *left, const Datum *right);
extern void *find_in_map(const KeyMap *map, const Datum *key);
extern void **add_to_map(KeyMap *map, Datum *key, bool *found);
extern bool same_value(Oid typid, Oid collation, Datum left, Datum right);

/* errors.c */
extern bool lists_more(const Store *store);
extern void push_string(JsonbBuilder *state, JsonbIteratorToken token, const char *string);
extern void add_error(Store *store, const DocRow *row, List *steps, ErrorType type,
					  const char *message);
extern DocError *add_full_error(Store *store, const DocRow *row, List *steps, ErrorType type,
								const char *message);
extern void add_refusal(Store *store, const DocRow *row, const char *message);
extern int	find_column_item(const StoreLevel *level, AttrNumber attnum);
extern List *item_steps(const StoreLevel *level, int item);
extern List *column_steps(const StoreLevel *level, AttrNumber attnum);
extern Jsonb *location_of(const DocRow *row, const List *steps);
extern char *location_text(const DocRow *row, const List *steps);
extern void add_caught_error(Store *store, const DocRow *row, List *steps, ErrorData *error);
extern bool is_document_error(const ErrorData *error);
extern Jsonb *error_to_jsonb(const DocError *error);
extern void sort_errors(Store *store);
extern void raise_errors(Store *store);
extern bool is_worth_replay(const ErrorData *error);
extern ErrorData *try_together(Store *store, void (*function) (void *arg), void *arg);
extern void blame_row(void *arg);
extern ErrorData *catch_error(Store *store, const DocRow *row, void (*function) (void *arg), void *arg);
extern void note_caught_error(Store *store, DocRow *row, List *steps, ErrorData *error);
extern bool guarded(Store *store, DocRow *row, List *steps, void (*function) (void *arg), void *arg);

/* constraints.c */
extern const char *describe_constraint(const ErrorData *error, Oid target, AttrNumber *attnum);

/* The children of a jsonb container. */
typedef struct JsonWalk
{
	JsonbContainer *container;
	int			count;
	int			next;
	char	   *data;			/* where their bytes begin */
	uint32		key_offset;		/* of the next key from there, */
	uint32		offset;			/* and of the next value or element */
} JsonWalk;

/* walk.c */
extern JsonWalk begin_walk(JsonbContainer *container);
extern bool next_member(JsonWalk *walk, JsonbValue *name, JsonbValue *value);
extern bool next_element(JsonWalk *walk, JsonbValue *value);

/* documents.c */
extern const DocExtra no_extra;	/* of rows that have nothing of it */
extern bool has_parent_key(const Stage *stage);
extern DocRow *real_row(const DocRow *row);
extern Datum row_pointer(const DocRow *row);
extern Stage *make_stage(Store *store, Stage *parent, StoreRelation *relation, StoreLevel *level);
extern DocRow *add_doc_row(Store *store, Stage *stage, DocRow *parent, int index);
extern DocExtra *extra_of(DocRow *row);
extern void read_roots(Store *store);
extern void read_related(Store *store, Stage *stage, DocRow *parent, JsonbValue *given);
extern bool read_item(Store *store, DocRow *row, int number, const Datum *present,
					  JsonbValue *present_json, Datum *value, bool *isnull);
extern const char *json_kind(const JsonbValue *value);

/* row_key.c */
extern Datum *row_columns(const Row *row, const int *columns, int ncolumns);
extern bool has_same_keys(const StoreLevel *a, const StoreLevel *b);
extern Datum *row_identity(const Stage *stage, const Row *row);
extern void lose_row(DocRow *row);
extern void not_found(Store *store, DocRow *row, const char *hint);
extern void read_key(Store *store, DocRow *row);
extern void sort_by_key(DocRow **rows, int nrows);

/* places.c */
extern bool is_other_place(const DocRow *row);
extern void add_place(DocRow *row, DocRow *place);
extern void unite_new_rows(Store *store);

/* lists.c */
extern bool known_column(const DocRow *row, AttrNumber attnum, Datum *value);
extern bool is_said_list(const DocRow *row, int item);
extern List *steps_to_lead(const DocRow *row, const ForeignKey *key);
extern void check_lists(Store *store);

/* where_lists.c */
extern Bitmapset *add_where_lists(Store *store, Bitmapset *documents);
extern void check_where_lists(Store *store);

/* junction_rows.c */
extern const DocRow *led_to(const DocRow *row, const ForeignKey *key);
extern void share_junction_rows(Store *store);

/* said.c */
extern bool said_column(const DocRow *row, AttrNumber attnum, Datum *value, const DocRow **target);

/* links.c */
extern DocRow *find_said(Store *store, Stage *stage, const DocRow *link);
extern void resolve_links(Store *store);

/* match.c */
extern void match_documents(Store *store);

/* present.c */
pg_noreturn extern void not_told_apart(Oid relid);
extern int	load_present(Store *store, Stage *stage, StoreRelation *relation);
extern Row **look_up_rows(Store *store, const RowLookup *lookup, bool by_key, DocRow **rows,
						  int nrows);
extern PresentRow *add_present(Store *store, Stage *stage, Row *row, DocRow *parent);
extern PresentRow *note_present(Store *store, Stage *stage, Row *row, DocRow *parent);
extern PresentRow *find_identical(Store *store, Stage *stage, const Datum *identity);
extern PresentRow *find_recognized(Store *store, Stage *stage, const Datum *key);
extern bool are_in_order(const Stage *stage);
extern PresentRow *next_present(const Stage *stage, PresentPlace *place, const DocRow *row);

/* tree_path.c */
extern bool is_on_own_path(const StoreRelation *relation, const DocRow *parent, const Row *row);
extern bool stands_in_tree(const DocRow *row, const Branch *branch);
extern List *mark_path(const DocRow *row, const Branch *branch);

/* tree_ways.c */
extern bool is_told_by_way(const DocRow *first, const DocRow *row, int number);
extern bool says_item(const DocRow *row, int number);
extern DocRow *find_said_alike(Store *store, DocRow *row);
extern void unite_ways(Store *store, Stage *stage);

/* compare.c */
extern Row **rows_with(Store *store, const Stage *stage, int item, int *nrows);
extern void open_jsonb(Jsonb *jsonb, JsonbValue *value);
extern void compare_stage(Store *store, Stage *stage);
extern bool is_said_alike(Form_pg_attribute attribute, Datum left, Datum right);
extern bool set_value(Store *store, DocRow *row, AttrNumber attnum, Datum value, bool isnull);

/* missing.c */
extern void settle_missing(Store *store, Stage *stage);
extern DocRow *find_doomed(Store *store, const DocRow *row);

/* views.c */
extern bool has_instead_rules(Relation relation);
extern Expr *default_below(Relation view, AttrNumber attnum, List **relids);
extern bool may_lock_rows(Relation relation, Oid role, List **relids);

/* defaults.c */
extern Datum default_value(Store *store, const StoreTable *table, AttrNumber attnum, bool *isnull);

/* A column of a row, as of some time. */
typedef Datum (*ColumnValue) (const DocRow *row, AttrNumber attnum, bool *isnull);

/* keys.c */
extern int	level_attribute(const Level *level, AttrNumber attnum);
extern Row *found_row(const DocRow *row);
extern bool make_keys(Store *store, Stage *stage);
extern void connect_rows(Store *store, Stage *stage);
extern bool written_value(const DocRow *row, AttrNumber attnum, Datum *value, bool *isnull);
extern Datum followed_value(const DocRow *row, AttrNumber attnum, bool *isnull);
extern Bitmapset *nullable_columns(const StoreTable *table, const ForeignKey *key);
extern Bitmapset *told_columns(const Stage *stage);
extern void take_told(Store *store, const StoreStatement *statement, DocRow *row,
					  const Datum *values, const bool *nulls);
extern void follow_told_keys(Store *store, DocRow *row);
extern Datum present_value(const DocRow *row, AttrNumber attnum, bool *isnull);
extern Datum found_value(const DocRow *row, AttrNumber attnum, bool *isnull);
extern bool changes_key(const DocRow *row, const ForeignKey *key);
extern bool is_taken_along(const DocRow *row, const ForeignKey *key, const DocRow *target);
extern bool follows_parent(const DocRow *row);
extern bool waits_for_others(const DocRow *row, const DocRow *self);
extern bool leads_to(const DocRow *row, const ForeignKey *key, const DocRow *target, bool as_found);
extern bool has_led_to(const DocRow *row, const ForeignKey *key, const DocRow *target);
extern bool clear_key(Store *store, DocRow *row, const ForeignKey *key);
extern bool row_value(const DocRow *row, AttrNumber attnum, Datum *value, bool *isnull);

/* A column of a new row, whose value is to be made: it stands for that. */
typedef struct MadeKey
{
	const DocRow *row;
	AttrNumber	attnum;
} MadeKey;

/* made_keys.c */
extern bool says_made(const DocRow *place, AttrNumber attnum, MadeKey *made);
extern bool is_same_made(const MadeKey *left, const MadeKey *right);
extern bool leads_away(const DocRow *place);
extern void tell_other_key(Store *store, const DocRow *place, const StoreRelation *relation);
extern void check_made_keys(Store *store, const DocRow *row);

/* key_value.c */
extern int	key_index(const ForeignKey *key, AttrNumber attnum);
extern bool writes_key(const DocRow *row, const ForeignKey *key);
extern Datum convert_value(Datum value, Oid from, Oid to, int32 typmod);
extern bool is_key_value(const ForeignKey *key, int i, Datum leading, Datum value);
extern Datum exact_value(const ForeignKey *key, int i, Datum value);
extern Datum referencing_value(const ForeignKey *key, int i, Datum value);
extern bool fit_key_value(Store *store, DocRow *row, const DocRow *target, const ForeignKey *key,
						  int i, Datum *value);
extern void key_not_known(Store *store, DocRow *row, const DocRow *target, AttrNumber attnum);
extern List *parent_key_steps(const DocRow *row, const ForeignKey *key);

/* The rows of a table that documents say, in the order in which they are written. */
typedef struct SharedRows
{
	const StoreTable *table;
	List	   *attnums;		/* that tell them apart */
	KeyMap	   *rows;			/* DocRow */
} SharedRows;

/* shared.c */
extern SharedRows *find_shared(Store *store, List **list, const StoreLevel *level, int *columns);
extern Datum shared_row(Store *store, List **tables, const DocRow *row);
extern void column_differs(Store *store, const DocRow *place, AttrNumber attnum);
extern bool says_column(const DocRow *row, AttrNumber attnum, Datum *value, bool *isnull);
extern void note_written(DocRow *row, const DocRow *written, const Bitmapset *columns);
extern void give_columns(Store *store, DocRow *there, DocRow *row, const Bitmapset *columns);

extern void share_rows(Store *store);
extern void check_links(Store *store, const Stage *stage);

/* shared_pairs.c */
extern void share_pairs(Store *store);

/* changed_keys.c */
extern bool only_links(const Stage *stage);
extern const DocRow *last_writer(const DocRow *row);
extern void share_keys(Store *store);

/* run_rows.c */
extern void add_row(Store *store, RowList *list, DocRow *row);
extern StatementRun update_run(Store *store, const Stage *stage, RowFiller fill);
extern void run_at_once(void *arg);
extern void run_all_at_once(List *runs);
extern void run_list(StatementRun *run, RowList *list);

/* together.c */
extern List *add_run(List *runs, StatementRun run, const RowList *list);
extern void run_in_turn(void *arg);
extern void run_together(void *arg);
extern void run_each_document(Store *store, List *runs, void (*failed) (Store *store, List *runs));

/* fill.c */
extern Bitmapset *identity_columns(const StoreLevel *level);
extern Bitmapset *junction_columns(const StoreRelation *relation);
extern void fill_columns(const StoreStatement *statement, const DocRow *row, ColumnValue key_value,
						 ColumnValue column_value, Datum *values, bool *nulls);
extern void fill_present(Store *store, const StoreTable *table, const StoreStatement *statement,
						 DocRow *row, Datum *values, bool *nulls);
extern void fill_moved(Store *store, const StoreTable *table, const StoreStatement *statement,
					   DocRow *row, Datum *values, bool *nulls);
extern void fill_new(Store *store, const StoreTable *table, const StoreStatement *statement,
					 DocRow *row, Datum *values, bool *nulls);
extern bool junction_value(const StoreTable *table, const ForeignKey *key, const DocRow *row,
						   AttrNumber attnum, bool before, Datum *value, bool *isnull);
extern bool junction_key(const StoreRelation *relation, const Bitmapset *columns, const DocRow *near,
						 const DocRow *far, bool before, Datum *values);
extern void fill_pair(Store *store, const StoreTable *table, const StoreStatement *statement,
					  DocRow *row, Datum *values, bool *nulls);
extern void fill_moved_pair(Store *store, const StoreTable *table, const StoreStatement *statement,
							DocRow *row, Datum *values, bool *nulls);

/* circles.c */
extern bool is_inserted(const DocRow *row);
extern bool is_updated(const DocRow *row);
extern Bitmapset *updated_columns(const DocRow *row);
extern List *awaited_rows(const Store *store, const DocRow *row);
extern bool waits_for_stages(const Store *store, const Stage *stage);
extern bool inserts_elsewhere(const Store *store, Stage *stage);
extern void note_pending(Store *store, DocRow *row);
extern void close_circles(Store *store);
extern void open_circles(Store *store, Stage *stage);
extern const DocRow *led_to_old_key(Store *store, const DocRow *row, const ForeignKey *key);

/* moved_keys.c */
extern bool is_moved_pair(const Stage *stage, const PresentPair *pair);
extern void move_keys(Store *store);

/* delete_order.c */
extern bool goes_last(const Stage *stage);
extern void order_deletes(Store *store);

/* deletes.c */
extern void run_deletes(Store *store, bool to_one);

/* inserts.c */
extern void insert_stage(Store *store, Stage *stage, bool early);
extern void follow_stage(Store *store, Stage *stage);
extern void insert_before(Store *store, Stage *stage, List **done);

/* apply.c */
extern void apply_changes(Store *store);
extern void check_written(Store *store);

/* lock.c */
extern Bitmapset *changed_documents(Store *store);
extern int	lock_rows(Store *store, Bitmapset *documents);

/* statement.c */
extern StoreStatement *find_statement(StoreTable *table, StatementKind kind, Bitmapset *keys,
									  Bitmapset *columns, bool for_root);
extern uint64 run_statement(Store *store, StoreTable *table, StoreStatement *statement,
							DocRow **rows, int nrows, RowFiller fill, RowTaker take);
extern void run_statements(Store *store, const List *runs, const List *statements);
extern void free_statements(StoreTable *table);

/* changes.c */
extern List *list_changes(Store *store);

#endif							/* JSONIFY_STORE_INTERNAL_H */
