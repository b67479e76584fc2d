/*
 * command.h
 *		How a command and a query begin and end.
 */
#ifndef WMS_COMMAND_H
#define WMS_COMMAND_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "fmgr.h"
#include "support/plans.h"
#include "utils/uuid.h"

typedef struct WmsCommand
{
	Oid			caller;
	int			security_context;
	int			settings;		/* nest level of their changes */
} WmsCommand;

/*
 * A command: acts as the owner of schema wms, may write.  It is not for roles that are held to their own rows,
 * WM012; one that is begins with wms_command_begin_own() and asks support/access.h whose it is.
 */
extern void wms_command_begin(WmsCommand *command);
extern void wms_command_begin_own(WmsCommand *command);
extern void wms_command_end(WmsCommand *command);

/* Is a row that breaks a constraint kept from the caller, who has no right to read the tables? */
extern bool wms_command_hides_rows(void);

/* A query: acts as the caller. */
extern void wms_query_begin(void);
extern void wms_query_end(void);

/* Runs the plan as a query and returns its rows as the result of the set-returning function. */
extern Datum wms_return_rows(FunctionCallInfo fcinfo, WmsPlan *plan, Datum *values, const bool *nulls);

/* Copies a value into the memory that outlives wms_command_end() / wms_query_end(). */
extern Datum wms_result_copy(Datum value, Oid type);

#endif							/* WMS_COMMAND_H */
