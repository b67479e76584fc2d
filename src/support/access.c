/*
 * access.c
 *		What is the caller's own: ownership for the profiles customer and agent.
 *
 * EXECUTE says who may call a command at all; this says for whom.  The actor is an assertion of the client,
 * the profile is not: it is that of the role he has logged in with, or set.
 *
 * Takes no locks: what belongs to whom is changed by nobody but whoever may change everything.
 */
#include "postgres.h"

#include "support/access.h"

#include "catalog/namespace.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "support/actor.h"
#include "support/args.h"
#include "support/command.h"
#include "support/errors.h"
#include "support/profiles.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(wms_every_row);
PG_FUNCTION_INFO_V1(wms_own_agents);
PG_FUNCTION_INFO_V1(wms_own_customers);

#define MAY_SET_PRICES (WMS_MANAGER | WMS_ADMIN | WMS_APP)

/* $1 the actor.  UNION, so that even a cycle ends. */
static WmsPlan read_own_agents = WMS_PLAN(
	"WITH RECURSIVE own (id) AS ("
	"  SELECT a.id FROM agent.agents a WHERE a.user_id = $1 AND a.deleted_at IS NULL"
	"  UNION SELECT c.id FROM own o JOIN agent.agents c ON c.parent_agent_id = o.id)"
	" SELECT coalesce(array_agg(o.id), '{}'),"
	"        (SELECT a.id FROM agent.agents a WHERE a.user_id = $1 AND a.deleted_at IS NULL)"
	"   FROM own o",
	UUIDOID);

/* $1 agents */
static WmsPlan read_own_customers = WMS_PLAN(
	"SELECT coalesce(array_agg(DISTINCT o.user_id), '{}') FROM sales.orders o"
	" WHERE o.agent_id = ANY ($1) AND o.user_id IS NOT NULL AND o.confirmed_at IS NOT NULL",
	UUIDARRAYOID);

/* $1 the row, $2 the actor, $3 his agents */
static WmsPlan find_order = WMS_PLAN(
	"SELECT FROM sales.orders o WHERE o.id = $1 AND (o.user_id = $2 OR o.agent_id = ANY ($3))",
	UUIDOID, UUIDOID, UUIDARRAYOID);

static WmsPlan find_cart = WMS_PLAN(
	"SELECT FROM sales.carts c WHERE c.id = $1 AND (c.user_id IS NULL OR c.user_id = $2)", UUIDOID, UUIDOID);

static WmsPlan find_address = WMS_PLAN(
	"SELECT FROM crm.addresses d WHERE d.id = $1 AND d.user_id = $2", UUIDOID, UUIDOID);

/* Does the user buy from one of these agents, or from none at all? */
static WmsPlan find_buyer = WMS_PLAN(
	"SELECT FROM auth.users u WHERE u.id = $1"
	"   AND (EXISTS (SELECT FROM sales.orders o WHERE o.user_id = u.id AND o.agent_id = ANY ($2))"
	"        OR u.role = 'customer'"
	"           AND NOT EXISTS (SELECT FROM sales.orders o WHERE o.user_id = u.id AND o.agent_id IS NOT NULL))",
	UUIDOID, UUIDARRAYOID);

/* The user, some agents: has he bought from them? */
static WmsPlan find_customer = WMS_PLAN(
	"SELECT FROM sales.orders o"
	" WHERE o.user_id = $1 AND o.agent_id = ANY ($2) AND o.confirmed_at IS NOT NULL LIMIT 1",
	UUIDOID, UUIDARRAYOID);

/* Do the caller's profiles make him an agent; one of customer and agent is enough to be held to one's own. */
static bool
is_agent(void)
{
	return (wms_caller_profiles() & WMS_AGENT) != 0 && !wms_caller_is_owner();
}

/* What everybody may call is closed to those who have no rights on the table, too. */
static bool
query_is_restricted(void)
{
	Oid			carts = get_relname_relid("carts", get_namespace_oid("sales", false));

	return wms_caller_is_restricted() ||
		pg_class_aclcheck(carts, GetOuterUserId(), ACL_SELECT) != ACLCHECK_OK;
}

static uint64
run(WmsPlan *plan, Datum *values, const bool *nulls, bool query)
{
	return query ? wms_read(plan, values, nulls) : wms_run(plan, values, nulls);
}

/* The agents of the actor's subtree, none unless the caller is an agent; his own in *self, where it is asked for. */
static Datum
own_agents(bool query, pg_uuid_t **self)
{
	const pg_uuid_t *actor = is_agent() ? wms_actor() : NULL;
	bool		isnull;
	Datum		value;

	if (self != NULL)
		*self = NULL;
	if (actor == NULL)
		return wms_array(NULL, NULL, 0, UUIDOID);
	value = UUIDPGetDatum(actor);
	run(&read_own_agents, &value, NULL, query);
	value = wms_value(0, 2, &isnull);
	if (self != NULL && !isnull)
		*self = DatumGetUUIDP(value);
	return wms_value(0, 1, &isnull);
}

pg_noreturn static void
refuse(const char *what, const pg_uuid_t *id, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_WMS_NOT_ALLOWED),
			 errmsg("%s %s is not one of your own", what, wms_uuid_text(id)),
			 errdetail("It is unknown, or it is not the current actor's."),
			 errhint("%s", hint)));
}

void
wms_access_staff(void)
{
	if (wms_caller_is_restricted() && (wms_caller_profiles() & ~WMS_RESTRICTED) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_NOT_ALLOWED),
				 errmsg("this command is not for roles with profile customer or agent"),
				 errdetail("Role \"%s\" has one of them beside a profile that may call it, and the narrower counts.",
						   GetUserNameFromId(GetOuterUserId(), false)),
				 errhint("Call it as a role that has neither, or is a member of such a role without INHERIT.")));
}

void
wms_access_order(const pg_uuid_t *order_id)
{
	Datum		values[3];
	bool		nulls[3] = {false};

	if (!wms_caller_is_restricted())
		return;
	values[0] = UUIDPGetDatum(order_id);
	values[2] = own_agents(false, NULL);
	values[1] = wms_uuid_param(wms_actor(), &nulls[1]);
	if (wms_run(&find_order, values, nulls) == 0)
		refuse("order", order_id, "wms_orders() lists those that are.");
}

void
wms_access_cart(const pg_uuid_t *cart_id, bool query)
{
	Datum		values[2];
	bool		nulls[2] = {false};

	if (!(query ? query_is_restricted() : wms_caller_is_restricted()))
		return;
	values[0] = UUIDPGetDatum(cart_id);
	values[1] = wms_uuid_param(wms_actor(), &nulls[1]);
	if (run(&find_cart, values, nulls, query) == 0)
		refuse("cart", cart_id, "wms_create_cart() returns the one that is.");
}

void
wms_access_address(const pg_uuid_t *address_id)
{
	Datum		values[2];
	bool		nulls[2] = {false};

	if (!wms_caller_is_restricted())
		return;
	values[0] = UUIDPGetDatum(address_id);
	values[1] = wms_uuid_param(wms_actor(), &nulls[1]);
	if (wms_run(&find_address, values, nulls) == 0)
		refuse("address", address_id, "Those that are can be read from crm.addresses.");
}

pg_noreturn static void
refuse_user(const pg_uuid_t *user_id)
{
	ereport(ERROR,
			(errcode(ERRCODE_WMS_NOT_ALLOWED),
			 errmsg("user %s is not whom you may act for", wms_uuid_text(user_id)),
			 errdetail("A customer acts for himself; an agent also places orders for his customers and for those who have no agent."),
			 errhint("wms_current_actor() says for whom this session acts.")));
}

void
wms_access_user(const pg_uuid_t *user_id)
{
	if (user_id != NULL && wms_caller_is_restricted() && !wms_uuid_equal(user_id, wms_actor()))
		refuse_user(user_id);
}

void
wms_access_buyer(const pg_uuid_t *user_id, bool query)
{
	Datum		values[2];
	pg_uuid_t  *self;

	if (user_id == NULL || !(query ? query_is_restricted() : wms_caller_is_restricted()))
		return;
	if (wms_uuid_equal(user_id, wms_actor()))
		return;
	values[0] = UUIDPGetDatum(user_id);
	values[1] = own_agents(query, &self);
	if (self == NULL || run(&find_buyer, values, NULL, query) == 0)
		refuse_user(user_id);
}

bool
wms_access_knows_buyer(const pg_uuid_t *user_id, bool query)
{
	Datum		values[2];

	if (!(query ? query_is_restricted() : wms_caller_is_restricted()))
		return true;
	if (user_id == NULL)
		return false;
	if (wms_uuid_equal(user_id, wms_actor()))
		return true;
	values[0] = UUIDPGetDatum(user_id);
	values[1] = own_agents(query, NULL);
	return run(&find_customer, values, NULL, query) > 0;
}

static bool
is_among(const pg_uuid_t *id, Datum array)
{
	Datum	   *elements;
	int			count;

	deconstruct_array(DatumGetArrayTypeP(array), UUIDOID, UUID_LEN, false, TYPALIGN_CHAR, &elements, NULL, &count);
	for (int i = 0; i < count; i++)
		if (wms_uuid_equal(id, DatumGetUUIDP(elements[i])))
			return true;
	return false;
}

const pg_uuid_t *
wms_access_seller(const pg_uuid_t *agent_id)
{
	pg_uuid_t  *self;
	Datum		agents;

	if (!wms_caller_is_restricted())
		return agent_id;
	agents = own_agents(false, &self);
	if (agent_id == NULL)
		return self;
	if (!is_among(agent_id, agents))
		ereport(ERROR,
				(errcode(ERRCODE_WMS_NOT_ALLOWED),
				 errmsg("agent %s is not one of your own", wms_uuid_text(agent_id)),
				 errdetail("An agent sells for himself and for those below him, a customer for nobody."),
				 errhint("Leave agent_id out.")));
	return agent_id;
}

void
wms_access_prices(const WmsLines *lines)
{
	int			profiles = wms_caller_profiles();

	if (wms_caller_is_owner() || ((profiles & MAY_SET_PRICES) != 0 && (profiles & WMS_RESTRICTED) == 0))
		return;
	for (int i = 0; i < lines->count; i++)
		if (lines->lines[i].unit_price != NULL && lines->lines[i].refusal == NULL)
			wms_line_refuse(lines, &lines->lines[i], ERRCODE_WMS_NOT_ALLOWED, "unit_price is not yours to set",
							"Prices are set by roles with profile manager, admin or app.",
							"Leave unit_price out; the catalogue has the price.");
}

/* wms_every_row() → boolean: true. A policy that calls it goes with the extension, and then nothing is open. */
Datum
wms_every_row(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(true);
}

/* Runs it as the owner of the tables, whose rows no policy hides; returns the ids, kept for the caller. */
static Datum
as_owner(Datum (*ids) (void))
{
	WmsCommand	command;
	Datum		result;

	wms_command_begin_own(&command);
	result = wms_result_copy(ids(), UUIDARRAYOID);
	wms_command_end(&command);
	return result;
}

static Datum
agents_of_actor(void)
{
	return own_agents(true, NULL);
}

static Datum
customers_of_actor(void)
{
	Datum		agents = own_agents(true, NULL);
	bool		isnull;

	wms_read(&read_own_customers, &agents, NULL);
	return wms_value(0, 1, &isnull);
}

/* wms_own_agents() → uuid[]: the actor's agent and all below him, where the role has profile agent. */
Datum
wms_own_agents(PG_FUNCTION_ARGS)
{
	return as_owner(agents_of_actor);
}

/* wms_own_customers() → uuid[]: users who have bought from them, by orders that the business has confirmed. */
Datum
wms_own_customers(PG_FUNCTION_ARGS)
{
	return as_owner(customers_of_actor);
}
