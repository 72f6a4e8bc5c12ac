#define _GNU_SOURCE /* recvmmsg, sendmmsg */
#include "datagram.h"

#include <errno.h>

/* Everything is linked together once; a run writes lengths, and an answer's name and control, which
 * are those of its request. Answer k always lies in replies[k]. */
struct batch {
    struct mmsghdr requests[SRFLX_UDP_BATCH];
    struct mmsghdr answers[SRFLX_UDP_BATCH];
    struct iovec request_bytes[SRFLX_UDP_BATCH];
    struct iovec answer_bytes[SRFLX_UDP_BATCH];
    struct srflx_slot slots[SRFLX_UDP_BATCH];
    uint8_t replies[SRFLX_UDP_BATCH][SRFLX_UDP_REPLY];
};

static void prepare(void *memory)
{
    struct batch *batch = memory;

    for (unsigned i = 0; i < SRFLX_UDP_BATCH; i++) {
        srflx_slot_prepare(&batch->slots[i], &batch->request_bytes[i], &batch->requests[i].msg_hdr);
        batch->answer_bytes[i].iov_base = batch->replies[i];
        batch->answers[i].msg_hdr.msg_iov = &batch->answer_bytes[i];
        batch->answers[i].msg_hdr.msg_iovlen = 1;
    }
}

/* Returns true if the answer in the buffer of `answer` is to be sent, to where the request came
 * from. spec: R8489-6.3.1.2-01 R8489-6.3.1.2-02 R3489-8.1-11 R3489-8.1-22 */
static bool take(struct mmsghdr *request, struct msghdr *answer, struct srflx_udp_socket *socket,
                 const struct srflx_handler *handler)
{
    struct msghdr *message = &request->msg_hdr;
    struct srflx_reply reply = {answer->msg_iov->iov_base, SRFLX_UDP_REPLY, 0};
    struct srflx_packet packet;

    if (!srflx_datagram_read(message, request->msg_len, socket, &packet)) return false;
    handler->handle(handler->user, &packet, &reply);
    if (!reply.len) return false;
    answer->msg_name = message->msg_name;
    answer->msg_namelen = message->msg_namelen;
    answer->msg_control = message->msg_control;
    answer->msg_controllen = message->msg_controllen;
    answer->msg_iov->iov_len = reply.len;
    return true;
}

/* sendmmsg stops before the first answer that fails, and says why only if that one is the first of
 * the call. So the call is repeated from there, and the second time it is skipped. */
static void send_answers(struct mmsghdr *answers, unsigned count, struct srflx_udp_socket *socket)
{
    unsigned done = 0;

    while (done < count) {
        const int sent = sendmmsg(socket->fd, answers + done, count - done, 0);
        if (sent > 0) {
            socket->counters.answered += (unsigned)sent;
            done += (unsigned)sent;
        } else {
            srflx_datagram_count_lost(&socket->counters, errno);
            done++;
        }
    }
}

static unsigned run(void *memory, struct srflx_udp_socket *socket,
                    const struct srflx_handler *handler)
{
    struct batch *batch = memory;
    const int received = recvmmsg(socket->fd, batch->requests, SRFLX_UDP_BATCH, 0, NULL);
    unsigned answers = 0;

    if (received < 0) {
        if (errno != EAGAIN) socket->counters.receive_errors++;
        return 0;
    }
    for (unsigned i = 0; i < (unsigned)received; i++)
        answers += take(&batch->requests[i], &batch->answers[answers].msg_hdr, socket, handler);
    send_answers(batch->answers, answers, socket);
    for (unsigned i = 0; i < (unsigned)received; i++)
        srflx_slot_reuse(&batch->requests[i].msg_hdr);
    socket->counters.received += (unsigned)received;
    return (unsigned)received;
}

const struct srflx_udp_driver srflx_udp_mmsg = {"mmsg", sizeof(struct batch), prepare, run};
