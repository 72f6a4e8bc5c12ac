/* Any answers to a client with credentials: nothing is taken for the server's that is not signed, no challenge leads to
 * more requests than it may, and nothing sends us elsewhere without a signature. */
#include "credentials.h"
#include "fuzz.h"
#include "steady_random.h"

#include <srflx/exchange.h>

enum { ANSWERS = 4, PACKET = 70000 };

static const struct srflx_addr server = {{192, 0, 2, 2}, 0, 3478, SRFLX_IPV4};

struct client {
    enum guarded which;
    struct srflx_login *login;
    struct srflx_exchange *exchange;
    struct srflx_time now;
    unsigned sent, moved;
    uint8_t request_id[16];
    bool is_signed; /* the last request */
    bool ended;
};

static struct srflx_view text(const char *bytes)
{
    return (struct srflx_view){(const uint8_t *)bytes, strlen(bytes)};
}

static void make_client(struct client *client, enum guarded which)
{
    static void *login_memory, *exchange_memory;
    struct srflx_exchange_options options;
    struct srflx_credentials credentials;

    if (!login_memory) login_memory = malloc(srflx_login_size());
    if (!exchange_memory) exchange_memory = malloc(srflx_exchange_size());
    srflx_credentials_defaults(&credentials);
    credentials.mechanism = which == SHORT_TERM ? SRFLX_SHORT_TERM : SRFLX_LONG_TERM;
    credentials.username = text("alice");
    credentials.password = text("secret");
    credentials.userhash = which == LONG_TERM_HASHED;
    REQUIRE(!srflx_login_init(login_memory, srflx_login_size(), &credentials, &client->login));
    srflx_exchange_options_defaults(&options);
    options.login = client->login;
    REQUIRE(!srflx_exchange_init(exchange_memory, srflx_exchange_size(), &options, steady_random,
                                 NULL, &client->exchange));
    client->which = which;
}

static void take_request(struct client *client, const struct srflx_event *event)
{
    struct srflx_message m;

    client->sent++;
    require_initialised(event->bytes);
    REQUIRE(!srflx_message_parse(event->bytes, &m) && m.kind == SRFLX_REQUEST);
    memcpy(client->request_id, event->bytes.ptr + 4, sizeof client->request_id);
    client->is_signed = srflx_integrity_claimed(&m) != SRFLX_INTEGRITY_ABSENT;
    REQUIRE(client->which != LONG_TERM_HASHED || !srflx_message_has(&m, SRFLX_ATTR_USERNAME));
}

static void take_events(struct client *client)
{
    struct srflx_event event;

    while (srflx_exchange_next_event(client->exchange, &event)) {
        if (event.kind == SRFLX_EVENT_SEND) {
            take_request(client, &event);
        } else if (event.kind == SRFLX_EVENT_MOVED) {
            REQUIRE(client->is_signed && is_signed_by_alice(&event.answer, client->which));
            client->moved++;
            srflx_exchange_resume(client->exchange, client->now);
        } else {
            if (event.kind == SRFLX_EVENT_ANSWER && client->is_signed)
                REQUIRE(is_signed_by_alice(&event.answer, client->which));
            client->ended = true;
        }
    }
}

/* The answer with the id of the request, and signed if the input wants it so. */
static size_t make_answer(const struct client *client, struct srflx_view input, uint8_t *buf)
{
    const struct srflx_identity alice = {text("alice"), text("example.org")};
    struct srflx_view done = {NULL, 0};
    struct srflx_message m;
    struct srflx_writer w;
    struct srflx_attr attr;
    struct srflx_iter it;
    struct srflx_key key;
    struct srflx_id id;

    memcpy(buf, input.ptr, input.len);
    memcpy(buf + 4, client->request_id, sizeof client->request_id);
    if (choice(input, 1) % 2 || srflx_message_parse((struct srflx_view){buf, input.len}, &m))
        return input.len;
    if (client->which == SHORT_TERM)
        srflx_key_from_secret(text("secret"), &key);
    else
        REQUIRE(!srflx_key_long_term(SRFLX_ALGORITHM_SHA256, &alice, text("secret"), &key));
    memcpy(id.bytes, client->request_id, sizeof id.bytes);
    srflx_writer_begin(&w, buf + input.len, PACKET - input.len, m.type, &id);
    srflx_iter_begin(&it, &m);
    while (srflx_iter_next(&it, &attr))
        if (attr.counts && attr.type != SRFLX_ATTR_MESSAGE_INTEGRITY &&
            attr.type != SRFLX_ATTR_MESSAGE_INTEGRITY_SHA256 && attr.type != SRFLX_ATTR_FINGERPRINT)
            srflx_put_bytes(&w, attr.type, attr.value);
    srflx_add_integrity(&w, SRFLX_INTEGRITY_SHA256, &key);
    if (srflx_writer_finish(&w, &done)) return 0;
    memmove(buf, done.ptr, done.len);
    return done.len;
}

static void answer(struct client *client, struct srflx_view input)
{
    static uint8_t buf[PACKET];
    struct srflx_packet packet = {.from = server, .transport = SRFLX_UDP};
    struct srflx_view bytes;

    packet.bytes = (struct srflx_view){buf, make_answer(client, input, buf)};
    bytes = heap_copy(packet.bytes);
    packet.bytes = bytes;
    (void)srflx_exchange_feed(client->exchange, &packet, client->now);
    take_events(client);
    heap_free(bytes);
}

/* The guard's own challenge, for a client that shall be beyond it. */
static void challenge(struct client *client)
{
    static uint8_t buf[1024];
    struct srflx_addr here = {{192, 0, 2, 1}, 0, 32853, SRFLX_IPV4};
    struct srflx_packet packet = {.from = server, .transport = SRFLX_UDP};
    struct srflx_writer w;
    struct srflx_id id;

    memcpy(id.bytes, client->request_id, sizeof id.bytes);
    srflx_writer_begin(&w, buf, sizeof buf, srflx_type(SRFLX_METHOD_BINDING, SRFLX_ERROR), &id);
    srflx_put_error(&w, 401, (struct srflx_view){NULL, 0});
    srflx_guard_put_challenge(&w, guard_of(client->which), SRFLX_ACCESS_NONE, &here, client->now);
    REQUIRE(!srflx_writer_finish(&w, &packet.bytes));
    REQUIRE(srflx_exchange_feed(client->exchange, &packet, client->now));
    take_events(client);
    REQUIRE(client->is_signed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct srflx_view input = {data, size};
    struct client client = {.which = SHORT_TERM};
    unsigned i;

    if (size < 20 || size > PACKET / 2) return 0;
    make_client(&client, (enum guarded)(choice(input, 0) % GUARDED));
    REQUIRE(!srflx_exchange_start(client.exchange, &server, SRFLX_UDP, client.now));
    take_events(&client);
    if (client.which != SHORT_TERM && choice(input, 2) % 4) challenge(&client);
    for (i = 0; i < ANSWERS && !client.ended; i++)
        answer(&client, input);
    REQUIRE(client.sent <= 1 + 4 * (1 + client.moved));
    srflx_exchange_cancel(client.exchange);
    srflx_login_wipe(client.login);
    return 0;
}
