-- Every install and update script ends with this.  What it makes belongs to the user, not to the extension.
SELECT @extschema@.wms_migrate();
