#define _GNU_SOURCE /* unshare, IPV6_TRANSPARENT */
#include "netns_for_tests.h"

#include <poll.h>

#include <srflx/addr.h>

#include "steering.h"
#include "udp_socket.h"

enum { WORKERS_MAX = 5, SOURCES = 300 };

/* A generator of test addresses (xorshift): the same ones in every run. */
static uint32_t next_number(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static struct srflx_addr source_v4(uint32_t number)
{
    return (struct srflx_addr){.ip = {(uint8_t)(1 + number % 126), (uint8_t)(number >> 8),
                                      (uint8_t)(number >> 16), (uint8_t)(number >> 24)},
                               .family = SRFLX_IPV4};
}

static struct srflx_addr source_v6(uint32_t number)
{
    return (struct srflx_addr){.ip = {0x20, (uint8_t)(number % 64), (uint8_t)number,
                                      (uint8_t)(number >> 8), (uint8_t)(number >> 16),
                                      (uint8_t)(number >> 24), 0, 9, 0, 0, 0, 0, 0, 0, 0, 1},
                               .family = SRFLX_IPV6};
}

static unsigned receiver(const struct srflx_udp_socket *sockets, unsigned count)
{
    struct pollfd polled[WORKERS_MAX];
    unsigned found = WORKERS_MAX;
    char byte;

    for (unsigned i = 0; i < count; i++)
        polled[i] = (struct pollfd){.fd = sockets[i].fd, .events = POLLIN};
    CHECK_INT(poll(polled, count, 10000), 1);
    for (unsigned i = 0; i < count; i++)
        if (polled[i].revents) found = i;
    CHECK_INT(recv(sockets[found].fd, &byte, 1, 0), 1);
    return found;
}

static void check_group(const char *local_text, unsigned workers)
{
    struct srflx_udp_socket sockets[WORKERS_MAX];
    unsigned met[WORKERS_MAX] = {0};
    uint32_t state = 2463534242u + workers;
    struct srflx_addr local;

    CHECK_INT(srflx_addr_parse(local_text, &local), 0);
    CHECK_INT(srflx_udp_open_group(&local, workers, 0, sockets), 0);
    for (unsigned i = 0; i < SOURCES; i++) {
        const uint32_t number = next_number(&state);
        const struct srflx_addr source =
            local.family == SRFLX_IPV6 ? source_v6(number) : source_v4(number);
        const unsigned named = srflx_steering_worker(&source, workers);

        send_from(&source, &sockets[0].local, "?");
        CHECK_INT(receiver(sockets, workers), named);
        met[named]++;
    }
    for (unsigned i = 0; i < workers; i++)
        CHECK(met[i] > SOURCES / workers / 2);
    srflx_udp_close_group(sockets, workers);
}

/* Who gets a datagram of these bytes, among 2 workers and 2 sockets for DTLS. */
static unsigned receiver_of(struct srflx_udp_socket *sockets, const uint8_t *bytes, size_t len)
{
    const struct srflx_addr *local = &sockets[0].local;
    const struct srflx_addr source =
        local->family == SRFLX_IPV6 ? source_v6(1234567) : source_v4(1234567);

    send_bytes_from(&source, local, bytes, len);
    return receiver(sockets, 4);
}

#define RECEIVER_OF(...) \
    receiver_of(sockets, (const uint8_t[])__VA_ARGS__, sizeof((const uint8_t[])__VA_ARGS__))
#define PROXY_SIGNATURE 13, 10, 13, 10, 0, 13, 10, 'Q', 'U', 'I', 'T', 10

static void check_dtls(const char *local_text)
{
    struct srflx_udp_socket sockets[WORKERS_MAX];
    struct srflx_addr local;
    unsigned worker, dtls;

    CHECK_INT(srflx_addr_parse(local_text, &local), 0);
    CHECK_INT(srflx_udp_open_group(&local, 2, 2, sockets), 0);
    worker = RECEIVER_OF({0});
    dtls = RECEIVER_OF({22});
    CHECK(worker < 2 && dtls == worker + 2);
    for (unsigned first = 0; first < 256; first++) {
        const uint8_t byte = (uint8_t)first;
        if (first != 13)
            CHECK_INT(receiver_of(sockets, &byte, 1), first >= 20 && first < 64 ? dtls : worker);
    }
    CHECK_INT(RECEIVER_OF({PROXY_SIGNATURE, 0x21, 0x12, 0, 2, 99, 99, 22}), dtls);
    CHECK_INT(RECEIVER_OF({PROXY_SIGNATURE, 0x21, 0x12, 0, 2, 22, 22, 0}), worker);
    CHECK_INT(RECEIVER_OF({PROXY_SIGNATURE, 0x21, 0x12, 0, 2, 22, 22}), 0);
    CHECK_INT(RECEIVER_OF({PROXY_SIGNATURE, 0x21, 0x12, 0xFF, 0xFF, 22, 22}), 0);
    CHECK_INT(RECEIVER_OF({13}), 0);
    srflx_udp_close_group(sockets, 4);
}

TEST(dtls_has_sockets_of_its_own)
{
    enter_netns();
    check_dtls("127.0.0.1");
    check_dtls("::1");
}

TEST(the_kernel_chooses_the_worker_that_the_function_names)
{
    enter_netns();
    for (unsigned workers = 2; workers <= WORKERS_MAX; workers++) {
        check_group("127.0.0.1", workers);
        check_group("::1", workers);
    }
}

/* Of each byte of an address: does it have a say in the choice of the worker? */
static bool decides(struct srflx_addr source, unsigned byte)
{
    const unsigned before = srflx_steering_worker(&source, 61);

    for (unsigned i = 0; i < 255; i++) {
        source.ip[byte]++;
        if (srflx_steering_worker(&source, 61) != before) return true;
    }
    return false;
}

TEST(one_prefix_meets_one_worker)
{
    for (unsigned byte = 0; byte < 4; byte++)
        CHECK_INT(decides(source_v4(0x12345678), byte), byte < 3);
    for (unsigned byte = 0; byte < 16; byte++)
        CHECK_INT(decides(source_v6(0x12345678), byte), byte < 6);
}

TEST(neighbouring_prefixes_spread_evenly)
{
    for (unsigned workers = 2; workers <= WORKERS_MAX; workers++) {
        unsigned met_v4[WORKERS_MAX] = {0}, met_v6[WORKERS_MAX] = {0};
        for (unsigned i = 0; i < 65536; i++) {
            struct srflx_addr v4 = {{10, (uint8_t)(i >> 8), (uint8_t)i}, 0, 0, SRFLX_IPV4};
            struct srflx_addr v6 = {
                {0x20, 1, 0x0d, 0xb8, (uint8_t)(i >> 8), (uint8_t)i}, 0, 0, SRFLX_IPV6};
            met_v4[srflx_steering_worker(&v4, workers)]++;
            met_v6[srflx_steering_worker(&v6, workers)]++;
        }
        for (unsigned i = 0; i < workers; i++) {
            CHECK(met_v4[i] > 65536 / workers * 9 / 10 && met_v4[i] < 65536 / workers * 11 / 10);
            CHECK(met_v6[i] > 65536 / workers * 9 / 10 && met_v6[i] < 65536 / workers * 11 / 10);
        }
    }
}

RUN(TEST_OF(one_prefix_meets_one_worker), TEST_OF(neighbouring_prefixes_spread_evenly),
    TEST_OF(dtls_has_sockets_of_its_own),
    TEST_OF(the_kernel_chooses_the_worker_that_the_function_names))
