/*
 * commission.h
 *		Commissions of an order over its life.
 */
#ifndef WMS_COMMISSION_H
#define WMS_COMMISSION_H

#include "postgres.h"

#include "utils/numeric.h"
#include "utils/uuid.h"

/*
 * Writes what an order earns its agent and those above him; what is written already stays.  The agent's own rate
 * gives way to one that is passed; NULL = none is.
 */
extern void wms_commissions_earn(const pg_uuid_t *order_id, const pg_uuid_t *agent_id, Numeric base, Numeric rate,
								 bool approved);

/* Earned on another base now, at the rates frozen in them; what a payout has stays. */
extern void wms_commissions_reckon(const pg_uuid_t *order_id, Numeric base);

/* pending -> approved, or pending and approved -> cancelled, of what no payout has. */
extern void wms_commissions_approve(const pg_uuid_t *order_id);
extern void wms_commissions_cancel(const pg_uuid_t *order_id);

#endif							/* WMS_COMMISSION_H */
