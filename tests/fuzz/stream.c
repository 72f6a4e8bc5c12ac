/* A stream of any bytes, cut into pieces in any way, into a connection: plain, behind a proxy's header,
 * and wrapped into TLS by a client. What comes out are the answers that srflx_server_handle() gives to
 * each message alone, and the connection ends where a plain walk over the stream ends. */
#include "fuzz.h"
#include "steady_random.h"

#include <proxy.h>
#include <srflx/message.h>
#include <stream_connection.h>

#ifdef FUZZ_TLS
#include <identity_for_tests.h>
#include <srflx/secure.h>
#endif

enum { MEMORY = 4096, OUTPUT = 1 << 20, PIECES = 64, PIPE = 1 << 16 };

static struct srflx_server *server;
static struct srflx_worker *worker;
static struct srflx_connection_world world;
static struct srflx_buffer_pool pool;
static const struct srflx_addr peer = {{192, 0, 2, 1}, 0, 32853, SRFLX_IPV4};
static const struct srflx_addr local = {{192, 0, 2, 2}, 0, 3478, SRFLX_IPV4};

/* What should come out, and why the connection should end: what a walk says that knows no pieces. */
struct expectation {
    uint8_t bytes[OUTPUT];
    size_t len;
    enum srflx_stream_end end;
};

/* A connection in its surroundings. */
struct run {
    struct srflx_connection c;
    enum srflx_connection_need need;
    uint32_t dice;
    void (*take)(struct run *run, struct srflx_view output);
    uint8_t bytes[OUTPUT]; /* what came out */
    size_t len;
};

static struct expectation expected;
static struct run run;

static uint32_t throw_dice(uint32_t sides)
{
    run.dice = run.dice * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)run.dice * sides >> 32);
}

static uint32_t hash(struct srflx_view bytes)
{
    uint32_t value = 2166136261u;

    for (size_t i = 0; i < bytes.len; i++)
        value = (value ^ bytes.ptr[i]) * 16777619u;
    return value;
}

static void handle(void *user, const struct srflx_packet *packet, struct srflx_reply *reply)
{
    static const struct srflx_time now;

    (void)user;
    (void)srflx_server_handle(server, worker, packet, now, reply);
}

static void expect_answer(const struct srflx_packet *packet)
{
    struct srflx_reply reply = {expected.bytes + expected.len, SRFLX_STREAM_REPLY, 0};

    handle(NULL, packet, &reply);
    expected.len += reply.len;
}

static void expect_messages(struct srflx_packet packet, struct srflx_view stream)
{
    size_t at = 0;

    while (stream.len - at >= 4) {
        const uint8_t *header = stream.ptr + at;
        const size_t size = SRFLX_HEADER_SIZE + get16(header + 2);
        if (header[0] >= 0x40 || header[3] % 4) {
            expected.end = SRFLX_STREAM_END_framing;
            return;
        }
        if (size > stream.len - at) return;
        packet.bytes = (struct srflx_view){header, size};
        if (size <= SRFLX_STREAM_MESSAGE) expect_answer(&packet);
        at += size;
    }
}

static void expect_plain(struct srflx_packet packet, struct srflx_view stream)
{
    if (!stream.len) return;
    if (stream.ptr[0] < 4)
        expect_messages(packet, stream);
    else if (stream.ptr[0] < 20 || stream.ptr[0] > 63)
        expected.end = SRFLX_STREAM_END_framing;
    else
        expected.end = SRFLX_STREAM_END_no_tls;
}

static void expect_proxied(struct srflx_packet packet, struct srflx_view stream)
{
    struct srflx_proxy_header header;
    const int len = srflx_proxy_parse(stream, &header);

    if (!len) return;
    if (len < 0 || (!header.local && header.datagram)) {
        expected.end = SRFLX_STREAM_END_bad_proxy;
        return;
    }
    if (!header.local) {
        packet.from = header.from;
        packet.to = header.to;
    }
    stream.ptr += len;
    stream.len -= (size_t)len;
    expect_plain(packet, stream);
}

static void begin_run(uint32_t dice, bool behind_proxy)
{
    srflx_connection_init(&run.c, &peer, &local, behind_proxy);
    run.need = SRFLX_CONNECTION_RECEIVE;
    run.dice = dice;
    run.len = 0;
    expected.len = 0;
    expected.end = SRFLX_STREAM_GOES_ON;
}

static void end_run(void)
{
    if (run.c.buffer) srflx_buffer_give(&pool, run.c.buffer);
    srflx_connection_clear(&run.c);
    REQUIRE(!pool.taken);
}

static void take_buffer(void)
{
    struct srflx_stream_buffer *b = run.c.buffer;

    if (b) return;
    b = run.c.buffer = srflx_buffer_take(&pool);
    REQUIRE(b != NULL);
    spoil(b->raw, sizeof b->raw);
    spoil(b->plain, sizeof b->plain);
    spoil(b->message, sizeof b->message);
    spoil(b->out, sizeof b->out);
}

static void take_output(struct run *r, struct srflx_view output)
{
    require_initialised(output);
    REQUIRE(r->len + output.len <= sizeof r->bytes);
    memcpy(r->bytes + r->len, output.ptr, output.len);
    r->len += output.len;
}

static void work(void)
{
    while ((run.need = srflx_connection_work(&run.c, &world)) != SRFLX_CONNECTION_RECEIVE) {
        struct srflx_view output;
        if (run.need == SRFLX_CONNECTION_CLOSE) return;
        if (run.need == SRFLX_CONNECTION_ADMIT) continue;
        output = srflx_connection_output(&run.c);
        REQUIRE(output.len && output.len <= SRFLX_STREAM_OUT);
        if (throw_dice(2)) output.len = 1 + throw_dice((uint32_t)output.len);
        run.take(&run, output);
        srflx_connection_sent(&run.c, output.len);
    }
    if (!srflx_connection_is_empty(&run.c)) return;
    srflx_buffer_give(&pool, run.c.buffer);
    run.c.buffer = NULL;
}

/* A piece of one byte, or of some, or all that is left. */
static size_t piece_of(size_t left, unsigned number)
{
    size_t len = 1;

    if (number < PIECES && throw_dice(4)) len += throw_dice(1u << throw_dice(12));
    return number >= PIECES || len > left ? left : len;
}

static void feed(struct srflx_view bytes)
{
    unsigned number = 0;

    while (bytes.len && run.need == SRFLX_CONNECTION_RECEIVE) {
        struct srflx_connection_room room;
        size_t len = piece_of(bytes.len, number++);
        take_buffer();
        room = srflx_connection_room(&run.c);
        REQUIRE(room.len);
        if (len > room.len) len = room.len;
        memcpy(room.ptr, bytes.ptr, len);
        srflx_connection_received(&run.c, len);
        bytes.ptr += len;
        bytes.len -= len;
        work();
    }
}

static void check_output(void)
{
    REQUIRE(run.len == expected.len);
    REQUIRE(!memcmp(run.bytes, expected.bytes, run.len));
    REQUIRE(run.c.end == (uint8_t)expected.end);
    REQUIRE((run.need == SRFLX_CONNECTION_CLOSE) == (expected.end != SRFLX_STREAM_GOES_ON));
}

/* The end of the stream changes nothing about what was answered. */
static void check_end(void)
{
    if (run.need != SRFLX_CONNECTION_RECEIVE) return;
    take_buffer();
    srflx_connection_ended(&run.c);
    work();
    REQUIRE(run.need == SRFLX_CONNECTION_CLOSE && run.c.end == SRFLX_STREAM_END_closed);
    REQUIRE(run.len == expected.len);
}

static void check_stream(struct srflx_view stream, bool behind_proxy)
{
    const struct srflx_packet packet = {{NULL, 0}, peer, local, SRFLX_TCP};

    begin_run(hash(stream), behind_proxy);
    if (behind_proxy)
        expect_proxied(packet, stream);
    else
        expect_plain(packet, stream);
    feed(stream);
    check_output();
    check_end();
    end_run();
}

static void make_server(void)
{
    struct srflx_server_config config;

    srflx_server_config_defaults(&config);
    REQUIRE(!srflx_server_init(malloc(MEMORY), MEMORY, &config, &server));
    REQUIRE(!srflx_worker_init(malloc(srflx_worker_size()), srflx_worker_size(), steady_random,
                               NULL, &worker));
    REQUIRE(!srflx_buffer_pool_init(&pool, 1));
    world.handler.handle = handle;
    run.take = take_output;
}

#ifdef FUZZ_TLS

static struct srflx_secure_context *security, *believer;
static struct srflx_secure *client;
static uint8_t pipe_bytes[PIPE];
static struct srflx_secure_out pipe_out = {.bytes = pipe_bytes, .cap = sizeof pipe_bytes};
static bool client_failed;

static void make_contexts(void)
{
    const struct test_wish wish = {.names = "stun.example"};
    struct srflx_secure_server_options options;
    struct srflx_secure_client_options trusting;
    struct srflx_secure_identity identity;
    struct test_identity leaf;
    char folder[TEST_PATH], text[SRFLX_SECURE_TEXT];

    test_folder_make(folder);
    test_identity_make(&leaf, folder, "leaf", &wish);
    identity = (struct srflx_secure_identity){leaf.certificate, leaf.key};
    srflx_secure_server_options_defaults(&options);
    options.identities = &identity;
    options.identity_count = 1;
    REQUIRE(!srflx_secure_server_new(&options, &security, text));
    srflx_secure_client_options_defaults(&trusting);
    trusting.insecure = true;
    REQUIRE(!srflx_secure_client_new(&trusting, &believer, text));
    test_identity_drop(&leaf);
    test_folder_remove(folder);
}

/* What the connection says is unwrapped at once. */
static void take_wrapped(struct run *r, struct srflx_view output)
{
    while (!client_failed) {
        const int got = srflx_secure_read(client, &output, &pipe_out, r->bytes + r->len,
                                          sizeof r->bytes - r->len);
        client_failed = got < 0;
        if (got <= 0) return;
        r->len += (size_t)got;
    }
}

/* What the client says goes to the connection. */
static void deliver(void)
{
    static uint8_t said[PIPE];

    while (pipe_out.len) {
        const struct srflx_view bytes = {said, pipe_out.len};
        memcpy(said, pipe_bytes, pipe_out.len);
        pipe_out.len = 0;
        feed(bytes);
    }
}

static void begin_tls(uint32_t dice)
{
    begin_run(dice, false);
    world.security = security;
    run.take = take_wrapped;
    client_failed = false;
    pipe_out.len = 0;
    REQUIRE(!srflx_secure_new(believer, SRFLX_TLS, NULL, &client));
    take_wrapped(&run, (struct srflx_view){NULL, 0});
}

static void end_tls(void)
{
    srflx_secure_destroy(client);
    end_run();
    world.security = NULL;
    run.take = take_output;
}

/* In records of any length. */
static void check_wrapped(struct srflx_view stream)
{
    const struct srflx_packet packet = {{NULL, 0}, peer, local, SRFLX_TLS};

    begin_tls(hash(stream));
    expect_messages(packet, stream);
    deliver();
    REQUIRE(srflx_secure_is_open(client) && run.c.phase == SRFLX_CONNECTION_MESSAGES);
    for (unsigned number = 0; stream.len && run.need == SRFLX_CONNECTION_RECEIVE; number++) {
        size_t len = piece_of(stream.len, number);
        if (len > 16000) len = 16000;
        REQUIRE(!srflx_secure_write(client, (struct srflx_view){stream.ptr, len}, &pipe_out));
        stream.ptr += len;
        stream.len -= len;
        deliver();
    }
    check_output();
    check_end();
    end_tls();
}

/* The bytes as they are, where TLS is expected: nothing to compare with, but nothing breaks. */
static void check_raw(struct srflx_view stream)
{
    begin_run(hash(stream), false);
    world.security = security;
    feed(stream);
    end_run();
    world.security = NULL;
}

/* A handshake takes longer than everything else together. */
static void check_tls(struct srflx_view stream)
{
    if (!security) make_contexts();
    if (stream.len && stream.ptr[0] >= 20 && stream.ptr[0] <= 63) check_raw(stream);
    if (hash(stream) % 16 == 0) check_wrapped(stream);
}

#else

static void check_tls(struct srflx_view stream)
{
    (void)stream;
}

#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct srflx_view stream = {data, size};

    if (!server) make_server();
    check_stream(stream, false);
    check_stream(stream, true);
    check_tls(stream);
    return 0;
}
