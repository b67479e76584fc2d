/*
 * price.c
 *		wms_effective_price(): what one unit costs somebody who takes so many.
 *
 * Takes no locks; reads as the caller.
 */
#include "postgres.h"

#include "catalog/price.h"

#include "fmgr.h"
#include "support/args.h"
#include "support/command.h"
#include "support/errors.h"

PG_FUNCTION_INFO_V1(wms_effective_price);

static const char *const customer_groups[] = {"regular", "vip", "wholesale", "agent"};

/* $1 product, $2 variant, $3 customer group, $4 units */
static WmsPlan find_price = WMS_PLAN(
	"SELECT " WMS_SQL_PRICE_OF("p.id", "$2", "$3", "$4", "v.price", "p.base_price") ", v.id IS NOT NULL,"
	"       p.deleted_at IS NOT NULL OR v.deleted_at IS NOT NULL"
	"  FROM catalog.products p"
	"  LEFT JOIN catalog.product_variants v ON v.id = $2 AND v.product_id = p.id"
	" WHERE p.id = $1",
	UUIDOID, UUIDOID, TEXTOID, INT4OID);

static void
refuse(const pg_uuid_t *product_id, const pg_uuid_t *variant_id, const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
			 variant_id == NULL ?
			 errmsg("product %s %s", wms_uuid_text(product_id), why) :
			 errmsg("product %s with variant %s %s", wms_uuid_text(product_id), wms_uuid_text(variant_id), why),
			 errhint("Name a live product, or a live variant of it; wms_find_item() finds both by code.")));
}

/* NULL = everybody */
static char *
customer_group_argument(FunctionCallInfo fcinfo, int n)
{
	char	   *customer_group = wms_optional_text(fcinfo, n);

	if (customer_group == NULL)
		return NULL;
	for (int i = 0; i < lengthof(customer_groups); i++)
		if (strcmp(customer_groups[i], customer_group) == 0)
			return customer_group;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("there is no customer group \"%s\"", wms_shown(customer_group)),
			 errhint("Customer groups are regular, vip, wholesale and agent; NULL is nobody's in particular.")));
	return NULL;				/* not reached */
}

static int32
quantity_argument(FunctionCallInfo fcinfo, int n)
{
	if (PG_ARGISNULL(n) || PG_GETARG_INT32(n) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("quantity must be greater than zero"),
				 PG_ARGISNULL(n) ? errdetail("It is NULL.") : errdetail("It is %d.", PG_GETARG_INT32(n)),
				 errhint("Leave quantity out for the price of a single unit.")));
	return PG_GETARG_INT32(n);
}

/* wms_effective_price(product_id, variant_id uuid, customer_group text, quantity integer) → numeric; raises 22023, WM004 */
Datum
wms_effective_price(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *product_id = wms_arg_uuid(fcinfo, 0, "product_id");
	pg_uuid_t  *variant_id = wms_optional_uuid(fcinfo, 1);
	Datum		values[4];
	bool		nulls[4] = {false};
	bool		isnull;
	Datum		price;

	values[0] = UUIDPGetDatum(product_id);
	values[1] = wms_uuid_param(variant_id, &nulls[1]);
	values[2] = wms_text_param(customer_group_argument(fcinfo, 2), &nulls[2]);
	values[3] = Int32GetDatum(quantity_argument(fcinfo, 3));
	wms_query_begin();
	if (wms_read(&find_price, values, nulls) == 0 || (variant_id != NULL && !wms_value_bool(0, 2)))
		refuse(product_id, variant_id, "does not exist");
	if (wms_value_bool(0, 3))
		refuse(product_id, variant_id, "is deleted");
	price = wms_result_copy(wms_value(0, 1, &isnull), NUMERICOID);
	wms_query_end();
	return price;
}
