#include <srflx/keepalive.h>

#include <srflx/addr.h>
#include <srflx/writer.h>

#include "check.h"

#define MS ((uint64_t)1000000)

static union {
    uint8_t bytes[4096];
    max_align_t align;
} memory;

static const struct srflx_addr peer = {{192, 0, 2, 1}, 0, 5060, SRFLX_IPV4};
static const struct srflx_addr home = {{198, 51, 100, 7}, 0, 40000, SRFLX_IPV4};
static const struct srflx_addr elsewhere = {{198, 51, 100, 7}, 0, 40001, SRFLX_IPV4};

static uint64_t drawn; /* of an interval */
static uint64_t now_ms;
static struct srflx_keepalive *k;
static struct srflx_keepalive_event event;

static struct srflx_time now(void)
{
    return (struct srflx_time){now_ms * MS, 0};
}

/* Ids of 12 bytes count; intervals are `drawn`. */
static void draw(void *user, uint8_t *ret_bytes, size_t len)
{
    static uint8_t count;
    size_t i;

    (void)user;
    memset(ret_bytes, 0, len);
    if (len == 12) {
        ret_bytes[0] = ++count;
        return;
    }
    CHECK_INT(len, 8);
    for (i = 0; i < 8; i++)
        ret_bytes[i] = (uint8_t)(drawn >> (56 - 8 * i));
}

static struct srflx_keepalive_options options(bool requests)
{
    struct srflx_keepalive_options good;

    srflx_keepalive_options_defaults(requests, &good);
    good.random = draw;
    return good;
}

static void begin(bool requests)
{
    const struct srflx_keepalive_options good = options(requests);

    now_ms = 1000;
    drawn = 0;
    CHECK(srflx_keepalive_size() <= sizeof memory);
    CHECK_INT(srflx_keepalive_init(&memory, srflx_keepalive_size(), &good, &k), 0);
    CHECK_INT(srflx_keepalive_start(k, &peer, SRFLX_UDP, now()), 0);
}

static bool next(void)
{
    memset(&event, 0xA5, sizeof event);
    return srflx_keepalive_next_event(k, &event);
}

static void check_nothing(void)
{
    CHECK(!next());
}

static void go_to(uint64_t ms)
{
    now_ms = ms;
    srflx_keepalive_tick(k, now());
}

static uint64_t deadline_ms(void)
{
    return srflx_keepalive_next_deadline(k) / MS;
}

/* A message leaves now, with this id. */
static struct srflx_id sent(void)
{
    struct srflx_message message;
    struct srflx_id id;

    CHECK(next());
    CHECK_INT(event.kind, SRFLX_KEEPALIVE_SEND);
    CHECK(srflx_addr_equal(&event.to, &peer));
    CHECK_INT(srflx_message_parse(event.bytes, &message), 0);
    srflx_message_get_id(&message, &id);
    return id;
}

/* spec: R8445-11-01 R8445-11-02 R8445-11-04 R8445-11-05 R8445-11-06 R8445-11-07 */
TEST(an_indication_leaves_every_fifteen_seconds)
{
    static const uint8_t bytes[] = {0x00, 0x11, 0x00, 0x08, 0x21, 0x12, 0xa4, 0x42};
    static const uint8_t fingerprint[] = {0x80, 0x28, 0x00, 0x04};
    struct srflx_id first;

    begin(false);
    check_nothing();
    CHECK_INT(deadline_ms(), 16000);
    go_to(15999);
    check_nothing();
    go_to(16000);
    first = sent();
    CHECK_INT(event.bytes.len, 28);
    CHECK_MEM(event.bytes.ptr, bytes, sizeof bytes);
    CHECK_MEM(event.bytes.ptr + 20, fingerprint, sizeof fingerprint);
    check_nothing();
    CHECK_INT(deadline_ms(), 31000);
    drawn = 1000;
    go_to(31000);
    CHECK(memcmp(sent().bytes, first.bytes, sizeof first.bytes) != 0);
    CHECK_INT(deadline_ms(), 31000 + 16000);
}

/* spec: R8445-11-01 */
TEST(what_else_is_sent_stands_for_an_indication)
{
    begin(false);
    now_ms = 10000;
    srflx_keepalive_touch(k, now());
    CHECK_INT(deadline_ms(), 25000);
    go_to(24999);
    check_nothing();
    go_to(25000);
    srflx_keepalive_touch(k, now()); /* before it was taken */
    check_nothing();
    CHECK_INT(deadline_ms(), 40000);
}

/* An answer to the request that was sent last. */
static void answer(uint8_t class, const struct srflx_addr *mapped)
{
    struct srflx_packet packet = {.from = peer, .transport = SRFLX_UDP};
    static uint8_t buf[64];
    struct srflx_message request;
    struct srflx_writer w;

    CHECK_INT(srflx_message_parse(event.bytes, &request), 0);
    srflx_writer_reply(&w, buf, sizeof buf, &request, class);
    if (class == SRFLX_ERROR) srflx_put_error(&w, 500, VIEW("no"));
    if (mapped) srflx_put_addr(&w, SRFLX_ATTR_XOR_MAPPED_ADDRESS, mapped);
    CHECK_INT(srflx_writer_finish(&w, &packet.bytes), 0);
    CHECK(srflx_keepalive_feed(k, &packet, now()));
    CHECK(next());
}

/* spec: R5626-4.4.2-03 */
TEST(requests_leave_every_24_to_29_seconds)
{
    begin(true);
    drawn = 5000;
    (void)sent();
    CHECK_INT(event.bytes.len, 20);
    now_ms = 1040;
    answer(SRFLX_SUCCESS, &home);
    CHECK_INT(event.kind, SRFLX_KEEPALIVE_ALIVE);
    CHECK(srflx_addr_equal(&event.mapped, &home));
    CHECK_INT(event.before.family, SRFLX_NO_FAMILY);
    CHECK_INT(event.rtt_ns, 40 * MS);
    CHECK(event.rtt_is_sample);
    CHECK_INT(deadline_ms(), 1000 + 24000);
    srflx_keepalive_touch(k, now()); /* no reason to wait */
    go_to(24999);
    check_nothing();
    go_to(25000);
    (void)sent();
    answer(SRFLX_SUCCESS, &home);
    CHECK_INT(event.kind, SRFLX_KEEPALIVE_ALIVE);
    CHECK_INT(deadline_ms(), 25000 + 29000);
    check_nothing();
}

/* spec: R5626-4.4.2-05 */
TEST(another_mapped_address_is_the_end)
{
    begin(true);
    (void)sent();
    answer(SRFLX_SUCCESS, &home);
    go_to(25000);
    (void)sent();
    answer(SRFLX_SUCCESS, &elsewhere);
    CHECK_INT(event.kind, SRFLX_KEEPALIVE_MOVED);
    CHECK(srflx_addr_equal(&event.mapped, &elsewhere));
    CHECK(srflx_addr_equal(&event.before, &home));
    CHECK(srflx_keepalive_next_deadline(k) == UINT64_MAX);
    go_to(100000);
    check_nothing();
    CHECK_INT(srflx_keepalive_start(k, &peer, SRFLX_UDP, now()), 0);
    (void)sent();
    answer(SRFLX_SUCCESS, &elsewhere); /* a new flow, which knows no other */
    CHECK_INT(event.kind, SRFLX_KEEPALIVE_ALIVE);
}

/* spec: R5626-4.4.2-04 */
TEST(an_error_is_the_end)
{
    begin(true);
    (void)sent();
    answer(SRFLX_ERROR, NULL);
    CHECK_INT(event.kind, SRFLX_KEEPALIVE_FAILED);
    CHECK_INT(event.error, SRFLX_ERROR_REJECTED);
    CHECK_INT(event.code, 500);
    CHECK(srflx_keepalive_next_deadline(k) == UINT64_MAX);
}

TEST(an_answer_without_an_address_is_the_end)
{
    begin(true);
    (void)sent();
    answer(SRFLX_SUCCESS, NULL);
    CHECK_INT(event.kind, SRFLX_KEEPALIVE_FAILED);
    CHECK_INT(event.error, SRFLX_ERROR_RESPONSE);
}

/* spec: R5626-4.4.2-04 */
TEST(silence_is_the_end_after_seven_requests)
{
    static const uint64_t at[] = {0, 500, 1500, 3500, 7500, 15500, 31500};
    size_t i;

    begin(true);
    for (i = 0; i < 7; i++) {
        CHECK_INT(i ? deadline_ms() : 1000, 1000 + at[i]);
        go_to(1000 + at[i]);
        (void)sent();
        check_nothing();
    }
    CHECK_INT(deadline_ms(), 40500);
    go_to(40499);
    check_nothing();
    go_to(40500);
    CHECK(next());
    CHECK_INT(event.kind, SRFLX_KEEPALIVE_FAILED);
    CHECK_INT(event.error, SRFLX_ERROR_TIMEOUT);
    check_nothing();
}

TEST(a_request_answered_late_is_followed_by_the_next_at_once)
{
    begin(true);
    while (now_ms < 32500) {
        (void)sent();
        go_to(deadline_ms());
    }
    (void)sent();
    answer(SRFLX_SUCCESS, &home);
    CHECK_INT(event.kind, SRFLX_KEEPALIVE_ALIVE);
    CHECK(!event.rtt_is_sample);
    CHECK_INT(deadline_ms(), 25000);
    go_to(32500);
    (void)sent();
    check_nothing();
}

TEST(a_hard_error_is_the_end)
{
    int requests;

    for (requests = 0; requests < 2; requests++) {
        begin(requests);
        srflx_keepalive_unreachable(k, now());
        CHECK(next());
        CHECK_INT(event.kind, SRFLX_KEEPALIVE_FAILED);
        CHECK_INT(event.error, SRFLX_ERROR_UNREACHABLE);
        CHECK(srflx_keepalive_next_deadline(k) == UINT64_MAX);
        srflx_keepalive_unreachable(k, now()); /* once */
        check_nothing();
    }
}

TEST(stopping_is_silent)
{
    begin(true);
    srflx_keepalive_stop(k);
    check_nothing();
    go_to(100000);
    check_nothing();
    CHECK(srflx_keepalive_next_deadline(k) == UINT64_MAX);
}

TEST(packets_of_others_are_left_alone)
{
    static const uint8_t sip[] = "SIP/2.0 200 OK";
    struct srflx_packet packet = {.bytes = {sip, sizeof sip}, .from = peer, .transport = SRFLX_UDP};

    begin(true);
    CHECK(!srflx_keepalive_feed(k, &packet, now()));
    begin(false);
    CHECK(!srflx_keepalive_feed(k, &packet, now()));
}

/* spec: R5626-4.4.2-01 R5626-4.4.2-02 */
TEST(only_datagrams_need_it)
{
    struct srflx_addr nobody = peer;

    begin(true);
    CHECK_INT(srflx_keepalive_start(k, &peer, SRFLX_TCP, now()), SRFLX_ERROR_ARGUMENT);
    CHECK_INT(srflx_keepalive_start(k, &peer, SRFLX_TLS, now()), SRFLX_ERROR_ARGUMENT);
    CHECK_INT(srflx_keepalive_start(k, &peer, 0, now()), SRFLX_ERROR_ARGUMENT);
    CHECK_INT(srflx_keepalive_start(k, &peer, SRFLX_DTLS, now()), 0);
    nobody.port = 0;
    CHECK_INT(srflx_keepalive_start(k, &nobody, SRFLX_UDP, now()), SRFLX_ERROR_ARGUMENT);
    nobody.family = SRFLX_NO_FAMILY;
    CHECK_INT(srflx_keepalive_start(k, &nobody, SRFLX_UDP, now()), SRFLX_ERROR_ARGUMENT);
}

/* spec: R8445-11-03 */
TEST(options_outside_their_range_are_refused)
{
    struct srflx_keepalive_options bad;
    size_t i;

    for (i = 0; i < 8; i++) {
        bad = options(i >= 6);
        if (i == 0) bad.size--;
        if (i == 1) bad.random = NULL;
        if (i == 2) bad.least_ms = 14999;
        if (i == 3) bad.most_ms = 14999;
        if (i == 4) bad.most_ms = 3600001;
        if (i == 5) bad.timing.max_resends = 1;
        if (i == 6) bad.least_ms = 999;
        if (i == 7) bad.timing.rc = 0;
        CHECK_INT(srflx_keepalive_init(&memory, sizeof memory, &bad, &k), SRFLX_ERROR_ARGUMENT);
    }
    bad = options(true);
    CHECK_INT(srflx_keepalive_init(&memory, srflx_keepalive_size() - 1, &bad, &k),
              SRFLX_ERROR_SPACE);
}

RUN(TEST_OF(an_indication_leaves_every_fifteen_seconds),
    TEST_OF(what_else_is_sent_stands_for_an_indication),
    TEST_OF(requests_leave_every_24_to_29_seconds), TEST_OF(another_mapped_address_is_the_end),
    TEST_OF(an_error_is_the_end), TEST_OF(an_answer_without_an_address_is_the_end),
    TEST_OF(silence_is_the_end_after_seven_requests),
    TEST_OF(a_request_answered_late_is_followed_by_the_next_at_once),
    TEST_OF(a_hard_error_is_the_end), TEST_OF(stopping_is_silent),
    TEST_OF(packets_of_others_are_left_alone), TEST_OF(only_datagrams_need_it),
    TEST_OF(options_outside_their_range_are_refused))
