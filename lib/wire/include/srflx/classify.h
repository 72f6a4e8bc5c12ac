/* Which protocol a datagram on a shared port belongs to, told by its first byte.
 * Sources: RFC 7983 sections 3 and 7; RFC 9443 section 3 for the QUIC ranges.
 *
 *     if (len > 0 && srflx_classify(bytes[0]) == SRFLX_PROTOCOL_STUN) ...
 */
#ifndef SRFLX_CLASSIFY_H
#define SRFLX_CLASSIFY_H

#include <srflx/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum srflx_protocol {
    SRFLX_PROTOCOL_NONE,         /* in no range: drop (RFC 7983 section 7) */
    SRFLX_PROTOCOL_STUN,         /* 0 to 3 */
    SRFLX_PROTOCOL_ZRTP,         /* 16 to 19 */
    SRFLX_PROTOCOL_TLS,          /* 20 to 63, TLS or DTLS */
    SRFLX_PROTOCOL_TURN_CHANNEL, /* 64 to 79; QUIC when it does not come from the TURN server */
    SRFLX_PROTOCOL_RTP,          /* 128 to 191, RTP or RTCP */
    SRFLX_PROTOCOL_QUIC          /* 80 to 127 and 192 to 255 */
};

/* Any byte has an answer. Any thread. */
enum srflx_protocol srflx_classify(uint8_t first_byte);

#ifdef __cplusplus
}
#endif
#endif
