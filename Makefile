EXTENSION = jsonify
MODULE_big = jsonify
OBJS = $(patsubst %.c,%.o,$(wildcard src/*.c))

# The version stands in jsonify.control alone.
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" jsonify.control)
DATA_built = sql/jsonify--$(EXTVERSION).sql

# Hidden symbols: the server loads every library into one namespace.
PG_CFLAGS = -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -fvisibility=hidden

REGRESS = $(patsubst test/sql/%.sql,%,$(sort $(wildcard test/sql/*.sql)))
REGRESS_OPTS = --inputdir=$(srcdir)/test --encoding=UTF8 --no-locale
# Both kinds share expected/, so their names must differ.
ISOLATION = $(patsubst test/specs/%.spec,%,$(sort $(wildcard test/specs/*.spec)))
ISOLATION_OPTS = --inputdir=$(srcdir)/test --outputdir=. --encoding=UTF8 --no-locale --load-extension=jsonify
# For what tests include; pg_regress sets it itself from 15 on.
export PG_ABS_SRCDIR = $(abspath $(srcdir)/test)

PG_CONFIG = pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
# Bitcode serves to inline small functions into queries; there are none here.
override with_llvm = no
include $(PGXS)

$(OBJS): $(wildcard src/*.h)

$(DATA_built): sql/jsonify.sql jsonify.control
	cp $< $@
