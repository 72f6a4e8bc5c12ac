/* The schedule where requests and answers get lost, to the millisecond, in virtual time. */
#include "transaction_fixture.h"

enum { RTT_MS = 37, REQUESTS = 7, SEEDS = 3000, END_MS = 39500 };

static const uint64_t schedule[REQUESTS] = {0, 500, 1500, 3500, 7500, 15500, 31500};

/* xorshift: the same networks in every run. */
static bool gets_lost(uint32_t *state, unsigned percent)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state % 100 < percent;
}

/* Ticks at the deadline, which must be this. */
static void pass_until(struct srflx_transaction *t, uint64_t ms)
{
    CHECK(srflx_transaction_next_deadline(t) == to_ns(ms));
    srflx_transaction_tick(t, at_ms(ms));
}

/* The answer to request number `sent` gets through. */
static void check_answer(struct srflx_transaction *t, uint32_t sent)
{
    const struct fixture_message success = current(SUCCESS, VIEW(XOR_MAPPED));
    struct srflx_event event;

    answer(t, &success, schedule[sent - 1] + RTT_MS);
    event = next(t);
    CHECK_INT(event.kind, SRFLX_EVENT_ANSWER);
    CHECK_INT(event.sent, sent);
    CHECK_INT(event.rtt_ns, RTT_MS * 1000000);
    CHECK_INT(event.rtt_is_sample, sent == 1);
    CHECK(srflx_addr_equal(&event.mapped, &mapped));
}

/* One transaction. Returns how many requests it took, REQUESTS + 1 for those that failed. */
static uint32_t run(unsigned percent, uint32_t *state)
{
    struct fixture f;

    prepare_default(&f);
    start(&f, SRFLX_UDP, 0);
    for (uint32_t sent = 1; sent <= REQUESTS; sent++) {
        expect_send(f.t, sent);
        if (!gets_lost(state, percent) && !gets_lost(state, percent)) {
            check_answer(f.t, sent);
            return sent;
        }
        pass_until(f.t, sent < REQUESTS ? schedule[sent] : END_MS);
    }
    expect_failed(f.t, SRFLX_ERROR_TIMEOUT);
    return REQUESTS + 1;
}

/* The share of transactions that the first request ends is that of packets which come through, both ways.
 * spec: R8489-6.2.1-12 R8489-6.2.1-13 R8489-6.2.1-14 R8489-6.2.1-15 R8489-6.2.1-16 */
TEST(nothing_but_the_losses_changes_the_schedule)
{
    static const struct {
        unsigned percent, least, most; /* ends by the first request, of 1000 */
    } cases[] = {{0, 1000, 1000}, {10, 780, 840}, {30, 450, 530}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned ends[REQUESTS + 2] = {0};
        uint32_t networks = 2463534242u;
        for (unsigned seed = 0; seed < SEEDS; seed++)
            ends[run(cases[i].percent, &networks)]++;
        CHECK(ends[1] * 1000 / SEEDS >= cases[i].least);
        CHECK(ends[1] * 1000 / SEEDS <= cases[i].most);
        CHECK_INT(ends[2] > 0, cases[i].percent > 0);
        CHECK_INT(ends[REQUESTS + 1] > 0, cases[i].percent == 30);
    }
}

RUN(TEST_OF(nothing_but_the_losses_changes_the_schedule))
