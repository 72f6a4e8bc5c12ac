#include "stream_tls_fixture.h"

static struct tls tls;
static struct srflx_connection_world world;
static struct srflx_buffer_pool pool;
static struct seen seen;
static struct test_end client;
static struct srflx_connection c;
static enum srflx_connection_need need;
static size_t sent; /* by the server */

static void begin(void)
{
    static const struct srflx_addr peer = {{192, 0, 2, 1}, 0, 40000, SRFLX_IPV4};
    static const struct srflx_addr local = {{192, 0, 2, 2}, 0, 5349, SRFLX_IPV4};

    if (!tls.server) tls_make(&tls, 0x0303);
    if (!pool.buffers) CHECK_INT(srflx_buffer_pool_init(&pool, 1), 0);
    memset(&world, 0, sizeof world);
    memset(&seen, 0, sizeof seen);
    world.handler = (struct srflx_handler){handle_seen, &seen};
    world.security = tls.server;
    srflx_connection_init(&c, &peer, &local, false);
    tls_client_make(&tls, &client);
    need = SRFLX_CONNECTION_RECEIVE;
    sent = 0;
}

static void finish(void)
{
    if (c.buffer) srflx_buffer_give(&pool, c.buffer);
    srflx_connection_clear(&c);
    srflx_secure_destroy(client.s);
}

static void take_buffer(void)
{
    if (!c.buffer) c.buffer = srflx_buffer_take(&pool);
}

/* What the connection has to say goes to the client, `take_most` bytes at a time. */
static void work(size_t take_most)
{
    while ((need = srflx_connection_work(&c, &world)) == SRFLX_CONNECTION_SEND) {
        struct srflx_view output = srflx_connection_output(&c);
        if (output.len > take_most) output.len = take_most;
        test_end_feed(&client, output);
        sent += output.len;
        srflx_connection_sent(&c, output.len);
    }
    if (!c.buffer || !srflx_connection_is_empty(&c)) return;
    srflx_buffer_give(&pool, c.buffer);
    c.buffer = NULL;
}

/* Pieces end at multiples of `piece`, and at `cut`. */
static void feed(const uint8_t *bytes, size_t len, size_t piece, size_t cut)
{
    for (size_t at = 0; at < len && need == SRFLX_CONNECTION_RECEIVE;) {
        struct srflx_connection_room room;
        size_t part = len - at < piece ? len - at : piece;
        if (at < cut && at + part > cut) part = cut - at;
        take_buffer();
        room = srflx_connection_room(&c);
        if (part > room.len) part = room.len;
        memcpy(room.ptr, bytes + at, part);
        srflx_connection_received(&c, part);
        at += part;
        work(SIZE_MAX);
    }
}

/* The client's words go to the connection, cut at `cut` of all that it ever says. */
static size_t carry(size_t piece, size_t said, size_t cut)
{
    static uint8_t bytes[TEST_BYTES];
    size_t len;

    while ((len = test_end_take(&client, bytes))) {
        feed(bytes, len, piece, cut > said ? cut - said : 0);
        said += len;
    }
    return said;
}

static struct pile three_messages(void)
{
    struct pile stream = {0};

    pile_add_request(&stream, 1, 0);
    pile_add_request(&stream, 2, 8);
    pile_add_request(&stream, 3, 4);
    return stream;
}

/* A handshake, three messages in two records, cut at one place. Returns how much the client said. */
static size_t check_cut(const struct pile *stream, const struct pile *want, size_t piece,
                        size_t cut)
{
    size_t said;

    begin();
    said = carry(piece, 0, cut);
    CHECK(srflx_secure_is_open(client.s));
    tls_say(&client, stream->bytes, 30);
    tls_say(&client, stream->bytes + 30, stream->len - 30);
    said = carry(piece, said, cut);
    CHECK_INT(client.plain_len, want->len);
    CHECK_MEM(client.plain, want->bytes, want->len);
    CHECK_INT(need, SRFLX_CONNECTION_RECEIVE);
    CHECK_NULL(c.buffer);
    CHECK_INT(world.counters.handshakes, 1);
    CHECK_INT(world.counters.messages, 3);
    CHECK_INT(seen.packet.transport, SRFLX_TLS);
    finish();
    return said;
}

/* spec: R8489-6.2.2-03 R8489-6.3.1.2-03 */
TEST(every_split)
{
    struct pile stream = three_messages(), want = answers_to(&stream);
    const size_t len = check_cut(&stream, &want, SIZE_MAX, 0);

    CHECK(len > 300);
    for (size_t cut = 1; cut < len; cut++)
        check_cut(&stream, &want, SIZE_MAX, cut);
    check_cut(&stream, &want, 1, 0);
    pile_free(&stream);
    pile_free(&want);
}

static void shake(void)
{
    begin();
    carry(SIZE_MAX, 0, 0);
    CHECK_INT(c.phase, SRFLX_CONNECTION_MESSAGES);
}

/* More than any buffer holds, and a client that takes little at a time. */
TEST(many_messages)
{
    struct pile stream = {0}, want;
    static uint8_t bytes[TEST_BYTES];
    size_t len;

    for (unsigned i = 0; i < 1200; i++)
        pile_add_request(&stream, i, (uint16_t)(i % 100 ? 0 : 400));
    want = answers_to(&stream);
    CHECK(want.len < TEST_BYTES && want.len > 2 * SRFLX_STREAM_OUT - 8192);
    shake();
    tls_say(&client, stream.bytes, 16000);
    tls_say(&client, stream.bytes + 16000, stream.len - 16000);
    len = test_end_take(&client, bytes);
    for (size_t at = 0; at < len; at += 5000) {
        struct srflx_connection_room room;
        const size_t part = len - at < 5000 ? len - at : 5000;
        take_buffer();
        room = srflx_connection_room(&c);
        CHECK(room.len >= part);
        memcpy(room.ptr, bytes + at, part);
        srflx_connection_received(&c, part);
        work(100);
    }
    CHECK_INT(client.plain_len, want.len);
    CHECK_MEM(client.plain, want.bytes, want.len);
    CHECK_NULL(c.buffer);
    finish();
    pile_free(&stream);
    pile_free(&want);
}

TEST(it_says_what_it_waits_for)
{
    static uint8_t bytes[TEST_BYTES];
    size_t len;

    begin();
    CHECK_INT(srflx_connection_waits_for(&c), SRFLX_WAIT_FIRST);
    len = test_end_take(&client, bytes);
    feed(bytes, 1, 1, 0);
    CHECK_INT(srflx_connection_waits_for(&c), SRFLX_WAIT_HANDSHAKE);
    CHECK_NULL(c.buffer); /* OpenSSL has the byte */
    feed(bytes + 1, len - 1, SIZE_MAX, 0);
    CHECK_INT(srflx_connection_waits_for(&c), SRFLX_WAIT_HANDSHAKE);
    carry(SIZE_MAX, 0, 0);
    CHECK_INT(srflx_connection_waits_for(&c), SRFLX_WAIT_FIRST);
    tls_say(&client, "\0\1\0\0\x21\x12\xA4\x42zzzzzzzzzzzz", 20);
    tls_say(&client, "\0", 1);
    carry(SIZE_MAX, 0, 0);
    CHECK_INT(srflx_connection_waits_for(&c), SRFLX_WAIT_REST);
    finish();
}

/* Both sides end in good order. */
TEST(close_notify_is_answered)
{
    shake();
    srflx_secure_close(client.s, &client.out);
    carry(SIZE_MAX, 0, 0);
    CHECK_INT(need, SRFLX_CONNECTION_CLOSE);
    CHECK_INT(c.end, SRFLX_STREAM_END_closed);
    CHECK_INT(client.last, SRFLX_ERROR_CLOSED);
    finish();
}

TEST(the_end_of_the_stream_is_answered_with_close_notify)
{
    struct pile stream = three_messages(), want = answers_to(&stream);
    static uint8_t bytes[TEST_BYTES];
    struct srflx_connection_room room;
    size_t len;

    shake();
    tls_say(&client, stream.bytes, stream.len);
    len = test_end_take(&client, bytes);
    take_buffer();
    room = srflx_connection_room(&c);
    memcpy(room.ptr, bytes, len);
    srflx_connection_received(&c, len);
    srflx_connection_ended(&c);
    work(SIZE_MAX);
    CHECK_INT(need, SRFLX_CONNECTION_CLOSE);
    CHECK_INT(c.end, SRFLX_STREAM_END_closed);
    CHECK_INT(client.plain_len, want.len);
    CHECK_INT(client.last, SRFLX_ERROR_CLOSED);
    finish();
    pile_free(&stream);
    pile_free(&want);
}

TEST(a_lost_boundary_is_the_end)
{
    shake();
    tls_say(&client, "\0\1\0\0\x21\x12\xA4\x42zzzzzzzzzzzz\x40\0\0\0", 24);
    carry(SIZE_MAX, 0, 0);
    CHECK_INT(need, SRFLX_CONNECTION_CLOSE);
    CHECK_INT(c.end, SRFLX_STREAM_END_framing);
    CHECK_INT(world.counters.answers, 1);
    CHECK_INT(client.last, SRFLX_ERROR_CLOSED);
    finish();
}

/* An alert says that something was wrong. */
TEST(what_is_no_tls_ends_the_connection)
{
    static const uint8_t hello[] = "\x16\x03\x01\0\x04zzzz";
    static uint8_t bytes[TEST_BYTES];
    size_t len;

    begin();
    feed(hello, sizeof hello - 1, SIZE_MAX, 0);
    CHECK_INT(need, SRFLX_CONNECTION_CLOSE);
    CHECK_INT(c.end, SRFLX_STREAM_END_handshake_failed);
    finish();

    shake();
    tls_say(&client, "\0\1\0\0\x21\x12\xA4\x42zzzzzzzzzzzz", 20);
    len = test_end_take(&client, bytes);
    bytes[len - 1] ^= 1;
    feed(bytes, len, SIZE_MAX, 0);
    CHECK_INT(need, SRFLX_CONNECTION_CLOSE);
    CHECK_INT(c.end, SRFLX_STREAM_END_tls_broken);
    CHECK_INT(client.last, SRFLX_ERROR_SECURITY);
    CHECK_INT(seen.count, 0);
    finish();
}

/* A server that sends more in one flight than a buffer holds: its certificate, 120 times. */
TEST(a_flight_longer_than_any_buffer)
{
    struct srflx_secure_context *own = NULL;
    struct srflx_secure_server_options options;
    struct srflx_secure_identity identity;
    char path[TEST_PATH], text[SRFLX_SECURE_TEXT], pem[4096];
    size_t len;
    FILE *file;

    begin();
    file = fopen(tls.identity.certificate, "r");
    CHECK(file);
    len = fread(pem, 1, sizeof pem, file);
    CHECK(len < sizeof pem && !fclose(file));
    file = fopen(test_path(tls.folder, "long.crt", path), "w");
    CHECK(file);
    for (unsigned i = 0; i < 120; i++)
        CHECK_INT(fwrite(pem, 1, len, file), len);
    CHECK(!fclose(file));
    identity = (struct srflx_secure_identity){path, tls.identity.key};
    srflx_secure_server_options_defaults(&options);
    options.identities = &identity;
    options.identity_count = 1;
    CHECK_INT(srflx_secure_server_new(&options, &own, text), 0);
    world.security = own;
    carry(SIZE_MAX, 0, 0);
    CHECK(srflx_secure_is_open(client.s));
    CHECK_INT(c.phase, SRFLX_CONNECTION_MESSAGES);
    CHECK(sent > SRFLX_STREAM_OUT);
    finish();
    srflx_secure_context_destroy(own);
}

/* STUN over TLS whose first byte would have been TLS's is looked at by the framer alone. */
TEST(tls_in_tls_is_no_message)
{
    shake();
    tls_say(&client, "\x16\x03\x01\1", 4);
    carry(SIZE_MAX, 0, 0);
    CHECK_INT(c.end, SRFLX_STREAM_END_framing);
    finish();
}

/* Last of all. */
TEST(nothing_is_left)
{
    CHECK_INT(pool.taken, 0);
    srflx_buffer_pool_free(&pool);
    tls_drop(&tls);
}

RUN(TEST_OF(every_split), TEST_OF(many_messages), TEST_OF(it_says_what_it_waits_for),
    TEST_OF(close_notify_is_answered), TEST_OF(the_end_of_the_stream_is_answered_with_close_notify),
    TEST_OF(a_lost_boundary_is_the_end), TEST_OF(what_is_no_tls_ends_the_connection),
    TEST_OF(a_flight_longer_than_any_buffer), TEST_OF(tls_in_tls_is_no_message),
    TEST_OF(nothing_is_left))
