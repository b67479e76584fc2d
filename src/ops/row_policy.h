/*
 * row_policy.h
 *		Row level security for the profiles customer and agent.
 */
#ifndef WMS_ROW_POLICY_H
#define WMS_ROW_POLICY_H

#include "postgres.h"

/*
 * Brings the policies in line with the roles that have these profiles; needs SPI.  Switches row level security
 * on where a policy is new, and everywhere when asked to.
 */
extern void wms_row_policies(bool switch_on);

#endif							/* WMS_ROW_POLICY_H */
