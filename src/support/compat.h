/*
 * compat.h
 *		What PostgreSQL 15 to 18 call differently.
 */
#ifndef WMS_COMPAT_H
#define WMS_COMPAT_H

#include "postgres.h"

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

#ifndef pg_noreturn
#define pg_noreturn __attribute__((noreturn))
#endif

#endif							/* WMS_COMPAT_H */
