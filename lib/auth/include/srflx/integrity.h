/* MESSAGE-INTEGRITY and MESSAGE-INTEGRITY-SHA256: adding and checking.
 * Sources: RFC 8489 sections 9, 14.5 and 14.6; RFC 3489 section 11.2.8.
 * Never changes the message that is checked; compares in constant time. Any thread.
 *
 *     srflx_add_integrity(&w, SRFLX_INTEGRITY_SHA256, &key);
 *
 *     if (srflx_integrity_check(&m, &key) < SRFLX_INTEGRITY_SHA1) return refuse();
 */
#ifndef SRFLX_INTEGRITY_H
#define SRFLX_INTEGRITY_H

#include <srflx/key.h>
#include <srflx/message.h>
#include <srflx/writer.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the integrity of a message says. From SHA1 on it was verified with that HMAC. */
enum srflx_integrity {
    SRFLX_INTEGRITY_ABSENT,
    SRFLX_INTEGRITY_WRONG,
    SRFLX_INTEGRITY_SHA1,
    SRFLX_INTEGRITY_SHA256
};

/* Which integrity attribute decides: the SHA-256 one if it is there, else the SHA-1 one, else
 * ABSENT. An attribute of illegal length decides too; it will turn out WRONG. O(1). */
enum srflx_integrity srflx_integrity_claimed(const struct srflx_message *m);

/* Verifies the attribute that decides. One of illegal length is WRONG, and so is a truncated
 * SHA-256 one. In a message without the cookie, MESSAGE-INTEGRITY has RFC 3489's form. */
enum srflx_integrity srflx_integrity_check(const struct srflx_message *m,
                                           const struct srflx_key *key);

/* The same for a usage that allows MESSAGE-INTEGRITY-SHA256 to be cut to `shortest` bytes: 16, 20,
 * 24, 28 or 32 (RFC 8489 section 14.6). */
enum srflx_integrity srflx_integrity_check_truncated(const struct srflx_message *m,
                                                     const struct srflx_key *key, size_t shortest);

/* Verifies one of the two alone, `which` being SRFLX_INTEGRITY_SHA1 or _SHA256: for a reader that
 * knows what it must be. Returns `which`, ABSENT or WRONG. */
enum srflx_integrity srflx_integrity_check_one(const struct srflx_message *m,
                                               const struct srflx_key *key,
                                               enum srflx_integrity which);

/* Appends MESSAGE-INTEGRITY (`which` SRFLX_INTEGRITY_SHA1) or MESSAGE-INTEGRITY-SHA256 (_SHA256)
 * over all that is written. Only the latter and FINGERPRINT may follow the former, only FINGERPRINT
 * the latter, and nothing in RFC 3489's form, which has SHA-1 alone: otherwise finish() returns
 * SRFLX_ERROR_ORDER or _ARGUMENT. */
void srflx_add_integrity(struct srflx_writer *w, enum srflx_integrity which,
                         const struct srflx_key *key);

#ifdef __cplusplus
}
#endif
#endif
