#!/usr/bin/env bash
# demo-stop.sh
#	Stops the server that demo.sh started, and removes its data.
set -euo pipefail

tree=$(cd "$(dirname "$0")/../.." && pwd)
note=$tree/build/demo

if [ ! -s "$note" ] || [ ! -d "$(head -n 1 "$note")" ]; then
	echo "No demo is running."
	rm -f "$note"
	exit
fi
# shellcheck source=test/bin/cluster.sh
. "$tree/test/bin/cluster.sh"
cluster_adopt "$(head -n 1 "$note")"
cluster_remove
rm -f "$note"
echo "The demo is gone."
