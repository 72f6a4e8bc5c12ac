/* The smallest program that asks the kernel for what srflxd asks for: the same socket options, the
 * address asked learnt and used again (PKTINFO both ways), poll(2) before a batch unless the one
 * before was full, batches of the same size. What srflxd costs beyond this is its own work. usage:
 * echo_same IPV4-ADDRESS PORT [shared] */
#define _GNU_SOURCE
#include "echo.h"

#include <poll.h>
#include <sys/eventfd.h>

/* One control message with struct in_pktinfo: it comes in with a request and leaves with the
 * answer. */
union control {
    struct cmsghdr header;
    uint8_t bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
};

static struct echo_slot slots[ECHO_BATCH];
static union control controls[ECHO_BATCH];
static struct mmsghdr requests[ECHO_BATCH], answers[ECHO_BATCH];

static void prepare(int i)
{
    struct msghdr *request = &requests[i].msg_hdr, *answer = &answers[i].msg_hdr;

    echo_prepare(&slots[i], request, answer);
    request->msg_control = answer->msg_control = &controls[i];
    request->msg_controllen = answer->msg_controllen = sizeof controls[i];
}

/* The address asked becomes the source, through whatever interface the route says. */
static void answer_from_asked(union control *control)
{
    struct in_pktinfo *info = (struct in_pktinfo *)CMSG_DATA(&control->header);

    info->ipi_ifindex = 0;
    info->ipi_spec_dst = info->ipi_addr;
}

/* Returns true if more may be waiting. */
static int run(int fd)
{
    struct mmsghdr out[ECHO_BATCH];
    int got = recvmmsg(fd, requests, ECHO_BATCH, 0, NULL);
    unsigned count = 0;

    for (int i = 0; i < got; i++) {
        requests[i].msg_hdr.msg_controllen = sizeof controls[i];
        if (!echo_answer(&slots[i], requests[i].msg_len)) continue;
        answer_from_asked(&controls[i]);
        out[count++] = answers[i];
    }
    echo_send(fd, out, count);
    return got == ECHO_BATCH;
}

int main(int argc, char **argv)
{
    int fd = echo_socket(argc, argv, SOCK_CLOEXEC | SOCK_NONBLOCK);
    /* The second is what srflxd is woken by to stop. */
    struct pollfd waits[2] = {{.fd = fd, .events = POLLIN},
                              {.fd = eventfd(0, EFD_CLOEXEC), .events = POLLIN}};

    echo_set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
    echo_set(fd, IPPROTO_IP, IP_PKTINFO, 1);
    for (int i = 0; i < ECHO_BATCH; i++)
        prepare(i);
    for (;;) {
        if (poll(waits, 2, -1) <= 0) continue;
        while (run(fd))
            continue;
    }
}
