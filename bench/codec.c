/* The codec alone, in hot loops over 256 messages in mixed order. Prints one JSON line: nanoseconds
 * (and instructions, where the machine counts them) per message. usage: codec [ROW [SAMPLES]] one
 * row only, and so many samples of it */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <srflx/message.h>
#include <srflx/writer.h>

#include "stopwatch.h"

enum { MESSAGES = 256, PASSES = 200, SAMPLES = 300, MESSAGE_MAX = 128 };

/* What each row works on. The messages are visited in an order that no predictor knows by heart. */
struct desk {
    uint8_t bytes[MESSAGES][MESSAGE_MAX];
    size_t len[MESSAGES];
    uint8_t order[MESSAGES];
    struct srflx_addr from;
    struct srflx_view software; /* empty: neither SOFTWARE nor FINGERPRINT in the answer */
    uint8_t out[MESSAGE_MAX];
    uint64_t sum; /* of what came out, so that nothing is left out */
};

static struct desk desk;
static uint32_t dice = 1;

/* The same numbers in every run. */
static uint8_t throw_dice(void)
{
    dice = dice * 1664525u + 1013904223u;
    return (uint8_t)(dice >> 16);
}

static void fail(const char *what)
{
    fprintf(stderr, "codec: %s\n", what);
    exit(4);
}

static void shuffle(void)
{
    for (unsigned i = 0; i < MESSAGES; i++)
        desk.order[i] = (uint8_t)i;
    for (unsigned i = MESSAGES - 1; i > 0; i--) {
        const unsigned other = throw_dice() % (i + 1);
        const uint8_t kept = desk.order[i];
        desk.order[i] = desk.order[other];
        desk.order[other] = kept;
    }
}

/* A connectivity check of RFC 8445: 92 bytes, or 100 with FINGERPRINT, in one of four orders. */
static void put_check(struct srflx_writer *w, unsigned variant)
{
    static const uint8_t digest[20] = {1};
    static const struct srflx_view name = {(const uint8_t *)"evtj:h6vYabcdefg", 16};

    if (variant & 1) srflx_put_text(w, SRFLX_ATTR_USERNAME, name);
    srflx_put_u32(w, SRFLX_ATTR_PRIORITY, 0x6E7F1EFF);
    srflx_put_u64(w, variant & 2 ? SRFLX_ATTR_ICE_CONTROLLED : SRFLX_ATTR_ICE_CONTROLLING, 7);
    if (!(variant & 1)) srflx_put_text(w, SRFLX_ATTR_USERNAME, name);
    srflx_put_flag(w, SRFLX_ATTR_USE_CANDIDATE);
    srflx_put_bytes(w, SRFLX_ATTR_MESSAGE_INTEGRITY, (struct srflx_view){digest, sizeof digest});
}

static void prepare(bool check, bool fingerprint)
{
    for (unsigned i = 0; i < MESSAGES; i++) {
        struct srflx_id id = {{0x21, 0x12, 0xA4, 0x42}};
        struct srflx_writer w;
        struct srflx_view message;
        for (size_t k = 4; k < sizeof id.bytes; k++)
            id.bytes[k] = throw_dice();
        srflx_writer_begin(&w, desk.bytes[i], MESSAGE_MAX,
                           srflx_type(SRFLX_METHOD_BINDING, SRFLX_REQUEST), &id);
        if (check) put_check(&w, throw_dice());
        if (fingerprint) srflx_add_fingerprint(&w);
        if (srflx_writer_finish(&w, &message)) fail("cannot write a request");
        desk.len[i] = message.len;
    }
    shuffle();
}

static struct srflx_view message_at(unsigned i)
{
    const uint8_t place = desk.order[i];

    return (struct srflx_view){desk.bytes[place], desk.len[place]};
}

static void parse_all(void *user)
{
    (void)user;
    for (unsigned pass = 0; pass < PASSES; pass++)
        for (unsigned i = 0; i < MESSAGES; i++) {
            struct srflx_message m;
            if (srflx_message_parse(message_at(i), &m)) fail("a request was refused");
            desk.sum += m.seen + m.fingerprint;
        }
}

static void answer(const struct srflx_message *request)
{
    struct srflx_writer w;
    struct srflx_view message;

    srflx_writer_reply(&w, desk.out, sizeof desk.out, request, SRFLX_SUCCESS);
    srflx_put_addr(&w, SRFLX_ATTR_XOR_MAPPED_ADDRESS, &desk.from);
    if (desk.software.len) {
        srflx_put_prepared(&w, desk.software);
        srflx_add_fingerprint(&w);
    }
    if (srflx_writer_finish(&w, &message)) fail("an answer did not fit");
    desk.sum += message.len + desk.out[27];
}

static void build_all(void *user)
{
    struct srflx_message requests[MESSAGES];

    (void)user;
    for (unsigned i = 0; i < MESSAGES; i++)
        if (srflx_message_parse(message_at(i), &requests[i])) fail("a request was refused");
    for (unsigned pass = 0; pass < PASSES; pass++)
        for (unsigned i = 0; i < MESSAGES; i++)
            answer(&requests[i]);
}

static void request_to_answer_all(void *user)
{
    (void)user;
    for (unsigned pass = 0; pass < PASSES; pass++)
        for (unsigned i = 0; i < MESSAGES; i++) {
            struct srflx_message m;
            if (srflx_message_parse(message_at(i), &m)) fail("a request was refused");
            answer(&m);
        }
}

/* What was asked for on the command line. */
struct choice {
    const char *row; /* NULL: all */
    size_t samples;
    bool printed;
};

static void row(struct choice *choice, const char *name, void (*body)(void *user))
{
    struct figures figures;

    if (choice->row && strcmp(choice->row, name) != 0) return;
    figures = stopwatch(body, NULL, (size_t)MESSAGES * PASSES, choice->samples);
    print_figures(name, &figures);
    choice->printed = true;
}

static void build_rows(struct choice *choice, const char *plain, const char *full,
                       const struct srflx_addr *from)
{
    static const uint8_t software[] = {0x80, 0x22, 0, 5, 's', 'r', 'f', 'l', 'x', 0, 0, 0};

    desk.from = *from;
    row(choice, plain, build_all);
    desk.software = (struct srflx_view){software, sizeof software};
    row(choice, full, build_all);
    desk.software.len = 0;
}

int main(int argc, char **argv)
{
    static const struct srflx_addr v4 = {{192, 0, 2, 1}, 0, 32853, SRFLX_IPV4};
    static const struct srflx_addr v6 = {{0x20, 0x01, 0x0D, 0xB8, [15] = 7}, 0, 32853, SRFLX_IPV6};
    struct choice choice = {argc > 1 ? argv[1] : NULL, SAMPLES, false};

    if (argc > 2) choice.samples = strtoul(argv[2], NULL, 10);
    if (choice.samples < 1 || choice.samples > SAMPLES) fail("1 to 300 samples");
    prepare(false, false);
    row(&choice, "parse_plain", parse_all);
    build_rows(&choice, "build_v4", "build_v4_full", &v4);
    build_rows(&choice, "build_v6", "build_v6_full", &v6);
    desk.from = v4;
    row(&choice, "request_to_answer_v4", request_to_answer_all);
    desk.from = v6;
    row(&choice, "request_to_answer_v6", request_to_answer_all);
    prepare(true, false);
    row(&choice, "parse_check", parse_all);
    prepare(true, true);
    row(&choice, "parse_check_fingerprint", parse_all);
    if (!choice.printed) fail("there is no such row");
    printf("}\n");
    return desk.sum ? 0 : 4;
}
