#include <srflx/uri.h>

#include <srflx/addr.h>

#include "check.h"

#define A63 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg"
#define L253 A63 "." A63 "." A63 ".hhhhhhhhhhiiiiiiiiiijjjjjjjjjjkkkkkkkkkkllllllllllmmmmmmmmmmn"

enum { NAME = SRFLX_URI_NAME, V4 = SRFLX_URI_IPV4, V6 = SRFLX_URI_IPV6 };

static struct srflx_view view(const char *text)
{
    return (struct srflx_view){(const uint8_t *)text, strlen(text)};
}

struct good {
    const char *text, *host, *written;
    uint8_t kind;
    uint16_t port;
};

/* spec: R7064-3.1-01 R8489-8-03 */
static const struct good good[] = {
    /* The examples of RFC 7064, appendix A. */
    {"stun:example.org", "example.org", NULL, NAME, 0},
    {"stuns:example.org", "example.org", NULL, NAME, 0},
    {"stun:example.org:8000", "example.org", NULL, NAME, 8000},
    /* Letters of either case mean the same. */
    {"STUN:EXAMPLE.ORG", "example.org", "stun:example.org", NAME, 0},
    {"StUnS:eXample.Org:1", "example.org", "stuns:example.org:1", NAME, 1},
    /* Names. */
    {"stun:localhost", "localhost", NULL, NAME, 0},
    {"stun:a", "a", NULL, NAME, 0},
    {"stun:example.org.", "example.org", "stun:example.org", NAME, 0},
    {"stun:example.org.:3478", "example.org", "stun:example.org:3478", NAME, 3478},
    {"stun:3com.example", "3com.example", NULL, NAME, 0},
    {"stun:1.2.3.4.example", "1.2.3.4.example", NULL, NAME, 0},
    {"stun:my_stun", "my_stun", NULL, NAME, 0},
    {"stun:a--b.example", "a--b.example", NULL, NAME, 0},
    {"stun:xn--bcher-kva.example", "xn--bcher-kva.example", NULL, NAME, 0},
    {"stun:XN--Bcher-KVA.example", "xn--bcher-kva.example", "stun:xn--bcher-kva.example", NAME, 0},
    {"stun:stun.stun", "stun.stun", NULL, NAME, 0},
    {"stun:stun:1", "stun", NULL, NAME, 1},
    {"stun:" A63, A63, NULL, NAME, 0},
    {"stun:" L253, L253, NULL, NAME, 0},
    {"stun:" L253 ".:65535", L253, "stun:" L253 ":65535", NAME, 65535},
    {"stun:0x.example", "0x.example", NULL, NAME, 0},
    {"stun:x.0y", "x.0y", NULL, NAME, 0},
    /* Percent-encoding. */
    {"stun:%65xample.org", "example.org", "stun:example.org", NAME, 0},
    {"stun:ex%41mple%2eorg", "example.org", "stun:example.org", NAME, 0},
    {"stun:a%2Db.example%2E", "a-b.example", "stun:a-b.example", NAME, 0},
    /* Ports. */
    {"stun:example.org:", "example.org", "stun:example.org", NAME, 0},
    {"stun:example.org:00003478", "example.org", "stun:example.org:3478", NAME, 3478},
    {"stun:example.org:65535", "example.org", NULL, NAME, 65535},
    {"stun:example.org:10", "example.org", NULL, NAME, 10},
    /* Addresses. */
    {"stun:192.0.2.1", "192.0.2.1", NULL, V4, 0},
    {"stun:192.0.2.1:3478", "192.0.2.1", NULL, V4, 3478},
    {"stuns:255.255.255.255:1", "255.255.255.255", NULL, V4, 1},
    {"stun:[2001:db8::1]", "2001:db8::1", NULL, V6, 0},
    {"stun:[2001:DB8:0:0::1]:3478", "2001:db8::1", "stun:[2001:db8::1]:3478", V6, 3478},
    {"stun:[::]", "::", NULL, V6, 0},
    {"stun:[::1]:", "::1", "stun:[::1]", V6, 0},
    {"stun:[1:2:3:4:5:6:7:8]", "1:2:3:4:5:6:7:8", NULL, V6, 0},
    {"stun:[1:2:3:4:5:6:7::]", "1:2:3:4:5:6:7:0", "stun:[1:2:3:4:5:6:7:0]", V6, 0},
    {"stuns:[::ffff:192.0.2.1]:5349", "::ffff:c000:201", "stuns:[::ffff:c000:201]:5349", V6, 5349},
};

static void check_same(const struct srflx_uri *a, const struct srflx_uri *b)
{
    CHECK_STR(a->host, b->host);
    CHECK_INT(a->addr.family, b->addr.family);
    CHECK(!a->addr.family || srflx_addr_equal(&a->addr, &b->addr));
    CHECK_INT(a->port, b->port);
    CHECK_INT(a->kind, b->kind);
    CHECK_INT(a->secure, b->secure);
}

static void check_good(const struct good *want, const struct srflx_uri *got)
{
    char text[SRFLX_URI_TEXT];

    CHECK_STR(got->host, want->host);
    CHECK_INT(got->kind, want->kind);
    CHECK_INT(got->port, want->port);
    CHECK_INT(got->addr.family, want->kind == NAME ? SRFLX_NO_FAMILY : want->kind);
    CHECK_INT(got->addr.port, want->kind == NAME ? 0 : want->port);
    CHECK_STR(srflx_uri_write(got, text), want->written ? want->written : want->text);
    if (want->kind != NAME) CHECK_STR(srflx_addr_write_ip(&got->addr, text), want->host);
}

TEST(good_ones_are_read_and_written)
{
    size_t i;

    for (i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct srflx_uri uri, again;
        char text[SRFLX_URI_TEXT];
        size_t at = 77;
        if (srflx_uri_parse(view(good[i].text), &uri)) FAIL("refused: %s", good[i].text);
        check_good(&good[i], &uri);
        CHECK_INT(uri.secure, (good[i].text[4] | 0x20) == 's');
        CHECK_INT(srflx_uri_explain(view(good[i].text), false, &at), SRFLX_URI_GOOD);
        CHECK_INT(at, 77);
        CHECK_INT(srflx_uri_parse(view(srflx_uri_write(&uri, text)), &again), 0);
        check_same(&again, &uri);
        CHECK_INT(srflx_uri_parse_lenient(view(good[i].text), !uri.secure, &again), 0);
        check_same(&again, &uri);
    }
}

struct bad {
    const char *text;
    enum srflx_uri_fault fault;
    size_t at;
};

/* spec: R7064-3.1-01 R7064-3.1-02 */
static const struct bad bad[] = {
    {"", SRFLX_URI_BAD_SCHEME, 0},
    {"example.org", SRFLX_URI_BAD_SCHEME, 0},
    {"stun", SRFLX_URI_BAD_SCHEME, 0},
    {"stunx:example.org", SRFLX_URI_BAD_SCHEME, 0},
    {"turn:example.org", SRFLX_URI_BAD_SCHEME, 0},
    {" stun:example.org", SRFLX_URI_BAD_SCHEME, 0},
    {"stun.example.org:3478", SRFLX_URI_BAD_SCHEME, 0},
    {"stun://example.org", SRFLX_URI_BAD_SLASHES, 5},
    {"stuns://example.org:5349", SRFLX_URI_BAD_SLASHES, 6},
    {"stun:/example.org", SRFLX_URI_BAD_PATH, 5},
    {"stun:", SRFLX_URI_BAD_HOST, 5},
    {"stun::3478", SRFLX_URI_BAD_HOST, 5},
    {"stun:.", SRFLX_URI_BAD_LABEL, 5},
    {"stun:..", SRFLX_URI_BAD_LABEL, 5},
    {"stun:example..org", SRFLX_URI_BAD_LABEL, 5},
    {"stun:.example.org", SRFLX_URI_BAD_LABEL, 5},
    {"stun:example.org..", SRFLX_URI_BAD_LABEL, 5},
    {"stun:a" A63 ".org", SRFLX_URI_BAD_LABEL, 5},
    {"stun:a" L253, SRFLX_URI_BAD_LONG, 258},
    {"stun:" L253 "..", SRFLX_URI_BAD_LONG, 259},
    {"stun:-a.org", SRFLX_URI_BAD_HYPHEN, 5},
    {"stun:a-.org", SRFLX_URI_BAD_HYPHEN, 5},
    {"stun:a.org-", SRFLX_URI_BAD_HYPHEN, 5},
    {"stun:exa mple.org", SRFLX_URI_BAD_LETTER, 8},
    {"stun:example.org ", SRFLX_URI_BAD_LETTER, 16},
    {"stun:example!org", SRFLX_URI_BAD_LETTER, 12},
    {"stun:~example", SRFLX_URI_BAD_LETTER, 5},
    {"stun:example.org\n", SRFLX_URI_BAD_LETTER, 16},
    {"stun:b\xC3\xBC"
     "cher.example",
     SRFLX_URI_BAD_NON_ASCII, 6},
    {"stun:b%C3%BCcher.example", SRFLX_URI_BAD_NON_ASCII, 6},
    {"stun:a%", SRFLX_URI_BAD_PERCENT, 6},
    {"stun:a%4", SRFLX_URI_BAD_PERCENT, 6},
    {"stun:a%4g", SRFLX_URI_BAD_PERCENT, 6},
    {"stun:a%2Fb", SRFLX_URI_BAD_LETTER, 6},
    {"stun:a%00b", SRFLX_URI_BAD_LETTER, 6},
    {"stun:a%3A1", SRFLX_URI_BAD_LETTER, 6},
    {"stun:192.0.2.256", SRFLX_URI_BAD_NUMBER, 5},
    {"stun:192.0.2", SRFLX_URI_BAD_NUMBER, 5},
    {"stun:192.0.2.01", SRFLX_URI_BAD_NUMBER, 5},
    {"stun:192.0.2.1.", SRFLX_URI_BAD_NUMBER, 5},
    {"stun:%3192.0.2.1", SRFLX_URI_BAD_NUMBER, 5},
    {"stun:2130706433", SRFLX_URI_BAD_NUMBER, 5},
    {"stun:0x7f000001", SRFLX_URI_BAD_NUMBER, 5},
    {"stun:example.0X7", SRFLX_URI_BAD_NUMBER, 5},
    {"stun:2001:db8::1", SRFLX_URI_BAD_BARE, 5},
    {"stun:::1", SRFLX_URI_BAD_BARE, 5},
    {"stun:[]", SRFLX_URI_BAD_IPV6, 6},
    {"stun:[192.0.2.1]", SRFLX_URI_BAD_IPV6, 6},
    {"stun:[::1", SRFLX_URI_BAD_BRACKET, 6},
    {"stun:[::1]3478", SRFLX_URI_BAD_BRACKET, 10},
    {"stun:[::1]]", SRFLX_URI_BAD_BRACKET, 10},
    {"stun:[1::2::3]", SRFLX_URI_BAD_IPV6, 6},
    {"stun:[::192.0.2.1:5]", SRFLX_URI_BAD_IPV6, 6},
    {"stun:[1:2:3:4:5:6:7:8:9]", SRFLX_URI_BAD_IPV6, 6},
    {"stun:[12345::]", SRFLX_URI_BAD_IPV6, 6},
    {"stun:[fe80::1%252]", SRFLX_URI_BAD_IPV6, 6},
    {"stun:[%3A%3A1]", SRFLX_URI_BAD_IPV6, 6},
    {"stun:[v1.fe80::a]", SRFLX_URI_BAD_FUTURE, 6},
    {"stun:[Vf.x]:1", SRFLX_URI_BAD_FUTURE, 6},
    {"stun:example.org:0", SRFLX_URI_BAD_PORT, 17},
    {"stun:example.org:000", SRFLX_URI_BAD_PORT, 17},
    {"stun:example.org:65536", SRFLX_URI_BAD_PORT, 17},
    {"stun:example.org:4294967297", SRFLX_URI_BAD_PORT, 17},
    {"stun:example.org:99999999999999999999999", SRFLX_URI_BAD_PORT, 17},
    {"stun:example.org:-1", SRFLX_URI_BAD_PORT, 17},
    {"stun:example.org:34a", SRFLX_URI_BAD_PORT, 19},
    {"stun:example.org:3478:", SRFLX_URI_BAD_PORT, 21},
    {"stun:example.org: 1", SRFLX_URI_BAD_PORT, 17},
    {"stun:example.org:3478/", SRFLX_URI_BAD_PATH, 21},
    {"stun:example.org:3478?transport=tcp", SRFLX_URI_BAD_QUERY, 21},
    {"stun:example.org:3478#f", SRFLX_URI_BAD_FRAGMENT, 21},
    {"stun:example.org/path", SRFLX_URI_BAD_PATH, 16},
    {"stun:example.org?transport=udp", SRFLX_URI_BAD_QUERY, 16},
    {"stun:example.org#f", SRFLX_URI_BAD_FRAGMENT, 16},
    {"stun:user@example.org", SRFLX_URI_BAD_USERINFO, 9},
    {"stun:user:pass@example.org", SRFLX_URI_BAD_PORT, 10},
};

TEST(bad_ones_are_refused_where_they_are_bad)
{
    size_t i;

    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct srflx_uri uri;
        size_t at = 77;
        enum srflx_uri_fault fault = srflx_uri_explain(view(bad[i].text), false, &at);
        memset(&uri, 0xA5, sizeof uri);
        if (srflx_uri_parse(view(bad[i].text), &uri) != SRFLX_ERROR_URI)
            FAIL("accepted: %s", bad[i].text);
        CHECK_INT(uri.kind, 0xA5);
        if (fault != bad[i].fault || at != bad[i].at)
            FAIL("%s: %s at %zu, want %s at %zu", bad[i].text, srflx_uri_fault_text(fault), at,
                 srflx_uri_fault_text(bad[i].fault), bad[i].at);
    }
}

TEST(a_nul_is_a_byte_like_any_other)
{
    struct srflx_uri uri;

    CHECK_INT(srflx_uri_parse(VIEW("stun:example.org\0.net"), &uri), SRFLX_ERROR_URI);
    CHECK_INT(srflx_uri_parse(VIEW("stun:192.0.2.1\0"), &uri), SRFLX_ERROR_URI);
    CHECK_INT(srflx_uri_parse(VIEW("stun:[::1\0]"), &uri), SRFLX_ERROR_URI);
    CHECK_INT(srflx_uri_parse(VIEW("stun:example.org:1\0"), &uri), SRFLX_ERROR_URI);
    CHECK_INT(srflx_uri_parse((struct srflx_view){NULL, 0}, &uri), SRFLX_ERROR_URI);
}

static const struct good typed[] = {
    {"example.org", "example.org", "stun:example.org", NAME, 0},
    {"example.org:3478", "example.org", "stun:example.org:3478", NAME, 3478},
    {"stun", "stun", "stun:stun", NAME, 0},
    {"stun.example.org", "stun.example.org", "stun:stun.example.org", NAME, 0},
    {"192.0.2.1", "192.0.2.1", "stun:192.0.2.1", V4, 0},
    {"192.0.2.1:3478", "192.0.2.1", "stun:192.0.2.1:3478", V4, 3478},
    {"2001:db8::1", "2001:db8::1", "stun:[2001:db8::1]", V6, 0},
    {"[2001:db8::1]", "2001:db8::1", "stun:[2001:db8::1]", V6, 0},
    {"[2001:db8::1]:3478", "2001:db8::1", "stun:[2001:db8::1]:3478", V6, 3478},
    {"::1", "::1", "stun:[::1]", V6, 0},
    {"fe80::1%2", "fe80::1%2", "stun:[fe80::1%2]", V6, 0},
    {"stun:[fe80::1%2]:9", "fe80::1%2", "stun:[fe80::1%2]:9", V6, 9},
    {"stun:::1", "::1", "stun:[::1]", V6, 0},
};

TEST(people_may_leave_out_the_scheme)
{
    struct srflx_uri uri, again;
    char text[SRFLX_URI_TEXT];
    size_t i;

    for (i = 0; i < sizeof typed / sizeof typed[0]; i++) {
        if (srflx_uri_parse_lenient(view(typed[i].text), false, &uri))
            FAIL("refused: %s", typed[i].text);
        check_good(&typed[i], &uri);
        CHECK_INT(srflx_uri_parse_lenient(view(srflx_uri_write(&uri, text)), true, &again), 0);
        check_same(&again, &uri);
    }
    CHECK_INT(srflx_uri_parse_lenient(VIEW("example.org"), true, &uri), 0);
    CHECK_STR(srflx_uri_write(&uri, text), "stuns:example.org");
    CHECK_INT(srflx_uri_parse_lenient(VIEW("stun:example.org"), true, &uri), 0);
    CHECK_STR(srflx_uri_write(&uri, text), "stun:example.org");
}

TEST(people_too_are_told_where_they_went_wrong)
{
    size_t at;

    CHECK_INT(srflx_uri_explain(VIEW("stun://a"), true, &at), SRFLX_URI_BAD_SLASHES);
    CHECK_INT(srflx_uri_explain(VIEW("http://a"), true, &at), SRFLX_URI_BAD_PATH);
    CHECK_INT(at, 5);
    CHECK_INT(srflx_uri_explain(VIEW("fe80::1%eth0"), true, &at), SRFLX_URI_BAD_PORT);
    CHECK_INT(srflx_uri_explain(VIEW("::1:2:3:4:5:6:7:8"), true, &at), SRFLX_URI_BAD_IPV6);
    CHECK_INT(at, 0);
    CHECK_INT(srflx_uri_explain(VIEW(""), true, &at), SRFLX_URI_BAD_HOST);
}

TEST(every_fault_has_a_sentence)
{
#define CHECK_FAULT(name, text) CHECK_STR(srflx_uri_fault_text(SRFLX_URI_BAD_##name), text);
    SRFLX_URI_FAULT_MAP(CHECK_FAULT)
#undef CHECK_FAULT
    CHECK_STR(srflx_uri_fault_text(SRFLX_URI_GOOD), "");
}

RUN(TEST_OF(good_ones_are_read_and_written), TEST_OF(bad_ones_are_refused_where_they_are_bad),
    TEST_OF(a_nul_is_a_byte_like_any_other), TEST_OF(people_may_leave_out_the_scheme),
    TEST_OF(people_too_are_told_where_they_went_wrong), TEST_OF(every_fault_has_a_sentence))
