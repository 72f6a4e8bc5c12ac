/* Room that ends right before a page that may not be touched: reading or writing one byte too far
 * ends the program. */
#ifndef EXACT_H
#define EXACT_H

#include <srflx/types.h>

struct exact {
    uint8_t *end; /* the first byte that may not be touched */
    size_t room;
};

/* At least `room` bytes. Ends the program, with a word, if the system has none. */
void exact_init(struct exact *exact, size_t room);

/* The last `len` bytes of the room. */
uint8_t *exact_place(const struct exact *exact, size_t len);

/* The same bytes, at the end of the room. */
struct srflx_view exact_copy(const struct exact *exact, struct srflx_view bytes);

#endif
