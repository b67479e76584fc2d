/*
 * access.h
 *		What is the caller's own: checks that commands and definer queries make first.
 *
 * They are made between wms_command_begin() and wms_command_end().  Roles without the profiles customer and
 * agent pass them all.  What is unknown is refused with the words for what is somebody else's (WM012), so that
 * nobody learns what there is.  "query" is true where the function is STABLE.
 */
#ifndef WMS_ACCESS_H
#define WMS_ACCESS_H

#include "postgres.h"

#include "support/lines.h"
#include "utils/uuid.h"

/*
 * For commands that are of the staff, on an order all the same: a role that has a profile of the staff besides
 * does not call them by it.  One that was granted EXECUTE itself does.
 */
extern void wms_access_staff(void);

/* The order is the actor's, or of an agent of his own subtree. */
extern void wms_access_order(const pg_uuid_t *order_id);

/*
 * The cart is the actor's, or a guest's, which is open to whoever knows its id.  A query may be called by
 * everybody: there a role that may not SELECT from sales.carts counts as a customer.
 */
extern void wms_access_cart(const pg_uuid_t *cart_id, bool query);

/* The address is the actor's. */
extern void wms_access_address(const pg_uuid_t *address_id);

/* The user is the actor; NULL passes. */
extern void wms_access_user(const pg_uuid_t *user_id);

/*
 * Whom an order may be placed for: the actor; for a live agent his customers too, and those who have no agent yet.
 * NULL, a guest, passes.
 */
extern void wms_access_buyer(const pg_uuid_t *user_id, bool query);

/*
 * May the caller know of the buyer what only he and the business do: where he lives, what he has used up?  For a
 * customer that is himself; for an agent also whoever has bought from his subtree by an order that the business
 * has confirmed, since he could place one for anybody.  A guest is whoever he says: nobody's word for another's.
 */
extern bool wms_access_knows_buyer(const pg_uuid_t *user_id, bool query);

/* The agent is of the actor's subtree; for NULL the actor's own agent is returned, if he is one. */
extern const pg_uuid_t *wms_access_seller(const pg_uuid_t *agent_id);

/* Refuses lines that carry a unit_price, unless the caller has a profile that may set prices. */
extern void wms_access_prices(const WmsLines *lines);

#endif							/* WMS_ACCESS_H */
