/*
 * schema_version.h
 *		Are the tables those this library works on, and where are they?
 */
#ifndef WMS_SCHEMA_VERSION_H
#define WMS_SCHEMA_VERSION_H

#include "postgres.h"

/* The schema of the log; its owner is whom commands act as. */
#define WMS_SCHEMA "wms"

/* Raises WM091 unless the tables are at the newest step the extension knows. Cheap once it has succeeded. */
extern void wms_require_schema(void);

/*
 * While a migration runs the tables are of no version, and its own statements may fire triggers that ask.
 * Returns what it was before, to be set again afterwards.
 */
extern bool wms_set_migrating(bool migrating);
extern bool wms_is_migrating(void);

/* The owner of schema wms; InvalidOid while there is none. */
extern Oid	wms_schema_owner(void);

/* The schema the extension's functions are in. */
extern Oid	wms_extension_schema(void);

/* A function of the extension by its schema and name, for hints. */
extern char *wms_qualified_name(const char *name);

#endif							/* WMS_SCHEMA_VERSION_H */
