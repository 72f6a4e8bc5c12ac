/* srflx bench: load for a server of one's own. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <srflx/addr.h>
#include <srflx/random.h>
#include <srflx/resolve.h>

#include "bench_load.h"
#include "bench_report.h"
#include "command.h"
#include "options.h"
#include "output.h"
#include "private_addr.h"
#include "query_report.h"
#include "target.h"

enum { SECONDS_MOST = 86400, RATE_MOST = 10000000, PORTS_MOST = 1024, TIMEOUT_MOST_MS = 60000 };

enum {
    KEY_WINDOW = OPTION_LONG,
    KEY_RATE,
    KEY_SECONDS,
    KEY_WARM_UP,
    KEY_PORTS,
    KEY_SOURCES,
    KEY_FROM,
    KEY_MIX,
    KEY_TIMEOUT,
    KEY_PIDS,
    KEY_SEED,
    KEY_OWN,
    KEY_JSON
};

static const struct option_row rows[] = {
    {KEY_WINDOW, "window", "N", "keep N requests on their way: a closed loop; 64"},
    {KEY_RATE, "rate", "N", "send N requests a second, whatever comes back"},
    {KEY_SECONDS, "seconds", "S", "measure for S seconds; 10"},
    {KEY_WARM_UP, "warm-up", "S", "send for S seconds before that; 1"},
    {KEY_PORTS, "ports", "N", "send from N ports; 8"},
    {KEY_SOURCES, "sources", "PREFIX", "send each request from another address of it"},
    {KEY_FROM, "from", "ADDR", "send from this local address"},
    {KEY_MIX, "mix", "KIND=PERCENT", "with commas: plain, classic, fingerprint, ice, garbage"},
    {KEY_TIMEOUT, "timeout", "MS", "a request without answer is lost after MS; 1000"},
    {KEY_PIDS, "pids", "PID,...", "count the CPU time of these processes an answer"},
    {KEY_SEED, "seed", "N", "the same ids and order of kinds in each run"},
    {KEY_OWN, "i-own-this-server", NULL, "allow a target outside private networks"},
    {KEY_JSON, "json", NULL, "print one JSON object"},
    {0, NULL, NULL, NULL},
};

struct bench {
    const struct command *command;
    struct srflx_uri target;
    struct bench_plan plan;
    uint8_t percent[BENCH_KINDS];
    bool own, json;
};

static volatile sig_atomic_t stop;

static void on_interrupt(int number)
{
    (void)number;
    stop = 1;
}

static bool take_sources(struct bench *b, const char *text)
{
    const char *wrong = bench_sources_parse(text, &b->plan.sources);

    if (wrong) usage_error(b->command, "--sources '%s': %s", text, wrong);
    return !wrong;
}

static bool take_from(struct bench *b, const char *text)
{
    const char *wrong = target_read_local(text, &b->plan.from);

    if (!wrong && b->plan.from.port) wrong = "there are several ports, the system chooses them";
    if (wrong) {
        usage_error(b->command, "--from wants a local address, not '%s': %s", text, wrong);
        return false;
    }
    return true;
}

/* A whole number up to `end`, which is moved there. */
static bool read_number(const char *text, const char **ret_end, unsigned long most,
                        unsigned long *ret_number)
{
    size_t digits = strspn(text, "0123456789");

    if (digits == 0 || digits > 9) return false;
    *ret_number = strtoul(text, NULL, 10);
    *ret_end = text + digits;
    return *ret_number <= most;
}

static int find_kind(const char *name, size_t len)
{
    static const char *const names[BENCH_KINDS] = {
#define BENCH_KIND_NAME(kind, name) [BENCH_##kind] = (name),
        BENCH_KIND_MAP(BENCH_KIND_NAME)
#undef BENCH_KIND_NAME
    };

    for (int kind = 0; kind < BENCH_KINDS; kind++)
        if (strlen(names[kind]) == len && !strncmp(names[kind], name, len)) return kind;
    return -1;
}

/* NULL, or what is wrong. */
static const char *parse_mix(struct bench *b, const char *text)
{
    unsigned long percent, sum = 0;
    const char *equals;
    int kind;

    memset(b->percent, 0, sizeof b->percent);
    for (;; text++) {
        equals = strchr(text, '=');
        kind = equals ? find_kind(text, (size_t)(equals - text)) : -1;
        if (kind < 0) return "the kinds are plain, classic, fingerprint, ice and garbage";
        if (!read_number(equals + 1, &text, BENCH_MIX, &percent))
            return "a percentage is a whole number up to 100";
        b->percent[kind] = (uint8_t)percent;
        sum += percent;
        if (*text != ',') break;
    }
    if (*text) return "there is something behind a percentage";
    return sum == BENCH_MIX ? NULL : "the percentages do not make 100";
}

static bool take_mix(struct bench *b, const char *text)
{
    const char *wrong = parse_mix(b, text);

    if (wrong) usage_error(b->command, "--mix '%s': %s", text, wrong);
    return !wrong;
}

static bool take_pids(struct bench *b, const char *text)
{
    const char *at = text;
    unsigned long pid = 0;

    for (b->plan.pid_count = 0; b->plan.pid_count < BENCH_PIDS; at++) {
        if (!read_number(at, &at, INT32_MAX, &pid) || pid == 0) break;
        b->plan.pids[b->plan.pid_count++] = (pid_t)pid;
        if (!*at) return true;
        if (*at != ',') break;
    }
    usage_error(b->command, "--pids wants process numbers, at most %d, not '%s'", BENCH_PIDS, text);
    return false;
}

static bool take_seed(struct bench *b, const struct options *o)
{
    uint32_t seed;

    if (!options_number(o, 0, 999999999, &seed)) return false;
    b->plan.seed = seed;
    return true;
}

static bool take_option(struct bench *b, const struct options *o, int key)
{
    switch (key) {
    case KEY_WINDOW:
        return options_number(o, 1, BENCH_WINDOW_MOST, &b->plan.window);
    case KEY_RATE:
        return options_number(o, 1, RATE_MOST, &b->plan.rate);
    case KEY_SECONDS:
        return options_seconds(o, 1, SECONDS_MOST, &b->plan.measured_ms);
    case KEY_WARM_UP:
        return options_seconds(o, 0, SECONDS_MOST, &b->plan.warm_up_ms);
    case KEY_PORTS:
        return options_number(o, 1, PORTS_MOST, &b->plan.ports);
    case KEY_SOURCES:
        return take_sources(b, o->value);
    case KEY_FROM:
        return take_from(b, o->value);
    case KEY_MIX:
        return take_mix(b, o->value);
    case KEY_TIMEOUT:
        return options_number(o, 1, TIMEOUT_MOST_MS, &b->plan.timeout_ms);
    case KEY_PIDS:
        return take_pids(b, o->value);
    case KEY_SEED:
        return take_seed(b, o);
    case KEY_OWN:
        b->own = true;
        return true;
    default:
        b->json = true;
        return true;
    }
}

/* NULL, or which options make no sense together. */
static const char *contradiction(struct bench *b)
{
    const struct bench_plan *plan = &b->plan;

    if (plan->window && plan->rate) return "--window and --rate exclude each other";
    if (plan->sources.base.family && plan->from.family)
        return "--sources and --from exclude each other";
    if (b->percent[BENCH_GARBAGE] == BENCH_MIX && !plan->rate)
        return "garbage draws no answer, so nothing but garbage wants --rate";
    return NULL;
}

/* Returns OPTION_END if the run can begin. */
static int read_command_line(struct bench *b, int argc, char **argv)
{
    struct options o;
    const char *wrong;
    int key;

    options_begin(&o, b->command, argc, argv);
    while ((key = options_next(&o)) != OPTION_END) {
        if (key == OPTION_HELP) return key;
        if (key == OPTION_WRONG || !take_option(b, &o, key)) return OPTION_WRONG;
    }
    wrong = contradiction(b);
    if (!wrong && argc - optind != 1)
        wrong = argc == optind ? "whom to load? HOST is missing" : "one HOST at a time";
    if (wrong) {
        usage_error(b->command, "%s", wrong);
        return OPTION_WRONG;
    }
    if (!b->plan.window) b->plan.window = 64;
    if (!target_read(b->command, argv[optind], false, &b->target)) return OPTION_WRONG;
    if (!b->target.secure) return OPTION_END;
    usage_error(b->command, "'%s': load goes over UDP alone", argv[optind]);
    return OPTION_WRONG;
}

/* The kinds in their shares, in an order that depends on the seed alone. */
static void make_mix(struct bench *b)
{
    uint8_t *mix = b->plan.mix;
    uint64_t dice = b->plan.seed;
    size_t count = 0, other;
    uint8_t kept;

    for (int kind = 0; kind < BENCH_KINDS; kind++)
        for (unsigned i = 0; i < b->percent[kind]; i++)
            mix[count++] = (uint8_t)kind;
    while (count > 1) {
        dice = dice * 6364136223846793005u + 1442695040888963407u;
        other = (size_t)(dice >> 33) % count--;
        kept = mix[count];
        mix[count] = mix[other];
        mix[other] = kept;
    }
}

static int fail(const struct bench *b, const char *name, const char *text)
{
    if (b->json)
        print_json(failure_json(name, text, 0));
    else
        fprintf(stderr, "srflx bench: %s\n", text);
    return EXIT_LOCAL;
}

/* Load hurts, and who sends it to strangers attacks them. */
static bool is_allowed(const struct bench *b, const struct srflx_candidates *found)
{
    char text[SRFLX_ADDR_TEXT];
    size_t i;

    for (i = 0; i < found->count && !b->own; i++) {
        if (addr_is_private(&found->list[i].addr)) continue;
        usage_error(
            b->command,
            "%s is no loopback or private address, and load may harm whoever has it; if the "
            "server is yours, say --i-own-this-server",
            srflx_addr_write_ip(&found->list[i].addr, text));
        return false;
    }
    return true;
}

/* Addresses that are not ours would make strangers receive the answers. */
static int check_sources(const struct bench *b)
{
    const struct bench_sources *sources = &b->plan.sources;
    struct srflx_addr ends[2];
    char text[2 * SRFLX_ADDR_TEXT + 100], addr[SRFLX_ADDR_TEXT];

    bench_sources_get(sources, 0, &ends[0]);
    bench_sources_get(sources, (uint32_t)(sources->count - 1), &ends[1]);
    for (int i = 0; i < 2; i++) {
        if (bench_source_is_local(&ends[i])) continue;
        snprintf(text, sizeof text,
                 "%s of --sources is no address of this machine; "
                 "try 'ip route add local PREFIX dev lo'",
                 srflx_addr_write_ip(&ends[i], addr));
        return fail(b, "SYSTEM", text);
    }
    return EXIT_AS_ASKED;
}

static uint8_t source_family(const struct bench_plan *plan)
{
    return plan->sources.base.family ? plan->sources.base.family : plan->from.family;
}

static int report(const struct bench *b, const struct bench_result *result)
{
    int code = EXIT_AS_ASKED;

    if (!result->answered && (!result->sent || result->sent > result->garbage))
        code = EXIT_NO_ANSWER;
    if (bench_wrong_answers(result)) code = EXIT_VERDICT;
    if (b->json) {
        print_json(bench_json(&b->plan, result, code == EXIT_AS_ASKED));
    } else {
        setlocale(LC_CTYPE, "");
        print_bench(stdout, &b->plan, result);
    }
    return code;
}

static int run_load(struct bench *b)
{
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
    struct bench_result *result = malloc(sizeof *result);
    char text[BENCH_WRONG_TEXT];
    const char *wrong;
    int code;

    if (!result) abort();
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    wrong = bench_load(&b->plan, &stop, result, text);
    code = wrong ? fail(b, "SYSTEM", wrong) : report(b, result);
    free(result);
    return code;
}

/* The mistake has been printed if it returns an error. */
static int resolve(const struct bench *b, struct srflx_candidates *ret_found)
{
    struct srflx_locate_options options;
    char text[SRFLX_NAME_TEXT + 200];
    int error;

    srflx_locate_options_defaults(&options);
    options.uri = b->target;
    options.family = source_family(&b->plan);
    options.random = srflx_random_fill;
    error = srflx_resolve(&options, NULL, ret_found);
    if (!error) return 0;
    snprintf(text, sizeof text, "%s: %s", b->target.host,
             error == SRFLX_ERROR_NAME ? srflx_locate_end_text(ret_found->end)
                                       : srflx_error_text(error));
    (void)fail(b, srflx_error_name(error), text);
    return error;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct bench b = {
        .command = self,
        .plan = {.ports = 8, .measured_ms = 10000, .warm_up_ms = 1000, .timeout_ms = 1000},
        .percent = {[BENCH_PLAIN] = BENCH_MIX}};
    struct srflx_candidates found;
    int key, code = EXIT_AS_ASKED;

    srflx_random_fill(NULL, (uint8_t *)&b.plan.seed, sizeof b.plan.seed);
    key = read_command_line(&b, argc, argv);
    if (key != OPTION_END) return key == OPTION_HELP ? EXIT_AS_ASKED : EXIT_USAGE;
    if (resolve(&b, &found)) return EXIT_LOCAL;
    if (!is_allowed(&b, &found)) return EXIT_USAGE;
    b.plan.server = found.list[0].addr;
    make_mix(&b);
    if (b.plan.sources.base.family) code = check_sources(&b);
    return code ? code : run_load(&b);
}

const struct command command_bench = {
    .name = "bench",
    .summary = "load a server, check every answer, measure",
    .arguments = "[stun:]HOST[:PORT]",
    .about = "Sends Binding requests over UDP as fast as answers come, or at a fixed rate, checks "
             "every\n"
             "answer, and prints how many came, how fast, and what was wrong with the others.",
    .options = rows,
    .run = run,
};
