#!/usr/bin/env bash
# growth.sh GENERATOR RESULTS
#	The same shop at several ages and sizes: whole orders and the WAL they write, and what it is asked (queries.sql).
#
#	A database for each size (growth.sql), all of them in turns.  Writes RESULTS/growth, separated by tabs: round, what,
#	movements, products, and for orders how many a second and bytes of WAL for one, for a query its milliseconds.
#
#	ROUNDS, RUN_SECONDS, QUERY_RUNS		how often, how long, how many of a query
#	MOVEMENTS, PRODUCTS					sizes, as lists; more movements with the fewest products, more products with
#										the fewest movements
set -euo pipefail

generator=$1 results=$2/growth
folder=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=test/bench/common.sh
. "$folder/common.sh"
read -ra movements_list <<< "${MOVEMENTS:-1000000 5000000 20000000}"
read -ra products_list <<< "${PRODUCTS:-11000 100000}"
sizes=()
for movements in "${movements_list[@]}"; do sizes+=("$movements ${products_list[0]}"); done
for products in "${products_list[@]:1}"; do sizes+=("${movements_list[0]} $products"); done

database_of()
{
	echo "bench_growth_$1_$2"
}

fill()
{
	local movements=$1 products=$2 PGDATABASE
	PGDATABASE=$(database_of "$movements" "$products")
	export PGDATABASE
	echo "Filling $movements movements of $products products ..."
	new_database "$PGDATABASE"
	psql_bench -c 'CREATE EXTENSION wms'
	psql_bench -v movements="$movements" -v products="$products" -f "$folder/growth.sql" > /dev/null
}

wal_position()
{
	psql_bench -At -c "SELECT pg_current_wal_insert_lsn() - '0/0'"
}

# play_orders what-stands-before-the-figures
play_orders()
{
	local from until line
	from=$(wal_position)
	line=$("$generator" "host=$PGHOST port=$PGPORT dbname=$PGDATABASE" order wms 5 8 "${RUN_SECONDS:-10}")
	until=$(wal_position)
	awk -v before="$1" -v wal="$((until - from))" '{ printf "%s\t%.1f\t%.0f\n", before, $1 / $3, wal / $1 }' <<< "$line" >> "$results"
}

play()
{
	local movements=$1 products=$2 PGDATABASE
	PGDATABASE=$(database_of "$movements" "$products")
	export PGDATABASE
	play_orders "$round	whole order	$movements	$products"
	psql_bench -v runs="${QUERY_RUNS:-50}" -f "$folder/queries.sql" |
		awk -F '\t' -v OFS='\t' -v round="$round" -v movements="$movements" -v products="$products" \
			'{ print round, $1, movements, products, $2 }' >> "$results"
}

for size in "${sizes[@]}"; do
	# shellcheck disable=SC2086
	fill $size
done
psql_bench -c CHECKPOINT
for ((round = 1; round <= ${ROUNDS:-5}; round++)); do
	echo "Growth, round $round of ${ROUNDS:-5} ..."
	for size in "${sizes[@]}"; do
		# shellcheck disable=SC2086
		play $size
	done
done
for size in "${sizes[@]}"; do
	# shellcheck disable=SC2086
	drop_database "$(database_of $size)"
done
