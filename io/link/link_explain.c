/* What a link says about its failure. */
#include "link.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <srflx/addr.h>

enum { WHY = SRFLX_SECURE_TEXT };

const char *srflx_transport_name(uint8_t transport)
{
    static const char *const names[] = {"unknown", "UDP", "TCP", "TLS", "DTLS"};

    return names[transport <= SRFLX_DTLS ? transport : 0];
}

struct sentence {
    const struct srflx_link *link;
    char server[SRFLX_ADDR_TEXT], local[SRFLX_ADDR_TEXT];
    const char *transport;
    char why[WHY]; /* what the system or TLS says */
    char *text;
};

static void say(const struct sentence *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void say(const struct sentence *s, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(s->text, SRFLX_LINK_TEXT, format, arguments);
    va_end(arguments);
}

static void say_unreachable(const struct sentence *s)
{
    if (s->link->failure.number == ECONNREFUSED)
        say(s, "nobody listens on %s: %s", s->server, s->why);
    else
        say(s, "cannot reach %s: %s", s->server, s->why);
}

static void say_connect(const struct sentence *s)
{
    if (s->link->failure.error == SRFLX_ERROR_TIMEOUT)
        say(s, "cannot connect to %s over %s: timed out", s->server, s->transport);
    else
        say_unreachable(s);
}

static const char *end_of(const struct sentence *s)
{
    return s->link->failure.number ? "reset" : "closed";
}

static void say_handshake(const struct sentence *s)
{
    switch (s->link->failure.error) {
    case SRFLX_ERROR_TIMEOUT:
        say(s, "%s does not answer the %s handshake", s->server, s->transport);
        return;
    case SRFLX_ERROR_CLOSED:
        say(s, "%s %s the connection in the %s handshake", s->server, end_of(s), s->transport);
        return;
    default:
        say(s, "%s: %s", s->server, s->why);
    }
}

static void say_talk(const struct sentence *s)
{
    switch (s->link->failure.error) {
    case SRFLX_ERROR_TIMEOUT:
        say(s, "no answer from %s over %s", s->server, s->transport);
        return;
    case SRFLX_ERROR_CLOSED:
        say(s, "%s %s the connection", s->server, end_of(s));
        return;
    case SRFLX_ERROR_RESPONSE:
        say(s, "%s sent what is no STUN message", s->server);
        return;
    case SRFLX_ERROR_UNREACHABLE:
        say_unreachable(s);
        return;
    case SRFLX_ERROR_SECURITY:
        say(s, "%s: %s", s->server, s->why);
        return;
    default:
        say(s, "cannot send to %s: %s", s->server, s->why);
    }
}

static void find_why(struct sentence *s)
{
    const struct srflx_link_failure *failure = &s->link->failure;

    snprintf(s->why, sizeof s->why, "unknown error");
    if (failure->error == SRFLX_ERROR_SECURITY)
        srflx_secure_explain(s->link->secure, s->why);
    else if (failure->number)
        (void)strerror_r(failure->number, s->why, sizeof s->why);
}

static void keep_to_ascii(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || (unsigned char)*text > '~') *text = '?';
}

char *srflx_link_explain(const struct srflx_link *link, char *ret_text)
{
    struct sentence s = {.link = link, .text = ret_text};

    s.transport = srflx_transport_name(link->options.transport);
    srflx_addr_write(&link->server, s.server);
    srflx_addr_write(&link->options.local, s.local);
    find_why(&s);
    switch (link->failure.step) {
    case SRFLX_LINK_STEP_NONE:
        say(&s, "%s: nothing has failed", s.server);
        break;
    case SRFLX_LINK_STEP_SOCKET:
        say(&s, "cannot open a socket for %s: %s", s.server, s.why);
        break;
    case SRFLX_LINK_STEP_BIND:
        say(&s, "cannot bind to %s: %s", s.local, s.why);
        break;
    case SRFLX_LINK_STEP_CONNECT:
        say_connect(&s);
        break;
    case SRFLX_LINK_STEP_HANDSHAKE:
        say_handshake(&s);
        break;
    default:
        say_talk(&s);
    }
    keep_to_ascii(ret_text);
    return ret_text;
}
