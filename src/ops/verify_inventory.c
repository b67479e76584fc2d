/*
 * verify_inventory.c
 *		I1 to I4: stock, holds, batches and transfers.
 *
 * Two sides of a sum meet by UNION ALL and GROUP BY, which takes NULL for equal to NULL (there is no
 * variant) and shows what stands on one side only.
 */
#include "postgres.h"

#include "ops/verify.h"

#define ITEM_NAME(k) \
	"coalesce(p.sku, " k ".product_id::text) || coalesce(' / ' || coalesce(v.sku, " k ".variant_id::text), '')"

#define ITEM_JOIN(k) \
	"LEFT JOIN catalog.products p ON p.id = " k ".product_id " \
	"LEFT JOIN catalog.product_variants v ON v.id = " k ".variant_id "

/* rows: warehouse_id, product_id, variant_id, expected, actual */
#define STOCK_RULE(rule, what, rows) \
	WMS_VERIFY_RULE( \
		"SELECT '" rule "', 'stock ' || coalesce(w.code, k.warehouse_id::text) || ' ' || " ITEM_NAME("k") \
		" || '" what "', k.expected::numeric, k.actual::numeric " \
		"FROM (" rows ") k " \
		"LEFT JOIN inventory.warehouses w ON w.id = k.warehouse_id " \
		ITEM_JOIN("k") \
		"ORDER BY 2")

/* rows: warehouse_id, batch_id, expected, actual */
#define BATCH_RULE(rule, what, rows) \
	WMS_VERIFY_RULE( \
		"SELECT '" rule "', 'batch ' || b.batch_number || ' of ' || " ITEM_NAME("b") \
		" || coalesce(' in ' || w.code, '') || '" what "', k.expected::numeric, k.actual::numeric " \
		"FROM (" rows ") k " \
		"JOIN inventory.product_batches b ON b.id = k.batch_id " \
		"LEFT JOIN inventory.warehouses w ON w.id = k.warehouse_id " \
		ITEM_JOIN("b") \
		"ORDER BY 2")

/* both sides of a sum by stock row */
#define BY_STOCK_ROW(expected, actual) \
	"SELECT x.warehouse_id, x.product_id, x.variant_id, sum(x.expected) AS expected, sum(x.actual) AS actual " \
	"FROM (" expected " UNION ALL " actual ") x " \
	"GROUP BY x.warehouse_id, x.product_id, x.variant_id HAVING sum(x.expected) <> sum(x.actual)"

#define STOCK_ROWS(column) \
	"SELECT s.warehouse_id, s.product_id, s.variant_id, 0, s." column " FROM inventory.stock_items s"

#define TRACKED_STOCK_ROWS(column) \
	STOCK_ROWS(column) " JOIN catalog.products t ON t.id = s.product_id WHERE t.batch_tracked"

#define TRACKED_BATCH_ROWS(column) \
	"SELECT sb.warehouse_id, sb.product_id, sb.variant_id, sb." column " AS expected, 0 AS actual " \
	"FROM inventory.stock_item_batches sb JOIN catalog.products t ON t.id = sb.product_id WHERE t.batch_tracked"

/* 0 <= reserved <= quantity; the quantity is to blame only when it is negative itself */
#define BOUNDS(s) \
	"CASE WHEN " s ".quantity < 0 THEN 0 ELSE least(greatest(" s ".reserved_quantity, 0), " s ".quantity) END " \
	"AS expected, " \
	"CASE WHEN " s ".quantity < 0 THEN " s ".quantity ELSE " s ".reserved_quantity END AS actual"

#define OUT_OF_BOUNDS(s) \
	s ".reserved_quantity < 0 OR " s ".reserved_quantity > " s ".quantity"

/* What the movements of a transfer say, by item and batch: sent off, arrived, come back, written off on arrival. */
#define TRANSFER_MOVEMENTS \
	"SELECT t.id AS transfer_id, m.product_id, m.variant_id, m.batch_id, 0 AS quantity, 0 AS received, 0 AS short, " \
	"  CASE WHEN m.type = 'transfer_out' THEN -m.quantity ELSE 0 END AS sent, " \
	"  CASE WHEN m.type = 'transfer_in' AND m.warehouse_id = t.to_warehouse_id THEN m.quantity ELSE 0 END AS arrived, " \
	"  CASE WHEN m.type = 'transfer_in' AND m.warehouse_id <> t.to_warehouse_id THEN m.quantity ELSE 0 END AS came_back, " \
	"  CASE WHEN m.type = 'damage' THEN -m.quantity ELSE 0 END AS written_off, 0 AS held " \
	"FROM inventory.stock_movements m JOIN inventory.stock_transfers t ON t.id = m.reference_id " \
	"WHERE m.reference_type = 'transfer'"

#define TRANSFER_ITEMS \
	"SELECT i.transfer_id, i.product_id, i.variant_id, i.batch_id, " \
	"  i.quantity, i.received_quantity, i.short_quantity, 0, 0, 0, 0, 0 " \
	"FROM inventory.stock_transfer_items i"

#define TRANSFER_HOLDS \
	"SELECT t.id, r.product_id, r.variant_id, r.batch_id, 0, 0, 0, 0, 0, 0, 0, r.quantity " \
	"FROM inventory.stock_reservations r JOIN inventory.stock_transfers t ON t.id = r.reference_id " \
	"WHERE r.reference_type = 'transfer' AND r.status = 'active' AND r.warehouse_id = t.from_warehouse_id"

#define TRANSFER_SUMS \
	"SELECT x.transfer_id, x.product_id, x.variant_id, x.batch_id, sum(x.quantity) AS quantity, " \
	"  sum(x.received) AS received, sum(x.short) AS short, sum(x.sent) AS sent, sum(x.arrived) AS arrived, " \
	"  sum(x.came_back) AS came_back, sum(x.written_off) AS written_off, sum(x.held) AS held " \
	"FROM (" TRANSFER_MOVEMENTS " UNION ALL " TRANSFER_ITEMS " UNION ALL " TRANSFER_HOLDS ") x " \
	"GROUP BY x.transfer_id, x.product_id, x.variant_id, x.batch_id"

WmsPlan		wms_verify_inventory[] = {
	/* I1: quantity = sum of movements, with or without a stock row */
	STOCK_RULE("I1", "", BY_STOCK_ROW(
		"SELECT m.warehouse_id, m.product_id, m.variant_id, sum(m.quantity) AS expected, 0 AS actual "
		"FROM inventory.stock_movements m GROUP BY m.warehouse_id, m.product_id, m.variant_id",
		STOCK_ROWS("quantity"))),

	/* I2: reserved_quantity = sum of active holds */
	STOCK_RULE("I2", "", BY_STOCK_ROW(
		"SELECT r.warehouse_id, r.product_id, r.variant_id, r.quantity AS expected, 0 AS actual "
		"FROM inventory.stock_reservations r WHERE r.status = 'active'",
		STOCK_ROWS("reserved_quantity"))),
	BATCH_RULE("I2", "",
		"SELECT x.warehouse_id, x.batch_id, sum(x.expected) AS expected, sum(x.actual) AS actual FROM ("
		"  SELECT r.warehouse_id, r.batch_id, r.quantity AS expected, 0 AS actual "
		"  FROM inventory.stock_reservations r WHERE r.status = 'active' AND r.batch_id IS NOT NULL "
		"  UNION ALL "
		"  SELECT sb.warehouse_id, sb.batch_id, 0, sb.reserved_quantity FROM inventory.stock_item_batches sb) x "
		"GROUP BY x.warehouse_id, x.batch_id HAVING sum(x.expected) <> sum(x.actual)"),

	/* I3: bounds */
	STOCK_RULE("I3", ", bounds",
		"SELECT s.warehouse_id, s.product_id, s.variant_id, " BOUNDS("s") " "
		"FROM inventory.stock_items s WHERE " OUT_OF_BOUNDS("s")),
	BATCH_RULE("I3", ", bounds",
		"SELECT sb.warehouse_id, sb.batch_id, " BOUNDS("sb") " "
		"FROM inventory.stock_item_batches sb WHERE " OUT_OF_BOUNDS("sb")),

	/* I3: a stock row is the sum of its batch rows */
	STOCK_RULE("I3", ", sum of batches", BY_STOCK_ROW(
		TRACKED_BATCH_ROWS("quantity"), TRACKED_STOCK_ROWS("quantity"))),
	STOCK_RULE("I3", ", sum of batches held", BY_STOCK_ROW(
		TRACKED_BATCH_ROWS("reserved_quantity"), TRACKED_STOCK_ROWS("reserved_quantity"))),

	/* I3: a batch is the sum over the warehouses */
	BATCH_RULE("I3", ", sum of warehouses",
		"SELECT NULL::uuid AS warehouse_id, x.batch_id, sum(x.expected) AS expected, sum(x.actual) AS actual FROM ("
		"  SELECT sb.batch_id, sb.quantity AS expected, 0 AS actual FROM inventory.stock_item_batches sb "
		"  UNION ALL "
		"  SELECT pb.id, 0, pb.quantity FROM inventory.product_batches pb) x "
		"GROUP BY x.batch_id HAVING sum(x.expected) <> sum(x.actual)"),

	/* I4: nothing is lost between two warehouses, and batches travel with the goods */
	WMS_VERIFY_RULE(
		"SELECT 'I4', 'transfer ' || t.transfer_number || ' ' || " ITEM_NAME("k") " || "
		"  coalesce(' batch ' || b.batch_number, '') || c.what, c.expected::numeric, c.actual::numeric "
		"FROM (" TRANSFER_SUMS ") k "
		"  JOIN inventory.stock_transfers t ON t.id = k.transfer_id " ITEM_JOIN("k")
		"  LEFT JOIN inventory.product_batches b ON b.id = k.batch_id "
		"  CROSS JOIN LATERAL (VALUES "
		"    (', held', CASE WHEN t.status IN ('pending', 'approved') THEN k.quantity ELSE 0 END, k.held), "
		"    (', sent', CASE WHEN t.status IN ('in_transit', 'completed') OR t.status = 'cancelled' AND k.sent <> 0 "
		"      THEN k.quantity ELSE 0 END, k.sent), "
		"    (', arrived', k.received + k.short, k.arrived), "
		"    (', written off', k.short, k.written_off), "
		"    (', in transit', CASE t.status WHEN 'in_transit' THEN k.quantity - k.received - k.short ELSE 0 END, "
		"      k.sent - k.arrived - k.came_back)) AS c (what, expected, actual) "
		"WHERE c.expected <> c.actual ORDER BY 2"),
};

const int	wms_verify_inventory_count = lengthof(wms_verify_inventory);
