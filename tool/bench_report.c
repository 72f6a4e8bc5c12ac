#include "bench_report.h"

#include <inttypes.h>
#include <langinfo.h>
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
    const char *name, *text;
} errors[BENCH_ERROR_KINDS] = {
#define BENCH_ERROR_ROW(kind, name, wrong, text) [BENCH_ERROR_##kind] = {name, text},
    BENCH_ERROR_MAP(BENCH_ERROR_ROW)
#undef BENCH_ERROR_ROW
};

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

json_t *bench_json(const struct bench_plan *plan, const struct bench_result *r, bool ok)
{
    char target[SRFLX_ADDR_TEXT];
    json_t *object = json_pack(
        "{s:b, s:s, s:s, s:f, s:I, s:I, s:I, s:I, s:I, s:f, s:o, s:I, s:o, s:f}", "ok", ok,
        "target", srflx_addr_write(&plan->server, target), "transport", "udp", "seconds",
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
static void print_bar(FILE *to, uint64_t eighths, bool blocks)
{
    static const char *const parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    const char *whole = blocks ? "█" : "#";

    for (; eighths >= 8; eighths -= 8)
        fputs(whole, to);
    if (eighths) fputs(blocks ? parts[eighths] : whole, to);
}

static void print_row(FILE *to, const struct scale *scale, size_t row, double share,
                      uint64_t eighths)
{
    char from[16], until[16];

    fprintf(to, "%8s to %-8s %7.3f %%  ", time_text(bound(scale, row), from),
            time_text(bound(scale, row + 1), until), 100 * share);
    print_bar(to, eighths, !strcmp(nl_langinfo(CODESET), "UTF-8"));
    fputc('\n', to);
}

/* The ends are open, so that nothing is left out where a bucket reaches over one. What is there has a
 * bar, however short. */
static void print_histogram(FILE *to, const struct histogram *h)
{
    const struct scale *scale = choose_scale(h);
    size_t first = row_of(scale, h->least), last = row_of(scale, h->greatest), row;
    uint64_t counts[ROWS_MOST] = {0}, longest = 0, *count = counts;

    for (row = first; row <= last; row++, count++) {
        *count = histogram_count(h, row == first ? 0 : (uint64_t)bound(scale, row),
                                 row == last ? UINT64_MAX : (uint64_t)bound(scale, row + 1));
        if (*count > longest) longest = *count;
    }
    fputc('\n', to);
    for (row = first, count = counts; row <= last; row++, count++)
        print_row(to, scale, row, ratio(*count, h->count),
                  *count ? 1 + *count * (BAR * 8 - 1) / longest : 0);
}

static void print_latency(FILE *to, const struct histogram *h)
{
    char text[16];

    fprintf(to, "latency   min %s", time_text((double)h->least, text));
    fprintf(to, ", mean %s", time_text(ratio(h->sum, h->count), text));
    fprintf(to, ", max %s\n         ", time_text((double)h->greatest, text));
    for (size_t i = 0; i < PERCENTILES; i++)
        fprintf(to, "%s %s %s", i ? "," : "", percentiles[i].name,
                time_text((double)histogram_percentile(h, percentiles[i].share), text));
    fputc('\n', to);
    print_histogram(to, h);
}

static void print_errors(FILE *to, const struct bench_result *r)
{
    for (unsigned verdict = 0; verdict < BENCH_VERDICTS; verdict++) {
        enum emphasis emphasis = bench_verdict_is_wrong(verdict) ? ALARM : STRONG;
        if (!r->errors[verdict]) continue;
        fputs("errors    ", to);
        if (verdict < BENCH_ERROR_KINDS)
            print_emphasised(to, emphasis, "%" PRIu64 " %s", r->errors[verdict],
                             errors[verdict].text);
        else
            print_emphasised(to, emphasis, "%" PRIu64 " error responses with code %u",
                             r->errors[verdict], verdict);
        fputc('\n', to);
    }
}

void print_bench(FILE *to, const struct bench_plan *plan, const struct bench_result *r)
{
    char target[SRFLX_ADDR_TEXT];

    fprintf(to, "target    %s over UDP, ", srflx_addr_write(&plan->server, target));
    if (plan->rate)
        fprintf(to, "%u request%s/s", plan->rate, plan->rate == 1 ? "" : "s");
    else
        fprintf(to, "%u request%s on their way", plan->window, plan->window == 1 ? "" : "s");
    fprintf(to, " from %u port%s\n", plan->ports, plan->ports == 1 ? "" : "s");
    fprintf(to, "sent      %" PRIu64 " in %.3f s", r->sent, (double)r->wall_ns / 1e9);
    if (r->garbage) fprintf(to, ", %" PRIu64 " of them garbage", r->garbage);
    if (r->unsent) fprintf(to, "; this machine was too slow for %" PRIu64 " more", r->unsent);
    fprintf(to, "\nanswered  %" PRIu64 " rightly, ", r->answered);
    print_emphasised(to, STRONG, "%.0f/s", answers_per_second(r));
    fprintf(to, "\nlost      %" PRIu64 " (%.4f %%)\n", r->lost,
            100 * ratio(r->lost, r->sent - r->garbage));
    print_errors(to, r);
    fprintf(to, "CPU       %.0f ns a request here", ratio(r->client_ns, r->sent));
    if (plan->pid_count) fprintf(to, ", %.0f ns an answer there", ratio(r->server_ns, r->received));
    fputc('\n', to);
    if (r->latency.count) print_latency(to, &r->latency);
}
