#!/usr/bin/env bash
# replay.sh RESULTS
#	Replays a file of past trade (docs/demo.md) with wms and in PL/pgSQL, week by week in turns.
#
#	Writes RESULTS/replay, separated by tabs: week, way, seconds, orders, their lines.
#
#	DATA				the file, CSV; standard input
#	SESSIONS, WEEKS		how many trade at the same time: 4; how many weeks are replayed: all
set -euo pipefail

results=$1/replay
folder=$(cd "$(dirname "$0")" && pwd)
sessions=${SESSIONS:-4}
# shellcheck source=test/bench/common.sh
. "$folder/common.sh"
export PGDATABASE=bench_replay
if [ -n "${DATA:-}" ]; then exec < "$DATA"; fi

load()
{
	echo "Loading the trade of the past ..."
	new_database "$PGDATABASE"
	psql_bench -c 'CREATE EXTENSION wms' -f "$folder/../demo/load.sql"
	psql_bench -c '\copy demo.raw (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country) FROM pstdin (FORMAT csv, HEADER)'
	psql_bench -v sessions="$sessions" -f "$folder/../demo/prepare.sql" -f "$folder/../demo/replay.sql" -f "$folder/plain.sql" \
		-f "$folder/functions.sql" -f "$folder/replay.sql"
}

# Plans that were made while a table was empty would read the whole of it for a week.
settings_of()
{
	if [ "$1" = plain ]; then echo "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off"; else echo "RESET ALL"; fi
}

# replay schema week; the deliveries before it are not measured
replay()
{
	local session from workers=()
	psql_bench -c "CALL $1.deliver('$2')"
	from=$(date +%s.%N)
	for ((session = 0; session < sessions; session++)); do
		psql_bench -c "$(settings_of "$1")" -c "CALL $1.replay('$2', $session)" &
		workers+=($!)
	done
	for session in "${workers[@]}"; do wait "$session"; done
	psql_bench -At -F '	' -c "SELECT '$2', '$1', round(extract(epoch FROM clock_timestamp())::numeric - $from, 3), count(*),
		sum(sale_lines) FROM demo.invoice WHERE week = '$2' AND sales IS NOT NULL" | sed 's/	demo	/	wms	/; s/	plain	/	loop	/' >> "$results"
}

# Both sides sold the same and have the same left.
verify()
{
	psql_bench -At <<- SQL | { ! grep .; } || fail "the above does not add up"
		SELECT * FROM wms_verify();
		SELECT 'refused', invoice_no, what, message FROM demo.refused WHERE what <> 'line' LIMIT 10;
		SELECT 'sold', w.sum, p.sum FROM (SELECT sum(total) FROM sales.orders) w, (SELECT sum(total) FROM plain.orders) p WHERE w.sum <> p.sum;
		SELECT 'on hand', w.sum, p.sum FROM (SELECT sum(quantity) FROM inventory.stock_items) w,
		  (SELECT sum(quantity) FROM plain.stock_items) p WHERE w.sum <> p.sum;
		SELECT 'customers', w.sum, p.sum FROM (SELECT sum(total_spent) FROM crm.customer_profiles) w,
		  (SELECT sum(spent) FROM plain.customer_totals) p WHERE w.sum <> p.sum;
	SQL
}

load
echo "Replaying it, $sessions sessions at the same time ..."
for week in $(psql_bench -At -c "SELECT DISTINCT week FROM demo.invoice ORDER BY week LIMIT ${WEEKS:-ALL}"); do
	replay demo "$week"
	replay plain "$week"
done
verify
drop_database "$PGDATABASE"
