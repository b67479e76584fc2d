/*
 * placement.h
 *		An order on its way to be written, for the commands that place one.
 */
#ifndef WMS_PLACEMENT_H
#define WMS_PLACEMENT_H

#include "postgres.h"

#include "fmgr.h"
#include "sales/coupon.h"
#include "sales/quote.h"
#include "support/lines.h"
#include "utils/jsonb.h"

typedef struct WmsPlacement
{
	const char *command;		/* for messages */
	/* given */
	WmsLines   *lines;			/* not resolved yet */
	const pg_uuid_t *user_id;
	const pg_uuid_t *agent_id;
	const pg_uuid_t *warehouse_id;	/* then: NULL = from several, or nothing is stocked */
	char	   *guest_email;
	char	   *channel;		/* NULL = web */
	char	   *shipping_method;
	Jsonb	   *shipping_address;	/* NULL = the user's default */
	bool		handed_over;	/* the goods go nowhere: no address is looked up */
	Jsonb	   *billing_address;
	char	   *customer_notes;
	char	   *coupon_code;
	Numeric		expected_total; /* NULL = any */
	const char *own_type;		/* with own_id: a reference whose holds become the order's; NULL = none */
	const pg_uuid_t *own_id;
	/* found */
	bool		no_user;		/* there is none of that id; likewise the others */
	bool		no_agent;
	bool		no_shipping_method;
	bool		is_stranger;	/* the caller may not know of the buyer what only he does */
	char	   *email;			/* of the user or the guest; NULL = unknown */
	pg_uuid_t  *shipping_method_id;
	WmsCoupon  *coupon;
	WmsQuote	quote;
	/* made */
	pg_uuid_t	id;
	pg_uuid_t  *line_ids;
} WmsPlacement;

/* Arguments: NULL for NULL; 22023 for what is no JSON object, or for ''. */
extern Jsonb *wms_placement_address(FunctionCallInfo fcinfo, int n, const char *name);

/* Finds who buys, who sells, how it is shipped and where to; what is unknown, deleted or not active is noted. */
extern void wms_placement_read_parties(WmsPlacement *order, bool query);

/* Writes the order; raises WM001, WM004, WM006, WM009, WM012, 22003, 22023, 23503. */
extern void wms_placement_place(WmsPlacement *order);

/* Writes the lines, as numbered, with their ids and what the quote says of them. */
extern void wms_placement_write_lines(const WmsPlacement *order);

#endif							/* WMS_PLACEMENT_H */
