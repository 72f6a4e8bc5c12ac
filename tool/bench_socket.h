/* The sockets of srflx bench: one for each source port, with requests and answers in batches. Who
 * includes this defines _GNU_SOURCE: struct mmsghdr is the system's. */
#ifndef BENCH_SOCKET_H
#define BENCH_SOCKET_H

#include <stdint.h>
#include <sys/socket.h>

#include <srflx/types.h>

#include "bench_requests.h"

enum { BENCH_BATCH = 64, BENCH_ANSWER_MAX = 1500 };

struct bench_port {
    int fd;
    uint32_t waiting;        /* requests that have no answer yet */
    struct srflx_addr local; /* without a scope; `ip` counts only without sources */
};

/* Messages for the system, linked together once. Requests are written to `requests`, their lengths to
 * `request_bytes`. */
struct bench_batch {
    struct srflx_addr server;
    struct sockaddr_storage server_name;
    struct mmsghdr out[BENCH_BATCH], in[BENCH_BATCH];
    struct iovec request_bytes[BENCH_BATCH], answer_bytes[BENCH_BATCH];
    union {
        struct cmsghdr alignment;
        uint8_t bytes[CMSG_SPACE(20)];
    } source[BENCH_BATCH];
    struct sockaddr_storage senders[BENCH_BATCH];
    uint8_t requests[BENCH_BATCH][BENCH_REQUEST_MAX];
    uint8_t answers[BENCH_BATCH][BENCH_ANSWER_MAX];
};

/* `sources`: whether each request will have one of its own. */
void bench_batch_prepare(struct bench_batch *batch, const struct srflx_addr *server, bool sources);

/* Sets the address from which request `i` leaves. */
void bench_batch_set_source(struct bench_batch *batch, size_t i, const struct srflx_addr *source);

/* Opens a port: connected and bound to `from` (family 0: any address), or with `sources` neither. On
 * failure returns -1 with errno. */
int bench_port_open(const struct srflx_addr *server, const struct srflx_addr *from, bool sources,
                    struct bench_port *ret_port);

/* Sends the first `count` requests. Returns how many have left, less if the system is short of memory, or
 * -1 with errno if it refuses. */
int bench_port_send(struct bench_batch *batch, const struct bench_port *port, size_t count);

/* Takes at most `most` answers. Returns how many, or -1 if there are errors to read instead. */
int bench_port_receive(struct bench_batch *batch, const struct bench_port *port, size_t most);

/* The bytes of answer `i`; more than BENCH_ANSWER_MAX are cut. */
struct srflx_view bench_batch_answer(const struct bench_batch *batch, size_t i);

/* False if answer `i` came from elsewhere than the server. */
bool bench_batch_is_from_server(const struct bench_batch *batch, size_t i);

/* Takes an error that the network reported: which request could not be delivered, and why
 * (BENCH_ERROR_REFUSED or BENCH_ERROR_UNREACHABLE). False if there is none left. `ret_request` borrows
 * `space`. */
bool bench_port_take_error(const struct bench_port *port, uint8_t space[BENCH_REQUEST_MAX],
                           struct srflx_view *ret_request, unsigned *ret_verdict);

#endif
