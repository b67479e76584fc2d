/*
 * settings.h
 *		The settings wms.*, as validated by wms.c.  An empty string means "not set".
 *
 * Times are whole seconds.
 */
#ifndef WMS_SETTINGS_H
#define WMS_SETTINGS_H

#include "postgres.h"

#include "pgtime.h"

typedef enum WmsCommissionBase
{
	WMS_COMMISSION_TOTAL,
	WMS_COMMISSION_NET
} WmsCommissionBase;

/* any session */
extern char *wms_actor_id;		/* '' or a uuid; the text of a careless client until the library was loaded */
extern bool wms_install;

/* superusers, ALTER DATABASE and ALTER ROLE */
extern char *wms_tax_rate;		/* '' or a decimal number from 0 to 100, good for numeric_in() */
extern int	wms_order_hold;
extern bool wms_split_orders;
extern int	wms_commission_base;	/* WmsCommissionBase */
extern int	wms_commission_max_levels;
extern bool wms_transfer_four_eyes;
extern int	wms_bcrypt_cost;
extern int	wms_refresh_grace;
extern int	wms_idempotency_retention;
extern bool wms_emit_events;
extern bool wms_direct_access;
extern bool wms_early_lock_release;
extern bool wms_guard;
extern bool wms_seed;
extern bool wms_allow_data_loss;

/* The zone of business dates: wms.timezone, else that of the server's log. Never NULL. */
extern pg_tz *wms_timezone(void);

#endif							/* WMS_SETTINGS_H */
