#!/usr/bin/env bash
# demo.sh
#	A private server with wms on which trade has taken place, to look around in; demo-stop.sh ends it.
#
#	DATA		a file of past trade to replay, CSV or CSV in gzip; otherwise wms_seed_demo() makes a company
#	SESSIONS	by how many sessions the file is replayed at the same time, 4 unless said otherwise
#
#	What is interrupted, or fails, leaves nothing behind.
set -euo pipefail

tree=$(cd "$(dirname "$0")/../.." && pwd)
data=${DATA:-}
sessions=${SESSIONS:-4}
unset DATA SESSIONS KEEP
export LC_ALL=C		# numbers with a point
columns=invoice_no,stock_code,description,quantity,invoice_date,unit_price,customer_id,country

fail()
{
	echo "demo: $*" >&2
	exit 1
}

read_data()
{
	case $data in *.gz) gzip -dc < "$data" ;; *) cat < "$data" ;; esac
}

# Before anything takes time.
check_data()
{
	local header
	[[ $sessions =~ ^[1-9][0-9]?$ ]] || fail "SESSIONS is a number from 1 to 99"
	if [ -z "$data" ]; then return; fi
	if [ ! -f "$data" ] || [ ! -r "$data" ]; then fail "there is no file $data that can be read"; fi
	header=$(read_data 2> /dev/null | head -n 1 | tr -d '\r"' | sed 's/^\xef\xbb\xbf//') || true
	[ "$header" = "$columns" ] || fail "$data does not begin with the columns $columns"
}

check_data
pg_config=$("$BASH" "$tree/test/bin/prerequisites.sh")
# shellcheck source=test/bin/cluster.sh
. "$tree/test/bin/cluster.sh"
# shellcheck source=test/demo/folder.sh
. "$tree/test/demo/folder.sh"
export PGCLIENTENCODING=UTF8 PGOPTIONS='-c client_min_messages=warning'

show_how_to_go_on()
{
	printf '\n%s\n  %s\n%s\n' "Look around with:" "$(demo_command "$WORK")" "End it with: make demo-stop"
}

# There may be one already: running, or left behind by a machine that went down.
look_for_earlier()
{
	local folder
	demo_lock || fail "another make demo is at work; wait for it, or stop it with make demo-stop"
	folder=$(demo_folder)
	if [ -z "$folder" ]; then return; fi
	cluster_adopt "$folder"
	if demo_runs && [ -n "$(demo_command "$WORK")" ]; then
		if [ -n "$data" ]; then fail "a demo is running already, with $(demo_shows "$WORK"); make demo-stop ends it"; fi
		echo "A demo is running already, with $(demo_shows "$WORK")."
		show_how_to_go_on
		exit
	fi
	echo "Removing what an earlier demo left behind ..."
	cluster_remove
}

psql_demo()
{
	as_user "$BIN/psql" -qX -v ON_ERROR_STOP=1 -P pager=off -d wms "$@"
}

run_sql()
{
	psql_demo -At -c "$1"
}

run_file()
{
	local file=$1
	shift
	psql_demo "$@" -f "$WORK/tree/test/demo/$file"
}

end_early()
{
	local status=$?
	set +e
	trap '' INT TERM HUP
	if [ -t 1 ]; then echo; fi
	cluster_remove
	echo "demo: ended early; the server is stopped and its folder removed" >&2
	exit "$status"
}

# One line that is written over, on a terminal; elsewhere only what is worth keeping.
progress()
{
	if [ -t 1 ]; then printf '\r\033[K%s' "$1"; elif [ -n "${2:-}" ]; then echo "$1"; fi
}

progress_done()
{
	if [ -t 1 ]; then printf '\r\033[K%s\n' "$1"; else echo "$1"; fi
}

now()
{
	date +%s.%N
}

seconds_since()
{
	awk -v from="$1" -v to="$(now)" 'BEGIN { printf "%.1f", to - from }'
}

start_server()
{
	local prepared
	echo "Building wms for $("$pg_config" --version) and starting a private server ..."
	# what cleans up must run to its end
	set +e
	cluster_prepare "$pg_config" "$tree"
	prepared=$?
	trap end_early EXIT
	set -e
	if [ "$prepared" -ne 0 ]; then fail "wms could not be built"; fi
	printf '%s\n%s\n' "$tree" "${data:-example data}" | as_user tee "$WORK/demo" > /dev/null
	echo $$ | as_user tee "$WORK/pid" > /dev/null
	cluster_start "max_wal_size = 4GB" "autovacuum_naptime = 15s" 9>&-
	as_user "$BIN/createdb" wms
	run_sql 'CREATE EXTENSION wms'
}

# One call makes it all; pg_stat_activity tells how far it is.
seed()
{
	local from worker
	from=$(now)
	run_sql 'SELECT wms_seed_demo(200, 1000)' > "$WORK/seed.out" 2>&1 9>&- &
	worker=$!
	while kill -0 "$worker" 2> /dev/null; do
		progress "$(run_sql "SELECT coalesce((SELECT query FROM pg_stat_activity WHERE query LIKE 'wms: %' AND state = 'active'), 'wms: ...')")"
		sleep 0.5
	done
	wait "$worker" || { cat "$WORK/seed.out" >&2; fail "wms_seed_demo() failed"; }
	traded=$(seconds_since "$from")
	progress_done "A company has traded for $traded s."
}

load_data()
{
	local encoding=UTF8
	echo "Loading $data ..."
	run_file load.sql
	if ! read_data | iconv -f UTF-8 -t UTF-8 > /dev/null 2>&1; then encoding=LATIN1; fi
	read_data | sed "s/\r$//" | psql_demo -c "\\copy demo.raw ($columns) FROM STDIN (FORMAT csv, HEADER, ENCODING '$encoding')" ||
		fail "$data could not be loaded; the message above names the line"
	run_file prepare.sql -v sessions="$sessions"
	run_file replay.sql
	run_sql "SELECT format('%s lines in %s invoices, %s items, %s customers, from %s to %s', (SELECT count(*) FROM demo.raw),
		(SELECT count(*) FROM demo.invoice), (SELECT count(*) FROM catalog.products), (SELECT count(*) FROM auth.users),
		min(invoice_date)::date, max(invoice_date)::date) FROM demo.invoice"
}

# All sessions of a week at the same time; the next one begins when all are done.
replay_week()
{
	local week=$1 session worker told=$SECONDS
	local workers=()
	run_sql "CALL demo.deliver('$week')"
	for ((session = 0; session < sessions; session++)); do
		run_sql "CALL demo.replay('$week', $session)" > "$WORK/session$session.out" 2>&1 9>&- &
		workers+=($!)
	done
	for worker in "${workers[@]}"; do
		while kill -0 "$worker" 2> /dev/null; do
			sleep 0.1
			if [ "$told" -ne "$SECONDS" ]; then told=$SECONDS; tell_progress "$week"; fi
		done
		wait "$worker" || { cat "$WORK"/session*.out >&2; fail "the replay of the week of $week failed"; }
	done
	tell_progress "$week" keep
}

tell_progress()
{
	local count
	count=$(run_sql 'SELECT count(replayed_at) FROM demo.invoice')
	progress "Week of $1: $count of $invoices invoices, $((count * 100 / invoices)) %, $(rate "$count") invoices/s" "${2:-}"
}

rate()
{
	awk -v n="$1" -v s="$(seconds_since "$trade_began")" 'BEGIN { printf "%.0f", n / (s + 0.001) }'
}

replay()
{
	local week weeks
	load_data
	invoices=$(run_sql 'SELECT count(*) FROM demo.invoice')
	if [ "$invoices" -eq 0 ]; then fail "$data holds no invoice that could be replayed"; fi
	mapfile -t weeks < <(run_sql 'SELECT DISTINCT week FROM demo.invoice ORDER BY week')
	echo "Replaying week by week (${#weeks[@]}), $sessions sessions at the same time ..."
	trade_began=$(now)
	for week in "${weeks[@]}"; do replay_week "$week"; done
	traded=$(seconds_since "$trade_began")
	progress_done "$invoices invoices were replayed in $traded s."
	run_sql 'VACUUM ANALYZE'
}

look_for_earlier
start_server
if [ -n "$data" ]; then
	replay
	run_file reconcile.sql
else
	seed
fi
run_file report.sql -v seconds="$traded"
echo "$BIN/psql -h $PGHOST -p $PGPORT -U $PGUSER wms" | as_user tee -a "$WORK/demo" > /dev/null
as_user rm -f "$WORK/pid"
cluster_keep
show_how_to_go_on
