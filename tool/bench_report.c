#include "bench_report.h"

#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include <srflx/addr.h>

#include "output.h"

enum { ROWS_MOST = 16, BAR = 40 };

static const struct {
    const char *name;
    double share;
} percentiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}};
enum { PERCENTILES = sizeof percentiles / sizeof percentiles[0] };

static const struct {
    const char *name;
    bool wrong;
    const char *text;
} errors[BENCH_ERROR_KINDS] = {
#define BENCH_ERROR_ROW(kind, name, wrong, text) [BENCH_ERROR_##kind] = {name, wrong, text},
    BENCH_ERROR_MAP(BENCH_ERROR_ROW)
#undef BENCH_ERROR_ROW
};

static bool is_wrong(unsigned verdict)
{
    return verdict >= BENCH_ERROR_CODES || (verdict < BENCH_ERROR_KINDS && errors[verdict].wrong);
}

uint64_t bench_wrong_answers(const struct bench_result *result)
{
    uint64_t sum = 0;

    for (unsigned verdict = 0; verdict < BENCH_VERDICTS; verdict++)
        if (is_wrong(verdict)) sum += result->errors[verdict];
    return sum;
}

/* Per second, or nanoseconds per request; 0 of nothing. */
static double ratio(uint64_t a, uint64_t b)
{
    return b ? (double)a / (double)b : 0;
}

static double answers_per_second(const struct bench_result *r)
{
    return ratio(r->answered, r->wall_ns) * 1e9;
}

static json_t *errors_json(const struct bench_result *r)
{
    json_t *object = json_object();
    char name[16];

    for (unsigned verdict = 0; verdict < BENCH_VERDICTS; verdict++) {
        if (!r->errors[verdict]) continue;
        snprintf(name, sizeof name, verdict < BENCH_ERROR_CODES ? "%s" : "error_%.0s%u",
                 verdict < BENCH_ERROR_KINDS ? errors[verdict].name : "", verdict);
        json_object_set_new(object, name, json_integer((json_int_t)r->errors[verdict]));
    }
    return object;
}

static json_t *latency_json(const struct histogram *h)
{
    json_t *object;

    if (!h->count) return json_null();
    object = json_pack("{s:f, s:f}", "min", (double)h->least / 1e3, "mean",
                       ratio(h->sum, h->count) / 1e3);
    for (size_t i = 0; i < PERCENTILES; i++)
        json_object_set_new(object, percentiles[i].name,
                            json_real((double)histogram_percentile(h, percentiles[i].share) / 1e3));
    json_object_set_new(object, "max", json_real((double)h->greatest / 1e3));
    return object;
}

json_t *bench_json(const struct bench_plan *plan, const struct bench_result *r)
{
    char target[SRFLX_ADDR_TEXT];
    json_t *object = json_pack(
        "{s:s, s:s, s:f, s:I, s:I, s:I, s:I, s:I, s:f, s:o, s:I, s:o, s:f}", "target",
        srflx_addr_write(&plan->server, target), "transport", "udp", "seconds",
        (double)r->wall_ns / 1e9, "sent", (json_int_t)r->sent, "garbage", (json_int_t)r->garbage,
        "answered", (json_int_t)r->answered, "lost", (json_int_t)r->lost, "unsent",
        (json_int_t)r->unsent, "rate", answers_per_second(r), "errors", errors_json(r), "bad",
        (json_int_t)bench_wrong_answers(r), "latency_us", latency_json(&r->latency),
        "client_cpu_ns_per_request", ratio(r->client_ns, r->sent));

    if (plan->pid_count)
        json_object_set_new(object, "server_cpu_ns_per_answer",
                            json_real(ratio(r->server_ns, r->received)));
    return object;
}

/* In three digits or so, with its unit. */
static const char *time_text(double ns, char text[16])
{
    if (ns < 999.5)
        snprintf(text, 16, "%.0f ns", ns);
    else if (ns < 999.5e3)
        snprintf(text, 16, "%.3g us", ns / 1e3);
    else if (ns < 999.5e6)
        snprintf(text, 16, "%.3g ms", ns / 1e6);
    else
        snprintf(text, 16, "%.3g s", ns / 1e9);
    return text;
}

/* Bounds of rows as people round them: so many a decade. */
static const struct scale {
    size_t count;
    double steps[10];
} scales[] = {
    {10, {1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8}},
    {5, {1, 1.5, 2.5, 4, 6}},
    {3, {1, 2, 5}},
    {1, {1}},
};
enum { SCALES = sizeof scales / sizeof scales[0] };

static double bound(const struct scale *scale, size_t row)
{
    double decade = 1;

    for (size_t i = 0; i < row / scale->count; i++)
        decade *= 10;
    return decade * scale->steps[row % scale->count];
}

/* The row that a value belongs to. */
static size_t row_of(const struct scale *scale, uint64_t value)
{
    size_t row = 0;

    while (bound(scale, row + 1) <= (double)value)
        row++;
    return row;
}

/* The finest scale on which all values fit into so many rows. */
static const struct scale *choose_scale(const struct histogram *h)
{
    size_t i = 0;

    while (i + 1 < SCALES &&
           row_of(&scales[i], h->greatest) - row_of(&scales[i], h->least) >= ROWS_MOST)
        i++;
    return &scales[i];
}

/* `eighths` of a cell. */
static void print_bar(uint64_t eighths, bool blocks)
{
    static const char *const parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    const char *whole = blocks ? "█" : "#";

    for (; eighths >= 8; eighths -= 8)
        fputs(whole, stdout);
    if (eighths) fputs(blocks ? parts[eighths] : whole, stdout);
}

static void print_row(const struct histogram *h, double from, double to, uint64_t count,
                      uint64_t longest)
{
    bool blocks = !strcmp(nl_langinfo(CODESET), "UTF-8");
    /* what is there has a bar, however short */
    uint64_t eighths = count ? 1 + count * (BAR * 8 - 1) / longest : 0;
    char texts[2][16];

    printf("%8s to %-8s %7.3f %%  ", time_text(from, texts[0]), time_text(to, texts[1]),
           100 * ratio(count, h->count));
    print_bar(eighths, blocks);
    putchar('\n');
}

static void print_histogram(const struct histogram *h)
{
    const struct scale *scale = choose_scale(h);
    size_t first = row_of(scale, h->least), last = row_of(scale, h->greatest), row;
    uint64_t counts[64] = {0}, longest = 0;

    for (row = first; row <= last; row++) {
        counts[row - first] =
            histogram_count(h, (uint64_t)bound(scale, row), (uint64_t)bound(scale, row + 1));
        if (counts[row - first] > longest) longest = counts[row - first];
    }
    putchar('\n');
    for (row = first; row <= last; row++)
        print_row(h, bound(scale, row), bound(scale, row + 1), counts[row - first], longest);
}

static void print_latency(const struct histogram *h)
{
    char text[16];

    printf("latency   min %s", time_text((double)h->least, text));
    printf(", mean %s", time_text(ratio(h->sum, h->count), text));
    for (size_t i = 0; i < PERCENTILES; i++)
        printf(", %s %s", percentiles[i].name,
               time_text((double)histogram_percentile(h, percentiles[i].share), text));
    printf(", max %s\n", time_text((double)h->greatest, text));
    print_histogram(h);
}

static void print_errors(const struct bench_result *r)
{
    for (unsigned verdict = 0; verdict < BENCH_VERDICTS; verdict++) {
        enum emphasis emphasis = is_wrong(verdict) ? ALARM : STRONG;
        if (!r->errors[verdict]) continue;
        fputs("errors    ", stdout);
        if (verdict < BENCH_ERROR_KINDS)
            print_emphasised(stdout, emphasis, "%" PRIu64 " %s", r->errors[verdict],
                             errors[verdict].text);
        else
            print_emphasised(stdout, emphasis, "%" PRIu64 " error responses with code %u",
                             r->errors[verdict], verdict);
        putchar('\n');
    }
}

void print_bench(const struct bench_plan *plan, const struct bench_result *r)
{
    char target[SRFLX_ADDR_TEXT];

    setlocale(LC_CTYPE, "");
    printf("target    %s over UDP, ", srflx_addr_write(&plan->server, target));
    if (plan->rate)
        printf("%u requests/s", plan->rate);
    else
        printf("%u request%s on their way", plan->window, plan->window == 1 ? "" : "s");
    printf(" from %u port%s\n", plan->ports, plan->ports == 1 ? "" : "s");
    printf("sent      %" PRIu64 " in %.3f s", r->sent, (double)r->wall_ns / 1e9);
    if (r->garbage) printf(", %" PRIu64 " of them garbage", r->garbage);
    if (r->unsent) printf("; this machine was too slow for %" PRIu64 " more", r->unsent);
    printf("\nanswered  %" PRIu64 " rightly, ", r->answered);
    print_emphasised(stdout, STRONG, "%.0f/s", answers_per_second(r));
    printf("\nlost      %" PRIu64 " (%.4f %%)\n", r->lost,
           100 * ratio(r->lost, r->sent - r->garbage));
    print_errors(r);
    printf("CPU       %.0f ns a request here", ratio(r->client_ns, r->sent));
    if (plan->pid_count) printf(", %.0f ns an answer there", ratio(r->server_ns, r->received));
    putchar('\n');
    if (r->latency.count) print_latency(&r->latency);
}
