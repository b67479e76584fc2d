# shellcheck shell=bash disable=SC2154
# folder.sh
#	Where the demo of this tree is: functions for demo.sh and demo-stop.sh, to be sourced after cluster.sh.
#
#	The folder of a demo holds the file "demo": the tree, what it shows, and, once it is ready, how to connect.
#	It is found by looking, so that neither `make clean` nor a tree that cannot be written loses it.

# Only a folder of our own counts: whoever can plant one would have us run his programs.
demo_is_ours()
{
	local owner
	[ ! -L "$1" ] || return 1
	owner=$(stat -c %U "$1" 2> /dev/null) || return 1
	[ "$owner" = "${server_user:-$(id -un)}" ] && [ "$(sed -n 1p "$1/demo" 2> /dev/null)" = "$tree" ]
}

# The folder of the demo, if there is one.
demo_folder()
{
	local folder
	for folder in "${TMPDIR:-/tmp}"/wms-* /tmp/wms-*; do
		if [ -d "$folder" ] && demo_is_ours "$folder"; then echo "$folder"; return; fi
	done
}

# Line 2 of the file: what it shows.  From line 3: how to connect, once it is ready.
demo_shows()
{
	sed -n 2p "$1/demo"
}

demo_command()
{
	sed -n 3p "$1/demo"
}

demo_runs()
{
	[ -f "$WORK/data/postmaster.pid" ] && as_user "$BIN/pg_ctl" -D "$WORK/data" status > /dev/null 2>&1
}

# One demo.sh at a time: it holds a lock on itself.
demo_lock()
{
	exec 9< "$tree/test/bin/demo.sh"
	if ! command -v flock > /dev/null; then return; fi
	flock -n 9
}
