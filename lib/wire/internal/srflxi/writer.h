/* What a layer above needs to write an attribute of its own making. */
#ifndef SRFLXI_WRITER_H
#define SRFLXI_WRITER_H

#include <srflx/writer.h>

/* Remembers the first error. */
void srflxi_writer_fail(struct srflx_writer *w, int error);

/* Header of an attribute, room for its value, zeros behind it. NULL once something has failed. */
uint8_t *srflxi_writer_room(struct srflx_writer *w, uint16_t attr, size_t len);

/* An integrity attribute is complete: from now on only what counts behind it may follow. */
void srflxi_writer_signed(struct srflx_writer *w, uint16_t attr);

#endif
