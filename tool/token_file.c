#include "token_file.h"

#include <string.h>

#include <srflx/base64.h>
#include <srflx/wipe.h>

enum { FILE_MOST = 4096 };

static bool decode(const char *letters, uint8_t *ret_bytes, size_t cap, size_t *ret_len)
{
    const struct srflx_view view = {(const uint8_t *)letters, strlen(letters)};

    return !srflx_base64_decode(SRFLX_BASE64_PADDED, view, ret_bytes, cap, ret_len) && *ret_len;
}

static bool copy(const char *text, uint8_t *ret_bytes, size_t cap, size_t *ret_len)
{
    *ret_len = strlen(text);
    if (!*ret_len || *ret_len > cap) return false;
    memcpy(ret_bytes, text, *ret_len);
    return true;
}

static bool take_line(char *line, struct token_file *token)
{
    char *value = strchr(line, ' ');

    if (!value) return false;
    *value++ = '\0';
    if (!strcmp(line, "kid")) return copy(value, token->kid, sizeof token->kid, &token->kid_len);
    if (!strcmp(line, "token"))
        return decode(value, token->token, sizeof token->token, &token->token_len);
    if (!strcmp(line, "mac-key"))
        return decode(value, token->mac_key, sizeof token->mac_key, &token->mac_key_len);
    return false;
}

static bool parse(char *text, struct token_file *ret_token)
{
    char *rest = NULL, *line = strtok_r(text, "\n", &rest);

    if (!line || strcmp(line, "srflx-token 1") != 0) return false;
    while ((line = strtok_r(NULL, "\n", &rest)))
        if (*line != '#' && !take_line(line, ret_token)) return false;
    return ret_token->kid_len && ret_token->token_len && ret_token->mac_key_len;
}

int token_file_load(const char *path, struct token_file *ret_token, char *ret_text)
{
    struct token_file token = {.kid_len = 0};
    uint8_t *bytes;
    size_t len;
    int error = srflx_secret_file_read(path, FILE_MOST, &bytes, &len, ret_text);

    if (error) return error;
    if (parse((char *)bytes, &token)) {
        *ret_token = token;
    } else {
        snprintf(ret_text, TOKEN_FILE_TEXT, "%s: is no token as `srflx token` writes it", path);
        error = SRFLX_ERROR_VALUE;
    }
    srflx_secret_file_free(bytes, len);
    srflx_wipe(&token, sizeof token);
    return error;
}

static void print_base64(FILE *out, const char *name, const uint8_t *bytes, size_t len)
{
    uint8_t letters[SRFLX_BASE64_LETTERS(SRFLX_TOKEN_MAX)];
    const size_t count =
        srflx_base64_encode(SRFLX_BASE64_PADDED, (struct srflx_view){bytes, len}, letters);

    fprintf(out, "%s %.*s\n", name, (int)count, (const char *)letters);
    srflx_wipe(letters, sizeof letters);
}

void token_file_print(FILE *out, const struct token_file *token)
{
    fprintf(out, "srflx-token 1\nkid %.*s\n", (int)token->kid_len, (const char *)token->kid);
    print_base64(out, "token", token->token, token->token_len);
    print_base64(out, "mac-key", token->mac_key, token->mac_key_len);
}
