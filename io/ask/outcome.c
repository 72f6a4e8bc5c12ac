/* What has come of an attempt, and of the question; and how to say it. */
#include "ask.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <srflx/addr.h>

static void say(struct srflx_ask_result *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void say(struct srflx_ask_result *r, const char *format, ...)
{
    va_list arguments;
    char *at;

    va_start(arguments, format);
    vsnprintf(r->text, sizeof r->text, format, arguments);
    va_end(arguments);
    for (at = r->text; *at; at++)
        if ((unsigned char)*at < ' ' || (unsigned char)*at > '~') *at = '?';
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
static void say_integrity(struct srflx_ask_result *r, const char *server)
{
    static const char form[] = "%s answered, but nothing that was signed with these credentials";
    char sentence[sizeof form + SRFLX_ADDR_TEXT];

    snprintf(sentence, sizeof sentence, form, server);
    if (r->code)
        say(r, "%s; the last answer was %u %s", sentence, r->code, phrase_of(r->code));
    else
        say(r, "%s", sentence);
}

/* spec: R3489-9.4-01 R3489-9.4-09 */
static void say_failure(struct srflx_ask_result *r)
{
    char server[SRFLX_ADDR_TEXT];

    srflx_addr_write(&r->server, server);
    switch (r->error) {
    case SRFLX_ERROR_TIMEOUT:
        say(r, "no answer from %s: %u request%s over %s in %.1f s", server, r->sent,
            r->sent == 1 ? "" : "s", srflx_transport_name(r->transport),
            (double)r->elapsed_ns / 1e9);
        return;
    case SRFLX_ERROR_REJECTED:
        say(r, "%s answered with an error: %u %s", server, r->code, phrase_of(r->code));
        return;
    case SRFLX_ERROR_INTEGRITY:
        say_integrity(r, server);
        return;
    case SRFLX_ERROR_REFUSED:
        say(r, "%s: %s", server, srflx_refusal_text(r->refusal));
        return;
    default:
        say(r, "%s: %s", server, srflx_error_text(r->error));
    }
}

static void take_phrase(struct srflx_ask_result *r, const struct srflx_event *event)
{
    struct srflx_error_code error;

    if (event->error != SRFLX_ERROR_REJECTED || srflx_message_get_error(&event->answer, &error))
        return;
    r->phrase_len =
        (uint16_t)(error.phrase.len < sizeof r->phrase ? error.phrase.len : sizeof r->phrase);
    memcpy(r->phrase, error.phrase.ptr, r->phrase_len);
}

static void take_event(struct srflx_ask_result *r, const struct attempt *a,
                       const struct srflx_event *event)
{
    r->code = event->code;
    r->mapped = event->mapped;
    r->rtt_ns = event->rtt_ns;
    take_phrase(r, event);
    if (r->error == SRFLX_ERROR_REFUSED) r->refusal = srflx_login_refusal(a->login);
    if (r->error) say_failure(r);
}

/* What the exchange does not know: the link says it. */
static void take_link(struct srflx_ask_result *r, const struct attempt *a)
{
    struct srflx_link_failure failure = {.error = 0};

    if (a->link) srflx_link_failure(a->link, &failure);
    if (!failure.error) {
        say_failure(r);
        return;
    }
    r->number = failure.number;
    r->step = failure.step;
    r->fault = failure.fault;
    srflx_link_explain(a->link, r->text);
}

static void describe(const struct attempt *a, const struct outcome *outcome, struct srflx_time now,
                     struct srflx_ask_result *ret_result)
{
    const struct srflx_secure *secure = a->link ? srflx_link_secure(a->link) : NULL;

    memset(ret_result, 0, sizeof *ret_result);
    ret_result->error = outcome->error;
    ret_result->transport = a->transport;
    ret_result->server = a->server;
    ret_result->local = a->local;
    ret_result->elapsed_ns = now.mono_ns - a->start_ns;
    ret_result->sent = a->sent;
    ret_result->redirected = a->redirected;
    if (secure && srflx_secure_is_open(secure)) {
        ret_result->version = srflx_secure_version(secure);
        ret_result->suite = srflx_secure_suite(secure);
    }
    if (outcome->event)
        take_event(ret_result, a, outcome->event);
    else
        take_link(ret_result, a);
}

/* spec: R8489-6.2.1-08 R8489-6.2.1-09 */
static void learn(const struct srflx_ask *ask, const struct attempt *a,
                  const struct srflx_event *event, struct srflx_time now)
{
    struct srflx_rto_cache *rto = ask->options.rto;

    if (!rto || ask->options.classic || a->transport == SRFLX_TCP || a->transport == SRFLX_TLS)
        return;
    if (event->rtt_is_sample)
        srflx_rto_cache_sample(rto, &a->server, event->rtt_ns, now);
    else
        srflx_rto_cache_back_off(rto, &a->server, event->interval_ns, now);
}

/* The server has spoken: another one is not asked. */
static bool decides(int error)
{
    return !error || error == SRFLX_ERROR_REJECTED || error == SRFLX_ERROR_RESPONSE ||
           error == SRFLX_ERROR_REFUSED || error == SRFLX_ERROR_REDIRECT;
}

static bool is_about_trust(int error)
{
    return error == SRFLX_ERROR_SECURITY || error == SRFLX_ERROR_INTEGRITY;
}

static void finish(struct srflx_ask *ask, struct attempt *decider)
{
    ask->is_over = true;
    ask->decider = decider;
    srflxi_race_stop(ask);
}

/* A connection that has gone silent is of no more use. spec: R8489-6.2.2-11 */
static void settle(struct srflx_ask *ask, struct attempt *a)
{
    a->state = ATTEMPT_ENDED;
    srflxi_attempt_leave_gate(ask, a);
    if (a->exchange) srflx_exchange_cancel(a->exchange);
    if (a->link && (ask->result.error == SRFLX_ERROR_TIMEOUT ||
                    srflx_link_state(a->link) == SRFLX_LINK_FAILED)) {
        srflx_link_abort(a->link);
        a->link = NULL;
    }
}

static void say_that_it_failed(const struct srflx_ask *ask, const struct srflx_ask_result *r)
{
    const struct srflx_ask_view view = {
        .moment = SRFLX_ASK_FAILS,
        .server = r->server,
        .transport = r->transport,
        .elapsed_ns = r->elapsed_ns,
        .sent = r->sent,
        .text = r->text,
    };

    if (ask->options.watch) ask->options.watch(ask->options.watch_user, &view);
}

void srflxi_outcome(struct srflx_ask *ask, struct attempt *a, const struct outcome *outcome,
                    struct srflx_time now)
{
    struct srflx_ask_result result;
    const bool only = a == ask->decider; /* it has answered before: nobody else is asked now */

    describe(a, outcome, now, &result);
    if (!result.error) learn(ask, a, outcome->event, now);
    if (result.error) say_that_it_failed(ask, &result);
    if (!is_about_trust(ask->result.error) || is_about_trust(result.error) || decides(result.error))
        ask->result = result;
    if (only || decides(result.error)) {
        settle(ask, a);
        finish(ask, a);
        return;
    }
    srflxi_attempt_clear(ask, a);
    srflx_pace_fail(&ask->pace);
}

static void say_name(struct srflx_ask *ask)
{
    struct srflx_ask_result *r = &ask->result;

    r->error = SRFLX_ERROR_NAME;
    r->end = ask->locate ? srflx_locate_end(ask->locate) : SRFLX_LOCATE_TIMEOUT;
    if (r->end == SRFLX_LOCATE_PENDING) r->end = SRFLX_LOCATE_TIMEOUT;
    say(r, "%s: %s", ask->options.uri.host, srflx_locate_end_text(r->end));
}

void srflxi_outcome_without_server(struct srflx_ask *ask, int error)
{
    if (error == SRFLX_ERROR_CANCELLED) {
        memset(&ask->result, 0, sizeof ask->result);
        ask->result.error = error;
        say(&ask->result, "%s: cancelled", ask->options.uri.host);
    } else if (!ask->result.error) {
        say_name(ask);
    }
    finish(ask, NULL);
}
