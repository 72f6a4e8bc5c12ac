#include "points.h"

#include <srflx/error.h>

/* Without libidn. */
int srflxi_saslprep(struct srflxi_points *text, enum srflx_prepare_use use)
{
    (void)text;
    (void)use;
    return SRFLX_ERROR_ASCII_ONLY;
}
