/*
 * compat.h
 *		What PostgreSQL 15 to 18 call differently.
 */
#ifndef WMS_COMPAT_H
#define WMS_COMPAT_H

#include "postgres.h"

#ifndef pg_noreturn
#define pg_noreturn __attribute__((noreturn))
#endif

#endif							/* WMS_COMPAT_H */
