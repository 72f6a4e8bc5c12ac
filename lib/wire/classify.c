#include <srflx/classify.h>

/* spec: R7983-3-01 R7983-3-02 R7983-7-01 R7983-7-02 */
enum srflx_protocol srflx_classify(uint8_t first_byte)
{
    if (first_byte <= 3) return SRFLX_PROTOCOL_STUN;
    if (first_byte < 16) return SRFLX_PROTOCOL_NONE;
    if (first_byte <= 19) return SRFLX_PROTOCOL_ZRTP;
    if (first_byte <= 63) return SRFLX_PROTOCOL_TLS;
    if (first_byte <= 79) return SRFLX_PROTOCOL_TURN_CHANNEL;
    if (first_byte <= 127) return SRFLX_PROTOCOL_QUIC;
    if (first_byte <= 191) return SRFLX_PROTOCOL_RTP;
    return SRFLX_PROTOCOL_QUIC;
}
