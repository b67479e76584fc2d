#!/usr/bin/env bash
# report.sh RESULTS DOCUMENT PICTURES
#	Puts the tables of run.sh's results into a document, between its two marks, and plots beside it.
#
#	Cells are medians of the rounds with the least and the most in brackets.  A ratio is the median of the ratios
#	of the rounds, since what else the machine does changes between rounds more than within one.
set -euo pipefail

results=$1 document=$2 pictures=$3
begin='<!-- written by make bench: begin -->'
end='<!-- written by make bench: end -->'

tables()
{
	awk -F '\t' '
	function median(list,    n, i, k, values, swap) {
		n = split(list, values, " ")
		for (i = 1; i <= n; i++) for (k = i + 1; k <= n; k++)
			if (values[k] + 0 < values[i] + 0) { swap = values[i]; values[i] = values[k]; values[k] = swap }
		least = values[1]; most = values[n]
		return n % 2 ? values[(n + 1) / 2] : (values[n / 2] + values[n / 2 + 1]) / 2
	}
	function per_second(key) {
		if (!(key in rates)) return "-"
		rate = median(rates[key])
		return sprintf("%.0f (%.0f-%.0f)", rate, least, most)
	}
	function ratio(place, way,    round, list) {
		for (round = 1; round <= rounds; round++)
			if ((round, place, "wms") in one && one[round, place, way] > 0)
				list = list " " one[round, place, "wms"] / one[round, place, way]
		return list == "" ? "-" : sprintf("%.2f", median(list))
	}
	function processor(key) { return key in times ? sprintf("%.0f", median(times[key])) : "-" }
	{
		place = $2 SUBSEP $4 SUBSEP $5 SUBSEP $6
		if (!(place in seen)) { seen[place] = 1; places[++place_count] = place }
		one[$1, place, $3] = $7 / $9
		rates[place, $3] = rates[place, $3] " " $7 / $9
		if ($12 > 0) times[place, $3] = times[place, $3] " " $12
		failed += $8
		if ($1 > rounds) rounds = $1
	}
	END {
		title["reserve"] = "Holding stock"; title["consume"] = "One line held, then consumed"
		title["order"] = "A whole order: placed, confirmed, processed, packed, shipped, delivered"
		title["hot"] = "One stock row for everybody"
		for (i = 1; i <= place_count; i++) {
			split(places[i], part, SUBSEP)
			if (part[1] != last) {
				last = part[1]
				printf "\n### %s\n\nTransactions a second.\n\n", title[last]
				print "| commit | lines | clients | wms | wms by SQL | PL/pgSQL loop | PL/pgSQL set | ORM, socket | ORM, TCP | limit | wms/loop | wms/set | wms/ORM |"
				print "|---|---|---|---|---|---|---|---|---|---|---|---|---|"
			}
			p = places[i]
			printf "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", part[2], part[3], part[4],
				per_second(p SUBSEP "wms"), per_second(p SUBSEP "spi"), per_second(p SUBSEP "loop"), per_second(p SUBSEP "set"),
				per_second(p SUBSEP "orm"), per_second(p SUBSEP "orm_tcp"), per_second(p SUBSEP "noindex"),
				ratio(p, "loop"), ratio(p, "set"), ratio(p, "orm")
		}
		print "\n### Processor time of the server'"'"'s sessions\n\nMicroseconds a transaction, as Linux counts them.\n"
		print "| work | commit | lines | clients | wms | wms by SQL | PL/pgSQL loop | PL/pgSQL set | ORM, socket | limit | empty C call | empty commit |"
		print "|---|---|---|---|---|---|---|---|---|---|---|---|"
		for (i = 1; i <= place_count; i++) {
			split(places[i], part, SUBSEP); p = places[i]
			printf "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", part[1], part[2], part[3], part[4],
				processor(p SUBSEP "wms"), processor(p SUBSEP "spi"), processor(p SUBSEP "loop"), processor(p SUBSEP "set"),
				processor(p SUBSEP "orm"), processor(p SUBSEP "noindex"), processor(p SUBSEP "empty"), processor(p SUBSEP "commit")
		}
		printf "\n%d rounds; transactions that failed: %d.\n", rounds, failed
	}' "$results"
}

# The medians of a kind of work as gnuplot wants them: x, then a column a way.
points()
{
	awk -F '\t' -v work="$1" -v x="$2" -v fixed="$3" -v sync="$4" '
	function median(list,    n, i, k, values, swap) {
		n = split(list, values, " ")
		for (i = 1; i <= n; i++) for (k = i + 1; k <= n; k++)
			if (values[k] + 0 < values[i] + 0) { swap = values[i]; values[i] = values[k]; values[k] = swap }
		return values[int((n + 1) / 2)]
	}
	$2 == work && $4 == sync && $(11 - x) == fixed {
		if (!($x in seen)) { seen[$x] = 1; xs[++count] = $x }
		rates[$x, $3] = rates[$x, $3] " " $7 / $9
	}
	END {
		ways = split("wms spi loop set orm", way, " ")
		for (i = 1; i <= count; i++) {
			line = xs[i]
			for (w = 1; w <= ways; w++) line = line " " ((xs[i], way[w]) in rates ? median(rates[xs[i], way[w]]) : "nan")
			print line
		}
	}' "$results" | sort -n
}

# plot file title axis work x fixed: x is the column of RESULTS that varies, 5 lines or 6 clients
plot()
{
	points "$4" "$5" "$6" off > "$pictures/$1.points"
	if [ "$(wc -l < "$pictures/$1.points")" -gt 1 ]; then
		gnuplot <<- PLOT
			set terminal svg size 720,420 font "sans,12" background "white"
			set output "$pictures/$1.svg"
			set title "$2"
			set xlabel "$3"
			set ylabel "transactions a second"
			set logscale x 2
			set yrange [0:*]
			set key outside right
			plot for [i=2:6] "$pictures/$1.points" using 1:i with linespoints lw 2 \
				title word("wms wms-by-SQL PL/pgSQL-loop PL/pgSQL-set ORM-socket", i - 1)
		PLOT
	fi
	rm -f "$pictures/$1.points"
}

values_of()
{
	cut -f "$1" "$results" | sort -nu
}

mkdir -p "$pictures"
if command -v gnuplot > /dev/null; then
	plot reserve_clients "Holding stock, $(values_of 5 | sed -n '2p;$p' | head -n 1) lines" clients reserve 6 "$(values_of 5 | sed -n '2p;$p' | head -n 1)"
	plot reserve_lines "Holding stock, 8 clients" lines reserve 5 8
	plot order_clients "A whole order, $(values_of 5 | sed -n '2p;$p' | head -n 1) lines" clients order 6 "$(values_of 5 | sed -n '2p;$p' | head -n 1)"
fi
written=$(mktemp)
trap 'rm -f "$written"' EXIT
{
	sed "/^$begin/q" "$document"
	echo
	if [ -n "${CONDITIONS:-}" ]; then printf '%s\n' "$CONDITIONS"; fi
	tables
	echo
	for picture in "$pictures"/*.svg; do
		if [ -f "$picture" ]; then printf '![%s](%s/%s)\n\n' "$(basename "$picture" .svg)" "$(basename "$pictures")" "$(basename "$picture")"; fi
	done
	sed -n "/^$end/,\$p" "$document"
} > "$written"
cat "$written" > "$document"
