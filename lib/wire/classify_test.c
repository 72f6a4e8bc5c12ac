#include <srflx/classify.h>

#include "check.h"

/* Both ends of every range of RFC 7983 section 7 and RFC 9443.
 * spec: R7983-3-01 R7983-3-02 R7983-7-01 R7983-7-02 */
TEST(tells_protocols_by_the_first_byte)
{
    static const struct {
        uint8_t first, last;
        enum srflx_protocol protocol;
    } ranges[] = {
        {0, 3, SRFLX_PROTOCOL_STUN},           {4, 15, SRFLX_PROTOCOL_NONE},
        {16, 19, SRFLX_PROTOCOL_ZRTP},         {20, 63, SRFLX_PROTOCOL_TLS},
        {64, 79, SRFLX_PROTOCOL_TURN_CHANNEL}, {80, 127, SRFLX_PROTOCOL_QUIC},
        {128, 191, SRFLX_PROTOCOL_RTP},        {192, 255, SRFLX_PROTOCOL_QUIC},
    };
    unsigned byte, range = 0;

    for (byte = 0; byte < 256; byte++) {
        if (byte > ranges[range].last) range++;
        CHECK(byte >= ranges[range].first);
        CHECK_INT(srflx_classify((uint8_t)byte), ranges[range].protocol);
    }
    CHECK_INT(range, 7);
}

RUN(TEST_OF(tells_protocols_by_the_first_byte))
