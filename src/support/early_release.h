/*
 * early_release.h
 *		Row locks are released before the commit is flushed: wms.early_lock_release.
 */
#ifndef WMS_EARLY_RELEASE_H
#define WMS_EARLY_RELEASE_H

/* A command begins: with the setting on, the commit of its transaction gives up its locks early. */
extern void wms_early_release_begin_command(void);

#endif							/* WMS_EARLY_RELEASE_H */
