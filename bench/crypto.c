/* Message authentication with kept keys, beside nettle's own HMAC with a kept context, over the sizes
 * of an ICE check and of the largest message that needs no path MTU; and the smaller helpers. Prints
 * one JSON line: nanoseconds (and instructions, where the machine counts them) per call.
 * usage: crypto [ROW [SAMPLES]]    one row only, and so many samples of it */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nettle/hmac.h>

#include <srflxi/aead.h>
#include <srflxi/digest.h>
#include <srflxi/equal.h>
#include <srflxi/siphash.h>

#include "stopwatch.h"

enum { CALLS = 2000, SAMPLES = 300, TEXT_MAX = 548, TOKEN = 34 };

/* What all rows work on. Each call's text differs a little from the one before. */
static struct {
    uint8_t text[TEXT_MAX + 16];
    uint8_t out[TEXT_MAX + 16];
    uint8_t secret[32];
    uint64_t sum; /* of what came out, so that nothing is left out */
    struct srflx_hmac_sha1 sha1;
    struct srflx_hmac_sha256 sha256;
    struct hmac_sha1_ctx nettle_sha1;
    struct hmac_sha256_ctx nettle_sha256;
    struct srflxi_aead_key aead;
} desk;

static struct srflx_view next_text(size_t len)
{
    desk.text[0]++;
    return (struct srflx_view){desk.text, len};
}

static void sha1_all(const size_t *len)
{
    for (unsigned i = 0; i < CALLS; i++) {
        const struct srflx_view text = next_text(*len);
        srflxi_hmac_sha1(&desk.sha1, &text, 1, desk.out);
    }
}

static void sha1_nettle_all(const size_t *len)
{
    for (unsigned i = 0; i < CALLS; i++) {
        const struct srflx_view text = next_text(*len);
        hmac_sha1_update(&desk.nettle_sha1, text.len, text.ptr);
        hmac_sha1_digest(&desk.nettle_sha1, SRFLXI_SHA1_SIZE, desk.out);
    }
}

static void sha256_all(const size_t *len)
{
    for (unsigned i = 0; i < CALLS; i++) {
        const struct srflx_view text = next_text(*len);
        srflxi_hmac_sha256(&desk.sha256, &text, 1, desk.out);
    }
}

static void sha256_nettle_all(const size_t *len)
{
    for (unsigned i = 0; i < CALLS; i++) {
        const struct srflx_view text = next_text(*len);
        hmac_sha256_update(&desk.nettle_sha256, text.len, text.ptr);
        hmac_sha256_digest(&desk.nettle_sha256, SRFLXI_SHA256_SIZE, desk.out);
    }
}

static void sha1_init_all(const size_t *len)
{
    for (unsigned i = 0; i < CALLS; i++)
        srflxi_hmac_sha1_init(&desk.sha1, next_text(*len));
}

static void md5_all(const size_t *len)
{
    for (unsigned i = 0; i < CALLS; i++) {
        const struct srflx_view text = next_text(*len);
        srflxi_digest(SRFLXI_MD5, &text, 1, desk.out);
    }
}

static void siphash_all(const size_t *len)
{
    for (unsigned i = 0; i < CALLS; i++)
        desk.sum += srflxi_siphash(desk.secret, next_text(*len).ptr, *len);
}

static void equal_all(const size_t *len)
{
    for (unsigned i = 0; i < CALLS; i++)
        desk.sum += srflxi_equal(next_text(*len).ptr, desk.out, *len);
}

static void open_all(const size_t *len)
{
    const struct srflx_view name = {desk.secret, 20};

    srflxi_aead_seal(&desk.aead, desk.secret, name, next_text(*len), desk.text);
    for (unsigned i = 0; i < CALLS; i++)
        desk.sum += (unsigned)srflxi_aead_open(
            &desk.aead, desk.secret, name, (struct srflx_view){desk.text, *len + SRFLXI_AEAD_TAG},
            desk.out);
}

static const struct row {
    const char *name;
    void (*body)(const size_t *len);
    size_t len;
} rows[] = {
    {"hmac_sha1_100", sha1_all, 100},      {"hmac_sha1_100_nettle", sha1_nettle_all, 100},
    {"hmac_sha1_548", sha1_all, 548},      {"hmac_sha1_548_nettle", sha1_nettle_all, 548},
    {"hmac_sha256_100", sha256_all, 100},  {"hmac_sha256_100_nettle", sha256_nettle_all, 100},
    {"hmac_sha256_548", sha256_all, 548},  {"hmac_sha256_548_nettle", sha256_nettle_all, 548},
    {"hmac_sha1_init", sha1_init_all, 16}, {"md5_40", md5_all, 40},
    {"siphash_40", siphash_all, 40},       {"siphash_60", siphash_all, 60},
    {"equal_20", equal_all, 20},           {"aes256gcm_open_34", open_all, TOKEN},
};

static void run_row(void *user)
{
    const struct row *row = user;

    row->body(&row->len);
}

static void fail(const char *what)
{
    fprintf(stderr, "crypto: %s\n", what);
    exit(4);
}

static void prepare(void)
{
    const struct srflx_view secret = {desk.secret, sizeof desk.secret};

    for (size_t i = 0; i < sizeof desk.text; i++)
        desk.text[i] = (uint8_t)(i * 31);
    for (size_t i = 0; i < sizeof desk.secret; i++)
        desk.secret[i] = (uint8_t)(i * 7 + 1);
    srflxi_hmac_sha1_init(&desk.sha1, secret);
    srflxi_hmac_sha256_init(&desk.sha256, secret);
    hmac_sha1_set_key(&desk.nettle_sha1, secret.len, secret.ptr);
    hmac_sha256_set_key(&desk.nettle_sha256, secret.len, secret.ptr);
    if (srflxi_aead_key_init(&desk.aead, secret)) fail("the key was refused");
}

int main(int argc, char **argv)
{
    const char *only = argc > 1 ? argv[1] : NULL;
    const size_t samples = argc > 2 ? strtoul(argv[2], NULL, 10) : SAMPLES;
    bool printed = false;

    if (samples < 1 || samples > SAMPLES) fail("1 to 300 samples");
    prepare();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct row row = rows[i];
        struct figures figures;
        if (only && strcmp(only, row.name) != 0) continue;
        figures = stopwatch(run_row, &row, CALLS, samples);
        print_figures(row.name, &figures);
        printed = true;
    }
    if (!printed) fail("there is no such row");
    printf("}\n");
    return desk.sum == UINT64_MAX ? 4 : 0;
}
