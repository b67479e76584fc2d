/*
 * price.h
 *		What one unit of an item costs: the one place where a price is chosen.
 */
#ifndef WMS_PRICE_H
#define WMS_PRICE_H

/*
 * The best row of product_prices, else the price of the variant, else that of the product.  Rows of the
 * variant go before those of its product, which it inherits; then a named group before everybody, the most
 * units reached, the latest start.  The unique key leaves no two rows alike in that.
 *
 * All parameters are SQL expressions: ids, group and units asked for, and the two prices to fall back on.
 */
#define WMS_SQL_PRICE_OF(product_id_, variant_id_, customer_group_, quantity_, variant_price_, product_price_) \
	"coalesce((SELECT s.price FROM catalog.product_prices s" \
	"  WHERE s.product_id = " product_id_ \
	"    AND (s.variant_id IS NULL OR s.variant_id = " variant_id_ ")" \
	"    AND (s.customer_group IS NULL OR s.customer_group = " customer_group_ ")" \
	"    AND s.min_quantity <= " quantity_ \
	"    AND (s.starts_at IS NULL OR s.starts_at <= statement_timestamp())" \
	"    AND (s.ends_at IS NULL OR s.ends_at > statement_timestamp())" \
	"  ORDER BY s.variant_id IS NULL, s.customer_group IS NULL, s.min_quantity DESC, s.starts_at DESC NULLS LAST" \
	"  LIMIT 1), " variant_price_ ", " product_price_ ")"

#endif							/* WMS_PRICE_H */
