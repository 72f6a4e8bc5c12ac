/* Reading a value of a known row: what message.h's getters and value.h share. */
#ifndef SRFLXI_VALUE_H
#define SRFLXI_VALUE_H

#include <srflx/value.h>

/* The form of a message, and the mask of its XORed addresses: bytes 4 to 19 of the header. */
struct srflxi_form {
    const uint8_t *mask;
    bool classic;
};

/* The row of a type in a message of this form, NULL if it has no meaning there. */
const struct srflx_attr_row *srflxi_row_in(const struct srflxi_form *form, uint16_t type);

/* Is the length within the row's limits, and the content sound? Returns 0 or SRFLX_ERROR_VALUE. */
int srflxi_value_check(const struct srflxi_form *form, const struct srflx_attr_row *row,
                       struct srflx_view value);

/* Both take a checked value of their shape. */
struct srflx_addr srflxi_value_addr(const struct srflxi_form *form, uint8_t shape,
                                    struct srflx_view value);
struct srflx_error_code srflxi_value_error(struct srflx_view value);

#endif
