/*
 * seed_demo_people.c
 *		Who works and buys at the example company: staff, agents with their tree, customers with addresses.
 *
 * Nobody has a password.
 */
#include "postgres.h"

#include "ops/seed_demo.h"

#include "support/clock.h"
#include "support/plans.h"
#include "utils/builtins.h"

static WmsPlan write_roles = WMS_PLAN_NO_ARGS(
	"INSERT INTO auth.roles (name, description) VALUES"
	" ('admin', 'System Administrator'), ('manager', 'Warehouse Manager'),"
	" ('operator', 'Warehouse Operator'), ('viewer', 'Read-only Access')"
	" ON CONFLICT (name) DO NOTHING");

static WmsPlan write_users = WMS_PLAN(
	"INSERT INTO auth.users (id, email, first_name, last_name, role, email_verified_at)"
	"SELECT u.id, u.email, u.first_name, u.last_name, u.role, now()"
	"  FROM unnest($1, $2, $3, $4, $5) AS u(id, email, first_name, last_name, role)",
	UUIDARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID);

static WmsPlan give_roles = WMS_PLAN(
	"INSERT INTO auth.user_roles (user_id, role_id)"
	"SELECT u.id, r.id FROM unnest($1) AS i(id) JOIN auth.users u ON u.id = i.id"
	"  JOIN auth.roles r ON r.name = CASE u.role WHEN 'admin' THEN 'admin' WHEN 'warehouse' THEN 'operator' END",
	UUIDARRAYOID);

static WmsPlan write_addresses = WMS_PLAN(
	"INSERT INTO crm.addresses (user_id, label, recipient_name, address_line1, city, postcode, country, is_default)"
	"SELECT a.user_id, 'Home', concat_ws(' ', u.first_name, u.last_name), a.line, a.city, a.postcode, 'Malaysia', true"
	"  FROM unnest($1, $2, $3, $4) AS a(user_id, line, city, postcode) JOIN auth.users u ON u.id = a.user_id",
	UUIDARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID);

static WmsPlan write_profiles = WMS_PLAN(
	"INSERT INTO crm.customer_profiles (user_id, customer_group)"
	"SELECT p.user_id, p.customer_group FROM unnest($1, $2) AS p(user_id, customer_group)",
	UUIDARRAYOID, TEXTARRAYOID);

static WmsPlan write_override_rates = WMS_PLAN_NO_ARGS(
	"INSERT INTO agent.override_rates (tier, level, rate) VALUES"
	" ('bronze', 0, 5), ('silver', 0, 6), ('silver', 1, 1.5), ('gold', 0, 8), ('gold', 1, 2), ('gold', 2, 1)"
	" ON CONFLICT (tier, level) DO NOTHING");

static WmsPlan write_agent = WMS_PLAN(
	"INSERT INTO agent.agents (id, user_id, agent_code, parent_agent_id, tier, commission_rate, bank_name, bank_account)"
	" VALUES ($1, $2, $3, $4, $5, $6, 'Bank Niaga', '7600' || right('000000' || $7::text, 6))",
	UUIDOID, UUIDOID, TEXTOID, UUIDOID, TEXTOID, NUMERICOID, INT4OID);

static WmsPlan write_targets = WMS_PLAN(
	"INSERT INTO agent.targets (agent_id, period_start, period_end, target_amount, target_orders)"
	"SELECT a.id, date_trunc('month', $2::timestamp)::date,"
	"       (date_trunc('month', $2::timestamp) + interval '1 month - 1 day')::date, 2000, 10"
	"  FROM unnest($1) AS a(id)",
	UUIDARRAYOID, DATEOID);

static const char *const first_names[] = {
	"Aisyah", "Ben", "Chong Wei", "Devi", "Faridah", "Grace", "Hafiz", "Imran", "Jia Hui", "Kavitha", "Lim",
	"Mei Ling", "Nurul", "Omar", "Priya", "Rashid", "Siti", "Tan", "Vijay", "Yusof"
};

static const char *const last_names[] = {
	"Abdullah", "Chan", "Das", "Gomez", "Hassan", "Ibrahim", "Kumar", "Lee", "Menon", "Ng", "Ong", "Rahman",
	"Singh", "Teoh", "Wong", "Zainal"
};

static const char *const streets[] = {"Jalan Merdeka", "Jalan Ampang", "Lorong Seratus Tahun", "Jalan Tun Razak", "Lebuh Chulia"};

static const char *const cities[] = {"Kuala Lumpur", "Ipoh", "George Town", "Johor Bahru", "Melaka", "Kuching"};

static const char *const postcodes[] = {"50450", "30000", "10200", "80000", "75000", "93000"};

/* Who brought whom in: the index of the parent, -1 for the top. */
static const struct
{
	const char *tier;
	int			parent;
	int			rate;			/* percent; 0 = that of the tier */
}			agents[WMS_DEMO_AGENTS] = {
	{"gold", -1, 10}, {"silver", 0, 0}, {"silver", 0, 7}, {"bronze", 1, 0}, {"bronze", 1, 0}, {"bronze", 2, 4}
};

#define PICK(demo, list) ((list)[wms_demo_random(demo, 0, lengthof(list) - 1)])

static void
add_user(WmsDemo *demo, WmsColumn **users, const pg_uuid_t *id, const char *email, const char *role)
{
	wms_column_add_uuid(users[0], id);
	wms_column_add_text(users[1], email);
	wms_column_add_text(users[2], PICK(demo, first_names));
	wms_column_add_text(users[3], PICK(demo, last_names));
	wms_column_add_text(users[4], role);
}

static void
make_agents(WmsDemo *demo, const pg_uuid_t *user_ids)
{
	WmsColumn  *ids = wms_column(UUIDOID);
	Datum		target[2];

	wms_run(&write_override_rates, NULL, NULL);
	for (int i = 0; i < WMS_DEMO_AGENTS; i++)
	{
		int			parent = agents[i].parent;
		Datum		values[7];
		bool		nulls[7] = {false};

		demo->agent_ids[i] = wms_demo_uuid();
		values[0] = UUIDPGetDatum(&demo->agent_ids[i]);
		values[1] = UUIDPGetDatum(&user_ids[i]);
		values[2] = CStringGetTextDatum(psprintf("AGENT-%d", i + 1));
		values[3] = UUIDPGetDatum(&demo->agent_ids[Max(parent, 0)]);
		nulls[3] = parent < 0;
		values[4] = CStringGetTextDatum(agents[i].tier);
		values[5] = NumericGetDatum(int64_to_numeric(agents[i].rate));
		nulls[5] = agents[i].rate == 0;
		values[6] = Int32GetDatum(wms_demo_random(demo, 0, 999999));
		wms_run(&write_agent, values, nulls);
		wms_column_add_uuid(ids, &demo->agent_ids[i]);
	}
	target[0] = wms_column_array(ids);
	target[1] = DateADTGetDatum(wms_business_date(wms_clock()));
	wms_run(&write_targets, target, NULL);
}

static void
make_customers(WmsDemo *demo)
{
	WmsColumn  *addresses[] = {wms_column(UUIDOID), wms_column(TEXTOID), wms_column(TEXTOID), wms_column(TEXTOID)};
	WmsColumn  *profiles[] = {wms_column(UUIDOID), wms_column(TEXTOID)};

	for (int i = 0; i < demo->customer_count; i++)
	{
		int			city = wms_demo_random(demo, 0, lengthof(cities) - 1);
		const char *street = PICK(demo, streets);

		wms_column_add_uuid(addresses[0], &demo->customer_ids[i]);
		wms_column_add_text(addresses[1], psprintf("%d %s", wms_demo_random(demo, 1, 250), street));
		wms_column_add_text(addresses[2], cities[city]);
		wms_column_add_text(addresses[3], postcodes[city]);
		if (i % 8 > 1)
			continue;
		wms_column_add_uuid(profiles[0], &demo->customer_ids[i]);
		wms_column_add_text(profiles[1], i % 8 == 0 ? "vip" : "wholesale");
	}
	wms_demo_write(&write_addresses, addresses, lengthof(addresses));
	wms_demo_write(&write_profiles, profiles, lengthof(profiles));
}

void
wms_demo_people(WmsDemo *demo)
{
	WmsColumn  *users[] = {wms_column(UUIDOID), wms_column(TEXTOID), wms_column(TEXTOID), wms_column(TEXTOID),
	wms_column(TEXTOID)};
	pg_uuid_t	agent_users[WMS_DEMO_AGENTS];

	demo->admin_id = wms_demo_uuid();
	demo->storekeeper_id = wms_demo_uuid();
	demo->customer_ids = palloc(sizeof(pg_uuid_t) * demo->customer_count);
	add_user(demo, users, &demo->admin_id, "admin@demo.example", "admin");
	add_user(demo, users, &demo->storekeeper_id, "warehouse@demo.example", "warehouse");
	for (int i = 0; i < WMS_DEMO_AGENTS; i++)
	{
		agent_users[i] = wms_demo_uuid();
		add_user(demo, users, &agent_users[i], psprintf("agent%d@demo.example", i + 1), "agent");
	}
	for (int i = 0; i < demo->customer_count; i++)
	{
		demo->customer_ids[i] = wms_demo_uuid();
		add_user(demo, users, &demo->customer_ids[i], psprintf("customer%d@demo.example", i + 1), "customer");
	}
	wms_run(&write_roles, NULL, NULL);
	wms_demo_write(&write_users, users, lengthof(users));
	wms_demo_write(&give_roles, users, 1);
	make_agents(demo, agent_users);
	make_customers(demo);
}
