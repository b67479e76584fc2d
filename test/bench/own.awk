# What own.sh wrote: a trigger costs what the statement takes longer with it.

BEGIN { FS = "\t" }

{
	took[$1, $2, $3] = $4
	if ($1 > rounds) rounds = $1
}

function cost(round, what, way) { return took[round, what, way] - ((round, what, "without") in took ? took[round, what, "without"] : 0) }

END {
	print "\n### Small things by themselves\n\nNanoseconds of processor time a row.\n"
	print "| | wms | PL/pgSQL | wms to PL/pgSQL |\n|---|---|---|---|"
	n = split("order number|updated_at|commission", names, "|")
	for (i = 1; i <= n; i++)
	{
		ours = theirs = ratios = ""
		for (round = 1; round <= rounds; round++)
		{
			ours = ours " " cost(round, names[i], "wms")
			theirs = theirs " " cost(round, names[i], "PL/pgSQL")
			if (cost(round, names[i], "PL/pgSQL") > 0)
				ratios = ratios " " cost(round, names[i], "wms") / cost(round, names[i], "PL/pgSQL")
		}
		printf "| %s | %s | %s | %s |\n", names[i], spread(ours), spread(theirs), ratios == "" ? "-" : sprintf("%.2f", median(ratios))
	}
}
