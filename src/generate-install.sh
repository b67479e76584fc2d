#!/bin/sh
# generate-install.sh
#	Writes the install script of the extension to standard output: the modules of src/install.order, one
#	after the other, with the migrations as rows of wms_migration.
#
#	It refuses what would only be noticed much later: a module that is not there or not listed, a step
#	without its way back, a step that calls member functions or adopts a stranger's table.
set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")"

fail()
{
	echo "generate-install: $*" >&2
	exit 1
}

# The file between dollar quotes that do not occur in it.
quoted()
{
	tag=wms
	while grep -qF "\$$tag\$" "$1"; do tag=${tag}_; done
	printf '$%s$\n' "$tag"
	cat "$1"
	printf '$%s$' "$tag"
}

# Nobody can plant an object beforehand that the script would take over.
module()
{
	[ -f "$1" ] || fail "install.order names $1, which is not there"
	printf -- '-- %s\n' "$1"
	sed 's/^\(CREATE\)[[:space:]]\{1,\}OR[[:space:]]\{1,\}REPLACE[[:space:]]/\1 /' "$1"
	echo
}

# Steps outlive the functions (DROP EXTENSION ... CASCADE), and going down must never take what is not ours.
check_step()
{
	grep -qi '@extschema\|MODULE_PATHNAME' "$1" "$2" && fail "$1 or its way down names the extension"
	grep -Eqi 'CREATE[[:space:]]+TABLE[[:space:]]+IF[[:space:]]+NOT[[:space:]]+EXISTS' "$1" &&
		fail "$1 would adopt a table that is there already"
	sed 's/--.*//' "$2" | grep -Eqwi 'CASCADE|DELETE|TRUNCATE' && fail "$2 may only DROP, without CASCADE"
	return 0
}

migration()
{
	base=${1%.up.sql}
	name=${base##*/}
	expr "$name" : '[0-9][0-9][0-9]_[a-z0-9_]*$' > /dev/null || fail "$1 is not named NNN_what.up.sql"
	number=$(expr "${name%%_*}" + 0)
	[ "$number" -eq "$2" ] || fail "$1 is step $number where step $2 is due"
	[ -f "$base.down.sql" ] || fail "$1 has no way down"
	check_step "$1" "$base.down.sql"
	printf 'INSERT INTO @extschema@.wms_migration (version, name, up, down, keep) VALUES (%s, '"'%s'"', ' "$number" "$name"
	quoted "$1"
	printf ', '
	quoted "$base.down.sql"
	printf ', '
	if [ -f "$base.keep.json" ]; then quoted "$base.keep.json"; else printf NULL; fi
	printf ');\n\n'
}

migrations()
{
	due=1
	for file in migrations/*; do
		case $file in
			'migrations/*') return ;;
			*.up.sql) migration "$file" "$due"; due=$((due + 1)) ;;
			*.down.sql) [ -f "${file%.down.sql}.up.sql" ] || fail "$file has no way up" ;;
			*.keep.json) [ -f "${file%.keep.json}.up.sql" ] || fail "$file has no way up" ;;
			*) fail "$file is neither .up.sql, .down.sql nor .keep.json" ;;
		esac
	done
}

listed=$(sed 's/#.*//; s/[[:space:]]//g; /^$/d' install.order)
for file in */*.sql; do
	case $file in
		migrations/* | updates/*) ;;
		*) printf '%s\n' "$listed" | grep -qxF "$file" || fail "$file is not in install.order" ;;
	esac
done
repeated=$(printf '%s\n' "$listed" | sort | uniq -d)
[ -z "$repeated" ] || fail "install.order names twice: $repeated"

printf '%s\n\n' '\echo Use "CREATE EXTENSION wms" to load this file. \quit'
for line in $listed; do
	case $line in
		migrations) migrations ;;
		*) module "$line" ;;
	esac
done
