#!/usr/bin/env bash
# report.sh RESULTS DOCUMENT PICTURES
#	Puts the tables of what was measured into a document, between its two marks, and plots beside it.
#
#	RESULTS is a folder with a file for each part.  Cells are medians of the rounds with the least and the most in
#	brackets; a ratio is the median of the ratios of the rounds.  MACHINE, if set, says where it was measured.
set -euo pipefail

results=$1 document=$2 pictures=$3
folder=$(cd "$(dirname "$0")" && pwd)
begin='<!-- written by make bench: begin -->'
end='<!-- written by make bench: end -->'

conditions()
{
	if [ -n "${MACHINE:-}" ]; then printf '%s\n\n' "$MACHINE"; fi
	if [ ! -s "$results/conditions" ]; then return; fi
	echo "| part | measured (UTC) | revision | load average before | after | kind |"
	echo "|---|---|---|---|---|---|"
	awk -F '\t' -v processors="$(nproc)" '
		{
			printf "| %s | %s | %s | %s | %s | %s |\n", $1, $2, $3, $4, $5, $6
			if ($6 == "quick") quick = 1
			if ($4 + 0 > processors / 2) busy = 1
		}
		END {
			if (quick) print "\nThis is a quick run: few rounds, short ones, small tables. It shows that all works, and orders of magnitude."
			if (busy) print "\n**The machine had other work to do.** Transactions a second are those of a share of it, and single ratios mean little."
		}' "$results/conditions"
}

tables()
{
	local part
	for part in work profile growth own replay; do
		if [ -s "$results/$part" ]; then awk -f "$folder/median.awk" -f "$folder/$part.awk" "$results/$part"; fi
	done
}

# points work x fixed: the medians of a kind of work as gnuplot wants them, x (5 lines, 6 clients), then a column a way
points()
{
	awk -F '\t' -v work="$1" -v x="$2" -v fixed="$3" -v sync="$usual_sync" -f "$folder/median.awk" -f <(
		cat <<- 'AWK'
			$2 == work && $4 == sync && $(11 - x) == fixed {
				if (!($x in seen)) { seen[$x] = 1; xs[++count] = $x }
				rates[$x, $3] = rates[$x, $3] " " $7 / $9 * (x == 5 ? $5 : 1)
			}
			END {
				ways = split("wms spi loop set seed orm", way, " ")
				for (i = 1; i <= count; i++) {
					line = xs[i]
					for (w = 1; w <= ways; w++)
						line = line " " ((xs[i], way[w]) in rates ? median(rates[xs[i], way[w]]) : "nan")
					print line
				}
			}
		AWK
	) "$results/work" | sort -n
}

# plot file title axis unit names: the points are read from standard input, a column for each name
plot()
{
	local data=$pictures/$1.points
	cat > "$data"
	if [ "$(wc -l < "$data")" -gt 1 ]; then
		gnuplot <<- PLOT
			set terminal svg size 760,420 font "sans,12" background "white"
			set output "$pictures/$1.svg"
			set title "$2"
			set xlabel "$3"
			set ylabel "$4"
			set logscale x
			set yrange [0:*]
			set key outside right
			names = "$5"
			plot for [i=1:words(names)] "$data" using 1:i+1:xtic(1) with linespoints lw 2 title word(names, i)
		PLOT
	fi
	rm -f "$data"
}

# What the other one is varied with: what was played most.
usual()
{
	awk -F '\t' -v column="$1" '$2 == "reserve" { times[$column]++ }
		END { for (value in times) if (times[value] > times[most] || times[value] == times[most] && value + 0 > most + 0) most = value
			print most }' "$results/work"
}

plots_of_work()
{
	local usual_sync usual_lines usual_clients
	local ways="wms wms-by-SQL PL/pgSQL-loop PL/pgSQL-set loop,-usual-schema ORM,-socket"
	usual_sync=$(usual 4)
	usual_lines=$(usual 5)
	usual_clients=$(usual 6)
	points reserve 6 "$usual_lines" | plot reserve_clients "Holding stock, $usual_lines lines" clients "transactions a second" "$ways"
	points reserve 5 "$usual_clients" | plot reserve_lines "Holding stock, $usual_clients clients" lines "lines a second" "$ways"
	points order 6 "$usual_lines" | plot order_clients "A whole order, $usual_lines lines" clients "orders a second" "$ways"
	points order 5 "$usual_clients" | plot order_lines "A whole order, $usual_clients clients" lines "lines a second" "$ways"
}

# By movements, with the fewest products; all to the smallest.
plots_of_growth()
{
	awk -F '\t' -f "$folder/median.awk" -f <(
		cat <<- 'AWK'
			NR == 1 { products = $4 }
			$2 == "whole order" && $4 == products {
				if (!($3 in seen)) { seen[$3] = 1; xs[++count] = $3 }
				rates[$3] = rates[$3] " " $5
				wal[$3] = wal[$3] " " $6
			}
			END {
				for (i = 1; i <= count; i++)
					print xs[i], median(rates[xs[i]]) / median(rates[xs[1]]), median(wal[xs[i]]) / median(wal[xs[1]])
			}
		AWK
	) "$results/growth" | plot growth "Whole orders as the ledger grows" movements "times the smallest" "orders/s WAL-an-order"
}

plots()
{
	mkdir -p "$pictures"
	rm -f "$pictures"/*.svg
	if ! command -v gnuplot > /dev/null; then return; fi
	if [ -s "$results/work" ]; then plots_of_work; fi
	if [ -s "$results/growth" ]; then plots_of_growth; fi
}

show_plots()
{
	local picture
	for picture in "$pictures"/*.svg; do
		if [ -f "$picture" ]; then
			printf '![%s](%s/%s)\n\n' "$(basename "$picture" .svg | tr _ ' ')" "$(basename "$pictures")" "$(basename "$picture")"
		fi
	done
}

plots
written=$(mktemp)
trap 'rm -f "$written"' EXIT
{
	sed "/^$begin/q" "$document"
	echo
	conditions
	tables
	echo
	show_plots
	sed -n "/^$end/,\$p" "$document"
} > "$written"
cat "$written" > "$document"
