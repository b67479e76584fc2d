/*
 * availability.h
 *		What of a stock row may be promised, as SQL text shared by the queries that say so.
 *
 * In each, s is a row of inventory.stock_items and p its row of catalog.products.
 */
#ifndef WMS_AVAILABILITY_H
#define WMS_AVAILABILITY_H

/* Units that may leave: all of them, or those in batches that are active and, on the day, not expired. */
#define WMS_SQL_GOOD_STOCK(day) \
	"CASE WHEN p.batch_tracked THEN " \
	"(SELECT coalesce(sum(sb.quantity), 0) FROM inventory.stock_item_batches sb " \
	"JOIN inventory.product_batches b ON b.id = sb.batch_id " \
	"WHERE sb.warehouse_id = s.warehouse_id AND sb.product_id = s.product_id " \
	"AND sb.variant_id IS NOT DISTINCT FROM s.variant_id AND b.status = 'active' AND b.deleted_at IS NULL " \
	"AND (b.expiry_date IS NULL OR b.expiry_date >= " day ")) " \
	"ELSE s.quantity END"

/* Units promised to somebody: holds that are active and have not lapsed, whatever became of their batch. */
#define WMS_SQL_LIVE_HOLDS \
	"(SELECT coalesce(sum(r.quantity), 0) FROM inventory.stock_reservations r " \
	"WHERE r.warehouse_id = s.warehouse_id AND r.product_id = s.product_id " \
	"AND r.variant_id IS NOT DISTINCT FROM s.variant_id AND r.status = 'active' " \
	"AND (r.expires_at IS NULL OR r.expires_at > statement_timestamp()))"

/*
 * The part of them that leaves from its batch though that is not good, and so takes nothing from the good ones: what
 * a transfer moves as it is, and what is held of a batch that is only deleted.
 */
#define WMS_SQL_HELD_AS_IT_IS(day) \
	"CASE WHEN p.batch_tracked THEN " \
	"(SELECT coalesce(sum(r.quantity), 0) FROM inventory.stock_reservations r " \
	"JOIN inventory.product_batches b ON b.id = r.batch_id " \
	"WHERE r.warehouse_id = s.warehouse_id AND r.product_id = s.product_id " \
	"AND r.variant_id IS NOT DISTINCT FROM s.variant_id AND r.status = 'active' " \
	"AND (r.expires_at IS NULL OR r.expires_at > statement_timestamp()) " \
	"AND CASE WHEN b.status <> 'active' OR b.expiry_date < " day " " \
	"THEN r.reference_type = 'transfer' AND r.reference_line_id IS NOT NULL ELSE b.deleted_at IS NOT NULL END) " \
	"ELSE 0 END"

#endif							/* WMS_AVAILABILITY_H */
