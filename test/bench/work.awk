# Tables of work side by side, out of what run.sh wrote.

function head(text,    i, n, cells, line)
{
	n = split(text, cells, " *[|] *")
	for (i = 1; i <= n; i++) line = line "---|"
	printf "| %s |\n|%s\n", text, line
}

function place_of(place,    part)
{
	split(place, part, SUBSEP)
	return "| " part[2] " | " part[3] " | " part[4]
}

function cells(values, place, names,    i, n, way, line)
{
	n = split(names, way, " ")
	for (i = 1; i <= n; i++) line = line " | " spread(values[place, way[i]])
	return line
}

function ratios(place, names,    i, n, way, line)
{
	n = split(names, way, " ")
	for (i = 1; i <= n; i++) line = line " | " ratio(one, place SUBSEP "wms", place SUBSEP way[i], rounds)
	return line
}

function table(work, title, heading, how,    i, part)
{
	if (!(work in played)) return
	printf "\n### %s\n\n%s\n\n", title, how
	head(heading)
	for (i = 1; i <= place_count; i++)
	{
		split(places[i], part, SUBSEP)
		if (part[1] == work) print_row(work, places[i])
	}
}

function print_row(work, place)
{
	if (work == "hot" || work == "held_back")
		print "| " join_hot(place)
	else if (what == "rates")
		print place_of(place) cells(rates, place, "wms spi loop set seed orm orm_tcp noindex") " |"
	else if (what == "ratios")
		print place_of(place) ratios(place, "loop set seed orm orm_tcp noindex") " |"
	else
		print place_of(place) cells(times, place, "wms spi loop set seed orm noindex empty commit") " |"
}

# A row a way: all, the first and the last sixth of the time.
function join_hot(place,    i, n, way, line, part)
{
	split(place, part, SUBSEP)
	n = split("wms early spi loop set orm", way, " ")
	for (i = 1; i <= n; i++)
		if ((place, way[i]) in rates)
			line = line (line == "" ? "" : "\n| ") named[way[i]] " | " part[4] " | " spread(rates[place, way[i]]) " | " spread(early[place, way[i]]) \
				" | " spread(late[place, way[i]]) " | " spread(slowest[place, way[i]]) " | " \
				ratio(one, place SUBSEP "wms", place SUBSEP way[i], rounds) " | " ratio(one, place SUBSEP "early", place SUBSEP way[i], rounds) " |"
	return line
}

function tables(work, title)
{
	what = "rates"
	table(work, title, "commit | lines | clients | wms | wms by SQL | PL/pgSQL loop | PL/pgSQL set | loop, usual schema | ORM, socket | ORM, TCP | limit", "Transactions a second.")
	if (!(work in played)) return
	what = "ratios"
	table(work, title ": how many times as fast", "commit | lines | clients | than the loop | than the set | than the usual schema | than the ORM, socket | than the ORM, TCP | than the limit", "wms divided by the other.")
	what = "times"
	table(work, title ": processor time", "commit | lines | clients | wms | wms by SQL | PL/pgSQL loop | PL/pgSQL set | loop, usual schema | ORM, socket | limit | empty C call | empty commit", "Microseconds of the server's sessions a transaction.")
}

BEGIN {
	FS = "\t"
	named["wms"] = "wms"; named["early"] = "wms, early lock release"; named["spi"] = "wms by SQL"; named["loop"] = "PL/pgSQL loop"; named["set"] = "PL/pgSQL set"; named["orm"] = "ORM, socket"
}

{
	place = $2 SUBSEP $4 SUBSEP $5 SUBSEP $6
	played[$2] = 1
	if (!(place in seen)) { seen[place] = 1; places[++place_count] = place }
	one[$1, place, $3] = $7 / $9
	rates[place, $3] = rates[place, $3] " " $7 / $9
	if ($12 > 0) times[place, $3] = times[place, $3] " " $12
	early[place, $3] = early[place, $3] " " $13 * 6 / $9
	late[place, $3] = late[place, $3] " " $14 * 6 / $9
	slowest[place, $3] = slowest[place, $3] " " $11 / 1000
	failed += $8
	if ($1 > rounds) rounds = $1
}

END {
	tables("reserve", "Holding stock")
	tables("consume", "One line held, then consumed")
	tables("order", "A whole order: placed, confirmed, processed, packed, shipped, delivered")
	heading = "way | sessions | transactions a second | in the first sixth | in the last sixth | 99th percentile, ms | wms is faster by | with early release"
	table("hot", "One stock row for everybody", heading, "Each holds one unit of the same item, commits waited for, autovacuum on.")
	table("held_back", "One stock row for everybody, under an open snapshot", heading, "The same, while another session keeps a snapshot from before: no version of the row can be removed.")
	printf "\n%d rounds; transactions that failed: %d.\n", rounds, failed
}
