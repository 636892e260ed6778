/*
 * internal.h
 *		What options/'s files share.
 */
#ifndef JSONIFY_OPTIONS_INTERNAL_H
#define JSONIFY_OPTIONS_INTERNAL_H

#include "options/options.h"

/* settings.c */
extern void read_settings(Options *options);

#endif							/* JSONIFY_OPTIONS_INTERNAL_H */
