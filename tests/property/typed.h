/* Values and the typed writers: what srflx_value_read() has read is written by the writer of its
 * shape. */
#ifndef TYPED_H
#define TYPED_H

#include <srflx/writer.h>

/* Writes `value` as an attribute of `type`. Shapes without a writer of their own are copied as
 * bytes; FINGERPRINT is computed anew. */
void typed_put(struct srflx_writer *w, uint16_t type, const struct srflx_value *value);

/* Do both say the same? Of a number, an address or an error code the bytes may differ. */
bool typed_equal(const struct srflx_value *a, const struct srflx_value *b);

bool view_equal(struct srflx_view a, struct srflx_view b);

#endif
