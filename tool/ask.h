/* One question to one server, and to those that it sends us on to. */
#ifndef ASK_H
#define ASK_H

#include <signal.h>

#include <srflx/exchange.h>

#include "channel.h"

/* The longest phrase, 763 bytes, with every byte escaped. */
enum { ASK_PHRASE = 4 * 763 + 1, ASK_REALM = 4 * 763 + 1 };

struct ask_plan {
    struct srflx_transaction_options timing;
    struct srflx_login *login; /* credentials; NULL: none */
    struct srflx_addr bind_to; /* for the sockets to servers that we are sent on to */
    uint8_t redirects;         /* how often that may happen */
    bool classic;              /* RFC 3489 */
    bool verbose;              /* tell on stderr what is sent and received */
    bool patient;              /* no word on stderr while waiting */
};

struct ask_result {
    int error;             /* 0, or as srflx_exchange_next_event() and SRFLX_ERROR_SYSTEM */
    int number;            /* errno of _UNREACHABLE and _SYSTEM */
    uint16_t code;         /* ERROR-CODE of _REJECTED, _INTEGRITY and _REDIRECT */
    uint8_t refusal;       /* enum srflx_refusal of _REFUSED */
    bool has_login;        /* credentials were ready; the next five are about them */
    bool authenticated;    /* the answer is signed with them */
    uint16_t algorithm;    /* of the password, 0: short-term or a token */
    uint8_t integrity;     /* enum srflx_integrity of the answer */
    bool userhash, token;  /* what was shown in place of name and password */
    char realm[ASK_REALM]; /* as text that can be printed */
    uint32_t redirected;   /* times */
    bool is_sample;        /* rtt_ns may enter an estimate */
    char phrase[ASK_PHRASE];
    struct srflx_addr server;
    struct srflx_addr local;
    struct srflx_addr mapped;
    uint64_t rtt_ns;
    uint64_t interval_ns; /* the wait that the answer cut short */
    uint64_t elapsed_ns;
    uint32_t sent;
};

/* `channel` leads to the last server afterwards. Returns when it has ended, or when *stop becomes true; then it returns false. */
bool ask(const struct ask_plan *plan, struct channel *channel, const volatile sig_atomic_t *stop,
         struct ask_result *ret_result);

#endif
