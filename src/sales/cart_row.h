/*
 * cart_row.h
 *		One cart: found, locked, judged, emptied; what is in it as lines.
 */
#ifndef WMS_CART_ROW_H
#define WMS_CART_ROW_H

#include "postgres.h"

#include "support/compat.h"
#include "support/lines.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

typedef struct WmsCart
{
	pg_uuid_t	id;
	const pg_uuid_t *user_id;	/* NULL = a guest's */
	char	   *email;			/* of the user */
	char	   *coupon_code;
	const char *refusal;		/* why it cannot be used: consumed or expired; NULL when it can */
	const char *way_out;		/* then */
	bool		expired;
	/* set by wms_cart_read_lines() */
	WmsLines   *lines;
	Numeric    *prices;			/* when put in, of each line */
} WmsCart;

/* Locks a cart FOR UPDATE; raises WM004 unless it is there, live and not expired. */
extern WmsCart *wms_cart_lock(const pg_uuid_t *id);

/* Locks the guest's cart FOR UPDATE, expired or not; raises WM004 where it is none or was consumed. */
extern WmsCart *wms_cart_lock_guest(const pg_uuid_t *id);

/* As a query reads it, whatever its state; NULL where there is none. */
extern WmsCart *wms_cart_look_at(const pg_uuid_t *id);

/*
 * The live cart of the user, else of the guest's session, locked FOR UPDATE, expired or not: made where there is
 * none.  Neither of them: a new cart.  Raises WM004 for an unknown user.
 */
extern WmsCart *wms_cart_live(const pg_uuid_t *user_id, const char *session_id);

/* Nothing is left in an expired cart, and it lives again; what it holds is left to the caller. */
extern void wms_cart_renew(WmsCart *cart);

/* Reads what is in it, in the order in which it was put in. */
extern void wms_cart_read_lines(WmsCart *cart, bool query);

/* It has changed and lives on. */
extern void wms_cart_touch(const pg_uuid_t *id);

pg_noreturn extern void wms_cart_refuse(const pg_uuid_t *id, const char *why, const char *way_out);

#endif							/* WMS_CART_ROW_H */
