/* The word on stderr while something takes its time. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <srflx/types.h>

struct progress {
    uint64_t start_ns;
    uint64_t next_ns; /* when to say something; UINT64_MAX for never */
    bool in_place;    /* a terminal: one line, written again and again */
    bool shown;
};

/* The first word comes after a second; `silent`: none at all. */
void progress_begin(struct progress *p, bool silent, struct srflx_time now);

/* True when it is time to say something. */
bool progress_is_due(const struct progress *p, struct srflx_time now);

/* Says it. */
void progress_say(struct progress *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Says that no answer has come yet, when it is time to. */
void progress_tick(struct progress *p, const struct srflx_addr *server, uint32_t sent,
                   struct srflx_time now);

/* Leaves the terminal's line empty. */
void progress_end(const struct progress *p);

#endif
