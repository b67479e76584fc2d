/*
 * grant.h
 *		Profiles granted and taken back.
 */
#ifndef WMS_GRANT_H
#define WMS_GRANT_H

#include "postgres.h"

#include "fmgr.h"

/* A role that exists; else 22023, 42704. */
extern Oid	wms_role_argument(FunctionCallInfo fcinfo, int n);

/* Raises 55000 where schema and table of the profiles have different owners: neither could take back all. */
extern void wms_check_profiles_owner(void);

/*
 * Gives every role the rights of its profiles that it lacks, in the schemas they were granted in, and makes
 * the policies that are missing; needs SPI, acts as the owner of schema wms.
 */
extern void wms_profiles_restore(void);

/* Takes all profiles from all roles for a caller, and gives them back, as whoever acts then; need SPI. */
typedef struct WmsProfileSet WmsProfileSet;

extern WmsProfileSet *wms_profiles_take(Oid caller);
extern void wms_profiles_give(const WmsProfileSet *set);

/* Raises 22023 where the role has a profile. */
extern void wms_profiles_refuse_owner(Oid role);

#endif							/* WMS_GRANT_H */
