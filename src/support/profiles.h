/*
 * profiles.h
 *		Profiles of rights, and which of them the caller has.
 */
#ifndef WMS_PROFILES_H
#define WMS_PROFILES_H

#include "postgres.h"

/* One bit a profile, in the order of wms_profile_names. */
typedef enum WmsProfiles
{
	WMS_VIEWER = 1 << 0,
	WMS_OPERATOR = 1 << 1,
	WMS_MANAGER = 1 << 2,
	WMS_ADMIN = 1 << 3,
	WMS_APP = 1 << 4,
	WMS_CUSTOMER = 1 << 5,
	WMS_AGENT = 1 << 6
} WmsProfiles;

#define WMS_PROFILE_COUNT 7

/* One of these two was granted, whatever became of its own note; see profiles.c. */
#define WMS_OWN_ONLY (1 << WMS_PROFILE_COUNT)

/* These are held to what is their own, whatever else the role has. */
#define WMS_RESTRICTED (WMS_CUSTOMER | WMS_AGENT | WMS_OWN_ONLY)

extern const char *const wms_profile_names[WMS_PROFILE_COUNT];

/* The table in schema wms whose columns are the profiles: SELECT on a column is the profile. */
#define WMS_PROFILE_TABLE "profiles"

/* The type of the extension whose USAGE says that a role was granted one of WMS_RESTRICTED. */
#define WMS_OWN_ONLY_TYPE "wms_own_only"

/* InvalidOid while nobody has been granted a profile. */
extern Oid	wms_profile_table(void);

/*
 * Is it maintenance that runs what the owner of a table or view has put there?  Then the outer role is whoever
 * maintains it, and not the caller, who is held to what is his own.
 */
extern bool wms_caller_is_unknown(void);

/* The profiles of the outer role: of SET ROLE, else of the session; whoever's rights are in force inside of it. */
extern int	wms_caller_profiles(void);

/* Is the outer role held to what is its own? */
extern bool wms_caller_is_restricted(void);

/* Is the outer role a superuser, or does it have the rights of the owner of schema wms? */
extern bool wms_caller_is_owner(void);

#endif							/* WMS_PROFILES_H */
