/* What server, worker and the stages share: private to this layer. */
#ifndef SRFLXI_SERVER_H
#define SRFLXI_SERVER_H

#include <srflx/message.h>
#include <srflx/server.h>
#include <srflx/writer.h>

enum { SOFTWARE_CHARACTERS = 127, SOFTWARE_BYTES = 508, DOMAIN_BYTES = 255 };

struct srflx_server {
    struct srflx_known known;         /* in a request with the magic cookie */
    struct srflx_known known_classic; /* in one without */
    bool classic;
    const struct srflx_guard *guard; /* NULL: nobody is asked for credentials */
    struct srflx_addr alternate[2];  /* IPv4 and IPv6; family 0: none */
    size_t domain_len;
    uint8_t domain[DOMAIN_BYTES];
    uint16_t guess_burst, guesses_per_minute; /* 0: no limit */
    size_t software_len;                      /* of the prepared attribute, 0: none */
    uint8_t software[4 + SOFTWARE_BYTES];
};

/* What is left of the guesses of all prefixes that fall on a cell. */
struct srflxi_guess_cell {
    uint32_t spent_ms; /* of time that guesses cost, and that passing time gives back */
    uint32_t at_ms;    /* when that was so; the worker's clock, wrapping around */
};

/* Three parts: who has not shown where he is, and of those who have, IPv4 and IPv6. */
enum { GUESS_ROWS = 2, GUESS_PARTS = 3, GUESS_CELLS = 1024 };

struct srflx_worker {
    struct srflx_counters counters;
    uint8_t hash_key[16];
    struct srflxi_guess_cell guesses[GUESS_ROWS][GUESS_PARTS * GUESS_CELLS];
};

/* A request on its way along the line. */
struct srflxi_request {
    const struct srflx_packet *packet;
    struct srflx_time now;
    struct srflx_message message;
    struct srflx_grant grant; /* `answer` is ABSENT unless credentials were right */
    uint8_t signature;        /* enum srflx_integrity: what the answer ends with */
    uint8_t access;           /* enum srflx_access: what the guard said */
};

/* The stages, in the order of the line. Each says SUCCESS to let the packet pass, or why not. */

/* May anything be said to this source at all? */
enum srflx_verdict srflxi_admit(const struct srflx_packet *packet);

/* What does this request deserve? */
enum srflx_verdict srflxi_check(const struct srflx_server *server, struct srflx_worker *worker,
                                struct srflxi_request *request);

/* Are the credentials right? Sets `grant` and `access` of the request. */
enum srflx_verdict srflxi_check_credentials(const struct srflx_server *server,
                                            struct srflx_worker *worker,
                                            struct srflxi_request *request);

/* Says it: the attributes of the answer, in the requester's generation. */
void srflxi_answer(struct srflx_writer *w, const struct srflx_server *server,
                   const struct srflxi_request *request, enum srflx_verdict verdict);

/* Closes the message. False if it did not fit into the reply. */
bool srflxi_seal(struct srflx_writer *w, const struct srflxi_request *request,
                 struct srflx_reply *reply);

/* What seal will still add. */
size_t srflxi_seal_size(const struct srflxi_request *request);

/* Has the source had its share? Takes the answer's bytes from what is left to it. */
bool srflxi_meter(struct srflx_worker *worker, const struct srflx_packet *packet, size_t answer_len,
                  struct srflx_time now);

/* Credentials that somebody tries out. */
struct srflxi_guess {
    struct srflx_addr from;
    struct srflx_time now;
    bool
        proven; /* the source receives what is sent to it: a nonce came back, or there is a connection */
};

/* May this prefix still be wrong? */
bool srflxi_may_guess(const struct srflx_server *server, const struct srflx_worker *worker,
                      const struct srflxi_guess *guess);

/* It was wrong. */
void srflxi_count_guess(const struct srflx_server *server, struct srflx_worker *worker,
                        const struct srflxi_guess *guess);

/* The alternate server for this client, NULL if there is none. */
const struct srflx_addr *srflxi_alternate(const struct srflx_server *server,
                                          const struct srflxi_request *request);

/* ERROR-CODE of a verdict, 0 for success and silence. */
uint16_t srflxi_verdict_code(enum srflx_verdict verdict);

/* True if an answer leaves. */
static inline bool srflxi_answers(enum srflx_verdict verdict)
{
    return verdict < SRFLX_VERDICT_NOT_STUN;
}

#endif
