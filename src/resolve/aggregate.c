/*
 * aggregate.c
 *		Fields that show an aggregate over related rows: a level whose one row a
 *		parent is computed by its query.
 */
#include "resolve/internal.h"

#include "access/relation.h"

/*
 * The branch of an aggregate, and a builder for its level, whose table is opened:
 * one that another aggregate has made will do, if both are over all rows that
 * the relationship leads to, and over nothing beyond.
 */
static Relation
begin_aggregate(LevelBuilder *builder, const ShapeItem *item, const Relationship *relationship,
				Field *field, LevelBuilder *child)
{
	const ShapeStep *step = linitial(item->path);
	ShapePlace	place = {item->shape, step->name.location};
	bool		is_plain = is_unfiltered(step->args) && list_length(item->path) <= 2;
	Relation	relation;

	if (is_plain && list_length(item->path) == 2)
	{
		Scope		probe = {.context = builder->scope.context};
		StepTarget	target;

		relation = open_table(&probe, relationship->target);
		is_plain = find_path_step(&probe, item->shape, lsecond(item->path), true, &target) &&
			target.relationship == NULL;
		relation_close(relation, NoLock);
	}
	field->branch = is_plain ? find_shared_branch(builder, relationship, true) : NULL;
	if (field->branch != NULL)
		return continue_child(child, builder, field->branch);

	field->branch = begin_branch(builder, relationship, field->key, place);
	relation = begin_child(child, builder, field->branch);
	child->level->is_aggregate = true;
	if (is_plain)
		share_branch(builder, field->branch);
	return relation;
}

/*
 * A field of an aggregate over related rows. The rows are not read: their
 * query aggregates them for each parent.
 */
void
resolve_aggregate_field(LevelBuilder *builder, const ShapeItem *item, Field *field)
{
	const ShapeStep *step = linitial(item->path);
	SqlExpression result;
	RowFilter  *filter;
	StepTarget	target;
	LevelBuilder child;
	Relation	relation;
	SqlTable	table = {.scope = &child.scope,.alias = "c"};

	if (!find_step(&builder->scope, item->shape, step, true, &target))
		unknown_name(&builder->scope, item->shape, step, true);
	check_filter_args(item->shape, step->args, "an aggregate");
	field->column = -1;
	field->form = &path_form;
	field->or_zero = item->aggregate == AGGREGATE_COUNT;
	relation = begin_aggregate(builder, item, target.relationship, field, &child);
	filter = &field->branch->filter;
	resolve_filter(&child, filter, item->shape, step->args);
	table.placing = placing_of(child.level);
	table.level = child.level;
	table.joins = &child.level->joins;
	table.values = &filter->values;
	result = resolve_aggregate_call(&table, item->shape, item->aggregate, item->path,
									&filter->condition, item->name.location);
	relation_close(relation, NoLock);

	field->next = palloc0(sizeof(Field));
	field->next->key = field->key;
	field->next->column = level_expression(&child, result, place_of(item));
	field->next->type = resolve_field_type(&builder->scope.context->types, item, result.typid);
}
