/* The value of an indexed attribute as it stands, whether it makes sense or not. */
#ifndef SRFLXI_RAW_H
#define SRFLXI_RAW_H

#include <srflxi/bytes.h>
#include <srflxi/slots.h>

/* Where the header of an INDEXED attribute stands, 0 if it is not there or means nothing in this form. */
static inline size_t srflxi_raw_offset(const struct srflx_message *m, uint16_t attr)
{
    unsigned slot = srflxi_slot_of(attr);

    return m->seen >> slot & 1 ? (size_t)m->at[slot] * 4 : 0;
}

/* False if it is not there. parse() has seen to it that the value lies within the message. */
static inline bool srflxi_raw(const struct srflx_message *m, uint16_t attr,
                              struct srflx_view *ret_value)
{
    size_t offset = srflxi_raw_offset(m, attr);

    if (!offset) return false;
    ret_value->ptr = m->bytes.ptr + offset + 4;
    ret_value->len = srflxi_get16(m->bytes.ptr + offset + 2);
    return true;
}

#endif
