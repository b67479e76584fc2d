/*
 * cart_read.c
 *		wms_cart(): a cart as a whole, with the prices shown when its items were put in.
 *
 * Takes no locks.  A cart is read as the owner of the tables reads it, so whose it is is asked first.
 */
#include "postgres.h"

#include "fmgr.h"
#include "support/access.h"
#include "support/args.h"
#include "support/command.h"
#include "support/errors.h"

PG_FUNCTION_INFO_V1(wms_cart);

/* The session of a guest is left out: it may be what his browser proves itself with. */
static WmsPlan whole_cart = WMS_PLAN(
	"SELECT jsonb_build_object('id', c.id, 'user_id', c.user_id, 'order_id', c.order_id,"
	"       'coupon_code', c.coupon_code, 'coupon_discount', c.coupon_discount, 'notes', c.notes,"
	"       'expires_at', c.expires_at, 'expired', c.order_id IS NULL AND c.expires_at <= statement_timestamp(),"
	"       'created_at', c.created_at, 'updated_at', c.updated_at,"
	"       'subtotal', coalesce((SELECT sum(round(i.quantity * i.unit_price, 2)) FROM sales.cart_items i"
	"                              WHERE i.cart_id = c.id), 0.00),"
	"       'lines', coalesce((SELECT jsonb_agg(to_jsonb(x) ORDER BY x.line_number) FROM ("
	"          SELECT row_number() OVER (ORDER BY i.created_at, i.id) AS line_number, i.id, i.product_id,"
	"                 i.variant_id, coalesce(v.sku, p.sku) AS sku, p.name, v.name AS variant_name, i.quantity,"
	"                 i.unit_price, round(i.quantity * i.unit_price, 2) AS total_price, i.created_at, i.updated_at"
	"            FROM sales.cart_items i"
	"            JOIN catalog.products p ON p.id = i.product_id"
	"            LEFT JOIN catalog.product_variants v ON v.id = i.variant_id"
	"           WHERE i.cart_id = c.id) x), '[]'))"
	"  FROM sales.carts c WHERE c.id = $1",
	UUIDOID);

/* wms_cart(cart_id uuid) → jsonb; raises WM004, WM012. */
Datum
wms_cart(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *cart_id = wms_arg_uuid(fcinfo, 0, "cart_id");
	Datum		values[1] = {UUIDPGetDatum(cart_id)};
	Datum		result;
	bool		isnull;
	WmsCommand	command;

	wms_command_begin_own(&command);
	wms_access_cart(cart_id, true);
	if (wms_read(&whole_cart, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
				 errmsg("cart %s does not exist", wms_uuid_text(cart_id)),
				 errhint("wms_create_cart() makes one.")));
	result = wms_result_copy(wms_value(0, 1, &isnull), JSONBOID);
	wms_command_end(&command);
	return result;
}
