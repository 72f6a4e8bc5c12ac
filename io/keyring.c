#include <srflx/keyring.h>
#include <srflx/wipe.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "text_lines.h"

enum { FILE_MOST = 65536, DATE = 20, LINE_MOST = 128 };

static int wrong(const char *name, unsigned line, const char *what, char *ret_text)
{
    snprintf(ret_text, SRFLX_FILE_TEXT, "%s:%u: %s", name, line, what);
    return SRFLX_ERROR_VALUE;
}

static bool read_part(struct srflx_view text, size_t at, size_t len, int *ret_number)
{
    uint64_t number;

    if (!srflxi_text_read_number((struct srflx_view){text.ptr + at, len}, 9999, &number))
        return false;
    *ret_number = (int)number;
    return true;
}

static void write_date(uint64_t unix_s, char *ret_text)
{
    time_t when = (time_t)unix_s;
    struct tm tm;

    gmtime_r(&when, &tm);
    strftime(ret_text, DATE + 1, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

/* Days since 1970 of a date of the Gregorian calendar; March begins the year, so that the leap day ends it. */
static int64_t days_of(int year, int month, int day)
{
    const int64_t y = year - (month < 3);

    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * ((month + 9) % 12) + 2) / 5 + day - 719469;
}

/* 2026-11-25T12:00:00Z; written again it must be the same, so that there is no 31st of November. */
static bool read_date(struct srflx_view text, uint64_t *ret_unix_s)
{
    int year, month, day, hour, minute, second;
    char again[DATE + 1];
    int64_t when;

    if (text.len != DATE) return false;
    if (!read_part(text, 0, 4, &year) || !read_part(text, 5, 2, &month) ||
        !read_part(text, 8, 2, &day) || !read_part(text, 11, 2, &hour) ||
        !read_part(text, 14, 2, &minute) || !read_part(text, 17, 2, &second))
        return false;
    when = ((days_of(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    if (when < 0) return false;
    write_date((uint64_t)when, again);
    *ret_unix_s = (uint64_t)when;
    return !memcmp(again, text.ptr, DATE);
}

static const char *read_key(struct srflx_view line, struct srflx_keyring_key *ret_key)
{
    struct srflx_view generation, from, secret;
    uint64_t number;

    if (!srflxi_text_field_next(&line, ' ', &generation) ||
        !srflxi_text_field_next(&line, ' ', &from) ||
        !srflxi_text_field_next(&line, ' ', &secret) || line.len)
        return "want generation, date and secret, one blank between them";
    if (!srflxi_text_read_number(generation, UINT32_MAX, &number) || !number)
        return "the generation is no number from 1";
    ret_key->generation = (uint32_t)number;
    if (!read_date(from, &ret_key->from_unix_s)) return "the date is not as 2026-11-25T12:00:00Z";
    if (!srflxi_text_read_hex(secret, ret_key->secret, sizeof ret_key->secret))
        return "the secret is not 64 hex digits";
    return NULL;
}

/* One behind the other, downwards, so that nonces can name them in two bits. */
static const char *check_order(const struct srflx_keyring *keyring,
                               const struct srflx_keyring_key *key)
{
    const struct srflx_keyring_key *before;

    if (!keyring->count) return NULL;
    if (keyring->count == SRFLX_KEYRING_KEYS) return "more than three keys";
    before = &keyring->keys[keyring->count - 1];
    if (key->generation != before->generation - 1) return "generations must go down one by one";
    if (key->from_unix_s > before->from_unix_s) return "an older generation begins later";
    return NULL;
}

int srflx_keyring_parse(struct srflx_view bytes, const char *name,
                        struct srflx_keyring *ret_keyring, char *ret_text)
{
    struct srflxi_text_lines lines = {bytes, 0};
    struct srflx_keyring keyring = {.count = 0};
    struct srflx_keyring_key key;
    struct srflx_view line;
    const char *what = NULL;

    if (!srflxi_text_lines_next(&lines, &line) || !srflxi_text_equal(line, "srflx-keys 1"))
        return wrong(name, lines.number, "want \"srflx-keys 1\": this is another kind of file",
                     ret_text);
    while (!what && srflxi_text_lines_next(&lines, &line)) {
        what = read_key(line, &key);
        if (!what) what = check_order(&keyring, &key);
        if (!what) keyring.keys[keyring.count++] = key;
    }
    if (!what && !keyring.count) what = "there is no key in it";
    if (what)
        wrong(name, lines.number, what, ret_text);
    else
        *ret_keyring = keyring;
    srflx_keyring_wipe(&keyring);
    srflx_wipe(&key, sizeof key);
    return what ? SRFLX_ERROR_VALUE : 0;
}

int srflx_keyring_load(const char *path, struct srflx_keyring *ret_keyring, char *ret_text)
{
    uint8_t *bytes;
    size_t len;
    int error = srflx_secret_file_read(path, FILE_MOST, &bytes, &len, ret_text);

    if (error) return error;
    error = srflx_keyring_parse((struct srflx_view){bytes, len}, path, ret_keyring, ret_text);
    srflx_secret_file_free(bytes, len);
    return error;
}

void srflx_keyring_add(struct srflx_keyring *keyring, uint64_t from_unix_s, srflx_random_fn *random,
                       void *user)
{
    struct srflx_keyring_key *keys = keyring->keys;
    uint32_t generation = keyring->count ? keys[0].generation + 1 : 1;

    memmove(keys + 1, keys, (SRFLX_KEYRING_KEYS - 1) * sizeof *keys);
    if (keyring->count < SRFLX_KEYRING_KEYS) keyring->count++;
    keys[0].generation = generation;
    keys[0].from_unix_s = from_unix_s;
    random(user, keys[0].secret, sizeof keys[0].secret);
}

static size_t write_key(const struct srflx_keyring_key *key, char *text)
{
    char date[DATE + 1], secret[2 * SRFLX_KEYRING_SECRET + 1];
    int len;

    write_date(key->from_unix_s, date);
    srflxi_text_write_hex((struct srflx_view){key->secret, sizeof key->secret}, secret);
    len = snprintf(text, LINE_MOST, "%u %s %s\n", (unsigned)key->generation, date, secret);
    srflx_wipe(secret, sizeof secret);
    return (size_t)len;
}

int srflx_keyring_store(const char *path, const struct srflx_keyring *keyring, char *ret_text)
{
    char text[LINE_MOST * (SRFLX_KEYRING_KEYS + 1)] = "srflx-keys 1\n";
    size_t len = strlen(text);
    int error;

    for (size_t i = 0; i < keyring->count; i++)
        len += write_key(&keyring->keys[i], text + len);
    error =
        srflx_secret_file_replace(path, (struct srflx_view){(const uint8_t *)text, len}, ret_text);
    srflx_wipe(text, sizeof text);
    return error;
}

void srflx_keyring_nonces(const struct srflx_keyring *keyring, struct srflx_nonce_keys *ret_nonces)
{
    ret_nonces->count = (uint8_t)keyring->count;
    for (size_t i = 0; i < keyring->count; i++) {
        const struct srflx_keyring_key *key = &keyring->keys[i];
        struct srflx_nonce_key *nonce = &ret_nonces->list[i];
        srflx_nonce_key_derive((struct srflx_view){key->secret, sizeof key->secret}, nonce);
        nonce->number = key->generation;
        nonce->from_unix_s = key->from_unix_s;
    }
}

void srflx_keyring_wipe(struct srflx_keyring *keyring)
{
    srflx_wipe(keyring, sizeof *keyring);
}
