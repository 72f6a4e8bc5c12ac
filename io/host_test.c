#include "host.h"

#include <check.h>

#define SYNTAX "want stun:host[:port]; IPv6 with a port is [address]:port"
#define PORT "want nothing behind the host but :port, 1 to 65535"

/* "name port", or what is wrong. */
static const char *parsed(const char *uri)
{
    static char text[SRFLXI_HOST_NAME + 8];
    struct srflxi_host host;
    const char *wrong = srflxi_host_parse(uri, &host);

    if (wrong) return wrong;
    snprintf(text, sizeof text, "%s %u", host.name, host.port);
    return text;
}

/* spec: R7064-3.1-01 R7064-3.2-04 R8489-8.1-06 */
TEST(the_port_is_3478_unless_it_is_given)
{
    CHECK_STR(parsed("stun:stun.example.net"), "stun.example.net 3478");
    CHECK_STR(parsed("stun:stun.example.net:3479"), "stun.example.net 3479");
    CHECK_STR(parsed("stun:192.0.2.1"), "192.0.2.1 3478");
    CHECK_STR(parsed("stun:192.0.2.1:65535"), "192.0.2.1 65535");
}

TEST(the_scheme_may_be_left_out_or_be_written_in_capitals)
{
    CHECK_STR(parsed("stun.example.net:1"), "stun.example.net 1");
    CHECK_STR(parsed("STUN:example"), "example 3478");
    CHECK_STR(parsed("stun"), "stun 3478");
}

TEST(ipv6_has_brackets_or_no_port)
{
    CHECK_STR(parsed("stun:[2001:db8::1]"), "2001:db8::1 3478");
    CHECK_STR(parsed("stun:[2001:db8::1]:3479"), "2001:db8::1 3479");
    CHECK_STR(parsed("[fe80::1%eth0]:3479"), "fe80::1%eth0 3479");
    CHECK_STR(parsed("2001:db8::1:3479"), "2001:db8::1:3479 3478");
    CHECK_STR(parsed("stun:::1"), "::1 3478");
}

/* spec: R7064-3.1-02 */
TEST(what_is_no_stun_uri_is_refused)
{
    CHECK_STR(parsed(""), SYNTAX);
    CHECK_STR(parsed("stun:"), SYNTAX);
    CHECK_STR(parsed("stun://example"), SYNTAX);
    CHECK_STR(parsed(":3478"), SYNTAX);
    CHECK_STR(parsed("[]:3478"), SYNTAX);
    CHECK_STR(parsed("[2001:db8::1"), SYNTAX);
    CHECK_STR(parsed("[2001:db8::1/"), SYNTAX);
    CHECK_STR(parsed("stun:user@example"), PORT);
    CHECK_STR(parsed("stun:example/path"), PORT);
    CHECK_STR(parsed("stun:example?transport=udp"), PORT);
}

/* spec: R8489-8-03 */
TEST(stuns_is_for_later)
{
    CHECK_STR(parsed("stuns:example"), "stuns: wants TLS, which is not there yet");
}

TEST(a_port_is_a_number_from_1_to_65535)
{
    CHECK_STR(parsed("example:0"), PORT);
    CHECK_STR(parsed("example:65536"), PORT);
    CHECK_STR(parsed("example:4294967297"), PORT);
    CHECK_STR(parsed("example:"), PORT);
    CHECK_STR(parsed("example:34x"), PORT);
    CHECK_STR(parsed("example:-1"), PORT);
    CHECK_STR(parsed("[::1]3478"), PORT);
    CHECK_STR(parsed("[::1]:"), PORT);
}

TEST(a_name_has_room_for_255_characters)
{
    char uri[SRFLXI_HOST_NAME + 1];
    struct srflxi_host host;

    memset(uri, 'a', sizeof uri);
    uri[SRFLXI_HOST_NAME - 1] = '\0';
    CHECK_NULL(srflxi_host_parse(uri, &host));
    CHECK_STR(host.name, uri);
    uri[SRFLXI_HOST_NAME - 1] = 'a';
    uri[SRFLXI_HOST_NAME] = '\0';
    CHECK_STR(srflxi_host_parse(uri, &host), SYNTAX);
}

RUN(TEST_OF(the_port_is_3478_unless_it_is_given),
    TEST_OF(the_scheme_may_be_left_out_or_be_written_in_capitals),
    TEST_OF(ipv6_has_brackets_or_no_port), TEST_OF(what_is_no_stun_uri_is_refused),
    TEST_OF(stuns_is_for_later), TEST_OF(a_port_is_a_number_from_1_to_65535),
    TEST_OF(a_name_has_room_for_255_characters))
