CREATE FUNCTION wms_uuid_v7() RETURNS uuid
LANGUAGE c VOLATILE PARALLEL SAFE
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_uuid_v7() IS
'A new uuid of version 7, later than those this session made before; it tells the time it was made';
