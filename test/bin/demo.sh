#!/usr/bin/env bash
# demo.sh
#	A private server with wms and example data, to look around in; demo-stop.sh ends it.
set -euo pipefail

tree=$(cd "$(dirname "$0")/../.." && pwd)
note=$tree/build/demo		# where the server of the demo is
pg_config=$("$BASH" "$tree/test/bin/prerequisites.sh")
# shellcheck source=test/bin/cluster.sh
. "$tree/test/bin/cluster.sh"

run_sql()
{
	as_user "$BIN/psql" -qXAt -v ON_ERROR_STOP=1 -d wms -c "$1"
}

if [ -s "$note" ] && [ -f "$(head -n 1 "$note")/data/postmaster.pid" ]; then
	echo "The demo is running already:"
	tail -n 1 "$note"
	exit
fi
mkdir -p "${note%/*}"
: > "$note"
echo "Building wms and starting a private server ..."
cluster_prepare "$pg_config" "$tree"
cluster_start
as_user "$BIN/createdb" wms
run_sql 'CREATE EXTENSION wms'
if [ "$(run_sql "SELECT to_regproc('wms_seed_demo') IS NOT NULL")" = t ]; then
	echo "Filling it with example data ..."
	run_sql 'SELECT wms_seed_demo()' > /dev/null
fi
printf '%s\n' "$WORK" "  $BIN/psql -h $PGHOST -p $PGPORT -U $PGUSER wms" > "$note"
cluster_keep
echo "Connect with:"
tail -n 1 "$note"
echo "End it with: make demo-stop"
