#include <srflx/token_keys.h>
#include <srflx/wipe.h>

#include <stdio.h>
#include <string.h>

#include "text_lines.h"

enum { FILE_MOST = 65536, LINE_MOST = SRFLX_TOKEN_KID_MAX + 2 * SRFLX_TOKEN_KEY_LEN + 3 };

static int wrong(const char *name, unsigned line, const char *what, char *ret_text)
{
    snprintf(ret_text, SRFLX_FILE_TEXT, "%s:%u: %s", name, line, what);
    return SRFLX_ERROR_VALUE;
}

static bool is_kid(struct srflx_view kid)
{
    if (!kid.len || kid.len > SRFLX_TOKEN_KID_MAX) return false;
    for (size_t i = 0; i < kid.len; i++)
        if (kid.ptr[i] <= ' ' || kid.ptr[i] > '~') return false;
    return kid.ptr[0] != '#';
}

static bool is_there(const struct srflx_token_keys *keys, struct srflx_view kid)
{
    for (size_t i = 0; i < keys->count; i++)
        if (keys->list[i].kid_len == kid.len && !memcmp(keys->list[i].kid, kid.ptr, kid.len))
            return true;
    return false;
}

static void set_kid(struct srflx_token_key *key, struct srflx_view kid)
{
    memset(key->kid, 0, sizeof key->kid);
    memcpy(key->kid, kid.ptr, kid.len);
    key->kid_len = (uint8_t)kid.len;
}

static const char *read_key(struct srflx_view line, struct srflx_token_keys *keys)
{
    struct srflx_view kid, secret;
    struct srflx_token_key *key = &keys->list[keys->count];

    if (keys->count == SRFLX_GUARD_TOKEN_KEYS) return "more than four keys";
    if (!srflxi_text_field_next(&line, ' ', &kid) || !srflxi_text_field_next(&line, ' ', &secret) ||
        line.len)
        return "want the key's id and its secret, one blank between them";
    if (!is_kid(kid)) return "the key's id is not 1 to 64 printable characters";
    if (is_there(keys, kid)) return "this key's id is there already";
    if (!srflxi_text_read_hex(secret, key->bytes, sizeof key->bytes))
        return "the secret is not 64 hex digits";
    set_kid(key, kid);
    keys->count++;
    return NULL;
}

int srflx_token_keys_parse(struct srflx_view bytes, const char *name,
                           struct srflx_token_keys *ret_keys, char *ret_text)
{
    struct srflxi_text_lines lines = {bytes, 0};
    struct srflx_token_keys keys = {.count = 0};
    struct srflx_view line;
    const char *what = NULL;

    if (!srflxi_text_lines_next(&lines, &line) || !srflxi_text_equal(line, "srflx-token-keys 1"))
        return wrong(name, lines.number,
                     "want \"srflx-token-keys 1\": this is another kind of file", ret_text);
    while (!what && srflxi_text_lines_next(&lines, &line))
        what = read_key(line, &keys);
    if (!what && !keys.count) what = "there is no key in it";
    if (what)
        wrong(name, lines.number, what, ret_text);
    else
        *ret_keys = keys;
    srflx_token_keys_wipe(&keys);
    return what ? SRFLX_ERROR_VALUE : 0;
}

int srflx_token_keys_load(const char *path, struct srflx_token_keys *ret_keys, char *ret_text)
{
    uint8_t *bytes;
    size_t len;
    int error = srflx_secret_file_read(path, FILE_MOST, &bytes, &len, ret_text);

    if (error) return error;
    error = srflx_token_keys_parse((struct srflx_view){bytes, len}, path, ret_keys, ret_text);
    srflx_secret_file_free(bytes, len);
    return error;
}

int srflx_token_keys_add(struct srflx_token_keys *keys, struct srflx_view kid,
                         srflx_random_fn *random, void *user)
{
    struct srflx_token_key *list = keys->list;

    if (!is_kid(kid) || is_there(keys, kid)) return SRFLX_ERROR_ARGUMENT;
    memmove(list + 1, list, (SRFLX_GUARD_TOKEN_KEYS - 1) * sizeof *list);
    if (keys->count < SRFLX_GUARD_TOKEN_KEYS) keys->count++;
    set_kid(&list[0], kid);
    random(user, list[0].bytes, sizeof list[0].bytes);
    return 0;
}

int srflx_token_keys_store(const char *path, const struct srflx_token_keys *keys, char *ret_text)
{
    char text[32 + SRFLX_GUARD_TOKEN_KEYS * LINE_MOST] = "srflx-token-keys 1\n";
    char secret[2 * SRFLX_TOKEN_KEY_LEN + 1];
    size_t len = strlen(text);
    int error;

    for (size_t i = 0; i < keys->count; i++) {
        const struct srflx_token_key *key = &keys->list[i];
        srflxi_text_write_hex((struct srflx_view){key->bytes, sizeof key->bytes}, secret);
        len += (size_t)snprintf(text + len, sizeof text - len, "%.*s %s\n", key->kid_len,
                                (const char *)key->kid, secret);
    }
    error =
        srflx_secret_file_replace(path, (struct srflx_view){(const uint8_t *)text, len}, ret_text);
    srflx_wipe(text, sizeof text);
    srflx_wipe(secret, sizeof secret);
    return error;
}

void srflx_token_keys_wipe(struct srflx_token_keys *keys)
{
    srflx_wipe(keys, sizeof *keys);
}
