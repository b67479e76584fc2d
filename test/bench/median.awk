# Lists are strings of numbers with blanks between them.

function median(list,    n, i, k, values, swap)
{
	n = split(list, values, " ")
	for (i = 1; i <= n; i++)
		for (k = i + 1; k <= n; k++)
			if (values[k] + 0 < values[i] + 0) { swap = values[i]; values[i] = values[k]; values[k] = swap }
	least = values[1]
	most = values[n]
	return n % 2 ? values[(n + 1) / 2] : (values[n / 2] + values[n / 2 + 1]) / 2
}

# Three digits that matter.
function shown(number)
{
	return number >= 100 ? sprintf("%.0f", number) : number >= 10 ? sprintf("%.1f", number) : sprintf("%.2f", number)
}

function spread(list,    middle)
{
	if (list == "") return "-"
	middle = median(list)
	return shown(middle) " (" shown(least) "-" shown(most) ")"
}

# The median of the ratios of the rounds, since what else the machine does changes between rounds more than within one.
function ratio(values, above, below, rounds,    round, list)
{
	for (round = 1; round <= rounds; round++)
		if ((round, above) in values && values[round, below] > 0)
			list = list " " values[round, above] / values[round, below]
	return list == "" ? "-" : sprintf("%.2f", median(list))
}
