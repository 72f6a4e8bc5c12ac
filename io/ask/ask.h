/* What the files of a question share. */
#ifndef SRFLX_IO_ASK_ASK_H
#define SRFLX_IO_ASK_ASK_H

#include <srflx/ask.h>

enum attempt_state {
    ATTEMPT_FREE,    /* nothing */
    ATTEMPT_WAITING, /* for the gate */
    ATTEMPT_LINKING, /* the way to the server is being opened */
    ATTEMPT_ASKING,
    ATTEMPT_ENDED /* it has decided the question, and may ask again */
};

/* One candidate, and the servers that it sends us on to. */
struct attempt {
    uint8_t state; /* enum attempt_state */
    uint8_t transport;
    bool entered;                           /* the gate */
    bool moving;                            /* on the way to another server, in the same exchange */
    bool reused;                            /* the link is an old one, which may have died since */
    struct srflx_addr server, local, gated; /* `gated`: for whom it has entered the gate */
    char verify[SRFLX_NAME_TEXT];           /* of `server` */
    struct srflx_link *link;
    void *exchange_memory;
    struct srflx_exchange *exchange;
    struct srflx_login *login; /* its own memory; NULL: none */
    uint64_t start_ns;
    uint64_t linking_ns; /* when the link was begun */
    uint32_t sent, redirected;
};

struct srflx_ask {
    struct srflx_ask_options options;
    char verify[SRFLX_NAME_TEXT];
    uint64_t end_ns; /* UINT64_MAX: no limit */

    /* where the servers are */
    struct srflx_resolver *resolver; /* NULL: an address needs none, or it has done its work */
    struct srflx_locate *locate;     /* its own memory */
    size_t found, tried;             /* candidates */
    uint64_t group_ns;               /* when the first of those that race was tried */
    struct srflx_pace pace;
    struct srflx_candidate candidates[SRFLX_LOCATE_CANDIDATES];

    struct attempt attempts[SRFLX_ASK_ATTEMPTS];
    struct attempt *decider; /* the attempt that has ended it; NULL: none has */
    bool is_over;
    struct srflx_ask_result result; /* until it is over, of the failure that counts most */
};

/* attempt.c. Each may end the attempt: by a failure, or by deciding the question. */
void srflxi_attempt_begin(struct srflx_ask *ask, struct attempt *a,
                          const struct srflx_candidate *candidate, struct srflx_time now);
void srflxi_attempt_again(struct srflx_ask *ask, struct attempt *a, struct srflx_time now);
/* Whatever can be done now; `end_ns` is when it must be over. */
void srflxi_attempt_step(struct srflx_ask *ask, struct attempt *a, uint64_t end_ns,
                         struct srflx_time now);
uint64_t srflxi_attempt_deadline(const struct srflx_ask *ask, const struct attempt *a,
                                 uint64_t end_ns, struct srflx_time now);
void srflxi_attempt_leave_gate(const struct srflx_ask *ask, struct attempt *a);
/* Gives everything back. */
void srflxi_attempt_clear(struct srflx_ask *ask, struct attempt *a);

/* race.c: which attempts there are. */
int srflxi_race_start(struct srflx_ask *ask, struct srflx_time now);
void srflxi_race_step(struct srflx_ask *ask, const struct pollfd *fds, size_t count,
                      struct srflx_time now);
uint64_t srflxi_race_deadline(const struct srflx_ask *ask, struct srflx_time now);
void srflxi_race_stop(struct srflx_ask *ask);

/* outcome.c: what has come of an attempt, and of the question. */
struct outcome {
    int error;
    const struct srflx_event *event; /* the exchange's last word; NULL: the link has failed */
};
/* The attempt is over. */
void srflxi_outcome(struct srflx_ask *ask, struct attempt *a, const struct outcome *outcome,
                    struct srflx_time now);
/* No address, or cancelled. */
void srflxi_outcome_without_server(struct srflx_ask *ask, int error);

#endif
