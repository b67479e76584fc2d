/*
 * owner.h
 *		Whom the commands act as, and what he needs.
 */
#ifndef WMS_OWNER_H
#define WMS_OWNER_H

#include "postgres.h"

/* Lets the role call all functions, and grant that to others; as the current user. */
extern void wms_entrust_functions(Oid role);

#endif							/* WMS_OWNER_H */
