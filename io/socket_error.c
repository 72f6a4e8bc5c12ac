#include <srflx/socket_error.h>

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

/* The last two are soft ICMP errors: this packet was too big, or something in its header was wrong
 * to a router. Other soft ones no kernel hands over. */
static const int passing[] = {EAGAIN, EWOULDBLOCK, EINTR, ENOBUFS, ENOMEM, EMSGSIZE, EPROTO};

/* EACCES is administrative prohibition over IPv6, or a route that prohibits. */
static const int hard[] = {
    ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ENOPROTOOPT, EACCES,
#ifdef EHOSTDOWN
    EHOSTDOWN,
#endif
#ifdef ENONET
    ENONET,
#endif
};

static bool is_among(int number, const int *list, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (list[i] == number) return true;
    return false;
}

/* spec: R8489-6.2.1-17 */
enum srflx_socket_error srflx_socket_error_kind(int number)
{
    if (is_among(number, passing, sizeof passing / sizeof passing[0])) return SRFLX_SOCKET_PASSING;
    if (is_among(number, hard, sizeof hard / sizeof hard[0])) return SRFLX_SOCKET_HARD;
    return SRFLX_SOCKET_LOCAL;
}
