#!/usr/bin/env bash
# run.sh GENERATOR RESULTS
#	Plays every kind of work in every way, taking turns, on the server that PGHOST, PGPORT and PGDATABASE name.
#
#	Fills the database first: wms, the same tables without it (plain.sql), tables as one meets them (seed.sql), stock
#	in all of them (fill.sql).  Adds to RESULTS/work, a line a run, separated by tabs: round, work, way,
#	synchronous_commit, lines, clients, and what generator.c prints.  Ways take turns within a round, so that what
#	else the machine does hits all of them.
#
#	The usual combination, of the middle of the lines, the middle of the clients and the first of SYNC, is played in every
#	way; one of the three changed at a time in the ways that are compared most, for half as long.
#
#	ROUNDS, RUN_SECONDS					how often, and how long
#	HOT_ROUNDS, HOT_SECONDS				the same on a hot item
#	CLIENTS, LINES, SYNC, WORKS			what is varied; SYNC is synchronous_commit
#	HOT_CLIENTS							how many want the hot item: 32
#	ROWS								stock rows
#	TCP									a host where the server listens: object-relational mapping over it, too
set -euo pipefail
shopt -u checkwinsize	# it would set LINES

generator=$1 results=$2/work
folder=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=test/bench/common.sh
. "$folder/common.sh"
read -ra clients_list <<< "${CLIENTS:-1 2 8 32}"
read -ra lines_list <<< "${LINES:-1 5 20 1100}"
read -ra sync_list <<< "${SYNC:-off on}"
# Clients are varied with this many lines, lines with this many clients.
usual_lines=$(usual_lines)
usual_clients=${clients_list[${#clients_list[@]} / 2]}
hot_clients=${HOT_CLIENTS:-32}
rounds=${ROUNDS:-5}
hot_rounds=${HOT_ROUNDS:-3}

fill()
{
	echo "Filling ${ROWS:-1000000} stock rows, three times ..."
	psql_bench -c 'CREATE EXTENSION IF NOT EXISTS wms' -f "$folder/plain.sql" -f "$folder/seed.sql" -f "$folder/functions.sql"
	# there a trigger sets updated_at
	sed -e 's/\<plain\./seed./g' -e 's/, updated_at = now()//' "$folder/functions.sql" | psql_bench
	psql_bench -v rows="${ROWS:-1000000}" -f "$folder/fill.sql"
}

# ways_of work sync lines clients.  hot is holding one and the same item; held_back the same while a snapshot is open.
ways_of()
{
	case $1 in
		consume) echo "wms spi loop seed" ;;
		hot) echo "wms early spi loop set orm" ;;
		held_back) echo "wms early loop" ;;
		*) if is_usual "$2" "$3" "$4"; then every_way "$1"; else echo "wms loop set seed orm"; fi ;;
	esac
}

every_way()
{
	echo "wms spi loop set seed orm${TCP:+ orm_tcp}"
	if [ "$1" = reserve ]; then echo "noindex empty commit"; fi
}

# is_usual sync lines clients
is_usual()
{
	[ "$*" = "${sync_list[0]} $usual_lines $usual_clients" ]
}

# seconds_of work sync lines clients
seconds_of()
{
	case $1 in
		hot | held_back) echo "${HOT_SECONDS:-60}" ;;
		*) if is_usual "$2" "$3" "$4"; then echo "${RUN_SECONDS:-10}"; else awk -v all="${RUN_SECONDS:-10}" 'BEGIN { print all / 2 }'; fi ;;
	esac
}

# play work way sync lines clients
play()
{
	local work=$1 way=$2 host=$PGHOST items=0 seconds measured
	seconds=$(seconds_of "$1" "$3" "$4" "$5")
	if [ "$way" = orm_tcp ]; then host=$TCP; fi
	case $work in hot | held_back) items=1 work=reserve ;; esac
	measured=$("$generator" "host=$host port=$PGPORT options='-c synchronous_commit=$3'" "$work" "${way%_tcp}" "$4" "$5" \
		"$seconds" "$items")
	printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$round" "$1" "$way" "$3" "$4" "$5" "$measured" >> "$results"
}

play_all_ways()
{
	local way
	for way in $(ways_of "$1" "$2" "$3" "$4"); do play "$1" "$way" "$2" "$3" "$4"; done
}

# A session with a snapshot, which sees nothing that comes after it and keeps vacuum from what it sees.
play_held_back()
{
	local way holder
	for way in $(ways_of held_back); do
		coproc psql -qXAt
		# shellcheck disable=SC2153
		holder=$COPROC_PID
		echo 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class;' >&"${COPROC[1]}"
		read -r _ <&"${COPROC[0]}"
		play held_back "$way" on 1 "$hot_clients"
		echo '\q' >&"${COPROC[1]}"
		wait "$holder" || true
	done
}

play_combinations()
{
	local work=$1 sync lines clients
	for lines in "${lines_list[@]}"; do
		for clients in "${clients_list[@]}"; do
			if [ "$lines" = "$usual_lines" ] || [ "$clients" = "$usual_clients" ]; then
				play_all_ways "$work" "${sync_list[0]}" "$lines" "$clients"
			fi
		done
	done
	for sync in "${sync_list[@]:1}"; do play_all_ways "$work" "$sync" "$usual_lines" "$usual_clients"; done
}

play_round()
{
	local work
	for work in ${WORKS:-reserve consume order hot held_back}; do
		case $work in
			hot) if [ "$round" -le "$hot_rounds" ]; then play_all_ways hot on 1 "$hot_clients"; fi ;;
			held_back) if [ "$round" -le "$hot_rounds" ]; then play_held_back; fi ;;
			consume) play_all_ways consume "${sync_list[0]}" 1 "$usual_clients" ;;
			*) play_combinations "$work" ;;
		esac
	done
}

# What is held is what the stock rows say, nothing is oversold, and wms finds nothing to complain about.
verify()
{
	psql_bench -At <<- SQL | { ! grep .; } || fail "the above does not add up"
		SELECT * FROM wms_verify();
		SELECT 'plain', s.held, r.held FROM (SELECT sum(reserved_quantity) AS held FROM plain.stock_items) s,
		  (SELECT (SELECT coalesce(sum(quantity), 0) FROM plain.stock_reservations WHERE status = 'active')
		     + (SELECT count(*) FROM plain.reservations_no_index) AS held) r WHERE s.held <> r.held;
		SELECT 'seed', s.held, r.held FROM (SELECT sum(reserved_quantity) AS held FROM seed.stock_items) s,
		  (SELECT coalesce(sum(quantity), 0) AS held FROM seed.stock_reservations WHERE status = 'active') r WHERE s.held <> r.held;
	SQL
}

fill
for ((round = 1; round <= rounds; round++)); do
	echo "Work side by side, round $round of $rounds ..."
	play_round
done
verify
