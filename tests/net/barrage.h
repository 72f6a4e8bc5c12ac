/* A barrage of datagrams at a server, and a judge of what it sends back. Nothing here is of the
 * library: what an answer may be is written a second time.
 *
 * draw.c makes datagrams, packet.c IP packets of them, judge.c looks at those that come back, and
 * barrage.c is the program. */
#ifndef BARRAGE_H
#define BARRAGE_H

#include <prng.h>

enum {
    DATAGRAM_MAX = 2100, /* more than a server takes */
    PACKET_MAX = DATAGRAM_MAX + 48,
    V4 = 4,
    V6 = 6
};

struct end {
    uint8_t family; /* V4 or V6 */
    uint8_t ip[16]; /* 4 bytes count, or all */
    uint16_t port;
};

struct datagram {
    uint64_t number;
    struct end from, to;
    bool answered;
    size_t len;
    uint8_t bytes[DATAGRAM_MAX];
};

/* The length of an address. */
size_t end_ip_len(const struct end *end);
bool end_same_ip(const struct end *a, const struct end *b);

/* Fills in what is said. `plain`: a plain Binding request, which will be answered. */
void draw_bytes(struct prng *prng, bool plain, struct datagram *datagram);

/* Writes the datagram as an IP packet with its checksums; returns its length. */
size_t packet_write(const struct datagram *datagram, uint8_t packet[PACKET_MAX]);

enum packet_kind {
    PACKET_UDP,
    PACKET_OF_THE_KERNEL, /* about neighbours and groups */
    PACKET_ELSE           /* fragments too */
};

/* Takes an IP packet apart. `ret_datagram` has ends and bytes if it is UDP. */
enum packet_kind packet_read(const uint8_t *packet, size_t len, struct datagram *ret_datagram);

/* What the judge has seen. */
struct judgement {
    uint64_t successes;
    uint64_t refused[700]; /* by error code */
    bool
        guarded; /* set by the caller: the server asks for long-term credentials, realm "example.org" */
};

/* Looks at the answer to `asked`. Returns NULL, or what is wrong with it. */
const char *judge(struct datagram *asked, const struct datagram *answer,
                  struct judgement *judgement);

#endif
