/* Membership in a known set, by type. */
#ifndef SRFLXI_KNOWN_H
#define SRFLXI_KNOWN_H

#include <srflx/message.h>

/* True if `type` has a meaning in the form of `m` and is in the set. */
bool srflxi_is_known(const struct srflx_message *m, const struct srflx_known *known, uint16_t type);

#endif
