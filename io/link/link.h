/* What the files of a link share. */
#ifndef SRFLX_IO_LINK_LINK_H
#define SRFLX_IO_LINK_LINK_H

#include <srflx/frame.h>
#include <srflx/link.h>

enum {
    NAME_ROOM = 256,
    MESSAGE_MOST = 65555,                                /* a header, and what its length can say */
    OUT_ROOM = 2 * SRFLX_SECURE_ROOM(SRFLX_LINK_MESSAGE) /* bytes on their way to the network */
};

struct srflx_link {
    struct srflx_link_options options;
    char name[NAME_ROOM];
    int fd;
    uint8_t state; /* enum srflx_link_state */
    bool reliable; /* TCP or TLS */
    struct srflx_link_failure failure;
    struct srflx_addr server, local;

    struct srflx_secure *secure;
    struct srflx_secure_out out; /* into out_bytes; plain TCP uses `len` alone */
    struct srflx_framer framer;
    struct srflx_view raw;   /* received, not yet decrypted */
    struct srflx_view plain; /* not yet cut into messages */
    bool handshake_begun;

    uint8_t out_bytes[OUT_ROOM];
    uint8_t raw_bytes[MESSAGE_MOST];
    uint8_t plain_bytes[MESSAGE_MOST];
    uint8_t frame_bytes[MESSAGE_MOST];
};

/* Makes the link fail; returns `error`. */
int srflxi_link_fail(struct srflx_link *link, enum srflx_link_step step, int error, int number);

/* link_socket.c. Both return 0 or an error, and then the link has failed. */
int srflxi_link_open(struct srflx_link *link);
/* 1: connected; 0: not yet. */
int srflxi_link_connected(struct srflx_link *link);
/* Sends what waits in `out`. */
int srflxi_link_flush(struct srflx_link *link);
/* Receives into raw_bytes. 1: something came; 0: nothing now. */
int srflxi_link_receive(struct srflx_link *link);
void srflxi_link_close(struct srflx_link *link, bool reset);

#endif
