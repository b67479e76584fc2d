/*
 * address.c
 *		wms_set_default_address(), and the default that follows one that is deleted.
 *
 * Locks: the user FOR NO KEY UPDATE, so that one session at a time sets his default; the default there is, then the
 * address that is to be it.  Deleting the default holds it and takes the newest of the others, and never the user:
 * who sets another one waits for it, and goes on with what is left.
 */
#include "postgres.h"

#include "access/xact.h"
#include "fmgr.h"
#include "support/access.h"
#include "support/args.h"
#include "support/command.h"
#include "support/errors.h"
#include "support/guard.h"
#include "support/trigger_work.h"

PG_FUNCTION_INFO_V1(wms_set_default_address);
PG_FUNCTION_INFO_V1(wms_promote_address);

static WmsPlan find_address = WMS_PLAN(
	"SELECT a.user_id FROM crm.addresses a WHERE a.id = $1", UUIDOID);

static WmsPlan lock_user = WMS_PLAN(
	"SELECT FROM auth.users u WHERE u.id = $1 FOR NO KEY UPDATE", UUIDOID);

static WmsPlan lock_default = WMS_PLAN(
	"SELECT a.id FROM crm.addresses a WHERE a.user_id = $1 AND a.is_default FOR NO KEY UPDATE", UUIDOID);

static WmsPlan find_default = WMS_PLAN(
	"SELECT a.id FROM crm.addresses a WHERE a.user_id = $1 AND a.is_default", UUIDOID);

static WmsPlan clear_default = WMS_PLAN(
	"UPDATE crm.addresses a SET is_default = false, updated_at = CURRENT_TIMESTAMP"
	" WHERE a.user_id = $1 AND a.is_default RETURNING NOT a.is_default",
	UUIDOID);

static WmsPlan lock_address = WMS_PLAN(
	"SELECT FROM crm.addresses a WHERE a.id = $2 AND a.user_id = $1 FOR NO KEY UPDATE", UUIDOID, UUIDOID);

/* One that is deleted meanwhile is passed over. */
static WmsPlan lock_newest = WMS_PLAN(
	"SELECT a.id FROM crm.addresses a WHERE a.user_id = $1"
	" ORDER BY a.created_at DESC, a.id DESC LIMIT 1 FOR NO KEY UPDATE",
	UUIDOID);

static WmsPlan set_default = WMS_PLAN(
	"UPDATE crm.addresses a SET is_default = true, updated_at = CURRENT_TIMESTAMP"
	" WHERE a.id = $1 RETURNING a.is_default",
	UUIDOID);

static void
refuse_unknown(const pg_uuid_t *address_id)
{
	ereport(ERROR,
			(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
			 errmsg("there is no address %s", wms_uuid_text(address_id)),
			 errhint("The addresses are in crm.addresses.")));
}

static void
refuse_concurrent(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("could not serialize access due to concurrent update"),
			 errdetail("Another default address was set meanwhile."),
			 errhint("The transaction might succeed if retried.")));
}

/* Who writes the table himself does not lock the user: his default is seen only once it was waited for. */
static void
write_default(Datum address_id)
{
	MemoryContext context = CurrentMemoryContext;

	PG_TRY();
	{
		wms_run_unaltered(&set_default, &address_id, NULL, 1);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		if (geterrcode() != ERRCODE_UNIQUE_VIOLATION)
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		if (error->constraint_name == NULL || strcmp(error->constraint_name, "idx_addresses_user_id_default") != 0)
			PG_RE_THROW();
		FlushErrorState();
		refuse_concurrent();
	}
	PG_END_TRY();
}

/*
 * Locks the default of the user; true when it is the address already.  One that was waited for may be gone, and
 * another the default by now, which only a new look, or above READ COMMITTED a new transaction, tells.
 */
static bool
lock_default_of(Datum user_id, const pg_uuid_t *address_id)
{
	uint64		locked;
	uint64		found;
	bool		is_it;
	bool		isnull;

	do
	{
		locked = wms_run(&lock_default, &user_id, NULL);
		is_it = locked > 0 && wms_uuid_equal(DatumGetUUIDP(wms_value(0, 1, &isnull)), address_id);
		found = wms_read_latest(&find_default, &user_id);
	} while (found != locked && !IsolationUsesXactSnapshot());
	if (found != locked)
		refuse_concurrent();
	return is_it;
}

static void
make_default(const pg_uuid_t *address_id)
{
	Datum		values[] = {(Datum) 0, UUIDPGetDatum(address_id)};
	bool		isnull;

	if (wms_run(&find_address, &values[1], NULL) == 0)
		refuse_unknown(address_id);
	values[0] = wms_value(0, 1, &isnull);
	wms_run(&lock_user, values, NULL);
	if (lock_default_of(values[0], address_id))
		return;
	if (wms_run(&lock_address, values, NULL) == 0)
		refuse_unknown(address_id);
	if (wms_read_latest(&find_default, values) > 0)
		wms_run_unaltered(&clear_default, values, NULL, 1);
	write_default(values[1]);
}

/* Makes an address the default of its user; returns it; raises WM004, WM012, 22023. */
Datum
wms_set_default_address(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *address_id = wms_arg_uuid(fcinfo, 0, "address_id");
	WmsCommand	command;

	wms_command_begin_own(&command);
	wms_access_address(address_id);
	make_default(address_id);
	wms_command_end(&command);
	PG_RETURN_UUID_P(address_id);
}

Datum
wms_promote_address(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_AFTER | WMS_ROW | WMS_ON_DELETE);
	WmsTriggerWork work;
	Datum		user_id;
	bool		isnull;

	wms_trigger_require_table(trigger, "crm", "addresses");
	if (wms_guard_lets_pass(trigger) ||
		!DatumGetBool(wms_trigger_value(trigger, trigger->tg_trigtuple, "is_default", BOOLOID, &isnull)))
		return PointerGetDatum(NULL);
	user_id = wms_trigger_value(trigger, trigger->tg_trigtuple, "user_id", UUIDOID, &isnull);
	wms_trigger_work_begin(&work);
	if (wms_read_latest(&find_default, &user_id) == 0 && wms_run(&lock_newest, &user_id, NULL) > 0)
	{
		Datum		newest = wms_value(0, 1, &isnull);

		write_default(newest);
	}
	wms_trigger_work_end(&work);
	return PointerGetDatum(NULL);
}
