/* Our own small file formats: lines, fields, hex. */
#ifndef SRFLXI_TEXT_LINES_H
#define SRFLXI_TEXT_LINES_H

#include <srflx/types.h>

struct srflxi_text_lines {
    struct srflx_view rest;
    unsigned number; /* of the line last taken, from 1 */
};

/* The next line that counts, without its end; those that are empty or begin with # do not. False at the end. */
bool srflxi_text_lines_next(struct srflxi_text_lines *lines, struct srflx_view *ret_line);

/* Takes the field up to `separator` off the line; the last one takes all. False if nothing is left. */
bool srflxi_text_field_next(struct srflx_view *line, char separator, struct srflx_view *ret_field);

/* Exactly 2 * len hex digits, of either case. */
bool srflxi_text_read_hex(struct srflx_view text, uint8_t *ret_bytes, size_t len);
/* 2 * bytes.len digits in lower case, and a NUL. */
void srflxi_text_write_hex(struct srflx_view bytes, char *ret_text);

/* Decimal digits alone, up to `most`. */
bool srflxi_text_read_number(struct srflx_view text, uint64_t most, uint64_t *ret_number);

bool srflxi_text_equal(struct srflx_view text, const char *word);

#endif
