/* The bare floor of a socket server: one blocking socket, batches in and out, nothing else.
 * usage: echo_mmsg IPV4-ADDRESS PORT [shared] */
#define _GNU_SOURCE
#include "echo.h"

static struct echo_slot slots[ECHO_BATCH];
static struct mmsghdr requests[ECHO_BATCH], answers[ECHO_BATCH];

int main(int argc, char **argv)
{
    int fd = echo_socket(argc, argv, 0);

    for (int i = 0; i < ECHO_BATCH; i++)
        echo_prepare(&slots[i], &requests[i].msg_hdr, &answers[i].msg_hdr);
    for (;;) {
        struct mmsghdr out[ECHO_BATCH];
        int got = recvmmsg(fd, requests, ECHO_BATCH, MSG_WAITFORONE, NULL);
        unsigned count = 0;

        for (int i = 0; i < got; i++) {
            if (echo_answer(&slots[i], requests[i].msg_len)) out[count++] = answers[i];
        }
        echo_send(fd, out, count);
    }
}
