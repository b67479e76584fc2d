/*
 * import.h
 *		wms_import_products(): what its parts know of a line.
 *
 * A line is read (import_line.c), written together with others (import_write.c and the files beside it), and says
 * what became of it (import.c).
 */
#ifndef WMS_IMPORT_H
#define WMS_IMPORT_H

#include "postgres.h"

#include "lib/stringinfo.h"
#include "support/columns.h"
#include "support/plans.h"
#include "utils/jsonb.h"
#include "utils/uuid.h"

/* Columns that a line may give, in the order of their arrays in the statements. */
typedef enum WmsImportColumn
{
	WMS_IMPORT_NAME,
	WMS_IMPORT_SLUG,
	WMS_IMPORT_DESCRIPTION,
	WMS_IMPORT_SHORT_DESCRIPTION,
	WMS_IMPORT_BASE_PRICE,
	WMS_IMPORT_COMPARE_PRICE,
	WMS_IMPORT_COST_PRICE,
	WMS_IMPORT_UNIT,
	WMS_IMPORT_IS_ACTIVE,
	WMS_IMPORT_IS_FEATURED,
	WMS_IMPORT_IS_STOCKED,
	WMS_IMPORT_WEIGHT,
	WMS_IMPORT_META_TITLE,
	WMS_IMPORT_META_DESCRIPTION,
	WMS_IMPORT_METADATA,
	WMS_IMPORT_BRAND,			/* by its name */
	WMS_IMPORT_COLUMNS
} WmsImportColumn;

typedef enum WmsImportVariantColumn
{
	WMS_IMPORT_VARIANT_NAME,
	WMS_IMPORT_VARIANT_PRICE,
	WMS_IMPORT_VARIANT_COMPARE_PRICE,
	WMS_IMPORT_VARIANT_COST_PRICE,
	WMS_IMPORT_VARIANT_WEIGHT,
	WMS_IMPORT_VARIANT_IS_ACTIVE,
	WMS_IMPORT_VARIANT_COLUMNS
} WmsImportVariantColumn;

/* Values of columns, by number; what is not given is NULL. */
typedef struct WmsImportRow
{
	int32		given;			/* a bit for each column */
	Datum		values[WMS_IMPORT_COLUMNS];
	bool		nulls[WMS_IMPORT_COLUMNS];
} WmsImportRow;

typedef struct WmsImportOption
{
	char	   *name;
	char	   *value;
} WmsImportOption;

typedef struct WmsImportBarcode
{
	const char *type;
	char	   *barcode;
} WmsImportBarcode;

typedef struct WmsImportVariant
{
	char	   *sku;
	WmsImportRow row;
	bool		gives_options;
	int			option_count;
	WmsImportOption *options;	/* by name */
	int			barcode_count;
	WmsImportBarcode *barcodes;
	pg_uuid_t	id;				/* as written */
} WmsImportVariant;

typedef struct WmsImportLine
{
	int			number;			/* from 1 */
	JsonbValue	element;
	char	   *sku;			/* NULL where none could be read */
	/* what is wrong with it; NULL = nothing so far */
	int			fault_code;
	char	   *fault;
	char	   *fault_detail;
	char	   *fault_hint;
	/* as read */
	WmsImportRow row;
	bool		gives_categories;
	int			category_count;
	char	  **categories;		/* paths */
	int			barcode_count;
	WmsImportBarcode *barcodes;
	int			variant_count;
	WmsImportVariant *variants;
	/* as written */
	bool		updates;
	pg_uuid_t	product_id;
} WmsImportLine;

/* Between the names of a path of categories. */
#define WMS_IMPORT_PATH " / "

/* Notes what is wrong with the line, unless something was noted before; returns false. */
extern bool wms_import_fault(WmsImportLine *line, int code, char *message, char *detail, char *hint);

/* Reads what the element of the line says; false where something is wrong with it. */
extern bool wms_import_read(WmsImportLine *line);

/* The values of a column of lines or variants, as they are added. */
extern void wms_import_add(WmsColumn **columns, const WmsImportRow *row, int count);

/*
 * Writes products with their brands and categories.  Lines that the catalogue does not let through get their
 * fault and are left out.
 */
extern void wms_import_write(WmsImportLine **lines, int count);

/* Where the categories of a product are given, it is in these and in no others. */
extern void wms_import_set_categories(WmsImportLine **lines, int count);

/* Where the options of a variant are given, it has these and no others. */
extern void wms_import_set_options(WmsImportVariant **variants, int count);

/* What an owner is to be linked to, one by one; then the owner, and begins anew for the next. */
extern void wms_import_keep(StringInfo ids, const pg_uuid_t *id);
extern void wms_import_keep_only(WmsColumn **given, const pg_uuid_t *owner, StringInfo ids);

/*
 * Leaves what owners are linked to besides, then enters their links; given are the owners and all that each is to be
 * linked to, as the text of an array, entered the links with what stands in them.
 */
extern void wms_import_replace(WmsPlan *leave, WmsColumn **given, WmsPlan *enter, WmsColumn **entered,
							   int entered_count);

/* Writes variants, options and barcodes of lines whose products are written. */
extern void wms_import_find_variant_faults(WmsImportLine **lines, int count);
extern void wms_import_write_variants(WmsImportLine **lines, int count);

#endif							/* WMS_IMPORT_H */
