#!/usr/bin/env bash
# check.sh
#	All tests on a private server; the last line is "N passed, N failed".
#
#	SUITES	of regress, owner, isolation, pgtap, tap, and regress_by_sql and isolation_by_sql, which are two of them
#			again with wms.direct_access off; all of them unless said otherwise
#	TESTS	names of single tests, without their extension
#	KEEP	keeps the folder with the logs
#
#	A suite that fails does not keep the next one from running.  A suite whose tools are missing says so.
set -uo pipefail

tree=$(cd "$(dirname "$0")/../.." && pwd)
pg_config=$("$BASH" "$tree/test/bin/prerequisites.sh") || { echo "0 passed, 1 failed"; exit 1; }
# shellcheck source=test/bin/cluster.sh
. "$tree/test/bin/cluster.sh"
export LC_ALL=C

passed=0
failed=0
pgxs=$(dirname "$(dirname "$("$pg_config" --pgxs)")")

heading()
{
	printf '\n== %s\n' "$*"
}

# The tests of a folder that were asked for, by name and in order.
names()
{
	local file name
	for file in "$WORK/tree/$1"/*."$2"; do
		name=$(basename "$file" ".$2")
		if [ -f "$file" ] && { [ -z "${TESTS:-}" ] || [[ " $TESTS " == *" $name "* ]]; }; then echo "$name"; fi
	done
}

# Adds the results a runner printed: pg_regress before 16 in words of its own, everything else in TAP.
count()
{
	local log=$1 status=$2 good bad
	good=$(grep -E '^(test .* \.\.\. ok |ok +[0-9]+)' "$log" | grep -vcEi '# *skip')
	bad=$(grep -E '^(test .* \.\.\. FAILED|not ok +[0-9]+)' "$log" | grep -vcEi '# *todo')
	if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
	passed=$((passed + good))
	failed=$((failed + bad))
}

# pg_regress and pg_isolation_regress take the same options, and stop at a test without expected output.
regress_like()
{
	local suite=$1 program=$2 input=$3 database=$4 status name tests=()
	shift 4
	heading "$suite"
	for name; do
		if [ -f "$WORK/tree/$input/expected/$name.out" ]; then
			tests+=("$name")
		else
			echo "$name: there is no $input/expected/$name.out"
			failed=$((failed + 1))
		fi
	done
	if [ ${#tests[@]} -eq 0 ]; then return; fi
	as_user mkdir -p "$WORK/$suite"
	as_user "$program" --bindir="$BIN" --host="$PGHOST" --port="$PGPORT" --user="$PGUSER" --dbname="wms_$suite" \
		"$database" --inputdir="$WORK/tree/$input" --outputdir="$WORK/$suite" "${tests[@]}" 2>&1 | tee "$WORK/$suite.log"
	status=${PIPESTATUS[0]}
	count "$WORK/$suite.log" "$status"
	if [ "$status" -ne 0 ]; then head -n 2000 "$WORK/$suite/regression.diffs"; fi
}

suite_regress()
{
	regress_like regress "$pgxs/test/regress/pg_regress" . --load-extension=wms "$@"
}

# The same tests once more, where the tables belong to a role without any right of its own.
suite_owner()
{
	as_user "$BIN/createdb" -T template0 wms_owner
	if as_user "$BIN/psql" -qX -v ON_ERROR_STOP=1 -d wms_owner -o /dev/null -c 'CREATE ROLE wms_owner' \
		-c 'CREATE EXTENSION wms' -c "SELECT wms_set_owner('wms_owner')"; then
		regress_like owner "$pgxs/test/regress/pg_regress" . --use-existing "$@"
	else
		failed=$((failed + 1))
	fi
}

suite_isolation()
{
	regress_like isolation "$pgxs/test/isolation/pg_isolation_regress" test --load-extension=wms "$@"
}

by_sql()
{
	PGOPTIONS='-c wms.direct_access=off' "$@"
}

# Shows the settings as they are at first.
except_settings()
{
	local name
	for name; do if [ "$name" != ops_settings ]; then echo "$name"; fi; done
}

suite_regress_by_sql()
{
	local list
	mapfile -t list < <(except_settings "$@")
	by_sql regress_like regress_by_sql "$pgxs/test/regress/pg_regress" . --load-extension=wms "${list[@]}"
}

suite_isolation_by_sql()
{
	by_sql regress_like isolation_by_sql "$pgxs/test/isolation/pg_isolation_regress" test --load-extension=wms "$@"
}

# Runs one file of tests that speak TAP: a line when it passes, what it says when it does not.
tap_file()
{
	local name=$1 status
	shift
	printf '%-30s ' "$name"
	as_user "$@" > "$WORK/$name.log" 2> "$WORK/$name.err"
	status=$?
	count "$WORK/$name.log" "$status"
	if [ "$status" -eq 0 ]; then
		echo "ok, $(grep -cE '^ok +[0-9]+' "$WORK/$name.log") tests"
	else
		echo FAILED
		grep -E '^not ok|^Bail out' "$WORK/$name.log"
		tail -n 200 "$WORK/$name.err"
		tail -n 15 "$WORK/$name.log"
	fi
}

# Each file in a database of its own, so that none depends on another.
suite_pgtap()
{
	local name
	heading pgtap
	command -v pg_prove > /dev/null || { echo "skipped: there is no pg_prove"; return; }
	as_user "$BIN/createdb" wms_pgtap
	if ! as_user "$BIN/psql" -qX -v ON_ERROR_STOP=1 -d wms_pgtap -c 'CREATE EXTENSION wms' -c 'CREATE EXTENSION pgtap'; then
		failed=$((failed + 1))
		return
	fi
	for name; do
		as_user "$BIN/createdb" -T wms_pgtap "wms_pgtap_$name"
		tap_file "$name" env PATH="$BIN:$PATH" pg_prove -v --psql-bin "$BIN/psql" -d "wms_pgtap_$name" \
			"$WORK/tree/test/pgtap/$name.sql"
	done
}

suite_tap()
{
	local name
	heading tap
	perl -MIPC::Run -e 1 2> /dev/null || { echo "skipped: there is no IPC::Run"; return; }
	for name; do
		tap_file "$name" env -u PGHOST -u PGPORT -u PGUSER -u PGDATABASE PATH="$BIN:$PATH" TESTDIR="$WORK" \
			TESTDATADIR="$WORK/tmp_check" TESTLOGDIR="$WORK/tmp_check/log" PG_REGRESS="$pgxs/test/regress/pg_regress" \
			prove -v -I "$pgxs/test/perl" "$WORK/tree/test/t/$name.pl"
	done
}

run_suite()
{
	local list
	case " ${SUITES:-regress owner isolation regress_by_sql isolation_by_sql pgtap tap} " in *" $1 "*) ;; *) return ;; esac
	mapfile -t list < <(names "$2" "$3")
	if [ ${#list[@]} -gt 0 ]; then "suite_$1" "${list[@]}"; fi
}

run_all()
{
	heading "build for $("$pg_config" --version)"
	cluster_prepare "$pg_config" "$tree" && cluster_start || { failed=1; return; }
	run_suite regress sql sql
	run_suite owner sql sql
	run_suite isolation test/specs spec
	run_suite regress_by_sql sql sql
	run_suite isolation_by_sql test/specs spec
	run_suite pgtap test/pgtap sql
	run_suite tap test/t pl
}

run_all
if grep -qs 'PANIC:\|was terminated by signal' "$WORK/server.log"; then
	heading "the server crashed"
	grep -B 20 'PANIC:\|was terminated by signal' "$WORK/server.log" | tail -n 60
	failed=$((failed + 1))
fi
cluster_remove
trap - EXIT
printf '\n%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
