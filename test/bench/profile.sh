#!/usr/bin/env bash
# profile.sh GENERATOR RESULTS
#	Where the processor's time of a session goes, as perf samples it, while it plays alone; on what run.sh has filled.
#
#	Writes RESULTS/profile, separated by tabs: work, way, function, how much of the time it was at work, what it called
#	included.  Writes nothing where there is no perf, or where it may not look.
#
#	RUN_SECONDS, LINES, WORKS		how long, with the middle one of how many lines, and what
set -euo pipefail
shopt -u checkwinsize	# it would set LINES

generator=$1 results=$2/profile
folder=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=test/bench/common.sh
. "$folder/common.sh"
lines=$(usual_lines)
seconds=${RUN_SECONDS:-10}
samples=$(mktemp)
trap 'rm -f "$samples"' EXIT

# The session that plays, once it is warm.
session()
{
	psql_bench -At -c "SELECT pid FROM pg_stat_activity WHERE application_name = 'profile' AND query_start > backend_start + interval '1 second' LIMIT 1"
}

# profile work way
profile()
{
	local player pid=
	"$generator" "host=$PGHOST port=$PGPORT application_name=profile options='-c synchronous_commit=off'" "$1" "$2" "$lines" 1 \
		"$(awk -v seconds="$seconds" 'BEGIN { print seconds + 3 }')" > /dev/null &
	player=$!
	while [ -z "$pid" ] && kill -0 "$player" 2> /dev/null; do pid=$(session); done
	perf record -q -e cpu-clock -F 2000 -g -p "$pid" -o "$samples" -- sleep "$seconds" > /dev/null 2>&1 || true
	wait "$player"
	{ perf report -i "$samples" --children -g none --percent-limit 0.1 2> /dev/null || true; } |
		awk -v OFS='\t' -v work="$1" -v way="$2" '/^ *[0-9.]+%/ { print work, way, $NF, $1 + 0 }' >> "$results"
}

if ! command -v perf > /dev/null; then exit; fi
for work in ${WORKS:-reserve order}; do
	case $work in reserve | order) for way in wms loop set; do profile "$work" "$way"; done ;; esac
done
