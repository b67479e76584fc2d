# What profile.sh wrote: shares of the time of a session by what it is spent for, what is called included.

function share(work, way, functions,    i, n, name, sum)
{
	if (!((work, way) in sampled)) return "-"
	n = split(functions, name, " ")
	for (i = 1; i <= n; i++) sum += at_work[work, way, name[i]]
	return sprintf("%.0f %%", sum)
}

function row(work, what, functions)
{
	print "| " what " | " share(work, "wms", functions) " | " share(work, "loop", functions) " | " share(work, "set", functions) " |"
}

function table(work, title)
{
	if (!(work in sampled)) return
	printf "\n### Where the time goes: %s\n\nShares of the processor time of a session that plays alone; one may be part of another.\n\n", title
	print "| | wms | PL/pgSQL loop | PL/pgSQL set |\n|---|---|---|---|"
	row(work, "rows found by an index", "index_getnext_slot")
	row(work, "entries made in indexes", "btinsert")
	row(work, "rows locked and written", "heap_lock_tuple heap_update heap_insert heap_multi_insert")
	row(work, "pages pruned", "heap_page_prune_opt")
	row(work, "WAL", "XLogInsert")
	row(work, "end of the transaction", "CommitTransactionCommand")
	row(work, "foreign keys checked by triggers", "AfterTriggerEndQuery")
	row(work, "statements begun and ended", "standard_ExecutorStart standard_ExecutorEnd")
	row(work, "parameters read", "OidInputFunctionCall")
}

BEGIN { FS = "\t" }

{
	sampled[$1] = sampled[$1, $2] = 1
	at_work[$1, $2, $3] += $4
}

END {
	table("reserve", "holding stock")
	table("order", "a whole order")
}
