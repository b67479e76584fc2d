/*
 * privilege.c
 *		What each profile may do: wms_privileges().
 *
 * One row a function; one row a table, privilege and set of columns.  A new function or table gets its row here:
 * the tests compare the list with the catalogue.  Takes no locks.
 */
#include "postgres.h"

#include "ops/privilege.h"

#include "catalog/pg_type_d.h"
#include "fmgr.h"
#include "funcapi.h"
#include "support/plans.h"
#include "support/profiles.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(wms_privileges);

/* Each profile of the staff includes the one before. */
#define APP			WMS_APP
#define ADMINS		(WMS_ADMIN | APP)
#define MANAGERS	(WMS_MANAGER | ADMINS)
#define OPERATORS	(WMS_OPERATOR | MANAGERS)
#define VIEWERS		(WMS_VIEWER | OPERATORS)
#define BUYERS		(WMS_CUSTOMER | AGENTS)
#define AGENTS		WMS_AGENT
#define EVERYBODY	(-1)		/* PUBLIC */
#define NOBODY		0			/* superusers and the owner of schema wms */

typedef struct Privilege
{
	const char *schema;			/* "wms" for the functions of operations */
	const char *object;			/* a function, or a table without its schema */
	const char *privilege;		/* NULL = EXECUTE on a function */
	const char *only;			/* columns, NULL = all */
	const char *except;			/* columns, NULL = none */
	int			profiles;
} Privilege;

#define F(schema, function, profiles) {schema, function, NULL, NULL, NULL, profiles}
#define T(schema, table, privilege, profiles) {schema, table, privilege, NULL, NULL, profiles}
#define ONLY(schema, table, privilege, columns, profiles) {schema, table, privilege, columns, NULL, profiles}
#define EXCEPT(schema, table, privilege, columns, profiles) {schema, table, privilege, NULL, columns, profiles}

#define WRITE(schema, table, profiles) \
	T(schema, table, "INSERT", profiles), T(schema, table, "UPDATE", profiles), T(schema, table, "DELETE", profiles)

/* To delete softly is for admins, by a row that is put in as deleted too. */
#define MASTER(schema, table) \
	EXCEPT(schema, table, "INSERT", "deleted_at", WMS_MANAGER), T(schema, table, "INSERT", ADMINS), \
	EXCEPT(schema, table, "UPDATE", "deleted_at", WMS_MANAGER), \
	T(schema, table, "UPDATE", ADMINS), T(schema, table, "DELETE", MANAGERS)

/* The catalogue, which customers read too. */
#define CATALOGUE(table) T("catalog", table, "SELECT", VIEWERS | BUYERS), WRITE("catalog", table, MANAGERS)

/* Of one list of columns */
#define MAX_COLUMNS 16

#define ADDRESS "label,recipient_name,phone,address_line1,address_line2,city,state,postcode,country,is_default"

static const Privilege privileges[] = {
	/* auth: functions */
	F("auth", "wms_current_actor", EVERYBODY),
	F("auth", "wms_every_row", EVERYBODY),
	F("auth", "wms_own_agents", EVERYBODY),
	F("auth", "wms_own_customers", EVERYBODY),
	F("auth", "wms_has_role", EVERYBODY),
	F("auth", "wms_user_roles", EVERYBODY),
	F("auth", "wms_create_user", ADMINS),
	F("auth", "wms_verify_email", ADMINS),
	F("auth", "wms_assign_role", ADMINS),
	F("auth", "wms_revoke_role", ADMINS),
	F("auth", "wms_close_session", ADMINS),
	F("auth", "wms_close_sessions", ADMINS),
	F("auth", "wms_request_password_reset", ADMINS),
	F("auth", "wms_reset_password", APP),
	F("auth", "wms_authenticate", APP),
	F("auth", "wms_open_session", APP),
	F("auth", "wms_refresh_session", APP),
	F("auth", "wms_hash_password", APP),
	F("auth", "wms_verify_password", APP),

	/* auth: tables; hashes of passwords and tokens are for nobody, idempotency keys neither */
	EXCEPT("auth", "users", "SELECT", "password_hash", VIEWERS | BUYERS),
	EXCEPT("auth", "users", "INSERT", "password_hash", WMS_ADMIN),
	EXCEPT("auth", "users", "UPDATE", "password_hash", WMS_ADMIN),
	T("auth", "users", "INSERT", APP),
	T("auth", "users", "UPDATE", APP),
	T("auth", "users", "DELETE", ADMINS),
	EXCEPT("auth", "sessions", "SELECT", "refresh_token,salt", VIEWERS),
	WRITE("auth", "sessions", APP),
	EXCEPT("auth", "password_resets", "SELECT", "token", VIEWERS),
	WRITE("auth", "password_resets", APP),
	T("auth", "roles", "SELECT", VIEWERS),
	WRITE("auth", "roles", ADMINS),
	T("auth", "user_roles", "SELECT", VIEWERS),
	WRITE("auth", "user_roles", ADMINS),
	WRITE("auth", "idempotency_keys", APP),

	/* catalog: functions */
	F("catalog", "wms_search_products", EVERYBODY),
	F("catalog", "wms_category_tree", EVERYBODY),
	F("catalog", "wms_products_in_category", EVERYBODY),
	F("catalog", "wms_filter_products", EVERYBODY),
	F("catalog", "wms_effective_price", EVERYBODY),
	F("catalog", "wms_product", EVERYBODY),
	F("catalog", "wms_find_item", EVERYBODY),
	F("catalog", "wms_slugify", EVERYBODY),
	F("catalog", "wms_import_products", ADMINS),

	/* catalog: tables; what goods cost the business is for the staff */
	T("catalog", "categories", "SELECT", VIEWERS | BUYERS),
	MASTER("catalog", "categories"),
	T("catalog", "brands", "SELECT", VIEWERS | BUYERS),
	MASTER("catalog", "brands"),
	T("catalog", "products", "SELECT", VIEWERS),
	EXCEPT("catalog", "products", "SELECT", "cost_price", BUYERS),
	MASTER("catalog", "products"),
	T("catalog", "product_variants", "SELECT", VIEWERS),
	EXCEPT("catalog", "product_variants", "SELECT", "cost_price", BUYERS),
	MASTER("catalog", "product_variants"),
	CATALOGUE("product_categories"),
	CATALOGUE("product_images"),
	CATALOGUE("attributes"),
	CATALOGUE("attribute_values"),
	CATALOGUE("product_attributes"),
	CATALOGUE("variant_options"),
	CATALOGUE("variant_option_values"),
	CATALOGUE("product_variant_options"),
	CATALOGUE("product_barcodes"),
	CATALOGUE("product_bundle_items"),
	CATALOGUE("product_prices"),

	/* inventory: functions */
	F("inventory", "wms_available_quantity", EVERYBODY),
	F("inventory", "wms_stock_levels", EVERYBODY),
	F("inventory", "wms_reservations", EVERYBODY),
	F("inventory", "wms_transfer", EVERYBODY),
	F("inventory", "wms_in_transit", EVERYBODY),
	F("inventory", "wms_has_active_batches", EVERYBODY),
	F("inventory", "wms_batch_trace", EVERYBODY),
	F("inventory", "wms_inventory_report", EVERYBODY),
	F("inventory", "wms_expired_batches", EVERYBODY),
	F("inventory", "wms_low_stock_batches", EVERYBODY),
	F("inventory", "wms_low_stock", EVERYBODY),
	F("inventory", "wms_stock_history", EVERYBODY),
	F("inventory", "wms_stock_as_of", EVERYBODY),
	F("inventory", "wms_uuid_v7", EVERYBODY),
	F("inventory", "wms_receive_stock", OPERATORS),
	F("inventory", "wms_return_stock", OPERATORS),
	F("inventory", "wms_count_stock", OPERATORS),
	F("inventory", "wms_reserve_stock", OPERATORS),
	F("inventory", "wms_extend_reservation", OPERATORS),
	F("inventory", "wms_release_reservation", OPERATORS),
	F("inventory", "wms_release_reservations", OPERATORS),
	F("inventory", "wms_consume_reservation", OPERATORS),
	F("inventory", "wms_create_transfer", OPERATORS),
	F("inventory", "wms_ship_transfer", OPERATORS),
	F("inventory", "wms_receive_transfer", OPERATORS),
	F("inventory", "wms_complete_transfer", OPERATORS),
	F("inventory", "wms_set_batch_status", OPERATORS),
	F("inventory", "wms_expire_batches", OPERATORS),
	F("inventory", "wms_adjust_stock", MANAGERS),
	F("inventory", "wms_write_off_stock", MANAGERS),
	F("inventory", "wms_approve_transfer", MANAGERS),
	F("inventory", "wms_cancel_transfer", MANAGERS),

	/* inventory: tables */
	T("inventory", "warehouses", "SELECT", VIEWERS),
	MASTER("inventory", "warehouses"),
	T("inventory", "stock_items", "SELECT", VIEWERS),
	WRITE("inventory", "stock_items", APP),
	T("inventory", "product_batches", "SELECT", VIEWERS),
	WRITE("inventory", "product_batches", APP),
	T("inventory", "stock_item_batches", "SELECT", VIEWERS),
	WRITE("inventory", "stock_item_batches", APP),
	T("inventory", "stock_transfers", "SELECT", VIEWERS),
	WRITE("inventory", "stock_transfers", APP),
	T("inventory", "stock_transfer_items", "SELECT", VIEWERS),
	WRITE("inventory", "stock_transfer_items", APP),
	T("inventory", "product_batch_tracks", "SELECT", VIEWERS),
	WRITE("inventory", "product_batch_tracks", APP),
	T("inventory", "stock_reservations", "SELECT", VIEWERS | BUYERS),
	WRITE("inventory", "stock_reservations", APP),
	T("inventory", "stock_movements", "SELECT", VIEWERS),
	WRITE("inventory", "stock_movements", APP),

	/* sales: functions */
	F("sales", "wms_cart", EVERYBODY),
	F("sales", "wms_quote_cart", EVERYBODY),
	F("sales", "wms_quote_order", EVERYBODY),
	F("sales", "wms_shipping_options", EVERYBODY),
	F("sales", "wms_order", EVERYBODY),
	F("sales", "wms_orders", EVERYBODY),
	F("sales", "wms_order_balance", EVERYBODY),
	F("sales", "wms_order_transitions", EVERYBODY),
	F("sales", "wms_sales_report", EVERYBODY),
	F("sales", "wms_process_order", OPERATORS),
	F("sales", "wms_pack_order", OPERATORS),
	F("sales", "wms_ship_order", OPERATORS),
	F("sales", "wms_deliver_order", OPERATORS),
	F("sales", "wms_create_cart", MANAGERS | BUYERS),
	F("sales", "wms_set_cart_item", MANAGERS | BUYERS),
	F("sales", "wms_apply_coupon", MANAGERS | BUYERS),
	F("sales", "wms_merge_carts", MANAGERS | BUYERS),
	F("sales", "wms_checkout", MANAGERS | BUYERS),
	F("sales", "wms_cancel_order", MANAGERS | BUYERS),
	F("sales", "wms_place_order", MANAGERS | AGENTS),
	F("sales", "wms_sell", MANAGERS),
	F("sales", "wms_change_order", MANAGERS),
	F("sales", "wms_set_order_status", MANAGERS),
	F("sales", "wms_confirm_order", MANAGERS),
	F("sales", "wms_record_payment", MANAGERS),
	F("sales", "wms_refund_order", MANAGERS),
	F("sales", "wms_next_order_number", APP),

	/* sales: tables */
	T("sales", "shipping_methods", "SELECT", VIEWERS | BUYERS),
	WRITE("sales", "shipping_methods", MANAGERS),
	T("sales", "coupons", "SELECT", VIEWERS),
	MASTER("sales", "coupons"),
	T("sales", "orders", "SELECT", VIEWERS),
	EXCEPT("sales", "orders", "SELECT", "admin_notes", BUYERS),
	WRITE("sales", "orders", APP),
	T("sales", "order_items", "SELECT", VIEWERS),
	EXCEPT("sales", "order_items", "SELECT", "unit_cost", BUYERS),
	WRITE("sales", "order_items", APP),
	T("sales", "order_status_history", "SELECT", VIEWERS | BUYERS),
	WRITE("sales", "order_status_history", APP),
	T("sales", "payments", "SELECT", VIEWERS | BUYERS),
	WRITE("sales", "payments", APP),
	T("sales", "coupon_redemptions", "SELECT", VIEWERS),
	WRITE("sales", "coupon_redemptions", APP),
	T("sales", "refunds", "SELECT", VIEWERS | BUYERS),
	WRITE("sales", "refunds", APP),
	T("sales", "refund_items", "SELECT", VIEWERS | BUYERS),
	WRITE("sales", "refund_items", APP),
	T("sales", "carts", "SELECT", VIEWERS | BUYERS),
	WRITE("sales", "carts", APP),
	T("sales", "cart_items", "SELECT", VIEWERS | BUYERS),
	WRITE("sales", "cart_items", APP),

	/* crm; ids are not the customer's to choose: one that is taken would tell him so */
	F("crm", "wms_customer_summary", EVERYBODY),
	F("crm", "wms_set_default_address", MANAGERS | BUYERS),
	T("crm", "customer_profiles", "SELECT", VIEWERS),
	EXCEPT("crm", "customer_profiles", "SELECT", "notes,tags", BUYERS),
	T("crm", "customer_profiles", "INSERT", MANAGERS),
	T("crm", "customer_profiles", "UPDATE", MANAGERS),
	T("crm", "customer_profiles", "DELETE", APP),
	T("crm", "addresses", "SELECT", VIEWERS | BUYERS),
	WRITE("crm", "addresses", MANAGERS),
	ONLY("crm", "addresses", "INSERT", "user_id," ADDRESS, BUYERS),
	ONLY("crm", "addresses", "UPDATE", ADDRESS, BUYERS),
	T("crm", "addresses", "DELETE", BUYERS),
	T("crm", "wishlists", "SELECT", VIEWERS | BUYERS),
	WRITE("crm", "wishlists", APP),
	ONLY("crm", "wishlists", "INSERT", "user_id,product_id", BUYERS),
	T("crm", "wishlists", "DELETE", BUYERS),

	/* agent */
	F("agent", "wms_commission_amount", EVERYBODY),
	F("agent", "wms_agent_tree", EVERYBODY),
	F("agent", "wms_agent_balance", EVERYBODY),
	F("agent", "wms_agent_performance", EVERYBODY),
	F("agent", "wms_calculate_commission", MANAGERS),
	F("agent", "wms_create_payout", MANAGERS),
	F("agent", "wms_create_payouts", MANAGERS),
	F("agent", "wms_process_payout", MANAGERS),
	F("agent", "wms_complete_payout", MANAGERS),
	F("agent", "wms_fail_payout", MANAGERS),
	T("agent", "agents", "SELECT", VIEWERS),
	EXCEPT("agent", "agents", "SELECT", "bank_name,bank_account", AGENTS),
	MASTER("agent", "agents"),
	T("agent", "override_rates", "SELECT", VIEWERS | AGENTS),
	WRITE("agent", "override_rates", MANAGERS),
	T("agent", "targets", "SELECT", VIEWERS | AGENTS),
	WRITE("agent", "targets", MANAGERS),
	T("agent", "commissions", "SELECT", VIEWERS | AGENTS),
	WRITE("agent", "commissions", APP),
	T("agent", "payouts", "SELECT", VIEWERS),
	EXCEPT("agent", "payouts", "SELECT", "bank_name,bank_account,notes", AGENTS),
	WRITE("agent", "payouts", APP),

	/* operations */
	F("wms", "wms_version", EVERYBODY),
	F("wms", "wms_migrations", EVERYBODY),
	F("wms", "wms_privileges", EVERYBODY),
	F("wms", "wms_verify", EVERYBODY),
	F("wms", "wms_health", VIEWERS),
	F("wms", "wms_maintain", ADMINS),
	F("wms", "wms_soft_delete", ADMINS),
	F("wms", "wms_restore", ADMINS),
	F("wms", "wms_seed_demo", APP),
	F("wms", "wms_migrate", NOBODY),
	F("wms", "wms_baseline", NOBODY),
	F("wms", "wms_grant", NOBODY),
	F("wms", "wms_revoke", NOBODY),
	F("wms", "wms_set_owner", NOBODY),
};

bool
wms_privilege_has_schema(const char *name)
{
	for (int i = 0; i < lengthof(privileges); i++)
		if (strcmp(privileges[i].schema, name) == 0)
			return true;
	return false;
}

/* The names of a list with commas; NULL for NULL. */
static Datum
array_of(const char *list, bool *isnull)
{
	Datum		names[MAX_COLUMNS];
	int			count = 0;

	*isnull = list == NULL;
	for (const char *name = list; name != NULL; name = strchr(name, ','))
	{
		name += *name == ',';
		names[count++] = PointerGetDatum(cstring_to_text_with_len(name, strcspn(name, ",")));
	}
	return wms_array(names, NULL, count, TEXTOID);
}

static Datum
profiles_of(const Privilege *privilege)
{
	Datum		names[WMS_PROFILE_COUNT];
	int			count = 0;

	if (privilege->profiles == EVERYBODY)
		names[count++] = CStringGetTextDatum("public");
	else
		for (int i = 0; i < WMS_PROFILE_COUNT; i++)
			if ((privilege->profiles & (1 << i)) != 0)
				names[count++] = CStringGetTextDatum(wms_profile_names[i]);
	return wms_array(names, NULL, count, TEXTOID);
}

/* wms_privileges() → table (...) */
Datum
wms_privileges(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < lengthof(privileges); i++)
	{
		const Privilege *privilege = &privileges[i];
		bool		function = privilege->privilege == NULL;
		Datum		values[7];
		bool		nulls[7] = {false};

		values[0] = CStringGetTextDatum(privilege->schema);
		values[1] = CStringGetTextDatum(function ? "function" : "table");
		values[2] = CStringGetTextDatum(function ? privilege->object :
										psprintf("%s.%s", privilege->schema, privilege->object));
		values[3] = CStringGetTextDatum(function ? "EXECUTE" : privilege->privilege);
		values[4] = array_of(privilege->only, &nulls[4]);
		values[5] = array_of(privilege->except, &nulls[5]);
		values[6] = profiles_of(privilege);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
