#include "dance.h"

#include <stdlib.h>

#include "steady_random.h"

static void *reserve(size_t len)
{
    void *memory = malloc(len);

    CHECK(memory != NULL);
    return memory;
}

static const struct srflx_users *make_users(void)
{
    const struct srflx_identity long_term = {VIEW("alice"), VIEW("example.org")};
    const struct srflx_identity short_term = {VIEW("alice"), {NULL, 0}};
    struct srflx_secret md5, sha256;
    struct srflx_user user = {.password = VIEW("secret")};
    struct srflx_users *users;

    CHECK_INT(srflx_users_init(reserve(srflx_users_size(2)), srflx_users_size(2), 2, &users), 0);
    srflx_userhash_compute(&short_term, &user.hash);
    CHECK_INT(srflx_users_add(users, &user), 0);
    CHECK_INT(srflx_secret_long_term(SRFLX_ALGORITHM_MD5, &long_term, VIEW("secret"), &md5), 0);
    CHECK_INT(srflx_secret_long_term(SRFLX_ALGORITHM_SHA256, &long_term, VIEW("secret"), &sha256),
              0);
    srflx_userhash_compute(&long_term, &user.hash);
    user.md5 = (struct srflx_view){md5.bytes, md5.len};
    user.sha256 = (struct srflx_view){sha256.bytes, sha256.len};
    user.password.len = 0;
    CHECK_INT(srflx_users_add(users, &user), 0);
    return users;
}

void dance_begin(struct dance *d, uint8_t mechanism)
{
    memset(d, 0, sizeof *d);
    steady_random(NULL, d->nonces.list[0].bytes, SRFLX_NONCE_KEY_LEN);
    d->nonces.count = 1;
    srflx_guard_config_defaults(&d->guard_config);
    d->guard_config.mechanism = mechanism;
    d->guard_config.realm = VIEW("example.org");
    d->guard_config.nonces = &d->nonces;
    d->guard_config.users = make_users();
    srflx_server_config_defaults(&d->server_config);
    srflx_credentials_defaults(&d->credentials);
    d->credentials.mechanism = mechanism;
    d->credentials.username = VIEW("alice");
    d->credentials.password = VIEW("secret");
    srflx_exchange_options_defaults(&d->options);
    d->client = (struct srflx_addr){{192, 0, 2, 1}, 0, 32853, SRFLX_IPV4};
    d->server = (struct srflx_addr){{192, 0, 2, 2}, 0, 3478, SRFLX_IPV4};
    d->transport = SRFLX_UDP;
    d->now = (struct srflx_time){1000000000, 1764072000000};
}

/* Ids that differ from one request to the next. */
static void draw(void *user, uint8_t *ret_bytes, size_t len)
{
    static uint8_t counter;

    steady_random(user, ret_bytes, len);
    ret_bytes[len - 1] = ++counter;
}

void dance_set_up(struct dance *d)
{
    size_t len = srflx_guard_size();

    CHECK_INT(srflx_guard_init(reserve(len), len, &d->guard_config, &d->guard), 0);
    d->server_config.guard = d->guard;
    len = srflx_server_size(&d->server_config);
    CHECK_INT(srflx_server_init(reserve(len), len, &d->server_config, &d->answerer), 0);
    len = srflx_worker_size();
    CHECK_INT(srflx_worker_init(reserve(len), len, steady_random, NULL, &d->worker), 0);
    len = srflx_login_size();
    CHECK_INT(srflx_login_init(reserve(len), len, &d->credentials, &d->login), 0);
    d->options.login = d->login;
    len = srflx_exchange_size();
    CHECK_INT(srflx_exchange_init(reserve(len), len, &d->options, draw, NULL, &d->exchange), 0);
}

void dance_end(struct dance *d)
{
    free((void *)(uintptr_t)d->guard_config.users);
    free(d->guard);
    free(d->answerer);
    free(d->worker);
    free(d->login);
    free(d->exchange);
}

static bool pass(struct dance *d, bool to_server, uint8_t *bytes, size_t *len)
{
    if (d->tamper) d->tamper(d->tamper_user, to_server, bytes, len);
    return *len != 0;
}

/* The server's turn. False if no answer comes back. */
static bool serve(struct dance *d)
{
    struct srflx_packet packet = {{d->request, d->request_len}, d->client, d->asked, d->transport};
    struct srflx_reply reply = {d->answer, sizeof d->answer, 0};
    enum srflx_verdict verdict =
        srflx_server_handle(d->answerer, d->worker, &packet, d->now, &reply);

    CHECK(d->verdict_count < DANCE_STEPS);
    d->verdicts[d->verdict_count++] = verdict;
    d->answer_len = reply.len;
    return d->answer_len && pass(d, false, d->answer, &d->answer_len);
}

static void send_request(struct dance *d, const struct srflx_event *event)
{
    struct srflx_packet packet = {.from = event->to, .to = d->client, .transport = d->transport};

    CHECK(event->bytes.len <= sizeof d->request);
    memcpy(d->request, event->bytes.ptr, event->bytes.len);
    d->request_len = event->bytes.len;
    d->asked = event->to;
    if (!pass(d, true, d->request, &d->request_len) || !serve(d)) return;
    packet.bytes = (struct srflx_view){d->answer, d->answer_len};
    (void)srflx_exchange_feed(d->exchange, &packet, d->now);
}

static bool take(struct dance *d, const struct srflx_event *event)
{
    if (event->kind == SRFLX_EVENT_SEND) {
        send_request(d, event);
        return true;
    }
    if (event->kind == SRFLX_EVENT_MOVED) {
        srflx_exchange_resume(d->exchange, d->now);
        return true;
    }
    d->outcome = *event;
    return false;
}

void dance_ask(struct dance *d)
{
    struct srflx_event event;

    d->verdict_count = 0;
    memset(&d->outcome, 0, sizeof d->outcome);
    CHECK_INT(srflx_exchange_start(d->exchange, &d->server, d->transport, d->now), 0);
    for (;;) {
        uint64_t deadline = srflx_exchange_next_deadline(d->exchange);

        while (srflx_exchange_next_event(d->exchange, &event))
            if (!take(d, &event)) return;
        deadline = srflx_exchange_next_deadline(d->exchange);
        CHECK(deadline != UINT64_MAX);
        if (deadline > d->now.mono_ns) {
            d->now.unix_ms += (deadline - d->now.mono_ns) / 1000000;
            d->now.mono_ns = deadline;
        }
        srflx_exchange_tick(d->exchange, d->now);
    }
}

void dance_check(const struct dance *d, const char *verdicts)
{
    char seen[512] = "";
    unsigned i;

    for (i = 0; i < d->verdict_count; i++)
        snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%s%s", i ? " " : "",
                 srflx_verdict_name(d->verdicts[i]));
    CHECK_STR(seen, verdicts);
}

static struct srflx_message parse(const uint8_t *bytes, size_t len)
{
    struct srflx_message m;

    CHECK_INT(srflx_message_parse((struct srflx_view){bytes, len}, &m), 0);
    return m;
}

struct srflx_message dance_answer(const struct dance *d)
{
    return parse(d->answer, d->answer_len);
}

struct srflx_message dance_request(const struct dance *d)
{
    return parse(d->request, d->request_len);
}
