/* What an error on a connected UDP socket means for a transaction.
 * Sources: RFC 8489 section 6.2.1 (a hard ICMP error ends a transaction), RFC 1122 section 4.2.3.9
 * (which are hard), RFC 1191 and RFC 8201 (a packet that is too big is not). Any thread may call it.
 *
 *     if (recv(fd, bytes, cap, 0) < 0)
 *         switch (srflx_socket_error_kind(errno)) {
 *         case SRFLX_SOCKET_PASSING: break;
 *         case SRFLX_SOCKET_HARD: srflx_transaction_unreachable(transaction, now); break;
 *         case SRFLX_SOCKET_LOCAL: srflx_transaction_cancel(transaction); return errno;
 *         }
 */
#ifndef SRFLX_SOCKET_ERROR_H
#define SRFLX_SOCKET_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

enum srflx_socket_error {
    SRFLX_SOCKET_PASSING, /* of no consequence: the next request may fare better */
    SRFLX_SOCKET_HARD,    /* the server cannot be reached: srflx_transaction_unreachable() */
    SRFLX_SOCKET_LOCAL    /* a failure of this machine */
};

/* `number` is errno behind send(), recv() and their kin. */
enum srflx_socket_error srflx_socket_error_kind(int number);

#ifdef __cplusplus
}
#endif
#endif
