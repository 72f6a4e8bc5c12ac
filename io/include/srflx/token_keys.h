/* The keys that a server shares with authorization servers (token.h), as a file that nobody else can read.
 * Source: RFC 7635 section 4.1.2 (manual provisioning); the format is ours.
 *
 *     srflx-token-keys 1
 *     KID 64 hex digits
 *
 * Empty lines and lines that begin with # do not count. The newest key comes first, and makes new tokens.
 *
 *     if (srflx_token_keys_load(path, &keys, text)) return complain(text);
 *     ...
 *     srflx_token_keys_wipe(&keys);
 */
#ifndef SRFLX_TOKEN_KEYS_H
#define SRFLX_TOKEN_KEYS_H

#include <srflx/secret_file.h>
#include <srflx/token.h>
#include <srflx/verdict.h>

#ifdef __cplusplus
extern "C" {
#endif

struct srflx_token_keys {
    struct srflx_token_key list[SRFLX_GUARD_TOKEN_KEYS];
    size_t count;
};

/* Returns 0, SRFLX_ERROR_SYSTEM (it cannot be read) or SRFLX_ERROR_VALUE (its content is wrong); `ret_text`
 * (SRFLX_FILE_TEXT bytes) then says what and where. */
SRFLX_MUST_USE int srflx_token_keys_load(const char *path, struct srflx_token_keys *ret_keys,
                                         char *ret_text);

/* The same of bytes; `name` stands for the file in `ret_text`. */
SRFLX_MUST_USE int srflx_token_keys_parse(struct srflx_view bytes, const char *name,
                                          struct srflx_token_keys *ret_keys, char *ret_text);

/* Puts a new key in front, with a secret out of `random`, and forgets the oldest of four. `kid` is 1 to
 * SRFLX_TOKEN_KID_MAX printable ASCII characters, no blank, and not there yet; else SRFLX_ERROR_ARGUMENT. */
SRFLX_MUST_USE int srflx_token_keys_add(struct srflx_token_keys *keys, struct srflx_view kid,
                                        srflx_random_fn *random, void *user);

/* Replaces the file. Returns 0 or SRFLX_ERROR_SYSTEM, with `ret_text` as above. */
SRFLX_MUST_USE int srflx_token_keys_store(const char *path, const struct srflx_token_keys *keys,
                                          char *ret_text);

void srflx_token_keys_wipe(struct srflx_token_keys *keys);

#ifdef __cplusplus
}
#endif
#endif
