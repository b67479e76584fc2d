# Tables of growth, out of what growth.sh wrote: whole orders by size, then queries by size, with ratios to the first.

function size_name(size,    part)
{
	split(size, part, SUBSEP)
	return part[1] " | " part[2]
}

BEGIN { FS = "\t" }

{
	size = $3 SUBSEP $4
	if (!(size in seen)) { seen[size] = 1; sizes[++size_count] = size }
	if (!($2 in named)) { named[$2] = 1; names[++name_count] = $2 }
	value[$1, $2, size] = $5
	list[$2, size] = list[$2, size] " " $5
	if (NF > 5) { wal[$1, size] = $6; wals[size] = wals[size] " " $6 }
	if ($1 > rounds) rounds = $1
}

END {
	print "\n### Growth: whole orders of 5 lines, 8 clients\n"
	print "| movements | products | orders a second | to the smallest | bytes of WAL an order | to the smallest |\n|---|---|---|---|---|---|"
	for (i = 1; i <= size_count; i++)
		printf "| %s | %s | %s | %s | %s |\n", size_name(sizes[i]), spread(list["whole order", sizes[i]]),
			ratio(value, "whole order" SUBSEP sizes[i], "whole order" SUBSEP sizes[1], rounds), spread(wals[sizes[i]]),
			ratio(wal, sizes[i], sizes[1], rounds)
	print "\n### Growth: what is asked\n\nMilliseconds a query; in brackets how many times as long as in the smallest.\n"
	line = "| query |"
	for (i = 1; i <= size_count; i++) { split(sizes[i], part, SUBSEP); line = line " " part[1] " movements, " part[2] " products |" }
	print line
	line = "|---|"
	for (i = 1; i <= size_count; i++) line = line "---|"
	print line
	for (k = 1; k <= name_count; k++)
	{
		if (names[k] == "whole order") continue
		line = "| " names[k] " |"
		for (i = 1; i <= size_count; i++)
		{
			middle = median(list[names[k], sizes[i]])
			line = line sprintf(" %.3f%s |", middle, i == 1 ? "" : " (" ratio(value, names[k] SUBSEP sizes[i], names[k] SUBSEP sizes[1], rounds) ")")
		}
		print line
	}
}
