#include <srflx/dns.h>

#include <srflx/addr.h>
#include <srflxi/bytes.h>

#include "check.h"

enum { CNAME = 5, SOA = 6 };
enum { NAME = 12 }; /* where the question's name stands */

/* A message while it is written. */
static uint8_t bytes[65535];
static size_t len;

static void put(const void *data, size_t count)
{
    CHECK(len + count <= sizeof bytes);
    memcpy(bytes + len, data, count);
    len += count;
}

static void put16(unsigned value)
{
    const uint8_t two[] = {(uint8_t)(value >> 8), (uint8_t)value};

    put(two, 2);
}

/* Labels of a dotted name, without compression. */
static void put_name(const char *name)
{
    while (*name && strcmp(name, ".") != 0) {
        size_t label = strcspn(name, ".");
        uint8_t count = (uint8_t)label;
        put(&count, 1);
        put(name, label);
        name += label + (name[label] == '.');
    }
    put("", 1);
}

static void put_pointer(unsigned to)
{
    put16(0xC000 | to);
}

/* A header with `answers` and `authorities`, and the question. */
static void begin(const char *name, uint16_t type, unsigned flags, unsigned answers,
                  unsigned authorities)
{
    len = 0;
    put16(0x1234);
    put16(0x8180 | flags);
    put16(1);
    put16(answers);
    put16(authorities);
    put16(0);
    put_name(name);
    put16(type);
    put16(1);
}

/* What stands between a record's name and its data. */
static size_t put_head(uint16_t type, uint32_t ttl_s)
{
    put16(type);
    put16(1);
    put16(ttl_s >> 16);
    put16(ttl_s & 0xFFFF);
    put16(0);
    return len;
}

static void end_data(size_t start)
{
    srflxi_put16(bytes + start - 2, (uint16_t)(len - start));
}

static void put_addr(const char *name, const char *ip)
{
    struct srflx_addr addr;
    size_t start;

    CHECK_INT(srflx_addr_parse(ip, &addr), 0);
    name ? put_name(name) : put_pointer(NAME);
    start = put_head(addr.family == SRFLX_IPV4 ? SRFLX_DNS_A : SRFLX_DNS_AAAA, 60);
    put(addr.ip, addr.family == SRFLX_IPV4 ? 4 : 16);
    end_data(start);
}

static void put_cname(const char *name, const char *target)
{
    size_t start;

    put_name(name);
    start = put_head(CNAME, 60);
    put_name(target);
    end_data(start);
}

static void put_srv(unsigned priority, unsigned weight, unsigned port, const char *target)
{
    size_t start;

    put_pointer(NAME);
    start = put_head(SRFLX_DNS_SRV, 60);
    put16(priority);
    put16(weight);
    put16(port);
    put_name(target);
    end_data(start);
}

static void put_soa(uint32_t ttl_s, uint32_t minimum_s)
{
    size_t start, i;

    put_name("example");
    start = put_head(SOA, ttl_s);
    put_name("ns.example");
    put_name("root.example");
    for (i = 0; i < 4; i++) {
        put16(0);
        put16(1);
    }
    put16(minimum_s >> 16);
    put16(minimum_s & 0xFFFF);
    end_data(start);
}

static struct srflx_dns_answer answer;

/* What has been written, as the answer to this question. */
static int read(const char *name, uint16_t type)
{
    struct srflx_dns_question question = {.type = type};

    memcpy(question.name, name, strlen(name));
    memset(&answer, 0xA5, sizeof answer);
    srflx_dns_read((struct srflx_view){bytes, len}, &question, &answer);
    return answer.outcome;
}

static void check_addrs(const char *first, const char *second)
{
    const char *want[] = {first, second};
    char text[SRFLX_ADDR_TEXT];
    size_t i;

    for (i = 0; i < answer.count; i++)
        CHECK_STR(srflx_addr_write_ip(&answer.addrs[i], text), want[i]);
    CHECK(i == 2 || !want[i]);
}

TEST(addresses_are_read)
{
    begin("a.example", SRFLX_DNS_A, 0, 2, 0);
    put_addr(NULL, "192.0.2.1");
    put_addr("A.exAmple", "192.0.2.2");
    CHECK_INT(read("a.example", SRFLX_DNS_A), SRFLX_DNS_RECORDS);
    CHECK_INT(answer.count, 2);
    check_addrs("192.0.2.1", "192.0.2.2");
    CHECK_INT(answer.unused, 0);
    CHECK_INT(answer.aliases, 0);
    begin("a.example", SRFLX_DNS_AAAA, 0, 1, 0);
    put_addr(NULL, "2001:db8::1");
    CHECK_INT(read("a.example", SRFLX_DNS_AAAA), SRFLX_DNS_RECORDS);
    check_addrs("2001:db8::1", NULL);
}

TEST(other_names_types_and_classes_are_passed_over)
{
    begin("a.example", SRFLX_DNS_A, 0, 4, 0);
    put_addr("b.example", "192.0.2.1");
    put_addr(NULL, "2001:db8::1");
    put_addr(NULL, "192.0.2.2");
    bytes[len - 11] = 3; /* class CHAOS */
    put_addr(NULL, "192.0.2.3");
    CHECK_INT(read("a.example", SRFLX_DNS_A), SRFLX_DNS_RECORDS);
    check_addrs("192.0.2.3", NULL);
    CHECK_INT(answer.unused, 0);
}

TEST(addresses_that_are_nobodys_are_unused)
{
    begin("a.example", SRFLX_DNS_A, 0, 3, 0);
    put_addr(NULL, "0.0.0.0");
    put_addr(NULL, "224.0.0.1");
    put_addr(NULL, "255.255.255.255");
    CHECK_INT(read("a.example", SRFLX_DNS_A), SRFLX_DNS_NO_RECORDS);
    CHECK_INT(answer.unused, 3);
    begin("a.example", SRFLX_DNS_AAAA, 0, 4, 0);
    put_addr(NULL, "::");
    put_addr(NULL, "ff02::1");
    put_addr(NULL, "::ffff:192.0.2.1");
    put_addr(NULL, "::1");
    CHECK_INT(read("a.example", SRFLX_DNS_AAAA), SRFLX_DNS_RECORDS);
    CHECK_INT(answer.unused, 3);
    check_addrs("::1", NULL);
}

TEST(a_length_of_another_type_is_unused)
{
    begin("a.example", SRFLX_DNS_A, 0, 1, 0);
    put_addr(NULL, "2001:db8::1");
    bytes[len - 16 - 9] = SRFLX_DNS_A;
    CHECK_INT(read("a.example", SRFLX_DNS_A), SRFLX_DNS_NO_RECORDS);
    CHECK_INT(answer.unused, 1);
}

TEST(eight_addresses_of_a_name_are_enough)
{
    unsigned i;

    begin("a.example", SRFLX_DNS_A, 0, 20, 0);
    for (i = 0; i < 20; i++)
        put_addr(NULL, "192.0.2.1");
    CHECK_INT(read("a.example", SRFLX_DNS_A), SRFLX_DNS_RECORDS);
    CHECK_INT(answer.count, SRFLX_DNS_ADDRS);
    CHECK_INT(answer.unused, 12);
}

/* spec: R2782-Target-01 */
TEST(services_are_read)
{
    begin("_stun._udp.example", SRFLX_DNS_SRV, 0, 2, 0);
    put_srv(1, 2, 3478, "Host.Example");
    put_srv(0, 0, 0, ".");
    CHECK_INT(read("_stun._udp.example", SRFLX_DNS_SRV), SRFLX_DNS_RECORDS);
    CHECK_INT(answer.count, 2);
    CHECK_INT(answer.srvs[0].priority, 1);
    CHECK_INT(answer.srvs[0].weight, 2);
    CHECK_INT(answer.srvs[0].port, 3478);
    CHECK_STR(answer.srvs[0].target, "host.example");
    CHECK_STR(answer.srvs[1].target, ".");
}

TEST(targets_that_are_no_hosts_are_unused)
{
    static const char *const targets[] = {"1.2.3.4", "-a.example", "a b.example", "a\xFC.example"};
    size_t i;

    begin("s.example", SRFLX_DNS_SRV, 0, 6, 0);
    for (i = 0; i < 4; i++)
        put_srv(0, 0, 1, targets[i]);
    put_srv(0, 0, 0, "a.example"); /* port 0 */
    put_srv(0, 0, 1, "a.example");
    put(" ", 1);
    bytes[len - 1 - 17 - 1]++; /* a byte behind the target */
    CHECK_INT(read("s.example", SRFLX_DNS_SRV), SRFLX_DNS_NO_RECORDS);
    CHECK_INT(answer.unused, 6);
}

TEST(thirty_two_services_are_enough)
{
    unsigned i;

    begin("s.example", SRFLX_DNS_SRV, 0, 40, 0);
    for (i = 0; i < 40; i++)
        put_srv(i, 0, 1, "a.example");
    CHECK_INT(read("s.example", SRFLX_DNS_SRV), SRFLX_DNS_RECORDS);
    CHECK_INT(answer.count, SRFLX_DNS_SRVS);
    CHECK_INT(answer.unused, 8);
    CHECK_INT(answer.srvs[31].priority, 31);
}

/* a1 to a`count`, where the address is; the last first, as any order will do. */
static int read_chain(unsigned count)
{
    char name[16], target[16];
    unsigned i;

    begin("a0", SRFLX_DNS_A, 0, count + 1, 0);
    snprintf(name, sizeof name, "a%u", count);
    put_addr(name, "192.0.2.1");
    for (i = count; i > 0; i--) {
        snprintf(name, sizeof name, "a%u", i - 1);
        snprintf(target, sizeof target, "A%u", i);
        put_cname(name, target);
    }
    return read("a0", SRFLX_DNS_A);
}

TEST(aliases_are_followed_over_eight_names)
{
    CHECK_INT(read_chain(1), SRFLX_DNS_RECORDS);
    CHECK_INT(answer.aliases, 1);
    CHECK_INT(read_chain(8), SRFLX_DNS_RECORDS);
    CHECK_INT(answer.aliases, 8);
    check_addrs("192.0.2.1", NULL);
    CHECK_INT(read_chain(9), SRFLX_DNS_LOOP);
    CHECK_INT(answer.count, 0);
}

TEST(aliases_in_a_circle_are_a_failure)
{
    begin("a.example", SRFLX_DNS_A, 0, 2, 0);
    put_cname("a.example", "b.example");
    put_cname("b.example", "a.example");
    CHECK_INT(read("a.example", SRFLX_DNS_A), SRFLX_DNS_LOOP);
    begin("a.example", SRFLX_DNS_A, 0, 2, 0);
    put_cname("a.example", "a.example");
    put_addr(NULL, "192.0.2.1");
    CHECK_INT(read("a.example", SRFLX_DNS_A), SRFLX_DNS_LOOP);
}

TEST(an_alias_that_leads_nowhere_has_no_records)
{
    begin("a.example", SRFLX_DNS_A, 0, 1, 0);
    put_cname("a.example", "b.example");
    CHECK_INT(read("a.example", SRFLX_DNS_A), SRFLX_DNS_NO_RECORDS);
    CHECK_INT(answer.aliases, 1);
    begin("a.example", SRFLX_DNS_A, 0, 1, 0);
    put_cname("a.example", "b b.example");
    CHECK_INT(read("a.example", SRFLX_DNS_A), SRFLX_DNS_NO_RECORDS);
    begin("a.example", SRFLX_DNS_A, 3, 1, 0);
    put_cname("a.example", "b.example");
    CHECK_INT(read("a.example", SRFLX_DNS_A), SRFLX_DNS_NO_NAME);
}

TEST(response_codes_are_told_apart)
{
    static const int want[] = {
        SRFLX_DNS_NO_RECORDS, SRFLX_DNS_FAILED,  SRFLX_DNS_FAILED, SRFLX_DNS_NO_NAME,
        SRFLX_DNS_FAILED,     SRFLX_DNS_REFUSED, SRFLX_DNS_FAILED,
    };
    unsigned code;

    for (code = 0; code < sizeof want / sizeof want[0]; code++) {
        begin("a.example", SRFLX_DNS_A, code, 0, 0);
        CHECK_INT(read("a.example", SRFLX_DNS_A), want[code]);
    }
    begin("a.example", SRFLX_DNS_A, 0x0200, 0, 0); /* truncated */
    CHECK_INT(read("a.example", SRFLX_DNS_A), SRFLX_DNS_BROKEN);
}

TEST(how_long_there_is_nothing_is_the_zones_word)
{
    begin("a.example", SRFLX_DNS_A, 3, 0, 1);
    put_soa(100, 70000);
    CHECK_INT(read("a.example", SRFLX_DNS_A), SRFLX_DNS_NO_NAME);
    CHECK_INT(answer.ttl_s, 100);
    begin("a.example", SRFLX_DNS_A, 0, 1, 1);
    put_cname("a.example", "b.example");
    put_soa(70000, 66000);
    CHECK_INT(read("a.example", SRFLX_DNS_A), SRFLX_DNS_NO_RECORDS);
    CHECK_INT(answer.ttl_s, 66000);
    begin("a.example", SRFLX_DNS_A, 0, 0, 0);
    CHECK_INT(read("a.example", SRFLX_DNS_A), SRFLX_DNS_NO_RECORDS);
    CHECK_INT(answer.ttl_s, 0);
    begin("a.example", SRFLX_DNS_A, 0, 1, 1);
    put_addr(NULL, "192.0.2.1");
    put_soa(100, 100);
    CHECK_INT(read("a.example", SRFLX_DNS_A), SRFLX_DNS_RECORDS);
    CHECK_INT(answer.ttl_s, 0);
}

/* What is asked for is a.example, A. */
static void check_broken(size_t at, uint8_t byte)
{
    begin("a.example", SRFLX_DNS_A, 0, 1, 0);
    put_addr(NULL, "192.0.2.1");
    CHECK_INT(read("a.example", SRFLX_DNS_A), SRFLX_DNS_RECORDS);
    bytes[at] = byte;
    CHECK_INT(read("a.example", SRFLX_DNS_A), SRFLX_DNS_BROKEN);
}

TEST(what_answers_something_else_is_broken)
{
    check_broken(2, 0x01); /* a question */
    check_broken(2, 0x89); /* another opcode */
    check_broken(5, 0);    /* no question */
    check_broken(5, 2);    /* two */
    check_broken(13, 'b'); /* another name */
    check_broken(13, '.');
    check_broken(24, 28); /* another type */
    check_broken(26, 3);  /* another class */
    check_broken(7, 2);   /* an answer that is not there */
}

TEST(every_truncation_is_broken)
{
    size_t whole, cut;

    begin("a.example", SRFLX_DNS_A, 0, 2, 0);
    put_cname("a.example", "b.example");
    put_addr("b.example", "192.0.2.1");
    whole = len;
    for (cut = 0; cut < whole; cut++) {
        len = cut;
        CHECK_INT(read("a.example", SRFLX_DNS_A), SRFLX_DNS_BROKEN);
    }
    len = whole;
    CHECK_INT(read("a.example", SRFLX_DNS_A), SRFLX_DNS_RECORDS);
}

TEST(pointers_lead_backwards_and_not_for_ever)
{
    unsigned i;

    begin("a.example", SRFLX_DNS_A, 0, 1, 0);
    put_pointer((unsigned)len); /* to itself */
    (void)put_head(SRFLX_DNS_A, 60);
    CHECK_INT(read("a.example", SRFLX_DNS_A), SRFLX_DNS_BROKEN);
    begin("a.example", SRFLX_DNS_A, 0, 1, 0);
    put_pointer((unsigned)len + 2); /* forward */
    put_name("a.example");
    (void)put_head(SRFLX_DNS_A, 60);
    CHECK_INT(read("a.example", SRFLX_DNS_A), SRFLX_DNS_BROKEN);
    for (i = 16; i <= 17; i++) { /* over i jumps */
        unsigned jump;
        begin("a.example", SRFLX_DNS_A, 0, 2, 0);
        put("\0\0\xFF\0\1\0\0\0\0", 9);
        put16(2 * (i - 1));
        put_pointer(NAME);
        for (jump = 2; jump < i; jump++)
            put_pointer((unsigned)len - 2);
        put_pointer((unsigned)len - 2);
        put16(SRFLX_DNS_A);
        put("\0\1\0\0\0\0\0\4\300\0\2\1", 12);
        CHECK_INT(read("a.example", SRFLX_DNS_A), i == 16 ? SRFLX_DNS_RECORDS : SRFLX_DNS_BROKEN);
    }
}

TEST(names_have_255_bytes_at_the_most)
{
    char name[256];
    size_t i;

    for (i = 0; i < 253; i++)
        name[i] = i % 64 == 63 ? '.' : 'x';
    name[253] = '\0';
    begin("s.example", SRFLX_DNS_SRV, 0, 1, 0);
    put_srv(0, 0, 1, name);
    CHECK_INT(read("s.example", SRFLX_DNS_SRV), SRFLX_DNS_RECORDS);
    CHECK_STR(answer.srvs[0].target, name);
    name[253] = 'x';
    name[254] = '\0';
    begin("s.example", SRFLX_DNS_SRV, 0, 1, 0);
    put_srv(0, 0, 1, name);
    CHECK_INT(read("s.example", SRFLX_DNS_SRV), SRFLX_DNS_NO_RECORDS);
    CHECK_INT(answer.unused, 1);
}

TEST(a_message_of_64_kib_is_read)
{
    unsigned count = 0;

    begin("a.example", SRFLX_DNS_A, 0, 0, 0);
    while (len + 16 <= sizeof bytes) {
        put_addr(NULL, "192.0.2.1");
        count++;
    }
    srflxi_put16(bytes + 6, (uint16_t)count);
    CHECK_INT(read("a.example", SRFLX_DNS_A), SRFLX_DNS_RECORDS);
    CHECK_INT(answer.count, 8);
    CHECK_INT(answer.unused, count - 8);
}

TEST(every_outcome_has_a_sentence)
{
#define CHECK_OUTCOME(name, text) CHECK_STR(srflx_dns_outcome_text(SRFLX_DNS_##name), text);
    SRFLX_DNS_OUTCOME_MAP(CHECK_OUTCOME)
#undef CHECK_OUTCOME
}

RUN(TEST_OF(addresses_are_read), TEST_OF(other_names_types_and_classes_are_passed_over),
    TEST_OF(addresses_that_are_nobodys_are_unused), TEST_OF(a_length_of_another_type_is_unused),
    TEST_OF(eight_addresses_of_a_name_are_enough), TEST_OF(services_are_read),
    TEST_OF(targets_that_are_no_hosts_are_unused), TEST_OF(thirty_two_services_are_enough),
    TEST_OF(aliases_are_followed_over_eight_names), TEST_OF(aliases_in_a_circle_are_a_failure),
    TEST_OF(an_alias_that_leads_nowhere_has_no_records), TEST_OF(response_codes_are_told_apart),
    TEST_OF(how_long_there_is_nothing_is_the_zones_word),
    TEST_OF(what_answers_something_else_is_broken), TEST_OF(every_truncation_is_broken),
    TEST_OF(pointers_lead_backwards_and_not_for_ever), TEST_OF(names_have_255_bytes_at_the_most),
    TEST_OF(a_message_of_64_kib_is_read), TEST_OF(every_outcome_has_a_sentence))
