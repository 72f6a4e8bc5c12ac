#include "proxy.h"

#include <check.h>
#include <unhex.h>

#include <srflx/addr.h>

#define SIGNATURE "0d0a0d0a000d0a515549540a"
#define V4 "c0000201c6336407d4310d96" /* 192.0.2.1:54321 to 198.51.100.7:3478 */
#define IPV6_FROM "20010db8000000000000000000000001"
#define IPV6_TO "20010db8000000000000000000000002"
#define V6 IPV6_FROM IPV6_TO "d4310d96"

enum { ROOM = 700 };

/* A copy of exactly these bytes and the verdict about them; what is refused or has not ended leaves
 * the header as it was. */
static int parse(const uint8_t *bytes, size_t len, bool datagram, struct srflx_proxy_header *header)
{
    struct srflx_proxy_header before;
    uint8_t *copy = test_malloc(len + !len);
    int got;

    memset(&before, 0xA5, sizeof before);
    memset(header, 0xA5, sizeof *header);
    memcpy(copy, bytes, len);
    got = datagram ? srflx_proxy_parse_datagram((struct srflx_view){copy, len}, header)
                   : srflx_proxy_parse((struct srflx_view){copy, len}, header);
    test_free(copy);
    if (got <= 0) CHECK_MEM(header, &before, sizeof before);
    return got;
}

static void check_address(const struct srflx_addr *addr, const char *want)
{
    char text[SRFLX_ADDR_TEXT];

    CHECK_STR(srflx_addr_write(addr, text), want);
    CHECK_INT(addr->scope, 0);
}

/* A good header, in every length, and with something behind it. `from` NULL: it is local. */
static void check_good(const uint8_t *bytes, size_t len, bool datagram, const char *from,
                       const char *to)
{
    uint8_t more[ROOM];
    struct srflx_proxy_header header;

    for (size_t part = 0; part < len; part++)
        CHECK_INT(parse(bytes, part, false, &header), 0);
    memcpy(more, bytes, len);
    for (size_t behind = 0; behind < 3; behind++) {
        more[len + behind] = '\n';
        CHECK_INT(parse(more, len + behind, false, &header), len);
        CHECK_INT(header.local, !from);
        CHECK_INT(header.datagram, datagram);
        check_address(&header.from, from ? from : "unknown");
        check_address(&header.to, from ? to : "unknown");
    }
}

static void good_line(const char *line, const char *from, const char *to)
{
    check_good((const uint8_t *)line, strlen(line), false, from, to);
}

TEST(lines_that_are_good)
{
    good_line("PROXY TCP4 192.0.2.1 198.51.100.7 54321 3478\r\n", "192.0.2.1:54321",
              "198.51.100.7:3478");
    good_line("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535",
              "255.255.255.255:65535");
    good_line("PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n", "0.0.0.0:0", "0.0.0.0:0");
    good_line("PROXY TCP6 2001:db8::1 2001:DB8:0:0::2 54321 3478\r\n", "[2001:db8::1]:54321",
              "[2001:db8::2]:3478");
    good_line("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
              "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe 65535 65535\r\n",
              "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
              "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe]:65535");
    good_line("PROXY TCP6 :: ::1 0 1\r\n", "[::]:0", "[::1]:1");
}

/* As inet_ntop() of the C library writes them, and so HAProxy and nginx. */
TEST(mapped_addresses_are_ipv4)
{
    good_line("PROXY TCP6 ::ffff:192.0.2.1 ::ffff:c633:6407 54321 3478\r\n", "192.0.2.1:54321",
              "198.51.100.7:3478");
}

TEST(what_stands_behind_unknown_is_ignored)
{
    char longest[108] = "PROXY UNKNOWN ";

    good_line("PROXY UNKNOWN\r\n", NULL, NULL);
    good_line("PROXY UNKNOWN \r\n", NULL, NULL);
    good_line("PROXY UNKNOWN 192.0.2.1 x \t\n \r \x80\xFF\x01\r\r\n", NULL, NULL);
    memset(longest + 14, 0xFF, 91);
    memcpy(longest + 105, "\r\n", 3);
    good_line(longest, NULL, NULL);
}

/* The verdict about each beginning of what is wrong: 0 for fewer than `at` bytes, then this one. */
static void check_bad(const uint8_t *bytes, size_t len, size_t at, int verdict)
{
    struct srflx_proxy_header header;

    CHECK(at <= len);
    for (size_t part = 0; part <= len; part++)
        CHECK_INT(parse(bytes, part, false, &header), part < at ? 0 : verdict);
}

static void bad_line(const char *line, size_t at)
{
    check_bad((const uint8_t *)line, strlen(line), at, SRFLX_PROXY_BROKEN);
}

/* Wrong addresses and ports are seen at the end of the line, as the protocol asks. */
static void bad_fields(const char *line)
{
    bad_line(line, strlen(line));
}

TEST(lines_that_break_a_rule_of_spaces_and_ends)
{
    bad_line("PROXY  TCP4 192.0.2.1 198.51.100.7 1 2\r\n", 7);
    bad_line("PROXY TCP5 192.0.2.1 198.51.100.7 1 2\r\n", 10);
    bad_line("PROXY tcp4 192.0.2.1 198.51.100.7 1 2\r\n", 7);
    bad_line("PROXY UDP4 192.0.2.1 198.51.100.7 1 2\r\n", 8);
    bad_line("PROXY TCP4\t192.0.2.1 198.51.100.7 1 2\r\n", 11);
    bad_line("PROXY TCP4\r\n", 11);
    bad_line("PROXY TCP4 192.0.2.1\t198.51.100.7 1 2\r\n", 21);
    bad_line("PROXY TCP4 192.0.2.1 198.51.100.7 1 2\n", 38);
    bad_line("PROXY TCP4 192.0.2.1 198.51.100.7 1 2\r\r\n", 39);
    bad_line("PROXY TCP4 192.0.2.1 198.51.100.7 1 2\r \n", 39);
    bad_line("PROXY TCP6 fe80::1%2 2001:db8::2 1 2\r\n", 19);
    bad_line("PROXY TCP6 [2001:db8::1] 2001:db8::2 1 2\r\n", 12);
    bad_line("PROXY UNKNOWNS\r\n", 14);
    bad_line("PROXY UNKNOWN\n\r\n", 14);
    bad_fields("PROXY TCP4 \r\n");
    bad_fields("PROXY TCP4  192.0.2.1 198.51.100.7 1 2\r\n");
    bad_fields("PROXY TCP4 192.0.2.1  198.51.100.7 1 2\r\n");
    bad_fields("PROXY TCP4 192.0.2.1 198.51.100.7 1  2\r\n");
    bad_fields("PROXY TCP4 192.0.2.1 198.51.100.7 1 2 \r\n");
    bad_fields("PROXY TCP4 192.0.2.1 198.51.100.7 1 2 3\r\n");
    bad_fields("PROXY TCP4 192.0.2.1 198.51.100.7 1\r\n");
    bad_fields("PROXY TCP4 192.0.2.1 198.51.100.7 1 \r\n");
}

TEST(lines_with_wrong_addresses_or_ports)
{
    bad_fields("PROXY TCP4 192.0.2 198.51.100.7 1 2\r\n");
    bad_fields("PROXY TCP4 192.0.2.256 198.51.100.7 1 2\r\n");
    bad_fields("PROXY TCP4 192.0.2.01 198.51.100.7 1 2\r\n");
    bad_fields("PROXY TCP4 192.0.2.1 198.51.100.7.8 1 2\r\n");
    bad_fields("PROXY TCP4 192.0.2.1:5 198.51.100.7 1 2\r\n");
    bad_fields("PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n");
    bad_fields("PROXY TCP4 192.0.2.1 2001:db8::2 1 2\r\n");
    bad_fields("PROXY TCP6 192.0.2.1 198.51.100.7 1 2\r\n");
    bad_fields("PROXY TCP6 2001:db8::1 198.51.100.7 1 2\r\n");
    bad_fields("PROXY TCP6 2001:db8::1::2 2001:db8::2 1 2\r\n");
    bad_fields("PROXY TCP6 2001:db8:1 2001:db8::2 1 2\r\n");
    bad_fields("PROXY TCP6 2001:db8::12345 2001:db8::2 1 2\r\n");
    bad_fields("PROXY TCP4 192.0.2.1 198.51.100.7 65536 2\r\n");
    bad_fields("PROXY TCP4 192.0.2.1 198.51.100.7 1 99999\r\n");
    bad_fields("PROXY TCP4 192.0.2.1 198.51.100.7 4294967297 2\r\n");
    bad_fields("PROXY TCP4 192.0.2.1 198.51.100.7 01 2\r\n");
    bad_fields("PROXY TCP4 192.0.2.1 198.51.100.7 1 00\r\n");
    bad_fields("PROXY TCP4 192.0.2.1 198.51.100.7 a 2\r\n");
    bad_fields("PROXY TCP4 192.0.2.1 198.51.100.7 1 2.\r\n");
    bad_fields("PROXY TCP4 ::ffff:192.0.2.1 ::ffff:198.51.100.7 1 2\r\n");
}

TEST(lines_that_do_not_end_in_time)
{
    static const struct {
        const char *start;
        size_t longest;
    } cases[] = {{"PROXY TCP4 ", 56}, {"PROXY TCP6 ", 104}, {"PROXY UNKNOWN ", 107}};

    for (size_t i = 0; i < 3; i++) {
        uint8_t line[ROOM];
        memset(line, '1', sizeof line);
        memcpy(line, cases[i].start, strlen(cases[i].start));
        check_bad(line, cases[i].longest + 3, cases[i].longest, SRFLX_PROXY_BROKEN);
        memcpy(line + cases[i].longest - 1, "\r\n", 2);
        check_bad(line, cases[i].longest + 3, cases[i].longest, SRFLX_PROXY_BROKEN);
    }
}

TEST(what_is_no_header_is_told_from_what_is_broken)
{
    static const struct {
        const char *hex;
        size_t at;
    } cases[] = {
        {"000100002112a442", 1}, /* STUN */
        {"160301", 1},           /* TLS */
        {"474554202f", 1},       /* GET / */
        {"50524f5859342e", 6},   /* PROXY4. */
        {"504f5354", 2},         /* POST */
        {"0d0a0d0a000d0a515549540b", 12} /* nearly the signature */,
        {"0d0a0d0a0d", 5},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t bytes[ROOM];
        const size_t len = unhex(cases[i].hex, bytes);
        check_bad(bytes, len, cases[i].at, SRFLX_PROXY_ABSENT);
    }
}

static void good_binary(const char *hex, bool datagram, const char *from, const char *to)
{
    uint8_t bytes[ROOM];

    check_good(bytes, unhex(hex, bytes), datagram, from, to);
}

TEST(binary_headers_that_are_good)
{
    good_binary(SIGNATURE "2111000c" V4, false, "192.0.2.1:54321", "198.51.100.7:3478");
    good_binary(SIGNATURE "2112000c" V4, true, "192.0.2.1:54321", "198.51.100.7:3478");
    good_binary(SIGNATURE "21210024" V6, false, "[2001:db8::1]:54321", "[2001:db8::2]:3478");
    good_binary(SIGNATURE "21220024" V6, true, "[2001:db8::1]:54321", "[2001:db8::2]:3478");
    good_binary(SIGNATURE "21210024"
                          "00000000000000000000ffffc0000201"
                          "00000000000000000000ffffc6336407"
                          "d4310d96",
                false, "192.0.2.1:54321", "198.51.100.7:3478");
}

TEST(binary_headers_without_addresses)
{
    good_binary(SIGNATURE "20000000", false, NULL, NULL);
    good_binary(SIGNATURE "20ff0003ffffff", false, NULL, NULL);
    good_binary(SIGNATURE "2011000c" V4, false, NULL, NULL);
    good_binary(SIGNATURE "21000000", false, NULL, NULL);
    good_binary(SIGNATURE "21000005ffffffffff", false, NULL, NULL);
    good_binary(SIGNATURE "2101000c" V4, false, NULL, NULL);
    good_binary(SIGNATURE "2110000c" V4, false, NULL, NULL);
}

/* NOOP, an application's own type, ALPN, and an empty one of the unassigned. */
TEST(values_behind_the_addresses_are_skipped)
{
    good_binary(SIGNATURE "2111001f" V4 "040000"
                          "e00002abcd"
                          "0100017f"
                          "7f0000"
                          "040001ff",
                false, "192.0.2.1:54321", "198.51.100.7:3478");
    good_binary(SIGNATURE "21220027" V6 "040000", true, "[2001:db8::1]:54321",
                "[2001:db8::2]:3478");
}

/* Of a binary header: refused from `at` bytes on. */
static void bad_binary(const char *hex, size_t at)
{
    uint8_t bytes[ROOM];

    check_bad(bytes, unhex(hex, bytes), at, SRFLX_PROXY_BROKEN);
}

TEST(binary_headers_that_break_a_rule)
{
    bad_binary(SIGNATURE "1111000c" V4, 13);
    bad_binary(SIGNATURE "3111000c" V4, 13);
    bad_binary(SIGNATURE "2211000c" V4, 13);
    bad_binary(SIGNATURE "2f11000c" V4, 13);
    bad_binary(SIGNATURE "2113000c" V4, 14);
    bad_binary(SIGNATURE "211f000c" V4, 14);
    bad_binary(SIGNATURE "2141000c" V4, 14);
    bad_binary(SIGNATURE "21f1000c" V4, 14);
    bad_binary(SIGNATURE "213100d8", 14); /* AF_UNIX */
    bad_binary(SIGNATURE "213200d8", 14);
    bad_binary(SIGNATURE "213000d8", 14);
    bad_binary(SIGNATURE "2111000b" V4, 16);
    bad_binary(SIGNATURE "21110000", 16);
    bad_binary(SIGNATURE "2121000c" V4, 16);
    bad_binary(SIGNATURE "21210023" V6, 16);
    bad_binary(SIGNATURE "21110209", 16);
    bad_binary(SIGNATURE "2111ffff", 16);
    bad_binary(SIGNATURE "20000209", 16);
}

TEST(values_that_do_not_fill_the_header_are_refused)
{
    bad_binary(SIGNATURE "2111000d" V4 "04", 29);
    bad_binary(SIGNATURE "2111000e" V4 "0400", 30);
    bad_binary(SIGNATURE "2111000f" V4 "040001", 31);
    bad_binary(SIGNATURE "21110010" V4 "040002ff", 32);
    bad_binary(SIGNATURE "21110010" V4 "04ffffff", 32);
    bad_binary(SIGNATURE "21110010" V4 "04000004", 32);
}

TEST(the_longest_header_is_taken)
{
    uint8_t bytes[ROOM] = {0};
    struct srflx_proxy_header header;
    const size_t len = unhex(SIGNATURE "21110208" V4 "0401f9", bytes);

    CHECK_INT(len, 31);
    CHECK_INT(parse(bytes, SRFLX_PROXY_LONGEST - 1, false, &header), 0);
    CHECK_INT(parse(bytes, SRFLX_PROXY_LONGEST, false, &header), SRFLX_PROXY_LONGEST);
    check_address(&header.from, "192.0.2.1:54321");
}

/* As HAProxy 2.6 sends them with the option crc32c, the second also with unique-id and ssl. */
#define SUMMED SIGNATURE "211100137f0000017f0000019ad29f2d0300045f4b1631"
#define SUMMED_AMONG_OTHERS                                \
    SIGNATURE "2111001e7f0000017f0000019610c64d0300049bd1" \
              "24950500002000050000000000"
#define SUMMED_MAPPED                                                     \
    SIGNATURE "2121002b00000000000000000000ffff7f00000100000000000000000" \
              "000ffff7f000001c21cd501030004abc9cdb9"
#define SUMMED_DATAGRAM SIGNATURE "2122003a" V6 "e00002abcd030004a5ac8f8005000761626364656667"

TEST(right_checksums_are_taken)
{
    good_binary(SUMMED, false, "127.0.0.1:39634", "127.0.0.1:40749");
    good_binary(SUMMED_AMONG_OTHERS, false, "127.0.0.1:38416", "127.0.0.1:50765");
    good_binary(SUMMED_MAPPED, false, "127.0.0.1:49692", "127.0.0.1:54529");
    good_binary(SUMMED_DATAGRAM, true, "[2001:db8::1]:54321", "[2001:db8::2]:3478");
}

/* Behind the fixed part each bit counts, those of the checksum too; but with another type (byte 57)
 * it is none. */
TEST(wrong_checksums_are_refused)
{
    uint8_t bytes[ROOM] = {0};
    const size_t len = unhex(SUMMED_DATAGRAM, bytes);
    struct srflx_proxy_header header;

    for (size_t bit = 16 * 8; bit < len * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        CHECK_INT(parse(bytes, len, false, &header), bit / 8 == 57 ? (int)len : SRFLX_PROXY_BROKEN);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

TEST(checksums_of_a_wrong_length_or_number_are_refused)
{
    bad_binary(SIGNATURE "21110012" V4 "030003000000", 34);
    bad_binary(SIGNATURE "2111000f" V4 "030000", 31);
    bad_binary(SIGNATURE "21110014" V4 "0300050000000000", 36);
    /* The second is right. */
    bad_binary(SIGNATURE "2111001a" V4 "03000442cbd82f0300045552d5a4", 42);
}

/* Of a datagram: the verdict about each length. Nothing is waited for. */
static void check_datagram(const char *hex, int whole)
{
    uint8_t bytes[ROOM] = {0};
    const size_t len = unhex(hex, bytes);
    struct srflx_proxy_header header;

    CHECK_INT(parse(bytes, 0, true, &header), SRFLX_PROXY_ABSENT);
    for (size_t part = 1; part < len; part++)
        CHECK_INT(parse(bytes, part, true, &header), SRFLX_PROXY_BROKEN);
    CHECK_INT(parse(bytes, len, true, &header), whole);
    if (whole < 0) return;
    CHECK_INT(parse(bytes, len + 1, true, &header), whole);
}

TEST(datagrams_have_a_whole_header_about_a_datagram)
{
    check_datagram(SIGNATURE "2112000c" V4, 28);
    check_datagram(SIGNATURE "21220024" V6, 52);
    check_datagram(SUMMED_DATAGRAM, 74);
    check_datagram(SIGNATURE "20000000", 16);
    check_datagram(SIGNATURE "21000000", 16);
    check_datagram(SIGNATURE "2111000c" V4, SRFLX_PROXY_BROKEN);
    check_datagram(SIGNATURE "21210024" V6, SRFLX_PROXY_BROKEN);
}

TEST(datagrams_have_no_lines)
{
    static const char line[] = "PROXY TCP4 192.0.2.1 198.51.100.7 1 2\r\n";
    static const uint8_t stun[20] = {0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42};
    struct srflx_proxy_header header;

    CHECK_INT(parse((const uint8_t *)line, sizeof line - 1, true, &header), SRFLX_PROXY_ABSENT);
    CHECK_INT(parse((const uint8_t *)"PROXY UNKNOWN\r\n", 15, true, &header), SRFLX_PROXY_ABSENT);
    CHECK_INT(parse(stun, sizeof stun, true, &header), SRFLX_PROXY_ABSENT);
}

RUN(TEST_OF(lines_that_are_good), TEST_OF(mapped_addresses_are_ipv4),
    TEST_OF(what_stands_behind_unknown_is_ignored),
    TEST_OF(lines_that_break_a_rule_of_spaces_and_ends),
    TEST_OF(lines_with_wrong_addresses_or_ports), TEST_OF(lines_that_do_not_end_in_time),
    TEST_OF(what_is_no_header_is_told_from_what_is_broken), TEST_OF(binary_headers_that_are_good),
    TEST_OF(binary_headers_without_addresses), TEST_OF(values_behind_the_addresses_are_skipped),
    TEST_OF(binary_headers_that_break_a_rule),
    TEST_OF(values_that_do_not_fill_the_header_are_refused), TEST_OF(the_longest_header_is_taken),
    TEST_OF(right_checksums_are_taken), TEST_OF(wrong_checksums_are_refused),
    TEST_OF(checksums_of_a_wrong_length_or_number_are_refused),
    TEST_OF(datagrams_have_a_whole_header_about_a_datagram), TEST_OF(datagrams_have_no_lines))
