/* The UDP sockets of a server: one address, one or several workers.
 * Sources: ip(7), ipv6(7), udp(7), socket(7); RFC 8489 section 6.3.1.2 (answers leave from the
 * address that was asked, hence PKTINFO).
 *
 *     struct srflx_udp_socket group[4];
 *     if (srflx_udp_open_group(&local, 4, 0, group)) perror("3478");
 */
#ifndef SRFLX_DRIVE_UDP_SOCKET_H
#define SRFLX_DRIVE_UDP_SOCKET_H

#include "udp.h"

/* Receive and send buffers that are asked for, in bytes. */
enum { SRFLX_UDP_BUFFER = 4 << 20 };

/* Opens sockets on one address: one for each of `workers`, to which sources are steered by prefix, and
 * behind them `dtls` for what begins as DTLS does (steering.h). The address must be free: a second group on it fails, even in the same process.
 * Port 0 takes any free port and writes it to `local` of each socket. Counters start at 0.
 * Returns 0, or SRFLX_ERROR_SYSTEM with errno; then nothing is open and the array means nothing. */
SRFLX_MUST_USE int srflx_udp_open_group(const struct srflx_addr *local, unsigned workers,
                                        unsigned dtls, struct srflx_udp_socket *ret_sockets);

void srflx_udp_close_group(struct srflx_udp_socket *sockets, unsigned count);

/* The receive buffer that the system really gave, in bytes as asked for; 0 if it cannot be told. */
size_t srflx_udp_receive_buffer(const struct srflx_udp_socket *socket);

/* Datagrams that the kernel dropped because nobody fetched them in time. */
uint64_t srflx_udp_overflows(const struct srflx_udp_socket *socket);

#endif
