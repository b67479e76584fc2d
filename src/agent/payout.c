/*
 * payout.c
 *		wms_create_payout() and wms_create_payouts(): what is approved and unpaid becomes a payment.
 *
 * Clawbacks are netted; where they are more than what is to be paid, it stays a debt until there is more.  What an
 * order earned belongs to the business day it was confirmed on, and so do its clawbacks while it is in no payout.
 *
 * Locks: the idempotency key; agent.agents FOR NO KEY UPDATE, in order of id, so that two runs do not meet at the
 * commissions, while orders go on earning; their commissions that are due.
 */
#include "postgres.h"

#include "agent/agent.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/columns.h"
#include "support/command.h"
#include "support/document_number.h"
#include "support/errors.h"
#include "support/event.h"
#include "support/idempotency.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(wms_create_payout);
PG_FUNCTION_INFO_V1(wms_create_payouts);

#define DUE "c.status = 'approved' AND c.payout_id IS NULL"

static WmsPlan lock_agent = WMS_PLAN(
	"SELECT a.agent_code FROM agent.agents a WHERE a.id = $1 FOR NO KEY UPDATE", UUIDOID);

static WmsPlan lock_agents = WMS_PLAN_NO_ARGS(
	"SELECT a.id FROM agent.agents a"
	" WHERE EXISTS (SELECT FROM agent.commissions c WHERE c.agent_id = a.id AND " DUE ")"
	" ORDER BY a.id FOR NO KEY UPDATE");

/*
 * $2 is the end of the last day.  An import may have no instant of confirmation.  What is taken back of a commission
 * that is in a payout is a debt, whenever the order was.
 */
static WmsPlan lock_due = WMS_PLAN(
	"WITH due AS MATERIALIZED ("
	"     SELECT c.agent_id, c.id, c.commission_amount"
	"       FROM agent.commissions c JOIN sales.orders o ON o.id = c.order_id"
	"      WHERE c.agent_id = ANY ($1) AND " DUE
	"        AND (coalesce(o.confirmed_at, o.created_at) < $2"
	"             OR c.refund_id IS NOT NULL AND EXISTS ("
	"                SELECT FROM agent.commissions s"
	"                 WHERE s.order_id = c.order_id AND s.agent_id = c.agent_id AND s.level = c.level"
	"                   AND s.refund_id IS NULL AND s.payout_id IS NOT NULL))"
	"      ORDER BY c.agent_id, c.id FOR NO KEY UPDATE OF c)"
	"SELECT d.agent_id, d.id, sum(d.commission_amount) OVER agent, sum(d.commission_amount) OVER agent > 0,"
	"       sum(d.commission_amount) OVER agent >= 10000000000"
	"  FROM due d WINDOW agent AS (PARTITION BY d.agent_id)"
	" ORDER BY d.agent_id, d.id",
	UUIDARRAYOID, TIMESTAMPTZOID);

static WmsPlan write_payouts = WMS_PLAN(
	"INSERT INTO agent.payouts (id, agent_id, payout_number, amount, payment_method, notes, bank_name, bank_account,"
	"       created_at)"
	"SELECT u.id, a.id, u.payout_number, u.amount, $5, $6, coalesce($7, a.bank_name), coalesce($8, a.bank_account), $9"
	"  FROM unnest($1, $2, $3, $4) AS u(id, agent_id, payout_number, amount)"
	"  JOIN agent.agents a ON a.id = u.agent_id",
	UUIDARRAYOID, UUIDARRAYOID, TEXTARRAYOID, NUMERICARRAYOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID);

static WmsPlan claim_commissions = WMS_PLAN(
	"UPDATE agent.commissions c SET payout_id = u.payout_id, updated_at = CURRENT_TIMESTAMP"
	"  FROM unnest($1, $2) AS u(id, payout_id)"
	" WHERE c.id = u.id RETURNING c.payout_id = u.payout_id",
	UUIDARRAYOID, UUIDARRAYOID);

/* Whatever triggers of the user made of it. */
static WmsPlan find_unequal = WMS_PLAN(
	"SELECT FROM unnest($1) AS u(id) JOIN agent.payouts p ON p.id = u.id"
	" WHERE p.status <> 'pending'"
	"    OR p.amount IS DISTINCT FROM (SELECT sum(c.commission_amount) FROM agent.commissions c WHERE c.payout_id = p.id)",
	UUIDARRAYOID);

typedef struct PayoutTerms
{
	TimestampTz end;			/* of what is paid */
	const char *until;			/* the same, for messages */
	char	   *payment_method;
	char	   *notes;
	char	   *bank_name;		/* NULL = the agent's, like the account */
	char	   *bank_account;
} PayoutTerms;

typedef struct Payouts
{
	WmsColumn  *ids;
	WmsColumn  *agent_ids;
	WmsColumn  *numbers;
	WmsColumn  *amounts;
	/* of all of them */
	WmsColumn  *commission_ids;
	WmsColumn  *payout_ids;
	/* what came to nothing, or less, of one agent alone */
	uint64		due;
	char	   *debt;
} Payouts;

static void
refuse_range(const pg_uuid_t *agent_id, char *amount)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("payout of agent %s is out of range", wms_uuid_text(agent_id)),
			 errdetail("It would be %s.", amount),
			 errhint("Pay it in parts by up_to.")));
}

static void
add_payout(Payouts *payouts, uint64 row)
{
	Datum		id = DirectFunctionCall1(gen_random_uuid, (Datum) 0);
	bool		isnull;

	wms_column_add_uuid(payouts->ids, DatumGetUUIDP(id));
	wms_column_add_uuid(payouts->agent_ids, DatumGetUUIDP(wms_value(row, 1, &isnull)));
	wms_column_add(payouts->numbers, PointerGetDatum(wms_document_number("PAY", "agent", "payout_number_seq")), false);
	wms_column_add_numeric(payouts->amounts, DatumGetNumeric(wms_value(row, 3, &isnull)));
}

/* Sums what is due, as locked, by agent; nothing where that is not positive. */
static void
gather(Payouts *payouts, uint64 rows)
{
	const pg_uuid_t *previous = NULL;

	payouts->due = rows;
	for (uint64 row = 0; row < rows; row++)
	{
		bool		isnull;
		const pg_uuid_t *agent_id = DatumGetUUIDP(wms_value(row, 1, &isnull));

		CHECK_FOR_INTERRUPTS();
		if (wms_value_bool(row, 5))
			refuse_range(agent_id, wms_value_text(row, 3));
		if (!wms_value_bool(row, 4))
		{
			payouts->debt = wms_value_text(row, 3);
			continue;
		}
		if (!wms_uuid_equal(agent_id, previous))
			add_payout(payouts, row);
		previous = agent_id;
		wms_column_add_uuid(payouts->commission_ids, DatumGetUUIDP(wms_value(row, 2, &isnull)));
		wms_column_add(payouts->payout_ids, payouts->ids->values[payouts->ids->count - 1], false);
	}
}

static void
write_all(const Payouts *payouts, const PayoutTerms *terms)
{
	Datum		values[9];
	bool		nulls[9] = {false};

	values[0] = wms_column_array(payouts->ids);
	values[1] = wms_column_array(payouts->agent_ids);
	values[2] = wms_column_array(payouts->numbers);
	values[3] = wms_column_array(payouts->amounts);
	values[4] = wms_text_param(terms->payment_method, &nulls[4]);
	values[5] = wms_text_param(terms->notes, &nulls[5]);
	values[6] = wms_text_param(terms->bank_name, &nulls[6]);
	values[7] = wms_text_param(terms->bank_account, &nulls[7]);
	values[8] = TimestampTzGetDatum(wms_clock());
	wms_run_exactly(&write_payouts, values, nulls, payouts->ids->count);
	values[0] = wms_column_array(payouts->commission_ids);
	values[1] = wms_column_array(payouts->payout_ids);
	wms_run_unaltered(&claim_commissions, values, NULL, payouts->commission_ids->count);
	values[0] = wms_column_array(payouts->ids);
	if (wms_run(&find_unequal, values, NULL) > 0)
		wms_refuse_altered(&write_payouts);
	for (int i = 0; i < payouts->ids->count; i++)
		wms_event_status("payout", DatumGetUUIDP(payouts->ids->values[i]), "pending");
}

/* A payout for each of the agents, who are locked, as far as something is to be paid. */
static Payouts *
pay(WmsColumn *agent_ids, const PayoutTerms *terms)
{
	Payouts    *payouts = palloc0(sizeof(Payouts));
	Datum		values[] = {wms_column_array(agent_ids), TimestampTzGetDatum(terms->end)};

	payouts->ids = wms_column(UUIDOID);
	payouts->agent_ids = wms_column(UUIDOID);
	payouts->numbers = wms_column(TEXTOID);
	payouts->amounts = wms_column(NUMERICOID);
	payouts->commission_ids = wms_column(UUIDOID);
	payouts->payout_ids = wms_column(UUIDOID);
	gather(payouts, wms_run(&lock_due, values, NULL));
	if (payouts->ids->count > 0)
		write_all(payouts, terms);
	return payouts;
}

static pg_uuid_t
pay_one(const pg_uuid_t *agent_id, const PayoutTerms *terms)
{
	WmsColumn  *agent_ids = wms_column(UUIDOID);
	Datum		value = UUIDPGetDatum(agent_id);
	char	   *code;
	Payouts    *payouts;

	if (wms_run(&lock_agent, &value, NULL) == 0)
		wms_refuse_unknown_agent(agent_id);
	code = wms_value_text(0, 1);
	wms_column_add_uuid(agent_ids, agent_id);
	payouts = pay(agent_ids, terms);
	if (payouts->ids->count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_NOTHING_TO_PAY),
				 errmsg("there is nothing to pay to agent %s", code),
				 payouts->due == 0 ? errdetail("No commission%s is approved and unpaid.", terms->until) :
				 errdetail("What is approved and unpaid%s, less what is owed, comes to %s.", terms->until, payouts->debt),
				 errhint("wms_agent_balance() has what he has to get; commissions are approved when their order is delivered.")));
	return *DatumGetUUIDP(payouts->ids->values[0]);
}

/* Argument up_to, in words that follow a noun: what was taken back of a payout is a debt of whatever day. */
static const char *
limit_in_words(FunctionCallInfo fcinfo, int n)
{
	struct pg_tm tm;
	char		date[MAXDATELEN + 1];

	if (PG_ARGISNULL(n))
		return "";
	j2date(PG_GETARG_DATEADT(n) + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
	EncodeDateOnly(&tm, USE_ISO_DATES, date);
	return psprintf(" of the days until %s", date);
}

/* Pays an agent what is approved; raises WM004, WM005, WM008, 22003, 22023. */
Datum
wms_create_payout(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *agent_id = wms_arg_uuid(fcinfo, 0, "agent_id");
	pg_uuid_t  *payout_id = palloc(sizeof(pg_uuid_t));
	PayoutTerms terms = {
		.payment_method = PG_ARGISNULL(1) ? NULL : wms_arg_payment_method(fcinfo, 1),
		.notes = wms_optional_text(fcinfo, 2),
		.end = wms_optional_day(fcinfo, 3, "up_to", 1, DT_NOEND),
		.bank_name = wms_optional_text(fcinfo, 4),
		.bank_account = wms_optional_text(fcinfo, 5)
	};
	WmsCommand	command;
	WmsIdempotency idempotency;
	char	   *earlier;

	terms.until = limit_in_words(fcinfo, 3);
	wms_command_begin(&command);
	earlier = wms_idempotency_begin(fcinfo, &idempotency);
	if (earlier != NULL)
		*payout_id = *DatumGetUUIDP(DirectFunctionCall1(uuid_in, CStringGetDatum(earlier)));
	else
	{
		*payout_id = pay_one(agent_id, &terms);
		wms_idempotency_end(&idempotency, psprintf("\"%s\"", wms_uuid_text(payout_id)));
	}
	wms_command_end(&command);
	PG_RETURN_UUID_P(payout_id);
}

static Payouts *
pay_everybody(const PayoutTerms *terms)
{
	WmsColumn  *agent_ids = wms_column(UUIDOID);
	uint64		count = wms_run(&lock_agents, NULL, NULL);
	bool		isnull;

	for (uint64 row = 0; row < count; row++)
		wms_column_add_uuid(agent_ids, DatumGetUUIDP(wms_value(row, 1, &isnull)));
	return pay(agent_ids, terms);
}

/* Pays every agent what is approved; returns the payouts; raises 22003, 22023. */
Datum
wms_create_payouts(PG_FUNCTION_ARGS)
{
	PayoutTerms terms = {.end = wms_optional_day(fcinfo, 0, "up_to", 1, DT_NOEND)};
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	WmsCommand	command;
	Payouts    *payouts;

	InitMaterializedSRF(fcinfo, 0);
	wms_command_begin(&command);
	payouts = pay_everybody(&terms);
	for (int i = 0; i < payouts->ids->count; i++)
	{
		Datum		row[] = {payouts->agent_ids->values[i], payouts->ids->values[i], payouts->amounts->values[i]};
		bool		nulls[lengthof(row)] = {false};

		tuplestore_putvalues(result->setResult, result->setDesc, row, nulls);
	}
	wms_command_end(&command);
	return (Datum) 0;
}
