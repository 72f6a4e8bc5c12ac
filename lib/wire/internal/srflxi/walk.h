/* Which attributes count, met in wire order: the rule that parse and iterator share.
 * spec: R8489-9-01 R8489-9-02 R5389-15.4-04 R3489-11.2-04 */
#ifndef SRFLXI_WALK_H
#define SRFLXI_WALK_H

#include <srflx/message.h>

/* What hides the attributes that follow. */
enum srflxi_hidden {
    SRFLXI_NOTHING_HIDDEN,
    SRFLXI_BEHIND_SHA1,   /* only MESSAGE-INTEGRITY-SHA256 and FINGERPRINT still count */
    SRFLXI_BEHIND_SHA256, /* only FINGERPRINT still counts */
    SRFLXI_ALL_HIDDEN     /* nothing counts: RFC 3489 has no FINGERPRINT */
};

static inline bool srflxi_counts(unsigned hidden, uint16_t type)
{
    if (hidden == SRFLXI_NOTHING_HIDDEN) return true;
    if (type == SRFLX_ATTR_FINGERPRINT) return hidden != SRFLXI_ALL_HIDDEN;
    return hidden == SRFLXI_BEHIND_SHA1 && type == SRFLX_ATTR_MESSAGE_INTEGRITY_SHA256;
}

/* The state behind an attribute. RFC 3489 has one kind of integrity, and it is the last attribute.
 */
static inline uint8_t srflxi_hide(uint8_t hidden, uint16_t type, bool classic)
{
    if (type == SRFLX_ATTR_MESSAGE_INTEGRITY && hidden == SRFLXI_NOTHING_HIDDEN)
        return classic ? SRFLXI_ALL_HIDDEN : SRFLXI_BEHIND_SHA1;
    if (type == SRFLX_ATTR_MESSAGE_INTEGRITY_SHA256 && !classic) return SRFLXI_BEHIND_SHA256;
    return hidden;
}

#endif
