/* STUN messages out of a pcap or pcapng file: UDP, and TCP streams put together in the simple case.
 */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <srflx/types.h>

/* One message, or what may have been meant as one. */
struct capture_message {
    struct srflx_packet packet; /* bytes, from, to, transport */
    double seconds;             /* since the first packet of the file */
    unsigned long number;       /* of the packet that completed it; the first is 1 */
};

/* What a file held besides messages. */
struct capture_counts {
    unsigned long packets;
    unsigned long messages;
    unsigned long fragments;    /* IP fragments, which are not put together */
    unsigned long lost_streams; /* TCP streams given up: a gap, no STUN, or too many at once */
};

typedef void capture_message_fn(void *user, const struct capture_message *message);

/* True if the bytes begin as a pcap or pcapng file does. */
bool is_capture(struct srflx_view start);

/* Calls `on_message` for each message of the file; its view lives for the length of the call. Link
 * layers: Ethernet (with VLAN tags), Linux cooked (both versions), raw IP, loopback.
 * Returns NULL, or what is wrong with the file, in `error`, which has CAPTURE_ERROR bytes. */
enum { CAPTURE_ERROR = 300 };
const char *capture_read(const char *path, capture_message_fn *on_message, void *user,
                         struct capture_counts *ret_counts, char *error);

#endif
