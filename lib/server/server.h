/* What server, worker and the stages share: private to this layer. */
#ifndef SRFLXI_SERVER_H
#define SRFLXI_SERVER_H

#include <srflx/message.h>
#include <srflx/server.h>
#include <srflx/writer.h>

enum { SOFTWARE_CHARACTERS = 127, SOFTWARE_BYTES = 508 };

struct srflx_server {
    struct srflx_known known;         /* in a request with the magic cookie */
    struct srflx_known known_classic; /* in one without */
    bool classic;
    size_t software_len; /* of the prepared attribute, 0: none */
    uint8_t software[4 + SOFTWARE_BYTES];
};

struct srflx_worker {
    struct srflx_counters counters;
};

/* The stages, in the order of the line. Each says SUCCESS to let the packet pass, or why not. */

/* May anything be said to this source at all? */
enum srflx_verdict srflxi_admit(const struct srflx_packet *packet);

/* What does this request deserve? */
enum srflx_verdict srflxi_check(const struct srflx_server *server, const struct srflx_message *m);

/* Says it: the attributes of the answer, in the requester's generation. */
void srflxi_answer(struct srflx_writer *w, const struct srflx_server *server,
                   const struct srflx_packet *packet, const struct srflx_message *request,
                   enum srflx_verdict verdict);

/* Closes the message. False if it did not fit into the reply. */
bool srflxi_seal(struct srflx_writer *w, const struct srflx_message *request,
                 struct srflx_reply *reply);

/* Has the source had its share? Takes the answer's bytes from what is left to it. */
bool srflxi_meter(struct srflx_worker *worker, const struct srflx_packet *packet, size_t answer_len,
                  struct srflx_time now);

/* ERROR-CODE of a verdict, 0 for success and silence. */
uint16_t srflxi_verdict_code(enum srflx_verdict verdict);

/* True if an answer leaves. */
static inline bool srflxi_answers(enum srflx_verdict verdict)
{
    return verdict < SRFLX_VERDICT_NOT_STUN;
}

#endif
