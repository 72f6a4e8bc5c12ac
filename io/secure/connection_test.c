#include <openssl/ssl.h>

#include "check.h"
#include "context.h"
#include "identity_for_tests.h"
#include "pair_for_tests.h"

static char folder[TEST_PATH];
static struct test_identity ca, leaf;
static struct srflx_secure_context *servers[2], *clients[2]; /* from TLS 1.2 and 1.3 on */
static struct test_pair pair;

enum { TLS_1_2, TLS_1_3, VERSIONS };
static const char *const version_names[] = {"TLSv1.2", "TLSv1.3"};

/* Three messages in one piece, as a stream sees them. */
static const char three[] = "the first message, and the second, and the third one";
static const size_t three_lens[] = {18, 16, 18};

static struct srflx_view view(const void *bytes, size_t len)
{
    return (struct srflx_view){bytes, len};
}

static struct srflx_secure_context *make_server(uint16_t minimum)
{
    struct srflx_secure_identity files = {leaf.certificate, leaf.key};
    struct srflx_secure_server_options options;
    struct srflx_secure_context *context;
    char text[SRFLX_SECURE_TEXT];

    srflx_secure_server_options_defaults(&options);
    options.identities = &files;
    options.identity_count = 1;
    options.minimum = minimum;
    if (srflx_secure_server_new(&options, &context, text)) FAIL("%s", text);
    return context;
}

static struct srflx_secure_context *make_client(void)
{
    struct srflx_secure_client_options options;
    struct srflx_secure_context *context;
    char text[SRFLX_SECURE_TEXT];

    srflx_secure_client_options_defaults(&options);
    options.ca = ca.certificate;
    if (srflx_secure_client_new(&options, &context, text)) FAIL("%s", text);
    return context;
}

/* No API limits the newest version, because nobody should. */
static void make_pair(int version)
{
    test_pair_make(&pair, clients[version], servers[version], "stun.example");
}

static void check_open(int version)
{
    CHECK(srflx_secure_is_open(pair.client.s) && srflx_secure_is_open(pair.server.s));
    CHECK_STR(srflx_secure_version(pair.client.s), version_names[version]);
    CHECK_STR(srflx_secure_version(pair.server.s), version_names[version]);
}

static void write_three(struct test_end *end)
{
    size_t at = 0;

    for (size_t i = 0; i < 3; at += three_lens[i++])
        CHECK_INT(srflx_secure_write(end->s, view(three + at, three_lens[i]), &end->out), 0);
}

static void check_three(const struct test_end *end)
{
    CHECK_INT(end->plain_len, sizeof three - 1);
    CHECK_MEM(end->plain, three, sizeof three - 1);
}

TEST(a_handshake_and_messages_in_both_directions)
{
    for (int version = 0; version < VERSIONS; version++) {
        make_pair(version);
        CHECK_STR(srflx_secure_version(pair.client.s), "none");
        CHECK_STR(srflx_secure_suite(pair.client.s), "none");
        test_pair_run(&pair, 0);
        check_open(version);
        CHECK_INT(srflx_secure_wait_ms(pair.server.s), UINT32_MAX);
        CHECK_INT(srflx_secure_tick(pair.server.s, &pair.server.out), 0);
        write_three(&pair.client);
        write_three(&pair.server);
        test_pair_run(&pair, 0);
        check_three(&pair.server);
        check_three(&pair.client);
        CHECK_INT(srflx_secure_fault(pair.server.s), SRFLX_SECURE_NONE);
        test_pair_drop(&pair);
    }
}

TEST(bytes_may_come_one_at_a_time)
{
    for (int version = 0; version < VERSIONS; version++) {
        make_pair(version);
        test_pair_run(&pair, 1);
        check_open(version);
        write_three(&pair.client);
        test_pair_run(&pair, 1);
        check_three(&pair.server);
        test_pair_drop(&pair);
    }
}

/* Everything that one side says to the other, cut once at position `cut` of all of it. Returns what it was
 * in all. */
struct cut {
    size_t cut, seen;
};

static bool carry_cut(struct test_end *from, struct test_end *to, struct cut *cut)
{
    static uint8_t bytes[TEST_BYTES];
    const size_t len = test_end_take(from, bytes);
    size_t head = cut->cut > cut->seen ? cut->cut - cut->seen : 0;

    if (!len) return false;
    if (head > len) head = len;
    if (head) test_end_feed(to, view(bytes, head));
    if (head < len) test_end_feed(to, view(bytes + head, len - head));
    cut->seen += len;
    return true;
}

/* Handshake, then three messages from the client, and the answers. */
static void run_cut(int version, struct cut *to_server, struct cut *to_client)
{
    bool said;

    make_pair(version);
    test_end_feed(&pair.client, view(NULL, 0));
    do {
        said = carry_cut(&pair.client, &pair.server, to_server);
        said |= carry_cut(&pair.server, &pair.client, to_client);
    } while (said);
    check_open(version);
    write_three(&pair.client);
    carry_cut(&pair.client, &pair.server, to_server);
    check_three(&pair.server);
    write_three(&pair.server);
    carry_cut(&pair.server, &pair.client, to_client);
    check_three(&pair.client);
    test_pair_drop(&pair);
}

TEST(bytes_may_be_cut_anywhere)
{
    for (int version = 0; version < VERSIONS; version++) {
        size_t most = 0;
        for (size_t at = 1; at == 1 || at < most; at++) {
            struct cut to_server = {at, 0}, to_client = {at, 0};
            run_cut(version, &to_server, &to_client);
            most = to_server.seen > to_client.seen ? to_server.seen : to_client.seen;
        }
        CHECK(most > 600);
    }
}

/* With room for `cap` bytes at a time on both sides. Returns whether it was ever short. */
static bool carry_narrow(struct test_end *from, struct test_end *to, size_t cap)
{
    static uint8_t bytes[TEST_BYTES];
    const size_t len = test_end_take(from, bytes);
    static uint8_t answers[TEST_BYTES];
    struct srflx_view piece = {bytes, len};
    size_t said = 0;
    bool was_full = false;

    to->out.cap = cap;
    do {
        to->last = srflx_secure_read(to->s, &piece, &to->out, to->plain + to->plain_len,
                                     sizeof to->plain - to->plain_len);
        CHECK(to->last >= 0 && to->out.len <= cap);
        to->plain_len += (size_t)to->last;
        was_full |= srflx_secure_is_full(to->s);
        memcpy(answers + said, to->bytes, to->out.len);
        said += to->out.len;
        to->out.len = 0;
    } while (to->last || srflx_secure_is_full(to->s));
    CHECK_INT(piece.len, 0);
    to->out.cap = sizeof to->bytes;
    memcpy(to->bytes, answers, said);
    to->out.len = said;
    return was_full;
}

TEST(output_may_have_one_byte_at_a_time)
{
    for (int version = 0; version < VERSIONS; version++)
        for (size_t cap = 1; cap < 64; cap += 31) {
            bool was_full = false;
            make_pair(version);
            carry_narrow(&pair.server, &pair.client, cap);
            while (pair.client.out.len || pair.server.out.len) {
                was_full |= carry_narrow(&pair.client, &pair.server, cap);
                was_full |= carry_narrow(&pair.server, &pair.client, cap);
            }
            CHECK(was_full);
            check_open(version);
            write_three(&pair.client);
            carry_narrow(&pair.client, &pair.server, cap);
            check_three(&pair.server);
            test_pair_drop(&pair);
        }
}

TEST(plaintext_comes_in_parts_if_there_is_little_room)
{
    uint8_t plain[4], bytes[256];
    struct srflx_view piece;

    make_pair(TLS_1_3);
    test_pair_run(&pair, 0);
    CHECK_INT(srflx_secure_write(pair.client.s, VIEW("ten bytes."), &pair.client.out), 0);
    piece = view(bytes, test_end_take(&pair.client, bytes));
    CHECK_INT(srflx_secure_read(pair.server.s, &piece, &pair.server.out, plain, 4), 4);
    CHECK_MEM(plain, "ten ", 4);
    CHECK_INT(piece.len, 0);
    CHECK_INT(srflx_secure_read(pair.server.s, &piece, &pair.server.out, plain, 4), 4);
    CHECK_INT(srflx_secure_read(pair.server.s, &piece, &pair.server.out, plain, 4), 2);
    CHECK_MEM(plain, "s.", 2);
    CHECK_INT(srflx_secure_read(pair.server.s, &piece, &pair.server.out, plain, 4), 0);
    test_pair_drop(&pair);
}

TEST(writing_says_what_is_missing)
{
    static uint8_t big[40000];
    struct srflx_secure_out *out = &pair.client.out;

    make_pair(TLS_1_3);
    CHECK_INT(srflx_secure_write(pair.client.s, VIEW("early"), out), SRFLX_ERROR_STATE);
    test_pair_run(&pair, 0);
    CHECK_INT(srflx_secure_write(pair.client.s, view(NULL, 0), out), SRFLX_ERROR_ARGUMENT);
    out->cap = SRFLX_SECURE_ROOM(5) - 1;
    CHECK_INT(srflx_secure_write(pair.client.s, VIEW("12345"), out), SRFLX_ERROR_SPACE);
    CHECK_INT(out->len, 0);
    out->cap++;
    CHECK_INT(srflx_secure_write(pair.client.s, VIEW("12345"), out), 0);
    out->cap = out->len + SRFLX_SECURE_ROOM(sizeof big);
    CHECK_INT(srflx_secure_write(pair.client.s, view(big, sizeof big), out), 0);
    CHECK(out->len <= out->cap);
    test_pair_run(&pair, 0);
    CHECK_INT(pair.server.plain_len, 5 + sizeof big);
    test_pair_drop(&pair);
}

TEST(closing_is_told_once_and_answered)
{
    for (int version = 0; version < VERSIONS; version++) {
        make_pair(version);
        srflx_secure_close(pair.client.s, &pair.client.out);
        CHECK_INT(pair.client.out.len, 0);
        test_pair_run(&pair, 0);
        srflx_secure_close(pair.client.s, &pair.client.out);
        CHECK(pair.client.out.len > 0);
        CHECK(!srflx_secure_is_open(pair.client.s));
        CHECK_INT(srflx_secure_write(pair.client.s, VIEW("x"), &pair.client.out),
                  SRFLX_ERROR_STATE);
        carry_cut(&pair.client, &pair.server, &(struct cut){0, 0});
        CHECK_INT(pair.server.last, SRFLX_ERROR_CLOSED);
        CHECK(!srflx_secure_is_open(pair.server.s));
        CHECK_INT(srflx_secure_write(pair.server.s, VIEW("x"), &pair.server.out),
                  SRFLX_ERROR_STATE);
        srflx_secure_close(pair.server.s, &pair.server.out);
        CHECK(pair.server.out.len > 0);
        carry_cut(&pair.server, &pair.client, &(struct cut){0, 0});
        CHECK_INT(pair.client.last, SRFLX_ERROR_CLOSED);
        srflx_secure_close(pair.server.s, &pair.server.out);
        CHECK_INT(pair.server.out.len, 0);
        test_pair_drop(&pair);
    }
}

TEST(closing_may_take_several_calls)
{
    uint8_t bytes[64];
    size_t said = 0;

    make_pair(TLS_1_3);
    test_pair_run(&pair, 0);
    pair.client.out.cap = 1;
    do {
        srflx_secure_close(pair.client.s, &pair.client.out);
        CHECK(said < sizeof bytes);
        if (pair.client.out.len) bytes[said++] = pair.client.bytes[0];
        pair.client.out.len = 0;
    } while (srflx_secure_is_full(pair.client.s));
    CHECK_INT(said, 24);
    test_end_feed(&pair.server, view(bytes, said));
    CHECK_INT(pair.server.last, SRFLX_ERROR_CLOSED);
    test_pair_drop(&pair);
}

/* What a server says to such bytes: an error that stays, and one alert at most. */
static void check_refused(const void *bytes, size_t len, const char *fault, const char *sentence)
{
    char text[SRFLX_SECURE_TEXT];
    size_t said;

    make_pair(TLS_1_3);
    test_end_feed(&pair.server, view(bytes, len));
    CHECK_INT(pair.server.last, SRFLX_ERROR_SECURITY);
    CHECK_STR(srflx_secure_fault_name(srflx_secure_fault(pair.server.s)), fault);
    srflx_secure_explain(pair.server.s, text);
    CHECK_STR(text, sentence);
    said = pair.server.out.len;
    CHECK(said == 0 || (said == 7 && pair.server.bytes[0] == 21 && pair.server.bytes[5] == 2));
    test_end_feed(&pair.server, view(bytes, len));
    CHECK_INT(pair.server.last, SRFLX_ERROR_SECURITY);
    srflx_secure_close(pair.server.s, &pair.server.out);
    CHECK_INT(pair.server.out.len, said);
    CHECK_INT(srflx_secure_write(pair.server.s, VIEW("x"), &pair.server.out), SRFLX_ERROR_SECURITY);
    test_pair_drop(&pair);
}

TEST(what_is_no_tls_is_refused)
{
    static const uint8_t request[20] = {0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42};

    check_refused(request, sizeof request, "PROTOCOL",
                  "the peer's bytes are no good TLS: wrong version number");
    check_refused("GET / HTTP/1.1\r\n", 16, "PROTOCOL",
                  "the peer's bytes are no good TLS: http request");
}

/* Nine bytes would make OpenSSL reserve 128 KiB, and a patient stranger could send them. */
TEST(a_hello_that_says_it_is_long_is_refused_at_once)
{
    static const uint8_t head[] = {22, 3, 1, 0x40, 0x00, 1, 0, 0x40, 1};
    static const uint8_t fine[] = {22, 3, 1, 0x40, 0x00, 1, 0, 0x40, 0};

    check_refused(head, sizeof head, "PROTOCOL", "the peer's handshake is too long");
    make_pair(TLS_1_3);
    test_end_feed(&pair.server, view(fine, sizeof fine));
    CHECK_INT(pair.server.last, 0);
    test_pair_drop(&pair);
}

/* Empty records of the right kind, one after the other. */
TEST(a_handshake_that_leads_nowhere_is_refused)
{
    static const uint8_t piece[] = {22, 3, 1, 0, 1, 1};
    static const uint8_t empty[] = {22, 3, 1, 0, 0};
    size_t fed = 0;

    make_pair(TLS_1_3);
    test_end_feed(&pair.server, view(piece, sizeof piece));
    CHECK_INT(pair.server.last, 0);
    while (!pair.server.last && fed < 100000) {
        test_end_feed(&pair.server, view(empty, sizeof empty));
        fed += sizeof empty;
    }
    CHECK_INT(pair.server.last, SRFLX_ERROR_SECURITY);
    CHECK(fed <= 32768);
    test_pair_drop(&pair);
}

TEST(a_spoilt_record_ends_the_connection_with_one_alert)
{
    for (int version = 0; version < VERSIONS; version++) {
        uint8_t bytes[256];
        size_t len;

        make_pair(version);
        test_pair_run(&pair, 0);
        CHECK_INT(srflx_secure_write(pair.client.s, VIEW("ping"), &pair.client.out), 0);
        len = test_end_take(&pair.client, bytes);
        bytes[len - 1] ^= 1;
        test_end_feed(&pair.server, view(bytes, len));
        CHECK_INT(pair.server.last, SRFLX_ERROR_SECURITY);
        CHECK_INT(srflx_secure_fault(pair.server.s), SRFLX_SECURE_PROTOCOL);
        CHECK_INT(pair.server.plain_len, 0);
        carry_cut(&pair.server, &pair.client, &(struct cut){0, 0});
        CHECK_INT(pair.client.last, SRFLX_ERROR_SECURITY);
        CHECK_INT(srflx_secure_fault(pair.client.s), SRFLX_SECURE_ALERT);
        test_pair_drop(&pair);
    }
}

/* Each costs the server more than a message does. */
TEST(keys_may_be_renewed_now_and_then)
{
    make_pair(TLS_1_3);
    test_pair_run(&pair, 0);
    for (unsigned i = 0; i < 32; i++)
        test_end_renew_keys(&pair.client);
    test_pair_run(&pair, 0);
    write_three(&pair.client);
    test_pair_run(&pair, 0);
    check_open(TLS_1_3);
    check_three(&pair.server);
    test_end_renew_keys(&pair.client);
    write_three(&pair.client);
    test_pair_run(&pair, 0);
    CHECK_INT(pair.server.last, SRFLX_ERROR_SECURITY);
    check_three(&pair.server); /* and none of what came after */
    test_pair_drop(&pair);
}

TEST(arguments_are_checked)
{
    char long_name[300];
    struct srflx_secure *s;

    memset(long_name, 'a', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    CHECK_INT(srflx_secure_new(servers[0], SRFLX_UDP, NULL, &s), SRFLX_ERROR_ARGUMENT);
    CHECK_INT(srflx_secure_new(servers[0], SRFLX_DTLS, NULL, &s), SRFLX_ERROR_ARGUMENT);
    CHECK_INT(srflx_secure_new(servers[0], SRFLX_TLS, "a.example", &s), SRFLX_ERROR_ARGUMENT);
    CHECK_INT(srflx_secure_new(clients[0], SRFLX_TLS, NULL, &s), SRFLX_ERROR_ARGUMENT);
    CHECK_INT(srflx_secure_new(clients[0], SRFLX_TLS, "", &s), SRFLX_ERROR_ARGUMENT);
    CHECK_INT(srflx_secure_new(clients[0], SRFLX_TLS, long_name, &s), SRFLX_ERROR_ARGUMENT);
    srflx_secure_destroy(NULL);
    srflx_secure_context_destroy(NULL);
    srflx_secure_listener_destroy(NULL);
}

/* The contexts go first. */
TEST(connections_outlive_their_context)
{
    struct srflx_secure_context *server = make_server(0x0304), *client = make_client();

    test_pair_make(&pair, client, server, "stun.example");
    srflx_secure_context_destroy(server);
    srflx_secure_context_destroy(client);
    test_pair_run(&pair, 0);
    check_open(TLS_1_3);
    test_pair_drop(&pair);
}

static int set_up(void **state)
{
    (void)state;
    test_folder_make(folder);
    test_identity_make(&ca, folder, "ca", &(struct test_wish){.common_name = "CA", .is_ca = true});
    test_identity_make(&leaf, folder, "leaf",
                       &(struct test_wish){.names = "stun.example", .issuer = &ca});
    servers[TLS_1_2] = make_server(0x0303);
    servers[TLS_1_3] = make_server(0x0304);
    clients[TLS_1_2] = make_client();
    clients[TLS_1_3] = make_client();
    SSL_CTX_set_max_proto_version(srflxi_context_ssl(clients[TLS_1_2], false), TLS1_2_VERSION);
    return 0;
}

static int clean_up(void **state)
{
    (void)state;
    for (int i = 0; i < VERSIONS; i++) {
        srflx_secure_context_destroy(servers[i]);
        srflx_secure_context_destroy(clients[i]);
    }
    test_identity_drop(&leaf);
    test_identity_drop(&ca);
    test_folder_remove(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_OF(a_handshake_and_messages_in_both_directions),
        TEST_OF(bytes_may_come_one_at_a_time),
        TEST_OF(bytes_may_be_cut_anywhere),
        TEST_OF(output_may_have_one_byte_at_a_time),
        TEST_OF(plaintext_comes_in_parts_if_there_is_little_room),
        TEST_OF(writing_says_what_is_missing),
        TEST_OF(closing_is_told_once_and_answered),
        TEST_OF(closing_may_take_several_calls),
        TEST_OF(what_is_no_tls_is_refused),
        TEST_OF(a_hello_that_says_it_is_long_is_refused_at_once),
        TEST_OF(a_handshake_that_leads_nowhere_is_refused),
        TEST_OF(a_spoilt_record_ends_the_connection_with_one_alert),
        TEST_OF(keys_may_be_renewed_now_and_then),
        TEST_OF(arguments_are_checked),
        TEST_OF(connections_outlive_their_context),
    };
    return cmocka_run_group_tests(tests, set_up, clean_up);
}
