#!/usr/bin/env bash
# bench.sh
#	Measures wms against what a competent user would write instead, and writes docs/benchmarks.md.
#
#	BENCH				"quick" for a first impression in a quarter of an hour; what follows may be set besides
#	PARTS				what is measured, as a list: "work growth own replay"
#	ROUNDS, SECONDS		rounds, and how long each run of one lasts: 5 of 10 s
#	HOT_ROUNDS, HOT_SECONDS
#						the same on a hot item: 3 of 60 s
#	CLIENTS, LINES		sessions and lines of an order, as lists: "1 2 8 32" and "1 5 20 1100"
#	ROWS				stock rows: 1000000
#	SYNC				synchronous_commit, as a list: "off on"; all but the first with the usual lines and clients only
#	WORKS				what is done, as a list: "reserve consume order hot held_back"
#	MOVEMENTS, PRODUCTS	sizes for growth, as lists: "1000000 5000000 20000000" and "11000 100000"
#	DATA				a file of past trade to replay, as for make demo; WEEKS of it: all
#	RESULTS				a folder that keeps what was measured, and has it added to what it keeps
#	DOCUMENT			the file whose part between the marks is written: docs/benchmarks.md
#
#	Needs a C compiler and libpq; gnuplot for the plots, perf for where the time goes.  What is interrupted, or fails, stops its server; with
#	RESULTS what it had measured stays, and make bench PARTS= RESULTS=folder reports it.
set -euo pipefail

tree=$(cd "$(dirname "$0")/../.." && pwd)
document=${DOCUMENT:-$tree/docs/benchmarks.md}
parts=${PARTS-work growth own replay}
kept=${RESULTS:-}
data=${DATA:-}
unset DATA RESULTS
# as is usual: a quarter of the memory
buffers=$(awk '/^MemTotal:/ { print int($2 / 4096) }' /proc/meminfo)
huge_pages=off huge_pages_before='' huge_pages_file=/proc/sys/vm/nr_hugepages
export LC_ALL=C
shopt -u checkwinsize	# it would set LINES

fail()
{
	echo "bench: $*" >&2
	exit 1
}

use_quick()
{
	export ROUNDS=${ROUNDS:-3} RUN_SECONDS=${RUN_SECONDS:-1} HOT_SECONDS=${HOT_SECONDS:-5} ROWS=${ROWS:-100000} SYNC=${SYNC:-off}
	export CLIENTS=${CLIENTS:-1 8} LINES=${LINES:-1 5 20} OWN_ROWS=${OWN_ROWS:-200000} WEEKS=${WEEKS:-4}
	export MOVEMENTS=${MOVEMENTS:-100000 500000} PRODUCTS=${PRODUCTS:-1100 10000} QUERY_RUNS=${QUERY_RUNS:-20}
}

check_arguments()
{
	local part
	case ${BENCH:-full} in full) ;; quick) use_quick ;; *) fail "BENCH is quick or full" ;; esac
	for part in $parts; do
		case $part in work | growth | own | replay) ;; *) fail "there is no part $part" ;; esac
	done
	[ -f "$document" ] || fail "there is no $document"
	if [ -n "$data" ] && [ ! -r "$data" ]; then fail "there is no file $data that can be read"; fi
}

require_tools()
{
	if [ ! -f "$("$pg_config" --includedir)/libpq-fe.h" ] || ! command -v gnuplot > /dev/null; then
		if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
			DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends libpq-dev gnuplot-nox >&2 || true
		fi
	fi
	[ -f "$("$pg_config" --includedir)/libpq-fe.h" ] || fail "there is no libpq-fe.h: install libpq-dev"
	command -v gnuplot > /dev/null || echo "bench: without gnuplot there are no plots" >&2
}

load_average()
{
	cut -d ' ' -f 1-3 /proc/loadavg
}

revision()
{
	git -C "$tree" describe --always --dirty 2> /dev/null || echo unknown
}

machine()
{
	echo "$("$pg_config" --version); $(nproc) processors ($(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1))," \
		"$(awk '/MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo) GB, $(uname -sr). The clients run on the same machine."
	echo "Server: shared_buffers ${buffers}MB, huge_pages $huge_pages, max_wal_size 16GB, checkpoint_timeout 30min, fsync on," \
		"wal_level replica, autovacuum on; the rest as installed."
}

# Of megabytes; some more, since not all shared memory is buffers.
huge_pages_for()
{
	awk -v megabytes="$1" '/^Hugepagesize:/ { print int((megabytes * 1.05 + 300) * 1024 / $2) }' /proc/meminfo
}

# Those that nobody has, or has been promised.
free_huge_pages()
{
	awk '/^HugePages_Free:/ { free = $2 } /^HugePages_Rsvd:/ { promised = $2 } END { print free - promised }' /proc/meminfo
}

# Without them, a session that is new pays for every page of the buffers that it reaches for the first time, which
# hides what it does there; those that serve applications are not new.  Root borrows them from the machine.
borrow_huge_pages()
{
	local wanted missing
	wanted=$(huge_pages_for "$buffers")
	huge_pages=off
	if [ ! -f "$huge_pages_file" ]; then return; fi
	huge_pages_before=$(cat "$huge_pages_file")
	missing=$((wanted - $(free_huge_pages)))
	if [ "$missing" -gt 0 ]; then
		{ awk -v missing="$missing" '/^HugePages_Total:/ { print $2 + missing }' /proc/meminfo > "$huge_pages_file"; } 2> /dev/null || true
	fi
	if [ "$(free_huge_pages)" -ge "$wanted" ]; then huge_pages=on; else return_huge_pages; fi
}

return_huge_pages()
{
	if [ -n "$huge_pages_before" ]; then { echo "$huge_pages_before" > "$huge_pages_file"; } 2> /dev/null || true; fi
}

start_server()
{
	cluster_prepare "$pg_config" "$tree"
	trap end EXIT
	if [ -n "$parts" ]; then borrow_huge_pages; fi
	cluster_start "fsync = on" "wal_level = replica" "shared_buffers = ${buffers}MB" "huge_pages = $huge_pages" "max_wal_size = 16GB" \
		"checkpoint_timeout = 30min" "listen_addresses = '127.0.0.1'"
	"${CC:-cc}" -O2 -I"$("$pg_config" --includedir)" "$tree/test/bench/generator.c" -o "$WORK/generator" \
		-L"$("$pg_config" --libdir)" -lpq -lpthread
	as_user mkdir "$WORK/results"
	if [ -n "$kept" ]; then
		mkdir -p "$kept"
		cp -r "$kept/." "$WORK/results"
		if [ -n "$server_user" ]; then chown -R "$server_user" "$WORK/results"; fi
	fi
}

# Once the server is stopped, what plays on it ends by itself.
end()
{
	trap '' INT TERM HUP
	if [ -n "$kept" ] && [ -d "$WORK/results" ]; then cp -r "$WORK/results/." "$kept"; fi
	cluster_remove
	return_huge_pages
}

read_data()
{
	case $data in *.gz) gzip -dc < "$data" ;; *) cat < "$data" ;; esac | sed 's/\r$//'
}

# In the background, so that a signal does not wait for its end.
run_part()
{
	local database=$1
	shift
	as_user env PATH="$BIN:$PATH" PGDATABASE="$database" TCP=127.0.0.1 bash "$WORK/tree/test/bench/$1.sh" "${@:2}" <&3 &
	wait $!
}

measure()
{
	local part=$1
	case $part in
		work)
			as_user "$BIN/createdb" bench
			run_part bench run "$WORK/generator" "$WORK/results" 3< /dev/null
			run_part bench profile "$WORK/generator" "$WORK/results" 3< /dev/null
			as_user "$BIN/dropdb" bench
			;;
		growth) run_part postgres growth "$WORK/generator" "$WORK/results" 3< /dev/null ;;
		own) run_part postgres own "$WORK/results" 3< /dev/null ;;
		replay)
			if [ -z "$data" ]; then echo "Without DATA there is nothing to replay: skipped."; return; fi
			run_part postgres replay "$WORK/results" 3< <(read_data)
			;;
	esac
	machine | as_user tee "$WORK/results/machine" > /dev/null
	printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$part" "$(date -u '+%F %R')" "$measured_revision" "$load_before" "$(load_average)" "${BENCH:-full}" |
		as_user tee -a "$WORK/results/conditions" > /dev/null
}

check_arguments
pg_config=$("$BASH" "$tree/test/bin/prerequisites.sh")
# shellcheck source=test/bin/cluster.sh
. "$tree/test/bin/cluster.sh"
require_tools
measured_revision=$(revision)
# by others: later it is our own
load_before=$(load_average)
start_server
for part in $parts; do measure "$part"; done
MACHINE=$(cat "$WORK/results/machine" 2> /dev/null || machine) bash "$tree/test/bench/report.sh" "$WORK/results" "$document" "${document%.md}"
echo "written: $document"
