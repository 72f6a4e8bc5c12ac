/* A question in a loop of one's own around poll(2).
 *
 *     cc loop_poll.c loop.c $(pkg-config --cflags --libs srflx-io) -o loop_poll
 *     ./loop_poll stun:stun.example.net
 */
#include "loop.h"

int main(int argc, char **argv)
{
    struct srflx_ask *ask = loop_begin(argc, argv);
    struct pollfd fds[SRFLX_ASK_FDS];

    if (!ask) return 2;
    while (!srflx_ask_result(ask)) {
        const size_t count = srflx_ask_fds(ask, fds);
        if (poll(fds, (nfds_t)count, loop_wait_ms(ask)) < 0) continue;
        srflx_ask_step(ask, fds, count);
    }
    return loop_end(ask);
}
