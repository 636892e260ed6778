# Builds in place, or in a directory of its own: make -f ../jsonify/Makefile
here := $(dir $(lastword $(MAKEFILE_LIST)))

EXTENSION = jsonify
MODULE_big = jsonify
OBJS := $(patsubst $(here)%.c,%.o,$(wildcard $(here)src/*.c $(here)src/*/*.c))
headers := $(wildcard $(here)src/*.h $(here)src/*/*.h)

# The version stands in jsonify.control alone.
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" $(here)jsonify.control)
DATA_built = sql/jsonify--$(EXTVERSION).sql
DATA = $(patsubst $(here)%,%,$(wildcard $(here)sql/jsonify--*--*.sql))

PG_CPPFLAGS = -I$(here)src
# Hidden symbols: the server loads every library into one namespace.
PG_CFLAGS = -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -fvisibility=hidden

REGRESS = $(patsubst $(here)test/sql/%.sql,%,$(sort $(wildcard $(here)test/sql/*.sql)))
REGRESS_OPTS = --inputdir=$(here)test --encoding=UTF8 --no-locale
# Both kinds share expected/, so their names must differ.
ISOLATION = $(patsubst $(here)test/specs/%.spec,%,$(sort $(wildcard $(here)test/specs/*.spec)))
ISOLATION_OPTS = --inputdir=$(here)test --outputdir=. --encoding=UTF8 --no-locale --load-extension=jsonify
# pg_regress looks for expected output where it runs.
REGRESS_PREP = link-expected
# For what tests include; pg_regress sets it itself from 15 on.
export PG_ABS_SRCDIR = $(abspath $(here)test)

# PGXS looks for it itself only of a PostgreSQL that was not built among its own sources.
ifneq ($(here),./)
VPATH = $(here)
endif
PG_CONFIG = pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
# Bitcode serves to inline small functions into queries; there are none here.
override with_llvm = no
include $(PGXS)

# VPATH finds sources, but makes no directories.
$(shell mkdir -p sql $(sort $(dir $(OBJS))))

$(OBJS): $(headers)

.PHONY: link-expected
link-expected:
	test -e expected || ln -s $(abspath $(here)expected) expected

# The archive for PGXN: of what is committed.
DISTDIR = .
.PHONY: dist
dist:
	git -c safe.directory='*' -C $(abspath $(here)) archive --format=zip --prefix=jsonify-$(EXTVERSION)/ HEAD \
		>$(DISTDIR)/jsonify-$(EXTVERSION).zip

$(DATA_built): sql/jsonify.sql jsonify.control
	cp $< $@
