# wms: `make && make install`, then CREATE EXTENSION wms.  `make check` needs nothing but this tree.
#
#   PG_CONFIG=/path/to/pg_config   the PostgreSQL to build for
#   make check [SUITES="regress owner isolation pgtap tap"] [TESTS="names"]   everything on a private server
#   make installcheck              regression and isolation tests on a running server, TAP on servers of its own
#   make demo, make demo-stop      a private server with example data
#   make bench                     measures wms against plain SQL and writes docs/benchmarks.md (test/bin/bench.sh)

SCRIPTS_OF_TEST = check demo demo-stop bench

ifneq ($(filter $(SCRIPTS_OF_TEST),$(MAKECMDGOALS)),)

# These bring what they need themselves, PostgreSQL included, so nothing of PGXS may be asked for here.
# bash counts in a SECONDS of its own.
.PHONY: $(MAKECMDGOALS)
.NOTPARALLEL:
$(SCRIPTS_OF_TEST):
	@RUN_SECONDS='$(SECONDS)' bash test/bin/$@.sh
$(filter-out $(SCRIPTS_OF_TEST),$(MAKECMDGOALS)):
	@$(MAKE) $@

else

EXTENSION = wms
MODULE_big = wms
EXTVERSION := $(shell sed -n "s/^default_version *= *'\([^']*\)'.*/\1/p" wms.control)
OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c src/*/*.c)))
DATA = $(sort $(wildcard src/updates/wms--*.sql))
DATA_built = build/wms--$(EXTVERSION).sql
EXTRA_CLEAN = build
SHLIB_LINK += -lcrypt

WERROR = -Werror
PG_CPPFLAGS = -I$(srcdir)/src -DWMS_VERSION='"$(EXTVERSION)"'
PG_CFLAGS = -Wall -Wextra $(WERROR) -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers
# clang, given the flags and attributes gcc left in the server's headers
PG_CFLAGS += $(if $(findstring clang,$(CC)),-Wno-unknown-warning-option -Wno-ignored-optimization-argument \
	-Wno-ignored-attributes)
REGRESS = $(sort $(notdir $(basename $(wildcard sql/*.sql))))
REGRESS_OPTS = --inputdir=. --load-extension=wms
ISOLATION = $(sort $(notdir $(basename $(wildcard test/specs/*.spec))))
ISOLATION_OPTS = --inputdir=test --load-extension=wms
TAP_TESTS = 1
PROVE_TESTS = test/t/*.pl

# Bitcode needs the very clang PostgreSQL was built with; few machines have it.
ifneq ($(origin with_llvm),command line)
override with_llvm = no
endif

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
ifeq ($(PGXS),)
$(error no $(PG_CONFIG): install the server's development files (postgresql-server-dev-NN), or run test/bin/prerequisites.sh)
endif
include $(PGXS)

$(DATA_built): src/generate-install.sh src/install.order wms.control $(wildcard src/*/*.sql src/migrations/*)
	@mkdir -p build
	sh src/generate-install.sh > $@.new && mv $@.new $@

# Objects follow every header, and the compiler and server they were made for.
$(OBJS): build/compiler $(wildcard src/*.h src/*/*.h) wms.control
build/compiler: force
	@mkdir -p build
	@echo '$(CC) $(VERSION_NUM) $(CFLAGS)' | cmp -s - $@ || echo '$(CC) $(VERSION_NUM) $(CFLAGS)' > $@
.PHONY: force

endif
