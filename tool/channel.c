#include "channel.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <srflx/sockaddr.h>

static int bind_socket(int fd, const struct srflx_addr *addr)
{
    struct sockaddr_storage storage;
    socklen_t len = srflx_addr_to_sockaddr(addr, &storage);

    return len ? bind(fd, (struct sockaddr *)&storage, len) : 0;
}

static int connect_socket(int fd, const struct srflx_addr *addr)
{
    struct sockaddr_storage storage;
    socklen_t len = srflx_addr_to_sockaddr(addr, &storage);

    return connect(fd, (struct sockaddr *)&storage, len);
}

/* Who the ends are in truth: asking 0.0.0.0 is asking 127.0.0.1. */
static void read_ends(struct channel *channel)
{
    struct sockaddr_storage storage;
    socklen_t len = sizeof storage;

    if (!getpeername(channel->fd, (struct sockaddr *)&storage, &len))
        srflx_addr_from_sockaddr((struct sockaddr *)&storage, &channel->server);
    len = sizeof storage;
    if (!getsockname(channel->fd, (struct sockaddr *)&storage, &len))
        srflx_addr_from_sockaddr((struct sockaddr *)&storage, &channel->local);
}

int channel_open(const struct srflx_addr *server, const struct srflx_addr *bind_to,
                 struct channel *ret_channel, const char **ret_step)
{
    struct channel channel = {.server = *server};
    int error;

    *ret_step = "open a socket for";
    channel.fd = socket(server->family == SRFLX_IPV4 ? AF_INET : AF_INET6, SOCK_DGRAM, 0);
    if (channel.fd < 0) return -1;
    fcntl(channel.fd, F_SETFL, O_NONBLOCK);
    *ret_step = "bind to";
    if (!bind_socket(channel.fd, bind_to)) {
        *ret_step = "reach";
        if (!connect_socket(channel.fd, server)) {
            read_ends(&channel);
            *ret_channel = channel;
            return 0;
        }
    }
    error = errno;
    close(channel.fd);
    errno = error;
    return -1;
}

void channel_close(struct channel *channel)
{
    if (channel->fd >= 0) close(channel->fd);
    channel->fd = -1;
}
