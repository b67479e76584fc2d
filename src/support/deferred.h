/*
 * deferred.h
 *		Triggers that wait for the commit, where a superuser calls what acts as a lesser owner.
 */
#ifndef WMS_DEFERRED_H
#define WMS_DEFERRED_H

#include "postgres.h"

/* Would a trigger that is deferred now fire with more rights than those it is queued with? */
extern bool wms_deferred_gains_rights(void);

/* Then: raises 42501 where somebody who is no superuser has put such a trigger on the table. */
extern void wms_deferred_check(Oid relation);

/* Then: from here to the other, nothing can be deferred (42501). */
extern void wms_deferred_close(Oid *user, int *security);
extern void wms_deferred_open(Oid user, int security);

#endif							/* WMS_DEFERRED_H */
