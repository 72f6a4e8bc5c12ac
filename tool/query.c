/* srflx query: the address a STUN server sees. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <srflx/addr.h>
#include <srflx/clock.h>
#include <srflx/rto.h>

#include "ask.h"
#include "command.h"
#include "credentials.h"
#include "options.h"
#include "output.h"
#include "query_report.h"
#include "target.h"

enum { COUNT_MOST = 1000000, SECONDS_MOST = 3600, RTO_MOST_MS = 60000 };

enum {
    KEY_BIND = OPTION_LONG,
    KEY_COUNT,
    KEY_INTERVAL,
    KEY_TIMEOUT,
    KEY_RFC,
    KEY_RTO,
    KEY_CLASSIC,
    KEY_REDIRECTS,
    KEY_JSON,
    KEY_VERBOSE
};

static const struct option_row rows[] = {
    {'4', NULL, NULL, "IPv4 only"},
    {'6', NULL, NULL, "IPv6 only"},
    {KEY_BIND, "bind", "ADDR[:PORT]", "ask from this local address"},
    {KEY_COUNT, "count", "N", "ask N times, then print statistics"},
    {KEY_INTERVAL, "interval", "S", "seconds from one query to the next; 1"},
    {KEY_TIMEOUT, "timeout", "S", "give up after S seconds; 10"},
    {KEY_RFC, "rfc", NULL, "give up when the RFC says so, after 39.5 s"},
    {KEY_RTO, "rto", "MS", "wait MS milliseconds before the second request; 500"},
    {KEY_CLASSIC, "classic", NULL, "ask as RFC 3489 does: no magic cookie, RTO 100 ms, 9.5 s"},
    CREDENTIAL_ROWS("log in as NAME", "long-term: log in to this realm alone"),
    {KEY_ALGORITHM, "algorithm", "NAME",
     "use this one alone: md5 or sha256; short-term: sha1 or sha256"},
    {KEY_USERHASH, "userhash", NULL, "never show NAME in clear, only its hash"},
    {KEY_TOKEN, "token", "FILE", "log in with an access token (RFC 7635) that `srflx token` made"},
    {KEY_REDIRECTS, "redirects", "N", "follow a signed 300 up to N times, 0 to 8; 5"},
    {KEY_JSON, "json", NULL, "print one JSON object"},
    {KEY_VERBOSE, "verbose", NULL, "tell on stderr what is sent and received"},
    {0, NULL, NULL, NULL},
};

struct query {
    const struct command *command;

    /* as asked on the command line */
    struct target target;
    struct srflx_addr bind_to;
    uint8_t family; /* 0: both */
    uint32_t count; /* 0: not given */
    uint32_t interval_ms;
    uint32_t timeout_ms; /* 0: not given */
    uint32_t rto_ms;     /* 0: not given */
    uint32_t redirects;
    bool rfc;
    bool json;
    struct credentials credentials;

    /* the asking */
    struct ask_plan plan;
    struct target_addrs servers; /* one, as soon as it has answered */
    struct channel channel;      /* open between queries to that one */
    struct srflx_rto_cache *cache;
    const char *step; /* what failed last, for SRFLX_ERROR_SYSTEM */
    struct statistics statistics;
    json_t *results;
};

static volatile sig_atomic_t stop;

static void on_interrupt(int number)
{
    (void)number;
    stop = 1;
}

static bool set_family(struct query *q, uint8_t family)
{
    if (q->family && q->family != family) {
        usage_error(q->command, "IPv4 and IPv6 exclude each other");
        return false;
    }
    q->family = family;
    return true;
}

static bool set_bind(struct query *q, const char *text)
{
    struct target_addrs found;
    struct target target;
    const char *wrong = target_parse(text, 0, &target);

    if (!wrong) wrong = target_resolve(&target, SRFLX_NO_FAMILY, true, &found);
    if (wrong) {
        usage_error(q->command, "--bind wants a local address, not '%s': %s", text, wrong);
        return false;
    }
    q->bind_to = found.addrs[0];
    return set_family(q, q->bind_to.family);
}

static bool take_option(struct query *q, const struct options *o, int key)
{
    if (credentials_take(&q->credentials, key, o->value)) return true;
    switch (key) {
    case '4':
        return set_family(q, SRFLX_IPV4);
    case '6':
        return set_family(q, SRFLX_IPV6);
    case KEY_BIND:
        return set_bind(q, o->value);
    case KEY_COUNT:
        return options_number(o, 1, COUNT_MOST, &q->count);
    case KEY_INTERVAL:
        return options_seconds(o, 1, SECONDS_MOST, &q->interval_ms);
    case KEY_TIMEOUT:
        return options_seconds(o, 1, SECONDS_MOST, &q->timeout_ms);
    case KEY_RTO:
        return options_number(o, 1, RTO_MOST_MS, &q->rto_ms);
    case KEY_REDIRECTS:
        return options_number(o, 0, SRFLX_REDIRECTS_MAX, &q->redirects);
    case KEY_RFC:
        q->rfc = true;
        return true;
    case KEY_CLASSIC:
        q->plan.classic = true;
        return true;
    case KEY_JSON:
        q->json = true;
        return true;
    default:
        q->plan.verbose = true;
        return true;
    }
}

/* What cannot be meant. NULL if all fits together. */
static const char *check_combination(const struct query *q)
{
    if (q->rfc && q->timeout_ms) return "--rfc and --timeout exclude each other";
    if (q->plan.classic && credentials_given(&q->credentials))
        return "--classic and credentials exclude each other";
    return NULL;
}

/* Returns OPTION_END if the query can begin. */
static int read_command_line(struct query *q, int argc, char **argv)
{
    struct options o;
    const char *wrong;
    int key;

    options_begin(&o, q->command, argc, argv);
    while ((key = options_next(&o)) != OPTION_END) {
        if (key == OPTION_HELP) return key;
        if (key == OPTION_WRONG || !take_option(q, &o, key)) return OPTION_WRONG;
    }
    wrong = check_combination(q);
    if (wrong) {
        usage_error(q->command, "%s", wrong);
        return OPTION_WRONG;
    }
    if (argc - optind != 1) {
        usage_error(q->command,
                    argc == optind ? "whom to ask? HOST is missing" : "one HOST at a time");
        return OPTION_WRONG;
    }
    wrong = target_parse_uri(argv[optind], &q->target);
    if (wrong) usage_error(q->command, "'%s': %s", argv[optind], wrong);
    return wrong ? OPTION_WRONG : OPTION_END;
}

static int exit_code(int error)
{
    switch (error) {
    case 0:
        return EXIT_AS_ASKED;
    case SRFLX_ERROR_TIMEOUT:
    case SRFLX_ERROR_UNREACHABLE:
        return EXIT_NO_ANSWER;
    case SRFLX_ERROR_REJECTED:
    case SRFLX_ERROR_RESPONSE:
    case SRFLX_ERROR_REFUSED:
    case SRFLX_ERROR_REDIRECT:
        return EXIT_ERROR_ANSWER;
    case SRFLX_ERROR_INTEGRITY:
        return EXIT_INTEGRITY;
    default:
        return EXIT_LOCAL;
    }
}

/* The RFC's schedule, cut off where people lose patience. Without --rfc, the wait behind the last
 * request lasts until then.
 * spec: R5389-7.2.1-01 */
static void plan_timing(struct query *q)
{
    struct srflx_transaction_options *timing = &q->plan.timing;

    if (q->plan.classic)
        srflx_transaction_options_classic(timing);
    else
        srflx_transaction_options_defaults(timing);
    if (!q->plan.classic && !q->rfc) timing->rm = 1000;
    if (q->rto_ms) timing->rto_ms = q->rto_ms;
    if (!q->timeout_ms) q->timeout_ms = 10000;
    q->plan.bind_to = q->bind_to;
    q->plan.redirects = (uint8_t)q->redirects;
}

/* Returns false with *ret_code set if the credentials are not usable. */
static bool make_login(struct query *q, int *ret_code)
{
    const size_t size = srflx_login_size();
    void *memory;

    if (!credentials_given(&q->credentials)) return true;
    if (!credentials_prepare(&q->credentials, q->command, ret_code)) return false;
    memory = malloc(size);
    if (!memory) abort();
    if (!srflx_login_init(memory, size, &q->credentials.prepared, &q->plan.login)) return true;
    free(memory);
    *ret_code = usage_error(q->command, "the credentials are longer than STUN allows");
    return false;
}

static void forget_login(struct query *q)
{
    if (q->plan.login) srflx_login_wipe(q->plan.login);
    free(q->plan.login);
    credentials_clean_up(&q->credentials);
}

static void make_cache(struct query *q)
{
    size_t size = srflx_rto_cache_size(TARGET_ADDRS);
    void *memory = malloc(size);

    if (!memory ||
        srflx_rto_cache_init(memory, size, TARGET_ADDRS, q->plan.timing.rto_ms, &q->cache))
        abort();
}

/* What is left of the time for this address, when `others` wait behind it. */
static uint32_t share_ms(const struct query *q, uint64_t start_ns, size_t others)
{
    uint64_t spent_ms = (srflx_clock_now().mono_ns - start_ns) / 1000000;
    uint64_t left_ms = spent_ms < q->timeout_ms ? q->timeout_ms - spent_ms : 1;

    return (uint32_t)(left_ms / (others + 1)) + 1;
}

/* spec: R8489-6.2.1-08 R8489-6.2.1-09 */
static void learn(struct query *q, const struct ask_result *result)
{
    const struct srflx_addr *server = &q->channel.server;

    if (result->error) return;
    if (result->is_sample)
        srflx_rto_cache_sample(q->cache, server, result->rtt_ns, srflx_clock_now());
    else
        srflx_rto_cache_back_off(q->cache, server, result->interval_ns, srflx_clock_now());
}

/* RFC 3489 has a schedule of its own, without an estimate.
 * spec: R8489-6.2.1-10 */
static bool ask_channel(struct query *q, struct ask_result *result)
{
    bool estimate = !q->plan.classic;
    struct srflx_time now = srflx_clock_now();

    if (estimate) q->plan.timing.rto_ms = srflx_rto_cache_get(q->cache, &q->channel.server, now);
    q->step = "send to";
    if (!ask(&q->plan, &q->channel, &stop, result)) return false;
    if (estimate) learn(q, result);
    return true;
}

static bool open_channel(struct query *q, const struct srflx_addr *server,
                         struct ask_result *result)
{
    if (q->channel.fd >= 0 || !channel_open(server, &q->bind_to, &q->channel, &q->step))
        return true;
    memset(result, 0, sizeof *result);
    result->error = SRFLX_ERROR_SYSTEM;
    result->number = errno;
    result->server = strcmp(q->step, "bind to") != 0 ? *server : q->bind_to;
    return false;
}

static void say_next(const struct query *q, const struct ask_result *result,
                     const struct srflx_addr *next)
{
    char text[FAILURE_TEXT], addr[SRFLX_ADDR_TEXT];

    failure_text(result, q->step, text);
    fprintf(stderr, "srflx query: %s; asking %s\n", text, srflx_addr_write(next, addr));
}

/* Asks the addresses in order, until one answers. Returns false when interrupted. */
static bool ask_servers(struct query *q, struct ask_result *result)
{
    uint64_t start_ns = srflx_clock_now().mono_ns;
    size_t i, others;

    for (i = 0; i < q->servers.count; i++) {
        const struct srflx_addr *server = &q->servers.addrs[i];
        others = q->servers.count - i - 1;
        q->plan.timing.limit_ms = q->rfc ? 0 : share_ms(q, start_ns, others);
        if (open_channel(q, server, result) && !ask_channel(q, result)) return false;
        if (!result->error) {
            q->servers.addrs[0] = *server;
            q->servers.count = 1;
            return true;
        }
        if (q->servers.count > 1) channel_close(&q->channel);
        if (exit_code(result->error) == EXIT_ERROR_ANSWER) return true;
        if (others) say_next(q, result, server + 1);
    }
    return true;
}

static void print_line(const struct query *q, const struct ask_result *result)
{
    char text[FAILURE_TEXT];

    if (result->error)
        failure_text(result, q->step, text);
    else
        srflx_addr_write(&result->mapped, text);
    printf("%u: %s", q->statistics.queries, text);
    if (!result->error) printf("  %.3f ms", (double)result->rtt_ns / 1e6);
    putchar('\n');
    fflush(stdout);
}

static void report_one(const struct query *q, const struct ask_result *result)
{
    char text[FAILURE_TEXT];

    if (q->json) {
        print_json(result_json(result, q->target.host, q->step));
        return;
    }
    if (!result->error) {
        print_answer(result);
        return;
    }
    failure_text(result, q->step, text);
    fprintf(stderr, "srflx query: %s\n", text);
}

static void report_series(const struct query *q)
{
    if (q->json)
        print_json(json_pack("{s:b, s:o, s:o}", "ok", q->statistics.answers > 0, "results",
                             q->results, "statistics", statistics_json(&q->statistics)));
    else
        print_statistics(&q->statistics);
}

static void sleep_until(uint64_t mono_ns)
{
    uint64_t now = srflx_clock_now().mono_ns;

    while (!stop && now < mono_ns) {
        poll(NULL, 0, (int)((mono_ns - now + 999999) / 1000000));
        now = srflx_clock_now().mono_ns;
    }
}

static int query_series(struct query *q)
{
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
    uint64_t next_ns = srflx_clock_now().mono_ns;
    int last_error = SRFLX_ERROR_TIMEOUT;
    struct ask_result result = {.error = SRFLX_ERROR_TIMEOUT};

    sigaction(SIGINT, &action, NULL);
    if (q->json) q->results = json_array();
    while (!stop && q->statistics.queries < q->count) {
        sleep_until(next_ns);
        next_ns = srflx_clock_now().mono_ns + (uint64_t)q->interval_ms * 1000000;
        if (stop || !ask_servers(q, &result)) break;
        last_error = result.error;
        statistics_add(&q->statistics, &result);
        if (q->json)
            json_array_append_new(q->results, result_json(&result, q->target.host, q->step));
        else
            print_line(q, &result);
    }
    report_series(q);
    return q->statistics.answers ? EXIT_AS_ASKED : exit_code(last_error);
}

static int query_once(struct query *q)
{
    struct ask_result result = {.error = SRFLX_ERROR_TIMEOUT};

    ask_servers(q, &result);
    report_one(q, &result);
    return exit_code(result.error);
}

static int name_failure(const struct query *q, const char *reason)
{
    char text[TARGET_HOST + 200];

    snprintf(text, sizeof text, "%s: %s", q->target.host, reason);
    if (q->json)
        print_json(failure_json("NAME", text, 0));
    else
        fprintf(stderr, "srflx query: %s\n", text);
    return EXIT_LOCAL;
}

static int resolve_and_ask(struct query *q)
{
    const char *wrong = target_resolve(&q->target, q->family, false, &q->servers);
    int code;

    if (wrong) return name_failure(q, wrong);
    plan_timing(q);
    make_cache(q);
    code = q->count ? query_series(q) : query_once(q);
    channel_close(&q->channel);
    free(q->cache);
    return code;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct query q = {.command = self, .interval_ms = 1000, .redirects = 5, .channel = {.fd = -1}};
    int key = read_command_line(&q, argc, argv), code = EXIT_USAGE;

    if (key != OPTION_END) return key == OPTION_HELP ? EXIT_AS_ASKED : EXIT_USAGE;
    if (make_login(&q, &code)) code = resolve_and_ask(&q);
    forget_login(&q);
    return code;
}

const struct command command_query = {
    .name = "query",
    .summary = "ask a STUN server for the address it sees",
    .arguments = "[stun:]HOST[:PORT]",
    .about =
        "Sends a Binding request over UDP, to port 3478 if none is given, and prints the address\n"
        "from which it reached the server, and whether that is the local one.",
    .options = rows,
    .run = run,
};
