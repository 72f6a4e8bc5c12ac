/* Between stream_connection.c and stream_connection_tls.c, which is what a connection does with TLS. */
#ifndef SRFLX_DRIVE_STREAM_CONNECTION_TLS_H
#define SRFLX_DRIVE_STREAM_CONNECTION_TLS_H

#include "stream_connection.h"

enum srflx_connection_step {
    SRFLX_STEP_ON,      /* something was done, and there may be more to do */
    SRFLX_STEP_USED_UP, /* all that was received has been looked at */
    SRFLX_STEP_FULL,    /* there is something to send before anything else */
    SRFLX_STEP_ADMIT
};

/* Where answers are gathered. */
struct srflx_connection_answers {
    uint8_t *bytes;
    size_t cap, len;
};

/* Handles messages off the front of `input` as long as there is room for another answer. Returns 1
 * if the room ended it, 0 if `input` is used up, or an error: no message begins there. */
int srflx_connection_answer(struct srflx_connection *c, struct srflx_connection_world *world,
                            struct srflx_view *input, struct srflx_connection_answers *answers);

void srflx_connection_end(struct srflx_connection *c, enum srflx_stream_end end);

void srflx_connection_tls_begin(struct srflx_connection *c, struct srflx_connection_world *world);
enum srflx_connection_step srflx_connection_tls_step(struct srflx_connection *c,
                                                     struct srflx_connection_world *world);
void srflx_connection_tls_goodbye(struct srflx_connection *c);
void srflx_connection_tls_free(struct srflx_connection *c);

#endif
