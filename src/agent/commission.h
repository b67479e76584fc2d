/*
 * commission.h
 *		Commissions of an order over its life, and the targets it counts for.
 */
#ifndef WMS_COMMISSION_H
#define WMS_COMMISSION_H

#include "postgres.h"

#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

/* Writes what an order earns its agent and those above him, pending; what is written already stays. */
extern void wms_commissions_earn(const pg_uuid_t *order_id, const pg_uuid_t *agent_id, Numeric base);

/* pending -> approved, or pending and approved -> cancelled, of what no payout has. */
extern void wms_commissions_approve(const pg_uuid_t *order_id);
extern void wms_commissions_cancel(const pg_uuid_t *order_id);

/* Counts an order confirmed at this instant in the agent's targets: sign 1, or -1 to take it out again. */
extern void wms_targets_count(const pg_uuid_t *agent_id, TimestampTz confirmed_at, Numeric amount, int sign);

#endif							/* WMS_COMMISSION_H */
