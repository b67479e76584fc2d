/*
 * command.c
 *		How a command and a query begin and end.
 *
 * Takes no locks of its own.  What begins here is ended by the abort of the (sub)transaction when an
 * error is raised in between: user id, SPI connection and plans are all restored by it.
 */
#include "postgres.h"

#include "support/command.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "ops/schema_version.h"
#include "support/direct.h"
#include "support/early_release.h"
#include "support/errors.h"
#include "support/profiles.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

/* Of whoever called the command that began last: hides_rows is asked where no catalogue can be read any more. */
static bool is_held_to_own;
static bool hides_rows;

static void
connect(void)
{
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
}

/*
 * Whoever owns the function after a restore, a command acts as the owner of the tables: never with more
 * rights than he has, never with fewer.  Settings that triggers of his change end with the command, lest what
 * the caller says next were found in schemas of his.
 */
void
wms_command_begin_own(WmsCommand *command)
{
	Oid			owner;
	int			profiles;

	wms_require_schema();
	owner = wms_schema_owner();
	GetUserIdAndSecContext(&command->caller, &command->security_context);
	if (owner != command->caller)
		SetUserIdAndSecContext(owner, command->security_context | SECURITY_LOCAL_USERID_CHANGE);
	command->settings = NewGUCNestLevel();
	profiles = wms_caller_is_owner() ? WMS_APP : wms_caller_profiles();
	is_held_to_own = (profiles & WMS_RESTRICTED) != 0;
	hides_rows = profiles == 0 || is_held_to_own;
	connect();
	wms_direct_begin_command();
	wms_early_release_begin_command();
}

static void
check_caller_is_known(void)
{
	if (wms_caller_is_unknown())
		ereport(ERROR,
				(errcode(ERRCODE_WMS_NOT_ALLOWED),
				 errmsg("this command is not for indexes and materialized views"),
				 errdetail("What these call at ANALYZE, REINDEX or REFRESH is called by their owner, whoever maintains them."),
				 errhint("Call it in a statement of its own.")));
}

void
wms_command_begin(WmsCommand *command)
{
	wms_command_begin_own(command);
	check_caller_is_known();
	if (is_held_to_own)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_NOT_ALLOWED),
				 errmsg("this command is not for roles with profile customer or agent"),
				 errdetail("Role \"%s\" has one of them, itself or inherited, and it counts before what else the role may do.",
						   GetUserNameFromId(GetOuterUserId(), false)),
				 errhint("Call it as a role that has neither, or is a member of such a role without INHERIT.")));
}

bool
wms_command_hides_rows(void)
{
	return hides_rows;
}

void
wms_command_end(WmsCommand *command)
{
	wms_direct_end_command();
	SPI_finish();
	AtEOXact_GUC(false, command->settings);
	SetUserIdAndSecContext(command->caller, command->security_context);
}

void
wms_query_begin(void)
{
	wms_require_schema();
	connect();
}

void
wms_query_end(void)
{
	SPI_finish();
}

Datum
wms_return_rows(FunctionCallInfo fcinfo, WmsPlan *plan, Datum *values, const bool *nulls)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	wms_query_begin();
	wms_read(plan, values, nulls);
	wms_put_rows(result->setResult);
	wms_query_end();
	return (Datum) 0;
}

Datum
wms_result_copy(Datum value, Oid type)
{
	int16		length;
	bool		byval;

	get_typlenbyval(type, &length, &byval);
	return SPI_datumTransfer(value, byval, length);
}
