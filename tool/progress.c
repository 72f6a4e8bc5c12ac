#include "progress.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <srflx/addr.h>

static const uint64_t second_ns = 1000000000;

void progress_begin(struct progress *p, bool silent, struct srflx_time now)
{
    p->start_ns = now.mono_ns;
    p->next_ns = silent ? UINT64_MAX : now.mono_ns + second_ns;
    p->in_place = isatty(STDERR_FILENO) == 1;
    p->shown = false;
}

bool progress_is_due(const struct progress *p, struct srflx_time now)
{
    return now.mono_ns >= p->next_ns;
}

void progress_say(struct progress *p, const char *format, ...)
{
    va_list arguments;

    if (p->in_place) fputc('\r', stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputs(p->in_place ? "\033[K" : "\n", stderr);
    fflush(stderr);
    p->shown = true;
    p->next_ns = p->in_place ? p->next_ns + second_ns : UINT64_MAX;
}

void progress_tick(struct progress *p, const struct srflx_addr *server, uint32_t sent,
                   struct srflx_time now)
{
    char text[SRFLX_ADDR_TEXT];

    if (progress_is_due(p, now))
        progress_say(p, "waiting for %s: %" PRIu64 " s, %u request%s sent",
                     srflx_addr_write(server, text), (now.mono_ns - p->start_ns) / second_ns, sent,
                     sent == 1 ? "" : "s");
}

void progress_end(const struct progress *p)
{
    if (p->shown && p->in_place) fputs("\r\033[K", stderr);
}
