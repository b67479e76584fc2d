CREATE FUNCTION wms_seed_demo(
  products integer DEFAULT 100,
  orders   integer DEFAULT 200,
  seed     integer DEFAULT 1
) RETURNS jsonb
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_seed_demo(integer, integer, integer) IS
'Fills an empty database with a small company to look around in: people, catalogue, stock, and orders in every status; the same seed gives the same data; returns the number of rows made, by kind';

REVOKE ALL ON FUNCTION wms_seed_demo(integer, integer, integer) FROM PUBLIC;
