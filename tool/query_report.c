#include "query_report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <srflx/addr.h>

#include "output.h"

static double ms(uint64_t ns)
{
    return (double)ns / 1e6;
}

/* For a server that says no more than the number. R3489 11.2.9, R8489 14.8. */
static const char *phrase_of(uint16_t code)
{
    static const struct {
        uint16_t code;
        const char *phrase;
    } phrases[] = {
        {300, "Try Alternate"},     {400, "Bad Request"},       {401, "Unauthenticated"},
        {420, "Unknown Attribute"}, {430, "Stale Credentials"}, {431, "Integrity Check Failure"},
        {432, "Missing Username"},  {433, "Use TLS"},           {438, "Stale Nonce"},
        {500, "Server Error"},      {600, "Global Failure"},
    };
    size_t i;

    for (i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
        if (phrases[i].code == code) return phrases[i].phrase;
    return "(no phrase)";
}

/* What failed checks get is not signed either, so the code is a hint at best.
 * spec: R8489-9.1.4-04 R8489-9.2.5-19 */
static void integrity_text(const struct ask_result *result, const char *server, char *ret_text)
{
    const int len =
        snprintf(ret_text, FAILURE_TEXT,
                 "%s answered, but nothing that was signed with these credentials", server);

    if (result->code)
        snprintf(ret_text + len, FAILURE_TEXT - (size_t)len, "; the last answer was %u %s",
                 result->code, phrase_of(result->code));
}

/* spec: R3489-9.4-01 R3489-9.4-09 */
void failure_text(const struct ask_result *result, const char *step, char *ret_text)
{
    char server[SRFLX_ADDR_TEXT];
    const char *phrase = result->phrase[0] ? result->phrase : phrase_of(result->code);

    srflx_addr_write(&result->server, server);
    switch (result->error) {
    case SRFLX_ERROR_TIMEOUT:
        snprintf(ret_text, FAILURE_TEXT, "no answer from %s: %u request%s over UDP in %.1f s",
                 server, result->sent, result->sent == 1 ? "" : "s", ms(result->elapsed_ns) / 1000);
        return;
    case SRFLX_ERROR_UNREACHABLE:
        snprintf(ret_text, FAILURE_TEXT, "%s %s: %s",
                 result->number == ECONNREFUSED ? "nobody listens on" : "cannot reach", server,
                 strerror(result->number));
        return;
    case SRFLX_ERROR_REJECTED:
        snprintf(ret_text, FAILURE_TEXT, "%s answered with an error: %u %s", server, result->code,
                 phrase);
        return;
    case SRFLX_ERROR_INTEGRITY:
        integrity_text(result, server, ret_text);
        return;
    case SRFLX_ERROR_REFUSED:
        snprintf(ret_text, FAILURE_TEXT, "%s: %s", server,
                 srflx_refusal_text((enum srflx_refusal)result->refusal));
        return;
    case SRFLX_ERROR_SYSTEM:
        snprintf(ret_text, FAILURE_TEXT, "cannot %s %s: %s", step, server,
                 strerror(result->number));
        return;
    default:
        snprintf(ret_text, FAILURE_TEXT, "%s: %s", server, srflx_error_text(result->error));
    }
}

json_t *failure_json(const char *name, const char *text, int code)
{
    const struct srflx_view view = {(const uint8_t *)text, strlen(text)};
    json_t *number = code ? json_integer(code) : json_null();

    return json_pack("{s:b, s:{s:s, s:o, s:o}}", "ok", 0, "error", "name", name, "text",
                     json_text(view), "code", number);
}

/* What a message says has no scope, so that of the local address does not count. */
static bool is_behind_nat(const struct ask_result *result)
{
    struct srflx_addr local = result->local;

    local.scope = 0;
    return !srflx_addr_equal(&local, &result->mapped);
}

static const char *nat_text(const struct ask_result *result)
{
    return is_behind_nat(result) ? "behind NAT" : "no NAT between here and the server";
}

static const char *mechanism_name(const struct ask_result *result)
{
    if (result->token) return "token";
    return result->realm[0] ? "long-term" : "short-term";
}

static const char *integrity_name(const struct ask_result *result)
{
    return result->integrity == SRFLX_INTEGRITY_SHA256 ? "SHA-256" : "SHA-1";
}

static const char *algorithm_name(const struct ask_result *result)
{
    return result->algorithm == SRFLX_ALGORITHM_SHA256 ? "SHA-256" : "MD5";
}

static void print_login(const struct ask_result *result)
{
    if (!result->authenticated) {
        puts("login    the server asked for no credentials");
        return;
    }
    printf("login    %s", mechanism_name(result));
    if (result->realm[0]) printf(" at %s", result->realm);
    if (result->realm[0] && !result->token) printf(", password %s", algorithm_name(result));
    if (result->userhash) fputs(", name hidden", stdout);
    printf("; the answer is signed with %s\n", integrity_name(result));
}

void print_answer(const struct ask_result *result)
{
    char text[SRFLX_ADDR_TEXT];

    fputs("address  ", stdout);
    print_emphasised(stdout, STRONG, "%s", srflx_addr_write(&result->mapped, text));
    printf(" (%s)\n", family_name(&result->mapped));
    printf("rtt      %.3f ms", ms(result->rtt_ns));
    if (result->sent > 1) printf(", since the last of %u requests", result->sent);
    printf("\nlocal    %s, %s\n", srflx_addr_write(&result->local, text), nat_text(result));
    printf("server   %s over UDP", srflx_addr_write(&result->server, text));
    if (result->redirected)
        printf(", sent on %u time%s", result->redirected, result->redirected == 1 ? "" : "s");
    putchar('\n');
    if (result->has_login) print_login(result);
}

static json_t *login_json(const struct ask_result *result)
{
    json_t *object = json_pack("{s:b}", "authenticated", (int)result->authenticated);

    if (!result->authenticated) return object;
    json_object_set_new(object, "mechanism", json_string(mechanism_name(result)));
    json_object_set_new(object, "integrity", json_string(integrity_name(result)));
    if (!result->realm[0]) return object;
    json_object_set_new(object, "realm", json_string(result->realm));
    json_object_set_new(object, "algorithm",
                        result->token ? json_null() : json_string(algorithm_name(result)));
    json_object_set_new(object, "userhash", json_boolean(result->userhash));
    return object;
}

static void add_answer(json_t *object, const struct ask_result *result)
{
    json_object_set_new(object, "mapped", json_addr(&result->mapped));
    json_object_set_new(object, "nat", json_boolean(is_behind_nat(result)));
    json_object_set_new(object, "rtt_ms", json_real(ms(result->rtt_ns)));
    if (result->has_login) json_object_set_new(object, "login", login_json(result));
}

json_t *result_json(const struct ask_result *result, const char *host, const char *step)
{
    const struct srflx_view name = {(const uint8_t *)host, strlen(host)};
    json_t *object, *server = json_addr(&result->server);
    char text[FAILURE_TEXT];

    if (result->error) {
        failure_text(result, step, text);
        object = failure_json(srflx_error_name(result->error), text, result->code);
    } else {
        object = json_pack("{s:b}", "ok", 1);
    }
    json_object_set_new(server, "name", json_text(name));
    json_object_set_new(object, "server", server);
    json_object_set_new(object, "transport", json_string("udp"));
    if (result->local.family) json_object_set_new(object, "local", json_addr(&result->local));
    if (!result->error) add_answer(object, result);
    json_object_set_new(object, "sent", json_integer(result->sent));
    if (result->redirected)
        json_object_set_new(object, "redirected", json_integer(result->redirected));
    return object;
}

void statistics_add(struct statistics *s, const struct ask_result *result)
{
    s->queries++;
    if (result->error) return;
    if (!s->answers || result->rtt_ns < s->least_ns) s->least_ns = result->rtt_ns;
    if (!s->answers || result->rtt_ns > s->most_ns) s->most_ns = result->rtt_ns;
    s->sum_ns += result->rtt_ns;
    s->answers++;
    s->last = *result;
}

static double loss(const struct statistics *s)
{
    return s->queries ? (double)(s->queries - s->answers) / s->queries : 0;
}

void print_statistics(const struct statistics *s)
{
    char text[SRFLX_ADDR_TEXT];

    printf("%u quer%s, %u answer%s, %.1f %% lost\n", s->queries, s->queries == 1 ? "y" : "ies",
           s->answers, s->answers == 1 ? "" : "s", loss(s) * 100);
    if (!s->answers) return;
    printf("rtt min/avg/max %.3f/%.3f/%.3f ms\n", ms(s->least_ns), ms(s->sum_ns / s->answers),
           ms(s->most_ns));
    printf("local %s, %s\n", srflx_addr_write(&s->last.local, text), nat_text(&s->last));
    printf("server %s over UDP\n", srflx_addr_write(&s->last.server, text));
}

json_t *statistics_json(const struct statistics *s)
{
    json_t *rtt = json_null();

    if (s->answers)
        rtt = json_pack("{s:f, s:f, s:f}", "min", ms(s->least_ns), "avg",
                        ms(s->sum_ns / s->answers), "max", ms(s->most_ns));
    return json_pack("{s:I, s:I, s:f, s:o}", "queries", (json_int_t)s->queries, "answers",
                     (json_int_t)s->answers, "loss", loss(s), "rtt_ms", rtt);
}
