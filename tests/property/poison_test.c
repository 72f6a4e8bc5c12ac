/* What is written does not depend on what the buffer held: filled with 0x00 and with 0xFF it gives
 * the same bytes, for every way to write. And a buffer too short is reported, not overrun. */
#include "exact.h"
#include "generate.h"
#include "served.h"
#include "typed.h"
#include "vector.h"

#include <stddef.h>

#include <srflx/error.h>
#include <srflx/login.h>

#include "check.h"

enum { MESSAGES = 2000, CAP = SRFLX_MESSAGE_MAX };

static uint8_t zeroes[CAP], ones[CAP];
static unsigned answers;

static void fill(size_t len)
{
    memset(zeroes, 0x00, len);
    memset(ones, 0xFF, len);
}

static void check_same(struct srflx_view in_zeroes, struct srflx_view in_ones)
{
    CHECK_INT(in_zeroes.len, in_ones.len);
    CHECK(view_equal(in_zeroes, in_ones));
}

TEST(messages_do_not_depend_on_the_buffer)
{
    static struct generated message;
    struct prng prng = {4};
    struct srflx_view a, b;
    unsigned i;

    for (i = 0; i < MESSAGES; i++) {
        generate(&prng, &message);
        fill(CAP);
        CHECK_INT(generated_write(&message, zeroes, CAP, &a), 0);
        CHECK_INT(generated_write(&message, ones, CAP, &b), 0);
        check_same(a, b);
    }
}

/* The ways to write that generated messages do not take. */
static struct srflx_view write_reply(const struct srflx_message *request, uint8_t *buf)
{
    static const uint8_t prepared[] = {0x80, 0x22, 0, 1, 'x', 0, 0, 0};
    struct srflx_known none = {0};
    struct srflx_writer w;
    struct srflx_view bytes;
    uint16_t type = 0x7FFF;

    srflx_writer_reply(&w, buf, CAP, request, SRFLX_ERROR);
    srflx_put_types(&w, &type, 1);
    srflx_put_unknown(&w, request, &none, CAP);
    srflx_put_prepared(&w, (struct srflx_view){prepared, sizeof prepared});
    CHECK_INT(srflx_writer_finish(&w, &bytes), 0);
    return bytes;
}

static void check_answers(struct srflx_view request)
{
    static const uint8_t families[] = {SRFLX_IPV4, SRFLX_IPV6};
    unsigned transport, family;

    for (transport = SRFLX_UDP; transport <= SRFLX_DTLS; transport++)
        for (family = 0; family < 2; family++) {
            struct srflx_view a, b;
            fill(SERVED_ANSWER);
            a = served_answer(request, transport, families[family], NULL, zeroes);
            b = served_answer(request, transport, families[family], NULL, ones);
            check_same(a, b);
            answers += a.len > 0;
        }
}

static void check_vector(const struct vector *v)
{
    struct srflx_message m;

    check_answers(v->bytes);
    if (srflx_message_parse(v->bytes, &m)) return;
    fill(2 * sizeof v->memory);
    check_same(write_reply(&m, zeroes), write_reply(&m, ones));
}

TEST(replies_do_not_depend_on_the_buffer)
{
    answers = 0;
    CHECK_INT(vector_for_each(check_vector), VECTOR_COUNT);
    CHECK(answers > 100);
}

/* Requests of every attribute there is. */
TEST(answers_do_not_depend_on_the_buffer)
{
    static struct generated message;
    static uint8_t request[CAP];
    struct prng prng = {5};
    struct srflx_view bytes;
    unsigned i;

    answers = 0;
    for (i = 0; i < MESSAGES; i++) {
        generate(&prng, &message);
        message.type = srflx_type(SRFLX_METHOD_BINDING, SRFLX_REQUEST);
        CHECK_INT(generated_write(&message, request, CAP, &bytes), 0);
        check_answers(bytes);
    }
    CHECK_INT(answers, 8 * MESSAGES);
}

/* "alice" with the password "secret", as long-term and as short-term credentials. */
static const struct srflx_users *make_users(void)
{
    static max_align_t memory[4096 / sizeof(max_align_t)];
    const struct srflx_identity who[] = {{VIEW("alice"), VIEW("example.org")},
                                         {VIEW("alice"), {NULL, 0}}};
    struct srflx_user long_term = {.md5 = {NULL, 0}}, short_term = {.password = VIEW("secret")};
    struct srflx_secret secret;
    struct srflx_users *users;

    CHECK_INT(srflx_users_init(memory, sizeof memory, 2, &users), 0);
    CHECK_INT(srflx_secret_long_term(SRFLX_ALGORITHM_SHA256, &who[0], VIEW("secret"), &secret), 0);
    long_term.sha256 = (struct srflx_view){secret.bytes, secret.len};
    srflx_userhash_compute(&who[0], &long_term.hash);
    srflx_userhash_compute(&who[1], &short_term.hash);
    CHECK_INT(srflx_users_add(users, &long_term), 0);
    CHECK_INT(srflx_users_add(users, &short_term), 0);
    return users;
}

static const struct srflx_guard *make_guard(uint8_t mechanism)
{
    static max_align_t memory[65536 / sizeof(max_align_t)];
    static const struct srflx_nonce_keys nonces = {.count = 1};
    struct srflx_guard_config config;
    struct srflx_guard *guard;

    srflx_guard_config_defaults(&config);
    config.mechanism = mechanism;
    config.realm = VIEW("example.org");
    config.nonces = &nonces;
    config.users = make_users();
    CHECK_INT(srflx_guard_init(memory, sizeof memory, &config, &guard), 0);
    return guard;
}

static struct srflx_login *make_login(uint8_t mechanism)
{
    static max_align_t memory[65536 / sizeof(max_align_t)];
    struct srflx_credentials credentials;
    struct srflx_login *login;

    srflx_credentials_defaults(&credentials);
    credentials.mechanism = mechanism;
    credentials.username = VIEW("alice");
    credentials.password = VIEW("secret");
    CHECK_INT(srflx_login_init(memory, sizeof memory, &credentials, &login), 0);
    return login;
}

/* What the client makes of the answer to the request that it writes now. */
static enum srflx_login_verdict ask(struct srflx_login *login, const struct srflx_guard *guard)
{
    static const struct srflx_id id = {{0x21, 0x12, 0xA4, 0x42, 1}};
    struct srflx_view request = {NULL, 0}, a, b;
    struct srflx_message answer;
    struct srflx_writer w;
    uint8_t buf[1024];

    srflx_writer_begin(&w, buf, sizeof buf, srflx_type(SRFLX_METHOD_BINDING, SRFLX_REQUEST), &id);
    srflx_login_put(login, &w);
    CHECK_INT(srflx_writer_finish(&w, &request), 0);
    fill(SERVED_ANSWER);
    a = served_answer(request, SRFLX_UDP, SRFLX_IPV6, guard, zeroes);
    b = served_answer(request, SRFLX_UDP, SRFLX_IPV6, guard, ones);
    check_same(a, b);
    CHECK_INT(srflx_message_parse(a, &answer), 0);
    return srflx_login_judge(login, &answer);
}

/* Challenges and signed answers. */
TEST(answers_to_credentials_do_not_depend_on_the_buffer)
{
    struct srflx_login *login = make_login(SRFLX_LONG_TERM);
    const struct srflx_guard *guard = make_guard(SRFLX_LONG_TERM);

    CHECK_INT(ask(login, guard), SRFLX_LOGIN_RETRY);
    CHECK_INT(ask(login, guard), SRFLX_LOGIN_ACCEPT);
    login = make_login(SRFLX_SHORT_TERM);
    guard = make_guard(SRFLX_SHORT_TERM);
    CHECK_INT(ask(login, guard), SRFLX_LOGIN_ACCEPT);
    CHECK_INT(ask(login, guard), SRFLX_LOGIN_ACCEPT);
}

TEST(short_buffers_are_reported)
{
    static struct generated message;
    struct prng prng = {6};
    struct exact room;
    unsigned i, tried = 0;

    exact_init(&room, CAP);
    for (i = 0; i < MESSAGES; i++) {
        struct srflx_view whole, cut = {NULL, 0};
        size_t cap, step;
        generate(&prng, &message);
        CHECK_INT(generated_write(&message, zeroes, CAP, &whole), 0);
        step = 1 + whole.len / 64;
        for (cap = 0; cap < whole.len; cap += step, tried++) {
            CHECK_INT(generated_write(&message, exact_place(&room, cap), cap, &cut),
                      SRFLX_ERROR_SPACE);
            CHECK_NULL(cut.ptr);
        }
        CHECK_INT(generated_write(&message, exact_place(&room, whole.len), whole.len, &cut), 0);
        CHECK(view_equal(cut, whole));
    }
    CHECK(tried > 50 * MESSAGES);
}

RUN(TEST_OF(messages_do_not_depend_on_the_buffer), TEST_OF(replies_do_not_depend_on_the_buffer),
    TEST_OF(answers_do_not_depend_on_the_buffer),
    TEST_OF(answers_to_credentials_do_not_depend_on_the_buffer),
    TEST_OF(short_buffers_are_reported))
