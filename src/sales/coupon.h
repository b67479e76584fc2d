/*
 * coupon.h
 *		Coupons: whether one applies, its use, and giving it back.
 */
#ifndef WMS_COUPON_H
#define WMS_COUPON_H

#include "postgres.h"

#include "utils/numeric.h"
#include "utils/uuid.h"

typedef struct WmsCoupon
{
	pg_uuid_t	id;
	char	   *code;			/* as it is written in the coupon */
	Numeric		min_order_amount;	/* NULL = none */
} WmsCoupon;

/* Locks the coupon and raises WM009 unless this customer may use it now. */
extern WmsCoupon *wms_coupon_lock(const char *code, const pg_uuid_t *user_id, const char *email);

/* Raises WM009 where the subtotal is too small. */
extern void wms_coupon_check_subtotal(const WmsCoupon *coupon, Numeric subtotal);

extern void wms_coupon_redeem(const WmsCoupon *coupon, const pg_uuid_t *order_id, const pg_uuid_t *user_id,
							  const char *email, Numeric discount);

/* Gives the use back, once; nothing when the order has none. */
extern void wms_coupon_give_back(const pg_uuid_t *order_id);

#endif							/* WMS_COUPON_H */
