/* When requests leave and when a transaction ends, as the RFCs put it: written down a second time,
 * from the formulas and not from the library's steps, to compare the two. */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <srflx/transaction.h>

/* What a call must lead to. */
enum act {
    ACT_NONE,
    ACT_SEND,
    ACT_ANSWER,
    ACT_TIMEOUT,
    ACT_UNREACHABLE,
    ACT_REJECTED,
    ACT_RESPONSE,
    ACT_ANY /* nobody can say: what came was damaged, and nothing protects it */
};

struct schedule {
    const struct srflx_transaction_options *options;
    bool reliable;
    bool running;
    bool paused;       /* the server was in trouble, and the next round has not begun */
    bool on_time;      /* nothing came late, and there was no trouble */
    unsigned sent;     /* in all */
    unsigned in_round; /* since the start, or the last pause */
    unsigned tries;    /* rounds after the first */
    uint64_t start_ns;
    uint64_t sent_ns;  /* the last request */
    uint64_t due_ns;   /* the next request, or the end */
    uint64_t limit_ns; /* the end in any case */
};

/* Keeps `options`. The first request is then due. */
void schedule_start(struct schedule *s, const struct srflx_transaction_options *options,
                    bool reliable, uint64_t now_ns);

/* What a tick must do now. */
enum act schedule_at(const struct schedule *s, uint64_t now_ns);

/* When the next tick does something; UINT64_MAX after the end. */
uint64_t schedule_deadline(const struct schedule *s);

/* From the last request to the next one, if it should come to that. */
uint64_t schedule_interval_ns(const struct schedule *s);

/* A request leaves. */
void schedule_sent(struct schedule *s, uint64_t now_ns);

/* An error of 500 to 599 comes. Returns what follows. */
enum act schedule_trouble(struct schedule *s, uint64_t now_ns);

void schedule_end(struct schedule *s);

/* The tables of RFC 8489 section 6.2.1, or RFC 3489 section 9.3: milliseconds from the start to the
 * request with this number, counted from 1, and to the end. Streams send one request, and end when
 * RFC 8489 does. */
uint32_t schedule_table_send_ms(bool classic, unsigned number);
uint32_t schedule_table_fail_ms(bool classic);

#endif
