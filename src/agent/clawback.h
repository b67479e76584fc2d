/*
 * clawback.h
 *		What refunds take back of the commissions of an order.
 */
#ifndef WMS_CLAWBACK_H
#define WMS_CLAWBACK_H

#include "postgres.h"

#include "utils/uuid.h"

/*
 * Takes back the share of every commission that the refunds of the order, this one included, are of its
 * total, less what was taken back before; all of it once the order is refunded.
 */
extern void wms_commissions_claw_back(const pg_uuid_t *order_id, const pg_uuid_t *refund_id, bool refunded);

/* The same where commissions are earned on an order that has refunds already. */
extern void wms_commissions_claw_back_earlier(const pg_uuid_t *order_id);

#endif							/* WMS_CLAWBACK_H */
