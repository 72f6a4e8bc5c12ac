#include "progress.h"

#include <inttypes.h>
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

void progress_tick(struct progress *p, const struct srflx_addr *server, uint32_t sent,
                   struct srflx_time now)
{
    char text[SRFLX_ADDR_TEXT];

    if (now.mono_ns < p->next_ns) return;
    fprintf(stderr, "%swaiting for %s: %" PRIu64 " s, %u request%s sent%s", p->in_place ? "\r" : "",
            srflx_addr_write(server, text), (now.mono_ns - p->start_ns) / second_ns, sent,
            sent == 1 ? "" : "s", p->in_place ? "\033[K" : "\n");
    fflush(stderr);
    p->shown = true;
    p->next_ns = p->in_place ? p->next_ns + second_ns : UINT64_MAX;
}

void progress_end(const struct progress *p)
{
    if (p->shown && p->in_place) fputs("\r\033[K", stderr);
}
