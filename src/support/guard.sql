-- Guards that tables get by wiring alone.  Open to PUBLIC like every trigger function: whoever restores a
-- dump creates the triggers, and firing one is not checked.

CREATE FUNCTION wms_guard_rows() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_guard_rows() IS
'Trigger (hint): refuses, with WM092, the changes it is attached to unless a command of wms makes them';

CREATE FUNCTION wms_guard_columns() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_guard_columns() IS
'Trigger (hint, column, ...): refuses, with WM092, a direct UPDATE of these columns, an INSERT that sets and a DELETE that loses one';

CREATE FUNCTION wms_append_only() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_append_only() IS
'Trigger (hint): refuses, with WM092, to change or take away what is written, the commands of wms included';
