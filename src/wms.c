/*
 * wms.c
 *		The library's entry: its magic block and the settings wms.*.
 */
#include "postgres.h"

#include <ctype.h>
#include <limits.h>

#include "fmgr.h"
#include "support/plans.h"
#include "support/settings.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/uuid.h"

#ifdef PG_MODULE_MAGIC_EXT
PG_MODULE_MAGIC_EXT(.name = "wms", .version = WMS_VERSION);
#else
PG_MODULE_MAGIC;
#endif

#define HOUR (60 * 60)
#define DAY (24 * HOUR)

/* Digits after the point of wms.tax_rate: 8.875 is a real rate, and more than four is a typing error. */
#define TAX_RATE_SCALE 4

void		_PG_init(void);

char	   *wms_actor_id;
bool		wms_install;
char	   *wms_tax_rate;
int			wms_order_hold;
bool		wms_split_orders;
int			wms_commission_base;
int			wms_commission_max_levels;
bool		wms_transfer_four_eyes;
int			wms_bcrypt_cost;
int			wms_refresh_grace;
int			wms_idempotency_retention;
bool		wms_emit_events;
bool		wms_direct_access;
bool		wms_early_lock_release;
bool		wms_guard;
bool		wms_seed;
bool		wms_allow_data_loss;

static char *timezone_name;
static pg_tz *business_zone;	/* NULL while wms.timezone is not set */

/* Settings that were made before the library was loaded are being taken over. */
static bool loading;

static const struct config_enum_entry commission_bases[] = {
	{"total", WMS_COMMISSION_TOTAL, false},
	{"net", WMS_COMMISSION_NET, false},
	{NULL, 0, false}
};

/* Is it a uuid in one of the spellings uuid_in() takes? It raises, which a check hook must not. */
static bool
looks_like_uuid(const char *text)
{
	int			digits = 0;
	bool		braces = *text == '{';

	for (text += braces; isxdigit((unsigned char) *text) || *text == '-'; text++)
	{
		if (*text == '-' && (digits == 0 || digits == 2 * UUID_LEN || digits % 4 != 0 || text[-1] == '-'))
			return false;
		digits += *text != '-';
	}
	if (braces && *text++ != '}')
		return false;
	return *text == '\0' && digits == 2 * UUID_LEN;
}

/*
 * A malformed actor is refused when it is set.  One that was set before the library was loaded is kept, for
 * its first use to complain about: dropping it would let the session go on as nobody.
 */
static bool
check_actor_id(char **value, void **extra, GucSource source)
{
	if (**value == '\0' || loading || looks_like_uuid(*value))
		return true;
	GUC_check_errcode(ERRCODE_INVALID_TEXT_REPRESENTATION);
	GUC_check_errdetail("The actor is a uuid, or empty for nobody.");
	return false;
}

static bool
check_timezone(char **value, void **extra, GucSource source)
{
	pg_tz	   *zone;

	if (**value == '\0')
		return true;
	zone = pg_tzset(*value);
	if (zone == NULL)
	{
		GUC_check_errdetail("There is no time zone \"%s\".", *value);
		return false;
	}
	if (!pg_tz_acceptable(zone))
	{
		GUC_check_errdetail("The time zone \"%s\" appears to use leap seconds.", *value);
		return false;
	}
	return true;
}

/* The zone was found by the check hook, so this is a look-up in PostgreSQL's cache of zones. */
static void
assign_timezone(const char *value, void *extra)
{
	business_zone = *value == '\0' ? NULL : pg_tzset(value);
}

/* Shows the zone that counts, so that current_setting('wms.timezone') can be used as a zone. */
static const char *
show_timezone(void)
{
	return pg_get_timezone_name(wms_timezone());
}

pg_tz *
wms_timezone(void)
{
	return business_zone != NULL ? business_zone : log_timezone;
}

/* A decimal number from 0 to 100, judged by its digits: money never passes through a float. */
static bool
check_tax_rate(char **value, void **extra, GucSource source)
{
	const char *text = *value;
	int			whole = 0;
	int			digits = 0;
	int			decimals = 0;
	bool		remainder = false;

	for (; isdigit((unsigned char) *text) && digits < 3; text++, digits++)
		whole = whole * 10 + (*text - '0');
	if (*text == '.')
	{
		for (text++; isdigit((unsigned char) *text) && decimals < TAX_RATE_SCALE; text++, decimals++)
			remainder = remainder || *text != '0';
		if (decimals == 0)
			digits = 0;
	}
	if (**value == '\0' || (digits > 0 && *text == '\0' && whole + remainder <= 100))
		return true;
	GUC_check_errdetail("The tax rate is a percentage from 0 to 100 with up to %d decimals.", TAX_RATE_SCALE);
	return false;
}

static void
define_switch(const char *name, const char *what, bool *variable, bool value, GucContext context)
{
	DefineCustomBoolVariable(name, what, NULL, variable, value, context, 0, NULL, NULL, NULL);
}

static void
define_number(const char *name, const char *what, const char *more, int *variable, int value, int low, int high,
			  int unit)
{
	DefineCustomIntVariable(name, what, more, variable, value, low, high, PGC_SUSET, unit, NULL, NULL, NULL);
}

static void
define_session_settings(void)
{
	DefineCustomStringVariable("wms.actor_id", "The user on whose behalf commands act.",
							   "A uuid, or empty for nobody. It is an assertion of the client, not a login.",
							   &wms_actor_id, "", PGC_USERSET, 0, check_actor_id, NULL, NULL);
	define_switch("wms.install", "CREATE EXTENSION and ALTER EXTENSION make the tables too.", &wms_install, true,
				  PGC_USERSET);
}

static void
define_business_settings(void)
{
	DefineCustomStringVariable("wms.timezone", "The time zone of business dates.", "Empty means that of log_timezone.",
							   &timezone_name, "", PGC_SUSET, 0, check_timezone, assign_timezone, show_timezone);
	DefineCustomStringVariable("wms.tax_rate", "The tax on orders, in percent of subtotal less discount.", NULL,
							   &wms_tax_rate, "0", PGC_SUSET, 0, check_tax_rate, NULL, NULL);
	DefineCustomEnumVariable("wms.commission_base", "What commissions are a part of.",
							 "\"total\" is the order's total, \"net\" is subtotal less discount.",
							 &wms_commission_base, WMS_COMMISSION_TOTAL, commission_bases, PGC_SUSET, 0, NULL, NULL,
							 NULL);
	define_number("wms.commission_max_levels", "How many ancestors of the selling agent earn commission.", NULL,
				  &wms_commission_max_levels, 5, 0, 100, 0);
	define_number("wms.order_hold", "How long a pending order holds its stock.", "0 means until it is cancelled.",
				  &wms_order_hold, 0, 0, INT_MAX, GUC_UNIT_S);
	define_switch("wms.split_orders", "One order may be served by several warehouses.", &wms_split_orders, false,
				  PGC_SUSET);
	define_switch("wms.transfer_four_eyes", "A transfer is approved by another actor than its creator.",
				  &wms_transfer_four_eyes, false, PGC_SUSET);
}

static void
define_access_settings(void)
{
	define_number("wms.bcrypt_cost", "The work of one password hash, as a power of two.", NULL, &wms_bcrypt_cost,
				  12, 4, 16, 0);
	define_number("wms.refresh_grace", "How long a refresh token that was replaced gives its successor again.", NULL,
				  &wms_refresh_grace, 10, 0, DAY, GUC_UNIT_S);
	define_number("wms.idempotency_retention", "How long the results of idempotency keys are kept.", NULL,
				  &wms_idempotency_retention, 7 * DAY, 0, INT_MAX, GUC_UNIT_S);
	define_switch("wms.guard", "Direct changes of what the commands keep are refused or recorded.", &wms_guard, true,
				  PGC_SUSET);
	define_switch("wms.emit_events", "Changes of stock and status are logical decoding messages.", &wms_emit_events,
				  false, PGC_SUSET);
	define_switch("wms.direct_access", "Commands may reach rows without the executor.", &wms_direct_access, true,
				  PGC_SUSET);
	define_switch("wms.early_lock_release", "Row locks are released before the commit is flushed.",
				  &wms_early_lock_release, false, PGC_SUSET);
}

static void
define_migration_settings(void)
{
	define_switch("wms.seed", "Migrations insert the standard rows.", &wms_seed, true, PGC_SUSET);
	define_switch("wms.allow_data_loss", "Migrations on their way down may destroy rows.", &wms_allow_data_loss, false,
				  PGC_SUSET);
}

void
_PG_init(void)
{
	loading = true;
	define_session_settings();
	define_business_settings();
	define_access_settings();
	define_migration_settings();
	loading = false;
	MarkGUCPrefixReserved("wms");
	wms_plans_init();
}
