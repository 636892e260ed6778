/*
 * walk.c
 *		The members of a jsonb object, or the elements of an array, one after the other: as
 *		JsonbIterator has them with skipNested, but without its steps between them. Most of
 *		what a document costs is that it is read once.
 */
#include "store/internal.h"

/* Before the first child of a container. */
JsonWalk
begin_walk(JsonbContainer *container)
{
	bool		is_object = JsonContainerIsObject(container);
	int			count = JsonContainerSize(container);
	JsonWalk	walk = {
		.container = container,
		.count = count,
		.data = (char *) &container->children[is_object ? count * 2 : count]
	};

	/* values stand behind all keys */
	if (is_object && count > 0)
		walk.offset = getJsonbOffset(container, count);
	return walk;
}

/* The child that an entry is of, at an offset from where they begin; it points into the container. */
static void
get_child(const JsonWalk *walk, JEntry entry, uint32 offset, uint32 end, JsonbValue *value)
{
	if (JBE_ISSTRING(entry))
	{
		value->type = jbvString;
		value->val.string.val = walk->data + offset;
		value->val.string.len = end - offset;
	}
	else if (JBE_ISCONTAINER(entry))
	{
		value->type = jbvBinary;
		value->val.binary.data = (JsonbContainer *) (walk->data + INTALIGN(offset));
		value->val.binary.len = end - INTALIGN(offset);
	}
	else if (JBE_ISNUMERIC(entry))
	{
		value->type = jbvNumeric;
		value->val.numeric = (Numeric) (walk->data + INTALIGN(offset));
	}
	else if (JBE_ISNULL(entry))
		value->type = jbvNull;
	else
	{
		value->type = jbvBool;
		value->val.boolean = JBE_ISBOOL_TRUE(entry);
	}
}

static void
next_child(JsonWalk *walk, int index, JsonbValue *value)
{
	JEntry		entry = walk->container->children[index];
	uint32		offset = walk->offset;

	JBE_ADVANCE_OFFSET(walk->offset, entry);
	get_child(walk, entry, offset, walk->offset, value);
}

/* The next member of an object, in jsonb's order of keys; false where there is none. */
bool
next_member(JsonWalk *walk, JsonbValue *name, JsonbValue *value)
{
	uint32		offset = walk->key_offset;

	if (walk->next == walk->count)
		return false;
	JBE_ADVANCE_OFFSET(walk->key_offset, walk->container->children[walk->next]);
	name->type = jbvString;
	name->val.string.val = walk->data + offset;
	name->val.string.len = walk->key_offset - offset;
	next_child(walk, walk->count + walk->next++, value);
	return true;
}

/* The next element of an array; false where there is none. */
bool
next_element(JsonWalk *walk, JsonbValue *value)
{
	if (walk->next == walk->count)
		return false;
	next_child(walk, walk->next++, value);
	return true;
}
