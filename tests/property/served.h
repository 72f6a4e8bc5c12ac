/* A server with SOFTWARE in its answers, and what it says to a packet. */
#ifndef SERVED_H
#define SERVED_H

#include <srflx/server.h>

enum { SERVED_ANSWER = 1280 };

/* The answer to `request` of a server with that guard, or none, which came over `transport` from an address of `family`; it lies in
 * `buf` of SERVED_ANSWER bytes, and is empty for silence. */
struct srflx_view served_answer(struct srflx_view request, enum srflx_transport transport,
                                uint8_t family, const struct srflx_guard *guard, uint8_t *buf);

#endif
