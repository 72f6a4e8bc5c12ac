/* What must be true in every run. Each rule can be broken: fault.c has a fault for it. */
#ifndef RULES_H
#define RULES_H

/* X(name, what must be true) */
#define RULE_MAP(X)                                                                  \
    /* what leaves the client */                                                     \
    X(REQUEST_BYTES, "every request of a transaction is the same bytes")             \
    X(REQUEST_TARGET, "every request goes to the server")                            \
    X(REQUEST_COUNT, "requests are counted")                                         \
    X(REQUEST_EARLY, "no request leaves before it is due")                           \
    X(REQUEST_TOO_MANY, "at most rc requests leave, and as many for each new try")   \
    X(REQUEST_AFTER_END, "nothing is sent after the end")                            \
    X(TABLE, "on time, what happens does so when the table of the RFC says")         \
    /* when it wants to be called */                                                 \
    X(DEADLINE_BACK, "within a round the deadline never goes back")                  \
    X(DEADLINE, "the deadline is when the next request or the end is due")           \
    X(DEADLINE_IDLE, "nothing is due after the end")                                 \
    X(PROGRESS, "a tick at the deadline does what is due")                           \
    /* what it takes */                                                              \
    X(TAKES_OWN, "the server's answers to the running transaction are taken")        \
    X(TAKES_NO_OTHER, "nothing else is taken")                                       \
    X(UNTOUCHED, "what is not taken changes nothing")                                \
    X(ENDS, "a success ends the transaction at once")                                \
    /* how it ends */                                                                \
    X(END_ONCE, "every transaction ends exactly once")                               \
    X(TIMEOUT, "no transaction fails before its time")                               \
    X(REJECTED, "an error answer ends a transaction only if it is not to be resent") \
    X(CODE, "the code is that of the error answer")                                  \
    X(UNREACHABLE, "unreachable is what the network says is so")                     \
    X(RESPONSE, "an answer of no use comes from a damaged one")                      \
    X(SUCCESS, "a success comes from the server's own answer to this request")       \
    X(MAPPED, "the mapped address is the one that the server saw")                   \
    X(RTT, "the time is that since the last request")                                \
    X(SAMPLE, "a request sent once gives a sample, others none")                     \
    X(INTERVAL, "the interval in force is told with an answer")                      \
    X(ESTIMATE, "the RTO is that of RFC 6298")                                       \
    X(SETTLED, "in the end the RTO is a little longer than the way there and back")  \
    /* what the server does */                                                       \
    X(SERVER_ANSWERS, "a server answers every sound request")                        \
    X(SERVER_REQUESTS, "a server answers nothing but requests")                      \
    X(SERVER_SELF, "a server does not answer itself")                                \
    X(SERVER_HEADER, "an answer has method and id of its request")                   \
    X(SERVER_SIZE, "no answer is longer than the table of sizes allows")             \
    X(SERVER_ALIKE, "the same request gets the same answer")                         \
    X(SERVER_COUNTS, "a server counts what comes and what leaves")                   \
    /* the world as a whole */                                                       \
    X(SILENCE, "the network falls silent")                                           \
    X(MADE, "servers, clients and messages can be made")                             \
    X(REPLAY, "the same seed runs the same, whatever the wall clock says")           \
    X(SHOWS, "all runs of a scenario together show exactly what it is for")

enum rule {
    NO_RULE,
#define RULE_ENUM(name, text) RULE_##name,
    RULE_MAP(RULE_ENUM)
#undef RULE_ENUM
        RULES
};

const char *rule_text(enum rule rule);

#endif
