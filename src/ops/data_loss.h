/*
 * data_loss.h
 *		What a step would destroy on its way down.
 */
#ifndef WMS_DATA_LOSS_H
#define WMS_DATA_LOSS_H

#include "ops/migration_steps.h"

/* Raises WM090 when going below the step would destroy rows or values other than seeded ones; needs SPI. */
extern void wms_refuse_data_loss(const WmsStep *step);

#endif							/* WMS_DATA_LOSS_H */
