#include "query_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <srflx/addr.h>

#include "output.h"

static double ms(uint64_t ns)
{
    return (double)ns / 1e6;
}

/* What the server says is for people, so it is not in the library's sentence. */
void failure_text(const struct srflx_ask_result *result, char *ret_text)
{
    char server[SRFLX_ADDR_TEXT];
    char *phrase;

    if (result->error != SRFLX_ERROR_REJECTED || !result->phrase_len) {
        snprintf(ret_text, FAILURE_TEXT, "%s", result->text);
        return;
    }
    phrase = escape_text((struct srflx_view){result->phrase, result->phrase_len});
    snprintf(ret_text, FAILURE_TEXT, "%s answered with an error: %u %s",
             srflx_addr_write(&result->server, server), result->code, phrase);
    free(phrase);
}

json_t *failure_json(const char *name, const char *text, int code)
{
    const struct srflx_view view = {(const uint8_t *)text, strlen(text)};
    json_t *number = code ? json_integer(code) : json_null();

    return json_pack("{s:b, s:{s:s, s:o, s:o}}", "ok", 0, "error", "name", name, "text",
                     json_text(view), "code", number);
}

/* What a message says has no scope, so that of the local address does not count. */
static bool is_behind_nat(const struct srflx_ask_result *result)
{
    struct srflx_addr local = result->local;

    local.scope = 0;
    return !srflx_addr_equal(&local, &result->mapped);
}

static const char *nat_text(const struct srflx_ask_result *result)
{
    return is_behind_nat(result) ? "behind NAT" : "no NAT between here and the server";
}

static const char *mechanism_name(const struct srflx_login_state *login)
{
    if (login->token) return "token";
    return login->realm.len ? "long-term" : "short-term";
}

static const char *integrity_name(const struct srflx_login_state *login)
{
    return login->integrity == SRFLX_INTEGRITY_SHA256 ? "SHA-256" : "SHA-1";
}

static const char *algorithm_name(const struct srflx_login_state *login)
{
    return login->algorithm == SRFLX_ALGORITHM_SHA256 ? "SHA-256" : "MD5";
}

static void print_login(const struct srflx_login_state *login)
{
    char *realm = escape_text(login->realm);

    printf("login    %s", mechanism_name(login));
    if (*realm) printf(" at %s", realm);
    if (*realm && !login->token) printf(", password %s", algorithm_name(login));
    if (login->userhash) fputs(", name hidden", stdout);
    printf("; the answer is signed with %s\n", integrity_name(login));
    free(realm);
}

static void print_server(const struct srflx_ask_result *result)
{
    char text[SRFLX_ADDR_TEXT];

    printf("server   %s over %s", srflx_addr_write(&result->server, text),
           srflx_transport_name(result->transport));
    if (result->version) printf(" (%s)", result->version);
    if (result->redirected)
        printf(", sent on %u time%s", result->redirected, result->redirected == 1 ? "" : "s");
    putchar('\n');
}

void print_answer(const struct srflx_ask_result *result, const struct srflx_login *login)
{
    struct srflx_login_state state;
    char text[SRFLX_ADDR_TEXT];

    fputs("address  ", stdout);
    print_emphasised(stdout, STRONG, "%s", srflx_addr_write(&result->mapped, text));
    printf(" (%s)\n", family_name(&result->mapped));
    printf("rtt      %.3f ms", ms(result->rtt_ns));
    if (result->sent > 1) printf(", since the last of %u requests", result->sent);
    printf("\nlocal    %s, %s\n", srflx_addr_write(&result->local, text), nat_text(result));
    print_server(result);
    if (!login) return;
    srflx_login_get_state(login, &state);
    if (state.integrity == SRFLX_INTEGRITY_ABSENT)
        puts("login    the server asked for no credentials");
    else
        print_login(&state);
}

static json_t *login_json(const struct srflx_login *login)
{
    struct srflx_login_state state;
    bool authenticated;
    json_t *object;
    char *realm;

    srflx_login_get_state(login, &state);
    authenticated = state.integrity != SRFLX_INTEGRITY_ABSENT;
    object = json_pack("{s:b}", "authenticated", (int)authenticated);
    if (!authenticated) return object;
    json_object_set_new(object, "mechanism", json_string(mechanism_name(&state)));
    json_object_set_new(object, "integrity", json_string(integrity_name(&state)));
    if (!state.realm.len) return object;
    realm = escape_text(state.realm);
    json_object_set_new(object, "realm", json_string(realm));
    free(realm);
    json_object_set_new(object, "algorithm",
                        state.token ? json_null() : json_string(algorithm_name(&state)));
    json_object_set_new(object, "userhash", json_boolean(state.userhash));
    return object;
}

static void add_answer(json_t *object, const struct srflx_ask_result *result,
                       const struct srflx_login *login)
{
    json_object_set_new(object, "mapped", json_addr(&result->mapped));
    json_object_set_new(object, "nat", json_boolean(is_behind_nat(result)));
    json_object_set_new(object, "rtt_ms", json_real(ms(result->rtt_ns)));
    if (result->version)
        json_object_set_new(
            object, "security",
            json_pack("{s:s, s:s}", "version", result->version, "suite", result->suite));
    if (login) json_object_set_new(object, "login", login_json(login));
}

static json_t *error_json(const struct srflx_ask_result *result)
{
    char text[FAILURE_TEXT];
    json_t *object;

    failure_text(result, text);
    object = failure_json(srflx_error_name(result->error), text, result->code);
    if (result->error == SRFLX_ERROR_SECURITY)
        json_object_set_new(json_object_get(object, "error"), "fault",
                            json_string(srflx_secure_fault_name(result->fault)));
    return object;
}

static const char *transport_key(uint8_t transport)
{
    static const char *const keys[] = {"", "udp", "tcp", "tls", "dtls"};

    return keys[transport <= SRFLX_DTLS ? transport : 0];
}

json_t *result_json(const struct srflx_ask_result *result, const struct srflx_login *login,
                    const char *host)
{
    json_t *object = result->error ? error_json(result) : json_pack("{s:b}", "ok", 1);
    json_t *server;

    if (!result->transport) return object; /* nobody was asked */
    server = json_addr(&result->server);
    json_object_set_new(server, "name", json_string(host));
    json_object_set_new(object, "server", server);
    json_object_set_new(object, "transport", json_string(transport_key(result->transport)));
    if (result->local.family) json_object_set_new(object, "local", json_addr(&result->local));
    if (!result->error) add_answer(object, result, login);
    json_object_set_new(object, "sent", json_integer(result->sent));
    if (result->redirected)
        json_object_set_new(object, "redirected", json_integer(result->redirected));
    return object;
}

void statistics_add(struct statistics *s, const struct srflx_ask_result *result)
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
    printf("server %s over %s\n", srflx_addr_write(&s->last.server, text),
           srflx_transport_name(s->last.transport));
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
