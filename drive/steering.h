/* Steering: which worker of a group of sockets gets the datagrams of a source. All addresses of one
 * prefix (IPv4 /24, IPv6 /48) meet the same worker, so that a limit on a prefix is one worker's
 * affair. Datagrams of DTLS have sockets of their own, so that handshakes, which cost a thousand times
 * as much, meet another thread. The kernel does it, with a classic BPF program; the C function says what the
 * program says. Source: socket(7), SO_ATTACH_REUSEPORT_CBPF. */
#ifndef SRFLX_DRIVE_STEERING_H
#define SRFLX_DRIVE_STEERING_H

#include <srflx/types.h>

/* The worker, 0 to workers - 1, that datagrams from `source` go to. */
unsigned srflx_steering_worker(const struct srflx_addr *source, unsigned workers);

/* Gives the program to the SO_REUSEPORT group of `fd`, which has `workers` sockets of `family`, and behind
 * them `dtls` more. These get what begins as DTLS does, also behind a header of the PROXY protocol, and
 * share it by prefix as well; without any, workers get it. Sockets are numbered in the order in which they
 * were bound. Returns 0 or SRFLX_ERROR_SYSTEM with errno. */
SRFLX_MUST_USE int srflx_steering_attach(int fd, uint8_t family, unsigned workers, unsigned dtls);

#endif
