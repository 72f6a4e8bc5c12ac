/* What the server has done, for people. */
#ifndef SRFLXD_SUMMARY_H
#define SRFLXD_SUMMARY_H

#include "log.h"
#include "totals.h"

/* One line of sums, then one for each verdict and each kind of loss that occurred; for debugging
 * also each worker's share. */
void summary_write(const struct log *log, const struct totals *totals);

#endif
