/* srflx query: the address a STUN server sees. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <srflx/addr.h>
#include <srflx/clock.h>
#include <srflx/rto.h>

#include "asking.h"
#include "command.h"
#include "credentials.h"
#include "options.h"
#include "output.h"
#include "query_report.h"
#include "rto_file.h"
#include "target.h"
#include "trust.h"

enum {
    COUNT_MOST = 1000000,
    SECONDS_MOST = 3600,
    RTO_MOST_MS = 60000,
    HOSTS_MOST = 64,
    CACHED = 256
};

enum {
    KEY_BIND = OPTION_LONG,
    KEY_COUNT,
    KEY_INTERVAL,
    KEY_TIMEOUT,
    KEY_RFC,
    KEY_RTO,
    KEY_CLASSIC,
    KEY_REDIRECTS,
    KEY_UDP,
    KEY_TCP,
    KEY_TLS,
    KEY_DTLS,
    KEY_DNS,
    KEY_NO_CACHE,
    KEY_JSON,
    KEY_VERBOSE
};

static const struct option_row rows[] = {
    {'4', NULL, NULL, "IPv4 only"},
    {'6', NULL, NULL, "IPv6 only"},
    {KEY_UDP, "udp", NULL, "over UDP: what stun: means without another choice"},
    {KEY_TCP, "tcp", NULL, "over TCP"},
    {KEY_TLS, "tls", NULL, "over TLS: what stuns: means without another choice"},
    {KEY_DTLS, "dtls", NULL, "over DTLS; of two transports the second is tried if the first fails"},
    TRUST_ROWS,
    {KEY_DNS, "dns", "SERVER", "ask this DNS server, ADDR[:PORT], not the system's"},
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
    {KEY_NO_CACHE, "no-cache", NULL, "neither use nor keep what was learnt about round-trip times"},
    {KEY_JSON, "json", NULL, "print one JSON object; for several hosts, an array of them"},
    {KEY_VERBOSE, "verbose", NULL, "tell on stderr what is sent and received"},
    {0, NULL, NULL, NULL},
};

struct query {
    const struct command *command;

    /* as asked on the command line */
    char **hosts;
    size_t host_count;
    uint32_t count; /* 0: not given */
    uint32_t interval_ms;
    uint32_t timeout_ms; /* 0: not given */
    uint32_t rto_ms;     /* 0: not given */
    uint32_t redirects;
    bool rfc, json, verbose, no_cache;
    struct credentials credentials;
    struct trust trust;

    /* the asking */
    struct srflx_ask_options plan;
    struct asking *askings; /* one for each host */
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
    if (q->plan.family && q->plan.family != family) {
        usage_error(q->command, "IPv4 and IPv6 exclude each other");
        return false;
    }
    q->plan.family = family;
    return true;
}

static bool set_bind(struct query *q, const char *text)
{
    const char *wrong = target_read_local(text, &q->plan.local);

    if (!wrong) return set_family(q, q->plan.local.family);
    usage_error(q->command, "--bind wants a local address, not '%s': %s", text, wrong);
    return false;
}

static bool set_transport(struct query *q, uint8_t transport)
{
    uint8_t *list = q->plan.transports;

    if (list[1] || list[0] == transport) {
        usage_error(q->command, "want at most two transports, each once");
        return false;
    }
    list[list[0] != 0] = transport;
    return true;
}

static bool take_transport(struct query *q, int key, bool *ret_wrong)
{
    static const uint8_t transports[] = {SRFLX_UDP, SRFLX_TCP, SRFLX_TLS, SRFLX_DTLS};

    if (key < KEY_UDP || key > KEY_DTLS) return false;
    *ret_wrong = !set_transport(q, transports[key - KEY_UDP]);
    return true;
}

static void take_flag(struct query *q, int key)
{
    switch (key) {
    case KEY_RFC:
        q->rfc = true;
        break;
    case KEY_CLASSIC:
        q->plan.classic = true;
        break;
    case KEY_NO_CACHE:
        q->no_cache = true;
        break;
    case KEY_JSON:
        q->json = true;
        break;
    default:
        q->verbose = true;
    }
}

static bool take_option(struct query *q, const struct options *o, int key)
{
    bool wrong;

    if (credentials_take(&q->credentials, key, o->value)) return true;
    if (trust_take(&q->trust, o, key, &wrong) || take_transport(q, key, &wrong)) return !wrong;
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
    case KEY_DNS:
        q->plan.dns = o->value;
        return true;
    default:
        take_flag(q, key);
        return true;
    }
}

/* What cannot be meant. NULL if all fits together. */
static const char *check_combination(const struct query *q)
{
    if (q->rfc && q->timeout_ms) return "--rfc and --timeout exclude each other";
    if (q->plan.classic && credentials_given(&q->credentials))
        return "--classic and credentials exclude each other";
    if (q->count && q->host_count > 1) return "--count is for one HOST";
    if (q->host_count > HOSTS_MOST) return "more than 64 hosts at a time";
    return q->host_count ? NULL : "whom to ask? HOST is missing";
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
    q->hosts = argv + optind;
    q->host_count = (size_t)(argc - optind);
    wrong = check_combination(q);
    if (wrong) usage_error(q->command, "%s", wrong);
    return wrong ? OPTION_WRONG : OPTION_END;
}

static bool is_secure(uint8_t transport)
{
    return transport == SRFLX_TLS || transport == SRFLX_DTLS;
}

/* Without a scheme, --tls and --dtls stand for stuns.
 * spec: R8489-8.1-02 R7350-4.1.1-03 */
static bool read_host(struct query *q, const char *text, struct srflx_uri *ret_uri)
{
    const uint8_t *list = q->plan.transports;

    if (!target_read(q->command, text, is_secure(list[0]), ret_uri)) return false;
    if ((list[0] && !target_has_transport(ret_uri, list[0])) ||
        (list[1] && !target_has_transport(ret_uri, list[1]))) {
        usage_error(q->command, "'%s': %s", text,
                    ret_uri->secure ? "stuns: goes over TLS and DTLS alone"
                                    : "stun: goes over UDP and TCP alone");
        return false;
    }
    if (ret_uri->secure && ret_uri->kind != SRFLX_URI_NAME && !q->trust.name &&
        !q->trust.insecure) {
        usage_error(q->command, "'%s': %s; say --name NAME if you know it", text,
                    srflx_error_text(SRFLX_ERROR_NAMELESS));
        return false;
    }
    return true;
}

static bool read_hosts(struct query *q)
{
    bool secure = false;
    size_t i;

    q->askings = calloc(q->host_count, sizeof *q->askings);
    if (!q->askings) abort();
    for (i = 0; i < q->host_count; i++) {
        if (!read_host(q, q->hosts[i], &q->askings[i].uri)) return false;
        q->askings[i].verbose = q->verbose;
        secure = secure || q->askings[i].uri.secure;
    }
    if (secure || !trust_given(&q->trust)) return true;
    usage_error(q->command, "--ca, --pin, --insecure and --name are for stuns:");
    return false;
}

static int exit_code(int error)
{
    switch (error) {
    case 0:
        return EXIT_AS_ASKED;
    case SRFLX_ERROR_TIMEOUT:
    case SRFLX_ERROR_UNREACHABLE:
    case SRFLX_ERROR_CLOSED:
        return EXIT_NO_ANSWER;
    case SRFLX_ERROR_REJECTED:
    case SRFLX_ERROR_RESPONSE:
    case SRFLX_ERROR_REFUSED:
    case SRFLX_ERROR_REDIRECT:
        return EXIT_ERROR_ANSWER;
    case SRFLX_ERROR_INTEGRITY:
    case SRFLX_ERROR_SECURITY:
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
    q->plan.limit_ms = q->rfc ? 0 : q->timeout_ms;
    q->plan.redirects = (uint8_t)q->redirects;
}

/* Returns 0, or the exit code: the mistake has been printed. */
static int make_credentials(struct query *q)
{
    int code = EXIT_USAGE;

    if (!credentials_given(&q->credentials)) return 0;
    if (!credentials_prepare(&q->credentials, q->command, &code)) return code;
    q->plan.credentials = &q->credentials.prepared;
    return 0;
}

static int make_trust(struct query *q)
{
    size_t i;

    q->plan.verify = q->trust.name;
    for (i = 0; i < q->host_count; i++)
        if (q->askings[i].uri.secure) return trust_make(&q->trust, q->command, &q->plan.secure);
    return 0;
}

/* Who says how long to wait has not asked for what was learnt. */
static bool uses_file(const struct query *q)
{
    return q->plan.rto && !q->no_cache && !q->rto_ms;
}

/* RFC 3489 has a schedule of its own, without an estimate. */
static void make_cache(struct query *q)
{
    const size_t size = srflx_rto_cache_size(CACHED);
    void *memory;

    if (q->plan.classic) return;
    memory = malloc(size);
    if (!memory || srflx_rto_cache_init(memory, size, CACHED, q->plan.timing.rto_ms, &q->plan.rto))
        abort();
    if (uses_file(q)) rto_file_load(q->plan.rto);
}

/* spec: R8489-6.2-02 */
static void make_gate(struct query *q)
{
    const size_t size = srflx_gate_size(SRFLX_GATE_MAX);
    void *memory = malloc(size);

    if (!memory || srflx_gate_init(memory, size, SRFLX_GATE_MAX, &q->plan.gate)) abort();
}

static void forget(struct query *q)
{
    size_t i;

    for (i = 0; q->askings && i < q->host_count; i++)
        asking_end(&q->askings[i]);
    if (uses_file(q)) rto_file_save(q->plan.rto);
    free(q->askings);
    free(q->plan.rto);
    free(q->plan.gate);
    srflx_secure_context_destroy(q->plan.secure);
    credentials_clean_up(&q->credentials);
}

/* Whose name nobody verifies needs none, but the library wants to be told so. */
static int begin(struct query *q, struct asking *asking)
{
    struct srflx_ask_options plan = q->plan;
    int error;

    if (!plan.verify && q->trust.insecure) plan.verify = asking->uri.host;
    error = asking_begin(asking, &plan);
    if (!error) return 0;
    if (error == SRFLX_ERROR_ARGUMENT && plan.dns)
        return usage_error(q->command, "--dns wants ADDR[:PORT], not '%s'", plan.dns);
    if (error == SRFLX_ERROR_ARGUMENT && plan.credentials)
        return usage_error(q->command, "the credentials are longer than STUN allows");
    fprintf(stderr, "srflx query: %s: %s\n", asking->uri.host, srflx_error_text(error));
    return error == SRFLX_ERROR_SYSTEM ? EXIT_LOCAL : EXIT_USAGE;
}

static void print_line(const struct query *q, const struct srflx_ask_result *result)
{
    char text[FAILURE_TEXT];

    if (result->error)
        failure_text(result, text);
    else
        srflx_addr_write(&result->mapped, text);
    printf("%u: %s", q->statistics.queries, text);
    if (!result->error) printf("  %.3f ms", (double)result->rtt_ns / 1e6);
    putchar('\n');
    fflush(stdout);
}

static json_t *asking_json(const struct asking *asking)
{
    return result_json(srflx_ask_result(asking->ask), srflx_ask_login(asking->ask),
                       asking->uri.host);
}

static void print_one(const struct asking *asking)
{
    const struct srflx_ask_result *result = srflx_ask_result(asking->ask);
    char text[FAILURE_TEXT];

    if (!result->error) {
        print_answer(result, srflx_ask_login(asking->ask));
        return;
    }
    failure_text(result, text);
    fprintf(stderr, "srflx query: %s\n", text);
}

/* In the order of the command line. */
static void report_all(const struct query *q)
{
    json_t *list = q->json && q->host_count > 1 ? json_array() : NULL;
    bool printed = false;
    size_t i;

    for (i = 0; i < q->host_count; i++) {
        const struct asking *asking = &q->askings[i];
        if (list) {
            json_array_append_new(list, asking_json(asking));
        } else if (q->json) {
            print_json(asking_json(asking));
        } else {
            if (printed && !srflx_ask_result(asking->ask)->error) putchar('\n');
            print_one(asking);
            printed = printed || !srflx_ask_result(asking->ask)->error;
        }
    }
    if (list) print_json(list);
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

/* The first question, or one more. */
static int ask_once(struct query *q)
{
    struct asking *asking = q->askings;

    if (!asking->ask) return begin(q, asking);
    asking->server.family = SRFLX_NO_FAMILY;
    return srflx_ask_again(asking->ask) ? EXIT_LOCAL : 0;
}

static void take_result(struct query *q)
{
    const struct srflx_ask_result *result = srflx_ask_result(q->askings->ask);

    statistics_add(&q->statistics, result);
    if (q->json)
        json_array_append_new(q->results, asking_json(q->askings));
    else
        print_line(q, result);
}

static int query_series(struct query *q)
{
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
    uint64_t next_ns = srflx_clock_now().mono_ns;
    int code, last_code = EXIT_NO_ANSWER;

    sigaction(SIGINT, &action, NULL);
    if (q->json) q->results = json_array();
    while (!stop && q->statistics.queries < q->count) {
        sleep_until(next_ns);
        next_ns = srflx_clock_now().mono_ns + (uint64_t)q->interval_ms * 1000000;
        if (stop) break;
        code = ask_once(q);
        if (code) return code;
        if (!asking_wait(q->askings, 1, q->verbose, &stop)) break;
        take_result(q);
        last_code = exit_code(srflx_ask_result(q->askings->ask)->error);
    }
    report_series(q);
    return q->statistics.answers ? EXIT_AS_ASKED : last_code;
}

/* The exit code of the worst outcome, which has the highest number. */
static int query_all(struct query *q)
{
    int code, worst = EXIT_AS_ASKED;
    size_t i;

    for (i = 0; i < q->host_count; i++) {
        code = begin(q, &q->askings[i]);
        if (code) return code;
    }
    asking_wait(q->askings, q->host_count, q->verbose, &stop);
    report_all(q);
    for (i = 0; i < q->host_count; i++) {
        code = exit_code(srflx_ask_result(q->askings[i].ask)->error);
        if (code > worst) worst = code;
    }
    return worst;
}

static int prepare_and_ask(struct query *q)
{
    int code = EXIT_USAGE;

    if (!read_hosts(q)) return code;
    code = make_credentials(q);
    if (!code) code = make_trust(q);
    if (code) return code;
    plan_timing(q);
    make_cache(q);
    make_gate(q);
    return q->count ? query_series(q) : query_all(q);
}

static int run(const struct command *self, int argc, char **argv)
{
    struct query q = {.command = self, .interval_ms = 1000, .redirects = 5};
    int key, code = EXIT_USAGE;

    srflx_ask_options_defaults(&q.plan);
    key = read_command_line(&q, argc, argv);
    if (key == OPTION_HELP) return EXIT_AS_ASKED;
    if (key == OPTION_END) code = prepare_and_ask(&q);
    forget(&q);
    return code;
}

const struct command command_query = {
    .name = "query",
    .summary = "ask a STUN server for the address it sees",
    .arguments = "URI...",
    .about =
        "Sends a Binding request to stun:HOST[:PORT] or stuns:HOST[:PORT], and prints the address\n"
        "from which it reached the server, and whether that is the local one. Without a scheme it "
        "is\n"
        "stun:, without a port the DNS says which. Several servers are asked at the same time.",
    .options = rows,
    .run = run,
};
