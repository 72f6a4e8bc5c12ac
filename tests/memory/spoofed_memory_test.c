#include <stdlib.h>

#include <srflx/clock.h>
#include <udp.h>

#include "check.h"
#include "steady_random.h"

enum { FIRST = 100000, ALL = 10000000, GROWTH_KIB = 64 };

struct handling {
    struct srflx_server *server;
    struct srflx_worker *worker;
    struct srflx_time now;
    struct srflx_view request; /* of all sources */
};

/* What this process has of the machine's memory, counted page by page. */
static long read_resident_kib(void)
{
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    char line[256];
    long kib = -1;

    if (!file) FAIL("there is no /proc/self/smaps_rollup");
    while (fgets(line, sizeof line, file) && sscanf(line, "Rss: %ld kB", &kib) != 1)
        continue;
    fclose(file);
    return kib;
}

/* The second reading: the first has brought in the code that reads. */
static long resident_kib(void)
{
    (void)read_resident_kib();
    return read_resident_kib();
}

static void handle(void *user, const struct srflx_packet *packet, struct srflx_reply *reply)
{
    const struct handling *handling = user;

    srflx_server_handle(handling->server, handling->worker, packet, handling->now, reply);
}

/* A request from the source with this number: each has its own address, in both families by turns.
 */
static void spoof(uint32_t number, struct srflx_view request, struct srflx_packet *ret_packet)
{
    struct srflx_addr *from = &ret_packet->from;

    memset(ret_packet, 0, sizeof *ret_packet);
    from->family = number % 2 ? SRFLX_IPV6 : SRFLX_IPV4;
    from->port = 40000;
    from->ip[0] = number % 2 ? 0x20 : 10;
    from->ip[1] = (uint8_t)(number >> 16);
    from->ip[2] = (uint8_t)(number >> 8);
    from->ip[3] = (uint8_t)number;
    ret_packet->to = *from;
    ret_packet->to.port = 3478;
    ret_packet->bytes = request;
    ret_packet->transport = SRFLX_UDP;
}

/* Returns the number of answers. */
static size_t ask_from(struct handling *handling, uint32_t first, uint32_t end)
{
    static struct srflx_packet packets[SRFLX_UDP_BATCH];
    static struct srflx_udp_answer answers[SRFLX_UDP_BATCH];
    struct srflx_udp_socket socket = {.fd = -1, .local = {.port = 3478}};
    struct srflx_handler handler = {handle, handling};

    for (uint32_t number = first; number < end; number += SRFLX_UDP_BATCH) {
        struct srflx_udp_arrays arrays = {.packets = packets,
                                          .packet_count = SRFLX_UDP_BATCH,
                                          .answers = answers,
                                          .answer_room = SRFLX_UDP_BATCH};
        handling->now = srflx_clock_now();
        for (uint32_t i = 0; i < SRFLX_UDP_BATCH; i++)
            spoof(number + i, handling->request, &packets[i]);
        srflx_udp_memory.run(&arrays, &socket, &handler);
    }
    return socket.counters.answered;
}

static struct handling set_up(const struct srflx_guard *guard)
{
    static const uint8_t plain[20] = {0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42};
    struct handling handling = {.request = {plain, sizeof plain}};
    struct srflx_server_config config;
    size_t size;

    srflx_server_config_defaults(&config);
    config.guard = guard;
    size = srflx_server_size(&config);
    CHECK_INT(srflx_server_init(malloc(size), size, &config, &handling.server), 0);
    size = srflx_worker_size();
    CHECK_INT(srflx_worker_init(malloc(size), size, steady_random, NULL, &handling.worker), 0);
    return handling;
}

/* The sources are many, the memory is the same. */
TEST(keeps_nothing_of_a_source)
{
    struct handling handling = set_up(NULL);
    long before, after;

    CHECK_INT(ask_from(&handling, 0, FIRST), FIRST);
    before = resident_kib();
    CHECK_INT(ask_from(&handling, FIRST, ALL), ALL - FIRST);
    after = resident_kib();
    CHECK(before > 0);
    CHECK(after - before <= GROWTH_KIB);
    free(handling.worker);
    free(handling.server);
}

/* A server that wants credentials of a user who does not exist. */
static struct srflx_guard *new_guard(void)
{
    static const struct srflx_nonce_keys nonces = {.count = 1};
    struct srflx_guard_config config;
    struct srflx_guard *guard;

    srflx_guard_config_defaults(&config);
    config.realm = VIEW("example.org");
    config.nonces = &nonces;
    CHECK_INT(srflx_guard_init(malloc(srflx_guard_size()), srflx_guard_size(), &config, &guard), 0);
    return guard;
}

/* Credentials that anybody can make up, which count as a guess. */
static struct srflx_view write_guess(uint8_t *buf, size_t cap)
{
    static const struct srflx_id id = {{0x21, 0x12, 0xA4, 0x42}};
    struct srflx_view request = {NULL, 0};
    struct srflx_writer w;
    struct srflx_key key;

    srflx_key_from_secret(VIEW("guessed"), &key);
    srflx_writer_begin(&w, buf, cap, srflx_type(SRFLX_METHOD_BINDING, SRFLX_REQUEST), &id);
    srflx_put_bytes(&w, SRFLX_ATTR_USERNAME, VIEW("alice"));
    srflx_put_bytes(&w, SRFLX_ATTR_REALM, VIEW("example.org"));
    srflx_put_bytes(&w, SRFLX_ATTR_NONCE, VIEW("made up"));
    srflx_add_integrity(&w, SRFLX_INTEGRITY_SHA1, &key);
    CHECK_INT(srflx_writer_finish(&w, &request), 0);
    return request;
}

/* Neither of who is challenged, nor of who guesses. spec: R8489-9.2-02 */
TEST(keeps_nothing_of_a_source_that_wants_in)
{
    struct srflx_guard *guard = new_guard();
    struct handling handling = set_up(guard);
    const struct srflx_view plain = handling.request;
    uint8_t guess[256];
    long before, after;

    CHECK_INT(ask_from(&handling, 0, FIRST), FIRST);
    handling.request = write_guess(guess, sizeof guess);
    CHECK_INT(ask_from(&handling, 0, FIRST), FIRST);
    before = resident_kib();
    CHECK_INT(ask_from(&handling, FIRST, ALL / 10), ALL / 10 - FIRST);
    handling.request = plain;
    CHECK_INT(ask_from(&handling, FIRST, ALL / 10), ALL / 10 - FIRST);
    after = resident_kib();
    CHECK(before > 0);
    CHECK(after - before <= GROWTH_KIB);
    free(handling.worker);
    free(handling.server);
    free(guard);
}

/* The figure above would show a single byte kept of each source. */
TEST(would_see_what_a_source_leaves_behind)
{
    volatile char *kept = malloc(ALL - FIRST);
    long before = resident_kib();

    CHECK(kept != NULL);
    for (size_t i = 0; i < ALL - FIRST; i++)
        kept[i] = 1;
    CHECK(resident_kib() - before > GROWTH_KIB);
    free((char *)kept);
}

RUN(TEST_OF(keeps_nothing_of_a_source), TEST_OF(keeps_nothing_of_a_source_that_wants_in),
    TEST_OF(would_see_what_a_source_leaves_behind))
