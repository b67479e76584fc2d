/*
 * early_release.c
 *		Row locks are released before the commit is flushed: wms.early_lock_release.
 *
 * The commit of a transaction with a command is made asynchronously.  Then PostgreSQL gives up the locks, and
 * whoever waits for them goes on.  Last of all, and before the client is answered, the commit is flushed and
 * waited for at the synchronous standbys, as synchronous_commit says.  Whoever commits after has a later place
 * in the log, so his flush includes ours.
 *
 * Not for PREPARE TRANSACTION, which keeps its locks anyway, nor where synchronous_commit is off.
 */
#include "postgres.h"

#include "support/early_release.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "miscadmin.h"
#include "replication/syncrep.h"
#include "support/settings.h"
#include "utils/guc.h"
#include "utils/resowner.h"

/* A command ran in this transaction while the setting was on. */
static bool is_wanted = false;

/* Of the commit under way: its answer waits for the flush; nest level of synchronous_commit, 0 where that stays. */
static bool answer_waits = false;
static int	settings = 0;

/* If the transaction fails after all, its abort takes this back like every setting. */
static void
commit_asynchronously(void)
{
	settings = NewGUCNestLevel();
	(void) set_config_option("synchronous_commit", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

/*
 * A command that found nothing left to do, since another has just done it, may answer from rows that are not
 * flushed yet.  So its transaction gets a commit record too, to be flushed after theirs.
 *
 * With remote_apply PostgreSQL waits before the locks are released: only a commit record written with it makes
 * the standby tell at once that it has applied it.
 */
static void
before_commit(void)
{
	if (synchronous_commit == SYNCHRONOUS_COMMIT_OFF || RecoveryInProgress())
		return;
	(void) GetTopTransactionId();
	settings = 0;
	if (synchronous_commit < SYNCHRONOUS_COMMIT_REMOTE_APPLY)
		commit_asynchronously();
	else if (XactLastRecEnd != InvalidXLogRecPtr)
		return;
	answer_waits = true;
}

static void
at_transaction_event(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
			if (is_wanted)
				before_commit();
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_PREPARE:
			is_wanted = false;
			break;
		case XACT_EVENT_ABORT:
			is_wanted = answer_waits = false;
			break;
		default:
			break;
	}
}

/*
 * The locks are gone, and there is no way back: an error of the flush stops the server, as it does where
 * PostgreSQL flushes itself.  The wait for standbys raises none; who cancels it gets its warning.
 */
static void
at_resource_release(ResourceReleasePhase phase, bool is_commit, bool is_top_level, void *arg)
{
	if (!answer_waits || phase != RESOURCE_RELEASE_AFTER_LOCKS || !is_commit || !is_top_level)
		return;
	answer_waits = false;
	if (settings != 0)
		AtEOXact_GUC(false, settings);
	START_CRIT_SECTION();
	XLogFlush(XactLastCommitEnd);
	END_CRIT_SECTION();
	SyncRepWaitForLSN(XactLastCommitEnd, true);
}

void
wms_early_release_begin_command(void)
{
	static bool registered = false;

	if (!wms_early_lock_release)
		return;
	if (!registered)
	{
		RegisterXactCallback(at_transaction_event, NULL);
		RegisterResourceReleaseCallback(at_resource_release, NULL);
		registered = true;
	}
	is_wanted = true;
}
