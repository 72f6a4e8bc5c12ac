/* A client and a server in one program, and the network between them as the test wants it. */
#ifndef SRFLX_IO_SECURE_PAIR_FOR_TESTS_H
#define SRFLX_IO_SECURE_PAIR_FOR_TESTS_H

#include <srflx/secure.h>

enum { TEST_BYTES = 65536 };

/* One side, and what it has to say to the other. */
struct test_end {
    struct srflx_secure *s;
    struct srflx_secure_out out;
    uint8_t bytes[TEST_BYTES];
    uint8_t plain[TEST_BYTES]; /* all that it was told */
    size_t plain_len;
    int last; /* what srflx_secure_read() returned last */
};

struct test_pair {
    struct test_end client, server;
};

void test_end_init(struct test_end *end, struct srflx_secure *s);

/* A new TLS connection on each side. */
void test_pair_make(struct test_pair *pair, struct srflx_secure_context *client,
                    struct srflx_secure_context *server, const char *name);
void test_pair_drop(struct test_pair *pair);

/* Gives `end` a piece from the network; what it says is appended to its `out`. */
void test_end_feed(struct test_end *end, struct srflx_view piece);

/* TLS 1.3: `end` says KeyUpdate, and wants one in return. */
void test_end_renew_keys(struct test_end *end);

/* TLS 1.2: `end`, a client, asks for another handshake. */
void test_end_ask_anew(struct test_end *end);

/* Carries bytes, `step` at a time at most (0: whatever there is), until nobody says anything more. */
void test_pair_run(struct test_pair *pair, size_t step);

/* Takes what `end` has to say into TEST_BYTES bytes; returns its length. */
size_t test_end_take(struct test_end *end, uint8_t *ret_bytes);

#endif
