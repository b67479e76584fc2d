# common.sh
#	What the parts of the benchmark share; to be sourced.

psql_bench()
{
	PGOPTIONS='-c client_min_messages=warning' psql -qX -v ON_ERROR_STOP=1 "$@"
}

fail()
{
	echo "bench: $*" >&2
	exit 1
}

drop_database()
{
	PGDATABASE=postgres psql_bench -c "DROP DATABASE IF EXISTS $1"
}

new_database()
{
	drop_database "$1"
	PGDATABASE=postgres psql_bench -c "CREATE DATABASE $1 TEMPLATE template0"
}

# What clients are varied with: the middle of the lines.
usual_lines()
{
	local counts
	read -ra counts <<< "${LINES:-1 5 20 1100}"
	echo "${counts[(${#counts[@]} - 1) / 2]}"
}
