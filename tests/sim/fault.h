/* Planted faults: each breaks one rule, or the rule proves nothing. */
#ifndef FAULT_H
#define FAULT_H

#include "rules.h"

/* X(name, scenario, the rule that is broken) */
#define FAULT_MAP(X)                                               \
    /* the client, subject.c */                                    \
    X(CHANGES_REQUEST, "loss", REQUEST_BYTES)                      \
    X(SENDS_ELSEWHERE, "quiet", REQUEST_TARGET)                    \
    X(MISCOUNTS, "loss", REQUEST_COUNT)                            \
    X(HASTY, "loss", REQUEST_EARLY)                                \
    X(GREEDY, "silent-server", REQUEST_TOO_MANY)                   \
    X(SENDS_ON, "quiet", REQUEST_AFTER_END)                        \
    X(WRONG_RTO, "silent-server", TABLE)                           \
    X(DEADLINE_SLIPS, "silent-server", DEADLINE_BACK)              \
    X(DEADLINE_VAGUE, "silent-server", DEADLINE)                   \
    X(RESTLESS, "quiet", DEADLINE_IDLE)                            \
    X(STUCK, "loss", PROGRESS)                                     \
    X(DEAF, "quiet", TAKES_OWN)                                    \
    X(TAKES_ANY_ID, "wrong-ids", TAKES_NO_OTHER)                   \
    X(TAKES_OLD_ID, "old-ids", TAKES_NO_OTHER)                     \
    X(TAKES_ANY_SOURCE, "wrong-sources", TAKES_NO_OTHER)           \
    X(TAKES_ANY_TYPE, "wrong-types", TAKES_NO_OTHER)               \
    X(TAKES_ANY_FINGERPRINT, "wrong-fingerprints", TAKES_NO_OTHER) \
    X(TAKES_AFTER_END, "duplicates", TAKES_NO_OTHER)               \
    X(FLOOD_TAKEN, "flood", TAKES_NO_OTHER)                        \
    X(NERVOUS, "wrong-ids", UNTOUCHED)                             \
    X(FLOOD_NERVOUS, "flood", UNTOUCHED)                           \
    X(NEVER_CONTENT, "quiet", ENDS)                                \
    X(ENDS_TWICE, "quiet", END_ONCE)                               \
    X(NEVER_STARTS_AGAIN, "old-ids", END_ONCE)                     \
    X(IMPATIENT, "silent-server", TIMEOUT)                         \
    X(GIVES_IN, "troubled-server", REJECTED)                       \
    X(WRONG_CODE, "refusing-server", CODE)                         \
    X(SEES_ERRORS, "silent-server", UNREACHABLE)                   \
    X(SEES_NONSENSE, "silent-server", RESPONSE)                    \
    X(GUESSES, "silent-server", SUCCESS)                           \
    X(WRONG_ADDRESS, "quiet", MAPPED)                              \
    X(WRONG_RTT, "quiet", RTT)                                     \
    X(SAMPLES_ALL, "loss", SAMPLE)                                 \
    X(WRONG_INTERVAL, "loss", INTERVAL)                            \
    X(WRONG_ESTIMATE, "ten-outstanding", ESTIMATE)                 \
    X(FORGETS_DOUBLING, "rtt-rises", ESTIMATE)                     \
    X(NO_ROOM, "quiet", MADE)                                      \
    X(LOOKS_AT_THE_WALL, "silent-server", REPLAY)                  \
    /* the server, subject.c */                                    \
    X(MUTE, "quiet", SERVER_ANSWERS)                               \
    X(TALKATIVE, "spoofed-servers", SERVER_REQUESTS)               \
    X(TALKS_TO_ITSELF, "spoofed-servers", SERVER_SELF)             \
    X(WRONG_ID, "quiet", SERVER_HEADER)                            \
    X(VERBOSE, "quiet", SERVER_SIZE)                               \
    X(MOODY, "duplicates", SERVER_ALIKE)                           \
    X(COUNTS_TWICE, "quiet", SERVER_COUNTS)                        \
    /* the network, network.c */                                   \
    X(STAYS_SLOW, "rtt-falls", SETTLED)                            \
    X(ECHOES, "quiet", SILENCE)                                    \
    X(NEVER_LOSES, "loss", SHOWS)

enum fault {
    NO_FAULT,
#define FAULT_ENUM(name, scenario, rule) FAULT_##name,
    FAULT_MAP(FAULT_ENUM)
#undef FAULT_ENUM
        FAULTS
};

struct fault_plan {
    const char *name;
    const char *scenario;
    enum rule rule;
};

extern const struct fault_plan fault_plans[FAULTS]; /* [NO_FAULT] is empty */

#endif
