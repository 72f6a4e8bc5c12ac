#include <srflx/addr.h>
#include <srflx/message.h>
#include <srflx/server.h>

#include "check.h"
#include "steady_random.h"

#define ID 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae
#define COOKIE_ID 0x21, 0x12, 0xA4, 0x42, ID
#define CLASSIC_ID 0xa1, 0xb2, 0xc3, 0xd4, ID
#define FINGERPRINT_OF_EMPTY 0x80, 0x28, 0, 4, 0xfd, 0xf6, 0xae, 0x02

/* A server with its worker and one packet on the way. */
struct bench {
    struct srflx_server *server;
    struct srflx_worker *worker;
    struct srflx_packet packet;
    struct srflx_reply reply;
    uint8_t server_memory[4096], worker_memory[65536];
    uint8_t out[1280];
};

static void set_up(struct bench *b, struct srflx_view software)
{
    struct srflx_server_config config;

    srflx_server_config_defaults(&config);
    config.software = software;
    CHECK_INT(srflx_server_init(b->server_memory, sizeof b->server_memory, &config, &b->server), 0);
    CHECK_INT(srflx_worker_init(b->worker_memory, sizeof b->worker_memory, steady_random, NULL,
                                &b->worker),
              0);
    b->packet.transport = SRFLX_UDP;
    CHECK_INT(srflx_addr_parse("192.0.2.1:32853", &b->packet.from), 0);
    CHECK_INT(srflx_addr_parse("198.51.100.7:3478", &b->packet.to), 0);
    b->reply.buf = b->out;
    b->reply.cap = sizeof b->out;
}

static struct srflx_view ask(struct bench *b, struct srflx_view request, enum srflx_verdict want)
{
    static const struct srflx_time now;

    b->packet.bytes = request;
    b->reply.len = 77;
    memset(b->out, 0xA5, sizeof b->out);
    CHECK_INT(srflx_server_handle(b->server, b->worker, &b->packet, now, &b->reply), want);
    return (struct srflx_view){b->out, b->reply.len};
}

#define ASK(b, verdict, ...)                                                                     \
    ask(b,                                                                                       \
        (struct srflx_view){(const uint8_t[])__VA_ARGS__, sizeof((const uint8_t[])__VA_ARGS__)}, \
        SRFLX_VERDICT_##verdict)

/* spec: R8489-12-01 R8489-6.3.1.1-01 R8489-6.3.1.1-07 R8489-6.3.1.1-08 R8489-5-11 R8489-14.1-05
 * R8489-14.2-01 */
TEST(answers_with_the_address_over_ipv4)
{
    struct bench b;

    set_up(&b, VIEW(""));
    CHECK_BYTES(ASK(&b, SUCCESS, {0, 1, 0, 0, COOKIE_ID}),
                {1, 1, 0, 12, COOKIE_ID, 0, 0x20, 0, 8, 0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43});
}

/* spec: R8489-6.3.1.1-07 R8489-14.2-01 */
TEST(answers_with_the_address_over_ipv6)
{
    struct bench b;

    set_up(&b, VIEW(""));
    CHECK_INT(srflx_addr_parse("[2001:db8:1234:5678:11:2233:4455:6677]:32853", &b.packet.from), 0);
    CHECK_INT(srflx_addr_parse("[2001:db8::7]:3478", &b.packet.to), 0);
    CHECK_BYTES(ASK(&b, SUCCESS, {0, 1, 0, 0, COOKIE_ID}),
                {1,    1,    0,    24,   COOKIE_ID, 0,    0x20, 0,    20,   0,
                 2,    0xa1, 0x47, 0x01, 0x13,      0xa9, 0xfa, 0xa5, 0xd3, 0xf1,
                 0x79, 0xbc, 0x25, 0xf4, 0xb5,      0xbe, 0xd2, 0xb9, 0xd9});
}

/* MAPPED-ADDRESS, then SOURCE-ADDRESS with the address that was asked; no CHANGED-ADDRESS.
 * spec: R5389-12.2-02 R5389-12.2-03 R3489-8.1-15 R3489-8.1-16 R3489-8.1-17 R3489-8.1-18
 * R3489-8.1-19 R3489-8.1-20 R3489-8.1-21 R3489-8.1-28 R3489-11.2-06 R8489-12-09 R8489-14.1-05 */
TEST(answers_classic_clients_in_their_form)
{
    struct bench b;

    set_up(&b, VIEW("srflxd"));
    CHECK_BYTES(ASK(&b, SUCCESS, {0, 1, 0, 0, CLASSIC_ID}),
                {1, 1, 0, 24, CLASSIC_ID, 0, 1, 0, 8,    0,    1,   0x80, 0x55, 192, 0,
                 2, 1, 0, 4,  0,          8, 0, 1, 0x0d, 0x96, 198, 51,   100,  7});
}

/* spec: R3489-11.2.1-01 */
TEST(answers_classic_clients_over_ipv6)
{
    struct bench b;

    set_up(&b, VIEW(""));
    CHECK_INT(srflx_addr_parse("[2001:db8::1]:32853", &b.packet.from), 0);
    CHECK_INT(srflx_addr_parse("[2001:db8::7]:3478", &b.packet.to), 0);
    CHECK_BYTES(ASK(&b, SUCCESS, {0, 1, 0, 0, CLASSIC_ID}),
                {1,    1,    0,    48, CLASSIC_ID, 0, 1, 0,    20,   0,    2,    0x80, 0x55, 0x20,
                 0x01, 0x0d, 0xb8, 0,  0,          0, 0, 0,    0,    0,    0,    0,    0,    0,
                 1,    0,    4,    0,  20,         0, 2, 0x0d, 0x96, 0x20, 0x01, 0x0d, 0xb8, 0,
                 0,    0,    0,    0,  0,          0, 0, 0,    0,    0,    7});
}

/* 500 to any request, whoever may ask, and also where RFC 3489 is switched off; nothing to the rest.
 * spec: R8489-11-01 R8489-11-02 R8489-11-03 R8489-11-04 R7350-3-11 R7350-3-12 */
TEST(refuses_classic_clients_over_dtls)
{
    struct bench b;

    set_up(&b, VIEW("srflxd"));
    b.packet.transport = SRFLX_DTLS;
    CHECK_BYTES(ASK(&b, CLASSIC_OVER_DTLS, {0, 1, 0, 0, CLASSIC_ID}),
                {1, 0x11, 0, 8, CLASSIC_ID, 0, 9, 0, 4, 0, 0, 5, 0});
    CHECK_BYTES(ASK(&b, CLASSIC_OVER_DTLS, {0, 2, 0, 0, CLASSIC_ID}),
                {1, 0x12, 0, 8, CLASSIC_ID, 0, 9, 0, 4, 0, 0, 5, 0});
    CHECK_INT(ASK(&b, NO_REQUEST, {0, 0x11, 0, 0, CLASSIC_ID}).len, 0);
    CHECK_INT(ASK(&b, NO_REQUEST, {1, 1, 0, 0, CLASSIC_ID}).len, 0);
    CHECK_INT(ASK(&b, SUCCESS, {0, 1, 0, 0, COOKIE_ID}).len, 44);
    b.packet.transport = SRFLX_TLS;
    CHECK_INT(ASK(&b, SUCCESS, {0, 1, 0, 0, CLASSIC_ID}).len, 44);
}

/* A local address that is not known is not made up. */
TEST(states_no_source_address_it_does_not_know)
{
    struct bench b;

    set_up(&b, VIEW(""));
    b.packet.to.family = SRFLX_NO_FAMILY;
    CHECK_BYTES(ASK(&b, SUCCESS, {0, 1, 0, 0, CLASSIC_ID}),
                {1, 1, 0, 12, CLASSIC_ID, 0, 1, 0, 8, 0, 1, 0x80, 0x55, 192, 0, 2, 1});
}

/* spec: R8489-12-07 R8489-7-01 */
TEST(answers_fingerprint_with_fingerprint)
{
    struct srflx_message m;
    struct srflx_view answer;
    struct bench b;

    set_up(&b, VIEW(""));
    answer = ASK(&b, SUCCESS, {0, 1, 0, 8, COOKIE_ID, FINGERPRINT_OF_EMPTY});
    CHECK_INT(answer.len, 40);
    CHECK_INT(srflx_message_parse(answer, &m), 0);
    CHECK_INT(m.fingerprint, SRFLX_FINGERPRINT_RIGHT);
}

/* spec: R8489-6.3.1.1-06 */
TEST(names_itself_if_told_to)
{
    struct bench b;

    set_up(&b, VIEW("srflx"));
    CHECK_BYTES(ASK(&b, SUCCESS, {0, 1, 0, 0, COOKIE_ID}),
                {1, 1,    0,    24,   COOKIE_ID, 0,    0x20, 0,    8,    0,
                 1, 0xa1, 0x47, 0xe1, 0x12,      0xa6, 0x43, 0x80, 0x22, 0,
                 5, 's',  'r',  'f',  'l',       'x',  0,    0,    0});
}

/* Who asks makes no difference. spec: R8489-14.14-03 */
TEST(ignores_software_in_requests)
{
    struct bench b;

    set_up(&b, VIEW(""));
    CHECK_BYTES(ASK(&b, SUCCESS, {0, 1, 0, 8, COOKIE_ID, 0x80, 0x22, 0, 3, 'm', 'e', '!', 0}),
                {1, 1, 0, 12, COOKIE_ID, 0, 0x20, 0, 8, 0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43});
}

/* Empty phrase over UDP, 36 bytes for 24.
 * spec: R8489-6.3.1-01 R8489-6.3.1.1-02 R8489-6.3.1.1-04 R8489-14.8-14 R8489-14.13-01 */
TEST(refuses_unknown_attributes)
{
    struct bench b;

    set_up(&b, VIEW(""));
    CHECK_BYTES(
        ASK(&b, UNKNOWN_ATTRIBUTE, {0, 1, 0, 4, COOKIE_ID, 0x7F, 0xFF, 0, 0}),
        {1, 0x11, 0, 16, COOKIE_ID, 0, 9, 0, 4, 0, 0, 4, 20, 0, 10, 0, 2, 0x7F, 0xFF, 0, 0});
}

/* spec: R3489-8.1-13 R3489-8.1-14 R3489-11.2-07 R3489-11.2.10-01 R3489-11.2.10-02 */
TEST(refuses_unknown_attributes_of_classic_clients)
{
    struct bench b;

    set_up(&b, VIEW("srflx"));
    CHECK_BYTES(
        ASK(&b, UNKNOWN_ATTRIBUTE, {0, 1, 0, 4, CLASSIC_ID, 0x7F, 0xFF, 0, 0}),
        {1, 0x11, 0, 16, CLASSIC_ID, 0, 9, 0, 4, 0, 0, 4, 20, 0, 10, 0, 4, 0x7F, 0xFF, 0x7F, 0xFF});
}

/* RESPONSE-ADDRESS would send to third parties. spec: R3489-8.1-11 */
TEST(refuses_response_address)
{
    struct bench b;

    set_up(&b, VIEW(""));
    CHECK_BYTES(ASK(&b, UNKNOWN_ATTRIBUTE,
                    {0, 1, 0, 12, CLASSIC_ID, 0, 2, 0, 8, 0, 1, 0, 80, 203, 0, 113, 9}),
                {1, 0x11, 0, 16, CLASSIC_ID, 0, 9, 0, 4, 0, 0, 4, 20, 0, 10, 0, 4, 0, 2, 0, 2});
}

/* spec: R5389-12.2-04 */
TEST(refuses_change_request)
{
    struct bench b;

    set_up(&b, VIEW(""));
    CHECK_BYTES(ASK(&b, CHANGE_REFUSED, {0, 1, 0, 8, COOKIE_ID, 0, 3, 0, 4, 0, 0, 0, 6}),
                {1, 0x11, 0, 16, COOKIE_ID, 0, 9, 0, 4, 0, 0, 4, 20, 0, 10, 0, 2, 0, 3, 0, 0});
    CHECK_BYTES(ASK(&b, CHANGE_REFUSED, {0, 1, 0, 8, CLASSIC_ID, 0, 3, 0, 4, 0, 0, 0, 6}),
                {1, 0x11, 0, 16, CLASSIC_ID, 0, 9, 0, 4, 0, 0, 4, 20, 0, 10, 0, 4, 0, 3, 0, 3});
}

/* Where bytes cannot be aimed at others the phrase is there; RFC 3489 fills it with spaces.
 * spec: R8489-6.3.1.1-03 R3489-11.2.9-02 R3489-11.2.9-04 */
TEST(explains_errors_over_streams)
{
    struct bench b;

    set_up(&b, VIEW(""));
    b.packet.transport = SRFLX_TCP;
    CHECK_BYTES(ASK(&b, BAD_REQUEST, {0, 1, 0, 4, COOKIE_ID, 0, 3, 0, 0}),
                {1,   0x11, 0,   20,  COOKIE_ID, 0,   9,   0,   15,  0,   0,   4, 0,
                 'B', 'a',  'd', ' ', 'R',       'e', 'q', 'u', 'e', 's', 't', 0});
    CHECK_BYTES(ASK(&b, UNKNOWN_ATTRIBUTE, {0, 1, 0, 4, CLASSIC_ID, 0x7F, 0xFF, 0, 0}),
                {1,   0x11, 0,   36,  CLASSIC_ID, 0,   9,   0,   24,  0,    0,    4,    20,  'U',
                 'n', 'k',  'n', 'o', 'w',        'n', ' ', 'A', 't', 't',  'r',  'i',  'b', 'u',
                 't', 'e',  ' ', ' ', ' ',        0,   10,  0,   4,   0x7F, 0xFF, 0x7F, 0xFF});
}

/* spec: R3489-8.1-06 R3489-8.1-07 R3489-8.1-08 R3489-8.1-09 R3489-11.2-07 */
TEST(refuses_classic_credentials)
{
    struct bench b;

    set_up(&b, VIEW(""));
    CHECK_BYTES(ASK(&b, MISSING_USERNAME, {0, 1, 0, 4, CLASSIC_ID, 0, 8, 0, 0}),
                {1, 0x11, 0, 8, CLASSIC_ID, 0, 9, 0, 4, 0, 0, 4, 32});
    CHECK_BYTES(ASK(&b, STALE_CREDENTIALS,
                    {0, 1, 0, 12, CLASSIC_ID, 0, 6, 0, 4, 'u', 's', 'e', 'r', 0, 8, 0, 0}),
                {1, 0x11, 0, 8, CLASSIC_ID, 0, 9, 0, 4, 0, 0, 4, 30});
}

/* spec: R7983-7-02 R8489-6.3-01 R8489-6.3-03 R8489-6.3.2-02 */
TEST(says_nothing_to_the_rest)
{
    struct bench b;

    set_up(&b, VIEW("srflx"));
    CHECK_INT(ASK(&b, NOT_ADMITTED, {0, 1, 0, 0}).len, 0);
    CHECK_INT(ASK(&b, NOT_STUN, {0x16, 0xFE, 0xFD}).len, 0);
    CHECK_INT(ASK(&b, NOT_STUN, {0x40, 1, 0, 0, COOKIE_ID}).len, 0);
    CHECK_INT(ASK(&b, NOT_STUN, {0x04, 1, 0, 0, COOKIE_ID}).len, 0);
    CHECK_INT(ASK(&b, MALFORMED, {0, 1, 0, 4, COOKIE_ID}).len, 0);
    CHECK_INT(ASK(&b, MALFORMED, {0, 1, 0, 4, COOKIE_ID, 0x80, 0x22, 0, 1}).len, 0);
    CHECK_INT(ASK(&b, NO_REQUEST, {0, 0x11, 0, 4, COOKIE_ID, 0x7F, 0xFF, 0, 0}).len, 0);
    CHECK_INT(ASK(&b, NO_REQUEST, {1, 1, 0, 0, COOKIE_ID}).len, 0);
    CHECK_INT(ASK(&b, UNKNOWN_METHOD, {0, 2, 0, 0, CLASSIC_ID}).len, 0);
    CHECK_INT(ASK(&b, UNKNOWN_METHOD, {0, 3, 0, 0, COOKIE_ID}).len, 0);
    CHECK_INT(ASK(&b, WRONG_FINGERPRINT, {0, 1, 0, 4, COOKIE_ID, 0x80, 0x28, 0, 0}).len, 0);
}

/* The same request, the same answer. spec: R8489-6.3.1-02 R8489-6.3.1-04 R8489-6.3.1-05
 * R3489-8.1-38 */
TEST(answers_a_repeated_request_alike)
{
    struct srflx_view answer;
    uint8_t first[32];
    struct bench b;

    set_up(&b, VIEW(""));
    answer = ASK(&b, SUCCESS, {0, 1, 0, 0, COOKIE_ID});
    CHECK_INT(answer.len, 32);
    memcpy(first, answer.ptr, 32);
    answer = ASK(&b, SUCCESS, {0, 1, 0, 0, COOKIE_ID});
    CHECK_INT(answer.len, 32);
    CHECK_MEM(answer.ptr, first, 32);
}

/* The answer to a request full of unknown attributes, as large as a receive slot. */
static size_t refusal_size(const char *from, uint8_t transport, struct srflx_view software)
{
    static uint8_t request[2040] = {0, 1, 0x07, 0xE4, COOKIE_ID};
    struct bench b;
    size_t i;

    for (i = 20; i < sizeof request; i += 4) {
        request[i] = (uint8_t)(0x70 + (i >> 10));
        request[i + 1] = (uint8_t)(i >> 2);
    }
    set_up(&b, software);
    b.packet.transport = transport;
    CHECK_INT(srflx_addr_parse(from, &b.packet.from), 0);
    return ask(&b, (struct srflx_view){request, sizeof request}, SRFLX_VERDICT_UNKNOWN_ATTRIBUTE)
        .len;
}

/* spec: R8489-6.1-06 R8489-6.1-07 R8489-6.1-09 R8489-6.1-10 R5389-7.1-01 */
TEST(keeps_datagrams_small)
{
    CHECK_INT(refusal_size("192.0.2.1:9", SRFLX_UDP, VIEW("")), 544);
    CHECK_INT(refusal_size("192.0.2.1:9", SRFLX_UDP, VIEW("srflxd")), 544);
    CHECK_INT(refusal_size("[2001:db8::1]:9", SRFLX_UDP, VIEW("")), 32 + 2 * 505 + 2);
    CHECK_INT(refusal_size("192.0.2.1:9", SRFLX_TCP, VIEW("")), 52 + 2 * 505 + 2);
}

TEST(leaves_out_software_where_it_would_not_fit)
{
    static uint8_t name[4 * 127];
    struct bench b;
    size_t i;

    for (i = 0; i < sizeof name; i += 4)
        memcpy(name + i, "\xF0\x9F\x90\x82", 4);
    set_up(&b, (struct srflx_view){name, sizeof name});
    CHECK_INT(ASK(&b, SUCCESS, {0, 1, 0, 0, COOKIE_ID}).len, 32 + 512);
    CHECK_INT(ASK(&b, SUCCESS, {0, 1, 0, 8, COOKIE_ID, FINGERPRINT_OF_EMPTY}).len, 40);
    CHECK_INT(refusal_size("192.0.2.1:9", SRFLX_UDP, (struct srflx_view){name, sizeof name}), 544);
}

TEST(every_short_reply_buffer_ends_in_silence)
{
    struct bench b;
    size_t cap;

    set_up(&b, VIEW(""));
    for (cap = 0; cap < 40; cap++) {
        b.reply.cap = cap;
        CHECK_INT(ASK(&b, NO_SPACE, {0, 1, 0, 8, COOKIE_ID, FINGERPRINT_OF_EMPTY}).len, 0);
        CHECK_INT(b.out[cap], 0xA5);
    }
}

TEST(counts_what_it_decides)
{
    struct srflx_counters counters;
    struct bench b;

    set_up(&b, VIEW(""));
    ASK(&b, SUCCESS, {0, 1, 0, 0, COOKIE_ID});
    ASK(&b, SUCCESS, {0, 1, 0, 0, COOKIE_ID});
    ASK(&b, MALFORMED, {0, 1, 0, 4, COOKIE_ID});
    srflx_worker_counters(b.worker, &counters);
    CHECK_INT(counters.verdicts[SRFLX_VERDICT_SUCCESS], 2);
    CHECK_INT(counters.verdicts[SRFLX_VERDICT_MALFORMED], 1);
    CHECK_INT(counters.verdicts[SRFLX_VERDICT_NO_REQUEST], 0);
    CHECK_INT(counters.bytes_in, 60);
    CHECK_INT(counters.bytes_out, 64);
}

RUN(TEST_OF(answers_with_the_address_over_ipv4), TEST_OF(answers_with_the_address_over_ipv6),
    TEST_OF(answers_classic_clients_in_their_form), TEST_OF(answers_classic_clients_over_ipv6),
    TEST_OF(refuses_classic_clients_over_dtls), TEST_OF(states_no_source_address_it_does_not_know),
    TEST_OF(answers_fingerprint_with_fingerprint), TEST_OF(names_itself_if_told_to),
    TEST_OF(ignores_software_in_requests), TEST_OF(refuses_unknown_attributes),
    TEST_OF(refuses_unknown_attributes_of_classic_clients), TEST_OF(refuses_response_address),
    TEST_OF(refuses_change_request), TEST_OF(explains_errors_over_streams),
    TEST_OF(refuses_classic_credentials), TEST_OF(says_nothing_to_the_rest),
    TEST_OF(answers_a_repeated_request_alike), TEST_OF(keeps_datagrams_small),
    TEST_OF(leaves_out_software_where_it_would_not_fit),
    TEST_OF(every_short_reply_buffer_ends_in_silence), TEST_OF(counts_what_it_decides))
