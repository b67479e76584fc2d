/*
 * order_match.h
 *		Which lines of an order the caller's lines mean, and how many units of each they take.
 */
#ifndef WMS_ORDER_MATCH_H
#define WMS_ORDER_MATCH_H

#include "support/lines.h"

typedef struct WmsOrderMatch
{
	/* the order's lines, by their numbers */
	int			line_count;
	pg_uuid_t  *line_ids;
	int32	   *left;			/* units of each that are not back and not taken yet */
	/* the caller's lines; those that name the same stand for the same lines of the order */
	int		   *group_of;
	int		   *first;			/* of each group, where its members begin; those of the next end them */
	int		   *members;		/* positions of lines of the order */
	int		   *exhausted;		/* of each group, how many members have none left */
} WmsOrderMatch;

/* Reads the order, which the caller has locked. */
extern WmsOrderMatch *wms_order_match(const pg_uuid_t *order_id, const WmsLines *named);

/*
 * Takes units for a line of the caller, by the numbers of the order's lines; returns the position of the line they
 * are of, -1 when no units are left.
 */
extern int	wms_order_match_take(WmsOrderMatch *match, int line, int32 wanted, int32 *taken);

/* The position of the last line of the order that the line means; -1 = none */
extern int	wms_order_match_last(const WmsOrderMatch *match, int line);

#endif							/* WMS_ORDER_MATCH_H */
