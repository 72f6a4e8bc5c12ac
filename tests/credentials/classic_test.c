/* Clients of RFC 3489 and a server that wants credentials. */
#include <srflx/server.h>

#include <stdlib.h>

#include "check.h"
#include "steady_random.h"

#define ID 0xa1, 0xb2, 0xc3, 0xd4, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12

static const struct srflx_id id = {{ID}};

static struct srflx_server *new_server(void)
{
    struct srflx_user user = {.password = VIEW("0123456789abcdef")};
    const struct srflx_identity who = {VIEW("user0001"), {NULL, 0}};
    struct srflx_guard_config guard_config;
    struct srflx_server_config config;
    struct srflx_users *users;
    struct srflx_guard *guard;
    struct srflx_server *server;

    srflx_userhash_compute(&who, &user.hash);
    CHECK_INT(srflx_users_init(malloc(srflx_users_size(1)), srflx_users_size(1), 1, &users), 0);
    CHECK_INT(srflx_users_add(users, &user), 0);
    srflx_guard_config_defaults(&guard_config);
    guard_config.mechanism = SRFLX_SHORT_TERM;
    guard_config.users = users;
    CHECK_INT(
        srflx_guard_init(malloc(srflx_guard_size()), srflx_guard_size(), &guard_config, &guard), 0);
    srflx_server_config_defaults(&config);
    config.guard = guard;
    /* which RFC 3489 knows nothing of: nobody here is sent there */
    config.alternate.ipv4 = (struct srflx_addr){{192, 0, 2, 3}, 0, 3479, SRFLX_IPV4};
    CHECK_INT(srflx_server_init(malloc(srflx_server_size(&config)), srflx_server_size(&config),
                                &config, &server),
              0);
    return server;
}

/* A request with what is given of username and password. */
static struct srflx_view request(uint8_t *buf, size_t cap, const char *username,
                                 const char *password)
{
    struct srflx_view bytes = {NULL, 0};
    struct srflx_writer w;
    struct srflx_key key;

    srflx_writer_begin(&w, buf, cap, srflx_type(SRFLX_METHOD_BINDING, SRFLX_REQUEST), &id);
    if (username)
        srflx_put_bytes(&w, SRFLX_ATTR_USERNAME,
                        (struct srflx_view){(const uint8_t *)username, strlen(username)});
    if (password) {
        srflx_key_from_secret((struct srflx_view){(const uint8_t *)password, strlen(password)},
                              &key);
        srflx_add_integrity(&w, SRFLX_INTEGRITY_SHA1, &key);
    }
    CHECK_INT(srflx_writer_finish(&w, &bytes), 0);
    return bytes;
}

static struct srflx_view ask(const char *username, const char *password, enum srflx_verdict wanted)
{
    static struct srflx_server *server;
    static struct srflx_worker *worker;
    static const struct srflx_time now = {0, 1764072000000};
    static uint8_t out[1280];
    struct srflx_packet packet = {.from = {{192, 0, 2, 1}, 0, 32853, SRFLX_IPV4},
                                  .to = {{192, 0, 2, 2}, 0, 3478, SRFLX_IPV4},
                                  .transport = SRFLX_UDP};
    struct srflx_reply reply = {out, sizeof out, 0};
    uint8_t buf[256];

    if (!server) {
        server = new_server();
        CHECK_INT(srflx_worker_init(malloc(srflx_worker_size()), srflx_worker_size(), steady_random,
                                    NULL, &worker),
                  0);
    }
    packet.bytes = request(buf, sizeof buf, username, password);
    CHECK_INT(srflx_server_handle(server, worker, &packet, now, &reply), wanted);
    return (struct srflx_view){out, reply.len};
}

/* The answer is signed in RFC 3489's way, and the signature stands last.
 * spec: R3489-8.1-31 R3489-11.2.8-01 R3489-11.2.8-02 */
TEST(right_credentials_are_answered_with_a_signature)
{
    struct srflx_view answer = ask("user0001", "0123456789abcdef", SRFLX_VERDICT_SUCCESS);
    struct srflx_message m;
    struct srflx_key key;

    srflx_key_from_secret(VIEW("0123456789abcdef"), &key);
    CHECK_INT(answer.len, 20 + 12 + 12 + 24);
    CHECK_INT(srflx_message_parse(answer, &m), 0);
    CHECK_INT(srflx_integrity_check(&m, &key), SRFLX_INTEGRITY_SHA1);
    CHECK_INT(answer.ptr[44], 0x00);
    CHECK_INT(answer.ptr[45], 0x08);
}

/* Refusals carry nothing but their code.
 * spec: R3489-8.1-06 R3489-8.1-07 R3489-8.1-08 R3489-8.1-09 R3489-8.1-10 R8489-9.1.3-12 */
TEST(wrong_credentials_have_their_own_codes)
{
    CHECK_BYTES(ask(NULL, NULL, SRFLX_VERDICT_NO_CREDENTIALS),
                {1, 0x11, 0, 8, ID, 0, 9, 0, 4, 0, 0, 4, 1});
    CHECK_BYTES(ask("user0001", NULL, SRFLX_VERDICT_NO_CREDENTIALS),
                {1, 0x11, 0, 8, ID, 0, 9, 0, 4, 0, 0, 4, 1});
    CHECK_BYTES(ask(NULL, "0123456789abcdef", SRFLX_VERDICT_MISSING_USERNAME),
                {1, 0x11, 0, 8, ID, 0, 9, 0, 4, 0, 0, 4, 32});
    CHECK_BYTES(ask("user0002", "0123456789abcdef", SRFLX_VERDICT_STALE_CREDENTIALS),
                {1, 0x11, 0, 8, ID, 0, 9, 0, 4, 0, 0, 4, 30});
    CHECK_BYTES(ask("user0001", "0123456789abcdeF", SRFLX_VERDICT_WRONG_CLASSIC_INTEGRITY),
                {1, 0x11, 0, 8, ID, 0, 9, 0, 4, 0, 0, 4, 31});
}

RUN(TEST_OF(right_credentials_are_answered_with_a_signature),
    TEST_OF(wrong_credentials_have_their_own_codes))
