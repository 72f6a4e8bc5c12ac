#define _POSIX_C_SOURCE 200809L
#include "datagram.h"

#include <errno.h>

struct batch {
    struct srflx_slot slot;
    struct iovec request;
    struct msghdr message;
    uint8_t reply[SRFLX_UDP_REPLY];
};

static void prepare(void *memory)
{
    struct batch *batch = memory;

    srflx_slot_prepare(&batch->slot, &batch->request, &batch->message);
}

/* The answer goes where the request came from, so it borrows the request's name and control.
 * spec: R8489-6.3.1.2-01 R8489-6.3.1.2-02 R3489-8.1-11 R3489-8.1-22 */
static void send_answer(const struct msghdr *request, const struct srflx_reply *reply,
                        struct srflx_udp_socket *socket)
{
    struct iovec bytes = {reply->buf, reply->len};
    struct msghdr answer = *request;

    answer.msg_iov = &bytes;
    answer.msg_flags = 0;
    if (sendmsg(socket->fd, &answer, 0) < 0)
        srflx_datagram_count_lost(&socket->counters, errno);
    else
        socket->counters.answered++;
}

/* Returns false if nothing was waiting. */
static bool take(struct batch *batch, struct srflx_udp_socket *socket,
                 const struct srflx_handler *handler)
{
    struct srflx_reply reply = {batch->reply, sizeof batch->reply, 0};
    struct srflx_packet packet;
    ssize_t len;

    srflx_slot_reuse(&batch->message);
    len = recvmsg(socket->fd, &batch->message, 0);
    if (len < 0) {
        if (errno != EAGAIN) socket->counters.receive_errors++;
        return false;
    }
    socket->counters.received++;
    if (!srflx_datagram_read(&batch->message, (size_t)len, socket, &packet)) return true;
    handler->handle(handler->user, &packet, &reply);
    if (reply.len) send_answer(&batch->message, &reply, socket);
    return true;
}

static unsigned run(void *memory, struct srflx_udp_socket *socket,
                    const struct srflx_handler *handler)
{
    unsigned count = 0;

    while (count < SRFLX_UDP_BATCH && take(memory, socket, handler))
        count++;
    return count;
}

const struct srflx_udp_driver srflx_udp_msg = {"msg", sizeof(struct batch), prepare, run};
