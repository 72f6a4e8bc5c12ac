/* A client and a server with credentials, and the wire between them, on which somebody may sit. */
#ifndef DANCE_H
#define DANCE_H

#include <srflx/exchange.h>
#include <srflx/server.h>

#include "check.h"

enum { DANCE_PACKET = 2600, DANCE_STEPS = 16 };

/* Changes a packet on its way, or lets it be; len 0: it is lost. */
typedef void dance_tamper(void *user, bool to_server, uint8_t *bytes, size_t *len);

struct dance {
    /* set up by dance_begin(), to be changed before dance_set_up() */
    struct srflx_guard_config guard_config;
    struct srflx_server_config server_config;
    struct srflx_credentials credentials;
    struct srflx_exchange_options options;
    struct srflx_nonce_keys nonces;
    struct srflx_addr client, server;
    uint8_t transport;
    struct srflx_time now;
    dance_tamper *tamper;
    void *tamper_user;

    struct srflx_guard *guard;
    struct srflx_server *answerer;
    struct srflx_worker *worker;
    struct srflx_login *login;
    struct srflx_exchange *exchange;

    /* what happened in the last dance */
    enum srflx_verdict verdicts[DANCE_STEPS];
    unsigned verdict_count;
    struct srflx_event outcome;                          /* ANSWER or FAILED */
    struct srflx_addr asked;                             /* the server that was asked last */
    uint8_t request[DANCE_PACKET], answer[DANCE_PACKET]; /* the last ones */
    size_t request_len, answer_len;
};

/* User "alice", password "secret" (both mechanisms), realm "example.org". */
void dance_begin(struct dance *d, uint8_t mechanism);

/* Makes server and client of what is configured. */
void dance_set_up(struct dance *d);

/* Asks once. What is lost takes its time; the outcome is in `outcome`. */
void dance_ask(struct dance *d);

void dance_end(struct dance *d);

/* The verdicts of the last dance, as names with blanks between, against what they should be. */
void dance_check(const struct dance *d, const char *verdicts);

/* The last answer, or request, parsed. */
struct srflx_message dance_answer(const struct dance *d);
struct srflx_message dance_request(const struct dance *d);

#endif
