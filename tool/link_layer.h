/* From a captured frame to the IP packet in it. */
#ifndef LINK_LAYER_H
#define LINK_LAYER_H

#include <srflx/types.h>

struct ip_packet {
    struct srflx_addr from, to; /* without ports */
    struct srflx_view payload;  /* behind all headers of IP */
    uint8_t protocol;           /* of the payload */
    bool fragment;              /* then the payload is only a part */
};

bool link_layer_known(int link_type);

/* `link_type` is one of pcap's DLT_ numbers. Returns false if the frame holds no whole IP header.
 */
bool link_layer_ip(int link_type, struct srflx_view frame, struct ip_packet *ret_ip);

#endif
