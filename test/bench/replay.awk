# What replay.sh wrote, added up.

BEGIN { FS = "\t" }

{
	seconds[$2] += $3
	orders[$2] += $4
	lines[$2] += $5
	took[++count[$2], $2] = $3
}

END {
	printf "\n### Replay of past trade, %d weeks\n\n", count["wms"]
	print "| | seconds | orders | lines | orders a second | lines a second |\n|---|---|---|---|---|---|"
	n = split("wms loop", way, " ")
	for (i = 1; i <= n; i++)
		printf "| %s | %.1f | %d | %d | %.0f | %.0f |\n", way[i] == "wms" ? "wms" : "PL/pgSQL loop", seconds[way[i]], orders[way[i]], lines[way[i]],
			orders[way[i]] / seconds[way[i]], lines[way[i]] / seconds[way[i]]
	printf "\nwms is faster by %.2f; week by week, which take turns, by %s in the median.\n", seconds["loop"] / seconds["wms"], ratio(took, "loop", "wms", count["wms"])
}
