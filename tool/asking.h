/* One server of `srflx query`, and the words on stderr while it is asked. */
#ifndef ASKING_H
#define ASKING_H

#include <signal.h>

#include <srflx/ask.h>

#include "progress.h"

struct asking {
    struct srflx_uri uri;
    struct srflx_ask *ask;
    bool verbose;

    /* as far as it has been watched */
    struct srflx_addr server; /* family 0: none has been tried yet */
    uint32_t sent;
    bool has_failed; /* the attempt before, for the reason in `failure` */
    char failure[SRFLX_ASK_TEXT];
};

/* Begins to ask `uri` as `plan` says. Returns 0 or an error of srflx_ask_new(). `asking` must stay where it is. */
int asking_begin(struct asking *asking, const struct srflx_ask_options *plan);
void asking_end(struct asking *asking);

/* Waits until all have a result. Returns false if *stop became true before. `silent`: no word while waiting. */
bool asking_wait(struct asking *all, size_t count, bool silent, const volatile sig_atomic_t *stop);

#endif
