/* The secrets of a fleet of servers, as a file that all of its machines have: what one of them signs, the others
 * recognize. Today they make nonces (nonce.h) of it.
 * Source: RFC 8489 section 9.2.4 (nonces); the format is ours.
 *
 *     srflx-keys 1
 *     7 2026-11-25T12:00:00Z 5b0c...   generation, when it comes into force, 32 bytes in hex
 *     6 2026-11-24T12:00:00Z 91af...
 *
 * Empty lines and lines that begin with # do not count. To rotate: add a generation (`srflx key new`) that comes
 * into force when the file has reached all machines; the two before it are still understood.
 *
 *     if (srflx_keyring_load(path, &keyring, text)) return complain(text);
 *     srflx_keyring_nonces(&keyring, &nonces);
 *     srflx_keyring_wipe(&keyring);
 */
#ifndef SRFLX_KEYRING_H
#define SRFLX_KEYRING_H

#include <srflx/nonce.h>
#include <srflx/secret_file.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SRFLX_KEYRING_KEYS = 3, SRFLX_KEYRING_SECRET = 32 };

struct srflx_keyring_key {
    uint32_t generation; /* from 1 */
    uint64_t from_unix_s;
    uint8_t secret[SRFLX_KEYRING_SECRET];
};

/* The newest generation first. Holds secrets: wipe it. */
struct srflx_keyring {
    struct srflx_keyring_key keys[SRFLX_KEYRING_KEYS];
    size_t count;
};

/* Reads the file, which nobody else may be able to read. Returns 0, SRFLX_ERROR_SYSTEM (it cannot be
 * read) or SRFLX_ERROR_VALUE (its content is wrong); `ret_text` (SRFLX_FILE_TEXT bytes) then says what and where. */
SRFLX_MUST_USE int srflx_keyring_load(const char *path, struct srflx_keyring *ret_keyring,
                                      char *ret_text);

/* The same of bytes; `name` stands for the file in `ret_text`. */
SRFLX_MUST_USE int srflx_keyring_parse(struct srflx_view bytes, const char *name,
                                       struct srflx_keyring *ret_keyring, char *ret_text);

/* Adds a generation with a secret out of `random`, and forgets the oldest of three. Start with a keyring of all
 * zeros. */
void srflx_keyring_add(struct srflx_keyring *keyring, uint64_t from_unix_s, srflx_random_fn *random,
                       void *user);

/* Replaces the file. Returns 0 or SRFLX_ERROR_SYSTEM, with `ret_text` as above. */
SRFLX_MUST_USE int srflx_keyring_store(const char *path, const struct srflx_keyring *keyring,
                                       char *ret_text);

/* The keys of nonces. */
void srflx_keyring_nonces(const struct srflx_keyring *keyring, struct srflx_nonce_keys *ret_nonces);

void srflx_keyring_wipe(struct srflx_keyring *keyring);

#ifdef __cplusplus
}
#endif
#endif
