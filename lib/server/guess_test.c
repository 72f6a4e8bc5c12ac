#include <srflxi/bytes.h>

#include "check.h"
#include "server.h"
#include "steady_random.h"

static struct srflx_worker worker;

static struct srflx_server server_of(uint16_t burst, uint16_t per_minute)
{
    struct srflx_server server;

    memset(&server, 0, sizeof server);
    memset(&worker, 0, sizeof worker);
    steady_random(NULL, worker.hash_key, sizeof worker.hash_key);
    server.guess_burst = burst;
    server.guesses_per_minute = per_minute;
    return server;
}

static struct srflxi_guess guess_of(uint8_t host, bool proven, uint64_t ms)
{
    struct srflxi_guess guess = {.from = {{192, 0, 2, host}, 0, 1000, SRFLX_IPV4},
                                 .now = {ms * 1000000, 0},
                                 .proven = proven};

    return guess;
}

static bool try_once(const struct srflx_server *server, const struct srflxi_guess *guess)
{
    if (!srflxi_may_guess(server, &worker, guess)) return false;
    srflxi_count_guess(server, &worker, guess);
    return true;
}

/* Three in a row, then one each second. spec: R8489-16-02 */
TEST(a_burst_and_then_a_rate)
{
    struct srflx_server server = server_of(3, 60);
    struct srflxi_guess guess = guess_of(1, true, 100000);
    unsigned i;

    for (i = 0; i < 3; i++)
        CHECK(try_once(&server, &guess));
    CHECK(!try_once(&server, &guess));
    guess = guess_of(1, true, 100999);
    CHECK(!try_once(&server, &guess));
    guess = guess_of(1, true, 101000);
    CHECK(try_once(&server, &guess));
    CHECK(!try_once(&server, &guess));
    guess = guess_of(1, true, 104000);
    for (i = 0; i < 3; i++)
        CHECK(try_once(&server, &guess));
    CHECK(!try_once(&server, &guess));
}

/* The port does not matter, the address does; who has not shown where he is counts apart. */
TEST(each_prefix_has_its_own_budget)
{
    struct srflx_server server = server_of(1, 1);
    struct srflxi_guess guess = guess_of(1, true, 100000), other;

    CHECK(try_once(&server, &guess));
    other = guess;
    other.from.port++;
    CHECK(!srflxi_may_guess(&server, &worker, &other));
    other = guess_of(2, true, 100000);
    CHECK(srflxi_may_guess(&server, &worker, &other));
    other = guess_of(1, false, 100000);
    CHECK(srflxi_may_guess(&server, &worker, &other));
}

/* All of a /56 is one guesser. */
TEST(an_ipv6_prefix_is_one_guesser)
{
    struct srflx_server server = server_of(1, 1);
    struct srflxi_guess guess = {.from = {{0x20, 1, 0x0d, 0xb8, 1, 2, 3, 4, 5}, 0, 1, SRFLX_IPV6},
                                 .proven = true,
                                 .now = {1000000000000, 0}};

    CHECK(try_once(&server, &guess));
    guess.from.ip[7] ^= 0xFF;
    guess.from.ip[15] ^= 0xFF;
    CHECK(!srflxi_may_guess(&server, &worker, &guess));
    guess.from.ip[6] ^= 1;
    CHECK(srflxi_may_guess(&server, &worker, &guess));
}

/* Forged sources fill all the cells that they can reach, and who receives our answers does not notice; nor does IPv4
 * notice those who own many prefixes of IPv6. */
TEST(nobody_else_fills_the_cells_of_the_proven)
{
    struct srflx_server server = server_of(1, 1);
    struct srflxi_guess guess = guess_of(1, true, 100000);
    unsigned i;

    for (i = 0; i < 50000; i++) {
        struct srflxi_guess forged = guess_of(0, false, 100000);
        srflxi_put16(forged.from.ip, (uint16_t)i);
        srflxi_count_guess(&server, &worker, &forged);
        forged.from.family = SRFLX_IPV6;
        forged.proven = true;
        srflxi_count_guess(&server, &worker, &forged);
        CHECK(srflxi_may_guess(&server, &worker, &guess));
    }
    guess.proven = false;
    CHECK(!srflxi_may_guess(&server, &worker, &guess));
}

/* Two prefixes may share a cell of one row and not of the other; then one goes on spending what counts for both. */
TEST(a_cell_is_never_shut_for_longer_than_a_budget)
{
    struct srflx_server server = server_of(3, 60);
    struct srflxi_guess guess = guess_of(1, true, 100000);
    unsigned i;

    for (i = 0; i < 1000; i++)
        srflxi_count_guess(&server, &worker, &guess);
    guess = guess_of(1, true, 100999);
    CHECK(!srflxi_may_guess(&server, &worker, &guess));
    guess = guess_of(1, true, 101000);
    CHECK(srflxi_may_guess(&server, &worker, &guess));
    server = server_of(65535, 1);
    guess = guess_of(1, true, 1);
    for (i = 0; i < 80000; i++)
        srflxi_count_guess(&server, &worker, &guess);
    CHECK(!srflxi_may_guess(&server, &worker, &guess));
}

/* A part of 2048 cells and five hundred guessers: few of the honest are hit by accident. */
TEST(a_crowd_of_guessers_hardly_touches_others)
{
    struct srflx_server server = server_of(1, 1);
    unsigned i, hit = 0;

    for (i = 0; i < 500; i++) {
        struct srflxi_guess guess = guess_of(0, true, 100000);
        srflxi_put16(guess.from.ip, (uint16_t)i);
        srflxi_count_guess(&server, &worker, &guess);
    }
    for (i = 0; i < 1000; i++) {
        struct srflxi_guess guess = guess_of(1, true, 100000);
        srflxi_put16(guess.from.ip, (uint16_t)i);
        hit += !srflxi_may_guess(&server, &worker, &guess);
    }
    CHECK(hit < 250); /* (1 - e^(-500/1024))^2 of them: 149 */
}

TEST(zero_is_no_limit)
{
    struct srflx_server server = server_of(0, 20);
    struct srflxi_guess guess = guess_of(1, true, 100000);
    unsigned i;

    for (i = 0; i < 1000; i++)
        CHECK(try_once(&server, &guess));
}

/* The clock of milliseconds wraps around after 49 days. */
TEST(the_clock_may_wrap_around)
{
    struct srflx_server server = server_of(1, 60);
    struct srflxi_guess guess = guess_of(1, true, 0xFFFFFFFF);

    CHECK(try_once(&server, &guess));
    guess = guess_of(1, true, (uint64_t)0xFFFFFFFF + 999);
    CHECK(!srflxi_may_guess(&server, &worker, &guess));
    guess = guess_of(1, true, (uint64_t)0xFFFFFFFF + 1000);
    CHECK(srflxi_may_guess(&server, &worker, &guess));
}

RUN(TEST_OF(a_burst_and_then_a_rate), TEST_OF(each_prefix_has_its_own_budget),
    TEST_OF(an_ipv6_prefix_is_one_guesser), TEST_OF(nobody_else_fills_the_cells_of_the_proven),
    TEST_OF(a_cell_is_never_shut_for_longer_than_a_budget),
    TEST_OF(a_crowd_of_guessers_hardly_touches_others), TEST_OF(zero_is_no_limit),
    TEST_OF(the_clock_may_wrap_around))
