/*
 * privilege.h
 *		What each profile may do: one table of functions and tables, for wms_grant(), the tests and the documents.
 */
#ifndef WMS_PRIVILEGE_H
#define WMS_PRIVILEGE_H

#include "postgres.h"

/* Is it one of the schemas that privileges are granted in: the six, and "wms" for the functions of operations? */
extern bool wms_privilege_has_schema(const char *name);

#endif							/* WMS_PRIVILEGE_H */
