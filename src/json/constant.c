/*
 * constant.c
 *		Fields that a shape gives a value: a literal, or what a call passes as a
 *		param, which is the JSON that it is.
 */
#include "json/internal.h"

static void
put_constant(Sink *sink, Datum jsonb)
{
	struct varlena *value = (struct varlena *) DatumGetPointer(jsonb);

	sink->ops->put_jsonb(sink, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
}

static void
write_constant(Sink *sink, const Field *field, const Datum *values, const bool *nulls,
			   const RowSet *related)
{
	const Constant *constant = field->constant;

	if (constant->param != NULL)
	{
		bool		isnull;
		Datum		jsonb = bind_value(constant->param, sink->params, &isnull);

		put_constant(sink, jsonb);
		pfree(DatumGetPointer(jsonb));
	}
	else if (constant->isnull)
		sink->ops->put_null(sink);
	else
		put_constant(sink, constant->jsonb);
}

static bool
constant_is_present(Sink *sink, const Field *field, const RowSet *related, bool keep_nulls,
					PresentField *present)
{
	return keep_nulls || !field->constant->isnull;
}

const FieldForm constant_form = {write_constant, constant_is_present};
