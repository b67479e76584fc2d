/*
 * refund.h
 *		The parts of wms_refund_order(): the lines it is for, what goes back, the holds it frees, the goods it
 *		puts back.
 */
#ifndef WMS_REFUND_H
#define WMS_REFUND_H

#include "postgres.h"

#include "support/lines.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

/* A line of the order. */
typedef struct WmsRefundLine
{
	pg_uuid_t	id;
	int32		line_number;
	char	   *sku;
	int32		open;			/* units that are neither refunded nor returned */
	int32		units;			/* of them, what this refund is for */
	int32		restocked;		/* of these, what was put back into stock */
	int64		cents;			/* money for this line */
} WmsRefundLine;

typedef struct WmsRefundLines
{
	int			count;
	WmsRefundLine *lines;		/* by line_number */
} WmsRefundLines;

/* A refund on its way; money in cents. */
typedef struct WmsRefund
{
	pg_uuid_t	id;
	const pg_uuid_t *order_id;
	WmsLines   *named;			/* NULL = none */
	bool		has_amount;
	bool		restock;
	int64		amount;			/* given, else found */
	int64		overpaid;		/* the part of amount that only returns an overpayment */
	const pg_uuid_t *warehouse_id;
	char	   *reason;
	char	   *transaction_id;
	WmsRefundLines *lines;		/* those it is for */
	bool		empties;		/* no unit of the order is left then */
	text	   *number;
	TimestampTz instant;
	/* the order as locked */
	char	   *order_number;
	char	   *status;
	const pg_uuid_t *user_id;
	const pg_uuid_t *agent_id;
	const pg_uuid_t *from_warehouse;
	bool		confirmed;
	TimestampTz confirmed_at;
	bool		cancelled;		/* before anything was shipped */
	bool		cancelled_at;	/* and says when */
	bool		shipped;
	int64		total;
	int64		paid;
	int64		refunded;		/* overpayments apart */
	int64		overpaid_before;
} WmsRefund;

/* refund_lines.c: all lines of the order, no units yet */
extern WmsRefundLines *wms_refund_lines_read(const pg_uuid_t *order_id);

/* Units of what the caller's lines name; 23503 for what the order does not have, WM010 for too many. */
extern void wms_refund_lines_match(WmsRefundLines *lines, const pg_uuid_t *order_id, const WmsLines *named);

/* Keeps only the lines that have units. */
extern void wms_refund_lines_compact(WmsRefundLines *lines);

/* What each line is worth; returns the sum in cents. */
extern int64 wms_refund_lines_worth(WmsRefundLines *lines, const pg_uuid_t *order_id);

/* Spreads an amount over the lines by what they are worth, to the cent. */
extern void wms_refund_lines_spread(WmsRefundLines *lines, int64 cents);

extern void wms_refund_lines_write(const WmsRefundLines *lines, const pg_uuid_t *order_id,
								   const pg_uuid_t *refund_id, TimestampTz instant);

/* Has all that the order shipped come back? */
extern bool wms_refund_all_is_back(const pg_uuid_t *order_id);

/* refund_amount.c */
extern int64 wms_refund_balance(const WmsRefund *refund);

/* Neither an amount nor lines are given. */
extern bool wms_refund_is_full(const WmsRefund *refund);

/* Sets amount, overpaid and the money of the lines; raises WM003, WM010. */
extern void wms_refund_decide(WmsRefund *refund);

/* refund_holds.c: gives back what is held for the units, so that they will not be shipped */
extern void wms_refund_free_holds(const WmsRefundLines *lines, const pg_uuid_t *order_id);

/*
 * refund_restock.c: puts the goods of the lines back into stock and sets restocked; warehouse_id NULL = where
 * they left, at_worst where nobody knows.
 */
extern void wms_refund_restock(WmsRefundLines *lines, const pg_uuid_t *order_id, const pg_uuid_t *warehouse_id,
							   const pg_uuid_t *at_worst, const char *notes);

#endif							/* WMS_REFUND_H */
