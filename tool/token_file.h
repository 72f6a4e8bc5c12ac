/* An access token with its key's id and its session key, as `srflx token` writes it for `srflx query`:
 *
 *     srflx-token 1
 *     kid KID
 *     token BASE64
 *     mac-key BASE64
 */
#ifndef TOKEN_FILE_H
#define TOKEN_FILE_H

#include <stdint.h>
#include <stdio.h>

#include <srflx/secret_file.h>
#include <srflx/token.h>

enum { TOKEN_FILE_TEXT = SRFLX_FILE_TEXT };

struct token_file {
    uint8_t kid[SRFLX_TOKEN_KID_MAX], token[SRFLX_TOKEN_MAX], mac_key[SRFLX_TOKEN_MAC_KEY_MAX];
    size_t kid_len, token_len, mac_key_len;
};

/* Returns 0, or an error of srflx/error.h with what is wrong, and where, in `ret_text` (TOKEN_FILE_TEXT bytes). */
int token_file_load(const char *path, struct token_file *ret_token, char *ret_text);

void token_file_print(FILE *out, const struct token_file *token);

#endif
