#include "points.h"

#include <srflx/error.h>

/* Without libunistring. */
int srflxi_opaque(struct srflxi_points *text)
{
    (void)text;
    return SRFLX_ERROR_ASCII_ONLY;
}
