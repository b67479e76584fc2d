CREATE FUNCTION wms_slugify(title text) RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_slugify(text) IS
'A name as part of an address: lower case, accents folded, everything but letters and digits as one hyphen; ''item'' where nothing is left';

CREATE FUNCTION wms_generate_slug() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_generate_slug() IS
'Trigger BEFORE INSERT FOR EACH ROW: makes a slug that is NULL or empty from name, unique by -2, -3';
