/*
 * row_policy.c
 *		Row level security for the profiles customer and agent.
 *
 * Held to his own is who has one of them, or the mark of both alone (profiles.c).
 *
 * Each table they may see in part gets two policies.  A permissive one, wms_every_row, leaves every row to
 * everybody, and costs nothing.  A restrictive one, of wms_wiring, is for the roles with these profiles alone and
 * leaves them what is their own; no OR with other people's rights keeps it from using an index.  Both call a
 * member function: without the extension there is no policy left, and without a policy no row.
 *
 * wms_every_row is not made where somebody else's permissive policies decide already who sees what.
 *
 * Locks: ACCESS EXCLUSIVE on the tables whose policies change.
 */
#include "postgres.h"

#include "ops/migration_log.h"
#include "ops/row_policy.h"
#include "ops/schema_version.h"
#include "ops/wiring.h"
#include "support/profiles.h"

/* $1 = 1 to switch row level security on everywhere; the roles of a policy are compared in order of their ids. */
#define OUT_OF_LINE \
	"WITH held AS (" \
	" SELECT x.grantee FROM pg_attribute a, aclexplode(a.attacl) x" \
	"  WHERE a.attrelid = to_regclass('wms." WMS_PROFILE_TABLE "') AND a.attname IN ('customer', 'agent')" \
	"   AND x.privilege_type = 'SELECT' AND x.grantee <> 0" \
	" UNION SELECT x.grantee FROM pg_extension e JOIN pg_type t ON t.typnamespace = e.extnamespace, aclexplode(t.typacl) x" \
	"  WHERE e.extname = 'wms' AND t.typname = '" WMS_OWN_ONLY_TYPE "' AND x.grantee NOT IN (0, t.typowner)" \
	"   AND x.grantee <> (SELECT n.nspowner FROM pg_namespace n WHERE n.nspname = '" WMS_SCHEMA "')" \
	"), restricted AS (" \
	" SELECT coalesce(array_agg(h.grantee ORDER BY h.grantee), '{}') AS roles," \
	"  string_agg(h.grantee::regrole::text, ', ') AS names" \
	"  FROM held h" \
	"), policy AS (" \
	" SELECT w.ord, w.rel, w.name, w.ddl, c.oid AS relation, c.relrowsecurity AS is_on, p.oid IS NOT NULL AS is_there," \
	"  ARRAY(SELECT r FROM unnest(p.polroles) r ORDER BY r) AS roles" \
	"  FROM %s w JOIN pg_class c ON c.oid = to_regclass(w.rel)" \
	"  LEFT JOIN pg_policy p ON p.polrelid = c.oid AND p.polname = w.name" \
	" WHERE w.kind = 'restriction' AND w.since <= %d AND (w.until IS NULL OR %d < w.until)" \
	"), change AS (" \
	" SELECT p.ord, 1 AS step, p.rel, format('CREATE POLICY wms_every_row ON %%s USING (wms_every_row())', p.rel) AS ddl" \
	"  FROM policy p, restricted t WHERE t.names IS NOT NULL" \
	"  AND NOT EXISTS (SELECT FROM pg_policy o WHERE o.polrelid = p.relation" \
	"   AND (o.polname = 'wms_every_row' OR p.is_on AND o.polpermissive))" \
	" UNION ALL SELECT p.ord, 2, p.rel, format(p.ddl, t.names)" \
	"  FROM policy p, restricted t WHERE t.names IS NOT NULL AND NOT p.is_there" \
	" UNION ALL SELECT p.ord, 3, p.rel, format('ALTER POLICY %%I ON %%s TO %%s', p.name, p.rel, t.names)" \
	"  FROM policy p, restricted t WHERE t.names IS NOT NULL AND p.is_there AND p.roles <> t.roles" \
	" UNION ALL SELECT p.ord, 4, p.rel, format('ALTER TABLE %%s ENABLE ROW LEVEL SECURITY', p.rel)" \
	"  FROM policy p, restricted t WHERE t.names IS NOT NULL AND NOT p.is_on AND ($1 = 1 OR NOT p.is_there)" \
	" UNION ALL SELECT p.ord, 5, p.rel, format('DROP POLICY %%I ON %%s', p.name, p.rel)" \
	"  FROM policy p, restricted t WHERE t.names IS NULL AND p.is_there" \
	") SELECT format('policies on %%s', rel), ddl FROM change ORDER BY ord, step"

void
wms_row_policies(bool switch_on)
{
	int32		version = wms_log_version();

	wms_wiring_run(psprintf(OUT_OF_LINE, wms_qualified_name("wms_wiring"), version, version), switch_on ? 1 : 0);
}
