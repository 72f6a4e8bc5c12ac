/* What every driver hands its packets to: one function, which decides and writes the answer. */
#ifndef SRFLX_DRIVE_HANDLER_H
#define SRFLX_DRIVE_HANDLER_H

#include <srflx/server.h>

/* Decides about one packet. `packet` (with `from` and `to` known, `to` unicast) and `reply->buf`
 * are the driver's, for the length of the call. `reply->len` is 0 on entry; above 0 on return the
 * answer goes to `packet->from`, and leaves from `packet->to`: over a stream, on its connection. */
struct srflx_handler {
    void (*handle)(void *user, const struct srflx_packet *packet, struct srflx_reply *reply);
    void *user;
};

#endif
