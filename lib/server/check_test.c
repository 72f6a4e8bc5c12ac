#include "check.h"
#include "server.h"

#define ID 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae
#define COOKIE_ID 0x21, 0x12, 0xA4, 0x42, ID
#define CLASSIC_ID 0xa1, 0xb2, 0xc3, 0xd4, ID

static enum srflx_verdict check_with(bool classic_on, const uint8_t *bytes, size_t len)
{
    static uint8_t memory[4096];
    static struct srflx_worker worker;
    struct srflx_server_config config;
    struct srflx_server *server;
    struct srflx_packet packet = {.bytes = {bytes, len}, .transport = SRFLX_UDP};
    struct srflxi_request request = {.packet = &packet};

    srflx_server_config_defaults(&config);
    config.classic = classic_on;
    CHECK_INT(srflx_server_init(memory, sizeof memory, &config, &server), 0);
    CHECK_INT(srflx_message_parse(packet.bytes, &request.message), 0);
    return srflxi_check(server, &worker, &request);
}

#define CHECK_VERDICT(verdict, ...)                                                    \
    do {                                                                               \
        static const uint8_t request[] = __VA_ARGS__;                                  \
        CHECK_INT(check_with(true, request, sizeof request), SRFLX_VERDICT_##verdict); \
    } while (0)

/* A request with one empty attribute of the type. */
static enum srflx_verdict check_type(bool classic, uint16_t type)
{
    uint8_t bytes[24] = {0, 1, 0, 4, COOKIE_ID};

    if (classic) bytes[4] = 0xA1;
    bytes[20] = (uint8_t)(type >> 8);
    bytes[21] = (uint8_t)type;
    return check_with(true, bytes, sizeof bytes);
}

/* spec: R8489-18.2-01 R8489-6.3-04 R8489-6.3-05 R8489-6.3.2-01 R8489-6.3.2-02 R8489-6.3.2-03 */
TEST(only_binding_requests_are_served)
{
    uint8_t bytes[24] = {0, 0, 0, 4, COOKIE_ID, 0x7F, 0xFF, 0, 0};
    unsigned type, classic;

    for (classic = 0; classic < 2; classic++) {
        bytes[4] = classic ? 0xA1 : 0x21;
        for (type = 0; type < 0x4000; type++) {
            enum srflx_verdict want = SRFLX_VERDICT_UNKNOWN_METHOD;
            if (type & 0x0110) want = SRFLX_VERDICT_NO_REQUEST;
            if (type == 0x0001) want = SRFLX_VERDICT_UNKNOWN_ATTRIBUTE;
            bytes[0] = (uint8_t)(type >> 8);
            bytes[1] = (uint8_t)type;
            CHECK_INT(check_with(true, bytes, sizeof bytes), want);
        }
    }
}

/* Every type of both dialects: the known sets of the registry, exactly. CHANGE-REQUEST is known,
 * and without a value unusable. spec: R8489-6.3-10 R8489-6.3-11 R8489-6.3.1-01 R8489-14-10
 * R3489-8.1-12 R3489-8.1-13 R3489-11.2-03 R3489-11.2-05 */
TEST(knows_the_attributes_of_the_registry)
{
    static const uint16_t current[] = {0x0001, 0x0006, 0x0008, 0x0009, 0x000A, 0x0014,
                                       0x0015, 0x001C, 0x001D, 0x001E, 0x0020};
    unsigned type;
    size_t next = 0;

    for (type = 0; type <= 0xFFFF; type++) {
        bool known = next < sizeof current / sizeof current[0] && current[next] == type;
        enum srflx_verdict want =
            known || type >= 0x8000 ? SRFLX_VERDICT_SUCCESS : SRFLX_VERDICT_UNKNOWN_ATTRIBUTE;
        next += known;
        if (type == 0x0003) want = SRFLX_VERDICT_BAD_REQUEST;
        if (type == 0x8028) want = SRFLX_VERDICT_WRONG_FINGERPRINT;
        CHECK_INT(check_type(false, (uint16_t)type), want);
    }
}

TEST(knows_the_attributes_of_rfc_3489)
{
    unsigned type;

    for (type = 0; type <= 0xFFFF; type++) {
        enum srflx_verdict want = SRFLX_VERDICT_UNKNOWN_ATTRIBUTE;
        if ((type >= 1 && type <= 11 && type != 2) || type >= 0x8000) want = SRFLX_VERDICT_SUCCESS;
        if (type == 0x0003) want = SRFLX_VERDICT_BAD_REQUEST;
        if (type == 0x0008) want = SRFLX_VERDICT_MISSING_USERNAME;
        CHECK_INT(check_type(true, (uint16_t)type), want);
    }
}

/* spec: R5389-12.2-04 R3489-8.1-24 R3489-11.2.4-01 */
TEST(refuses_a_change_it_cannot_make)
{
    CHECK_VERDICT(SUCCESS, {0, 1, 0, 8, COOKIE_ID, 0, 3, 0, 4, 0, 0, 0, 0});
    CHECK_VERDICT(SUCCESS, {0, 1, 0, 8, CLASSIC_ID, 0, 3, 0, 4, 0, 0, 0, 0});
    CHECK_VERDICT(SUCCESS, {0, 1, 0, 8, COOKIE_ID, 0, 3, 0, 4, 0xFF, 0xFF, 0xFF, 0xF9});
    CHECK_VERDICT(CHANGE_REFUSED, {0, 1, 0, 8, COOKIE_ID, 0, 3, 0, 4, 0, 0, 0, 2});
    CHECK_VERDICT(CHANGE_REFUSED, {0, 1, 0, 8, COOKIE_ID, 0, 3, 0, 4, 0, 0, 0, 4});
    CHECK_VERDICT(CHANGE_REFUSED, {0, 1, 0, 8, CLASSIC_ID, 0, 3, 0, 4, 0, 0, 0, 6});
    CHECK_VERDICT(BAD_REQUEST, {0, 1, 0, 8, COOKIE_ID, 0, 3, 0, 2, 0, 6, 0, 0});
}

/* Unknown attributes come before what the method asks. spec: R8489-6.3-09 R5389-7.3-01 */
TEST(unknown_attributes_come_first)
{
    CHECK_VERDICT(UNKNOWN_ATTRIBUTE,
                  {0, 1, 0, 12, COOKIE_ID, 0, 3, 0, 4, 0, 0, 0, 6, 0x7F, 0xFF, 0, 0});
    CHECK_VERDICT(WRONG_FINGERPRINT,
                  {0, 1, 0, 12, COOKIE_ID, 0x7F, 0xFF, 0, 0, 0x80, 0x28, 0, 4, 1, 2, 3, 4});
}

/* In RFC 3489 credentials come before unknown attributes.
 * spec: R3489-8.1-06 R3489-8.1-07 R3489-8.1-08 R3489-8.1-09 R3489-8.1-12 */
TEST(knows_no_classic_secret)
{
    CHECK_VERDICT(STALE_CREDENTIALS, {0, 1, 0,   16,  CLASSIC_ID, 0x7F, 0xFF, 0, 0, 0, 6,
                                      0, 4, 'u', 's', 'e',        'r',  0,    8, 0, 0});
    CHECK_VERDICT(MISSING_USERNAME, {0, 1, 0, 8, CLASSIC_ID, 0x7F, 0xFF, 0, 0, 0, 8, 0, 0});
    CHECK_VERDICT(SUCCESS, {0, 1, 0, 8, CLASSIC_ID, 0, 6, 0, 4, 'u', 's', 'e', 'r'});
}

/* spec: R8489-6.3-02 R8489-12-09 R5389-12.2-01 */
TEST(classic_can_be_switched_off)
{
    static const uint8_t classic[] = {0, 1, 0, 0, CLASSIC_ID};
    static const uint8_t current[] = {0, 1, 0, 0, COOKIE_ID};

    CHECK_INT(check_with(false, classic, 20), SRFLX_VERDICT_CLASSIC_OFF);
    CHECK_INT(check_with(true, classic, 20), SRFLX_VERDICT_SUCCESS);
    CHECK_INT(check_with(false, current, 20), SRFLX_VERDICT_SUCCESS);
}

/* spec: R8489-6.3-07 R8489-12-07 R8489-12-08 */
TEST(fingerprint_is_checked_but_not_wanted)
{
    CHECK_VERDICT(SUCCESS, {0, 1, 0, 8, COOKIE_ID, 0x80, 0x28, 0, 4, 0xfd, 0xf6, 0xae, 0x02});
    CHECK_VERDICT(WRONG_FINGERPRINT,
                  {0, 1, 0, 8, COOKIE_ID, 0x80, 0x28, 0, 4, 0xfd, 0xf6, 0xae, 0x03});
    CHECK_VERDICT(SUCCESS, {0, 1, 0, 8, CLASSIC_ID, 0x80, 0x28, 0, 4, 0, 0, 0, 0});
}

RUN(TEST_OF(only_binding_requests_are_served), TEST_OF(knows_the_attributes_of_the_registry),
    TEST_OF(knows_the_attributes_of_rfc_3489), TEST_OF(refuses_a_change_it_cannot_make),
    TEST_OF(unknown_attributes_come_first), TEST_OF(knows_no_classic_secret),
    TEST_OF(classic_can_be_switched_off), TEST_OF(fingerprint_is_checked_but_not_wanted))
