/* A message taken apart, however broken it is, and the verdict on it. */
#ifndef DISSECT_H
#define DISSECT_H

#include <jansson.h>
#include <stdio.h>

#include <srflx/message.h>

struct dissection {
    struct srflx_view bytes;      /* as given */
    bool readable;                /* there is a header of STUN; else `message` is not set */
    struct srflx_message message; /* what could be read: all of it if error_name is NULL */
    const char *error_name;       /* NULL, or a code's name, or "FINGERPRINT" */
    size_t error_offset;          /* in `bytes` */
    char error_text[160];
    uint8_t repaired[SRFLX_MESSAGE_MAX]; /* the bytes behind `message` if they end too early */
};

/* Borrows `bytes`. */
void dissect(struct srflx_view bytes, struct dissection *ret_dissection);

/* "Binding success response". */
void print_message_title(FILE *to, const struct srflx_message *m);

/* Both print what dissect() has found. */
void dissection_print(FILE *to, const struct dissection *d);
json_t *dissection_json(const struct dissection *d);

/* One line for each attribute, `indent` before it. */
void print_attributes(FILE *to, const struct srflx_message *m, const char *indent);

#endif
