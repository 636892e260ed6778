/*
 * module.c
 *		The library's start.
 */
#include "load/load.h"
#include "run/run.h"

JSONIFY_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	settings_init();
	load_init();
	cache_init();
}
