/* One Binding transaction with one server over one socket. */
#ifndef ASK_H
#define ASK_H

#include <signal.h>

#include <srflx/transaction.h>

#include "channel.h"

/* The longest phrase, 763 bytes, with every byte escaped. */
enum { ASK_PHRASE = 4 * 763 + 1 };

struct ask_plan {
    struct srflx_transaction_options timing;
    bool classic; /* RFC 3489 */
    bool verbose; /* tell on stderr what is sent and received */
    bool patient; /* no word on stderr while waiting */
};

struct ask_result {
    int error;      /* 0, SRFLX_ERROR_TIMEOUT, _UNREACHABLE, _REJECTED, _RESPONSE or _SYSTEM */
    int number;     /* errno of _UNREACHABLE and _SYSTEM */
    uint16_t code;  /* ERROR-CODE of _REJECTED */
    bool is_sample; /* rtt_ns may enter an estimate */
    char phrase[ASK_PHRASE];
    struct srflx_addr server;
    struct srflx_addr local;
    struct srflx_addr mapped;
    uint64_t rtt_ns;
    uint64_t elapsed_ns;
    uint32_t sent;
};

/* Returns when it has ended, or when *stop becomes true; then it returns false. */
bool ask(const struct ask_plan *plan, const struct channel *channel,
         const volatile sig_atomic_t *stop, struct ask_result *ret_result);

#endif
