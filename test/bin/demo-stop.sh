#!/usr/bin/env bash
# demo-stop.sh
#	Stops the server that demo.sh started, or is about to fill, and removes its folder.
set -euo pipefail

tree=$(cd "$(dirname "$0")/../.." && pwd)
unset KEEP
# shellcheck source=test/bin/cluster.sh
. "$tree/test/bin/cluster.sh"
# shellcheck source=test/demo/folder.sh
. "$tree/test/demo/folder.sh"

# It takes away what it made by itself.
interrupt()
{
	local pid folder
	folder=$(demo_folder)
	pid=$(cat "${folder:-/nonexistent}/pid" 2> /dev/null) || true
	if [ -z "$pid" ]; then
		echo "make demo is just building; end it with Ctrl-C where it runs." >&2
		exit 1
	fi
	echo "make demo is still at work; ending it ..."
	kill -TERM "$pid"
	for _ in {1..60}; do
		sleep 1
		if demo_lock; then return; fi
	done
	echo "It has not ended after a minute (process $pid)." >&2
	exit 1
}

none="No demo is running."
if ! demo_lock; then
	interrupt
	none="The demo is gone."
fi
folder=$(demo_folder)
if [ -z "$folder" ]; then
	echo "$none"
	exit
fi
cluster_adopt "$folder"
cluster_remove
echo "The demo is gone."
