#!/usr/bin/env bash
# own.sh RESULTS
#	What small things cost by themselves (own.sql), in a database of its own.  Writes RESULTS/own.
#
#	ROUNDS, OWN_ROWS		how often, and of how many rows: 1000000
set -euo pipefail

# shellcheck source=test/bench/common.sh
. "$(dirname "$0")/common.sh"

echo "What small things cost by themselves ..."
new_database bench_own
PGDATABASE=bench_own psql_bench -v rounds="${ROUNDS:-5}" -v rows="${OWN_ROWS:-1000000}" -f "$(dirname "$0")/own.sql" >> "$1/own"
drop_database bench_own
