#include "explain.h"

#include <stdarg.h>
#include <string.h>

#include <srflx/classify.h>

static bool has(const struct srflx_fact *fact, enum srflx_problem problem)
{
    return fact->problems >> problem & 1;
}

/* Which lengths of MESSAGE-INTEGRITY-SHA256 are good is for the usage to say; a bad one counts as a
 * wrong HMAC, and without credentials nobody can judge that. */
static bool value_matters(const struct srflx_fact *fact)
{
    return !has(fact, SRFLX_PROBLEM_HIDDEN) && !has(fact, SRFLX_PROBLEM_REPEATED) &&
           fact->type != SRFLX_ATTR_MESSAGE_INTEGRITY_SHA256;
}

/* The problem that breaks the message, SRFLX_PROBLEM_COUNT if there is none. */
static enum srflx_problem breaking(const struct srflx_fact *fact)
{
    for (unsigned problem = 0; problem < SRFLX_PROBLEM_COUNT; problem++)
        if (has(fact, problem) && srflx_problem_is_fatal(problem)) return problem;
    if (has(fact, SRFLX_PROBLEM_VALUE) && value_matters(fact)) return SRFLX_PROBLEM_VALUE;
    return SRFLX_PROBLEM_COUNT;
}

static const char *protocol_name(uint8_t first_byte)
{
    switch (srflx_classify(first_byte)) {
    case SRFLX_PROTOCOL_TURN_CHANNEL:
        return "TURN channel data";
    case SRFLX_PROTOCOL_RTP:
        return "RTP or RTCP";
    case SRFLX_PROTOCOL_QUIC:
        return "QUIC";
    default:
        return "nothing known";
    }
}

static void __attribute__((format(printf, 2, 3)))
add(struct verdict *verdict, const char *format, ...)
{
    const size_t len = strlen(verdict->text);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(verdict->text + len, sizeof verdict->text - len, format, arguments);
    va_end(arguments);
}

/* The figures behind the sentence. */
static void add_figures(struct verdict *verdict, const struct srflx_fact *fact, size_t len)
{
    switch (verdict->problem) {
    case SRFLX_PROBLEM_TOP_BITS:
        add(verdict, " (0x%02x starts %s)", fact->bytes.ptr[0], protocol_name(fact->bytes.ptr[0]));
        return;
    case SRFLX_PROBLEM_LENGTH_ALIGN:
    case SRFLX_PROBLEM_LENGTH_BEYOND:
        add(verdict, " (it says %u, %zu follow the header)", fact->stated_len,
            len - SRFLX_HEADER_SIZE);
        return;
    case SRFLX_PROBLEM_OVERRUN:
        add(verdict, " (0x%04x states %u bytes, %zu are there)", fact->type, fact->stated_len,
            fact->bytes.len);
        return;
    case SRFLX_PROBLEM_TRAILING:
    case SRFLX_PROBLEM_CUT_HEADER:
        add(verdict, " (%u)", fact->len);
        return;
    case SRFLX_PROBLEM_VALUE:
        add(verdict, " (%s)", fact->row->name);
        return;
    default:
        return;
    }
}

static bool is_worse(enum srflx_problem problem, const struct verdict *verdict)
{
    if (!verdict->broken) return true;
    return srflx_problem_is_fatal(problem) && !srflx_problem_is_fatal(verdict->problem);
}

void judge(struct srflx_view bytes, struct verdict *ret_verdict)
{
    struct srflx_dissection d;
    struct srflx_fact fact;

    memset(ret_verdict, 0, sizeof *ret_verdict);
    srflx_dissect_begin(&d, bytes);
    while (srflx_dissect_next(&d, &fact)) {
        const enum srflx_problem problem = breaking(&fact);
        if (problem == SRFLX_PROBLEM_COUNT || !is_worse(problem, ret_verdict)) continue;
        ret_verdict->broken = true;
        ret_verdict->problem = problem;
        ret_verdict->offset = fact.offset;
        snprintf(ret_verdict->text, sizeof ret_verdict->text, "%s", srflx_problem_text(problem));
        add_figures(ret_verdict, &fact, bytes.len);
    }
}
