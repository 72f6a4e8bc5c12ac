/* srflx locate: which servers a URI leads to, with every step on the way. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <srflx/addr.h>
#include <srflx/clock.h>
#include <srflx/random.h>
#include <srflx/resolve.h>

#include "command.h"
#include "options.h"
#include "output.h"

enum {
    LOCATE_BEHAVIOR = OPTION_LONG,
    LOCATE_DNS,
    LOCATE_DTLS,
    LOCATE_JSON,
    LOCATE_TCP,
    LOCATE_TIMEOUT,
    LOCATE_TLS,
    LOCATE_UDP,
    LOCATE_NAME
};

static const struct option_row rows[] = {
    {'4', NULL, NULL, "IPv4 only"},
    {'6', NULL, NULL, "IPv6 only"},
    {LOCATE_UDP, "udp", NULL, "over UDP (stun: without another choice)"},
    {LOCATE_TCP, "tcp", NULL, "over TCP"},
    {LOCATE_TLS, "tls", NULL, "over TLS (stuns: without another choice)"},
    {LOCATE_DTLS, "dtls", NULL, "over DTLS; of two transports the first one is wanted more"},
    {LOCATE_BEHAVIOR, "behavior", NULL, "servers for NAT tests (RFC 5780)"},
    {LOCATE_DNS, "dns", "SERVER", "ask this DNS server, ADDR[:PORT], not the system's"},
    {LOCATE_NAME, "name", "NAME", "the certificate must have this name, not that of the URI"},
    {LOCATE_TIMEOUT, "timeout", "S", "give up after S seconds; 10"},
    {LOCATE_JSON, "json", NULL, "print one JSON object"},
    {0, NULL, NULL, NULL},
};

static const char *const transport_names[] = {
    [SRFLX_UDP] = "UDP", [SRFLX_TCP] = "TCP", [SRFLX_TLS] = "TLS", [SRFLX_DTLS] = "DTLS"};

struct locate {
    const struct command *command;
    struct srflx_locate_options plan;
    struct srflx_resolver_options dns;
    const char *text, *verify;
    bool json;
    struct srflx_locate *steps; /* the plan, when it is done */
    struct srflx_candidates found;
};

static int want_family(struct locate *l, uint8_t family)
{
    if (l->plan.family && l->plan.family != family) {
        usage_error(l->command, "-4 and -6 exclude each other");
        return OPTION_WRONG;
    }
    l->plan.family = family;
    return OPTION_END;
}

static int want_transport(struct locate *l, uint8_t transport)
{
    uint8_t *list = l->plan.transports;

    if (list[1] || list[0] == transport) {
        usage_error(l->command, "want at most two transports, each once");
        return OPTION_WRONG;
    }
    list[list[0] != 0] = transport;
    return OPTION_END;
}

/* OPTION_END: go on. */
static int take_option(struct locate *l, const struct options *o, int key)
{
    switch (key) {
    case '4':
        return want_family(l, SRFLX_IPV4);
    case '6':
        return want_family(l, SRFLX_IPV6);
    case LOCATE_UDP:
        return want_transport(l, SRFLX_UDP);
    case LOCATE_TCP:
        return want_transport(l, SRFLX_TCP);
    case LOCATE_TLS:
        return want_transport(l, SRFLX_TLS);
    case LOCATE_DTLS:
        return want_transport(l, SRFLX_DTLS);
    case LOCATE_BEHAVIOR:
        l->plan.behavior = true;
        break;
    case LOCATE_DNS:
        l->dns.servers = o->value;
        break;
    case LOCATE_NAME:
        l->verify = o->value;
        break;
    case LOCATE_TIMEOUT:
        if (!options_seconds(o, 1, SRFLX_LOCATE_LIMIT_MS / 1000, &l->plan.limit_ms))
            return OPTION_WRONG;
        break;
    case LOCATE_JSON:
        l->json = true;
        break;
    default:
        break;
    }
    return OPTION_END;
}

static int read_options(struct locate *l, int argc, char **argv)
{
    struct options o;
    int key;

    options_begin(&o, l->command, argc, argv);
    while ((key = options_next(&o)) != OPTION_END) {
        if (key == OPTION_HELP || key == OPTION_WRONG) return key;
        if (take_option(l, &o, key) == OPTION_WRONG) return OPTION_WRONG;
    }
    if (argc - optind != 1) {
        usage_error(l->command, "want one URI");
        return OPTION_WRONG;
    }
    l->text = argv[optind];
    return OPTION_END;
}

static bool is_secure(uint8_t transport)
{
    return transport == SRFLX_TLS || transport == SRFLX_DTLS;
}

static struct srflx_view view_of(const char *text)
{
    return (struct srflx_view){(const uint8_t *)text, strlen(text)};
}

/* The text as it was typed, and a mark below the place. */
static int bad_uri(const struct locate *l, const char *text)
{
    struct srflx_view view = view_of(text);
    char *escaped, *before;
    size_t at = 0;
    const char *wrong = srflx_uri_fault_text(srflx_uri_explain(view, true, &at));

    escaped = escape_text(view);
    before = escape_text((struct srflx_view){view.ptr, at});
    fprintf(stderr, "srflx %s: %s\n  %s\n  %*s^\n", l->command->name, wrong, escaped,
            (int)strlen(before), "");
    free(before);
    free(escaped);
    return OPTION_WRONG;
}

static int read_verify(struct locate *l)
{
    struct srflx_uri name;

    if (!l->verify) return OPTION_END;
    if (srflx_uri_parse_lenient(view_of(l->verify), true, &name)) return bad_uri(l, l->verify);
    if (name.kind != SRFLX_URI_NAME || name.port) {
        usage_error(l->command, "--name wants a name, not '%s'", l->verify);
        return OPTION_WRONG;
    }
    memcpy(l->plan.verify, name.host, sizeof l->plan.verify);
    return OPTION_END;
}

/* Without a scheme, --tls and --dtls stand for stuns. */
static int read_uri(struct locate *l)
{
    const uint8_t *list = l->plan.transports;

    if (srflx_uri_parse_lenient(view_of(l->text), is_secure(list[0]), &l->plan.uri))
        return bad_uri(l, l->text);
    if (!list[0] || (is_secure(list[0]) == l->plan.uri.secure &&
                     (!list[1] || is_secure(list[1]) == l->plan.uri.secure)))
        return read_verify(l);
    usage_error(l->command, "%s goes over %s alone", l->plan.uri.secure ? "stuns:" : "stun:",
                l->plan.uri.secure ? "TLS and DTLS" : "UDP and TCP");
    return OPTION_WRONG;
}

static const char *type_name(uint16_t type)
{
    switch (type) {
    case SRFLX_DNS_A:
        return "A";
    case SRFLX_DNS_AAAA:
        return "AAAA";
    default:
        return "SRV";
    }
}

static bool was_answered(const struct srflx_locate_step *step)
{
    switch (step->why) {
    case SRFLX_WHY_SRV:
    case SRFLX_WHY_SRV_NONE:
    case SRFLX_WHY_SRV_OFF:
    case SRFLX_WHY_ADDRS:
    case SRFLX_WHY_ADDRS_NONE:
        return true;
    default:
        return false;
    }
}

static void print_records(const struct srflx_locate_step *step)
{
    if (step->outcome == SRFLX_DNS_RECORDS)
        printf("%u record%s; ", step->count, step->count == 1 ? "" : "s");
    else
        printf("%s; ", srflx_dns_outcome_text((enum srflx_dns_outcome)step->outcome));
    if (step->aliases) printf("%u alias%s; ", step->aliases, step->aliases == 1 ? "" : "es");
    if (step->unused) printf("%u left out; ", step->unused);
}

/* Where the answer came from. */
static void print_origin(const struct srflx_locate_step *step)
{
    if (step->local)
        fputs("  (this machine's table)", stdout);
    else if (step->remembered)
        fputs("  (remembered)", stdout);
    else
        printf("  (%.1f ms)", (double)step->ns / 1e6);
}

/* "SRV _stun._udp.example.org: 2 records; these servers, by priority and weight  (1.2 ms)" */
static void print_step(const struct srflx_locate_step *step)
{
    const bool answered = was_answered(step);

    if (step->question.type) printf("%s %s: ", type_name(step->question.type), step->question.name);
    if (answered && (step->why != SRFLX_WHY_ADDRS_NONE || step->outcome != SRFLX_DNS_NO_RECORDS ||
                     step->aliases || step->unused))
        print_records(step);
    fputs(srflx_locate_why_text((enum srflx_locate_why)step->why), stdout);
    if (answered) print_origin(step);
    putchar('\n');
}

static void print_candidate(const struct srflx_candidate *candidate, size_t number)
{
    char addr[SRFLX_ADDR_TEXT];

    printf("%2zu. %-4s %s", number, transport_names[candidate->transport],
           srflx_addr_write(&candidate->addr, addr));
    if (candidate->source != SRFLX_FROM_LITERAL) printf("  %s", candidate->host);
    if (candidate->source == SRFLX_FROM_SRV)
        printf("  priority %u, weight %u", candidate->priority, candidate->weight);
    if (is_secure(candidate->transport)) printf("  certificate of %s", candidate->verify);
    putchar('\n');
}

static void print_all(const struct locate *l)
{
    struct srflx_locate_step step;
    size_t i;

    for (i = 0; srflx_locate_step(l->steps, i, &step); i++)
        print_step(&step);
    for (i = 0; i < l->found.count; i++)
        print_candidate(&l->found.list[i], i + 1);
    if (l->found.count) return;
    fflush(stdout);
    fprintf(stderr, "srflx locate: %s: %s\n", l->plan.uri.host,
            srflx_locate_end_text(l->found.end));
}

static const char *lower(const char *name)
{
    static const char *const small[] = {"udp", "tcp", "tls", "dtls"};
    size_t i;

    for (i = 0; i < 4; i++)
        if (!strcmp(name, transport_names[i + 1])) return small[i];
    return name;
}

static json_t *json_step(const struct srflx_locate_step *step)
{
    json_t *object = json_object();

    if (step->question.type) {
        json_object_set_new(object, "type", json_string(type_name(step->question.type)));
        json_object_set_new(object, "name", json_string(step->question.name));
    }
    if (was_answered(step)) {
        json_object_set_new(
            object, "outcome",
            json_string(srflx_dns_outcome_text((enum srflx_dns_outcome)step->outcome)));
        json_object_set_new(object, "records", json_integer(step->count));
        json_object_set_new(object, "left_out", json_integer(step->unused));
        json_object_set_new(object, "aliases", json_integer(step->aliases));
        json_object_set_new(object, "local", json_boolean(step->local));
        json_object_set_new(object, "ms", json_real((double)step->ns / 1e6));
    }
    json_object_set_new(object, "why",
                        json_string(srflx_locate_why_text((enum srflx_locate_why)step->why)));
    return object;
}

static const char *source_name(uint8_t source)
{
    if (source == SRFLX_FROM_LITERAL) return "literal";
    return source == SRFLX_FROM_HOST ? "host" : "srv";
}

static json_t *json_candidate(const struct srflx_candidate *candidate)
{
    json_t *object = json_addr(&candidate->addr);

    json_object_set_new(object, "transport",
                        json_string(lower(transport_names[candidate->transport])));
    json_object_set_new(object, "source", json_string(source_name(candidate->source)));
    json_object_set_new(object, "host", json_string(candidate->host));
    if (candidate->source == SRFLX_FROM_SRV) {
        json_object_set_new(object, "priority", json_integer(candidate->priority));
        json_object_set_new(object, "weight", json_integer(candidate->weight));
    }
    if (is_secure(candidate->transport))
        json_object_set_new(object, "verify", json_string(candidate->verify));
    return object;
}

static void print_all_json(const struct locate *l)
{
    json_t *steps = json_array(), *list = json_array(), *object;
    struct srflx_locate_step step;
    char uri[SRFLX_URI_TEXT];
    size_t i;

    for (i = 0; srflx_locate_step(l->steps, i, &step); i++)
        json_array_append_new(steps, json_step(&step));
    for (i = 0; i < l->found.count; i++)
        json_array_append_new(list, json_candidate(&l->found.list[i]));
    object = json_pack("{s:b, s:s, s:o, s:o}", "ok", l->found.count > 0, "uri",
                       srflx_uri_write(&l->plan.uri, uri), "steps", steps, "candidates", list);
    if (!l->found.count)
        json_object_set_new(object, "error", json_string(srflx_locate_end_text(l->found.end)));
    print_json(object);
}

/* Returns 0, SRFLX_ERROR_NAME, or why there is nothing to print. */
static int locate(struct locate *l, void *memory)
{
    struct srflx_resolver *resolver;
    int error = srflx_resolver_new(&l->dns, &resolver);

    if (error) return error;
    error = srflx_locate_init(memory, srflx_locate_size(), &l->plan, srflx_clock_now(), &l->steps);
    if (!error) error = srflx_resolver_run(resolver, l->steps, &l->found);
    srflx_resolver_destroy(resolver);
    return error;
}

static int report(const struct locate *l, int error)
{
    if (error == SRFLX_ERROR_ARGUMENT)
        return usage_error(l->command, "--dns wants ADDR[:PORT], not '%s'", l->dns.servers);
    if (error == SRFLX_ERROR_NAMELESS)
        return usage_error(l->command, "%s: give the name to --name", srflx_error_text(error));
    if (error && error != SRFLX_ERROR_NAME) {
        fprintf(stderr, "srflx %s: %s\n", l->command->name, srflx_error_text(error));
        return EXIT_LOCAL;
    }
    if (l->json)
        print_all_json(l);
    else
        print_all(l);
    return error ? EXIT_LOCAL : EXIT_AS_ASKED;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct locate l = {.command = self};
    void *memory;
    int option, code;

    srflx_locate_options_defaults(&l.plan);
    srflx_resolver_options_defaults(&l.dns);
    l.plan.random = srflx_random_fill;
    option = read_options(&l, argc, argv);
    if (option == OPTION_END) option = read_uri(&l);
    if (option != OPTION_END) return option == OPTION_HELP ? EXIT_AS_ASKED : EXIT_USAGE;
    memory = malloc(srflx_locate_size());
    if (!memory) abort();
    code = report(&l, locate(&l, memory));
    free(memory);
    return code;
}

const struct command command_locate = {
    .name = "locate",
    .summary = "find the servers of a URI, with every step on the way",
    .arguments = "[stun:|stuns:]HOST[:PORT]",
    .about =
        "Looks the URI's host up as RFC 8489 section 8 says, and prints what was asked, what came\n"
        "of it, and the addresses in the order in which a client tries them. Asks no STUN server.",
    .options = rows,
    .run = run,
};
