/* The value of one attribute, read by its shape in the library's attribute table. */
#ifndef VALUE_H
#define VALUE_H

#include <jansson.h>
#include <stdio.h>

#include <srflx/message.h>

struct value {
    struct srflx_view bytes;
    const struct srflx_attr_row *row; /* NULL if nobody knows the attribute in this generation */
    uint8_t shape;                    /* BYTES if row is NULL */
    bool usable;
    uint64_t number;               /* U32, U64, PORT */
    struct srflx_addr addr;        /* ADDR, XOR_ADDR */
    struct srflx_error_code error; /* ERROR */
};

/* Also reads what the library's look-ups do not return: repeated and hidden attributes. */
void value_read(const struct srflx_message *m, const struct srflx_attr *attr,
                struct value *ret_value);

/* On one line, without a line break. */
void value_print(FILE *to, const struct value *value);

/* null if it is unusable or empty. */
json_t *value_json(const struct value *value);

#endif
