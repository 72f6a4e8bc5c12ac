#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include "bench_report.h"

#include <locale.h>
#include <stdlib.h>

#include "check.h"

static struct bench_plan plan;
static struct bench_result result;
static char *text;

/* A closed loop that went well: half the answers took 150 us, the others 250 us. */
static void begin(void)
{
    plan = (struct bench_plan){.server = {{127, 0, 0, 1}, 0, 3478, SRFLX_IPV4}, .window = 64};
    plan.ports = 8;
    memset(&result, 0, sizeof result);
    result.wall_ns = 2000000000;
    result.client_ns = 3000000;
    result.server_ns = 1800000;
    result.sent = result.answered = result.received = 1000;
    for (int i = 0; i < 1000; i++)
        histogram_add(&result.latency, i % 2 ? 150000 : 250000);
    setlocale(LC_CTYPE, "C");
}

static const char *said(void)
{
    size_t len;
    FILE *to = open_memstream(&text, &len);

    print_bench(to, &plan, &result);
    fclose(to);
    return text;
}

static void check_words(const char *expected)
{
    CHECK_STR(said(), expected);
    free(text);
}

/* `json`: as it stands between the braces, with every figure exact. */
static void check_json(bool ok, const char *expected)
{
    json_t *object = bench_json(&plan, &result, ok);
    char *found = json_dumps(object, JSON_REAL_PRECISION(9));

    CHECK_STR(found, expected);
    free(found);
    json_decref(object);
}

TEST(words)
{
    begin();
    plan.pid_count = 1;
    check_words("target    127.0.0.1:3478 over UDP, 64 requests on their way from 8 ports\n"
                "sent      1000 in 2.000 s\n"
                "answered  1000 rightly, 500/s\n"
                "lost      0 (0.0000 %)\n"
                "CPU       3000 ns a request here, 1800 ns an answer there\n"
                "latency   min 150 us, mean 200 us, max 250 us\n"
                "          p50 150 us, p90 250 us, p99 250 us, p99.9 250 us\n"
                "\n"
                "  150 us to 200 us    50.000 %  ########################################\n"
                "  200 us to 250 us     0.000 %  \n"
                "  250 us to 300 us    50.000 %  ########################################\n");
}

TEST(one_of_each)
{
    begin();
    plan.window = plan.ports = 1;
    result.latency.count = 0;
    check_words("target    127.0.0.1:3478 over UDP, 1 request on their way from 1 port\n"
                "sent      1000 in 2.000 s\n"
                "answered  1000 rightly, 500/s\n"
                "lost      0 (0.0000 %)\n"
                "CPU       3000 ns a request here\n");
}

TEST(what_went_wrong)
{
    begin();
    plan.rate = 600;
    result.sent = 1200;
    result.unsent = 5;
    result.garbage = 100;
    result.lost = 55;
    result.errors[BENCH_ERROR_ADDRESS] = 40;
    result.errors[BENCH_ERROR_REFUSED] = 3;
    result.errors[420] = 2;
    result.latency.count = 0;
    check_words(
        "target    127.0.0.1:3478 over UDP, 600 requests/s from 8 ports\n"
        "sent      1200 in 2.000 s, 100 of them garbage; this machine was too slow for 5 more\n"
        "answered  1000 rightly, 500/s\n"
        "lost      55 (5.0000 %)\n"
        "errors    40 answers with another mapped address than the request's own\n"
        "errors    3 requests that the host refused: nobody listens there\n"
        "errors    2 error responses with code 420\n"
        "CPU       2500 ns a request here\n");
    CHECK_INT(bench_wrong_answers(&result), 42);
    check_json(false, "{\"ok\": false, \"target\": \"127.0.0.1:3478\", \"transport\": \"udp\", "
                      "\"seconds\": 2.0, \"sent\": 1200, \"garbage\": 100, \"answered\": 1000, "
                      "\"lost\": 55, \"unsent\": 5, \"rate\": 500.0, \"errors\": {\"address\": 40, "
                      "\"refused\": 3, \"error_420\": 2}, \"bad\": 42, \"latency_us\": null, "
                      "\"client_cpu_ns_per_request\": 2500.0}");
}

TEST(json)
{
    begin();
    plan.pid_count = 1;
    check_json(true,
               "{\"ok\": true, \"target\": \"127.0.0.1:3478\", \"transport\": \"udp\", "
               "\"seconds\": 2.0, \"sent\": 1000, \"garbage\": 0, \"answered\": 1000, "
               "\"lost\": 0, \"unsent\": 0, \"rate\": 500.0, \"errors\": {}, \"bad\": 0, "
               "\"latency_us\": {\"min\": 150.0, \"mean\": 200.0, \"p50\": 150.016, "
               "\"p90\": 250.0, \"p99\": 250.0, \"p99.9\": 250.0, \"max\": 250.0}, "
               "\"client_cpu_ns_per_request\": 3000.0, \"server_cpu_ns_per_answer\": 1800.0}");
}

/* Nothing at all, as after Ctrl-C in the warm-up: no division by zero. */
TEST(nothing)
{
    begin();
    memset(&result, 0, sizeof result);
    check_words("target    127.0.0.1:3478 over UDP, 64 requests on their way from 8 ports\n"
                "sent      0 in 0.000 s\n"
                "answered  0 rightly, 0/s\n"
                "lost      0 (0.0000 %)\n"
                "CPU       0 ns a request here\n");
}

/* The rows below the figures, which have 8 lines. */
static void check_rows(const char *expected)
{
    const char *row = said();

    for (int line = 0; line < 8; line++)
        row = strchr(row, '\n') + 1;
    CHECK_STR(row, expected);
    free(text);
}

TEST(blocks_where_the_locale_has_them)
{
    begin();
    memset(&result.latency, 0, sizeof result.latency);
    for (int i = 0; i < 40; i++)
        histogram_add(&result.latency, 1100);
    histogram_add(&result.latency, 1300);
    histogram_add(&result.latency, 1300);
    histogram_add(&result.latency, 1700);
    if (!setlocale(LC_CTYPE, "C.UTF-8")) SKIP();
    check_rows("    1 us to 1.2 us    93.023 %  ████████████████████████████████████████\n"
               "  1.2 us to 1.5 us     4.651 %  ██\n"
               "  1.5 us to 2 us       2.326 %  █\n");
}

/* Four decades do not fit at ten rows each; three rows each do. The units change between. */
TEST(coarser_rows_for_a_wide_range)
{
    begin();
    memset(&result.latency, 0, sizeof result.latency);
    histogram_add(&result.latency, 300000);
    histogram_add(&result.latency, 3000000);
    histogram_add(&result.latency, 1500000000);
    check_rows("  200 us to 500 us    33.333 %  ########################################\n"
               "  500 us to 1 ms       0.000 %  \n"
               "    1 ms to 2 ms       0.000 %  \n"
               "    2 ms to 5 ms      33.333 %  ########################################\n"
               "    5 ms to 10 ms      0.000 %  \n"
               "   10 ms to 20 ms      0.000 %  \n"
               "   20 ms to 50 ms      0.000 %  \n"
               "   50 ms to 100 ms     0.000 %  \n"
               "  100 ms to 200 ms     0.000 %  \n"
               "  200 ms to 500 ms     0.000 %  \n"
               "  500 ms to 1 s        0.000 %  \n"
               "     1 s to 2 s       33.333 %  ########################################\n");
}

/* Its bucket has its middle on the other side of 300 us. */
TEST(no_value_falls_out_of_the_rows)
{
    begin();
    memset(&result.latency, 0, sizeof result.latency);
    histogram_add(&result.latency, 299999);
    check_rows("  250 us to 300 us   100.000 %  ########################################\n");
}

RUN(TEST_OF(words), TEST_OF(one_of_each), TEST_OF(what_went_wrong), TEST_OF(json), TEST_OF(nothing),
    TEST_OF(blocks_where_the_locale_has_them), TEST_OF(coarser_rows_for_a_wide_range),
    TEST_OF(no_value_falls_out_of_the_rows))
