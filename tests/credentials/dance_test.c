/* Do a client and a server that share credentials agree, and with whom else does either? */
#include "dance.h"

#include <srflx/addr.h>

#define CHECK_OUTCOME(d, wanted_kind, wanted_error)    \
    do {                                               \
        CHECK_INT((d)->outcome.kind, (wanted_kind));   \
        CHECK_INT((d)->outcome.error, (wanted_error)); \
    } while (0)

static void check_answered(const struct dance *d)
{
    CHECK_OUTCOME(d, SRFLX_EVENT_ANSWER, 0);
    CHECK(srflx_addr_equal(&d->outcome.mapped, &d->client));
}

/* Exactly these attributes, in this order. */
static void check_types(struct srflx_message m, const uint16_t *types, size_t count)
{
    struct srflx_iter it;
    struct srflx_attr attr;
    size_t i = 0;

    srflx_iter_begin(&it, &m);
    for (; srflx_iter_next(&it, &attr); i++) {
        CHECK(i < count);
        CHECK_INT(attr.type, types[i]);
    }
    CHECK_INT(i, count);
}

#define CHECK_TYPES(message, ...)                                      \
    do {                                                               \
        static const uint16_t types[] = {__VA_ARGS__};                 \
        check_types((message), types, sizeof types / sizeof types[0]); \
    } while (0)

enum {
    MAPPED = SRFLX_ATTR_XOR_MAPPED_ADDRESS,
    CODE = SRFLX_ATTR_ERROR_CODE,
    REALM = SRFLX_ATTR_REALM,
    NONCE = SRFLX_ATTR_NONCE,
    ALGORITHM = SRFLX_ATTR_PASSWORD_ALGORITHM,
    ALGORITHMS = SRFLX_ATTR_PASSWORD_ALGORITHMS,
    USERNAME = SRFLX_ATTR_USERNAME,
    USERHASH = SRFLX_ATTR_USERHASH,
    SHA1 = SRFLX_ATTR_MESSAGE_INTEGRITY,
    SHA256 = SRFLX_ATTR_MESSAGE_INTEGRITY_SHA256,
    FINGERPRINT = SRFLX_ATTR_FINGERPRINT
};

/* spec: R8489-9.1.2-01 R8489-9.1.2-02 R8489-9.1.3-08 R8489-9.1.3-10 R8489-9.1.3-11 R8489-9.1.5-01
 * R8489-9.1.5-02 */
TEST(short_term_sends_both_until_the_server_has_chosen)
{
    struct dance d;

    dance_begin(&d, SRFLX_SHORT_TERM);
    dance_set_up(&d);
    dance_ask(&d);
    dance_check(&d, "SUCCESS");
    check_answered(&d);
    CHECK_TYPES(dance_request(&d), USERNAME, SHA1, SHA256);
    CHECK_TYPES(dance_answer(&d), MAPPED, SHA256);
    dance_ask(&d);
    check_answered(&d);
    CHECK_TYPES(dance_request(&d), USERNAME, SHA256);
    CHECK_TYPES(dance_answer(&d), MAPPED, SHA256);
    dance_end(&d);
}

/* spec: R8489-9.1.2-02 R8489-9.1.3-09 R8489-7-02 R5389-10.1.1-01 R5389-10.1.2-02 */
TEST(short_term_with_sha1_alone)
{
    struct dance d;

    dance_begin(&d, SRFLX_SHORT_TERM);
    d.credentials.integrity = SRFLX_INTEGRITY_SHA1;
    d.options.fingerprint = true;
    dance_set_up(&d);
    dance_ask(&d);
    check_answered(&d);
    CHECK_TYPES(dance_request(&d), USERNAME, SHA1, FINGERPRINT);
    CHECK_TYPES(dance_answer(&d), MAPPED, SHA1, FINGERPRINT);
    dance_end(&d);
}

/* What a wrong user or password gets is not signed, so nobody can tell it from a forgery: it is ignored for as
 * long as the transaction lasts. spec: R8489-9.1.3-03 R8489-9.1.3-06 R8489-9.1.3-12 R8489-9.1.4-03
 * R8489-9.1.4-04 R5389-10.1.2-03 R8489-9.1.4-02 R5389-10.1.3-01 */
TEST(short_term_with_wrong_credentials_ends_as_integrity_failure)
{
    static const struct {
        struct srflx_view username, password;
        const char *verdicts;
    } rows[] = {
        {{(const uint8_t *)"alice", 5},
         {(const uint8_t *)"Secret", 6},
         "WRONG_INTEGRITY WRONG_INTEGRITY WRONG_INTEGRITY WRONG_INTEGRITY WRONG_INTEGRITY "
         "WRONG_INTEGRITY WRONG_INTEGRITY"},
        {{(const uint8_t *)"bob", 3},
         {(const uint8_t *)"secret", 6},
         "UNKNOWN_USER UNKNOWN_USER UNKNOWN_USER UNKNOWN_USER UNKNOWN_USER UNKNOWN_USER "
         "UNKNOWN_USER"},
    };
    size_t i;

    for (i = 0; i < 2; i++) {
        struct dance d;

        dance_begin(&d, SRFLX_SHORT_TERM);
        d.credentials.username = rows[i].username;
        d.credentials.password = rows[i].password;
        dance_set_up(&d);
        dance_ask(&d);
        dance_check(&d, rows[i].verdicts);
        CHECK_OUTCOME(&d, SRFLX_EVENT_FAILED, SRFLX_ERROR_INTEGRITY);
        CHECK_INT(d.outcome.code, 401);
        CHECK_INT(d.now.mono_ns, 1000000000 + 39500000000);
        CHECK_TYPES(dance_answer(&d), CODE);
        dance_end(&d);
    }
}

/* spec: R8489-9.1.4-05 R8489-9.2.5-20 */
TEST(over_tcp_the_first_unsigned_answer_ends_it)
{
    struct dance d;

    dance_begin(&d, SRFLX_SHORT_TERM);
    d.transport = SRFLX_TCP;
    d.credentials.password = VIEW("Secret");
    dance_set_up(&d);
    dance_ask(&d);
    dance_check(&d, "WRONG_INTEGRITY");
    CHECK_OUTCOME(&d, SRFLX_EVENT_FAILED, SRFLX_ERROR_INTEGRITY);
    CHECK_INT(d.now.mono_ns, 1000000000);
    dance_end(&d);
}

/* spec: R8489-9.2.3.1-01 R8489-9.2.3.2-01 R8489-9.2.3.2-02 R8489-9.2.3.2-03 R8489-9.2.4-02
 * R8489-9.2.4-03 R8489-9.2.4-04 R8489-9.2.4-06 R8489-9.2.4-07 R8489-9.2.4-10 R8489-9.2.4-32
 * R8489-9.2.4-34 R8489-9.2.5-03 R8489-9.2.5-04 R8489-9.2.5-06 R8489-9.2.5-07 R8489-9.2.5-08
 * R8489-9.2.5-09 R8489-9.2.5-10 R8489-9.2.5-17 R8489-9.2.5-21 R8489-9.2.3-02 R5389-10.2.1.1-01 R5389-10.2.1.2-01 */
TEST(long_term_is_challenged_once_and_then_remembers)
{
    struct srflx_login_state agreed;
    struct dance d;

    dance_begin(&d, SRFLX_LONG_TERM);
    dance_set_up(&d);
    dance_ask(&d);
    dance_check(&d, "NO_CREDENTIALS SUCCESS");
    check_answered(&d);
    CHECK_INT(d.outcome.sent, 2);
    CHECK_TYPES(dance_request(&d), USERNAME, REALM, NONCE, ALGORITHM, ALGORITHMS, SHA256);
    CHECK_TYPES(dance_answer(&d), MAPPED, SHA256);
    srflx_login_get_state(d.login, &agreed);
    CHECK_INT(agreed.algorithm, SRFLX_ALGORITHM_SHA256);
    CHECK_INT(agreed.integrity, SRFLX_INTEGRITY_SHA256);
    dance_ask(&d);
    dance_check(&d, "SUCCESS");
    check_answered(&d);
    dance_end(&d);
}

/* spec: R8489-9.2.4-02 R8489-9.2.4-10 */
TEST(the_challenge_to_the_byte)
{
    struct dance d;

    dance_begin(&d, SRFLX_LONG_TERM);
    d.credentials.username = VIEW("bob");
    dance_set_up(&d);
    dance_ask(&d);
    dance_check(&d, "NO_CREDENTIALS UNKNOWN_USER");
    CHECK_TYPES(dance_answer(&d), CODE, REALM, NONCE, ALGORITHMS);
    CHECK_INT(d.answer_len, 20 + 8 + 16 + 36 + 12);
    dance_end(&d);
}

/* spec: R8489-9.2.4-08 R8489-9.2.4-09 R8489-9.2.5-05 R8489-14.4-01 */
TEST(a_server_that_announces_anonymity_sees_a_hash)
{
    struct dance d;

    dance_begin(&d, SRFLX_LONG_TERM);
    d.guard_config.userhash = true;
    dance_set_up(&d);
    dance_ask(&d);
    dance_check(&d, "NO_CREDENTIALS SUCCESS");
    check_answered(&d);
    CHECK_TYPES(dance_request(&d), USERHASH, REALM, NONCE, ALGORITHM, ALGORITHMS, SHA256);
    dance_end(&d);
}

/* A server without PASSWORD-ALGORITHMS is RFC 5389's. spec: R8489-9.2-03 R8489-9.2.2-01 R8489-9.2.4-15
 * R8489-9.2.4-33 R5389-10.2.3-01 R5389-10.2.2-03 R5389-10.2.2-04 R5389-10.2-01 */
TEST(without_algorithms_md5_and_sha1_remain)
{
    struct dance d;

    dance_begin(&d, SRFLX_LONG_TERM);
    d.guard_config.algorithm_count = 0;
    dance_set_up(&d);
    dance_ask(&d);
    dance_check(&d, "NO_CREDENTIALS SUCCESS");
    check_answered(&d);
    CHECK_TYPES(dance_request(&d), USERNAME, REALM, NONCE, SHA1);
    CHECK_TYPES(dance_answer(&d), MAPPED, SHA1);
    dance_end(&d);
}

/* spec: R8489-9.2.5-10 R8489-18.5.1.1-02 */
TEST(the_first_algorithm_that_both_may_use)
{
    static const struct {
        uint16_t offered[2];
        uint8_t count;
        bool md5;
        int error;
        uint16_t algorithm;
    } rows[] = {
        {{SRFLX_ALGORITHM_MD5, SRFLX_ALGORITHM_SHA256}, 2, true, 0, SRFLX_ALGORITHM_MD5},
        {{SRFLX_ALGORITHM_MD5, SRFLX_ALGORITHM_SHA256}, 2, false, 0, SRFLX_ALGORITHM_SHA256},
        {{SRFLX_ALGORITHM_SHA256, 0}, 1, true, 0, SRFLX_ALGORITHM_SHA256},
        {{SRFLX_ALGORITHM_MD5, 0}, 1, true, 0, SRFLX_ALGORITHM_MD5},
        {{SRFLX_ALGORITHM_MD5, 0}, 1, false, SRFLX_ERROR_REFUSED, 0}, /* spec: R8489-9.2.5-11 */
    };
    struct srflx_login_state agreed;
    size_t i;

    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dance d;

        dance_begin(&d, SRFLX_LONG_TERM);
        memcpy(d.guard_config.algorithms, rows[i].offered, sizeof rows[i].offered);
        d.guard_config.algorithm_count = rows[i].count;
        d.credentials.md5 = rows[i].md5;
        dance_set_up(&d);
        dance_ask(&d);
        CHECK_INT(d.outcome.error, rows[i].error);
        srflx_login_get_state(d.login, &agreed);
        CHECK_INT(agreed.algorithm, rows[i].algorithm);
        if (rows[i].error)
            CHECK_INT(srflx_login_refusal(d.login), SRFLX_REFUSAL_ALGORITHM);
        else
            check_answered(&d);
        dance_end(&d);
    }
}

/* spec: R8489-9.2.4-17 R8489-9.2.4-18 R8489-9.2.4-19 R8489-9.2.4-20 R8489-9.2.4-21 R8489-9.2.4-23
 * R8489-9.2.4-24 R8489-9.2.4-25 R8489-9.2.5-12 R5389-10.2.2-02 R5389-10.2.3-02 */
TEST(wrong_credentials_are_tried_once)
{
    struct dance d;

    dance_begin(&d, SRFLX_LONG_TERM);
    d.credentials.password = VIEW("Secret");
    dance_set_up(&d);
    dance_ask(&d);
    dance_check(&d, "NO_CREDENTIALS WRONG_INTEGRITY");
    CHECK_OUTCOME(&d, SRFLX_EVENT_FAILED, SRFLX_ERROR_REFUSED);
    CHECK_INT(srflx_login_refusal(d.login), SRFLX_REFUSAL_CREDENTIALS);
    CHECK_TYPES(dance_answer(&d), CODE, REALM, NONCE, ALGORITHMS);
    dance_end(&d);
}

/* spec: R8489-9.2.4-26 R8489-9.2.4-27 R8489-9.2.4-28 R8489-9.2.4-29 R8489-9.2.5-13 R8489-9.2.5-14
 * R5389-10.2.3-03 */
TEST(a_stale_nonce_costs_one_round_trip)
{
    struct dance d;

    dance_begin(&d, SRFLX_LONG_TERM);
    dance_set_up(&d);
    dance_ask(&d);
    d.now.unix_ms += 600000;
    dance_ask(&d);
    dance_check(&d, "STALE_NONCE SUCCESS");
    check_answered(&d);
    d.client.port++; /* a NAT has changed its mind */
    dance_ask(&d);
    dance_check(&d, "STALE_NONCE SUCCESS");
    check_answered(&d);
    dance_end(&d);
}

static void age(void *user, bool to_server, uint8_t *bytes, size_t *len)
{
    struct dance *d = user;

    (void)bytes;
    (void)len;
    if (to_server) d->now.unix_ms += 600000;
}

TEST(a_server_whose_nonces_are_always_stale_is_given_up)
{
    struct dance d;

    dance_begin(&d, SRFLX_LONG_TERM);
    d.tamper = age;
    d.tamper_user = &d;
    dance_set_up(&d);
    dance_ask(&d);
    dance_check(&d, "NO_CREDENTIALS STALE_NONCE STALE_NONCE");
    CHECK_OUTCOME(&d, SRFLX_EVENT_FAILED, SRFLX_ERROR_REFUSED);
    CHECK_INT(srflx_login_refusal(d.login), SRFLX_REFUSAL_NONCE);
    dance_end(&d);
}

/* "1764075600:alice" until 13:00, and base64 of HMAC-SHA1 under the second of two secrets. */
TEST(time_limited_users_come_and_go)
{
    struct dance d;

    dance_begin(&d, SRFLX_LONG_TERM);
    d.guard_config.secrets[0] = VIEW("tomorrow's secret");
    d.guard_config.secrets[1] = VIEW("north");
    d.guard_config.secret_count = 2;
    d.credentials.username = VIEW("1764075600:alice");
    d.credentials.password = VIEW("QAO9KDbK7gbZRCf0bYiXG36hWhI=");
    dance_set_up(&d);
    dance_ask(&d);
    dance_check(&d, "NO_CREDENTIALS SUCCESS");
    check_answered(&d);
    d.now.unix_ms = 1764075600000 - 1;
    dance_ask(&d);
    dance_check(&d, "STALE_NONCE SUCCESS");
    d.now.unix_ms = 1764075600000;
    dance_ask(&d);
    dance_check(&d, "EXPIRED_CREDENTIALS");
    CHECK_OUTCOME(&d, SRFLX_EVENT_FAILED, SRFLX_ERROR_REFUSED);
    dance_end(&d);
}

/* A server whose realm comes in quotes, while its users' keys have none. */
static void quote_realm(void *user, bool to_server, uint8_t *bytes, size_t *len)
{
    struct srflx_view done = {NULL, 0};
    uint8_t edited[DANCE_PACKET];
    struct srflx_message m;
    struct srflx_attr attr;
    struct srflx_writer w;
    struct srflx_iter it;
    struct srflx_id id;

    (void)user;
    CHECK_INT(srflx_message_parse((struct srflx_view){bytes, *len}, &m), 0);
    if (to_server || m.kind != SRFLX_ERROR) return;
    srflx_message_get_id(&m, &id);
    srflx_writer_begin(&w, edited, sizeof edited, m.type, &id);
    srflx_iter_begin(&it, &m);
    while (srflx_iter_next(&it, &attr)) {
        struct srflx_view value =
            attr.type == REALM ? (struct srflx_view)VIEW("\"example.org\"") : attr.value;
        srflx_put_bytes(&w, attr.type, value);
    }
    CHECK_INT(srflx_writer_finish(&w, &done), 0);
    memcpy(bytes, done.ptr, done.len);
    *len = done.len;
}

/* The same bytes come back as REALM, and neither key nor hash has the quotes. spec: R8489-9.2.2-02 */
TEST(a_realm_in_quotes)
{
    struct srflx_message m;
    struct srflx_view realm;
    struct dance d;

    dance_begin(&d, SRFLX_LONG_TERM);
    d.guard_config.userhash = true;
    d.tamper = quote_realm;
    dance_set_up(&d);
    dance_ask(&d);
    dance_check(&d, "NO_CREDENTIALS SUCCESS");
    check_answered(&d);
    m = dance_request(&d);
    CHECK_INT(srflx_message_get_bytes(&m, REALM, &realm), 0);
    CHECK_INT(realm.len, 13);
    CHECK_MEM(realm.ptr, "\"example.org\"", 13);
    dance_end(&d);
}

struct handed_out {
    struct srflx_token_key key;
    uint8_t sealed[SRFLX_TOKEN_MAX];
};

/* The client has a token, and the server the key to it. */
static void hand_out_token(struct dance *d, struct handed_out *token)
{
    static const uint8_t nonce[12] = {7};
    const struct srflx_token content = {.mac_key = "twenty bytes of key!",
                                        .mac_key_len = 20,
                                        .issued_unix_ms = d->now.unix_ms,
                                        .lifetime_s = 3600};
    size_t len;

    token->key = (struct srflx_token_key){.kid = "kid-1", .kid_len = 5};
    CHECK_INT(srflx_token_seal(&token->key, VIEW("stun.example.org"), nonce, &content,
                               token->sealed, &len),
              0);
    d->guard_config.server_name = VIEW("stun.example.org");
    d->guard_config.token_keys = &token->key;
    d->guard_config.token_key_count = 1;
    d->credentials.username.len = 0;
    d->credentials.token = (struct srflx_view){token->sealed, len};
    d->credentials.kid = VIEW("kid-1");
    d->credentials.mac_key = VIEW("twenty bytes of key!");
}

/* RFC 7635: the token comes first where a server takes tokens. spec: R7635-4-01 R7635-5-01 R7635-6.1-02
 * R7635-6.2-02 R7635-6.2-03 R7635-7-01 R7635-7-03 R7635-8-01 R7635-6.2-01 */
TEST(a_token_is_shown_and_opened)
{
    struct handed_out token;
    struct dance d;

    dance_begin(&d, SRFLX_LONG_TERM);
    hand_out_token(&d, &token);
    dance_set_up(&d);
    dance_ask(&d);
    dance_check(&d, "NO_CREDENTIALS SUCCESS");
    check_answered(&d);
    CHECK_TYPES(dance_request(&d), USERNAME, SRFLX_ATTR_ACCESS_TOKEN, REALM, NONCE, SHA1);
    CHECK_TYPES(dance_answer(&d), MAPPED, SHA1);
    d.now.unix_ms += 3604999;
    dance_ask(&d);
    dance_check(&d, "STALE_NONCE SUCCESS");
    d.now.unix_ms += 1;
    dance_ask(&d);
    dance_check(&d, "EXPIRED_CREDENTIALS");
    dance_end(&d);
}

/* RFC 7635 has SHA-1 alone; who does without it finds the way with servers that take SHA-256 as well. */
TEST(a_token_without_sha1)
{
    struct handed_out token;
    struct dance d;

    dance_begin(&d, SRFLX_LONG_TERM);
    hand_out_token(&d, &token);
    d.guard_config.sha1 = false;
    d.credentials.sha1 = false;
    dance_set_up(&d);
    dance_ask(&d);
    dance_check(&d, "NO_CREDENTIALS SUCCESS");
    check_answered(&d);
    CHECK_TYPES(dance_request(&d), USERNAME, SRFLX_ATTR_ACCESS_TOKEN, REALM, NONCE, SHA256);
    CHECK_TYPES(dance_answer(&d), MAPPED, SHA256);
    dance_end(&d);
}

/* spec: R8489-10-01 R8489-10-02 R8489-10-03 R8489-10-06 R8489-10-07 R8489-14.15-01 R5389-11-01
 * R5389-15.11-01 R8489-9.2.3-01 R5389-10.2.1-01 */
TEST(a_signed_300_is_followed_with_the_same_credentials)
{
    struct srflx_addr other = {{192, 0, 2, 3}, 0, 3479, SRFLX_IPV4};
    struct dance d;

    dance_begin(&d, SRFLX_LONG_TERM);
    d.server_config.alternate.ipv4 = other;
    d.server_config.alternate.ipv6 =
        (struct srflx_addr){{0x20, 1, 0x0d, 0xb8, [15] = 3}, 0, 3479, SRFLX_IPV6};
    dance_set_up(&d);
    dance_ask(&d);
    /* the other server is this one, and sends us to itself: there we have been */
    dance_check(&d, "NO_CREDENTIALS REDIRECTED NO_CREDENTIALS REDIRECTED");
    CHECK(srflx_addr_equal(&d.asked, &other));
    CHECK_OUTCOME(&d, SRFLX_EVENT_FAILED, SRFLX_ERROR_REDIRECT); /* spec: R8489-10-11 */
    CHECK_INT(d.outcome.code, 300);
    CHECK_INT(d.outcome.sent, 4);
    CHECK_TYPES(dance_answer(&d), CODE, SRFLX_ATTR_ALTERNATE_SERVER, SRFLX_ATTR_ALTERNATE_SERVER,
                SHA256);
    dance_end(&d);
}

/* Signed redirections, each server to the next: 192.0.2.100, .101 and so on, until they begin again. */
struct ring {
    struct srflx_key key;
    unsigned size, moves;
};

static void send_on(void *user, bool to_server, uint8_t *bytes, size_t *len)
{
    struct ring *ring = user;
    const uint8_t last = (uint8_t)(100 + ring->moves % ring->size);
    const struct srflx_addr next = {{192, 0, 2, last}, 0, 3478, SRFLX_IPV4};
    struct srflx_view done = {NULL, 0};
    uint8_t answer[DANCE_PACKET];
    struct srflx_message m;
    struct srflx_writer w;
    struct srflx_id id;

    if (to_server) return;
    ring->moves++;
    CHECK_INT(srflx_message_parse((struct srflx_view){bytes, *len}, &m), 0);
    srflx_message_get_id(&m, &id);
    srflx_writer_begin(&w, answer, sizeof answer, srflx_type(SRFLX_METHOD_BINDING, SRFLX_ERROR),
                       &id);
    srflx_put_error(&w, 300, (struct srflx_view){NULL, 0});
    srflx_put_addr(&w, SRFLX_ATTR_ALTERNATE_SERVER, &next);
    srflx_add_integrity(&w, SRFLX_INTEGRITY_SHA256, &ring->key);
    CHECK_INT(srflx_writer_finish(&w, &done), 0);
    memcpy(bytes, done.ptr, done.len);
    *len = done.len;
}

/* Five redirections are followed, and none back to where we have been. spec: R8489-10-11 */
TEST(redirections_end)
{
    static const struct {
        unsigned size;
        const char *verdicts;
        uint8_t last;
    } rings[] = {{200, "SUCCESS SUCCESS SUCCESS SUCCESS SUCCESS SUCCESS", 104},
                 {3, "SUCCESS SUCCESS SUCCESS SUCCESS", 102},
                 {2, "SUCCESS SUCCESS SUCCESS", 101}};
    size_t i;

    for (i = 0; i < sizeof rings / sizeof *rings; i++) {
        struct ring ring = {.size = rings[i].size};
        struct dance d;

        srflx_key_from_secret(VIEW("secret"), &ring.key);
        dance_begin(&d, SRFLX_SHORT_TERM);
        d.tamper = send_on;
        d.tamper_user = &ring;
        dance_set_up(&d);
        dance_ask(&d);
        dance_check(&d, rings[i].verdicts);
        CHECK_INT(d.asked.ip[3], rings[i].last);
        CHECK_OUTCOME(&d, SRFLX_EVENT_FAILED, SRFLX_ERROR_REDIRECT);
        dance_end(&d);
    }
}

/* The next question begins anew at the first server, as nothing is known of it. */
TEST(what_one_server_wants_is_not_shown_to_another)
{
    struct dance d;

    dance_begin(&d, SRFLX_LONG_TERM);
    d.server_config.alternate.ipv4 = (struct srflx_addr){{192, 0, 2, 3}, 0, 3479, SRFLX_IPV4};
    dance_set_up(&d);
    dance_ask(&d);
    dance_check(&d, "NO_CREDENTIALS REDIRECTED NO_CREDENTIALS REDIRECTED");
    dance_ask(&d);
    dance_check(&d, "NO_CREDENTIALS REDIRECTED NO_CREDENTIALS REDIRECTED");
    dance_end(&d);
}

/* Anybody could forge such an answer to a request that is not signed. spec: R8489-10-04 */
TEST(a_300_goes_to_none_but_authenticated_requests)
{
    const struct srflx_addr other = {{192, 0, 2, 3}, 0, 3479, SRFLX_IPV4};
    struct srflx_packet packet;
    struct srflx_reply reply;
    struct dance d;

    dance_begin(&d, SRFLX_SHORT_TERM);
    dance_set_up(&d);
    dance_ask(&d);
    d.server_config.guard = NULL;
    d.server_config.alternate.ipv4 = other;
    CHECK_INT(srflx_server_init(d.answerer, srflx_server_size(&d.server_config), &d.server_config,
                                &d.answerer),
              0);
    packet = (struct srflx_packet){{d.request, d.request_len}, d.client, d.server, SRFLX_UDP};
    reply = (struct srflx_reply){d.answer, sizeof d.answer, 0};
    CHECK_INT(srflx_server_handle(d.answerer, d.worker, &packet, d.now, &reply),
              SRFLX_VERDICT_SUCCESS);
    dance_end(&d);
}

/* spec: R8489-10-02 */
TEST(an_alternate_is_of_the_family_in_use)
{
    struct dance d;

    dance_begin(&d, SRFLX_SHORT_TERM);
    d.server_config.alternate.ipv6 =
        (struct srflx_addr){{0x20, 1, 0x0d, 0xb8, [15] = 3}, 0, 3479, SRFLX_IPV6};
    dance_set_up(&d);
    dance_ask(&d);
    dance_check(&d, "SUCCESS");
    check_answered(&d);
    dance_end(&d);
}

/* spec: R8489-18.4-01 */
TEST(over_tcp_the_phrase_is_written_out)
{
    struct srflx_error_code error;
    struct srflx_message m;
    struct dance d;

    dance_begin(&d, SRFLX_LONG_TERM);
    d.transport = SRFLX_TCP;
    d.credentials.password = VIEW("Secret");
    dance_set_up(&d);
    dance_ask(&d);
    m = dance_answer(&d);
    CHECK_INT(srflx_message_get_error(&m, &error), 0);
    CHECK_BYTES(error.phrase,
                {'U', 'n', 'a', 'u', 't', 'h', 'e', 'n', 't', 'i', 'c', 'a', 't', 'e', 'd'});
    dance_end(&d);
}

/* The policy of a server. */
TEST(sha1_and_legacy_clients_can_be_shut_out)
{
    struct dance d;

    dance_begin(&d, SRFLX_SHORT_TERM);
    d.guard_config.sha1 = false;
    d.credentials.integrity = SRFLX_INTEGRITY_SHA1;
    dance_set_up(&d);
    dance_ask(&d);
    CHECK_INT(d.verdicts[0], SRFLX_VERDICT_ALGORITHM_FORBIDDEN);
    dance_end(&d);
    dance_begin(&d, SRFLX_SHORT_TERM);
    d.guard_config.sha1 = false;
    dance_set_up(&d);
    dance_ask(&d);
    check_answered(&d);
    dance_end(&d);
}

/* What it asked for before, it refuses now; not with anything that counts, so that the question is lost, and the
 * next one begins anew. spec: R8489-9.2.5-16 */
TEST(a_server_with_another_offer_is_asked_anew)
{
    struct dance d;

    dance_begin(&d, SRFLX_LONG_TERM);
    d.options.timing.rc = 2;
    dance_set_up(&d);
    dance_ask(&d);
    d.guard_config.algorithm_count = 1;
    CHECK_INT(srflx_guard_init(d.guard, srflx_guard_size(), &d.guard_config, &d.guard), 0);
    dance_ask(&d);
    dance_check(&d, "ALGORITHM_MISMATCH ALGORITHM_MISMATCH");
    CHECK_INT(d.outcome.error, SRFLX_ERROR_INTEGRITY);
    dance_ask(&d);
    dance_check(&d, "NO_CREDENTIALS SUCCESS");
    check_answered(&d);
    dance_end(&d);
}

RUN(TEST_OF(short_term_sends_both_until_the_server_has_chosen), TEST_OF(short_term_with_sha1_alone),
    TEST_OF(short_term_with_wrong_credentials_ends_as_integrity_failure),
    TEST_OF(over_tcp_the_first_unsigned_answer_ends_it),
    TEST_OF(long_term_is_challenged_once_and_then_remembers), TEST_OF(the_challenge_to_the_byte),
    TEST_OF(a_server_that_announces_anonymity_sees_a_hash),
    TEST_OF(without_algorithms_md5_and_sha1_remain), TEST_OF(the_first_algorithm_that_both_may_use),
    TEST_OF(wrong_credentials_are_tried_once), TEST_OF(a_stale_nonce_costs_one_round_trip),
    TEST_OF(a_server_whose_nonces_are_always_stale_is_given_up),
    TEST_OF(time_limited_users_come_and_go), TEST_OF(a_realm_in_quotes),
    TEST_OF(a_token_is_shown_and_opened), TEST_OF(a_token_without_sha1),
    TEST_OF(a_signed_300_is_followed_with_the_same_credentials), TEST_OF(redirections_end),
    TEST_OF(what_one_server_wants_is_not_shown_to_another),
    TEST_OF(a_300_goes_to_none_but_authenticated_requests),
    TEST_OF(an_alternate_is_of_the_family_in_use), TEST_OF(over_tcp_the_phrase_is_written_out),
    TEST_OF(sha1_and_legacy_clients_can_be_shut_out),
    TEST_OF(a_server_with_another_offer_is_asked_anew))
