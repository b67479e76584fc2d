/*
 * lines.h
 *		The jsonb argument "lines" of commands: read, checked, resolved to items of the catalogue.
 */
#ifndef WMS_LINES_H
#define WMS_LINES_H

#include "postgres.h"

#include "fmgr.h"
#include "support/plans.h"
#include "utils/date.h"
#include "utils/numeric.h"
#include "utils/uuid.h"

/* What a command's lines may carry besides an item and a quantity. */
#define WMS_LINE_BATCH_ID		0x01
#define WMS_LINE_BATCH_NUMBER	0x02	/* with manufacturing_date and expiry_date */
#define WMS_LINE_UNIT_COST		0x04
#define WMS_LINE_UNIT_PRICE		0x08
#define WMS_LINE_ORDER_ITEM		0x10
/* Items that are deleted are accepted: so that no stock is stranded. */
#define WMS_LINE_DELETED		0x20
/* The quantity is what was counted, and may be 0; with expected_quantity. */
#define WMS_LINE_COUNTED		0x40
/* Items are as a document of ours has them: without variant, though the product has some by now. */
#define WMS_LINE_AS_ORDERED		0x80

/* One thing of the catalogue that can be stocked and sold. */
typedef struct WmsItem
{
	pg_uuid_t	product_id;
	pg_uuid_t	variant_id;
	bool		has_variant;	/* is variant_id set */
	char	   *sku;
	char	   *name;
	char	   *variant_name;	/* NULL without a variant */
	bool		is_stocked;
	bool		batch_tracked;
	Numeric		cost_price;		/* NULL = unknown */
	int32		units;			/* of this component in one kit; 1 for an item of a line */
} WmsItem;

typedef struct WmsLine
{
	int			number;			/* from 1 */
	int32		quantity;
	int32		least_quantity; /* that the command takes */
	bool		has_quantity;
	bool		has_expected_quantity;
	int32		expected_quantity;
	/* as given; NULL = not given */
	pg_uuid_t  *product_id;
	pg_uuid_t  *variant_id;
	pg_uuid_t  *order_item_id;
	pg_uuid_t  *batch_id;
	char	   *sku;
	char	   *barcode;
	char	   *batch_number;
	Numeric		unit_price;
	Numeric		unit_cost;
	bool		has_manufacturing_date;
	bool		has_expiry_date;
	DateADT		manufacturing_date;
	DateADT		expiry_date;
	/* as resolved */
	pg_uuid_t  *order_id;		/* of order_item_id, where the command looks it up */
	WmsItem		item;
	int			component_count;	/* of a kit, else 0 */
	WmsItem    *components;
	/* why the catalogue does not let it through, where that is noted and not raised; else NULL */
	const char *refusal;
	int			refusal_code;
} WmsLine;

typedef struct WmsLines
{
	int			count;
	int			allowed;
	WmsLine    *lines;
	bool		noted;			/* what the catalogue refuses is noted in the line, not raised */
	bool		query;			/* reads as a query does: nothing is locked */
} WmsLines;

/* Reads and checks argument n; nothing is looked up yet. */
extern WmsLines *wms_lines_parse(FunctionCallInfo fcinfo, int n, int allowed);

/* Within an SPI connection: finds the items and locks their products FOR KEY SHARE, in order of id. */
extern void wms_lines_resolve(WmsLines *lines);

/* Runs a statement that only looks something up for the lines, as their command or query does. */
extern uint64 wms_lines_run(const WmsLines *lines, WmsPlan *plan, Datum *values);

/* Raises "line n: what", or notes it in the line, whichever the lines want; detail may be NULL. */
extern void wms_line_refuse(const WmsLines *lines, WmsLine *line, int code, const char *what, const char *detail,
							const char *hint);

/* Lines of which only those that are not refused are left; what they point to is shared. */
extern WmsLines *wms_lines_not_refused(const WmsLines *lines);

/* NULL for an item without variant */
extern const pg_uuid_t *wms_item_variant(const WmsItem *item);
extern int	wms_item_compare(const WmsItem *a, const WmsItem *b);

/* quantity * units of a component, 22003 when out of range */
extern int32 wms_line_units(const WmsLine *line, const WmsItem *item);

#endif							/* WMS_LINES_H */
