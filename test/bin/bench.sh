#!/usr/bin/env bash
# bench.sh
#	Measures wms against what a competent user would write instead, and writes docs/benchmarks.md.
#
#	ROUNDS, SECONDS		rounds, and how long each run of one lasts: 5 of 10 s
#	CLIENTS, LINES		sessions and lines of an order, as lists: "1 8" and "1 5 20"
#	ROWS				stock rows: 1000000
#	SYNC, WORKS			synchronous_commit, and what is done, as lists: "off on" and "reserve order hot"
#	DOCUMENT			the file whose part between the marks is written: docs/benchmarks.md
#
#	Needs a C compiler and libpq; gnuplot for the plots.
set -euo pipefail

tree=$(cd "$(dirname "$0")/../.." && pwd)
document=${DOCUMENT:-$tree/docs/benchmarks.md}
export LC_ALL=C
pg_config=$("$BASH" "$tree/test/bin/prerequisites.sh")
# shellcheck source=test/bin/cluster.sh
. "$tree/test/bin/cluster.sh"

fail()
{
	echo "bench: $*" >&2
	exit 1
}

require_tools()
{
	if [ ! -f "$("$pg_config" --includedir)/libpq-fe.h" ] || ! command -v gnuplot > /dev/null; then
		if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
			DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends libpq-dev gnuplot-nox >&2
		fi
	fi
	[ -f "$("$pg_config" --includedir)/libpq-fe.h" ] || fail "there is no libpq-fe.h: install libpq-dev"
	command -v gnuplot > /dev/null || echo "bench: without gnuplot there are no plots" >&2
}

conditions()
{
	echo "$("$pg_config" --version), $(nproc) processors ($(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)),"
	echo "$(awk '/MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo) GB; $(date -u +%F)."
	echo "${ROWS:-1000000} stock rows on each side, ${ROUNDS:-5} rounds of ${RUN_SECONDS:-10} s a run; load average before: $load, after: $(cut -d ' ' -f 1-3 /proc/loadavg)."
	echo "Server: shared_buffers 2GB, max_wal_size 8GB, fsync on, wal_level replica, autovacuum on; the rest as installed."
}

require_tools
load=$(cut -d ' ' -f 1-3 /proc/loadavg)
cluster_prepare "$pg_config" "$tree"
cluster_start "fsync = on" "wal_level = replica" "shared_buffers = 2GB" "max_wal_size = 8GB" \
	"listen_addresses = '127.0.0.1'"
"${CC:-cc}" -O2 -I"$("$pg_config" --includedir)" "$tree/test/bench/generator.c" -o "$WORK/generator" \
	-L"$("$pg_config" --libdir)" -lpq -lpthread
as_user "$BIN/createdb" bench
as_user env PGDATABASE=bench TCP=127.0.0.1 PATH="$BIN:$PATH" bash "$WORK/tree/test/bench/run.sh" "$WORK/generator" "$WORK/results"
CONDITIONS=$(conditions) bash "$tree/test/bench/report.sh" "$WORK/results" "$document" "${document%.md}"
echo "written: $document"
