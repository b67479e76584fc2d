/*
 * cart_row.c
 *		One cart: found, locked, judged, emptied; what is in it as lines.
 *
 * Locks: the user FOR KEY SHARE, which his deletion waits for; the cart FOR UPDATE, so that lines put in directly wait too, and so do holds for it.
 */
#include "postgres.h"

#include "sales/cart_row.h"

#include "access/xact.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/errors.h"
#include "support/plans.h"

#define LIFE "interval '30 days'"
#define ATTEMPTS 10

#define CART \
	"SELECT c.id, c.user_id, (SELECT u.email FROM auth.users u WHERE u.id = c.user_id), c.coupon_code," \
	"       c.order_id IS NOT NULL, c.expires_at" \
	"  FROM sales.carts c WHERE "

static WmsPlan lock_cart = WMS_PLAN(CART "c.id = $1 FOR UPDATE", UUIDOID);
static WmsPlan lock_guest_cart = WMS_PLAN(CART "c.id = $1 AND c.user_id IS NULL FOR UPDATE", UUIDOID);
static WmsPlan read_cart = WMS_PLAN(CART "c.id = $1", UUIDOID);
static WmsPlan lock_cart_of_user = WMS_PLAN(CART "c.user_id = $1 AND c.order_id IS NULL FOR UPDATE", UUIDOID);
static WmsPlan lock_cart_of_session = WMS_PLAN(
	CART "c.session_id = $1 AND c.user_id IS NULL AND c.order_id IS NULL FOR UPDATE", TEXTOID);

static WmsPlan lock_user = WMS_PLAN("SELECT FROM auth.users u WHERE u.id = $1 FOR KEY SHARE", UUIDOID);
static WmsPlan find_user = WMS_PLAN("SELECT FROM auth.users u WHERE u.id = $1 AND u.deleted_at IS NULL", UUIDOID);

/* Waits for another session that makes the cart of the same user or session. */
static WmsPlan make_cart = WMS_PLAN(
	"INSERT INTO sales.carts (user_id, session_id, expires_at) VALUES ($1, $2, $3 + " LIFE ")"
	"    ON CONFLICT DO NOTHING RETURNING id",
	UUIDOID, TEXTOID, TIMESTAMPTZOID);

static WmsPlan empty_cart = WMS_PLAN("DELETE FROM sales.cart_items i WHERE i.cart_id = $1", UUIDOID);

static WmsPlan renew_cart = WMS_PLAN(
	"UPDATE sales.carts c"
	"   SET coupon_code = NULL, coupon_discount = 0, notes = NULL, expires_at = $2 + " LIFE ","
	"       updated_at = CURRENT_TIMESTAMP"
	" WHERE c.id = $1",
	UUIDOID, TIMESTAMPTZOID);

static WmsPlan touch_cart = WMS_PLAN(
	"UPDATE sales.carts c SET expires_at = $2 + " LIFE ", updated_at = CURRENT_TIMESTAMP WHERE c.id = $1",
	UUIDOID, TIMESTAMPTZOID);

static WmsPlan read_lines = WMS_PLAN(
	"SELECT i.product_id, i.variant_id, i.quantity, i.unit_price FROM sales.cart_items i"
	" WHERE i.cart_id = $1 ORDER BY i.created_at, i.id",
	UUIDOID);

void
wms_cart_refuse(const pg_uuid_t *id, const char *why, const char *way_out)
{
	ereport(ERROR,
			(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
			 errmsg("cart %s %s", wms_uuid_text(id), why),
			 errhint("%s", way_out)));
}

/* The cart that is in SPI_tuptable, judged at that instant; one that has become an order expires no more. */
static WmsCart *
judge(TimestampTz instant)
{
	WmsCart    *cart = palloc0(sizeof(WmsCart));
	bool		isnull;
	Datum		value;

	cart->id = *DatumGetUUIDP(wms_value(0, 1, &isnull));
	value = wms_value(0, 2, &isnull);
	cart->user_id = isnull ? NULL : DatumGetUUIDP(value);
	cart->email = wms_value_text(0, 3);
	cart->coupon_code = wms_value_text(0, 4);
	cart->expired = !wms_value_bool(0, 5) && DatumGetTimestampTz(wms_value(0, 6, &isnull)) <= instant;
	if (wms_value_bool(0, 5))
	{
		cart->refusal = "has become an order";
		cart->way_out = "wms_create_cart() makes a new one.";
	}
	else if (cart->expired)
	{
		cart->refusal = "has expired";
		cart->way_out = "wms_create_cart() empties and renews it, or makes a new one.";
	}
	return cart;
}

static WmsCart *
lock_by_id(WmsPlan *plan, const pg_uuid_t *id)
{
	Datum		value = UUIDPGetDatum(id);

	if (wms_run(plan, &value, NULL) == 0)
		wms_cart_refuse(id, "does not exist", "wms_create_cart() makes one.");
	return judge(wms_clock());
}

WmsCart *
wms_cart_lock(const pg_uuid_t *id)
{
	WmsCart    *cart = lock_by_id(&lock_cart, id);

	if (cart->refusal != NULL)
		wms_cart_refuse(id, cart->refusal, cart->way_out);
	return cart;
}

WmsCart *
wms_cart_lock_guest(const pg_uuid_t *id)
{
	WmsCart    *cart = lock_by_id(&lock_guest_cart, id);

	if (cart->refusal != NULL && !cart->expired)
		wms_cart_refuse(id, cart->refusal, cart->way_out);
	return cart;
}

WmsCart *
wms_cart_look_at(const pg_uuid_t *id)
{
	Datum		value = UUIDPGetDatum(id);

	return wms_read(&read_cart, &value, NULL) == 0 ? NULL : judge(GetCurrentStatementStartTimestamp());
}

static void
check_user(const pg_uuid_t *user_id)
{
	Datum		value = UUIDPGetDatum(user_id);

	wms_run(&lock_user, &value, NULL);
	if (wms_run(&find_user, &value, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
				 errmsg("there is no user %s", wms_uuid_text(user_id)),
				 errdetail("It is unknown or deleted."),
				 errhint("Leave user_id out for a guest.")));
}

void
wms_cart_renew(WmsCart *cart)
{
	Datum		values[] = {UUIDPGetDatum(&cart->id), TimestampTzGetDatum(wms_clock())};

	wms_run(&empty_cart, values, NULL);
	wms_run(&renew_cart, values, NULL);
	cart->expired = false;
	cart->coupon_code = NULL;
}

/* Locks the live cart; NULL where there is none. */
static WmsCart *
lock_live(const pg_uuid_t *user_id, const char *session_id)
{
	bool		isnull;
	Datum		value = user_id != NULL ? UUIDPGetDatum(user_id) : wms_text_param(session_id, &isnull);

	if (user_id == NULL && session_id == NULL)
		return NULL;
	if (wms_run(user_id != NULL ? &lock_cart_of_user : &lock_cart_of_session, &value, NULL) == 0)
		return NULL;
	return judge(wms_clock());
}

WmsCart *
wms_cart_live(const pg_uuid_t *user_id, const char *session_id)
{
	WmsCart    *cart;
	bool		isnull;

	if (user_id != NULL)
		check_user(user_id);
	/* what another session made first is found the next time round, unless it has been consumed already */
	for (int attempt = 0; attempt < ATTEMPTS; attempt++)
	{
		bool		nulls[3] = {false};
		Datum		values[] = {wms_uuid_param(user_id, &nulls[0]), wms_text_param(session_id, &nulls[1]),
		TimestampTzGetDatum(wms_clock())};

		cart = lock_live(user_id, session_id);
		if (cart != NULL)
			return cart;
		if (wms_run(&make_cart, values, nulls) == 0)
			continue;
		cart = palloc0(sizeof(WmsCart));
		cart->id = *DatumGetUUIDP(wms_value(0, 1, &isnull));
		cart->user_id = user_id;
		return cart;
	}
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("carts of this customer come and go in other sessions"),
			 errhint("Retry the transaction.")));
}

void
wms_cart_read_lines(WmsCart *cart, bool query)
{
	Datum		value = UUIDPGetDatum(&cart->id);
	WmsLines   *lines = palloc0(sizeof(WmsLines));
	bool		isnull;

	lines->count = (int) (query ? wms_read : wms_run) (&read_lines, &value, NULL);
	lines->query = query;
	lines->lines = palloc_extended(sizeof(WmsLine) * Max(lines->count, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	cart->lines = lines;
	cart->prices = palloc_extended(sizeof(Numeric) * Max(lines->count, 1), MCXT_ALLOC_HUGE);
	for (int i = 0; i < lines->count; i++)
	{
		WmsLine    *line = &lines->lines[i];

		line->number = i + 1;
		line->product_id = DatumGetUUIDP(wms_value(i, 1, &isnull));
		value = wms_value(i, 2, &isnull);
		line->variant_id = isnull ? NULL : DatumGetUUIDP(value);
		line->quantity = (int32) wms_value_int64(i, 3);
		cart->prices[i] = DatumGetNumeric(wms_value(i, 4, &isnull));
	}
}

void
wms_cart_touch(const pg_uuid_t *id)
{
	Datum		values[] = {UUIDPGetDatum(id), TimestampTzGetDatum(wms_clock())};

	wms_run(&touch_cart, values, NULL);
}
