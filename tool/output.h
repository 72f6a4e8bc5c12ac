/* What all commands print in the same way: emphasis, foreign text, JSON. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <jansson.h>
#include <stdio.h>

#include <srflx/types.h>

enum emphasis { STRONG, FAINT, ALARM };

/* Prints with emphasis if `to` is a terminal and neither NO_COLOR nor TERM=dumb forbids it. */
void print_emphasised(FILE *to, enum emphasis emphasis, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Text from the network, safe for a terminal: quotes, backslashes, control characters and what is
 * no UTF-8 come as escapes. The caller frees it. */
char *escape_text(struct srflx_view text);

/* True if it is well-formed UTF-8. */
bool is_utf8(struct srflx_view text);

/* {"address": "192.0.2.1", "port": 3478, "family": "IPv4"} */
json_t *json_addr(const struct srflx_addr *addr);
/* Lower-case hexadecimal digits. */
json_t *json_hex(struct srflx_view bytes);
/* A string, escaped as above only if it is no UTF-8. */
json_t *json_text(struct srflx_view text);

const char *family_name(const struct srflx_addr *addr);

/* One line on stdout. Frees `value`. */
void print_json(json_t *value);

#endif
