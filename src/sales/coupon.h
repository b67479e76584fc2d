/*
 * coupon.h
 *		Coupons: whether one applies, its use, and giving it back.
 */
#ifndef WMS_COUPON_H
#define WMS_COUPON_H

#include "postgres.h"

#include "support/compat.h"
#include "utils/numeric.h"
#include "utils/uuid.h"

typedef struct WmsCoupon
{
	pg_uuid_t	id;
	char	   *code;			/* as it is written in the coupon */
	Numeric		min_order_amount;	/* NULL = none */
	bool		wants_customer;	/* limited per customer, and nobody said who that is */
} WmsCoupon;

/* Who wants to use a coupon, and how it is looked at. */
typedef struct WmsCouponUse
{
	const char *code;
	const pg_uuid_t *user_id;	/* NULL = no account */
	const char *email;			/* NULL = unknown */
	bool		stranger;		/* the caller may not speak for him: no limit per customer can be judged */
	bool		customer_later;	/* who it is will be said when it is redeemed: limits per customer are left to then */
	bool		query;			/* as a query reads: as of the start of its statement */
} WmsCouponUse;

/* Locks the coupon and raises WM009 unless this customer may use it now. */
extern WmsCoupon *wms_coupon_lock(const WmsCouponUse *use);

/* Judges the coupon by the same rules without locking it; NULL, and why, where it does not apply. */
extern WmsCoupon *wms_coupon_look_up(const WmsCouponUse *use, const char **why);

/* Raises WM009 where the subtotal is too small. */
extern void wms_coupon_check_subtotal(const WmsCoupon *coupon, Numeric subtotal);

/* Why the subtotal is too small; NULL where it is not. */
extern const char *wms_coupon_subtotal_refusal(const WmsCoupon *coupon, Numeric subtotal);

/* Raises WM009. */
pg_noreturn extern void wms_coupon_refuse(const char *code, const char *why);

extern void wms_coupon_redeem(const WmsCoupon *coupon, const pg_uuid_t *order_id, const pg_uuid_t *user_id,
							  const char *email, Numeric discount);

/*
 * The coupon an order has redeemed, whatever became of it since; NULL when there is none.  It is not locked: the
 * use stays the one it is.
 */
extern WmsCoupon *wms_coupon_of_order(const pg_uuid_t *order_id);

/* The use stays; what it took off changes. */
extern void wms_coupon_adjust(const pg_uuid_t *order_id, Numeric discount);

/* Gives the use back, once; nothing when the order has none. */
extern void wms_coupon_give_back(const pg_uuid_t *order_id);

#endif							/* WMS_COUPON_H */
