#include "served.h"

#include <stdlib.h>

#include "steady_random.h"

static const struct srflx_addr ipv4[] = {{{192, 0, 2, 1}, 0, 32853, SRFLX_IPV4},
                                         {{192, 0, 2, 2}, 0, 3478, SRFLX_IPV4}};
static const struct srflx_addr ipv6[] = {{{0x20, 1, 0xd, 0xb8, [15] = 1}, 0, 32853, SRFLX_IPV6},
                                         {{0x20, 1, 0xd, 0xb8, [15] = 2}, 0, 3478, SRFLX_IPV6}};

struct srflx_view served_answer(struct srflx_view request, enum srflx_transport transport,
                                uint8_t family, const struct srflx_guard *guard, uint8_t *buf)
{
    static union {
        max_align_t align;
        uint8_t bytes[65536];
    } server_memory, worker_memory;
    static const struct srflx_time now;
    const struct srflx_addr *addrs = family == SRFLX_IPV4 ? ipv4 : ipv6;
    struct srflx_packet packet = {request, addrs[0], addrs[1], (uint8_t)transport};
    struct srflx_reply reply = {buf, SERVED_ANSWER, 0};
    struct srflx_server_config config;
    struct srflx_server *server;
    struct srflx_worker *worker;

    srflx_server_config_defaults(&config);
    config.guard = guard;
    config.software = (struct srflx_view){(const uint8_t *)"srflx", 5};
    if (srflx_server_init(&server_memory, sizeof server_memory, &config, &server)) abort();
    if (srflx_worker_init(&worker_memory, sizeof worker_memory, steady_random, NULL, &worker))
        abort();
    (void)srflx_server_handle(server, worker, &packet, now, &reply);
    return (struct srflx_view){buf, reply.len};
}
