/*
 * cart.c
 *		wms_create_cart(), wms_set_cart_item(), wms_apply_coupon() and wms_merge_carts(): what a customer
 *		collects before he orders.
 *
 * Locks: the user's cart, then a guest's; the products, in order of id; the stock rows of what a guest's
 * cart holds.  Every change also updates the cart, so that a checkout from an older snapshot fails.
 */
#include "postgres.h"

#include "sales/cart_row.h"

#include "inventory/held.h"
#include "sales/coupon.h"
#include "sales/placement.h"
#include "sales/quote.h"
#include "support/access.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/command.h"
#include "support/errors.h"

PG_FUNCTION_INFO_V1(wms_create_cart);
PG_FUNCTION_INFO_V1(wms_set_cart_item);
PG_FUNCTION_INFO_V1(wms_apply_coupon);
PG_FUNCTION_INFO_V1(wms_merge_carts);

static WmsPlan remove_item = WMS_PLAN(
	"DELETE FROM sales.cart_items i"
	" WHERE i.cart_id = $1 AND i.product_id = $2 AND i.variant_id IS NOT DISTINCT FROM $3"
	" RETURNING i.id",
	UUIDOID, UUIDOID, UUIDOID);

/* What is put in again stays where it was. */
static WmsPlan write_item = WMS_PLAN(
	"INSERT INTO sales.cart_items AS i (cart_id, product_id, variant_id, quantity, unit_price, created_at, updated_at)"
	" VALUES ($1, $2, $3, $4, $5, $6, $6)"
	"    ON CONFLICT (cart_id, product_id, variant_id) DO UPDATE"
	"   SET quantity = EXCLUDED.quantity, unit_price = EXCLUDED.unit_price, updated_at = CURRENT_TIMESTAMP"
	" RETURNING i.id",
	UUIDOID, UUIDOID, UUIDOID, INT4OID, NUMERICOID, TIMESTAMPTZOID);

static WmsPlan write_coupon = WMS_PLAN(
	"UPDATE sales.carts c SET coupon_code = $2, coupon_discount = $3, updated_at = CURRENT_TIMESTAMP"
	" WHERE c.id = $1 RETURNING c.coupon_discount",
	UUIDOID, TEXTOID, NUMERICOID);

/* Ordered, since the foreign key locks the products in this order. */
static WmsPlan add_items = WMS_PLAN(
	"INSERT INTO sales.cart_items AS i (cart_id, product_id, variant_id, quantity, unit_price, created_at)"
	"SELECT $2, g.product_id, g.variant_id, g.quantity, g.unit_price, g.created_at"
	"  FROM sales.cart_items g WHERE g.cart_id = $1"
	" ORDER BY g.product_id, g.variant_id"
	"    ON CONFLICT (cart_id, product_id, variant_id) DO UPDATE"
	"   SET quantity = i.quantity + EXCLUDED.quantity, updated_at = CURRENT_TIMESTAMP",
	UUIDOID, UUIDOID);

static WmsPlan find_too_many = WMS_PLAN(
	"SELECT p.sku FROM sales.cart_items g"
	"  JOIN sales.cart_items i ON i.cart_id = $2 AND i.product_id = g.product_id"
	"   AND i.variant_id IS NOT DISTINCT FROM g.variant_id"
	"  JOIN catalog.products p ON p.id = g.product_id"
	" WHERE g.cart_id = $1 AND i.quantity::bigint + g.quantity > 2147483647"
	" ORDER BY p.sku LIMIT 1",
	UUIDOID, UUIDOID);

static WmsPlan take_coupon_over = WMS_PLAN(
	"UPDATE sales.carts c SET coupon_code = g.coupon_code, coupon_discount = g.coupon_discount,"
	"       updated_at = CURRENT_TIMESTAMP"
	"  FROM sales.carts g"
	" WHERE c.id = $2 AND c.coupon_code IS NULL AND g.id = $1 AND g.coupon_code IS NOT NULL",
	UUIDOID, UUIDOID);

static WmsPlan delete_cart = WMS_PLAN("DELETE FROM sales.carts c WHERE c.id = $1", UUIDOID);

static WmsPlan read_owner = WMS_PLAN("SELECT c.user_id FROM sales.carts c WHERE c.id = $1", UUIDOID);

/* Nothing of what was in it is left, its holds included. */
static void
empty_expired(WmsCart *cart)
{
	if (!cart->expired)
		return;
	wms_cart_renew(cart);
	wms_held_release(wms_held_lock_rows_only("cart", &cart->id), "cart", &cart->id);
}

/* The live cart of the user or the session; raises WM004, WM012, 22023. */
Datum
wms_create_cart(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *user_id = wms_optional_uuid(fcinfo, 0);
	const char *session_id = wms_optional_name(fcinfo, 1, "session_id");
	pg_uuid_t  *result = palloc(sizeof(pg_uuid_t));
	WmsCommand	command;
	WmsCart    *cart;

	wms_command_begin_own(&command);
	wms_access_user(user_id);
	cart = wms_cart_live(user_id, session_id);
	empty_expired(cart);
	*result = cart->id;
	wms_command_end(&command);
	PG_RETURN_UUID_P(result);
}

static int32
quantity_argument(FunctionCallInfo fcinfo, int n)
{
	if (PG_ARGISNULL(n) || PG_GETARG_INT32(n) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("quantity must not be %s", PG_ARGISNULL(n) ? "null" : "negative"),
				 errhint("Pass how many there are to be in the cart, or 0 to remove the item.")));
	return PG_GETARG_INT32(n);
}

/* What the catalogue says of the item; one that a line could not name is no argument either. */
static void
find_item(WmsLines *lines)
{
	const WmsLine *line = &lines->lines[0];
	bool		unknown;

	lines->noted = true;
	wms_lines_resolve(lines);
	if (line->refusal == NULL)
		return;
	unknown = line->refusal_code == ERRCODE_FOREIGN_KEY_VIOLATION;
	ereport(ERROR,
			(errcode(unknown ? ERRCODE_WMS_OBJECT_NOT_FOUND : line->refusal_code),
			 errmsg("%s", line->refusal),
			 unknown ? errhint("Pass a live product of the catalogue, and its variant where it has some.")
			 : errhint("Pass a product that can be sold, and its variant where it has some.")));
}

static uint64
put_in(const WmsCart *cart, WmsLine *line, Datum *values, const bool *nulls)
{
	WmsLines	lines = {.count = 1, .lines = line};
	WmsQuote	quote = {.lines = &lines, .user_id = cart->user_id};

	find_item(&lines);
	wms_quote(&quote);
	values[3] = Int32GetDatum(line->quantity);
	values[4] = NumericGetDatum(quote.priced[0].unit_price);
	values[5] = TimestampTzGetDatum(wms_clock());
	return wms_run(&write_item, values, nulls);
}

/* Says how many of an item are in the cart; the item of the cart, NULL where 0 found none. Raises WM004, 22003, 22023. */
Datum
wms_set_cart_item(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *cart_id = wms_arg_uuid(fcinfo, 0, "cart_id");
	WmsLine		line = {.product_id = wms_arg_uuid(fcinfo, 1, "product_id"),
	.quantity = quantity_argument(fcinfo, 2), .variant_id = wms_optional_uuid(fcinfo, 3)};
	pg_uuid_t  *result = palloc(sizeof(pg_uuid_t));
	bool		isnull = true;
	bool		nulls[6] = {false};
	Datum		values[6];
	WmsCommand	command;
	WmsCart    *cart;

	wms_command_begin_own(&command);
	wms_access_cart(cart_id, false);
	cart = wms_cart_lock(cart_id);
	values[0] = UUIDPGetDatum(cart_id);
	values[1] = UUIDPGetDatum(line.product_id);
	values[2] = wms_uuid_param(line.variant_id, &nulls[2]);
	if ((line.quantity > 0 ? put_in(cart, &line, values, nulls) : wms_run(&remove_item, values, nulls)) > 0)
		*result = *DatumGetUUIDP(wms_value(0, 1, &isnull));
	wms_cart_touch(cart_id);
	wms_command_end(&command);
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_UUID_P(result);
}

/* What the coupon takes off what is in the cart; raises WM009 where it does not apply. */
static Numeric
discount_of(WmsCart *cart, const WmsCoupon *coupon)
{
	WmsQuote	quote = {.user_id = cart->user_id, .coupon_id = &coupon->id};
	Numeric		nothing = int64_to_numeric(0);

	wms_cart_read_lines(cart, false);
	cart->lines->noted = true;
	wms_lines_resolve(cart->lines);
	quote.lines = wms_lines_not_refused(cart->lines);
	if (quote.lines->count > 0)
		wms_quote(&quote);
	wms_coupon_check_subtotal(coupon, quote.lines->count > 0 ? quote.subtotal : nothing);
	return quote.lines->count > 0 ? quote.discount_amount : nothing;
}

/* Whether a guest may use a coupon that is limited per customer is judged at checkout, which knows who he is. */
static WmsCoupon *
find_coupon(const WmsCart *cart, const char *code)
{
	WmsCouponUse use = {.code = code, .user_id = cart->user_id, .email = cart->email,
	.customer_later = cart->user_id == NULL};
	const char *why;
	WmsCoupon  *coupon = wms_coupon_look_up(&use, &why);

	if (coupon == NULL)
		wms_coupon_refuse(code, why);
	return coupon;
}

/* Puts a coupon on the cart without redeeming it, NULL takes it off; the discount. Raises WM004, WM009, 22003, 22023. */
Datum
wms_apply_coupon(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *cart_id = wms_arg_uuid(fcinfo, 0, "cart_id");
	const char *code = wms_optional_name(fcinfo, 1, "code");
	WmsCoupon  *coupon;
	Numeric		discount = int64_to_numeric(0);
	bool		nulls[3] = {false};
	Datum		values[3];
	Datum		result;
	WmsCommand	command;
	WmsCart    *cart;

	wms_command_begin_own(&command);
	wms_access_cart(cart_id, false);
	cart = wms_cart_lock(cart_id);
	if (code != NULL)
	{
		coupon = find_coupon(cart, code);
		discount = discount_of(cart, coupon);
		code = coupon->code;
	}
	values[0] = UUIDPGetDatum(cart_id);
	values[1] = wms_text_param(code, &nulls[1]);
	values[2] = NumericGetDatum(discount);
	wms_run(&write_coupon, values, nulls);
	result = wms_result_copy(wms_value(0, 1, &nulls[0]), NUMERICOID);
	wms_cart_touch(cart_id);
	wms_command_end(&command);
	return result;
}

/* Is it the user's own cart already?  Raises WM012 where it is somebody else's. */
static bool
is_own(const pg_uuid_t *cart_id, const pg_uuid_t *user_id)
{
	Datum		value = UUIDPGetDatum(cart_id);
	bool		no_owner = true;

	if (wms_run(&read_owner, &value, NULL) > 0)
		value = wms_value(0, 1, &no_owner);
	if (no_owner)
		return false;
	if (!wms_uuid_equal(DatumGetUUIDP(value), user_id))
		ereport(ERROR,
				(errcode(ERRCODE_WMS_NOT_ALLOWED),
				 errmsg("cart %s belongs to another user", wms_uuid_text(cart_id)),
				 errhint("Only a guest's cart can be merged into that of a user.")));
	return true;
}

static void
check_sums(Datum *values)
{
	if (wms_run(&find_too_many, values, NULL) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("quantity of \"%s\" is out of range", wms_value_text(0, 1)),
				 errdetail("In both carts together there are more than %d.", PG_INT32_MAX),
				 errhint("Take some out of one of the carts.")));
}

/* The stock rows on which either cart holds something, locked at once. */
static WmsStockRow *
lock_rows_of_both(const pg_uuid_t *a, const pg_uuid_t *b, int *count, TimestampTz *instant)
{
	int			a_count;
	int			b_count;
	WmsStockRow *a_rows = wms_held_rows("cart", a, &a_count);
	WmsStockRow *b_rows = wms_held_rows("cart", b, &b_count);
	WmsStockRow *rows = palloc_extended(sizeof(WmsStockRow) * (a_count + b_count + 1), MCXT_ALLOC_HUGE);

	memcpy(rows, a_rows, sizeof(WmsStockRow) * a_count);
	memcpy(&rows[a_count], b_rows, sizeof(WmsStockRow) * b_count);
	*count = wms_stock_rows_merge(rows, a_count + b_count);
	*instant = *count > 0 ? wms_stock_rows_lock(rows, *count) : 0;
	return rows;
}

/* What an expired cart holds ends; what the guest's holds goes along, or ends with it. */
static void
settle_holds(const WmsCart *guest, const pg_uuid_t *cart_id, bool was_expired)
{
	int			count;
	TimestampTz instant;
	WmsStockRow *rows = lock_rows_of_both(&guest->id, cart_id, &count, &instant);
	WmsHeldSet *guests = wms_held_on_rows("cart", &guest->id, rows, count, instant);

	if (was_expired)
		wms_held_release(wms_held_on_rows("cart", cart_id, rows, count, instant), "cart", cart_id);
	if (guest->expired)
		wms_held_release(guests, "cart", &guest->id);
	else
		wms_held_hand_over(guests, cart_id);
}

/* The guest's cart into the user's; an expired one adds nothing. */
static void
pour_over(const WmsCart *guest, WmsCart *cart)
{
	Datum		values[] = {UUIDPGetDatum(&guest->id), UUIDPGetDatum(&cart->id)};
	bool		was_expired = cart->expired;

	if (was_expired)
		wms_cart_renew(cart);
	if (!guest->expired)
	{
		check_sums(values);
		wms_run(&add_items, values, NULL);
		wms_run(&take_coupon_over, values, NULL);
	}
	settle_holds(guest, &cart->id, was_expired);
	wms_run(&delete_cart, values, NULL);
	wms_cart_touch(&cart->id);
}

/* Adds a guest's cart to that of a user, who has logged in; the user's cart. Raises WM004, WM012, 22003, 22023. */
Datum
wms_merge_carts(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *guest_cart_id = wms_arg_uuid(fcinfo, 0, "guest_cart_id");
	const pg_uuid_t *user_id = wms_arg_uuid(fcinfo, 1, "user_id");
	pg_uuid_t  *result = palloc(sizeof(pg_uuid_t));
	WmsCommand	command;
	WmsCart    *cart;
	bool		own;

	wms_command_begin_own(&command);
	wms_access_user(user_id);
	wms_access_cart(guest_cart_id, false);
	own = is_own(guest_cart_id, user_id);
	cart = wms_cart_live(user_id, NULL);
	if (own)
		empty_expired(cart);
	else
		pour_over(wms_cart_lock_guest(guest_cart_id), cart);
	*result = cart->id;
	wms_command_end(&command);
	PG_RETURN_UUID_P(result);
}
