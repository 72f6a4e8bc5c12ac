/* Who guesses too often, hears nothing; and nobody can be locked out by somebody who spoofs him. */
#define _POSIX_C_SOURCE 200809L

#include "dance.h"
#include "thread_stack.h"

/* Asks with a wrong password until the budget of three is used up: with the nonce that fits, so that it is known
 * that the answers arrive. */
static void use_up_budget(struct dance *d, uint16_t per_minute)
{
    unsigned i;

    d->server_config.guess_burst = 3;
    d->server_config.guesses_per_minute = per_minute;
    d->credentials.password = VIEW("Secret");
    dance_set_up(d);
    for (i = 0; i < 3; i++) {
        dance_ask(d);
        dance_check(d, "NO_CREDENTIALS WRONG_INTEGRITY");
    }
}

/* Right and wrong look the same from then on, until time has passed. */
TEST(over_the_budget_there_is_silence)
{
    struct srflx_credentials right;
    struct dance d;

    dance_begin(&d, SRFLX_LONG_TERM);
    right = d.credentials;
    use_up_budget(&d, 1);
    dance_ask(&d);
    CHECK_INT(d.verdicts[1], SRFLX_VERDICT_GUESSING);
    CHECK_INT(d.outcome.error, SRFLX_ERROR_TIMEOUT);
    dance_end(&d);

    dance_begin(&d, SRFLX_LONG_TERM);
    use_up_budget(&d, 60);
    CHECK_INT(srflx_login_init(d.login, srflx_login_size(), &right, &d.login), 0);
    dance_ask(
        &d); /* seven requests in half a minute: the second comes when one guess is paid for */
    CHECK_INT(d.verdicts[1], SRFLX_VERDICT_GUESSING);
    CHECK_INT(d.outcome.kind, SRFLX_EVENT_ANSWER);
    dance_end(&d);
}

static struct dance over;

static void *handle_again(void *unused)
{
    const struct srflx_packet packet = {
        {over.request, over.request_len}, over.client, over.server, SRFLX_UDP};
    struct srflx_reply reply = {over.answer, sizeof over.answer, 0};

    CHECK_INT(srflx_server_handle(over.answerer, over.worker, &packet, over.now, &reply),
              SRFLX_VERDICT_GUESSING);
    return unused;
}

/* The key of somebody whose credentials were right is wiped, although he is not told. */
TEST(silence_leaves_no_key_behind)
{
    const struct srflx_identity who = {VIEW("alice"), VIEW("example.org")};
    struct srflx_credentials right;
    struct srflx_key key;

    dance_begin(&over, SRFLX_LONG_TERM);
    right = over.credentials;
    use_up_budget(&over, 1);
    CHECK_INT(srflx_login_init(over.login, srflx_login_size(), &right, &over.login), 0);
    dance_ask(&over);
    run_on_stack(handle_again);
    CHECK_INT(srflx_key_long_term(SRFLX_ALGORITHM_SHA256, &who, VIEW("secret"), &key), 0);
    CHECK(!stack_holds(&key, sizeof key));
    dance_end(&over);
}

/* A stale nonce shows nothing of where somebody is. */
static void spoof(struct dance *d, unsigned count)
{
    uint8_t request[DANCE_PACKET];
    struct srflx_packet packet = {{request, 0}, d->client, d->server, SRFLX_UDP};
    struct srflx_reply reply = {d->answer, sizeof d->answer, 0};
    struct srflx_view done = {NULL, 0};
    struct srflx_writer w;
    struct srflx_key key;
    struct srflx_id id = {{0x21, 0x12, 0xA4, 0x42, 1}};

    srflx_key_from_secret(VIEW("no key of anybody"), &key);
    while (count--) {
        srflx_writer_begin(&w, request, sizeof request,
                           srflx_type(SRFLX_METHOD_BINDING, SRFLX_REQUEST), &id);
        srflx_put_bytes(&w, SRFLX_ATTR_USERNAME, VIEW("alice"));
        srflx_put_bytes(&w, SRFLX_ATTR_REALM, VIEW("example.org"));
        srflx_put_bytes(&w, SRFLX_ATTR_NONCE, VIEW("made up"));
        srflx_add_integrity(&w, SRFLX_INTEGRITY_SHA1, &key);
        CHECK_INT(srflx_writer_finish(&w, &done), 0);
        packet.bytes = done;
        (void)srflx_server_handle(d->answerer, d->worker, &packet, d->now, &reply);
        CHECK(reply.len > 0);
    }
}

TEST(spoofed_guesses_lock_nobody_out)
{
    struct dance d;

    dance_begin(&d, SRFLX_LONG_TERM);
    d.server_config.guess_burst = 3;
    d.server_config.guesses_per_minute = 1;
    dance_set_up(&d);
    spoof(&d, 1000);
    dance_ask(&d);
    dance_check(&d, "NO_CREDENTIALS SUCCESS");
    d.now.unix_ms +=
        600000; /* with a nonce that has run out meanwhile it is one round trip more, as ever */
    spoof(&d, 10);
    dance_ask(&d);
    dance_check(&d, "STALE_NONCE SUCCESS");
    dance_end(&d);
}

/* What a guesser without a nonce learns above the budget: nothing, as right and wrong both are stale. */
TEST(without_a_fresh_nonce_there_is_nothing_to_learn)
{
    struct dance d;

    dance_begin(&d, SRFLX_LONG_TERM);
    d.server_config.guess_burst = 3;
    d.server_config.guesses_per_minute = 1;
    dance_set_up(&d);
    spoof(&d, 4);
    CHECK_INT(d.answer[20 + 7], 38); /* 438 */
    dance_end(&d);
}

/* RFC 8489 limits nothing for short-term credentials, and without a nonce nobody knows who guesses. */
TEST(short_term_credentials_over_udp_are_not_limited)
{
    struct dance d;
    unsigned i;

    dance_begin(&d, SRFLX_SHORT_TERM);
    d.server_config.guess_burst = 1;
    d.server_config.guesses_per_minute = 1;
    d.credentials.password = VIEW("Secret");
    dance_set_up(&d);
    dance_ask(&d);
    for (i = 0; i < d.verdict_count; i++)
        CHECK_INT(d.verdicts[i], SRFLX_VERDICT_WRONG_INTEGRITY);
    dance_end(&d);
}

/* A connection shows where somebody is. */
TEST(over_tcp_they_are)
{
    struct dance d;

    dance_begin(&d, SRFLX_SHORT_TERM);
    d.transport = SRFLX_TCP;
    d.server_config.guess_burst = 1;
    d.server_config.guesses_per_minute = 1;
    d.credentials.password = VIEW("Secret");
    dance_set_up(&d);
    dance_ask(&d);
    dance_check(&d, "WRONG_INTEGRITY");
    dance_ask(&d);
    dance_check(&d, "GUESSING");
    dance_end(&d);
}

static enum srflx_verdict guess_as_classic(struct dance *d, uint8_t transport)
{
    static const struct srflx_id id = {{0xa1, 0xb2, 0xc3, 0xd4}};
    struct srflx_packet packet = {.from = d->client, .to = d->server, .transport = transport};
    struct srflx_reply reply = {d->answer, sizeof d->answer, 0};
    struct srflx_writer w;
    struct srflx_key key;
    uint8_t request[256];

    srflx_key_from_secret(VIEW("Secret"), &key);
    srflx_writer_begin(&w, request, sizeof request, srflx_type(SRFLX_METHOD_BINDING, SRFLX_REQUEST),
                       &id);
    srflx_put_bytes(&w, SRFLX_ATTR_USERNAME, VIEW("nobody01"));
    srflx_add_integrity(&w, SRFLX_INTEGRITY_SHA1, &key);
    CHECK_INT(srflx_writer_finish(&w, &packet.bytes), 0);
    return srflx_server_handle(d->answerer, d->worker, &packet, d->now, &reply);
}

/* No other generation of clients is a way around. */
TEST(over_tcp_classic_guesses_count_as_well)
{
    struct dance d;

    dance_begin(&d, SRFLX_SHORT_TERM);
    d.server_config.guess_burst = 1;
    d.server_config.guesses_per_minute = 1;
    dance_set_up(&d);
    CHECK_INT(guess_as_classic(&d, SRFLX_UDP), SRFLX_VERDICT_STALE_CREDENTIALS);
    CHECK_INT(guess_as_classic(&d, SRFLX_UDP), SRFLX_VERDICT_STALE_CREDENTIALS);
    CHECK_INT(guess_as_classic(&d, SRFLX_TCP), SRFLX_VERDICT_STALE_CREDENTIALS);
    CHECK_INT(guess_as_classic(&d, SRFLX_TCP), SRFLX_VERDICT_GUESSING);
    dance_end(&d);
}

RUN(TEST_OF(over_tcp_classic_guesses_count_as_well), TEST_OF(over_the_budget_there_is_silence),
    TEST_OF(silence_leaves_no_key_behind), TEST_OF(spoofed_guesses_lock_nobody_out),
    TEST_OF(without_a_fresh_nonce_there_is_nothing_to_learn),
    TEST_OF(short_term_credentials_over_udp_are_not_limited), TEST_OF(over_tcp_they_are))
