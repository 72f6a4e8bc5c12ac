#include <check.h>

#include "sources.h"

#include <srflx/addr.h>

static void count(struct sources *sources, const char *text, unsigned times)
{
    struct srflx_addr addr;

    CHECK_INT(srflx_addr_parse(text, &addr), 0);
    while (times--)
        sources_count(sources, &addr);
}

static enum sources_verdict judge(const struct sources *a, const struct sources *b)
{
    const struct sources *const list[] = {a, b};
    struct srflx_addr one;

    return sources_judge(list, 2, &one);
}

TEST(nothing_is_concluded_from_a_few)
{
    struct sources a = {0}, b = {0};

    CHECK_INT(judge(&a, &b), SOURCES_UNKNOWN);
    count(&a, "10.0.0.1:1", 999);
    CHECK_INT(judge(&a, &b), SOURCES_UNKNOWN);
    count(&a, "10.0.0.1:1", 1);
    CHECK_INT(judge(&a, &b), SOURCES_ONE);
}

TEST(one_address_for_all)
{
    struct sources a = {0}, b = {0};
    const struct sources *const list[] = {&a, &b};
    struct srflx_addr one;
    char text[SRFLX_ADDR_TEXT];

    count(&a, "192.0.2.1:1", 500);
    count(&a, "192.0.2.1:2", 500);
    CHECK_INT(sources_judge(list, 2, &one), SOURCES_ONE);
    CHECK_STR(srflx_addr_write_ip(&one, text), "192.0.2.1");
    count(&b, "192.0.2.1:3", 1000);
    CHECK_INT(judge(&a, &b), SOURCES_ONE);
    b = (struct sources){0};
    count(&b, "192.0.2.2:3", 1000);
    CHECK_INT(judge(&a, &b), SOURCES_VARIED);
    a = (struct sources){0};
    count(&a, "192.0.2.2:3", 999);
    count(&a, "192.0.2.3:3", 1);
    CHECK_INT(judge(&a, &b), SOURCES_VARIED);
}

TEST(private_addresses_alone)
{
    static const char *const texts[] = {
        "10.0.0.1:1",   "172.16.0.1:1",    "172.31.255.255:1", "192.168.1.1:1", "169.254.0.1:1",
        "100.64.0.1:1", "100.127.255.1:1", "[fc00::1]:1",      "[fdff::1]:1",   "[fe80::1%1]:1"};
    static const char *const public[] = {"11.0.0.1:1",    "172.15.0.1:1", "172.32.0.1:1",
                                         "192.167.1.1:1", "100.63.0.1:1", "100.128.0.1:1",
                                         "127.0.0.1:1",   "[::1]:1",      "[2001:db8::1]:1"};
    const size_t privates = sizeof texts / sizeof *texts;

    for (size_t i = 0; i < privates; i++) {
        struct sources a = {0}, b = {0};
        count(&a, texts[i], 1);
        count(&a, texts[(i + 1) % privates], 999);
        CHECK_INT(judge(&a, &b), SOURCES_PRIVATE);
        CHECK_INT(a.to_private, 1000);
    }
    for (size_t i = 0; i < sizeof public / sizeof *public; i++) {
        struct sources a = {0}, b = {0};
        count(&a, "10.0.0.1:1", 999);
        count(&a, public[i], 1);
        CHECK_INT(judge(&a, &b), SOURCES_VARIED);
        CHECK_INT(a.to_private, 999);
    }
}

RUN(TEST_OF(nothing_is_concluded_from_a_few), TEST_OF(one_address_for_all),
    TEST_OF(private_addresses_alone))
