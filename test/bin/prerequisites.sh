#!/usr/bin/env bash
# prerequisites.sh
#	Makes sure that wms can be built and tested, and prints the pg_config to use.
#
#	On Debian and Ubuntu root gets what is missing through apt; anybody else is told the command.  Without
#	PG_CONFIG the newest installed PostgreSQL counts, or that of the distribution.  No cluster of the
#	system is made or started on the way.
set -euo pipefail

oldest=15
newest=18

say()
{
	echo "prerequisites: $*" >&2
}

# Can extensions be built for this one, and can it serve?  Debian's client package has PGXS, but no headers.
usable()
{
	[ -x "$1" ] && [ -f "$("$1" --pgxs)" ] && [ -f "$("$1" --includedir-server)/postgres.h" ] &&
		[ -x "$("$1" --bindir)/postgres" ]
}

installed_pg_config()
{
	local number candidate
	for ((number = newest; number >= oldest; number--)); do
		for candidate in "/usr/lib/postgresql/$number/bin/pg_config" "/usr/pgsql-$number/bin/pg_config"; do
			if usable "$candidate"; then echo "$candidate"; return; fi
		done
	done
	candidate=$(command -v pg_config || true)
	if [ -n "$candidate" ] && usable "$candidate"; then echo "$candidate"; fi
}

offers_development_files()
{
	apt-cache show "postgresql-server-dev-$1" > /dev/null 2>&1
}

# Of what the package sources offer development files for: the newest server that is here, else the newest.
offered_version()
{
	local number
	for ((number = newest; number >= oldest; number--)); do
		if [ -x "/usr/lib/postgresql/$number/bin/postgres" ] && offers_development_files "$number"; then
			echo "$number"
			return
		fi
	done
	for ((number = newest; number >= oldest; number--)); do
		if offers_development_files "$number"; then echo "$number"; return; fi
	done
}

# The major version of a pg_config that came from a Debian package.
packaged_version()
{
	case $1 in
		/usr/lib/postgresql/*/bin/pg_config) echo "$1" | cut -d/ -f5 ;;
	esac
}

need()
{
	say "missing: $1${2:+ (package $2)}"
	missing+=("$1")
	if [ -n "${2:-}" ]; then packages+=("$2"); fi
}

# What one run needs besides the server; without the last three only some of the tests can run.
list_missing()
{
	local number
	missing=()
	packages=()
	command -v make > /dev/null || need make make
	command -v cc > /dev/null || command -v gcc > /dev/null || need "a C compiler" gcc
	[ -f /usr/include/crypt.h ] || need crypt.h libcrypt-dev
	if [ -z "$pg_config" ]; then
		number=$(offered_version)
		need "PostgreSQL $oldest to $newest with its development files" "${number:+postgresql-$number}"
		if [ -n "$number" ]; then packages+=("postgresql-server-dev-$number"); fi
	fi
	number=${number:-$(packaged_version "$pg_config")}
	essential=${#missing[@]}
	if [ -z "$pg_config" ] || [ ! -f "$("$pg_config" --sharedir)/extension/pgtap.control" ]; then
		need pgTAP "${number:+postgresql-$number-pgtap}"
	fi
	command -v pg_prove > /dev/null || need pg_prove libtap-parser-sourcehandler-pgtap-perl
	perl -MIPC::Run -e 1 2> /dev/null || need IPC::Run libipc-run-perl
}

# Debian's packages make a cluster and start it, and restart those that are there; not on our account.
without_clusters()
(
	drop_in=/etc/postgresql-common/createcluster.d/00-wms.conf
	policy=/usr/sbin/policy-rc.d
	kept=$(mktemp -d)
	restore()
	{
		rm -f "$drop_in" "$policy"
		if [ -e "$kept/policy" ]; then mv "$kept/policy" "$policy"; fi
		rm -rf "$kept"
	}
	trap restore EXIT
	trap 'exit 130' INT TERM
	mkdir -p "${drop_in%/*}"
	echo 'create_main_cluster = false' > "$drop_in"
	if [ -e "$policy" ]; then mv "$policy" "$kept/policy"; fi
	printf '#!/bin/sh\nexit 101\n' > "$policy"
	chmod 755 "$policy"
	"$@"
)

apt_install()
{
	local install=(apt-get install -y -q --no-install-recommends "${packages[@]}")
	export DEBIAN_FRONTEND=noninteractive
	say "${install[*]}"
	without_clusters "${install[@]}" >&2 && return
	say "apt-get update, then again"
	apt-get update -q >&2
	without_clusters "${install[@]}" >&2
}

find_pg_config()
{
	pg_config=${PG_CONFIG:-$(installed_pg_config)}
	if [ -n "${PG_CONFIG:-}" ]; then
		pg_config=$(command -v "$PG_CONFIG") || { say "there is no $PG_CONFIG"; exit 1; }
		usable "$pg_config" || { say "$pg_config has no server or no development files beside it"; exit 1; }
	fi
}

find_pg_config
if command -v apt-get > /dev/null && [ "$(id -u)" = 0 ] && [ -z "$pg_config" ] && [ -z "$(offered_version)" ]; then
	say "apt-get update"
	apt-get update -q >&2
fi
list_missing
if [ ${#packages[@]} -gt 0 ] && command -v apt-get > /dev/null; then
	if [ "$(id -u)" = 0 ]; then
		apt_install
		find_pg_config
		list_missing
	else
		say "sudo apt-get install ${packages[*]}"
	fi
fi
if [ "$essential" -gt 0 ]; then
	say "cannot go on without: ${missing[*]:0:essential}"
	exit 1
fi
echo "$pg_config"
