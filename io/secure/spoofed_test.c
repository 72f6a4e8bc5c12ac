/* What a flood of forged ClientHellos costs a listener: no allocation, and few bytes. */
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "check.h"
#include "identity_for_tests.h"
#include "pair_for_tests.h"

enum { FLOOD = 40000, IP_UDP = 28 };

/* Allocations by OpenSSL, and by our own objects (whose calls the linker wraps). */
static unsigned long allocations;

static void *count_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    allocations++;
    return malloc(size);
}

static void *count_realloc(void *old, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    allocations++;
    return realloc(old, size);
}

static void count_free(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    free(memory);
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    allocations++;
    return __real_calloc(count, size);
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    allocations++;
    return __real_malloc(size);
}

static char folder[TEST_PATH];
static struct test_identity leaf;
static struct srflx_secure_context *server, *client;
static struct srflx_secure_listener *listener;
static struct test_end c;
static uint8_t hello[512];
static size_t hello_len;

/* The kinds of datagrams in the flood. */
enum kind { ORDINARY, WRONG_COOKIE, HUGE_COOKIE, TRUNCATED, FRAGMENT, SPOILT, GARBAGE, KINDS };

static uint8_t datagram[1024];

static size_t make_datagram(enum kind kind)
{
    uint32_t draw = (uint32_t)rand();
    size_t len = hello_len;

    memcpy(datagram, hello, hello_len);
    for (size_t i = 0; i < 32; i++)
        datagram[13 + 12 + 2 + i] = (uint8_t)rand();
    if (kind == WRONG_COOKIE || kind == HUGE_COOKIE) {
        const size_t at = 13 + 12 + 2 + 32 + 1, cookie = kind == WRONG_COOKIE ? 8 : 255;
        memmove(datagram + at + 1 + cookie, hello + at + 1, hello_len - at - 1);
        memset(datagram + at + 1, (int)(draw & 0xFF), cookie);
        datagram[at] = (uint8_t)cookie;
        len += cookie;
        datagram[11] = (uint8_t)((len - 13) >> 8);
        datagram[12] = (uint8_t)(len - 13);
        datagram[13 + 2] = datagram[13 + 10] = (uint8_t)((len - 25) >> 8);
        datagram[13 + 3] = datagram[13 + 11] = (uint8_t)(len - 25);
    }
    if (kind == TRUNCATED) len = draw % len;
    if (kind == FRAGMENT) datagram[13 + 2 + draw % 10] ^= 1;
    if (kind == SPOILT) datagram[draw % len] ^= (uint8_t)(1 << draw % 8);
    for (size_t i = 0; kind == GARBAGE && i < len; i++)
        datagram[i] = (uint8_t)rand();
    return len;
}

static void forge(struct srflx_addr *ret_peer, uint32_t number)
{
    *ret_peer = (struct srflx_addr){.port = (uint16_t)(number | 1), .family = SRFLX_IPV4};
    memcpy(ret_peer->ip, &number, sizeof number);
}

struct sums {
    unsigned long answers, bytes_in, bytes_out;
};

static void one(uint32_t number, struct sums *sums)
{
    const enum kind kind = number % 2 ? ORDINARY : (enum kind)(number / 2 % KINDS);
    const size_t len = make_datagram(kind);
    struct srflx_secure_out *out = &c.out;
    struct srflx_secure *made;
    struct srflx_addr peer;

    forge(&peer, number);
    out->len = 0;
    out->count = 0;
    CHECK_INT(srflx_secure_listen(listener, (struct srflx_view){datagram, len}, &peer, out, &made),
              0);
    if (kind == ORDINARY || kind == WRONG_COOKIE) CHECK_INT(out->count, 1);
    if (kind == HUGE_COOKIE || kind == TRUNCATED) CHECK_INT(out->count, 0);
    CHECK(out->count <= 1 && 2 * (out->len + IP_UDP * out->count) <= len + IP_UDP);
    sums->answers += out->count;
    sums->bytes_in += len + IP_UDP;
    sums->bytes_out += out->len + IP_UDP * out->count;
}

/* spec: R7350-4.1-01 */
TEST(forged_hellos_cost_no_memory_and_few_bytes)
{
    struct sums sums = {0, 0, 0};
    unsigned long before;

    one(1, &sums);
    before = allocations;
    for (uint32_t number = 1; number <= FLOOD; number++)
        one(number, &sums);
    CHECK_INT(allocations - before, 0);
    CHECK_INT(ERR_peek_error(), 0);
    CHECK(sums.answers > FLOOD / 2);
    CHECK(10 * sums.bytes_out <= 3 * sums.bytes_in);
    print_message("%lu answers, %lu bytes for %lu: %.3f\n", sums.answers, sums.bytes_out,
                  sums.bytes_in, (double)sums.bytes_out / (double)sums.bytes_in);
}

/* The counters count: a connection is made, with its cookie. */
TEST(a_right_cookie_costs_memory)
{
    const unsigned long before = allocations;
    struct srflx_secure *made;

    CHECK_INT(srflx_secure_new(server, SRFLX_TLS, NULL, &made), 0);
    CHECK(allocations > before + 10);
    srflx_secure_destroy(made);
}

static int set_up(void **state)
{
    struct srflx_secure_server_options options;
    struct srflx_secure_client_options wish;
    struct srflx_secure_identity files;
    struct srflx_secure *made;
    char text[SRFLX_SECURE_TEXT];

    (void)state;
    srand(1);
    test_folder_make(folder);
    test_identity_make(&leaf, folder, "leaf", &(struct test_wish){.names = "stun.example"});
    files = (struct srflx_secure_identity){leaf.certificate, leaf.key};
    srflx_secure_server_options_defaults(&options);
    options.identities = &files;
    options.identity_count = 1;
    srflx_secure_client_options_defaults(&wish);
    wish.insecure = true;
    if (srflx_secure_server_new(&options, &server, text) ||
        srflx_secure_client_new(&wish, &client, text) ||
        srflx_secure_new(client, SRFLX_DTLS, "stun.example", &made))
        return -1;
    test_end_init(&c, made);
    test_end_feed(&c, (struct srflx_view){NULL, 0});
    hello_len = test_end_take(&c, hello);
    return srflx_secure_listener_new(server, &listener);
}

static int clean_up(void **state)
{
    (void)state;
    srflx_secure_destroy(c.s);
    srflx_secure_listener_destroy(listener);
    srflx_secure_context_destroy(server);
    srflx_secure_context_destroy(client);
    test_identity_drop(&leaf);
    test_folder_remove(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_OF(forged_hellos_cost_no_memory_and_few_bytes),
        TEST_OF(a_right_cookie_costs_memory),
    };

    if (!CRYPTO_set_mem_functions(count_malloc, count_realloc, count_free)) return 1;
    return cmocka_run_group_tests(tests, set_up, clean_up);
}
