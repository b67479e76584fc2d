/*
 * generator.c
 *		Load on a server over libpq: one kind of work, done in one way, by so many clients for so many seconds.
 *
 *	generator CONNINFO WORK WAY LINES CLIENTS SECONDS [ITEMS]
 *
 * Prints one line: transactions that committed, those that failed, seconds, the median and the 99th percentile
 * of their times in microseconds, the processor time that the server's sessions took for one, also in
 * microseconds (0 where it is not known), and how many committed in the first and in the last sixth of the time.
 * Each transaction takes LINES different items at random out of all items, or out of the first ITEMS, in a
 * warehouse at random.  What a way sends is prepared once a session, so nothing but its parameters travels with
 * a transaction.
 *
 * The tables of the ways loop, set and orm are those of plain.sql, those of the way seed of seed.sql.
 */
#include <libpq-fe.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define UUID_TEXT 37
#define MOST_STATEMENTS 16
#define MOST_TIMES 2000000

/* What every statement of a way may name: $1 lines, $2 warehouse, $3 reference, $4 products, $5 quantities. */
static const Oid parameter_types[] = {3802, 2950, 2950, 2951, 1007};

#define PARAMETERS 5

typedef char Uuid[UUID_TEXT];
typedef struct Client Client;

typedef struct Way
{
	const char *work;
	const char *name;
	const char *settings;		/* of its sessions */
	bool		(*play) (Client *client);
	const char *statements[MOST_STATEMENTS];
} Way;

struct Client
{
	pthread_t	thread;
	PGconn	   *connection;
	uint64_t	seed;
	int		   *items;			/* of this transaction */
	long	   *taken;			/* by item: the last transaction that took it */
	char	   *lines;
	char	   *products;
	char	   *quantities;
	char		reference[UUID_TEXT];
	const char *warehouse;
	volatile bool warm;
	long		played;
	long		committed;		/* of the played, those that count: after the sessions are warm */
	long		failed;
	long		early;			/* of the committed, those in the first sixth of the time */
	long		late;
	float	   *times;
	char		kept[UUID_TEXT];	/* the id that the last statement returned */
};

static const Way *way;
static int	line_count;
static Uuid *products;
static int	product_count;
static Uuid *warehouses;
static int	warehouse_count;
static double duration;
static double began;
static volatile bool started;
static volatile bool stopped;

static void
die(PGconn *connection, const char *what)
{
	fprintf(stderr, "%s: %s", what, PQerrorMessage(connection));
	exit(1);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

/* splitmix64 */
static uint64_t
next_random(Client *client)
{
	uint64_t	x = client->seed += UINT64_C(0x9E3779B97F4A7C15);

	x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
	return x ^ (x >> 31);
}

static void
random_uuid(Client *client, char *text)
{
	uint64_t	a = next_random(client);
	uint64_t	b = next_random(client);

	snprintf(text, UUID_TEXT, "%08x-%04x-4%03x-8%03x-%012llx", (unsigned) (a >> 32), (unsigned) (a >> 16 & 0xffff),
			 (unsigned) (a & 0xfff), (unsigned) (b >> 52), (unsigned long long) (b & UINT64_C(0xffffffffffff)));
}

static int
by_product(const void *a, const void *b)
{
	return memcmp(products[*(const int *) a], products[*(const int *) b], UUID_TEXT);
}

/* Different items, in the order in which all ways lock them. */
static void
choose_items(Client *client)
{
	long		transaction = ++client->played;

	for (int i = 0; i < line_count; i++)
	{
		int			item;

		do
			item = next_random(client) % product_count;
		while (client->taken[item] == transaction);
		client->taken[item] = transaction;
		client->items[i] = item;
	}
	qsort(client->items, line_count, sizeof(int), by_product);
}

static void
write_parameters(Client *client)
{
	char	   *lines = client->lines;
	char	   *ids = client->products;
	char	   *quantities = client->quantities;

	for (int i = 0; i < line_count; i++)
	{
		const char *product = products[client->items[i]];

		lines += sprintf(lines, "%c{\"product_id\":\"%s\",\"quantity\":1}", i == 0 ? '[' : ',', product);
		ids += sprintf(ids, "%c%s", i == 0 ? '{' : ',', product);
		quantities += sprintf(quantities, "%c1", i == 0 ? '{' : ',');
	}
	strcpy(lines, "]");
	strcpy(ids, "}");
	strcpy(quantities, "}");
	client->warehouse = warehouses[next_random(client) % warehouse_count];
	random_uuid(client, client->reference);
}

static PGresult *
execute(Client *client, int statement, int count, const char *const *values)
{
	char		name[16];

	snprintf(name, sizeof(name), "s%d", statement);
	return PQexecPrepared(client->connection, name, count, values, NULL, NULL, 0);
}

/* Says what went wrong, of the first few. */
static bool
is_good(Client *client, const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
		return true;
	if (PQstatus(client->connection) == CONNECTION_BAD)
		die(client->connection, "lost the server");
	if (client->failed < 2)
		fprintf(stderr, "%s", PQresultErrorMessage(result));
	return false;
}

/* Keeps what the first column of the first row is. */
static bool
run(Client *client, int statement, int count, const char *const *values)
{
	PGresult   *result = execute(client, statement, count, values);
	bool		good = is_good(client, result);

	if (good && PQntuples(result) > 0)
		snprintf(client->kept, UUID_TEXT, "%s", PQgetvalue(result, 0, 0));
	PQclear(result);
	return good;
}

/* The first statement with all parameters; each of the others with the id that the first returned. */
static bool
play_calls(Client *client)
{
	const char *values[] = {client->lines, client->warehouse, client->reference, client->products,
	client->quantities};
	char		id[UUID_TEXT];
	const char *id_value = id;

	if (!run(client, 0, PARAMETERS, values))
		return false;
	memcpy(id, client->kept, UUID_TEXT);
	for (int i = 1; way->statements[i] != NULL; i++)
		if (!run(client, i, 1, &id_value))
			return false;
	return true;
}

static bool
simple(Client *client, const char *sql)
{
	PGresult   *result = PQexec(client->connection, sql);
	bool		good = is_good(client, result);

	PQclear(result);
	return good;
}

/* Statements of the way orm, by what they do; those of an order begin with the ones of a hold. */
enum
{
	ORM_LOCK_STOCK, ORM_UPDATE_STOCK, ORM_INSERT_HOLD,
	ORM_INSERT_ORDER, ORM_INSERT_ITEM, ORM_INSERT_HISTORY, ORM_LOCK_ORDER, ORM_UPDATE_ORDER, ORM_FIND_HOLDS,
	ORM_CONSUME_STOCK, ORM_UPDATE_HOLD, ORM_INSERT_MOVEMENT
};

static bool
orm_hold_line(Client *client, const char *product, const char *reference)
{
	const char *key[] = {client->warehouse, product};
	PGresult   *row = execute(client, ORM_LOCK_STOCK, 2, key);
	char		id[UUID_TEXT];
	char		reserved[16];
	const char *update[] = {id, reserved};
	const char *hold[] = {client->warehouse, product, reference};
	bool		good = is_good(client, row) && PQntuples(row) == 1 &&
		atoi(PQgetvalue(row, 0, 1)) > atoi(PQgetvalue(row, 0, 2));

	if (good)
	{
		snprintf(id, sizeof(id), "%s", PQgetvalue(row, 0, 0));
		snprintf(reserved, sizeof(reserved), "%d", atoi(PQgetvalue(row, 0, 2)) + 1);
	}
	PQclear(row);
	return good && run(client, ORM_UPDATE_STOCK, 2, update) && run(client, ORM_INSERT_HOLD, 3, hold);
}

static bool
orm_hold(Client *client, const char *reference)
{
	for (int i = 0; i < line_count; i++)
		if (!orm_hold_line(client, products[client->items[i]], reference))
			return false;
	return true;
}

static bool
end_transaction(Client *client, bool good)
{
	return simple(client, good ? "COMMIT" : "ROLLBACK") && good;
}

/* As an object-relational mapper does it: a statement for each object, each waited for. */
static bool
play_orm_reserve(Client *client)
{
	return simple(client, "BEGIN") && end_transaction(client, orm_hold(client, client->reference));
}

static bool
orm_place(Client *client)
{
	const char *order[] = {client->reference, client->warehouse};
	const char *history[] = {client->reference, "pending"};

	if (!run(client, ORM_INSERT_ORDER, 2, order) || !orm_hold(client, client->reference))
		return false;
	for (int i = 0; i < line_count; i++)
	{
		char		number[16];
		const char *item[] = {client->reference, number, products[client->items[i]]};

		snprintf(number, sizeof(number), "%d", i + 1);
		if (!run(client, ORM_INSERT_ITEM, 3, item))
			return false;
	}
	return run(client, ORM_INSERT_HISTORY, 2, history);
}

static bool
orm_status(Client *client, const char *status)
{
	const char *values[] = {client->reference, status};

	return run(client, ORM_LOCK_ORDER, 1, values) && run(client, ORM_UPDATE_ORDER, 2, values) &&
		run(client, ORM_INSERT_HISTORY, 2, values);
}

static bool
orm_ship(Client *client)
{
	const char *values[] = {client->reference, "shipped"};
	PGresult   *holds;
	bool		good = run(client, ORM_LOCK_ORDER, 1, values);

	holds = execute(client, ORM_FIND_HOLDS, 1, values);
	good = good && is_good(client, holds);
	for (int i = 0; good && i < PQntuples(holds); i++)
	{
		const char *key[] = {client->warehouse, PQgetvalue(holds, i, 1)};
		const char *hold[] = {PQgetvalue(holds, i, 0)};
		const char *movement[] = {client->warehouse, PQgetvalue(holds, i, 1), client->reference};

		good = run(client, ORM_LOCK_STOCK, 2, key);
		values[0] = client->kept;
		good = good && run(client, ORM_CONSUME_STOCK, 1, values) && run(client, ORM_UPDATE_HOLD, 1, hold) &&
			run(client, ORM_INSERT_MOVEMENT, 3, movement);
		values[0] = client->reference;
	}
	PQclear(holds);
	return good && run(client, ORM_UPDATE_ORDER, 2, values) && run(client, ORM_INSERT_HISTORY, 2, values);
}

static bool
play_orm_order(Client *client)
{
	static const char *const steps[] = {"confirmed", "processing", "packed", "shipped", "delivered"};

	if (!simple(client, "BEGIN") || !end_transaction(client, orm_place(client)))
		return false;
	for (int i = 0; i < 5; i++)
		if (!simple(client, "BEGIN") ||
			!end_transaction(client, strcmp(steps[i], "shipped") == 0 ? orm_ship(client) : orm_status(client, steps[i])))
			return false;
	return true;
}

#define GENERIC "SET plan_cache_mode = force_generic_plan"
#define BY_SPI "SET wms.direct_access = off"
#define EARLY "SET wms.early_lock_release = on"

#define ORM_HOLD \
	"SELECT id, quantity, reserved_quantity FROM plain.stock_items" \
	" WHERE warehouse_id = $1::uuid AND product_id = $2::uuid AND variant_id IS NULL FOR NO KEY UPDATE", \
	"UPDATE plain.stock_items SET reserved_quantity = $2::integer, updated_at = now() WHERE id = $1::uuid", \
	"INSERT INTO plain.stock_reservations (warehouse_id, product_id, quantity, original_quantity, reference_type," \
	" reference_id) VALUES ($1::uuid, $2::uuid, 1, 1, 'bench', $3::uuid) RETURNING id, created_at"

#define WMS_STATUSES "SELECT wms_confirm_order($1::uuid)", "SELECT wms_process_order($1::uuid)", \
	"SELECT wms_pack_order($1::uuid)", "SELECT wms_ship_order($1::uuid)", "SELECT wms_deliver_order($1::uuid)"

#define OWN_STATUSES(side, ship) "SELECT " side ".set_status($1::uuid, 'confirmed')", \
	"SELECT " side ".set_status($1::uuid, 'processing')", "SELECT " side ".set_status($1::uuid, 'packed')", \
	"SELECT " side "." ship "($1::uuid)", "SELECT " side ".set_status($1::uuid, 'delivered')"

static const Way ways[] = {
	{"reserve", "wms", "", play_calls, {"SELECT count(*) FROM wms_reserve_stock($1, $2, 'bench', $3)"}},
	{"reserve", "spi", BY_SPI, play_calls, {"SELECT count(*) FROM wms_reserve_stock($1, $2, 'bench', $3)"}},
	{"reserve", "early", EARLY, play_calls, {"SELECT count(*) FROM wms_reserve_stock($1, $2, 'bench', $3)"}},
	{"reserve", "loop", GENERIC, play_calls, {"SELECT plain.reserve_loop($3, $2, $4, $5)"}},
	{"reserve", "set", GENERIC, play_calls, {"SELECT plain.reserve_set($3, $2, $4, $5)"}},
	{"reserve", "seed", GENERIC, play_calls, {"SELECT seed.reserve_loop($3, $2, $4, $5)"}},
	{"reserve", "orm", "", play_orm_reserve, {ORM_HOLD}},
	{"reserve", "noindex", GENERIC, play_calls, {"SELECT plain.reserve_no_index($3, $2, $4, $5)"}},
	{"reserve", "empty", "", play_calls, {"SELECT wms_current_actor(), $1, $4"}},
	{"reserve", "commit", "", play_calls, {"SELECT pg_current_xact_id()::text"}},
	{"consume", "wms", "", play_calls, {"SELECT reservation_id FROM wms_reserve_stock($1, $2, 'bench', $3)",
			"SELECT wms_consume_reservation($1::uuid)"}},
	{"consume", "spi", BY_SPI, play_calls, {"SELECT reservation_id FROM wms_reserve_stock($1, $2, 'bench', $3)",
			"SELECT wms_consume_reservation($1::uuid)"}},
	{"consume", "loop", GENERIC, play_calls, {"SELECT plain.reserve_loop($3, $2, $4, $5)",
			"SELECT plain.consume($1::uuid)"}},
	{"consume", "seed", GENERIC, play_calls, {"SELECT seed.reserve_loop($3, $2, $4, $5)",
			"SELECT seed.consume($1::uuid)"}},
	{"order", "wms", "", play_calls, {"SELECT wms_place_order($1, warehouse_id => $2)", WMS_STATUSES}},
	{"order", "spi", BY_SPI, play_calls, {"SELECT wms_place_order($1, warehouse_id => $2)", WMS_STATUSES}},
	{"order", "loop", GENERIC, play_calls, {"SELECT plain.place_loop($3, $2, $4, $5)", OWN_STATUSES("plain", "ship_loop")}},
	{"order", "set", GENERIC, play_calls, {"SELECT plain.place_set($3, $2, $4, $5)", OWN_STATUSES("plain", "ship_set")}},
	{"order", "seed", GENERIC, play_calls, {"SELECT seed.place_loop($3, $2, $4, $5)", OWN_STATUSES("seed", "ship_loop")}},
	{"order", "orm", "", play_orm_order, {ORM_HOLD,
			"INSERT INTO plain.orders (id, order_number, channel, warehouse_id) VALUES ($1::uuid,"
			" 'ORD-' || to_char(now(), 'YYYYMMDD') || '-' || nextval('plain.order_number_seq'), 'web', $2::uuid)"
			" RETURNING id, created_at",
			"INSERT INTO plain.order_items (order_id, line_number, product_id, sku, name, quantity, unit_price, total_price)"
			" SELECT $1::uuid, $2::integer, p.id, p.sku, p.name, 1, p.base_price, p.base_price FROM catalog.products p"
			" WHERE p.id = $3::uuid RETURNING id, created_at",
			"INSERT INTO plain.order_status_history (order_id, status) VALUES ($1::uuid, $2::text) RETURNING id, created_at",
			"SELECT status FROM plain.orders WHERE id = $1::uuid FOR UPDATE",
			"UPDATE plain.orders SET status = $2::text, updated_at = now() WHERE id = $1::uuid",
			"SELECT id, product_id FROM plain.stock_reservations"
			" WHERE reference_id = $1::uuid AND reference_type = 'bench' AND status = 'active' ORDER BY product_id",
			"UPDATE plain.stock_items SET quantity = quantity - 1, reserved_quantity = reserved_quantity - 1,"
			" updated_at = now() WHERE id = $1::uuid",
			"UPDATE plain.stock_reservations SET quantity = 0, status = 'consumed', resolved_at = now() WHERE id = $1::uuid",
			"INSERT INTO plain.stock_movements (warehouse_id, product_id, type, quantity, reference_type, reference_id)"
			" VALUES ($1::uuid, $2::uuid, 'sale', -1, 'order', $3::uuid) RETURNING id, created_at"}},
};

static const Way *
find_way(const char *work, const char *name)
{
	for (int i = 0; i < (int) (sizeof(ways) / sizeof(ways[0])); i++)
		if (strcmp(ways[i].work, work) == 0 && strcmp(ways[i].name, name) == 0)
			return &ways[i];
	fprintf(stderr, "there is no way %s to do %s\n", name, work);
	exit(1);
}

static void
prepare(Client *client)
{
	for (int i = 0; way->statements[i] != NULL; i++)
	{
		char		name[16];
		PGresult   *result;
		bool		all = i == 0 && way->play == play_calls;

		snprintf(name, sizeof(name), "s%d", i);
		result = PQprepare(client->connection, name, way->statements[i], all ? PARAMETERS : 0,
						   all ? parameter_types : NULL);
		if (PQresultStatus(result) != PGRES_COMMAND_OK)
			die(client->connection, way->statements[i]);
		PQclear(result);
	}
}

static void
open_client(Client *client, const char *conninfo, int number)
{
	struct timespec today;

	client->connection = PQconnectdb(conninfo);
	if (PQstatus(client->connection) != CONNECTION_OK)
		die(client->connection, "connection");
	if (way->settings[0] != '\0' && !simple(client, way->settings))
		die(client->connection, way->settings);
	prepare(client);
	clock_gettime(CLOCK_REALTIME, &today);
	client->seed = ((uint64_t) today.tv_sec << 30) + today.tv_nsec + ((uint64_t) number << 56);
	client->items = malloc(sizeof(int) * line_count);
	client->taken = calloc(product_count, sizeof(long));
	client->lines = malloc(line_count * 80 + 2);
	client->products = malloc(line_count * UUID_TEXT + 3);
	client->quantities = malloc(line_count * 2 + 3);
	client->times = malloc(sizeof(float) * MOST_TIMES);
}

static void
note_committed(Client *client, double since, double until)
{
	client->times[client->committed++] = until - since;
	if (until < began + duration / 6)
		client->early++;
	else if (until >= began + duration / 6 * 5 && until < began + duration)
		client->late++;
}

static void *
work(void *argument)
{
	Client	   *client = argument;

	while (!stopped || client->committed + client->failed == 0)
	{
		double		since;
		bool		good;

		choose_items(client);
		write_parameters(client);
		since = now();
		good = way->play(client);
		client->warm = true;
		if (!started || since < began)
			continue;
		if (!good)
			client->failed++;
		else if (client->committed < MOST_TIMES)
			note_committed(client, since, now());
	}
	return NULL;
}

static Uuid *
read_ids(PGconn *connection, const char *sql, int *count)
{
	PGresult   *result = PQexec(connection, sql);
	Uuid	   *ids;

	if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) == 0)
		die(connection, sql);
	*count = PQntuples(result);
	ids = malloc(UUID_TEXT * *count);
	for (int i = 0; i < *count; i++)
		snprintf(ids[i], UUID_TEXT, "%s", PQgetvalue(result, i, 0));
	PQclear(result);
	return ids;
}

static int
by_time(const void *a, const void *b)
{
	float		x = *(const float *) a;
	float		y = *(const float *) b;

	return (x > y) - (x < y);
}

static void
wait_for(double seconds)
{
	nanosleep(&(struct timespec) {.tv_sec = (time_t) seconds,.tv_nsec = (seconds - (time_t) seconds) * 1e9}, NULL);
}

/* The nanoseconds that the sessions have run so far, as Linux counts them; the server is on this machine. */
static double
session_time(Client *clients, int count)
{
	double		sum = 0;

	for (int i = 0; i < count; i++)
	{
		char		path[64];
		FILE	   *file;
		double		one;

		snprintf(path, sizeof(path), "/proc/%d/schedstat", PQbackendPID(clients[i].connection));
		file = fopen(path, "r");
		if (file == NULL)
			return 0;
		if (fscanf(file, "%lf", &one) == 1)
			sum += one;
		fclose(file);
	}
	return sum;
}

static void
report(Client *clients, int count, double seconds, double busy)
{
	long		committed = 0;
	long		failed = 0;
	long		early = 0;
	long		late = 0;
	float	   *times;

	for (int i = 0; i < count; i++)
	{
		committed += clients[i].committed;
		failed += clients[i].failed;
		early += clients[i].early;
		late += clients[i].late;
	}
	times = malloc(sizeof(float) * (committed + 1));
	committed = 0;
	for (int i = 0; i < count; i++)
	{
		memcpy(times + committed, clients[i].times, sizeof(float) * clients[i].committed);
		committed += clients[i].committed;
	}
	qsort(times, committed, sizeof(float), by_time);
	printf("%ld\t%ld\t%.3f\t%.0f\t%.0f\t%.1f\t%ld\t%ld\n", committed, failed, seconds,
		   committed > 0 ? times[committed / 2] * 1e6 : 0.0, committed > 0 ? times[committed * 99 / 100] * 1e6 : 0.0,
		   committed > 0 ? busy / 1e3 / committed : 0.0, early, late);
}

int
main(int argc, char **argv)
{
	int			client_count = argc > 5 ? atoi(argv[5]) : 0;
	int			items = argc > 7 ? atoi(argv[7]) : 0;
	Client	   *clients = calloc(client_count, sizeof(Client));
	PGconn	   *connection;
	double		busy;

	duration = argc > 6 ? atof(argv[6]) : 0;
	if (client_count < 1 || duration <= 0 || atoi(argv[4]) < 1)
	{
		fprintf(stderr, "generator CONNINFO WORK WAY LINES CLIENTS SECONDS [ITEMS]\n");
		return 1;
	}
	way = find_way(argv[2], argv[3]);
	line_count = atoi(argv[4]);
	connection = PQconnectdb(argv[1]);
	if (PQstatus(connection) != CONNECTION_OK)
		die(connection, "connection");
	products = read_ids(connection, "SELECT id FROM catalog.products WHERE sku LIKE 'bench-%' ORDER BY sku", &product_count);
	warehouses = read_ids(connection, "SELECT id FROM inventory.warehouses WHERE code LIKE 'bench-%'", &warehouse_count);
	PQfinish(connection);
	if (items > 0 && items < product_count)
		product_count = items;
	if (items == 1)
		warehouse_count = 1;
	if (line_count > product_count)
		line_count = product_count;
	for (int i = 0; i < client_count; i++)
		open_client(&clients[i], argv[1], i);
	for (int i = 0; i < client_count; i++)
		pthread_create(&clients[i].thread, NULL, work, &clients[i]);
	for (int i = 0; i < client_count; i++)
		while (!clients[i].warm)
			wait_for(0.001);
	wait_for(duration < 5 ? duration / 5 : 1);
	busy = session_time(clients, client_count);
	began = now();
	started = true;
	wait_for(duration);
	stopped = true;
	for (int i = 0; i < client_count; i++)
		pthread_join(clients[i].thread, NULL);
	report(clients, client_count, now() - began, session_time(clients, client_count) - busy);
	return 0;
}
