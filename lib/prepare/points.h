/* Text as Unicode code points, and the step of preparing it that knows Unicode. Each of the two has
 * a file with its library, and one for builds without. */
#ifndef SRFLXI_POINTS_H
#define SRFLXI_POINTS_H

#include <srflx/prepare.h>

/* UTF-8 takes a byte or more for each, so any text of the longest fits; libidn wants one to spare. */
enum { SRFLXI_POINTS = SRFLX_PREPARE_LONGEST + 1 };

struct srflxi_points {
    uint32_t at[SRFLXI_POINTS];
    size_t count;
};

/* Enforces OpaqueString on text with any assignable code points, one or more. Returns 0 or an error,
 * and then `text` holds anything. */
int srflxi_opaque(struct srflxi_points *text);

/* As above, SASLprep; nothing may be left of the text. */
int srflxi_saslprep(struct srflxi_points *text, enum srflx_prepare_use use);

#endif
