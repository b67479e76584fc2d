/*
 * password.h
 *		Passwords: which are good enough, and their bcrypt hashes.
 */
#ifndef WMS_PASSWORD_H
#define WMS_PASSWORD_H

#include "postgres.h"

#include "fmgr.h"

/* A password that is to be hashed; raises 22023 for one that is too short, too long or no text. */
extern char *wms_arg_new_password(FunctionCallInfo fcinfo, int n, const char *name);

/* A new hash of wms.bcrypt_cost.  It takes that long, and cannot be cancelled meanwhile. */
extern char *wms_password_hash(const char *password);

/* Is it the password of the hash? False as well for NULL and for what is no bcrypt hash. */
extern bool wms_password_matches(const char *password, const char *hash);

/*
 * Spends what is left, after wms_password_matches() with that hash, of the time a hash of wms.bcrypt_cost
 * takes: so that a refusal says nothing about whether there was a hash, and which.
 */
extern void wms_password_spend_rest(const char *hash);

/* Would a new hash of the password be more work to guess? */
extern bool wms_password_is_outdated(const char *hash);

/* Overwrites a secret that was read into memory. */
extern void wms_forget(char *secret);

#endif							/* WMS_PASSWORD_H */
