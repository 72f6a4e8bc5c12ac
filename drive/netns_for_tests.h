/* For tests that need a network of their own: loopback and no other route. */
#ifndef SRFLX_DRIVE_NETNS_FOR_TESTS_H
#define SRFLX_DRIVE_NETNS_FOR_TESTS_H

#include <check.h>

#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <srflx/sockaddr.h>

/* Moves the test program into a new network namespace (of a new user namespace, for an ordinary
 * user) and brings up loopback. Where the system does not allow it, skips the test, or fails it in
 * CI. */
static inline void enter_netns(void)
{
    struct ifreq loopback = {.ifr_name = "lo"};
    const int flags = geteuid() ? CLONE_NEWUSER | CLONE_NEWNET : CLONE_NEWNET;
    const char *ci = getenv("CI");
    int fd;

    if (unshare(flags)) {
        if (ci && !strcmp(ci, "true")) FAIL("CI must be allowed to make network namespaces");
        print_message("SKIPPED: no permission to make a network namespace; run it as root\n");
        SKIP();
    }
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK_INT(ioctl(fd, SIOCGIFFLAGS, &loopback), 0);
    loopback.ifr_flags |= IFF_UP;
    CHECK_INT(ioctl(fd, SIOCSIFFLAGS, &loopback), 0);
    close(fd);
}

/* Sends one datagram from an address that need not be ours; the port of `source` may be 0. */
static inline void send_bytes_from(const struct srflx_addr *source, const struct srflx_addr *to,
                                   const void *bytes, size_t bytes_len)
{
    const int v6 = source->family == SRFLX_IPV6, on = 1;
    const int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_storage name;
    socklen_t len;

    CHECK_INT(setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_TRANSPARENT : IP_TRANSPARENT,
                         &on, sizeof on),
              0);
    len = srflx_addr_to_sockaddr(source, &name);
    CHECK_INT(bind(fd, (struct sockaddr *)&name, len), 0);
    len = srflx_addr_to_sockaddr(to, &name);
    CHECK_INT(sendto(fd, bytes, bytes_len, 0, (struct sockaddr *)&name, len), (int)bytes_len);
    close(fd);
}

static inline void send_from(const struct srflx_addr *source, const struct srflx_addr *to,
                             const char *text)
{
    send_bytes_from(source, to, text, strlen(text));
}

#endif
