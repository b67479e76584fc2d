/*
 * refund_amount.c
 *		How much goes back with a refund, and why it may not.
 *
 * Locks: none; the order is locked by the caller.
 */
#include "postgres.h"

#include "sales/refund.h"

#include "sales/amount.h"
#include "sales/order_status_table.h"
#include "support/errors.h"

int64
wms_refund_balance(const WmsRefund *refund)
{
	return refund->paid - refund->refunded - refund->overpaid_before;
}

bool
wms_refund_is_full(const WmsRefund *refund)
{
	return refund->named == NULL && !refund->has_amount;
}

static void
refuse_excess(const WmsRefund *refund)
{
	ereport(ERROR,
			(errcode(ERRCODE_WMS_REFUND_EXCEEDS_BALANCE),
			 errmsg("order %s has less left to refund", refund->order_number),
			 errdetail("Asked are %s, the balance is %s: paid %s, refunded %s.", wms_cents_text(refund->amount),
					   wms_cents_text(wms_refund_balance(refund)), wms_cents_text(refund->paid),
					   wms_cents_text(refund->refunded + refund->overpaid_before)),
			 errhint("Refund at most the balance; goods come back without money with amount => 0.")));
}

/*
 * Nothing goes back and nothing comes back.  It is a refund all the same where it ends the order: one of no
 * value, or one that was never paid and whose goods came back before.
 */
static void
refuse_nothing(const WmsRefund *refund)
{
	if (refund->amount > 0 || (refund->lines->count > 0 && !refund->cancelled))
		return;
	if (wms_order_transition_allowed(refund->status, "refunded") && !refund->cancelled &&
		(refund->total == 0 || (wms_refund_is_full(refund) && wms_refund_all_is_back(refund->order_id))))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_WMS_REFUND_EXCEEDS_BALANCE),
			 errmsg("order %s has nothing left to refund", refund->order_number),
			 errdetail("The balance is %s: paid %s, refunded %s.", wms_cents_text(wms_refund_balance(refund)),
					   wms_cents_text(refund->paid), wms_cents_text(refund->refunded + refund->overpaid_before)),
			 errhint("Record the payment with wms_record_payment() first.")));
}

/* Before shipping something of the order must be left: its lines, and its price. */
static void
refuse_emptying(const WmsRefund *refund, bool everything, const char *why)
{
	if (refund->shipped || refund->cancelled || !everything)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_WMS_INVALID_STATUS_TRANSITION),
			 errmsg("order %s is %s and cannot be refunded as a whole", refund->order_number, refund->status),
			 errdetail("%s", why),
			 errhint("Cancel it with wms_cancel_order(), then refund what was paid.")));
}

/*
 * How much goes back, and how much of it is an overpayment: without lines that goes first, with lines what is
 * more than the order costs.
 */
void
wms_refund_decide(WmsRefund *refund)
{
	int64		worth = wms_refund_lines_worth(refund->lines, refund->order_id);
	int64		overpayment = Max(0, refund->paid - refund->overpaid_before - refund->total);
	int64		for_lines;

	if (wms_refund_is_full(refund))
		refund->amount = wms_refund_balance(refund);
	else if (!refund->has_amount)
		refund->amount = worth;
	if (refund->named == NULL)
		refund->overpaid = Min(refund->amount, overpayment);
	else
		refund->overpaid = Min(refund->amount, Max(0, refund->refunded + refund->amount - refund->total));
	refuse_emptying(refund, refund->empties, "No line would be left to ship.");
	refuse_emptying(refund, wms_refund_is_full(refund), "Nothing of what was paid for it would be left.");
	if (refund->amount > wms_refund_balance(refund))
		refuse_excess(refund);
	refuse_emptying(refund, refund->total > 0 &&
					refund->refunded + refund->amount - refund->overpaid >= refund->total,
					"Nothing of what was paid for it would be left.");
	refuse_nothing(refund);
	for_lines = refund->named != NULL ? refund->amount : Min(worth, refund->amount - refund->overpaid);
	if (for_lines != worth)
		wms_refund_lines_spread(refund->lines, for_lines);
}
