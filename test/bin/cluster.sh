# cluster.sh
#	A private PostgreSQL with wms: functions for bash scripts, to be sourced.
#
#	Everything lives below one fresh folder: a copy of the server's installation with wms in it, so that the
#	system's is never touched, the data, the socket.  PostgreSQL refuses to run as root; started by root, the
#	folder and the server belong to postgres or nobody.  At exit, however it comes, the server is stopped and
#	the folder removed.
#
#		cluster_prepare pg_config tree		makes $WORK, builds the tree, installs it; sets $BIN
#		cluster_start [setting ...]			a server on a socket in $WORK; sets PGHOST, PGPORT, PGUSER
#		as_user command ...					as whom the server runs
#		cluster_stop, cluster_remove
#		cluster_keep						from now on it outlives the script
#		cluster_adopt folder				takes over what another script kept

unset "${!PG@}" MAKEFLAGS MFLAGS 2> /dev/null || true

# Programs of a PostgreSQL installation; its bin folder may be /usr/bin.
server_programs=(clusterdb createdb createuser dropdb dropuser initdb pg_amcheck pg_basebackup pg_checksums
	pg_combinebackup pg_config pg_controldata pg_createsubscriber pg_ctl pg_dump pg_dumpall pg_isready
	pg_receivewal pg_recvlogical pg_resetwal pg_restore pg_rewind pg_upgrade pg_verifybackup pg_waldump
	pg_walsummary pgbench postgres psql reindexdb vacuumdb)

server_user=
if [ "$(id -u)" = 0 ]; then
	if id postgres > /dev/null 2>&1; then server_user=postgres; else server_user=nobody; fi
fi

as_user()
{
	local user=("$@")
	if [ -n "$server_user" ]; then
		if command -v runuser > /dev/null; then
			user=(runuser -u "$server_user" -- "$@")
		else
			user=(setpriv --reuid "$server_user" --regid "$(id -g "$server_user")" --clear-groups "$@")
		fi
	fi
	(cd "$WORK" && HOME=$WORK "${user[@]}")
}

# A folder the server's user can reach, with a path short enough for a socket.
make_work_folder()
{
	local parent=${TMPDIR:-/tmp}
	if [ ${#parent} -gt 60 ]; then parent=/tmp; fi
	WORK=$(mktemp -d "$parent/wms-XXXXXX")
	chmod 755 "$WORK"
	if ! as_user true 2> /dev/null; then
		rm -rf "$WORK"
		WORK=$(mktemp -d /tmp/wms-XXXXXX)
		chmod 755 "$WORK"
	fi
}

# PostgreSQL finds its files relative to its programs, so a copy with the same paths below $WORK/root works.
copy_installation()
{
	local pg_config=$1 folder program
	local bin
	bin=$("$pg_config" --bindir)
	for folder in "$("$pg_config" --pkglibdir)" "$("$pg_config" --sharedir)"; do
		mkdir -p "$WORK/root$(dirname "$folder")"
		cp -a "$folder" "$WORK/root$(dirname "$folder")/"
	done
	BIN=$WORK/root$bin
	mkdir -p "$BIN"
	for program in "${server_programs[@]}"; do
		if [ -x "$bin/$program" ]; then cp -a "$bin/$program" "$BIN/"; fi
	done
}

# Built in a copy: the tree may be read-only, of another owner, or in use.
build_tree()
{
	local pg_config=$1 tree=$2
	mkdir -p "$WORK/tree"
	tar -C "$tree" --exclude=./.git --exclude=./results --exclude=./output_iso --exclude=./tmp_check -cf - . |
		tar -C "$WORK/tree" -xf - --no-same-owner
	make -s -C "$WORK/tree" -j "$(nproc 2> /dev/null || echo 2)" PG_CONFIG="$pg_config" all > "$WORK/build.log" 2>&1 &&
		make -s -C "$WORK/tree" PG_CONFIG="$pg_config" DESTDIR="$WORK/root" install >> "$WORK/build.log" 2>&1 &&
		return
	cat "$WORK/build.log" >&2
	return 1
}

cluster_prepare()
{
	make_work_folder
	trap cluster_remove EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	copy_installation "$1" || return
	build_tree "$1" "$2" || return
	mkdir "$WORK/socket"
	echo "$BIN" > "$WORK/bin"
	if [ -n "$server_user" ]; then chown -R "$server_user" "$WORK"; fi
	# whoever can connect is superuser: only the server's user, and root, reach the socket
	chmod 700 "$WORK"
	case $(id -u) in 0) ;; *) chmod -R u+w "$WORK/root" ;; esac
}

free_port()
{
	local port
	while true; do
		port=$((20000 + RANDOM % 20000))
		if ! (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; then echo "$port"; return; fi
	done
}

write_settings()
{
	printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$WORK/socket'" "port = $PGPORT" \
		"max_connections = 300" "fsync = off" "wal_level = logical" "max_prepared_transactions = 10" \
		"log_line_prefix = '%m [%p] %q%d '" "$@" | as_user tee -a "$WORK/data/postgresql.conf" > /dev/null
}

# Settings are lines of postgresql.conf; drivers that know no sockets ask for "listen_addresses = '127.0.0.1'".
cluster_start()
{
	local locale=C
	if locale -a 2> /dev/null | grep -qix 'C.utf-\?8'; then locale=C.UTF-8; fi
	export PGHOST=$WORK/socket PGUSER=postgres PGDATABASE=postgres
	PGPORT=$(free_port)
	export PGPORT
	as_user "$BIN/initdb" -D "$WORK/data" -U postgres -A trust -E UTF8 --locale="$locale" -N > "$WORK/initdb.log" 2>&1 ||
		{ cat "$WORK/initdb.log" >&2; return 1; }
	write_settings "$@"
	as_user "$BIN/pg_ctl" -D "$WORK/data" -l "$WORK/server.log" -w -t 120 start > /dev/null ||
		{ tail -n 20 "$WORK/server.log" >&2; return 1; }
}

stop_data_folder()
{
	if [ ! -f "$1/postmaster.pid" ]; then return 0; fi
	as_user "$BIN/pg_ctl" -D "$1" -w -t 60 -m fast stop > /dev/null 2>&1 ||
		as_user "$BIN/pg_ctl" -D "$1" -w -t 60 -m immediate stop > /dev/null 2>&1 || true
}

# Also servers that a TAP test was made to leave behind.
cluster_stop()
{
	local pid
	for pid in "$WORK"/data/postmaster.pid "$WORK"/tmp_check/*/pgdata/postmaster.pid; do
		stop_data_folder "${pid%/postmaster.pid}"
	done
}

cluster_remove()
{
	trap '' INT TERM HUP
	cluster_stop
	if [ -n "${KEEP:-}" ]; then echo "kept: $WORK" >&2; else rm -rf "$WORK"; fi
}

cluster_keep()
{
	trap - EXIT INT TERM HUP
}

cluster_adopt()
{
	WORK=$1
	BIN=$(cat "$WORK/bin")
}
