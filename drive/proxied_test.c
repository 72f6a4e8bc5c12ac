#include "proxied.h"

#include <check.h>
#include <unhex.h>

#include <srflx/addr.h>

#define SIGNATURE "0d0a0d0a000d0a515549540a"
#define ADDRESSES "c0000201c6336407d4310d96" /* 192.0.2.1:54321 to 198.51.100.7:3478 */
#define STUN "000100002112a442000000000000000000000000"

enum { ROOM = 200 };

struct sample {
    uint8_t bytes[ROOM];
    struct srflx_packet packet, before;
};

/* A packet of these bytes from and to 10.0.0.0/8. */
static void make(struct sample *sample, const char *hex)
{
    memset(sample, 0, sizeof *sample);
    sample->packet.bytes = (struct srflx_view){sample->bytes, unhex(hex, sample->bytes)};
    CHECK_INT(srflx_addr_parse("10.1.2.3:4000", &sample->packet.from), 0);
    CHECK_INT(srflx_addr_parse("10.0.0.1:3478", &sample->packet.to), 0);
    sample->packet.transport = SRFLX_UDP;
    sample->before = sample->packet;
}

static bool strip(struct sample *sample, const char *trusted)
{
    struct srflx_prefix prefixes[2];

    CHECK_NULL(srflx_prefix_parse("2001:db8::/32", &prefixes[0]));
    CHECK_NULL(srflx_prefix_parse(trusted, &prefixes[1]));
    return srflx_proxy_strip(&sample->packet, prefixes, 2);
}

static void check_untouched(const struct sample *sample)
{
    CHECK_MEM(&sample->packet, &sample->before, sizeof sample->packet);
}

static void check_bytes(const struct sample *sample, size_t header)
{
    CHECK(sample->packet.bytes.ptr == sample->bytes + header);
    CHECK_INT(sample->packet.bytes.len, sample->before.bytes.len - header);
}

static void check_address(const struct srflx_addr *addr, const char *want)
{
    char text[SRFLX_ADDR_TEXT];

    CHECK_STR(srflx_addr_write(addr, text), want);
}

TEST(a_trusted_proxy_says_who_asks_whom)
{
    struct sample sample;

    make(&sample, SIGNATURE "2112000c" ADDRESSES STUN);
    CHECK(strip(&sample, "10.1.0.0/16"));
    check_bytes(&sample, 28);
    check_address(&sample.packet.from, "192.0.2.1:54321");
    check_address(&sample.packet.to, "198.51.100.7:3478");
    CHECK_INT(sample.packet.transport, SRFLX_UDP);
}

TEST(a_proxy_that_asks_for_itself_keeps_its_addresses)
{
    struct sample sample;

    make(&sample, SIGNATURE "20000000" STUN);
    CHECK(strip(&sample, "10.1.2.3"));
    check_bytes(&sample, 16);
    check_address(&sample.packet.from, "10.1.2.3:4000");
    check_address(&sample.packet.to, "10.0.0.1:3478");
    make(&sample, SIGNATURE "20000000");
    CHECK(strip(&sample, "10.1.2.3"));
    check_bytes(&sample, 16);
}

TEST(a_trusted_proxy_without_a_good_header_is_dropped)
{
    static const char *const cases[] = {"",
                                        STUN,
                                        SIGNATURE,
                                        SIGNATURE "2112000c",
                                        SIGNATURE "2111000c" ADDRESSES STUN,
                                        SIGNATURE "21120010" ADDRESSES "030004ff" STUN};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sample sample;
        make(&sample, cases[i]);
        CHECK(!strip(&sample, "10.0.0.0/8"));
        check_untouched(&sample);
    }
}

/* A stranger's header is a packet as any other: no STUN, and nobody believes it. */
TEST(packets_from_elsewhere_are_left_alone)
{
    struct sample sample;

    make(&sample, SIGNATURE "2112000c" ADDRESSES STUN);
    CHECK(strip(&sample, "10.2.0.0/16"));
    check_untouched(&sample);
    CHECK(srflx_proxy_strip(&sample.packet, NULL, 0));
    check_untouched(&sample);
}

RUN(TEST_OF(a_trusted_proxy_says_who_asks_whom),
    TEST_OF(a_proxy_that_asks_for_itself_keeps_its_addresses),
    TEST_OF(a_trusted_proxy_without_a_good_header_is_dropped),
    TEST_OF(packets_from_elsewhere_are_left_alone))
