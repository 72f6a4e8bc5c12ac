/* One request after the other against a server with long-term credentials: each check, in its order, and what the
 * answer to each failure holds. */
#include "dance.h"

#include <srflx/addr.h>

/* A request as alice would send it, but for what is changed. */
struct request {
    bool no_name, no_realm, no_nonce, no_algorithm, no_algorithms, no_integrity;
    bool userhash, sha1, wrong_key, unknown_required, change_request;
    const char *username, *realm, *nonce; /* in place of the right one */
    uint16_t algorithm;                   /* 0: SHA-256 */
    const uint8_t *offer;                 /* in place of the right one */
    size_t offer_len;
    uint8_t kind;
};

static const uint8_t right_offer[] = {0, 2, 0, 0, 0, 1, 0, 0};

static struct srflx_view view(const char *text)
{
    return (struct srflx_view){(const uint8_t *)text, strlen(text)};
}

static void put_nonce(const struct dance *d, struct srflx_writer *w, const struct request *r)
{
    const struct srflx_nonce_scope scope = {.client = d->client,
                                            .algorithms = {right_offer, sizeof right_offer},
                                            .features = SRFLX_FEATURE_ALGORITHMS,
                                            .lifetime_s = 600};
    uint8_t nonce[SRFLX_NONCE_LEN];

    if (r->no_nonce) return;
    srflx_nonce_write(&d->nonces, &scope, d->now, nonce);
    if (r->nonce)
        srflx_put_bytes(w, SRFLX_ATTR_NONCE, view(r->nonce));
    else
        srflx_put_bytes(w, SRFLX_ATTR_NONCE, (struct srflx_view){nonce, sizeof nonce});
}

static void put_name(struct srflx_writer *w, const struct request *r)
{
    const struct srflx_identity who = {view(r->username ? r->username : "alice"),
                                       VIEW("example.org")};
    struct srflx_userhash hash;

    if (r->no_name) return;
    srflx_userhash_compute(&who, &hash);
    if (r->userhash)
        srflx_put_bytes(w, SRFLX_ATTR_USERHASH, (struct srflx_view){hash.bytes, sizeof hash.bytes});
    else
        srflx_put_bytes(w, SRFLX_ATTR_USERNAME, who.username);
}

static void put_algorithms(struct srflx_writer *w, const struct request *r)
{
    const struct srflx_algorithm chosen = {{NULL, 0},
                                           r->algorithm ? r->algorithm : SRFLX_ALGORITHM_SHA256};
    const struct srflx_view offer = {right_offer, sizeof right_offer},
                            other = {r->offer, r->offer_len};

    if (!r->no_algorithm) srflx_put_algorithms(w, SRFLX_ATTR_PASSWORD_ALGORITHM, &chosen, 1);
    if (!r->no_algorithms)
        srflx_put_bytes(w, SRFLX_ATTR_PASSWORD_ALGORITHMS, r->offer ? other : offer);
}

static struct srflx_key key_of(const struct request *r)
{
    const struct srflx_identity alice = {VIEW("alice"), VIEW("example.org")};
    uint16_t algorithm =
        r->algorithm == SRFLX_ALGORITHM_MD5 || (r->no_algorithm && r->no_algorithms)
            ? SRFLX_ALGORITHM_MD5
            : SRFLX_ALGORITHM_SHA256;
    struct srflx_key key;

    CHECK_INT(srflx_key_long_term(algorithm, &alice, r->wrong_key ? VIEW("Secret") : VIEW("secret"),
                                  &key),
              0);
    return key;
}

/* Sends it. Returns the answer, of length 0 if there is none. */
static struct srflx_view send(struct dance *d, const struct request *r, enum srflx_verdict wanted)
{
    static const struct srflx_id id = {{0x21, 0x12, 0xA4, 0x42, 1, 2, 3}};
    struct srflx_packet packet = {.from = d->client, .to = d->server, .transport = d->transport};
    struct srflx_reply reply = {d->answer, sizeof d->answer, 0};
    struct srflx_key key = key_of(r);
    struct srflx_writer w;

    srflx_writer_begin(&w, d->request, sizeof d->request, srflx_type(SRFLX_METHOD_BINDING, r->kind),
                       &id);
    put_name(&w, r);
    if (!r->no_realm)
        srflx_put_bytes(&w, SRFLX_ATTR_REALM, view(r->realm ? r->realm : "example.org"));
    put_nonce(d, &w, r);
    put_algorithms(&w, r);
    if (r->unknown_required) srflx_put_flag(&w, SRFLX_ATTR_USE_CANDIDATE);
    if (r->change_request) srflx_put_u32(&w, SRFLX_ATTR_CHANGE_REQUEST, 4);
    if (!r->no_integrity)
        srflx_add_integrity(&w, r->sha1 ? SRFLX_INTEGRITY_SHA1 : SRFLX_INTEGRITY_SHA256, &key);
    CHECK_INT(srflx_writer_finish(&w, &packet.bytes), 0);
    CHECK_INT(srflx_server_handle(d->answerer, d->worker, &packet, d->now, &reply), wanted);
    d->answer_len = reply.len;
    return (struct srflx_view){d->answer, reply.len};
}

/* The types of the answer's attributes, by their numbers in hex. */
static const char *types_of(struct srflx_view answer)
{
    static char text[128];
    struct srflx_message m;
    struct srflx_attr attr;
    struct srflx_iter it;

    text[0] = '\0';
    CHECK_INT(srflx_message_parse(answer, &m), 0);
    srflx_iter_begin(&it, &m);
    while (srflx_iter_next(&it, &attr))
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%04x", *text ? " " : "",
                 attr.type);
    return text;
}

static uint16_t code_of(struct srflx_view answer)
{
    struct srflx_error_code error = {{NULL, 0}, 0};
    struct srflx_message m;

    CHECK_INT(srflx_message_parse(answer, &m), 0);
    if (m.kind == SRFLX_ERROR) CHECK_INT(srflx_message_get_error(&m, &error), 0);
    return error.code;
}

static void set_up(struct dance *d)
{
    dance_begin(d, SRFLX_LONG_TERM);
    d->server_config.guess_burst = 0;
    dance_set_up(d);
}

#define CHALLENGE "0009 0014 0015 8002"
#define BARE "0009"
#define SIGNED_SHA256 "0020 001c"
#define SIGNED_SHA1 "0020 0008"

static const uint8_t reordered[] = {0, 1, 0, 0, 0, 2, 0, 0};
static const uint8_t shorter[] = {0, 2, 0, 0};

/* spec: R8489-9.2.2-03 R8489-9.2.4-02 R8489-9.2.4-03 R8489-9.2.4-04 R8489-9.2.4-11 R8489-9.2.4-12 R8489-9.2.4-13
 * R8489-9.2.4-14 R8489-9.2.4-15 R8489-9.2.4-16 R8489-9.2.4-17 R8489-9.2.4-20 R8489-9.2.4-23
 * R8489-9.2.4-26 R8489-9.2.4-27 R8489-9.2.4-32 R8489-9.2.4-33 R8489-9.2.4-34 R8489-14.9-04
 * R5389-10.2.2-01 R5389-10.2.2-02 R5389-10.2.2-03 R5389-10.2.2-04 */
static const struct {
    const char *what;
    struct request request;
    enum srflx_verdict verdict;
    uint16_t code;
    const char *types;
} rows[] = {
    {"all right", {.no_name = false}, SRFLX_VERDICT_SUCCESS, 0, SIGNED_SHA256},
    {"USERHASH, though it was not announced",
     {.userhash = true},
     SRFLX_VERDICT_SUCCESS,
     0,
     SIGNED_SHA256},
    {"MD5 as algorithm",
     {.algorithm = SRFLX_ALGORITHM_MD5},
     SRFLX_VERDICT_SUCCESS,
     0,
     SIGNED_SHA256},
    {"SHA-1 over a SHA-256 key", {.sha1 = true}, SRFLX_VERDICT_SUCCESS, 0, SIGNED_SHA256},
    {"RFC 5389",
     {.no_algorithm = true, .no_algorithms = true, .sha1 = true},
     SRFLX_VERDICT_SUCCESS,
     0,
     SIGNED_SHA1},
    {"RFC 5389's key under SHA-256",
     {.no_algorithm = true, .no_algorithms = true},
     SRFLX_VERDICT_SUCCESS,
     0,
     SIGNED_SHA1},
    {"no integrity", {.no_integrity = true}, SRFLX_VERDICT_NO_CREDENTIALS, 401, CHALLENGE},
    {"no name", {.no_name = true}, SRFLX_VERDICT_INCOMPLETE_CREDENTIALS, 400, BARE},
    {"no realm", {.no_realm = true}, SRFLX_VERDICT_INCOMPLETE_CREDENTIALS, 400, BARE},
    {"no nonce", {.no_nonce = true}, SRFLX_VERDICT_INCOMPLETE_CREDENTIALS, 400, BARE},
    {"the list alone", {.no_algorithm = true}, SRFLX_VERDICT_ALGORITHM_MISMATCH, 400, BARE},
    {"the choice alone", {.no_algorithms = true}, SRFLX_VERDICT_ALGORITHM_MISMATCH, 400, BARE},
    {"the list in another order",
     {.offer = reordered, .offer_len = 8},
     SRFLX_VERDICT_ALGORITHM_MISMATCH,
     400,
     BARE},
    {"part of the list",
     {.offer = shorter, .offer_len = 4},
     SRFLX_VERDICT_ALGORITHM_MISMATCH,
     400,
     BARE},
    {"a choice that is not in the list",
     {.algorithm = 3},
     SRFLX_VERDICT_ALGORITHM_MISMATCH,
     400,
     BARE},
    {"an unknown user", {.username = "bob"}, SRFLX_VERDICT_UNKNOWN_USER, 401, CHALLENGE},
    {"an unknown hash",
     {.username = "bob", .userhash = true},
     SRFLX_VERDICT_UNKNOWN_USER,
     401,
     CHALLENGE},
    {"a wrong password", {.wrong_key = true}, SRFLX_VERDICT_WRONG_INTEGRITY, 401, CHALLENGE},
    {"somebody's nonce",
     {.nonce = "obMatJos2AAABAAAAAAAAAAAAAAAA"},
     SRFLX_VERDICT_STALE_NONCE,
     438,
     CHALLENGE},
    {"no nonce of ours",
     {.nonce = "f//499k954d6OL34oL9FSTvy64sA"},
     SRFLX_VERDICT_STALE_NONCE,
     438,
     CHALLENGE},
    /* the first failure counts */
    {"incomplete and unknown",
     {.no_realm = true, .username = "bob"},
     SRFLX_VERDICT_INCOMPLETE_CREDENTIALS,
     400,
     BARE},
    {"mismatch and unknown",
     {.algorithm = 3, .username = "bob"},
     SRFLX_VERDICT_ALGORITHM_MISMATCH,
     400,
     BARE},
    {"wrong and stale",
     {.wrong_key = true, .nonce = "x"},
     SRFLX_VERDICT_WRONG_INTEGRITY,
     401,
     CHALLENGE},
    {"unknown and stale",
     {.username = "bob", .nonce = "x"},
     SRFLX_VERDICT_UNKNOWN_USER,
     401,
     CHALLENGE},
    {"no integrity, but an unknown attribute",
     {.no_integrity = true, .unknown_required = true},
     SRFLX_VERDICT_NO_CREDENTIALS,
     401,
     CHALLENGE},
    /* behind the credentials everything is signed */
    {"an unknown attribute",
     {.unknown_required = true},
     SRFLX_VERDICT_UNKNOWN_ATTRIBUTE,
     420,
     "0009 000a 001c"},
    {"a change of address",
     {.change_request = true},
     SRFLX_VERDICT_CHANGE_REFUSED,
     420,
     "0009 000a 001c"},
};

TEST(each_request_gets_what_it_deserves)
{
    struct dance d;
    size_t i;

    set_up(&d);
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct srflx_view answer = send(&d, &rows[i].request, rows[i].verdict);
        const char *types = types_of(answer);

        if (code_of(answer) != rows[i].code || strcmp(types, rows[i].types) != 0)
            FAIL("%s: answered with %u %s", rows[i].what, code_of(answer), types);
    }
    dance_end(&d);
}

/* Whoever signs an indication hears as little as others do.
 * spec: R8489-9-03 R8489-9.1.3-02 R8489-9.1.3-04 R8489-9.1.3-07 R8489-9.2-01 */
TEST(indications_are_never_answered)
{
    const struct request right = {.kind = SRFLX_INDICATION},
                         wrong = {.kind = SRFLX_INDICATION, .wrong_key = true},
                         bare = {.kind = SRFLX_INDICATION, .no_name = true, .no_integrity = true};
    struct dance d;

    set_up(&d);
    CHECK_INT(send(&d, &right, SRFLX_VERDICT_NO_REQUEST).len, 0);
    CHECK_INT(send(&d, &wrong, SRFLX_VERDICT_NO_REQUEST).len, 0);
    CHECK_INT(send(&d, &bare, SRFLX_VERDICT_NO_REQUEST).len, 0);
    dance_end(&d);
}

/* Padding between the entries of a list is no part of it. spec: R8489-14.12-03 */
TEST(lists_are_compared_and_not_their_padding)
{
    static const uint8_t with_parameter[] = {0, 2, 0, 1, 'x', 7, 7, 7, 0, 1, 0, 0};
    const struct request other = {.offer = with_parameter, .offer_len = sizeof with_parameter};
    struct dance d;

    set_up(&d);
    (void)send(&d, &other, SRFLX_VERDICT_ALGORITHM_MISMATCH);
    dance_end(&d);
}

/* Short-term: 400 for what is missing, and nothing to try again with.
 * spec: R8489-9.1.3-01 R5389-10.1.2-01 R5389-10.1.2-03 R8489-9.1.3-12 */
TEST(short_term_credentials_are_all_or_nothing)
{
    static const struct request none = {.no_name = true,
                                        .no_realm = true,
                                        .no_nonce = true,
                                        .no_algorithm = true,
                                        .no_algorithms = true,
                                        .no_integrity = true},
                                no_name = {.no_name = true}, no_integrity = {.no_integrity = true};
    struct dance d;

    dance_begin(&d, SRFLX_SHORT_TERM);
    dance_set_up(&d);
    CHECK_STR(types_of(send(&d, &none, SRFLX_VERDICT_INCOMPLETE_CREDENTIALS)), BARE);
    CHECK_STR(types_of(send(&d, &no_name, SRFLX_VERDICT_INCOMPLETE_CREDENTIALS)), BARE);
    CHECK_STR(types_of(send(&d, &no_integrity, SRFLX_VERDICT_INCOMPLETE_CREDENTIALS)), BARE);
    CHECK_INT(code_of((struct srflx_view){d.answer, d.answer_len}), 400);
    dance_end(&d);
}

/* USERHASH means nothing there, whatever it holds. spec: R8489-9.1.3-03 */
TEST(short_term_credentials_have_no_hash_of_a_name)
{
    const struct srflx_identity alice = {VIEW("alice"), {NULL, 0}};
    const struct srflx_id id = {{0x21, 0x12, 0xA4, 0x42, 1}};
    uint8_t buf[256];
    struct srflx_userhash hash;
    struct srflx_message m;
    struct srflx_writer w;
    struct srflx_view bytes;
    struct srflx_claim claim;
    struct srflx_grant grant;
    struct srflx_key key;
    struct dance d;

    dance_begin(&d, SRFLX_SHORT_TERM);
    dance_set_up(&d);
    srflx_userhash_compute(&alice, &hash);
    srflx_key_from_secret(VIEW("secret"), &key);
    srflx_writer_begin(&w, buf, sizeof buf, srflx_type(SRFLX_METHOD_BINDING, SRFLX_REQUEST), &id);
    srflx_put_bytes(&w, SRFLX_ATTR_USERNAME, VIEW("mallory"));
    srflx_put_bytes(&w, SRFLX_ATTR_USERHASH, (struct srflx_view){hash.bytes, sizeof hash.bytes});
    srflx_add_integrity(&w, SRFLX_INTEGRITY_SHA256, &key);
    CHECK_INT(srflx_writer_finish(&w, &bytes), 0);
    CHECK_INT(srflx_message_parse(bytes, &m), 0);
    CHECK_INT(srflx_guard_check(d.guard, &m, &d.client, d.now, &claim, &grant),
              SRFLX_ACCESS_UNKNOWN_USER);
    dance_end(&d);
}

/* With the longest realm that a guard takes, 114 characters of four bytes. spec: R8489-6.1-09 */
TEST(a_challenge_fits_into_a_datagram)
{
    static const struct request none = {.no_name = true,
                                        .no_realm = true,
                                        .no_nonce = true,
                                        .no_algorithm = true,
                                        .no_algorithms = true,
                                        .no_integrity = true};
    char realm[115 * 4 + 1];
    struct dance d;
    size_t i;

    for (i = 0; i < 115; i++)
        memcpy(realm + 4 * i, "\xF0\x9F\x98\x80", 5);
    dance_begin(&d, SRFLX_LONG_TERM);
    d.guard_config.realm = (struct srflx_view){(const uint8_t *)realm, (size_t)114 * 4};
    dance_set_up(&d);
    (void)send(&d, &none, SRFLX_VERDICT_NO_CREDENTIALS);
    CHECK_INT(d.answer_len, 544 - 8);
    d.transport = SRFLX_DTLS;
    (void)send(&d, &none, SRFLX_VERDICT_NO_CREDENTIALS);
    CHECK_INT(d.answer_len, 544 - 8);
    d.guard_config.realm.len += 4;
    CHECK_INT(srflx_guard_init(d.guard, srflx_guard_size(), &d.guard_config, &d.guard),
              SRFLX_ERROR_ARGUMENT);
    dance_end(&d);
}

/* Where nobody takes tokens, one is an attribute that nobody knows. spec: R7635-7-04 */
TEST(an_unexpected_token_draws_420)
{
    static const struct srflx_id id = {{0x21, 0x12, 0xA4, 0x42, 1}};
    struct srflx_packet packet = {.transport = SRFLX_UDP};
    struct srflx_server_config config;
    struct srflx_server *server;
    struct srflx_reply reply;
    struct srflx_writer w;
    struct dance d;
    static uint8_t memory[4096];

    set_up(&d);
    srflx_server_config_defaults(&config);
    CHECK_INT(srflx_server_init(memory, sizeof memory, &config, &server), 0);
    srflx_writer_begin(&w, d.request, sizeof d.request,
                       srflx_type(SRFLX_METHOD_BINDING, SRFLX_REQUEST), &id);
    srflx_put_bytes(&w, SRFLX_ATTR_ACCESS_TOKEN, VIEW("token"));
    CHECK_INT(srflx_writer_finish(&w, &packet.bytes), 0);
    packet.from = d.client;
    packet.to = d.server;
    reply = (struct srflx_reply){d.answer, sizeof d.answer, 0};
    CHECK_INT(srflx_server_handle(server, d.worker, &packet, d.now, &reply),
              SRFLX_VERDICT_UNKNOWN_ATTRIBUTE);
    CHECK_STR(types_of((struct srflx_view){d.answer, reply.len}), "0009 000a");
    dance_end(&d);
}

/* Over TLS the name of the other server's certificate comes along, elsewhere it would be of no use.
 * spec: R8489-10-05 R8489-14.16-01 */
TEST(the_alternate_domain_is_for_tls)
{
    static const uint8_t transports[] = {SRFLX_UDP, SRFLX_TCP, SRFLX_TLS, SRFLX_DTLS};
    size_t i;

    for (i = 0; i < sizeof transports; i++) {
        struct srflx_message m;
        struct dance d;

        dance_begin(&d, SRFLX_SHORT_TERM);
        d.transport = transports[i];
        d.server_config.alternate.ipv4 = (struct srflx_addr){{192, 0, 2, 9}, 0, 3478, SRFLX_IPV4};
        d.server_config.alternate.domain = VIEW("other.example.org");
        d.options.redirects = 0;
        dance_set_up(&d);
        dance_ask(&d);
        dance_check(&d, "REDIRECTED");
        m = dance_answer(&d);
        CHECK_INT(srflx_message_has(&m, SRFLX_ATTR_ALTERNATE_DOMAIN), transports[i] >= SRFLX_TLS);
        dance_end(&d);
    }
}

/* The same time, up to a second, makes the same nonce: nothing else goes in. Another client never has it.
 * spec: R8489-9.2.4-05 R8489-9.2-02 R8489-14.10-02 */
TEST(a_challenge_is_computed_from_the_request_alone)
{
    const struct request bare = {.no_integrity = true};
    uint8_t first[256];
    size_t len;
    struct dance d;

    set_up(&d);
    len = send(&d, &bare, SRFLX_VERDICT_NO_CREDENTIALS).len;
    memcpy(first, d.answer, len);
    CHECK_INT(send(&d, &bare, SRFLX_VERDICT_NO_CREDENTIALS).len, len);
    CHECK_MEM(d.answer, first, len);
    d.client.port++;
    CHECK_INT(send(&d, &bare, SRFLX_VERDICT_NO_CREDENTIALS).len, len);
    CHECK(memcmp(d.answer, first, len) != 0);
    dance_end(&d);
}

RUN(TEST_OF(each_request_gets_what_it_deserves), TEST_OF(indications_are_never_answered),
    TEST_OF(lists_are_compared_and_not_their_padding),
    TEST_OF(short_term_credentials_are_all_or_nothing),
    TEST_OF(short_term_credentials_have_no_hash_of_a_name),
    TEST_OF(a_challenge_fits_into_a_datagram), TEST_OF(an_unexpected_token_draws_420),
    TEST_OF(the_alternate_domain_is_for_tls),
    TEST_OF(a_challenge_is_computed_from_the_request_alone))
