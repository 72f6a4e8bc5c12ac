/* The listening TCP sockets of a server: one address, one or several workers.
 * Sources: tcp(7), socket(7); RFC 8489 section 6.2.2.
 *
 *     struct srflx_stream_socket group[4];
 *     if (srflx_stream_open_group(&local, 4, group)) perror("3478");
 */
#ifndef SRFLX_DRIVE_STREAM_SOCKET_H
#define SRFLX_DRIVE_STREAM_SOCKET_H

#include <srflx/error.h>
#include <srflx/types.h>

enum {
    SRFLX_STREAM_BACKLOG = 4096,    /* connections that wait to be accepted, at most */
    SRFLX_STREAM_DEFER_S = 1,       /* the kernel keeps silent connections so long to itself */
    SRFLX_STREAM_KERNEL = 64 * 1024 /* bytes that the kernel may keep for a connection each way */
};

struct srflx_stream_socket {
    int fd;
    struct srflx_addr local; /* as bound; a wildcard has zeroes in `ip` */
};

/* Opens `count` listening sockets on one address, one per worker; clients are steered to them by
 * prefix (steering.h), so that a limit on an address is one worker's affair. The address must be
 * free: a second group on it fails, even in the same process. Port 0 takes any free port and writes
 * it to `local` of each socket. Connections inherit TCP_NODELAY and the sizes of the kernel's
 * buffers. Returns 0, or SRFLX_ERROR_SYSTEM with errno; then nothing is open and the array means
 * nothing. */
SRFLX_MUST_USE int srflx_stream_open_group(const struct srflx_addr *local, unsigned count,
                                           struct srflx_stream_socket *ret_sockets);

void srflx_stream_close_group(struct srflx_stream_socket *sockets, unsigned count);

#endif
