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

/* For whoever includes access/genam.h, access/tableam.h or utils/rel.h. */
#if PG_VERSION_NUM >= 180000
#define wms_index_beginscan(table, index, snapshot, count) index_beginscan(table, index, snapshot, NULL, count, 0)
#define wms_primary_key_index(table) RelationGetPrimaryKeyIndex(table, false)
#else
#define wms_index_beginscan(table, index, snapshot, count) index_beginscan(table, index, snapshot, count, 0)
#define wms_primary_key_index(table) RelationGetPrimaryKeyIndex(table)
#endif

#if PG_VERSION_NUM >= 160000
#define WmsUpdateIndexes TU_UpdateIndexes
#define wms_all_indexes(update) ((update) == TU_All)
#else
#define WmsUpdateIndexes bool
#define wms_all_indexes(update) (update)
#endif

/* For whoever includes utils/acl.h and catalog/pg_type.h. */
#if PG_VERSION_NUM >= 160000
#define wms_type_aclcheck(type, role, mode) object_aclcheck(TypeRelationId, type, role, mode)
#else
#define wms_type_aclcheck(type, role, mode) pg_type_aclcheck(type, role, mode)
#endif

#endif							/* WMS_COMPAT_H */
