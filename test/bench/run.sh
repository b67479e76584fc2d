#!/usr/bin/env bash
# run.sh GENERATOR RESULTS
#	Plays every kind of work in every way, taking turns, on the server that PGHOST, PGPORT and PGDATABASE name.
#
#	Fills the database first: wms, the same tables without it (plain.sql), stock on both sides (fill.sql).  Adds
#	to RESULTS, a line a run, separated by tabs: round, work, way, synchronous_commit, lines, clients, and what
#	generator.c prints.  Ways take turns within a round, so that what else the machine does hits all of them.
#
#	ROUNDS, RUN_SECONDS, CLIENTS, LINES, SYNC, WORKS	how often, how long, and what is varied
#	ROWS												stock rows
#	TCP													a host where the server listens: object-relational mapping over it, too
set -euo pipefail

generator=$1 results=$2
folder=$(cd "$(dirname "$0")" && pwd)
works=${WORKS:-reserve order hot}
hot_lines=1 hot_clients=32

psql_bench()
{
	psql -qX -v ON_ERROR_STOP=1 "$@"
}

fill()
{
	echo "Filling ${ROWS:-1000000} stock rows, twice ..."
	psql_bench -c 'SET client_min_messages = warning' -c 'CREATE EXTENSION IF NOT EXISTS wms'
	psql_bench -f "$folder/plain.sql"
	psql_bench -v rows="${ROWS:-1000000}" -f "$folder/fill.sql"
}

# The ways of a kind of work; hot is reserving one and the same item.
ways_of()
{
	case $1 in
		reserve) echo "wms spi loop set orm${TCP:+ orm_tcp} noindex empty commit" ;;
		consume) echo "wms spi loop" ;;
		order) echo "wms spi loop set orm${TCP:+ orm_tcp}" ;;
		hot) echo "wms loop set orm" ;;
	esac
}

# play work way sync lines clients
play()
{
	local work=$1 way=$2 host=$PGHOST items=0
	if [ "$way" = orm_tcp ]; then host=$TCP; fi
	if [ "$work" = hot ]; then items=1 work=reserve; fi
	printf '%s\t%s\t%s\t%s\t%s\t%s\t' "$round" "$1" "$way" "$3" "$4" "$5" >> "$results"
	"$generator" "host=$host port=$PGPORT options='-c synchronous_commit=$3'" "$work" "${way%_tcp}" "$4" "$5" \
		"${RUN_SECONDS:-10}" "$items" >> "$results"
}

play_all_ways()
{
	local way
	for way in $(ways_of "$1"); do play "$1" "$way" "$2" "$3" "$4"; done
}

play_round()
{
	local work sync lines clients
	for work in $works; do
		for sync in ${SYNC:-off on}; do
			if [ "$work" = hot ]; then
				play_all_ways hot "$sync" "$hot_lines" "$hot_clients"
				continue
			fi
			for lines in ${LINES:-1 5 20}; do
				if [ "$work" = consume ] && [ "$lines" != 1 ]; then continue; fi
				for clients in ${CLIENTS:-1 8}; do play_all_ways "$work" "$sync" "$lines" "$clients"; done
			done
		done
	done
}

fill
for ((round = 1; round <= ${ROUNDS:-5}; round++)); do
	echo "Round $round of ${ROUNDS:-5} ..."
	play_round
done
psql_bench -At -c 'SELECT * FROM wms_verify()' | { ! grep .; } || { echo "wms_verify() found the above" >&2; exit 1; }
