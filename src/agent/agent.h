/*
 * agent.h
 *		What everybody says of an agent that is not there.
 */
#ifndef WMS_AGENT_H
#define WMS_AGENT_H

#include "postgres.h"

#include "support/compat.h"
#include "utils/uuid.h"

/* Raises WM004. */
pg_noreturn extern void wms_refuse_unknown_agent(const pg_uuid_t *agent_id);

#endif							/* WMS_AGENT_H */
