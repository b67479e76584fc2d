/*
 * profile_grant.h
 *		One profile of one role: what is granted for it, and taken back.
 */
#ifndef WMS_PROFILE_GRANT_H
#define WMS_PROFILE_GRANT_H

#include "postgres.h"

#include "ops/grant.h"
#include "utils/array.h"

typedef struct WmsProfileGrant
{
	Oid			role;
	const char *profile;
	ArrayType  *schemas;
} WmsProfileGrant;

struct WmsProfileSet
{
	int			count;
	WmsProfileGrant *grants;
};

#define WMS_PROFILE_SCHEMAS "auth", "catalog", "inventory", "sales", "crm", "agent", "wms"

/* Is it customer or agent? */
extern bool wms_profile_restricts(const char *profile);

/* Both act as the owner of schema wms and need SPI; they return how many rights changed hands. */
extern int32 wms_profile_give(const WmsProfileGrant *grant);

/*
 * What another than the owner has granted is taken back in his name where "caller" has his rights.  Raises 2BP01
 * where the role has granted some of it onwards, 42501 where something would be left.
 */
extern int32 wms_profile_take(const WmsProfileGrant *grant, Oid caller);

/* Every role with its profiles. */
extern WmsProfileSet *wms_profiles_read(void);

/* Is the role held to its own rows, by a profile that is not in the set any more?  Needs SPI. */
extern bool wms_profile_lost_note(const WmsProfileSet *set, Oid role);

#endif							/* WMS_PROFILE_GRANT_H */
